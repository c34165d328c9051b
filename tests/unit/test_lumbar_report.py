"""Lumbar results in report and page: data, diagram, words, pictures, and what is not known."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.kinematics import Signal
from models.lumbar.rhythm import LumbarRhythm
from models.lumbar.shape import BackShape
from models.report import LumbarReport, Report, read_report
from models.results import Phase, Series
from service.annotate import Overlay, ReportPictures, blank_picture
from service.formats import format_estimate, format_value, format_whole
from service.lumbar_diagram import BOTTOM, LEFT, RIGHT, SHARES_PERCENT, TOP, lumbar_diagram
from service.lumbar_section import LumbarSection, lumbar_section
from service.report_html import BackPicture, render_report
from service.wording import load_wording
from tests.unit import hand_made, hand_made_lumbar

if TYPE_CHECKING:
    from pathlib import Path

    from models.results import Assessment
    from service.lumbar_diagram import Diagram

PICTURE = BackPicture(rep=3, t_s=10.6, jpeg=b"\xff\xd8jpeg", size=(480, 480))


@pytest.fixture(scope="module")
def report() -> Report:
    return hand_made_lumbar.report_of(hand_made_lumbar.assessment())


@pytest.fixture(scope="module")
def hidden() -> Report:
    return hand_made_lumbar.report_of(hand_made_lumbar.hidden())


def lumbar_of(report: Report) -> LumbarReport:
    assert report.lumbar is not None
    return report.lumbar


def diagram_of(report: Report) -> Diagram:
    diagram = lumbar_diagram(report.reps, lumbar_of(report))
    assert diagram is not None
    return diagram


def section_of(report: Report) -> LumbarSection:
    section = lumbar_section(report, load_wording())
    assert section is not None
    return section


def page_of(assessment: Assessment, report: Report, back: BackPicture | None = None) -> str:
    return render_report(
        report,
        series=assessment.series,
        key_frames=(),
        back=back,
        files=["report.json"],
        wording=load_wording(),
    )


def corners(path: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Points of SVG path data that has only straight lines."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return np.array(numbers).reshape(-1, 2)


class TestReport:
    def test_reads_back_what_it_wrote(self, report: Report, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text(report.to_json(), encoding="utf-8")
        assert read_report(file) == report

    def test_a_report_from_before_lumbar_is_read(self, report: Report, tmp_path: Path) -> None:
        old = report.model_dump(
            mode="json", exclude={"lumbar": True, "reps": {"__all__": {"lumbar"}}}
        )
        file = tmp_path / "report.json"
        file.write_text(Report.model_validate(old).to_json(), encoding="utf-8")
        assert read_report(file).lumbar is None

    def test_a_rep_has_its_values_with_errors_and_word(self, report: Report) -> None:
        told = report.reps[0].lumbar
        assert told is not None
        peak = told.measurements["peak"]
        assert peak.value == pytest.approx(hand_made_lumbar.LUMBAR_PEAKS_DEG[0], abs=1)
        assert peak.sem == pytest.approx(hand_made_lumbar.LUMBAR_SE_DEG, abs=0.1)
        assert told.band is BackShape.IN_BETWEEN
        names = {field.name for field in dataclasses.fields(LumbarRhythm)}
        assert told.measurements.keys() == names - {"shape"}

    def test_the_curve_is_that_of_the_series(self, report: Report) -> None:
        rep, told = hand_made_lumbar.rep(2), report.reps[1].lumbar
        assert told is not None
        assert told.curve is not None
        assert told.curve.t == pytest.approx(rep.series.t_s, abs=1e-4)
        assert told.curve.lumbar_deg == pytest.approx(
            rep.series.of(Signal.LUMBAR_FLEXION), abs=1e-4
        )
        assert told.curve.hip_deg == pytest.approx(rep.series.of(Signal.HIP_FLEXION), abs=1e-4)
        assert set(told.curve.se_deg) == {hand_made_lumbar.LUMBAR_SE_DEG}

    def test_every_frame_of_the_curve_has_its_phase(self, report: Report) -> None:
        told = report.reps[1].lumbar
        assert told is not None
        assert told.curve is not None
        order = [Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT]
        places = [order.index(phase) for phase in told.curve.phase]
        assert places == sorted(places)
        assert set(places) == {0, 1, 2}
        assert len(places) == len(told.curve.t)

    def test_the_typical_rep_has_the_median_peak(self, report: Report) -> None:
        assert lumbar_of(report).typical_rep == 3

    def test_the_set_and_the_own_bend_are_told(self, report: Report) -> None:
        lumbar = lumbar_of(report)
        assert lumbar.estimator == hand_made_lumbar.METHOD
        assert lumbar.measurements["drift"].value == pytest.approx(18, abs=1.5)
        assert lumbar.own_bend is not None
        assert lumbar.own_bend.max_deg == hand_made_lumbar.OWN_BEND.max_lumbar_deg
        assert lumbar.own_bend.hip_deg == hand_made_lumbar.OWN_BEND.hip_deg

    def test_the_evidence_stands_beside_every_lumbar_result(self, report: Report) -> None:
        statement = load_wording().of("evidence.statement")
        notes = [rep.lumbar.evidence_note for rep in report.reps if rep.lumbar]
        assert len(notes) == len(report.reps)
        assert all(statement in note for note in [*notes, lumbar_of(report).evidence_note])

    def test_a_hidden_back_says_so(self, hidden: Report) -> None:
        lumbar = lumbar_of(hidden)
        assert (lumbar.reason, lumbar.typical_rep, lumbar.estimator) == ("back_hidden", None, None)
        for rep in hidden.reps:
            assert rep.lumbar is not None
            assert rep.lumbar.band is BackShape.NOT_MEASURABLE
            assert rep.lumbar.curve is None
            assert rep.lumbar.measurements["peak"].reason == "back_hidden"

    def test_without_repetitions_nothing_is_said(self) -> None:
        nothing = hand_made_lumbar.report_of(hand_made.nothing_assessable())
        assert nothing.lumbar is None
        assert lumbar_section(nothing, load_wording()) is None


class TestDiagram:
    def test_a_point_on_a_ray_has_its_share(self, report: Report) -> None:
        diagram = diagram_of(report)
        assert [ray.percent for ray in diagram.rays] == list(SHARES_PERCENT)
        x = {tick.label: tick.place for tick in diagram.x_ticks}
        y = {tick.label: tick.place for tick in diagram.y_ticks}
        per_hip = (x["60°"] - x["0°"]) / 60
        per_back = (y["0°"] - y["30°"]) / 30
        for ray in diagram.rays:
            (x0, y0), (x1, y1) = corners(ray.line)
            hip, back = (x1 - x0) / per_hip, (y0 - y1) / per_back
            assert 100 * back / (back + hip) == pytest.approx(ray.percent, abs=0.1)

    def test_the_peak_lies_at_the_largest_lumbar_flexion(self, report: Report) -> None:
        diagram = diagram_of(report)
        line = np.concatenate([corners(diagram.typical.down), corners(diagram.typical.up)])
        assert diagram.peak[1] == line[:, 1].min()

    def test_a_rep_goes_down_to_the_right_and_comes_back(self, report: Report) -> None:
        diagram = diagram_of(report)
        down, up = corners(diagram.typical.down), corners(diagram.typical.up)
        assert down[0, 0] < down[-1, 0]
        assert up[0, 0] > up[-1, 0]
        assert up[0] == pytest.approx(down[-1], abs=3)

    @pytest.mark.parametrize("way", ["down", "up"])
    def test_arrowheads_point_where_the_rep_goes(self, report: Report, way: str) -> None:
        heads = corners(getattr(diagram_of(report).typical, f"{way}_arrows")).reshape(-1, 3, 2)
        assert len(heads) == 2
        for tip, left, right in heads:
            assert (tip[0] > (left[0] + right[0]) / 2) == (way == "down")

    def test_the_ribbon_is_one_standard_error_either_way(self, report: Report) -> None:
        diagram = diagram_of(report)
        y = {tick.label: tick.place for tick in diagram.y_ticks}
        per_degree = (y["0°"] - y["30°"]) / 30
        band = corners(diagram.ribbons[0])
        half = len(band) // 2
        height = band[half:][::-1, 1] - band[:half, 1]
        assert height == pytest.approx(
            np.full(half, 2 * hand_made_lumbar.LUMBAR_SE_DEG * per_degree), abs=0.05
        )

    def test_everything_lies_in_the_field(self, report: Report) -> None:
        diagram = diagram_of(report)
        drawn = [diagram.own_bend, *diagram.ribbons, *(ray.line for ray in diagram.rays)]
        for loop in (diagram.typical, *diagram.others):
            drawn += [loop.down, loop.up]
        points = np.concatenate([corners(path) for path in drawn])
        assert points[:, 0].min() >= LEFT - 15
        assert points[:, 0].max() <= RIGHT
        assert points[:, 1].min() >= TOP
        assert points[:, 1].max() <= BOTTOM

    def test_four_fifths_of_the_own_bend_has_a_line(self, report: Report) -> None:
        diagram = diagram_of(report)
        assert diagram.own_limit is not None
        top = corners(diagram.own_bend)[:, 1].min()
        assert (diagram.zero - diagram.own_limit) / (diagram.zero - top) == pytest.approx(
            0.8, abs=0.01
        )

    def test_without_an_own_bend_there_is_no_line_of_it(self) -> None:
        diagram = diagram_of(hand_made_lumbar.report_of(hand_made_lumbar.assessment(own_bend=None)))
        assert (diagram.own_bend, diagram.own_limit) == ("", None)

    def test_the_onset_lies_on_the_way_down(self, report: Report) -> None:
        diagram = diagram_of(report)
        down = corners(diagram.typical.down)
        assert diagram.onset is not None
        assert np.abs(down - diagram.onset).sum(axis=1).min() < 0.01
        assert diagram.onset[0] < diagram.peak[0]

    def test_a_gap_in_the_estimate_is_a_gap_in_the_line(self) -> None:
        whole = hand_made_lumbar.rep(3)
        value = whole.series.value.copy()
        lost = slice(10, 22)
        for signal in (Signal.LUMBAR_FLEXION, Signal.HIP_FLEXION):
            value[lost, signal.column] = math.nan
        series = Series(t_s=whole.series.t_s, value=value, se=whole.series.se)
        found = hand_made_lumbar.assessment()
        reps = (*found.reps[:2], dataclasses.replace(whole, series=series), *found.reps[3:])
        gappy = hand_made_lumbar.report_of(dataclasses.replace(found, reps=reps))
        line = diagram_of(gappy).typical.down
        assert line.count("M") == 2
        assert "nan" not in line

    def test_a_rep_from_the_floor_has_only_a_way_up(self) -> None:
        found = hand_made_lumbar.assessment()
        risen = []
        for rep in found.reps:
            part = rep.series.t_s >= rep.bottom_s
            series = Series(
                t_s=rep.series.t_s[part], value=rep.series.value[part], se=rep.series.se[part]
            )
            risen.append(
                dataclasses.replace(
                    rep, series=series, start_s=rep.bottom_s, starts_low=True, phases=rep.phases[1:]
                )
            )
        diagram = diagram_of(
            hand_made_lumbar.report_of(dataclasses.replace(found, reps=tuple(risen)))
        )
        assert diagram.typical.down_arrows == ""
        assert diagram.typical.up_arrows


class TestPage:
    def test_tells_word_degrees_share_and_timing(self, report: Report) -> None:
        section = section_of(report)
        wording = load_wording()
        told = [wording.maybe(f"lumbar.{name}")[:6] for name in ("deepest", "share", "onset")]
        assert all(any(fact.startswith(start) for fact in section.facts) for start in told)
        assert "about 25°" in section.facts[0]
        assert "15° to 34°" in section.facts[0]
        assert section.band == BackShape.IN_BETWEEN
        assert "18°" in section.set_facts[0]

    def test_says_what_it_does_not_show_with_its_error(self, report: Report) -> None:
        section = section_of(report)
        assert "±\N{NO-BREAK SPACE}9°" in section.limits[0]
        page = page_of(hand_made_lumbar.assessment(), report)
        assert all(limit in page for limit in section.limits)

    @pytest.mark.parametrize(
        ("value", "sem", "said"),
        [(-1.0, 10.0, "onset_at_once"), (17.0, 33.0, None), (45.0, 12.0, "onset")],
    )
    def test_an_onset_is_told_as_far_as_it_is_known(
        self, report: Report, value: float, sem: float, said: str | None
    ) -> None:
        rep = report.reps[2]
        assert rep.lumbar is not None
        onset = rep.lumbar.measurements["onset"].model_copy(update={"value": value, "sem": sem})
        told = rep.lumbar.model_copy(
            update={"measurements": rep.lumbar.measurements | {"onset": onset}}
        )
        reps = (*report.reps[:2], rep.model_copy(update={"lumbar": told}), *report.reps[3:])
        facts = section_of(report.model_copy(update={"reps": reps})).facts
        starts = {
            key: load_wording().maybe(f"lumbar.{key}")[:28] for key in ("onset", "onset_at_once")
        }
        found = [key for key, start in starts.items() if any(f.startswith(start) for f in facts)]
        assert found == ([] if said is None else [said])

    def test_a_set_without_a_clear_change_is_called_the_same(self, report: Report) -> None:
        lumbar = lumbar_of(report)
        small = lumbar.measurements["drift"].model_copy(update={"value": -2.0})
        changed = lumbar.model_copy(update={"measurements": {"drift": small}})
        section = section_of(report.model_copy(update={"lumbar": changed}))
        assert section.set_facts == (load_wording().of("lumbar.drift_same"),)

    def test_the_diagram_has_its_words_and_the_statement_beside_it(self, report: Report) -> None:
        page = page_of(hand_made_lumbar.assessment(), report, PICTURE)
        wording = load_wording()
        part = page[page.index('<section class="lumbar">') :]
        part = part[: part.index("</section>")]
        assert wording.of("evidence.statement") in part
        assert section_of(report).alt in part
        assert wording.of("lumbar.own_limit") in part
        assert PICTURE.data_uri in part
        assert "nan" not in part.lower()

    def test_a_hidden_back_has_its_reason_and_how_to_film(self, hidden: Report) -> None:
        page = page_of(hand_made_lumbar.hidden(), hidden)
        wording = load_wording()
        part = page[page.index('<section class="lumbar">') :]
        part = part[: part.index("</section>")]
        assert wording.of("reason.back_hidden") in part
        assert wording.of("lumbar.how_to_film") in part
        assert "<svg" not in part

    def test_the_estimate_is_among_the_curves_only_when_measured(
        self, report: Report, hidden: Report
    ) -> None:
        assert "tone-lumbar" in page_of(hand_made_lumbar.assessment(), report).split("</style>")[1]
        assert "tone-lumbar" not in page_of(hand_made_lumbar.hidden(), hidden).split("</style>")[1]

    @pytest.mark.parametrize("own", [True, False])
    def test_no_word_is_missing(self, own: bool) -> None:  # noqa: FBT001  # pytest passes by name
        class Strict:
            """Wording that fails where a text is missing."""

            def of(self, key: str, **values: object) -> str:
                assert wording.has(key), f"no text {key!r}"
                return wording.of(key, **values)

            language = "en"
            maybe = load_wording().maybe

        wording = load_wording()
        found = hand_made_lumbar.assessment(own_bend=hand_made_lumbar.OWN_BEND if own else None)
        for assessment in (found, hand_made_lumbar.hidden()):
            render_report(
                hand_made_lumbar.report_of(assessment),
                series=assessment.series,
                key_frames=(),
                back=PICTURE,
                files=[],
                wording=Strict(),  # type: ignore[arg-type]  # stands in for Wording
            )

    @pytest.mark.parametrize("shape", list(BackShape))
    def test_every_shape_has_its_words(self, shape: BackShape) -> None:
        assert load_wording().has(f"back_shape.{shape}.word")
        assert load_wording().has(f"back_shape.{shape}.says")


class TestPictures:
    def pictures(self, typical_rep: int | None) -> ReportPictures:
        poses, found = hand_made_lumbar.poses(), hand_made_lumbar.assessment()
        pictures = ReportPictures(
            poses, found, typical_rep=typical_rep, overlay=Overlay(found, load_wording())
        )
        for number in pictures.numbers:
            pictures.draw(number, blank_picture(poses[number].image_size), poses[number])
        return pictures

    def test_the_typical_rep_gives_the_picture_of_the_back(self) -> None:
        pictures = self.pictures(3)
        assert [frame.rep for frame in pictures.key_frames] == [1, 2, 3, 4, 5]
        assert pictures.back is not None
        assert pictures.back.rep == 3
        assert pictures.back.jpeg[:2] == b"\xff\xd8"

    def test_nobody_typical_gives_none(self) -> None:
        assert self.pictures(None).back is None

    def test_the_outline_is_drawn_over_the_body(self) -> None:
        found = hand_made_lumbar.assessment()
        overlay = Overlay(found, load_wording())
        pose = hand_made_lumbar.poses()[60]
        with_back, without = (blank_picture(pose.image_size) for _ in range(2))
        overlay.draw_body(with_back, pose)
        overlay.draw_body(without, dataclasses.replace(pose, outline=None))
        assert pose.outline is not None
        x, y = pose.outline.points_px[20].round().astype(int)
        red, green, blue = with_back[y, x].tolist()
        assert min(red, green) > 200
        assert blue < 100
        assert tuple(without[y, x]) != (red, green, blue)


class TestNumbers:
    def test_an_estimate_has_no_decimals(self, report: Report) -> None:
        told = report.reps[2].lumbar
        assert told is not None
        assert format_estimate(told.measurements["share"]) == "25 % ± 5"
        assert format_estimate(told.measurements["peak"]) == "25° ± 6"

    @pytest.mark.parametrize(("value", "text"), [(-0.3, "0°"), (-3.4, "−3°"), (24.6, "25°")])
    def test_no_minus_stands_before_a_zero(self, value: float, text: str) -> None:
        assert format_value(value, "deg") == text
        assert format_whole(value, "deg") == text
