"""Routes about what was found in a set: its report, its files, and the notes to it."""

import gzip
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.accounts import policy
from service.accounts.door import Signed
from service.accounts.keeping import find_account
from service.accounts.policy import Visitor
from service.api.backend import Backend, Inside
from service.api.files import (
    NAMES,
    PRIVATE,
    archive_response,
    file_response,
    media_type,
    names_of,
)
from service.api.lookups import AbsentError, IdInPath, is_id, reported_set, seen_set
from service.api.schemas import (
    FileAnswer,
    FilesAnswer,
    NoteAnswer,
    NoteChange,
    NoteRequest,
    NotesAnswer,
)
from service.artefacts import REPORT
from service.reviews.analysis import MOTION
from service.store.blobs import set_prefix
from service.store.notes import (
    NoteContent,
    StoredNote,
    add_note,
    change_note,
    find_note,
    list_notes,
    remove_note,
)
from service.store.zip_stream import MEDIA_TYPE

_JSON: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}
_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file", "content": {"application/octet-stream": _BYTES}},
    206: {"description": "The range of it", "content": {"application/octet-stream": _BYTES}},
}
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The archive", "content": {MEDIA_TYPE: _BYTES}}
}

routes: Final = APIRouter(prefix="/reports", tags=["reports"])


@routes.get("/{id}", summary="Read a report", response_class=Response, responses=_JSON)
def show(set_id: IdInPath, visitor: Signed, backend: Inside) -> Response:
    """Return the report as it was written; `docs/report.schema.json` says what is in it."""
    reported_set(backend, visitor, set_id)
    content = backend.stores.blobs.get(set_prefix(set_id) + REPORT)
    return Response(content, media_type=media_type(REPORT), headers=PRIVATE)


@routes.get("/{id}/files", summary="List the files of a report")
def show_files(set_id: IdInPath, visitor: Signed, backend: Inside) -> FilesAnswer:
    """Return what may be downloaded."""
    reported_set(backend, visitor, set_id)
    blobs = backend.stores.blobs
    files = [
        FileAnswer(
            name=name,
            bytes=blobs.size(set_prefix(set_id) + name),
            media_type=media_type(name),
            url=f"/api/v1/reports/{set_id}/files/{name}",
        )
        for name in names_of(blobs, set_id)
    ]
    return FilesAnswer(files=files)


@routes.get(
    "/{id}/files/{name}", summary="Download a file", response_class=Response, responses=_FILE
)
@routes.head("/{id}/files/{name}", include_in_schema=False)
def show_file(
    set_id: IdInPath, name: str, visitor: Signed, backend: Inside, request: Request
) -> Response:
    """Return a file, or the range of it that was asked for with ``Range``."""
    reported_set(backend, visitor, set_id)
    key = set_prefix(set_id) + name
    if name not in NAMES or not backend.stores.blobs.exists(key):
        kind = "a file"
        raise AbsentError(kind, f"/api/v1/reports/{set_id}/files")
    return file_response(backend.stores.blobs, key, request)


@routes.get("/{id}/archive", summary="Download all files", response_class=Response, responses=_ZIP)
def show_archive(set_id: IdInPath, visitor: Signed, backend: Inside) -> Response:
    """Return all files as one ZIP archive."""
    stored = reported_set(backend, visitor, set_id)
    return archive_response(backend.stores.blobs, set_id, stored.ended_at or stored.created_at)


@routes.get("/{id}/motion", summary="Read the motion", response_class=Response, responses=_JSON)
def show_motion(set_id: IdInPath, visitor: Signed, backend: Inside, request: Request) -> Response:
    """Return what was measured picture by picture, as the review page draws it."""
    reported_set(backend, visitor, set_id)
    key = set_prefix(set_id) + MOTION
    if not backend.stores.blobs.exists(key):
        kind = "a file"
        raise AbsentError(kind, f"/api/v1/reports/{set_id}/files")
    content = backend.stores.blobs.get(key)
    headers = {**PRIVATE, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, compresslevel=5, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=media_type(MOTION), headers=headers)


@routes.get("/{id}/notes", summary="Read the notes")
def show_notes(set_id: IdInPath, visitor: Signed, backend: Inside) -> NotesAnswer:
    """Return the notes to a set, the oldest first."""
    seen_set(backend, visitor, set_id)
    notes = list_notes(backend.stores.database, set_id)
    return NotesAnswer(notes=[_note(backend, visitor, note) for note in notes])


@routes.post("/{id}/notes", status_code=HTTPStatus.CREATED, summary="Write a note")
def write_note(
    set_id: IdInPath, wanted: NoteRequest, visitor: Signed, backend: Inside
) -> NoteAnswer:
    """Add a note to a set or to a moment of it, with words, a drawing or both."""
    seen_set(backend, visitor, set_id)
    content = NoteContent(text=wanted.text, t_s=wanted.t_s, drawing=_strokes(wanted))
    database = backend.stores.database
    note = add_note(database, set_id, content, account_id=visitor.account_id)
    return _note(backend, visitor, note)


@routes.patch("/{id}/notes/{note}", summary="Change a note")
def rewrite_note(
    set_id: IdInPath, note: str, wanted: NoteChange, visitor: Signed, backend: Inside
) -> NoteAnswer:
    """Change what is given; what is left out stays."""
    before = _own_note(backend, visitor, set_id, note).content
    given = wanted.model_fields_set
    content = NoteContent(
        text=before.text if wanted.text is None else wanted.text,
        t_s=wanted.t_s if "t_s" in given else before.t_s,
        drawing=_strokes(wanted) if "drawing" in given else before.drawing,
    )
    return _note(backend, visitor, change_note(backend.stores.database, note, content))


@routes.delete("/{id}/notes/{note}", status_code=HTTPStatus.NO_CONTENT, summary="Remove a note")
def drop_note(set_id: IdInPath, note: str, visitor: Signed, backend: Inside) -> None:
    """Remove a note."""
    _own_note(backend, visitor, set_id, note)
    remove_note(backend.stores.database, note)


def _own_note(backend: Backend, visitor: Visitor, set_id: str, note_id: str) -> StoredNote:
    """Find a note to a set that the visitor may change."""
    seen_set(backend, visitor, set_id)
    found = find_note(backend.stores.database, note_id) if is_id(note_id) else None
    if found is None or found.set_id != set_id:
        kind = "a note"
        raise AbsentError(kind, f"/api/v1/reports/{set_id}/notes")
    if not policy.may_change_note(visitor, account_id=found.account_id):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "expected a note of your own: ask whoever wrote it, or a coach"
        )
    return found


def _strokes(wanted: NoteRequest | NoteChange) -> list[list[list[float]]] | None:
    if wanted.drawing is None:
        return None
    return [[[x, y] for x, y in stroke] for stroke in wanted.drawing]


def _note(backend: Backend, visitor: Visitor, note: StoredNote) -> NoteAnswer:
    author = None
    if note.account_id is not None:
        author = find_account(backend.stores.database, note.account_id)
    content = {
        "id": note.id,
        "t_s": note.content.t_s,
        "text": note.content.text,
        "drawing": note.content.drawing,
        "author": None if author is None else author.name,
        "may_change": policy.may_change_note(visitor, account_id=note.account_id),
        "created_at": note.created_at,
        "changed_at": note.changed_at,
    }
    return NoteAnswer.model_validate(content)
