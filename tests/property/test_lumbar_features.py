"""What the description of a back does not depend on, and what never breaks it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.lumbar.features import (
    STATIONS,
    WINDOWS,
    Description,
    feature_groups,
    features,
)
from tests.drawn_back import DrawnBack, pose_of
from tests.outlined_backs import described, outlined_pose
from tests.retouching import hidden, rebuilt
from tests.stick_figure import HINGE, STANDING, Script, film
from vision.pose import LANDMARK_COUNT, MIRROR, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

bows = st.floats(-0.05, 0.15)
leans = st.floats(-15, 110)
patient = settings(deadline=None, max_examples=40)

ROUNDING = 2e-4
"""Of a place in float32 pixels, in lengths of a line of 60 pixels or more."""


def moved(pose: Pose, matrix: NDArray[np.float64], by_px: tuple[float, float]) -> Pose:
    """Turn, stretch or mirror the picture of a pose, with its outline, and move it."""
    assert pose.outline is not None
    points = pose.outline.points_px @ matrix.T + by_px
    xy = pose.image_xy @ matrix.T + by_px
    outline = replace(pose.outline, points_px=points.astype(np.float32))
    return replace(rebuilt(pose, image_xy=xy), outline=outline)


def assert_alike(one: Description, other: Description, *, but: tuple[str, ...] = ()) -> None:
    for name in {*Description.__slots__} - {"trunk_px", *but}:
        here, there = getattr(one, name), getattr(other, name)
        assert here == pytest.approx(there, abs=ROUNDING, nan_ok=True), name


@patient
@given(bows, leans, st.floats(0.4, 6.0), st.floats(-400, 900), st.floats(-400, 900))
def test_size_and_place_do_not_matter(
    bow: float, lean_deg: float, factor: float, right: float, down: float
) -> None:
    pose = outlined_pose(DrawnBack(bow=bow, lean_deg=lean_deg))
    one, other = described(pose), described(moved(pose, factor * np.eye(2), (right, down)))
    assert_alike(one, other)
    assert other.trunk_px == pytest.approx(factor * one.trunk_px, rel=1e-4)


@patient
@given(bows, leans, st.integers(200, 2000))
def test_the_side_does_not_matter(bow: float, lean_deg: float, width: int) -> None:
    pose = outlined_pose(DrawnBack(bow=bow, lean_deg=lean_deg), covered=(0.2, 0.4))
    flipped = moved(pose, np.diag([-1.0, 1.0]), (width, 0.0))
    left = replace(
        rebuilt(
            flipped,
            image_xy=flipped.image_xy[MIRROR],
            visibility=flipped.visibility[MIRROR],
        ),
        outline=flipped.outline,
    )
    assert_alike(described(pose), described(left, faces_right=False))


@patient
@given(bows, st.floats(-10, 80), st.floats(-30, 30))
def test_a_camera_that_is_tilted_turns_the_lean_and_nothing_else(
    bow: float, lean_deg: float, roll_deg: float
) -> None:
    pose = outlined_pose(DrawnBack(bow=bow, lean_deg=lean_deg))
    cos, sin = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    one, other = (
        described(pose),
        described(moved(pose, np.array([[cos, -sin], [sin, cos]]), (0, 0))),
    )
    assert_alike(one, other, but=("lean_rad",))
    assert np.degrees(other.lean_rad - one.lean_rad) == pytest.approx(roll_deg, abs=0.01)


@patient
@given(bows, leans, st.floats(0.002, 0.1))
def test_a_rounder_back_turns_more(bow: float, lean_deg: float, rounder: float) -> None:
    turns = []
    for each in (bow, bow + rounder):
        one = described(outlined_pose(DrawnBack(bow=each, lean_deg=lean_deg)))
        directions = feature_groups(one, one)["back"][0, : len(WINDOWS)]
        turns.append(directions[0] - directions[-1])
    assert turns[1] > turns[0]


@patient
@given(bows, leans, st.floats(0.4, 6.0), st.floats(-400, 900))
def test_what_the_estimator_is_told_depends_on_no_size_and_place(
    bow: float, lean_deg: float, factor: float, right: float
) -> None:
    """A place along the line may come from the next station where the back is all but straight."""
    pair = [outlined_pose(DrawnBack(bow=b, lean_deg=d)) for b, d in ((bow, lean_deg), (0.0, 2.0))]
    other = [moved(pose, factor * np.eye(2), (right, 0.0)) for pose in pair]
    one_told, other_told = (
        feature_groups(described(poses[0]), described(poses[1])) for poses in (pair, other)
    )
    directions = slice(0, len(WINDOWS))
    assert one_told["back"][:, directions] == pytest.approx(
        other_told["back"][:, directions], abs=20 * ROUNDING
    )
    for name in ("depth", "depth_change", "trunk_length", "leg_lengths", "hidden"):
        assert one_told[name] == pytest.approx(other_told[name], abs=5 * ROUNDING), name


@patient
@given(
    st.sets(st.integers(0, LANDMARK_COUNT - 1)),
    st.sets(st.integers(0, LANDMARK_COUNT - 1)),
    st.tuples(st.booleans(), st.booleans()),
)
def test_whatever_is_unseen_features_are_numbers_or_the_frame_is_none(
    unseen: set[int], unseen_standing: set[int], outlines: tuple[bool, bool]
) -> None:
    standing, bent = film(Script.from_posture(STANDING).to(HINGE, 1.0), fps=1.0)
    back = outlined_pose(DrawnBack()).outline
    frame = replace(hidden([*unseen])(bent), outline=back if outlines[0] else None)
    own = replace(hidden([*unseen_standing])(standing), outline=back if outlines[1] else None)
    one, other = described(frame), described(own)
    told = features(one, other)
    backs_seen = np.isfinite(one.depth).all() and np.isfinite(other.depth).all()
    assert np.isfinite(told).all() == backs_seen
    assert told.shape[0] == 1


@patient
@given(st.lists(bows, min_size=1, max_size=9), st.integers(0, 8))
def test_the_middle_of_frames_lies_among_them(frames: list[float], blind: int) -> None:
    poses = [outlined_pose(DrawnBack(bow=bow)) for bow in frames]
    poses += [pose_of(DrawnBack())] * blind
    every = described(*poses)
    middle = every.median()
    assert (np.nanmin(every.depth, axis=0) - 1e-12 <= middle.depth).all()
    assert (middle.depth <= np.nanmax(every.depth, axis=0) + 1e-12).all()
    assert middle.depth.shape == (1, len(STATIONS))
    assert middle.hidden == pytest.approx(blind / len(poses), abs=1e-12)
