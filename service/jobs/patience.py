"""Waiting for a database or store that went away, and for nothing else."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, TypeVar

from service.jobs.engine import HandedBackError
from vision.errors import StoreError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 5.0

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


def patiently(
    action: Callable[[], _Result], stopping: threading.Event, *, longest_s: float | None = None
) -> _Result:
    """Do something that needs the database or the store, and again until they are back.

    Parameters
    ----------
    action
        May be done twice without harm.
    stopping
        Set when this worker is to end; the job is handed back then.
    longest_s
        How long to wait altogether; None waits for as long as it takes.

    Raises
    ------
    StoreError
        When they were not back after `longest_s`.
    HandedBackError
        When the worker is to end.
    """
    began_s = time.monotonic()
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return action()
        except StoreError as error:
            waited_s = time.monotonic() - began_s
            if longest_s is not None and waited_s + wait_s > longest_s:
                raise
            _log.warning("waiting for database or store: %s", error)
        if stopping.wait(wait_s):
            raise HandedBackError
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
