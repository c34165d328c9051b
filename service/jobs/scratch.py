"""Folders in which workers keep copies for as long as they work on them."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from service.store.opening import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER: Final = "work"
"""Folder in the data folder that the workers' folders lie in."""

_PARTS: Final = 3
"""Parts of a folder's name: host, process, and what makes it unique."""


@contextmanager
def scratch_folder(data: Path, worker_id: str) -> Iterator[Path]:
    """Give a worker an empty folder for its copies of videos, and remove it at the end.

    What workers of this machine left behind that were killed is removed too.

    Parameters
    ----------
    data
        The data folder.
    worker_id
        From `service.jobs.worker.new_worker_id`.

    Raises
    ------
    StoreError
        When it cannot be made.
    """
    parent = data / FOLDER
    make_private(parent)
    for left in parent.iterdir():
        if _is_left_behind(left.name):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / worker_id
    make_private(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_left_behind(worker_id: str) -> bool:
    parts = worker_id.rsplit("-", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != host() or not parts[1].isdecimal():
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(parts[1]), 0)
        except ProcessLookupError:
            return True
    return False


def host() -> str:
    """Return the name of this machine, fit for the name of a folder."""
    name = socket.gethostname()
    return "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in name)[:60]
