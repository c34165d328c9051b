"""Moves an outline from the mask's coarse edge to the edge in the picture itself.

The mask of a person is a 256×256 picture of their surroundings, so one of its pixels is about
8.5 mm of body. The picture holds the edge of the back several times finer. It is searched along
the normals of the coarse outline; a dynamic programme takes the path that follows strong
gradients and does not jump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

HALF_WIDTH: Final = 16
"""Places tried on either side of the coarse outline."""

MIN_CONTRAST: Final = 8.0
"""Grey levels between the two sides of an edge, below which it is not told from the noise of a
compressed video; expert default."""

MIN_PROMINENCE: Final = 1.6
"""How much stronger the edge must be than the middling place along the same normal; expert
default."""

_STAY_COST: Final = 0.45
"""What the farthest place costs, in units of the strongest edge along the outline."""

_MAX_STEP: Final = 3
"""Farthest that the path moves sideways between neighbouring points, in places."""

_STEP_COST: Final = 0.06
"""What a step by one place costs, in units of the strongest edge along the outline."""

_STEP_COSTS: Final = _STEP_COST * np.abs(
    np.arange(-_MAX_STEP, _MAX_STEP + 1, dtype=np.float32)[:, None]
)

_SMOOTHING: Final = np.array([1.0, 4.0, 6.0, 4.0, 1.0], np.float32) / 16.0
_SMOOTHING_ACROSS: Final = np.array([1.0, 2.0, 1.0], np.float32) / 4.0
_REACH_STEPS: Final = 3
"""Places that lie between the two means whose difference is the edge's strength."""


class RefinedEdge(NamedTuple):
    """An outline on the picture's own edge.

    Attributes
    ----------
    points_px
        ``(n, 2)`` image points.
    is_supported
        ``(n,)`` whether the picture shows a convincing edge there; other points lie between what
        their neighbours moved by and where the mask put them.
    """

    points_px: Floats
    is_supported: NDArray[np.bool_]


def refine_edge(image: NDArray[np.uint8], points_px: Floats, reach_px: float) -> RefinedEdge:
    """Search the picture's edge along the normals of a coarse outline.

    Parameters
    ----------
    image
        ``(height, width, 3)`` picture at full resolution.
    points_px
        ``(n, 2)`` coarse outline in order, all finite.
    reach_px
        How far from the coarse outline to search, pixels.
    """
    offsets_px = np.linspace(-reach_px, reach_px, 2 * HALF_WIDTH + 1, dtype=np.float32)
    normals = _normals(points_px)
    contrast = _contrast(image, points_px, normals, offsets_px)
    path = _strongest_path(contrast)
    rows = np.arange(len(path))
    found = contrast[rows, path]
    middling = np.partition(contrast, HALF_WIDTH, axis=1)[:, HALF_WIDTH]
    is_supported = (found >= MIN_CONTRAST) & (found >= MIN_PROMINENCE * middling)
    moved = offsets_px[path] + _between_places(contrast, path) * (offsets_px[1] - offsets_px[0])
    moved = _smoothed(moved, is_supported)
    points = points_px + moved[:, None] * normals
    return RefinedEdge(points_px=points.astype(np.float32), is_supported=is_supported)


def _normals(points_px: Floats) -> Floats:
    """Take the unit normals of a slightly smoothed outline."""
    padded = np.concatenate(
        [points_px[:1], points_px[:1], points_px, points_px[-1:], points_px[-1:]]
    )
    along = padded[4:] - padded[:-4]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    length = np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)
    normals: Floats = (across / length[:, None]).astype(np.float32)
    return normals


def _contrast(
    image: NDArray[np.uint8], points_px: Floats, normals: Floats, offsets_px: Floats
) -> Floats:
    """``(n, places)`` grey levels by which the two sides of each place differ.

    The largest of the three colour channels counts; neighbouring points are averaged, because an
    edge of the back runs along the outline and noise does not.
    """
    step = offsets_px[1] - offsets_px[0]
    beyond = step * np.arange(1, _REACH_STEPS + 1, dtype=np.float32)
    extended = np.concatenate([offsets_px[0] - beyond[::-1], offsets_px, offsets_px[-1] + beyond])
    places = points_px[:, None] + extended[None, :, None] * normals[:, None]
    strip = cv2.remap(
        image,
        np.ascontiguousarray(places[..., 0]),
        np.ascontiguousarray(places[..., 1]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    smooth = cv2.sepFilter2D(strip, cv2.CV_32F, _SMOOTHING_ACROSS, _SMOOTHING)
    width = 2 * _REACH_STEPS
    contrast = np.abs(smooth[:, width:] - smooth[:, :-width]).max(axis=2)
    return np.asarray(contrast, np.float32)


def _strongest_path(contrast: Floats) -> NDArray[np.intp]:
    """Place of the edge at every point: strong, near the mask's edge and without jumps."""
    count, places = contrast.shape
    off_centre = np.linspace(-1.0, 1.0, places) ** 2
    scale = max(float(np.percentile(contrast.max(axis=1), 75)), MIN_CONTRAST)
    gain = (np.minimum(contrast / scale, 1.0) - _STAY_COST * off_centre).astype(np.float32)
    # Row by row the best total that ends in each place; places beyond the strip are never best.
    total = np.full((count, places + 2 * _MAX_STEP), -np.inf, np.float32)
    reachable = np.lib.stride_tricks.sliding_window_view(total, places, axis=1)
    ends = total[:, _MAX_STEP:-_MAX_STEP]
    ends[0] = gain[0]
    arriving = np.empty((len(_STEP_COSTS), places), np.float32)
    for before, after, gained in zip(reachable, ends[1:], gain[1:], strict=False):
        np.subtract(before, _STEP_COSTS, out=arriving)
        np.add(np.maximum.reduce(arriving, axis=0), gained, out=after)
    return _traced_back(total)


def _traced_back(total: Floats) -> NDArray[np.intp]:
    """Follow the best totals from the last row to the first."""
    costs = _STEP_COSTS[:, 0]
    place = int(total[-1, _MAX_STEP:-_MAX_STEP].argmax())
    path = [place]
    for before in total[-2::-1]:
        place += int((before[place : place + len(costs)] - costs).argmax()) - _MAX_STEP
        path.append(place)
    return np.array(path[::-1], np.intp)


def _between_places(contrast: Floats, path: NDArray[np.intp]) -> Floats:
    """Where the peak lies between two places: -0.5 to 0.5, from a parabola through three."""
    rows = np.arange(len(path))
    last = contrast.shape[1] - 1
    before, peak, after = (contrast[rows, np.clip(path + step, 0, last)] for step in (-1, 0, 1))
    bend = before - 2.0 * peak + after
    has_peak = (bend < 0) & (path > 0) & (path < last)
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(bend), where=has_peak)
    between: Floats = np.clip(shift, -0.5, 0.5)
    return between


def _smoothed(moved: Floats, weight: NDArray[np.bool_]) -> Floats:
    """Mean of what neighbours moved by; where no neighbour moved, 0."""
    both = np.stack([np.where(weight, moved, 0.0), weight]).astype(np.float32)
    total, count = cv2.filter2D(both, -1, _SMOOTHING[None], borderType=cv2.BORDER_REPLICATE)
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    smoothed: Floats = mean * np.minimum(count / 0.5, 1.0)
    return smoothed
