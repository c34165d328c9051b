"""What holds of every score, whatever was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from models.scoring import (
    Estimate,
    criterion_score,
    median_estimate,
    score_rep,
    score_set,
    weighted_mean,
)
from models.spec import Direction, SubScore, Threshold
from tests.judged_movement import fault, measured, missing, movement, rep, threshold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from models.results import Measurement, Score, ScorePart

ROUNDING = 1e-7

values = st.floats(-500, 500)
errors = st.one_of(st.just(0.0), st.floats(1e-3, 100))
measurements = st.builds(measured, values, errors)


@st.composite
def limits(draw: st.DrawFn) -> Threshold:
    amber = draw(st.floats(-100, 100))
    width = draw(st.floats(0.1, 50))
    green = draw(st.one_of(st.none(), st.floats(0.1, 100)))
    sign = draw(st.sampled_from([1, -1]))
    return threshold(
        amber,
        amber + sign * width,
        Direction.ABOVE if sign > 0 else Direction.BELOW,
        None if green is None else amber - sign * green,
    )


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(*[st.floats(0, 100)] * 3)))
    return Estimate(value=value, low=low, high=high)


MOVEMENT = movement(
    fault("LEAN", SubScore.TRUNK_SHIN),
    fault("NECK", SubScore.STACK),
    fault("HEEL_RISE", SubScore.STACK),
    fault("DRIFT", SubScore.CONTROL, per_set=True),
    weights={SubScore.TRUNK_SHIN: 30.0, SubScore.STACK: 50.0, SubScore.CONTROL: 20.0},
)
METRICS = ("lean", "neck", "heel_rise")
metrics = st.fixed_dictionaries(dict.fromkeys(METRICS, measurements))


def holds(estimate: Estimate) -> bool:
    return 0 <= estimate.low <= estimate.value <= estimate.high <= 100


@given(limits(), measurements)
def test_a_criterion_lies_on_the_scale_and_inside_its_interval(
    edges: Threshold, measurement: Measurement
) -> None:
    assert holds(criterion_score(edges, measurement))


@given(limits(), values, values, errors)
def test_going_past_the_limits_never_raises_a_criterion(
    edges: Threshold, one: float, other: float, se: float
) -> None:
    nearer, farther = sorted([one, other], reverse=edges.direction is Direction.BELOW)
    better = criterion_score(edges, measured(nearer, se))
    worse = criterion_score(edges, measured(farther, se))
    assert worse.value <= better.value + ROUNDING
    assert worse.low <= better.low + ROUNDING
    assert worse.high <= better.high + ROUNDING


@given(limits(), values, errors, errors)
def test_a_larger_error_never_narrows_the_interval(
    edges: Threshold, value: float, one: float, other: float
) -> None:
    sure = criterion_score(edges, measured(value, min(one, other)))
    doubtful = criterion_score(edges, measured(value, max(one, other)))
    assert doubtful.low <= sure.low + ROUNDING
    assert doubtful.high >= sure.high - ROUNDING


@given(st.lists(st.tuples(st.floats(0.1, 100), estimates()), min_size=1, max_size=8))
def test_a_weighted_mean_lies_on_the_scale_and_between_its_parts(
    parts: list[tuple[float, Estimate]],
) -> None:
    result = weighted_mean(parts)
    assert holds(result)
    assert min(part.low for _, part in parts) <= result.low + ROUNDING
    assert result.high <= max(part.high for _, part in parts) + ROUNDING


@given(st.lists(estimates(), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_a_median_lies_on_the_scale_and_knows_no_order(
    reps: list[Estimate], random: Random
) -> None:
    shuffled = sorted(reps, key=lambda _: random.random())
    assert holds(median_estimate(reps))
    assert median_estimate(shuffled) == median_estimate(reps)


@given(st.lists(values, min_size=1, max_size=5), errors, errors)
def test_a_larger_error_never_narrows_a_mean(
    given_values: list[float], one: float, other: float
) -> None:
    def mean(se: float) -> Estimate:
        return weighted_mean(
            [(1.0, criterion_score(threshold(), measured(value, se))) for value in given_values]
        )

    sure, doubtful = mean(min(one, other)), mean(max(one, other))
    assert doubtful.low <= sure.low + ROUNDING
    assert doubtful.high >= sure.high - ROUNDING


@given(metrics, measurements)
def test_a_set_score_lies_on_the_scale(
    rep_metrics: Mapping[str, Measurement], drift: Measurement
) -> None:
    score = score_set(MOVEMENT, [rep(1, rep_metrics)], {"drift": drift})
    assert 0 <= score.coverage <= 1
    scored: list[Score | ScorePart] = [score, *score.parts]
    for part in scored:
        if part.value is not None:
            assert part.low is not None
            assert part.high is not None
            assert 0 <= part.low <= part.value <= part.high <= 100


@given(metrics, measurements, st.sampled_from([*METRICS, "drift"]))
def test_a_missing_metric_leaves_the_other_parts_alone_and_never_raises_coverage(
    rep_metrics: Mapping[str, Measurement], drift: Measurement, lost: str
) -> None:
    of_part = {fault.metric.id: fault.sub_score for fault in MOVEMENT.faults}
    left = {name: missing() if name == lost else found for name, found in rep_metrics.items()}
    set_metrics = {} if lost == "drift" else {"drift": drift}
    before = score_set(MOVEMENT, [rep(1, rep_metrics)], {"drift": drift})
    after = score_set(MOVEMENT, [rep(1, left)], set_metrics)
    assert after.coverage <= before.coverage
    for seen, still_seen in zip(before.parts, after.parts, strict=True):
        assert still_seen == seen or seen.part is of_part[lost]


@given(st.sampled_from(METRICS), st.floats(0, 19), st.floats(0, 60))
def test_a_missing_metric_is_not_a_low_one(lost: str, good: float, poor: float) -> None:
    """Losing one metric can never score below having measured it far past its limits."""
    fine = {name: measured(min(good, poor), 0.0) for name in METRICS}
    gone = score_rep(MOVEMENT, fine | {lost: missing()}, {"drift": measured(0.0, 0.0)})
    past = score_rep(
        MOVEMENT, fine | {lost: measured(max(good, poor) + 40, 0.0)}, {"drift": measured(0.0, 0.0)}
    )
    assert past.whole is not None
    if gone.whole is not None:
        assert gone.whole.value >= past.whole.value - ROUNDING
