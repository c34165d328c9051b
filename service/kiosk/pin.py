"""The staff's PIN: kept as a salted hash, tried slowly, and a session for whoever knew it."""

from __future__ import annotations

import hashlib
import math
import re
import secrets
from dataclasses import dataclass
from typing import Final

PIN_PATTERN: Final = re.compile(r"[0-9]{4,12}")
"""Digits, as on any keypad; the growing wait is what makes four of them enough."""

FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0

SESSION_S: Final = 600.0
"""A session ends after so long without a page being asked for."""

MOST_SESSIONS: Final = 20

_SCHEME: Final = "scrypt"
_COST: Final = 2**14
_BLOCK_SIZE: Final = 8
_PARALLEL: Final = 1
_SALT_BYTES: Final = 16
_TOKEN_BYTES: Final = 32


def hash_pin(pin: str) -> str:
    """Hash a PIN with a salt of its own; takes tens of milliseconds, on purpose.

    Returns
    -------
    str
        Scheme, its parameters, salt and digest, separated by ``$``.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _digest(pin, salt, (_COST, _BLOCK_SIZE, _PARALLEL))
    return f"{_SCHEME}${_COST}${_BLOCK_SIZE}${_PARALLEL}${salt.hex()}${digest.hex()}"


def is_pin(pin: str, hashed: str) -> bool:
    """Tell whether a PIN is the one that was hashed; a hash that cannot be read fits none."""
    try:
        scheme, cost, block_size, parallel, salt, digest = hashed.split("$")
        found = _digest(pin, bytes.fromhex(salt), (int(cost), int(block_size), int(parallel)))
        return scheme == _SCHEME and secrets.compare_digest(found, bytes.fromhex(digest))
    except ValueError:
        return False


def _digest(pin: str, salt: bytes, costs: tuple[int, int, int]) -> bytes:
    cost, block_size, parallel = costs
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=block_size, p=parallel)


class PinTries:
    """How often the PIN was tried, and how long the next try has to wait.

    The tries of everybody count together: there is one kiosk, and whoever guesses can come from
    many addresses.
    """

    def __init__(self) -> None:
        self._tries = 0
        self._free_at_s = -math.inf

    def wait_s(self, now_s: float) -> float:
        """Return for how long no try is taken; 0 when one is."""
        return max(self._free_at_s - now_s, 0.0)

    def take(self, now_s: float) -> None:
        """Count a try, before it is known whether it fits."""
        self._tries += 1
        if self._tries >= FREE_TRIES:
            wait_s = FIRST_WAIT_S * 2.0 ** min(self._tries - FREE_TRIES, 10)
            self._free_at_s = now_s + min(wait_s, LONGEST_WAIT_S)

    def succeeded(self) -> None:
        """Begin to count anew: the last try fitted."""
        self._tries = 0
        self._free_at_s = -math.inf


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
