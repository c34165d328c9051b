"""A language is one file in each folder: complete, in its own words, as short and as kind.

This is the one test that a translator runs: ``docs/translating.md`` says how.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

import pytest

from models import text as movement_texts
from models.cues import CueFamily
from models.movements import MOVEMENTS
from models.text import load_texts, placeholders, read_entries
from service.wording import DEFAULT_LANGUAGE, languages, load_wording
from tests.contract.test_wording import BANNED, banned_words
from vision.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PACKAGES: Final = ("models", "service")
TRANSLATIONS: Final = tuple(name for name in languages() if name != DEFAULT_LANGUAGE)

RATIONALE: Final = "rationale."
"""Why a limit is where it is: in English beside the limit itself, so not in the English file."""

MOST_WORDS: Final = {
    r"cue\.\w+\.external": 14,
    r"cue\.\w+\.short": 5,
    r"guide\.\w+\.text": 5,
}
"""Most words of a text that is said in passing or read from three metres, by its key."""

LONGEST_SENTENCE: Final = 24

STATEMENT: Final = "evidence.statement"
"""The text on the evidence has its words letter by letter, however long its sentences are."""

GOOD_GERMAN_GRADE: Final = 6
"""A reader of twelve is in the sixth year of school or later."""

UNKIND_GERMAN: Final = re.compile(
    r"\b(?:fehler|problem|versag|mangel|mängel|defizit|risik|du musst|darfst nicht)",
    re.IGNORECASE,
)
"""Beyond the banned list: what else would make a person feel judged or afraid."""


def entries(package: str, language: str) -> Mapping[str, str]:
    """Read the texts that one package has in a language."""
    file = resources.files(package).joinpath("text", f"{language}.toml")
    return dict(read_entries(file.read_text(encoding="utf-8")))


def everything(language: str) -> Mapping[str, str]:
    """Read all texts of a language."""
    return {key: text for each in PACKAGES for key, text in entries(each, language).items()}


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?:;])\s+", text) if part]


def own_words(text: str) -> list[str]:
    """List the words of a text, without its placeholders and commands."""
    text = re.sub(r"hingewise( [\w-]+)+|--\w+|\{\w+\}", " ", text)
    return re.findall(r"[^\W\d_]{2,}", text)


def german_grade(texts: Iterable[str]) -> float:
    """First Vienna formula: school years that the reader of the texts has had."""
    spoken = [sentence for text in texts for sentence in sentences(text)]
    words = [word for sentence in spoken for word in re.findall(r"[^\W\d_]+", sentence)]
    syllables = [len(re.findall(r"[aeiouyäöü]+", word.lower())) for word in words]
    percent = 100 / len(words)
    return (
        0.1935 * percent * sum(count >= 3 for count in syllables)
        + 0.1672 * len(words) / len(spoken)
        + 0.1297 * percent * sum(len(word) > 6 for word in words)
        - 0.0327 * percent * sum(count <= 1 for count in syllables)
        - 0.875
    )


def test_there_is_a_second_language() -> None:
    assert "de" in TRANSLATIONS


def test_both_packages_have_the_same_languages() -> None:
    files = {file.name for file in resources.files("service").joinpath("text").iterdir()}
    assert files == {f"{language}.toml" for language in movement_texts.languages()}
    assert languages() == movement_texts.languages()


def test_a_language_without_texts_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown language 'tlh': use one of de, en"):
        load_wording("tlh")


@pytest.mark.parametrize("language", languages())
def test_wording_knows_its_language_and_names_it(language: str) -> None:
    wording = load_wording(language)
    assert wording.language == language
    assert wording.of("language.name") == entries("service", language)["language.name"]
    assert wording.of("language.decimal_mark") in {".", ","}


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", TRANSLATIONS)
class TestComplete:
    """A translation has the same keys and placeholders as the English file beside it."""

    def test_no_text_is_missing(self, language: str, package: str) -> None:
        english, own = entries(package, DEFAULT_LANGUAGE), entries(package, language)
        assert {key: text for key, text in english.items() if key not in own} == {}

    def test_no_text_is_left_over(self, language: str, package: str) -> None:
        english, own = entries(package, DEFAULT_LANGUAGE), entries(package, language)
        surplus = own.keys() - english.keys()
        assert [key for key in surplus if not key.startswith(RATIONALE)] == []

    def test_placeholders_are_those_of_the_english_text(self, language: str, package: str) -> None:
        english, own = entries(package, DEFAULT_LANGUAGE), entries(package, language)
        shared = english.keys() & own.keys()
        assert {
            key: own[key] for key in shared if placeholders(own[key]) != placeholders(english[key])
        } == {}

    def test_no_sentence_is_left_in_english(self, language: str, package: str) -> None:
        english, own = entries(package, DEFAULT_LANGUAGE), entries(package, language)
        same = [key for key in english if own.get(key) == english[key]]
        assert {key: own[key] for key in same if len(own_words(own[key])) > 2} == {}


def rationales() -> dict[str, str]:
    """Return why each limit is where it is, as it stands beside the limit."""
    limits = [fault.threshold for spec in MOVEMENTS.values() for fault in spec.when_sore.faults]
    return {f"{RATIONALE}{limit.id}": limit.rationale for limit in limits}


def numbers(text: str) -> set[str]:
    return {number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", text)}


@pytest.mark.parametrize("language", TRANSLATIONS)
class TestRationales:
    def test_every_limit_says_why_it_is_there(self, language: str) -> None:
        own = load_texts(language).entries
        assert {key: text for key, text in rationales().items() if key not in own} == {}

    def test_no_rationale_is_about_a_limit_that_is_gone(self, language: str) -> None:
        own = {key for key in load_texts(language).entries if key.startswith(RATIONALE)}
        assert own - rationales().keys() == set()

    def test_a_rationale_has_the_numbers_of_the_english_one(self, language: str) -> None:
        own = load_texts(language).entries
        assert {
            key: text
            for key, text in rationales().items()
            if key in own and numbers(own[key]) != numbers(text)
        } == {}


@pytest.mark.parametrize("language", languages())
class TestInEveryLanguage:
    """What holds for the English words holds for all."""

    def test_no_text_frightens(self, language: str) -> None:
        assert language in BANNED
        found = {key: banned_words(text, language) for key, text in everything(language).items()}
        assert {key: words for key, words in found.items() if words} == {}

    @pytest.mark.parametrize("key", MOST_WORDS)
    def test_what_is_said_in_passing_is_short(self, language: str, key: str) -> None:
        texts = {
            name: text for name, text in everything(language).items() if re.fullmatch(key, name)
        }
        assert texts, f"no text {key}"
        assert {
            name: text for name, text in texts.items() if len(text.split()) > MOST_WORDS[key]
        } == {}

    def test_no_sentence_about_a_movement_is_long(self, language: str) -> None:
        texts = load_texts(language).entries.items()
        spoken = [part for key, text in texts if key != STATEMENT for part in sentences(text)]
        assert [part for part in spoken if len(part.split()) > LONGEST_SENTENCE] == []

    def test_no_text_is_untidy(self, language: str) -> None:
        marks = ("—", "  ", "..", " ,", " .")
        texts = load_texts(language).entries.values()
        assert [
            text for text in texts if text != text.strip() or any(m in text for m in marks)
        ] == []

    def test_each_family_of_cues_says_something_else(self, language: str) -> None:
        texts = load_texts(language)
        for fault in {one.id for spec in MOVEMENTS.values() for one in spec.when_sore.faults}:
            said = [texts.text(f"cue.{fault}.{family}") for family in CueFamily]
            assert len(set(said)) == len(said), fault


class TestGerman:
    @pytest.mark.parametrize(
        "section", ["cue", "evidence", "fault", "framing", "note", "reason", "strength"]
    )
    def test_a_reader_of_twelve_can_follow(self, section: str) -> None:
        texts = load_texts("de").entries.items()
        assert (
            german_grade(text for key, text in texts if key.startswith(f"{section}."))
            <= GOOD_GERMAN_GRADE
        )

    def test_hard_text_is_seen_to_be_hard(self) -> None:
        hard = (
            "Die lumbopelvine Bewegungskoordination verschlechtert sich nachweislich bei "
            "unzureichender antizipatorischer Muskelaktivierung unter Belastungsbedingungen."
        )
        assert german_grade([hard]) > 12
        assert german_grade(["Die Katze lag im Haus.", "Es war ein Tag im Mai."]) < 2

    def test_no_text_blames(self) -> None:
        texts = load_texts("de").entries.items()
        found = {
            key: UNKIND_GERMAN.findall(text)
            for key, text in texts
            if key != STATEMENT and not key.startswith(RATIONALE)
        }
        assert {key: words for key, words in found.items() if words} == {}

    def test_nobody_is_spoken_to_formally(self) -> None:
        """A sentence may begin with `Sie`, meaning a thing; within one it is a person."""
        formal = re.compile(r"(?<![.!?:\"] )\b(?:Sie|Ihnen|Ihre[mnrs]?|Ihr)\b")
        texts = everything("de").items()
        assert {key: text for key, text in texts if formal.search(" . " + text)} == {}
