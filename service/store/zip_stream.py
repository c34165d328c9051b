"""A ZIP archive that is written while it is sent."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from service.store.blobs import Blobs

MEDIA_TYPE: Final = "application/zip"

_PACKED: Final = frozenset({".mp4", ".mov", ".mkv", ".webm", ".npz", ".gz"})
"""Suffixes of files that would not become smaller."""

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""First time that a ZIP can keep."""


class ZipStream:
    """Writes an archive of which only what was not yet taken is held in memory.

    Examples
    --------
    >>> with ZipStream() as archive:  # doctest: +SKIP
    ...     yield from archive.blob(blobs, "sets/1/report.json", "report.json", at)
    >>> yield archive.taken()  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]  # a file that cannot seek is enough

    def text(self, name: str, content: str) -> None:
        """Add a text."""
        self._archive.writestr(name, content)

    def blob(self, blobs: Blobs, key: str, name: str, at: datetime) -> Iterator[bytes]:
        """Add what is kept under a key, and yield what is ready to be sent.

        Parameters
        ----------
        blobs
            The store.
        key
            In the store.
        name
            In the archive.
        at
            When it was made.

        Raises
        ------
        StoreError
            When it cannot be read.
        """
        year, month, day, hour, minute, second = at.timetuple()[:6]
        made = max((year, month, day, hour, minute, second), _EARLIEST)
        entry = zipfile.ZipInfo(name, made)
        is_packed = PurePosixPath(name.lower()).suffix in _PACKED
        entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for part in blobs.read(key):
                file.write(part)
                yield self.taken()

    def taken(self) -> bytes:
        """Return what was written since the last time; the rest of it after the end."""
        return self._outlet.taken()

    def __enter__(self) -> Self:
        """Use the archive in a ``with`` block, whose end writes its list of files."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Write the list of files."""
        self._archive.close()


class _Outlet:
    """What `zipfile` writes into, and what is taken out of as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
