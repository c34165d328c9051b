"""How a stored picture becomes an upright one with square pixels and a bounded size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CV2_ROTATION: Final = {
    1: cv2.ROTATE_90_COUNTERCLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_CLOCKWISE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureGeometry:
    """The way from a stored picture to the one that is handed out; the same for a whole video.

    Attributes
    ----------
    stored_size
        Width and height in pixels as stored.
    pixel_aspect
        Width of a stored pixel divided by its height. Angles are measured in pixels, so pixels
        that are not square are made square.
    mirrored
        Whether the stored picture is to be flipped left to right, before it is turned.
    quarter_turns
        Counter-clockwise quarter turns that make it upright: 0 to 3.
    max_side_px
        Longest side of the picture handed out; None leaves the size as it is.
    """

    stored_size: tuple[int, int]
    pixel_aspect: float = 1.0
    mirrored: bool = False
    quarter_turns: int = 0
    max_side_px: int | None = None

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the whole picture, upright, in square pixels."""
        return self._turned(self._square_size())

    @property
    def output_size(self) -> tuple[int, int]:
        """Width and height in pixels of the picture handed out."""
        return self._turned(self._bounded_size())

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Make a stored picture upright, square-pixelled and at most ``max_side_px`` long.

        A picture of another size than ``stored_size`` (a browser changes it during a recording)
        is fitted in without stretching, on black.

        Parameters
        ----------
        image
            ``(height, width, 3)`` uint8.

        Returns
        -------
        numpy.ndarray
            ``(height, width, 3)`` uint8 of ``output_size``, in one piece of memory.
        """
        target = self._bounded_size()
        if image.shape[1::-1] == self.stored_size:
            fitted = _resized(image, target)
        else:
            fitted = _letterboxed(image, target, self.pixel_aspect)
        if self.mirrored:
            fitted = np.asarray(cv2.flip(fitted, 1), np.uint8)
        if self.quarter_turns:
            fitted = np.asarray(cv2.rotate(fitted, _CV2_ROTATION[self.quarter_turns]), np.uint8)
        return fitted

    def _square_size(self) -> tuple[int, int]:
        width, height = self.stored_size
        return max(1, round(width * self.pixel_aspect)), height

    def _bounded_size(self) -> tuple[int, int]:
        width, height = self._square_size()
        longer = max(width, height)
        if self.max_side_px is None or longer <= self.max_side_px:
            return width, height
        scale = self.max_side_px / longer
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _turned(self, size: tuple[int, int]) -> tuple[int, int]:
        return size[::-1] if self.quarter_turns % 2 else size


def orientation(display_matrix: NDArray[np.int32]) -> tuple[bool, int]:
    """Read a container's display matrix.

    Parameters
    ----------
    display_matrix
        ``(9,)`` int32, row-major, as FFmpeg's ``libavutil/display.h`` lays it out.

    Returns
    -------
    mirrored : bool
        Whether the picture is to be flipped left to right first.
    quarter_turns : int
        Counter-clockwise quarter turns to make after that, 0 to 3; other angles are rounded.
    """
    a, b, c, d = (float(display_matrix[index]) for index in (0, 1, 3, 4))
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    turn_deg = -math.degrees(math.atan2(b, a))
    return mirrored, round(turn_deg / 90) % 4


def _resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    shrinks = size[0] <= width and size[1] <= height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def _letterboxed(
    image: NDArray[np.uint8], size: tuple[int, int], pixel_aspect: float
) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = min(size[0] / (width * pixel_aspect), size[1] / height)
    fitted_width = min(size[0], max(1, round(width * pixel_aspect * scale)))
    fitted_height = min(size[1], max(1, round(height * scale)))
    left, top = (size[0] - fitted_width) // 2, (size[1] - fitted_height) // 2
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[top : top + fitted_height, left : left + fitted_width] = _resized(
        image, (fitted_width, fitted_height)
    )
    return canvas
