"""The person mask and the dorsal outline: the contour of a back as the camera sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonMask:
    """Where the person is, in the estimator's own crop.

    Attributes
    ----------
    probability
        ``(h, w)`` float32 in 0..1.
    to_image
        ``(2, 3)`` affine map from mask pixel centres (x, y, 1) to image pixels.
    """

    probability: NDArray[np.float32]
    to_image: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DorsalOutline:
    """The back's contour from hip to neck in one frame.

    Attributes
    ----------
    points_px
        ``(n, 2)`` float32 image points, from the hip end to the neck end; y points down.
    occluded
        ``(n,)`` bool, true where an arm, a plate, hair or another person covers the back.
    quality
        0 to 1; how far the outline can be trusted as a whole.
    """

    points_px: NDArray[np.float32]
    occluded: NDArray[np.bool_]
    quality: float
