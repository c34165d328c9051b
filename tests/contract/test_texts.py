"""Everything a person reads about a movement has its words, and the words are kind and plain."""

from __future__ import annotations

import math
import re
import statistics
from typing import TYPE_CHECKING, Final

import pytest

from models import judging, metrics
from models.classification import Family, Variant
from models.cues import (
    ABOUT_LESS_ROUNDING,
    ABOUT_LESS_SPEED,
    ASKS_FOR_MORE,
    EASE,
    EFFORT,
    FASTER,
    FREER,
    GUARDED,
    KEEP,
    LARGER,
    NO_ONE_CUE,
    CueFamily,
    message_keys,
)
from models.kinematics import Signal
from models.lumbar import profile, rhythm
from models.lumbar.shape import BackShape, text_keys
from models.movements import MOVEMENTS
from models.results import Band, Confidence, Cue, Measurement, Phase, Verdict
from models.spec import EvidenceGrade, Goal, Severity, SubScore
from models.text import Texts, load_texts, placeholders, read_entries
from service.wording import load_wording
from tests.contract.test_wording import banned_words
from vision.errors import UnknownNameError
from vision.framing import CameraView, FramingIssue, Side

if TYPE_CHECKING:
    from enum import StrEnum

ENGLISH: Final = load_texts("en")

STATEMENT: Final = (
    "Rounding your back is normal and has not been shown to cause back pain. "
    "Learning to share the bend between hips and back is a useful skill and gives you options, "
    "especially under load or when bending is sore. "
    "A score here is about skill, not about damage or risk."
)
"""The text that every report must carry, letter by letter (``measurement.md`` §1.6)."""

OWN_WORDS: Final = {key: text for key, text in ENGLISH.entries.items() if text != STATEMENT}

UNKIND: Final = re.compile(
    r"\b(?:fault|error|problem|fail|poor|mistake|incorrect|injur|harm|risk|danger|unsafe|must|"
    r"damag|degenerat|weak|deficit)",
    re.IGNORECASE,
)
"""Beyond the banned list: what else would make a person feel judged or afraid."""

FAULTS: Final = {fault.id: fault for spec in MOVEMENTS.values() for fault in spec.when_sore.faults}
METRICS: Final = {
    value.id
    for module in (metrics, rhythm)
    for value in vars(module).values()
    if isinstance(value, metrics.Metric)
} | {fault.metric.id for fault in FAULTS.values()}
REASONS: Final = (
    judging.NOT_MEASURED,
    judging.ERROR_UNKNOWN,
    judging.ERROR_TOO_LARGE,
    metrics.HIDDEN,
    metrics.NO_DESCENT,
    metrics.NO_ASCENT,
    metrics.HANDS_FREE,
    metrics.TOO_FEW_REPS,
    profile.OUTLINE_UNCLEAR,
    profile.LUMBAR_UNCERTAIN,
    rhythm.NO_FULL_BEND,
    rhythm.NO_ONSET,
    rhythm.NOT_THAT_DEEP,
    rhythm.LIFT_OFF_UNSEEN,
    rhythm.LOW_RATE,
    rhythm.NOT_SLOW,
    "back_hidden",
    "turned_too_far",
    "no_upright",
)
UNITS: Final = {
    value.unit
    for module in (metrics, rhythm)
    for value in vars(module).values()
    if isinstance(value, metrics.Metric)
}
FAULT_IDS_WITH_WORDS: Final = sorted(
    {key.split(".")[1] for key in OWN_WORDS if key[:6] == "fault."}
)

BY_ENUM: Final[dict[str, type[StrEnum]]] = {
    "family": Family,
    "framing": FramingIssue,
    "goal": Goal,
    "grade": EvidenceGrade,
    "phase": Phase,
    "severity": Severity,
    "signal": Signal,
    "subscore": SubScore,
    "strength.part": SubScore,
    "variant": Variant,
}
"""Section of our own texts by the values that it names."""

BY_ENUM_OF_THE_SERVICE: Final[dict[str, type[StrEnum]]] = {
    "band": Band,
    "confidence": Confidence,
    "side": Side,
    "verdict": Verdict,
    "view": CameraView,
}


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


def syllables(word: str) -> int:
    """Count groups of vowels, a silent e aside: near enough for an average over many words."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(groups - bool(re.search(r"[^aeiouyl]e$|[^td]ed$", word.lower())), 1)


def school_grade(texts: list[str]) -> float:
    """Flesch-Kincaid grade: school years that the reader of the texts has had."""
    spoken = [sentence for text in texts for sentence in sentences(text)]
    words = [word for sentence in spoken for word in re.findall(r"[A-Za-z']+", sentence)]
    length = len(words) / len(spoken)
    return 0.39 * length + 11.8 * statistics.fmean(map(syllables, words)) - 15.59


class TestWords:
    def test_the_statement_stands_letter_by_letter(self) -> None:
        assert ENGLISH.text("evidence.statement") == STATEMENT

    def test_no_text_frightens_or_blames(self) -> None:
        found = {key: banned_words(text) + UNKIND.findall(text) for key, text in OWN_WORDS.items()}
        assert {key: words for key, words in found.items() if words} == {}

    @pytest.mark.parametrize("language", ["en", "de"])
    @pytest.mark.parametrize("movement", MOVEMENTS)
    def test_titles_of_one_report_can_be_told_apart(self, movement: str, language: str) -> None:
        """A title may not merely add to another, as soft knees and soft, steady knees would."""
        texts = load_texts(language)
        titles = {
            frozenset(re.findall(r"\w+", texts.text(f"fault.{fault.id}.{part}").lower()))
            for fault in MOVEMENTS[movement].faults
            for part in ("title", "good")
        }
        assert len(titles) == 2 * len(MOVEMENTS[movement].faults)
        assert [(one, other) for one in titles for other in titles if one < other] == []

    def test_words_that_blame_are_seen(self) -> None:
        assert UNKIND.findall("A fault that may harm: no Mistake.") == ["fault", "harm", "Mistake"]

    def test_no_sentence_is_long(self) -> None:
        spoken = [sentence for text in OWN_WORDS.values() for sentence in sentences(text)]
        assert [sentence for sentence in spoken if len(sentence.split()) > 24] == []

    @pytest.mark.parametrize(
        "section", ["cue", "evidence", "fault", "framing", "note", "reason", "strength"]
    )
    def test_a_reader_of_twelve_can_follow(self, section: str) -> None:
        """A reader of twelve is in the sixth year of school or later; a year is kept in hand."""
        texts = [text for key, text in OWN_WORDS.items() if key.startswith(f"{section}.")]
        assert school_grade(texts) <= 5

    def test_hard_text_is_seen_to_be_hard(self) -> None:
        hard = (
            "Lumbopelvic coordination deteriorates considerably whenever anticipatory muscular "
            "activation insufficiently accommodates unanticipated external perturbations."
        )
        assert school_grade([hard]) > 15
        assert school_grade(["The cat sat on the mat.", "It was a nice day."]) < 3

    def test_no_text_is_untidy(self) -> None:
        marks = ("—", "  ", "..", " ,", " .")
        untidy = [
            text
            for text in OWN_WORDS.values()
            if text != text.strip() or any(mark in text for mark in marks)
        ]
        assert untidy == []


class TestFaults:
    @pytest.mark.parametrize("fault", sorted(FAULTS.keys() | set(FAULT_IDS_WITH_WORDS)))
    def test_a_fault_has_all_its_words(self, fault: str) -> None:
        wanted = {f"fault.{fault}.{part}" for part in ("title", "what_it_is", "why", "good")}
        wanted |= {f"cue.{fault}.{family}" for family in CueFamily}
        wanted.add(f"strength.fault.{fault}")
        assert wanted <= ENGLISH.entries.keys()

    @pytest.mark.parametrize("fault", FAULT_IDS_WITH_WORDS)
    def test_each_family_of_cues_says_something_else(self, fault: str) -> None:
        said = [ENGLISH.text(f"cue.{fault}.{family}") for family in CueFamily]
        assert len(set(said)) == len(said)

    @pytest.mark.parametrize("fault", FAULT_IDS_WITH_WORDS)
    def test_an_external_cue_is_short_enough_to_say(self, fault: str) -> None:
        assert len(ENGLISH.text(f"cue.{fault}.external").split()) <= 14

    def test_every_message_can_be_written(self) -> None:
        for fault in FAULTS:
            for family in CueFamily:
                cue = Cue(
                    fault=fault,
                    key=f"cue.{fault}.{family}",
                    strength=EFFORT,
                    reps_affected=2,
                    reps_judged=3,
                )
                assert all(ENGLISH.text(key) for key in message_keys(cue))

    def test_faults_named_by_the_choice_of_cues_exist(self) -> None:
        assert {GUARDED, *ABOUT_LESS_ROUNDING, *ABOUT_LESS_SPEED, *ASKS_FOR_MORE} <= set(
            FAULT_IDS_WITH_WORDS
        )

    @pytest.mark.parametrize("key", [KEEP, NO_ONE_CUE, EASE, EFFORT, LARGER, FASTER, FREER])
    def test_a_set_without_a_change_has_words_too(self, key: str) -> None:
        assert ENGLISH.text(key)


class TestNames:
    @pytest.mark.parametrize(
        "key",
        [f"{section}.{value}" for section, values in BY_ENUM.items() for value in values if value],
    )
    def test_every_value_that_is_shown_has_a_name(self, key: str) -> None:
        assert ENGLISH.text(key)

    @pytest.mark.parametrize(
        "key",
        [
            f"{section}.{value}"
            for section, values in BY_ENUM_OF_THE_SERVICE.items()
            for value in values
        ],
    )
    def test_the_service_names_the_others(self, key: str) -> None:
        assert load_wording().has(key)

    def test_no_key_has_words_in_two_files(self) -> None:
        """The service reads both files; a key in both would hide ours."""
        merged = load_wording()
        assert [key for key, text in ENGLISH.entries.items() if merged.maybe(key) != text] == []

    @pytest.mark.parametrize("movement", [*MOVEMENTS, "mixed", "none"])
    def test_every_movement_has_a_name(self, movement: str) -> None:
        assert ENGLISH.text(f"movement.{movement}")

    @pytest.mark.parametrize(
        "variant", sorted({name for spec in MOVEMENTS.values() for name in spec.variants})
    )
    def test_every_variant_of_a_movement_has_a_name(self, variant: str) -> None:
        assert ENGLISH.text(f"variant.{variant}")

    @pytest.mark.parametrize("metric", sorted(METRICS))
    def test_every_metric_has_a_name(self, metric: str) -> None:
        assert ENGLISH.text(f"metric.{metric}")

    @pytest.mark.parametrize("shape", BackShape)
    def test_every_shape_of_the_back_has_its_words(self, shape: BackShape) -> None:
        assert ENGLISH.text(f"back_shape.{shape}.word")
        assert ENGLISH.text(f"back_shape.{shape}.says")

    @pytest.mark.parametrize("reason", ["", "back_hidden"])
    def test_a_lumbar_result_is_told_with_the_evidence(self, reason: str) -> None:
        peak = Measurement(
            value=math.nan if reason else 20.0, se=5.0, unit="deg", method="", reason=reason
        )
        told = [ENGLISH.text(key) for key in text_keys(peak)]
        assert told[-1] == STATEMENT
        assert (ENGLISH.text("reason.back_hidden") in told) == bool(reason)

    @pytest.mark.parametrize("unit", sorted(UNITS))
    def test_every_unit_has_a_name(self, unit: str) -> None:
        assert ENGLISH.text(f"unit.{unit}")

    @pytest.mark.parametrize("reason", REASONS)
    def test_every_reason_has_a_text(self, reason: str) -> None:
        assert ENGLISH.text(f"reason.{reason}")


class TestReading:
    TEXTS = Texts(language="xx", entries={"a.plain": "Hello.", "a.count": "{n} of {all}."})

    def test_placeholders_are_filled(self) -> None:
        assert self.TEXTS.text("a.count", n="2", all="5") == "2 of 5."

    def test_a_missing_key_says_which_and_where(self) -> None:
        with pytest.raises(KeyError, match=r"no text 'a\.other' in language 'xx'.*xx\.toml"):
            self.TEXTS.text("a.other")

    @pytest.mark.parametrize(
        ("key", "values"),
        [("a.count", {"n": "2"}), ("a.plain", {"n": "2"}), ("a.count", {"n": "2", "of": "5"})],
    )
    def test_values_and_placeholders_must_match(self, key: str, values: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=key):
            self.TEXTS.text(key, **values)

    @pytest.mark.parametrize("text", ["{}", "{0}", "{a.b}", "{a[0]}", "{open", "shut}"])
    def test_only_plain_placeholders_are_allowed(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"placeholder|expected '}'|Single '}'"):
            placeholders(text)

    @pytest.mark.parametrize("source", ["[a]\nb = ''", "[a]\nb = 3", "[a]\nb = ['x']"])
    def test_only_words_are_texts(self, source: str) -> None:
        with pytest.raises(ValueError, match=r"a\.b"):
            list(read_entries(source))

    def test_an_unknown_language_names_the_known_ones(self) -> None:
        with pytest.raises(UnknownNameError, match=r"unknown language 'tlh': use one of .*en"):
            load_texts("tlh")
