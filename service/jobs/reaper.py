"""Jobs of dead workers go to workers that live; what is kept too long is removed."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from service.jobs.attempts import note_waiting
from service.jobs.heartbeat import sort_out
from service.store.retention import sweep
from service.store.tables import now
from vision.errors import StoreError

if TYPE_CHECKING:
    from service.jobs.engine import Held, Queue
    from service.jobs.heartbeat import Heartbeat
    from service.settings import Settings
    from service.store.opening import Stores

SWEEP_S: Final = 3600.0
"""Time between two looks for what is kept too long."""

KEPT_OF_JOBS: Final = timedelta(days=7)
"""How long the engine's records of ended jobs are kept, for whoever looks into what happened."""

LONGEST_ROUND_S: Final = 5.0
"""Longest time between two looks for dead workers."""

_log = logging.getLogger(__name__)


class Reaper:
    """Looks after dead workers and old files in a thread of its own; every worker has one.

    Parameters
    ----------
    stores
        Rows and files.
    queue
        The jobs.
    heartbeat
        That of this worker.
    settings
        When a worker counts as dead, and how long what is kept.
    worker_id
        This worker.
    """

    def __init__(
        self,
        stores: Stores,
        queue: Queue,
        heartbeat: Heartbeat,
        *,
        settings: Settings,
        worker_id: str,
    ) -> None:
        self._stores = stores
        self._queue = queue
        self._heartbeat = heartbeat
        self._settings = settings
        self._worker_id = worker_id
        self._swept_s: float | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reaper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way. Stopping twice is harmless."""
        self._ending.set()
        self._thread.join()

    def __enter__(self) -> Self:
        """Use the reaper in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        every_s = min(LONGEST_ROUND_S, self._settings.dead_s / 2)
        while True:
            try:
                self._round()
            except StoreError as error:
                _log.warning("no look at other workers: %s", error)
            if self._ending.wait(every_s):
                return

    def _round(self) -> None:
        alive = reap(
            self._stores,
            self._queue,
            dead_s=self._settings.dead_s,
            forget_stale=self._heartbeat.is_steady,
        )
        is_due = self._swept_s is None or time.monotonic() - self._swept_s >= SWEEP_S
        if is_due and alive[:1] == (self._worker_id,):  # one at a time: the one that began first
            self._sweep()

    def _sweep(self) -> None:
        swept = sweep(self._stores, self._settings.retention, now())
        while self._queue.forget_ended(now() - KEPT_OF_JOBS):
            pass
        self._swept_s = time.monotonic()
        _log.info("removed what was kept long enough: %s", swept)


def reap(stores: Stores, queue: Queue, *, dead_s: float, forget_stale: bool) -> tuple[str, ...]:
    """Hand the jobs of dead workers back, and return the workers that are alive.

    Parameters
    ----------
    stores
        Rows and files.
    queue
        The jobs.
    dead_s
        Seconds without a sign after which a worker is dead.
    forget_stale
        Whether signs that are too old count; else only workers without a row are dead.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    # In this order: whoever takes a job in between has a row by the second look.
    held = queue.held()
    alive = sort_out(stores.database, dead_s=dead_s, forget_stale=forget_stale)
    for job in held:
        if job.worker_id not in alive:
            _hand_back(stores, queue, job)
    return alive


def _hand_back(stores: Stores, queue: Queue, job: Held) -> None:
    note_waiting(stores.database, job.set_id, job.worker_id)
    if queue.hand_back(job):
        _log.warning("worker %s ended; its video %s goes on", job.worker_id, job.set_id)
