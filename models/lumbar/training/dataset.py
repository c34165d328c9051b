"""What was seen of rendered people, in files: landmarks, outline and truth of every still."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from models.lumbar.features import BackViews, describe, features
from vision.errors import RecordingError
from vision.outline import DorsalOutline
from vision.outline_extraction import POINT_COUNT
from vision.pose import Landmark, Pose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.training.stills import Still
    from sample_videos.studio.spec import ClipSpec

ANGLES: Final = (
    "lumbar_flexion",
    "thoracic_flexion",
    "pelvis_tilt",
    "hip_flexion",
    "knee_flexion",
    "trunk_inclination",
)
"""True angles that are kept."""

JOINTS: Final = ("hip_L", "hip_R", "shoulder_L", "shoulder_R", "knee_L", "knee_R")
"""True places that are kept, pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenClip:
    """The stills of one clip."""

    spec: ClipSpec
    stills: tuple[Still, ...]


def write_shard(path: Path, clips: Sequence[SeenClip], *, pictures: bool = False) -> None:
    """Write the stills of several clips as one ``.npz`` without pickle."""
    rows = [(number, still) for number, clip in enumerate(clips) for still in clip.stills]
    arrays: dict[str, Any] = {
        "clip": np.array([number for number, _ in rows], np.int32),
        "about": np.array([json.dumps(_about(clip.spec)) for clip in clips]),
        "t_s": np.array([still.t_s for _, still in rows], np.float64),
        "rep": np.array([still.truth["rep"] for _, still in rows], np.int32),
        "depth": np.array([still.truth["depth"] for _, still in rows], np.float32),
        "truth_deg": np.array(
            [[still.truth[name] for name in ANGLES] for _, still in rows], np.float32
        ),
        "joints_px": np.array(
            [[still.truth["joints_px"][name] for name in JOINTS] for _, still in rows], np.float32
        ),
        "image_xy": np.stack([still.pose.image_xy for _, still in rows]),
        "world_xyz": np.stack([still.pose.world_xyz for _, still in rows]),
        "visibility": np.stack([still.pose.visibility for _, still in rows]),
        "outline_px": np.stack([_points(still) for _, still in rows]),
        "occluded": np.stack([_occluded(still) for _, still in rows]),
        "quality": np.array([_quality(still) for _, still in rows], np.float32),
        "mask_to_image": np.stack([still.mask.to_image for _, still in rows]),
    }
    if pictures:
        arrays["jpeg"], arrays["jpeg_end"] = _joined([still.jpeg for _, still in rows])
        arrays["mask_png"], arrays["mask_png_end"] = _joined([_png(still) for _, still in rows])
    np.savez(path, **arrays)


def _about(spec: ClipSpec) -> dict[str, Any]:
    return {
        "seed": spec.seed,
        "body": spec.body.bank_index,
        "movement": spec.motion.movement,
        "prop": spec.prop.kind,
        "top": spec.look.outfit.top,
        "hair": spec.look.hair_style,
        "arms": spec.motion.arms_bottom,
        "yaw_deg": spec.camera.yaw_deg,
        "facing": spec.camera.facing,
        "taped": spec.look.taped,
    }


def _points(still: Still) -> NDArray[np.float32]:
    outline = still.pose.outline
    return np.full((POINT_COUNT, 2), np.nan, np.float32) if outline is None else outline.points_px


def _occluded(still: Still) -> NDArray[np.bool_]:
    outline = still.pose.outline
    return np.ones(POINT_COUNT, np.bool_) if outline is None else outline.occluded


def _quality(still: Still) -> float:
    outline = still.pose.outline
    return math.nan if outline is None else outline.quality


def _png(still: Still) -> bytes:
    levels = np.round(255 * still.mask.probability).astype(np.uint8)
    return bytes(cv2.imencode(".png", levels)[1].tobytes())


def _joined(parts: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), ends


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Stills as the estimator reads them, one row each.

    Attributes
    ----------
    features
        ``(n, features)`` float32.
    flexion_deg
        ``(n,)`` true lumbar flexion.
    clip, body
        ``(n,)`` number of the clip, and of the body in the bank.
    at_bottom
        ``(n,)`` whether the still shows the bottom of a rep.
    about
        What is known of each clip.
    """

    features: NDArray[np.float32]
    flexion_deg: NDArray[np.float32]
    clip: NDArray[np.int64]
    body: NDArray[np.int64]
    at_bottom: NDArray[np.bool_]
    about: tuple[dict[str, Any], ...]


AT_BOTTOM: Final = 0.97
"""Depth of a rep from which a still counts as its bottom."""


TRUE_LANDMARKS: Final = {
    Landmark.LEFT_HIP: "hip_L",
    Landmark.RIGHT_HIP: "hip_R",
    Landmark.LEFT_SHOULDER: "shoulder_L",
    Landmark.RIGHT_SHOULDER: "shoulder_R",
}
"""Landmarks that a ceiling takes from the truth, and the joints that they stand for."""


def read_rows(folder: Path, *, true_landmarks: bool = False) -> Rows:
    """Read all shards of a folder; stills without an outline, and of standing, are left out.

    Parameters
    ----------
    folder
        Filled by `write_shard`.
    true_landmarks
        Whether hips and shoulders are put where they truly are.

    Raises
    ------
    RecordingError
        When the folder holds no shard.
    """
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        msg = f"expected shards of stills (.npz) in {folder}, got none: render them first"
        raise RecordingError(msg)
    parts = [part for path in paths for part in _clips_of(path, true_landmarks=true_landmarks)]
    columns = list(zip(*parts, strict=True))
    lengths = [len(flexion) for flexion in columns[1]]
    about = columns[3]
    return Rows(
        features=np.concatenate(columns[0]).astype(np.float32),
        flexion_deg=np.concatenate(columns[1]).astype(np.float32),
        clip=np.repeat(np.arange(len(parts)), lengths),
        body=np.repeat([one["body"] for one in about], lengths),
        at_bottom=np.concatenate(columns[2]),
        about=tuple(about),
    )


def _clips_of(
    path: Path, *, true_landmarks: bool = False
) -> Iterator[tuple[Any, Any, Any, dict[str, Any]]]:
    """Features, flexion, whether at the bottom, and what is known, clip by clip."""
    with np.load(path, allow_pickle=False) as shard:
        arrays = {name: shard[name] for name in shard.files if name not in ("jpeg", "mask_png")}
    if true_landmarks:
        for landmark, joint in TRUE_LANDMARKS.items():
            arrays["image_xy"][:, landmark] = arrays["joints_px"][:, JOINTS.index(joint)]
    for number, told in enumerate(arrays["about"]):
        about = json.loads(str(told))
        rows = arrays["clip"] == number
        described = describe(_views(arrays, rows, faces_right=about["facing"] == "right"))
        outlined = np.isfinite(described.depth).all(axis=1)
        standing = outlined & (arrays["rep"][rows] < 0)
        moving = outlined & ~standing
        if not (standing.any() and moving.any()):
            continue
        told_by = features(described[moving], described[standing].median())
        seen = np.isfinite(told_by).all(axis=1)
        flexion = arrays["truth_deg"][rows][moving][seen, ANGLES.index("lumbar_flexion")]
        bottom = arrays["depth"][rows][moving][seen] >= AT_BOTTOM
        if seen.any():
            yield told_by[seen], flexion, bottom, about


def _views(arrays: dict[str, Any], rows: NDArray[np.bool_], *, faces_right: bool) -> BackViews:
    poses = [
        Pose.from_landmarks(
            t_s=0.0,
            image_size=(1, 1),
            image_xy=image_xy,
            world_xyz=world_xyz,
            visibility=visibility,
            outline=None
            if np.isnan(quality)
            else DorsalOutline(points_px=points, occluded=occluded, quality=float(quality)),
        )
        for image_xy, world_xyz, visibility, points, occluded, quality in zip(
            *(
                arrays[name][rows]
                for name in (
                    "image_xy",
                    "world_xyz",
                    "visibility",
                    "outline_px",
                    "occluded",
                    "quality",
                )
            ),
            strict=True,
        )
    ]
    return BackViews.join([BackViews.of(pose, faces_right=faces_right) for pose in poses])
