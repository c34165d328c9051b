"""Makes the review pages out of templates, words and numbers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.formats import format_value, with_decimal_mark
from service.report_html import NUMBERS
from service.web.languages import PARAMETER, choose_language, text_block
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from service.settings import Settings

SECTIONS: Final = ("review", "phase")
"""Sections of the text files that the scripts of the pages read."""


def render_page(template: str, request: Request, settings: Settings, **values: Any) -> str:  # noqa: ANN401 - whatever a template names
    """Fill a template in the language that a request asks for.

    Parameters
    ----------
    template
        Name of its file.
    request
        As it came.
    settings
        Of the server; says which language stands in.
    **values
        What else the template names.
    """
    language = choose_language(request, settings.language)
    wording = load_wording(language)
    asked = request.query_params.get(PARAMETER) is not None
    page = _environment(wording.of("language.decimal_mark")).get_template(template)
    return page.render(
        t=wording.of,
        maybe=wording.maybe,
        language=language,
        languages={code: load_wording(code).of("language.name") for code in languages()},
        query=f"?{PARAMETER}={language}" if asked else "",
        texts=Markup(text_block(language, SECTIONS)),  # noqa: S704 - escaped there
        **values,
    )


@cache
def _environment(decimal_mark: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("service", "reviews/templates"),
                PackageLoader("service", "web/templates"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    numbers = {**NUMBERS, "signed": _signed}
    environment.filters |= {
        name: _with_mark(write, decimal_mark) for name, write in numbers.items()
    }
    return environment


def _signed(value: float | None, unit: str) -> str:
    """Write a difference with its sign; nothing where there is none."""
    text = format_value(value, unit)
    rises = value is not None and value > 0 and text != format_value(0.0, unit)
    return f"+{text}" if rises else text


def _with_mark(write: Callable[..., str], decimal_mark: str) -> Callable[..., str]:
    def written(*values: object) -> str:
        return with_decimal_mark(write(*values), decimal_mark)

    return written
