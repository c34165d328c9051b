"""Routes by which videos come in: in parts that can be taken up again, or at once."""

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.accounts import policy
from service.accounts.door import Signed
from service.accounts.policy import Visitor
from service.api.backend import Backend, Inside
from service.api.feed import read_job
from service.api.lookups import AbsentError, IdInPath, named_person, seen_upload
from service.api.receiving import (
    CutOffError,
    TooMuchError,
    announced_bytes,
    receive,
    refuse,
)
from service.api.schemas import (
    LONGEST_NAME,
    FilmedAt,
    JobAnswer,
    MovementName,
    UploadAnswer,
    UploadRequest,
)
from service.problems import ProblemError
from service.reviews.filming_time import told_time
from service.reviews.spool import NoRoomError
from service.reviews.uploads import NewUpload, StoredUpload, TooLargeError
from service.store.people import find_or_add_person
from service.store.tables import MAX_LABEL, UploadState
from service.wording import languages
from vision.errors import StoreError, UnknownNameError

OFFSET: Final = "Upload-Offset"
LENGTH: Final = "Upload-Length"
VIDEO_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

routes: Final = APIRouter(tags=["uploads"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]+$",
        description="The same key gives the same upload again, so that nothing comes in twice.",
    ),
]
Offset = Annotated[
    int, Header(alias=OFFSET, ge=0, description="Bytes that are here already, as HEAD tells.")
]


@routes.post("/uploads", status_code=HTTPStatus.CREATED, summary="Announce a video")
def begin(
    wanted: UploadRequest,
    visitor: Signed,
    backend: Inside,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> UploadAnswer:
    """Announce a video; send it with PATCH then.

    Answers 200 instead of 201 when the key was seen before.
    """
    new = NewUpload(
        name=wanted.name,
        size_bytes=wanted.bytes,
        account_id=visitor.account_id,
        person_id=_person_id(backend, visitor, wanted.person),
        movement=wanted.movement,
        tape=wanted.tape,
        language=_language(wanted.language),
        filmed=told_time(wanted.filmed_at),
        idempotency_key=idempotency_key,
    )
    upload, is_new = backend.uploads.begin(new)
    if not is_new:
        response.status_code = HTTPStatus.OK
    return _answer(backend, upload, response)


@routes.get("/uploads/{id}", summary="See how far an upload is")
@routes.head("/uploads/{id}", include_in_schema=False)
def show(upload_id: IdInPath, visitor: Signed, backend: Inside, response: Response) -> UploadAnswer:
    """Return an upload; its header ``Upload-Offset`` says where to go on."""
    response.headers["cache-control"] = "no-store"
    return _answer(backend, seen_upload(backend, visitor, upload_id), response)


@routes.patch("/uploads/{id}", summary="Send a part", openapi_extra=VIDEO_BODY)
async def send(
    *,
    upload_id: IdInPath,
    visitor: Signed,
    backend: Inside,
    request: Request,
    response: Response,
    offset: Offset,
) -> UploadAnswer:
    """Add bytes at the end of what is here; the body is a part of the file, of any size.

    With the last byte the video is looked at and accepted, or refused. A part without bytes does
    that again where it was cut off.
    """
    upload = await run_in_threadpool(seen_upload, backend, visitor, upload_id)
    with backend.uploads.spool.sole_sender(upload_id):
        upload = await run_in_threadpool(seen_upload, backend, visitor, upload_id)
        problem = _misfit(upload, offset, announced_bytes(request))
        if problem is not None:
            raise await refuse(request, problem)
        if upload.state == UploadState.RECEIVING:
            await _take(request, backend, upload, upload.size_bytes - offset)
            if backend.uploads.spool.received(upload_id) == upload.size_bytes:
                await run_in_threadpool(backend.uploads.accept, upload_id)
    upload = await run_in_threadpool(seen_upload, backend, visitor, upload_id)
    return await run_in_threadpool(_answer, backend, upload, response)


@routes.delete("/uploads/{id}", status_code=HTTPStatus.NO_CONTENT, summary="Give an upload up")
def give_up(upload_id: IdInPath, visitor: Signed, backend: Inside) -> None:
    """Remove an upload that was not accepted; one that was is removed as a set."""
    upload = seen_upload(backend, visitor, upload_id)
    if upload.state == UploadState.ACCEPTED:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "expected an upload that is on its way, got one that became a set: remove it with "
            f"DELETE /api/v1/sets/{upload_id}",
        )
    with backend.uploads.spool.sole_sender(upload_id):
        backend.uploads.remove(upload_id)


@routes.put(
    "/videos",
    status_code=HTTPStatus.CREATED,
    summary="Send a video at once",
    openapi_extra=VIDEO_BODY,
)
async def send_whole(
    *,
    visitor: Signed,
    backend: Inside,
    request: Request,
    response: Response,
    name: Annotated[str, Query(max_length=LONGEST_NAME, examples=["lift.mp4"])] = "",
    person: Annotated[str | None, Query(min_length=1, max_length=MAX_LABEL)] = None,
    movement: MovementName = "auto",
    tape: bool = False,
    language: Annotated[str, Query(min_length=2, max_length=10)] = "en",
    filmed_at: Annotated[FilmedAt | None, Query()] = None,
) -> UploadAnswer:
    """Send a whole video as the body, as ``curl -T`` does; cut off, nothing of it stays."""
    size_bytes = announced_bytes(request)
    new = NewUpload(
        name=name,
        size_bytes=size_bytes or 0,  # where it is not announced, it is known at the end
        account_id=visitor.account_id,
        person_id=await run_in_threadpool(_person_id, backend, visitor, person),
        movement=movement,
        tape=tape,
        language=_language(language),
        filmed=told_time(filmed_at),
    )
    try:
        upload, _ = await run_in_threadpool(backend.uploads.begin, new)
    except TooLargeError as error:
        raise await refuse(request, _too_large(str(error))) from error
    try:
        await _take(request, backend, upload, backend.settings.max_upload_bytes)
        await run_in_threadpool(backend.uploads.settle_size, upload.id)
        await run_in_threadpool(backend.uploads.accept, upload.id)
    except Exception:
        with suppress(StoreError):  # what cannot be removed now is removed with time
            await run_in_threadpool(backend.uploads.remove, upload.id)
        raise
    accepted = await run_in_threadpool(seen_upload, backend, visitor, upload.id)
    return await run_in_threadpool(_answer, backend, accepted, response)


async def _take(request: Request, backend: Backend, upload: StoredUpload, most_bytes: int) -> None:
    """Add the body of a request to an upload, or say why it stops."""
    try:
        await receive(request, backend.uploads.spool, upload.id, most_bytes)
    except CutOffError as error:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, "expected the rest of the video, but it broke off: go on there"
        ) from error
    except TooMuchError as error:
        detail = f"expected at most {most_bytes:,} bytes, got more: announce the whole size"
        raise await refuse(request, _too_large(detail)) from error
    except NoRoomError as error:
        detail = str(error)
        raise await refuse(
            request, ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, detail)
        ) from error
    finally:
        with suppress(StoreError):  # the file itself says how far it is
            await run_in_threadpool(backend.uploads.note_received, upload.id)


def _misfit(upload: StoredUpload, offset: int, coming: int | None) -> ProblemError | None:
    """Say why a part cannot be taken; None when it can."""
    if upload.state == UploadState.REFUSED:
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, upload.reason or "")
    if offset != upload.offset:
        return ProblemError(
            HTTPStatus.CONFLICT,
            f"expected the part from byte {upload.offset}, got one from byte {offset}: go on where "
            "the upload is",
            {OFFSET: str(upload.offset)},
            offset=upload.offset,
        )
    if offset + (coming or 0) > upload.size_bytes:
        return _too_large(
            f"expected {upload.size_bytes:,} bytes in all, as was announced, got more: announce "
            "the whole size"
        )
    return None


def _too_large(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def _person_id(backend: Backend, visitor: Visitor, person: str | None) -> str | None:
    """Find the person that a label or an id means; a label that is new adds one."""
    may_choose = policy.may_choose_person(visitor)
    if person is None:
        return None if may_choose else visitor.person_id
    found = named_person(backend, person)
    if may_choose:
        return (found or find_or_add_person(backend.stores.database, person)).id
    if found is None or found.id != visitor.person_id:
        kind = "a person"
        raise AbsentError(kind, "/api/v1/people")
    return found.id


def _language(language: str) -> str:
    if language not in languages():
        kind = "language"
        raise UnknownNameError(kind, language, languages())
    return language


def _answer(backend: Backend, upload: StoredUpload, response: Response) -> UploadAnswer:
    response.headers[OFFSET] = str(upload.offset)
    response.headers[LENGTH] = str(upload.size_bytes)
    is_accepted = upload.state == UploadState.ACCEPTED
    dead_s = backend.settings.dead_s
    job = read_job(backend.stores.database, upload.id, dead_s=dead_s) if is_accepted else None
    return UploadAnswer(
        id=upload.id,
        name=upload.name,
        bytes=upload.size_bytes,
        offset=upload.offset,
        state=upload.state,
        reason=upload.reason,
        person_id=upload.person_id,
        movement=upload.movement,
        tape=upload.tape,
        language=upload.language,
        created_at=upload.created_at,
        job=None if job is None else JobAnswer.model_validate(job),
        same_as=backend.uploads.earlier(upload) if is_accepted else None,
    )
