"""What a live picture of 640×480 costs, part by part, and how many a second sessions get.

Processor time beside wall time, because another program on the computer changes only the latter
much. Prints figures and asserts none of them.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import cv2
import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # ships no types

from models.assessor import Assessor
from tests.given_material import first_images, pose_bundle
from vision.estimators.outlined import OutlinedBlazePose
from vision.exposure import exposure_of
from vision.frame import Frame
from vision.gestures import HandRaiseObserver

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from vision.pose import Pose

_Result = TypeVar("_Result")
SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_neutral.mp4"
SIZE: Final = (640, 480)
FPS: Final = 30
CLIP: Final = 150
WARM_UP: Final = 15
FRAMES: Final = 120
SESSIONS_S: Final = 5.0


def pictures() -> list[bytes]:
    """A sample as a browser sends it, in its middle the person who bends."""
    shown = [cv2.resize(image, SIZE) for image in first_images(SAMPLE, CLIP)]
    return [
        simplejpeg.encode_jpeg(np.ascontiguousarray(image, np.uint8), quality=80) for image in shown
    ]


@dataclass(kw_only=True)
class Session:
    """One person's session: everything that is done for a picture, with a clock on each part."""

    threads: int
    outline_every: int
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    looked: int = 0

    def __post_init__(self) -> None:
        self._estimator = OutlinedBlazePose(
            pose_bundle(mask=True),
            plain=pose_bundle(),
            threads=self.threads,
            outline_every=self.outline_every,
        )
        self._assessor = Assessor()
        self._hand = HandRaiseObserver()

    def close(self) -> None:
        self._estimator.close()

    def look(self, jpeg: bytes, number: int) -> None:
        image = self._timed("JPEG decoded", lambda: simplejpeg.decode_jpeg(jpeg))
        frame = Frame(image=image, t_s=number / FPS, index=number)
        pose = self._timed("pose and outline", lambda: self._estimator.estimate(frame))
        self._timed("light and gesture", lambda: self._judge_light(image, pose))
        self._timed("assessment", lambda: self._assessor.update(pose))
        self._timed("what is known now", self._assessor.now)
        self.looked += 1

    def _judge_light(self, image: np.ndarray, pose: Pose) -> None:
        exposure_of(image, pose)
        self._hand.update(pose)

    def _timed(self, part: str, do: Callable[[], _Result]) -> _Result:
        began_s = time.process_time()
        result = do()
        self.cpu_ms.setdefault(part, []).append(1000 * (time.process_time() - began_s))
        return result


def print_parts(jpegs: list[bytes]) -> None:
    print(f"{'processor ms a picture, mean':32}", end="")
    columns = [(threads, every) for threads in (1, 2) for every in (1, 2, 3)]
    sessions = [Session(threads=threads, outline_every=every) for threads, every in columns]
    for number, jpeg in zip(range(WARM_UP + FRAMES), cycle(jpegs), strict=False):
        for session in sessions:
            session.look(jpeg, number)
    print("".join(f"{f'{threads} thr. 1/{every}':>12}" for threads, every in columns))
    for part in sessions[0].cpu_ms:
        means = [float(np.mean(session.cpu_ms[part][WARM_UP:])) for session in sessions]
        print(f"{part:32}" + "".join(f"{mean:12.2f}" for mean in means))
    sums = [sum(np.mean(values[WARM_UP:]) for values in s.cpu_ms.values()) for s in sessions]
    print(f"{'sum':32}" + "".join(f"{total:12.2f}" for total in sums))
    for session in sessions:
        session.close()


def print_throughput(jpegs: list[bytes], *, count: int, threads: int, every: int) -> list[float]:
    """Let sessions run side by side as fast as they can."""
    sessions = [Session(threads=threads, outline_every=every) for _ in range(count)]
    stop = threading.Event()

    def work(session: Session) -> None:
        for number, jpeg in enumerate(cycle(jpegs)):
            if stop.is_set():
                return
            session.look(jpeg, number)

    workers = [threading.Thread(target=work, args=(session,)) for session in sessions]
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for worker in workers:
        worker.start()
    stop.wait(SESSIONS_S)
    stop.set()
    for worker in workers:
        worker.join()
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    rates = [session.looked / wall_s for session in sessions]
    looked = sum(session.looked for session in sessions)
    print(
        f"{count} sessions, {threads} threads each, outline 1/{every}: "
        f"{', '.join(f'{rate:.1f}' for rate in rates)} pictures/s; "
        f"{1000 * cpu_s / looked:.1f} ms of processor each; {cpu_s / wall_s:.2f} cores busy"
    )
    for session in sessions:
        session.close()
    return rates


def test_live_cost(capsys: pytest.CaptureFixture[str]) -> None:
    pose_bundle(mask=True)
    jpegs = pictures()
    with capsys.disabled():
        print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, full model")
        print_parts(jpegs)
        rates = [
            print_throughput(jpegs, count=count, threads=threads, every=every)
            for count, threads in ((1, 1), (1, 2), (2, 1), (3, 1))
            for every in (1, 3)
        ]
    assert all(rate > 0 for each in rates for rate in each)
