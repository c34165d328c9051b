"""Every quantity of the lumbar-hip diagram reads what the bend did, or says why not."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from models.judging import ERROR_TOO_LARGE, NOT_MEASURED
from models.kinematics import Signal
from models.lumbar import profile, rhythm
from models.lumbar.decomposition import SPINE_SHARE
from models.lumbar.profile import CUTOFF_HZ, low_pass, profile_of
from models.lumbar.rhythm import LumbarRhythm, measure_rhythm, measure_set_rhythm
from models.lumbar.shape import MAX_NUMBER_SE_DEG
from models.metrics import CHANGE_SE, HIDDEN, NO_ASCENT, NO_DESCENT, TOO_FEW_REPS, Metric
from models.results import Measurement, Phase, PhaseSpan, Rep
from tests.judged_movement import measured, missing
from tests.shared_bends import (
    HOLD_S,
    OWN_BEND,
    WAY_S,
    depth,
    early,
    late,
    lost,
    moments,
    shared_bend,
    with_hands,
)

CHANGE = math.sqrt(2) * CHANGE_SE * 4.0
"""Error of a change when that of a frame is 4°."""
LIFT = moments() >= WAY_S + HOLD_S / 2


def every(measured_rhythm: LumbarRhythm) -> dict[str, Measurement]:
    values = {one.name: getattr(measured_rhythm, one.name) for one in fields(measured_rhythm)}
    return {name: one for name, one in values.items() if isinstance(one, Measurement)}


class TestProfile:
    def test_a_slow_wave_passes_and_a_fast_one_does_not(self) -> None:
        t_s = np.arange(0, 4, 1 / 60)
        inner = slice(60, -60)
        for hz, gain in ((0.5, 1.0), (CUTOFF_HZ, math.sqrt(0.5)), (20.0, 0.0)):
            wave = np.sin(2 * np.pi * hz * t_s)
            passed = low_pass(wave, 60.0)
            np.testing.assert_allclose(passed[inner], gain * wave[inner], atol=0.01)

    def test_a_straight_line_passes_to_its_ends(self) -> None:
        line = np.linspace(-5, 20, 50)
        np.testing.assert_allclose(low_pass(line, 60.0), line, atol=1e-4)

    def test_a_single_value_stays(self) -> None:
        np.testing.assert_array_equal(low_pass(np.array([3.0]), 60.0), [3.0])

    def test_short_gaps_are_bridged_and_long_ones_are_not(self) -> None:
        times = moments()
        for gap_s, bridged in ((0.2, True), (0.6, False)):
            gap = (times > 0.5) & (times < 0.5 + gap_s)
            course = profile_of(lost(shared_bend(), Signal.LUMBAR_FLEXION, gap))
            assert not isinstance(course, str)
            inside = (course.t_s > 0.55) & (course.t_s < 0.6)
            assert np.isfinite(course.lumbar.deg[inside]).all() == bridged
            assert np.isfinite(course.hip.deg).all()

    def test_jitter_is_what_the_curve_leaves(self) -> None:
        rng = np.random.default_rng(3)
        bend = shared_bend()
        value = bend.series.value.copy()
        value[:, Signal.LUMBAR_FLEXION.column] += rng.normal(0, 2.0, len(value))
        course = profile_of(replace(bend, series=replace(bend.series, value=value)))
        assert not isinstance(course, str)
        assert course.jitter_deg == pytest.approx(2.0, rel=0.3)


class TestReasons:
    @pytest.mark.parametrize("reason", ["back_hidden", "turned_too_far", "no_upright"])
    def test_the_reason_of_the_repetition_is_passed_on(self, reason: str) -> None:
        bend = shared_bend(lumbar_reason=reason)
        assert {one.reason for one in every(measure_rhythm(bend)).values()} == {reason}

    def test_without_an_outline_and_a_reason_nothing_was_measured(self) -> None:
        bend = lost(shared_bend(), Signal.LUMBAR_FLEXION, np.ones(len(moments()), bool))
        assert rhythm.PEAK.measure_rep(bend).reason == NOT_MEASURED

    @pytest.mark.parametrize("where", ["whole", "bottom"])
    def test_too_few_frames_are_unclear(self, where: str) -> None:
        bend = shared_bend()
        when = np.zeros(len(moments()), bool)
        when[bend.bottom if where == "bottom" else slice(0, 70)] = True
        spoiled = lost(bend, Signal.LUMBAR_FLEXION, when)
        assert rhythm.SHARE.measure_rep(spoiled).reason == profile.OUTLINE_UNCLEAR

    @pytest.mark.parametrize("se_deg", [MAX_NUMBER_SE_DEG, MAX_NUMBER_SE_DEG + 0.1])
    def test_past_ten_degrees_of_error_there_is_no_number(self, se_deg: float) -> None:
        peak = rhythm.PEAK.measure_rep(shared_bend(se_deg=se_deg))
        assert peak.measured == (se_deg <= MAX_NUMBER_SE_DEG)
        assert peak.reason in {"", profile.LUMBAR_UNCERTAIN}

    def test_a_bend_first_seen_at_the_bottom_has_no_way_down(self) -> None:
        bend = shared_bend(t_s=moments()[LIFT], start_seen=False)
        seen = every(measure_rhythm(bend))
        for name in ("ratio_first_third", "onset", "velocity_down", "loop_area"):
            assert seen[name].reason == NO_DESCENT, name
        for name in ("peak", "share", "velocity_up", "late"):
            assert seen[name].measured, name
        assert rhythm.TUCK.measure_rep(bend).reason == NO_DESCENT

    def test_a_bend_that_ends_at_the_bottom_has_no_way_up(self) -> None:
        bend = shared_bend(t_s=moments()[~LIFT])
        seen = every(measure_rhythm(bend))
        for name in ("velocity_up", "late", "loop_area"):
            assert seen[name].reason == NO_ASCENT, name
        assert seen["onset"].measured
        assert rhythm.AT_END.measure_rep(bend).reason == NO_ASCENT

    def test_hidden_legs_take_what_needs_the_hip(self) -> None:
        bend = lost(shared_bend(), Signal.HIP_FLEXION, np.ones(len(moments()), bool))
        seen = every(measure_rhythm(bend))
        for name in ("share", "onset", "late", "loop_area"):
            assert seen[name].reason == HIDDEN, name
        for name in ("peak", "share_of_trunk", "ratio_first_third", "velocity_down"):
            assert seen[name].measured, name


class TestAmounts:
    def test_peak(self) -> None:
        peak = rhythm.PEAK.measure_rep(shared_bend(33))
        assert peak.value == pytest.approx(33, abs=0.2)
        assert peak.se == pytest.approx(4.0)
        assert peak.unit == "deg"

    def test_own_maximum(self) -> None:
        bend = shared_bend(40, own_bend=OWN_BEND)
        share = rhythm.OWN_MAX.measure_rep(bend)
        assert share.value == pytest.approx(80, abs=0.5)
        assert share.se == pytest.approx(80 * math.hypot(4 / 40, 5 / 50), rel=0.02)
        assert rhythm.OWN_MAX.measure_rep(shared_bend(40)).reason == rhythm.NO_FULL_BEND

    def test_shares_at_the_bottom(self) -> None:
        seen = measure_rhythm(shared_bend(30, 70))
        assert seen.share.value == pytest.approx(30, abs=0.1)
        tilt = 0.75 * 70
        assert seen.share_of_trunk.value == pytest.approx(100 * 30 / (30 + tilt), abs=0.1)

    @pytest.mark.parametrize("metric", [rhythm.SHARE, rhythm.SHARE_OF_TRUNK])
    def test_the_error_of_a_share_is_that_of_an_estimate_that_is_off(self, metric: Metric) -> None:
        """What is too much in the back is too little in the hip: both move the share."""
        bend = shared_bend(30, 70)
        wide = metric.measure_rep(bend)
        hip = 70 if metric is rhythm.SHARE else 0.75 * 70
        landmarks = bend.series.se_of(
            Signal.APPARENT_HIP_FLEXION if metric is rhythm.SHARE else Signal.TRUNK_INCLINATION
        )[0]

        def share(lumbar: float, more: float) -> float:
            other = hip - SPINE_SHARE * (lumbar - 30) + more
            return 100 * lumbar / (lumbar + other)

        by_lumbar = (share(34, 0) - share(26, 0)) / 2
        by_landmarks = (share(30, -landmarks) - share(30, landmarks)) / 2
        assert wide.se == pytest.approx(math.hypot(by_lumbar, by_landmarks), rel=0.05)

    def test_ratio_by_thirds_of_the_trunk(self) -> None:
        """A back that goes first has the ratios of a free bend, falling from third to third."""
        even = measure_rhythm(shared_bend(30, 70))
        free = measure_rhythm(shared_bend(52, 80, down=early))
        expected = 30 / (0.75 * 70)
        assert even.ratio_first_third.value == pytest.approx(expected, abs=0.02)
        assert even.ratio_second_third.value == pytest.approx(expected, abs=0.02)
        assert even.ratio_last_third.reason == rhythm.NOT_THAT_DEEP
        ratios = [free.ratio_first_third, free.ratio_second_third, free.ratio_last_third]
        assert [one.value for one in ratios] == sorted((one.value for one in ratios), reverse=True)
        assert ratios[0].value > 1.2
        assert all(one.se > 0 for one in ratios)

    def test_a_pelvis_that_hardly_tilts_divides_nothing(self) -> None:
        bend = shared_bend(50, 2)
        assert rhythm.RATIO_FIRST_THIRD.measure_rep(bend).reason == ERROR_TOO_LARGE


class TestTiming:
    def test_onset_is_where_the_back_stays_past_its_error(self) -> None:
        even = rhythm.ONSET.measure_rep(shared_bend(40))
        assert even.value == pytest.approx(10, abs=0.5), "4 of 40 degrees"
        behind = rhythm.ONSET.measure_rep(shared_bend(40, down=late))
        assert behind.value == pytest.approx(100 * math.sqrt(0.1), abs=1)
        assert behind.se > 0

    def test_a_tenth_of_the_own_maximum_is_the_least_onset(self) -> None:
        bend = shared_bend(40, se_deg=1.0, own_bend=OWN_BEND)
        assert rhythm.ONSET.measure_rep(bend).value == pytest.approx(100 * 5 / 40, abs=0.5)

    def test_a_back_that_hardly_moves_has_no_onset(self) -> None:
        assert rhythm.ONSET.measure_rep(shared_bend(3)).reason == rhythm.NO_ONSET

    def test_speed_of_a_minimum_jerk_bend(self) -> None:
        seen = measure_rhythm(shared_bend(30))
        assert seen.velocity_down.value == pytest.approx(1.875 * 30 / WAY_S, rel=0.01)
        assert seen.velocity_up.value == pytest.approx(seen.velocity_down.value, rel=0.01)
        assert seen.velocity_down.unit == "deg/s"
        assert seen.velocity_down.se == pytest.approx(37.5 * CHANGE / 30, rel=0.02)

    def test_no_speed_without_frames_or_exactness(self) -> None:
        slow = shared_bend(t_s=moments(15))
        assert rhythm.VELOCITY_DOWN.measure_rep(slow).reason == rhythm.LOW_RATE
        wide = shared_bend(se_deg=5.1)
        assert rhythm.VELOCITY_UP.measure_rep(wide).reason == ERROR_TOO_LARGE

    def test_jitter_of_frames_widens_a_speed(self) -> None:
        """The stated noise is that of the filtered derivative of white noise."""
        rng = np.random.default_rng(5)
        bend = shared_bend(30, t_s=moments(60))
        found = []
        for _ in range(40):
            value = bend.series.value.copy()
            value[:, Signal.LUMBAR_FLEXION.column] += rng.normal(0, 1.0, len(value))
            course = profile_of(replace(bend, series=replace(bend.series, value=value)))
            assert not isinstance(course, str)
            clean = profile_of(bend)
            assert not isinstance(clean, str)
            off = np.gradient(course.lumbar.deg - clean.lumbar.deg, 1 / 60)
            found.append(float(np.std(off)))
        expected = rhythm.SPEED_NOISE / math.sqrt(60)
        assert np.mean(found) == pytest.approx(expected, rel=0.2)

    def test_what_is_left_when_the_hips_are_half_way_up(self) -> None:
        for up, left in ((None, 50), (late, 25), (early, 71)):
            bend = shared_bend(30) if up is None else shared_bend(30, up=up)
            assert rhythm.LATE.measure_rep(bend).value == pytest.approx(left, abs=1.5)
        even = rhythm.LATE.measure_rep(shared_bend(30))
        assert even.se == pytest.approx(100 * math.sqrt(0.75) * CHANGE / 30, rel=0.02)
        assert rhythm.LATE.measure_rep(shared_bend(2)).reason == ERROR_TOO_LARGE

    def test_area_of_the_loop(self) -> None:
        """Between ``30·s`` down and ``30·√s`` up lie 30·70·(2/3 − 1/2) square degrees."""
        loop = rhythm.LOOP_AREA.measure_rep(shared_bend(30, 70, up=early))
        assert loop.value == pytest.approx(350, rel=0.05)
        other_way = rhythm.LOOP_AREA.measure_rep(shared_bend(30, 70, down=early))
        assert other_way.value == pytest.approx(-350, rel=0.05)
        assert loop.se == pytest.approx(70 * CHANGE, rel=0.01)


class TestOfFaults:
    def test_tuck_from_the_greatest_forward_tilt(self) -> None:
        """The back flexes all at the end: past the greatest tilt, the pelvis turns back under."""
        tucked = shared_bend(40, 60, down=lambda share: np.asarray(share**6), up=late)
        tuck = rhythm.TUCK.measure_rep(tucked)
        assert tuck.value == pytest.approx(0, abs=1), "the pelvis of this bend keeps going forward"
        value = tucked.series.value.copy()
        share = depth(moments())
        value[:, Signal.PELVIC_TILT.column] = 60 * share - 50 * share**6
        turned = replace(tucked, series=replace(tucked.series, value=value))
        at = (60 / 300) ** (1 / 5)
        assert rhythm.TUCK.measure_rep(turned).value == pytest.approx(40 * (1 - at**6), abs=1.5)
        assert tuck.se == pytest.approx(CHANGE)

    def test_a_back_that_gives_as_the_load_comes_on(self) -> None:
        times = moments()
        share = depth(times)
        hands = 0.12 + 0.35 * np.where(LIFT, 1 - share, 0.0)
        kept = with_hands(shared_bend(30), hands)
        assert rhythm.UNDER_LOAD.measure_rep(kept).value == pytest.approx(0, abs=0.3)
        value = kept.series.value.copy()
        gives = 12 * np.clip((times - 2.4) / 0.15, 0, 1) * share
        value[:, Signal.LUMBAR_FLEXION.column] += gives
        given = replace(kept, series=replace(kept.series, value=value))
        extra = rhythm.UNDER_LOAD.measure_rep(given)
        off, at_knee = np.flatnonzero(LIFT & (hands > 0.14))[0], np.flatnonzero(hands >= 0.285)[0]
        lumbar = value[off - 1 : at_knee + 1, Signal.LUMBAR_FLEXION.column]
        assert lumbar.max() - lumbar[0] > 4
        assert extra.value == pytest.approx(lumbar.max() - lumbar[0], abs=0.6)
        assert extra.se == pytest.approx(CHANGE)

    def test_hands_that_start_over_the_knee_have_no_lift_off(self) -> None:
        hands = 0.40 + 0.1 * np.where(LIFT, 1 - depth(moments()), 0.0)
        lifted = with_hands(shared_bend(30), hands)
        assert rhythm.UNDER_LOAD.measure_rep(lifted).reason == rhythm.LIFT_OFF_UNSEEN

    def test_hands_that_stay_low_have_no_ascent(self) -> None:
        low = with_hands(shared_bend(30), np.full(len(moments()), 0.1))
        assert rhythm.UNDER_LOAD.measure_rep(low).reason == NO_ASCENT

    def test_unseen_hands(self) -> None:
        assert rhythm.UNDER_LOAD.measure_rep(shared_bend(30)).reason == HIDDEN

    def test_a_hollow_back_at_the_end(self) -> None:
        hollow = shared_bend(30, up=lambda share: share - 0.5 * (1 - share))
        assert rhythm.AT_END.measure_rep(hollow).value == pytest.approx(-15, abs=0.5)


def with_curve(number: int, peak: Measurement, *, lasts_s: float = 1.0) -> Rep:
    bend = shared_bend(peak.value if peak.measured else 0.0)
    series = replace(bend.series, t_s=lasts_s * bend.series.t_s)
    return Rep(
        number=number,
        start_s=0.0,
        bottom_s=1.8,
        end_s=3.6,
        phases=(PhaseSpan(phase=Phase.DESCENT, start_s=0.0, end_s=3.6),),
        starts_low=False,
        coverage=1.0,
        family="hinge",
        variant="",
        series=series,
        metrics={rhythm.PEAK.id: peak},
    )


def a_set(*peaks: Measurement | float) -> list[Rep]:
    return [
        with_curve(number, peak if isinstance(peak, Measurement) else measured(peak, 6.0))
        for number, peak in enumerate(peaks, start=1)
    ]


class TestSet:
    def test_drift_from_the_first_to_the_last_third(self) -> None:
        seen = measure_set_rhythm(a_set(*(10 + 4 * place for place in range(6))))
        assert seen.drift.value == pytest.approx(16)
        assert seen.drift.se == pytest.approx(CHANGE_SE * 6)
        assert seen.drift_per_rep.value == pytest.approx(4)
        assert seen.drift_per_rep.se == pytest.approx(3 / math.sqrt(17.5))

    def test_a_back_that_bends_less_and_less_drifts_the_other_way(self) -> None:
        assert measure_set_rhythm(a_set(40, 35, 30, 25)).drift.value == pytest.approx(-15)

    def test_scatter_widens_a_slope(self) -> None:
        scattered = a_set(*(measured(value, 1.0) for value in (10, 30, 10, 30, 10)))
        assert rhythm.DRIFT_PER_REP.measure_set(scattered).se > 2

    def test_an_unseen_repetition_keeps_its_place_in_the_slope(self) -> None:
        gap = a_set(10, 14, missing(), 22)
        assert rhythm.DRIFT_PER_REP.measure_set(gap).value == pytest.approx(4)

    def test_too_few(self) -> None:
        three = a_set(10, 12, 14)
        assert rhythm.DRIFT.measure_set(three).reason == TOO_FEW_REPS
        assert rhythm.DRIFT_PER_REP.measure_set(three[:2]).reason == TOO_FEW_REPS
        assert rhythm.SPREAD.measure_set(three[:2]).reason == TOO_FEW_REPS

    def test_a_reason_that_all_share_is_said(self) -> None:
        seen = measure_set_rhythm(a_set(*[missing("back_hidden")] * 5))
        assert {one.reason for one in (seen.drift, seen.drift_per_rep, seen.spread)} == {
            "back_hidden"
        }

    def test_spread_between_repetitions_and_not_between_their_times(self) -> None:
        same = [with_curve(k, measured(30.0), lasts_s=1 + 0.2 * k) for k in range(3)]
        assert rhythm.SPREAD.measure_set(same).value == pytest.approx(0, abs=1e-6)
        apart = a_set(20, 30, 40)
        spread = rhythm.SPREAD.measure_set(apart)
        assert spread.value == pytest.approx(10 * depth(np.linspace(0, 3.6, 101)).mean(), rel=0.02)
        assert spread.se == pytest.approx(spread.value / 2)
