"""Names of people: any script, any punctuation, nothing that cannot be seen."""

from __future__ import annotations

import unicodedata
from typing import Final

from vision.errors import CalibrationError

MAX_NAME_LENGTH: Final = 80
"""Characters of a person's name; longer than any on a passport."""

MAX_KEY_LENGTH: Final = 320
"""Characters of a name without differences of case and form; a few signs stand for many."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, yet part of how Persian, Hindi and others are spelled."""


def checked_name(name: str) -> str:
    """Return a person's name as it is kept: trimmed, with single spaces, in composed characters.

    Parameters
    ----------
    name
        In any script, with any punctuation.

    Raises
    ------
    CalibrationError
        When there is nothing to see in it, it is longer than `MAX_NAME_LENGTH`, or it holds
        control characters or marks that change the direction of the text.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not any(unicodedata.category(character)[0] in "LNPS" for character in kept):
        msg = f"expected a person's name, got {name!r}: give one with letters, such as 'Kim'"
        raise CalibrationError(msg)
    if len(kept) > MAX_NAME_LENGTH or len(_folded(kept)) > MAX_KEY_LENGTH:
        msg = (
            f"expected a person's name of at most {MAX_NAME_LENGTH} characters, got {len(kept)}: "
            "give a shorter one"
        )
        raise CalibrationError(msg)
    unseen = [character for character in kept if _is_hidden(character)]
    if unseen:
        msg = (
            f"expected a person's name that can be seen, got one with U+{ord(unseen[0]):04X} "
            f"({unicodedata.name(unseen[0], 'no letter')}): type it anew"
        )
        raise CalibrationError(msg)
    return kept


def name_key(name: str) -> str:
    """Return a name without differences of case and form; who has the same is the same person.

    Raises
    ------
    CalibrationError
        When the name cannot be used.
    """
    return _folded(checked_name(name))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold())


def _is_hidden(character: str) -> bool:
    """Tell controls, marks of direction and lone surrogates."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS
