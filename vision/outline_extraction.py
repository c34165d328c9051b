"""Finds the back's outline in one frame: from a person mask, the picture and the landmarks.

Rays are sent from the line between hip and shoulder towards the back, turned a little tailwards
at the hip end and headwards at the neck end, so that they meet buttock and neck squarely. Where
each leaves the mask lies the coarse outline. It is moved to the edge in the picture where that is
convincing (:mod:`vision.outline_refinement`), marked where something else than the back makes the
edge, and resampled to points evenly spaced along the contour.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from vision.outline import DorsalOutline, PersonMask
from vision.outline_refinement import RefinedEdge, refine_edge
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.pose import Pose

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

POINT_COUNT: Final = 64
"""Points of an outline, evenly spaced along the contour from buttock to neck."""

MASK_SIDE: Final = 256
"""Side of the crop that :func:`crop_mask` makes, in pixels: the resolution of MediaPipe's mask."""

CROP_MARGIN: Final = 1.25
"""Side of the crop over the longer side of the body's box, as MediaPipe crops."""

MIN_TRUNK_PX: Final = 40.0
"""Below this length of the hip-shoulder line one pixel of edge is more than 3° of lumbar flexion
(``measurement.md`` §2.2: 7.5 mm are 10°); expert default."""

PRESENT: Final = 0.5
"""Probability from which a mask pixel belongs to a person."""

TAIL_END: Final = -0.10
NECK_END: Final = 1.00
"""Where the first and the last ray start, as fractions of the hip-shoulder line."""

TAIL_FAN_DEG: Final = 35.0
NECK_FAN_DEG: Final = 12.0
"""How far the first ray is turned tailwards and the last headwards, degrees."""

RAY_START: Final = -0.15
RAY_END: Final = 0.75
"""Part of each ray that is searched, in lengths of the hip-shoulder line; behind it negative."""

RAY_SAMPLES: Final = 112

MIN_SEEN: Final = 0.6
"""Least fraction of the rays that must leave the mask for an outline to be told."""

MAX_DEPTH: Final = 0.65
"""Deepest that a back lies behind the hip-shoulder line; more is a bulge. A fully rounded back
comes to 0.55, because the line is short then; expert default."""

MIN_DEPTH: Final = 0.05
"""Least that a back lies behind the hip-shoulder line; less, and a landmark lies on the skin or
outside the person; expert default."""

SHARP_WIDTH: Final = 0.05
"""Width over which the mask's edge falls when the network is sure, in lengths of the line: the
85th percentile along a back without anything in front."""

MAX_SLOPE: Final = 1.6
"""Steepest that the depth of a back changes along the line; steeper is the side of something in
front of it or beside it; expert default."""

BULGE: Final = 0.06
"""How far a point may lie off a smooth back, in lengths of the line; expert default."""

JOINED_POINTS: Final = 13
"""Gap, in points, below which two covered stretches are one: the side of a plate leads from its
corner to its rim; expert default."""

UPPER_ARM_RADIUS: Final = 0.11
FOREARM_RADIUS: Final = 0.09
"""Reach of an arm around the line through its joints, in lengths of the hip-shoulder line;
expert default."""

PLATE_POINTS: Final = 18
"""First points of an outline that lie on the rim of a plate when one hides the hips."""

PLATE_RADIUS: Final = (0.33, 0.60)
"""Radius of a lifting plate of 45 cm, in lengths of the line, with room for its distance from the
camera; a buttock's is below 0.4."""

PLATE_ROUNDNESS: Final = 0.0015
"""Standard deviation of the points about the circle, in lengths of the line: plates reach 0.0009
to 0.0012, buttocks 0.0014 and more."""

PLATE_RIM: Final = 0.02
"""Distance from the circle up to which a point lies on the rim, in lengths of the line."""

HAND_REACH: Final = 0.40
"""Farthest that the nearest hand landmark lies from the hub, in lengths of the line; expert
default."""

CORNER_RISE: Final = 0.7
"""Rise of the outline's slope, over a tenth of the line, that makes a hollow corner, where begins
what lies on the upper back. In 31 clips free backs stay below 0.65 (95th percentile), plates on
the neck and hoods have 0.8 to 1.3."""

CORNER_POINTS: Final = 5
"""Points over which a slope is taken on either side of a corner."""

CORNER_FROM: Final = 0.45
"""Where along the line the loin's own hollow has ended; expert default."""

REACH: Final = 0.06
"""How far from the mask's edge the picture's edge is searched, in lengths of the line: half as
much again as the largest error of the mask on renders."""

MIN_REACH_PX: Final = 4.0

GOOD_TRUNK_PX: Final = 170.0
"""Length of the line of a person 600 px tall (``measurement.md`` §2.3)."""

_FRACTIONS: Final = np.linspace(TAIL_END, NECK_END, POINT_COUNT, dtype=np.float32)
_DEPTHS: Final = np.linspace(RAY_START, RAY_END, RAY_SAMPLES, dtype=np.float32)
_ON_LINE: Final = int(np.abs(_DEPTHS).argmin())
_FAN_RAD: Final = np.radians(np.linspace(-TAIL_FAN_DEG, NECK_FAN_DEG, POINT_COUNT)).astype(
    np.float32
)
_SPACING: Final = (NECK_END - TAIL_END) / (POINT_COUNT - 1)
_LUMBAR: Final = slice(*np.searchsorted(_FRACTIONS, (0.0, 0.8)))
"""The part that is judged."""
_CLEAR: Final = slice(*np.searchsorted(_FRACTIONS, (0.1, 0.9)))
"""The part clear of hip and neck."""
_POWERS: Final = np.vander(np.linspace(-1.0, 1.0, POINT_COUNT), 5)
_NEAREST_FIRST: Final = np.abs(np.arange(RAY_SAMPLES) - _ON_LINE)
_FARTHER: Final = 2 * RAY_SAMPLES

_SHOULDERS: Final = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
_HIPS: Final = (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
_HANDS: Final = [
    Landmark.LEFT_WRIST,
    Landmark.RIGHT_WRIST,
    Landmark.LEFT_INDEX,
    Landmark.RIGHT_INDEX,
]
_SHOULDER_ELBOW_WRIST: Final = (
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
)
_ARM_STARTS: Final = [row for arm in _SHOULDER_ELBOW_WRIST for row in arm[:-1]]
_ARM_ENDS: Final = [row for arm in _SHOULDER_ELBOW_WRIST for row in arm[1:]]
_ARM_RADII: Final = np.array([UPPER_ARM_RADIUS, FOREARM_RADIUS] * 2)


class _Rays(NamedTuple):
    """Where to look for the back.

    Attributes
    ----------
    origin_px, direction
        ``(n, 2)`` starts on the hip-shoulder line and unit vectors towards the back.
    trunk_px
        Length of the line.
    """

    origin_px: Floats
    direction: Floats
    trunk_px: float

    def at(self, depth: Floats) -> Floats:
        """Image points at a depth along each ray, in trunk lengths."""
        points: Floats = self.origin_px + (depth * self.trunk_px)[:, None] * self.direction
        return points


class _MaskEdge(NamedTuple):
    """Where rays leave the mask.

    Attributes
    ----------
    depth
        ``(n,)`` trunk lengths behind the line; NaN where the ray meets no person.
    width
        ``(n,)`` trunk lengths over which the probability falls.
    """

    depth: Floats
    width: Floats


def crop_mask(probability: Floats, pose: Pose) -> PersonMask | None:
    """Cut the surroundings of a person out of a mask as large as the picture.

    Parameters
    ----------
    probability
        ``(height, width)`` in 0..1.
    pose
        Whose surroundings.

    Returns
    -------
    PersonMask or None
        Upright, at the resolution of MediaPipe's own mask; None when no landmark was seen.
    """
    seen = pose.image_xy[np.isfinite(pose.image_xy).all(axis=1)]
    if not len(seen):
        return None
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = CROP_MARGIN * float((high - low).max()) / MASK_SIDE
    left, top = (low + high) / 2 - scale * (MASK_SIDE - 1) / 2
    to_image = np.array([[scale, 0.0, left], [0.0, scale, top]])
    cropped = cv2.warpAffine(
        probability, to_image, (MASK_SIDE, MASK_SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return PersonMask(probability=np.asarray(cropped, np.float32), to_image=to_image)


def extract_outline(
    mask: PersonMask, image: NDArray[np.uint8], pose: Pose, *, faces_right: bool
) -> DorsalOutline | None:
    """Find the outline of the back from buttock to neck.

    Parameters
    ----------
    mask
        Where the person is.
    image
        ``(height, width, 3)`` uint8, the frame at full resolution.
    pose
        The person's landmarks in the same frame.
    faces_right
        Where the person looks in the picture.

    Returns
    -------
    DorsalOutline or None
        `POINT_COUNT` points. None when hip or shoulder were not seen, the trunk is shorter than
        `MIN_TRUNK_PX`, or the mask holds no back between them.
    """
    rays = _rays(pose, faces_right=faces_right)
    if rays is None:
        return None
    edge = _mask_edge(mask, rays)
    if edge is None:
        return None
    seen = np.isfinite(edge.depth)
    depth = np.interp(_FRACTIONS, _FRACTIONS[seen], edge.depth[seen]).astype(np.float32)
    bulges = _bulges(depth)
    coarse_px = rays.at(depth)
    refined = refine_edge(image, coarse_px, max(REACH * rays.trunk_px, MIN_REACH_PX))
    bulges |= _past_corner(depth) | _on_plate(refined.points_px, pose, rays.trunk_px)
    covered = _covered(refined.points_px, pose, rays.trunk_px)
    occluded = ~seen | _joined(bulges) | covered
    quality = _quality(edge, depth, occluded, refined, rays)
    return _evenly_spaced(refined.points_px, occluded, quality)


def _rays(pose: Pose, *, faces_right: bool) -> _Rays | None:
    hip, shoulder = (_middle(pose, pair) for pair in (_HIPS, _SHOULDERS))
    line = shoulder - hip
    trunk_px = float(np.hypot(*line))
    if not trunk_px >= MIN_TRUNK_PX:
        return None
    up = line / trunk_px
    back = np.array([up[1], -up[0]]) * (1.0 if faces_right else -1.0)
    direction = np.cos(_FAN_RAD)[:, None] * back + np.sin(_FAN_RAD)[:, None] * up
    origin_px = hip + _FRACTIONS[:, None] * line
    return _Rays(
        origin_px=origin_px.astype(np.float32),
        direction=direction.astype(np.float32),
        trunk_px=trunk_px,
    )


def _middle(pose: Pose, pair: Sequence[Landmark]) -> Floats:
    """Middle of two landmarks, or the one that was seen; NaN when neither was."""
    points = pose.image_xy[list(pair)]
    one, other = np.isfinite(points[:, 0]).tolist()
    middle: Floats = points.sum(axis=0) / 2 if one and other else points[int(other)]
    return middle


def _mask_edge(mask: PersonMask, rays: _Rays) -> _MaskEdge | None:
    """Coarse outline: where each ray first leaves the person."""
    inverse = cv2.invertAffineTransform(mask.to_image)
    origin = rays.origin_px @ inverse[:, :2].T + inverse[:, 2]
    along = rays.direction @ inverse[:, :2].T * rays.trunk_px
    own = _own_component(mask.probability, origin)
    if own is None:
        return None
    x, y = (
        (origin[:, axis, None] + _DEPTHS * along[:, axis, None]).astype(np.float32)
        for axis in (0, 1)
    )
    ray = np.asarray(cv2.remap(own, x, y, cv2.INTER_LINEAR), np.float32)
    depth = _first_exit(ray)
    if np.isfinite(depth).mean() < MIN_SEEN:
        return None
    return _MaskEdge(depth=depth, width=_edge_width(ray, depth))


def _own_component(probability: Floats, line_xy: Floats) -> Floats | None:
    """Blank what is not connected with the hip-shoulder line, such as people behind."""
    _, labels = cv2.connectedComponents((probability > PRESENT).view(np.uint8))
    column, row = np.rint(line_xy[_CLEAR]).astype(int).T
    height, width = labels.shape
    in_crop = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    votes = np.bincount(labels[row[in_crop], column[in_crop]], minlength=2)
    votes[0] = 0
    if not votes.any():
        return None
    own = (labels == votes.argmax()).view(np.uint8)
    own = cv2.dilate(own, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.copyTo(probability, own), np.float32)


def _first_exit(ray: Floats) -> Floats:
    """Depth at which each row of samples first falls below `PRESENT`; NaN where nobody is.

    A ray whose start lies outside the person begins at the nearest sample inside.
    """
    inside = ray > PRESENT
    first = np.where(inside, _NEAREST_FIRST, _FARTHER).argmin(axis=1)
    left = ~inside & (np.arange(RAY_SAMPLES) > first[:, None])
    out = left.argmax(axis=1)
    rows = np.arange(len(ray))
    before, after = ray[rows, out - 1], ray[rows, out]
    share = (before - PRESENT) / np.maximum(before - after, 1e-6)
    depth = _DEPTHS[out - 1] + share * (_DEPTHS[1] - _DEPTHS[0])
    unseen = ~inside.any(axis=1) | ~left.any(axis=1)
    return np.where(unseen, np.nan, depth).astype(np.float32)


def _edge_width(ray: Floats, depth: Floats) -> Floats:
    """Depth over which the probability would fall from 1 to 0 at its slope across the edge."""
    step = float(_DEPTHS[1] - _DEPTHS[0])
    place = (np.where(np.isnan(depth), 0.0, depth) - RAY_START) / step
    column = np.clip(np.rint(place), 2, RAY_SAMPLES - 3).astype(int)
    rows = np.arange(len(ray))
    fall = ray[rows, column - 2] - ray[rows, column + 2]
    width: Floats = 4.0 * step / np.maximum(fall, 1e-3)
    return width


def _bulges(depth: Floats) -> Flags:
    """Tell where the depth is not that of a back: too deep, too steep or off a smooth curve."""
    slope = np.gradient(depth, _SPACING)
    steep = np.abs(slope) > MAX_SLOPE
    # Two passes: what lies off the first curve does not draw the second.
    weight = np.where(steep | (depth > MAX_DEPTH), 0.05, 1.0)
    residual = _residual(depth, weight)
    residual = _residual(depth, weight * np.where(residual > BULGE, 0.05, 1.0))
    return (np.abs(residual) > BULGE) | (depth > MAX_DEPTH)


def _residual(depth: Floats, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of a depth from the weighted least-squares curve through it."""
    weighted = _POWERS.T * weight
    coefficients = np.linalg.solve(weighted @ _POWERS, weighted @ depth)
    return np.asarray(depth - _POWERS @ coefficients, np.float64)


def _past_corner(depth: Floats) -> Flags:
    """Tell what lies past a hollow corner on the upper back: a plate on the neck, a hood, hair."""
    slope = (depth[CORNER_POINTS:] - depth[:-CORNER_POINTS]) / (CORNER_POINTS * _SPACING)
    rise = slope[CORNER_POINTS:] - slope[:-CORNER_POINTS]
    corner = np.zeros(len(depth), np.bool_)
    corner[CORNER_POINTS:-CORNER_POINTS] = rise > CORNER_RISE
    past: Flags = np.logical_or.accumulate(corner & (_FRACTIONS > CORNER_FROM))
    return past


def _on_plate(points_px: Floats, pose: Pose, trunk_px: float) -> Flags:
    """Tell which points at the hip end lie on the rim of a plate that is held there."""
    hub, radius = _circle(points_px[:PLATE_POINTS])
    off_rim = (np.hypot(*(points_px - hub).T) - radius) / trunk_px
    is_round = float(off_rim[:PLATE_POINTS].std()) < PLATE_ROUNDNESS
    is_sized = PLATE_RADIUS[0] < radius / trunk_px < PLATE_RADIUS[1]
    is_held = bool((_hands_from(hub, pose) < HAND_REACH * trunk_px).any())
    if not (is_round and is_sized and is_held):
        return np.zeros(len(points_px), np.bool_)
    return np.logical_and.accumulate(np.abs(off_rim) < PLATE_RIM)


def _circle(points_px: Floats) -> tuple[NDArray[np.float64], float]:
    """Middle and radius of the least-squares circle; far away and large for a straight line."""
    middle = points_px.mean(axis=0, dtype=np.float64)
    around = points_px - middle
    square = (around**2).sum(axis=1)
    hub = np.linalg.lstsq(2 * around.T @ around, around.T @ square, rcond=None)[0]
    return middle + hub, math.sqrt(float(hub @ hub + square.mean()))


def _hands_from(place_px: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    """Distance of each hand landmark from a place; NaN unseen."""
    return np.asarray(np.hypot(*(pose.image_xy[_HANDS] - place_px).T), np.float64)


def _joined(flags: Flags) -> Flags:
    """Flag what lies between two flagged stretches less than `JOINED_POINTS` apart."""
    marks = flags.astype(np.uint8)
    kernel = np.ones((1, JOINED_POINTS), np.uint8)
    closed = cv2.morphologyEx(marks[None], cv2.MORPH_CLOSE, kernel)[0]
    joined: Flags = closed.astype(np.bool_)
    return joined


def _covered(points_px: Floats, pose: Pose, trunk_px: float) -> Flags:
    """Tell where an arm, another person or the border of the picture makes the edge."""
    covered = _near_arms(points_px, pose, trunk_px)
    x, y = points_px.T
    for left, top, right, bottom in pose.others_px:
        covered |= (x > left) & (x < right) & (y > top) & (y < bottom)
    width, height = pose.image_size
    outside: Flags = (x < 1.0) | (x > width - 2.0) | (y < 1.0) | (y > height - 2.0)
    return covered | outside


def _near_arms(points_px: Floats, pose: Pose, trunk_px: float) -> Flags:
    """Tell which points lie within the reach of an arm that was seen."""
    start = pose.image_xy[_ARM_STARTS]
    along = pose.image_xy[_ARM_ENDS] - start
    offset = points_px[:, None] - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-6)
    share = np.clip((offset * along).sum(axis=2) / length2, 0.0, 1.0)
    away = offset - share[..., None] * along
    distance_px = np.hypot(away[..., 0], away[..., 1])
    near: Flags = (distance_px < _ARM_RADII * trunk_px).any(axis=1)
    return near


def _quality(
    edge: _MaskEdge, depth: Floats, occluded: Flags, refined: RefinedEdge, rays: _Rays
) -> float:
    """How far the lumbar part can be trusted, 0 to 1: a product of doubts.

    On rendered clips its rank correlation with the error of the edge is -0.64; most of it comes
    from how much of the mask's edge the picture supports.
    """
    free = 1.0 - float(occluded[_LUMBAR].mean())
    sharp = min(1.0, SHARP_WIDTH / float(np.percentile(edge.width[_LUMBAR], 85)))
    supported = 0.4 + 0.6 * float(refined.is_supported[_LUMBAR].mean())
    moved = np.hypot(*(refined.points_px - rays.at(depth))[_LUMBAR].T) / rays.trunk_px
    agreeing = max(0.0, 1.0 - float(moved.mean()) / REACH)
    plausible = float(((depth > MIN_DEPTH) & (depth < MAX_DEPTH))[_LUMBAR].mean())
    sized = math.sqrt(min(rays.trunk_px / GOOD_TRUNK_PX, 1.0))
    return free * sharp * supported * agreeing * plausible * sized


def _evenly_spaced(points_px: Floats, occluded: Flags, quality: float) -> DorsalOutline:
    length = np.zeros(POINT_COUNT)
    np.hypot(*(points_px[1:] - points_px[:-1]).T).cumsum(out=length[1:])
    even = np.linspace(0.0, length[-1], POINT_COUNT)
    points = np.column_stack([np.interp(even, length, points_px[:, axis]) for axis in (0, 1)])
    hidden = np.interp(even, length, occluded.astype(float)) >= 0.5  # noqa: PLR2004 - the nearer of two points
    points = points.astype(np.float32)
    points.flags.writeable = hidden.flags.writeable = False
    return DorsalOutline(points_px=points, occluded=hidden, quality=quality)
