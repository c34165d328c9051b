"""How jobs go, read for everybody who watches at once: one look at the database for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased
from starlette.concurrency import run_in_threadpool

from service.jobs.heartbeat import is_any_alive
from service.store.tables import FINAL, Set, Status
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from service.store.database import Database

LOOK_EVERY_S: Final = 0.5
"""How often the database is looked at while somebody watches."""

MOST_WATCHERS: Final = 500


class TooManyWatchersError(StoreError):
    """More watch than one server takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a job goes.

    Attributes
    ----------
    id
        Of the job, and of its set.
    status, progress, reason
        How far it is, and why it failed.
    place
        In the queue, from 1, while it waits.
    has_worker
        Whether any worker runs, while it waits.
    priority
        1 is first.
    attempts
        How often the stretch that is under way was begun; 0 when none is.
    source_name
        Of the video.
    created_at, started_at, ended_at
        When.
    """

    id: str
    status: Status
    progress: float | None
    reason: str | None
    place: int | None
    has_worker: bool | None
    priority: int
    attempts: int
    source_name: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more happens."""
        return self.status in FINAL

    @property
    def version(self) -> str:
        """Name this state of the job, so that whoever saw it need not be told again."""
        parts = (self.status, _whole_percent(self.progress), self.place, self.has_worker)
        return "-".join(str(part) for part in (*parts, self.priority, self.attempts))


def read_job(database: Database, set_id: str, *, dead_s: float) -> JobState | None:
    """Read how a job goes; None when there is none."""
    return read_jobs(database, [set_id], dead_s=dead_s).get(set_id)


def read_jobs(database: Database, ids: Collection[str], *, dead_s: float) -> dict[str, JobState]:
    """Read how some jobs go, in one look; what there is not is left out.

    Parameters
    ----------
    database
        Holds the jobs.
    ids
        Of the jobs.
    dead_s
        Seconds without a sign of life after which a worker counts as dead.
    """
    with database.reading() as session:
        rows = session.scalars(select(Set).where(Set.id.in_(ids))).all()
        waiting = [row.id for row in rows if row.status == Status.QUEUED]
        places = _places(session, waiting) if waiting else {}
        has_worker = is_any_alive(session, dead_s=dead_s) if waiting else None
        return {row.id: _state(row, places.get(row.id), has_worker=has_worker) for row in rows}


class JobFeed:
    """Tells watchers about changes. Lives in one event loop.

    Parameters
    ----------
    database
        Holds the jobs.
    look_every_s
        How often it is looked at.
    dead_s
        Seconds without a sign of life after which a worker counts as dead.
    """

    def __init__(
        self, database: Database, look_every_s: float = LOOK_EVERY_S, *, dead_s: float
    ) -> None:
        self._read = partial(read_jobs, database, dead_s=dead_s)
        self._look_every_s = look_every_s
        self._watched: dict[str, int] = {}
        self._known: dict[str, JobState | None] = {}
        self._changed = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None

    async def watch(self, set_id: str, *, seen: str = "") -> AsyncIterator[JobState]:
        """Yield the state of a job now and at every change, until it is final or gone.

        Progress is told in whole percents.

        Parameters
        ----------
        set_id
            The job.
        seen
            Version of the state that is known already and is not told again.

        Raises
        ------
        TooManyWatchersError
            When there is no room for another watcher.
        """
        self.check_room()
        self._add(set_id)
        try:
            state = (await run_in_threadpool(self._read, [set_id])).get(set_id)
            while state is not None:
                if state.version != seen:
                    yield replace(state, progress=_whole_percent(state.progress))
                if state.is_final:
                    return
                seen = state.version
                state = await self._next(set_id, seen)
        finally:
            self._drop(set_id)

    def check_room(self) -> None:
        """Find out whether another one may watch.

        Raises
        ------
        TooManyWatchersError
            When there is no room for another watcher.
        """
        if sum(self._watched.values()) >= MOST_WATCHERS:
            msg = "expected fewer who watch at once: ask for the job itself now and then instead"
            raise TooManyWatchersError(msg)

    def _add(self, set_id: str) -> None:
        self._watched[set_id] = self._watched.get(set_id, 0) + 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def _drop(self, set_id: str) -> None:
        self._watched[set_id] -= 1
        if not self._watched[set_id]:
            del self._watched[set_id]
            self._known.pop(set_id, None)
        if not self._watched and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _next(self, set_id: str, seen: str) -> JobState | None:
        """Wait for another state than the one that was seen; None when the job is gone."""
        async with self._changed:
            while True:
                await self._changed.wait()
                if set_id not in self._known:  # not looked at yet
                    continue
                state = self._known[set_id]
                if state is None or state.version != seen:
                    return state

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            wanted = tuple(self._watched)
            try:
                found = await run_in_threadpool(self._read, wanted)
            except StoreError:  # the database is away; whoever watches goes on waiting
                continue
            async with self._changed:
                self._known = {set_id: found.get(set_id) for set_id in wanted}
                self._changed.notify_all()


def _places(session: Session, ids: Collection[str]) -> dict[str, int]:
    """Return the places in the queue of some jobs that wait."""
    other = aliased(Set)
    own = tuple_(Set.priority, Set.created_at, Set.id)
    is_not_behind = tuple_(other.priority, other.created_at, other.id) <= own
    count = select(func.count()).where(other.status == Status.QUEUED, is_not_behind)
    rows = session.execute(select(Set.id, count.scalar_subquery()).where(Set.id.in_(ids)))
    return {set_id: int(place) for set_id, place in rows}


def _whole_percent(share: float | None) -> float | None:
    return None if share is None else round(share, 2)


def _state(row: Set, place: int | None, *, has_worker: bool | None) -> JobState:
    return JobState(
        id=row.id,
        status=Status(row.status),
        progress=row.progress,
        reason=row.reason,
        place=place,
        has_worker=has_worker if row.status == Status.QUEUED else None,
        priority=row.priority,
        attempts=row.attempts,
        source_name=row.source_name,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
