"""How often people tried to sign in, name by name."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from service.accounts.passwords import Tries

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_NAMES: Final = 1000
"""Names whose tries are counted; past it, the one tried longest ago is forgotten."""


class LoginTries:
    """Counts tries for every name apart. Safe to use from several threads.

    Parameters
    ----------
    clock
        Seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, Tries] = OrderedDict()

    def begin(self, name: str) -> float:
        """Count a try before it is known whether it fits.

        Returns
        -------
        float
            0 when it may be made, else the seconds to wait; then it was not counted.
        """
        with self._lock:
            tries = self._tries.setdefault(name.casefold(), Tries())
            self._tries.move_to_end(name.casefold())
            while len(self._tries) > MOST_NAMES:
                self._tries.popitem(last=False)
            wait_s = tries.wait_s(self._clock())
            if wait_s == 0:
                tries.take(self._clock())
            return wait_s

    def succeeded(self, name: str) -> None:
        """Begin to count anew: the last try fitted."""
        with self._lock:
            self._tries.pop(name.casefold(), None)
