"""Where videos on their way in are received: one file each, one sender at a time.

The size of a file is how far its upload is, so what came stays when a sender is cut off, or the
server ends.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from vision.errors import HingewiseError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_READ_BYTES: Final = 1024 * 1024

_MOST_DIGESTS: Final = 256
"""Uploads whose digest is carried on from part to part; that of others is read from the file."""


class NoRoomError(OutputError):
    """The disk is full."""


class BusySenderError(HingewiseError):
    """Another sender is at the same upload."""


class Spool:
    """A folder for videos on their way in. Safe to use from several threads.

    Parameters
    ----------
    folder
        Exists; every file in it is named by the id of an upload.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._sending: set[str] = set()
        self._digests: OrderedDict[str, tuple[int, hashlib._Hash]] = OrderedDict()

    def path(self, upload_id: str) -> Path:
        """Name the file of an upload."""
        return self._folder / upload_id

    def received(self, upload_id: str) -> int:
        """Return how many bytes of an upload are here."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def check_room(self, wanted: int) -> None:
        """Find out, before anything is sent, whether there is room for so many bytes.

        Raises
        ------
        NoRoomError
            When there is not.
        """
        free = shutil.disk_usage(self._folder).free
        if free < wanted:
            raise _full()

    @contextmanager
    def sole_sender(self, upload_id: str) -> Iterator[None]:
        """Keep others from sending to an upload while the block runs.

        Raises
        ------
        BusySenderError
            When somebody else is at it.
        """
        with self._lock:
            if upload_id in self._sending:
                msg = "expected one sender, but another one is at it: wait for it, then go on"
                raise BusySenderError(msg)
            self._sending.add(upload_id)
        try:
            yield
        finally:
            with self._lock:
                self._sending.discard(upload_id)

    @contextmanager
    def receiving(self, upload_id: str) -> Iterator[Receiver]:
        """Open the file of an upload to add to it; whatever was added stays."""
        path = self.path(upload_id)
        try:
            file = open(path, "ab", buffering=0, opener=_private)  # noqa: SIM115 - Path.open takes no opener
        except OSError as error:
            raise _refusal(path, error) from error
        with file:
            begin = os.fstat(file.fileno()).st_size
            receiver = Receiver(file.fileno(), path, self._take_digest(upload_id, begin))
            try:
                yield receiver
            finally:
                self._keep_digest(upload_id, begin + receiver.written, receiver.digest)

    def cut(self, upload_id: str, size: int) -> None:
        """Take back what was received past a size."""
        with self.path(upload_id).open("r+b") as file:
            file.truncate(size)
        with self._lock:
            self._digests.pop(upload_id, None)

    def sha256(self, upload_id: str) -> str:
        """Return the digest of what was received, without reading it where it was kept up."""
        digest = self._take_digest(upload_id, self.received(upload_id))
        if digest is None:
            with self.path(upload_id).open("rb") as file:
                digest = hashlib.file_digest(file, hashlib.sha256)
        return digest.hexdigest()

    def remove(self, upload_id: str) -> None:
        """Remove the file of an upload, if there is one."""
        with self._lock:
            self._digests.pop(upload_id, None)
        self.path(upload_id).unlink(missing_ok=True)

    def _take_digest(self, upload_id: str, size: int) -> hashlib._Hash | None:
        """Return the digest of the first `size` bytes, None when it is not known."""
        if size == 0:
            return hashlib.sha256()
        with self._lock:
            known, digest = self._digests.get(upload_id, (-1, None))
        return digest.copy() if digest is not None and known == size else None

    def _keep_digest(self, upload_id: str, size: int, digest: hashlib._Hash | None) -> None:
        if digest is None:
            return
        with self._lock:
            self._digests[upload_id] = (size, digest)
            self._digests.move_to_end(upload_id)
            while len(self._digests) > _MOST_DIGESTS:
                self._digests.popitem(last=False)


class Receiver:
    """Adds to the file of one upload and keeps its digest up.

    Parameters
    ----------
    descriptor
        Of the open file.
    path
        Of the file.
    digest
        Of what is in it; None when it is not known.
    """

    def __init__(self, descriptor: int, path: Path, digest: hashlib._Hash | None) -> None:
        self._descriptor = descriptor
        self._path = path
        self.digest: Final = digest
        self.written = 0

    def write(self, content: bytes) -> None:
        """Add bytes.

        Raises
        ------
        NoRoomError
            When the disk is full; what fitted stays.
        OutputError
            When they cannot be written for another reason.
        """
        rest = memoryview(content)
        while rest:
            try:
                count = os.write(self._descriptor, rest)
            except OSError as error:
                raise _refusal(self._path, error) from error
            if self.digest is not None:
                self.digest.update(rest[:count])
            self.written += count
            rest = rest[count:]

    def settle(self) -> Self:
        """Wait until what was added would outlast a power cut."""
        os.fsync(self._descriptor)
        return self


def _private(path: str, flags: int) -> int:
    """Open a file for its owner alone: how people move is theirs."""
    return os.open(path, flags, 0o600)


def _refusal(path: Path, error: OSError) -> OutputError:
    if error.errno in _NO_ROOM:
        return _full()
    return OutputError(
        f"expected to be able to write {path}, but {error.strerror or error}: check that it is "
        "yours, or name another data folder"
    )


def _full() -> NoRoomError:
    return NoRoomError(
        "expected room for the video, but the server's disk is full: what came is kept; go on when "
        "there is room again"
    )
