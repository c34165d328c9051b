"""From landmarks to signals with their errors, and what is not believed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.kinematics import (
    ANGLES,
    FROM_OUTLINE,
    MAX_KNEE_SE_DEG,
    NO_UPRIGHT_SE_DEG,
    SE_PER_DEG,
    SIGNAL_SE,
    STATURE_PER_SEGMENT_SUM,
    Signal,
    relate,
)
from tests.measured_figure import OWN_UPRIGHT, raw_of, series_of
from tests.retouching import LEGS, WRISTS, gone, hidden, plate_over_shins, rebuilt
from tests.stick_figure import (
    FLOOR_LIFT,
    HINGE,
    LUNGE_FAR,
    LUNGE_NEAR,
    SQUAT,
    STANDING,
    STATURE_PX,
    Posture,
    Script,
    film,
)
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Series
    from vision.pose import Pose

NEAR_LEG = (Signal.KNEE_FLEXION, Signal.THIGH_INCLINATION, Signal.SHANK_INCLINATION)


def snapshot(posture: Posture) -> Pose:
    return film(Script.from_posture(posture))[0]


def related(*poses: Pose) -> Series:
    return series_of(poses)


def values(series: Series, signals: Sequence[Signal]) -> list[float]:
    return [float(series.of(signal)[0]) for signal in signals]


def test_columns_are_the_order_of_the_signals() -> None:
    assert [signal.column for signal in Signal] == list(range(len(Signal)))
    assert set(SIGNAL_SE) == set(Signal)


def test_units_are_in_the_names() -> None:
    assert {signal.value.rsplit("_", 1)[1] for signal in Signal} == {"deg", "stature"}
    angles = {signal for signal in Signal if signal.value.endswith("_deg")}
    assert set(ANGLES) | set(FROM_OUTLINE) == angles
    assert not set(ANGLES) & set(FROM_OUTLINE)


def test_landmarks_say_nothing_of_the_lower_back() -> None:
    series = related(snapshot(HINGE), snapshot(SQUAT))
    for signal in FROM_OUTLINE:
        assert np.isnan(series.of(signal)).all()
        assert np.isnan(series.se_of(signal)).all()


def test_stature_is_that_of_the_figure() -> None:
    assert OWN_UPRIGHT.stature_px == pytest.approx(STATURE_PX, rel=1e-3)
    assert pytest.approx(1 / 0.779) == STATURE_PER_SEGMENT_SUM


def test_an_undisturbed_side_view_keeps_the_working_errors() -> None:
    series = related(snapshot(SQUAT))
    for signal in [signal for signal in Signal if signal not in FROM_OUTLINE]:
        growth = SE_PER_DEG.get(signal, 0.0) * series.of(signal)[0]
        expected = np.hypot(SIGNAL_SE[signal], growth)
        if signal is Signal.BEND:
            expected = series.se_of(Signal.APPARENT_HIP_FLEXION)[0]
        assert series.se_of(signal)[0] == pytest.approx(expected, abs=0.05), signal


def test_places_are_fractions_of_stature_forward_and_up() -> None:
    stand, bend = snapshot(STANDING), snapshot(HINGE)
    series = related(stand, bend)
    back = np.diff(series.of(Signal.HIP_FORWARD))[0]
    assert back == pytest.approx(-0.245 * np.sin(np.radians(22)), abs=1e-3)
    down = np.diff(series.of(Signal.SHOULDER_HEIGHT))[0]
    lost = 0.245 * (1 - np.cos(np.radians(22))) + 0.288 * (1 - np.cos(np.radians(72)))
    assert down == pytest.approx(-lost, abs=1e-3)
    assert np.diff(series.of(Signal.FEET_FORWARD))[0] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("posture", "sign"), [(LUNGE_NEAR, 1), (LUNGE_FAR, -1)])
def test_ankle_split_says_which_leg_is_in_front(posture: Posture, sign: int) -> None:
    split = related(snapshot(posture)).of(Signal.ANKLE_SPLIT)[0]
    assert sign * split > 0.4


def test_a_lunge_keeps_both_legs() -> None:
    series = related(snapshot(LUNGE_NEAR))
    assert series.of(Signal.THIGH_INCLINATION)[0] == pytest.approx(80, abs=0.5)
    assert series.of(Signal.SHANK_INCLINATION)[0] == pytest.approx(10, abs=0.5)
    assert series.of(Signal.FAR_SHANK_INCLINATION)[0] == pytest.approx(85, abs=0.5)


def test_bend_is_the_larger_of_hip_and_the_straighter_knee() -> None:
    bends = related(snapshot(HINGE), snapshot(SQUAT), snapshot(LUNGE_FAR)).of(Signal.BEND)
    np.testing.assert_allclose(bends, [94, 123, 80], atol=0.5)


def test_a_lifted_leg_or_a_raised_arm_is_no_bend() -> None:
    step = Posture(far_thigh_deg=60, far_shank_deg=0, arm_deg=150)
    assert related(snapshot(step)).of(Signal.BEND)[0] == pytest.approx(0, abs=0.5)


def test_the_far_hand_stands_in_for_a_hidden_near_one() -> None:
    seen = related(snapshot(HINGE)).of(Signal.WRIST_HEIGHT)[0]
    near_hidden = hidden([Landmark.RIGHT_WRIST])(snapshot(HINGE))
    assert related(near_hidden).of(Signal.WRIST_HEIGHT)[0] == pytest.approx(seen, abs=1e-3)
    both = related(hidden(WRISTS)(snapshot(HINGE)))
    assert np.isnan(both.of(Signal.WRIST_HEIGHT)[0])
    assert np.isnan(both.se_of(Signal.WRIST_HEIGHT)[0])


def test_an_unknown_signal_has_no_error_and_the_other_way_round() -> None:
    for rows in ([Landmark.RIGHT_KNEE], LEGS, [Landmark.RIGHT_SHOULDER], [Landmark.RIGHT_HEEL]):
        series = related(hidden(rows)(snapshot(SQUAT)))
        np.testing.assert_array_equal(np.isnan(series.value), np.isnan(series.se))


def test_nobody_is_unknown_in_everything() -> None:
    series = related(gone(snapshot(SQUAT)))
    assert np.isnan(series.value).all()
    assert np.isnan(series.se).all()


def test_landmarks_in_one_point_are_unknown_and_no_division_by_zero() -> None:
    pose = snapshot(SQUAT)
    point = np.full_like(pose.image_xy, 300.0)
    raw = raw_of([rebuilt(pose, image_xy=point)])
    assert np.isnan(raw.length_px).all()
    for own in (OWN_UPRIGHT, None):
        relate(raw, own)


class TestMisplacedLegs:
    def test_a_plate_over_the_shins_hides_the_leg(self) -> None:
        pose = plate_over_shins(snapshot(FLOOR_LIFT))
        assert pose.visibility[list(LEGS)].min() >= 0.84
        series = related(pose)
        assert np.isnan(values(series, NEAR_LEG)).all()
        assert np.isfinite(series.of(Signal.BEND)[0]), "it still counts"

    def test_the_hip_that_leans_on_it_keeps_a_wider_error(self) -> None:
        series = related(plate_over_shins(snapshot(FLOOR_LIFT)))
        error = abs(series.of(Signal.APPARENT_HIP_FLEXION)[0] - 112)
        assert series.se_of(Signal.APPARENT_HIP_FLEXION)[0] > 10
        assert error < 2 * series.se_of(Signal.APPARENT_HIP_FLEXION)[0]

    @pytest.mark.parametrize("share", [0.0, 0.05])
    def test_lengths_near_the_own_are_believed(self, share: float) -> None:
        pose = snapshot(STANDING)
        xy = pose.image_xy.copy()
        xy[Landmark.RIGHT_ANKLE, 1] -= share * 0.246 * STATURE_PX
        series = related(rebuilt(pose, image_xy=xy))
        assert series.se_of(Signal.KNEE_FLEXION)[0] == pytest.approx(5)

    def test_the_error_grows_with_the_misfit_until_the_leg_is_refused(self) -> None:
        errors = []
        for share in (0.1, 0.15, 0.2, 0.25, 0.3):
            pose = snapshot(STANDING)
            xy = pose.image_xy.copy()
            xy[Landmark.RIGHT_ANKLE, 1] -= share * 0.246 * STATURE_PX
            errors.append(related(rebuilt(pose, image_xy=xy)).se_of(Signal.KNEE_FLEXION)[0])
        known = [error for error in errors if np.isfinite(error)]
        assert known == sorted(known)
        assert max(known) <= MAX_KNEE_SE_DEG
        assert np.isnan(errors[-1])

    def test_knees_that_differ_while_the_feet_are_together_are_doubted(self) -> None:
        odd = Posture(shank_deg=15, thigh_deg=15, far_shank_deg=0, far_thigh_deg=0)
        assert related(snapshot(odd)).se_of(Signal.KNEE_FLEXION)[0] > 9

    def test_a_shank_past_what_ankles_bend_is_doubted(self) -> None:
        deep = Posture(shank_deg=60, thigh_deg=60)
        assert np.isnan(related(snapshot(deep)).of(Signal.SHANK_INCLINATION)[0])

    @pytest.mark.parametrize(("visibility", "known"), [(0.95, True), (0.75, True), (0.55, False)])
    def test_a_hardly_visible_leg_is_doubted(self, visibility: float, *, known: bool) -> None:
        series = related(hidden(LEGS, visibility)(snapshot(SQUAT)))
        assert np.isfinite(series.of(Signal.KNEE_FLEXION)[0]) == known
        assert (series.se_of(Signal.FAR_KNEE_FLEXION)[0] > 8) == (known and visibility < 0.9)

    def test_a_foot_of_another_length_is_unknown(self) -> None:
        pose = snapshot(SQUAT)
        xy = pose.image_xy.copy()
        xy[Landmark.RIGHT_FOOT_INDEX, 0] -= 40
        series = related(rebuilt(pose, image_xy=xy))
        assert np.isnan(series.of(Signal.FOOT_PITCH)[0])
        assert np.isfinite(series.of(Signal.KNEE_FLEXION)[0])


class TestWithoutOwnUpright:
    def test_angles_stay_against_vertical_with_a_wider_error(self) -> None:
        lean = Posture(trunk_deg=5)
        series = relate(raw_of([snapshot(lean)]), None)
        assert series.of(Signal.TRUNK_INCLINATION)[0] == pytest.approx(5, abs=0.5)
        growth = 5 * SE_PER_DEG[Signal.TRUNK_INCLINATION]
        parts = (SIGNAL_SE[Signal.TRUNK_INCLINATION], NO_UPRIGHT_SE_DEG, growth)
        assert series.se_of(Signal.TRUNK_INCLINATION)[0] == pytest.approx(math.hypot(*parts))
        places = series.se_of(Signal.HIP_FORWARD)[0]
        assert places == SIGNAL_SE[Signal.HIP_FORWARD]

    def test_a_leg_misplaced_all_the_time_does_not_vouch_for_itself(self) -> None:
        pose = snapshot(SQUAT)
        xy = pose.image_xy.copy()
        for side in (0, 1):
            xy[Landmark.LEFT_ANKLE + side] += (xy[27 + side] - xy[25 + side]) * np.float32(0.6)
        series = relate(raw_of([rebuilt(pose, image_xy=xy)]), None)
        assert np.isnan(series.of(Signal.KNEE_FLEXION)[0])

    def test_nobody_at_all(self) -> None:
        assert np.isnan(relate(raw_of([gone(snapshot(HINGE))]), None).value).all()
