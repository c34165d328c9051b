"""What ships in sample_videos is what its manifest says, and every recording can be replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from models.assessor import assess
from models.movements import MOVEMENTS
from tests.golden.samples import RECORDINGS, SAMPLES, clips, manifest, name_of
from vision.estimators.recorded import RecordedPoses
from vision.recording import file_sha256, read_recording
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from pathlib import Path

MAX_CLIP_BYTES: Final = 1_000_000
MAX_TOTAL_BYTES: Final = 9_000_000
TRUE_ANGLES: Final = (
    "lumbar_flexion",
    "pelvis_tilt",
    "hip_flexion",
    "knee_flexion",
    "ankle_dorsiflexion",
    "trunk_inclination",
)

each_clip = pytest.mark.parametrize("clip", clips(), ids=lambda clip: clip["name"])


def video_of(clip: dict[str, Any]) -> Path:
    return SAMPLES / f"{clip['name']}.mp4"


def recording_of(clip: dict[str, Any]) -> Path:
    return SAMPLES / "recordings" / f"{clip['name']}.poses.npz"


def test_the_manifest_lists_every_file() -> None:
    names = {clip["name"] for clip in clips()}
    assert len(names) == len(clips()) > 0
    assert {path.stem for path in SAMPLES.glob("*.mp4")} == names
    assert {path.stem for path in SAMPLES.glob("*.json")} == names | {"manifest"}
    assert set(map(name_of, RECORDINGS)) == names


def test_the_manifest_says_what_the_samples_are_not() -> None:
    assert {"about", "how_made", "what_they_are_not", "licence"} <= set(manifest())


def test_the_samples_stay_small() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and "studio" not in path.parts]
    assert sum(path.stat().st_size for path in files) < MAX_TOTAL_BYTES


@each_clip
def test_a_video_is_the_one_described(clip: dict[str, Any]) -> None:
    path, told = video_of(clip), clip["video"]
    assert file_sha256(path) == told["sha256"]
    assert path.stat().st_size == told["bytes"] < MAX_CLIP_BYTES
    with VideoFile(path) as video:
        assert video.frame_size == (told["width"], told["height"])
        assert video.info.nominal_fps == told["fps"]


@each_clip
def test_a_recording_is_the_one_described(clip: dict[str, Any]) -> None:
    path, told = recording_of(clip), clip["recording"]
    assert file_sha256(path) == told["sha256"]
    assert path.stat().st_size == told["bytes"]
    recording = read_recording(path)
    assert recording.source_sha256 == clip["video"]["sha256"]
    assert recording.estimator.asset_sha256 == told["asset_sha256"]
    assert len(recording.poses) == clip["video"]["frames"]


@each_clip
def test_a_recording_fits_its_video_frame_by_frame(clip: dict[str, Any]) -> None:
    poses = RecordedPoses(read_recording(recording_of(clip)))
    with VideoFile(video_of(clip)) as video:
        seen = [poses.estimate(frame).is_empty for frame in video]
    assert len(seen) == clip["video"]["frames"]
    assert not any(seen)


@each_clip
def test_a_sample_replays_to_what_it_shows(clip: dict[str, Any]) -> None:
    assessment = assess(read_recording(recording_of(clip)).poses)
    assert clip["movement"] in MOVEMENTS
    assert assessment.recognised == clip["movement"]
    assert len(assessment.reps) == clip["reps"]
    assert assessment.framing.facing.value == clip["facing"]
    assert abs(assessment.framing.yaw_deg - clip["yaw_deg"]) <= 6


@each_clip
def test_a_truth_covers_every_frame(clip: dict[str, Any]) -> None:
    truth = json.loads((SAMPLES / f"{clip['name']}.json").read_text("utf-8"))
    frames = truth["frames"]
    assert len(frames) == clip["video"]["frames"]
    poses = read_recording(recording_of(clip)).poses
    assert np.allclose([frame["t_s"] for frame in frames], [pose.t_s for pose in poses], atol=0.01)
    assert all(np.isfinite([[frame[key] for key in TRUE_ANGLES] for frame in frames]).ravel())
