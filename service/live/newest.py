"""A place for one thing: the newest wins, what it replaces is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NewestSlot(Generic[Item]):
    """Hands the newest item from threads that put to the one that takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._dropped = 0
        self._woken = False
        self._closed = False

    @property
    def dropped(self) -> int:
        """How many items a newer one replaced before they were taken."""
        with self._changed:
            return self._dropped

    def put(self, item: Item) -> None:
        """Leave an item, in place of one that was not taken; nothing after `close`."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._item is not None
            self._item = item
            self._changed.notify_all()

    def count_dropped(self) -> None:
        """Count an item that was not even put here."""
        with self._changed:
            self._dropped += 1

    def wake(self) -> None:
        """Make a `take` that waits, or the next one, return without an item."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def take(self, timeout_s: float) -> Item | None:
        """Wait for an item and take it.

        Returns
        -------
        Item or None
            None when woken, closed, or nothing came in time.
        """
        with self._changed:
            self._changed.wait_for(self._has_news, timeout_s)
            self._woken = False
            item, self._item = self._item, None
            return item

    def close(self) -> None:
        """Forget what is here and take nothing more. Closing twice is harmless."""
        with self._changed:
            self._closed = True
            self._item = None
            self._changed.notify_all()

    def _has_news(self) -> bool:
        return self._item is not None or self._woken or self._closed
