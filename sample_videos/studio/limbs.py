"""Two-bone limbs: where the elbow or the knee is when both ends are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sample_videos.studio.rotations import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body

STRAIGHTEST = 0.99999


def leg_lengths(body: Body) -> tuple[float, float]:
    """Length of thigh and shank between joint centres, metres."""
    return _span(body, "thigh_L", "shank_L"), _span(body, "shank_L", "foot_L")


def arm_lengths(body: Body) -> tuple[float, float]:
    """Length of upper arm and forearm between joint centres, metres."""
    return _span(body, "upper_arm_L", "forearm_L"), _span(body, "forearm_L", "hand_L")


def two_bone_joint(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    lengths: tuple[float, float],
    pole: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Middle joint of a two-bone limb.

    Parameters
    ----------
    start, end
        First and last joint, metres.
    lengths
        Lengths of the first and second bone, metres.
    pole
        Direction that the middle joint bends towards.

    Returns
    -------
    ndarray
        The middle joint. A limb too short to reach is straight towards ``end``.
    """
    first, second = lengths
    line = end - start
    distance = min(float(np.linalg.norm(line)), (first + second) * STRAIGHTEST)
    along = (first**2 - second**2 + distance**2) / (2 * distance)
    out = np.sqrt(max(first**2 - along**2, 0.0))
    direction = unit(line)
    sideways = unit(pole - (pole @ direction) * direction)
    joint: NDArray[np.float64] = start + along * direction + out * sideways
    return joint


def _span(body: Body, first: str, second: str) -> float:
    return float(np.linalg.norm(body.head(second) - body.head(first)))
