"""Recordings that tests make for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vision.estimators.base import EstimatorInfo
from vision.frame import SourceHealth, VideoInfo
from vision.outline import DorsalOutline
from vision.pose import LANDMARK_COUNT, Pose
from vision.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def made_pose(t_s: float, *, others: int = 0, outline_points: int | None = None) -> Pose:
    """Make a pose of noise; a fifth of its landmarks is hidden."""
    rng = np.random.default_rng(round(t_s * 1000))
    outline = None
    if outline_points is not None:
        outline = DorsalOutline(
            points_px=rng.normal(200, 50, (outline_points, 2)).astype(np.float32),
            occluded=rng.random(outline_points) > 0.5,
            quality=float(rng.random()),
        )
    return Pose.from_landmarks(
        t_s=t_s,
        image_size=(640, 480),
        image_xy=rng.normal(300, 100, (LANDMARK_COUNT, 2)),
        world_xyz=rng.normal(0, 0.5, (LANDMARK_COUNT, 3)),
        visibility=np.where(rng.random(LANDMARK_COUNT) < 0.2, 0.1, 0.9),
        others_px=rng.uniform(0, 480, (others, 4)),
        outline=outline,
    )


def made_recording(poses: Sequence[Pose]) -> Recording:
    """Make a recording of these poses."""
    return Recording(
        poses=tuple(poses),
        estimator=EstimatorInfo(name="made", version="1", model="full", asset_sha256="0" * 64),
        video=VideoInfo(
            width=640,
            height=480,
            rotation_deg=90,
            duration_s=None,
            nominal_fps=29.97,
            frame_count=None,
            codec="h264",
            container="mov",
        ),
        health=SourceHealth(frames_read=len(poses), corrupt_packets=2, longest_gap_s=0.1),
        source_name="squats – ünïted.mp4",
        source_sha256="f" * 64,
    )


def same_bits(one: Pose, other: Pose) -> bool:
    """Tell whether two poses hold the same numbers, NaN included, to the bit."""
    facts, others = ((p.t_s, p.image_size, p.outline_sought) for p in (one, other))
    return facts == others and all(
        left.dtype == right.dtype
        and left.shape == right.shape
        and left.tobytes() == right.tobytes()
        for left, right in zip(_arrays(one), _arrays(other), strict=True)
    )


def _arrays(pose: Pose) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any]] = [pose.image_xy, pose.world_xyz, pose.visibility, pose.others_px]
    if pose.outline is not None:
        arrays += [pose.outline.points_px, pose.outline.occluded, np.array(pose.outline.quality)]
    return arrays
