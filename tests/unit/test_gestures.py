"""One hand held up is a sign; two hands, a bend or a lost frame are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.given_material import first_frames, pose_bundle, shared_file
from tests.retouching import changed, gone, hidden, mirrored, moved_px
from tests.stick_figure import HINGE, SQUAT, STANDING, Posture, Script, film
from vision.estimators.direct import DirectBlazePose
from vision.gestures import PATIENCE_S, HandRaiseObserver, is_hand_raised
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vision.pose import Pose

UP: Final = Posture(arm_deg=178, far_arm_deg=0)
HELD_S: Final = 2.0


def held_s(poses: Iterable[Pose]) -> list[float]:
    observer = HandRaiseObserver()
    return [observer.update(pose) for pose in poses]


def posed(posture: Posture, *, yaw_deg: float = 0.0) -> Pose:
    (pose,) = film(Script.from_posture(posture), yaw_deg=yaw_deg)
    return pose


def holding(posture: Posture, *, fps: float = 20.0) -> list[Pose]:
    return film(Script.from_posture(posture).hold(HELD_S), fps=fps)


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("posture", [UP, Posture(arm_deg=0, far_arm_deg=170)])
def test_either_hand_from_any_side(posture: Posture, yaw_deg: float) -> None:
    assert is_hand_raised(posed(posture, yaw_deg=yaw_deg))


def test_a_hand_held_up_counts_the_seconds() -> None:
    told = held_s(holding(UP))
    assert told == pytest.approx(np.arange(len(told)) / 20.0)


def test_a_mirror_image_is_the_same() -> None:
    assert held_s(map(mirrored, holding(UP))) == held_s(holding(UP))


@pytest.mark.parametrize(
    "posture",
    [
        STANDING,
        HINGE,
        SQUAT,
        Posture(arm_deg=178),
        Posture(arm_deg=178, far_arm_deg=100),
        Posture(arm_deg=90, far_arm_deg=0),
        Posture(arm_deg=120, reach=0.1),
        replace(HINGE, arm_deg=178, far_arm_deg=0),
        replace(SQUAT, arm_deg=178, trunk_deg=20),
    ],
    ids=[
        "standing",
        "hinge",
        "squat",
        "both up",
        "other to the front",
        "to the front",
        "bar on the back",
        "one hand, bent over",
        "overhead squat",
    ],
)
@pytest.mark.parametrize("yaw_deg", [0.0, 60.0])
def test_what_is_no_sign(posture: Posture, yaw_deg: float) -> None:
    assert not is_hand_raised(posed(posture, yaw_deg=yaw_deg))


def test_a_single_lost_frame_does_not_begin_anew() -> None:
    for fps in (8.0, 30.0):
        poses = holding(UP, fps=fps)
        lost = [gone(pose) if row % 5 == 4 else pose for row, pose in enumerate(poses)]
        assert held_s(lost)[-1] > HELD_S - 2 / fps


def test_a_hand_taken_down_ends_it() -> None:
    script = Script.from_posture(UP).hold(1.0).to(STANDING, 0.3).hold(1.0).to(UP, 0.3).hold(0.5)
    poses = film(script)
    told = held_s(poses)
    down = [seconds for pose, seconds in zip(poses, told, strict=True) if 1.7 < pose.t_s < 2.2]
    assert set(down) == {0.0}
    assert 0.3 < told[-1] < 0.8


def test_a_person_lost_for_longer_begins_anew() -> None:
    poses = changed(holding(UP), gone, from_s=1.0, until_s=1.0 + PATIENCE_S + 0.15)
    assert held_s(poses)[-1] < HELD_S - 1.0 - PATIENCE_S


@pytest.mark.parametrize(
    "rows",
    [
        (Landmark.RIGHT_WRIST,),
        (Landmark.RIGHT_ELBOW,),
        tuple(range(Landmark.LEFT_SHOULDER)),
        (Landmark.LEFT_WRIST, Landmark.LEFT_ELBOW),
        (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    ],
    ids=["wrist", "elbow", "head", "the other arm", "hips"],
)
def test_what_must_be_seen(rows: tuple[int, ...]) -> None:
    assert not is_hand_raised(hidden(rows)(posed(UP)))


def test_a_hand_beyond_the_edge_of_the_picture_is_a_guess() -> None:
    pose = posed(UP)
    top = float(pose.image_xy[Landmark.RIGHT_WRIST, 1])
    assert is_hand_raised(moved_px(0, 5 - top)(pose))
    assert not is_hand_raised(moved_px(0, -5 - top)(pose))


@pytest.mark.slow
def test_a_real_hand_is_seen_from_the_side() -> None:
    name = "lift_kettlebell_floor_correct_side_tby66_0016c_1.mp4"
    with DirectBlazePose(pose_bundle()) as estimator:
        told = held_s(
            estimator.estimate(frame) for frame in first_frames(shared_file(f"clips/{name}"), 120)
        )
    assert max(told) > 0.5
    assert told[-1] == 0.0
