"""Makes the pages about people out of templates and words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.formats import format_value, format_whole, with_decimal_mark
from service.web.languages import PARAMETER, choose_language, text_block
from service.wording import Wording, languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

SECTIONS: Final = ("upload", "people_page")
"""Sections of the text files that the scripts read."""

KILO: Final = 1000
"""Sizes of files are told as phones tell them, in powers of 1000."""

_PAGES: Final = Environment(
    loader=ChoiceLoader(
        [PackageLoader("service", "people/templates"), PackageLoader("service", "web/templates")]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, request: Request, default_language: str, **values: object) -> str:
    """Fill a template; ``t`` stands for the words of the language that the request asks for.

    Parameters
    ----------
    template
        Name of its file.
    request
        For the page.
    default_language
        Where it asks for none that there is.
    **values
        What else the template names.
    """
    language = choose_language(request, default_language)
    wording = load_wording(language)
    asked = request.query_params.get(PARAMETER) is not None
    return _PAGES.get_template(template).render(
        language=language,
        languages={code: load_wording(code).of("language.name") for code in languages()},
        query=f"?{PARAMETER}={language}" if asked else "",
        texts=Markup(text_block(language, SECTIONS)),  # noqa: S704 - escaped there
        **_words(wording),
        **values,
    )


def json_block(value: object) -> Markup:
    """Write a value as JSON that may stand inside a ``script`` element."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - nothing in it can end the element


def format_size(size_bytes: int, wording: Wording) -> str:
    """Write the size of a file, no more exactly than is of use."""
    value, unit = size_bytes / KILO, "kb"
    for larger in ("mb", "gb"):
        if value >= KILO:
            value, unit = value / KILO, larger
    digits = f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"  # noqa: PLR2004 - two digits are enough
    mark = wording.of("language.decimal_mark")
    return wording.of(f"upload.{unit}", value=with_decimal_mark(digits, mark))


def _words(wording: Wording) -> dict[str, Callable[..., str]]:
    """Return what a template writes words, numbers and dates with."""
    mark = wording.of("language.decimal_mark")

    def number(text: str) -> str:
        return with_decimal_mark(text, mark)

    def value(measured: float, unit: str) -> str:
        return number(format_value(measured, unit))

    def whole(measured: float, unit: str) -> str:
        text = format_value(measured, unit) if unit in {"s", "ratio"} else ""
        return number(text or format_whole(measured, unit))

    def count(key: str, number_of: int) -> str:
        return wording.of(f"{key}_{'one' if number_of == 1 else 'many'}", count=number_of)

    def dated(key: str) -> Callable[[datetime], str]:
        return lambda at: _date(key, at.astimezone(), wording)

    return {
        "t": wording.of,
        "number": number,
        "value": value,
        "whole": whole,
        "count": count,
        "date": dated("people_page.date"),
        "short_date": dated("people_page.short_date"),
        "clock": lambda at: f"{at.astimezone():%H:%M}",
    }


def _date(key: str, at: datetime, wording: Wording) -> str:
    month = wording.of(f"people_page.month_{at.month}")
    return wording.of(key, day=at.day, month=month, year=at.year)
