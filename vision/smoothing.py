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

EDGE: Final = 0.01
"""Within this share of the shorter side of the picture a landmark counts as outside: what is cut
off is placed at the edge; expert default."""

_LEAST_STEP_S: Final = 1e-3
"""Frames that are nearer in time, or at the same, count as this far apart: no camera is faster."""

_LEGS: Final = np.arange(Landmark.LEFT_HIP, LANDMARK_COUNT)
_LEGS_MIRRORED: Final = np.concatenate([np.arange(Landmark.LEFT_HIP), MIRROR[_LEGS]])
_OTHER_LEG: Final = MIRROR[_LEGS] - Landmark.LEFT_HIP
_HANDS: Final = np.arange(Landmark.LEFT_ELBOW, Landmark.LEFT_HIP)


class SideSwapRepair:
    """Undoes frames in which the estimator names the left leg right and the right leg left.

    A leg is followed by continuity: when the two legs, exchanged, are much nearer to where they
    were headed than under their names, the names were swapped. If the estimator insists for
    longer than `patience_s`, it is believed (the person turned round, or the legs crossed
    unseen).
    """

    patience_s: Final = 0.5

    def __init__(self) -> None:
        self._legs: NDArray[np.float64] | None = None
        self._speed: NDArray[np.float64] | float = 0.0
        self._t_s = -math.inf
        self._swapped_since_s: float | None = None

    def update(self, pose: Pose) -> Pose:
        """Return the pose with its legs named as in the frames before."""
        legs = pose.image_xy[_LEGS].astype(float)
        if not np.isfinite(legs[2:6]).all():
            return pose
        previous, elapsed_s = self._legs, pose.t_s - self._t_s
        self._t_s = pose.t_s
        if previous is None or elapsed_s > GAP_S:
            self._legs, self._speed, self._swapped_since_s = legs, 0.0, None
            return pose
        swapped = self._is_swapped(legs, previous + self._speed * elapsed_s, pose.t_s)
        self._legs = legs[_OTHER_LEG] if swapped else legs
        self._speed = (self._legs - previous) / max(elapsed_s, _LEAST_STEP_S)
        return _mirror_legs(pose) if swapped else pose

    def _is_swapped(
        self, legs: NDArray[np.float64], expected: NDArray[np.float64], t_s: float
    ) -> bool:
        keep = _distance(legs, expected)
        swap = _distance(legs[_OTHER_LEG], expected)
        apart = math.dist(legs[2], legs[3]) + math.dist(legs[4], legs[5])
        if not (swap < 0.5 * keep and keep > apart):
            self._swapped_since_s = None
            return False
        if self._swapped_since_s is None:
            self._swapped_since_s = t_s
        if t_s - self._swapped_since_s > self.patience_s:
            self._swapped_since_s = None
            return False
        return True


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Sum over the landmarks that were seen in both."""
    apart = np.hypot(*(one - other).T)
    return float(apart.sum(where=np.isfinite(apart)))


def _mirror_legs(pose: Pose) -> Pose:
    return replace(
        pose,
        image_xy=pose.image_xy[_LEGS_MIRRORED],
        world_xyz=pose.world_xyz[_LEGS_MIRRORED],
        visibility=pose.visibility[_LEGS_MIRRORED],
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
    shoulders = xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]
    hips = xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]
    return math.hypot(*((shoulders - hips) / 2).tolist())


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
        safe = np.maximum(elapsed, _LEAST_STEP_S)
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
        """Return the conditioned pose; causal. What lies at or past the edge becomes NaN."""
        pose = _blank_outside(pose)
        pose = self._jumps.update(self._swaps.update(pose))
        scale = float(pose.image_size[1])
        smooth = self._filter.update(pose.image_xy.astype(float) / scale, pose.t_s) * scale
        return replace(pose, image_xy=smooth.astype(np.float32))


def _blank_outside(pose: Pose) -> Pose:
    size = np.array(pose.image_size, dtype=np.float32)
    margin = EDGE * size.min()
    outside = (pose.image_xy < margin) | (pose.image_xy > size - margin)
    if not outside.any():
        return pose
    gone = np.any(outside, axis=1)
    return replace(pose, image_xy=np.where(gone[:, None], np.float32(np.nan), pose.image_xy))
