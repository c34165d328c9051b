"""The page to sign in and out."""

from __future__ import annotations

import math
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from service.accounts.door import COOKIE, LOGIN_PAGE, Door, give_cookie, take_cookie
from service.accounts.keeping import LONGEST_PASSWORD, check_password, list_accounts
from service.accounts.keys import begin_login, end_login
from service.store.tables import MAX_LABEL
from service.web.forms import NOT_AS_EXPECTED, SEE_OTHER, TOO_MANY_TRIES, read_form
from service.web.languages import PARAMETER, choose_language
from service.web.pages import static_file
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from service.accounts.tries import LoginTries
    from service.settings import Settings
    from service.store.database import Database

HOME: Final = "/"
STATIC: Final = Path(__file__).parent / "static"

_PAGES: Final = Environment(
    loader=ChoiceLoader(
        [PackageLoader("service", "accounts/templates"), PackageLoader("service", "web/templates")]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_HEADERS: Final = {
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
    "referrer-policy": "same-origin",  # with none at all, a form would not say where it is from
}


def router(settings: Settings, database: Database, tries: LoginTries) -> APIRouter:
    """Return the page ``/login`` and its forms.

    Parameters
    ----------
    settings
        Of the server.
    database
        Holds the accounts.
    tries
        Counts how often somebody tried; the same as the API's.
    """
    routes = APIRouter(include_in_schema=False)
    pages = _LoginPages(settings, database, tries)
    files = StaticFiles(directory=STATIC)
    routes.add_api_route(LOGIN_PAGE, pages.show, methods=["GET"], response_model=None)
    routes.add_api_route(LOGIN_PAGE, pages.enter, methods=["POST"], response_model=None)
    routes.add_api_route("/logout", pages.leave, methods=["POST"], response_model=None)

    @routes.get("/accounts/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    return routes


def in_language(path: str, language: str) -> str:
    """Return the path of a page with the language that was chosen.

    Examples
    --------
    >>> in_language("/people", "de"), in_language("/compare?a=1&lang=en", "de")
    ('/people?lang=de', '/compare?a=1&lang=de')
    """
    parts = urlsplit(path)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in asked if name != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*kept, (PARAMETER, language)])))


def local_path(wanted: str) -> str:
    """Return where to go after signing in: a page of this server, else the home page.

    Examples
    --------
    >>> local_path("/people?lang=de"), local_path("//elsewhere.example")
    ('/people?lang=de', '/')
    """
    is_ours = wanted.startswith("/") and wanted[1:2] not in {"/", "\\"} and wanted.isprintable()
    return wanted if is_ours else HOME


class _LoginPages:
    """Answers the requests of browsers."""

    def __init__(self, settings: Settings, database: Database, tries: LoginTries) -> None:
        self._settings = settings
        self._database = database
        self._tries = tries

    def show(self, request: Request) -> Response:
        if not self._settings.accounts:
            return RedirectResponse(HOME, SEE_OTHER)
        return self._page(request)

    async def enter(self, request: Request) -> Response:
        """Take a name and a password."""
        form = await read_form(request)
        return await run_in_threadpool(self._check, request, form)

    async def leave(self, request: Request) -> Response:
        """Sign a browser out."""
        await read_form(request)
        await run_in_threadpool(end_login, self._database, request.cookies.get(COOKIE, ""))
        response = RedirectResponse(LOGIN_PAGE + self._query(request), SEE_OTHER)
        take_cookie(response)
        return response

    def _check(self, request: Request, form: dict[str, str]) -> Response:
        name, password = form.get("name", ""), form.get("password", "")
        if not self._settings.accounts:
            return RedirectResponse(HOME, SEE_OTHER)
        wait_s = self._tries.begin(name)
        if wait_s > 0:
            return self._page(request, form, said="wait", wait_s=wait_s, status=TOO_MANY_TRIES)
        account = check_password(self._database, name, password[:LONGEST_PASSWORD])
        if account is None:
            return self._page(request, form, said="not_known", status=NOT_AS_EXPECTED)
        self._tries.succeeded(name)
        response = RedirectResponse(local_path(form.get("next", HOME)), SEE_OTHER)
        give_cookie(response, begin_login(self._database, account.id), request)
        return response

    def _query(self, request: Request) -> str:
        """Return what keeps the language that somebody chose, for the address of another page."""
        if PARAMETER not in request.query_params:
            return ""
        return f"?{PARAMETER}={choose_language(request, self._settings.language)}"

    def _page(
        self,
        request: Request,
        form: dict[str, str] | None = None,
        *,
        said: str = "",
        wait_s: float = 0.0,
        status: int = HTTPStatus.OK,
    ) -> Response:
        door: Door = request.app.state.door
        visitor = door.visitor(request)
        language = choose_language(request, self._settings.language)
        given = form or {}
        query = self._query(request)
        onward = local_path(given.get("next") or request.query_params.get("next", HOME))
        text = _PAGES.get_template("login.html").render(
            t=load_wording(language).of,
            language=language,
            languages={code: load_wording(code).of("language.name") for code in languages()},
            query=query,
            account=None if visitor is None else visitor.account,
            is_empty=visitor is None and not list_accounts(self._database),
            name=given.get("name", "")[:MAX_LABEL],
            next=in_language(onward, language) if query else onward,
            said=said,
            wait_s=math.ceil(wait_s),
            longest_name=MAX_LABEL,
            longest_password=LONGEST_PASSWORD,
        )
        return HTMLResponse(text, status_code=status, headers=_HEADERS)
