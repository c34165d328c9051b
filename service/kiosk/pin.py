"""The staff's PIN: what it may be, and a session for whoever knew it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Final

PIN_PATTERN: Final = re.compile(r"[0-9]{4,12}")
"""Digits, as on any keypad; the growing wait is what makes four of them enough."""

SESSION_S: Final = 600.0
"""A session ends after so long without a page being asked for."""

MOST_SESSIONS: Final = 20

_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSession:
    """One browser whose user knew the PIN.

    Attributes
    ----------
    token
        In the cookie; names the session.
    form_token
        In every form; a page of another site does not know it.
    """

    token: str
    form_token: str


class StaffSessions:
    """The open sessions; they end when they are idle, and with the server."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[StaffSession, float]] = {}

    def begin(self, now_s: float) -> StaffSession:
        """Open a session; past the most there may be, the oldest ends."""
        self._end_idle(now_s)
        while len(self._open) >= MOST_SESSIONS:
            self._open.pop(next(iter(self._open)))
        session = StaffSession(
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            form_token=secrets.token_urlsafe(_TOKEN_BYTES),
        )
        self._open[session.token] = (session, now_s)
        return session

    def find(self, token: str, now_s: float) -> StaffSession | None:
        """Find the session of a cookie and keep it alive."""
        self._end_idle(now_s)
        found = self._open.get(token)
        if found is None:
            return None
        self._open[token] = (found[0], now_s)
        return found[0]

    def end(self, token: str) -> None:
        """End a session, if there is one."""
        self._open.pop(token, None)

    def end_all(self) -> None:
        """End every session, as when the PIN has changed."""
        self._open.clear()

    def _end_idle(self, now_s: float) -> None:
        idle = [token for token, (_, seen_s) in self._open.items() if now_s - seen_s > SESSION_S]
        for token in idle:
            del self._open[token]
