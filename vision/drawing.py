"""Primitives of the overlay: lines, joint arcs and labels on a picture; told what to draw.

Every drawing function changes an ``(height, width, 3)`` uint8 RGB picture in place, takes pixels
with y down and colours as ``(red, green, blue)`` from 0 to 255, and leaves out what is NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

Color: TypeAlias = tuple[int, int, int]
Picture: TypeAlias = "NDArray[np.uint8]"

WHITE: Final[Color] = (255, 255, 255)
INK: Final[Color] = (17, 24, 32)

_SUBPIXEL_BITS: Final = 4
_FONT: Final = "sans"
_WEIGHT: Final = 600
_LABEL_OPACITY: Final = 0.72
_DASH: Final = 4
"""Points from one dash of a covered contour to the next; half of that is drawn."""


def stroke_px(picture: Picture) -> int:
    """Width of a line that reads well on a picture of this size, pixels."""
    return max(2, round(_short_side_px(picture) / 170))


def text_px(picture: Picture) -> int:
    """Size of a text that reads well on a picture of this size, pixels."""
    return max(13, round(_short_side_px(picture) / 26))


def draw_lines(
    picture: Picture,
    points_px: ArrayLike,
    edges: Iterable[tuple[int, int]],
    *,
    color: Color,
    width_px: int,
) -> None:
    """Draw the lines between pairs of points, with a dark edge so that any background does.

    Parameters
    ----------
    picture
        Changed in place.
    points_px
        ``(n, 2)`` points; an edge with a NaN end is left out.
    edges
        Pairs of rows of `points_px`.
    color, width_px
        Of the line.
    """
    points = np.asarray(points_px, dtype=np.float64)
    seen = [pair for pair in edges if np.isfinite(points[list(pair)]).all()]
    for stroke, paint in ((width_px + 2, INK), (width_px, color)):
        for start, end in seen:
            _line(picture, points[start], points[end], color=paint, width_px=stroke)


def draw_outline(
    picture: Picture,
    points_px: ArrayLike,
    covered: ArrayLike,
    *,
    color: Color,
    width_px: int,
) -> None:
    """Draw a contour: solid where it was seen, thin dashes where something covers it.

    Parameters
    ----------
    picture
        Changed in place.
    points_px
        ``(n, 2)`` points along the contour.
    covered
        ``(n,)`` bool; a stretch between two points counts as covered when either is.
    color, width_px
        Of the seen part; dashes are half as wide.
    """
    hidden = np.asarray(covered, dtype=bool)
    steps = [(row, row + 1) for row in range(len(hidden) - 1)]
    dashes = [pair for pair in steps if hidden[list(pair)].any() and pair[0] % _DASH < _DASH / 2]
    seen = [pair for pair in steps if not hidden[list(pair)].any()]
    draw_lines(picture, points_px, dashes, color=color, width_px=max(1, width_px // 2))
    draw_lines(picture, points_px, seen, color=color, width_px=width_px)


def draw_dots(picture: Picture, points_px: ArrayLike, *, color: Color, radius_px: float) -> None:
    """Draw a dot with a dark rim at every point of ``(n, 2)`` that is not NaN."""
    points = np.asarray(points_px, dtype=np.float64)
    for point in points[np.isfinite(points).all(axis=1)]:
        for radius, paint in ((radius_px + 1.5, INK), (radius_px, color)):
            cv2.circle(
                picture,
                _fixed(point),
                round(radius * (1 << _SUBPIXEL_BITS)),
                paint,
                cv2.FILLED,
                cv2.LINE_AA,
                _SUBPIXEL_BITS,
            )


def draw_joint_arc(
    picture: Picture,
    *,
    vertex_px: ArrayLike,
    start_px: ArrayLike,
    end_px: ArrayLike,
    radius_px: float,
    color: Color,
    width_px: int,
    text: str = "",
    text_across: bool = False,
) -> None:
    """Draw the arc of an angle, the shorter way round, and its text beside the arc.

    Parameters
    ----------
    picture
        Changed in place. Nothing is drawn when a point is NaN or lies on the vertex.
    vertex_px, start_px, end_px
        ``(2,)`` points: the joint, and one point on each of the angle's two rays.
    radius_px
        Of the arc.
    color, width_px
        Of the arc.
    text
        For example ``"64°"``; drawn outside the arc, in its middle.
    text_across
        Whether it goes to the other side of the joint instead, to leave free what lies there.
    """
    vertex = np.asarray(vertex_px, dtype=np.float64)
    rays = np.asarray([start_px, end_px], dtype=np.float64) - vertex
    if not np.isfinite(rays).all() or (np.hypot(*rays.T) == 0).any():
        return
    first, second = np.arctan2(rays[:, 1], rays[:, 0])
    sweep = math.remainder(second - first, math.tau)
    bearings = first + np.linspace(0, sweep, max(2, round(abs(sweep) * radius_px / 2)))
    curve = vertex + radius_px * np.column_stack([np.cos(bearings), np.sin(bearings)])
    steps = [(row, row + 1) for row in range(len(curve) - 1)]
    draw_lines(picture, curve, steps, color=color, width_px=width_px)
    if text:
        middle = first + sweep / 2
        room = 1.3 * text_px(picture)
        reach = -room if text_across else radius_px + room
        center = vertex + reach * np.array([math.cos(middle), math.sin(middle)])
        draw_label(picture, text, center_px=center, color=color)


def draw_label(picture: Picture, text: str, *, center_px: ArrayLike, color: Color = WHITE) -> None:
    """Write a text on a dark plate, centred on a point and pushed inside the picture."""
    size = text_px(picture)
    width, height = label_size_px(picture, text)
    limit = np.array([picture.shape[1] - width, picture.shape[0] - height])
    corner = np.asarray(center_px, dtype=np.float64) - np.array([width, height]) / 2
    left, top = np.clip(np.round(corner), 0, np.maximum(limit, 0)).astype(int)
    _plate(picture, int(left), int(top), width, height)
    baseline = (int(left) + size // 2, int(top) + round(1.12 * size))
    cv2.putText(picture, text, baseline, color, cv2.FontFace(_FONT), size, _WEIGHT)


def label_size_px(picture: Picture, text: str) -> tuple[int, int]:
    """Width and height of a text's plate on this picture, pixels."""
    size = text_px(picture)
    limits = (picture.shape[1], picture.shape[0])
    box = cv2.getTextSize(limits, text, (0, 0), cv2.FontFace(_FONT), size, _WEIGHT)
    return box[2] + size, round(1.55 * size)


def draw_progress(picture: Picture, fraction: float, *, color: Color) -> None:
    """Fill the picture's lowest rows from the left up to a fraction of its width."""
    height, width = picture.shape[:2]
    picture[height - stroke_px(picture) * 2 :, : round(width * fraction)] = color


def crop(picture: Picture, box_px: tuple[int, int, int, int], *, height_px: int) -> Picture:
    """Cut out a box (left, top, right, bottom) and scale it to a height.

    Raises
    ------
    ValueError
        When the box holds no pixel of the picture.
    """
    left, top, right, bottom = box_px
    part = picture[max(0, top) : bottom, max(0, left) : right]
    if not part.size:
        msg = f"expected a box inside a picture of {picture.shape[1::-1]}, got {box_px}"
        raise ValueError(msg)
    width_px = max(1, round(part.shape[1] * height_px / part.shape[0]))
    smaller = height_px < part.shape[0]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(part, (width_px, height_px), interpolation=way).astype(np.uint8)


def encode_jpeg(picture: Picture, *, quality: int = 82) -> bytes:
    """Encode a picture as JPEG; the quality runs from 0 to 100."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def _short_side_px(picture: Picture) -> int:
    return int(min(picture.shape[:2]))


def _line(
    picture: Picture,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    *,
    color: Color,
    width_px: int,
) -> None:
    cv2.line(picture, _fixed(start), _fixed(end), color, width_px, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(point: NDArray[np.float64]) -> tuple[int, int]:
    """Turn pixels into OpenCV's fixed-point numbers; far-off points stay within 16 bits."""
    scale, limit = 1 << _SUBPIXEL_BITS, 1 << 20
    x, y = (max(-limit, min(limit, round(value * scale))) for value in point.tolist())
    return x, y


def _plate(picture: Picture, left: int, top: int, width: int, height: int) -> None:
    part = picture[top : top + height, left : left + width]
    ink = np.array(INK, dtype=np.float64)
    part[:] = np.round(part * (1 - _LABEL_OPACITY) + ink * _LABEL_OPACITY).astype(np.uint8)
