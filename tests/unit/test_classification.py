"""What a repetition looks like, told from the bottom of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from models.classification import (
    LUNGE_SPLIT,
    Family,
    Features,
    Variant,
    classify,
    features,
    is_seated,
    majority,
    variant,
)
from tests.measured_figure import excerpt_of
from tests.retouching import LEGS, WRISTS, hidden
from tests.stick_figure import (
    AT_SHOULDERS,
    FLOOR_LIFT,
    GOOD_MORNING,
    HINGE,
    LUNGE_FAR,
    LUNGE_NEAR,
    SQUAT,
    STANDING,
    STOOP_LIFT,
    Posture,
    Script,
    film,
)

if TYPE_CHECKING:
    from models.phases import Excerpt

NAN = math.nan
HARDLY_SEEN = 0.55
"""Visible enough to be measured, too little for a leg to be believed."""

OVERHEAD = replace(SQUAT, arm_deg=175)
ARMS_UP = Posture(arm_deg=178)
DEEP_SQUAT = Posture(shank_deg=35, thigh_deg=105, trunk_deg=35, arm_deg=80)
BETWEEN = Posture(shank_deg=30, thigh_deg=42, trunk_deg=72, arm_deg=90)


def rep(script: Script, *, start_seen: bool = True) -> Excerpt:
    return excerpt_of(film(script), start_seen=start_seen)


def bend(bottom: Posture, stand: Posture = STANDING) -> Script:
    return Script.from_posture(stand).bend(bottom)


def without_hands(bottom: Posture) -> Excerpt:
    return excerpt_of([hidden(WRISTS)(pose) for pose in film(bend(bottom))])


def family(one: Excerpt) -> Family:
    return classify(features(one))


@pytest.mark.parametrize(
    ("script", "expected", "name"),
    [
        (bend(HINGE), Family.HINGE, Variant.RDL),
        (bend(GOOD_MORNING, AT_SHOULDERS), Family.HINGE, Variant.GOOD_MORNING),
        (bend(STOOP_LIFT), Family.HINGE, Variant.STOOP_LIFT),
        (bend(SQUAT), Family.SQUAT, Variant.NONE),
        (bend(DEEP_SQUAT), Family.SQUAT, Variant.NONE),
        (bend(OVERHEAD, ARMS_UP), Family.SQUAT, Variant.OVERHEAD),
        (bend(FLOOR_LIFT), Family.FLOOR_LIFT, Variant.NONE),
        (bend(LUNGE_NEAR), Family.LUNGE, Variant.NONE),
        (bend(LUNGE_FAR), Family.LUNGE, Variant.NONE),
        (Script().sit_and_rise(1), Family.SIT_TO_STAND, Variant.NONE),
        (bend(BETWEEN), Family.MIXED, Variant.NONE),
    ],
    ids=[
        "hinge", "good morning", "stoop", "squat", "deep squat", "overhead", "floor lift",
        "lunge near", "lunge far", "sit to stand", "between",
    ],
)  # fmt: skip
def test_the_bottoms_of_the_catalogue(script: Script, expected: Family, name: Variant) -> None:
    told_by = features(rep(script))
    assert classify(told_by) is expected
    assert variant(expected, told_by) is name


def test_a_lift_that_starts_on_the_floor() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.5).to(STANDING, 1.2)
    one = rep(script, start_seen=False)
    assert one.starts_low
    assert family(one) is Family.FLOOR_LIFT


def test_a_stoop_that_starts_on_the_floor_is_a_floor_lift_too() -> None:
    script = Script.from_posture(STOOP_LIFT).hold(0.5).to(STANDING, 1.2)
    assert family(rep(script, start_seen=False)) is Family.FLOOR_LIFT


@pytest.mark.parametrize(
    ("bottom", "expected"),
    [(HINGE, Family.HINGE), (SQUAT, Family.SQUAT)],
    ids=["hinge", "squat"],
)
def test_hidden_legs_are_told_by_hip_and_shoulder(bottom: Posture, expected: Family) -> None:
    arms_ahead = film(bend(replace(bottom, arm_deg=90)))
    hardly_seen = [hidden(LEGS, HARDLY_SEEN)(pose) for pose in arms_ahead]
    assert family(excerpt_of(hardly_seen)) is expected


def test_hidden_hands_leave_a_lift_between_hinge_and_squat() -> None:
    assert family(without_hands(FLOOR_LIFT)) is Family.FLOOR_LIFT
    assert family(without_hands(HINGE)) is Family.HINGE
    assert family(without_hands(SQUAT)) is Family.SQUAT


def test_the_stoop_squat_index_tells_squats_from_stoops() -> None:
    squat, stoop = features(rep(bend(SQUAT))), features(rep(bend(STOOP_LIFT)))
    assert squat.stoop_squat_index < 30
    assert stoop.stoop_squat_index > 90


def test_features_are_those_of_the_bottom() -> None:
    told_by = features(rep(bend(FLOOR_LIFT)))
    assert told_by.hip_deg == pytest.approx(112, abs=0.5)
    assert told_by.knee_deg == pytest.approx(61, abs=0.5)
    assert told_by.shank_deg == pytest.approx(13, abs=0.5)
    assert told_by.trunk_deg == pytest.approx(64, abs=0.5)
    assert told_by.knee_share == pytest.approx(61 / 112, abs=0.01)
    assert told_by.split == pytest.approx(0, abs=0.01)


def test_a_seat_is_told_by_hips_that_rest_while_the_trunk_tips() -> None:
    assert is_seated(rep(Script().sit_and_rise(1)))
    assert not is_seated(rep(bend(SQUAT)))
    assert not is_seated(rep(Script().bend(SQUAT, hold_s=1.5)))
    assert not is_seated(rep(bend(HINGE)))


KNOWN = Features(
    hip_deg=94,
    knee_deg=22,
    shank_deg=0,
    trunk_deg=72,
    stoop_squat_index=92,
    split=0.0,
    wrist_over_knee=0.0,
    wrist_over_shoulder=-0.3,
    seated=False,
    starts_low=False,
)


def test_a_split_alone_is_no_lunge() -> None:
    apart = replace(KNOWN, split=LUNGE_SPLIT + 0.05)
    assert classify(apart) is Family.HINGE
    assert classify(replace(apart, knee_deg=80)) is Family.LUNGE


def test_nothing_known_is_mixed() -> None:
    unknown = replace(
        KNOWN,
        hip_deg=NAN,
        knee_deg=NAN,
        shank_deg=NAN,
        trunk_deg=NAN,
        stoop_squat_index=NAN,
        split=NAN,
        wrist_over_knee=NAN,
        wrist_over_shoulder=NAN,
    )
    assert classify(unknown) is Family.MIXED
    assert variant(Family.HINGE, unknown) is Variant.NONE


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ([], None),
        ([Family.HINGE], Family.HINGE),
        ([Family.HINGE] * 2 + [Family.SQUAT], Family.HINGE),
        ([Family.HINGE] * 2 + [Family.SQUAT] * 2, Family.MIXED),
        ([Family.HINGE, Family.SQUAT, Family.LUNGE], Family.MIXED),
    ],
)
def test_two_thirds_name_the_set(families: list[Family], expected: Family | None) -> None:
    assert majority(families) is expected
