"""How many people can be coached at once: each has a station, and there are so many."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Station:
    """One person's place; use it in a ``with`` block or release it.

    Attributes
    ----------
    number
        From 1; the lowest one that was free.
    """

    def __init__(self, number: int, give_back: Callable[[int], None]) -> None:
        self.number = number
        self._give_back = give_back
        self._lock = threading.Lock()
        self._held = True

    def release(self) -> None:
        """Make it free for the next person. Releasing twice is harmless."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._give_back(self.number)

    def __enter__(self) -> Self:
        """Use the station in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Release it."""
        self.release()


class Stations:
    """All stations.

    Parameters
    ----------
    limit
        How many there are, at least one.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            msg = f"expected at least one station, got {limit}: set stations to 1 or more"
            raise ValueError(msg)
        self._lock = threading.Lock()
        self._free = set(range(1, limit + 1))
        self._limit = limit

    @property
    def limit(self) -> int:
        """How many there are."""
        return self._limit

    @property
    def taken(self) -> int:
        """How many are taken."""
        with self._lock:
            return self._limit - len(self._free)

    def acquire(self) -> Station | None:
        """Take the lowest free station; None when all are taken."""
        with self._lock:
            if not self._free:
                return None
            number = min(self._free)
            self._free.remove(number)
        return Station(number, self._give_back)

    def _give_back(self, number: int) -> None:
        with self._lock:
            self._free.add(number)
