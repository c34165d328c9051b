"""Sets in the database: how their analysis goes, what was found, and which visit they belong to.

A final status stays: only `restart` begins a set anew, and `redo_in` one that was given to somebody
else. Whoever adds a set together with its job, or begins it anew, does it in a transaction of their
own with `visit_in`, `add_set_in`, `restart_in` and `redo_in`; all other functions are a transaction
each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

from sqlalchemy import and_, delete, func, or_, select, update

from service.store.people import existing_person
from service.store.tables import (
    FINAL,
    MAX_FILE_NAME,
    FilmedAtSource,
    Origin,
    Person,
    ReportRow,
    Session,
    Set,
    Status,
    new_id,
    now,
)
from vision.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session as Transaction

    from service.reviews.analysis import SetSummary
    from service.store.database import Database

VISIT: Final = timedelta(hours=3)
"""Sets that a person films within this time of the first belong to one visit; expert default."""

MOST_LISTED: Final = 500
"""Sets in one page of a list."""

LONGEST_REASON: Final = 2000
"""Characters that are kept of why an analysis failed."""


class SetError(InputError):
    """A set that is not there, or is not as far as was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSet:
    """A set to be added.

    Attributes
    ----------
    id
        Of the set; names its files, too.
    person_id, session_id, account_id
        Whose it is, of which visit, and who brought it in.
    origin
        How it came in.
    source_name
        Of the video, for show.
    source_sha256, source_bytes, probe
        Of the video: its hash, its size, and what its header says.
    movement, tape, language
        As chosen.
    filmed_at, filmed_at_source
        When it was filmed, or came in where that is not known, and where that is known from.
    priority
        1 is first.
    pain
        How sore it was, 0 to 10, as the person said; None when not asked or not answered.
    """

    origin: Origin
    source_name: str
    id: str = field(default_factory=new_id)
    person_id: str | None = None
    session_id: str | None = None
    account_id: str | None = None
    source_sha256: str | None = None
    source_bytes: int = 0
    probe: dict[str, Any] | None = None
    movement: str = "auto"
    tape: bool = False
    language: str = "en"
    filmed_at: datetime = field(default_factory=now)
    filmed_at_source: FilmedAtSource = FilmedAtSource.VIDEO
    priority: int = 5
    pain: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """What was found in a set, as lists and the history need it.

    Attributes
    ----------
    judged_as, recognised
        Movement whose definition was applied, and what it looked like.
    reps
        Counted repetitions.
    cue
        Key of the one cue.
    near_side
        Side of the body that was filmed.
    metrics
        For every repetition ``{metric: {"value", "se", "unit"}}``.
    program_version
        What measured it.
    created_at
        When it was analysed.
    """

    judged_as: str | None
    recognised: str | None
    reps: int
    cue: str | None
    near_side: str
    metrics: tuple[dict[str, Any], ...]
    program_version: str
    created_at: datetime

    @classmethod
    def of(cls, row: ReportRow) -> Self:
        """Read a row."""
        return cls(
            judged_as=row.judged_as,
            recognised=row.recognised,
            reps=row.reps,
            cue=row.cue,
            near_side=row.near_side,
            metrics=tuple(row.metrics),
            program_version=row.program_version,
            created_at=row.created_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """A set as the database keeps it; what is not explained is as in `NewSet`.

    Attributes
    ----------
    created_at, started_at, ended_at, videos_removed_at
        When it came in, when its analysis began and ended, and when its videos went because they
        were kept long enough.
    status, progress, reason
        How far the analysis is, as a share, and why it failed.
    attempts, worker_id, cancel_asked
        How often a worker began, which one has it, and whether it shall end.
    report
        What was found; None until it is done.
    """

    id: str
    person_id: str | None
    session_id: str | None
    account_id: str | None
    origin: Origin
    source_name: str
    source_sha256: str | None
    source_bytes: int
    probe: dict[str, Any] | None
    movement: str
    tape: bool
    language: str
    filmed_at: datetime
    filmed_at_source: FilmedAtSource
    created_at: datetime
    status: Status
    progress: float | None
    reason: str | None
    attempts: int
    priority: int
    cancel_asked: bool
    worker_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    pain: int | None
    videos_removed_at: datetime | None
    report: StoredReport | None

    @classmethod
    def of(cls, row: Set, report: ReportRow | None = None) -> Self:
        """Read a row, and that of its report."""
        columns = {column.name: getattr(row, column.name) for column in Set.__table__.columns}
        columns |= {"origin": Origin(row.origin), "status": Status(row.status)}
        columns["filmed_at_source"] = FilmedAtSource(row.filmed_at_source)
        return cls(**columns, report=None if report is None else StoredReport.of(report))

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more happens by itself."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """One visit of a person.

    Attributes
    ----------
    id, person_id
        Of the visit, and whose it is.
    started_at
        When its first set was filmed.
    title
        As given; empty by default.
    """

    id: str
    person_id: str
    started_at: datetime
    title: str

    @classmethod
    def of(cls, row: Session) -> Self:
        """Read a row."""
        return cls(id=row.id, person_id=row.person_id, started_at=row.started_at, title=row.title)


def add_set(database: Database, new: NewSet) -> StoredSet:
    """Add a set that waits.

    Raises
    ------
    PersonError
        When its person is not there.
    """
    with database.transaction() as transaction:
        return add_set_in(transaction, new)


def add_set_in(transaction: Transaction, new: NewSet) -> StoredSet:
    """Add a set that waits, in a transaction that the caller has begun.

    Raises
    ------
    PersonError
        When its person is not there.
    """
    return StoredSet.of(_insert(transaction, new))


def add_done_set(database: Database, new: NewSet, summary: SetSummary) -> StoredSet:
    """Add a set whose analysis is done, with what was found.

    Raises
    ------
    PersonError
        When its person is not there.
    """
    with database.transaction() as transaction:
        row = _insert(transaction, new)
        row.status, row.progress, row.ended_at = Status.DONE, 1.0, now()
        report = _report_row(row.id, summary)
        transaction.add(report)
        transaction.flush()
        return StoredSet.of(row, report)


def find_set(database: Database, set_id: str) -> StoredSet | None:
    """Find a set by id; None when there is none."""
    with database.reading() as transaction:
        found = transaction.execute(_WITH_REPORT.where(Set.id == set_id)).one_or_none()
        return None if found is None else StoredSet.of(*found)


def list_sets(
    database: Database,
    *,
    person_id: str | None = None,
    session_id: str | None = None,
    account_id: str | None = None,
    limit: int = 100,
    before: str | None = None,
) -> tuple[StoredSet, ...]:
    """List sets, the latest filmed first.

    Parameters
    ----------
    database
        Where they are kept.
    person_id, session_id, account_id
        Only those of this person, this visit, or this account.
    limit
        Most sets, up to `MOST_LISTED`.
    before
        Id of the last set of the page before; None for the first page.

    Raises
    ------
    SetError
        When there is no set to go on from.
    """
    wanted = _WITH_REPORT.order_by(Set.filmed_at.desc(), Set.id.desc())
    given = {Set.person_id: person_id, Set.session_id: session_id, Set.account_id: account_id}
    for column, value in given.items():
        if value is not None:
            wanted = wanted.where(column == value)
    with database.reading() as transaction:
        if before is not None:
            wanted = _after(wanted, existing_set(transaction, before))
        rows = transaction.execute(wanted.limit(max(1, min(limit, MOST_LISTED))))
        return tuple(StoredSet.of(*row) for row in rows)


def mark_working(database: Database, set_id: str, worker_id: str) -> bool:
    """Note that a worker begins, and count the attempt; tell whether the set takes it."""
    values = {"status": Status.WORKING, "worker_id": worker_id, "attempts": Set.attempts + 1}
    begun = func.coalesce(Set.started_at, now())
    return _change(database, set_id, **values, started_at=begun)


def mark_progress(database: Database, set_id: str, share: float | None) -> bool:
    """Note how far the analysis is; tell whether the set takes it."""
    return _change(database, set_id, progress=share)


def mark_done(database: Database, set_id: str, summary: SetSummary) -> bool:
    """Note what was found, all in one transaction; tell whether the set takes it."""
    with database.transaction() as transaction:
        if not _update(transaction, set_id, status=Status.DONE, progress=1.0, ended_at=now()):
            return False
        transaction.merge(_report_row(set_id, summary))
        return True


def mark_failed(database: Database, set_id: str, reason: str) -> bool:
    """Note why there is no report, in words for the person; tell whether the set takes it."""
    kept = reason.replace("\0", "")[:LONGEST_REASON]
    return _change(database, set_id, status=Status.FAILED, reason=kept, ended_at=now())


def mark_cancelled(database: Database, set_id: str) -> bool:
    """Note that the analysis was ended on request; tell whether the set takes it."""
    return _change(database, set_id, status=Status.CANCELLED, ended_at=now())


def ask_cancel(database: Database, set_id: str) -> bool:
    """Ask for the end of an analysis: at once when it waits, else its worker ends it.

    Returns
    -------
    bool
        Whether there was anything to end.
    """
    with database.transaction() as transaction:
        waits = Set.status == Status.QUEUED
        ended = {"status": Status.CANCELLED, "ended_at": now(), "cancel_asked": True}
        return _update(transaction, set_id, waits, **ended) or _update(
            transaction, set_id, cancel_asked=True
        )


def change_priority(database: Database, set_id: str, priority: int) -> bool:
    """Put a set before or behind others; tell whether it was still to come."""
    return _change(database, set_id, priority=priority)


def note_pain(database: Database, set_id: str, pain: int) -> bool:
    """Note how sore a set was, 0 to 10, whatever its status; tell whether it is there."""
    with database.transaction() as transaction:
        statement = update(Set).where(Set.id == set_id).values(pain=pain)
        return bool(transaction.execute(statement.returning(Set.id)).all())


def restart(database: Database, set_id: str) -> StoredSet:
    """Begin a set anew that failed or was cancelled.

    Raises
    ------
    SetError
        When there is no such set, or its analysis did not end that way.
    """
    with database.transaction() as transaction:
        return restart_in(transaction, set_id)


def restart_in(transaction: Transaction, set_id: str) -> StoredSet:
    """Begin a set anew that failed or was cancelled, in a transaction that the caller has begun.

    Raises
    ------
    SetError
        When there is no such set, or its analysis did not end that way.
    """
    ended = (Status.FAILED, Status.CANCELLED)
    return _begin_anew(transaction, set_id, ended, "failed or was cancelled")


def redo_in(transaction: Transaction, set_id: str) -> StoredSet:
    """Begin a set anew that is done, in a transaction that the caller has begun.

    What was found in it goes from the database; whoever calls sees to its files.

    Raises
    ------
    SetError
        When there is no such set, or it is not done.
    """
    begun = _begin_anew(transaction, set_id, (Status.DONE,), "is done")
    transaction.execute(delete(ReportRow).where(ReportRow.set_id == set_id))
    return begun


def session_for(database: Database, person_id: str, at: datetime | None = None) -> StoredSession:
    """Return the visit that a set of a person belongs to; a new one when there is none.

    Parameters
    ----------
    database
        Where visits are kept.
    person_id
        Whose set it is.
    at
        When it was filmed; now by default.

    Raises
    ------
    PersonError
        When there is no such person.
    """
    with database.transaction() as transaction:
        return StoredSession.of(_visit(transaction, person_id, at or now()))


def visit_in(
    transaction: Transaction, person_id: str | None, filmed_at: datetime, source: FilmedAtSource
) -> str | None:
    """Return the id of the visit that a set belongs to, in a transaction of the caller.

    Parameters
    ----------
    transaction
        The caller's.
    person_id
        Whose set it is; None when nobody said.
    filmed_at, source
        When it was filmed, and where that is known from.

    Returns
    -------
    str or None
        A visit as `session_for` finds it; None where nobody knows that the set was filmed with
        others.

    Raises
    ------
    PersonError
        When there is no such person.
    """
    if person_id is None or not source.is_exact:
        return None
    return _visit(transaction, person_id, filmed_at).id


def list_sessions(
    database: Database, *, person_id: str | None = None, limit: int = 100
) -> tuple[StoredSession, ...]:
    """List visits, the latest first; those of one person when asked."""
    wanted = select(Session).order_by(Session.started_at.desc(), Session.id)
    if person_id is not None:
        wanted = wanted.where(Session.person_id == person_id)
    with database.reading() as transaction:
        rows = transaction.scalars(wanted.limit(max(1, min(limit, MOST_LISTED))))
        return tuple(StoredSession.of(row) for row in rows)


def existing_set(transaction: Transaction, set_id: str) -> Set:
    """Return the row of a set.

    Raises
    ------
    SetError
        When there is none.
    """
    row = transaction.get(Set, set_id)
    if row is None:
        msg = f"expected the id of a set, got {set_id!r}: choose one of the list"
        raise SetError(msg)
    return row


_SetsSelect: TypeAlias = "Select[Set, ReportRow]"

_WITH_REPORT: Final = select(Set, ReportRow).outerjoin(ReportRow, ReportRow.set_id == Set.id)


def _insert(transaction: Transaction, new: NewSet) -> Set:
    if new.person_id is not None:
        existing_person(transaction, new.person_id)
    columns = {name: getattr(new, name) for name in NewSet.__dataclass_fields__}
    row = Set(**columns | {"source_name": new.source_name[:MAX_FILE_NAME]})
    transaction.add(row)
    transaction.flush()
    return row


def _begin_anew(
    transaction: Transaction, set_id: str, ended: Sequence[Status], expected: str
) -> StoredSet:
    fresh = {"status": Status.QUEUED, "attempts": 0, "cancel_asked": False}
    cleared = dict.fromkeys(["progress", "reason", "worker_id", "started_at", "ended_at"])
    fits = update(Set).where(Set.id == set_id, Set.status.in_(ended))
    changed = transaction.execute(fits.values(**fresh, **cleared).returning(Set.id)).all()
    row = existing_set(transaction, set_id)
    if not changed:
        msg = (
            f"expected a set that {expected}, got one that is {row.status}: there is nothing to "
            "begin anew"
        )
        raise SetError(msg)
    transaction.refresh(row)
    return StoredSet.of(row)


def _visit(transaction: Transaction, person_id: str, filmed_at: datetime) -> Session:
    existing_person(transaction, person_id)
    # Sets of one person that come in together wait for each other's visit.
    transaction.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    during = and_(Session.started_at > filmed_at - VISIT, Session.started_at <= filmed_at)
    wanted = select(Session).where(Session.person_id == person_id, during)
    row = transaction.scalar(wanted.order_by(Session.started_at.desc()).limit(1))
    row = row or _visit_begun_later(transaction, person_id, filmed_at)
    if row is None:
        row = Session(person_id=person_id, started_at=filmed_at)
        transaction.add(row)
        transaction.flush()
    return row


def _visit_begun_later(
    transaction: Transaction, person_id: str, filmed_at: datetime
) -> Session | None:
    """Let a visit begin earlier whose first set comes in after others; None when there is none."""
    ends = filmed_at + VISIT
    during = and_(Session.started_at > filmed_at, Session.started_at < ends)
    wanted = select(Session).where(Session.person_id == person_id, during)
    row = transaction.scalar(wanted.order_by(Session.started_at).limit(1))
    if row is None:
        return None
    last = select(func.max(Set.filmed_at)).where(Set.session_id == row.id)
    if (transaction.scalar(last) or row.started_at) >= ends:
        return None
    row.started_at = filmed_at
    return row


def _after(wanted: _SetsSelect, last: Set) -> _SetsSelect:
    is_older = or_(
        Set.filmed_at < last.filmed_at,
        and_(Set.filmed_at == last.filmed_at, Set.id < last.id),
    )
    return wanted.where(is_older)


def _report_row(set_id: str, summary: SetSummary) -> ReportRow:
    return ReportRow(
        set_id=set_id,
        judged_as=summary.judged_as,
        recognised=summary.recognised,
        reps=summary.reps,
        cue=summary.cue,
        near_side=summary.near_side,
        metrics=list(summary.metrics),
        program_version=version("hingewise"),
        created_at=now(),
    )


def _change(database: Database, set_id: str, **values: Any) -> bool:  # noqa: ANN401 - of any column
    with database.transaction() as transaction:
        return _update(transaction, set_id, **values)


def _update(
    transaction: Transaction,
    set_id: str,
    *conditions: Any,  # noqa: ANN401 - SQL
    **values: Any,  # noqa: ANN401 - of any column
) -> bool:
    """Change a set that is not at its end; tell whether there was one."""
    is_open = Set.status.not_in(FINAL)
    statement = update(Set).where(Set.id == set_id, is_open, *conditions).values(**values)
    return bool(transaction.execute(statement.returning(Set.id)).all())
