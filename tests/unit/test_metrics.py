"""Every metric reads what the figure did, and says so when it could not be seen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models import metrics
from models.kinematics import Signal
from models.metrics import (
    BEND_DRIFT,
    CHANGE_SE,
    DESCENT_TIME,
    DURATION_SPREAD,
    EARLY_TRUNK_DROP,
    END_INCLINATION,
    FRONT_SHANK,
    FRONT_THIGH,
    HAND_OFFSET,
    HANDS_FREE,
    HEEL_RISE,
    HIDDEN,
    HIP_BACK_TRAVEL,
    KNEE_AT_BOTTOM,
    KNEE_SHARE,
    LARGEST_INCLINATION,
    LOCKOUT,
    NECK_AT_BOTTOM,
    NO_ASCENT,
    NO_DESCENT,
    PEAK_BEND,
    SHANK_AT_BOTTOM,
    STEP_LENGTH,
    THIGH_AT_BOTTOM,
    TOO_FEW_REPS,
    TRUNK_AT_BOTTOM,
    TRUNK_MINUS_SHANK,
    Metric,
)
from tests.judged_movement import measured, missing, rep
from tests.measured_figure import excerpt_of
from tests.retouching import LEGS, WRISTS, hidden, plate_over_shins
from tests.stick_figure import (
    FLOOR_LIFT,
    HINGE,
    LUNGE_FAR,
    LUNGE_NEAR,
    SEATED,
    SQUAT,
    STANDING,
    TIPPED,
    Posture,
    Script,
    film,
)
from vision.pose import Landmark

if TYPE_CHECKING:
    from models.phases import Excerpt

PER_REP = [
    value for value in vars(metrics).values() if isinstance(value, Metric) and not value.per_set
]


def bent(bottom: Posture, *, down_s: float = 1.4) -> Excerpt:
    return excerpt_of(film(Script().bend(bottom, down_s=down_s)))


def value_of(metric: Metric, one: Excerpt) -> float:
    measurement = metric.measure_rep(one)
    assert measurement.measured, measurement.reason
    assert measurement.se > 0
    assert measurement.unit == metric.unit
    return measurement.value


@pytest.mark.parametrize(
    ("metric", "bottom", "expected"),
    [
        (PEAK_BEND, HINGE, 94),
        (KNEE_AT_BOTTOM, HINGE, 22),
        (SHANK_AT_BOTTOM, SQUAT, 30),
        (THIGH_AT_BOTTOM, SQUAT, 85),
        (TRUNK_AT_BOTTOM, SQUAT, 38),
        (TRUNK_MINUS_SHANK, SQUAT, 8),
        (LARGEST_INCLINATION, HINGE, 72),
        (NECK_AT_BOTTOM, replace(HINGE, neck_deg=30), 30),
    ],
    ids=lambda part: part.id if isinstance(part, Metric) else "",
)
def test_angles_at_the_bottom(metric: Metric, bottom: Posture, expected: float) -> None:
    assert value_of(metric, bent(bottom)) == pytest.approx(expected, abs=0.6)


def test_knee_share_and_its_error_by_the_quotient_rule() -> None:
    squat = bent(SQUAT)
    one = KNEE_SHARE.measure_rep(squat)
    assert one.value == pytest.approx(115 / 123, abs=0.01)
    knee, hip = KNEE_AT_BOTTOM.measure_rep(squat), PEAK_BEND.measure_rep(squat)
    relative = math.hypot(knee.se / knee.value, hip.se / hip.value)
    assert one.se == pytest.approx(one.value * relative)


def test_hips_travel_back_by_what_the_thigh_tells() -> None:
    travel = 100 * 0.245 * math.sin(math.radians(22))
    assert value_of(HIP_BACK_TRAVEL, bent(HINGE)) == pytest.approx(travel, abs=0.2)
    lift = film(Script.from_posture(HINGE).hold(0.3).to(STANDING, 1.0))
    from_floor = excerpt_of(lift, start_seen=False)
    assert value_of(HIP_BACK_TRAVEL, from_floor) == pytest.approx(travel, abs=0.2)


@pytest.mark.parametrize("heel_deg", [0, 10, 20])
def test_heels_that_rise_and_stay(heel_deg: float) -> None:
    one = bent(replace(SQUAT, heel_deg=heel_deg))
    assert value_of(HEEL_RISE, one) == pytest.approx(heel_deg, abs=1)


def test_heels_that_rise_for_a_moment_do_not_count() -> None:
    lifted = replace(SQUAT, heel_deg=20)
    script = Script().to(SQUAT, 1.2).to(lifted, 0.06).to(SQUAT, 0.06).to(STANDING, 1.2)
    assert value_of(HEEL_RISE, excerpt_of(film(script, fps=60))) < 5


@pytest.mark.parametrize("short_deg", [0, 12, 30])
def test_lockout_is_what_is_left_of_the_bend(short_deg: float) -> None:
    end = Posture(trunk_deg=short_deg * 0.7, thigh_deg=short_deg * 0.3)
    one = excerpt_of(film(Script().bend(HINGE).to(end, 0.2).hold(0.3)))
    assert value_of(LOCKOUT, one) == pytest.approx(short_deg, abs=0.6)


def test_leaning_back_at_the_end() -> None:
    one = excerpt_of(film(Script().to(HINGE, 1.0).to(Posture(trunk_deg=-12), 1.2).hold(0.2)))
    assert value_of(END_INCLINATION, one) == pytest.approx(-12, abs=0.6)


def test_a_lift_that_ends_at_the_bottom_has_no_end() -> None:
    one = excerpt_of(film(Script().to(HINGE, 1.0).hold(0.3)))
    for metric in (LOCKOUT, END_INCLINATION):
        assert metric.measure_rep(one).reason == NO_ASCENT


def test_a_trunk_that_drops_as_the_hands_leave_the_floor() -> None:
    drops = []
    for drop_deg in (0, 8, 15):
        hips_up = Posture(shank_deg=3, thigh_deg=10, trunk_deg=64 + drop_deg)
        script = Script.from_posture(FLOOR_LIFT).hold(0.4).to(hips_up, 0.5).to(STANDING, 1.0)
        lift = excerpt_of(film(script), start_seen=False)
        drops.append(value_of(EARLY_TRUNK_DROP, lift))
        assert 0.5 * drop_deg <= drops[-1] <= drop_deg + 0.6
        frame_se = lift.series.se_of(Signal.TRUNK_INCLINATION).max()
        assert EARLY_TRUNK_DROP.measure_rep(lift).se < frame_se, "a change keeps less of it"
    assert drops == sorted(drops)


def test_a_trunk_that_keeps_its_angle_off_the_floor_does_not_drop() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.4).to(STANDING, 1.2)
    assert value_of(EARLY_TRUNK_DROP, excerpt_of(film(script), start_seen=False)) < 0.5


def test_hips_that_rise_faster_than_the_shoulders() -> None:
    """A trunk that keeps its angle carries both alike; one that drops leaves the shoulders."""
    shares = []
    for drop_deg in (0, 8, 15):
        hips_up = Posture(shank_deg=3, thigh_deg=10, trunk_deg=64 + drop_deg)
        script = Script.from_posture(FLOOR_LIFT).hold(0.4).to(hips_up, 0.5).to(STANDING, 1.0)
        lift = excerpt_of(film(script), start_seen=False)
        shares.append(value_of(metrics.HIP_RISE_SHARE, lift))
    assert shares[0] == pytest.approx(0.5, abs=0.02)
    assert shares == sorted(shares)
    assert shares[-1] > 2 / 3, "twice as fast"


def test_a_share_of_the_rise_needs_hips_shoulders_and_hands() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.4).to(STANDING, 1.2)
    lift = excerpt_of(film(script), start_seen=False)
    for signal in (Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT, Signal.WRIST_HEIGHT):
        value = lift.series.value.copy()
        value[:, signal.column] = np.nan
        unseen = replace(lift, series=replace(lift.series, value=value))
        assert metrics.HIP_RISE_SHARE.measure_rep(unseen).reason == HIDDEN
    still = excerpt_of(film(Script.from_posture(FLOOR_LIFT).hold(1.0)), start_seen=False)
    assert metrics.HIP_RISE_SHARE.measure_rep(still).reason == HIDDEN


def test_a_trunk_unseen_as_the_hands_leave_the_floor_is_hidden() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.4).to(STANDING, 1.2).hold(1.0)
    lift = excerpt_of(film(script), start_seen=False)
    value = lift.series.value.copy()
    leaving = (lift.series.t_s > 0.2) & (lift.series.t_s < 1.1)
    value[leaving, Signal.TRUNK_INCLINATION.column] = np.nan
    unseen = replace(lift, series=replace(lift.series, value=value))
    assert EARLY_TRUNK_DROP.measure_rep(unseen).reason == HIDDEN


def test_hands_over_mid_foot() -> None:
    one = bent(FLOOR_LIFT)
    truth = film(Script.from_posture(FLOOR_LIFT))[0].image_xy
    feet = truth[[29, 30, 31, 32], 0].mean()
    offset = 100 * abs(truth[Landmark.RIGHT_WRIST, 0] - feet) / 560
    assert value_of(HAND_OFFSET, one) == pytest.approx(offset, abs=0.5)


def test_hands_that_hold_nothing_low_have_no_path() -> None:
    assert HAND_OFFSET.measure_rep(bent(replace(SQUAT, arm_deg=100))).reason == HANDS_FREE


@pytest.mark.parametrize("unseen", [WRISTS, LEGS[:4]], ids=["hands", "legs"])
def test_a_hand_path_needs_hands_and_legs(unseen: tuple[int, ...]) -> None:
    poses = [hidden(unseen, 0.3 if unseen is WRISTS else 0.55)(pose) for pose in
             film(Script().bend(FLOOR_LIFT))]  # fmt: skip
    assert HAND_OFFSET.measure_rep(excerpt_of(poses)).reason == HIDDEN


@pytest.mark.parametrize("forward_deg", [0, 10, 20])
def test_arms_overhead_against_the_trunk(forward_deg: float) -> None:
    in_line_deg = 180 - SQUAT.trunk_deg
    overhead = replace(SQUAT, arm_deg=in_line_deg - forward_deg)
    assert value_of(metrics.ARM_TO_TRUNK, bent(overhead)) == pytest.approx(forward_deg, abs=1)


def test_arms_that_are_not_overhead_are_not_judged() -> None:
    found = metrics.ARM_TO_TRUNK.measure_rep(bent(SQUAT))
    assert (found.measured, found.reason) == (False, "hands_not_overhead")


@pytest.mark.parametrize("down_s", [0.8, 1.4, 3.0])
@pytest.mark.parametrize("bottom", [HINGE, SQUAT], ids=["hinge", "squat"])
def test_time_of_the_way_down(down_s: float, bottom: Posture) -> None:
    assert value_of(DESCENT_TIME, bent(bottom, down_s=down_s)) == pytest.approx(down_s, rel=0.12)


def test_a_pause_at_the_bottom_is_not_the_way_down() -> None:
    one = excerpt_of(film(Script().bend(HINGE, down_s=1.4, hold_s=3.0)))
    assert value_of(DESCENT_TIME, one) == pytest.approx(1.4, rel=0.12)


def test_a_lift_from_the_floor_was_not_seen_going_down() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.3).to(STANDING, 1.0)
    one = excerpt_of(film(script), start_seen=False)
    assert DESCENT_TIME.measure_rep(one).reason == NO_DESCENT


@pytest.mark.parametrize("bottom", [LUNGE_NEAR, LUNGE_FAR], ids=["near", "far"])
def test_the_leg_in_front_is_read_in_a_lunge(bottom: Posture) -> None:
    one = bent(bottom)
    assert value_of(FRONT_THIGH, one) == pytest.approx(80, abs=0.6)
    assert value_of(FRONT_SHANK, one) == pytest.approx(10, abs=0.6)
    assert value_of(STEP_LENGTH, one) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("bottom", [LUNGE_NEAR, LUNGE_FAR], ids=["near", "far"])
@pytest.mark.parametrize("ankle", [Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE])
def test_without_both_ankles_nobody_knows_which_leg_is_in_front(
    bottom: Posture, ankle: int
) -> None:
    poses = [hidden([ankle])(pose) for pose in film(Script().bend(bottom))]
    one = excerpt_of(poses)
    for metric in (FRONT_THIGH, FRONT_SHANK, STEP_LENGTH):
        assert metric.measure_rep(one).reason == HIDDEN


def test_rising_from_a_seat_reads_the_largest_tip() -> None:
    script = Script.from_posture(SEATED).hold(0.5).to(TIPPED, 0.7).to(STANDING, 1.0)
    one = excerpt_of(film(script), start_seen=False)
    assert value_of(LARGEST_INCLINATION, one) == pytest.approx(40, abs=1)


@pytest.mark.parametrize(
    "metric",
    [metric for metric in PER_REP if metric is not DESCENT_TIME],
    ids=lambda metric: metric.id,
)
def test_what_is_hidden_is_no_number_and_has_a_reason(metric: Metric) -> None:
    whole = bent(FLOOR_LIFT)
    value = np.full_like(whole.series.value, np.nan)
    value[:, Signal.BEND.column] = whole.series.of(Signal.BEND)
    series = replace(whole.series, value=value, se=np.where(np.isnan(value), np.nan, 6.0))
    measurement = metric.measure_rep(replace(whole, series=series))
    assert math.isnan(measurement.value)
    assert math.isnan(measurement.se)
    assert measurement.reason == HIDDEN


@pytest.mark.parametrize("metric", [KNEE_AT_BOTTOM, SHANK_AT_BOTTOM, THIGH_AT_BOTTOM, KNEE_SHARE,
                                    TRUNK_MINUS_SHANK, HEEL_RISE, HAND_OFFSET],
                         ids=lambda metric: metric.id)  # fmt: skip
def test_a_plate_over_the_shins_leaves_the_leg_unmeasured(metric: Metric) -> None:
    poses = [plate_over_shins(pose) for pose in film(Script().bend(FLOOR_LIFT))]
    assert metric.measure_rep(excerpt_of(poses)).reason == HIDDEN


def test_a_refused_metric_says_why() -> None:
    refused = PEAK_BEND.refuse("not_side_on")
    assert (refused.measured, refused.reason, refused.unit) == (False, "not_side_on", "deg")


class TestOfSets:
    def test_spread_of_the_time_per_repetition(self) -> None:
        reps = [
            replace(rep(number, {}), start_s=0.0, end_s=time)
            for number, time in enumerate((2.0, 3.0, 4.0), start=1)
        ]
        spread = DURATION_SPREAD.measure_set(reps)
        assert spread.value == pytest.approx(100 / 3)
        assert spread.se == pytest.approx(100 / 3 / 2)

    def test_two_repetitions_or_lifts_from_the_floor_have_no_spread(self) -> None:
        two = [rep(1, {}), rep(2, {})]
        from_floor = [replace(rep(number, {}), starts_low=True) for number in range(1, 6)]
        for reps in (two, [*two, *from_floor]):
            assert DURATION_SPREAD.measure_set(reps).reason == TOO_FEW_REPS

    def test_drift_compares_the_last_third_with_the_first(self) -> None:
        peaks = (90, 92, 88, 85, 80, 70)
        reps = [rep(k, {"peak_bend": measured(peak, 6)}) for k, peak in enumerate(peaks, 1)]
        drift = BEND_DRIFT.measure_set(reps)
        assert drift.value == pytest.approx(91 - 75)
        assert drift.se == pytest.approx(CHANGE_SE * 6)

    def test_drift_needs_four_measured_repetitions(self) -> None:
        reps = [rep(number, {"peak_bend": measured(90)}) for number in range(1, 4)]
        reps.append(rep(4, {"peak_bend": missing()}))
        assert BEND_DRIFT.measure_set(reps).reason == TOO_FEW_REPS
        assert np.isnan(BEND_DRIFT.measure_set([]).value)
