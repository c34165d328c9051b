"""What is drawn over a person: skeleton, joint arcs with degrees, repetition and phase."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from service.report_html import SHOWN_ANGLES, BackPicture, KeyFrame
from vision import drawing
from vision.framing import Side
from vision.pose import SKELETON_EDGES, Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.results import Assessment, Rep
    from service.wording import Wording
    from vision.pose import Pose

KEY_FRAME_HEIGHT_PX: Final = 440
"""Height of the key frames; in the page they are shown at up to half of it."""

BACK_HEIGHT_PX: Final = 480
"""Height of the picture of the back's outline."""

_NEAR: Final = (98, 224, 196)
_FAR: Final = (205, 214, 210)
_HIP: Final = (160, 180, 255)
_KNEE: Final = (255, 190, 120)
_BACK: Final = (255, 236, 60)
"""Yellow against the skeleton's green and the picture: apart in brightness and in blue, which
people with any kind of colour blindness see; its lines are also the widest."""
_PAPER: Final = 236
_MARGIN: Final = 0.2
_BACK_MARGIN: Final = 0.35


class Overlay:
    """Draws over the pictures of one clip what was found in it.

    Parameters
    ----------
    assessment
        What was found.
    wording
        Words for the phases.
    """

    def __init__(self, assessment: Assessment, wording: Wording) -> None:
        self._assessment = assessment
        self._wording = wording
        self._near = "LEFT" if assessment.framing.near_side is Side.LEFT else "RIGHT"

    def draw_body(self, picture: drawing.Picture, pose: Pose) -> None:
        """Draw skeleton and joint arcs, in place; nothing when nobody was seen."""
        width_px = drawing.stroke_px(picture)
        near = [edge for edge in SKELETON_EDGES if self._is_near(edge)]
        far = [edge for edge in SKELETON_EDGES if not self._is_near(edge)]
        points = pose.image_xy
        drawing.draw_lines(picture, points, far, color=_FAR, width_px=max(1, width_px // 2))
        drawing.draw_lines(picture, points, near, color=_NEAR, width_px=width_px)
        self.draw_back(picture, pose)
        joints = sorted({int(end) for edge in near for end in edge})
        drawing.draw_dots(picture, points[joints], color=drawing.WHITE, radius_px=width_px)
        self._draw_arcs(picture, pose)

    def draw_back(self, picture: drawing.Picture, pose: Pose) -> None:
        """Draw the back's outline, in place: dashed where it is covered, nothing when unknown."""
        if pose.outline is not None:
            drawing.draw_outline(
                picture,
                pose.outline.points_px,
                pose.outline.occluded,
                color=_BACK,
                width_px=drawing.stroke_px(picture) + 1,
            )

    def draw_status(self, picture: drawing.Picture, t_s: float) -> None:
        """Write repetition and phase into the upper left corner, in place."""
        rep = self._latest_rep(t_s)
        lines = [] if rep is None else [self._wording.of("overlay.reps", number=rep.number)]
        lines.append(self._wording.of(f"overlay.{_phase(rep, t_s)}"))
        top = drawing.text_px(picture)
        for line in lines:
            width, height = drawing.label_size_px(picture, line)
            center = (drawing.text_px(picture) + width / 2, top + height / 2)
            drawing.draw_label(picture, line, center_px=center)
            top += height + 4
        end_s = float(self._assessment.series.t_s[-1])
        drawing.draw_progress(picture, min(1.0, t_s / max(end_s, 1e-9)), color=_NEAR)

    def angles_deg(self, t_s: float) -> dict[str, float]:
        """Angles of the frame at a time by the key of their words; only those that are known."""
        series = self._assessment.series
        row = int(np.abs(series.t_s - t_s).argmin())
        values = {name: float(series.of(signal)[row]) for name, signal in SHOWN_ANGLES.items()}
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def _is_near(self, edge: tuple[Landmark, Landmark]) -> bool:
        return all(end.name.startswith(self._near) for end in edge)

    def _latest_rep(self, t_s: float) -> Rep | None:
        begun = [rep for rep in self._assessment.reps if rep.start_s <= t_s]
        return begun[-1] if begun else None

    def _draw_arcs(self, picture: drawing.Picture, pose: Pose) -> None:
        shoulder, hip, knee, ankle = (
            pose.image_xy[Landmark[f"{self._near}_{part}"]].astype(np.float64)
            for part in ("SHOULDER", "HIP", "KNEE", "ANKLE")
        )
        known = self.angles_deg(pose.t_s)
        arcs = (
            ("hip", hip, _beyond(knee, hip), shoulder, _HIP),
            ("knee", knee, _beyond(hip, knee), ankle, _KNEE),
        )
        radius_px = 0.22 * float(np.hypot(*(shoulder - hip)))
        for name, vertex, start, end, color in arcs:
            if name in known and math.isfinite(radius_px):
                drawing.draw_joint_arc(
                    picture,
                    vertex_px=vertex,
                    start_px=start,
                    end_px=end,
                    radius_px=radius_px,
                    color=color,
                    width_px=drawing.stroke_px(picture),
                    text=f"{known[name]:.0f}°",
                    text_across=name == "hip" and pose.outline is not None,
                )


class ReportPictures:
    """Takes the pictures of a report while somebody goes through the clip.

    Parameters
    ----------
    poses
        Of the whole clip.
    assessment
        What was found in it.
    typical_rep
        Number of the repetition whose back is shown; None for none.
    overlay
        Draws over the pictures.

    Attributes
    ----------
    key_frames
        The deepest moment of every repetition, with the body drawn on it.
    back
        The outline of the back in the typical repetition; None when there is none.
    last
        Number of the last pose that a picture is taken of; -1 when there is none.
    """

    def __init__(
        self,
        poses: Sequence[Pose],
        assessment: Assessment,
        *,
        typical_rep: int | None,
        overlay: Overlay,
    ) -> None:
        self._reps = key_pose_numbers(poses, assessment)
        chosen = [poses[number] for number in self._reps]
        self._box_px = body_box_px(chosen) if chosen else (0, 0, 0, 0)
        self._typical_rep = typical_rep
        self._overlay = overlay
        self.key_frames: list[KeyFrame] = []
        self.back: BackPicture | None = None
        self.last = max(self._reps, default=-1)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the poses that pictures are taken of."""
        return tuple(self._reps)

    def draw(self, number: int, plain: drawing.Picture, pose: Pose) -> drawing.Picture:
        """Draw the body on a copy of a plain picture, and keep what the report wants of it."""
        drawn = plain.copy()
        self._overlay.draw_body(drawn, pose)
        rep = self._reps.get(number)
        if rep is not None:
            self.key_frames.append(
                make_key_frame(
                    drawn, rep=rep, t_s=pose.t_s, box_px=self._box_px, overlay=self._overlay
                )
            )
            if rep.number == self._typical_rep:
                self.back = make_back_picture(plain, rep=rep, pose=pose, overlay=self._overlay)
        return drawn


def key_pose_numbers(poses: Sequence[Pose], assessment: Assessment) -> dict[int, Rep]:
    """Find the pose nearest to the deepest moment of every repetition, by its number."""
    times_s = np.array([pose.t_s for pose in poses])
    return {int(np.abs(times_s - rep.bottom_s).argmin()): rep for rep in assessment.reps}


def body_box_px(poses: Sequence[Pose]) -> tuple[int, int, int, int]:
    """Box (left, top, right, bottom) around the bodies of all poses, with a margin.

    The whole picture when nobody was seen.
    """
    width, height = poses[0].image_size
    points = np.concatenate([pose.image_xy for pose in poses])
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return 0, 0, width, height
    margin = _MARGIN * float(np.ptp(points, axis=0).max())
    low = np.maximum(points.min(axis=0) - margin, 0)
    high = np.minimum(points.max(axis=0) + margin, (width, height))
    return int(low[0]), int(low[1]), math.ceil(high[0]), math.ceil(high[1])


def make_key_frame(
    picture: drawing.Picture,
    *,
    rep: Rep,
    t_s: float,
    box_px: tuple[int, int, int, int],
    overlay: Overlay,
) -> KeyFrame:
    """Cut a repetition's deepest moment out of its picture, on which the body is drawn."""
    part = drawing.crop(picture, box_px, height_px=KEY_FRAME_HEIGHT_PX)
    height, width = part.shape[:2]
    return KeyFrame(
        rep=rep.number,
        t_s=t_s,
        jpeg=drawing.encode_jpeg(part),
        size=(width, height),
        angles_deg=overlay.angles_deg(t_s),
    )


def make_back_picture(
    picture: drawing.Picture, *, rep: Rep, pose: Pose, overlay: Overlay
) -> BackPicture | None:
    """Cut the outline of the back out of a picture on which nothing is drawn yet.

    Parameters
    ----------
    picture
        The picture of a repetition's deepest moment; it stays as it is.
    rep
        The repetition.
    pose
        The person in the picture.
    overlay
        Draws the outline, on the scaled part so that it stays slim.

    Returns
    -------
    BackPicture or None
        None when the pose has no outline.
    """
    if pose.outline is None or not np.isfinite(pose.outline.points_px).any():
        return None
    left, top, right, bottom = _around_px(pose.outline.points_px, picture)
    part = drawing.crop(picture, (left, top, right, bottom), height_px=BACK_HEIGHT_PX)
    points = (pose.outline.points_px - (left, top)) * (BACK_HEIGHT_PX / (bottom - top))
    moved = dataclasses.replace(pose.outline, points_px=points.astype(np.float32))
    overlay.draw_back(part, dataclasses.replace(pose, outline=moved))
    height, width = part.shape[:2]
    return BackPicture(
        rep=rep.number, t_s=pose.t_s, jpeg=drawing.encode_jpeg(part), size=(width, height)
    )


def _around_px(
    points_px: NDArray[np.float32], picture: drawing.Picture
) -> tuple[int, int, int, int]:
    """Box (left, top, right, bottom) around an outline inside the picture, with room for a trunk.

    It is at least a pixel wide and high.
    """
    low, high = np.nanmin(points_px, axis=0), np.nanmax(points_px, axis=0)
    middle, half = (low + high) / 2, (0.5 + _BACK_MARGIN) * float((high - low).max())
    limit = np.array(picture.shape[1::-1])
    left, top = np.clip(np.floor(middle - half), 0, limit - 1).astype(int).tolist()
    right, bottom = np.clip(np.ceil(middle + half), (left + 1, top + 1), limit).astype(int).tolist()
    return left, top, right, bottom


def blank_picture(size: tuple[int, int]) -> drawing.Picture:
    """Make a plain picture to draw on where the video is not at hand."""
    width, height = size
    return np.full((height, width, 3), _PAPER, dtype=np.uint8)


def _phase(rep: Rep | None, t_s: float) -> str:
    spans = () if rep is None else rep.phases
    current = (span.phase for span in spans if span.start_s <= t_s < span.end_s)
    return str(next(current, "standing"))


def _beyond(start: NDArray[np.float64], through: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw a limb on in a straight line past a joint: from there its flexion counts."""
    return 2 * through - start
