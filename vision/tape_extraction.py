"""Finds two strips of bright tape on the back in one frame: over T12-L1 and over S1.

A strip is a ridge of tape that stands off the back along the spine (``docs/tape.md``), so from the
side it is seen as an oblong at the back's outline, more fluorescent or whiter than everything
around it. Such patches are found by a top-hat filter, which keeps what stands out from its
surroundings and is smaller than a garment; of all pairs the one is taken that looks most like two
strips. The spine's direction at a strip is that of the strip's dorsal edge, where tape is seen
against what is behind the person.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cv2
import numpy as np

from vision.pose import Landmark
from vision.tape import TapeStrip, TapeStrips

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vision.outline import DorsalOutline
    from vision.pose import Pose

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]
    Flags = NDArray[np.bool_]

MIN_TRUNK_PX: Final = 55.0
"""Below this length of the hip-shoulder line a strip of 10 cm is shorter than 11 pixels."""

SEARCH_TRUNK_PX: Final = 80.0
"""Strips are searched in a picture reduced to this length of the hip-shoulder line; their edges
are measured in the full one."""

FORWARD: Final = 0.12
OUTSIDE: Final = 0.14
"""How far in front of the hip-shoulder line and outside the outline strips are searched, in
lengths of the line; a ridge stands off by 0.06, and the outline may cut it off."""

SURROUND: Final = 0.34
"""Side of the square that no strip fills, in lengths of the line; a strip is 0.2 long."""

LEVELS: Final = (40, 70, 105, 150)
"""What a strip may exceed its surroundings by, of 255; a patch is tried at each. Strips of
rendered people have 60 to 190."""

MIN_FLUORESCENCE: Final = 85.0
MIN_WHITENESS: Final = 140.0
"""Least mean shade of a strip, of 255; skin has up to 60 and 135, light cloth up to 30 and 230."""

STRIP_LENGTH: Final = 0.20
STRIP_WIDTH: Final = 0.070
"""Size of a strip as it is seen, in lengths of the hip-shoulder line: 10 cm by 3 cm and a little
of what holds it."""

LENGTH_SPREAD: Final = 0.30
WIDTH_SPREAD: Final = 0.35
FILL_SPREAD: Final = 0.20
"""Standard deviations of the logarithms of length and width, and of the share of its oblong that
a strip fills; rendered people, rounded up."""

PAIR_SPREAD: Final = 0.3
MAX_UNLIKE: Final = 2.2
"""Standard deviation of the logarithm of the ratio of both lengths, and the largest ratio: both
are cut to one length, so one much shorter than the other is half covered."""

LENGTH_RANGE: Final = (0.085, 0.36)
WIDTH_RANGE: Final = (0.025, 0.16)
MIN_ELONGATION: Final = 1.3
"""What is not of this size and shape is no strip."""

LOWER_ALONG: Final = (-0.30, 0.48)
UPPER_ALONG: Final = (0.36, 1.0)
MIN_BEHIND: Final = 0.02
"""Where the middles of strips lie, along the hip-shoulder line and behind it, in its lengths."""

USUAL_LOWER: Final = 0.17
USUAL_UPPER: Final = 0.60
ALONG_SPREAD: Final = 0.14
"""Where along the line they usually lie, and the standard deviation of that; rendered people."""

APART: Final = (0.28, 0.75)
"""Distance between the middles of both strips, in lengths of the line."""

CONTRAST_WEIGHT: Final = 3.0
"""What the logarithm of a patch's contrast counts for against the rest; expert default."""

MAX_TILT_DEG: Final = 65.0
"""Most that a strip turns away from the line between both strips; at 60° of lumbar flexion each
turns by about 30°, and S1 by 30° more in standing."""

MAX_PATCHES: Final = 8
"""Patches compared for each of both places, likeliest first."""

WINDOW: Final = 0.22
"""Half side of the window about a strip in which its edge is measured, in lengths of the line."""

TRIMMED: Final = 0.12
"""Part of a strip's length left out at either end, where corners are round."""

MIN_ROWS: Final = 5
"""Least rows of pixels that the direction of an edge is taken from."""

EDGE_REACH: Final = 0.05
"""How far about the dorsal edge its exact place is searched, in lengths of the line."""

MIN_STEP: Final = 30.0
"""Least difference of colour across a strip's dorsal edge, in levels; below it the edge cannot be
told from what is behind it."""

EDGE_NOISE_PX: Final = 0.15
"""Least error of one row's edge, in pixels; compression blurs more than the fit shows."""

ROWS_PER_ERROR: Final = 3.0
"""Neighbouring rows that share one error, through compression and blur; expert default."""

MAX_SE_DEG: Final = 8.0
"""A direction with a larger error is no direction; expert default."""

_HIPS: Final = (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
_SHOULDERS: Final = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
ROWS_LIKE: Final = 7
"""Neighbouring rows over which what is behind the strip is averaged."""

HALF: Final = 0.5
"""An edge lies where half of a pixel is tape."""

_TURNS, _SETTLED = 4, 0.05
"""Most times that a strip is turned upright, and the slope at which it is."""

_FITS: Final = 3
"""Times that a line is fitted, each without the points that lay off the last."""


class _Trunk(NamedTuple):
    """The hip-shoulder line: where it starts, unit vectors along it and backwards, its length."""

    hip_px: Floats
    up: Floats
    back: Floats
    length_px: float

    def at(self, along: float, behind: float) -> Floats:
        """Picture point of a place in the body, in lengths of the line."""
        place: Floats = self.hip_px + self.length_px * (along * self.up + behind * self.back)
        return place


class _Area(NamedTuple):
    """The part of a picture that is searched, reduced in size.

    Attributes
    ----------
    picture
        ``(h, w, 3)``.
    searched
        ``(h, w)`` uint8, not 0 where strips may lie.
    corner_px
        Picture point of its top left pixel.
    scale
        Its pixels for each of the picture's.
    """

    picture: Picture
    searched: Picture
    corner_px: Floats
    scale: float


class _Patch(NamedTuple):
    """Something that stands out from its surroundings.

    Attributes
    ----------
    pixels_px
        ``(n, 2)`` places in the whole picture.
    middle_px, axis
        Its middle, and the unit vector along it, either way.
    along
        Where it lies on the hip-shoulder line.
    length
        In lengths of the hip-shoulder line.
    is_white
        Whether it stands out by whiteness, not by fluorescence.
    likeness
        Logarithm of how much it looks like a strip, place left aside.
    """

    pixels_px: Floats
    middle_px: Floats
    axis: Floats
    along: float
    length: float
    is_white: bool
    likeness: float


def find_tape(image: Picture, pose: Pose, *, faces_right: bool) -> TapeStrips | None:
    """Find both strips in a frame.

    Parameters
    ----------
    image
        ``(height, width, 3)`` uint8 RGB, the frame at full resolution.
    pose
        The person's landmarks and outline in the same frame.
    faces_right
        Where the person looks in the picture.

    Returns
    -------
    TapeStrips or None
        None when there is no outline, the hip-shoulder line is shorter than `MIN_TRUNK_PX`, no two
        patches look like strips, or the direction of one cannot be told to `MAX_SE_DEG`.
    """
    trunk = _trunk(pose, faces_right=faces_right)
    if trunk is None or pose.outline is None:
        return None
    area = _search_area(image, trunk, pose.outline)
    if area is None:
        return None
    pair = _best_pair(list(_patches(area, trunk)), trunk)
    if pair is None:
        return None
    upper, lower = pair
    headwards = upper.middle_px - lower.middle_px
    strips = [_measure(image, patch, headwards, trunk, faces_right=faces_right) for patch in pair]
    if strips[0] is None or strips[1] is None:
        return None
    return TapeStrips(upper=strips[0], lower=strips[1])


def _trunk(pose: Pose, *, faces_right: bool) -> _Trunk | None:
    hip, shoulder = (_middle(pose, pair) for pair in (_HIPS, _SHOULDERS))
    line = shoulder - hip
    length_px = float(np.hypot(*line))
    if not length_px >= MIN_TRUNK_PX:
        return None
    up = line / length_px
    back = np.array([up[1], -up[0]]) * (1.0 if faces_right else -1.0)
    return _Trunk(hip_px=hip, up=up, back=back, length_px=length_px)


def _middle(pose: Pose, pair: Sequence[Landmark]) -> Floats:
    """Middle of two landmarks, or the one that was seen; NaN when neither was."""
    points = pose.image_xy[list(pair)].astype(np.float64)
    seen = points[np.isfinite(points).all(axis=1)]
    return seen.mean(axis=0) if len(seen) else np.full(2, np.nan)


def _search_area(image: Picture, trunk: _Trunk, outline: DorsalOutline) -> _Area | None:
    """Cut out what lies between the hip-shoulder line and the outline, and a little more."""
    front = [trunk.at(1.0, -FORWARD), trunk.at(-0.15, -FORWARD)]
    border = np.vstack([outline.points_px.astype(np.float64), front])
    margin = (OUTSIDE + SURROUND / 2) * trunk.length_px
    height, width = image.shape[:2]
    left, top = np.maximum(np.floor(border.min(axis=0) - margin), 0).astype(int).tolist()
    right, bottom = np.ceil(border.max(axis=0) + margin).astype(int).tolist()
    cut = image[top : min(bottom, height), left : min(right, width)]
    if min(cut.shape[:2]) < MIN_ROWS:
        return None
    scale = min(1.0, SEARCH_TRUNK_PX / trunk.length_px)
    if scale < 1.0:
        reduced = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cut = np.asarray(reduced, np.uint8)
    searched = np.zeros(cut.shape[:2], np.uint8)
    corners = np.rint((border - (left, top)) * scale).astype(np.int32)
    cv2.fillPoly(searched, [corners], 1)
    margin_px = round(2 * OUTSIDE * trunk.length_px * scale)
    cv2.polylines(searched, [corners], isClosed=True, color=1, thickness=margin_px)
    return _Area(
        picture=np.asarray(cv2.GaussianBlur(cut, (3, 3), 0), np.uint8),
        searched=searched,
        corner_px=np.array([left, top], np.float64),
        scale=scale,
    )


def _patches(area: _Area, trunk: _Trunk) -> Iterator[_Patch]:
    """Find what stands out from its surroundings and has the size and shape of a strip."""
    side = round(SURROUND * trunk.length_px * area.scale) | 1
    kernel = np.ones((side, side), np.uint8)
    for is_white, shade in enumerate(_shades(area.picture)):
        light = shade > (MIN_WHITENESS if is_white else MIN_FLUORESCENCE)
        light &= area.searched > 0
        if not light.any():
            continue
        top_hat = cv2.morphologyEx(shade, cv2.MORPH_TOPHAT, kernel)
        above = np.where(light, top_hat, 0).astype(np.uint8)
        for level in LEVELS:
            found = cv2.connectedComponentsWithStats((above > level).astype(np.uint8))
            for cells in _components(found[1], found[2], trunk.length_px * area.scale):
                patch = _patch(above, cells, area, trunk, is_white=bool(is_white))
                if patch is not None:
                    yield patch


def _shades(picture: Picture) -> tuple[Picture, Picture]:
    """How fluorescent and how white each pixel is.

    Fluorescent is what is both green and colourful: yellow, lime and cyan tape, hardly any cloth.
    White is what is light in its darkest colour.
    """
    red, green, blue = cv2.split(picture)
    darkest = cv2.min(cv2.min(red, green), blue)
    colourful = cv2.subtract(cv2.max(cv2.max(red, green), blue), darkest)
    fluorescent = np.asarray(cv2.min(green, colourful), np.uint8)
    return fluorescent, np.asarray(darkest, np.uint8)


def _components(
    labels: NDArray[Any], boxes: NDArray[Any], unit_px: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of every connected patch of the size of a strip."""
    least, most = (LENGTH_RANGE[end] * WIDTH_RANGE[end] * unit_px**2 for end in (0, 1))
    for number, (x, y, width, height, count) in enumerate(boxes.tolist()):
        if number > 0 and least < count < most and max(width, height) < LENGTH_RANGE[1] * unit_px:
            inside = labels[y : y + height, x : x + width] == number
            rows, columns = np.nonzero(inside)
            yield rows + y, columns + x


def _patch(
    above: Picture,
    cells: tuple[NDArray[np.intp], NDArray[np.intp]],
    area: _Area,
    trunk: _Trunk,
    *,
    is_white: bool,
) -> _Patch | None:
    """Describe a connected patch; None when it has not the shape and place of a strip."""
    rows, columns = cells
    pixels = (np.column_stack([columns, rows]) + 0.5) / area.scale - 0.5 + area.corner_px
    middle = pixels.sum(axis=0) / len(pixels)
    off_middle = pixels - middle
    spread, axes = np.linalg.eigh(off_middle.T @ off_middle / len(pixels))
    breadth, length = (np.sqrt(12.0 * np.maximum(spread, 1e-6)) / trunk.length_px).tolist()
    along, behind = ((middle - trunk.hip_px) @ np.column_stack([trunk.up, trunk.back])).tolist()
    is_strip_like = (
        LENGTH_RANGE[0] < length < LENGTH_RANGE[1]
        and WIDTH_RANGE[0] < breadth < WIDTH_RANGE[1]
        and length > MIN_ELONGATION * breadth
        and behind > MIN_BEHIND * trunk.length_px
    )
    if not is_strip_like:
        return None
    size = len(rows) / (trunk.length_px * area.scale) ** 2
    off = (
        math.log(length / STRIP_LENGTH) / LENGTH_SPREAD,
        math.log(breadth / STRIP_WIDTH) / WIDTH_SPREAD,
        (size / (length * breadth) - 1.0) / FILL_SPREAD,
    )
    contrast = float(above[rows, columns].mean())
    return _Patch(
        pixels_px=pixels,
        middle_px=middle,
        axis=axes[:, 1],
        along=along / trunk.length_px,
        length=length,
        is_white=is_white,
        likeness=CONTRAST_WEIGHT * math.log(contrast) - 0.5 * math.hypot(*off) ** 2,
    )


def _best_pair(patches: Sequence[_Patch], trunk: _Trunk) -> tuple[_Patch, _Patch] | None:
    """Choose the upper and the lower strip; None when no two patches fit."""
    uppers = _likeliest(patches, UPPER_ALONG, USUAL_UPPER)
    lowers = _likeliest(patches, LOWER_ALONG, USUAL_LOWER)
    fitting = [
        (score_upper + score_lower - _unlikeness(upper, lower), upper, lower)
        for (score_upper, upper), (score_lower, lower) in itertools.product(uppers, lowers)
        if _fit_together(upper, lower, trunk)
    ]
    if not fitting:
        return None
    _, upper, lower = max(fitting, key=lambda pair: pair[0])
    return upper, lower


def _likeliest(
    patches: Sequence[_Patch], along: tuple[float, float], usual: float
) -> list[tuple[float, _Patch]]:
    """Patches in a part of the back with how likely each is the strip there, best first."""
    scored = [
        (patch.likeness - 0.5 * ((patch.along - usual) / ALONG_SPREAD) ** 2, patch)
        for patch in patches
        if along[0] < patch.along < along[1]
    ]
    return sorted(scored, key=lambda pair: -pair[0])[:MAX_PATCHES]


def _unlikeness(upper: _Patch, lower: _Patch) -> float:
    """How much two strips differ in length, which they do when something covers one."""
    return 0.5 * (math.log(upper.length / lower.length) / PAIR_SPREAD) ** 2


def _fit_together(upper: _Patch, lower: _Patch, trunk: _Trunk) -> bool:
    line = upper.middle_px - lower.middle_px
    distance = float(np.hypot(*line))
    least = math.cos(math.radians(MAX_TILT_DEG)) * distance
    is_apart = APART[0] < distance / trunk.length_px < APART[1]
    is_above = upper.along > lower.along
    is_alike = 1.0 / MAX_UNLIKE < upper.length / lower.length < MAX_UNLIKE
    is_along = all(abs(patch.axis @ line) > least for patch in (upper, lower))
    return is_apart and is_above and is_alike and is_along and upper.is_white == lower.is_white


class _Upright(NamedTuple):
    """Surroundings of a patch, turned so that the strip stands upright and its back is left.

    Attributes
    ----------
    picture
        ``(n, n, 3)``.
    patch
        ``(n, n)``, true on the strip.
    to_image
        ``(2, 2)`` from steps to the right and down in it to steps in the whole picture.
    """

    picture: Picture
    patch: Flags
    to_image: Floats


def _measure(
    image: Picture, patch: _Patch, headwards: Floats, trunk: _Trunk, *, faces_right: bool
) -> TapeStrip | None:
    """Measure the dorsal edge of a strip in the full picture; None when it cannot be told."""
    up = patch.axis * math.copysign(1.0, float(patch.axis @ headwards))
    edge = None
    for _ in range(_TURNS):
        turned = _turned(image, patch, up, trunk, faces_right=faces_right)
        edge = _dorsal_edge(turned, trunk)
        if edge is None:
            return None
        up = up - edge.slope * turned.to_image[:, 0]
        up /= np.hypot(*up)
        if abs(edge.slope) < _SETTLED:
            break
    if edge is None or not edge.se_deg < MAX_SE_DEG:
        return None
    half = (len(turned.patch) - 1) / 2
    x, y = patch.middle_px + turned.to_image @ (np.array(edge.middle) - half)
    return TapeStrip(
        middle_px=(float(x), float(y)),
        direction_deg=math.degrees(math.atan2(up[0], -up[1])),
        se_deg=edge.se_deg,
        length_px=edge.length,
    )


def _turned(
    image: Picture, patch: _Patch, up: Floats, trunk: _Trunk, *, faces_right: bool
) -> _Upright:
    """Turn the surroundings of a patch upright, back to the left."""
    forward = np.array([-up[1], up[0]]) * (1.0 if faces_right else -1.0)
    to_image = np.column_stack([forward, -up])
    side = 2 * math.ceil(WINDOW * trunk.length_px) + 1
    corner = np.maximum(np.floor(patch.middle_px - side).astype(int), 0)
    window = image[corner[1] : corner[1] + 2 * side, corner[0] : corner[0] + 2 * side]
    marks = np.zeros(window.shape[:2], np.uint8)
    place = np.rint(patch.pixels_px).astype(int) - corner
    column, row = (np.clip(place[:, axis], 0, marks.shape[1 - axis] - 1) for axis in (0, 1))
    marks[row, column] = 2
    if trunk.length_px > SEARCH_TRUNK_PX:
        gap = 2 * math.ceil(trunk.length_px / SEARCH_TRUNK_PX / 2) + 1
        marks = np.asarray(cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)))
    start = patch.middle_px - corner - to_image @ np.full(2, (side - 1) / 2)
    turn = np.column_stack([to_image, start])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture, marked = (
        cv2.warpAffine(part, turn, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for part in (window, marks)
    )
    return _Upright(picture=np.asarray(picture, np.uint8), patch=marked > 0, to_image=to_image)


class _Edge(NamedTuple):
    """A straight edge: pixels to the right for each row down, its middle, error and length."""

    slope: float
    middle: tuple[float, float]
    se_deg: float
    length: float


def _dorsal_edge(turned: _Upright, trunk: _Trunk) -> _Edge | None:
    """Fit a line to the left edge of an upright patch, to a fraction of a pixel."""
    rows = np.flatnonzero(turned.patch.sum(axis=1) > 1)
    length = len(rows)
    trim = max(1, round(TRIMMED * length))
    rows = rows[trim : length - trim]
    if len(rows) < MIN_ROWS:
        return None
    first, share = _tape_share(turned, rows, trunk)
    inside = (share >= HALF).argmax(axis=1)
    clear = np.flatnonzero(inside > 0)
    if len(clear) < MIN_ROWS:
        return None
    inside = inside[clear]
    before, after = share[clear, inside - 1], share[clear, inside]
    part = (HALF - before) / np.maximum(after - before, 1e-3)
    return _line(rows[clear].astype(np.float64), first[clear] + inside - 1 + part, length)


def _tape_share(
    turned: _Upright, rows: NDArray[np.intp], trunk: _Trunk
) -> tuple[NDArray[np.intp], Floats]:
    """How far each pixel about the left edge is tape in place of what is behind it, 0 to 1.

    Returns
    -------
    tuple
        First column of each row, and ``(rows, columns)`` shares; 0 in a row where tape and what is
        behind it look alike.
    """
    last = turned.patch.shape[1] - 1
    left = turned.patch[rows].argmax(axis=1)
    reach = max(3, round(EDGE_REACH * trunk.length_px))
    beside = np.clip(left[:, None] - np.arange(2, 2 + reach), 0, last)
    behind = np.median(turned.picture[rows[:, None], beside], axis=1)
    behind = np.asarray(cv2.blur(behind, (1, ROWS_LIKE)), np.float64)
    core = np.asarray(cv2.erode(turned.patch.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    tape = np.median(turned.picture[core if core.any() else turned.patch], axis=0)
    step = tape - behind
    size = np.einsum("rc,rc->r", step, step)
    step[size < MIN_STEP**2] = 0.0
    about = np.clip(left[:, None] + np.arange(-reach, reach + 1), 0, last)
    off = turned.picture[rows[:, None], about] - behind[:, None]
    share: Floats = np.einsum("rkc,rc->rk", off, step) / np.maximum(size, 1.0)[:, None]
    return left - reach, share


def _line(rows: Floats, columns: Floats, length: int) -> _Edge | None:
    """Fit a line through an edge's points, without those that lie off it."""
    kept = np.ones(len(rows), np.bool_)
    for _ in range(_FITS):
        middle, centre = rows[kept].mean(), columns[kept].mean()
        lever = rows[kept] - middle
        slope = float(lever @ (columns[kept] - centre) / (lever @ lever))
        off = columns - centre - slope * (rows - middle)
        noise = max(1.48 * float(np.median(np.abs(off[kept]))), EDGE_NOISE_PX)
        kept = np.abs(off) < 2.5 * noise
        if kept.sum() < MIN_ROWS:
            return None
    noise = max(math.sqrt(float((off[kept] ** 2).sum()) / (kept.sum() - 2)), EDGE_NOISE_PX)
    spread = math.sqrt(float(lever @ lever) / ROWS_PER_ERROR)
    return _Edge(
        slope=slope,
        middle=(float(centre), float(middle)),
        se_deg=math.degrees(noise / spread),
        length=float(length),
    )
