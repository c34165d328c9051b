"""From measurements to scores between 0 and 100, with their uncertainty.

One criterion (a metric against a threshold) scores ``f(x)``: 100 up to the green edge, then
linear to 60 at the amber edge, to 20 at the flag edge and to 0 as far past the flag edge as that
lies past the amber edge. With ``x ~ N(value, se²)`` its score is the expectation E[f(x)] and its
interval the 5th to 95th percentile of f(x); f is monotone, so both are exact and nothing is drawn
at random.

A sub-score is the plain mean of its criteria: severity says what to practise first, not what a
movement is worth. A rep's score is the mean of its sub-scores by their weights; a set's is the
median of its reps. What was not measured, or could not be judged (`models.judging`), lowers the
coverage and leaves the score to what was seen.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from models.judging import STANDARD_NORMAL, judge, measurement_of
from models.results import Band, Confidence, Score, ScorePart, Verdict
from models.spec import Direction, Goal, SubScore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.results import Measurement, Rep
    from models.spec import FaultSpec, MovementSpec, Threshold

LEVELS: Final = (100.0, 60.0, 20.0, 0.0)
"""Score at the green, amber and flag edge and at the end of the scale (``measurement.md`` §8.2)."""

INTERVAL: Final = 0.9
"""Probability held by an interval (``measurement.md`` §8.2)."""

MIN_COVERAGE: Final = 0.7
"""Least share of the weights that carries an overall score (``measurement.md`` §8.2)."""

MIN_CRITERIA: Final = 0.5
"""Least share of its criteria, or of the reps, in which a sub-score is seen. Expert default."""

ON_TRACK_LOW: Final = 75.0
"""An interval from here upwards is "on track" (``measurement.md`` §8.2)."""

PRACTISE_HIGH: Final = 60.0
"""An interval that ends below is "practise" (``measurement.md`` §8.2)."""

TRIMMED_FROM: Final = 4
"""From this many reps on, the first and the last do not count (``measurement.md`` §8.2)."""

HIGH_COVERAGE: Final = 0.9
"""Least coverage of high confidence (``measurement.md`` §8.2)."""

HIGH_WIDTH: Final = 20.0
"""Widest interval of high confidence: two display steps of 5 to either side. Expert default."""

MEDIUM_WIDTH: Final = 40.0
"""Widest interval of medium confidence: one level of the scale. Expert default."""

HIGH_REPS: Final = 3
"""Fewest counted reps of high confidence; fewer say little about spread. Expert default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A score between 0 and 100 and its 90 % interval, ``low ≤ value ≤ high``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RepScore:
    """What one rep scored.

    Attributes
    ----------
    parts
        The sub-scores that were seen.
    whole
        Their weighted mean; None when they carry under 70 % of the weight.
    """

    parts: Mapping[SubScore, Estimate]
    whole: Estimate | None


def score_set(
    movement: MovementSpec,
    reps: Sequence[Rep],
    set_metrics: Mapping[str, Measurement] = MappingProxyType({}),
    *,
    goal: Goal = Goal.HINGE_SKILL,
) -> Score:
    """Score a set of repetitions.

    Parameters
    ----------
    movement
        The definition to score by.
    reps
        Counted repetitions with their metrics; may be empty.
    set_metrics
        Metrics of the whole set, by id. They count in every rep alike.
    goal
        What the person practises. In confident bending less rounding is no aim, so sharing the
        bend is no part of the score.

    Returns
    -------
    Score
        All sub-scores of the movement, and an overall value when those seen in at least half of
        the reps carry 70 % of the weight.
    """
    movement = _for_goal(movement, goal)
    counted = counted_reps(reps)
    scored = [score_rep(movement, rep.metrics, set_metrics) for rep in counted]
    parts = tuple(_set_part(part, weight, scored) for part, weight in movement.weights.items())
    coverage = _coverage(parts)
    wholes = [rep.whole for rep in scored if rep.whole is not None]
    whole = median_estimate(wholes) if wholes and enough_coverage(coverage) else None
    return Score(
        value=None if whole is None else whole.value,
        low=None if whole is None else whole.low,
        high=None if whole is None else whole.high,
        band=band_of(whole),
        confidence=confidence_of(whole, coverage, len(counted)),
        coverage=coverage,
        parts=parts,
    )


def _for_goal(movement: MovementSpec, goal: Goal) -> MovementSpec:
    if goal is not Goal.CONFIDENT_BENDING:
        return movement
    kept: dict[SubScore, float] = {
        part: weight
        for part, weight in movement.weights.items()
        if part is not SubScore.LUMBAR_SHARING
    }
    return replace(movement, weights=MappingProxyType(kept))


def counted_reps(reps: Sequence[Rep]) -> Sequence[Rep]:
    """Leave out the first and the last of four or more reps: getting set and finishing."""
    return reps[1:-1] if len(reps) >= TRIMMED_FROM else reps


def score_rep(
    movement: MovementSpec,
    rep_metrics: Mapping[str, Measurement],
    set_metrics: Mapping[str, Measurement] = MappingProxyType({}),
) -> RepScore:
    """Score one repetition from its metrics and those of its set.

    A criterion counts when it could be judged; a sub-score when at least half of its criteria of
    the rep do. Criteria of the set count too when they are there, but a clip of one repetition
    does not lose a sub-score for want of them.
    """
    seen: dict[str, Estimate] = {}
    for fault in movement.faults:
        measurement = measurement_of(fault, rep_metrics, set_metrics)
        if judge(fault, measurement, None).verdict is not Verdict.NOT_ASSESSABLE:
            seen[fault.id] = criterion_score(fault.threshold, measurement)
    means = {
        part: _mean_of_seen([fault for fault in movement.faults if fault.sub_score is part], seen)
        for part in movement.weights
    }
    parts = {part: mean for part, mean in means.items() if mean is not None}
    weights = {part: movement.weights[part] for part in parts}
    coverage = sum(weights.values()) / sum(movement.weights.values())
    whole = None
    if enough_coverage(coverage):
        whole = weighted_mean([(weights[part], estimate) for part, estimate in parts.items()])
    return RepScore(parts=MappingProxyType(parts), whole=whole)


def criterion_score(threshold: Threshold, measurement: Measurement) -> Estimate:
    """Score one measurement against one threshold.

    Parameters
    ----------
    threshold
        The limits; green, amber and flag must follow one another in the threshold's direction.
    measurement
        A number with a finite standard error, 0 allowed, in the unit of the threshold.

    Returns
    -------
    Estimate
        Expectation and 5th to 95th percentile of the score. Where the tail of the distribution
        pulls the expectation past a percentile, the interval is widened to hold it.

    Raises
    ------
    ValueError
        If the edges of the threshold do not follow one another.
    """
    knots = _knots(threshold)
    value = -measurement.value if threshold.direction is Direction.BELOW else measurement.value
    expected = _expected_level(value, measurement.se, knots)
    reach = STANDARD_NORMAL.inv_cdf((1 + INTERVAL) / 2) * measurement.se
    return Estimate(
        value=expected,
        low=min(_level(value + reach, knots), expected),
        high=max(_level(value - reach, knots), expected),
    )


def weighted_mean(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    """Weighted mean of estimates, of their values and of their ends.

    Metrics of one rep share landmarks, camera and clothing, so their errors are not independent.
    The mean of the ends is exact when one cause moves them all and is wider than needed
    otherwise; it holds at least about 90 % of the distribution for any correlation from 0 to 1,
    which quadrature does not once scores reach the ends of their scale.
    """
    total = math.fsum(weight for weight, _ in parts)

    def mean(ends: Iterable[float]) -> float:
        return math.fsum(w * end for (w, _), end in zip(parts, ends, strict=True)) / total

    return _estimate(
        mean(estimate.value for _, estimate in parts),
        mean(estimate.low for _, estimate in parts),
        mean(estimate.high for _, estimate in parts),
    )


def median_estimate(reps: Sequence[Estimate]) -> Estimate:
    """Median over reps, with an interval for both of its sources of doubt.

    How the person varies: the distribution-free interval of a median between two order
    statistics, which is what a bootstrap of the reps approaches, without its draws; up to four
    reps it spans all of them. How well a rep is measured: the medians of the reps' own ends, since
    camera and clothing stay the same and do not average out. Both are combined as independent.
    """
    value = statistics.median(rep.value for rep in reps)
    ordered = sorted(rep.value for rep in reps)
    rank = _interval_rank(len(ordered))
    below = math.hypot(value - ordered[rank], value - statistics.median(rep.low for rep in reps))
    above = math.hypot(
        ordered[-1 - rank] - value, statistics.median(rep.high for rep in reps) - value
    )
    return _estimate(value, value - below, value + above)


def band_of(estimate: Estimate | None) -> Band:
    """Choose the word for a score by its interval."""
    if estimate is None:
        return Band.NOT_MEASURED
    if estimate.low >= ON_TRACK_LOW:
        return Band.ON_TRACK
    return Band.PRACTISE if estimate.high < PRACTISE_HIGH else Band.CLOSE


def confidence_of(whole: Estimate | None, coverage: float, reps: int) -> Confidence:
    """Say how far a score can be relied on, by its coverage, the width of its interval and n."""
    if whole is None:
        return Confidence.LOW
    width = whole.high - whole.low
    if coverage >= HIGH_COVERAGE and width <= HIGH_WIDTH and reps >= HIGH_REPS:
        return Confidence.HIGH
    return Confidence.MEDIUM if width <= MEDIUM_WIDTH else Confidence.LOW


def enough_coverage(coverage: float) -> bool:
    """Tell whether a share of the weights carries an overall score, rounding aside."""
    return coverage >= MIN_COVERAGE or math.isclose(coverage, MIN_COVERAGE)


def _set_part(part: SubScore, weight: float, reps: Sequence[RepScore]) -> ScorePart:
    seen = [rep.parts[part] for rep in reps if part in rep.parts]
    estimate = median_estimate(seen) if seen and len(seen) >= MIN_CRITERIA * len(reps) else None
    return ScorePart(
        part=part,
        value=None if estimate is None else estimate.value,
        low=None if estimate is None else estimate.low,
        high=None if estimate is None else estimate.high,
        band=band_of(estimate),
        weight=weight,
    )


def _coverage(parts: Sequence[ScorePart]) -> float:
    measured = sum(part.weight for part in parts if part.value is not None)
    return measured / sum(part.weight for part in parts)


def _mean_of_seen(criteria: Sequence[FaultSpec], seen: Mapping[str, Estimate]) -> Estimate | None:
    found = [seen[fault.id] for fault in criteria if fault.id in seen]
    of_rep = [fault.id in seen for fault in criteria if not fault.metric.per_set]
    if not found or sum(of_rep) < MIN_CRITERIA * len(of_rep):
        return None
    return weighted_mean([(1.0, estimate) for estimate in found])


def _knots(threshold: Threshold) -> tuple[float, float, float, float]:
    """Edges of the score in increasing order; values below are negated."""
    sign = -1.0 if threshold.direction is Direction.BELOW else 1.0
    green, amber, flag = (
        sign * edge for edge in (threshold.green_edge, threshold.amber, threshold.flag)
    )
    if not green < amber < flag:
        message = (
            f"threshold {threshold.id!r} needs its green, amber and flag edges in this order "
            f"{threshold.direction.value} each other, got {threshold.green_edge:g}, "
            f"{threshold.amber:g}, {threshold.flag:g}: correct it in its movement"
        )
        raise ValueError(message)
    return green, amber, flag, 2 * flag - amber


def _level(value: float, knots: tuple[float, ...]) -> float:
    """f(x): the level at a value, linear between the knots and flat outside them."""
    if value <= knots[0]:
        return LEVELS[0]
    for left, right, high, low in zip(knots, knots[1:], LEVELS, LEVELS[1:], strict=False):
        if value <= right:
            return high + (low - high) * (value - left) / (right - left)
    return LEVELS[-1]


def _expected_level(mean: float, se: float, knots: tuple[float, ...]) -> float:
    """E[f(x)], x ~ N(mean, se²): f is 100 plus its changes of slope times E[max(x − knot, 0)]."""
    if se == 0:
        return _level(mean, knots)
    slopes = [
        (low - high) / (right - left)
        for left, right, high, low in zip(knots, knots[1:], LEVELS, LEVELS[1:], strict=False)
    ]
    bends = [after - before for before, after in zip([0.0, *slopes], [*slopes, 0.0], strict=True)]
    expected = LEVELS[0] + sum(
        bend * _expected_excess(mean - knot, se) for bend, knot in zip(bends, knots, strict=True)
    )
    return min(max(expected, LEVELS[-1]), LEVELS[0])


def _expected_excess(mean: float, se: float) -> float:
    """E[max(x, 0)] of x ~ N(mean, se²)."""
    z = mean / se
    return mean * STANDARD_NORMAL.cdf(z) + se * STANDARD_NORMAL.pdf(z)


def _interval_rank(n: int) -> int:
    """Index, from either end, of the order statistics that hold the median with `INTERVAL`.

    The median of the population lies outside them only if at most `rank` of the n reps fall on
    one of its sides, so the chance of that is a sum of fair coin tosses.
    """
    rank = 0
    while rank + 1 < n / 2 and _at_most_heads(rank + 1, n) <= (1 - INTERVAL) / 2:
        rank += 1
    return rank


def _at_most_heads(heads: int, tosses: int) -> float:
    return sum(math.comb(tosses, k) for k in range(heads + 1)) / (1 << tosses)


def _estimate(value: float, low: float, high: float) -> Estimate:
    """Keep an estimate on the scale; rounding must not push an end past its value."""
    value = min(max(value, LEVELS[-1]), LEVELS[0])
    return Estimate(
        value=value,
        low=min(max(low, LEVELS[-1]), value),
        high=max(min(high, LEVELS[0]), value),
    )
