"""The report in every language: complete, named as what it is, with nothing left in English."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from models.report import build_report
from service.formats import sentence_start, with_decimal_mark
from service.report_html import BackPicture, KeyFrame, render_report
from service.wording import DEFAULT_LANGUAGE, languages, load_wording
from tests.contract.test_languages import everything, own_words
from tests.unit import hand_made, hand_made_lumbar

if TYPE_CHECKING:
    from models.report import Report
    from models.results import Assessment

TRANSLATIONS = [name for name in languages() if name != DEFAULT_LANGUAGE]

JPEG = b"\xff\xd8jpeg"
FRAME = KeyFrame(
    rep=1, t_s=3.0, jpeg=JPEG, size=(200, 300), angles_deg={"trunk": 62.4, "hip": 90.0}
)
BACK = BackPicture(rep=3, t_s=10.6, jpeg=JPEG, size=(480, 480))


class Strict:
    """Wording that fails where a text is missing."""

    def __init__(self, language: str) -> None:
        self._wording = load_wording(language)
        self.language = language
        self.maybe = self._wording.maybe

    def of(self, key: str, **values: object) -> str:
        assert self._wording.has(key), f"no text {key!r}"
        return self._wording.of(key, **values)


def written(assessment: Assessment, report: Report, language: str) -> str:
    return render_report(
        report,
        series=assessment.series,
        key_frames=(FRAME,),
        back=BACK,
        files=["report.json", "annotated.mp4"],
        wording=Strict(language),  # type: ignore[arg-type]  # stands in for Wording
    )


@cache
def pages(language: str) -> dict[str, str]:
    """Write a report of each kind: back measured, back hidden, nothing to judge."""
    nothing = build_report(
        hand_made.nothing_assessable(),
        spec=None,
        recording=hand_made.RECORDING,
        program_version="0.1.0",
    )
    lumbar, hidden = hand_made_lumbar.assessment(), hand_made_lumbar.hidden()
    return {
        "plain": written(hand_made.assessment(), hand_made.report(), language),
        "lumbar": written(lumbar, hand_made_lumbar.report_of(lumbar), language),
        "hidden": written(hidden, hand_made_lumbar.report_of(hidden), language),
        "nothing": written(hand_made.nothing_assessable(), nothing, language),
    }


def shown(page: str) -> str:
    """Return what a reader sees or hears, without what says that it is in English."""
    page = re.sub(r'(?s)<style>.*?</style>|<(ol)[^>]* lang="en".*?</\1>', " ", page)
    labels = re.findall(r'(?:alt|aria-label|title)="([^"]*)"', page)
    return html.unescape("\n".join([re.sub(r"<[^>]*>", "\n", page), *labels]))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", ["plain", "lumbar", "hidden", "nothing"])
def test_the_page_names_its_language(language: str, kind: str) -> None:
    page = pages(language)[kind]
    assert f'<html lang="{language}">' in page
    assert html.escape(load_wording(language).of("provenance.wellness"), quote=False) in page


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("kind", ["plain", "lumbar", "hidden", "nothing"])
def test_nothing_is_left_in_english(language: str, kind: str) -> None:
    own = set(everything(language).values())
    english = {text for text in everything(DEFAULT_LANGUAGE).values() if text not in own}
    lines = set(shown(pages(language)[kind]).splitlines())
    assert {text for text in english if text in lines} == set()
    page = shown(pages(language)[kind])
    told = {text for text in english if len(own_words(text)) > 2 and "{" not in text}
    assert {text for text in told if text in page} == set()


def test_english_left_on_a_page_is_seen() -> None:
    page = shown(pages(DEFAULT_LANGUAGE)["lumbar"])
    assert load_wording().of("evidence.statement") in page
    assert load_wording().of("table.metric") in page.splitlines()


def test_a_german_report_tells_good_then_one_change_then_the_drill() -> None:
    cue, wording = hand_made.assessment().cue, load_wording("de")
    assert cue is not None
    keys = (cue.strength, cue.key, f"fault.{cue.fault}.why", f"cue.{cue.fault}.drill")
    places = [pages("de")["plain"].index(wording.of(key)) for key in keys]
    assert places == sorted(places)


def test_a_limit_says_in_german_why_it_is_there() -> None:
    wording, page = load_wording("de"), pages("de")["plain"]
    for limit in hand_made.report().provenance.thresholds.values():
        assert limit.rationale not in page
    assert wording.of("rationale.SHANK_HINGE") in page


def test_german_numbers_have_a_comma() -> None:
    page = shown(pages("de")["lumbar"])
    assert re.search(r"\d,\d\d s ± 0,\d\d", page)
    numbers = re.findall(r"\d+\.\d+(?= ?(?:s\b|°|%|±|fps))", page)
    assert numbers == []


def test_english_numbers_have_a_point() -> None:
    assert re.search(r"\d\.\d\d s ± 0\.\d\d", shown(pages("en")["lumbar"]))


@pytest.mark.parametrize(
    ("text", "told"),
    [("1.25 s ± 0.02", "1,25 s ± 0,02"), ("0:03.2", "0:03,2"), ("Ende. 3 Mal.", "Ende. 3 Mal.")],
)
def test_only_points_within_numbers_change(text: str, told: str) -> None:
    assert with_decimal_mark(text, ",") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("keine Gesamtpunktzahl", "Keine Gesamtpunktzahl"), ("über", "Über"), ("", "")],
)
def test_a_sentence_starts_with_a_capital_and_keeps_the_others(text: str, told: str) -> None:
    assert sentence_start(text) == told
