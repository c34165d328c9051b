"""Forms that our own pages send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_FORM_BYTES: Final = 10_000
MOST_FORM_FIELDS: Final = 60

NO_ROOM: Final = 413
TOO_MANY_TRIES: Final = 429
NOT_AS_EXPECTED: Final = 422
SEE_OTHER: Final = 303


async def read_form(request: Request) -> dict[str, str]:
    """Read a form that one of our own pages sent.

    Raises
    ------
    HTTPException
        When it comes from another site, is too long or cannot be read.
    """
    if not is_from_here(request):
        raise HTTPException(403, "expected a form of this page, got one of another site")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM_BYTES:
            raise HTTPException(NO_ROOM, f"expected at most {MOST_FORM_BYTES} bytes of form")
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS
        )
    except ValueError as error:
        raise HTTPException(NOT_AS_EXPECTED, f"expected a form, got {error}") from error
    return dict(fields)


def is_from_here(request: Request) -> bool:
    """Tell whether a browser sent a form from a page of this server.

    A browser says where a form comes from; whatever says nothing is no browser, and holds no
    cookie of one.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
