"""Signs of life: every worker has a row that it renews, by the clock of the database."""

from __future__ import annotations

import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import delete, func, select

from service.store.tables import Worker, now
from vision.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.database import Database

BEATS_PER_DEAD: Final = 4
"""Signs of life that must be missed in a row before a worker counts as dead."""

LONGEST_BEAT_S: Final = 5.0
"""Longest time between two signs of life."""

_log = logging.getLogger(__name__)


class Heartbeat:
    """Renews a worker's row in a thread of its own, from before it takes work until it ends.

    Parameters
    ----------
    database
        Where the row is.
    worker_id
        Whose it is.
    dead_s
        Seconds without a sign after which a worker counts as dead.

    Raises
    ------
    StoreError
        When the first sign cannot be given.
    """

    def __init__(self, database: Database, worker_id: str, *, dead_s: float) -> None:
        self._database = database
        self._worker_id = worker_id
        self._every_s = min(LONGEST_BEAT_S, dead_s / BEATS_PER_DEAD)
        self._ending = threading.Event()
        self._steady_since_s: float | None = time.monotonic()
        self._beaten_s = time.monotonic()
        self._dead_s = dead_s
        beat(database, worker_id)
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    @property
    def is_steady(self) -> bool:
        """Tell whether the signs came without a gap for as long as others need to count as dead.

        Where the database was away, everybody's last sign is old; that makes nobody dead.
        """
        since_s = self._steady_since_s
        return since_s is not None and time.monotonic() - since_s >= self._dead_s

    def stop(self) -> None:
        """Give no more signs; the last one stays. Stopping twice is harmless."""
        self._ending.set()
        self._thread.join()

    def __enter__(self) -> Self:
        """Use the heartbeat in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        while not self._ending.wait(self._every_s):
            try:
                beat(self._database, self._worker_id)
            except StoreError as error:
                _log.warning("no sign of life could be given: %s", error)
                self._steady_since_s = None
            else:
                self._note_beat()

    def _note_beat(self) -> None:
        at_s = time.monotonic()
        if self._steady_since_s is None or at_s - self._beaten_s > self._dead_s:
            self._steady_since_s = at_s
        self._beaten_s = at_s


def beat(database: Database, worker_id: str) -> None:
    """Give a sign of life.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        at = _database_time(session)
        row = session.get(Worker, worker_id)
        if row is None:
            row = Worker(
                id=worker_id,
                host=socket.gethostname()[:255],
                version=version("hingewise"),
                started_at=at,
            )
            session.add(row)
        row.last_beat_at = at


def leave(database: Database, worker_id: str) -> None:
    """Take a worker's row away: it has ended, and its jobs go to others at once.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        session.execute(delete(Worker).where(Worker.id == worker_id))


def sort_out(database: Database, *, dead_s: float, forget_stale: bool) -> tuple[str, ...]:
    """List the workers that are alive, the one that began first at the front.

    Parameters
    ----------
    database
        Where the rows are.
    dead_s
        Seconds without a sign after which a worker counts as dead.
    forget_stale
        Whether rows without a sign for so long are taken away; else those count as alive.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    with database.transaction() as session:
        if forget_stale:
            oldest = _database_time(session) - timedelta(seconds=dead_s)
            session.execute(delete(Worker).where(Worker.last_beat_at < oldest))
        alive = session.scalars(select(Worker.id).order_by(Worker.started_at, Worker.id))
        return tuple(alive)


def is_any_alive(session: Session, *, dead_s: float) -> bool:
    """Tell whether any worker gave a sign of life of late.

    Parameters
    ----------
    session
        Reads the rows.
    dead_s
        Seconds without a sign after which a worker counts as dead.
    """
    oldest = _database_time(session) - timedelta(seconds=dead_s)
    return (
        session.scalar(select(Worker.id).where(Worker.last_beat_at >= oldest).limit(1)) is not None
    )


def _database_time(session: Session) -> datetime:
    """Read the clock that all workers share; SQLite's is that of this machine."""
    bind = session.get_bind()
    if bind.dialect.name == "sqlite":
        return now()
    at = session.scalar(select(func.clock_timestamp()))
    return now() if at is None else at.astimezone(UTC)
