"""What holds for every page: its words exist, and nothing in it needs more than the page's policy.

A page runs under ``default-src 'self'``: no script or style in the markup, nothing from elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from models.text import load_texts, read_entries
from service.wording import languages

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE: Final = Path(__file__).parents[2] / "service"
WEB: Final = SERVICE / "web"
ROOMS: Final = {
    "/static/": WEB,
    "/people/static/": SERVICE / "people",
    "/reviews/static/": SERVICE / "reviews",
    "/accounts/static/": SERVICE / "accounts",
    "/api/static/": SERVICE / "api",
}
"""Folders with templates and page files, by where the files are served."""


def files(kind: str, pattern: str) -> tuple[Path, ...]:
    """List files of all rooms."""
    return tuple(sorted(path for room in ROOMS.values() for path in (room / kind).glob(pattern)))


TEMPLATES: Final = files("templates", "*.html")
SCRIPTS: Final = files("static", "*.js")
STYLES: Final = files("static", "*.css")

KEY_IN_TEMPLATE: Final = re.compile(r'\b(?:t|count)\("([a-z_.]+)"\s*(~|\)|,)')
KEY_IN_SCRIPT: Final = re.compile(r'"((?:live|upload|people_page|review)\.[A-Za-z_.]+)"')
START_IN_SCRIPT: Final = re.compile(r"`((?:live|phase|upload|people_page|review)\.[A-Za-z_.]*)\$\{")
PLURALS: Final = ("_one", "_many")


def wording_of(language: str) -> dict[str, str]:
    """Return every text of a language."""
    service = read_entries((SERVICE / "text" / f"{language}.toml").read_text("utf-8"))
    return {**load_texts(language).entries, **dict(service)}


def keys(path: Path) -> Iterator[tuple[str, bool]]:
    """Find the keys that a file names, and whether each is only the start of one."""
    source = path.read_text("utf-8")
    if path.suffix == ".html":
        yield from ((match[1], match[2] == "~") for match in KEY_IN_TEMPLATE.finditer(source))
    else:
        yield from ((match[1], False) for match in KEY_IN_SCRIPT.finditer(source))
        yield from ((match[1], True) for match in START_IN_SCRIPT.finditer(source))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS], ids=lambda path: path.name)
def test_every_word_of_a_page_exists(path: Path, language: str) -> None:
    texts = wording_of(language)
    for key, is_start in keys(path):
        if is_start:
            assert any(text.startswith(key) for text in texts), key
        else:
            assert key in texts or all(f"{key}{plural}" in texts for plural in PLURALS), key


def test_keys_are_found_in_both_kinds_of_file() -> None:
    assert {path.suffix for path in (*TEMPLATES, *SCRIPTS) if any(keys(path))} == {".html", ".js"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_markup_holds_no_script_style_or_foreign_address(path: Path) -> None:
    source = path.read_text("utf-8")
    assert re.findall(r'\sstyle="|<style|\son[a-z]+="|javascript:', source) == []
    assert re.findall(r"<script(?![^>]*(?: src=|application/json))", source) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', source) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_checked_and_needs_nothing_else(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.startswith("// @ts-check\n")
    assert re.findall(r"\beval\(|new Function\(|innerHTML|outerHTML|document\.write", source) == []
    imported = re.findall(r'\bfrom "([^"]+)"|import\("([^"]+)"\)', source)
    for name in (one or other for one, other in imported):
        assert imported_file(path, name).is_file(), name


def imported_file(path: Path, name: str) -> Path:
    """Find what a script imports: from its own folder, or by the address of another room."""
    if name.startswith("./"):
        return path.parent / name
    address, _, file = name.rpartition("/")
    return ROOMS[f"{address}/"] / "static" / file


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_asks_for_nothing(path: Path) -> None:
    assert re.findall(r"@import|url\(", path.read_text("utf-8")) == []


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static" / "icons.svg").read_text()))
    markup = "".join(path.read_text("utf-8") for path in TEMPLATES)
    named = set(re.findall(r'icon\("([a-z_-]+)"\)', markup))
    for path in SCRIPTS:
        named |= set(re.findall(r'\bicon\("([a-z_-]+)"\)', path.read_text("utf-8")))
    guides = (WEB / "static" / "guides.js").read_text("utf-8")
    table = re.search(r"ICON_OF_GUIDE = \{(.*?)\};", guides, re.DOTALL)
    assert table is not None
    named |= set(re.findall(r': "([a-z_-]+)"', table[1]))
    assert len(named) > 20
    assert named - drawn == set()
