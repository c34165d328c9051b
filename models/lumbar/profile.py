"""The course of one repetition: lumbar flexion, hip, pelvis and trunk as smooth curves.

Frames come unevenly and with gaps; what is derived from the course (peaks, speeds, loops) needs
even and smooth curves. They are interpolated onto an even grid and low-pass filtered without
delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.judging import NOT_MEASURED
from models.kinematics import Signal
from models.lumbar.shape import MAX_NUMBER_SE_DEG
from models.metrics import MIN_SEEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.calibration import OwnBend
    from models.phases import Excerpt

    Floats = NDArray[np.float64]

GRID_HZ: Final = 60.0
"""Rate of the even grid: far over the cut-off, so that nothing depends on it."""
CUTOFF_HZ: Final = 4.0
"""Where the filter halves the power (``measurement.md`` §2.4: 4 Hz before lumbar flexion is
differentiated)."""
MAX_GAP_S: Final = 0.3
"""A longer stretch without a value stays unknown; expert default."""
MAX_WORD_SE_DEG: Final = 15.0
"""Past this it is no word either: an interval of 50° holds every shape a back can have; expert
default."""

OUTLINE_UNCLEAR: Final = "outline_unclear"
LUMBAR_UNCERTAIN: Final = "lumbar_uncertain"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One signal on the even grid.

    Attributes
    ----------
    deg
        ``(m,)`` degrees; NaN where unknown.
    se_deg
        ``(m,)`` standard error of a single moment; NaN likewise.
    """

    deg: Floats
    se_deg: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """The course of one repetition.

    Attributes
    ----------
    t_s
        ``(m,)`` seconds, evenly spaced by 1 / `GRID_HZ`.
    lumbar, hip, tilt, trunk
        Lumbar flexion, true hip flexion, pelvic tilt, trunk inclination.
    bottom_start_s, bottom_end_s
        First and last moment of the bottom.
    starts_low, ends_low
        Whether the way down, or the way up, is missing.
    rate_hz
        Frames per second in which the back was looked at.
    jitter_deg
        Standard deviation of lumbar flexion in single frames about the smooth curve.
    own_bend
        The person's own free forward bend; None when it was not recorded.
    is_exact
        Whether lumbar flexion is a number: its standard error at the bottom is within
        `MAX_NUMBER_SE_DEG`. Else it only tells a word, where one holds over its whole interval.
    """

    t_s: Floats
    lumbar: Curve
    hip: Curve
    tilt: Curve
    trunk: Curve
    bottom_start_s: float
    bottom_end_s: float
    starts_low: bool
    ends_low: bool
    rate_hz: float
    jitter_deg: float
    own_bend: OwnBend | None
    is_exact: bool

    @property
    def down(self) -> NDArray[np.bool_]:
        """Moments from the start to the end of the bottom."""
        return self.t_s <= self.bottom_end_s

    @property
    def bottom(self) -> NDArray[np.bool_]:
        """Moments of the bottom."""
        return (self.t_s >= self.bottom_start_s) & self.down

    @property
    def up(self) -> NDArray[np.bool_]:
        """Moments from the start of the bottom to the end."""
        return self.t_s >= self.bottom_start_s


@lru_cache(maxsize=1)  # the quantities of a repetition are measured one after the other
def profile_of(rep: Excerpt) -> Profile | str:
    """Draw the course of a repetition.

    Parameters
    ----------
    rep
        Its frames and phases.

    Returns
    -------
    Profile or str
        Key of the reason when lumbar flexion was not measured: the one that the repetition
        carries; or it is known in too few of the frames, of the whole or of the bottom; or its
        standard error at the bottom is past `MAX_WORD_SE_DEG`.
    """
    reason = _why_not(rep)
    if reason:
        return reason
    times = rep.series.t_s
    looked = _looked(rep)
    grid = np.arange(times[0], times[-1] + 0.5 / GRID_HZ, 1 / GRID_HZ)
    bottom = times[rep.bottom]
    lumbar = _curve(rep, Signal.LUMBAR_FLEXION, grid)
    left_over = rep.series.of(Signal.LUMBAR_FLEXION) - np.interp(times, grid, lumbar.deg)
    return Profile(
        t_s=grid,
        lumbar=lumbar,
        hip=_curve(rep, Signal.HIP_FLEXION, grid),
        tilt=_curve(rep, Signal.PELVIC_TILT, grid),
        trunk=_curve(rep, Signal.TRUNK_INCLINATION, grid),
        bottom_start_s=float(bottom[0]) - 0.5 / GRID_HZ,
        bottom_end_s=float(bottom[-1]) + 0.5 / GRID_HZ,
        starts_low=rep.starts_low or rep.descent.stop == rep.descent.start,
        ends_low=rep.ascent.stop == rep.ascent.start,
        rate_hz=_rate_hz(times[looked]),
        jitter_deg=float(np.std(left_over[looked & np.isfinite(left_over)])),
        own_bend=rep.own_bend,
        is_exact=_bottom_se_deg(rep) <= MAX_NUMBER_SE_DEG,
    )


def low_pass(values: Floats, rate_hz: float, cutoff_hz: float = CUTOFF_HZ) -> Floats:
    """Filter evenly spaced values without delay.

    The gain is that of a second-order Butterworth filter run forwards and backwards whose power
    is halved at the cut-off, applied to the spectrum (Winter, *Biomechanics*, §3.4.4.2). Both ends
    are continued point-symmetrically.

    Parameters
    ----------
    values
        ``(n,)``, all finite.
    rate_hz
        How many there are per second.
    cutoff_hz
        Where the power is halved.
    """
    count = len(values)
    margin = min(count - 1, round(rate_hz))
    if margin < 1:
        return values
    before = 2 * values[0] - values[margin:0:-1]
    after = 2 * values[-1] - values[-2 : -margin - 2 : -1]
    longer = np.concatenate([before, values, after])
    frequency = np.fft.rfftfreq(len(longer), 1 / rate_hz)
    gain = 1 / (1 + (np.sqrt(2) - 1) * (frequency / cutoff_hz) ** 4)
    smooth: Floats = np.fft.irfft(np.fft.rfft(longer) * gain, len(longer))
    return smooth[margin : margin + count]


def _why_not(rep: Excerpt) -> str:
    known = np.isfinite(rep.series.of(Signal.LUMBAR_FLEXION))
    if rep.lumbar_reason or not known.any():
        return rep.lumbar_reason or NOT_MEASURED
    looked = _looked(rep)
    of_all, of_bottom = known[looked].mean(), _share(known[rep.bottom], looked[rep.bottom])
    if of_all < MIN_SEEN or of_bottom < MIN_SEEN:
        return OUTLINE_UNCLEAR
    return "" if _bottom_se_deg(rep) <= MAX_WORD_SE_DEG else LUMBAR_UNCERTAIN


def _looked(rep: Excerpt) -> NDArray[np.bool_]:
    """Tell in which frames the back was looked at; in all, when it never was."""
    looked = rep.back_looked
    return np.ones(len(rep.series.t_s), np.bool_) if looked is None or not looked.any() else looked


def _rate_hz(times_s: Floats) -> float:
    """Rate of frames; 0 for fewer than two."""
    return float(1 / np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0


def _share(known: NDArray[np.bool_], looked: NDArray[np.bool_]) -> float:
    """Share of what was looked at that is known; of everything, when nothing was looked at."""
    return float((known[looked] if looked.any() else known).mean())


def _bottom_se_deg(rep: Excerpt) -> float:
    se = rep.series.se_of(Signal.LUMBAR_FLEXION)[rep.bottom]
    return float(np.median(se[np.isfinite(se)]))


def _curve(rep: Excerpt, signal: Signal, grid: Floats) -> Curve:
    """Interpolate and filter a signal; unknown before the first, after the last, and in gaps."""
    times, value = rep.series.t_s, rep.series.of(signal)
    known = np.isfinite(value)
    if not known.any():
        unknown = np.full(len(grid), np.nan)
        return Curve(deg=unknown, se_deg=unknown)
    seen = times[known]
    after = np.clip(np.searchsorted(seen, grid), 1, max(len(seen) - 1, 1))
    gap = seen[np.minimum(after, len(seen) - 1)] - seen[after - 1] > MAX_GAP_S
    lost = gap | (grid < seen[0] - 0.5 / GRID_HZ) | (grid > seen[-1] + 0.5 / GRID_HZ)
    smooth = low_pass(np.interp(grid, seen, value[known]), GRID_HZ)
    se = np.interp(grid, seen, rep.series.se_of(signal)[known])
    return Curve(deg=np.where(lost, np.nan, smooth), se_deg=np.where(lost, np.nan, se))
