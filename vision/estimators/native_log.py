"""Keeps known start-up chatter of a native library off the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STDERR: Final = 2
_lock = threading.Lock()


@contextmanager
def chatter_removed(chatter: Sequence[bytes]) -> Iterator[None]:
    """Hold back what the process writes to its standard error, then pass on all but the chatter.

    For libraries that write to the file descriptor itself and offer no switch. Only lines that
    contain one of ``chatter`` are dropped; everything else is written when the block ends, also
    what other threads wrote meanwhile.

    Parameters
    ----------
    chatter
        Parts of the lines to drop.
    """
    with _lock, tempfile.TemporaryFile() as held:
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # the process has no standard error
            yield
            return
        _flush()
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            _flush()
            os.dup2(terminal, _STDERR)
            os.close(terminal)
            _pass_on(held, chatter)


def _pass_on(held: BinaryIO, chatter: Sequence[bytes]) -> None:
    held.seek(0)
    kept = b"".join(line for line in held if not any(part in line for part in chatter))
    if kept:
        os.write(_STDERR, kept)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
