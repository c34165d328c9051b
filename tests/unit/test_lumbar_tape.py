"""Lumbar flexion is the change of the angle between two strips, with an honest error."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np
import pytest

from models.lumbar.reading import BACK_HIDDEN, LUMBAR_UNCERTAIN, NO_UPRIGHT, REASONS, TURNED_TOO_FAR
from models.lumbar.tape import MAX_LENGTH_RATIO, SKIN_SE_DEG, TapeBends, read_tape
from vision.pose import Pose
from vision.tape import TapeStrip, TapeStrips

LENGTH_PX: Final = 34.0
SIDE_ON: Final = np.zeros(1)


def strip(direction_deg: float, *, length_px: float = LENGTH_PX, se_deg: float = 0.8) -> TapeStrip:
    return TapeStrip(
        middle_px=(0.0, 0.0), direction_deg=direction_deg, se_deg=se_deg, length_px=length_px
    )


def pose(upper: TapeStrip, lower: TapeStrip) -> Pose:
    empty = Pose.empty(0.0, (640, 480))
    return dataclasses.replace(empty, tape=TapeStrips(upper=upper, lower=lower))


def bends(
    upper_deg: float, lower_deg: float, *, upper_px: float = LENGTH_PX, se_deg: float = 0.8
) -> TapeBends:
    strips = pose(
        strip(upper_deg, length_px=upper_px, se_deg=se_deg), strip(lower_deg, se_deg=se_deg)
    )
    return TapeBends.of([strips], faces_right=True)


STANDING: Final = bends(-12.0, 18.0)
"""The spine runs backwards from the lower loin up, and the sacrum leans forward."""


def flexion_of(frame: TapeBends) -> float:
    return float(read_tape(frame, STANDING, SIDE_ON).flexion_deg[0])


def reason_of(frame: TapeBends, yaw_deg: float = 0.0, standing: TapeBends | None = STANDING) -> str:
    reading = read_tape(frame, standing, np.array([yaw_deg]))
    assert math.isnan(reading.flexion_deg[0]) == (reading.reason[0] != 0)
    assert math.isnan(reading.se_deg[0]) == (reading.reason[0] != 0)
    return REASONS[reading.reason[0]]


def test_standing_is_zero() -> None:
    assert flexion_of(STANDING) == pytest.approx(0.0)


@pytest.mark.parametrize("pelvis_deg", [0.0, 40.0, 75.0])
def test_a_trunk_that_tips_as_a_whole_is_not_flexed(pelvis_deg: float) -> None:
    assert flexion_of(bends(-12.0 + pelvis_deg, 18.0 + pelvis_deg)) == pytest.approx(0.0)


@pytest.mark.parametrize("lumbar_deg", [-10.0, 15.0, 45.0])
def test_what_the_upper_strip_turns_more_is_flexion(lumbar_deg: float) -> None:
    frame = bends(-12.0 + 60.0 + lumbar_deg, 18.0 + 60.0)
    assert flexion_of(frame) == pytest.approx(lumbar_deg)


def test_facing_left_gives_the_same() -> None:
    left = [pose(strip(-80.0), strip(-70.0)), pose(strip(12.0), strip(-18.0))]
    frames = TapeBends.of(left, faces_right=False)
    standing = TapeBends.of(left[1:], faces_right=False).median()
    reading = read_tape(frames, standing, np.zeros(2))
    assert reading.flexion_deg == pytest.approx([40.0, 0.0])


def test_a_strip_past_upside_down_is_unwrapped() -> None:
    assert flexion_of(bends(-175.0, 165.0)) == pytest.approx(50.0)


def test_frames_without_strips_are_hidden() -> None:
    frames = TapeBends.of([Pose.empty(0.0, (640, 480))], faces_right=True)
    assert reason_of(frames) == BACK_HIDDEN


def test_without_standing_nothing_is_told() -> None:
    assert reason_of(STANDING, standing=None) == NO_UPRIGHT


def test_a_strip_of_another_length_is_hidden() -> None:
    short = bends(-12.0, 18.0, upper_px=LENGTH_PX / (MAX_LENGTH_RATIO + 0.01))
    assert reason_of(short) == BACK_HIDDEN


def test_a_bend_that_no_back_makes_is_hidden() -> None:
    assert reason_of(bends(-12.0 + 100.0, 18.0)) == BACK_HIDDEN
    assert reason_of(bends(-12.0 - 50.0, 18.0)) == BACK_HIDDEN


def test_a_turned_person_is_refused() -> None:
    assert reason_of(STANDING, yaw_deg=26.0) == TURNED_TOO_FAR
    assert not reason_of(STANDING, yaw_deg=24.0)
    assert not reason_of(STANDING, yaw_deg=math.nan)


def test_a_blurred_strip_is_uncertain() -> None:
    assert reason_of(bends(-12.0, 18.0, se_deg=7.5)) == LUMBAR_UNCERTAIN


def test_the_error_grows_with_all_that_spoils_a_reading() -> None:
    def se(frame: TapeBends, yaw_deg: float = 0.0) -> float:
        return float(read_tape(frame, STANDING, np.array([yaw_deg])).se_deg[0])

    best = se(STANDING)
    assert SKIN_SE_DEG < best < 5.0
    spoilt = {
        "yaw": se(STANDING, 15.0),
        "flexion": se(bends(28.0, 18.0)),
        "pixels": se(bends(-12.0, 18.0, se_deg=2.0)),
        "covered": se(bends(-12.0, 18.0, upper_px=0.7 * LENGTH_PX)),
    }
    assert {name for name, value in spoilt.items() if not value > best + 0.2} == set()


def test_standing_is_the_middle_of_its_frames() -> None:
    frames = [pose(strip(upper), strip(18.0)) for upper in (-14.0, -12.0, 60.0)]
    standing = TapeBends.of(frames, faces_right=True).median()
    assert standing is not None
    assert standing.upper_deg == pytest.approx([-12.0])
    assert standing.between_deg == pytest.approx([-30.0])


def test_standing_that_is_mostly_hidden_is_unknown() -> None:
    empty = Pose.empty(0.0, (640, 480))
    seen = pose(strip(-12.0), strip(18.0))
    assert TapeBends.of([seen, empty, empty], faces_right=True).median() is None
    assert TapeBends.of([seen, empty], faces_right=True).median() is not None
    assert TapeBends.of([], faces_right=True).median() is None
