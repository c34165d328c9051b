"""A slow, small bend of somebody who is sore, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from models.assessor import Assessor
from models.cues import SORE, CueFamily, CueHistory
from models.judging import judge
from models.lumbar import rhythm
from models.movements import MOVEMENTS
from models.movements.hip_hinge import HIP_HINGE
from models.report import build_report
from models.results import Assessment, Finding, Verdict
from tests.outlined_backs import outlined, turn_reader
from tests.shared_bends import shared_bend
from tests.stick_figure import HINGE, Posture, Script, film
from tests.unit.hand_made import RECORDING

if TYPE_CHECKING:
    from models.phases import Excerpt

SMALL = Posture(thigh_deg=15, trunk_deg=45)
GUARDED = next(fault for fault in HIP_HINGE.when_sore.faults if fault.id == "GUARDED")


def found(bend: Excerpt) -> Finding:
    return judge(GUARDED, GUARDED.metric.measure_rep(bend), 1)


def hurried(bend: Excerpt, share: float) -> Excerpt:
    """The same bend in a share of its time."""
    return replace(bend, series=replace(bend.series, t_s=share * bend.series.t_s))


@cache
def watched(bottom: Posture, down_s: float) -> Assessor:
    """Three bends, seen once; what is made of them may be asked again and again."""
    script = Script().hold(1.5)
    for _ in range(3):
        script = script.bend(bottom, down_s=down_s, up_s=down_s).hold(0.8)
    assessor = Assessor()
    for pose in outlined(film(script, fps=15, noise_px=0.5)):
        assessor.update(pose)
    return assessor


def sore_set(bottom: Posture, pain: int | None, *, down_s: float = 2.0) -> Assessment:
    return watched(bottom, down_s).report(pain)


@pytest.fixture
def read_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.lumbar.observing.default_estimator", turn_reader)


class TestRule:
    @pytest.mark.parametrize(
        ("lumbar_deg", "verdict"),
        [(15, Verdict.FLAG), (33, Verdict.AMBER), (37, Verdict.NOT_SURE), (48, Verdict.OK)],
    )
    def test_a_slow_bend_is_judged_by_how_far_the_back_goes(
        self, lumbar_deg: float, verdict: Verdict
    ) -> None:
        assert found(shared_bend(lumbar_deg)).verdict is verdict

    @pytest.mark.parametrize(("share", "judged"), [(0.85, False), (0.95, True)])
    def test_a_quicker_bend_is_not_asked_about(self, share: float, *, judged: bool) -> None:
        finding = found(hurried(shared_bend(15), share))
        assert (finding.verdict is not Verdict.NOT_ASSESSABLE) is judged
        assert finding.reason == ("" if judged else rhythm.NOT_SLOW)

    def test_a_back_that_was_not_seen_is_not_judged(self) -> None:
        finding = found(shared_bend(15, lumbar_reason="back_hidden"))
        assert (finding.verdict, finding.reason) == (Verdict.NOT_ASSESSABLE, "back_hidden")

    def test_it_is_looked_for_in_hinges_only_and_scores_nothing(self) -> None:
        sore = [movement.id for movement in MOVEMENTS.values() if movement.faults_when_sore]
        assert sore == ["hip_hinge"]
        assert GUARDED.sub_score is None
        assert GUARDED not in HIP_HINGE.faults


@pytest.mark.usefixtures("read_by_hand")
class TestSet:
    @pytest.mark.parametrize("pain", [None, 0, SORE - 1])
    def test_without_soreness_nothing_of_it_is_told(self, pain: int | None) -> None:
        assessment = sore_set(SMALL, pain)
        assert len(assessment.reps) == 3
        assert "GUARDED" not in {finding.fault for finding in assessment.findings}
        assert "lumbar_flexion_slow_bend" not in assessment.reps[0].metrics
        assert assessment.cue is not None
        assert assessment.cue.fault != "GUARDED"
        report = build_report(
            assessment, spec=HIP_HINGE, recording=RECORDING, program_version="0.1.0"
        )
        assert "GUARDED" not in report.to_json()

    def test_with_soreness_the_suggestion_is_to_bend_with_more_ease(self) -> None:
        assessment = sore_set(SMALL, SORE)
        verdicts = [one.verdict for one in assessment.findings if one.fault == "GUARDED"]
        assert set(verdicts) <= {Verdict.AMBER, Verdict.FLAG}
        assert len(verdicts) == 3
        assert assessment.cue is not None
        assert assessment.cue.key == "cue.GUARDED.external"

    def test_nothing_that_was_measured_changes_with_it(self) -> None:
        quiet, sore = sore_set(SMALL, None), sore_set(SMALL, SORE)
        assert quiet.score == sore.score
        for here, there in zip(quiet.reps, sore.reps, strict=True):
            assert {key: there.metrics[key].value for key in here.metrics} == pytest.approx(
                {key: one.value for key, one in here.metrics.items()}, nan_ok=True
            )

    def test_its_evidence_stands_in_the_report(self) -> None:
        report = build_report(
            sore_set(SMALL, SORE), spec=HIP_HINGE, recording=RECORDING, program_version="0.1.0"
        )
        limits = report.provenance.thresholds["GUARDED"]
        assert (limits.amber, limits.grade, limits.metric) == (35, "C", "lumbar_flexion_slow_bend")
        assert "Laird 2019" in limits.rationale

    def test_a_free_bend_is_not_guarded(self) -> None:
        cue = sore_set(replace(HINGE, trunk_deg=110), SORE).cue
        assert cue is not None
        assert cue.fault != "GUARDED"

    def test_a_quick_bend_is_not_guarded(self) -> None:
        assessment = sore_set(SMALL, SORE, down_s=1.2)
        assert assessment.not_measured["lumbar_flexion_slow_bend"] == rhythm.NOT_SLOW
        assert assessment.cue is not None
        assert assessment.cue.fault != "GUARDED"

    def test_much_pain_asks_for_no_larger_bend(self) -> None:
        cue = sore_set(SMALL, 7).cue
        assert cue is not None
        assert cue.fault != "GUARDED"


@pytest.mark.usefixtures("read_by_hand")
def test_the_cue_of_the_set_before_is_known() -> None:
    """After two sets of the same words come others."""
    before = CueHistory(
        fault="GUARDED", family=CueFamily.EXTERNAL, sets=2, outside=frozenset({"GUARDED"})
    )
    assessor = Assessor(previous=before)
    script = Script().hold(1.5).bend(SMALL, down_s=2.0, up_s=2.0).hold(0.8)
    for pose in outlined(film(script, fps=15, noise_px=0.5)):
        assessor.update(pose)
    cue = assessor.report(SORE).cue
    assert cue is not None
    assert cue.key == "cue.GUARDED.drill"
