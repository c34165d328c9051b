"""The pages of the kiosk: the kiosk itself, the staff's settings, the carried summary."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from service.kiosk.rendering import render_page
from service.kiosk.settings import KioskSettings, kiosk_settings_in_force
from service.kiosk.staff import NOT_IN_FORMS, staff_router
from service.web.languages import PARAMETER, choose_language, text_block
from service.web.pages import static_file
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from service.settings import Settings

SECTIONS: Final = ("kiosk", "phase", "live")
"""Sections of the text files that the scripts of the kiosk read."""

CARRIED_SECTION: Final = "kiosk.carry"

STATIC: Final = Path(__file__).parent / "static"

VERSION_LENGTH: Final = 16


def router(settings: Settings) -> APIRouter:
    """Return the pages of the kiosk.

    Parameters
    ----------
    settings
        Of the server.
    """
    routes = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=STATIC)
    started = secrets.token_hex(VERSION_LENGTH)

    def in_force() -> KioskSettings:
        return kiosk_settings_in_force(settings.data, settings.kiosk)

    @routes.get("/kiosk")
    def kiosk(request: Request) -> HTMLResponse:
        current = in_force()
        return _kiosk_page(request, current, page_version(current, started))

    @routes.get("/kiosk/version")
    def version() -> PlainTextResponse:
        headers = {"cache-control": "no-store"}
        return PlainTextResponse(page_version(in_force(), started), headers=headers)

    @routes.get("/s")
    def carried(request: Request) -> HTMLResponse:
        language = choose_language(request, settings.language)
        page = render_page("carried.html", language, texts=Markup(carried_texts()))  # noqa: S704 - escaped there
        return HTMLResponse(page, headers={"vary": "accept-language"})

    @routes.get("/kiosk/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    routes.include_router(staff_router(settings))
    return routes


def page_version(settings: KioskSettings, started: str) -> str:
    """Name what a page was made from: program, run of the server, and the staff's settings.

    A kiosk that waits for somebody asks for it now and then, and loads itself anew when it has
    changed. It tells nothing about the PIN.
    """
    shown = settings.model_dump_json(exclude={NOT_IN_FORMS})
    program = importlib.metadata.version("hingewise")
    content = f"{program}\n{started}\n{shown}"
    return hashlib.sha256(content.encode()).hexdigest()[:VERSION_LENGTH]


def carried_texts() -> str:
    """Write the words beside a carried summary, in every language, as JSON for a page.

    The link names its language: whoever opens it may have another one set in their browser.
    """
    words = {code: load_wording(code).under(CARRIED_SECTION) for code in languages()}
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")


def _kiosk_page(request: Request, settings: KioskSettings, version: str) -> HTMLResponse:
    asked = request.query_params.get(PARAMETER, "")
    language = asked if asked in languages() else settings.language
    page = render_page(
        "kiosk.html",
        language,
        settings=settings,
        version=version,
        asked=asked == language,
        languages={code: load_wording(code).of("language.name") for code in languages()},
        not_today=tuple(load_wording(language).under("kiosk.not_today").values()),
        texts=Markup(text_block(language, SECTIONS)),  # noqa: S704 - escaped there
    )
    return HTMLResponse(page, headers={"cache-control": "no-store"})
