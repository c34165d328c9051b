"""Makes the kiosk's pages out of templates and words."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.wording import load_wording

_PAGES: Final = Environment(
    loader=PackageLoader("service", "kiosk/templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, language: str, **values: object) -> str:
    """Fill a template; ``t`` stands for the words of the language.

    Parameters
    ----------
    template
        Name of its file.
    language
        One of `service.wording.languages`.
    **values
        What else the template names.
    """
    wording = load_wording(language)
    page = _PAGES.get_template(template)
    return page.render(t=wording.of, language=language, **values)
