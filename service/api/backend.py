"""What all routes of the API work with."""

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from service.accounts.door import Door
from service.accounts.tries import LoginTries
from service.api.feed import JobFeed
from service.problems import Statuses
from service.reviews.prober import Prober
from service.reviews.spool import BusySenderError
from service.reviews.uploads import KeyReusedError, TooLargeError, Uploads
from service.settings import Settings
from service.store.giving import NotGivenError
from service.store.opening import Stores

if TYPE_CHECKING:
    from service.jobs.engine import Queue

STATUSES: Final[Statuses] = {
    KeyReusedError: HTTPStatus.CONFLICT,
    NotGivenError: HTTPStatus.CONFLICT,
    BusySenderError: HTTPStatus.LOCKED,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


class Backend:
    """The parts of one server that the API brings together.

    Parameters
    ----------
    settings
        Of the server.
    stores
        Rows and files.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self.settings: Final = settings
        self.stores: Final = stores
        self.door: Final = Door(settings, stores.database)
        self.tries: Final = LoginTries()
        self.feed: Final = JobFeed(stores.database, dead_s=settings.dead_s)
        self._prober = Prober(settings.hung_s)
        self.uploads: Final = Uploads(stores, settings, lambda: self.queue, self._prober)
        self.restarting: Final = threading.Lock()
        self._making_queue = threading.Lock()
        self._queue: Queue | None = None

    @property
    def queue(self) -> "Queue":
        """The queue of jobs, opened when it is first needed.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with self._making_queue:
            if self._queue is None:
                # Loads the engine of the queue, which pages and live coaching do not need.
                from service.jobs.engine import Queue  # noqa: PLC0415

                self._queue = Queue(self.stores.database)
            return self._queue

    def close(self) -> None:
        """Let go of everything. Closing twice is harmless."""
        self._prober.close()
        with self._making_queue:
            if self._queue is not None:
                self._queue.close()
        self.stores.close()


def backend_of(request: Request) -> Backend:
    """Return what the application works with; for FastAPI's ``Depends``."""
    backend: Backend = request.app.state.backend
    return backend


Inside: TypeAlias = Annotated[Backend, Depends(backend_of)]
"""A parameter of a route: what it works with."""
