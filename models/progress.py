"""Whether one set differs from another by more than the measurement's own error.

The error of a set's mean has two parts (``measurement.md`` §7): the person's own ups and downs,
taken from the scatter within both sets, and what the instrument leaves in a comparison.

Much of an instrument's error is the same in both sets of a session (where a landmark is put on this
body, how cloth lies on this back) and cancels in their difference; the share `SESSION_SE` is left
of it, more than within one repetition, because people step away and come back. That holds for
lumbar flexion too: it is a change from the same person's standing under the same clothes. Between
sets of different sessions, with other clothes and the camera at another place, the share
`BETWEEN_SESSIONS_SE` is left. Between sets that were not filmed alike (the other side of the body,
another camera) nothing cancels either, and the whole error counts.

The mean of k repetitions has less of the person's ups and downs than one, but k repetitions of one
set are not k independent ones: with a correlation of one half they are worth
``k / (1 + (k - 1) / 2)``, less than two however many they are. What the instrument leaves is the
same in all repetitions of a set, so no mean makes it smaller.

A difference of two means is a change when it is past 1.96 standard errors of the difference, which
is ``1.96 · √2 · SEM`` where both sets are alike.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Measurement, Rep

WITHIN_SET_CORRELATION: Final = 0.5
"""Correlation of the errors of repetitions of one set (``measurement.md`` §7)."""

SESSION_SE: Final = 0.7
"""Share of a measurement's standard error that is left between sets of one session. The errors
aimed at within a session are 0.58 to 0.71 of those of single measurements: 3° of 5° for the knee,
3.5° of 6° for the hip, 5° of 7° for the lower back (``measurement.md`` §2.4, §7). Derived from
targets, not measured."""

BETWEEN_SESSIONS_SE: Final = 1.0
"""Share of a measurement's standard error that is left between sets of different sessions. The
errors aimed at between sessions are 0.8 to 1.0 of those of single measurements: 4° of 5° for the
knee, 5° of 6° for the hip, 3° of 3° for the trunk, 7° of 7° for the lower back (``measurement.md``
§2.4, §7); the largest share stands for all. Derived from targets, not measured."""

CONFIDENCE_Z: Final = 1.96
"""Standard errors on either side that hold 95 % of a normal distribution."""


class Progress(StrEnum):
    """What can be said about a metric from one set to the next."""

    CHANGED = "changed"
    WITHIN_VARIATION = "within_variation"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMean:
    """Mean of a metric over the repetitions of a set.

    Attributes
    ----------
    value, se
        In `unit`; the error holds the person's ups and downs and the whole of the instrument's.
    unit
        As of the metric.
    reps
        Repetitions in which it was measured.
    """

    value: float
    se: float
    unit: str
    reps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a metric did from one set to the next.

    Attributes
    ----------
    before, after
        Mean over the repetitions in which it was measured, in `unit`; NaN when in none.
    mdc
        Minimal detectable change, 95 %, in `unit`; NaN when the error is not known.
    unit
        As of the metric; empty when it was not measured.
    """

    before: float
    after: float
    mdc: float
    unit: str

    @property
    def value(self) -> float:
        """Difference, later minus earlier."""
        return self.after - self.before

    @property
    def progress(self) -> Progress:
        """Whether the difference is past the minimal detectable change."""
        if not math.isfinite(self.value) or not math.isfinite(self.mdc):
            return Progress.NOT_COMPARABLE
        past = abs(self.value) > self.mdc
        return Progress.CHANGED if past else Progress.WITHIN_VARIATION


def compare_sets(
    before: Sequence[Rep], after: Sequence[Rep], metric: str, *, filmed_alike: bool = True
) -> Change:
    """Compare a metric between two sets of one person and one session.

    Parameters
    ----------
    before, after
        Repetitions of the earlier and of the later set.
    metric
        Id of a metric of repetitions.
    filmed_alike
        Whether both sets show the same side of the body to the same camera, so that most of the
        instrument's error cancels.

    Returns
    -------
    Change
        Not comparable when a set was not measured, or when no set has two measured repetitions to
        tell the person's own ups and downs from.
    """
    return compare_measurements(
        _of_metric(before, metric),
        _of_metric(after, metric),
        shared=SESSION_SE if filmed_alike else 1.0,
    )


def compare_measurements(
    before: Sequence[Measurement], after: Sequence[Measurement], *, shared: float
) -> Change:
    """Compare a metric between two sets of one person.

    Parameters
    ----------
    before, after
        The metric in the repetitions of the earlier and of the later set; what was not measured
        is left out.
    shared
        Share of the instrument's error that is left in the difference: `SESSION_SE` within a
        session, `BETWEEN_SESSIONS_SE` between sessions or where sets were not filmed alike.

    Returns
    -------
    Change
        Not comparable when a set was not measured, or when no set has two measured repetitions to
        tell the person's own ups and downs from.
    """
    earlier, later = _measured(before), _measured(after)
    if not earlier or not later:
        return Change(before=_mean(earlier), after=_mean(later), mdc=math.nan, unit="")
    instrument = shared * _instrument_se((*earlier, *later))
    scatter = own_scatter(earlier, later)
    sems = [_mean_se(scatter, len(values), instrument) for values in (earlier, later)]
    return Change(
        before=_mean(earlier),
        after=_mean(later),
        mdc=CONFIDENCE_Z * math.hypot(*sems),
        unit=later[0].unit,
    )


def set_mean(measurements: Sequence[Measurement], *, scatter: float) -> SetMean | None:
    """Take the mean of a metric over the repetitions of a set.

    Parameters
    ----------
    measurements
        The metric in its repetitions; what was not measured is left out.
    scatter
        Between the person's repetitions, from `own_scatter`; where it is NaN the instrument's
        error stands alone.

    Returns
    -------
    SetMean or None
        None when it was measured in no repetition.
    """
    known = _measured(measurements)
    if not known:
        return None
    own = scatter if math.isfinite(scatter) else 0.0
    return SetMean(
        value=_mean(known),
        se=_mean_se(own, len(known), _instrument_se(known)),
        unit=known[-1].unit,
        reps=len(known),
    )


def effective_reps(count: int) -> float:
    """Say how many independent repetitions those of one set are worth.

    Parameters
    ----------
    count
        Measured repetitions of the set, at least one.
    """
    return count / (1 + (count - 1) * WITHIN_SET_CORRELATION)


def own_scatter(*sets: Sequence[Measurement]) -> float:
    """Pool the scatter between the repetitions of a set over some sets of one person.

    Parameters
    ----------
    *sets
        The metric in the repetitions of each; what was not measured is left out.

    Returns
    -------
    float
        Standard deviation; NaN when no set has two measured repetitions.
    """
    known = [_measured(values) for values in sets]
    squares = math.fsum((one.value - _mean(values)) ** 2 for values in known for one in values)
    degrees_of_freedom = sum(len(values) - 1 for values in known if values)
    return math.sqrt(squares / degrees_of_freedom) if degrees_of_freedom else math.nan


def _of_metric(reps: Sequence[Rep], metric: str) -> list[Measurement]:
    return [rep.metrics[metric] for rep in reps if metric in rep.metrics]


def _measured(values: Sequence[Measurement]) -> list[Measurement]:
    return [one for one in values if one.measured and math.isfinite(one.se)]


def _mean(values: Sequence[Measurement]) -> float:
    return statistics.fmean(one.value for one in values) if values else math.nan


def _instrument_se(values: Sequence[Measurement]) -> float:
    return statistics.median(one.se for one in values)


def _mean_se(scatter: float, count: int, instrument: float) -> float:
    return math.hypot(scatter / math.sqrt(effective_reps(count)), instrument)
