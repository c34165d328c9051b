"""How long a picture takes from camera to overlay, in a real Chromium beside a real server.

Browser, server and networks share this machine. The camera plays a recorded clip of 640×480 at 30
pictures a second; every picture is looked at by the full model, with mask and outline, and lumbar
flexion is read. Both ends of a delay are on the page's clock: when the camera took the picture,
and when what was found was drawn on it.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.benchmarks.test_pose_cost import processor
from tests.given_material import pose_bundle
from tests.web import chromium
from tests.web.fake_webcam import filmed
from tests.web.running_server import RunningServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

CLIP: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
WARM_UP_S: Final = 8
MEASURED_S: Final = float(os.environ.get("LIVE_BENCHMARK_S", "25"))
WINDOWS: Final = 5
BIN_MS: Final = 10
STEPS: Final = ("decode", "pose", "assess", "total")
ENCODE: Final = """
async () => {
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext("2d", { alpha: false });
  const took = [];
  for (let run = 0; run < 40; run += 1) {
    const began = performance.now();
    context.drawImage(video, 0, 0, 640, 480);
    await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    took.push(performance.now() - began);
  }
  return took;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a page showed for a while: pictures a second, and how late each was, ms."""

    fps: float
    latency_ms: tuple[float, ...]


@pytest.fixture
def bench(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[RunningServer, Browser]]:
    """Run a server, and a Chromium that films the clip.

    With one session the server always looks as closely as it can; with several it may look less
    closely to keep up, as it is set up to do.
    """
    pose_bundle(mask=True)
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not chromium.PROGRAM.exists():
        pytest.skip("Chromium absent: apt-get install chromium")
    camera = filmed(CLIP).held(before_s=3, after_s=1).write_mjpeg(tmp_path / "camera.mjpeg")
    settings = {"ADAPTIVE": "three" in request.node.name, "STILL_S": 60}
    with ExitStack() as stack:
        server = stack.enter_context(RunningServer(tmp_path, settings))
        driver = stack.enter_context(api.sync_playwright())
        browser = chromium.launch(driver, camera=camera)
        stack.callback(browser.close)
        yield server, browser


def test_one_session(
    bench: tuple[RunningServer, Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    server, browser = bench
    page = opened(browser, server)
    wait(WARM_UP_S)
    before, cpu = server.metrics(), cpu_seconds()
    windows = watch([page])[0]
    after, cpu_after = server.metrics(), cpu_seconds()
    frames = after["hingewise_frames_assessed_total"] - before["hingewise_frames_assessed_total"]
    encode = np.percentile(page.evaluate(ENCODE), [50, 95])
    with capsys.disabled():
        print_machine("one session")
        print_latency([delay for one in windows for delay in one.latency_ms])
        print(f"{np.mean([one.fps for one in windows]):.1f} pictures a second were drawn")
        print_steps(before, after)
        print(f"draw and encode in the browser, p50/p95: {encode[0]:.1f}/{encode[1]:.1f} ms")
        for name in cpu:
            each = 1000 * (cpu_after[name] - cpu[name]) / max(frames, 1)
            print(f"CPU of the {name}: {each:.1f} ms a picture")


def test_three_sessions(
    bench: tuple[RunningServer, Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    server, browser = bench
    pages = [opened(browser, server) for _ in range(3)]
    wait(WARM_UP_S)
    watched = watch(pages)
    with capsys.disabled():
        print_machine("three sessions")
        print(f"{'':10}{'fps':>6}   p50 of the delay, ms, in {WINDOWS} parts of the time")
        for number, (page, windows) in enumerate(zip(pages, watched, strict=True), start=1):
            late = "".join(f"{median(one.latency_ms):8.0f}" for one in windows)
            closely = page.evaluate("() => hingewise.quality")
            print(
                f"session {number} {np.mean([one.fps for one in windows]):7.1f}{late}"
                f"   {closely['model']}, outline 1/{closely['outline_every']}"
            )


def test_from_home_page_to_first_repetition(
    bench: tuple[RunningServer, Browser], capsys: pytest.CaptureFixture[str]
) -> None:
    server, browser = bench
    page = browser.new_page()
    began_s = time.perf_counter()
    page.goto(server.url)
    page.locator('a[href^="/live"]').first.click()
    page.wait_for_function("() => window.hingewise?.state === 'ready'", timeout=120_000)
    ready_s = time.perf_counter() - began_s
    page.wait_for_function("() => window.hingewise.reps >= 1", timeout=120_000)
    counted_s = time.perf_counter() - began_s
    with capsys.disabled():
        print_machine("from the home page")
        print(f"ready after {ready_s:.1f} s, first repetition counted after {counted_s:.1f} s")
        print("(the clip stands still for 4 s and needs 3.2 s for its first repetition)")


def opened(browser: Browser, server: RunningServer) -> Page:
    """Open the live page in a window of its own, and wait for its first picture."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(f"{server.url}/live")
    page.wait_for_function("() => window.hingewise.frames > 0", timeout=60_000)
    return page


def wait(seconds: float) -> None:
    time.sleep(seconds)


def watch(pages: Sequence[Page]) -> list[list[Window]]:
    """Look at pages for a while; return the windows of each."""
    watched: list[list[Window]] = [[] for _ in pages]
    seen = [int(page.evaluate("() => window.hingewise.frames")) for page in pages]
    began_s = [time.perf_counter()] * len(pages)
    for _ in range(WINDOWS):
        wait(MEASURED_S / WINDOWS)
        for row, page in enumerate(pages):
            frames, delays = page.evaluate("() => [hingewise.frames, hingewise.latencyMs]")
            now_s = time.perf_counter()
            new = frames - seen[row]
            fps = new / (now_s - began_s[row])
            watched[row].append(Window(fps=fps, latency_ms=tuple(delays[-new:] if new else ())))
            seen[row], began_s[row] = frames, now_s
    return watched


def median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def cpu_seconds() -> dict[str, float]:
    """CPU time so far of the server and of the browser, all their processes together."""
    children: dict[int, list[tuple[int, str, float]]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text("utf-8")
            command = (folder / "cmdline").read_text("utf-8", errors="replace")
        except OSError:
            continue
        fields = told.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        spent_s = ticks / os.sysconf("SC_CLK_TCK")
        children.setdefault(int(fields[1]), []).append((int(folder.name), command, spent_s))
    total = {"server": 0.0, "browser": 0.0}
    waiting = [os.getpid()]
    while waiting:
        for pid, command, spent_s in children.get(waiting.pop(), ()):
            waiting.append(pid)
            if "service.cli" in command:
                total["server"] += spent_s
            elif "chromium" in command.partition("\0")[0]:
                total["browser"] += spent_s
    return total


def print_machine(title: str) -> None:
    load = os.getloadavg()[0]
    print(f"\n{title}: {processor()}, {os.cpu_count()} cores, load average {load:.1f}")


def print_latency(latency_ms: Sequence[float]) -> None:
    """Print a histogram of delays, camera to overlay."""
    p50, p95 = np.percentile(latency_ms, [50, 95])
    print(f"camera to overlay, n={len(latency_ms)}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    edges = np.arange(0, max(latency_ms) + BIN_MS, BIN_MS)
    counts, _ = np.histogram(latency_ms, edges)
    rows = zip(edges.tolist(), counts.tolist(), strict=False)
    shown = [(low, count) for low, count in rows if low <= 2 * p95]
    for low, count in shown:
        if count:
            print(f"{low:5.0f} ms {count:5} {'█' * round(50 * count / counts.max())}")
    beyond = len(latency_ms) - sum(count for _, count in shown)
    print(f"  later    {beyond:5}")


def print_steps(before: dict[str, float], after: dict[str, float]) -> None:
    """Print the mean time of every step in the server."""
    for step in STEPS:
        name = f'hingewise_frame_seconds_%s{{step="{step}"}}'
        total, count = (after[name % kind] - before[name % kind] for kind in ("sum", "count"))
        print(f"{step:>8} in the server, mean: {1000 * total / max(count, 1):5.1f} ms")
