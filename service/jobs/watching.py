"""Looks at a set's row while it is worked on, and tells it how far the work is; not too often."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from service.jobs.attempts import is_wanted
from service.store.sets import mark_progress
from vision.errors import StoreError

if TYPE_CHECKING:
    import threading

    from service.store.database import Database

LOOK_EVERY_S: Final = 1.0
"""How often the row is looked at."""

TELL_EVERY_S: Final = 0.5
"""How often it is told how far the work is."""


class Watching:
    """What the child that works on a video is asked and told, on its way to the row.

    A database that is away stops nothing: the work goes on, and is told later.

    Parameters
    ----------
    database
        Where the row is.
    set_id
        Which set.
    stopping
        Set when the worker is to end.
    begins_at, ends_at
        Which part of the whole analysis this work is, as shares of it.
    """

    def __init__(
        self,
        database: Database,
        set_id: str,
        *,
        stopping: threading.Event,
        begins_at: float,
        ends_at: float,
    ) -> None:
        self._database = database
        self._set_id = set_id
        self._stopping = stopping
        self._begins_at = begins_at
        self._ends_at = ends_at
        self._next_look_s = 0.0
        self._next_word_s = 0.0
        self._furthest = begins_at

    def should_stop(self) -> bool:
        """Tell whether the work is no longer wanted here."""
        at_s = time.monotonic()
        if self._stopping.is_set() or at_s < self._next_look_s:
            return self._stopping.is_set()
        self._next_look_s = at_s + LOOK_EVERY_S
        with suppress(StoreError):
            return not is_wanted(self._database, self._set_id)
        return False

    def note_progress(self, share: float | None) -> None:
        """Note how far this part of the work is; it goes forward only."""
        if share is None:
            return
        whole = self._begins_at + share * (self._ends_at - self._begins_at)
        self._furthest = max(self._furthest, whole)
        at_s = time.monotonic()
        if at_s >= self._next_word_s:
            self._next_word_s = at_s + TELL_EVERY_S
            with suppress(StoreError):
                mark_progress(self._database, self._set_id, self._furthest)
