"""Pictures as browsers send them: looked at before they are decoded, refused when unusable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # ships no types

from vision.errors import FrameError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SIDE_PX: Final = 64
"""Smallest width and height in which a person could be told; expert default."""

_GREY: Final = "Gray"


def decode_jpeg(data: bytes, *, max_pixels: int) -> NDArray[np.uint8]:
    """Decode a picture; its header is checked before memory is set aside for it.

    Parameters
    ----------
    data
        A JPEG in colour.
    max_pixels
        Most pixels that it may have.

    Returns
    -------
    numpy.ndarray
        ``(height, width, 3)`` uint8, RGB.

    Raises
    ------
    FrameError
        When it is no JPEG, cut short, grey, too small or too large.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        msg = f"expected a JPEG, got {len(data)} bytes that are none ({error}): send image/jpeg"
        raise FrameError(msg) from error
    if width * height > max_pixels:
        msg = (
            f"expected a picture of at most {max_pixels} pixels, got {width}×{height}: "
            "ask the camera for 640×480"
        )
        raise FrameError(msg)
    if min(width, height) < LEAST_SIDE_PX:
        msg = (
            f"expected a picture of at least {LEAST_SIDE_PX} pixels a side, got {width}×{height}: "
            "ask the camera for 640×480"
        )
        raise FrameError(msg)
    if colours == _GREY:
        msg = "expected a picture in colour, got shades of grey: set the camera to colour"
        raise FrameError(msg)
    try:
        image = simplejpeg.decode_jpeg(data, colorspace="RGB")
    except ValueError as error:
        msg = f"expected a whole JPEG, but {error}: send the picture anew"
        raise FrameError(msg) from error
    return np.asarray(image, np.uint8)
