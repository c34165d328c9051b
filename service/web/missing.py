"""The page that stands in where there is none, with ways to those that there are."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from service.web.languages import PARAMETER, choose_language
from service.wording import load_wording

if TYPE_CHECKING:
    from starlette.requests import Request

    from service.settings import Settings

_PAGES: Final = Environment(
    loader=PackageLoader("service", "web/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_FOR_PROGRAMS: Final = "/api/"


def missing_page(request: Request, settings: Settings, why: str = "page") -> HTMLResponse:
    """Make the page that says that there is nothing.

    Parameters
    ----------
    request
        As it came.
    settings
        Of the server; says which language stands in.
    why
        Key of the reason, under ``review.missing``.
    """
    language = choose_language(request, settings.language)
    wording = load_wording(language)
    asked = request.query_params.get(PARAMETER) is not None
    text = _PAGES.get_template("missing.html").render(
        t=wording.of,
        language=language,
        query=f"?{PARAMETER}={language}" if asked else "",
        text=wording.of(f"review.missing.{why}"),
    )
    headers = {"cache-control": "private, no-store", "vary": "accept, accept-language, cookie"}
    return HTMLResponse(text, HTTPStatus.NOT_FOUND, headers)


def wants_page(request: Request) -> bool:
    """Tell whether somebody looks at the answer in a browser, rather than a program reading it."""
    asks_for_page = "text/html" in request.headers.get("accept", "")
    return asks_for_page and not request.url.path.startswith(_FOR_PROGRAMS)
