"""The report and its page: complete, escaped, readable, and free of what may not stand there."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING

import pytest

from models.cues import KEEP, NO_ONE_CUE
from models.movements import MOVEMENTS
from models.report import MetricReport, Report, build_report, read_report
from models.results import Band, DiscardedBend, Note, Verdict
from models.scoring import ON_TRACK_LOW, Estimate, band_of
from service.charts import round_step
from service.formats import (
    format_clock,
    format_score,
    format_score_high,
    format_score_low,
    format_value,
)
from service.report_html import KeyFrame, fault_rows, next_clip, render_report
from service.wording import load_wording
from tests.unit import hand_made
from vision.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from models.results import Assessment

FRAME = KeyFrame(rep=1, t_s=3.0, jpeg=b"\xff\xd8jpeg", size=(200, 300), angles_deg={"trunk": 62.4})


def page_of(assessment: Assessment, report: Report, frames: tuple[KeyFrame, ...] = ()) -> str:
    return render_report(
        report,
        series=assessment.series,
        key_frames=frames,
        files=["report.json", "annotated.mp4"],
        wording=load_wording(),
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return hand_made.report()


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return page_of(hand_made.assessment(), report, (FRAME,))


@pytest.fixture(scope="module")
def nothing() -> Report:
    return build_report(
        hand_made.nothing_assessable(),
        spec=None,
        recording=hand_made.RECORDING,
        program_version="0.1.0",
    )


class TestReport:
    def test_reads_back_what_it_wrote(self, report: Report, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text(report.to_json(), encoding="utf-8")
        assert read_report(file) == report

    def test_the_same_assessment_gives_the_same_bytes(self, report: Report) -> None:
        assert hand_made.report().to_json() == report.to_json()

    def test_a_number_that_is_not_known_is_null_with_a_reason(self, report: Report) -> None:
        metric = report.reps[0].metrics["neck_extension_at_bottom"]
        assert (metric.value, metric.sem, metric.reason) == (None, None, "hidden")
        assert "NaN" not in report.to_json()

    def test_a_null_without_a_reason_is_refused(self) -> None:
        with pytest.raises(ValueError, match="either a value or a reason"):
            MetricReport(value=None, sem=None, unit="deg", method="", reason=None)

    def test_every_rep_carries_findings_sub_scores_and_limits_in_force(
        self, report: Report
    ) -> None:
        for rep in report.reps:
            assert rep.findings
            assert "trunk_shin" in rep.sub_scores
            used = {finding.threshold for finding in rep.findings}
            assert used <= report.provenance.thresholds.keys()

    def test_lumbar_has_its_place_and_lowers_the_coverage(self, report: Report) -> None:
        assert report.not_measured["lumbar_flexion"] == "back_hidden"
        assert report.score is not None
        assert report.score.sub_scores["lumbar_sharing"].score is None
        assert report.score.coverage <= 0.7

    def test_holds_no_date(self, report: Report) -> None:
        assert not re.search(r"\b20\d\d-\d\d-\d\d", report.to_json())

    def test_a_clip_that_cannot_be_judged_is_a_report_too(
        self, nothing: Report, tmp_path: Path
    ) -> None:
        file = tmp_path / "report.json"
        file.write_text(nothing.to_json(), encoding="utf-8")
        assert read_report(file).assessable is False

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"report_version": 2}, "report_version"),
            ({"reps": [{}]}, "reps.0"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    def test_another_shape_is_refused_by_name(
        self, report: Report, tmp_path: Path, change: dict[str, object], told: str
    ) -> None:
        file = tmp_path / "report.json"
        file.write_text(json.dumps(json.loads(report.to_json()) | change), encoding="utf-8")
        with pytest.raises(InputError, match=re.escape(told)):
            read_report(file)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected a report"):
            read_report(tmp_path / "none.json")


class TestPage:
    def test_the_file_name_is_escaped(self, page: str) -> None:
        assert "hinge <b>" not in page
        assert "hinge &lt;b&gt;&amp;.mp4" in page

    def test_needs_nothing_from_outside(self, page: str) -> None:
        assert not re.search(r"""(?:src|href)=["'](?!data:|#|annotated\.mp4)""", page)
        assert "<script" not in page
        assert "@import" not in page
        assert "default-src 'none'" in page

    def test_says_what_a_score_means_in_full(self, page: str) -> None:
        assert load_wording().of("evidence.statement") in page

    def test_says_what_was_good_then_one_cue_then_what_to_try(self, page: str) -> None:
        cue = hand_made.assessment().cue
        assert cue is not None
        wording = load_wording()
        keys = (cue.strength, cue.key, f"fault.{cue.fault}.why", f"cue.{cue.fault}.drill")
        places = [page.index(wording.of(key)) for key in keys]
        assert places == sorted(places)

    def test_every_verdict_is_told_in_words(self, page: str) -> None:
        for verdict in set(Verdict) - {Verdict.NOT_ASSESSABLE}:
            assert load_wording().of(f"verdict.{verdict}") in page

    def test_key_frames_are_in_the_page(self, page: str) -> None:
        assert base64.b64encode(FRAME.jpeg).decode() in page
        assert "trunk 62°" in page

    def test_names_what_went_amiss_while_reading(self, page: str) -> None:
        wording = load_wording()
        assert wording.of("notes.corrupt_packets", count=3) in page
        assert wording.of("reason.too_shallow") in page
        assert wording.of("reason.back_hidden") in page

    def test_a_clip_that_cannot_be_judged_has_a_page(self, nothing: Report) -> None:
        page = page_of(hand_made.nothing_assessable(), nothing)
        wording = load_wording()
        assert wording.of("page.nothing_text") in page
        assert wording.of("framing.frontal_view") in page
        assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).lower()

    def test_no_word_is_missing(self, report: Report, nothing: Report) -> None:
        class Strict:
            """Wording that fails where a text is missing."""

            def of(self, key: str, **values: object) -> str:
                assert wording.has(key), f"no text {key!r}"
                return wording.of(key, **values)

            language = "en"
            maybe = load_wording().maybe

        wording = load_wording()
        for assessment, each in (
            (hand_made.assessment(), report),
            (hand_made.nothing_assessable(), nothing),
        ):
            render_report(
                each,
                series=assessment.series,
                key_frames=(FRAME,),
                files=[],
                wording=Strict(),  # type: ignore[arg-type]  # stands in for Wording
            )

    def test_the_cued_fault_comes_first(self, report: Report) -> None:
        rows = fault_rows(report)
        assert report.cue is not None
        assert rows[0].fault == report.cue.fault
        assert rows[-1].verdict is Verdict.NOT_ASSESSABLE


def without_reps(**changes: object) -> Report:
    """A report of a clip without a repetition that was filmed well."""
    assessment = hand_made.nothing_assessable()
    framing = dataclasses.replace(assessment.framing, issues=())
    return build_report(
        dataclasses.replace(assessment, framing=framing, **changes),  # type: ignore[arg-type]
        spec=None,
        recording=hand_made.RECORDING,
        program_version="0.1.0",
    )


class TestNothingCounted:
    SHORT = Note(key="clip_too_short", values={"seconds": "0.5", "needed": "1.1"})

    def test_a_clip_that_is_too_short_says_by_how_much(self) -> None:
        report = without_reps(notes=(self.SHORT,), discarded=())
        page = page_of(hand_made.nothing_assessable(), report)
        (told,) = next_clip(report, load_wording())
        assert "0.5 s" in told
        assert "1.1 s" in told
        assert page.count(told) == 2
        assert load_wording().of("filming.good") not in page

    def test_german_writes_its_numbers_with_a_comma(self) -> None:
        (told,) = next_clip(without_reps(notes=(self.SHORT,), discarded=()), load_wording("de"))
        assert "0,5 s" in told
        assert "1,1 s" in told

    def test_why_no_bend_counted_is_told_once_each(self) -> None:
        bends = [
            DiscardedBend(start_s=t_s, end_s=t_s + 1, reason=reason)
            for t_s, reason in ((1.0, "too_shallow"), (3.0, "feet_moved"), (5.0, "too_shallow"))
        ]
        report = without_reps(notes=(), discarded=tuple(bends))
        wording = load_wording()
        assert next_clip(report, wording) == [
            wording.of("reason.too_shallow"),
            wording.of("reason.feet_moved"),
        ]
        assert wording.of("filming.good") not in page_of(hand_made.nothing_assessable(), report)

    def test_where_repetitions_counted_only_the_camera_stands_in_the_way(
        self, report: Report
    ) -> None:
        wording = load_wording()
        told = next_clip(report, wording)
        assert report.discarded
        assert told == [wording.of(f"framing.{issue}") for issue in report.framing.issues]


class TestNoContradiction:
    def test_what_is_undecided_is_not_worded_as_a_fact(self) -> None:
        found = hand_made.assessment()
        shins = [one for one in found.findings if one.fault == "SHANK_HINGE"]
        unsure = tuple(
            dataclasses.replace(one, verdict=Verdict.NOT_SURE) if one in shins else one
            for one in found.findings
        )
        page = self.page(dataclasses.replace(found, findings=unsure, cue=None))
        card = next(
            part
            for part in page.split("<article")
            if f"<h3>{load_wording().of('metric.shank_at_bottom')}</h3>" in part
        )
        assert load_wording().of("findings.undecided") in card
        for words in ("title", "what_it_is", "good"):
            assert load_wording().of(f"fault.SHANK_HINGE.{words}") not in page

    @pytest.mark.parametrize(("key", "listed"), [(KEEP, False), (NO_ONE_CUE, True)])
    def test_what_is_past_its_band_is_pointed_to(self, key: str, *, listed: bool) -> None:
        found = hand_made.assessment()
        assert found.cue is not None
        cue = dataclasses.replace(found.cue, fault=None, key=key)
        page = self.page(dataclasses.replace(found, cue=cue))
        assert load_wording().of(key) in page
        assert (load_wording().of("page.listed") in page) is listed

    def test_no_interval_has_no_width(self, page: str) -> None:
        spoken = re.findall(r"Most likely between (\d+) and (\d+) of 100", page)
        assert spoken
        assert [ends for ends in spoken if int(ends[0]) >= int(ends[1])] == []

    @staticmethod
    def page(assessment: Assessment) -> str:
        report = build_report(
            assessment,
            spec=MOVEMENTS["hip_hinge"],
            recording=hand_made.RECORDING,
            program_version="0.1.0",
        )
        return page_of(assessment, report)


class TestNumbers:
    @pytest.mark.parametrize(
        ("low", "high", "text"),
        [
            (61.4, 98.4, "60-100"),
            (98.7, 100.0, "95-100"),
            (100.0, 100.0, "95-100"),
            (0.0, 0.0, "0-5"),
            (74.9, 75.1, "70-80"),
            (75.0, 80.0, "75-80"),
        ],
    )
    def test_an_interval_is_rounded_outwards_and_has_a_width(
        self, low: float, high: float, text: str
    ) -> None:
        assert f"{format_score_low(low)}-{format_score_high(high)}" == text

    @pytest.mark.parametrize("low", [74.9, 75.0, 77.4])
    def test_the_word_fits_the_number_that_is_shown(self, low: float) -> None:
        band = band_of(Estimate(value=95.0, low=low, high=100.0))
        assert (band is Band.ON_TRACK) is (float(format_score_low(low)) >= ON_TRACK_LOW)

    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [(63.4, "deg", "63°"), (-3.2, "deg", "−3°"), (1.25, "s", "1.25 s"), (9.36, "%", "9.4 %")],
    )
    def test_a_value_has_its_unit(self, value: float, unit: str, text: str) -> None:
        assert format_value(value, unit) == text

    @pytest.mark.parametrize(("score", "text"), [(71.6, "70"), (72.5, "75"), (100.0, "100")])
    def test_a_score_is_rounded_to_five(self, score: float, text: str) -> None:
        assert format_score(score) == text

    @pytest.mark.parametrize(("t_s", "text"), [(3.24, "0:03.2"), (59.96, "1:00.0"), (75, "1:15.0")])
    def test_a_time_is_minutes_and_seconds(self, t_s: float, text: str) -> None:
        assert format_clock(t_s) == text

    @pytest.mark.parametrize(("rough", "step"), [(7, 10), (1.3, 2), (0.31, 0.5), (20, 20)])
    def test_ticks_are_round(self, rough: float, step: float) -> None:
        assert round_step(rough) == pytest.approx(step)


def palettes() -> dict[str, dict[str, str]]:
    """Read the colours of the page: light, dark and print."""
    css = resources.files("service").joinpath("templates", "report.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), colours, strict=True))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_reaches_the_contrast_of_wcag_aa(theme: str) -> None:
    palette = palettes()[theme]
    pairs = [
        *product(("ink", "muted", "accent", "ok", "amber", "flag", "calm"), ("page", "card")),
        ("ink", "accent-soft"),
        ("accent", "accent-soft"),
        ("ok", "accent-soft"),
        ("amber", "amber-soft"),
        ("flag", "flag-soft"),
        ("calm", "calm-soft"),
    ]
    low = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
