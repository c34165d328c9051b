"""Whether there is the right amount of light to see a person by."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from vision.pose import SKELETON_EDGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.pose import Pose


class Exposure(StrEnum):
    """How much light there is on the person."""

    GOOD = "good"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"


DARK_LUMA: Final = 32.0
"""A person whose brighter parts are below this (of 255) is in the dark, or before a window. In
five clips that were darkened step by step and given the noise of a camera, at 30 the joints are off
by 0.03 trunk lengths, at 20 outlines begin to be lost and at 13 the person is."""
BRIGHT_LUMA: Final = 250.0
"""A person whose darker parts are above this is lost in glare."""
BRIGHTER_PART: Final = 90.0
DARKER_PART: Final = 25.0
"""Percentiles that stand for the brighter and the darker parts, so that neither a dark top nor a
white one decides."""

_SAMPLES: Final = np.linspace(0.0, 1.0, 9, dtype=np.float32)[:, None, None]
_STARTS: Final = np.array([start for start, _ in SKELETON_EDGES])
_ENDS: Final = np.array([end for _, end in SKELETON_EDGES])
_GRID: Final = 24
"""Rows and columns that are looked at when nobody is in view."""
_LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601)."""


def exposure_of(image: NDArray[np.uint8], pose: Pose) -> Exposure:
    """Judge the light on a person, along their limbs; on the whole picture when nobody is seen.

    Parameters
    ----------
    image
        ``(height, width, 3)`` RGB.
    pose
        Who is in it.
    """
    pixels = _on_person(image, pose)
    luma = (_over_picture(image) if not len(pixels) else pixels) @ _LUMA
    darker, brighter = np.percentile(luma, [DARKER_PART, BRIGHTER_PART])
    if brighter < DARK_LUMA:
        return Exposure.TOO_DARK
    return Exposure.TOO_BRIGHT if darker > BRIGHT_LUMA else Exposure.GOOD


def _on_person(image: NDArray[np.uint8], pose: Pose) -> NDArray[np.uint8]:
    """``(n, 3)`` pixels along the limbs that were seen."""
    start, end = pose.image_xy[_STARTS], pose.image_xy[_ENDS]
    along = (start + _SAMPLES * (end - start)).reshape(-1, 2)
    height, width = image.shape[:2]
    x, y = along.T
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    column, row = along[inside].astype(np.intp).T
    pixels: NDArray[np.uint8] = image[row, column]
    return pixels


def _over_picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``(n, 3)`` pixels of a coarse grid."""
    height, width = image.shape[:2]
    grid = image[:: max(height // _GRID, 1), :: max(width // _GRID, 1)]
    return grid.reshape(-1, 3)
