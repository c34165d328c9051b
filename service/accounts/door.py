"""Who stands at the door: finds the account of a request, or says what is missing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias
from urllib.parse import urlencode

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request  # noqa: TC002 - FastAPI reads them

from service.accounts.keys import LOGIN_LASTS, account_of_key, account_of_login
from service.accounts.policy import ANYBODY, Visitor
from service.live.origins import is_allowed_origin, is_own_host
from service.web.languages import PARAMETER

if TYPE_CHECKING:
    from starlette.responses import Response

    from service.accounts.keeping import StoredAccount
    from service.settings import Settings
    from service.store.database import Database

COOKIE: Final = "hingewise_login"
LOGIN_PAGE: Final = "/login"

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer"


class Door:
    """Decides who a request comes from.

    Parameters
    ----------
    settings
        Of the server; say whether accounts are in use.
    database
        Holds the accounts.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @property
    def asks_for_accounts(self) -> bool:
        """Tell whether accounts are in use."""
        return self._settings.accounts

    def visitor(self, connection: HTTPConnection) -> Visitor | None:
        """Find who a request comes from; None when they have to sign in first.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        if not self.asks_for_accounts:
            return ANYBODY
        account = self._account(connection)
        return None if account is None else Visitor(account=account)

    def refusal(self, connection: HTTPConnection) -> str | None:
        """Say why a request may come from a page of another site; None when it does not.

        A key in a header proves that no such page sent it. A cookie, or an open house, proves
        nothing: there a browser must tell that the page is one of ours.
        """
        if self.asks_for_accounts and _key(connection):
            return None
        host = connection.headers.get("host", "")
        if not self.asks_for_accounts and not is_own_host(host, self._settings):
            return (
                f"expected an address of this computer, got {host!r}: use its number or localhost, "
                "or name this address in the setting public_url"
            )
        if connection.scope.get("method") in _READS:
            return None
        if connection.headers.get("sec-fetch-site") == "same-origin":
            return None
        origin = connection.headers.get("origin")
        if is_allowed_origin(origin, host, self._settings):
            return None
        return (
            f"expected a page of this server, got one of {origin}: open it from here, or name its "
            "origin in the setting allowed_origins"
        )

    def _account(self, connection: HTTPConnection) -> StoredAccount | None:
        key = _key(connection)
        if key:
            return account_of_key(self._database, key)
        cookie = connection.cookies.get(COOKIE)
        return account_of_login(self._database, cookie) if cookie else None


def give_cookie(response: Response, value: str, request: HTTPConnection) -> None:
    """Let a browser keep that it is signed in."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(LOGIN_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def take_cookie(response: Response) -> None:
    """Let a browser forget that it was signed in."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def visitor_of(request: Request) -> Visitor:
    """Return who sends a request of the API, or refuse it; for FastAPI's ``Depends``.

    Raises
    ------
    HTTPException
        401 for who has to sign in first, 403 for a page of another site.
    """
    door: Door = request.app.state.door
    refusal = door.refusal(request)
    if refusal is not None:
        raise HTTPException(HTTPStatus.FORBIDDEN, refusal)
    visitor = door.visitor(request)
    if visitor is None:
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED,
            "expected somebody who is signed in: sign in at /login, or send a key as "
            "'Authorization: Bearer KEY'",
            headers={"www-authenticate": "Bearer"},
        )
    return visitor


def page_visitor(request: Request) -> Visitor:
    """Return who opens a page, or lead them to the page to sign in; for FastAPI's ``Depends``.

    Raises
    ------
    HTTPException
        303 to the page to sign in, 403 for an address that is not this computer's.
    """
    door: Door = request.app.state.door
    refusal = door.refusal(request)
    if refusal is not None:
        raise HTTPException(HTTPStatus.FORBIDDEN, refusal)
    visitor = door.visitor(request)
    if visitor is None:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        chosen = {name: value for name, value in request.query_params.items() if name == PARAMETER}
        place = f"{LOGIN_PAGE}?{urlencode({'next': wanted, **chosen})}"
        raise HTTPException(HTTPStatus.SEE_OTHER, headers={"location": place})
    return visitor


Signed: TypeAlias = Annotated[Visitor, Depends(visitor_of)]
"""A parameter of a route of the API: who asks."""

SignedPage: TypeAlias = Annotated[Visitor, Depends(page_visitor)]
"""A parameter of a page: who opens it."""


def _key(connection: HTTPConnection) -> str:
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == _BEARER else ""
