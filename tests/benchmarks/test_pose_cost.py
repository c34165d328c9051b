"""What finding a pose costs at 1280×720, by runner, model, mask and number of threads.

All runners of a model take turns on every frame, so that whatever else the machine does falls on
all of them. The census, once in a second of video, is among the frames; it shows in p95.
"""

from __future__ import annotations

import os
import platform
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pytest

from tests.given_material import first_images
from vision.assets import PoseModel, locate_bundle
from vision.errors import AssetError
from vision.estimators.direct import DirectBlazePose
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

VIDEO: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_neutral.mp4"
WIDTH, HEIGHT = 1280, 720
FPS: Final = 30
WARM_UP: Final = 10
FRAMES: Final = 90


@dataclass(kw_only=True)
class Runner:
    """One way to find a pose, and how long each frame took it."""

    name: str
    run: Callable[[Frame], object]
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def take(self, frame: Frame) -> None:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        self.run(frame)
        self.cpu_ms.append((time.process_time() - cpu_s) * 1000)
        self.wall_ms.append((time.perf_counter() - wall_s) * 1000)

    def row(self) -> str:
        wall, cpu = self.wall_ms[WARM_UP:], self.cpu_ms[WARM_UP:]
        p50, p95 = np.percentile(wall, [50, 95])
        return f"{self.name:30} {p50:7.1f} {p95:7.1f} {min(wall):7.1f} {np.median(cpu):9.1f}"


def hd_frames() -> list[Frame]:
    """Enlarge a sample to 1280×720."""
    images = first_images(VIDEO, WARM_UP + FRAMES)
    large = [cv2.resize(image, (WIDTH, HEIGHT)).astype(np.uint8, copy=False) for image in images]
    return [Frame(image=image, t_s=index / FPS, index=index) for index, image in enumerate(large)]


def runners(model: PoseModel, stack: ExitStack) -> list[Runner]:
    plain, masked = (locate_bundle(model, mask=mask) for mask in (False, True))

    def tasks(*, mask: bool) -> Callable[[Frame], object]:
        made = (
            MediaPipeTasks(masked, measure_outline=_no_outline) if mask else MediaPipeTasks(plain)
        )
        return stack.enter_context(made).estimate

    def direct(threads: int, *, mask: bool) -> Callable[[Frame], object]:
        made = stack.enter_context(DirectBlazePose(masked if mask else plain, threads=threads))
        return made.estimate_with_mask if mask else made.estimate

    return [
        Runner(name=f"{model} Tasks", run=tasks(mask=False)),
        Runner(name=f"{model} Tasks + mask", run=tasks(mask=True)),
        Runner(name=f"{model} direct, 1 thread", run=direct(1, mask=False)),
        Runner(name=f"{model} direct, 1 thread + mask", run=direct(1, mask=True)),
        Runner(name=f"{model} direct, 2 threads", run=direct(2, mask=False)),
        Runner(name=f"{model} direct, 2 threads + mask", run=direct(2, mask=True)),
    ]


def _no_outline(*_: object) -> None:
    """Take the mask and measure nothing."""


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


@pytest.mark.parametrize("model", list(PoseModel))
def test_pose_cost(model: PoseModel, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as stack:
        try:
            contenders = runners(model, stack)
        except AssetError as error:
            pytest.skip(f"pose model absent: {error}")
        for frame in hd_frames():
            for runner in contenders:
                runner.take(frame)
    with capsys.disabled():
        print(f"\n{processor()}, {os.cpu_count()} cores, {platform.platform()}")
        print(f"mediapipe {version('mediapipe')}, ai-edge-litert {version('ai-edge-litert')}")
        print(f"{'ms per frame, 1280×720':30} {'p50':>7} {'p95':>7} {'min':>7} {'CPU p50':>9}")
        for runner in contenders:
            print(runner.row())
