"""The web application: pages, the live WebSocket, kept sets, health and metrics."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Response, WebSocket
from fastapi.responses import FileResponse, JSONResponse

from service.headers import SELF_CONTAINED, SecurityHeaders
from service.kiosk import pages as kiosk_pages
from service.live.conversation import Conversation
from service.live.house import House
from service.live.metrics import CONTENT_TYPE
from service.live.origins import is_allowed_origin
from service.problems import answer_with_problems
from service.web import pages as web_pages

if TYPE_CHECKING:
    from service.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings
        How the server is set up.
    """
    app = FastAPI(title="Hingewise", docs_url=None, redoc_url=None, openapi_url=None)
    house = House.of(settings)
    app.state.house = house
    app.add_middleware(SecurityHeaders)
    answer_with_problems(app)
    app.include_router(web_pages.router(settings))
    app.include_router(kiosk_pages.router(settings))
    _add_live(app, house)
    _add_kept_sets(app, house)
    _add_health(app, house)
    return app


def _add_live(app: FastAPI, house: House) -> None:
    @app.websocket("/ws/v1/live")
    async def live(socket: WebSocket) -> None:
        headers = socket.headers
        origin, host = headers.get("origin"), headers.get("host", "")
        if not is_allowed_origin(origin, host, house.settings):
            house.metrics.refusals.labels("origin").inc()
            await socket.close()  # before it was accepted: answered with 403
            return
        await Conversation(socket, house).hold()


def _add_kept_sets(app: FastAPI, house: House) -> None:
    @app.get("/sets/{name}/{file}")
    def kept_set(name: str, file: str) -> FileResponse:
        path = house.shelf.find(name, file)
        if path is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "No such set was kept here.")
        return FileResponse(
            path,
            headers={
                "content-security-policy": SELF_CONTAINED,
                "cache-control": "private, no-store",
            },
        )


def _add_health(app: FastAPI, house: House) -> None:
    @app.get("/healthz")
    def health() -> JSONResponse:
        stations = house.stations
        return JSONResponse({"status": "ok", "stations": stations.limit, "taken": stations.taken})

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(house.metrics.render(), media_type=CONTENT_TYPE)
