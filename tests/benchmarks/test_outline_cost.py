"""What the outline of the back costs over landmarks alone, at 1280×720.

All ways take turns on every frame, so that whatever else the machine does falls on all of them.
Each outlined frame counts the whole of `OutlinedBlazePose.estimate`.
"""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.test_pose_cost import WARM_UP, Runner, hd_frames, processor
from tests.given_material import pose_bundle
from vision.estimators.direct import DirectBlazePose
from vision.estimators.outlined import OutlinedBlazePose

if TYPE_CHECKING:
    import pytest

    from vision.frame import Frame
    from vision.pose import Pose

BUDGET_MS = 8.0
ESTIMATE_MS = 0.7
"""Of the budget, kept for the lumbar estimate itself."""


def shares(alone: Runner, other: Runner) -> str:
    """Middle of what a way takes longer, frame by frame, in wall and in processor time."""
    wall = np.subtract(other.wall_ms, alone.wall_ms)[WARM_UP:]
    cpu = np.subtract(other.cpu_ms, alone.cpu_ms)[WARM_UP:]
    return f"{other.name}: +{np.median(wall):.1f} ms, processor time +{np.median(cpu):.1f} ms"


def test_outline_cost(capsys: pytest.CaptureFixture[str]) -> None:
    plain, masked = pose_bundle(), pose_bundle(mask=True)
    outlined: list[Pose] = []
    with (
        DirectBlazePose(plain) as landmarks,
        DirectBlazePose(masked) as with_mask,
        OutlinedBlazePose(masked) as with_outline,
    ):

        def keep(frame: Frame) -> None:
            outlined.append(with_outline.estimate(frame))

        runners = [
            Runner(name="landmarks alone", run=landmarks.estimate),
            Runner(name="+ mask", run=with_mask.estimate_with_mask),
            Runner(name="+ mask + outline", run=keep),
        ]
        for frame in hd_frames():
            for runner in runners:
                runner.take(frame)
    with capsys.disabled():
        print(
            f"\n{processor()}, {os.cpu_count()} cores, {platform.platform()}, full model, "
            f"2 threads, load {os.getloadavg()[0]:.1f}"
        )
        print(f"{'ms per frame, 1280×720':30} {'p50':>7} {'p95':>7} {'min':>7} {'CPU p50':>9}")
        for runner in runners:
            print(runner.row())
        for runner in runners[1:]:
            print(shares(runners[0], runner))
        print(f"budget {BUDGET_MS:.1f} ms, of which the lumbar estimate takes {ESTIMATE_MS:.1f} ms")
    assert sum(pose.outline is not None for pose in outlined) > len(outlined) // 2
