"""The row of a set while it is analysed: who is at it, and how often this stretch was begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.store.tables import FINAL, Set, Status, now

if TYPE_CHECKING:
    from service.store.database import Database

ATTEMPTS: Final = 3
"""Times that one stretch of a video is begun before its analysis is given up (expert default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker needs to know about a set.

    Attributes
    ----------
    set_id
        The set.
    person_id
        Whose it is; None when nobody said.
    source_name
        Name of the video, for show.
    source_sha256
        Digest of the video; None when it is not known.
    movement
        Id of the movement that was meant, or ``"auto"``.
    tape
        Whether strips of tape are worn.
    language
        Language of the report.
    attempt
        Which attempt at this stretch it is; the first is 1.
    """

    set_id: str
    person_id: str | None
    source_name: str
    source_sha256: str | None
    movement: str
    tape: bool
    language: str
    attempt: int

    @property
    def is_last(self) -> bool:
        """Tell whether no further attempt follows."""
        return self.attempt >= ATTEMPTS


def begin(database: Database, set_id: str, worker_id: str) -> Job | Status:
    """Note that a worker begins a stretch of a set, and return what it needs to know.

    Parameters
    ----------
    database
        Where the row is.
    set_id
        The set.
    worker_id
        Who begins.

    Returns
    -------
    Job or Status
        What there is to do; or how it ended when there is nothing more to do: the row is final or
        was erased, somebody asked to cancel, or it was begun too often already (then ``FAILED``,
        which the row does not say yet).

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        row = session.get(Set, set_id)
        if row is None or row.cancel_asked:
            return Status.CANCELLED
        if row.status in FINAL:
            return Status(row.status)
        row.worker_id = worker_id
        if row.attempts >= ATTEMPTS:
            return Status.FAILED
        row.status = Status.WORKING
        row.attempts += 1
        row.started_at = row.started_at or now()
        return _job(row)


def _job(row: Set) -> Job:
    return Job(
        set_id=row.id,
        person_id=row.person_id,
        source_name=row.source_name,
        source_sha256=row.source_sha256,
        movement=row.movement,
        tape=row.tape,
        language=row.language,
        attempt=row.attempts,
    )


def note_done(database: Database, set_id: str) -> bool:
    """Note that a stretch is done, so that the next has all its attempts; tell whether the set is.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        row = session.get(Set, set_id)
        if row is not None:
            row.attempts = 0
        return row is not None


def note_handed_back(database: Database, set_id: str, worker_id: str) -> None:
    """Note that a worker left a set undone for a reason that is not the set's.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        row = session.get(Set, set_id)
        if row is None or row.worker_id != worker_id or row.status != Status.WORKING:
            return
        row.status = Status.QUEUED
        row.worker_id = None
        row.attempts = max(0, row.attempts - 1)


def note_waiting(database: Database, set_id: str, worker_id: str) -> None:
    """Note that a set waits again because its worker is dead; the attempt counts.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        row = session.get(Set, set_id)
        if row is not None and row.worker_id == worker_id and row.status == Status.WORKING:
            row.status = Status.QUEUED
            row.worker_id = None


def is_wanted(database: Database, set_id: str) -> bool:
    """Tell whether a set is there and nobody asked to cancel it.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.reading() as session:
        row = session.get(Set, set_id)
        return row is not None and not row.cancel_asked
