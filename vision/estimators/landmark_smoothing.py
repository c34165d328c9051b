"""The smoothing that MediaPipe Tasks applies to one tracked person in VIDEO mode.

Values are those of ``pose_landmarks_detector_graph.cc`` of MediaPipe 0.10.31. It is not
:class:`vision.smoothing.OneEuroFilter`, which takes the speed from smoothed values and starts
afresh after gaps: here the numbers must be those of MediaPipe, so that both estimators can stand
in for each other.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.estimators.blazepose import RawPose

VISIBILITY_WEIGHT: Final = 0.1
"""Weight of a new visibility against the smoothed one, for each frame whatever its time."""

IMAGE_MIN_CUTOFF_HZ: Final = 0.05
IMAGE_BETA: Final = 80.0
WORLD_MIN_CUTOFF_HZ: Final = 0.1
WORLD_BETA: Final = 40.0
SPEED_CUTOFF_HZ: Final = 1.0


class OneEuro:
    """One-euro filter of an array whose entries are always known.

    Casiez, Roussel, Vogel 2012, doi:10.1145/2207676.2208639; the speed is that of the raw values.

    Parameters
    ----------
    min_cutoff_hz
        Cut-off at rest.
    beta
        Rise of the cut-off per unit of speed.
    """

    def __init__(self, *, min_cutoff_hz: float, beta: float) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._raw: NDArray[np.float64] | None = None
        self._smooth = np.zeros(0)
        self._speed = np.zeros(0)
        self._t_s = 0.0

    def update(
        self, value: NDArray[np.float64], t_s: float, *, scale: float = 1.0
    ) -> NDArray[np.float64]:
        """Filter the next sample, taken later than the one before.

        Parameters
        ----------
        value
            The sample; every one has the same shape.
        t_s
            Its time in seconds.
        scale
            What a speed of one per second is measured in, in units of the value.
        """
        if self._raw is None:
            self._smooth, self._speed = value, np.zeros_like(value)
        else:
            elapsed_s = t_s - self._t_s
            speed = (value - self._raw) / (scale * elapsed_s)
            self._speed = self._speed + _weight(SPEED_CUTOFF_HZ, elapsed_s) * (speed - self._speed)
            cutoff_hz = self._min_cutoff_hz + self._beta * np.abs(self._speed)
            self._smooth = self._smooth + _weight(cutoff_hz, elapsed_s) * (value - self._smooth)
        self._raw, self._t_s = value, t_s
        return self._smooth

    def reset(self) -> None:
        """Forget everything; the next sample is taken as it is."""
        self._raw = None


def _weight(
    cutoff_hz: float | NDArray[np.float64], elapsed_s: float
) -> float | NDArray[np.float64]:
    """Weight of a new value against the smoothed one."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff_hz * elapsed_s))


class LandmarkSmoothing:
    """Smooths the landmarks of one tracked person.

    Like in MediaPipe only the image landmarks start afresh after the person was lost; world
    landmarks and visibility go on from where they were.
    """

    def __init__(self) -> None:
        self._image = OneEuro(min_cutoff_hz=IMAGE_MIN_CUTOFF_HZ, beta=IMAGE_BETA)
        self._world = OneEuro(min_cutoff_hz=WORLD_MIN_CUTOFF_HZ, beta=WORLD_BETA)
        self._visibility: NDArray[np.float64] | None = None

    def update(self, pose: RawPose, t_s: float) -> RawPose:
        """Smooth the next landmarks, of a frame at `t_s` seconds."""
        previous = pose.visibility if self._visibility is None else self._visibility
        self._visibility = previous + VISIBILITY_WEIGHT * (pose.visibility - previous)
        return dataclasses.replace(
            pose,
            image_xy=self._image.update(pose.image_xy, t_s, scale=pose.next_roi.side_px),
            world_xyz=self._world.update(pose.world_xyz, t_s),
            visibility=self._visibility,
        )

    def lose(self) -> None:
        """Note that the person was not found in a frame."""
        self._image.reset()
