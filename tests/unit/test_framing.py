"""How a person stands to the camera is told from the landmarks, and refused when it must be."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.retouching import (
    beside,
    changed,
    gone,
    hidden,
    legs_swapped,
    mirrored,
    moved_px,
    on_its_side,
    rebuilt,
    scaled,
    turned_over,
)
from tests.stick_figure import HINGE, PICTURE, SQUAT, STANDING, Posture, Script, film
from vision.framing import (
    CameraView,
    Framing,
    FramingIssue,
    FramingObserver,
    FramingSummary,
    Side,
    facing_evidence,
    trunk_length_px,
    yaw_deg,
)
from vision.pose import Landmark, Pose

if TYPE_CHECKING:
    from collections.abc import Iterable

STAND = Script().hold(2.0)
BEND = Script().hold(0.5).bend(HINGE).hold(0.5)


def observed(poses: Iterable[Pose]) -> tuple[Framing, FramingSummary]:
    """Framing of the last frame, and of all."""
    observer = FramingObserver()
    last = [observer.update(pose) for pose in poses][-1]
    return last, observer.summary()


@pytest.mark.parametrize("turn", range(0, 91, 10))
@pytest.mark.parametrize("posture", [STANDING, HINGE, SQUAT], ids=["standing", "hinge", "squat"])
def test_yaw_of_a_turned_body_is_told(turn: int, posture: Posture) -> None:
    script = Script.from_posture(posture).hold(1.5)
    _, summary = observed(film(script, yaw_deg=turn, noise_px=2.0))
    assert summary.yaw_deg == pytest.approx(turn, abs=3.0)


def test_yaw_has_no_sign_and_does_not_care_which_way_one_faces() -> None:
    pose = film(STAND, yaw_deg=20)[0]
    away = film(STAND, yaw_deg=-20)[0]
    assert yaw_deg(pose) == pytest.approx(20, abs=0.1)
    assert yaw_deg(away) == pytest.approx(20, abs=0.1)
    assert yaw_deg(mirrored(pose)) == pytest.approx(20, abs=0.1)


def test_the_less_turned_of_shoulders_and_hips_counts() -> None:
    pose = film(STAND)[0]
    world = pose.world_xyz.copy()
    world[Landmark.LEFT_SHOULDER, 0] += 0.3
    assert yaw_deg(rebuilt(pose, world_xyz=world)) == pytest.approx(0, abs=0.1)


def test_yaw_is_unknown_when_neither_line_is_seen() -> None:
    pose = film(STAND)[0]
    assert math.isnan(yaw_deg(hidden([Landmark.LEFT_SHOULDER, Landmark.RIGHT_HIP])(pose)))
    assert math.isnan(yaw_deg(gone(pose)))


@pytest.mark.parametrize(
    ("turn", "view", "countable", "assessable"),
    [
        (0, CameraView.SAGITTAL, True, True),
        (20, CameraView.SAGITTAL, True, True),
        (30, CameraView.OBLIQUE, True, False),
        (50, CameraView.OBLIQUE, False, False),
        (90, CameraView.FRONTAL, False, False),
    ],
)
def test_the_view_decides_what_can_be_done(
    turn: int,
    view: CameraView,
    *,
    countable: bool,
    assessable: bool,
) -> None:
    last, summary = observed(film(STAND, yaw_deg=turn))
    assert (last.view, last.countable, last.assessable) == (view, countable, assessable)
    assert summary.view is view
    assert summary.assessable_fraction == float(assessable)


@pytest.mark.parametrize(
    ("turn", "issue"),
    [
        (0, None),
        (20, FramingIssue.SLIGHTLY_TURNED),
        (40, FramingIssue.OBLIQUE_VIEW),
        (80, FramingIssue.FRONTAL_VIEW),
    ],
)
def test_a_turned_view_is_named(turn: int, issue: FramingIssue | None) -> None:
    last, summary = observed(film(STAND, yaw_deg=turn))
    expected = (issue,) if issue else ()
    assert last.issues == expected
    assert summary.issues == expected


@pytest.mark.parametrize("script", [STAND, BEND], ids=["standing", "bending"])
def test_facing_and_near_side(script: Script) -> None:
    poses = film(script, noise_px=2.0)
    last, summary = observed(poses)
    assert (last.facing, last.near_side) == (Side.RIGHT, Side.RIGHT)
    assert (summary.facing, summary.near_side) == (Side.RIGHT, Side.RIGHT)
    last, summary = observed(mirrored(pose) for pose in poses)
    assert (last.facing, last.near_side) == (Side.LEFT, Side.LEFT)
    assert (summary.facing, summary.near_side) == (Side.LEFT, Side.LEFT)


@pytest.mark.parametrize(
    "unseen",
    [range(11), range(27, 33), (*range(11), *range(27, 33))],
    ids=["head", "feet", "head and feet"],
)
def test_facing_is_told_from_whatever_is_seen_of_a_bend(unseen: Iterable[int]) -> None:
    pose = film(BEND)[len(film(BEND)) // 2]
    cropped = hidden(tuple(unseen))(pose)
    assert facing_evidence(cropped) > 0
    assert facing_evidence(mirrored(cropped)) < 0


def test_who_turns_round_faces_the_other_way_a_few_seconds_later() -> None:
    script = Script().hold(3.0).to(Posture(yaw_deg=180), 1.0).hold(6.0)
    observer = FramingObserver()
    facing = [(pose.t_s, observer.update(pose).facing) for pose in film(script)]
    assert {side for t_s, side in facing if t_s < 3} == {Side.RIGHT}
    assert {side for t_s, side in facing if t_s > 8.5} == {Side.LEFT}


def test_swapped_legs_for_a_moment_do_not_turn_a_person() -> None:
    poses = changed(film(STAND), legs_swapped, from_s=1.0, until_s=1.3)
    observer = FramingObserver()
    assert {observer.update(pose).facing for pose in poses} == {Side.RIGHT}


def test_nobody() -> None:
    last, summary = observed(gone(pose) for pose in film(STAND))
    assert last.issues == summary.issues == (FramingIssue.NOBODY,)
    assert not last.countable
    assert not last.assessable
    assert last.facing is summary.facing is Side.UNKNOWN
    assert last.view is summary.view is CameraView.UNKNOWN
    assert summary.seen_fraction == summary.assessable_fraction == 0
    assert math.isnan(summary.yaw_deg)
    assert math.isnan(summary.person_height_px)
    assert math.isnan(summary.roll_deg)


def test_a_brief_absence_is_tolerated() -> None:
    poses = changed(film(Script().hold(6.0)), gone, from_s=2.0, until_s=2.5)
    last, summary = observed(poses)
    assert last.assessable
    assert summary.issues == ()
    assert summary.seen_fraction == pytest.approx(1 - 15 / 181)


def test_a_summary_of_nothing_is_unknown() -> None:
    summary = FramingObserver().summary()
    assert summary.view is CameraView.UNKNOWN
    assert summary.seen_fraction == 0
    assert math.isnan(summary.frame_rate_hz)


@pytest.mark.parametrize("fps", [15, 24, 25, 30, 60])
def test_usual_frame_rates_pass(fps: int) -> None:
    last, summary = observed(film(STAND, fps=fps))
    assert last.assessable
    assert summary.frame_rate_hz == pytest.approx(fps)
    assert summary.issues == ()


def test_five_frames_a_second_are_too_few() -> None:
    last, summary = observed(film(Script().hold(6.0), fps=5))
    assert last.issues == summary.issues == (FramingIssue.LOW_FRAME_RATE,)
    assert not last.countable


def test_one_long_gap_is_not_a_low_frame_rate() -> None:
    poses = [pose for pose in film(Script().hold(6.0)) if not 2 < pose.t_s < 4]
    last, summary = observed(poses)
    assert last.issues == summary.issues == ()


def test_upside_down() -> None:
    last, summary = observed(turned_over(pose) for pose in film(STAND))
    assert FramingIssue.UPSIDE_DOWN in last.issues
    assert FramingIssue.UPSIDE_DOWN in summary.issues
    assert not last.countable


@pytest.mark.parametrize("turns", [1, 3])
def test_a_picture_on_its_side(turns: int) -> None:
    last, summary = observed(quarter_turned(turns, pose) for pose in film(STAND))
    assert FramingIssue.ON_ITS_SIDE in last.issues
    assert FramingIssue.ON_ITS_SIDE in summary.issues
    assert not last.countable


@pytest.mark.parametrize(
    ("turns", "issue"), [(1, "on_its_side"), (2, "upside_down"), (3, "on_its_side")]
)
def test_how_somebody_stood_counts_for_the_bends_that_follow(turns: int, issue: str) -> None:
    script = Script().hold(1.0).to(Posture(thigh_deg=15, trunk_deg=100), 1.0).hold(3.0)
    last, summary = observed(quarter_turned(turns, pose) for pose in film(script))
    assert issue in last.issues
    assert issue in summary.issues


def test_who_lay_and_stands_up_is_upright_soon() -> None:
    poses = [quarter_turned(1, pose) if pose.t_s < 2 else pose for pose in film(Script().hold(4.0))]
    observer = FramingObserver()
    upright_at_s = [
        pose.t_s for pose in poses if FramingIssue.ON_ITS_SIDE not in observer.update(pose).issues
    ]
    assert upright_at_s[1] == pytest.approx(2.5, abs=0.1)


def quarter_turned(turns: int, pose: Pose) -> Pose:
    for _ in range(turns):
        pose = on_its_side(pose)
    return pose


def test_a_deep_bend_is_not_upside_down() -> None:
    deep = Script.from_posture(Posture(thigh_deg=15, trunk_deg=120)).hold(1.0)
    last, _ = observed(film(deep))
    assert last.issues == ()


def test_a_body_that_leaves_the_picture_is_cut_off() -> None:
    last, summary = observed(moved_px(-680, 0)(pose) for pose in film(STAND))
    assert last.issues == summary.issues == (FramingIssue.BODY_CUT_OFF,)
    assert not last.countable


def test_feet_below_the_picture_are_cut_off_and_heads_above_it_are_not_needed() -> None:
    last, _ = observed(moved_px(0, 130)(pose) for pose in film(STAND))
    assert last.issues == (FramingIssue.BODY_CUT_OFF,)
    last, _ = observed(moved_px(0, -190)(pose) for pose in film(STAND))
    assert last.issues == ()


def test_a_hidden_ankle_is_not_cut_off() -> None:
    last, _ = observed(
        hidden([Landmark.RIGHT_ANKLE, Landmark.LEFT_ANKLE])(pose) for pose in film(STAND)
    )
    assert last.issues == ()


def test_ankles_out_of_the_picture_are_cut_off_though_not_seen() -> None:
    unseen = hidden([Landmark.RIGHT_ANKLE, Landmark.LEFT_ANKLE])
    last, _ = observed(moved_px(0, 130)(unseen(pose)) for pose in film(STAND))
    assert last.issues == (FramingIssue.BODY_CUT_OFF,)
    assert not last.countable


def test_too_close() -> None:
    def zoomed(pose: Pose) -> Pose:
        return replace(scaled(2.6)(pose), image_size=PICTURE)

    last, summary = observed(zoomed(pose) for pose in film(STAND))
    assert last.issues == summary.issues == (FramingIssue.TOO_CLOSE,)
    assert not last.countable


def test_too_far() -> None:
    def far(pose: Pose) -> Pose:
        return replace(scaled(0.18)(pose), image_size=PICTURE)

    _, summary = observed(far(pose) for pose in film(STAND))
    assert summary.issues == (FramingIssue.TOO_FAR,)


def test_height_of_an_upright_person() -> None:
    _, summary = observed(film(BEND))
    assert summary.person_height_px == pytest.approx(560, rel=0.01)


@pytest.mark.parametrize("tilt", [-12.0, -4.0, 0.0, 4.0, 12.0])
def test_a_tilted_camera(tilt: float) -> None:
    angle = math.radians(tilt)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    centre = np.array(PICTURE) / 2

    def tilted(pose: Pose) -> Pose:
        return rebuilt(pose, image_xy=(pose.image_xy - centre) @ turn + centre)

    _, summary = observed(tilted(pose) for pose in film(STAND))
    assert summary.roll_deg == pytest.approx(tilt, abs=0.5)
    assert (FramingIssue.CAMERA_TILTED in summary.issues) == (abs(tilt) > 8)


def test_a_step_forward_is_no_tilt() -> None:
    left = [row for row in Landmark if row.name.startswith("LEFT") and row >= Landmark.LEFT_KNEE]

    def stepping(pose: Pose) -> Pose:
        places = pose.image_xy.copy()
        places[left, 0] += 250.0
        return rebuilt(pose, image_xy=places)

    _, summary = observed(stepping(pose) for pose in film(STAND))
    assert math.isnan(summary.roll_deg)
    assert FramingIssue.CAMERA_TILTED not in summary.issues


@pytest.mark.parametrize(
    ("box", "crowded"),
    [
        ((600, 100, 760, 660), True),
        ((0, 50, 400, 700), True),
        ((1000, 300, 1080, 600), False),
    ],
    ids=["overlapping", "larger", "small and apart"],
)
def test_a_second_person(box: tuple[int, ...], *, crowded: bool) -> None:
    last, summary = observed(beside([box])(pose) for pose in film(STAND))
    assert (FramingIssue.SECOND_PERSON in last.issues) == crowded
    assert (FramingIssue.SECOND_PERSON in summary.issues) == crowded
    assert last.assessable


def test_somebody_who_walks_past_for_a_moment_is_no_lasting_issue() -> None:
    poses = film(Script().hold(6.0))
    passing = changed(poses, beside([(600, 100, 760, 660)]), from_s=2.0, until_s=2.4)
    _, summary = observed(passing)
    assert summary.issues == ()


def test_issues_come_most_important_first() -> None:
    poses = [moved_px(-800, 0)(pose) for pose in film(Script().hold(6), fps=5, yaw_deg=40)]
    last, summary = observed(poses)
    expected = {
        FramingIssue.OBLIQUE_VIEW,
        FramingIssue.BODY_CUT_OFF,
        FramingIssue.LOW_FRAME_RATE,
    }
    in_order = tuple(issue for issue in FramingIssue if issue in expected)
    assert last.issues == summary.issues == in_order


def test_trunk_length_is_that_of_the_figure() -> None:
    assert trunk_length_px(film(STAND)[0]) == pytest.approx(0.288 * 560, abs=0.1)
    assert math.isnan(trunk_length_px(gone(film(STAND)[0])))
