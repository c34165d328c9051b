"""What is measured against is the person's own: their upright, and their own full bend.

The upright is found by itself, wherever the person stands quietly. The full bend comes from a
calibration clip of about ten seconds: stand quietly, then bend twice as far as is comfortable. It
is optional; without it lumbar flexion is told in degrees, not as a share of the own maximum.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from models.kinematics import ANGLES, Raw, Signal, Upright
from models.results import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.results import Assessment, Rep

    Floats = NDArray[np.float64]

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

MIN_BENDS: Final = 2
"""Full bends of a calibration clip (``measurement.md`` §2.3)."""
FULL_BEND_TRUNK_DEG: Final = 60.0
"""Least trunk inclination at the bottom of a full bend; a free one reaches about 105°
(``measurement.md`` §1.4), people with a sore back 93° in the mean (§1.3); expert default."""
FULL_BEND_LUMBAR_DEG: Final = 20.0
"""Least lumbar flexion at the bottom of a full bend: below it the back was kept flat, and its
maximum was not shown (lowest published group mean: 24°, ``measurement.md`` §1.3); expert
default."""
MIN_BOTTOM_MEASURED: Final = 0.5
"""Least share of the frames of a bottom in which lumbar flexion was measured; expert default."""
AGREEMENT_SE: Final = 2.0
"""Peaks of two bends agree when they differ by at most this many standard errors of one peak."""
CURVE_STEP_DEG: Final = 5.0
"""Distance between the nodes of the curve of the own bend, in true hip flexion."""
MIN_CURVE_NODES: Final = 2
"""A curve has at least a start and an end."""


class NoOwnBend(StrEnum):
    """Why a clip gives no own bend; each has a text that tells what to do."""

    NO_UPRIGHT = "no_upright"
    LUMBAR_NOT_MEASURED = "lumbar_not_measured"
    TOO_FEW_BENDS = "too_few_bends"
    BEND_TOO_SHALLOW = "bend_too_shallow"
    BENDS_DIFFER = "bends_differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBend:
    """A person's own free forward bend: how far the lower back flexes, and along which way.

    Attributes
    ----------
    max_lumbar_deg, max_lumbar_se_deg
        Own maximum of lumbar flexion from own standing, with its standard error. Most of that
        error is of scale (cloth, flesh, the place of the hip) and is the same in later clips of
        the same person: it cancels in a share of the own maximum.
    hip_deg, lumbar_deg
        The free bend as a curve: lumbar flexion by true hip flexion, ascending in the latter.
        Both have the same length, at least 2.
    bends
        Number of bends it was taken from.
    estimator
        Which lumbar estimator measured it. A maximum is to be used with that estimator alone,
        because only then does its error of scale cancel.

    Raises
    ------
    ValueError
        When it cannot be a bend: a maximum or error that is not above 0, a curve that does not
        ascend, too few bends, no estimator.
    """

    max_lumbar_deg: float
    max_lumbar_se_deg: float
    hip_deg: tuple[float, ...]
    lumbar_deg: tuple[float, ...]
    bends: int
    estimator: str

    def __post_init__(self) -> None:
        """Refuse what cannot be a bend."""
        numbers = (self.max_lumbar_deg, self.max_lumbar_se_deg, *self.hip_deg, *self.lumbar_deg)
        demands = {
            "finite numbers": all(math.isfinite(number) for number in numbers),
            "a maximum above 0": self.max_lumbar_deg > 0,
            "a standard error above 0": self.max_lumbar_se_deg > 0,
            "as many hip as lumbar angles": len(self.hip_deg) == len(self.lumbar_deg),
            "a curve of two nodes or more": len(self.hip_deg) >= MIN_CURVE_NODES,
            "ascending hip angles": bool((np.diff(self.hip_deg) > 0).all()),
            f"{MIN_BENDS} bends or more": self.bends >= MIN_BENDS,
            "the name of an estimator": bool(self.estimator),
        }
        unmet = [demand for demand, met in demands.items() if not met]
        if unmet:
            msg = f"expected an own bend with {' and '.join(unmet)}, got {self}: calibrate anew"
            raise ValueError(msg)

    def fits(self, estimator: str) -> bool:
        """Tell whether it may be used with what this lumbar estimator measures."""
        return self.estimator == estimator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bend:
    """One bend with the medians over its bottom."""

    rep: Rep
    lumbar_deg: float
    lumbar_se_deg: float
    hip_deg: float
    trunk_deg: float

    @property
    def full(self) -> bool:
        return self.trunk_deg >= FULL_BEND_TRUNK_DEG and self.lumbar_deg >= FULL_BEND_LUMBAR_DEG

    def agrees_with(self, other: _Bend) -> bool:
        se_deg = math.hypot(self.lumbar_se_deg, other.lumbar_se_deg) / math.sqrt(2)
        return abs(self.lumbar_deg - other.lumbar_deg) <= AGREEMENT_SE * se_deg


def find_own_bend(assessment: Assessment) -> OwnBend | NoOwnBend:
    """Take the own bend from an assessed calibration clip, or tell why it gives none.

    What movement the clip was taken for does not matter. The peak of a bend is the median of
    lumbar flexion over its bottom. Those full bends count whose peaks agree with the largest one;
    the own maximum is their mean. Two peaks share most of their error, so that their difference
    is about as uncertain as one of them: they agree within `AGREEMENT_SE` standard errors of one.
    For the same reason the error of the mean does not shrink with the number of bends: it is the
    mean error of the peaks, plus (in quadrature) the standard error of their scatter, which for
    two bends is half their difference.

    Parameters
    ----------
    assessment
        Of a clip in which the person stands quietly and bends at least `MIN_BENDS` times.

    Returns
    -------
    OwnBend | NoOwnBend
        The bend, or the key of the first reason why there is none.
    """
    if not assessment.upright_found_s > 0:
        return NoOwnBend.NO_UPRIGHT
    if len(assessment.reps) < MIN_BENDS:
        return NoOwnBend.TOO_FEW_BENDS
    measured = [bend for rep in assessment.reps if (bend := _measure_bend(rep)) is not None]
    if len(measured) < MIN_BENDS or not assessment.lumbar_method:
        return NoOwnBend.LUMBAR_NOT_MEASURED
    full = [bend for bend in measured if bend.full]
    if len(full) < MIN_BENDS:
        return NoOwnBend.BEND_TOO_SHALLOW
    largest = max(full, key=lambda bend: bend.lumbar_deg)
    alike = [bend for bend in full if bend.agrees_with(largest)]
    if len(alike) < MIN_BENDS:
        return NoOwnBend.BENDS_DIFFER
    return _own_bend(alike, assessment.lumbar_method)


def _measure_bend(rep: Rep) -> _Bend | None:
    """Medians over the bottom; None when lumbar or hip flexion was measured in too little of it."""
    spans = [span for span in rep.phases if span.phase is Phase.BOTTOM]
    t_s = rep.series.t_s
    bottom = np.zeros(len(t_s), dtype=bool)
    for span in spans:
        bottom |= (t_s >= span.start_s) & (t_s < span.end_s)
    lumbar, hip = rep.series.of(Signal.LUMBAR_FLEXION), rep.series.of(Signal.HIP_FLEXION)
    lumbar_se = rep.series.se_of(Signal.LUMBAR_FLEXION)
    known = bottom & np.isfinite(lumbar) & np.isfinite(lumbar_se) & np.isfinite(hip)
    if not known.any() or known.sum() < MIN_BOTTOM_MEASURED * bottom.sum():
        return None
    return _Bend(
        rep=rep,
        lumbar_deg=float(np.median(lumbar[known])),
        lumbar_se_deg=float(np.median(lumbar_se[known])),
        hip_deg=float(np.median(hip[known])),
        trunk_deg=float(np.median(rep.series.of(Signal.TRUNK_INCLINATION)[known])),
    )


def _own_bend(bends: Sequence[_Bend], estimator: str) -> OwnBend | NoOwnBend:
    peaks = np.array([bend.lumbar_deg for bend in bends])
    shared_se = float(np.mean([bend.lumbar_se_deg for bend in bends]))
    scatter_se = float(peaks.std(ddof=1)) / math.sqrt(len(peaks))
    hip, lumbar = _curve(bends)
    if len(hip) < MIN_CURVE_NODES:
        return NoOwnBend.LUMBAR_NOT_MEASURED
    return OwnBend(
        max_lumbar_deg=float(peaks.mean()),
        max_lumbar_se_deg=math.hypot(shared_se, scatter_se),
        hip_deg=tuple(hip.tolist()),
        lumbar_deg=tuple(lumbar.tolist()),
        bends=len(bends),
        estimator=estimator,
    )


def _curve(bends: Sequence[_Bend]) -> tuple[Floats, Floats]:
    """Mean way down and up of the bends: true hip flexion, and lumbar flexion at it.

    It goes as deep as every bend went. A node that no bend was seen at is left out.
    """
    deepest = min(bend.hip_deg for bend in bends)
    nodes = np.arange(0.0, max(deepest, 0.0) + CURVE_STEP_DEG / 2, CURVE_STEP_DEG)
    ways = np.array([way for bend in bends for way in _ways(bend.rep, nodes)])
    seen = np.isfinite(ways).any(axis=0)
    return nodes[seen], np.nanmean(ways[:, seen], axis=0)


def _ways(rep: Rep, nodes: Floats) -> list[Floats]:
    """Lumbar flexion at each node on the way down and on the way up; NaN unseen."""
    hip, lumbar = rep.series.of(Signal.HIP_FLEXION), rep.series.of(Signal.LUMBAR_FLEXION)
    known = np.isfinite(hip) & np.isfinite(lumbar)
    down = rep.series.t_s <= rep.bottom_s
    return [_at_nodes(hip[way], lumbar[way], nodes) for way in (known & down, known & ~down)]


def _at_nodes(hip: Floats, lumbar: Floats, nodes: Floats) -> Floats:
    near = np.abs(hip[:, None] - nodes) <= CURVE_STEP_DEG / 2
    return _median_seen(np.where(near, lumbar[:, None], np.nan))


class _QuietFrame(NamedTuple):
    """A frame of quiet standing; the less bent, the more upright."""

    bent_deg: float
    t_s: float
    value: Floats
    length_px: Floats


class UprightFinder:
    """Collects quiet, upright frames and keeps the person's own upright up to date.

    A lift from the floor first stands at lockout: until then `upright` is None.
    """

    def __init__(self) -> None:
        self.upright: Upright | None = None
        self._recent: deque[tuple[float, float, float]] = deque()
        self._quiet: list[_QuietFrame] = []
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
            self._quiet.append(_QuietFrame(abs(hip) + abs(knee), t_s, row, frame.length_px[0]))
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
        self._quiet.sort(key=lambda frame: frame.bent_deg)
        del self._quiet[KEPT_FRAMES:]
        half = self._quiet[: max(len(self._quiet) // 2, 1)]
        median = _median_seen(np.array([frame.value for frame in half]))
        angle = np.zeros(len(Signal))
        for signal in ANGLES:
            angle[signal.column] = np.nan_to_num(median[signal.column])
        lengths = _median_seen(np.array([frame.length_px for frame in half]))
        trunk, thigh, shank, foot = lengths[[0, 1, 2, 5]]
        return Upright(
            angle_deg=angle,
            trunk_px=float(trunk),
            thigh_px=float(thigh),
            shank_px=float(shank),
            foot_px=float(foot),
            seconds=self._seconds,
            quiet_t_s=tuple(sorted(frame.t_s for frame in half)),
        )


def _median_seen(rows: Floats) -> Floats:
    """Median of each column over its finite rows; NaN for a column that was never seen."""
    if not len(rows):
        return np.full(rows.shape[1], np.nan)
    seen = np.isfinite(rows)
    ascending = np.sort(np.where(seen, rows, np.inf), axis=0)
    count = seen.sum(axis=0)
    column = np.arange(rows.shape[1])
    low, high = ascending[(count - 1) // 2, column], ascending[count // 2, column]
    return np.where(count > 0, (low + high) / 2, np.nan)
