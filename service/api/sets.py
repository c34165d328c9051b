"""Routes about sets of repetitions, from videos and from live coaching."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from service.accounts import policy
from service.accounts.door import Signed
from service.accounts.policy import Visitor
from service.api.backend import Inside
from service.api.lookups import IdInPath, StaffOnlyError, named_person, seen_person, seen_set
from service.api.schemas import (
    ID_FORM,
    ErasureAnswer,
    SetAnswer,
    SetChange,
    SetsAnswer,
    SetSummaryAnswer,
)
from service.reviews.giving import give_set
from service.store.erasure import erase_set
from service.store.sets import StoredSet, list_sets

routes: Final = APIRouter(prefix="/sets", tags=["sets"])


@routes.get("", summary="List sets")
def show_all(
    *,
    visitor: Signed,
    backend: Inside,
    person: Annotated[str | None, Query(description="Only those of this person.")] = None,
    session: Annotated[
        str | None, Query(pattern=ID_FORM, description="Only those of this visit.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[
        str | None, Query(pattern=ID_FORM, description="'next' of the answer before.")
    ] = None,
) -> SetsAnswer:
    """Return sets, the latest filmed first, some at a time."""
    if person is not None:
        seen_person(backend, visitor, person)
    sets = list_sets(
        backend.stores.database,
        **_only(visitor, person),
        session_id=session,
        limit=limit,
        before=before,
    )
    return SetsAnswer(
        sets=[_answer(one) for one in sets], next=sets[-1].id if len(sets) == limit else None
    )


@routes.get("/{id}", summary="See a set")
def show(set_id: IdInPath, visitor: Signed, backend: Inside) -> SetAnswer:
    """Return a set with what was found in short; the report has the rest."""
    return _answer(seen_set(backend, visitor, set_id))


@routes.patch("/{id}", summary="Say whose set it is")
def give(set_id: IdInPath, wanted: SetChange, visitor: Signed, backend: Inside) -> SetAnswer:
    """Give a set whose analysis is over to somebody, or to nobody in particular.

    Video, notes and soreness stay. Where one of the two has measured their own full bend, the video
    is analysed again, so that the report tells shares of nobody else's; 409 where the video is not
    kept for that.
    """
    seen_set(backend, visitor, set_id)
    if not policy.may_give_set(visitor):
        raise StaffOnlyError
    known = None if wanted.person is None else named_person(backend, wanted.person)
    label = wanted.person if known is None else known.label
    with backend.restarting:  # as for beginning anew: a second one must not forget its job
        give_set(backend.stores, lambda: backend.queue, set_id, label)
    return _answer(seen_set(backend, visitor, set_id))


@routes.delete("/{id}", summary="Erase a set")
def erase(set_id: IdInPath, visitor: Signed, backend: Inside) -> ErasureAnswer:
    """Erase a set with its video, report, notes and job, and prove that nothing is left."""
    seen_set(backend, visitor, set_id)
    queue = backend.queue
    erasure = erase_set(backend.stores, set_id, forget_jobs=queue.forget, job_records=queue.records)
    return ErasureAnswer.model_validate(erasure)


def _only(visitor: Visitor, person: str | None) -> dict[str, str | None]:
    """Say whose sets a visitor sees: everybody's, their own, or those they brought in."""
    if person is not None or policy.sees_everybody(visitor):
        return {"person_id": person}
    if visitor.person_id is not None:
        return {"person_id": visitor.person_id}
    return {"account_id": visitor.account_id}


def _answer(stored: StoredSet) -> SetAnswer:
    summary = None if stored.report is None else SetSummaryAnswer.model_validate(stored.report)
    named = {name: getattr(stored, name) for name in SetAnswer.model_fields if name != "summary"}
    return SetAnswer(**named, summary=summary)
