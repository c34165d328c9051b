"""Routes about how the analysis of a video goes."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from service.accounts import policy
from service.accounts.door import Signed
from service.api.backend import Backend, Inside
from service.api.feed import JobState, read_job
from service.api.lookups import IdInPath, StaffOnlyError, seen_set
from service.api.schemas import JobAnswer, PriorityRequest
from service.store.sets import ask_cancel, change_priority, restart_in
from service.store.tables import Status

RETRY_MS: Final = 2000
"""When a browser whose connection broke comes back."""

routes: Final = APIRouter(prefix="/jobs", tags=["jobs"])


@routes.get("/{id}", summary="See how a job goes")
def show(set_id: IdInPath, visitor: Signed, backend: Inside) -> JobAnswer:
    """Return status, progress and place in the queue; the id is that of the upload."""
    seen_set(backend, visitor, set_id)
    return _answer(backend, set_id)


def watched_job(
    set_id: IdInPath,
    visitor: Signed,
    backend: Inside,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=100)] = "",
) -> AsyncIterator[JobState]:
    """Find the job to be watched, or refuse before the answer begins.

    Raises
    ------
    HTTPException
        404 when there is none for this visitor, 204 when it is over and that was told.
    TooManyWatchersError
        When there is no room for another watcher.
    """
    seen_set(backend, visitor, set_id)
    state = read_job(backend.stores.database, set_id, dead_s=backend.settings.dead_s)
    if state is not None and state.is_final and state.version == last_event_id:
        raise HTTPException(HTTPStatus.NO_CONTENT)  # the word to a browser not to come back
    backend.feed.check_room()
    return backend.feed.watch(set_id, seen=last_event_id)


@routes.get("/{id}/events", summary="Watch a job", response_class=EventSourceResponse)
async def watch(
    states: Annotated[AsyncIterator[JobState], Depends(watched_job)],
) -> AsyncIterator[ServerSentEvent]:
    """Tell of every change as Server-Sent Events until the job is over; ``data`` is the job.

    Progress counts as changed from percent to percent.
    """
    async for state in states:
        yield ServerSentEvent(
            data=JobAnswer.model_validate(state), id=state.version, retry=RETRY_MS
        )


@routes.post("/{id}/cancel", summary="Cancel a job")
def cancel(set_id: IdInPath, visitor: Signed, backend: Inside) -> JobAnswer:
    """End an analysis: at once when it waits, within seconds when it is under way."""
    seen_set(backend, visitor, set_id)
    if ask_cancel(backend.stores.database, set_id):
        backend.queue.cancel(set_id)
    return _answer(backend, set_id)


@routes.post("/{id}/restart", summary="Begin a job anew")
def begin_anew(set_id: IdInPath, visitor: Signed, backend: Inside) -> JobAnswer:
    """Analyse a video again whose analysis failed or was cancelled."""
    queue = backend.queue
    with backend.restarting:  # a second one must not forget the job of the first
        stored = seen_set(backend, visitor, set_id)
        if stored.status in {Status.FAILED, Status.CANCELLED}:
            queue.forget([set_id])
        with backend.stores.database.transaction() as session:
            restart_in(session, set_id)
            queue.enqueue(session, set_id, priority=stored.priority)
    return _answer(backend, set_id)


@routes.patch("/{id}", summary="Change a job's priority")
def prioritise(
    set_id: IdInPath, wanted: PriorityRequest, visitor: Signed, backend: Inside
) -> JobAnswer:
    """Let a job go before or behind others."""
    seen_set(backend, visitor, set_id)
    if not policy.may_set_priority(visitor):
        raise StaffOnlyError
    if change_priority(backend.stores.database, set_id, wanted.priority):
        backend.queue.change_priority(set_id, wanted.priority)
    return _answer(backend, set_id)


def _answer(backend: Backend, set_id: str) -> JobAnswer:
    dead_s = backend.settings.dead_s
    return JobAnswer.model_validate(read_job(backend.stores.database, set_id, dead_s=dead_s))
