"""Answers that are files of the store: whole, a range of one, or many as a ZIP archive."""

import re
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.artefacts import ALL, PROXY
from service.headers import SELF_CONTAINED
from service.problems import ProblemError
from service.reviews.analysis import MOTION
from service.store.blobs import Blobs, set_prefix
from service.store.zip_stream import MEDIA_TYPE, ZipStream

NAMES: Final = ALL | {PROXY, MOTION}
"""Files of a set that may be asked for by name."""

PRIVATE: Final = {"cache-control": "private, no-store"}

_MEDIA_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".mot": "text/plain; charset=utf-8",
    ".mp4": "video/mp4",
    ".npz": "application/octet-stream",
    ".trc": "text/plain; charset=utf-8",
}

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def names_of(blobs: Blobs, set_id: str) -> list[str]:
    """List the files of a set that may be asked for."""
    prefix = set_prefix(set_id)
    kept = {key.removeprefix(prefix) for key in blobs.keys(prefix)}
    return sorted(kept & NAMES)


def media_type(name: str) -> str:
    """Return the kind of a file, by its suffix."""
    return _MEDIA_TYPES[PurePosixPath(name).suffix]


def file_response(blobs: Blobs, key: str, request: Request) -> Response:
    """Answer with a file, or with the range of it that was asked for, from any kind of store.

    Parameters
    ----------
    blobs
        The store.
    key
        Of the file, which exists.
    request
        May ask for a range.

    Raises
    ------
    ProblemError
        416 for a range that there is not.
    """
    name = PurePosixPath(key).name
    size = blobs.size(key)
    headers = {**PRIVATE, "accept-ranges": "bytes"}
    if name.endswith(".html"):
        headers["content-security-policy"] = SELF_CONTAINED
    span = _span(request.headers.get("range"), size)
    start, end = span or (0, size)
    headers["content-length"] = str(end - start)
    if span is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    content = () if request.method == "HEAD" else blobs.read(key, start, end)
    return StreamingResponse(
        content,
        HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT,
        headers,
        media_type(name),
    )


def archive_response(blobs: Blobs, set_id: str, at: datetime) -> Response:
    """Answer with all files of a set as a ZIP archive that is made while it is sent.

    Parameters
    ----------
    blobs
        The store.
    set_id
        The set.
    at
        When its files were made.
    """
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{set_id}.zip"'}
    return StreamingResponse(_zipped(blobs, set_id, at), headers=headers, media_type=MEDIA_TYPE)


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """Read a ``Range`` header; None where the whole is to be sent, as for several ranges."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise ProblemError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"expected a range within {size} bytes, got {header}: ask for another one",
            {"content-range": f"bytes */{size}"},
        )
    return start, end


def _zipped(blobs: Blobs, set_id: str, at: datetime) -> Iterator[bytes]:
    with ZipStream() as archive:
        for name in names_of(blobs, set_id):
            yield from archive.blob(blobs, set_prefix(set_id) + name, name, at)
    yield archive.taken()
