"""Every recorded sample is assessed as it was when its golden file was written."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.assessor import assess
from service.pipeline import record_poses
from tests.given_material import pose_bundle
from tests.golden.assessment_summary import differences, summary
from tests.golden.samples import RECORDINGS, RESULTS, SAMPLES, golden_file, name_of
from vision.recording import read_recording

if TYPE_CHECKING:
    from pathlib import Path

    from models.results import Assessment

ADVICE = "When this is meant: python -m tests.golden.regenerate, then read the difference."

each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=name_of)


def golden(recording: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden_file(recording).read_text("utf-8"))
    return found


@each_recording
def test_a_sample_is_assessed_as_before(recording: Path) -> None:
    found = summary(assess(read_recording(recording).poses))
    changed = differences(golden(recording), found)
    assert not changed, "\n".join([f"{name_of(recording)} changed:", *changed, ADVICE])


@each_recording
def test_a_replay_gives_the_same_numbers_to_the_bit(recording: Path) -> None:
    one, other = (assess(read_recording(recording).poses) for _ in range(2))
    assert same_numbers(one, other)
    assert summary(one) == summary(other)


@pytest.mark.slow
def test_a_video_is_assessed_as_its_recording() -> None:
    name = "hinge_neutral"
    recorded = read_recording(SAMPLES / "recordings" / f"{name}.poses.npz")
    again = record_poses(SAMPLES / f"{name}.mp4", pose_bundle(mask=True))
    assert again.estimator == recorded.estimator
    assert again.source_sha256 == recorded.source_sha256
    changed = differences(summary(assess(recorded.poses)), summary(assess(again.poses)))
    assert not changed, "\n".join([f"{name}, recording against video:", *changed])


def test_every_golden_file_has_a_recording() -> None:
    assert RECORDINGS
    assert {path.stem for path in RESULTS.glob("*.json")} == set(map(name_of, RECORDINGS))


def test_the_comparison_sees_every_kind_of_change() -> None:
    old = golden(RECORDINGS[0])
    new = copy.deepcopy(old)
    metric = next(one for one in new["reps"][0]["metrics"].values() if one.get("unit") == "deg")
    metric["value"] += 0.3
    new["recognised"] = "squat"
    new["reps"].append({"start_s": 9.0})
    del new["framing"]["view"]
    told = "\n".join(differences(old, new))
    assert len(differences(old, new)) == 4
    for part in ("recognised: was", ".value: was", "start_s: is new, 9.0", "framing.view: was"):
        assert part in told


def test_the_comparison_forgives_the_last_place_only() -> None:
    old = {"reps": [{"metrics": {"knee": {"value": 20.0, "se": 5.0, "unit": "deg"}}}]}
    new = copy.deepcopy(old)
    new["reps"][0]["metrics"]["knee"]["value"] = 20.1
    assert differences(old, new) == []
    new["reps"][0]["metrics"]["knee"]["value"] = 20.2
    assert differences(old, new) == ["reps[0].metrics.knee.value: was 20.0, is 20.2"]


def same_numbers(one: Assessment, other: Assessment) -> bool:
    """Compare every signal of every frame, NaN included."""
    return all(
        np.array_equal(getattr(one.series, name), getattr(other.series, name), equal_nan=True)
        for name in ("t_s", "value", "se")
    )
