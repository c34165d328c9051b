"""The web application: pages, API, the live WebSocket, kept sets, health and metrics."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Response, WebSocket
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route

from service.accounts import pages as account_pages
from service.accounts.door import SignedPage  # noqa: TC001 - FastAPI reads it
from service.accounts.policy import may_see_set
from service.accounts.shelves import shelf_for
from service.api import document as api_document
from service.api.backend import STATUSES, Backend
from service.api.files import file_response
from service.api.routes import router as api_router
from service.headers import SecurityHeaders
from service.kiosk import pages as kiosk_pages
from service.live.conversation import Conversation
from service.live.house import House
from service.live.metrics import CONTENT_TYPE
from service.live.origins import is_allowed_origin
from service.people import pages as people_pages
from service.problems import answer_with_problems
from service.reviews import pages as review_pages
from service.store.opening import open_stores
from service.store.sets import find_set
from service.web import pages as web_pages
from service.web.missing import missing_page, wants_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.exceptions import HTTPException as AnyHTTPException

    from service.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings
        How the server is set up.

    Raises
    ------
    StoreError
        When database or store cannot be reached.
    """
    backend = Backend(settings, open_stores(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(backend.close)

    app = FastAPI(
        title=api_document.TITLE,
        version=version("hingewise"),
        docs_url=None,
        redoc_url=None,
        openapi_url=api_document.ADDRESS,
        lifespan=lifespan,
    )
    house = House.of(settings, backend.stores)
    app.state.house, app.state.backend, app.state.door = house, backend, backend.door
    answer_with_problems(app, STATUSES, page_for=partial(_page_for, settings))
    app.add_middleware(SecurityHeaders)  # after it, so that it is around it
    _add_pages(app, backend)
    app.include_router(api_router())
    api_document.describe(app)
    _add_live(app, house)
    _add_kept_sets(app, house)
    _add_health(app, house)
    return app


def _page_for(settings: Settings, request: Request, error: AnyHTTPException) -> Response | None:
    is_missing = error.status_code == HTTPStatus.NOT_FOUND
    return missing_page(request, settings) if is_missing and wants_page(request) else None


def _add_pages(app: FastAPI, backend: Backend) -> None:
    settings, stores = backend.settings, backend.stores
    app.include_router(web_pages.router(settings))
    app.include_router(kiosk_pages.router(settings))
    app.include_router(review_pages.router(settings, stores))
    app.include_router(people_pages.router(settings, stores))
    app.include_router(account_pages.router(settings, stores.database, backend.tries))
    app.include_router(api_document.router(settings))


def _add_live(app: FastAPI, house: House) -> None:
    @app.websocket("/ws/v1/live")
    async def live(socket: WebSocket) -> None:
        headers = socket.headers
        origin, host = headers.get("origin"), headers.get("host", "")
        if not is_allowed_origin(origin, host, house.settings):
            house.metrics.refusals.labels("origin").inc()
            await socket.close()  # before it was accepted: answered with 403
            return
        visitor = await run_in_threadpool(app.state.door.visitor, socket)
        own = replace(house, shelf=shelf_for(visitor, app.state.backend.stores, house))
        await Conversation(socket, own).hold()


def _add_kept_sets(app: FastAPI, house: House) -> None:
    @app.get("/sets/{name}/{file}", include_in_schema=False)
    def kept_set(name: str, file: str, visitor: SignedPage, request: Request) -> Response:
        key = house.shelf.find(name, file)
        stores = app.state.backend.stores
        stored = None if key is None else find_set(stores.database, name)
        if key is None or (
            stored is not None
            and not may_see_set(visitor, person_id=stored.person_id, account_id=stored.account_id)
        ):
            raise HTTPException(HTTPStatus.NOT_FOUND, "No such set was kept here.")
        return file_response(stores.blobs, key, request)


def _add_health(app: FastAPI, house: House) -> None:
    @app.get("/healthz", include_in_schema=False)
    def health() -> JSONResponse:
        stations = house.stations
        return JSONResponse({"status": "ok", "stations": stations.limit, "taken": stations.taken})

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(house.metrics.render(), media_type=CONTENT_TYPE)
