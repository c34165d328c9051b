"""A person's own upright, found by itself wherever they stand quietly."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import ANGLES, Raw, Signal, Upright

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUIET_S: Final = 0.3
"""Window of quiet standing; expert default."""
QUIET_RANGE_DEG: Final = 6.0
"""Largest change of trunk and hip angle within it; expert default."""
UPRIGHT_BEND_DEG: Final = 35.0
"""Raw trunk, hip and knee angles of standing stay below it; expert default."""
KEPT_FRAMES: Final = 600
"""Most quiet frames remembered: the most upright ones of the session so far."""
REFRESH_S: Final = 0.25
"""Least time between two refinements of the estimate."""


class UprightFinder:
    """Collects quiet, upright frames and keeps the person's own upright up to date.

    A lift from the floor first stands at lockout: until then `upright` is None.
    """

    def __init__(self) -> None:
        self.upright: Upright | None = None
        self._recent: deque[tuple[float, float, float]] = deque()
        self._quiet: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
        self._seconds = 0.0
        self._last_t_s = math.nan
        self._refreshed_s = -math.inf

    def update(self, frame: Raw) -> Upright | None:
        """Take in one frame (a `Raw` of length 1) and return the upright known by now."""
        t_s = float(frame.t_s[0])
        row = frame.value[0]
        trunk = float(row[Signal.TRUNK_INCLINATION.column])
        hip = float(row[Signal.APPARENT_HIP_FLEXION.column])
        knee = float(row[Signal.KNEE_FLEXION.column])
        elapsed_s, self._last_t_s = t_s - self._last_t_s, t_s
        if not max(abs(trunk), abs(hip), abs(knee)) < UPRIGHT_BEND_DEG:
            self._recent.clear()
            return self.upright
        self._recent.append((t_s, trunk, hip))
        while self._recent[0][0] < t_s - QUIET_S:
            self._recent.popleft()
        if self._is_quiet(t_s) and np.isfinite(frame.length_px[0, :3]).all():
            self._seconds += elapsed_s
            self._quiet.append((abs(hip) + abs(knee), row, frame.length_px[0]))
            if t_s - self._refreshed_s >= REFRESH_S:
                self._refreshed_s = t_s
                self.upright = self._estimate()
        return self.upright

    def settle(self) -> Upright | None:
        """Return the best estimate over everything seen, for the report of a set.

        It leaves `upright` alone: a report in between changes nothing later.
        """
        return self._estimate() if self._quiet else self.upright

    def _is_quiet(self, t_s: float) -> bool:
        times, trunks, hips = zip(*self._recent, strict=True)
        if t_s - times[0] <= 0.75 * QUIET_S:
            return False
        spread_deg: float = max(max(trunks) - min(trunks), max(hips) - min(hips))
        return spread_deg < QUIET_RANGE_DEG

    def _estimate(self) -> Upright:
        """Median of the more upright half of the quiet frames."""
        self._quiet.sort(key=lambda frame: frame[0])
        del self._quiet[KEPT_FRAMES:]
        half = self._quiet[: max(len(self._quiet) // 2, 1)]
        median = _median_seen(np.array([row for _, row, _ in half]))
        angle = np.zeros(len(Signal))
        for signal in ANGLES:
            angle[signal.column] = np.nan_to_num(median[signal.column])
        lengths = _median_seen(np.array([lengths for _, _, lengths in half]))
        trunk, thigh, shank, foot = lengths[[0, 1, 2, 5]]
        return Upright(
            angle_deg=angle,
            trunk_px=float(trunk),
            thigh_px=float(thigh),
            shank_px=float(shank),
            foot_px=float(foot),
            seconds=self._seconds,
        )


def _median_seen(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of each column over its finite rows; NaN for a column that was never seen."""
    return np.array(
        [
            np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else np.nan
            for column in rows.T
        ]
    )
