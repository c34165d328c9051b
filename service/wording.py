"""The words that a person reads: those of the movements and those of page and command line."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from models.text import languages as movement_languages
from models.text import load_texts, read_entries
from vision.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

DEFAULT_LANGUAGE: Final = "en"


class Wording:
    """All texts of one language, found by dotted keys such as ``cue.NECK.external``.

    Parameters
    ----------
    entries
        Every text by its key.
    language
        Its code, as a page names it: ``en``, ``de``.

    Examples
    --------
    >>> Wording({"page.reps_many": "{count} repetitions"}).of("page.reps_many", count=3)
    '3 repetitions'
    """

    def __init__(self, entries: Mapping[str, str], *, language: str = DEFAULT_LANGUAGE) -> None:
        self._entries = entries
        self._language = language

    @property
    def language(self) -> str:
        """Code of the language, as a page names it."""
        return self._language

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

    def under(self, *prefixes: str) -> dict[str, str]:
        """Return all texts whose key is one of the prefixes or lies below one."""
        return {
            key: text
            for key, text in self._entries.items()
            if any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)
        }


@cache
def load_wording(language: str = DEFAULT_LANGUAGE) -> Wording:
    """Read all words of a language: ``text/LANGUAGE.toml`` of `models` and of `service`.

    Parameters
    ----------
    language
        One of `languages`.

    Raises
    ------
    UnknownNameError
        When there are no texts in that language.
    """
    if language not in languages():
        kind = "language"
        raise UnknownNameError(kind, language, languages())
    file = _folder().joinpath(f"{language}.toml")
    pages = dict(read_entries(file.read_text(encoding="utf-8")))
    return Wording({**load_texts(language).entries, **pages}, language=language)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that both packages have texts in, in order of the alphabet."""
    names = {file.name for file in _folder().iterdir()}
    return tuple(name for name in movement_languages() if f"{name}.toml" in names)


def _folder() -> Traversable:
    return resources.files("service").joinpath("text")
