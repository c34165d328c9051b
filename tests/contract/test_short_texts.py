"""What is said during a set, or read from three metres, is short, kind and there for everything."""

from __future__ import annotations

import re
from typing import Final

import pytest

from models.coaching import GOOD, short_key
from models.cues import (
    EASE,
    EFFORT,
    FASTER,
    FREER,
    KEEP,
    LARGER,
)
from models.movements import MOVEMENTS
from models.spec import SubScore
from service.live.guide import ORDER
from service.live.summary import SAID_WHOLE
from service.wording import load_wording
from tests.contract.test_wording import banned_words
from vision.exposure import Exposure
from vision.framing import FramingIssue

ENGLISH: Final = load_wording("en")
MAX_WORDS: Final = 5
CUEABLE: Final = sorted(
    {fault.id for movement in MOVEMENTS.values() for fault in movement.when_sore.faults}
)
BODY_PARTS: Final = re.compile(r"\b(?:muscles?|glutes?|spine|lower back|hamstrings?|your back)\b")
"""Where an inner focus would be; a cue to act on the world names none of them."""


@pytest.mark.parametrize("key", [*map(short_key, CUEABLE), GOOD])
def test_what_is_said_between_repetitions_is_short(key: str) -> None:
    assert ENGLISH.has(key)
    text = ENGLISH.of(key)
    assert 1 <= len(text.split()) <= MAX_WORDS
    assert text.endswith(".")
    assert banned_words(text) == []
    assert BODY_PARTS.search(text.lower()) is None


def test_guarding_is_among_what_can_be_cued() -> None:
    assert {"GUARDED", "LUM_HINGE", "HEEL_RISE"} <= set(CUEABLE)


def test_everything_that_can_stand_in_the_way_is_guided() -> None:
    assert set(ORDER) == {*FramingIssue, *Exposure} - {Exposure.GOOD}
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("key", [issue.value for issue in ORDER])
def test_an_instruction_is_read_at_a_glance(key: str) -> None:
    text, detail = ENGLISH.of(f"guide.{key}.text"), ENGLISH.of(f"guide.{key}.detail")
    assert ENGLISH.has(f"guide.{key}.text")
    assert ENGLISH.has(f"guide.{key}.detail")
    assert 1 <= len(text.split()) <= MAX_WORDS
    assert len(re.findall(r"[.!?]", detail)) == 1
    assert detail.endswith(".")
    assert banned_words(f"{text} {detail}") == []


def test_nobody_is_told_which_way_to_turn() -> None:
    """The yaw has no sign, so left and right would be guesses."""
    told = [ENGLISH.of(f"guide.{issue}.{part}") for issue in ORDER for part in ("text", "detail")]
    assert [text for text in told if re.search(r"\b(?:left|right|clockwise)\b", text)] == []


def sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?:\s|$)", text))


@pytest.mark.parametrize(
    "key",
    [
        *(f"cue.{fault}.{family}" for fault in CUEABLE for family in sorted(SAID_WHOLE)),
        *(f"strength.fault.{fault}" for fault in CUEABLE),
        *(f"strength.part.{part}" for part in SubScore),
        *(EFFORT, LARGER, FASTER, FREER, EASE),
        *("summary.keep_going", "summary.no_one_cue", "summary.not_judged"),
    ],
)
def test_what_a_spoken_summary_is_made_of_is_one_sentence(key: str) -> None:
    assert ENGLISH.has(key)
    assert sentences(ENGLISH.of(key)) == 1


def test_to_keep_going_has_its_own_words_aloud() -> None:
    assert ENGLISH.has(KEEP)
    assert ENGLISH.of("summary.spoken", headline="A", good="B.", change="C.") == "A. B. C."


@pytest.mark.parametrize("movement", [*MOVEMENTS, "any"])
@pytest.mark.parametrize("count", ["one", "many"])
def test_every_movement_can_be_counted(movement: str, count: str) -> None:
    text = ENGLISH.maybe(f"summary.count.{movement}.{count}")
    assert text
    assert ("{count}" in text) is (count == "many")
