"""What lists show of people and of their sets, read in one look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from service.store.tables import FilmedAtSource, Person, ReportRow, Session, Set, Status

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
    at, filmed_at_source
        When it was filmed, and where that is known from.
    status
        How far its analysis is.
    source_name
        Of its video; empty where there was none.
    movement, reps, side
        What was found; empty and None before it was analysed.
    pain
        How sore it was, 0 to 10; None when not answered.
    """

    set_id: str
    at: datetime
    filmed_at_source: FilmedAtSource
    status: str
    source_name: str
    movement: str
    reps: int | None
    side: str
    pain: int | None

    @property
    def can_be_compared(self) -> bool:
        """Whether it has repetitions to put beside those of another set."""
        return self.status == Status.DONE and bool(self.reps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Sets that belong together: those of a session, or of a day without one.

    Attributes
    ----------
    at
        When the first was filmed.
    title
        As given; empty by default.
    sets
        The first first.
    """

    at: datetime
    title: str
    sets: tuple[SetOverview, ...]

    @property
    def is_sent(self) -> bool:
        """Whether nobody knows when its sets were filmed, only when they were sent."""
        return all(one.filmed_at_source is FilmedAtSource.SENT for one in self.sets)


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
            (_group(one), title or "", _seen(one, report))
            for one, report, title in session.execute(wanted)
        ]
    visits: dict[str, list[tuple[str, SetOverview]]] = {}
    for group, title, seen in rows:
        visits.setdefault(group, []).append((title, seen))
    return tuple(_visit(visit) for visit in reversed(visits.values()))


def _group(row: Set) -> str:
    """Name what a set is listed with: its session, else its day, apart from days of sending."""
    day = row.filmed_at.astimezone().date().isoformat()
    is_sent = row.filmed_at_source == FilmedAtSource.SENT
    return row.session_id or (f"sent {day}" if is_sent else day)


def list_unnamed(
    database: Database, *, account_id: str | None = None, limit: int
) -> tuple[SetOverview, ...]:
    """List the sets for which nobody was named, the latest first.

    Parameters
    ----------
    database
        Where they are kept.
    account_id
        Only those that this account brought in; None for all.
    limit
        Most sets.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    wanted = (
        select(Set, ReportRow)
        .outerjoin(ReportRow, ReportRow.set_id == Set.id)
        .where(Set.person_id.is_(None))
        .order_by(Set.filmed_at.desc(), Set.id.desc())
        .limit(limit)
    )
    if account_id is not None:
        wanted = wanted.where(Set.account_id == account_id)
    with database.reading() as session:
        return tuple(_seen(one, report) for one, report in session.execute(wanted))


def _visit(rows: list[tuple[str, SetOverview]]) -> Visit:
    return Visit(at=rows[0][1].at, title=rows[0][0], sets=tuple(seen for _, seen in rows))


def _seen(row: Set, report: ReportRow | None) -> SetOverview:
    return SetOverview(
        set_id=row.id,
        at=row.filmed_at,
        filmed_at_source=FilmedAtSource(row.filmed_at_source),
        status=row.status,
        source_name=row.source_name,
        movement="" if report is None else report.judged_as or "",
        reps=None if report is None else report.reps,
        side="" if report is None else report.near_side,
        pain=row.pain,
    )
