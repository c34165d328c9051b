"""Erasing a person or a set everywhere, and the proof that nothing is left.

Rows go last, so that an erasure which was cut off can be run again: they name what there is to
erase. The proof does not trust what was done. It looks at every text of every table, at every key
of the store, at every file on its way in and at every job record anew.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import JSON, Column, String, cast, delete, func, or_, select, update

from service.store.blobs import set_prefix
from service.store.people import existing_person
from service.store.sets import existing_set
from service.store.tables import (
    Account,
    CalibrationRow,
    Note,
    Person,
    ReportRow,
    Role,
    Session,
    Set,
    Status,
    Table,
    Upload,
    now,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy import Table as SqlTable
    from sqlalchemy.orm import Session as Transaction

    from service.store.opening import Stores

    ForgetJobs = Callable[[Sequence[str]], int]
    JobRecords = Callable[[Sequence[str]], Mapping[str, int]]

PATIENCE_S: Final = 10.0
"""How long a worker that is at a set is waited for; it looks about once a second (expert default).
One that takes longer finds no set any more and keeps nothing."""

_LOOK_S: Final = 0.1
_AT_A_TIME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased, and what a second look found.

    Attributes
    ----------
    kind
        ``person`` or ``set``.
    id
        Of what was erased.
    at
        When.
    removed
        How many of each kind were removed: rows by table, ``files``, ``spool_files`` (videos on
        their way in), ``job_records``.
    looked_at
        How many places of each kind were looked at afterwards.
    found
        What was still there, by place; it must be empty.
    """

    kind: str
    id: str
    at: datetime
    removed: Mapping[str, int]
    looked_at: Mapping[str, int]
    found: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing was left."""
        return not self.found

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self) | {"at": self.at.isoformat(), "is_complete": self.is_complete}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traces:
    """Everything that one person, or one set, is known by."""

    person_id: str | None = None
    labels: frozenset[str] = frozenset()
    set_ids: frozenset[str] = frozenset()
    upload_ids: frozenset[str] = frozenset()
    other_ids: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        own = frozenset() if self.person_id is None else frozenset({self.person_id})
        return own | self.set_ids | self.upload_ids | self.other_ids

    @property
    def job_ids(self) -> list[str]:
        return sorted(self.set_ids | self.upload_ids)


def erase_person(
    stores: Stores,
    person_id: str,
    *,
    forget_jobs: ForgetJobs,
    job_records: JobRecords,
    patience_s: float = PATIENCE_S,
) -> Erasure:
    """Erase a person with all their sets, files, notes and job records, and prove it.

    The account of a member who is that person goes too; those of a coach and an owner stay and
    are nobody's any more.

    Parameters
    ----------
    stores
        Rows and files.
    person_id
        Who it is.
    forget_jobs
        Removes all that the queue keeps about ids, and returns how many records it was.
    job_records
        Counts the records of the queue that hold one of the ids anywhere, by place.
    patience_s
        Seconds to wait for workers that are at a set.

    Raises
    ------
    PersonError
        When there is no such person.
    StoreError
        When database or store cannot be reached. What was not erased yet is by erasing again.
    """
    traces = _traces_of_person(stores, person_id)
    removed: Counter[str] = Counter()
    while True:
        removed += _clean(stores, traces, forget_jobs, patience_s)
        with stores.database.transaction() as transaction:
            _keep_others_out(transaction, person_id)
            latest = _person_traces(transaction, person_id)
            if latest.ids <= traces.ids:
                removed += _delete_person(transaction, latest)
                break
        traces = latest  # a set came in meanwhile
    subject = {"kind": "person", "id": person_id, "removed": _counted(removed)}
    return _proven(stores, subject, traces, job_records)


def erase_set(
    stores: Stores,
    set_id: str,
    *,
    forget_jobs: ForgetJobs,
    job_records: JobRecords,
    patience_s: float = PATIENCE_S,
) -> Erasure:
    """Erase a set with its files, notes and job records, and prove it.

    Parameters
    ----------
    stores, forget_jobs, job_records, patience_s
        As for `erase_person`.
    set_id
        Which set.

    Raises
    ------
    SetError
        When there is no such set.
    StoreError
        When database or store cannot be reached. What was not erased yet is by erasing again.
    """
    with stores.database.reading() as transaction:
        existing_set(transaction, set_id)
        traces = _set_traces(transaction, set_id)
    removed = _clean(stores, traces, forget_jobs, patience_s)
    with stores.database.transaction() as transaction:
        removed += _delete_sets(transaction, traces)
    subject = {"kind": "set", "id": set_id, "removed": _counted(removed)}
    return _proven(stores, subject, traces, job_records)


def _traces_of_person(stores: Stores, person_id: str) -> _Traces:
    with stores.database.reading() as transaction:
        return _person_traces(transaction, person_id)


def _person_traces(transaction: Transaction, person_id: str) -> _Traces:
    person = existing_person(transaction, person_id)
    sets = frozenset(transaction.scalars(select(Set.id).where(Set.person_id == person_id)))
    is_theirs = or_(Upload.person_id == person_id, Upload.set_id.in_(sets))
    uploads = frozenset(transaction.scalars(select(Upload.id).where(is_theirs)))
    sessions = transaction.scalars(select(Session.id).where(Session.person_id == person_id))
    return _Traces(
        person_id=person_id,
        labels=frozenset({person.label, person.key}),
        set_ids=sets,
        upload_ids=uploads,
        other_ids=_notes(transaction, sets) | frozenset(sessions),
    )


def _keep_others_out(transaction: Transaction, person_id: str) -> None:
    """Let whoever adds something about a person wait, and then find nobody."""
    transaction.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def _set_traces(transaction: Transaction, set_id: str) -> _Traces:
    sets = frozenset({set_id})
    uploads = transaction.scalars(select(Upload.id).where(Upload.set_id == set_id))
    return _Traces(set_ids=sets, upload_ids=frozenset(uploads), other_ids=_notes(transaction, sets))


def _notes(transaction: Transaction, set_ids: frozenset[str]) -> frozenset[str]:
    return frozenset(transaction.scalars(select(Note.id).where(Note.set_id.in_(set_ids))))


# ---- removing --------------------------------------------------------------------------------


def _clean(
    stores: Stores, traces: _Traces, forget_jobs: ForgetJobs, patience_s: float
) -> Counter[str]:
    """End what is under way and remove all but the rows."""
    _end_jobs(stores, traces.set_ids, patience_s)
    removed = Counter({"job_records": forget_jobs(traces.job_ids) if traces.job_ids else 0})
    for set_id in traces.set_ids | traces.upload_ids:
        removed["files"] += stores.blobs.remove(set_prefix(set_id))
    for upload_id in traces.upload_ids:
        path = stores.spool / upload_id
        removed["spool_files"] += path.exists()
        path.unlink(missing_ok=True)
    return removed


def _end_jobs(stores: Stores, set_ids: frozenset[str], patience_s: float) -> None:
    """Let nobody begin, and wait until nobody is at work or patience ends."""
    theirs = Set.id.in_(set_ids)
    with stores.database.transaction() as transaction:
        waiting = update(Set).where(theirs, Set.status == Status.QUEUED)
        transaction.execute(waiting.values(status=Status.CANCELLED, ended_at=now()))
        transaction.execute(update(Set).where(theirs).values(cancel_asked=True))
    deadline = time.monotonic() + patience_s
    working = select(func.count()).select_from(Set).where(theirs, Set.status == Status.WORKING)
    while True:
        with stores.database.reading() as transaction:
            if not transaction.scalar(working):
                return
        if time.monotonic() >= deadline:
            return
        time.sleep(_LOOK_S)


def _delete_person(transaction: Transaction, traces: _Traces) -> Counter[str]:
    removed = _delete_sets(transaction, traces)
    member = Account.person_id == traces.person_id, Account.role == Role.MEMBER
    removed["accounts"] = _delete(transaction, Account, *member)
    for table in (CalibrationRow, Session):
        removed[table.__tablename__] = _delete(
            transaction, table, table.person_id == traces.person_id
        )
    removed["people"] = _delete(transaction, Person, Person.id == traces.person_id)
    return removed


def _delete_sets(transaction: Transaction, traces: _Traces) -> Counter[str]:
    """Delete what hangs from the sets by itself, too, so that it is counted."""
    removed: Counter[str] = Counter()
    for table in (Note, ReportRow):
        removed[table.__tablename__] = _delete(transaction, table, table.set_id.in_(traces.set_ids))
    removed["uploads"] = _delete(transaction, Upload, Upload.id.in_(traces.upload_ids))
    removed["sets"] = _delete(transaction, Set, Set.id.in_(traces.set_ids))
    return removed


def _delete(transaction: Transaction, table: type[Table], *conditions: ColumnElement[bool]) -> int:
    statement = delete(table).where(*conditions).returning(*table.__table__.primary_key)
    return len(transaction.execute(statement).all())


# ---- proving ---------------------------------------------------------------------------------


def _proven(
    stores: Stores, subject: dict[str, Any], traces: _Traces, job_records: JobRecords
) -> Erasure:
    stores.database.empty_log()
    looked_at, found = _look_everywhere(stores, traces)
    left = {f"job_records.{place}": count for place, count in _jobs(traces, job_records)}
    return Erasure(
        **subject,
        at=now(),
        looked_at=looked_at | {"job_ids": len(traces.job_ids)},
        found=found | left,
    )


def _counted(counter: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counter.items()) if count}


def _jobs(traces: _Traces, job_records: JobRecords) -> Iterable[tuple[str, int]]:
    records = job_records(traces.job_ids) if traces.job_ids else {}
    return ((place, count) for place, count in records.items() if count)


def _look_everywhere(stores: Stores, traces: _Traces) -> tuple[dict[str, int], dict[str, int]]:
    found: Counter[str] = Counter()
    columns = [
        (table, column)
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON)
    ]
    with stores.database.reading() as transaction:
        for table, column in columns:
            count = _rows_with(transaction, table, column, traces)
            found[f"{table.name}.{column.name}"] += count
    keys = stores.blobs.keys("")
    names = [path.name for path in stores.spool.iterdir()]
    found["files"] += _holding(keys, traces.ids)
    found["spool_files"] += _holding(names, traces.ids)
    looked_at = {"columns": len(columns), "files": len(keys), "spool_files": len(names)}
    return looked_at, _counted(found)


def _rows_with(
    transaction: Transaction, table: SqlTable, column: Column[Any], traces: _Traces
) -> int:
    """Count the rows in which a column holds one of the ids anywhere, or is one of the labels."""
    text, ids, count = cast(column, String), sorted(traces.ids), 0
    # A name to sign in with is nobody's label: the account of the person is found by the id.
    labels = frozenset() if table.name == Account.__tablename__ else traces.labels
    for begin in range(0, len(ids), _AT_A_TIME):
        part = ids[begin : begin + _AT_A_TIME]
        holds = or_(*(text.contains(one, autoescape=True) for one in part), text.in_(labels))
        count += transaction.scalar(select(func.count()).select_from(table).where(holds)) or 0
    return count


def _holding(names: Sequence[str], ids: frozenset[str]) -> int:
    return sum(1 for name in names if not ids.isdisjoint(name.split("/")))
