"""From a measurement and its standard error to a verdict about one fault.

The true value is taken as normal about the measured one, ``x ~ N(value, se²)``. A verdict rests on
the probability that it lies past the limits of the fault's threshold:

- ``FLAG`` when P(past flag) ≥ 0.8,
- else ``AMBER`` when P(past amber) ≥ 0.5,
- else ``OK`` when P(past amber) < 0.2,
- else ``NOT_SURE``.

When the error is so large that the two limits cannot be told apart (`MAX_SE_PER_BAND`), only a
clear answer stands: flag and amber need 0.8, ok as above, and everything between is
``NOT_ASSESSABLE`` for the reason ``error_too_large``.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from models.results import Finding, Measurement, Verdict
from models.spec import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.results import Rep
    from models.spec import FaultSpec, MovementSpec, Threshold

FLAG_PROBABILITY: Final = 0.8
"""Least P(past flag) of a flag (``measurement.md`` §3.4)."""

AMBER_PROBABILITY: Final = 0.5
"""Least P(past amber) of an amber (``measurement.md`` §3.4)."""

OK_PROBABILITY: Final = 0.2
"""P(past amber) below which a rep is in order: as sure as a flag. Expert default."""

MAX_SE_PER_BAND: Final = 2.0
"""Largest standard error, as a multiple of ``|flag − amber|``, that can still tell them apart.

Beyond it P(amber < x < flag) stays under 2·Φ(1/4) − 1 = 0.197 wherever x lies, less than the
doubt that an ok verdict allows, so "between the limits" can never be said. Expert default.
"""

NOT_MEASURED: Final = "not_measured"
"""Reason when a rep carries no such metric, or one without a number and without a reason."""

ERROR_UNKNOWN: Final = "error_unknown"
"""Reason when there is a number without a usable standard error."""

ERROR_TOO_LARGE: Final = "error_too_large"
"""Reason when the error is past `MAX_SE_PER_BAND` and the answer is not clear."""

STANDARD_NORMAL: Final = NormalDist()
"""Normal distribution of mean 0 and standard deviation 1."""


def judge(spec: FaultSpec, measurement: Measurement, rep: int | None) -> Finding:
    """Judge one measurement against the limits of one fault.

    Parameters
    ----------
    spec
        The fault looked for.
    measurement
        Its metric, in the unit of its threshold.
    rep
        Number of the rep, or None when the metric belongs to the whole set.

    Returns
    -------
    Finding
        With NaN probabilities when not assessable.
    """
    reason = _why_unusable(measurement)
    p_amber = p_flag = math.nan
    verdict = Verdict.NOT_ASSESSABLE
    if not reason:
        threshold = spec.threshold
        p_amber = probability_past(threshold.amber, threshold.direction, measurement)
        p_flag = probability_past(threshold.flag, threshold.direction, measurement)
        verdict = _verdict(p_amber, p_flag, limits_told_apart=_tells_limits(threshold, measurement))
        if verdict is Verdict.NOT_ASSESSABLE:
            reason, p_amber, p_flag = ERROR_TOO_LARGE, math.nan, math.nan
    return Finding(
        fault=spec.id,
        rep=rep,
        verdict=verdict,
        reason=reason,
        measurement=measurement,
        threshold_id=spec.threshold.id,
        p_amber=p_amber,
        p_flag=p_flag,
        grade=spec.threshold.grade,
    )


def judge_set(
    movement: MovementSpec,
    reps: Sequence[Rep],
    set_metrics: Mapping[str, Measurement] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Judge every fault of a movement: in each rep, or once when its metric is of the set.

    Parameters
    ----------
    movement
        The definition to judge by.
    reps
        Counted repetitions with their metrics.
    set_metrics
        Metrics of the whole set, by id.

    Returns
    -------
    tuple of Finding
        By fault in the order of the definition, then by rep.
    """
    findings: list[Finding] = []
    for fault in movement.faults:
        if fault.metric.per_set:
            findings.append(judge(fault, measurement_of(fault, {}, set_metrics), None))
            continue
        findings += [
            judge(fault, measurement_of(fault, rep.metrics, set_metrics), rep.number)
            for rep in reps
        ]
    return tuple(findings)


def measurement_of(
    fault: FaultSpec,
    rep_metrics: Mapping[str, Measurement],
    set_metrics: Mapping[str, Measurement],
) -> Measurement:
    """Find what a fault is judged by; an absent metric gives NaN with the reason `NOT_MEASURED`."""
    found = (set_metrics if fault.metric.per_set else rep_metrics).get(fault.metric.id)
    if found is not None:
        return found
    return Measurement(
        value=math.nan, se=math.nan, unit=fault.metric.unit, method="", reason=NOT_MEASURED
    )


def probability_past(limit: float, direction: Direction, measurement: Measurement) -> float:
    """Probability that the true value lies past a limit.

    Parameters
    ----------
    limit
        In the unit of the measurement.
    direction
        On which side of the limit "past" is.
    measurement
        Value and standard error. An error of 0 gives 0 or 1; a value on the limit is not past it.

    Returns
    -------
    float
        0 to 1; NaN when there is no number.
    """
    excess = measurement.value - limit
    if direction is Direction.BELOW:
        excess = -excess
    if measurement.se == 0:
        return float(excess > 0)
    return STANDARD_NORMAL.cdf(excess / measurement.se)


def _why_unusable(measurement: Measurement) -> str:
    if not measurement.measured:
        return measurement.reason or NOT_MEASURED
    return "" if math.isfinite(measurement.se) and measurement.se >= 0 else ERROR_UNKNOWN


def _tells_limits(threshold: Threshold, measurement: Measurement) -> bool:
    return measurement.se <= MAX_SE_PER_BAND * abs(threshold.flag - threshold.amber)


def _verdict(p_amber: float, p_flag: float, *, limits_told_apart: bool) -> Verdict:
    if p_flag >= FLAG_PROBABILITY:
        return Verdict.FLAG
    if p_amber >= (AMBER_PROBABILITY if limits_told_apart else FLAG_PROBABILITY):
        return Verdict.AMBER
    if p_amber < OK_PROBABILITY:
        return Verdict.OK
    return Verdict.NOT_SURE if limits_told_apart else Verdict.NOT_ASSESSABLE
