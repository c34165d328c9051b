"""A QR code that carries a summary away: no account, and no network unless one is set up.

By default the code holds the summary itself as short plain text. Where staff have given the
public address of this server, it holds a link whose fragment is the summary: a browser never
sends that part to anybody, and the page ``/s`` shows it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import segno

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from service.protocol import Summary
    from service.wording import Wording

LARGEST_VERSION: Final = 10
"""57 modules across: a code 20 cm wide shows 3 mm modules, which phones read from 2 m."""

MOST_BYTES: Final = 271
"""What `LARGEST_VERSION` holds at the lowest error correction, as on a screen nothing is torn."""

LINK_VERSION: Final = "1"
"""First field of a link's fragment, so that an older page knows what it cannot read."""

FIELD_SEPARATOR: Final = "~"

READING_ORDER: Final = ("headline", "good", "change", "try_it", "since_last")
"""Parts of a summary that travel, as they are read; the lower back needs its evidence beside it,
which is more than a code holds."""

BY_IMPORTANCE: Final = ("headline", "change", "good", "try_it", "since_last")
"""The same, those first that are kept when not all of them fit."""

FEWEST_WORDS: Final = 4
"""A part that can only be told in fewer words than this is left out."""

SHORTENED: Final = "…"


def summary_qr(summary: Summary, *, wording: Wording, public_url: str | None) -> str:
    """Draw a summary as a QR code.

    Parameters
    ----------
    summary
        What to carry; its texts are in the language of `wording`.
    wording
        Names the parts, and the code itself for those who do not see it.
    public_url
        Address under which a visitor's phone reaches this server; None to carry plain text.

    Returns
    -------
    str
        SVG that scales, with its quiet zone and a title; empty when there is nothing to carry.
    """
    text = carried_text(summary, wording=wording, public_url=public_url)
    if not text:
        return ""
    code = segno.make_qr(text, error="L", encoding="utf-8")
    drawing = io.BytesIO()
    code.save(
        drawing,
        kind="svg",
        xmldecl=False,
        omitsize=True,
        border=4,
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title=wording.of("kiosk.scan"),
        desc=wording.of("kiosk.scan_text"),
    )
    return drawing.getvalue().decode()


def carried_text(summary: Summary, *, wording: Wording, public_url: str | None) -> str:
    """Write what the code holds: as much of the summary as fits, the most important first."""
    write = _plain_writer(wording) if public_url is None else _link_writer(wording, public_url)
    parts: dict[str, str] = {}
    for name in BY_IMPORTANCE:
        text = _as_much_as_fits(name, getattr(summary, name), parts, write)
        if text:
            parts[name] = text
    return write(parts)


def _plain_writer(wording: Wording) -> Callable[[Mapping[str, str]], str]:
    labels = {name: wording.of(f"kiosk.carry.{name}") for name in READING_ORDER}

    def write(parts: Mapping[str, str]) -> str:
        lines = (f"{labels[name]}: {parts[name]}" for name in READING_ORDER if name in parts)
        return "\n".join(lines)

    return write


def _link_writer(wording: Wording, public_url: str) -> Callable[[Mapping[str, str]], str]:
    start = f"{public_url.rstrip('/')}/s#"
    language = wording.language

    def write(parts: Mapping[str, str]) -> str:
        fields = (_as_field(parts.get(name, "")) for name in READING_ORDER)
        return start + FIELD_SEPARATOR.join((LINK_VERSION, language, *fields))

    return write


def _as_field(text: str) -> str:
    """Write a text with what a fragment may hold; a space takes one character."""
    return quote_plus(text, safe=",.!?:;'()/").replace(FIELD_SEPARATOR, "%7E")


def _as_much_as_fits(
    name: str,
    text: str,
    parts: Mapping[str, str],
    write: Callable[[Mapping[str, str]], str],
) -> str:
    """Shorten a text by whole words until it fits beside the parts that are kept already."""
    words = text.split()
    candidate = " ".join(words)
    while words and not _fits(write({**parts, name: candidate})):
        words.pop()
        candidate = " ".join(words) + SHORTENED
        if len(words) < FEWEST_WORDS:
            return ""
    return candidate if words else ""


def _fits(text: str) -> bool:
    return len(text.encode()) <= MOST_BYTES
