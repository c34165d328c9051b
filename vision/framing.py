"""How a person stands to the camera: view, yaw, visible side, distance, what is cut off."""

from __future__ import annotations

import math
import statistics
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.pose import Pose


class CameraView(StrEnum):
    """The plane of the body that the camera sees."""

    SAGITTAL = "sagittal"
    OBLIQUE = "oblique"
    FRONTAL = "frontal"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """A side, of the picture or of the body."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"


class FramingIssue(StrEnum):
    """What stands in the way of a measurement, most important first; words in the text file."""

    NOBODY = "nobody"
    UPSIDE_DOWN = "upside_down"
    ON_ITS_SIDE = "on_its_side"
    """Who lies, or a picture that does: landmarks alone do not tell which."""
    LOW_FRAME_RATE = "low_frame_rate"
    FRONTAL_VIEW = "frontal_view"
    OBLIQUE_VIEW = "oblique_view"
    TOO_CLOSE = "too_close"
    BODY_CUT_OFF = "body_cut_off"
    TOO_FAR = "too_far"
    SECOND_PERSON = "second_person"
    SLIGHTLY_TURNED = "slightly_turned"
    CAMERA_TILTED = "camera_tilted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingSummary:
    """How the person stood to the camera over a whole clip.

    Attributes
    ----------
    view
        The plane seen most of the time.
    yaw_deg
        Median absolute turn away from a pure side view, degrees; NaN when unknown.
    facing
        Where the person looks in the picture.
    near_side
        The side of the body towards the camera.
    person_height_px
        Height of the upright person, pixels; NaN when unknown.
    roll_deg
        Estimated tilt of the camera, degrees, clockwise positive; NaN when unknown.
    frame_rate_hz
        Median rate of the frames; NaN when unknown.
    seen_fraction
        Fraction of the frames with a person.
    assessable_fraction
        Fraction of the frames in which the movement could be judged.
    issues
        What stood in the way, most important first.
    """

    view: CameraView
    yaw_deg: float
    facing: Side
    near_side: Side
    person_height_px: float
    roll_deg: float
    frame_rate_hz: float
    seen_fraction: float
    assessable_fraction: float
    issues: tuple[FramingIssue, ...]


MAX_YAW_DEG: Final = 22.0
"""Past this estimate a side view is refused: the limit is 25° (``measurement.md`` §1.5), and the
estimate reads up to 5° low (``docs/accuracy.md``)."""
COUNT_YAW_DEG: Final = 40.0
"""Up to this repetitions are still counted, though nothing is judged past `MAX_YAW_DEG`; at 40°
an angle of 45° reads 7° low (``measurement.md`` §1.5), too much to judge and little enough to
count; expert default."""
WARN_YAW_DEG: Final = 15.0
"""Past this a side view is used with a warning (``measurement.md`` §1.5)."""
FRONTAL_YAW_DEG: Final = 60.0
"""Past this the view counts as frontal; expert default."""
MIN_FRAME_RATE_HZ: Final = 12.0
"""Below this landmarks lose the person between frames (``stack.md``: fed every fifth frame of
30 fps, the hip error doubles); expert default between 6 and 15 Hz."""
MIN_PERSON_PX: Final = 120.0
"""Least height of an upright person; below it one pixel is more than 1.5 cm; expert default."""
MAX_BODY_TILT_DEG: Final = 8.0
"""Tilt of the upright ankle-shoulder line past which the camera is taken to be tilted; expert
default."""
AS_LARGE: Final = 0.8
"""Another person of this share of the judged one's extent could be mistaken for them; expert
default."""
SEEN_ENOUGH: Final = 0.1
"""Share of the frames with a person up to which a clip is one of nobody; expert default."""
_FACING_MEMORY_S: Final = 4.0
_YAW_WINDOW_S: Final = 1.0
_RECENT: Final = 30
"""Frames of standing that tell how tall, how tilted and which way up somebody looks now."""
_SHANK_PER_THIGH: Final = (0.285 - 0.039) / (0.530 - 0.285)
_STATURE_PER_ANKLE_TO_SHOULDER: Final = 1.0 / (0.818 - 0.039)
"""Segment heights of Drillis & Contini 1966, as in Winter, *Biomechanics*, fig. 4.1."""

_HALF_TURN: Final = 2
_SHOULDERS: Final = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
_HIPS: Final = (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
_ANKLES: Final = (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)
_MAX_BOW: Final = 0.1
"""Distance of the hip from the ankle-shoulder line, over its length, of somebody upright."""
_MAX_STRIDE: Final = 0.25
"""Distance between the ankles across the picture, over that length, of somebody who stands and
takes no step; expert default."""
_CORE_BY_SIDE: Final = {
    Side.LEFT: (
        Landmark.LEFT_SHOULDER,
        Landmark.LEFT_HIP,
        Landmark.LEFT_KNEE,
        Landmark.LEFT_ANKLE,
    ),
    Side.RIGHT: (
        Landmark.RIGHT_SHOULDER,
        Landmark.RIGHT_HIP,
        Landmark.RIGHT_KNEE,
        Landmark.RIGHT_ANKLE,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How the person stands to the camera in one frame.

    Attributes
    ----------
    view
        From the yaw of the last second.
    yaw_deg
        Absolute turn away from a pure side view in this frame, degrees; NaN when unknown.
    facing
        Where the person looks in the picture, over the last seconds.
    near_side
        Side of the body towards the camera.
    issues
        What stands in the way now, most important first.
    countable
        Whether repetitions can be counted in this frame.
    assessable
        Whether a side-view movement can be judged in this frame.
    """

    view: CameraView
    yaw_deg: float
    facing: Side
    near_side: Side
    issues: tuple[FramingIssue, ...]
    countable: bool
    assessable: bool


def yaw_deg(pose: Pose) -> float:
    """Turn of the body away from a pure side view, 0 (side) to 90 (front), degrees.

    The lines through both shoulders and both hips are read from the world landmarks; the smaller
    of the two turns counts, because a bar or plate over one of them only ever adds turn. On the
    rendered clips it is within 6° of the true yaw (``docs/accuracy.md``).

    Returns
    -------
    float
        NaN when neither line was seen.
    """
    turns = []
    for left, right in (_SHOULDERS, _HIPS):
        x_left, _, z_left = pose.world_xyz[left].tolist()
        x_right, _, z_right = pose.world_xyz[right].tolist()
        turn = math.atan2(abs(x_left - x_right), abs(z_left - z_right))
        if math.isfinite(turn):
            turns.append(math.degrees(turn))
    return min(turns, default=math.nan)


def trunk_length_px(pose: Pose) -> float:
    """Distance from mid-hip to mid-shoulder in pixels; NaN when not seen."""
    shoulder_x, shoulder_y = _middle(pose, _SHOULDERS)
    hip_x, hip_y = _middle(pose, _HIPS)
    return math.hypot(shoulder_x - hip_x, shoulder_y - hip_y)


def _middle(pose: Pose, pair: tuple[Landmark, Landmark]) -> tuple[float, float]:
    left, right = pair
    x_left, y_left = pose.image_xy[left].tolist()
    x_right, y_right = pose.image_xy[right].tolist()
    return (x_left + x_right) / 2, (y_left + y_right) / 2


def facing_evidence(pose: Pose) -> float:
    """Evidence for facing right (positive) or left (negative) in one frame, in trunk lengths.

    Sums what only points forwards in a person: toes from heels, nose from ears, bent knees from
    the hip-ankle line, and a leaning trunk. Each is limited to ±0.3 so that none decides alone.
    0 when nothing was seen.
    """
    trunk = trunk_length_px(pose)
    if not trunk > 0:
        return 0.0
    x = pose.image_xy[:, 0].tolist()
    clues = [x[0] - x[7], x[0] - x[8], (x[11] + x[12] - x[23] - x[24]) / 2]
    for side in (0, 1):
        hip, knee, ankle, heel, toe = (x[row + side] for row in (23, 25, 27, 29, 31))
        clues += [toe - heel, knee - (hip + ankle) / 2]
    seen = [float(clue) for clue in clues if math.isfinite(clue)]
    return math.fsum(max(-0.3, min(0.3, clue / trunk)) for clue in seen)


def near_side_when(facing: Side) -> Side:
    """Side of the body towards the camera: who faces right shows the right side."""
    return facing


class FramingObserver:
    """Follows how a person stands to the camera, one pose at a time."""

    def __init__(self) -> None:
        self._facing_evidence = 0.0
        self._last_t_s = math.nan
        self._yaws: deque[tuple[float, float]] = deque()
        self._intervals_s: list[float] = []
        self._all_yaws: list[float] = []
        self._upright_heights_px: list[float] = []
        self._tilts_deg: list[float] = []
        self._turns: deque[int] = deque(maxlen=_RECENT)
        self._issues: Counter[FramingIssue] = Counter()
        self._facings: Counter[Side] = Counter()
        self._frames = 0
        self._seen = 0
        self._assessable = 0

    def update(self, pose: Pose) -> Framing:
        """Take in the next pose.

        Parameters
        ----------
        pose
            Must not be earlier than the one before.

        Returns
        -------
        Framing
            How the person stands now; causal.
        """
        self._frames += 1
        elapsed_s = pose.t_s - self._last_t_s
        if elapsed_s > 0:
            self._intervals_s.append(elapsed_s)
            self._facing_evidence *= math.exp(-elapsed_s / _FACING_MEMORY_S)
        self._last_t_s = pose.t_s
        self._facing_evidence += facing_evidence(pose)
        yaw = yaw_deg(pose)
        recent_yaw = self._recent_yaw(pose.t_s, yaw)
        view = _view_of(recent_yaw)
        facing = self._facing()
        issues = () if pose.is_empty else self._issues_of(pose, recent_yaw, facing)
        if pose.is_empty:
            issues = (FramingIssue.NOBODY,)
        blocked = bool(set(issues) & _BLOCKING)
        cut_off = bool(set(issues) & {FramingIssue.BODY_CUT_OFF, FramingIssue.TOO_CLOSE})
        assessable = view is CameraView.SAGITTAL and not blocked
        if not pose.is_empty:
            self._facings[facing] += 1
        self._tally(pose, issues, assessable=assessable)
        return Framing(
            view=view,
            yaw_deg=yaw,
            facing=facing,
            near_side=near_side_when(facing),
            issues=issues,
            countable=not blocked and not cut_off and recent_yaw <= COUNT_YAW_DEG,
            assessable=assessable,
        )

    def summary(self) -> FramingSummary:
        """How the person stood over everything seen so far."""
        facing = max(self._facings, key=self._facings.__getitem__, default=Side.UNKNOWN)
        yaw = _median(self._all_yaws)
        return FramingSummary(
            view=_view_of(yaw),
            yaw_deg=yaw,
            facing=facing,
            near_side=near_side_when(facing),
            person_height_px=_median(self._upright_heights_px),
            roll_deg=_median(self._tilts_deg),
            frame_rate_hz=1 / _median(self._intervals_s) if self._intervals_s else math.nan,
            seen_fraction=self._seen / max(self._frames, 1),
            assessable_fraction=self._assessable / max(self._frames, 1),
            issues=self._lasting_issues(yaw),
        )

    def _facing(self) -> Side:
        if self._facing_evidence == 0:
            return Side.UNKNOWN
        return Side.RIGHT if self._facing_evidence > 0 else Side.LEFT

    def _recent_yaw(self, t_s: float, yaw: float) -> float:
        if math.isfinite(yaw):
            self._yaws.append((t_s, yaw))
            self._all_yaws.append(yaw)
        while self._yaws and self._yaws[0][0] < t_s - _YAW_WINDOW_S:
            self._yaws.popleft()
        return _median([value for _, value in self._yaws])

    def _issues_of(self, pose: Pose, recent_yaw: float, facing: Side) -> tuple[FramingIssue, ...]:
        issues = []
        view = _view_of(recent_yaw)
        if view is CameraView.FRONTAL:
            issues.append(FramingIssue.FRONTAL_VIEW)
        elif view is CameraView.OBLIQUE:
            issues.append(FramingIssue.OBLIQUE_VIEW)
        elif recent_yaw > WARN_YAW_DEG:
            issues.append(FramingIssue.SLIGHTLY_TURNED)
        if _is_cut_off(pose, near_side_when(facing)):
            too_close = trunk_length_px(pose) > 0.5 * pose.image_size[1]
            issues.append(FramingIssue.TOO_CLOSE if too_close else FramingIssue.BODY_CUT_OFF)
        turns = max(set(self._turns), key=self._turns.count, default=0)
        if turns == _HALF_TURN or _is_upside_down(pose):
            issues.append(FramingIssue.UPSIDE_DOWN)
        elif turns:
            issues.append(FramingIssue.ON_ITS_SIDE)
        if self._is_slow():
            issues.append(FramingIssue.LOW_FRAME_RATE)
        if _is_crowded(pose):
            issues.append(FramingIssue.SECOND_PERSON)
        issues += _of_standing(self._upright_heights_px[-_RECENT:], self._tilts_deg[-_RECENT:])
        return tuple(issue for issue in FramingIssue if issue in issues)

    def _is_slow(self) -> bool:
        recent = self._intervals_s[-30:]
        return len(recent) > 4 and _median(recent) > 1 / MIN_FRAME_RATE_HZ  # noqa: PLR2004 - five intervals are the least to judge a rate by

    def _tally(
        self,
        pose: Pose,
        issues: tuple[FramingIssue, ...],
        *,
        assessable: bool,
    ) -> None:
        self._seen += not pose.is_empty
        self._assessable += assessable
        self._issues.update(issue for issue in issues if issue not in _OF_STANDING)
        stance = _stance(pose)
        if stance is None:
            return
        self._turns.append(stance.quarter_turns)
        if stance.quarter_turns == 0:
            self._tilts_deg.append(stance.tilt_deg)
            self._upright_heights_px.append(stance.height_px)

    def _lasting_issues(self, yaw: float) -> tuple[FramingIssue, ...]:
        lasting = [issue for issue in FramingIssue if self._issues[issue] > 0.5 * self._seen]
        if FramingIssue.NOBODY in lasting and self._seen > SEEN_ENOUGH * self._frames:
            lasting.remove(FramingIssue.NOBODY)
        if self._seen and self._issues[FramingIssue.SECOND_PERSON] > 0.1 * self._seen:
            lasting.append(FramingIssue.SECOND_PERSON)
        if _view_of(yaw) is CameraView.SAGITTAL and yaw > WARN_YAW_DEG:
            lasting.append(FramingIssue.SLIGHTLY_TURNED)
        lasting += _of_standing(self._upright_heights_px, self._tilts_deg)
        return tuple(issue for issue in FramingIssue if issue in lasting)


_BLOCKING: Final = frozenset(
    {
        FramingIssue.NOBODY,
        FramingIssue.UPSIDE_DOWN,
        FramingIssue.ON_ITS_SIDE,
        FramingIssue.LOW_FRAME_RATE,
    }
)
"""What makes a frame useless whatever the view."""


_OF_STANDING: Final = frozenset({FramingIssue.TOO_FAR, FramingIssue.CAMERA_TILTED})
"""What only upright frames tell; a clip is judged by all of its upright frames at once."""


def _of_standing(heights_px: Sequence[float], tilts_deg: Sequence[float]) -> list[FramingIssue]:
    """Tell what stands in the way by how tall and how tilted somebody upright looks."""
    issues = []
    if _median(heights_px) < MIN_PERSON_PX:
        issues.append(FramingIssue.TOO_FAR)
    if abs(_median(tilts_deg)) > MAX_BODY_TILT_DEG:
        issues.append(FramingIssue.CAMERA_TILTED)
    return issues


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else math.nan


def _view_of(yaw: float) -> CameraView:
    if math.isnan(yaw):
        return CameraView.UNKNOWN
    if yaw <= MAX_YAW_DEG:
        return CameraView.SAGITTAL
    return CameraView.OBLIQUE if yaw <= FRONTAL_YAW_DEG else CameraView.FRONTAL


def _is_cut_off(pose: Pose, near: Side) -> bool:
    """Whether shoulder, hip or knee is not in the picture; an ankle may be hidden, not outside.

    An ankle that is not seen is where a shank that hangs down from the knee would end.
    """
    if near is Side.UNKNOWN:
        return False
    width, height = pose.image_size
    *core, ankle = pose.image_xy[list(_CORE_BY_SIDE[near])].tolist()
    if any(not (0 <= x <= width and 0 <= y <= height) for x, y in core):
        return True
    _, hip, knee = core
    lowest: float = knee[1] + _SHANK_PER_THIGH * math.dist(hip, knee)
    if not math.isnan(ankle[1]):
        lowest = ankle[1]
    return lowest > height


def _is_upside_down(pose: Pose) -> bool:
    ankles, shoulders, hips = (_middle(pose, pair)[1] for pair in (_ANKLES, _SHOULDERS, _HIPS))
    return ankles < hips < shoulders


class _Stance(NamedTuple):
    """How somebody stands in the picture.

    Attributes
    ----------
    quarter_turns
        Clockwise turns of the picture: 0 upright, 1 with the head to the right, 2 upside down.
    tilt_deg
        What is left of the turn, degrees, clockwise positive.
    height_px
        Stature.
    """

    quarter_turns: int
    tilt_deg: float
    height_px: float


def _stance(pose: Pose) -> _Stance | None:
    """Tell how somebody stands, whichever way up the picture is; None of who does not stand."""
    ankles, shoulders, hips = (_middle(pose, pair) for pair in (_ANKLES, _SHOULDERS, _HIPS))
    forward, up = shoulders[0] - ankles[0], ankles[1] - shoulders[1]
    length = math.hypot(forward, up)
    aside = abs(forward * (ankles[1] - hips[1]) - up * (hips[0] - ankles[0]))
    if not aside < _MAX_BOW * length**2:
        return None
    turned_deg = math.degrees(math.atan2(forward, up))
    quarter_turns = round(turned_deg / 90)
    left, right = pose.image_xy[list(_ANKLES), quarter_turns % 2].tolist()
    if not abs(left - right) < _MAX_STRIDE * length:
        return None
    return _Stance(
        quarter_turns=quarter_turns % 4,
        tilt_deg=turned_deg - 90 * quarter_turns,
        height_px=length * _STATURE_PER_ANKLE_TO_SHOULDER,
    )


def _is_crowded(pose: Pose) -> bool:
    """Whether another person overlaps the one who is judged, or is as large."""
    if not len(pose.others_px):
        return False
    seen = pose.image_xy[np.isfinite(pose.image_xy).all(axis=1)]
    if not len(seen):
        return False
    left, top = seen.min(axis=0)
    right, bottom = seen.max(axis=0)
    o = pose.others_px
    overlap = np.clip(np.minimum(o[:, 2], right) - np.maximum(o[:, 0], left), 0, None) * np.clip(
        np.minimum(o[:, 3], bottom) - np.maximum(o[:, 1], top), 0, None
    )
    own = (right - left) * (bottom - top)
    extent = np.maximum(o[:, 2] - o[:, 0], o[:, 3] - o[:, 1])
    as_large = extent > AS_LARGE * max(right - left, bottom - top)
    return bool(((overlap > 0.1 * own) | as_large).any())
