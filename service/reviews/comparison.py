"""What differs between two sets, and whether that is more than the measurement itself varies by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from models.progress import (
    BETWEEN_SESSIONS_SE,
    SESSION_SE,
    Progress,
    compare_measurements,
)
from models.results import Measurement
from vision.framing import Side

if TYPE_CHECKING:
    from models.report import Report
    from service.wording import Wording

LEADING: Final = ("lumbar_flexion", "lumbar_share", "peak_bend", "knee_at_bottom")
"""Metrics that come first, where both sets have them; the others follow as reports name them."""


_NEEDED_REPS: Final = 2
"""In one of two sets at least, to tell a person's own ups and downs from."""


class Apart(StrEnum):
    """Why the numbers of two sets are not compared."""

    PERSON = "other_person"
    MOVEMENT = "other_movement"
    FILMING = "filmed_apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSet:
    """A set as far as a comparison needs it.

    Attributes
    ----------
    report
        What was found.
    person_id, session_id
        Whose it is and of which visit; None when that was not said.
    tape
        Whether tape was worn on the back.
    """

    report: Report
    person_id: str | None
    session_id: str | None
    tape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric in both sets.

    Attributes
    ----------
    metric, unit
        Id and unit.
    before, after
        Mean over the repetitions of each set.
    change
        Later minus earlier; None where sets are not compared.
    mdc
        Minimal detectable change, 95 %; None where it is not known.
    progress
        Whether the change is past it.
    few_reps
        Whether that cannot be said for want of a second repetition.
    """

    metric: str
    unit: str
    before: float
    after: float
    change: float | None
    mdc: float | None
    progress: Progress
    few_reps: bool


def apart(a: ComparedSet, b: ComparedSet) -> Apart | None:
    """Tell why the numbers of two sets are not compared; None when they are."""
    if a.person_id != b.person_id:
        return Apart.PERSON
    if a.report.movement.judged_as != b.report.movement.judged_as:
        return Apart.MOVEMENT
    sides = [one.report.framing.near_side for one in (a, b)]
    alike = sides[0] is sides[1] and sides[0] is not Side.UNKNOWN and a.tape is b.tape
    return None if alike else Apart.FILMING


def differences(a: ComparedSet, b: ComparedSet) -> tuple[Difference, ...]:
    """Compare every metric that was measured in both sets, the leading ones first."""
    same_visit = a.session_id is not None and a.session_id == b.session_id
    shared = SESSION_SE if same_visit else BETWEEN_SESSIONS_SE
    comparable = apart(a, b) is None
    names = dict.fromkeys(
        (*LEADING, *(name for rep in a.report.reps for name in rep.metrics)),
    )
    found = (
        _difference(name, a.report, b.report, shared=shared, comparable=comparable)
        for name in names
    )
    return tuple(one for one in found if one is not None)


def verdict(a: ComparedSet, b: ComparedSet, rows: tuple[Difference, ...], wording: Wording) -> str:
    """Say in a sentence what differs, and no more than can be said."""
    why = apart(a, b)
    if why is not None:
        return _said_apart(why, a, b, wording)
    if rows and all(row.few_reps for row in rows):
        return wording.of("review.compare.one_rep_each")
    if all(row.progress is Progress.NOT_COMPARABLE for row in rows):
        return wording.of("review.compare.nothing_measured")
    changed = [row.metric for row in rows if row.progress is Progress.CHANGED]
    if not changed:
        return wording.of("review.compare.none_changed")
    names = ", ".join(wording.of(f"metric.{metric}") for metric in changed)
    return wording.of("review.compare.some_changed", names=names)


def _said_apart(why: Apart, a: ComparedSet, b: ComparedSet, wording: Wording) -> str:
    """Name what keeps two sets apart."""
    if why is Apart.MOVEMENT:
        names = [_movement(one.report, wording) for one in (a, b)]
        return wording.of("review.compare.other_movement", a=names[0], b=names[1])
    if why is Apart.FILMING:
        return wording.of("review.compare.filmed_apart", why=_filmed_apart(a, b, wording))
    return wording.of("review.compare.other_person")


def _movement(report: Report, wording: Wording) -> str:
    movement = report.movement
    return wording.of(f"movement.{movement.judged_as or movement.recognised}")


def _filmed_apart(a: ComparedSet, b: ComparedSet, wording: Wording) -> str:
    """Say in which way one of two sets was filmed differently."""
    said = []
    sides = {"A": a.report.framing.near_side, "B": b.report.framing.near_side}
    unknown = [name for name, side in sides.items() if side is Side.UNKNOWN]
    if unknown:
        names = unknown[0] if len(unknown) == 1 else wording.of("review.compare.both")
        said.append(wording.of("review.compare.side_unknown", names=names))
    elif sides["A"] is not sides["B"]:
        shown = [wording.of(f"history.side_{side}") for side in sides.values()]
        said.append(wording.of("review.compare.filmed_sides", a=shown[0], b=shown[1]))
    if a.tape is not b.tape:
        said.append(wording.of("review.compare.tape_once", name="A" if a.tape else "B"))
    return " ".join(said)


def _difference(
    metric: str, a: Report, b: Report, *, shared: float, comparable: bool
) -> Difference | None:
    earlier, later = _measured(a, metric), _measured(b, metric)
    if not earlier or not later:
        return None
    change = compare_measurements(earlier, later, shared=shared)
    return Difference(
        metric=metric,
        unit=later[0].unit,
        before=change.before,
        after=change.after,
        change=change.value if comparable else None,
        mdc=change.mdc if comparable and math.isfinite(change.mdc) else None,
        progress=change.progress if comparable else Progress.NOT_COMPARABLE,
        few_reps=comparable and max(len(earlier), len(later)) < _NEEDED_REPS,
    )


def _measured(report: Report, metric: str) -> list[Measurement]:
    found = (rep.metrics.get(metric) for rep in report.reps)
    return [
        Measurement(
            value=one.value,
            se=math.nan if one.sem is None else one.sem,
            unit=one.unit,
            method=one.method,
        )
        for one in found
        if one is not None and one.value is not None
    ]
