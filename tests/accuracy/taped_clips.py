"""Rendered people who wear strips of tape: what the strips say, and what is true."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.tape import TapeBends, read_tape
from vision.estimators.direct import DirectBlazePose
from vision.outline_extraction import extract_outline
from vision.sources.video_file import VideoFile
from vision.tape_extraction import find_tape

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.reading import LumbarReading
    from vision.assets import Bundle
    from vision.pose import Pose

    Floats = NDArray[np.float64]

BOTTOM_S: Final = 0.14
"""Half of the time about the bottom of a rep that it is judged by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TapedClip:
    """One repetition of one person.

    Attributes
    ----------
    reading
        Of every frame.
    true_deg
        ``(n,)`` true lumbar flexion, change from own standing.
    is_bottom, is_standing
        ``(n,)`` which frames lie about the bottom, and in quiet standing before the rep.
    """

    reading: LumbarReading
    true_deg: Floats
    is_bottom: NDArray[np.bool_]
    is_standing: NDArray[np.bool_]

    @property
    def bottom_deg(self) -> float:
        """Lumbar flexion at the bottom; NaN when no frame there was measured."""
        return _median(self.reading.flexion_deg[self.is_bottom])

    @property
    def bottom_se_deg(self) -> float:
        """Its standard error."""
        return _median(self.reading.se_deg[self.is_bottom])

    @property
    def true_bottom_deg(self) -> float:
        """True lumbar flexion at the bottom."""
        return _median(self.true_deg[self.is_bottom])


def measure_clip(video: Path, bundle: Bundle) -> TapedClip:
    """Measure a taped clip whose truth lies beside it, ``NAME.json``.

    The truth says which way the person faces and when they stand; everything else is seen.
    """
    truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
    faces_right = truth["facing"] == "right"
    times = np.array([frame["t_s"] for frame in truth["frames"]])
    rep = truth["reps"][0]
    is_standing = times < rep["start_s"]
    bends = TapeBends.of(poses_of(video, bundle, faces_right=faces_right), faces_right=faces_right)
    standing = bends.where(is_standing).median()
    return TapedClip(
        reading=read_tape(bends, standing, np.full(len(times), abs(truth["yaw_deg"]))),
        true_deg=np.array([frame["lumbar_flexion"] for frame in truth["frames"]]),
        is_bottom=np.abs(times - rep["bottom_s"]) <= BOTTOM_S,
        is_standing=is_standing,
    )


def poses_of(video: Path, bundle: Bundle, *, faces_right: bool) -> list[Pose]:
    """See every frame of a clip: landmarks, outline and strips."""
    poses = []
    with DirectBlazePose(bundle, threads=1) as estimator, VideoFile(video) as frames:
        for frame in frames:
            pose, mask = estimator.estimate_with_mask(frame)
            if mask is not None:
                outline = extract_outline(mask, frame.image, pose, faces_right=faces_right)
                pose = dataclasses.replace(pose, outline=outline)
                strips = find_tape(frame.image, pose, faces_right=faces_right)
                pose = dataclasses.replace(pose, tape=strips)
            poses.append(pose)
    return poses


def _median(values: Floats) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else float("nan")
