"""The words of the movements, by language: one TOML file each, read by `load_texts`.

A key is the path of a text in its file, joined by dots: ``fault.SQUATTY_RATIO.title``. A further
language is a further file with the same keys and the same placeholders.
"""

from __future__ import annotations

import string
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vision.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUFFIX: Final = ".toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All texts of one language.

    Attributes
    ----------
    language
        As in the name of the file, for example ``en``.
    entries
        Every text by its key.
    """

    language: str
    entries: Mapping[str, str]

    def text(self, key: str, **values: str) -> str:
        """Return the text of a key, its placeholders filled.

        Parameters
        ----------
        key
            For example ``note.partial_reps``.
        **values
            One for every placeholder of the text, and no more.

        Raises
        ------
        KeyError
            If there is no such text.
        ValueError
            If the values are not those that the text has placeholders for.
        """
        if key not in self.entries:
            message = (
                f"no text {key!r} in language {self.language!r}: add it to {self.language}.toml"
            )
            raise KeyError(message)
        template = self.entries[key]
        wanted = placeholders(template)
        if wanted != values.keys():
            message = (
                f"text {key!r} needs values for {sorted(wanted)}, got {sorted(values)}: "
                "give exactly those"
            )
            raise ValueError(message)
        return template.format_map(values)


@cache
def load_texts(language: str = "en") -> Texts:
    """Read all texts of a language.

    Parameters
    ----------
    language
        One of `languages`.

    Raises
    ------
    UnknownNameError
        If there is no file for the language.
    ValueError
        If a text is empty, is no text, or holds a placeholder without a plain name.
    """
    if language not in languages():
        raise UnknownNameError(kind="language", name=language, known=languages())
    file = resources.files(__name__).joinpath(f"{language}{SUFFIX}")
    entries = dict(read_entries(file.read_text(encoding="utf-8")))
    return Texts(language=language, entries=MappingProxyType(entries))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are texts in, in order of the alphabet."""
    names = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def read_entries(source: str) -> Iterator[tuple[str, str]]:
    """Read the keys and texts of a TOML document.

    Parameters
    ----------
    source
        The document.

    Raises
    ------
    ValueError
        If a text is empty, is no text, or holds a placeholder without a plain name.
    """
    for key, value in _flatten("", tomllib.loads(source)):
        if not isinstance(value, str) or not value.strip():
            message = f"text {key!r} must be words in quotes, got {value!r}: correct the text file"
            raise ValueError(message)
        placeholders(value)
        yield key, value


def placeholders(template: str) -> frozenset[str]:
    """Return the names in braces in a text.

    Raises
    ------
    ValueError
        If a brace is left open or does not hold a plain name such as ``{count}``.
    """
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    for name in names:
        if not name.isidentifier():
            message = f"placeholder {{{name}}} in {template!r} must be a plain name like {{count}}"
            raise ValueError(message)
    return frozenset(names)


def _flatten(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value
