"""What holds for every page: its words exist, and nothing in it needs more than the page's policy.

A page runs under ``default-src 'self'``: no script or style in the markup, nothing from elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB: Final = Path(__file__).parents[2] / "service" / "web"
TEMPLATES: Final = tuple(sorted((WEB / "templates").glob("*.html")))
SCRIPTS: Final = tuple(sorted((WEB / "static").glob("*.js")))
STYLES: Final = tuple(sorted((WEB / "static").glob("*.css")))

KEY_IN_TEMPLATE: Final = re.compile(r'\bt\("([a-z_.]+)"\s*(~|\))')
KEY_IN_SCRIPT: Final = re.compile(r'"(live\.[A-Za-z_.]+)"')
START_IN_SCRIPT: Final = re.compile(r"`((?:live|phase)\.[A-Za-z_.]*)\$\{")
PLURALS: Final = ("_one", "_many")


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
    texts = load_wording(language).under(
        "live", "home", "phase", "goal", "page", "kiosk", "evidence", "provenance"
    )
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
        assert name.startswith("./")
        assert (path.parent / name).is_file()


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
