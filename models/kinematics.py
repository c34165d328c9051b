"""From landmarks to signals: what each frame says about the sagittal plane, with its error.

Two pure steps serve one frame (live) and a whole set (report) alike: `measure` reads the landmarks
against vertical and in pixels; `relate` turns that into angles from the person's own upright and
fractions of their stature, and judges what cannot be trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.angles import inclination_deg, length, to_sagittal, wrap_deg
from models.results import Series
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Signal(StrEnum):
    """A quantity measured in every frame; its column in every series is `column`.

    Angles are degrees in the sagittal plane, flexion positive. Places are fractions of stature in
    the picture, forward and up positive; only their differences mean something. ANKLE_SPLIT is
    how far the near ankle is in front of the far one (``docs/conventions.md``). LUMBAR_FLEXION is
    an estimate from the back's outline, PELVIC_TILT and (true) HIP_FLEXION follow from it
    (``models/lumbar/decomposition.py``); NaN where the back's shape was not measured.
    """

    TRUNK_INCLINATION = "trunk_inclination_deg"
    THIGH_INCLINATION = "thigh_inclination_deg"
    SHANK_INCLINATION = "shank_inclination_deg"
    KNEE_FLEXION = "knee_flexion_deg"
    APPARENT_HIP_FLEXION = "apparent_hip_flexion_deg"
    FAR_KNEE_FLEXION = "far_knee_flexion_deg"
    FAR_THIGH_INCLINATION = "far_thigh_inclination_deg"
    FAR_SHANK_INCLINATION = "far_shank_inclination_deg"
    FOOT_PITCH = "foot_pitch_deg"
    NECK_EXTENSION = "neck_extension_deg"
    BEND = "bend_deg"
    HIP_FORWARD = "hip_forward_stature"
    HIP_HEIGHT = "hip_height_stature"
    SHOULDER_FORWARD = "shoulder_forward_stature"
    SHOULDER_HEIGHT = "shoulder_height_stature"
    WRIST_FORWARD = "wrist_forward_stature"
    WRIST_HEIGHT = "wrist_height_stature"
    KNEE_HEIGHT = "knee_height_stature"
    TOE_HEIGHT = "toe_height_stature"
    ANKLE_SPLIT = "ankle_split_stature"
    FEET_FORWARD = "feet_forward_stature"
    LUMBAR_FLEXION = "lumbar_flexion_deg"
    PELVIC_TILT = "pelvic_tilt_deg"
    HIP_FLEXION = "hip_flexion_deg"

    @property
    def column(self) -> int:
        """Column of the signal in every series."""
        return _COLUMN[self]


_COLUMN: Final = {signal: column for column, signal in enumerate(Signal)}

SIGNAL_SE: Final[Mapping[Signal, float]] = {
    Signal.TRUNK_INCLINATION: 3.0,
    Signal.THIGH_INCLINATION: 4.0,
    Signal.SHANK_INCLINATION: 5.0,
    Signal.KNEE_FLEXION: 5.0,
    Signal.APPARENT_HIP_FLEXION: 6.0,
    Signal.FAR_KNEE_FLEXION: 8.0,
    Signal.FAR_THIGH_INCLINATION: 7.0,
    Signal.FAR_SHANK_INCLINATION: 8.0,
    Signal.FOOT_PITCH: 6.0,
    Signal.NECK_EXTENSION: 6.0,
    Signal.BEND: 6.0,
    Signal.HIP_FORWARD: 0.015,
    Signal.HIP_HEIGHT: 0.015,
    Signal.SHOULDER_FORWARD: 0.015,
    Signal.SHOULDER_HEIGHT: 0.015,
    Signal.WRIST_FORWARD: 0.02,
    Signal.WRIST_HEIGHT: 0.02,
    Signal.KNEE_HEIGHT: 0.015,
    Signal.TOE_HEIGHT: 0.015,
    Signal.ANKLE_SPLIT: 0.02,
    Signal.FEET_FORWARD: 0.02,
    Signal.LUMBAR_FLEXION: 7.0,
    Signal.PELVIC_TILT: 6.0,
    Signal.HIP_FLEXION: 7.0,
}
"""Working standard errors of one frame (``measurement.md`` §2.4; far side, neck and lengths:
expert default; the foot's 4° is raised to 6°, because 2 % of stature, the error of one landmark,
turns a foot of 15 % of stature by 8°). They hold for a side view with nothing in front of the
body. A lumbar estimate brings its own error; the three of `FROM_OUTLINE` say what is usual."""

FROM_OUTLINE: Final = (Signal.LUMBAR_FLEXION, Signal.PELVIC_TILT, Signal.HIP_FLEXION)
"""Signals that landmarks alone do not hold: `relate` leaves them NaN, and
`models.lumbar.decomposition.decompose` fills them. They are changes from the own standing already,
so no upright is taken from them."""

ANGLES: Final = tuple(
    signal for signal in Signal if signal.value.endswith("_deg") and signal not in FROM_OUTLINE
)
"""Angles that landmarks hold, each taken from the person's own upright."""

STATURE_PER_SEGMENT_SUM: Final = 1.0 / (0.288 + 0.245 + 0.246)
"""Stature over trunk + thigh + shank, from the segment lengths of Drillis & Contini 1966."""

SE_PER_DEG: Final[Mapping[Signal, float]] = {
    Signal.TRUNK_INCLINATION: 0.06,
    Signal.APPARENT_HIP_FLEXION: 0.07,
}
"""What a standard error grows by (in quadrature) for each degree of the angle: hip and shoulder
landmarks slip by 5 to 20 % of the trunk's length between standing and the bottom of a bend
(``docs/accuracy.md``, from which these are taken)."""

NO_UPRIGHT_SE_DEG: Final = 5.0
"""Added (in quadrature) to every angle while the person's own upright is unknown: between people
the hip → shoulder line of quiet standing varies by about this much; expert default."""

MAX_KNEE_SE_DEG: Final = 12.0
"""A leg whose error is larger is hidden or misplaced: its angles are NaN. Chosen so that legs
behind plates are refused and free ones are not (``docs/accuracy.md``)."""

MAX_SHANK_DEG: Final = 40.0
"""Ankles of a flat foot rarely bend further (weight-bearing lunge tests: about 40°); expert
default."""

MAX_FOOT_SE_DEG: Final = 9.0
"""The same for the pitch of the foot; expert default."""

_POINTS: Final = ("shoulder", "hip", "knee", "ankle", "heel", "toe", "ear", "wrist")
_POINTS_FAR: Final = ("far_hip", "far_knee", "far_ankle", "far_heel", "far_toe", "far_wrist")
_POINT: Final = {name: row for row, name in enumerate(_POINTS + _POINTS_FAR)}
_LEFT: Final = np.array(
    [
        Landmark.LEFT_SHOULDER,
        Landmark.LEFT_HIP,
        Landmark.LEFT_KNEE,
        Landmark.LEFT_ANKLE,
        Landmark.LEFT_HEEL,
        Landmark.LEFT_FOOT_INDEX,
        Landmark.LEFT_EAR,
        Landmark.LEFT_WRIST,
    ]
)
_FAR: Final = [1, 2, 3, 4, 5, 7]
_ROWS_FACING_LEFT: Final = np.concatenate([_LEFT, _LEFT[_FAR] + 1])
_ROWS_FACING_RIGHT: Final = np.concatenate([_LEFT + 1, _LEFT[_FAR]])
"""Who faces right shows the right side: these rows give the near points, then the far ones."""

_SEGMENTS: Final = {
    "trunk": ("hip", "shoulder"),
    "thigh": ("knee", "hip"),
    "shank": ("ankle", "knee"),
    "far_thigh": ("far_knee", "far_hip"),
    "far_shank": ("far_ankle", "far_knee"),
    "neck": ("shoulder", "ear"),
    "foot": ("heel", "toe"),
}
_LOWER: Final = np.array([_POINT[lower] for lower, _ in _SEGMENTS.values()])
_UPPER: Final = np.array([_POINT[upper] for _, upper in _SEGMENTS.values()])
_KEPT: Final = np.array([0, 1, 2, 3, 4, list(_SEGMENTS).index("foot")])
"""Segments whose length is kept: trunk, thigh, shank, far thigh, far shank, foot."""
_SEEN_TOGETHER: Final = np.array(
    [
        (_POINT["knee"], _POINT["ankle"]),
        (_POINT["far_knee"], _POINT["far_ankle"]),
        (_POINT["heel"], _POINT["toe"]),
    ]
)
_FEET: Final = np.array([_POINT[name] for name in ("heel", "toe", "far_heel", "far_toe")])


def _columns(signals: Iterable[Signal]) -> slice:
    """Columns of signals that stand side by side: a view of them costs least."""
    columns = sorted(signal.column for signal in signals)
    if columns != list(range(columns[0], columns[-1] + 1)):
        msg = f"expected signals side by side, got columns {columns}: change the order of Signal"
        raise ValueError(msg)
    return slice(columns[0], columns[-1] + 1)


_LEGS: Final = (
    (
        Signal.KNEE_FLEXION.column,
        _columns((Signal.KNEE_FLEXION, Signal.THIGH_INCLINATION, Signal.SHANK_INCLINATION)),
    ),
    (
        Signal.FAR_KNEE_FLEXION.column,
        _columns(
            (
                Signal.FAR_KNEE_FLEXION,
                Signal.FAR_THIGH_INCLINATION,
                Signal.FAR_SHANK_INCLINATION,
            )
        ),
    ),
)
"""Column of the knee, and those of the whole leg, near and far."""
_ANGLE_COLUMNS: Final = _columns(ANGLES)
_LENGTH_COLUMNS: Final = _columns(one for one in Signal if one.value.endswith("_stature"))
_SE_ROW: Final = np.array([SIGNAL_SE[signal] for signal in Signal])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raw:
    """Frames measured against vertical and in pixels.

    Attributes
    ----------
    t_s
        ``(n,)`` seconds.
    value
        ``(n, signals)`` degrees against vertical, or pixels; NaN unseen.
    length_px
        ``(n, 6)`` trunk, thigh, shank, far thigh, far shank, foot; NaN unseen or without length.
    seen
        ``(n, 3)`` lower visibility of knee and ankle, near and far leg, and of heel and toe of
        the near foot, 0..1.
    """

    t_s: Floats
    value: Floats
    length_px: Floats
    seen: Floats

    @classmethod
    def join(cls, frames: Sequence[Raw]) -> Self:
        """Put stretches of frames one behind the other."""
        return cls(
            t_s=np.concatenate([frame.t_s for frame in frames]),
            value=np.concatenate([frame.value for frame in frames]),
            length_px=np.concatenate([frame.length_px for frame in frames]),
            seen=np.concatenate([frame.seen for frame in frames]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Upright:
    """A person's own quiet standing: the zero of every angle, and the lengths of their segments.

    Attributes
    ----------
    angle_deg
        ``(signals,)`` raw angle of each signal at quiet standing; 0 for lengths.
    trunk_px, thigh_px, shank_px, foot_px
        Lengths in the picture; the foot's is NaN when it was never seen.
    seconds
        Of quiet standing that this was taken from.
    quiet_t_s
        Times of the frames behind the estimate, ascending: the most upright of the quiet ones.
        What else belongs to standing, such as the outline of the back, is taken from them.
    """

    angle_deg: Floats
    trunk_px: float
    thigh_px: float
    shank_px: float
    foot_px: float
    seconds: float
    quiet_t_s: tuple[float, ...] = ()

    @property
    def stature_px(self) -> float:
        """Estimated height of the person in the picture."""
        return (self.trunk_px + self.thigh_px + self.shank_px) * STATURE_PER_SEGMENT_SUM


def measure(t_s: Floats, image_xy: Floats, visibility: Floats, *, faces_right: bool) -> Raw:
    """Measure every signal against vertical and in pixels.

    Parameters
    ----------
    t_s
        ``(n,)`` seconds.
    image_xy
        ``(n, 33, 2)`` pixels, y down; NaN unseen.
    visibility
        ``(n, 33)`` in 0..1.
    faces_right
        Where the person looks in the picture.
    """
    rows = _ROWS_FACING_RIGHT if faces_right else _ROWS_FACING_LEFT
    point = to_sagittal(image_xy[:, rows], faces_right=faces_right)
    lower, upper = point[:, _LOWER], point[:, _UPPER]
    lengths = length(lower[:, _KEPT], upper[:, _KEPT])
    value = np.full((len(t_s), len(Signal)), np.nan)
    _set_angles(value, inclination_deg(lower, upper))
    _set_places(value, point)
    return Raw(
        t_s=t_s,
        value=value,
        length_px=np.where(lengths > 0, lengths, np.nan),
        seen=visibility[:, rows[_SEEN_TOGETHER]].min(axis=2),
    )


def relate(raw: Raw, upright: Upright | None) -> Series:
    """Express raw signals from the person's own upright, with their standard errors.

    Parameters
    ----------
    raw
        Frames of one person.
    upright
        The person's own standing; None while unknown, then angles stay against vertical and
        their standard errors grow by `NO_UPRIGHT_SE_DEG`.

    Returns
    -------
    Series
        NaN where a landmark is unseen or a leg's lengths say that it is misplaced, and in every
        signal of `FROM_OUTLINE`.
    """
    value = raw.value.copy()
    se = np.where(np.isnan(value), np.nan, _SE_ROW)
    scale = _stand_in(raw) if upright is None else upright
    _judge_legs(value, se, raw, scale)
    _judge_foot(value, se, raw, scale)
    if upright is None:
        se[:, _ANGLE_COLUMNS] = np.hypot(se[:, _ANGLE_COLUMNS], NO_UPRIGHT_SE_DEG)
    value -= scale.angle_deg
    value[:, _ANGLE_COLUMNS] = wrap_deg(value[:, _ANGLE_COLUMNS])
    for signal, growth in SE_PER_DEG.items():
        column = signal.column
        se[:, column] = np.hypot(se[:, column], growth * value[:, column])
    value[:, _LENGTH_COLUMNS] /= scale.stature_px
    _set_bend(value, se)
    return Series(t_s=raw.t_s, value=value, se=se)


def _set_angles(value: Floats, inclination: Floats) -> None:
    trunk, thigh, shank, far_thigh, far_shank, neck, foot = inclination.T
    thigh, far_thigh = -thigh, -far_thigh
    for signal, angle in (
        (Signal.TRUNK_INCLINATION, trunk),
        (Signal.THIGH_INCLINATION, thigh),
        (Signal.SHANK_INCLINATION, shank),
        (Signal.KNEE_FLEXION, thigh + shank),
        (Signal.APPARENT_HIP_FLEXION, trunk + thigh),
        (Signal.FAR_KNEE_FLEXION, far_thigh + far_shank),
        (Signal.FAR_THIGH_INCLINATION, far_thigh),
        (Signal.FAR_SHANK_INCLINATION, far_shank),
        (Signal.FOOT_PITCH, foot - 90.0),
        (Signal.NECK_EXTENSION, trunk - neck),
    ):
        value[:, signal.column] = angle
    value[:, _ANGLE_COLUMNS] = wrap_deg(value[:, _ANGLE_COLUMNS])


def _set_places(value: Floats, point: Floats) -> None:
    """Places in the picture, forward and up; only differences between moments mean something."""
    feet = point[:, _FEET].mean(axis=1)
    near_wrist = point[:, _POINT["wrist"]]
    wrist = np.where(np.isnan(near_wrist), point[:, _POINT["far_wrist"]], near_wrist)
    for place, forward, height in (
        (point[:, _POINT["hip"]], Signal.HIP_FORWARD, Signal.HIP_HEIGHT),
        (wrist, Signal.WRIST_FORWARD, Signal.WRIST_HEIGHT),
        (point[:, _POINT["shoulder"]], Signal.SHOULDER_FORWARD, Signal.SHOULDER_HEIGHT),
        (point[:, _POINT["knee"]], None, Signal.KNEE_HEIGHT),
        (point[:, _POINT["toe"]], None, Signal.TOE_HEIGHT),
        (feet, Signal.FEET_FORWARD, None),
    ):
        if forward is not None:
            value[:, forward.column] = place[:, 0]
        if height is not None:
            value[:, height.column] = place[:, 1]
    split = point[:, _POINT["ankle"], 0] - point[:, _POINT["far_ankle"], 0]
    value[:, Signal.ANKLE_SPLIT.column] = split


def _stand_in(raw: Raw) -> Upright:
    """Lengths from the most upright frames, and no zero, while the own upright is unknown.

    Thigh and shank are bounded by 1.2 times their usual share of the trunk (0.85; Drillis &
    Contini 1966), so that a leg that is misplaced all the time does not vouch for itself.
    """
    bend = np.abs(raw.value[:, Signal.APPARENT_HIP_FLEXION.column])
    upright = np.argsort(bend, kind="stable")[: max(len(bend) // 5, 1)]
    trunk, thigh, shank, foot = (
        float(np.median(lengths[np.isfinite(lengths)])) if np.isfinite(lengths).any() else math.nan
        for lengths in raw.length_px[upright][:, [0, 1, 2, 5]].T
    )
    leg = 0.85 * trunk
    return Upright(
        angle_deg=np.zeros(len(Signal)),
        trunk_px=trunk,
        thigh_px=leg if math.isnan(thigh) else min(thigh, 1.2 * leg),
        shank_px=leg if math.isnan(shank) else min(shank, 1.2 * leg),
        foot_px=foot,
        seconds=0.0,
    )


def _judge_legs(value: Floats, se: Floats, raw: Raw, scale: Upright) -> None:
    """Widen the error of a leg that looks misplaced, and blank it past `MAX_KNEE_SE_DEG`.

    Visibility alone is no validity test (it stays above 0.8 on legs behind a plate), so four
    clues are added in quadrature: the lengths of thigh and shank against the person's own; with
    the feet together, the two knees against each other and a shank that leans further than
    ankles bend; and what visibility there is.
    """
    own = np.array([scale.thigh_px, scale.shank_px])
    excess = np.abs(raw.length_px[:, 1:5].reshape(-1, 2, 2) / own - 1.0) - 0.08
    doubt = np.degrees(np.fmax(excess, 0.0))
    thigh_doubt = doubt[:, 0, 0]
    doubt = np.hypot(doubt[:, :, 0], doubt[:, :, 1])
    doubt = np.hypot(doubt, 40.0 * np.maximum(0.9 - raw.seen[:, :2], 0.0))
    doubt = np.hypot(doubt, _both_legs_doubt_deg(value, scale))
    for leg, (knee, columns) in enumerate(_LEGS):
        se[:, columns] = np.hypot(se[:, columns], doubt[:, leg, None])
        hidden = se[:, knee] > MAX_KNEE_SE_DEG
        if hidden.any():
            for grid in (value, se):
                grid[:, columns] = np.where(hidden[:, None], np.nan, grid[:, columns])
    hip = Signal.APPARENT_HIP_FLEXION.column
    se[:, hip] = np.hypot(se[:, hip], thigh_doubt)


def _judge_foot(value: Floats, se: Floats, raw: Raw, scale: Upright) -> None:
    """Widen the error of a foot that is hidden or of another length; blank it past the limit."""
    column = Signal.FOOT_PITCH.column
    excess = np.abs(raw.length_px[:, 5] / scale.foot_px - 1.0) - 0.1
    doubt = np.degrees(np.fmax(excess, 0.0))
    doubt = np.hypot(doubt, 40.0 * np.maximum(0.9 - raw.seen[:, 2], 0.0))
    se[:, column] = np.hypot(se[:, column], doubt)
    hidden = ~(se[:, column] <= MAX_FOOT_SE_DEG)
    value[hidden, column] = np.nan
    se[hidden, column] = np.nan


def _both_legs_doubt_deg(value: Floats, scale: Upright) -> Floats:
    """``(n, 2)`` doubt about near and far leg while the feet are together; else 0.

    Half of what the knees differ by beyond 10°, and what a shank leans beyond `MAX_SHANK_DEG`.
    """
    together = np.abs(value[:, Signal.ANKLE_SPLIT.column]) < 0.5 * scale.shank_px
    knees = value[:, Signal.KNEE_FLEXION.column] - value[:, Signal.FAR_KNEE_FLEXION.column]
    apart = np.maximum(np.abs(wrap_deg(knees)) - 10.0, 0.0) / 2
    shanks = value[:, [Signal.SHANK_INCLINATION.column, Signal.FAR_SHANK_INCLINATION.column]]
    shanks = shanks - scale.angle_deg[Signal.SHANK_INCLINATION.column]
    lean = np.maximum(np.abs(shanks) - MAX_SHANK_DEG, 0.0)
    return np.where(together[:, None], np.fmax(np.hypot(lean, apart[:, None]), 0.0), 0.0)


def _set_bend(value: Floats, se: Floats) -> None:
    """BEND: the larger of apparent hip flexion and the straighter knee.

    Every movement of the catalogue is an excursion of it: hinges and lifts through the hip,
    squats, lunges and rising from a seat through both. Walking and waving are not, because in
    them one knee stays straight.
    """
    hip = value[:, Signal.APPARENT_HIP_FLEXION.column]
    knees = np.fmin(value[:, Signal.KNEE_FLEXION.column], value[:, Signal.FAR_KNEE_FLEXION.column])
    value[:, Signal.BEND.column] = np.fmax(hip, knees)
    hip_se = se[:, Signal.APPARENT_HIP_FLEXION.column]
    knee_se = np.fmax(se[:, Signal.KNEE_FLEXION.column], se[:, Signal.FAR_KNEE_FLEXION.column])
    se[:, Signal.BEND.column] = np.where(np.isnan(hip_se), knee_se, hip_se)
