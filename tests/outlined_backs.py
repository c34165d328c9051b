"""Figures with the outline of a back that is a known curve, and an estimator that reads its turn.

The estimator is written down by hand: what it tells follows from the curve, whatever weights are
shipped.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import UNIT_DEG, LumbarEstimator
from models.lumbar.features import (
    OUTLINE_POINTS,
    STATIONS,
    WINDOWS,
    BackViews,
    Description,
    describe,
    feature_groups,
)
from tests.drawn_back import CHORD, DrawnBack, pose_of
from vision.outline import DorsalOutline
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vision.pose import Pose

    Floats = NDArray[np.float64]

STANDING_BOW: Final = 0.02
BOW_PER_DEG: Final = 0.0008
"""How much rounder the back of `outlined` is for every degree of lean."""

READ_SE_DEG: Final = 4.0
METHOD: Final = "turn of the back"

_ALONG: Final = np.linspace(-0.1, 1.0, OUTLINE_POINTS)


def outline_of(
    back: DrawnBack,
    *,
    depth: Floats | None = None,
    covered: tuple[float, float] = (0.0, 0.0),
    quality: float = 0.8,
) -> DorsalOutline:
    """Outline of a drawn back, or of another depth behind its line; covered between two places."""
    behind = back.depth(_ALONG) if depth is None else depth
    return DorsalOutline(
        points_px=back.at(_ALONG, behind).astype(np.float32),
        occluded=np.abs(_ALONG - np.mean(covered)) < 0.5 * (covered[1] - covered[0]),
        quality=quality,
    )


def outlined_pose(
    back: DrawnBack,
    *,
    depth: Floats | None = None,
    covered: tuple[float, float] = (0.0, 0.0),
    quality: float = 0.8,
) -> Pose:
    """Pose of a drawn back that faces right, with its outline."""
    outline = outline_of(back, depth=depth, covered=covered, quality=quality)
    return replace(pose_of(back), outline=outline)


def straight(tilt: float) -> Floats:
    """Depth of a straight back that goes away from the line by `tilt` for each of its lengths."""
    return 0.2 + tilt * _ALONG


def described(*poses: Pose, faces_right: bool = True) -> Description:
    """Describe poses as the program does."""
    return describe(BackViews.join([BackViews.of(one, faces_right=faces_right) for one in poses]))


def outlined(poses: Iterable[Pose], *, faces_right: bool = True) -> list[Pose]:
    """Give a stick figure the outline of a back that rounds with its lean."""
    return [_with_outline(pose, faces_right=faces_right) for pose in poses]


def bow_at(lean_deg: float) -> float:
    """How round the back of `outlined` is."""
    return STANDING_BOW + BOW_PER_DEG * lean_deg


def turn_deg(bow: float) -> float:
    """Turn of a drawn back from the first of the `WINDOWS` to the last."""
    first, last = (_middle_of(*window) for window in (WINDOWS[0], WINDOWS[-1]))
    steep = 8 * bow / CHORD
    return math.degrees(math.atan(steep * (0.45 - first)) + math.atan(steep * (last - 0.45)))


def turn_reader(*, se_deg: float = READ_SE_DEG, identity: str = METHOD) -> LumbarEstimator:
    """Read how much more the back turns than it does standing."""
    standing = described(outlined_pose(DrawnBack(bow=STANDING_BOW, lean_deg=0.0)))
    groups = feature_groups(standing, standing)
    names = list(groups)
    first = sum(groups[name].shape[1] for name in names[: names.index("back_change")])
    count = sum(group.shape[1] for group in groups.values())
    weight = np.zeros((1, count, 2), np.float32)
    weight[0, first, 0] = math.degrees(1.0) / UNIT_DEG
    weight[0, first + len(WINDOWS) - 1, 0] = -weight[0, first, 0]
    bias = [0.0, math.log(se_deg / UNIT_DEG)]
    return LumbarEstimator(
        id=identity,
        centre=np.zeros(count, np.float32),
        scale=np.ones(count, np.float32),
        layers=((weight, np.array(bias, np.float32).reshape(1, 1, 2)),),
        se_knots_deg=np.array([0.0]),
        se_factors=np.array([1.0]),
    )


def _middle_of(low: float, high: float) -> float:
    """Middle of the stations of a window: there a parabola has the window's slope."""
    inside = np.abs(STATIONS - 0.5 * (low + high)) < 0.5 * (high - low) + 1e-6
    return float(STATIONS[inside].mean())


def _with_outline(pose: Pose, *, faces_right: bool) -> Pose:
    """Draw the back in the picture in which the person faces right, then mirror it if need be."""
    sign = 1.0 if faces_right else -1.0
    xy = pose.image_xy.astype(np.float64) * np.array([sign, 1.0])
    hip = xy[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    line = xy[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0) - hip
    if not np.isfinite(line).all():
        return pose
    lean_deg = math.degrees(math.atan2(line[0], -line[1]))
    back = DrawnBack(
        bow=bow_at(lean_deg),
        lean_deg=lean_deg,
        trunk_px=math.hypot(*line),
        hip_px=(float(hip[0]), float(hip[1])),
    )
    seen = outline_of(back)
    points = seen.points_px * np.array([sign, 1.0], np.float32)
    return replace(pose, outline=replace(seen, points_px=points))
