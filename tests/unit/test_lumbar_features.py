"""What a back is described by, and what the estimator is told of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from models.lumbar.features import (
    LONGEST_LEG,
    STATIONS,
    WINDOWS,
    BackViews,
    Description,
    describe,
    feature_groups,
    features,
    turn_of,
)
from tests.drawn_back import DrawnBack, pose_of
from tests.outlined_backs import described, outlined_pose, straight, turn_deg
from tests.retouching import gone, hidden, mirrored
from tests.stick_figure import HINGE, STANDING, Script, film
from vision.pose import Landmark

BACK = DrawnBack(bow=0.05, lean_deg=40.0)
UPRIGHT = DrawnBack(bow=0.01, lean_deg=3.0)

KNEES = (Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE)


def directions_deg(description: Description) -> list[float]:
    told = feature_groups(description, description)["back"][0, : len(WINDOWS)]
    return [math.degrees(angle) for angle in told]


class TestDescription:
    def test_the_depth_is_that_of_the_back(self) -> None:
        depth = described(outlined_pose(BACK)).depth[0]
        assert depth == pytest.approx(BACK.depth(STATIONS), abs=2e-4)

    def test_the_joints_are_told_along_and_behind_the_line(self) -> None:
        joints = described(outlined_pose(BACK)).joints[0].reshape(2, 9, 2)
        for side in joints:
            assert side[0] == pytest.approx([1.0, 0.0], abs=1e-6)
            assert side[1] == pytest.approx([0.0, 0.0], abs=1e-6)
        assert joints[1, 3] == pytest.approx([-0.8, 0.0], abs=1e-6), "the left ankle is far"
        assert np.isnan(joints[0, 3]).all()

    def test_the_line_has_its_lean_and_length(self) -> None:
        one = described(outlined_pose(BACK))
        assert math.degrees(one.lean_rad[0]) == pytest.approx(40.0, abs=1e-4)
        assert one.trunk_px[0] == pytest.approx(BACK.trunk_px)
        assert one.quality[0] == pytest.approx(0.8)

    def test_an_outline_that_turns_back_for_a_moment_is_read_on(self) -> None:
        pose = outlined_pose(BACK)
        assert pose.outline is not None
        points = pose.outline.points_px.copy()
        points[20:40] = points[39:19:-1]
        knotted = replace(pose, outline=replace(pose.outline, points_px=points))
        depth = described(knotted).depth[0]
        beyond = (STATIONS < 0.2) | (STATIONS > 0.62)
        assert depth[beyond] == pytest.approx(BACK.depth(STATIONS[beyond]), abs=2e-4)
        assert depth == pytest.approx(BACK.depth(STATIONS), abs=0.04)

    def test_what_covers_the_back_is_told_where_it_does(self) -> None:
        cover = described(outlined_pose(BACK, covered=(0.3, 0.6))).hidden[0]
        inside = (STATIONS > 0.33) & (STATIONS < 0.57)
        outside = (STATIONS < 0.27) | (STATIONS > 0.63)
        assert (cover[inside] == 1).all()
        assert (cover[outside] == 0).all()

    def test_without_an_outline_there_is_no_depth_and_everything_is_covered(self) -> None:
        one = described(pose_of(BACK))
        assert np.isnan(one.depth).all()
        assert (one.hidden == 1).all()
        assert np.isnan(one.quality).all()
        assert one.trunk_px[0] == pytest.approx(BACK.trunk_px)

    def test_of_nobody_there_is_nothing(self) -> None:
        one = described(gone(pose_of(BACK)))
        assert np.isnan(one.trunk_px).all()
        assert np.isnan(one.depth).all()
        assert np.isnan(one.joints).all()

    def test_one_hip_and_one_shoulder_will_do(self) -> None:
        far = (Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER)
        seen = replace(hidden(far)(pose_of(BACK)), outline=outlined_pose(BACK).outline)
        assert described(seen).depth[0] == pytest.approx(BACK.depth(STATIONS), abs=2e-4)

    def test_a_frame_is_described_alone_as_among_others(self) -> None:
        poses = [outlined_pose(BACK), pose_of(UPRIGHT), outlined_pose(UPRIGHT)]
        together = described(*poses)
        for row, pose in enumerate(poses):
            alone = described(pose)
            for name in Description.__slots__:
                one, many = getattr(alone, name)[0], getattr(together, name)[row]
                assert np.array_equal(one, many, equal_nan=True), name

    def test_the_middle_of_several_frames_leaves_out_what_was_not_seen(self) -> None:
        poses = [outlined_pose(BACK), pose_of(BACK), outlined_pose(BACK), outlined_pose(UPRIGHT)]
        middle = described(*poses).median()
        assert middle.depth.shape == (1, len(STATIONS))
        assert middle.depth == pytest.approx(described(outlined_pose(BACK)).depth)

    def test_frames_can_be_taken_out(self) -> None:
        three = described(outlined_pose(BACK), pose_of(BACK), outlined_pose(UPRIGHT))
        chosen = three[np.isfinite(three.quality)]
        assert np.array_equal(chosen.depth, Description.join([three[:1], three[2:]]).depth)


class TestTurn:
    @pytest.mark.parametrize("yaw_deg", [-30.0, -10.0, 10.0, 30.0])
    def test_is_the_sine_of_the_yaw_with_the_near_side_forward_positive(
        self, yaw_deg: float
    ) -> None:
        (pose,) = film(Script.from_posture(STANDING), yaw_deg=yaw_deg)
        for seen in (pose, mirrored(pose)):
            turn = turn_of(seen.world_xyz[None].astype(np.float64))[0]
            assert turn == pytest.approx([-math.sin(math.radians(yaw_deg))] * 2, abs=1e-5)

    def test_of_nobody_is_unknown(self) -> None:
        pose = gone(pose_of(BACK))
        assert np.isnan(turn_of(pose.world_xyz[None].astype(np.float64))).all()


class TestFeatures:
    @pytest.mark.parametrize("tilt", [-0.2, 0.0, 0.3])
    def test_a_straight_back_has_one_direction(self, tilt: float) -> None:
        one = described(outlined_pose(BACK, depth=straight(tilt)))
        expected = [math.degrees(math.atan(tilt))] * len(WINDOWS)
        assert directions_deg(one) == pytest.approx(expected, abs=0.02)

    def test_a_rounder_back_turns_more(self) -> None:
        turns = []
        for bow in (-0.03, 0.0, 0.03, 0.06, 0.12):
            told = directions_deg(described(outlined_pose(DrawnBack(bow=bow))))
            turns.append(told[0] - told[-1])
            assert turns[-1] == pytest.approx(turn_deg(bow), abs=0.2)
        assert turns == sorted(turns)

    def test_standing_beside_itself_has_not_changed(self) -> None:
        one = described(outlined_pose(UPRIGHT))
        groups = feature_groups(one, one)
        for name in ("back_change", "limbs_change", "depth_change"):
            assert np.array_equal(groups[name], np.zeros_like(groups[name])), name
        assert (groups["trunk_length"] == 1).all()
        assert (groups["leg_lengths"] == 1).all()

    def test_a_change_is_the_difference_to_standing(self) -> None:
        frame, standing = described(outlined_pose(BACK)), described(outlined_pose(UPRIGHT))
        groups = feature_groups(frame, standing)
        own = feature_groups(standing, standing)
        assert groups["back_change"] == pytest.approx(groups["back"] - own["back"])
        assert groups["back_standing"] == pytest.approx(own["back"])
        assert groups["limbs_change"] == pytest.approx(groups["limbs"] - own["limbs"])

    def test_of_a_back_that_only_leans_more_the_lean_alone_differs(self) -> None:
        one, other = (
            feature_groups(
                described(outlined_pose(DrawnBack(lean_deg=lean_deg))),
                described(outlined_pose(UPRIGHT)),
            )
            for lean_deg in (20.0, 60.0)
        )
        for name in ("depth", "depth_change", "trunk_length", "hidden"):
            assert one[name] == pytest.approx(other[name], abs=1e-4), name
        assert not np.allclose(one["back"], other["back"], atol=0.1)

    def test_no_outline_gives_no_features(self) -> None:
        standing = described(outlined_pose(UPRIGHT))
        told = features(described(outlined_pose(BACK), pose_of(BACK)), standing)
        assert np.isfinite(told[0]).all()
        assert not np.isfinite(told[1]).all()
        blind = features(described(outlined_pose(BACK)), described(pose_of(UPRIGHT)))
        assert not np.isfinite(blind).all()

    def test_unseen_joints_are_told_and_their_lengths_are_taken_as_their_own(self) -> None:
        groups = feature_groups(described(outlined_pose(BACK)), described(outlined_pose(UPRIGHT)))
        assert all(np.isfinite(group).all() for group in groups.values())
        assert (groups["leg_lengths"] == 1).all()

    def test_legs_are_measured_by_their_own_length_standing(self) -> None:
        standing, bent = film(Script.from_posture(STANDING).to(HINGE, 1.0), fps=1.0)
        near_shorter = bent.image_xy.copy()
        hip, knee = Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE
        near_shorter[knee] = near_shorter[hip] + 0.5 * (bent.image_xy[knee] - bent.image_xy[hip])
        legs = feature_groups(described(replace(bent, image_xy=near_shorter)), described(standing))[
            "leg_lengths"
        ][0]
        assert legs[:3] == pytest.approx([0.5, 1.0, legs[2]], abs=1e-4)
        assert legs[2] != pytest.approx(1.0, abs=0.01), "the shank begins at the misplaced knee"
        assert legs[3] == pytest.approx(1.0, abs=1e-4)

    def test_a_leg_thrown_far_away_is_cut_off(self) -> None:
        standing, bent = film(Script.from_posture(STANDING).to(HINGE, 1.0), fps=1.0)
        thrown = bent.image_xy.copy()
        thrown[Landmark.RIGHT_ANKLE] += 9000
        legs = feature_groups(described(replace(bent, image_xy=thrown)), described(standing))
        assert legs["leg_lengths"][0, 2] == LONGEST_LEG

    def test_a_leg_without_length_standing_warns_of_nothing(self) -> None:
        standing, bent = film(Script.from_posture(STANDING).to(HINGE, 1.0), fps=1.0)
        one_place = standing.image_xy.copy()
        one_place[Landmark.RIGHT_KNEE] = one_place[Landmark.RIGHT_ANKLE]
        legs = feature_groups(described(bent), described(replace(standing, image_xy=one_place)))
        assert legs["leg_lengths"][0, 2] == 1

    def test_a_frame_is_told_alone_as_among_others(self) -> None:
        poses = [outlined_pose(DrawnBack(bow=bow, lean_deg=900 * bow)) for bow in (0.0, 0.04, 0.09)]
        standing = described(outlined_pose(UPRIGHT))
        together = features(described(*poses), standing)
        for row, pose in enumerate(poses):
            alone = features(described(pose), standing)[0]
            assert alone == pytest.approx(together[row], abs=1e-12)

    def test_the_order_is_that_of_the_groups(self) -> None:
        frame, standing = described(outlined_pose(BACK)), described(outlined_pose(UPRIGHT))
        groups = feature_groups(frame, standing)
        told = features(frame, standing)[0]
        assert len(told) == sum(group.shape[1] for group in groups.values())
        start = 0
        for group in groups.values():
            assert np.array_equal(told[start : start + group.shape[1]], group[0])
            start += group.shape[1]


def test_views_of_several_poses_are_described_in_one_go() -> None:
    views = [BackViews.of(outlined_pose(back), faces_right=True) for back in (BACK, UPRIGHT)]
    together = describe(BackViews.join(views))
    assert together.depth.shape == (2, len(STATIONS))
    assert np.array_equal(together.depth[1], describe(views[1]).depth[0])


def test_whoever_faces_left_is_described_like_their_mirror_image() -> None:
    right = outlined_pose(BACK)
    assert right.outline is not None
    flip = np.array([-1.0, 1.0], np.float32)
    across = np.array([right.image_size[0], 0.0], np.float32)
    points = right.outline.points_px * flip + across
    left = replace(mirrored(right), outline=replace(right.outline, points_px=points))
    one, other = described(right), described(left, faces_right=False)
    for name in Description.__slots__:
        here, there = getattr(one, name), getattr(other, name)
        assert here == pytest.approx(there, abs=1e-5, nan_ok=True), name
