"""People are never frightened: words that no text of ours may use.

The list is the language rule of the measurement notes, section 4.4. Text in Markdown code is
not wording and is left out; so are the comments and keys of a text file, and the markup of a
page.
"""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[2]

BANNED: Final = (
    "dangerous",
    "damage",
    "injury risk",
    "wrong",
    "bad",
    "faulty",
    "dysfunction",
    "weak",
    "unstable",
    "out of place",
    "vulnerable",
    "protect your spine",
    "never",
    "slipped",
    "crumbling",
    "wear",
    "degenerate",
    "compensation",
    "abnormal",
    "risk score",
)
BANNED_PATTERN: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(BANNED)})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE
)

ALLOWED_SENTENCES: Final = (
    "Rounding your back is normal and has not been shown to cause back pain.",
    "A score here is about skill, not about damage or risk.",
)
"""Sentences that every report must carry, or that deny a banned word to say what holds."""


def banned_words(text: str) -> list[str]:
    """List the banned words of a text, outside the sentences that are allowed to hold one."""
    text = re.sub(r"\s+", " ", text)
    for sentence in ALLOWED_SENTENCES:
        text = re.sub(re.escape(sentence), " ", text, flags=re.IGNORECASE)
    return [match.group().lower() for match in BANNED_PATTERN.finditer(text)]


def markdown_wording(source: str) -> str:
    """Return the text of a Markdown page without its code and addresses."""
    source = re.sub(r"(?ms)^(```|~~~).*?^\1", " ", source)
    source = re.sub(r"`[^`]*`", " ", source)
    return re.sub(r"\]\([^)]*\)", "]", source)


def toml_wording(source: str) -> str:
    """Return every text value of a TOML file."""
    return "\n".join(texts_in(tomllib.loads(source)))


def texts_in(value: object) -> Iterator[str]:
    """Walk the text values of nested tables and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_in(inner)


class PageText(HTMLParser):
    """Collects what a page shows or reads out, not its markup."""

    SPOKEN_ATTRIBUTES = frozenset({"alt", "aria-label", "content", "placeholder", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.texts += [text for name, text in attrs if text and name in self.SPOKEN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def page_wording(source: str) -> str:
    """Return what a template shows, without the names that its expressions use."""
    page = PageText()
    page.feed(re.sub(r"(?s)\{[{%#].*?[%#}]\}", " ", source))
    page.close()
    return "\n".join(page.texts)


FOR_BUILDERS: Final = frozenset(
    {
        "docs/adding-a-movement.md",
        "docs/architecture.md",
        "docs/measurement.md",
        "docs/stack.md",
    }
)
"""Pages about how the program is built: no user of the program is spoken to in them, and
``measurement.md`` holds the list of banned words itself."""


READERS: Final[dict[str, Callable[[str], str]]] = {
    ".html": page_wording,
    ".md": markdown_wording,
    ".toml": toml_wording,
}


def wording_files() -> list[Path]:
    """Every file whose words a user or a reader of the documentation sees."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    documents = [
        path for path in documents if path.relative_to(ROOT).as_posix() not in FOR_BUILDERS
    ]
    texts = [
        path
        for package in ("models", "service")
        for suffix in (".toml", ".html", ".md")
        for path in (ROOT / package).rglob(f"*{suffix}")
    ]
    return sorted(documents + texts)


@pytest.mark.parametrize(
    "path", wording_files(), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_text_frightens(path: Path) -> None:
    assert banned_words(READERS[path.suffix](path.read_text("utf-8"))) == []


@pytest.mark.parametrize("name", ["CHANGELOG.md", "docs/conventions.md"])
def test_the_documents_are_among_the_files_read(name: str) -> None:
    assert ROOT / name in wording_files()


@pytest.mark.parametrize("suffix", [".html", ".toml"])
def test_the_service_has_words_to_read(suffix: str) -> None:
    service = [path for path in wording_files() if ROOT / "service" in path.parents]
    assert [path for path in service if path.suffix == suffix]


@pytest.mark.parametrize("word", BANNED)
@pytest.mark.parametrize(
    ("suffix", "template"),
    [
        (".html", "<p class='x'>Text with {}.</p>"),
        (".html", "<img alt='Text with {}'>"),
        (".html", "{{% if x %}}<b>{}</b>{{% endif %}}"),
        (".md", "# Title\n\nText with {} in it."),
        (".toml", "[cue.first]\ntext = 'Text with {}.'"),
        (".toml", "[[cue]]\nlines = ['Text', 'with {}']"),
    ],
)
def test_a_banned_word_is_seen(word: str, suffix: str, template: str) -> None:
    assert banned_words(READERS[suffix](template.format(word.title()))) == [word]


def test_a_banned_phrase_is_seen_across_lines() -> None:
    assert banned_words("an injury\n    risk") == ["injury risk"]


@pytest.mark.parametrize("sentence", ALLOWED_SENTENCES)
def test_a_mandatory_sentence_may_stand_on_any_number_of_lines(sentence: str) -> None:
    assert banned_words(sentence.replace(" ", "\n  ")) == []


def test_an_allowed_sentence_excuses_nothing_beside_it() -> None:
    assert banned_words(f"{ALLOWED_SENTENCES[-1]} That is bad.") == ["bad"]


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        (".md", "The file `bad.mp4` and\n\n```\nnever = 1\n```\n[here](docs/never.md)"),
        (".html", "<p class='bad'>{{ never.text }}</p><script>bad()</script>"),
        (".toml", "# never\n[bad]\nnever = 'ready'"),
        (".md", "badge, nevertheless, weaken, awareness"),
    ],
)
def test_code_keys_and_other_words_are_left_alone(suffix: str, source: str) -> None:
    assert banned_words(READERS[suffix](source)) == []
