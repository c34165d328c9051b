"""What the assessor makes of whole clips of a figure whose movements are known."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.assessor import (
    NOT_SIDE_ON,
    Assessor,
    BendDiscarded,
    FramingChanged,
    Moment,
    PhaseChanged,
    RepCounted,
    assess,
)
from models.kinematics import Signal
from models.lumbar.reading import BACK_HIDDEN, MAX_BETWEEN_S, NO_UPRIGHT, OUTLINE_UNCLEAR
from models.metrics import HIDDEN, NO_DESCENT
from models.movements import MOVEMENTS
from models.results import Phase, Verdict
from models.spec import Goal
from tests.outlined_backs import METHOD, bow_at, outlined, turn_deg, turn_reader
from tests.retouching import (
    WRISTS,
    beside,
    changed,
    gone,
    hidden,
    joined,
    mirrored,
    moved_px,
    plate_over_shins,
    turned_over,
)
from tests.shared_bends import OWN_BEND
from tests.stick_figure import (
    AT_SHOULDERS,
    FLOOR_LIFT,
    GOOD_MORNING,
    HINGE,
    LUNGE_FAR,
    LUNGE_NEAR,
    SQUAT,
    STANDING,
    STOOP_LIFT,
    Posture,
    Script,
    film,
    moments_s,
    walk,
)
from vision.framing import CameraView, FramingIssue, Side

if TYPE_CHECKING:
    from models.results import Assessment
    from vision.pose import Pose

LEG_FAULTS = {
    "STEEP_SHANK",
    "HEEL_RISE",
    "BAR_DRIFT",
    "SQUATTY_RATIO",
    "KNEE_HINGE",
    "SHANK_HINGE",
    "STIFF_KNEE",
    "LEAN",
    "DEPTH",
}


def floor_lifts(count: int) -> Script:
    """Lift from the floor and put it down again, the last time standing."""
    script = Script.from_posture(FLOOR_LIFT).hold(0.6).to(STANDING, 1.2).hold(0.8)
    for _ in range(count - 1):
        script = script.to(FLOOR_LIFT, 1.3).hold(0.4).to(STANDING, 1.2).hold(0.8)
    return script


def set_of(name: str, count: int) -> Script:
    starts = {"good morning": Script.from_posture(AT_SHOULDERS)}
    bottoms = {
        "hinge": HINGE,
        "good morning": GOOD_MORNING,
        "stoop": STOOP_LIFT,
        "squat": SQUAT,
        "lift": FLOOR_LIFT,
        "lunge, near leg in front": LUNGE_NEAR,
        "lunge, far leg in front": LUNGE_FAR,
    }
    if name == "sit to stand":
        return Script().sit_and_rise(count)
    if name == "lift that starts on the floor":
        return floor_lifts(count)
    return starts.get(name, Script()).bends(bottoms[name], count)


RECOGNISED = {
    "hinge": "hip_hinge",
    "good morning": "hip_hinge",
    "stoop": "hip_hinge",
    "squat": "squat",
    "lift": "deadlift",
    "lift that starts on the floor": "deadlift",
    "lunge, near leg in front": "lunge",
    "lunge, far leg in front": "lunge",
    "sit to stand": "sit_to_stand",
}


@cache
def assessed(name: str, count: int = 3) -> Assessment:
    fps = 30 if count <= 3 else 20
    return assess(film(set_of(name, count), fps=fps, noise_px=1.0, seed=count))


def notes(assessment: Assessment) -> list[str]:
    return [note.key for note in assessment.notes]


def reasons(assessment: Assessment) -> list[str]:
    return [bend.reason for bend in assessment.discarded]


def count(poses: list[Pose]) -> int:
    return len(assess(poses).reps)


class TestCounting:
    @pytest.mark.parametrize("name", RECOGNISED)
    @pytest.mark.parametrize("number", [1, 3, 6])
    def test_every_repetition_of_every_movement(self, name: str, number: int) -> None:
        assessment = assessed(name, number)
        assert len(assessment.reps) == number
        assert [rep.number for rep in assessment.reps] == list(range(1, number + 1))
        assert assessment.discarded == ()
        assert assessment.assessable

    @pytest.mark.parametrize("number", [2, 4, 5])
    def test_other_counts_of_hinges(self, number: int) -> None:
        assert len(assessed("hinge", number).reps) == number

    def test_walking_in_and_out_is_not_counted(self) -> None:
        clip = joined(
            film(walk(distance=1.0, from_forward=-1.0)),
            film(Script().bends(HINGE, 2)),
            film(walk(distance=0.9)),
        )
        assert count(clip) == 2

    def test_waving_arms_is_nothing(self) -> None:
        script = Script().hold(1.0)
        for _ in range(5):
            script = script.to(Posture(arm_deg=160), 0.3).to(Posture(arm_deg=60), 0.3)
        assessment = assess(film(script.to(STANDING, 0.4).hold(1.0)))
        assert assessment.reps == ()
        assert assessment.discarded == ()
        assert notes(assessment) == ["no_reps"]

    def test_a_brief_dip_is_not_counted(self) -> None:
        dip = Posture(shank_deg=14, thigh_deg=20, trunk_deg=12)
        script = Script().hold(1.0).bend(dip, down_s=0.25, hold_s=0.0, up_s=0.25).hold(1.0)
        assert count(film(script)) == 0

    def test_a_deep_bend_of_a_moment_is_too_brief(self) -> None:
        script = Script().hold(1.0).bend(HINGE, down_s=0.3, hold_s=0.0, up_s=0.3).hold(1.0)
        assessment = assess(film(script, fps=60))
        assert assessment.reps == ()
        assert reasons(assessment) == ["too_brief"]

    def test_a_shallow_bend_on_purpose_counts(self) -> None:
        assert count(film(Script().bends(Posture(thigh_deg=12, trunk_deg=38), 3))) == 3

    def test_a_hesitation_on_the_way_down_is_one_repetition(self) -> None:
        script = Script().hold(1.0).to(Posture(thigh_deg=12, trunk_deg=42), 0.9)
        script = script.to(Posture(thigh_deg=9, trunk_deg=31), 0.4).hold(0.3)
        assert count(film(script.to(HINGE, 0.9).hold(0.2).to(STANDING, 1.2).hold(0.8))) == 1

    def test_touch_and_go_without_full_lockout_counts_each(self) -> None:
        script = Script().hold(1.0).to(HINGE, 1.2)
        for _ in range(3):
            script = script.to(Posture(thigh_deg=6, trunk_deg=17), 0.9).to(HINGE, 0.9)
        assert count(film(script.to(STANDING, 1.2).hold(0.8))) == 4

    def test_a_clip_that_starts_on_the_way_down(self) -> None:
        script = Script().bend(HINGE, down_s=1.6).hold(0.8)
        seen = moments_s(script.duration_s - 0.6, 30, start_s=0.6)
        first = assess(film(script, t_s=seen))
        assert len(first.reps) == 1, "most of the way down was seen"
        late = moments_s(script.duration_s - 1.1, 30, start_s=1.1)
        second = assess(film(script, t_s=late))
        assert second.reps == ()
        assert reasons(second) == ["way_down_not_seen"]

    def test_who_leaves_at_the_bottom_has_not_finished(self) -> None:
        script = Script().hold(1.0).bend(HINGE, hold_s=1.0).hold(1.0)
        left = changed(film(script), gone, from_s=2.8)
        extended = [*left, *(replace(gone(left[0]), t_s=left[-1].t_s + k / 30)
                             for k in range(1, 40))]  # fmt: skip
        for clip in (left, extended):
            assessment = assess(clip)
            assert assessment.reps == ()
            assert reasons(assessment) == ["not_finished"]

    def test_a_moment_out_of_sight_is_tolerated(self) -> None:
        script = Script().hold(1.0).bend(HINGE, hold_s=1.0).hold(1.0)
        assert count(changed(film(script), gone, from_s=2.6, until_s=3.1)) == 1

    def test_feet_that_travel_are_not_counted(self) -> None:
        travelling = Script().hold(1.0).to(replace(HINGE, forward=0.2), 1.2)
        travelling = travelling.to(replace(STANDING, forward=0.45), 1.2).hold(0.8)
        assessment = assess(film(travelling))
        assert assessment.reps == ()
        assert reasons(assessment) == ["feet_moved"]

    def test_the_last_unfinished_descent_is_not_counted(self) -> None:
        assessment = assess(film(Script().bends(HINGE, 2).to(HINGE, 1.2)))
        assert len(assessment.reps) == 2
        assert reasons(assessment) == ["not_finished"]

    def test_a_clip_that_ends_on_rising_counts_the_last(self) -> None:
        poses = film(Script().bends(HINGE, 2, rest_s=0.0))
        assert count(poses) == 2

    def test_leaning_back_before_does_not_lose_a_repetition(self) -> None:
        back = Posture(shank_deg=-4, thigh_deg=-2, trunk_deg=-9)
        script = Script().hold(1.0).to(back, 0.5).to(STANDING, 0.5).hold(13.0)
        (rep,) = assess(film(script.bend(HINGE).hold(0.8), fps=20)).reps
        assert rep.start_s == pytest.approx(15.2, abs=0.2)

    def test_standing_with_the_hips_ahead_does_not_stretch_the_first_repetition(self) -> None:
        offset = Posture(shank_deg=2, thigh_deg=-6, trunk_deg=-3)
        script = Script.from_posture(STANDING.offset(offset)).hold(5.0)
        script = script.bend(HINGE.offset(offset)).hold(0.8)
        (rep,) = assess(film(script, noise_px=1.0)).reps
        assert rep.start_s == pytest.approx(5.2, abs=0.25)
        assert rep.metrics["trunk_at_bottom"].value == pytest.approx(72, abs=1.5)

    def test_a_deep_bend_held_very_long_is_too_long(self) -> None:
        script = Script().hold(1.0).bend(HINGE, hold_s=14.0).hold(0.8)
        assert reasons(assess(film(script, fps=15))) == ["too_long"]

    def test_who_turns_round_goes_on_counting(self) -> None:
        first = film(Script().bends(HINGE, 2))
        turning = film(Script().to(Posture(yaw_deg=180), 1.5))
        second = [mirrored(pose) for pose in film(Script().bends(HINGE, 2))]
        assert count(joined(first, turning, second)) == 4


class TestLiftsFromTheFloor:
    def test_the_way_down_was_not_seen(self) -> None:
        assessment = assessed("lift that starts on the floor", 1)
        (rep,) = assessment.reps
        assert rep.starts_low
        assert [span.phase for span in rep.phases] == [Phase.BOTTOM, Phase.ASCENT]
        as_hinge = assess(film(floor_lifts(1)), replace(
            MOVEMENTS["hip_hinge"], rep=replace(MOVEMENTS["hip_hinge"].rep, may_start_low=True)
        ))  # fmt: skip
        assert as_hinge.reps[0].metrics["descent_time"].reason == NO_DESCENT

    def test_a_movement_that_may_not_start_low_refuses_it(self) -> None:
        assessment = assess(film(floor_lifts(1)), MOVEMENTS["hip_hinge"])
        assert assessment.reps == ()
        assert reasons(assessment) == ["way_down_not_seen"]

    def test_angles_are_told_from_the_upright_found_at_lockout(self) -> None:
        offset = Posture(trunk_deg=5, thigh_deg=-3, shank_deg=2)
        script = Script.from_posture(FLOOR_LIFT.offset(offset)).hold(0.6)
        script = script.to(STANDING.offset(offset), 1.2).hold(1.0)
        (rep,) = assess(film(script)).reps
        assert rep.metrics["trunk_at_bottom"].value == pytest.approx(64, abs=1)
        assert rep.metrics["peak_bend"].value == pytest.approx(112, abs=1.5)
        assert rep.metrics["knee_at_bottom"].value == pytest.approx(61, abs=1)


class TestRecognising:
    @pytest.mark.parametrize(("name", "expected"), RECOGNISED.items())
    def test_every_movement(self, name: str, expected: str) -> None:
        assessment = assessed(name)
        assert (assessment.declared, assessment.recognised) == (None, expected)
        assert assessment.judged_as == expected
        assert notes(assessment) == []

    @pytest.mark.parametrize(
        ("name", "variant"),
        [("good morning", "good_morning"), ("stoop", "stoop_lift"), ("squat", "")],
    )
    def test_variants(self, name: str, variant: str) -> None:
        assert {rep.variant for rep in assessed(name).reps} == {variant}

    def test_half_squats_half_hinges_are_mixed(self) -> None:
        assessment = assess(film(Script().bends(SQUAT, 2).bends(HINGE, 2)))
        assert assessment.recognised == "mixed"
        assert [rep.family for rep in assessment.reps] == ["squat"] * 2 + ["hinge"] * 2
        assert assessment.judged_as is None
        assert assessment.findings == ()
        assert assessment.score is None
        assert assessment.cue is None
        assert notes(assessment) == ["mixed_movements"]

    def test_the_declared_movement_wins_and_the_difference_is_noted(self) -> None:
        assessment = assess(film(set_of("squat", 2)), MOVEMENTS["hip_hinge"])
        assert (assessment.declared, assessment.judged_as) == ("hip_hinge", "hip_hinge")
        assert assessment.recognised == "squat"
        (note,) = assessment.notes
        assert note.key == "looked_like_another_movement"
        assert note.values == {"declared": "hip_hinge", "looked_like": "squat"}
        flagged = {f.fault for f in assessment.findings if f.verdict is Verdict.FLAG}
        assert {"KNEE_HINGE", "SHANK_HINGE", "SQUATTY_RATIO"} <= flagged

    @pytest.mark.parametrize("movement", [None, *MOVEMENTS.values()])
    def test_a_set_of_nothing(self, movement: None) -> None:
        assessment = assess(film(Script().hold(3.0)), movement)
        assert assessment.recognised == "none"
        assert (assessment.reps, assessment.findings) == ((), ())
        assert notes(assessment) == ["no_reps"]
        assert not assessment.assessable
        assert (assessment.judged_as, assessment.score, assessment.cue) == (None, None, None)

    @pytest.mark.parametrize(("held_s", "short"), [(0.5, True), (0.9, True), (1.3, False)])
    def test_a_clip_without_time_for_one_repetition_is_too_short(
        self, held_s: float, *, short: bool
    ) -> None:
        assessment = assess(film(Script().hold(held_s)))
        assert notes(assessment) == [*(["clip_too_short"] if short else []), "no_reps"]
        if short:
            assert float(assessment.notes[0].values["seconds"]) == pytest.approx(held_s, abs=0.1)
            assert assessment.notes[0].values["needed"] == "1.1"

    def test_no_poses_at_all(self) -> None:
        assessment = assess([])
        assert assessment.recognised == "none"
        assert notes(assessment) == ["no_reps"]
        assert len(assessment.series.t_s) == 0


class TestMeasuring:
    def test_the_angles_of_a_hinge(self) -> None:
        for rep in assessed("hinge").reps:
            assert rep.metrics["peak_bend"].value == pytest.approx(94, abs=1.5)
            assert rep.metrics["trunk_at_bottom"].value == pytest.approx(72, abs=1)
            assert rep.metrics["knee_at_bottom"].value == pytest.approx(22, abs=2)
            assert rep.metrics["shank_at_bottom"].value == pytest.approx(0, abs=1.5)
            assert rep.metrics["hip_back_travel"].value == pytest.approx(9.2, abs=1)
            assert rep.metrics["lockout"].value == pytest.approx(0, abs=3)
            assert rep.coverage == 1

    def test_a_good_hinge_has_nothing_to_practise(self) -> None:
        assessment = assess(film(Script().hold(1).bend(HINGE, down_s=2.6).hold(0.8)))
        assert {f.verdict for f in assessment.findings} <= {
            Verdict.OK,
            Verdict.NOT_SURE,
            Verdict.NOT_ASSESSABLE,
        }

    def test_a_squatty_hinge_is_told(self) -> None:
        squatty = Posture(shank_deg=25, thigh_deg=55, trunk_deg=55)
        assessment = assess(film(Script().bends(squatty, 3)), MOVEMENTS["hip_hinge"])
        flagged = {f.fault for f in assessment.findings if f.verdict is Verdict.FLAG}
        assert {"KNEE_HINGE", "SQUATTY_RATIO"} <= flagged
        assert assessment.cue is not None
        assert assessment.cue.fault in flagged

    def test_a_back_without_an_outline_is_not_measured_and_said_so(self) -> None:
        assessment = assessed("hinge")
        assert assessment.not_measured["lumbar_flexion"] == OUTLINE_UNCLEAR
        assert assessment.lumbar_method == ""
        lumbar = [f for f in assessment.findings if f.fault in {"LUM_HINGE", "LUM_SHARE"}]
        assert {f.verdict for f in lumbar} == {Verdict.NOT_ASSESSABLE}

    def test_hidden_hands_raise_nothing_and_are_named(self) -> None:
        seen = [hidden(WRISTS)(pose) for pose in film(set_of("lift", 2))]
        assessment = assess(seen, MOVEMENTS["deadlift"])
        assert len(assessment.reps) == 2
        assert assessment.not_measured["hand_offset"] == HIDDEN
        assert assessment.not_measured["early_trunk_drop"] == HIDDEN

    def test_a_plate_over_the_shins_never_gives_a_confident_leg(self) -> None:
        script = set_of("lift", 3)
        clip = [
            plate_over_shins(pose) if script.at(np.array([pose.t_s]))["trunk_deg"][0] > 25 else pose
            for pose in film(script, noise_px=1.0)
        ]
        assessment = assess(clip, MOVEMENTS["deadlift"])
        assert len(assessment.reps) == 3
        for rep in assessment.reps:
            for key in ("knee_at_bottom", "shank_at_bottom", "heel_rise", "hand_offset"):
                assert rep.metrics[key].reason == HIDDEN
        leg = [finding for finding in assessment.findings if finding.fault in LEG_FAULTS]
        assert {finding.verdict for finding in leg} == {Verdict.NOT_ASSESSABLE}

    def test_the_goal_does_not_change_what_was_measured(self) -> None:
        poses = film(set_of("hinge", 2))
        one = assess(poses, goal=Goal.HINGE_SKILL)
        other = assess(poses, goal=Goal.CONFIDENT_BENDING)
        assert one.findings[0].measurement.reason == other.findings[0].measurement.reason
        assert [r.metrics["peak_bend"] for r in one.reps] == [
            r.metrics["peak_bend"] for r in other.reps
        ]


class TestFraming:
    def test_oblique_counts_and_does_not_judge(self) -> None:
        assessment = assess(film(set_of("hinge", 2), yaw_deg=30))
        assert len(assessment.reps) == 2
        assert not assessment.assessable
        for rep in assessment.reps:
            assert {m.reason for m in rep.metrics.values()} == {NOT_SIDE_ON}
        assert {f.verdict for f in assessment.findings} == {Verdict.NOT_ASSESSABLE}
        assert assessment.framing.issues == (FramingIssue.OBLIQUE_VIEW,)
        assert assessment.score is None or assessment.score.value is None

    @pytest.mark.parametrize(("yaw", "view"), [(50, CameraView.OBLIQUE), (90, CameraView.FRONTAL)])
    def test_more_turned_is_not_even_counted(self, yaw: float, view: CameraView) -> None:
        assessment = assess(film(set_of("squat", 2), yaw_deg=yaw))
        assert assessment.reps == ()
        assert assessment.framing.view is view

    def test_upside_down_is_not_counted(self) -> None:
        assessment = assess([turned_over(pose) for pose in film(set_of("hinge", 2))])
        assert assessment.reps == ()
        assert FramingIssue.UPSIDE_DOWN in assessment.framing.issues

    def test_a_body_cut_off_is_not_counted(self) -> None:
        assessment = assess([moved_px(0, 300)(pose) for pose in film(set_of("hinge", 2))])
        assert assessment.reps == ()
        assert FramingIssue.BODY_CUT_OFF in assessment.framing.issues

    def test_five_frames_a_second_are_too_few(self) -> None:
        assessment = assess(film(set_of("hinge", 3), fps=5))
        assert assessment.reps == ()
        assert assessment.framing.issues == (FramingIssue.LOW_FRAME_RATE,)

    def test_nobody(self) -> None:
        assessment = assess([gone(pose) for pose in film(set_of("hinge", 1))])
        assert assessment.framing.issues == (FramingIssue.NOBODY,)
        assert notes(assessment) == ["no_reps"]
        assert assessment.framing.facing is Side.UNKNOWN

    def test_a_second_person_is_noted_and_the_set_still_judged(self) -> None:
        crowded = beside([(600, 100, 760, 660)])
        assessment = assess([crowded(pose) for pose in film(set_of("hinge", 2))])
        assert len(assessment.reps) == 2
        assert "second_person" in notes(assessment)


def now_of(assessor: Assessor) -> Moment:
    """What is known of the last frame; there must have been one."""
    now = assessor.now()
    assert now is not None
    return now


class TestNow:
    def test_of_every_frame_it_tells_what_the_report_has(self) -> None:
        """Once the upright has settled; before, it is the upright as known by then."""
        poses = film(Script().hold(2.0).bends(HINGE, 2).hold(1.0), noise_px=0.5)
        assessor = Assessor()
        told = [(assessor.update(pose), now_of(assessor))[1] for pose in poses]
        series = assessor.report().series
        for name, signal in (
            ("bend_deg", Signal.BEND),
            ("hip_deg", Signal.APPARENT_HIP_FLEXION),
            ("knee_deg", Signal.KNEE_FLEXION),
            ("trunk_deg", Signal.TRUNK_INCLINATION),
        ):
            live = np.array([getattr(moment, name) for moment in told])[60:]
            assert live == pytest.approx(series.of(signal)[60:], abs=2.0), name
        assert [moment.t_s for moment in told] == series.t_s.tolist()

    def test_it_counts_and_names_the_phase_as_the_events_do(self) -> None:
        assessor, reps, phase, seen = Assessor(), 0, Phase.STANDING, set()
        for pose in film(set_of("squat", 2)):
            for event in assessor.update(pose):
                reps += isinstance(event, RepCounted)
                phase = event.phase if isinstance(event, PhaseChanged) else phase
            now = now_of(assessor)
            assert (now.reps, now.phase) == (reps, phase)
            seen.add(phase)
        assert reps == 2
        assert seen == set(Phase)

    def test_where_nothing_is_counted_no_angle_is_told(self) -> None:
        poses = changed(film(Script().hold(2.0)), gone, from_s=1.0)
        assessor = Assessor()
        for pose in poses:
            assessor.update(pose)
            now = now_of(assessor)
            unknown = [math.isnan(one) for one in (now.bend_deg, now.hip_deg, now.trunk_deg)]
            assert unknown == [not now.framing.countable] * 3
        assert FramingIssue.NOBODY in now.framing.issues


@pytest.fixture
def read_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the back is told to do follows from the outline, whatever weights are shipped."""
    monkeypatch.setattr("models.lumbar.observing.default_estimator", turn_reader)


def unsought(pose: Pose) -> Pose:
    """The same landmarks, of which no outline was asked for."""
    return replace(pose, outline=None, outline_sought=False)


@pytest.mark.usefixtures("read_by_hand")
class TestBack:
    PEAK_DEG = turn_deg(bow_at(HINGE.trunk_deg)) - turn_deg(bow_at(0.0))

    def test_the_bend_of_the_back_is_measured_rep_by_rep(self) -> None:
        assessment = assess(outlined(film(set_of("hinge", 2), noise_px=0.5)))
        assert assessment.lumbar_method == METHOD
        assert "lumbar_flexion" not in assessment.not_measured
        for rep in assessment.reps:
            assert rep.metrics["lumbar_flexion"].value == pytest.approx(self.PEAK_DEG, abs=2.0)
            assert rep.rhythm is not None

    def test_a_mirror_image_is_measured_alike(self) -> None:
        poses = film(set_of("hinge", 1))
        one = assess(outlined(poses))
        other = assess(outlined([mirrored(pose) for pose in poses], faces_right=False))
        (here,), (there,) = one.reps, other.reps
        for key in ("lumbar_flexion", "lumbar_share", "lumbar_velocity_down"):
            assert there.metrics[key].value == pytest.approx(here.metrics[key].value, rel=0.01), key

    def test_now_is_what_a_fresh_assessor_reads_that_was_never_asked_before(self) -> None:
        poses = outlined(film(set_of("hinge", 1), fps=15, noise_px=0.5))
        asked = Assessor()
        now = [(asked.update(pose), asked.now())[1] for pose in poses]
        for count in (1, 6, 12, 17, 30, 45, len(poses)):
            fresh = Assessor()
            for pose in poses[:count]:
                fresh.update(pose)
            expected, told = fresh.now(), now[count - 1]
            assert told is not None
            assert expected is not None
            for field in fields(Moment):
                here, there = getattr(told, field.name), getattr(expected, field.name)
                assert here == there or math.isnan(here) == math.isnan(there), (count, field.name)

    def test_until_the_person_has_stood_still_there_is_nothing_to_compare_with(self) -> None:
        assessor, told = Assessor(), []
        for pose in outlined(film(floor_lifts(1), fps=20)):
            assessor.update(pose)
            told.append(now_of(assessor).lumbar_reason)
        first = told.index("")
        assert set(told[:first]) == {NO_UPRIGHT}
        assert set(told[first:]) == {""}
        assert first > 20 * 1.5, "the lockout comes after the way up"

    def test_a_lift_is_measured_back_from_its_lockout_in_the_report(self) -> None:
        assessment = assess(outlined(film(floor_lifts(1))))
        (rep,) = assessment.reps
        expected = turn_deg(bow_at(FLOOR_LIFT.trunk_deg)) - turn_deg(bow_at(0.0))
        assert rep.metrics["lumbar_flexion"].value == pytest.approx(expected, abs=2.0)

    def test_nothing_has_been_read_before_the_first_frame(self) -> None:
        assert Assessor().now() is None

    def test_between_two_looks_the_last_one_is_told(self) -> None:
        every, rare = Assessor(), Assessor()
        for number, pose in enumerate(outlined(film(set_of("hinge", 1)))):
            every.update(pose)
            rare.update(pose if number % 3 == 0 else unsought(pose))
            if number % 3 == 0:
                last = now_of(every)
            now = now_of(rare)
            if last.lumbar_reason == now.lumbar_reason == "":
                assert now.lumbar_deg == pytest.approx(last.lumbar_deg, abs=1.0)
                assert now.true_hip_deg == pytest.approx(last.true_hip_deg, abs=1.0)
        assert (now.lumbar_reason, now.reps) == ("", 1)

    def test_a_look_that_is_old_tells_nothing_of_now(self) -> None:
        assessor, known_s = Assessor(), []
        for pose in outlined(film(Script().hold(2.0))):
            assessor.update(pose if pose.t_s <= 1.0 else unsought(pose))
            now = now_of(assessor)
            assert math.isnan(now.lumbar_deg) == bool(now.lumbar_reason)
            if not now.lumbar_reason:
                known_s.append(now.t_s)
        assert 1.0 + MAX_BETWEEN_S - 0.05 < max(known_s) <= 1.0 + MAX_BETWEEN_S
        assert now.lumbar_reason == OUTLINE_UNCLEAR

    @pytest.mark.parametrize("every", [2, 3])
    def test_fewer_looks_give_the_same_repetitions(self, every: int) -> None:
        poses = outlined(film(set_of("hinge", 2), noise_px=0.5))
        rarer = [pose if row % every == 0 else unsought(pose) for row, pose in enumerate(poses)]
        for one, other in zip(assess(poses).reps, assess(rarer).reps, strict=True):
            here, there = (rep.metrics["lumbar_flexion"] for rep in (one, other))
            assert there.value == pytest.approx(here.value, abs=0.5)
            assert there.se == pytest.approx(here.se, rel=0.1)

    def test_looks_that_found_nothing_count_and_frames_without_one_do_not(self) -> None:
        poses = outlined(film(set_of("hinge", 2)))
        half_lost = [
            replace(pose, outline=None) if row % 4 in (0, 1, 2) else pose
            for row, pose in enumerate(poses)
        ]
        assert "lumbar_flexion" in assess(half_lost).not_measured
        not_sought = [unsought(pose) if pose.outline is None else pose for pose in half_lost]
        assert "lumbar_flexion" not in assess(not_sought).not_measured

    def test_to_ask_in_between_changes_nothing(self) -> None:
        poses = outlined(film(set_of("hinge", 2), fps=15, noise_px=0.5))
        asked, quiet = Assessor(), Assessor()
        for number, pose in enumerate(poses):
            asked.update(pose)
            quiet.update(pose)
            asked.now()
            if number % 25 == 0:
                asked.report()
        one, other = asked.report(), quiet.report()
        assert np.array_equal(one.series.value, other.series.value, equal_nan=True)
        assert np.array_equal(one.series.se, other.series.se, equal_nan=True)
        assert [rep.metrics for rep in one.reps] == [rep.metrics for rep in other.reps]

    def test_live_and_report_agree(self) -> None:
        poses = outlined(film(set_of("hinge", 2), noise_px=0.5))
        assessor = Assessor()
        live = [
            event.rep
            for pose in poses
            for event in assessor.update(pose)
            if isinstance(event, RepCounted)
        ]
        for now, later in zip(live, assessor.report().reps, strict=True):
            here, there = (rep.metrics["lumbar_flexion"] for rep in (now, later))
            assert here.value == pytest.approx(there.value, abs=there.se / 3)

    def test_the_landmarks_are_judged_as_without_an_outline(self) -> None:
        poses = film(set_of("hinge", 2), noise_px=0.5)
        one, other = assess(outlined(poses)), assess(poses)
        for here, there in zip(one.reps, other.reps, strict=True):
            assert (here.start_s, here.end_s) == (there.start_s, there.end_s)
            for key in ("peak_bend", "trunk_at_bottom", "knee_at_bottom", "lockout"):
                assert here.metrics[key] == there.metrics[key], key

    def test_a_back_that_is_hidden_at_the_bottom_is_said_to_be(self) -> None:
        script = set_of("hinge", 1)
        poses = [
            covered(pose) if script.at(np.array([pose.t_s]))["trunk_deg"][0] > 10 else pose
            for pose in outlined(film(script))
        ]
        assert assess(poses).not_measured["lumbar_flexion"] == BACK_HIDDEN

    def test_an_own_bend_of_another_estimator_is_left_out(self) -> None:
        poses = outlined(film(set_of("hinge", 1)))
        own_bend = replace(OWN_BEND, estimator=METHOD)
        fits, other = assess(poses, own_bend=own_bend), assess(poses, own_bend=OWN_BEND)
        assert (fits.own_bend, other.own_bend) == (own_bend, None)
        assert fits.reps[0].metrics["lumbar_flexion_own_max"].measured
        assert other.not_measured["lumbar_flexion_own_max"] == "no_full_bend"


def covered(pose: Pose) -> Pose:
    """Put something in front of all of the back."""
    assert pose.outline is not None
    hidden_all = np.ones(len(pose.outline.occluded), np.bool_)
    return replace(pose, outline=replace(pose.outline, occluded=hidden_all))


class TestEvents:
    def test_a_set_is_told_as_it_happens(self) -> None:
        assessor = Assessor()
        events = [event for pose in film(set_of("hinge", 2)) for event in assessor.update(pose)]
        assert isinstance(events[0], FramingChanged)
        phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
        assert phases == [Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT, Phase.STANDING] * 2
        counted = [event for event in events if isinstance(event, RepCounted)]
        assert [event.rep.number for event in counted] == [1, 2]
        assert all(event.t_s - event.rep.end_s < 0.5 for event in counted)
        assert all(finding.rep == event.rep.number for event in counted for finding in
                   event.findings)  # fmt: skip

    def test_a_bend_that_does_not_count_is_told_with_its_reason(self) -> None:
        script = Script().hold(1.0).bend(HINGE, down_s=0.3, hold_s=0.0, up_s=0.3).hold(1.0)
        assessor = Assessor()
        events = [event for pose in film(script) for event in assessor.update(pose)]
        (bend,) = [event.bend for event in events if isinstance(event, BendDiscarded)]
        assert bend.reason == "too_brief"

    def test_live_and_report_agree_once_the_upright_is_known(self) -> None:
        assessor = Assessor(MOVEMENTS["squat"])
        live = [
            event.rep
            for pose in film(set_of("squat", 3), noise_px=1.0)
            for event in assessor.update(pose)
            if isinstance(event, RepCounted)
        ]
        for now, later in zip(live, assessor.report().reps, strict=True):
            assert (now.number, now.start_s, now.end_s) == (
                later.number,
                later.start_s,
                later.end_s,
            )
            for key, measurement in later.metrics.items():
                if measurement.measured:
                    assert math.isclose(
                        now.metrics[key].value, measurement.value, abs_tol=measurement.se / 3
                    ), key
