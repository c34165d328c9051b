"""Causal, time-based conditioning of landmarks: side swaps, implausible jumps, jitter.

Everything here looks only backwards and works in seconds of the source's clock, so a live camera
and a file are treated alike, whatever their frame rate.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from vision.pose import LANDMARK_COUNT, MIRROR, Landmark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.pose import Pose

GAP_S: Final = 0.3
"""After a longer gap a filter starts afresh; expert default (Sports2D fills gaps up to 0.3 s)."""

_LEGS: Final = np.arange(Landmark.LEFT_HIP, LANDMARK_COUNT)
_HANDS: Final = np.arange(Landmark.LEFT_ELBOW, Landmark.LEFT_HIP)


class SideSwapRepair:
    """Undoes frames in which the estimator names the left leg right and the right leg left.

    A leg is followed by continuity: when exchanging the two legs moves them much less than
    keeping the names would, the names were swapped. If the estimator insists for longer than
    `patience_s`, it is believed (the person turned round, or the legs crossed unseen).
    """

    patience_s: Final = 0.5

    def __init__(self) -> None:
        self._legs: NDArray[np.float64] | None = None
        self._t_s = -math.inf
        self._swapped_since_s: float | None = None

    def update(self, pose: Pose) -> Pose:
        """Return the pose with its legs named as in the frames before."""
        legs = pose.image_xy[_LEGS].astype(float)
        if not np.isfinite(legs[2:6]).all():
            return pose
        previous, self._legs = self._legs, legs
        fresh = previous is None or pose.t_s - self._t_s > GAP_S
        self._t_s = pose.t_s
        if fresh or previous is None:
            self._swapped_since_s = None
            return pose
        exchanged = pose.image_xy[MIRROR[_LEGS]].astype(float)
        keep = np.nansum(np.hypot(*(legs - previous).T))
        swap = np.nansum(np.hypot(*(exchanged - previous).T))
        apart = np.hypot(*(legs[2] - legs[3])) + np.hypot(*(legs[4] - legs[5]))
        if not (swap < 0.5 * keep and keep > apart):
            self._swapped_since_s = None
            return pose
        if self._swapped_since_s is None:
            self._swapped_since_s = pose.t_s
        if pose.t_s - self._swapped_since_s > self.patience_s:
            self._swapped_since_s = None
            return pose
        self._legs = exchanged
        return _mirror_legs(pose)


def _mirror_legs(pose: Pose) -> Pose:
    order = np.arange(LANDMARK_COUNT)
    order[_LEGS] = MIRROR[_LEGS]
    return replace(
        pose,
        image_xy=pose.image_xy[order],
        world_xyz=pose.world_xyz[order],
        visibility=pose.visibility[order],
    )


class JumpGate:
    """Blanks landmarks that move faster than a body can.

    A landmark that jumps becomes NaN until it is back where it could be, or until it has stayed
    away for `patience_s`. Limits in trunk lengths per second: 8 for the body (about 4 m/s, a fast
    step), 20 for the hands; expert default.
    """

    patience_s: Final = 0.4

    def __init__(self) -> None:
        self._xy = np.full((LANDMARK_COUNT, 2), np.nan)
        self._t_s = np.full(LANDMARK_COUNT, -math.inf)
        self._limit = np.full(LANDMARK_COUNT, 8.0)
        self._limit[_HANDS] = 20.0

    def update(self, pose: Pose) -> Pose:
        """Return the pose with jumping landmarks blanked."""
        xy = pose.image_xy.astype(float)
        trunk = _trunk_px(xy)
        if not trunk > 0:
            return pose
        elapsed_s = pose.t_s - self._t_s
        moved = np.hypot(*(xy - self._xy).T) / trunk
        jumped = moved > self._limit * elapsed_s + 0.15
        jumped &= elapsed_s <= self.patience_s
        good = np.isfinite(xy).all(axis=1) & ~jumped
        self._xy[good] = xy[good]
        self._t_s[good] = pose.t_s
        if not jumped.any():
            return pose
        image = pose.image_xy.copy()
        image[jumped] = np.nan
        return replace(pose, image_xy=image)


def _trunk_px(xy: NDArray[np.float64]) -> float:
    shoulder = xy[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0)
    hip = xy[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    return float(np.hypot(*(shoulder - hip)))


class OneEuroFilter:
    """Low-pass whose cut-off rises with speed, so that it steadies rest and follows movement.

    Casiez, Roussel, Vogel 2012, doi:10.1145/2207676.2208639. Works on arrays; NaN in, NaN out;
    an entry unseen for longer than `GAP_S` starts afresh.

    Parameters
    ----------
    min_cutoff_hz
        Cut-off at rest. MediaPipe smooths already, so the default is high: a lag under 30 ms.
    beta
        Rise of the cut-off per unit of speed.
    """

    def __init__(self, *, min_cutoff_hz: float = 5.0, beta: float = 3.0) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._value: NDArray[np.float64] | None = None
        self._speed: NDArray[np.float64] | None = None
        self._t_s: NDArray[np.float64] | None = None

    def update(self, value: NDArray[np.float64], t_s: float) -> NDArray[np.float64]:
        """Filter the next sample, taken at `t_s`."""
        if self._value is None or self._speed is None or self._t_s is None:
            self._value, self._speed = value.copy(), np.zeros_like(value)
            self._t_s = np.full_like(value, t_s)
            return value
        elapsed = t_s - self._t_s
        fresh = ~np.isfinite(self._value) | (elapsed > GAP_S)
        safe = np.where(elapsed > 0, elapsed, 1e-3)
        raw_speed = np.where(fresh, 0.0, (value - self._value) / safe)
        speed = self._speed + _alpha(1.0, safe) * (raw_speed - self._speed)
        alpha = _alpha(self._min_cutoff_hz + self._beta * np.abs(speed), safe)
        smooth = np.where(fresh, value, self._value + alpha * (value - self._value))
        seen = np.isfinite(value)
        self._speed = np.where(seen, np.where(fresh, 0.0, speed), self._speed)
        self._value = np.where(seen, smooth, self._value)
        self._t_s = np.where(seen, t_s, self._t_s)
        return np.where(seen, smooth, np.nan)


def _alpha(
    cutoff_hz: float | NDArray[np.float64], elapsed_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff_hz * elapsed_s))


class LandmarkConditioner:
    """Swap repair, jump gate and smoothing in this order; one per session."""

    def __init__(self) -> None:
        self._swaps = SideSwapRepair()
        self._jumps = JumpGate()
        self._filter = OneEuroFilter()

    def update(self, pose: Pose) -> Pose:
        """Return the conditioned pose; causal. What lies outside the picture becomes NaN."""
        pose = _blank_outside(pose)
        pose = self._jumps.update(self._swaps.update(pose))
        scale = float(pose.image_size[1])
        smooth = self._filter.update(pose.image_xy.astype(float) / scale, pose.t_s) * scale
        return replace(pose, image_xy=smooth.astype(np.float32))


def _blank_outside(pose: Pose) -> Pose:
    size = np.array(pose.image_size, dtype=np.float32)
    outside = np.any((pose.image_xy < 0) | (pose.image_xy > size), axis=1)
    if not outside.any():
        return pose
    return replace(pose, image_xy=np.where(outside[:, None], np.float32(np.nan), pose.image_xy))
