"""Home page, live coaching page, and the files that every page shares."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.staticfiles import StaticFiles

from models.spec import Goal
from service.web.languages import PARAMETER, choose_language, text_block
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from service.settings import Settings

LIVE_SECTIONS: Final = ("live", "phase", "back_shape", "goal")
"""Sections of the text files that the scripts of the live page read."""

STATIC: Final = Path(__file__).parent / "static"

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Said outright: what a machine's own table says of a suffix differs, and browsers insist."""

_PAGES: Final = Environment(
    loader=PackageLoader("service", "web/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def router(settings: Settings) -> APIRouter:
    """Return the pages ``/`` and ``/live`` and the files under ``/static``.

    Parameters
    ----------
    settings
        Of the server; says which language stands in where a browser asks for none that there is.
    """
    routes = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=STATIC)

    @routes.get("/")
    def home(request: Request) -> HTMLResponse:
        return _page("home.html", request, settings)

    @routes.get("/live")
    def live(request: Request) -> HTMLResponse:
        return _page("live.html", request, settings)

    @routes.get("/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    return routes


async def static_file(files: StaticFiles, path: str, request: Request) -> Response:
    """Answer with a file of a folder of page files; browsers ask each time whether it is new.

    Parameters
    ----------
    files
        The folder.
    path
        Of the file in it.
    request
        As it came.

    Raises
    ------
    HTTPException
        404 when there is no such file, or it is none that a page needs.
    """
    media_type = MEDIA_TYPES.get(PurePosixPath(path).suffix)
    if media_type is None:
        raise HTTPException(status_code=404)
    response = await files.get_response(path, request.scope)
    response.headers["cache-control"] = "no-cache"
    if response.status_code != 304:  # noqa: PLR2004 - not modified: it has no body and no type
        response.headers["content-type"] = media_type
    return response


def _page(template: str, request: Request, settings: Settings) -> HTMLResponse:
    language = choose_language(request, settings.language)
    asked = request.query_params.get(PARAMETER) is not None
    wording = load_wording(language)
    text = _PAGES.get_template(template).render(
        t=wording.of,
        language=language,
        languages={code: load_wording(code).of("language.name") for code in languages()},
        query=f"?{PARAMETER}={language}" if asked else "",
        texts=Markup(text_block(language, LIVE_SECTIONS)),  # noqa: S704 - escaped there
        goals=tuple(Goal),
        not_today=tuple(wording.under("kiosk.not_today").values()),
    )
    return HTMLResponse(text, headers={"cache-control": "no-cache", "vary": "accept-language"})
