"""What lists show of people and of their sets, read in one look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from service.store.tables import Person, ReportRow, Session, Set

if TYPE_CHECKING:
    from datetime import datetime

    from service.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOverview:
    """A person in a list.

    Attributes
    ----------
    person_id, label
        Who it is.
    sets
        How many are kept.
    last_at
        When the last one was filmed; None without any.
    """

    person_id: str
    label: str
    sets: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOverview:
    """A set in a list.

    Attributes
    ----------
    set_id
        Names its review too.
    at
        When it was filmed.
    status
        How far its analysis is.
    source_name
        Of its video; empty where there was none.
    movement, reps, side
        What was found; empty and None before it was analysed.
    """

    set_id: str
    at: datetime
    status: str
    source_name: str
    movement: str
    reps: int | None
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Sets that belong together: those of a session, or of a day without one."""

    at: datetime
    title: str
    sets: tuple[SetOverview, ...]


def list_people(database: Database, *, only: str | None = None) -> tuple[PersonOverview, ...]:
    """List people by their labels.

    Parameters
    ----------
    database
        Where they are kept.
    only
        Id of the one person that may be seen; None for everybody.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    wanted = (
        select(Person.id, Person.label, func.count(Set.id), func.max(Set.filmed_at))
        .outerjoin(Set, Set.person_id == Person.id)
        .group_by(Person.id, Person.label, Person.key)
        .order_by(Person.key)
    )
    if only is not None:
        wanted = wanted.where(Person.id == only)
    with database.reading() as session:
        rows = session.execute(wanted).all()
    return tuple(
        PersonOverview(person_id=person_id, label=label, sets=count, last_at=last_at)
        for person_id, label, count, last_at in rows
    )


def list_visits(database: Database, person_id: str) -> tuple[Visit, ...]:
    """List the sets of a person by visit, the latest first; within a visit the first first.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    wanted = (
        select(Set, ReportRow, Session.title)
        .outerjoin(ReportRow, ReportRow.set_id == Set.id)
        .outerjoin(Session, Session.id == Set.session_id)
        .where(Set.person_id == person_id)
        .order_by(Set.filmed_at, Set.id)
    )
    with database.reading() as session:
        rows = [
            (one.session_id or one.filmed_at.date().isoformat(), title or "", _seen(one, report))
            for one, report, title in session.execute(wanted)
        ]
    visits = [
        _visit([(title, seen) for _, title, seen in grouped])
        for _, grouped in groupby(rows, key=lambda row: row[0])
    ]
    return tuple(reversed(visits))


def _visit(rows: list[tuple[str, SetOverview]]) -> Visit:
    return Visit(at=rows[0][1].at, title=rows[0][0], sets=tuple(seen for _, seen in rows))


def _seen(row: Set, report: ReportRow | None) -> SetOverview:
    return SetOverview(
        set_id=row.id,
        at=row.filmed_at,
        status=row.status,
        source_name=row.source_name,
        movement="" if report is None else report.judged_as or "",
        reps=None if report is None else report.reps,
        side="" if report is None else report.near_side,
    )
