"""The counter of most tutorials: one joint angle, two thresholds, no time and no view.

Written from its description, for comparison only: the person is down once the inner angle falls
below the one threshold, and a repetition is counted when it then rises above the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vision.pose import Pose

HIP: Final = (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP, Landmark.LEFT_KNEE)
KNEE: Final = (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
HIP_DOWN_DEG: Final = 120.0
KNEE_DOWN_DEG: Final = 100.0
UP_DEG: Final = 160.0


def count_by_hip(poses: Sequence[Pose], *, right_side: bool) -> int:
    """Count by the inner angle shoulder-hip-knee, 120° and 160°."""
    return count(_angles_deg(poses, HIP, right_side=right_side), down_deg=HIP_DOWN_DEG)


def count_by_knee(poses: Sequence[Pose], *, right_side: bool) -> int:
    """Count by the inner angle hip-knee-ankle, 100° and 160°."""
    return count(_angles_deg(poses, KNEE, right_side=right_side), down_deg=KNEE_DOWN_DEG)


def count(angles_deg: Iterable[float], *, down_deg: float, up_deg: float = UP_DEG) -> int:
    """Count the passages from below `down_deg` to above `up_deg`; unseen frames change nothing."""
    reps, is_down = 0, False
    for angle_deg in angles_deg:
        if angle_deg < down_deg:
            is_down = True
        elif angle_deg > up_deg and is_down:
            reps, is_down = reps + 1, False
    return reps


def _angles_deg(
    poses: Sequence[Pose], corner: tuple[Landmark, Landmark, Landmark], *, right_side: bool
) -> list[float]:
    rows = [landmark + right_side for landmark in corner]
    angles = []
    for pose in poses:
        first, middle, last = pose.image_xy[rows].astype(np.float64)
        one, other = first - middle, last - middle
        cross = one[0] * other[1] - one[1] * other[0]
        angles.append(float(np.degrees(np.arctan2(abs(cross), one @ other))))
    return angles
