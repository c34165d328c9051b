"""Which language a page speaks, and the words that its scripts need."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

PARAMETER: Final = "lang"
"""Name of the query parameter that asks for a language."""


def choose_language(request: Request, default: str = "en") -> str:
    """Choose the language of a page: as its address asks, else as the browser prefers.

    Parameters
    ----------
    request
        The request for the page.
    default
        Where neither names a language that there is.
    """
    asked = request.query_params.get(PARAMETER, "")
    preferred = accepted_languages(request.headers.get("accept-language", ""))
    for tag in (asked, *preferred, default):
        language = tag.lower().partition("-")[0]
        if language in languages():
            return language
    return languages()[0]


def accepted_languages(header: str) -> tuple[str, ...]:
    """Read an ``Accept-Language`` header, the most preferred first; what is unreadable is left out.

    Examples
    --------
    >>> accepted_languages("en;q=0.5, de-AT, fr;q=0")
    ('de-AT', 'en')
    """
    weighed = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _quality(parameter)
        if tag and weight > 0:
            weighed.append((weight, tag.strip()))
    return tuple(tag for _, tag in sorted(weighed, key=lambda pair: -pair[0]))


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


@cache
def text_block(language: str, sections: Sequence[str]) -> str:
    """Write the words of some sections as JSON that may stand inside a ``script`` element.

    Parameters
    ----------
    language
        One of `service.wording.languages`.
    sections
        Keys or parts before a dot, such as ``live`` or ``phase``; a tuple.
    """
    entries = load_wording(language).under(*sections)
    text = json.dumps({"language": language, "entries": entries}, ensure_ascii=False)
    return text.replace("<", "\\u003c")
