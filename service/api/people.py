"""Routes about people: who they are, how they moved over time, all that is kept about them."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.accounts import policy
from service.accounts.door import Signed
from service.api.backend import Inside
from service.api.files import PRIVATE
from service.api.lookups import IdInPath, StaffOnlyError, seen_person
from service.api.schemas import (
    ErasureAnswer,
    HistoryAnswer,
    MovementName,
    PeopleAnswer,
    PersonAnswer,
    PersonRequest,
    SessionAnswer,
    SessionsAnswer,
)
from service.people.history import history_of
from service.reviews.file_names import attachment
from service.store.erasure import erase_person
from service.store.export import export_person
from service.store.people import add_person, list_people, rename_person
from service.store.sets import list_sessions
from service.store.tables import now
from service.store.zip_stream import MEDIA_TYPE
from service.web.languages import choose_language
from service.wording import load_wording

_ARCHIVE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The archive",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

routes: Final = APIRouter(tags=["people"])


@routes.get("/people", summary="List people")
def show_all(visitor: Signed, backend: Inside) -> PeopleAnswer:
    """Return everybody who may be seen, by label."""
    people = list_people(backend.stores.database)
    seen = [one for one in people if policy.may_see_person(visitor, one.id)]
    return PeopleAnswer(people=[PersonAnswer.model_validate(one) for one in seen])


@routes.post("/people", status_code=HTTPStatus.CREATED, summary="Add a person")
def add(wanted: PersonRequest, visitor: Signed, backend: Inside) -> PersonAnswer:
    """Add a person by a label: a name, a nickname, a number."""
    if not policy.may_choose_person(visitor):
        raise StaffOnlyError
    return PersonAnswer.model_validate(add_person(backend.stores.database, wanted.label))


@routes.get("/people/{id}", summary="See a person")
def show(person_id: IdInPath, visitor: Signed, backend: Inside) -> PersonAnswer:
    """Return a person."""
    return PersonAnswer.model_validate(seen_person(backend, visitor, person_id))


@routes.patch("/people/{id}", summary="Rename a person")
def rename(
    person_id: IdInPath, wanted: PersonRequest, visitor: Signed, backend: Inside
) -> PersonAnswer:
    """Give a person another label."""
    seen_person(backend, visitor, person_id)
    renamed = rename_person(backend.stores.database, person_id, wanted.label)
    return PersonAnswer.model_validate(renamed)


@routes.delete("/people/{id}", summary="Erase a person")
def erase(person_id: IdInPath, visitor: Signed, backend: Inside) -> ErasureAnswer:
    """Erase a person with everything about them, and prove that nothing is left."""
    seen_person(backend, visitor, person_id)
    queue = backend.queue
    erasure = erase_person(
        backend.stores, person_id, forget_jobs=queue.forget, job_records=queue.records
    )
    return ErasureAnswer.model_validate(erasure)


@routes.get("/people/{id}/history", summary="See how a person moved over time")
def show_history(
    person_id: IdInPath,
    visitor: Signed,
    backend: Inside,
    movement: Annotated[MovementName | None, Query()] = None,
) -> HistoryAnswer:
    """Return every metric over time with its error; 'changed' only beyond what can be detected."""
    seen_person(backend, visitor, person_id)
    history = history_of(backend.stores.database, person_id, movement=movement)
    return HistoryAnswer.model_validate(history)


@routes.get(
    "/people/{id}/export",
    summary="Export a person",
    response_class=Response,
    responses=_ARCHIVE,
)
def export(person_id: IdInPath, visitor: Signed, backend: Inside, request: Request) -> Response:
    """Return everything about a person as a ZIP archive."""
    person = seen_person(backend, visitor, person_id)
    name = f"{person.label} {now().astimezone():%Y-%m-%d}"
    headers = {**PRIVATE, "content-disposition": attachment(name, ".zip")}
    wording = load_wording(choose_language(request, backend.settings.language))
    content = export_person(backend.stores, person_id, wording)
    return StreamingResponse(content, headers=headers, media_type=MEDIA_TYPE)


@routes.get("/sessions", summary="List visits")
def show_sessions(
    visitor: Signed,
    backend: Inside,
    person: Annotated[str | None, Query(description="Only those of this person.")] = None,
) -> SessionsAnswer:
    """Return visits, the newest first: sets of a person that were filmed within three hours."""
    if person is not None:
        seen_person(backend, visitor, person)
    wanted = person if policy.sees_everybody(visitor) else visitor.person_id or ""
    sessions = list_sessions(backend.stores.database, person_id=wanted)
    return SessionsAnswer(sessions=[SessionAnswer.model_validate(one) for one in sessions])
