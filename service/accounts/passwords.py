"""Secrets that a person types: kept as salted hashes, and tried slowly."""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
from typing import Final

FREE_TRIES: Final = 5
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0

MOST_AT_ONCE: Final = 4
"""Hashes that are computed at a time; each takes 16 MB."""

_SCHEME: Final = "scrypt"
_COST: Final = 2**14
_BLOCK_SIZE: Final = 8
_PARALLEL: Final = 1
_SALT_BYTES: Final = 16

_computing = threading.BoundedSemaphore(MOST_AT_ONCE)


def hash_secret(secret: str) -> str:
    """Hash a secret with a salt of its own; takes tens of milliseconds, on purpose.

    Returns
    -------
    str
        Scheme, its parameters, salt and digest, separated by ``$``.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _digest(secret, salt, (_COST, _BLOCK_SIZE, _PARALLEL))
    return f"{_SCHEME}${_COST}${_BLOCK_SIZE}${_PARALLEL}${salt.hex()}${digest.hex()}"


def is_secret(secret: str, hashed: str) -> bool:
    """Tell whether a secret is the one that was hashed; a hash that cannot be read fits none."""
    try:
        scheme, cost, block_size, parallel, salt, digest = hashed.split("$")
        found = _digest(secret, bytes.fromhex(salt), (int(cost), int(block_size), int(parallel)))
        return scheme == _SCHEME and secrets.compare_digest(found, bytes.fromhex(digest))
    except ValueError:
        return False


def _digest(secret: str, salt: bytes, costs: tuple[int, int, int]) -> bytes:
    cost, block_size, parallel = costs
    with _computing:
        return hashlib.scrypt(secret.encode(), salt=salt, n=cost, r=block_size, p=parallel)


class Tries:
    """How often a secret was tried, and how long the next try has to wait.

    The tries of everybody count together: whoever guesses can come from many addresses.
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
