"""People are never frightened: words that no text of ours may use, in any language.

The English list is the language rule of the measurement notes, section 4.4; another language says
the same in its own words. Text in Markdown code is not wording and is left out; so are the
comments and keys of a text file, and the markup of a page.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service.wording import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[2]

ENGLISH: Final = (
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
GERMAN: Final = (
    "gefahr",
    "gefährd*",
    "gefährlich*",
    "*schaden*",
    "*schäden",
    "*schädig*",
    "*schädlich*",
    "*verletz*",
    "falsch*",
    "schlecht*",
    "schlimm*",
    "fehlerhaft*",
    "fehlhaltung*",
    "fehlstellung*",
    "fehlbelast*",
    "dysfunktion*",
    "funktionsstörung*",
    "schwach*",
    "schwäch*",
    "geschwächt*",
    "instabil*",
    "verrutscht*",
    "verschoben*",
    "herausgesprungen*",
    "anfällig*",
    "verwundbar*",
    "kaputt*",
    "schütz* dein* wirbelsäule",
    "schütz* dein* rücken",
    "schon* dein* rücken",
    "nie",
    "niemals",
    "bröckel*",
    "verschleiß*",
    "verschlissen*",
    "abnutz*",
    "abgenutzt*",
    "degener*",
    "ausweichbewegung*",
    "kompensation*",
    "kompensier*",
    "abnorm*",
    "anormal*",
    "risikowert*",
    "risiko-score",
)
BANNED: Final = {"en": ENGLISH, "de": GERMAN}
"""By language; an asterisk stands for any letters, so that one entry holds all endings."""

ALLOWED_SENTENCES: Final = {
    "en": (
        "Rounding your back is normal and has not been shown to cause back pain.",
        "A score here is about skill, not about damage or risk.",
    ),
    "de": ("Punkte stehen hier für Können, nicht für Schaden oder Risiko.",),
}
"""Sentences that every report must carry, or that deny a banned word to say what holds."""


@cache
def banned_pattern(language: str) -> re.Pattern[str]:
    """Return what finds the banned words of a language."""
    words = "|".join(BANNED[language]).replace("*", r"\w*").replace(" ", r"\s+")
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def banned_words(text: str, language: str = "en") -> list[str]:
    """List the banned words of a text, outside the sentences that are allowed to hold one."""
    text = re.sub(r"\s+", " ", text)
    for sentence in ALLOWED_SENTENCES[language]:
        text = re.sub(re.escape(sentence), " ", text, flags=re.IGNORECASE)
    return [match.group().lower() for match in banned_pattern(language).finditer(text)]


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


def language_of(path: Path) -> str:
    """Return the language of a file: a text file is named after it, all else is English."""
    return path.stem if path.suffix == ".toml" and path.parent.name == "text" else "en"


@pytest.mark.parametrize(
    "path", wording_files(), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_text_frightens(path: Path) -> None:
    assert banned_words(READERS[path.suffix](path.read_text("utf-8")), language_of(path)) == []


@pytest.mark.parametrize("language", languages())
def test_every_language_has_its_banned_words(language: str) -> None:
    assert BANNED.keys() == ALLOWED_SENTENCES.keys()
    assert language in BANNED, f"add the words that {language}.toml may not use to BANNED"


@pytest.mark.parametrize("name", ["CHANGELOG.md", "docs/conventions.md"])
def test_the_documents_are_among_the_files_read(name: str) -> None:
    assert ROOT / name in wording_files()


@pytest.mark.parametrize("suffix", [".html", ".toml"])
def test_the_service_has_words_to_read(suffix: str) -> None:
    service = [path for path in wording_files() if ROOT / "service" in path.parents]
    assert [path for path in service if path.suffix == suffix]


@pytest.mark.parametrize(
    ("language", "word"),
    [(language, word.replace("*", "")) for language, words in BANNED.items() for word in words],
)
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
def test_a_banned_word_is_seen(language: str, word: str, suffix: str, template: str) -> None:
    assert banned_words(READERS[suffix](template.format(word.title())), language) == [word]


def test_a_banned_phrase_is_seen_across_lines() -> None:
    assert banned_words("an injury\n    risk") == ["injury risk"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Das ist gefährlicher.", ["gefährlicher"]),
        ("Bandscheibenschäden und ein Gelenkschaden", ["bandscheibenschäden", "gelenkschaden"]),
        ("Das Verletzungsrisiko bei schlechter Haltung", ["verletzungsrisiko", "schlechter"]),
        ("Schütze deine\n  Wirbelsäule!", ["schütze deine wirbelsäule"]),
    ],
)
def test_a_banned_word_is_seen_with_every_ending(text: str, seen: list[str]) -> None:
    assert banned_words(text, "de") == seen


@pytest.mark.parametrize(
    ("language", "sentence"),
    [(language, one) for language, sentences in ALLOWED_SENTENCES.items() for one in sentences],
)
def test_a_mandatory_sentence_may_stand_on_any_number_of_lines(
    language: str, sentence: str
) -> None:
    assert banned_words(sentence.replace(" ", "\n  "), language) == []


@pytest.mark.parametrize(
    ("language", "beside", "seen"), [("en", "That is bad.", "bad"), ("de", "Nie!", "nie")]
)
def test_an_allowed_sentence_excuses_nothing_beside_it(
    language: str, beside: str, seen: str
) -> None:
    assert banned_words(f"{ALLOWED_SENTENCES[language][-1]} {beside}", language) == [seen]


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


def test_german_words_that_only_look_alike_are_left_alone() -> None:
    text = (
        "Knie, die mit dem Aufzug gefahren sind, mit viel Erfahrung. Schon dein erster Satz zählt."
    )
    assert banned_words(text, "de") == []
