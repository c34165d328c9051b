"""The trial: whole videos of people that training never saw, through the product's own path."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.assessor import assess
from models.lumbar.rhythm import PEAK
from sample_videos.studio.clip import render_clip
from sample_videos.studio.spec import FAST
from sample_videos.studio.truth import read_masks
from vision.estimators.outlined import OutlinedBlazePose
from vision.outline_extraction import crop_mask, extract_outline
from vision.recording import Recording, file_sha256, read_recording, write_recording
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from sample_videos.studio.renderer import Renderer
    from sample_videos.studio.spec import ClipSpec
    from vision.assets import Bundle
    from vision.pose import Pose

EXACT_MASK = ".exact"
"""Suffix of recordings whose outlines come from the exact mask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One rep of one unseen person.

    Attributes
    ----------
    name
        Of the clip.
    about
        Movement, prop, clothing and yaw.
    true_deg
        Largest true lumbar flexion.
    told_deg, se_deg
        What the product told; NaN when it told nothing.
    reason
        Key of the reason why not; ``not_counted`` when the repetition was not.
    """

    name: str
    about: dict[str, Any]
    true_deg: float
    told_deg: float
    se_deg: float
    reason: str


def render_trial(
    folder: Path, spec: ClipSpec, *, drawing: Renderer, bundle: Bundle, exact: bool
) -> None:
    """Render a clip and record its poses.

    What is there already is left as it is.

    Parameters
    ----------
    folder
        Where video, truth and recordings go.
    spec
        The clip.
    drawing
        What renders.
    bundle
        The pose model, with mask.
    exact
        Whether to record it a second time, with outlines from the exact mask.
    """
    if (folder / f"{spec.name}.poses.npz").exists():
        return
    files = render_clip(spec, folder, profile=FAST, masks=exact, renderer=drawing)
    recording = _record(files.video, bundle)
    write_recording(folder / f"{spec.name}.poses.npz", recording)
    if files.masks is not None:
        seen, _ = read_masks(files.masks)
        ideal = _with_exact_masks(
            recording, files.video, seen, faces_right=spec.camera.facing == "right"
        )
        write_recording(folder / f"{spec.name}{EXACT_MASK}.poses.npz", ideal)
        files.masks.unlink()


def trials(folder: Path) -> Iterator[tuple[Trial, Recording, dict[str, Any]]]:
    """Assess every recorded test clip of a folder."""
    for recording, truth in recorded_clips(folder):
        yield read_trial(recording, truth), recording, truth


def recorded_clips(folder: Path, suffix: str = "") -> Iterator[tuple[Recording, dict[str, Any]]]:
    """Read every recorded clip of a folder, with its truth.

    Parameters
    ----------
    folder
        Filled by `render_trial`.
    suffix
        `EXACT_MASK` for the outlines of exact masks.
    """
    for path in sorted(folder.glob("*.json")):
        recorded = folder / f"{path.stem}{suffix}.poses.npz"
        if recorded.exists():
            yield read_recording(recorded), json.loads(path.read_text())


def read_trial(recording: Recording, truth: dict[str, Any]) -> Trial:
    """Assess one recorded clip; of what is counted, the rep is meant that its bottom lies in."""
    bottom_s = truth["reps"][0]["bottom_s"]
    counted = [rep for rep in assess(recording.poses).reps if rep.start_s <= bottom_s <= rep.end_s]
    about = {name: truth[name] for name in ("movement", "prop", "top", "yaw_deg", "facing")}
    flexion = [frame["lumbar_flexion"] for frame in truth["frames"] if frame["rep"] == 0]
    true_deg = float(max(flexion))
    if not counted:
        return Trial(
            name=truth["name"],
            about=about,
            true_deg=true_deg,
            told_deg=math.nan,
            se_deg=math.nan,
            reason="not_counted",
        )
    peak = counted[0].metrics[PEAK.id]
    return Trial(
        name=truth["name"],
        about=about,
        true_deg=true_deg,
        told_deg=peak.value,
        se_deg=peak.se,
        reason=peak.reason,
    )


def _record(video: Path, bundle: Bundle) -> Recording:
    with VideoFile(video) as source, OutlinedBlazePose(bundle, threads=1) as estimator:
        return Recording(
            poses=tuple(estimator.estimate(frame) for frame in source),
            estimator=estimator.info,
            video=source.info,
            health=source.health,
            source_name=video.name,
            source_sha256=file_sha256(video),
        )


def _with_exact_masks(
    recording: Recording, video: Path, seen: NDArray[np.bool_], *, faces_right: bool
) -> Recording:
    poses: list[Pose] = []
    with VideoFile(video) as source:
        for frame, pose, mask in zip(source, recording.poses, seen, strict=False):
            crop = crop_mask(mask.astype(np.float32), pose)
            outline = None
            if crop is not None:
                outline = extract_outline(crop, frame.image, pose, faces_right=faces_right)
            poses.append(replace(pose, outline=outline))
    return replace(recording, poses=tuple(poses))
