"""A person's own upright is found wherever they stand quietly, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.calibration import KEPT_FRAMES, QUIET_S, UprightFinder
from models.kinematics import Signal, Upright, measure
from tests.deep_equality import differences
from tests.retouching import LEGS, gone, hidden
from tests.stick_figure import (
    FLOOR_LIFT,
    HINGE,
    SEATED,
    STANDING,
    STATURE_PX,
    Posture,
    Script,
    film,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.kinematics import Raw
    from vision.pose import Pose


def frame_of(pose: Pose) -> Raw:
    return measure(
        np.array([pose.t_s]),
        pose.image_xy[None].astype(float),
        pose.visibility[None].astype(float),
        faces_right=True,
    )


def fed(poses: Iterable[Pose]) -> UprightFinder:
    finder = UprightFinder()
    for pose in poses:
        finder.update(frame_of(pose))
    return finder


def found(finder: UprightFinder) -> Upright:
    upright = finder.settle()
    assert upright is not None
    return upright


def angle(upright: Upright, signal: Signal) -> float:
    return float(upright.angle_deg[signal.column])


LEANING = STANDING.offset(Posture(shank_deg=3, thigh_deg=-4, trunk_deg=6))


@pytest.mark.parametrize("fps", [15, 25, 30, 60])
def test_the_own_angles_of_quiet_standing(fps: int) -> None:
    upright = found(fed(film(Script.from_posture(LEANING).hold(2.0), fps=fps, noise_px=1.0)))
    assert angle(upright, Signal.TRUNK_INCLINATION) == pytest.approx(6, abs=0.5)
    assert angle(upright, Signal.THIGH_INCLINATION) == pytest.approx(-4, abs=0.5)
    assert angle(upright, Signal.APPARENT_HIP_FLEXION) == pytest.approx(2, abs=0.5)
    assert angle(upright, Signal.HIP_FORWARD) == 0
    assert upright.stature_px == pytest.approx(STATURE_PX, rel=0.01)
    assert upright.seconds == pytest.approx(2.0 - QUIET_S, abs=0.15)


def test_it_is_known_within_half_a_second() -> None:
    finder = UprightFinder()
    known_s = [p.t_s for p in film(Script().hold(1.0)) if finder.update(frame_of(p)) is not None]
    assert known_s[0] < 0.5


@pytest.mark.parametrize(
    "script",
    [
        Script.from_posture(SEATED).hold(3.0),
        Script.from_posture(FLOOR_LIFT).hold(3.0),
        Script.from_posture(HINGE).hold(3.0),
        walk(distance=1.0),
    ],
    ids=["seated", "at the floor", "bent", "walking"],
)
def test_what_is_not_quiet_standing_is_not_taken_for_it(script: Script) -> None:
    finder = UprightFinder()
    moving = [pose for pose in film(script) if pose.t_s < 3.0]
    assert [finder.update(frame_of(pose)) for pose in moving] == [None] * len(moving)


def test_a_lift_from_the_floor_finds_it_at_lockout() -> None:
    script = Script.from_posture(FLOOR_LIFT).hold(0.5).to(LEANING, 1.2).hold(0.8)
    upright = found(fed(film(script)))
    assert angle(upright, Signal.TRUNK_INCLINATION) == pytest.approx(6, abs=0.5)


def test_the_most_upright_quiet_moments_count() -> None:
    slumped = STANDING.offset(Posture(trunk_deg=20, thigh_deg=4))
    script = Script.from_posture(slumped).hold(1.5).to(STANDING, 0.8).hold(1.5)
    upright = found(fed(film(script)))
    assert angle(upright, Signal.TRUNK_INCLINATION) == pytest.approx(0, abs=1)


def test_nobody_has_no_upright() -> None:
    finder = fed(gone(pose) for pose in film(Script().hold(2.0)))
    assert finder.upright is None
    assert finder.settle() is None


def test_hidden_legs_give_no_upright() -> None:
    assert fed(hidden(LEGS)(pose) for pose in film(Script().hold(2.0))).settle() is None


def test_a_foot_never_seen_has_no_length() -> None:
    poses = [hidden(range(29, 33))(pose) for pose in film(Script().hold(2.0))]
    assert np.isnan(found(fed(poses)).foot_px)


def test_settling_in_between_changes_nothing_later() -> None:
    poses = film(Script.from_posture(LEANING).hold(1.0).to(STANDING, 0.6).hold(1.0), noise_px=2.0)
    plain, interrupted = UprightFinder(), UprightFinder()
    for pose in poses:
        one = plain.update(frame_of(pose))
        other = interrupted.update(frame_of(pose))
        assert differences(one, other) == []
        interrupted.settle()
    assert differences(plain.settle(), interrupted.settle()) == []


def test_a_long_session_remembers_its_most_upright_frames() -> None:
    slumped = replace(LEANING, trunk_deg=15)
    script = Script().hold(12.0).to(slumped, 1.0).hold(KEPT_FRAMES / 30)
    upright = found(fed(film(script)))
    assert angle(upright, Signal.TRUNK_INCLINATION) == pytest.approx(0, abs=1)


class TestQuietFrames:
    """The times of the frames behind an upright, from which other things of standing are taken."""

    def test_they_are_frames_of_quiet_standing_in_order(self) -> None:
        poses = film(Script().hold(1.0).bend(HINGE).hold(1.0))
        quiet_t_s = found(fed(poses)).quiet_t_s
        assert quiet_t_s == tuple(sorted({pose.t_s for pose in poses} & set(quiet_t_s)))
        assert all(t_s <= 1.05 or t_s >= 3.85 for t_s in quiet_t_s)
        assert len(quiet_t_s) >= 15

    def test_a_lift_from_the_floor_has_them_at_lockout(self) -> None:
        script = Script.from_posture(FLOOR_LIFT).hold(0.5).to(LEANING, 1.2).hold(0.8)
        quiet_t_s = found(fed(film(script))).quiet_t_s
        assert quiet_t_s
        assert min(quiet_t_s) >= 1.6

    def test_they_are_the_more_upright_half(self) -> None:
        slumped = STANDING.offset(Posture(trunk_deg=20, thigh_deg=4))
        script = Script.from_posture(slumped).hold(1.5).to(STANDING, 0.8).hold(1.7)
        assert min(found(fed(film(script))).quiet_t_s) > 2.0

    def test_they_are_known_with_every_upright_while_a_set_runs(self) -> None:
        finder = UprightFinder()
        uprights = [finder.update(frame_of(pose)) for pose in film(Script().hold(2.0))]
        seen = [upright for upright in uprights if upright is not None]
        assert all(upright.quiet_t_s for upright in seen)
        assert len(seen[-1].quiet_t_s) > len(seen[0].quiet_t_s)

    def test_a_long_session_keeps_a_bounded_number(self) -> None:
        upright = found(fed(film(Script().hold(2.5 * KEPT_FRAMES / 60), fps=60)))
        assert len(upright.quiet_t_s) == KEPT_FRAMES // 2
