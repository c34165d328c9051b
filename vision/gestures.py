"""What a person says with their hands: one hand held up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.pose import Pose

    Point = tuple[float, float]

ABOVE_HEAD: Final = 0.05
"""How far the wrist is above the highest landmark of the head, in trunk lengths; expert default."""
ABOVE_SHOULDER: Final = 0.15
"""How far it is above the shoulder, in trunk lengths, wherever the head is; expert default."""
STRAIGHT_DEG: Final = 150.0
"""Least angle at the elbow of an arm that counts as straight; expert default."""
UPRIGHT: Final = 0.8
"""Least height of the trunk in the picture over its length: who bends says nothing; expert
default."""
PATIENCE_S: Final = 0.3
"""A hand that is lost for no longer is still held up: a frame or two of a slow camera; expert
default."""

_HEAD: Final = range(Landmark.NOSE, Landmark.LEFT_SHOULDER)
_ARMS: Final = (
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
)


class HandRaiseObserver:
    """Follows whether somebody who stands upright holds one hand above the head; causal.

    Two hands up are no sign: arms go up overhead in exercises too. So is one hand up while the
    other is above its shoulder.
    """

    def __init__(self) -> None:
        self._since_s = math.nan
        self._last_s = math.nan

    def update(self, pose: Pose) -> float:
        """Take in the next pose.

        Parameters
        ----------
        pose
            Must not be earlier than the one before.

        Returns
        -------
        float
            Seconds for which one hand has been held above the head; 0 when none is, or both are.
            It stands still while the hand is lost for up to `PATIENCE_S`.
        """
        lately = pose.t_s - self._last_s <= PATIENCE_S
        if is_hand_raised(pose):
            if not lately:
                self._since_s = pose.t_s
            self._last_s = pose.t_s
        elif not lately:
            self._since_s = math.nan
        return 0.0 if math.isnan(self._since_s) else self._last_s - self._since_s


def is_hand_raised(pose: Pose) -> bool:
    """Tell whether somebody upright holds one hand above the head, and the other one down.

    All of it must lie in the picture: what is cut off is placed beyond its edge by guess.
    """
    xy = _in_picture(pose)
    shoulder = _mean([xy[Landmark.LEFT_SHOULDER], xy[Landmark.RIGHT_SHOULDER]])
    hip = _mean([xy[Landmark.LEFT_HIP], xy[Landmark.RIGHT_HIP]])
    trunk_px = math.dist(shoulder, hip)
    if not hip[1] - shoulder[1] >= UPRIGHT * trunk_px:
        return False
    head = [xy[row][1] for row in _HEAD if math.isfinite(xy[row][1])]
    limit_y = min(min(head, default=math.nan) - ABOVE_HEAD * trunk_px, math.inf)
    arms = [[xy[row] for row in arm] for arm in _ARMS]
    raised = [_is_raised(arm, limit_y, trunk_px) for arm in arms]
    return any(
        up and not _is_lifted(other) for up, other in zip(raised, reversed(arms), strict=True)
    )


def _in_picture(pose: Pose) -> list[Point]:
    """Landmarks, with NaN for those that are not seen or lie outside the picture."""
    width, height = pose.image_size
    return [
        (x, y) if 0 <= x <= width and 0 <= y <= height else (math.nan, math.nan)
        for x, y in pose.image_xy.tolist()
    ]


def _is_raised(arm: Sequence[Point], limit_y: float, trunk_px: float) -> bool:
    """Tell whether a wrist is above the head and the arm goes up to it."""
    shoulder, elbow, wrist = arm
    is_above = wrist[1] < min(limit_y, shoulder[1] - ABOVE_SHOULDER * trunk_px)
    return is_above and (
        elbow[1] < shoulder[1] or _angle_deg(shoulder, elbow, wrist) > STRAIGHT_DEG
    )


def _is_lifted(arm: Sequence[Point]) -> bool:
    """Tell whether the wrist, or the elbow while the wrist is unseen, is above the shoulder.

    An arm that is not seen at all may be.
    """
    shoulder, elbow, wrist = arm
    hand = elbow if math.isnan(wrist[1]) else wrist
    return not hand[1] >= shoulder[1]


def _mean(points: Sequence[Point]) -> Point:
    """Middle of those points that were seen; NaN for none."""
    seen = [point for point in points if math.isfinite(point[0])]
    if not seen:
        return math.nan, math.nan
    return math.fsum(x for x, _ in seen) / len(seen), math.fsum(y for _, y in seen) / len(seen)


def _angle_deg(first: Point, corner: Point, last: Point) -> float:
    """Angle at a corner, 0 to 180; NaN unseen."""
    one = math.atan2(first[1] - corner[1], first[0] - corner[0])
    other = math.atan2(last[1] - corner[1], last[0] - corner[0])
    return abs(math.degrees(math.remainder(one - other, 2 * math.pi)))
