"""The live coaching page as a test drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.web.tempo import TooSlowError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.web.running_server import RunningServer
    from tests.web.tempo import Tempo

PATIENCE_S: Final = 60.0
"""Longest wait in the filmed world; it is stretched as that is."""
TOO_SLOW: Final = "low_frame_rate"


class LivePage:
    """The page under ``/live``, with what it tells of itself as ``window.hingewise``.

    Parameters
    ----------
    page
        A page whose camera plays some footage.
    server
        Serves it.
    tempo
        How fast the filmed world runs.
    """

    def __init__(self, page: Page, server: RunningServer, tempo: Tempo) -> None:
        self.page = page
        self._server = server
        self._tempo = tempo

    def open(self, query: str = "") -> None:
        """Go to the page; it begins by itself."""
        self.page.goto(f"{self._server.url}/live{query}")

    def told(self, name: str) -> Any:  # noqa: ANN401 - whatever the page tells
        """Return what the page tells under a name."""
        return self.page.evaluate("name => window.hingewise[name]", name)

    def until(self, condition: str, *, watch_pace: bool = True) -> None:
        """Wait until something holds on the page, where ``h`` is what it tells of itself.

        Raises
        ------
        TooSlowError
            When the server says that it is shown too few pictures.
        """
        slow = f"h.frame?.guide?.key === '{TOO_SLOW}'" if watch_pace else "false"
        expression = f"() => {{ const h = window.hingewise; return ({condition}) || ({slow}); }}"
        try:
            self.page.wait_for_function(
                expression, timeout=PATIENCE_S * 1000 * self._tempo.factor, polling=50
            )
        except Exception as error:
            error.add_note(f"waited for {condition}; the page told {self._state()}")
            raise
        if not self.page.evaluate(f"() => {{ const h = window.hingewise; return {condition}; }}"):
            message = f"too few pictures while waiting for {condition}: {self._state()}"
            raise TooSlowError(message)

    def guide(self) -> str:
        """Return the key of the one thing to do; empty when all is well."""
        frame = self.told("frame")
        return "" if not frame or not frame["guide"] else str(frame["guide"]["key"])

    def _state(self) -> Any:  # noqa: ANN401 - for people
        return self.page.evaluate(
            "() => { const { frame, summary, latencyMs, ...rest } = { ...window.hingewise };"
            " return { ...rest, guide: frame?.guide, took: frame?.took_ms }; }"
        )
