"""Errors as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from vision.errors import HingewiseError, InputError, OutputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from fastapi import FastAPI, Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE: Final = "application/problem+json"

TRY_AGAIN_S: Final = 5
"""What a client is told to wait for where waiting may help."""

_WORTH_WAITING: Final = {HTTPStatus.LOCKED, HTTPStatus.SERVICE_UNAVAILABLE}

Statuses: TypeAlias = "Mapping[type[HingewiseError], HTTPStatus]"
"""Status of the answer by kind of error; the first kind that fits holds."""

_STATUSES: Final[Statuses] = {
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    OutputError: HTTPStatus.INSUFFICIENT_STORAGE,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_log = logging.getLogger(__name__)


class ProblemError(HTTPException):
    """A request that cannot be met, with more to say than why.

    Parameters
    ----------
    status
        Of the answer.
    detail
        What was expected, what came, what to do.
    headers
        Further headers.
    **more
        Further members of the problem.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(status, detail, headers)
        self.more: Final = more


def problem(status: int, detail: str, **more: object) -> JSONResponse:
    """Make the answer to a request that cannot be met."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(content | more, status, media_type=MEDIA_TYPE)


def answer_with_problems(
    app: FastAPI,
    statuses: Statuses | None = None,
    *,
    page_for: Callable[[Request, HTTPException], Response | None] | None = None,
) -> None:
    """Make an application tell all its errors in this form.

    Parameters
    ----------
    app
        The application; what adds headers to every answer is added to it later.
    statuses
        Of kinds of errors that have one of their own.
    page_for
        Makes the page that somebody sees in a browser instead; None where there is none for it.
    """
    app.add_exception_handler(HTTPException, _shower(page_for) if page_for else _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HingewiseError, _teller({**(statuses or {}), **_STATUSES}))
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """Answers what nobody foresaw, inside of whatever adds headers to every answer.

    Parameters
    ----------
    app
        The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as error:
            if has_begun:  # too late for another answer: the connection breaks off
                raise
            _log.exception("%s %s failed", scope["method"], scope["path"], exc_info=error)
            answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The server could not answer.")
            await answer(scope, receive, send)


def _shower(
    page_for: Callable[[Request, HTTPException], Response | None],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def show(request: Request, error: Exception) -> Response:
        page = page_for(request, error) if isinstance(error, HTTPException) else None
        return page or await _told(request, error)

    return show


async def _told(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code < HTTPStatus.BAD_REQUEST:  # such as a redirect: nothing to explain
        return Response(status_code=error.status_code, headers=error.headers)
    more = error.more if isinstance(error, ProblemError) else {}
    answer = problem(error.status_code, str(error.detail), **more)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"at {place}: {first['msg']}")


def _teller(statuses: Statuses) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def tell(request: Request, error: Exception) -> JSONResponse:
        fitting = (status for kind, status in statuses.items() if isinstance(error, kind))
        status = next(fitting, HTTPStatus.INTERNAL_SERVER_ERROR)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s: %s", request.method, request.url.path, error)
        answer = problem(status, str(error))
        if status in _WORTH_WAITING:
            answer.headers["retry-after"] = str(TRY_AGAIN_S)
        return answer

    return tell
