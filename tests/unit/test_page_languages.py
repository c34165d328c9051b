"""Which language a page speaks, and the words that travel with it."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from service.web.languages import (
    accepted_languages,
    choose_language,
    text_block,
)
from service.wording import Wording, languages, load_wording


def request(query: str = "", accepts: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "query_string": query.encode(),
            "headers": [(b"accept-language", accepts.encode())],
        }
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("de", ("de",)),
        ("en;q=0.5, de-AT, fr;q=0", ("de-AT", "en")),
        ("en;q=high, de;q=0.1", ("de",)),
        ("en;level=1;q=0.4, de", ("de",)),
        (",,;q=1, de", ("de",)),
    ],
)
def test_the_header_is_read_by_weight(header: str, expected: tuple[str, ...]) -> None:
    assert accepted_languages(header) == expected


class TestChoice:
    def test_the_address_comes_first(self) -> None:
        assert choose_language(request("lang=en", "de"), "de") == "en"

    def test_then_what_the_browser_prefers(self) -> None:
        assert choose_language(request("", "tlh, en-GB;q=0.8"), "tlh") == "en"

    def test_then_the_default(self) -> None:
        assert choose_language(request("lang=tlh", "xx"), "en") == "en"

    def test_there_is_always_one(self) -> None:
        assert choose_language(request(), "tlh") in languages()


class TestTexts:
    def test_a_section_travels_whole_and_alone(self) -> None:
        sent = json.loads(text_block("en", ("phase",)))
        assert sent["language"] == "en"
        assert sent["entries"] == load_wording("en").under("phase")
        assert "phase.bottom" in sent["entries"]

    def test_a_prefix_is_a_whole_word(self) -> None:
        wording = Wording({"live": "a", "live.title": "b", "liver.title": "c"})
        assert wording.under("live") == {"live": "a", "live.title": "b"}

    def test_no_text_can_close_the_element_that_holds_it(self) -> None:
        assert "<" not in text_block("en", ("live", "home", "kiosk"))
