"""Targets for joint angles, on renders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.accuracy.error_statistics import Errors
from tests.accuracy.recorded_clips import assessment_of
from tests.accuracy.render_angles import (
    HIP,
    JUDGED,
    KNEE,
    KNOWN_SHORTFALLS,
    MAX_TRUE_YAW_DEG,
    TARGET_DEG,
    TRUNK,
    bent_errors_of,
    errors_of,
    side_view_renders,
    truth_of,
)
from tests.accuracy.rep_times import time_errors
from tests.given_material import shared_file

if TYPE_CHECKING:
    from models.kinematics import Signal

MIN_COVERAGE: Final = {HIP: 0.98, KNEE: 0.9, TRUNK: 0.98}
MIN_CALIBRATION: Final = 0.88
"""Share of frames within 1.96 standard errors. 0.95 is what the errors promise; the shortfall is
published in ``docs/accuracy.md``."""
MAX_YAW_ERROR_DEG: Final = 6.0


@pytest.mark.parametrize("signal", JUDGED)
def test_the_mean_error_over_all_side_view_renders_meets_the_target(signal: Signal) -> None:
    pooled = Errors.pool([errors_of(name, signal) for name in side_view_renders()])
    assert pooled.frames > 3000
    assert pooled.mean_absolute_deg <= TARGET_DEG
    assert pooled.coverage >= MIN_COVERAGE[signal]
    assert pooled.calibration >= MIN_CALIBRATION


@pytest.mark.parametrize("signal", [KNEE, TRUNK])
def test_the_mean_error_of_bent_frames_meets_the_target(signal: Signal) -> None:
    pooled = Errors.pool([bent_errors_of(name, signal) for name in side_view_renders()])
    assert pooled.mean_absolute_deg <= TARGET_DEG


def test_apparent_hip_flexion_of_bent_frames_falls_short_as_published() -> None:
    pooled = Errors.pool([bent_errors_of(name, HIP) for name in side_view_renders()])
    assert TARGET_DEG < pooled.mean_absolute_deg < 9.0


def test_every_clip_above_the_target_is_known_and_explained() -> None:
    above = {
        (name, signal)
        for name in side_view_renders()
        for signal in JUDGED
        if errors_of(name, signal).mean_absolute_deg > TARGET_DEG
    }
    assert above <= set(KNOWN_SHORTFALLS)


@pytest.mark.parametrize(("name", "signal"), KNOWN_SHORTFALLS)
def test_a_known_shortfall_is_still_one(name: str, signal: Signal) -> None:
    """Half a degree of room: processors differ in the last digits of a landmark."""
    assert errors_of(name, signal).mean_absolute_deg > TARGET_DEG - 0.5


@pytest.mark.parametrize("signal", JUDGED)
def test_bent_frames_are_really_bent(signal: Signal) -> None:
    bent = bent_errors_of("squat_neutral", signal)
    assert 50 < bent.frames < errors_of("squat_neutral", signal).frames
    assert bent.true_deg.max() > 30


def test_the_estimated_turn_is_near_the_true_one() -> None:
    names = side_view_renders()
    estimated = [assessment_of(f"renders/{name}.mp4").framing.yaw_deg for name in names]
    errors = np.abs(np.subtract(estimated, [truth_of(name).yaw_deg for name in names]))
    assert errors.max() <= MAX_YAW_ERROR_DEG


def test_a_person_turned_by_30_degrees_is_refused_as_a_side_view() -> None:
    assert truth_of("hinge_yaw30").yaw_deg > MAX_TRUE_YAW_DEG
    framing = assessment_of("renders/hinge_yaw30.mp4").framing
    assert framing.yaw_deg > 25
    assert "oblique_view" in framing.issues


def test_repetitions_reach_bottom_and_end_when_they_do() -> None:
    _, bottom, end, _ = time_errors()
    assert len(bottom.difference_s) >= 20
    assert abs(np.median(bottom.difference_s)) < 0.15
    assert abs(np.median(end.difference_s)) < 0.15


def test_the_true_angles_agree_with_the_drawn_joints() -> None:
    """Truth in three dimensions against its own joints in the picture: seen from the side."""
    for name in side_view_renders():
        drawn = _bend_of_drawn_joints(name)
        true = truth_of(name).bend_deg
        standing = true < 5
        assert np.abs(drawn - np.median(drawn[standing]) - true).mean() < 2.0, name


def _bend_of_drawn_joints(name: str) -> np.typing.NDArray[np.float64]:
    truth = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
    forward = 1 if truth.get("facing", "left") == "right" else -1
    shoulder, hip, knee = (
        np.array([[f["joints_px"][f"{joint}_{side}"] for side in "LR"] for f in truth["frames"]])
        .mean(axis=1)
        .T
        for joint in ("shoulder", "hip", "knee")
    )
    trunk = np.arctan2(forward * (shoulder[0] - hip[0]), hip[1] - shoulder[1])
    thigh = np.arctan2(forward * (knee[0] - hip[0]), knee[1] - hip[1])
    bend: np.typing.NDArray[np.float64] = np.degrees(trunk + thigh)
    return bend
