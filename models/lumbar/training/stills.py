"""Single pictures of a rendered clip, seen as tracking would see them.

Tracking looks at every picture through a region that follows from the one before. At the speeds
of a lift that region is where it would settle on the picture itself, so pictures need not be
rendered thirty times a second: each is looked at twice, the second time through its own region.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from sample_videos.studio.camera import view_projection
from sample_videos.studio.clip import Performance
from sample_videos.studio.finish import Finisher
from sample_videos.studio.room import build_room
from sample_videos.studio.truth import Scene, TruthRecorder
from vision.estimators.blazepose import ROI_SCALE, Roi
from vision.outline_extraction import extract_outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sample_videos.studio.renderer import Renderer
    from sample_videos.studio.spec import ClipSpec, Profile
    from vision.estimators.direct import SettledBlazePose
    from vision.outline import PersonMask
    from vision.pose import Pose

BOTTOM_PICTURES: Final = 4
MOVING_PICTURES: Final = 3
"""Pictures at the bottom of a rep, and on each way."""

JPEG_QUALITY: Final = (55, 95)
"""Range of the compression, in place of a video's."""

CIRCLE_OVER_REACH: Final = 0.95
"""Radius of the circle by which BlazePose follows a body, over the reach from the hips to head,
hands and feet."""

_EXTREMITIES: Final = ("head", "wrist_L", "wrist_R", "ankle_L", "ankle_R", "toe_L", "toe_R")
_TIMES: Final = 104


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """One picture as it was seen, and its truth.

    Attributes
    ----------
    t_s
        Time in the clip.
    truth
        One frame of the studio's truth.
    pose
        With outline, when one was found.
    jpeg
        The picture.
    mask
        Of the person, in the estimator's crop.
    """

    t_s: float
    truth: dict[str, Any]
    pose: Pose
    jpeg: bytes
    mask: PersonMask


def still_times_s(spec: ClipSpec, performance: Performance) -> list[float]:
    """Draw the moments of a clip: standing before and after, both ways, and the bottom."""
    rng = np.random.default_rng([spec.seed, _TIMES])
    times = [float(rng.uniform(0.1, spec.motion.lead_in_s - 0.05))]
    for span in performance.choreography.spans:
        times += sorted(rng.uniform(span.start_s, span.down_s, MOVING_PICTURES).tolist())
        slack = 0.12
        times += sorted(rng.uniform(span.down_s - slack, span.up_s + slack, BOTTOM_PICTURES))
        times += sorted(rng.uniform(span.up_s, span.end_s, MOVING_PICTURES).tolist())
        times.append(float(span.end_s + rng.uniform(0.15, 0.35)))
    return times


def stills(
    spec: ClipSpec, drawing: Renderer, profile: Profile, estimator: SettledBlazePose
) -> Iterator[Still]:
    """Render and look at the pictures of a clip; pictures in which nobody is found are left out."""
    performance = Performance(spec, fine=profile.fine)
    scene = Scene(matrix=view_projection(spec.camera, profile.size_px), size_px=profile.size_px)
    recorder = TruthRecorder(performance.body, scene)
    drawing.set_stage(*build_room(spec.room, spec.camera.facing), spec.light, spec.camera)
    finisher = Finisher(spec.finish, profile.size_px, spec.seed)
    quality = int(np.random.default_rng([spec.seed, _TIMES, 1]).integers(*JPEG_QUALITY))
    for t_s in still_times_s(spec, performance):
        posed, moment = performance.posed_at(t_s)
        recorder.record(posed, moment, t_s)
        picture = finisher.apply(drawing.picture(performance.meshes(posed, moment)))
        jpeg, picture = _compressed(picture, quality)
        seen = estimator.look(picture, _region(recorder.frames[-1]["joints_px"]))
        if seen is None:
            continue
        pose, mask = seen
        outline = extract_outline(mask, picture, pose, faces_right=spec.camera.facing == "right")
        yield Still(
            t_s=t_s,
            truth=recorder.frames[-1],
            pose=replace(pose, outline=outline),
            jpeg=jpeg,
            mask=mask,
        )


def _region(joints_px: dict[str, list[float]]) -> Roi:
    """Region that tracking has come to: around the hips, turned with the trunk.

    Against the regions of full-rate tracking on rendered clips its side is right to a tenth and
    its turn to 6°; what is left is removed by looking twice.
    """
    joints = {name: np.array(place) for name, place in joints_px.items()}
    hip = 0.5 * (joints["hip_L"] + joints["hip_R"])
    across, down = 0.5 * (joints["shoulder_L"] + joints["shoulder_R"]) - hip
    reach_px = max(float(np.hypot(*(joints[name] - hip))) for name in _EXTREMITIES)
    return Roi(
        centre_px=(float(hip[0]), float(hip[1])),
        side_px=2.0 * ROI_SCALE * CIRCLE_OVER_REACH * reach_px,
        rotation_rad=math.atan2(across, -down),
    )


def _compressed(picture: NDArray[np.uint8], quality: int) -> tuple[bytes, NDArray[np.uint8]]:
    coded = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )[1]
    decoded = cv2.cvtColor(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)
    return coded.tobytes(), np.asarray(decoded, np.uint8)
