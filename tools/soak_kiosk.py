"""Run the kiosk for a long time on recorded video, and watch memory, threads, files and lag.

``python tools/soak_kiosk.py --minutes 60 --out reports/soak``

A server of its own is started. A client speaks to it as the kiosk's page does: it films a visitor
who comes, holds a hand up, agrees, hinges, reads the summary and leaves, picture by picture over
the real WebSocket, one in flight, at 30 pictures a second (or fewer, with ``--fps``), visit after
visit. What is shortened is waiting alone (the pauses of the kiosk, by its own settings); pictures
keep their rate, and each is looked at by the real networks. Written are ``samples.csv``,
``memory.svg`` and a verdict: after warm-up memory stays within 5 %, threads and open files stay as
they are, and answers do not slow down.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from service.protocol import BROWSER_FRAME, PROTOCOL_VERSION, BinaryFrame, Hello, pack_frame
from service.store.database import FILE
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
HINGES = ROOT / "sample_videos" / "hinge_rounded.mp4"
RAISED_HAND = ROOT / "tests" / "data" / "hand_raised.mp4"
FPS = 30
SIZE = (640, 480)
SHORT_PAUSES = {
    "countdown_s": 1,
    "target_reps": 3,
    "still_s": 2,
    "summary_s": 3,
    "still_there_s": 2,
    "away_s": 2,
}
"""Waiting that a visit does without; see `service.kiosk.settings`."""

WARM_UP = 0.2
"""Share of the run, from its start, that the verdict passes over."""
FLAT = 0.05
"""Most by which memory may differ between the first and the last third after warm-up."""
SLOWER = 1.25
"""Most by which the median round trip may grow, as a factor."""
STRAY = 2
"""Most by which threads and open files may differ: one that is just coming or going."""
SAMPLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The server at one moment.

    Attributes
    ----------
    t_s
        Since the run began.
    rss_mb
        Memory that the process holds.
    threads, files
        How many it has.
    p50_ms, p95_ms
        Round trip of the pictures since the sample before.
    assessed, visits
        Pictures answered, and visits that came to a summary, since the run began.
    """

    t_s: float
    rss_mb: float
    threads: int
    files: int
    p50_ms: float
    p95_ms: float
    assessed: int
    visits: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the client has counted."""

    round_trips_ms: list[float] = field(default_factory=list)
    assessed: int = 0
    screens: Counter[str] = field(default_factory=Counter)
    reps: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


# ---- what is filmed ---------------------------------------------------------------------------


def letterboxed(image: NDArray[np.uint8]) -> bytes:
    """Encode a picture as the page would send it."""
    scale = min(SIZE[0] / image.shape[1], SIZE[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = np.full((SIZE[1], SIZE[0], 3), 24, np.uint8)
    top, left = (SIZE[1] - small.shape[0]) // 2, (SIZE[0] - small.shape[1]) // 2
    box[top : top + small.shape[0], left : left + small.shape[1]] = small
    _, jpeg = cv2.imencode(".jpg", box[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 80))
    return jpeg.tobytes()


def film(clip: Path) -> list[bytes]:
    """Encode every picture of a clip; the clips that are used here have 30 a second."""
    with VideoFile(clip) as video:
        return [letterboxed(frame.image) for frame in video]


def visit() -> list[bytes]:
    """Film one visit, from an empty room to an empty room."""
    hinges, hand = film(HINGES), film(RAISED_HAND)
    facing, side_on = hand[:1] * FPS, hinges[:1] * FPS
    wall = np.full((SIZE[1], SIZE[0], 3), (196, 190, 182), np.uint8)
    empty = [letterboxed(wall)] * FPS
    reading = hinges[-1:] * FPS
    ready = [*facing * 2, *hand, *hand, *facing * 2, *side_on * 3]
    return [*empty * 3, *ready, *hinges, *reading * 3, *empty * 9]


# ---- the server -------------------------------------------------------------------------------


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_server(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start ``hingewise serve`` with short pauses and a data folder of its own."""
    pauses = {
        f"HINGEWISE_KIOSK__{name.upper()}": str(value) for name, value in SHORT_PAUSES.items()
    }
    environment = {**os.environ, **pauses, "HINGEWISE_DATA": str(folder / "data")}
    program = "from service.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--no-browser", f"--port={port}"]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program
            command, env=environment, stdout=log, stderr=subprocess.STDOUT
        )


def await_server(port: int) -> None:
    """Wait until the server listens.

    Raises
    ------
    OSError
        When it does not within a minute.
    """
    deadline_s = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)
        else:
            return


def connected(port: int) -> ClientConnection:
    """Connect as the kiosk's page does; to be used in a ``with`` block."""
    return connect(f"ws://127.0.0.1:{port}/ws/v1/live", origin=Origin(f"http://127.0.0.1:{port}"))


def status_of(pid: int) -> dict[str, str]:
    """Read what Linux tells of a process."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def sample(pid: int, t_s: float, tally: Tally) -> Sample:
    """Look at the server, and forget the round trips that went into it."""
    status = status_of(pid)
    trips = tally.round_trips_ms or [float("nan")]
    p50, p95 = np.percentile(trips, [50, 95])
    tally.round_trips_ms.clear()
    return Sample(
        t_s=round(t_s, 1),
        rss_mb=round(int(status["VmRSS"].split()[0]) / 1024, 2),
        threads=int(status["Threads"]),
        files=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
        assessed=tally.assessed,
        visits=tally.screens["summary"],
    )


# ---- the client -------------------------------------------------------------------------------


class Page:
    """Speaks as the kiosk's page does: one picture in flight, the newest wins."""

    def __init__(self, link: ClientConnection, tally: Tally) -> None:
        self._link = link
        self._tally = tally
        self._sent_s = 0.0
        self._in_flight: int | None = None

    def begin(self) -> None:
        """Say who is there, and wait until pictures may come."""
        self._link.send(Hello(protocol=PROTOCOL_VERSION, mode="kiosk").model_dump_json())
        while self._heard(self._link.recv(timeout=60))["type"] != "ready":
            pass

    def film(self, number: int, t_s: float, jpeg: bytes, until_s: float) -> None:
        """Offer a picture, then listen until the next one is due."""
        if self._in_flight is None:
            header = BinaryFrame(kind=BROWSER_FRAME, number=number, t_ms=t_s * 1000, jpeg=jpeg)
            self._sent_s = time.perf_counter()
            self._in_flight = number
            self._link.send(pack_frame(header))
        while (left_s := until_s - time.perf_counter()) > 0:
            try:
                self._heard(self._link.recv(timeout=left_s))
            except TimeoutError:
                return

    def _heard(self, message: str | bytes) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(message)
        kind = told["type"]
        if kind == "frame" and told["number"] == self._in_flight:
            self._tally.round_trips_ms.append((time.perf_counter() - self._sent_s) * 1000)
            self._tally.assessed += 1
            self._in_flight = None
        elif kind == "kiosk" and told["screen"] != getattr(self, "_screen", None):
            self._screen = told["screen"]
            self._tally.screens[self._screen] += 1
        elif kind == "summary":
            self._tally.reps[told["reps"]] += 1
        elif kind == "refused":
            self._tally.refusals[told["code"]] += 1
        return told


def begun(link: ClientConnection, tally: Tally) -> Page:
    """Begin a session."""
    page = Page(link, tally)
    page.begin()
    return page


def soak(
    server: subprocess.Popen[bytes], page: Page, tally: Tally, run_s: float, fps: int
) -> list[Sample]:
    """Play visit after visit; return what was sampled."""
    samples: list[Sample] = []
    start_s = next_s = time.perf_counter()
    sampled_s = start_s
    for number, jpeg in enumerate(itertools.cycle(visit()[:: FPS // fps])):
        next_s = max(next_s + 1 / fps, time.perf_counter())
        page.film(number, next_s - start_s, jpeg, next_s)
        now_s = time.perf_counter()
        if now_s - sampled_s >= SAMPLE_S:
            sampled_s = now_s
            samples.append(sample(server.pid, now_s - start_s, tally))
        if now_s - start_s >= run_s:
            return samples
    return samples


# ---- what came of it --------------------------------------------------------------------------


def verdict(samples: Sequence[Sample], tally: Tally) -> tuple[bool, list[str]]:
    """Judge a run by what came after warm-up."""
    late = samples[int(len(samples) * WARM_UP) :]
    third = max(1, len(late) // 3)
    first, last = late[:third], late[-third:]

    def medians(name: str) -> tuple[float, float]:
        before, after = ([getattr(one, name) for one in part] for part in (first, last))
        return statistics.median(before), statistics.median(after)

    memory, trip = medians("rss_mb"), medians("p50_ms")
    threads = {one.threads for one in late}
    files = {one.files for one in late}
    growth = memory[1] / memory[0] - 1
    checks = {
        f"memory {memory[0]:.1f} → {memory[1]:.1f} MB, {growth:+.1%}": abs(growth) <= FLAT,
        f"round trip p50 {trip[0]:.1f} → {trip[1]:.1f} ms": trip[1] <= trip[0] * SLOWER,
        f"threads {min(threads)} to {max(threads)}": max(threads) - min(threads) <= STRAY,
        f"open files {min(files)} to {max(files)}": max(files) - min(files) <= STRAY,
        f"visits {tally.screens['summary']}, repetitions {dict(tally.reps)}": bool(tally.reps),
        f"refused {dict(tally.refusals)}": not tally.refusals,
    }
    lines = [f"{'ok  ' if passed else 'FAIL'} {line}" for line, passed in checks.items()]
    return all(checks.values()), lines


CHART = (960, 420)
MARGIN = (70, 20, 40, 50)
"""Left, right, top, bottom."""


def memory_chart(samples: Sequence[Sample], title: str) -> str:
    """Draw memory and round trip over time as SVG; samples without a picture are left out."""
    samples = [one for one in samples if math.isfinite(one.p95_ms)]
    width, height = CHART
    left, right, top, bottom = MARGIN
    minutes = [one.t_s / 60 for one in samples]
    across = (left, width - right, 0.0, max(minutes))
    memory = [one.rss_mb for one in samples]
    trip = [one.p95_ms for one in samples]
    middle = top + (height - top - bottom) * 0.6
    panels = (
        (memory, (middle, top, 0.0, 1.15 * max(memory)), "memory, MB", "#0b6e4f"),
        (trip, (height - bottom, middle + 30, 0.0, 1.15 * max(trip)), "p95, ms", "#8a4b08"),
    )
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="13">'
        ),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="24" font-size="16">{title}</text>',
        *itertools.chain.from_iterable(
            _panel(minutes, values, across, up, (label, colour))
            for values, up, label, colour in panels
        ),
        f'<text x="{width - right}" y="{height - 12}" text-anchor="end">minutes</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


_Axis = tuple[float, float, float, float]
"""Where it starts and ends on paper, and the values there."""


def _placed(value: float, axis: _Axis) -> float:
    start, end, low, high = axis
    return round(start + (value - low) / (high - low) * (end - start), 1)


def _panel(
    minutes: Sequence[float],
    values: Sequence[float],
    across: _Axis,
    up: _Axis,
    look: tuple[str, str],
) -> Iterator[str]:
    """Draw one curve with its axes, starting at zero."""
    label, colour = look
    left, right = across[:2]
    for share in (0.0, 0.5, 1.0):
        value, y = share * up[3], _placed(share * up[3], up)
        yield f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{value:.0f}</text>'
    for minute in np.linspace(across[2], across[3], 6):
        x = _placed(float(minute), across)
        yield f'<text x="{x}" y="{up[0] + 18}" text-anchor="middle">{minute:.0f}</text>'
    points = " ".join(
        f"{_placed(t, across)},{_placed(value, up)}"
        for t, value in zip(minutes, values, strict=True)
    )
    yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield f'<text x="{left + 8}" y="{up[1] + 14}" fill="{colour}">{label}</text>'


def write_samples(samples: Sequence[Sample], path: Path) -> None:
    """Write every sample as a line of CSV."""
    names = list(Sample.__dataclass_fields__)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(names)
        table.writerows([getattr(one, name) for name in names] for one in samples)


def orphans(server: subprocess.Popen[bytes], at_rest: int) -> int:
    """Count the threads that a closed session left behind."""
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        left = int(status_of(server.pid)["Threads"]) - at_rest
        if left <= 0:
            return 0
        time.sleep(0.2)
    return left


def arguments() -> argparse.Namespace:
    """Read the command line."""
    described = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    described.add_argument("--minutes", type=float, default=60.0, help="how long (60)")
    described.add_argument(
        "--fps", type=int, default=FPS, choices=(30, 15), help="pictures a second (30)"
    )
    described.add_argument("--out", type=Path, default=Path("reports/soak"), help="folder")
    return described.parse_args()


def main() -> int:
    """Run, write what was found, and return the exit status."""
    chosen = arguments()
    chosen.out.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        port = free_port()
        server = start_server(port, Path(scratch))
        try:
            samples = _run(server, port, tally, chosen)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(10)
            sys.stderr.write((Path(scratch) / "server.log").read_text("utf-8")[-2000:])
        data = Path(scratch) / "data"
        kept = [path for path in data.rglob("*") if path.is_file() and FILE not in path.name]
    write_samples(samples, chosen.out / "samples.csv")
    title = (
        f"Kiosk, {tally.screens['summary']} visits in {samples[-1].t_s / 60:.0f} minutes, "
        f"{chosen.fps} pictures a second"
    )
    (chosen.out / "memory.svg").write_text(memory_chart(samples, title), encoding="utf-8")
    passed, lines = verdict(samples, tally)
    print(title, *lines, f"files kept: {len(kept)}", sep="\n")
    return 0 if passed and not kept else 1


def _run(
    server: subprocess.Popen[bytes], port: int, tally: Tally, chosen: argparse.Namespace
) -> list[Sample]:
    await_server(port)
    with connected(port) as link:  # whatever is made once, for good, is made here
        soak(server, begun(link, Tally()), Tally(), 3, chosen.fps)
    time.sleep(3)
    at_rest = int(status_of(server.pid)["Threads"])
    try:
        with connected(port) as link:
            samples = soak(server, begun(link, tally), tally, chosen.minutes * 60, chosen.fps)
    except ConnectionClosed as error:
        sys.exit(f"expected the server to go on, it closed the connection: {error}")
    print(f"threads left behind: {orphans(server, at_rest)}")
    return samples


if __name__ == "__main__":
    sys.exit(main())
