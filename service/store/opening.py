"""Opening what the service keeps, where the settings say that it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from service.store.blobs import Blobs
from service.store.database import Database, default_url
from service.store.earlier_calibrations import take_over
from service.store.schema import upgrade
from vision.errors import StoreError

if TYPE_CHECKING:
    from service.settings import Settings

SPOOL: Final = "uploads"
"""Folder in the data folder for videos on their way in."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stores:
    """Everything that the service keeps. Safe to use from several threads.

    Attributes
    ----------
    database
        Rows.
    blobs
        Videos and files.
    spool
        Folder for videos on their way in, one file each, named by the upload's id.
    """

    database: Database
    blobs: Blobs
    spool: Path

    def close(self) -> None:
        """Let go of the database. Closing twice is harmless."""
        self.database.close()

    def __enter__(self) -> Self:
        """Use the stores in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close them."""
        self.close()


def open_stores(settings: Settings) -> Stores:
    """Open database and files, and make what is not there yet, for its owner alone.

    Any number of programs may open the same ones at once.

    Raises
    ------
    StoreError
        When a folder cannot be made, the database or the store cannot be reached, or the database
        was made by a newer version of the program.
    """
    spool = settings.data / SPOOL
    make_private(settings.data)
    make_private(spool)
    if settings.store is None:
        make_private(settings.data / "sets")
    url = settings.database or default_url(settings.data)
    database = Database(url)
    try:
        _make_private_file(database)
        if upgrade(database):
            take_over(database, settings.data)
        blobs = Blobs(settings.store or settings.data)
        blobs.look()
    except BaseException:
        database.close()
        raise
    return Stores(database=database, blobs=blobs, spool=spool)


def make_private(folder: Path) -> None:
    """Make a folder for its owner alone: how people move is theirs.

    Raises
    ------
    StoreError
        When it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _make_private_file(database: Database) -> None:
    """Make the file of SQLite before SQLite does, which would let others read it."""
    file = database.engine.url.database
    if not database.is_sqlite or not file:
        return
    try:
        Path(file).touch(mode=0o600)
    except OSError as error:
        raise _unwritable(Path(file), error) from error


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"expected to be able to write {path}, but {error.strerror or error}: check that it is "
        "yours, or name another folder in HINGEWISE_DATA"
    )
