"""How a person's movement went over time, with the error of the measurement.

Sets are compared two at a time by the rules of `models.progress`: "changed" is said only beyond the
minimal detectable change. Within a session most of the instrument's error cancels; between sessions
the whole of it counts. Sets that were filmed in another way (from the other side of the body, with
or without tape on the back) are not compared with each other at all: each has its own first and
previous set.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from models.progress import (
    BETWEEN_SESSIONS_SE,
    SESSION_SE,
    Change,
    compare_measurements,
    own_scatter,
    set_mean,
)
from models.results import Measurement
from service.store.tables import FilmedAtSource, ReportRow, Set, Status
from vision.framing import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from service.store.database import Database

LEADING: Final = ("lumbar_flexion", "peak_bend", "knee_at_bottom", "trunk_at_bottom")
"""Metrics that come first, where they were measured; the others follow as reports name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filming:
    """How a set was filmed; only sets that were filmed alike are compared.

    Attributes
    ----------
    side
        Side of the body towards the camera: ``left``, ``right``, or ``unknown``.
    tape
        Whether the back was marked with tape.
    """

    side: str
    tape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSet:
    """One analysed set as the database keeps it.

    Attributes
    ----------
    set_id, session_id
        Of the set and of its visit; a set may belong to none.
    at, filmed_at_source
        When it was filmed, and where that is known from.
    movement
        Judged as.
    filming
        How it was filmed.
    reps
        What was measured in each repetition, by metric.
    """

    set_id: str
    session_id: str | None
    at: datetime
    movement: str
    filming: Filming
    reps: tuple[Mapping[str, Measurement], ...]
    filmed_at_source: FilmedAtSource = FilmedAtSource.VIDEO

    def of(self, metric: str) -> list[Measurement]:
        """Return a metric in the repetitions in which it was measured."""
        return [rep[metric] for rep in self.reps if metric in rep]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoint:
    """A metric in one set, and what it did.

    Attributes
    ----------
    set_id, session_id, at, filmed_at_source, filming
        As of the set.
    reps
        Repetitions in which it was measured.
    mean, se
        Over those, in the unit of the metric, with its standard error.
    since_first, since_previous
        Change against the first and the previous set that was filmed alike; None when there is
        none before it.
    """

    set_id: str
    session_id: str | None
    at: datetime
    filmed_at_source: FilmedAtSource
    filming: Filming
    reps: int
    mean: float
    se: float
    since_first: Change | None
    since_previous: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricHistory:
    """One metric over time.

    Attributes
    ----------
    metric, unit
        Id and unit.
    filming
        How most of its sets were filmed.
    points
        One for every set in which it was measured, the earliest first.
    """

    metric: str
    unit: str
    filming: Filming
    points: tuple[SetPoint, ...]

    @property
    def alike(self) -> tuple[SetPoint, ...]:
        """Points of the sets that were filmed as most were."""
        return tuple(point for point in self.points if point.filming == self.filming)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementHistory:
    """All metrics of one movement over time."""

    movement: str
    sets: int
    metrics: tuple[MetricHistory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a person moved over time, by movement, the most frequent first."""

    person_id: str
    movements: tuple[MovementHistory, ...]


def history_of(database: Database, person_id: str, *, movement: str | None = None) -> History:
    """Read and compare the analysed sets of a person.

    Parameters
    ----------
    database
        Where they are kept.
    person_id
        Whose; nobody's id gives a history without movements.
    movement
        Only this one; None for all.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    wanted = (
        select(Set, ReportRow)
        .join(ReportRow, ReportRow.set_id == Set.id)
        .where(Set.person_id == person_id, Set.status == Status.DONE)
        .where(ReportRow.judged_as.is_not(None))
    )
    if movement is not None:
        wanted = wanted.where(ReportRow.judged_as == movement)
    with database.reading() as session:
        sets = [_measured_set(row, report) for row, report in session.execute(wanted)]
    return trace_history(person_id, sets)


def trace_history(person_id: str, sets: Iterable[MeasuredSet]) -> History:
    """Put sets in order of time and compare each with the ones before it.

    Parameters
    ----------
    person_id
        Whose they are.
    sets
        In any order.
    """
    ordered = sorted(sets, key=lambda one: (one.at, one.set_id))
    frequent = Counter(one.movement for one in ordered).most_common()
    return History(
        person_id=person_id,
        movements=tuple(
            MovementHistory(
                movement=movement,
                sets=count,
                metrics=_trace_metrics([one for one in ordered if one.movement == movement]),
            )
            for movement, count in frequent
        ),
    )


def _trace_metrics(sets: Sequence[MeasuredSet]) -> tuple[MetricHistory, ...]:
    named = dict.fromkeys(metric for one in sets for rep in one.reps for metric in rep)
    leading = [metric for metric in LEADING if metric in named]
    ordered = [*leading, *(metric for metric in named if metric not in LEADING)]
    traced = (_trace_metric(sets, metric) for metric in ordered)
    return tuple(one for one in traced if one is not None)


def _trace_metric(sets: Sequence[MeasuredSet], metric: str) -> MetricHistory | None:
    scatter = own_scatter(*(one.of(metric) for one in sets))
    points: list[SetPoint] = []
    before: dict[Filming, list[MeasuredSet]] = {}
    unit = ""
    for one in sets:
        mean = set_mean(one.of(metric), scatter=scatter)
        if mean is None:
            continue
        unit = mean.unit
        earlier = before.setdefault(one.filming, [])
        points.append(
            SetPoint(
                set_id=one.set_id,
                session_id=one.session_id,
                at=one.at,
                filmed_at_source=one.filmed_at_source,
                filming=one.filming,
                reps=mean.reps,
                mean=mean.value,
                se=mean.se,
                since_first=_compare(earlier[0], one, metric) if earlier else None,
                since_previous=_compare(earlier[-1], one, metric) if earlier else None,
            )
        )
        earlier.append(one)
    if not points:
        return None
    usual = Counter(point.filming for point in points).most_common(1)[0][0]
    return MetricHistory(metric=metric, unit=unit, filming=usual, points=tuple(points))


def _compare(before: MeasuredSet, after: MeasuredSet, metric: str) -> Change:
    same_session = before.session_id is not None and before.session_id == after.session_id
    known_side = after.filming.side != Side.UNKNOWN
    shared = SESSION_SE if same_session and known_side else BETWEEN_SESSIONS_SE
    return compare_measurements(before.of(metric), after.of(metric), shared=shared)


def _measured_set(row: Set, report: ReportRow) -> MeasuredSet:
    return MeasuredSet(
        set_id=row.id,
        session_id=row.session_id,
        at=row.filmed_at,
        filmed_at_source=FilmedAtSource(row.filmed_at_source),
        movement=report.judged_as or "",
        filming=Filming(side=report.near_side or str(Side.UNKNOWN), tape=row.tape),
        reps=tuple(
            {metric: _measurement(value) for metric, value in rep.items()} for rep in report.metrics
        ),
    )


def _measurement(kept: Mapping[str, Any]) -> Measurement:
    return Measurement(
        value=_number(kept.get("value")),
        se=_number(kept.get("se")),
        unit=str(kept.get("unit", "")),
        method="",
    )


def _number(kept: object) -> float:
    return float(kept) if isinstance(kept, int | float) else math.nan
