"""Names of videos as they are kept and shown, which decide nothing, and names of downloads."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from service.store.tables import MAX_FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIRECTION: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that change the direction of a text and could make ``4pm.exe`` look like ``exe.mp4``."""

_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of characters, ends of lines."""

NAMELESS: Final = "video"

_RESERVED: Final = frozenset('<>:"/\\|?*;%')
"""Characters that a file system or a header takes for something else."""


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


def attachment(label: str, suffix: str) -> str:
    r"""Return the header ``content-disposition`` of a download that is named after something.

    Parameters
    ----------
    label
        Whatever it is named after, in any script.
    suffix
        Of the file, with its dot.

    Examples
    --------
    >>> attachment("Jürg A/B", ".zip")
    'attachment; filename="Jurg-A-B.zip"; filename*=UTF-8\'\'J%C3%BCrg-A-B.zip'
    """
    name = _joined("-" if one in _RESERVED else one for one in shown_name(label))
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _joined(folded) or NAMELESS
    whole = quote(f"{name or NAMELESS}{suffix}", safe="")
    return f"attachment; filename=\"{plain}{suffix}\"; filename*=UTF-8''{whole}"


def _joined(characters: Iterable[str]) -> str:
    """Join words with hyphens, without dots or hyphens at the ends."""
    text = "".join(characters).replace("-", " ")
    return "-".join(text.split()).strip("-. ")


def _is_hidden(character: str) -> bool:
    return character in _DIRECTION or unicodedata.category(character) in _UNSEEN
