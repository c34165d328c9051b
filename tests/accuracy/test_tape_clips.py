"""Tape on a rendered person, from the video to degrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from models.assessor import assess
from models.lumbar.tape import METHOD
from service.pipeline import record_poses
from tests.accuracy.taped_clips import TapedClip, measure_clip
from tests.given_material import pose_bundle
from vision.recording import read_recording, write_recording

CLIP: Final = Path(__file__).parents[1] / "data" / "taped_hinge.mp4"
"""A rounded hinge of a body that no constant was chosen on, in a fitted top (``docs/tape.md``)."""

Z_90: Final = 1.645

pytestmark = [pytest.mark.accuracy, pytest.mark.slow]


@pytest.fixture(scope="module")
def clip() -> TapedClip:
    return measure_clip(CLIP, pose_bundle(mask=True))


def test_the_strips_are_found_in_nearly_every_frame(clip: TapedClip) -> None:
    assert np.isfinite(clip.reading.flexion_deg).mean() >= 0.9


def test_standing_reads_zero(clip: TapedClip) -> None:
    standing = clip.reading.flexion_deg[clip.is_standing]
    assert np.nanmax(np.abs(standing)) < 3.0


def test_the_bottom_is_read_within_the_target(clip: TapedClip) -> None:
    assert clip.true_bottom_deg > 30.0
    assert clip.bottom_deg == pytest.approx(clip.true_bottom_deg, abs=5.0)


def test_the_truth_lies_within_the_90_percent_interval(clip: TapedClip) -> None:
    measured = np.isfinite(clip.reading.flexion_deg)
    error = (clip.reading.flexion_deg - clip.true_deg)[measured]
    assert (np.abs(error) <= Z_90 * clip.reading.se_deg[measured]).mean() >= 0.9
    assert clip.bottom_se_deg < 6.0


def test_the_product_reads_the_tape_when_told_that_it_is_worn(tmp_path: Path) -> None:
    recording = record_poses(CLIP, pose_bundle(mask=True), tape=True)
    write_recording(tmp_path / "taped.poses.npz", recording)
    assessment = assess(read_recording(tmp_path / "taped.poses.npz").poses)
    assert assessment.lumbar_method == METHOD
    truth = json.loads(CLIP.with_suffix(".json").read_text("utf-8"))
    [rep] = assessment.reps
    peak = rep.metrics["lumbar_flexion"]
    true_deg = max(frame["lumbar_flexion"] for frame in truth["frames"])
    assert peak.value == pytest.approx(true_deg, abs=6.0)
    assert peak.se < 6.0


def test_without_being_told_nobody_looks_for_tape() -> None:
    recording = record_poses(CLIP, pose_bundle(mask=True))
    assert all(pose.tape is None for pose in recording.poses)
    assert assess(recording.poses).lumbar_method != METHOD
