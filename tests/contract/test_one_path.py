"""One streaming path: whoever asks, however often, gets the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.assessor import Assessor, RepCounted, assess
from models.movements import MOVEMENTS
from tests.deep_equality import differences
from tests.retouching import changed, gone, hidden
from tests.stick_figure import FLOOR_LIFT, HINGE, LUNGE_NEAR, SQUAT, STANDING, Script, film
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.spec import MovementSpec
    from vision.pose import Pose


def messy(poses: Sequence[Pose]) -> list[Pose]:
    """Lose the person for a moment, and a knee for another."""
    lost = changed(poses, gone, from_s=2.0, until_s=2.4)
    return changed(lost, hidden([Landmark.RIGHT_KNEE]), from_s=4.0, until_s=4.3)


CLIPS = {
    "hinges": film(Script().bends(HINGE, 2), noise_px=1.5),
    "squats at 25 fps": film(Script().bends(SQUAT, 2), fps=25, noise_px=1.5),
    "lift that starts on the floor": film(
        Script.from_posture(FLOOR_LIFT).hold(0.5).to(STANDING, 1.2).hold(0.8), noise_px=1.5
    ),
    "lunges, seen badly": messy(film(Script().bends(LUNGE_NEAR, 2), noise_px=3.0)),
    "hinges, then squats": film(Script().bends(HINGE, 1).bends(SQUAT, 1)),
    "turned": film(Script().bends(HINGE, 2), yaw_deg=30, noise_px=1.5),
    "nobody": [gone(pose) for pose in film(Script().hold(1.0))],
    "nothing": [],
}


@pytest.mark.parametrize("movement", [None, MOVEMENTS["hip_hinge"]], ids=["auto", "hip hinge"])
@pytest.mark.parametrize("name", CLIPS)
def test_frame_by_frame_and_whole_are_the_same(name: str, movement: MovementSpec | None) -> None:
    assessor = Assessor(movement)
    for pose in CLIPS[name]:
        assessor.update(pose)
    assert differences(assessor.report(), assess(CLIPS[name], movement)) == []


@pytest.mark.parametrize("name", CLIPS)
def test_a_report_in_between_changes_nothing_later(name: str) -> None:
    plain, asked = Assessor(), Assessor()
    for frame, pose in enumerate(CLIPS[name]):
        assert differences(plain.update(pose), asked.update(pose)) == []
        if frame % 12 == 0:
            asked.report()
    assert differences(plain.report(), asked.report()) == []


def test_asking_twice_gives_the_same_report() -> None:
    assessor = Assessor()
    for pose in CLIPS["hinges"]:
        assessor.update(pose)
    assert differences(assessor.report(), assessor.report()) == []


def test_what_comes_later_does_not_change_what_was_said_live() -> None:
    poses = CLIPS["squats at 25 fps"]
    whole, part = Assessor(), Assessor()
    first = [whole.update(pose) for pose in poses][: len(poses) // 2]
    again = [part.update(pose) for pose in poses[: len(poses) // 2]]
    assert differences(first, again) == []


def test_two_assessors_do_not_share_anything() -> None:
    one, other = Assessor(), Assessor()
    for pose, else_pose in zip(CLIPS["hinges"], CLIPS["squats at 25 fps"], strict=False):
        one.update(pose)
        other.update(else_pose)
    alone = assess(CLIPS["hinges"][: len(CLIPS["squats at 25 fps"])])
    assert differences(one.report(), alone) == []


def test_poses_are_left_as_they_were() -> None:
    poses = film(Script().bends(SQUAT, 1), noise_px=2.0)
    before = [pose.image_xy.copy() for pose in poses]
    assess(poses)
    assert all(np.array_equal(a, p.image_xy) for a, p in zip(before, poses, strict=True))


def test_every_repetition_of_the_report_was_counted_live() -> None:
    for name, poses in CLIPS.items():
        assessor = Assessor()
        live = sum(
            isinstance(event, RepCounted) for pose in poses for event in assessor.update(pose)
        )
        report = assessor.report()
        assert live == len(report.reps), name


def test_the_comparison_itself_sees_the_last_bit() -> None:
    one = assess(CLIPS["hinges"])
    other = assess(film(Script().bends(HINGE, 2), noise_px=1.5001))
    assert differences(one, other) != []
    assert differences({"a": [1.0, float("nan")]}, {"a": [1.0, float("nan")]}) == []
    assert differences({"a": 1.0}, {"a": 1.0 + 1e-15}) != []
    assert differences(np.array([0.0, np.nan]), np.array([0.0, np.nan])) == []
    assert differences((1,), (1, 2)) != []
    assert differences(1, 1.0) != []
