"""Videos and files: in a folder by default, in an S3-compatible store by its URL."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obstore.store import ObjectStore, RetryConfig

PART_BYTES: Final = 8 * 1024 * 1024
"""Bytes that are moved at a time."""

SENT_AT_A_TIME: Final = 2
"""Parts of 5 MiB that are sent at once. All have to arrive before a request of the library times
out, 30 s (``AWS_TIMEOUT``), also over a slow line: two need 3 Mbit/s, the twelve of its default 17.
"""

RETRIES: Final = 3
"""How often a request is tried again that failed."""

RETRY_S: Final = 20.0
"""For how long a failed request is tried again; less than one takes that times out, so that a
silent store is told after one of those. The library's default is three minutes: too long for
whoever waits for a page, and workers wait by themselves."""


class Blobs:
    """Bytes by key, such as ``sets/<id>/video.mp4``. Safe to use from several threads.

    Parameters
    ----------
    url
        A folder, or the URL of a store (``s3://bucket/prefix``); its credentials and its address
        come from the environment (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and the like).

    Raises
    ------
    StoreError
        When the URL is of no kind that is known, or the folder cannot be made.
    """

    def __init__(self, url: str | Path) -> None:
        self._folder = Path(url) if isinstance(url, Path) or "://" not in url else None
        try:
            self._store = _open(url, self._folder)
        except (BaseError, OSError, ValueError) as error:
            msg = (
                f"expected a folder or the URL of a store, but {_reason(error)}: give a path or "
                "s3://BUCKET/PREFIX"
            )
            raise StoreError(msg) from None

    def look(self) -> None:
        """Look whether the store answers, lets us in and has its bucket.

        Raises
        ------
        StoreError
            When it does not.
        """
        with _told("the store", "listed"):
            self._check_bucket()

    def put(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or a copy of a file, under a key, in place of what is there.

        Raises
        ------
        StoreError
            When they cannot be kept.
        """
        with _told(key, "kept"):
            obstore.put(self._store, key, content, max_concurrency=SENT_AT_A_TIME)

    def move_in(self, key: str, file: Path) -> None:
        """Keep a file under a key without a copy where the store is a folder of the same disk.

        The file is left where it is, for its owner to remove: until then whatever else is to be
        done with it can be tried again.

        Raises
        ------
        StoreError
            When it cannot be kept.
        """
        if not self._link(key, file):
            self.put(key, file)

    def get(self, key: str) -> bytes:
        """Return what is kept under a key.

        Raises
        ------
        StoreError
            When there is nothing or it cannot be read.
        """
        with _told(key, "read"):
            return bytes(obstore.get(self._store, key).bytes())

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield bytes from `start` up to `end` without holding all of them.

        Raises
        ------
        StoreError
            When there is nothing or it cannot be read.
        """
        with _told(key, "read"):
            size = self.size(key)
            stop = size if end is None else min(end, size)
            for begin in range(start, stop, PART_BYTES):
                part = min(begin + PART_BYTES, stop)
                yield bytes(obstore.get_range(self._store, key, start=begin, end=part))

    def fetch(self, key: str, target: Path) -> None:
        """Copy what is kept under a key to a file.

        Raises
        ------
        StoreError
            When there is nothing or it cannot be read.
        """
        with target.open("wb") as file:
            for part in self.read(key):
                file.write(part)

    def local_path(self, key: str) -> Path | None:
        """Return the file of a key where the store is a folder of this machine and has it."""
        if self._folder is None:
            return None
        path = self._folder / key
        return path if path.is_file() else None

    def size(self, key: str) -> int:
        """Return how many bytes are kept under a key.

        Raises
        ------
        StoreError
            When there is nothing or it cannot be read.
        """
        with _told(key, "read"):
            return int(obstore.head(self._store, key)["size"])

    def exists(self, key: str) -> bool:
        """Tell whether something is kept under a key.

        Raises
        ------
        StoreError
            When the store cannot be reached.
        """
        with _told(key, "read"):
            try:
                obstore.head(self._store, key)
            except FileNotFoundError:
                self._check_bucket()
                return False
            return True

    def keys(self, prefix: str) -> list[str]:
        """List the keys under a prefix that ends at a slash, such as ``sets/<id>/``.

        Raises
        ------
        StoreError
            When the store cannot be reached.
        """
        with _told(prefix, "listed"):
            listing = obstore.list(self._store, prefix=prefix.rstrip("/"))
            return sorted(str(entry["path"]) for part in listing for entry in part)

    def remove(self, prefix: str) -> int:
        """Remove everything under a prefix that ends at a slash, and return how much it was.

        Raises
        ------
        StoreError
            When it cannot be removed.
        """
        keys = self.keys(prefix)
        self.remove_keys(keys)
        return len(keys)

    def remove_keys(self, keys: Sequence[str]) -> None:
        """Remove what is kept under some keys; what is not there is no matter.

        Raises
        ------
        StoreError
            When it cannot be removed.
        """
        if not keys:
            return
        with _told(keys[0], "removed"):
            try:
                obstore.delete(self._store, list(keys))
            except FileNotFoundError:  # somebody else removes them too
                self._check_bucket()
                for key in keys:
                    with suppress(FileNotFoundError):
                        obstore.delete(self._store, key)

    def _check_bucket(self) -> None:
        """Raise where the whole bucket is not there: to ask for a key tells no difference."""
        if self._folder is None:
            next(iter(obstore.list(self._store)), None)

    def _link(self, key: str, file: Path) -> bool:
        """Give a file a second name in the store; False where that cannot be."""
        if self._folder is None:
            return False
        path = self._folder / key
        linked = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            linked.hardlink_to(file)
            linked.replace(path)
        except OSError:
            return False
        finally:
            with suppress(OSError):
                linked.unlink(missing_ok=True)
        return True


def set_prefix(set_id: str) -> str:
    """Return where everything of a set is kept."""
    return f"sets/{set_id}/"


class _told:  # noqa: N801 - reads as a word in a `with` line
    """Turns what the store raises into one line that says what to do."""

    def __init__(self, key: str, done: str) -> None:
        self._key, self._done = key, done

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Turn an error of the store into ours, which keeps nothing of it but the reason."""
        if isinstance(error, (BaseError, OSError, ValueError)):
            msg = (
                f"expected that {self._key} could be {self._done}, but {_reason(error)}: check "
                "that the store can be reached, lets us in and has room, then try again"
            )
            raise StoreError(msg) from None


def _reason(error: Exception) -> str:
    """Say in one line what a store said, without credentials.

    A store may answer with what it was asked, which holds the key's id and, where there is one, a
    token: of such an answer only the code is told.
    """
    text = str(error) or type(error).__name__
    line = text.splitlines()[0].partition("<")[0].rstrip(" :")
    code = re.search(r"<Code>(\w+)</Code>", text)
    return f"{line}, {code[1]}" if code else line


def _open(url: str | Path, folder: Path | None) -> ObjectStore:
    if folder is None:
        return from_url(str(url), retry_config=_retries())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder, automatic_cleanup=True)


def _retries() -> RetryConfig:
    return {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_S)}
