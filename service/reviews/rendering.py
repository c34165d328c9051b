"""Makes the review pages out of templates, words and numbers."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models.cues import NO_ONE_CUE
from service.formats import format_value, with_decimal_mark
from service.report_html import NUMBERS, title_of
from service.store.tables import FilmedAtSource
from service.web.languages import PARAMETER, choose_language, text_block
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from service.settings import Settings
    from service.store.sets import StoredSet
    from service.wording import Wording

SECTIONS: Final = ("review", "phase", "people_page")
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
        filmed_on=partial(filmed_on, wording),
        filmed_at=partial(filmed_at, wording),
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
    environment.globals |= {"no_one_cue": NO_ONE_CUE, "title_of": title_of}
    return environment


def _signed(value: float | None, unit: str) -> str:
    """Write a difference with its sign; nothing where there is none."""
    text = format_value(value, unit)
    rises = value is not None and value > 0 and text != format_value(0.0, unit)
    return f"+{text}" if rises else text


def filmed_on(wording: Wording, stored: StoredSet) -> str:
    """Say on which day a set was filmed, or was sent where that is all that is known."""
    is_sent = stored.filmed_at_source is FilmedAtSource.SENT
    key = "review.sent_on" if is_sent else "review.filmed_on"
    return wording.of(key, date=f"{stored.filmed_at.astimezone():%Y-%m-%d}")


def filmed_at(wording: Wording, stored: StoredSet) -> str:
    """Say shortly when a set was filmed, to tell it from others in a list."""
    at, source = stored.filmed_at.astimezone(), stored.filmed_at_source
    if source is FilmedAtSource.DAY:
        return f"{at:%Y-%m-%d}"
    time = f"{at:%Y-%m-%d %H:%M}"
    return wording.of("review.sent_on", date=time) if source is FilmedAtSource.SENT else time


def _with_mark(write: Callable[..., str], decimal_mark: str) -> Callable[..., str]:
    def written(*values: object) -> str:
        return with_decimal_mark(write(*values), decimal_mark)

    return written
