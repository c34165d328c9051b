"""The words that a person reads: those of the movements and those of page and command line."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from models.text import load_texts, read_entries

if TYPE_CHECKING:
    from collections.abc import Mapping


class Wording:
    """All texts of one language, found by dotted keys such as ``cue.NECK.external``.

    Parameters
    ----------
    entries
        Every text by its key.

    Examples
    --------
    >>> Wording({"page.reps_many": "{count} repetitions"}).of("page.reps_many", count=3)
    '3 repetitions'
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries

    def has(self, key: str) -> bool:
        """Tell whether a key has a text."""
        return key in self._entries

    def of(self, key: str, **values: object) -> str:
        """Return the text of a key, with its placeholders filled.

        A key without a text stands for itself, its last word with spaces for underscores: a
        report comes out even where a word is missing.
        """
        text = self._entries.get(key)
        if text is None:
            return key.rpartition(".")[2].replace("_", " ")
        return text.format_map(values)

    def maybe(self, key: str) -> str:
        """Return the text of a key as it stands, or nothing when it has none."""
        return self._entries.get(key, "")


@cache
def load_wording(language: str = "en") -> Wording:
    """Read all words of a language: ``text/LANGUAGE.toml`` of `models` and of `service`.

    Raises
    ------
    UnknownNameError
        When there are no texts in that language.
    """
    movements = load_texts(language).entries
    file = resources.files("service").joinpath("text", f"{language}.toml")
    pages = dict(read_entries(file.read_text(encoding="utf-8")))
    return Wording({**movements, **pages})
