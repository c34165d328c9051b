"""Landmarks are steadied without being delayed, and what cannot be is taken out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.retouching import changed, gone, hidden, legs_swapped, mirrored, moved_px, rebuilt
from tests.stick_figure import HINGE, LUNGE_NEAR, PICTURE, Posture, Script, film
from vision.pose import LANDMARK_COUNT, Landmark, Pose
from vision.smoothing import (
    EDGE,
    GAP_S,
    JumpGate,
    LandmarkConditioner,
    OneEuroFilter,
    SideSwapRepair,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LUNGE = Script().hold(0.3).to(LUNGE_NEAR, 1.0).hold(1.5)
STAND = Script().hold(2.0)
WRIST = Landmark.RIGHT_WRIST
KNEE = Landmark.RIGHT_KNEE


def same_landmarks(one: Pose, other: Pose) -> bool:
    return np.array_equal(one.image_xy, other.image_xy, equal_nan=True)


def jumped(row: int, right_px: float) -> Callable[[Pose], Pose]:
    def jump(pose: Pose) -> Pose:
        xy = pose.image_xy.copy()
        xy[row, 0] += right_px
        return rebuilt(pose, image_xy=xy)

    return jump


class TestSideSwapRepair:
    def test_a_burst_of_swapped_legs_is_undone(self) -> None:
        true = film(LUNGE)
        swapped = changed(true, legs_swapped, from_s=1.5, until_s=1.9)
        repair = SideSwapRepair()
        mended = [repair.update(pose) for pose in swapped]
        assert all(same_landmarks(one, other) for one, other in zip(mended, true, strict=True))
        np.testing.assert_array_equal(mended[50].world_xyz, true[50].world_xyz)

    def test_single_frames_are_undone_while_moving(self) -> None:
        true = film(LUNGE, noise_px=1.0)
        swapped = [legs_swapped(pose) if k > 20 and k % 5 == 0 else pose for k, pose in
                   enumerate(true)]  # fmt: skip
        repair = SideSwapRepair()
        mended = [repair.update(pose) for pose in swapped]
        assert all(same_landmarks(one, other) for one, other in zip(mended, true, strict=True))

    def test_an_estimator_that_insists_is_believed(self) -> None:
        true = film(LUNGE)
        insisting = changed(true, legs_swapped, from_s=1.5)
        repair = SideSwapRepair()
        mended = [repair.update(pose) for pose in insisting]
        assert same_landmarks(mended[50], true[50])
        assert same_landmarks(mended[-1], insisting[-1])

    def test_legs_that_lie_over_each_other_are_left_alone(self) -> None:
        swapped = changed(film(STAND, noise_px=1.0), legs_swapped, from_s=1.0, until_s=1.2)
        repair = SideSwapRepair()
        assert all(same_landmarks(repair.update(pose), pose) for pose in swapped)

    def test_hidden_legs_are_left_alone(self) -> None:
        poses = [hidden([Landmark.LEFT_ANKLE])(pose) for pose in film(LUNGE)]
        repair = SideSwapRepair()
        assert all(repair.update(pose) is pose for pose in poses)

    def test_after_a_gap_it_starts_afresh(self) -> None:
        poses = film(LUNGE)
        repair = SideSwapRepair()
        repair.update(poses[-20])
        again = legs_swapped(rebuilt(poses[-1], t_s=poses[-20].t_s + GAP_S + 0.1))
        assert repair.update(again) is again

    def test_walking_legs_that_pass_each_other_are_not_exchanged(self) -> None:
        step = Posture(thigh_deg=25, shank_deg=-10, far_thigh_deg=-20, far_shank_deg=15, pin="hip")
        other = Posture(thigh_deg=-20, shank_deg=15, far_thigh_deg=25, far_shank_deg=-10, pin="hip")
        poses = film(Script.from_posture(step).to(other, 0.5).to(step, 0.5))
        repair = SideSwapRepair()
        assert all(same_landmarks(repair.update(pose), pose) for pose in poses)


class TestJumpGate:
    def test_a_jump_is_blanked_and_the_way_back_is_not(self) -> None:
        poses = changed(film(STAND), jumped(KNEE, 500), from_s=1.0, until_s=1.2)
        gate = JumpGate()
        for pose in poses:
            seen = np.isfinite(gate.update(pose).image_xy[KNEE]).all()
            assert seen != (1.0 <= pose.t_s < 1.2)

    def test_a_landmark_that_stays_away_is_accepted_after_patience(self) -> None:
        poses = changed(film(STAND), jumped(KNEE, 500), from_s=1.0)
        gate = JumpGate()
        blank_s = [p.t_s for p in poses if np.isnan(gate.update(p).image_xy[KNEE]).any()]
        assert min(blank_s) == pytest.approx(1.0)
        assert max(blank_s) - min(blank_s) <= JumpGate.patience_s

    def test_only_what_jumps_is_blanked(self) -> None:
        poses = changed(film(STAND), jumped(KNEE, 500), from_s=1.0, until_s=1.2)
        gate = JumpGate()
        rest = np.delete(np.arange(LANDMARK_COUNT), KNEE)
        for pose in poses:
            np.testing.assert_array_equal(gate.update(pose).image_xy[rest], pose.image_xy[rest])

    @pytest.mark.parametrize("fps", [15, 30, 60])
    def test_fast_arms_and_bends_pass(self, fps: int) -> None:
        waving = Script()
        for _ in range(4):
            waving = waving.to(Posture(arm_deg=160), 0.25).to(Posture(arm_deg=20), 0.25)
        waving = waving.bend(HINGE, down_s=0.5, hold_s=0.0, up_s=0.5)
        gate = JumpGate()
        assert all(gate.update(pose) is pose for pose in film(waving, fps=fps))

    def test_hands_may_move_faster_than_the_body(self) -> None:
        gate = JumpGate()
        still, moved = film(STAND)[:2]
        gate.update(still)
        both = jumped(WRIST, 100)(jumped(KNEE, 100)(moved))
        xy = gate.update(both).image_xy
        assert np.isfinite(xy[WRIST]).all()
        assert np.isnan(xy[KNEE]).all()

    def test_without_a_trunk_there_is_no_scale(self) -> None:
        gate = JumpGate()
        pose = gone(film(STAND)[0])
        assert gate.update(pose) is pose


def ramp(fps: float, speed: float, seconds: float = 2.0) -> tuple[Floats, Floats, Floats]:
    """Times, a straight rise at `speed` per second, and what the filter makes of it."""
    t_s = np.arange(round(seconds * fps) + 1) / fps
    true = speed * t_s
    one_euro = OneEuroFilter()
    smooth = [float(one_euro.update(np.array([v]), t)[0]) for v, t in zip(true, t_s, strict=True)]
    return t_s, true, np.array(smooth)


class TestOneEuroFilter:
    @pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
    @pytest.mark.parametrize("speed", [0.05, 0.3, 1.0])
    def test_it_lags_by_less_than_40_ms(self, fps: float, speed: float) -> None:
        _, true, smooth = ramp(fps, speed)
        assert 0 < (true[-1] - smooth[-1]) / speed < 0.040

    @pytest.mark.parametrize("speed", [0.05, 0.3, 1.0])
    def test_its_result_depends_on_time_and_not_on_the_frame_rate(self, speed: float) -> None:
        _, _, at_30 = ramp(30, speed)
        _, _, at_60 = ramp(60, speed)
        np.testing.assert_allclose(at_60[::2][10:], at_30[10:], atol=0.010 * speed)

    def test_it_is_causal(self) -> None:
        values = np.sin(np.arange(40) / 5)
        whole, half = OneEuroFilter(), OneEuroFilter()
        first = [whole.update(np.array([v]), k / 30)[0] for k, v in enumerate(values)][:20]
        again = [half.update(np.array([v]), k / 30)[0] for k, v in enumerate(values[:20])]
        assert first == again

    def test_it_steadies_what_rests(self) -> None:
        rng = np.random.default_rng(1)
        noise = rng.normal(0, 0.002, 300)
        one_euro = OneEuroFilter()
        smooth = [one_euro.update(np.array([v]), k / 30)[0] for k, v in enumerate(noise)]
        assert np.std(smooth[30:]) < 0.75 * np.std(noise[30:])

    def test_unknown_in_unknown_out_and_a_short_gap_is_bridged(self) -> None:
        one_euro = OneEuroFilter()
        for k in range(10):
            one_euro.update(np.array([0.0, 1.0]), k / 30)
        out = one_euro.update(np.array([np.nan, 1.0]), 10 / 30)
        assert np.isnan(out[0])
        assert out[1] == 1.0
        after = one_euro.update(np.array([1.0, 1.0]), 11 / 30)
        assert 0 < after[0] < 1, "it goes on from what it knew before the gap"

    def test_after_a_long_gap_it_starts_afresh(self) -> None:
        one_euro = OneEuroFilter()
        one_euro.update(np.array([0.0]), 0.0)
        one_euro.update(np.array([np.nan]), 0.1)
        assert one_euro.update(np.array([1.0]), 0.2 + GAP_S)[0] == 1.0

    def test_a_repeated_time_stamp_is_no_division_by_zero(self) -> None:
        one_euro = OneEuroFilter()
        one_euro.update(np.array([0.0]), 1.0)
        assert math.isfinite(one_euro.update(np.array([0.1]), 1.0)[0])

    def test_it_does_not_change_what_it_is_given(self) -> None:
        one_euro = OneEuroFilter()
        for k in range(3):
            value = np.array([float(k)])
            one_euro.update(value, k / 30)
            assert value[0] == k


class TestLandmarkConditioner:
    def test_what_rests_stays_where_it_is(self) -> None:
        conditioner = LandmarkConditioner()
        for pose in film(STAND):
            conditioned = conditioner.update(pose)
            np.testing.assert_allclose(conditioned.image_xy, pose.image_xy, atol=1e-3)

    def test_what_lies_outside_the_picture_is_unknown(self) -> None:
        pose = moved_px(-640, 0)(film(STAND)[0])
        outside = pose.image_xy[:, 0] < EDGE * PICTURE[1]
        assert 0 < outside.sum() < LANDMARK_COUNT
        xy = LandmarkConditioner().update(pose).image_xy
        np.testing.assert_array_equal(np.isnan(xy[:, 0]), outside)

    def test_a_mirror_image_stays_a_mirror_image(self) -> None:
        one, other = LandmarkConditioner(), LandmarkConditioner()
        for pose in film(LUNGE, noise_px=1.0):
            there = mirrored(one.update(pose)).image_xy
            np.testing.assert_allclose(other.update(mirrored(pose)).image_xy, there, atol=0.01)

    def test_time_visibility_and_world_are_passed_on(self) -> None:
        conditioner = LandmarkConditioner()
        for pose in film(LUNGE, noise_px=1.0):
            conditioned = conditioner.update(pose)
            assert conditioned.t_s == pose.t_s
            np.testing.assert_array_equal(conditioned.visibility, pose.visibility)
            np.testing.assert_array_equal(conditioned.world_xyz, pose.world_xyz)
