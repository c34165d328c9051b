"""Names of videos, as they are kept and shown; they decide nothing."""

from __future__ import annotations

import unicodedata
from typing import Final

from service.store.tables import MAX_FILE_NAME

_DIRECTION: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that change the direction of a text and could make ``4pm.exe`` look like ``exe.mp4``."""

_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of characters, ends of lines."""

NAMELESS: Final = "video"


def shown_name(name: str) -> str:
    r"""Return a file's name as text that can be kept and shown anywhere.

    Parameters
    ----------
    name
        Whatever came: with path characters, of any length, in any script.

    Examples
    --------
    >>> shown_name("../lift\\n.mp4")
    '../lift.mp4'
    """
    kept = "".join(character for character in name if not _is_hidden(character))
    return kept.strip()[:MAX_FILE_NAME] or NAMELESS


def _is_hidden(character: str) -> bool:
    return character in _DIRECTION or unicodedata.category(character) in _UNSEEN
