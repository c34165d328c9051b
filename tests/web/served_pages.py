"""The pages of the application in a browser without any port: each answer comes from the app."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx
from anyio.from_thread import start_blocking_portal

from service.app import create_app
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal
    from playwright.sync_api import BrowserContext, Route

ORIGIN: Final = "https://hingewise.test"
"""Where the pages live; a browser gives cameras to it as it does to localhost."""
INSECURE_ORIGIN: Final = "http://hingewise.test"

_NOT_PASSED_ON: Final = {"content-length", "transfer-encoding"}


class ServedPages:
    """Answers the requests of a browser context with the application's own answers.

    Parameters
    ----------
    client
        Asks the application.
    portal
        The loop that the application runs in: that of the test is playwright's.
    """

    def __init__(self, client: httpx.AsyncClient, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def serve(self, context: BrowserContext) -> None:
        """Answer everything that the pages of a context ask for."""
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        asked = route.request
        if httpx.URL(asked.url).host != httpx.URL(ORIGIN).host:
            route.abort()
            return
        answer = self._portal.call(self._ask, asked.url, asked.headers)
        headers = {k: v for k, v in answer.headers.items() if k not in _NOT_PASSED_ON}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    async def _ask(self, url: str, headers: dict[str, str]) -> httpx.Response:
        return await self._client.get(url, headers=headers)


@contextmanager
def serve_pages(data: Path) -> Iterator[ServedPages]:
    """Run the application without a port.

    Parameters
    ----------
    data
        Its data folder.
    """
    transport = httpx.ASGITransport(create_app(Settings(data=data)))
    client = httpx.AsyncClient(transport=transport)
    with start_blocking_portal() as portal:
        yield ServedPages(client, portal)
        portal.call(client.aclose)
