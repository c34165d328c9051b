from __future__ import annotations

from typing import Final

import numpy as np

from vision.facing import CERTAIN_AT_ONCE, MEMORY_S, SEEN_FOR_S, FacingObserver
from vision.framing import Side, facing_evidence
from vision.pose import LANDMARK_COUNT, MIRROR, Landmark, Pose

SIZE: Final = (640, 480)
RATE_HZ: Final = 30.0
STANDING: Final = {
    Landmark.NOSE: (325, 95),
    Landmark.LEFT_EAR: (305, 95),
    Landmark.RIGHT_EAR: (305, 95),
    Landmark.LEFT_SHOULDER: (302, 140),
    Landmark.RIGHT_SHOULDER: (302, 140),
    Landmark.LEFT_HIP: (300, 250),
    Landmark.RIGHT_HIP: (300, 250),
    Landmark.LEFT_KNEE: (303, 340),
    Landmark.RIGHT_KNEE: (303, 340),
    Landmark.LEFT_ANKLE: (298, 420),
    Landmark.RIGHT_ANKLE: (298, 420),
    Landmark.LEFT_HEEL: (290, 430),
    Landmark.RIGHT_HEEL: (290, 430),
    Landmark.LEFT_FOOT_INDEX: (325, 432),
    Landmark.RIGHT_FOOT_INDEX: (325, 432),
}
"""Somebody upright who looks to the right."""


def pose(t_s: float, side: Side = Side.RIGHT) -> Pose:
    xy = np.full((LANDMARK_COUNT, 2), np.nan)
    xy[list(STANDING)] = list(STANDING.values())
    if side is Side.LEFT:
        xy = xy[MIRROR] * (-1, 1) + (SIZE[0] - 1, 0)
    if side is Side.UNKNOWN:  # towards the camera: nothing points to a side
        xy[:, 0] = 300.0
    return Pose.from_landmarks(
        t_s=t_s,
        image_size=SIZE,
        image_xy=np.nan_to_num(xy),
        world_xyz=np.zeros((LANDMARK_COUNT, 3)),
        visibility=np.where(np.isfinite(xy[:, 0]), 0.9, 0.1),
    )


def told(*stretches: tuple[Side | None, float], rate_hz: float = RATE_HZ) -> list[Side]:
    """Show a person facing to each side in turn, for so many seconds; None is nobody in view."""
    observer, sides, t_s = FacingObserver(), [], 0.0
    for side, duration_s in stretches:
        for _ in range(round(duration_s * rate_hz)):
            t_s += 1 / rate_hz
            shown = Pose.empty(t_s, SIZE) if side is None else pose(t_s, side)
            sides.append(observer.update(shown))
    return sides


def test_a_clear_side_is_named_at_once_and_kept() -> None:
    for side in (Side.LEFT, Side.RIGHT):
        assert set(told((side, 2.0))) == {side}


def test_a_less_clear_side_is_named_after_the_first_moments() -> None:
    observer = FacingObserver()
    shown = [pose(number / RATE_HZ) for number in range(20)]
    for one in shown:
        one.image_xy.flags.writeable = True
        one.image_xy[[Landmark.LEFT_EAR, Landmark.RIGHT_EAR, Landmark.LEFT_HEEL]] = np.nan
    assert 0.3 < facing_evidence(shown[0]) < CERTAIN_AT_ONCE
    sides = [observer.update(one) for one in shown]
    first = sides.index(Side.RIGHT)
    assert SEEN_FOR_S * RATE_HZ <= first <= 2 * SEEN_FOR_S * RATE_HZ
    assert set(sides[:first]) == {Side.UNKNOWN}
    assert set(sides[first:]) == {Side.RIGHT}


def test_who_looks_at_the_camera_faces_no_side() -> None:
    assert set(told((Side.UNKNOWN, 1.0))) == {Side.UNKNOWN}


def test_who_turns_round_is_never_told_the_old_side_again() -> None:
    sides = told((Side.RIGHT, 2.0), (Side.LEFT, 2.0))
    turned = round(2.0 * RATE_HZ)
    assert Side.RIGHT not in sides[turned:]
    assert sides[turned] is Side.UNKNOWN
    assert sides.index(Side.LEFT) - turned < 2 * MEMORY_S * RATE_HZ
    assert set(sides[sides.index(Side.LEFT) :]) == {Side.LEFT}


def test_one_frame_of_a_mistaken_side_is_doubted_and_forgotten() -> None:
    sides = told((Side.RIGHT, 1.0), (Side.LEFT, 1 / RATE_HZ), (Side.RIGHT, 0.5))
    mistaken = round(RATE_HZ)
    assert sides[mistaken] is Side.UNKNOWN
    assert set(sides[mistaken + 1 :]) == {Side.RIGHT}


def test_nobody_faces_no_side_and_whoever_comes_is_looked_at_anew() -> None:
    sides = told((Side.RIGHT, 1.0), (None, 3.0), (Side.LEFT, 1.0))
    left, came = round(RATE_HZ), round(4 * RATE_HZ)
    assert set(sides[left:came]) == {Side.UNKNOWN}
    assert Side.RIGHT not in sides[came:]
    assert sides[-1] is Side.LEFT


def test_a_gap_of_a_frame_is_bridged() -> None:
    sides = told((Side.RIGHT, 1.0), (None, 1 / RATE_HZ), (Side.RIGHT, 0.2))
    assert set(sides[-round(0.2 * RATE_HZ) :]) == {Side.RIGHT}


def test_the_frame_rate_does_not_matter() -> None:
    for rate_hz in (12.0, 60.0, 240.0):
        sides = told((Side.LEFT, 1.0), rate_hz=rate_hz)
        assert sides[-1] is Side.LEFT
        assert sides.index(Side.LEFT) / rate_hz < 3 * SEEN_FOR_S
