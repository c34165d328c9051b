"""The outline and its closed form on rendered people, whose lumbar flexion is known."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.lumbar.closed_form import (
    LumbarEstimate,
    average_curve,
    estimate_flexion,
    measure_curve,
)
from tests.given_material import first_frames, pose_bundle, shared_file
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.framing import facing_evidence, trunk_length_px
from vision.outline_extraction import crop_mask, extract_outline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.frame import Frame
    from vision.outline import DorsalOutline
    from vision.pose import Pose

STANDING_FRAMES = 20
"""The first 0.8 s of every one of these clips are quiet standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One rep of a rendered clip, as it was seen.

    Attributes
    ----------
    truth_deg
        Lumbar flexion that was rendered, frame by frame.
    poses
        With their outlines.
    estimates
        Of the closed form.
    """

    truth_deg: NDArray[np.float64]
    poses: list[Pose]
    estimates: list[LumbarEstimate]

    @property
    def bottom(self) -> slice:
        """The frames around the deepest one."""
        deepest = int(self.truth_deg.argmax())
        return slice(deepest - 3, deepest + 4)

    def estimated_deg(self, frames: slice) -> float:
        """Median estimate; NaN when most frames could not be measured."""
        return float(np.median([estimate.flexion_deg for estimate in self.estimates[frames]]))


def measure_outline(
    frame: Frame, pose: Pose, probability: NDArray[np.float32]
) -> DorsalOutline | None:
    mask = crop_mask(probability, pose)
    faces_right = facing_evidence(pose) > 0
    if mask is None:
        return None
    return extract_outline(mask, frame.image, pose, faces_right=faces_right)


@cache
def seen(name: str) -> Seen:
    """Look at the standing and the first rep of a rendered clip."""
    truth: dict[str, Any] = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
    count = math.ceil((truth["reps"][0]["bottom_s"] + 0.3) * truth["fps"])
    with MediaPipeTasks(pose_bundle(mask=True), measure_outline=measure_outline) as estimator:
        frames = first_frames(shared_file(f"renders/{name}.mp4"), count)
        poses = [estimator.estimate(frame) for frame in frames]
    faces_right = sum(facing_evidence(pose) for pose in poses) > 0
    trunk_px = float(np.median([trunk_length_px(pose) for pose in poses[:STANDING_FRAMES]]))
    curves = [
        measure_curve(pose, faces_right=faces_right, standing_trunk_px=trunk_px) for pose in poses
    ]
    standing = average_curve(curves[:STANDING_FRAMES])
    return Seen(
        truth_deg=np.array([frame["lumbar_flexion"] for frame in truth["frames"][:count]]),
        poses=poses,
        estimates=[estimate_flexion(curve, standing) for curve in curves],
    )


@pytest.mark.parametrize("name", ["hinge_flat", "hinge_shallow_rounded", "squat_tuck"])
def test_every_frame_of_a_free_back_has_an_outline(name: str) -> None:
    for pose in seen(name).poses:
        assert pose.outline is not None
        assert pose.outline.quality > 0.4
        assert pose.outline.occluded.mean() < 0.2


@pytest.mark.parametrize("name", ["hinge_flat", "hinge_shallow_rounded", "squat_tuck"])
def test_standing_reads_no_flexion(name: str) -> None:
    assert seen(name).estimated_deg(slice(0, STANDING_FRAMES)) == pytest.approx(0.0, abs=1.5)


def test_a_shallow_rounded_bend_reads_more_than_a_deep_flat_one() -> None:
    rounded, flat = seen("hinge_shallow_rounded"), seen("hinge_flat")
    rounded_deg, flat_deg = (clip.estimated_deg(clip.bottom) for clip in (rounded, flat))
    assert rounded_deg - flat_deg > 15.0


@pytest.mark.parametrize("name", ["hinge_flat", "hinge_shallow_rounded", "squat_tuck"])
def test_the_truth_lies_within_two_standard_errors_at_the_bottom(name: str) -> None:
    clip = seen(name)
    for estimate, truth_deg in zip(
        clip.estimates[clip.bottom], clip.truth_deg[clip.bottom], strict=True
    ):
        if math.isfinite(estimate.flexion_deg):
            assert abs(estimate.flexion_deg - truth_deg) < 2 * estimate.se_deg


def test_a_back_that_plates_and_arms_hide_is_not_measured() -> None:
    standing = seen("lift_barbell_plates")
    assert math.isnan(standing.estimated_deg(slice(0, STANDING_FRAMES)))
