"""Scores of criteria, sub-scores, reps and sets against numbers worked out apart from them."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest

from models.movements import MOVEMENTS
from models.results import Band, Confidence
from models.scoring import (
    Estimate,
    band_of,
    confidence_of,
    counted_reps,
    criterion_score,
    median_estimate,
    score_rep,
    score_set,
    weighted_mean,
)
from models.spec import Direction, FaultSpec, Severity, SubScore, Threshold
from tests.judged_movement import fault, measured, missing, movement, reps, threshold

LEAN = threshold(20.0, 30.0)
HIPBACK = threshold(6.0, 4.0, Direction.BELOW)

TWO_PARTS = movement(
    fault("LEAN", SubScore.TRUNK_SHIN),
    fault("NECK", SubScore.STACK),
    weights={SubScore.TRUNK_SHIN: 25.0, SubScore.STACK: 75.0},
)


def estimate(value: float, reach: float = 0.0) -> Estimate:
    return Estimate(value=value, low=value - reach, high=value + reach)


def draws(size: int, dimensions: int, correlation: float) -> np.ndarray:
    """Draw equally correlated standard normal errors, the same at every call."""
    generator = np.random.default_rng(20240607)
    shared = generator.standard_normal((size, 1))
    own = generator.standard_normal((size, dimensions))
    return math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own


def drawn_scores(value: float, se: float, errors: np.ndarray) -> np.ndarray:
    """f(x) of `LEAN` by interpolation, apart from the code under test."""
    levels = np.interp(value + se * errors, [10.0, 20.0, 30.0, 40.0], [100.0, 60.0, 20.0, 0.0])
    return np.asarray(levels)


class TestCriterion:
    @pytest.mark.parametrize(
        ("value", "score"),
        [(-50, 100), (10, 100), (15, 80), (20, 60), (25, 40), (30, 20), (35, 10), (40, 0), (90, 0)],
    )
    def test_without_error_it_is_the_piecewise_line(self, value: float, score: float) -> None:
        result = criterion_score(LEAN, measured(value, 0.0))
        assert (result.low, result.value, result.high) == pytest.approx((score, score, score))

    @pytest.mark.parametrize(("value", "score"), [(9, 100), (8, 100), (6, 60), (4, 20), (2, 0)])
    def test_below_is_its_mirror_image(self, value: float, score: float) -> None:
        assert criterion_score(HIPBACK, measured(value, 0.0)).value == pytest.approx(score)

    def test_green_edge_of_its_own(self) -> None:
        limits = threshold(20.0, 30.0, green=0.0)
        assert criterion_score(limits, measured(10.0, 0.0)).value == pytest.approx(80.0)

    @pytest.mark.parametrize("value", [0.0, 12.0, 20.0, 27.0, 38.0, 60.0])
    @pytest.mark.parametrize("se", [0.5, 3.0, 8.0, 19.0])
    def test_expectation_and_percentiles_are_those_of_many_draws(
        self, value: float, se: float
    ) -> None:
        drawn = drawn_scores(value, se, draws(200_000, 1, 0.0)[:, 0])
        result = criterion_score(LEAN, measured(value, se))
        assert result.value == pytest.approx(drawn.mean(), abs=0.3)
        low, high = np.percentile(drawn, [5, 95])
        assert result.low == pytest.approx(min(low, drawn.mean()), abs=0.6)
        assert result.high == pytest.approx(max(high, drawn.mean()), abs=0.6)

    @pytest.mark.parametrize(
        "limits",
        [
            threshold(20.0, 20.0),
            threshold(30.0, 20.0),
            threshold(4.0, 6.0, Direction.BELOW),
            threshold(20.0, 30.0, green=25.0),
        ],
    )
    def test_edges_out_of_order_are_refused(self, limits: Threshold) -> None:
        with pytest.raises(ValueError, match="LEAN_LIMIT"):
            criterion_score(limits, measured(1.0))


@pytest.mark.parametrize(
    "spec",
    [fault for movement in MOVEMENTS.values() for fault in movement.faults],
    ids=lambda spec: spec.id,
)
def test_every_limit_of_every_movement_spans_the_whole_scale(spec: FaultSpec) -> None:
    edges = spec.threshold
    at = [
        criterion_score(edges, measured(value, 0.0)).value
        for value in (edges.green_edge, edges.amber, edges.flag, 2 * edges.flag - edges.amber)
    ]
    assert at == pytest.approx([100, 60, 20, 0])


class TestWeightedMean:
    def test_one_estimate_keeps_its_interval(self) -> None:
        one = Estimate(value=70.0, low=40.0, high=75.0)
        result = weighted_mean([(3.0, one)])
        assert (result.value, result.low, result.high) == pytest.approx((70.0, 40.0, 75.0))

    def test_value_is_weighted(self) -> None:
        assert weighted_mean([(1.0, estimate(0)), (3.0, estimate(100))]).value == pytest.approx(75)

    def test_errors_are_not_taken_to_average_out(self) -> None:
        result = weighted_mean([(1.0, estimate(50, 20)), (1.0, estimate(40, 10))])
        assert result == estimate(45, 15)

    @pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
    @pytest.mark.parametrize(
        "values",
        [
            (15.0, 25.0),
            (5.0, 22.0, 33.0),
            (12.0, 14.0, 16.0, 18.0),
            (0.0, 0.0, 35.0),
            (8.0, 38.0, 45.0),
        ],
    )
    @pytest.mark.parametrize("se", [2.0, 6.0, 12.0])
    def test_interval_holds_what_would_be_drawn(
        self, values: tuple[float, ...], se: float, correlation: float
    ) -> None:
        errors = draws(20_000, len(values), correlation)
        drawn = np.mean(
            [drawn_scores(value, se, errors[:, i]) for i, value in enumerate(values)], axis=0
        )
        result = weighted_mean([(1.0, criterion_score(LEAN, measured(v, se))) for v in values])
        inside = np.mean((drawn >= result.low - 1e-9) & (drawn <= result.high + 1e-9))
        assert inside >= 0.88
        assert result.value == pytest.approx(drawn.mean(), abs=0.5)


class TestMedian:
    def test_one_rep_keeps_its_interval(self) -> None:
        assert median_estimate([estimate(60, 10)]) == estimate(60, 10)

    def test_reps_that_agree_do_not_narrow_the_interval(self) -> None:
        assert median_estimate([estimate(60, 10)] * 7) == estimate(60, 10)

    def test_few_reps_span_their_range(self) -> None:
        result = median_estimate([estimate(50), estimate(60), estimate(80)])
        assert (result.value, result.low, result.high) == pytest.approx((60, 50, 80))

    def test_many_reps_narrow_what_the_person_varies(self) -> None:
        result = median_estimate([estimate(10 * level) for level in range(11)])
        assert result.low == pytest.approx(20)
        assert result.high == pytest.approx(80)

    def test_both_doubts_add_up_as_independent_ones(self) -> None:
        result = median_estimate([estimate(50, 4), estimate(53, 4), estimate(56, 4)])
        assert result.high - result.value == pytest.approx(5)

    @pytest.mark.parametrize("n", [5, 6, 8, 10, 15])
    def test_order_statistics_hold_the_median_of_the_population(self, n: int) -> None:
        """Every way that n reps can fall above or below the median, counted one by one."""
        result = median_estimate([estimate(5.0 * level) for level in range(n)])
        rank = round(result.low / 5.0)
        held = sum(rank < sum(sides) < n - rank for sides in itertools.product((0, 1), repeat=n))
        assert held / 2**n >= 0.9
        inner = sum(
            rank + 1 < sum(sides) < n - rank - 1 for sides in itertools.product((0, 1), repeat=n)
        )
        assert inner / 2**n < 0.9


class TestBandsAndConfidence:
    @pytest.mark.parametrize(
        ("low", "high", "band"),
        [
            (75, 90, Band.ON_TRACK),
            (74.9, 99, Band.CLOSE),
            (40, 60, Band.CLOSE),
            (40, 59.9, Band.PRACTISE),
        ],
    )
    def test_the_interval_chooses_the_word(self, low: float, high: float, band: Band) -> None:
        assert band_of(Estimate(value=(low + high) / 2, low=low, high=high)) is band

    def test_nothing_is_not_measured(self) -> None:
        assert band_of(None) is Band.NOT_MEASURED
        assert confidence_of(None, 1.0, 5) is Confidence.LOW

    @pytest.mark.parametrize(
        ("reach", "coverage", "count", "confidence"),
        [
            (10, 0.9, 3, Confidence.HIGH),
            (10, 0.89, 3, Confidence.MEDIUM),
            (10, 1.0, 2, Confidence.MEDIUM),
            (10.1, 1.0, 5, Confidence.MEDIUM),
            (20.1, 1.0, 5, Confidence.LOW),
        ],
    )
    def test_confidence_needs_coverage_width_and_reps(
        self, reach: float, coverage: float, count: int, confidence: Confidence
    ) -> None:
        assert confidence_of(estimate(50, reach), coverage, count) is confidence


class TestRep:
    def test_parts_are_plain_means_and_severity_does_not_weigh(self) -> None:
        spec = movement(
            fault("LEAN", severity=Severity.INFORMATION),
            fault("NECK", severity=Severity.FIRST_UNDER_LOAD),
        )
        score = score_rep(spec, {"lean": measured(0.0, 0.0), "neck": measured(90.0, 0.0)})
        assert score.parts[SubScore.TRUNK_SHIN].value == pytest.approx(50)

    def test_a_fault_for_information_only_does_not_count(self) -> None:
        spec = movement(fault("LEAN"), fault("NECK", None))
        score = score_rep(spec, {"lean": measured(0.0, 0.0), "neck": measured(90.0, 0.0)})
        assert score.parts[SubScore.TRUNK_SHIN].value == pytest.approx(100)

    def test_whole_weighs_the_parts(self) -> None:
        score = score_rep(TWO_PARTS, {"lean": measured(0.0, 0.0), "neck": measured(90.0, 0.0)})
        assert score.whole is not None
        assert score.whole.value == pytest.approx(25)

    def test_a_part_with_under_half_of_its_criteria_is_not_claimed(self) -> None:
        spec = movement(fault("LEAN"), fault("NECK"), fault("HEEL_RISE"))
        lonely = {"lean": measured(0.0), "neck": missing(), "heel_rise": missing()}
        assert score_rep(spec, lonely).parts == {}
        half = lonely | {"neck": measured(0.0)}
        assert SubScore.TRUNK_SHIN in score_rep(spec, half).parts

    def test_a_single_rep_does_not_lose_a_part_for_want_of_a_set(self) -> None:
        spec = movement(
            fault("HYPEREXT"), fault("DRIFT", per_set=True), fault("PACE", per_set=True)
        )
        alone = score_rep(spec, {"hyperext": measured(0.0)})
        assert SubScore.TRUNK_SHIN in alone.parts
        unseen = score_rep(spec, {}, {"drift": measured(0.0), "pace": measured(0.0)})
        assert SubScore.TRUNK_SHIN not in unseen.parts

    def test_what_cannot_be_judged_does_not_count(self) -> None:
        score = score_rep(TWO_PARTS, {"lean": measured(0.0), "neck": measured(25.0, 60.0)})
        assert set(score.parts) == {SubScore.TRUNK_SHIN}
        assert score.whole is None


class TestSet:
    def test_first_and_last_of_four_do_not_count(self) -> None:
        four = reps(lean=[90.0, 0.0, 0.0, 90.0])
        assert [rep.number for rep in counted_reps(four)] == [2, 3]
        assert [rep.number for rep in counted_reps(four[:3])] == [1, 2, 3]
        score = score_set(movement(fault("LEAN")), four)
        assert score.value == pytest.approx(100)

    def test_value_is_the_median_of_the_reps(self) -> None:
        exact = [measured(value, 0.0) for value in (0.0, 15.0, 25.0, 15.0, 0.0)]
        score = score_set(movement(fault("LEAN")), reps(lean=exact))
        assert score.value == pytest.approx(statistics.median([80, 40, 80]))
        assert score.low == pytest.approx(40)

    def test_the_hinge_without_its_lumbar_part_is_still_shown(self) -> None:
        spec = movement(
            fault("LUM_HINGE", SubScore.LUMBAR_SHARING),
            fault("LEAN", SubScore.TRUNK_SHIN),
            weights={SubScore.LUMBAR_SHARING: 30.0, SubScore.TRUNK_SHIN: 70.0},
        )
        score = score_set(spec, reps(lean=[0.0, 0.0, 0.0]))
        assert score.coverage == pytest.approx(0.7)
        assert score.value == pytest.approx(100, abs=1)
        assert [part.band for part in score.parts] == [Band.NOT_MEASURED, Band.ON_TRACK]

    def test_under_the_least_coverage_no_value_is_shown(self) -> None:
        score = score_set(TWO_PARTS, reps(lean=[0.0, 0.0, 0.0]))
        assert (score.value, score.low, score.high) == (None, None, None)
        assert score.band is Band.NOT_MEASURED
        assert score.confidence is Confidence.LOW
        assert score.coverage == pytest.approx(0.25)
        assert score.parts[0].value is not None

    def test_no_reps_no_score(self) -> None:
        score = score_set(TWO_PARTS, [])
        assert score.value is None
        assert score.coverage == 0
        assert [part.value for part in score.parts] == [None, None]

    def test_a_metric_of_the_set_counts_in_every_rep(self) -> None:
        spec = movement(fault("LEAN"), fault("DRIFT", per_set=True))
        score = score_set(spec, reps(lean=[measured(0.0, 0.0)] * 3), {"drift": measured(90.0, 0.0)})
        assert score.value == pytest.approx(50)

    def test_a_part_seen_in_under_half_of_the_reps_is_not_claimed(self) -> None:
        once = [measured(0.0), missing(), missing()]
        assert score_set(movement(fault("LEAN")), reps(lean=once)).parts[0].value is None
        twice = [measured(0.0), measured(0.0), missing()]
        assert score_set(movement(fault("LEAN")), reps(lean=twice)).parts[0].value is not None

    def test_the_same_set_always_scores_the_same(self) -> None:
        shaky = reps(
            lean=[measured(value, 6.0) for value in (12.0, 33.0, 18.0, 24.0, 9.0, 27.0, 21.0)]
        )
        spec = movement(fault("LEAN"))
        assert score_set(spec, shaky) == score_set(spec, shaky)

    def test_an_exact_steady_set_is_on_track_with_high_confidence(self) -> None:
        score = score_set(movement(fault("LEAN")), reps(lean=[0.0, 1.0, 2.0, 1.0, 0.0]))
        assert score.band is Band.ON_TRACK
        assert score.confidence is Confidence.HIGH
