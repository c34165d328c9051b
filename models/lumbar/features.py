"""What a picture shows of a back, as numbers that do not depend on size, place or lean.

Everything is told in the frame of the hip-shoulder line: along it from the hip, and behind it, in
lengths of the line. A frame is described by itself (:func:`describe`); what the estimator reads is
that description beside the person's own, standing (:func:`features`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.angles import to_sagittal
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vision.pose import Pose

    Floats = NDArray[np.float64]

OUTLINE_POINTS: Final = 64
"""Points of an outline (``vision/outline_extraction.py``)."""

STATIONS: Final = np.linspace(-0.05, 0.95, 26)
"""Where along the hip-shoulder line the depth of the back is read, fractions of it."""

_NEAR_LEFT: Final = np.array(
    [
        Landmark.LEFT_SHOULDER,
        Landmark.LEFT_HIP,
        Landmark.LEFT_KNEE,
        Landmark.LEFT_ANKLE,
        Landmark.LEFT_EAR,
        Landmark.LEFT_ELBOW,
        Landmark.LEFT_WRIST,
        Landmark.LEFT_HEEL,
        Landmark.LEFT_FOOT_INDEX,
    ]
)
_SHOULDER, _HIP, _KNEE, _ANKLE = range(4)

LONGEST_LEG: Final = 2.0
"""Lengths of thigh and shank count up to this many times their own, standing."""

_SIDE: Final = len(_NEAR_LEFT)


def _within(low: float, high: float) -> slice:
    """Stations from `low` to `high` of the line."""
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    inside = np.flatnonzero(np.abs(STATIONS - middle) <= half + _TINY)
    return slice(int(inside[0]), int(inside[-1]) + 1)


def _slope_weights(low: float, high: float) -> Floats:
    """Weights by which depths give the slope of the straight line through a window."""
    weights = np.zeros(len(STATIONS))
    part = _within(low, high)
    centred = STATIONS[part] - STATIONS[part].mean()
    weights[part] = centred / (centred @ centred)
    return weights


def _power_weights(low: float, high: float, degree: int, power: int) -> Floats:
    """Weights by which depths give one coefficient of the polynomial through a window."""
    weights = np.zeros(len(STATIONS))
    part = _within(low, high)
    weights[part] = np.linalg.pinv(np.vander(STATIONS[part], degree + 1))[degree - power]
    return weights


_TINY: Final = 1e-9
WINDOWS: Final = (
    (-0.05, 0.10),
    (0.05, 0.20),
    (0.10, 0.30),
    (0.15, 0.30),
    (0.25, 0.40),
    (0.35, 0.50),
    (0.45, 0.60),
    (0.60, 0.80),
    (0.70, 0.95),
)
"""Parts of the line over which the direction of the back is taken: sacrum to mid-thorax."""
_SLOPES: Final = np.column_stack([_slope_weights(low, high) for low, high in WINDOWS])
_BOWS: Final = np.column_stack(
    [
        _power_weights(0.15, 0.75, degree=2, power=2),
        _power_weights(0.0, 0.9, degree=3, power=3),
        _power_weights(0.0, 0.9, degree=3, power=2),
    ]
)
"""Curvature of the parabola that the closed form reads too, and how a cubic bends."""
_GRADIENT: Final = np.gradient(np.eye(len(STATIONS)), STATIONS, axis=1)
"""What turns depths into their slope at every station."""
_BUTTOCK: Final = _within(-0.05, 0.35)
_HOLLOW: Final = _within(0.05, 0.60)
_THORAX: Final = _within(0.40, 0.95)
_ABOVE_SACRUM: Final = _within(0.15, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BackViews:
    """What several frames show of one person's back.

    Attributes
    ----------
    joints
        ``(n, 18, 2)`` near then far shoulder, hip, knee, ankle, ear, elbow, wrist, heel, toe:
        sagittal pixels, x forward and y up; NaN unseen.
    outline
        ``(n, 64, 2)`` dorsal outline, hip to neck, the same coordinates; NaN where there is none.
    occluded
        ``(n, 64)`` where something covers the back.
    quality
        ``(n,)`` of the outline, 0 to 1; NaN where there is none.
    turn
        ``(n, 2)`` sine of the turn of shoulders and hips away from a pure side view, near side
        forward positive; NaN unseen.
    """

    joints: Floats
    outline: Floats
    occluded: NDArray[np.bool_]
    quality: Floats
    turn: Floats

    @classmethod
    def of(cls, pose: Pose, *, faces_right: bool) -> Self:
        """View of a single pose."""
        near = _NEAR_LEFT + 1 if faces_right else _NEAR_LEFT
        far = _NEAR_LEFT if faces_right else _NEAR_LEFT + 1
        joints = pose.image_xy[np.concatenate([near, far])].astype(np.float64)
        outline = pose.outline
        points = np.full((OUTLINE_POINTS, 2), np.nan)
        occluded = np.ones(OUTLINE_POINTS, np.bool_)
        if outline is not None:
            points, occluded = outline.points_px.astype(np.float64), outline.occluded
        return cls(
            joints=to_sagittal(joints, faces_right=faces_right)[None],
            outline=to_sagittal(points, faces_right=faces_right)[None],
            occluded=occluded[None],
            quality=np.array([np.nan if outline is None else outline.quality]),
            turn=turn_of(pose.world_xyz[None].astype(np.float64)),
        )

    @classmethod
    def join(cls, views: Sequence[BackViews]) -> Self:
        """Put views one behind the other."""
        return cls(
            joints=np.concatenate([view.joints for view in views]),
            outline=np.concatenate([view.outline for view in views]),
            occluded=np.concatenate([view.occluded for view in views]),
            quality=np.concatenate([view.quality for view in views]),
            turn=np.concatenate([view.turn for view in views]),
        )


def turn_of(world_xyz: Floats) -> Floats:
    """Sine of the turn of shoulders and hips away from a pure side view.

    Parameters
    ----------
    world_xyz
        ``(n, 33, 3)`` metres, x to the right of the picture, z away from the camera.

    Returns
    -------
    NDArray
        ``(n, 2)``, positive where the near side is in front; NaN unseen.
    """
    left = np.array([Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP])
    line = world_xyz[:, left + 1] - world_xyz[:, left]
    flat = np.hypot(line[..., 0], line[..., 2])
    forward: Floats = line[..., 0] / np.where(flat > 0, flat, np.nan)
    # Facing right the near side is the right one and forward is +x; facing left both are mirrored.
    return forward


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Description:
    """Frames told in the frame of their own hip-shoulder line.

    Attributes
    ----------
    depth
        ``(n, stations)`` how far the back lies behind the line at each station, line lengths.
    hidden
        ``(n, stations)`` 0 to 1, how far that was covered by something.
    joints
        ``(n, 18, 2)`` joints along and behind the line, line lengths from the middle of the hips;
        NaN unseen.
    lean_rad
        ``(n,)`` inclination of the line from vertical, forward positive.
    trunk_px
        ``(n,)`` its length.
    quality
        ``(n,)`` of the outline.
    turn
        ``(n, 2)`` as in `BackViews`.
    """

    depth: Floats
    hidden: Floats
    joints: Floats
    lean_rad: Floats
    trunk_px: Floats
    quality: Floats
    turn: Floats

    @classmethod
    def join(cls, parts: Sequence[Description]) -> Self:
        """Put descriptions one behind the other."""
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__slots__
            }
        )

    def __getitem__(self, rows: slice | list[int] | NDArray[np.bool_]) -> Description:
        """Take some of the frames."""
        return Description(**{name: getattr(self, name)[rows] for name in self.__slots__})

    def median(self) -> Description:
        """Take the middle of several frames, such as those of quiet standing, as one frame."""
        return Description(
            depth=_median(self.depth),
            hidden=self.hidden.mean(axis=0, keepdims=True),
            joints=_median(self.joints),
            lean_rad=_median(self.lean_rad),
            trunk_px=_median(self.trunk_px),
            quality=_median(self.quality),
            turn=_median(self.turn),
        )


def describe(views: BackViews) -> Description:
    """Describe frames by themselves."""
    pairs = views.joints.reshape(-1, 2, _SIDE, 2)
    hip, shoulder = _middle(pairs[:, :, _HIP]), _middle(pairs[:, :, _SHOULDER])
    line = shoulder - hip
    trunk_px = np.hypot(line[:, 0], line[:, 1])
    trunk_px[~(trunk_px > 0)] = np.nan
    up = line / trunk_px[:, None]
    behind = np.column_stack([-up[:, 1], up[:, 0]])
    axes = np.stack([up, behind], axis=2) / trunk_px[:, None, None]
    outline = np.einsum("npk,nkj->npj", views.outline - hip[:, None], axes)
    depth, hidden = _at_stations(outline, views.occluded)
    return Description(
        depth=depth,
        hidden=hidden,
        joints=np.einsum("npk,nkj->npj", views.joints - hip[:, None], axes),
        lean_rad=np.arctan2(line[:, 0], line[:, 1]),
        trunk_px=trunk_px,
        quality=views.quality,
        turn=views.turn,
    )


def features(frames: Description, standing: Description) -> Floats:
    """Tell what the estimator reads: each frame, the person's own standing, and the change.

    Parameters
    ----------
    frames
        ``n`` frames.
    standing
        One frame: the same person standing.

    Returns
    -------
    NDArray
        ``(n, features)``: the columns of :func:`feature_groups`, one behind the other. An unseen
        joint is told as if it lay in the hip. NaN where a frame, or standing, has no outline.
    """
    return np.column_stack([*feature_groups(frames, standing).values()])


def feature_groups(frames: Description, standing: Description) -> dict[str, Floats]:
    """Tell the features by what they are about.

    Parameters
    ----------
    frames, standing
        As in :func:`features`.

    Returns
    -------
    dict
        ``(n, columns)`` each. The first columns of ``back`` are the directions of the back over
        `WINDOWS`, radians against the hip-shoulder line, backwards positive.
    """
    both = Description.join([frames, standing])
    curve, limbs, legs = _curve(both), _limbs(both.joints), _leg_lengths(both.joints)
    turn = _or(both.turn, 0.0)
    own_legs = np.where(legs[-1] > 0, legs[-1], np.nan)
    stretch = (frames.trunk_px / standing.trunk_px)[:, None]
    count = len(stretch)
    return {
        "back": curve[:-1],
        "back_change": curve[:-1] - curve[-1],
        "back_standing": np.repeat(curve[-1:], count, axis=0),
        "limbs": limbs[:-1],
        "limbs_change": limbs[:-1] - limbs[-1],
        "trunk_length": stretch,
        "leg_lengths": np.clip(_or(legs[:-1] * stretch / own_legs, 1.0), 0.0, LONGEST_LEG),
        "turn": turn[:-1],
        "turn_standing": np.repeat(turn[-1:], count, axis=0),
        "depth": frames.depth[:, ::3],
        "depth_change": frames.depth[:, ::3] * stretch - standing.depth[:, ::3],
        "hidden": frames.hidden[:, ::4],
        "quality": frames.quality[:, None],
        "quality_standing": np.full((count, 1), standing.quality[0]),
    }


def feature_columns() -> dict[str, slice]:
    """Tell where the columns of each of the `feature_groups` stand among the features."""
    blind = blind_description()
    columns, start = {}, 0
    for name, group in feature_groups(blind, blind).items():
        columns[name] = slice(start, start + group.shape[1])
        start += group.shape[1]
    return columns


def blind_description() -> Description:
    """One frame with all joints and no outline."""
    unseen = np.full((1, len(STATIONS)), np.nan)
    return Description(
        depth=unseen,
        hidden=unseen,
        joints=np.arange(4.0 * _SIDE).reshape(1, 2 * _SIDE, 2),
        lean_rad=np.zeros(1),
        trunk_px=np.ones(1),
        quality=np.full(1, np.nan),
        turn=np.zeros((1, 2)),
    )


def _curve(of: Description) -> Floats:
    """How the back curves: its directions along the line and in the world, apices and hollow."""
    depth = of.depth
    direction = np.arctan(depth @ _SLOPES)
    lean = of.lean_rad[:, None]
    tangent = _tangents(depth)
    return np.column_stack(
        [
            direction,
            depth @ _BOWS,
            lean,
            np.sin(lean),
            np.cos(lean),
            lean - direction,
            *_extreme(depth, _BUTTOCK, np.argmax),
            *_extreme(depth, _HOLLOW, np.argmin),
            *_extreme(depth, _THORAX, np.argmax),
            *_extreme(tangent, _BUTTOCK, np.argmin),
            *_extreme(tangent, _ABOVE_SACRUM, np.argmax),
            *_extreme(tangent, _ABOVE_SACRUM, np.argmin),
            tangent[:, ::2],
        ]
    )


def _tangents(depth: Floats) -> Floats:
    """Direction of the back against the line at every station, slightly smoothed, radians."""
    rough = np.arctan(depth @ _GRADIENT)
    wide = np.concatenate([rough[:, :1], rough, rough[:, -1:]], axis=1)
    smooth: Floats = 0.25 * wide[:, :-2] + 0.5 * wide[:, 1:-1] + 0.25 * wide[:, 2:]
    return smooth


def _extreme(
    values: Floats, part: slice, where: Callable[..., NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    """Largest or smallest value within a part of the stations, and its place along the line."""
    within = values[:, part]
    place = where(within, axis=1)
    return within[np.arange(len(values)), place], STATIONS[part][place]


def _limbs(joints: Floats) -> Floats:
    """Directions and lengths of thigh, shank, neck and upper arm, and places of the pairs."""
    pairs = _or(joints, 0.0).reshape(-1, 2, _SIDE, 2)
    shoulder, hip, knee, ankle, ear, elbow = (pairs[:, :, row] for row in range(6))
    thigh, thigh_length = _polar(hip - knee)
    shank, shank_length = _polar(knee - ankle)
    neck, neck_length = _polar(ear - shoulder)
    # Upwards, because the direction of a hanging arm, down the trunk, would jump by a full turn.
    arm, _ = _polar(shoulder - elbow)
    columns = np.stack(
        [
            thigh,
            shank,
            thigh - shank,
            thigh_length,
            shank_length,
            neck,
            neck_length,
            arm,
            shoulder[..., 0],
            shoulder[..., 1],
            hip[..., 0],
            hip[..., 1],
        ],
        axis=2,
    )
    return columns.reshape(len(joints), -1)


def _leg_lengths(joints: Floats) -> Floats:
    """``(n, 4)`` lengths of near and far thigh, then of near and far shank; NaN unseen."""
    pairs = joints.reshape(-1, 2, _SIDE, 2)
    segments = pairs[:, :, [_HIP, _KNEE]] - pairs[:, :, [_KNEE, _ANKLE]]
    lengths = np.hypot(segments[..., 0], segments[..., 1])
    return lengths.swapaxes(1, 2).reshape(len(joints), -1)


def _polar(segments: Floats) -> tuple[Floats, Floats]:
    """Direction, radians from the hip-shoulder line, and length of segments."""
    along, behind = segments[..., 0], segments[..., 1]
    return np.arctan2(behind, along), np.hypot(along, behind)


def _or(values: Floats, otherwise: float) -> Floats:
    """Put a number where nothing was seen."""
    return np.where(np.isnan(values), otherwise, values)


def _middle(pair: Floats) -> Floats:
    """Middle of both sides, or the one that was seen; ``(n, 2, 2)`` to ``(n, 2)``."""
    near, far = pair[:, 0], pair[:, 1]
    middle = 0.5 * (near + far)
    middle = np.where(np.isnan(middle), near, middle)
    return np.where(np.isnan(middle), far, middle)


def _at_stations(outline: Floats, occluded: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Depth and cover of each outline at the stations; NaN and covered where there is none."""
    depth = np.full((len(outline), len(STATIONS)), np.nan)
    hidden = np.ones_like(depth)
    for row in np.flatnonzero(np.isfinite(outline[:, 0, 0])):
        along = np.maximum.accumulate(outline[row, :, 0])
        depth[row] = np.interp(STATIONS, along, outline[row, :, 1])
        hidden[row] = np.interp(STATIONS, along, occluded[row].astype(np.float64))
    return depth, hidden


def _median(values: Floats) -> Floats:
    """Middle of the rows as one row; NaN where no row is known."""
    rows = values.reshape(len(values), -1)
    ascending = np.sort(rows, axis=0)  # NaN comes last
    count = (~np.isnan(rows)).sum(axis=0)
    column = np.arange(rows.shape[1])
    middle = (ascending[(count - 1) // 2, column] + ascending[count // 2, column]) / 2
    known = np.isfinite(rows).any(axis=0) & (count > 0)
    return np.where(known, middle, np.nan).reshape(1, *values.shape[1:])
