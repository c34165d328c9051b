"""What is measured in a repetition or a set, once its frames are known.

A metric reads the signals of one `Excerpt` (or of all repetitions of a set) and returns a
`Measurement` with a standard error. The error of a frame is mostly systematic (where the
estimator puts a hip on this body in this view), so averaging frames does not shrink it; a change
of one signal within a repetition shares most of that error and keeps only `CHANGE_SE` of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal
from models.results import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.phases import Excerpt
    from models.results import Rep

    Floats = NDArray[np.float64]

CHANGE_SE: Final = 0.5
"""Share of a frame's standard error that is left in a change within one repetition: single-frame
noise is 0.6-2.3° against 3-6° in all (``stack.md``); expert default."""
MIN_SEEN: Final = 0.5
"""Share of the frames of a phase that must be known for a value there; expert default."""
HELD_S: Final = 0.2
"""Time that a heel must be off the floor to count (``measurement.md`` §3.4)."""

MIDDLE_SHARE: Final = 0.506
"""Share of a minimum-jerk movement in which it goes from 10 to 90 % of its way."""

OVERHEAD_STATURE: Final = 0.15
"""Height of the wrist over the shoulder from which it is over the head (ears lie 0.12 of stature
over the shoulders; Drillis & Contini 1966)."""
MAX_TOE_TRAVEL: Final = 0.03
"""How far the toe of a standing foot seems to rise and sink, fraction of stature: twice the error
of a landmark; expert default."""

HIDDEN: Final = "hidden"
NO_DESCENT: Final = "descent_not_seen"
NO_ASCENT: Final = "ascent_not_seen"
HANDS_FREE: Final = "hands_not_at_load"
HANDS_NOT_OVERHEAD: Final = "hands_not_overhead"
TOO_FEW_REPS: Final = "too_few_reps"
"""Reason in an assessment that looks at no outline of the back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A quantity of one repetition or one set.

    Attributes
    ----------
    id
        Unique; stands in reports.
    unit
        ``deg``, ``deg/s``, ``deg²``, ``s``, ``%`` or ``ratio``.
    method
        How it is obtained, in a few words.
    per_set
        Whether it belongs to the whole set.
    of_rep
        Value and standard error of one repetition, or the key of the reason why not.
    of_set
        The same of all counted repetitions.
    """

    id: str
    unit: str
    method: str
    per_set: bool = False
    of_rep: Callable[[Excerpt], tuple[float, float] | str] | None = None
    of_set: Callable[[Sequence[Rep]], tuple[float, float] | str] | None = None

    def measure_rep(self, rep: Excerpt) -> Measurement:
        """Measure one repetition."""
        return self._wrap(self.of_rep(rep) if self.of_rep else HIDDEN)

    def measure_set(self, reps: Sequence[Rep]) -> Measurement:
        """Measure a set."""
        return self._wrap(self.of_set(reps) if self.of_set else HIDDEN)

    def refuse(self, reason: str) -> Measurement:
        """Return no measurement, for a reason."""
        return self._wrap(reason)

    def _wrap(self, result: tuple[float, float] | str) -> Measurement:
        if isinstance(result, str):
            value, se, reason = math.nan, math.nan, result
        else:
            value, se = result
            reason = "" if math.isfinite(value) and math.isfinite(se) else HIDDEN
        if reason:
            value = se = math.nan
        return Measurement(value=value, se=se, unit=self.unit, method=self.method, reason=reason)


def _middle(values: Floats, errors: Floats) -> tuple[float, float]:
    """Median and its standard error; NaN when fewer than `MIN_SEEN` are known."""
    known = np.isfinite(values)
    if not len(values) or known.mean() < MIN_SEEN:
        return math.nan, math.nan
    return float(np.median(values[known])), float(np.median(errors[known]))


def _at_bottom(rep: Excerpt, signal: Signal) -> tuple[float, float]:
    series = rep.series
    return _middle(series.of(signal)[rep.bottom], series.se_of(signal)[rep.bottom])


def _at_end(rep: Excerpt, signal: Signal) -> tuple[float, float]:
    """Over the last 0.15 s of the ascent, when the person is most upright."""
    series = rep.series
    if rep.ascent.stop == rep.ascent.start:
        return math.nan, math.nan
    last = series.t_s >= series.t_s[-1] - 0.15
    return _middle(series.of(signal)[last], series.se_of(signal)[last])


def bottom_of(signal: Signal) -> Callable[[Excerpt], tuple[float, float]]:
    """Value of a signal at the bottom."""
    return lambda rep: _at_bottom(rep, signal)


def _knee_share(rep: Excerpt) -> tuple[float, float]:
    """K / H* at the bottom: the inverse of the H*/K of §3.4, because K may be near 0."""
    hip, hip_se = _at_bottom(rep, Signal.APPARENT_HIP_FLEXION)
    knee, knee_se = _at_bottom(rep, Signal.KNEE_FLEXION)
    if not hip > 0:
        return math.nan, math.nan
    return knee / hip, math.hypot(knee_se / hip, knee * hip_se / hip**2)


def _hip_back_travel(rep: Excerpt) -> tuple[float, float] | str:
    """How far the hip moves back from where it stood, % of stature."""
    hip = rep.series.of(Signal.HIP_FORWARD)
    edge = hip[-1] if rep.starts_low else hip[0]
    if not math.isfinite(edge):
        return HIDDEN
    back = float(edge) - _at_bottom(rep, Signal.HIP_FORWARD)[0]
    return 100 * back, 100 * math.sqrt(2) * float(
        np.nanmedian(rep.series.se_of(Signal.HIP_FORWARD))
    )


def _early_trunk_drop(rep: Excerpt) -> tuple[float, float] | str:
    """Rise of the trunk's inclination over the first 30 % of the hands' ascent."""
    series = rep.series
    trunk = series.of(Signal.TRUNK_INCLINATION)
    if not np.isfinite(trunk[rep.bottom.start : rep.ascent.stop]).mean() > MIN_SEEN:
        return HIDDEN
    frames = _first_of_the_ascent(rep)
    if isinstance(frames, str):
        return frames
    part = trunk[frames]
    if not math.isfinite(part[0]):
        return HIDDEN
    se = CHANGE_SE * float(np.nanmedian(series.se_of(Signal.TRUNK_INCLINATION)))
    return float(np.nanmax(part) - part[0]), math.sqrt(2) * se


def _hip_rise_share(rep: Excerpt) -> tuple[float, float] | str:
    """Rise of the hips over that of hips and shoulders as the hands begin to rise.

    Over the first 30 % of their ascent, or until the trunk is furthest forward if it drops. A
    ratio r of their vertical speeds is r / (1 + r) here, because shoulders may stay where they
    are.
    """
    frames, drop = _first_of_the_ascent(rep), _early_trunk_drop(rep)
    if isinstance(frames, str):
        return frames
    if isinstance(drop, str):
        return drop
    series = rep.series
    if drop[0] > drop[1]:
        lowest = int(np.nanargmax(series.of(Signal.TRUNK_INCLINATION)[frames]))
        frames = slice(frames.start, frames.start + lowest + 1)
    hip, shoulder = (
        series.of(signal)[frames] for signal in (Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT)
    )
    up = float(hip[-1] - hip[0]), float(shoulder[-1] - shoulder[0])
    both = sum(up)
    if not both > 0:
        return HIDDEN
    se = CHANGE_SE * math.sqrt(2) * float(np.nanmedian(series.se_of(Signal.HIP_HEIGHT)))
    return up[0] / both, se * math.hypot(*up) / both**2


def _first_of_the_ascent(rep: Excerpt) -> slice | str:
    """Frames of the first 30 % of the hands' ascent, from when they leave."""
    frames = slice(rep.bottom.start, rep.ascent.stop)
    height = rep.series.of(Signal.WRIST_HEIGHT)[frames]
    if not np.isfinite(height).mean() > MIN_SEEN or rep.ascent.stop == rep.ascent.start:
        return HIDDEN
    low, high = float(np.nanmin(height)), float(np.nanmax(height))
    start = int(np.flatnonzero(height <= low + 0.02 * (high - low))[-1])
    risen = np.flatnonzero(height[start:] >= low + 0.3 * (high - low))
    if not len(risen):
        return NO_ASCENT
    return slice(frames.start + start, frames.start + start + int(risen[0]) + 1)


def _hand_offset(rep: Excerpt) -> tuple[float, float] | str:
    """Largest horizontal distance of the hands from mid-foot while loaded, % of stature."""
    series = rep.series
    frames = slice(rep.bottom.start, rep.ascent.stop)
    hand = series.of(Signal.WRIST_FORWARD)[frames]
    foot = series.of(Signal.FEET_FORWARD)[frames]
    over_hip = series.of(Signal.WRIST_HEIGHT)[frames] - series.of(Signal.HIP_HEIGHT)[frames]
    offset = np.abs(hand - foot)
    known = np.isfinite(over_hip)
    if known.any() and np.median(over_hip[known]) > 0:
        return HANDS_FREE
    legs = series.of(Signal.KNEE_FLEXION)[frames]
    if not min(np.isfinite(values).mean() for values in (legs, offset)) >= MIN_SEEN:
        return HIDDEN
    return 100 * float(np.nanpercentile(offset, 95)), 100 * math.hypot(0.02, 0.02)


def _trunk_minus_shank(rep: Excerpt) -> tuple[float, float]:
    trunk, trunk_se = _at_bottom(rep, Signal.TRUNK_INCLINATION)
    shank, shank_se = _at_bottom(rep, Signal.SHANK_INCLINATION)
    return trunk - shank, math.hypot(trunk_se, shank_se)


def _arm_to_trunk(rep: Excerpt) -> tuple[float, float] | str:
    """Angle between the line shoulder → wrist and the trunk at the bottom, arms overhead."""

    def bottom(signal: Signal) -> float:
        return _at_bottom(rep, signal)[0]

    forward = bottom(Signal.WRIST_FORWARD) - bottom(Signal.SHOULDER_FORWARD)
    up = bottom(Signal.WRIST_HEIGHT) - bottom(Signal.SHOULDER_HEIGHT)
    trunk, trunk_se = _at_bottom(rep, Signal.TRUNK_INCLINATION)
    if up < OVERHEAD_STATURE:
        return HANDS_NOT_OVERHEAD
    arm_se = math.degrees(0.02 / max(math.hypot(forward, up), 0.1))
    return abs(math.degrees(math.atan2(forward, up)) - trunk), math.hypot(trunk_se, arm_se)


def _heel_rise(rep: Excerpt) -> tuple[float, float] | str:
    """Largest pitch of the foot that was held for `HELD_S`.

    The foot must be seen at the bottom, and its toe must stay where it stands: one that wanders
    is guessed behind a plate or at the edge of the picture.
    """
    series = rep.series
    pitch = series.of(Signal.FOOT_PITCH)
    legs = series.of(Signal.KNEE_FLEXION)
    known = np.isfinite(pitch) & np.isfinite(legs)
    if known.mean() < MIN_SEEN or known[rep.bottom].mean() < MIN_SEEN:
        return HIDDEN
    toe = series.of(Signal.TOE_HEIGHT)[known]
    if np.ptp(np.percentile(toe, [5, 95])) > MAX_TOE_TRAVEL:
        return HIDDEN
    times, pitch = series.t_s[known], pitch[known]
    held = [
        float(pitch[(times >= t_s) & (times <= t_s + HELD_S)].min())
        for t_s in times[times <= times[-1] - HELD_S]
    ]
    if not held:
        return HIDDEN
    return max(held), float(np.median(series.se_of(Signal.FOOT_PITCH)[known]))


def _lockout(rep: Excerpt) -> tuple[float, float] | str:
    """Take the larger of knee and apparent hip flexion at the most upright moment."""
    if rep.ascent.stop == rep.ascent.start:
        return NO_ASCENT
    ends = [_at_end(rep, Signal.APPARENT_HIP_FLEXION), _at_end(rep, Signal.KNEE_FLEXION)]
    seen = [end for end in ends if math.isfinite(end[0])]
    return max(seen) if seen else HIDDEN


def _end_inclination(rep: Excerpt) -> tuple[float, float] | str:
    if rep.ascent.stop == rep.ascent.start:
        return NO_ASCENT
    return _at_end(rep, Signal.TRUNK_INCLINATION)


def _descent_time(rep: Excerpt) -> tuple[float, float] | str:
    """Time of the way down, from its middle: slow starts and pauses at the bottom do not count.

    The time from 10 to 90 % of the bend, over the share `MIDDLE_SHARE` that it takes of a whole
    minimum-jerk movement (Flash & Hogan 1985, doi:10.1523/JNEUROSCI.05-07-01688.1985).
    """
    if rep.starts_low or rep.descent.stop == rep.descent.start:
        return NO_DESCENT
    frames = slice(0, rep.bottom.stop)
    bend = rep.series.of(Signal.BEND)[frames]
    low, high = float(bend[0]), float(np.nanmax(bend))
    if not math.isfinite(low):
        return NO_DESCENT
    edges = [np.flatnonzero(bend >= low + share * (high - low))[0] for share in (0.1, 0.9)]
    whole_s = float(np.diff(rep.series.t_s[edges])[0]) / MIDDLE_SHARE
    return whole_s, math.hypot(0.1, 0.1 * whole_s)


def _of_front_leg(rep: Excerpt, near: Signal, far: Signal) -> tuple[float, float]:
    """Value at the bottom of a lunge of whichever leg is in front."""
    split, _ = _at_bottom(rep, Signal.ANKLE_SPLIT)
    if math.isnan(split):
        return math.nan, math.nan
    return _at_bottom(rep, near if split > 0 else far)


def _step_length(rep: Excerpt) -> tuple[float, float]:
    """Ankle split over leg length (thigh + shank = 0.491 stature) at the bottom."""
    split, se = _at_bottom(rep, Signal.ANKLE_SPLIT)
    return abs(split) / 0.491, se / 0.491


def _largest_inclination(rep: Excerpt) -> tuple[float, float]:
    trunk = rep.series.of(Signal.TRUNK_INCLINATION)
    se = rep.series.se_of(Signal.TRUNK_INCLINATION)
    known = np.isfinite(trunk)
    if known.mean() < MIN_SEEN:
        return math.nan, math.nan
    return float(np.percentile(trunk[known], 95)), float(np.median(se[known]))


def _duration_spread(reps: Sequence[Rep]) -> tuple[float, float] | str:
    """Coefficient of variation of the time per repetition, %; error of a sample SD."""
    whole = [rep.end_s - rep.start_s for rep in reps if not rep.starts_low]
    if len(whole) < 3:  # noqa: PLR2004 - a spread needs three
        return TOO_FEW_REPS
    cv = 100 * float(np.std(whole, ddof=1) / np.mean(whole))
    return cv, max(cv, 5.0) / math.sqrt(2 * (len(whole) - 1))


def _bend_drift(reps: Sequence[Rep]) -> tuple[float, float] | str:
    """Change of the peak apparent hip flexion from the first to the last third of the set."""
    peaks = [rep.metrics["peak_bend"] for rep in reps if "peak_bend" in rep.metrics]
    change = last_against_first([peak for peak in peaks if peak.measured])
    return TOO_FEW_REPS if change is None else (abs(change[0]), change[1])


def last_against_first(values: Sequence[Measurement]) -> tuple[float, float] | None:
    """Compare the last third of a set with the first.

    Parameters
    ----------
    values
        One for each repetition, all measured, in their order.

    Returns
    -------
    tuple of float or None
        Change of the mean and its standard error; None when there are too few for thirds.
    """
    if len(values) < 4:  # noqa: PLR2004 - thirds of a set need four
        return None
    third = max(len(values) // 3, 1)
    mean = [
        float(np.mean([one.value for one in part])) for part in (values[:third], values[-third:])
    ]
    frame_se = float(np.median([one.se for one in values]))
    return mean[1] - mean[0], CHANGE_SE * frame_se * math.sqrt(2 / third)


PEAK_BEND: Final = Metric(
    id="peak_bend",
    unit="deg",
    method="apparent hip flexion at the bottom",
    of_rep=bottom_of(Signal.APPARENT_HIP_FLEXION),
)
KNEE_AT_BOTTOM: Final = Metric(
    id="knee_at_bottom",
    unit="deg",
    method="knee flexion at the bottom, near leg",
    of_rep=bottom_of(Signal.KNEE_FLEXION),
)
SHANK_AT_BOTTOM: Final = Metric(
    id="shank_at_bottom",
    unit="deg",
    method="shank inclination at the bottom, near leg",
    of_rep=bottom_of(Signal.SHANK_INCLINATION),
)
THIGH_AT_BOTTOM: Final = Metric(
    id="thigh_at_bottom",
    unit="deg",
    method="thigh inclination at the bottom, near leg",
    of_rep=bottom_of(Signal.THIGH_INCLINATION),
)
TRUNK_AT_BOTTOM: Final = Metric(
    id="trunk_at_bottom",
    unit="deg",
    method="trunk inclination at the bottom",
    of_rep=bottom_of(Signal.TRUNK_INCLINATION),
)
NECK_AT_BOTTOM: Final = Metric(
    id="neck_extension_at_bottom",
    unit="deg",
    method="ear-shoulder line against the trunk at the bottom",
    of_rep=bottom_of(Signal.NECK_EXTENSION),
)
KNEE_SHARE: Final = Metric(
    id="knee_share",
    unit="ratio",
    method="knee over apparent hip flexion at the bottom",
    of_rep=_knee_share,
)
HIP_BACK_TRAVEL: Final = Metric(
    id="hip_back_travel",
    unit="%",
    method="hip landmark, standing to bottom, over stature",
    of_rep=_hip_back_travel,
)
EARLY_TRUNK_DROP: Final = Metric(
    id="early_trunk_drop",
    unit="deg",
    method="rise of trunk inclination over the first 30 % of the hands' ascent",
    of_rep=_early_trunk_drop,
)
HIP_RISE_SHARE: Final = Metric(
    id="hip_rise_share",
    unit="ratio",
    method="rise of the hips over that of hips and shoulders as the hands begin to rise",
    of_rep=_hip_rise_share,
)
HAND_OFFSET: Final = Metric(
    id="hand_offset",
    unit="%",
    method="wrist to mid-foot while loaded, over stature",
    of_rep=_hand_offset,
)
TRUNK_MINUS_SHANK: Final = Metric(
    id="trunk_minus_shank",
    unit="deg",
    method="trunk minus shank inclination at the bottom",
    of_rep=_trunk_minus_shank,
)
ARM_TO_TRUNK: Final = Metric(
    id="arm_to_trunk",
    unit="deg",
    method="shoulder-wrist line against the trunk at the bottom, arms overhead",
    of_rep=_arm_to_trunk,
)
HEEL_RISE: Final = Metric(
    id="heel_rise",
    unit="deg",
    method="foot pitch held for 0.2 s",
    of_rep=_heel_rise,
)
LOCKOUT: Final = Metric(
    id="lockout",
    unit="deg",
    method="larger of knee and apparent hip flexion when most upright",
    of_rep=_lockout,
)
END_INCLINATION: Final = Metric(
    id="end_inclination",
    unit="deg",
    method="trunk inclination when most upright",
    of_rep=_end_inclination,
)
DESCENT_TIME: Final = Metric(
    id="descent_time",
    unit="s",
    method="10 to 90 % of the bend over its share of a minimum-jerk movement",
    of_rep=_descent_time,
)
FRONT_THIGH: Final = Metric(
    id="front_thigh_at_bottom",
    unit="deg",
    method="thigh inclination of the front leg at the bottom",
    of_rep=lambda rep: _of_front_leg(rep, Signal.THIGH_INCLINATION, Signal.FAR_THIGH_INCLINATION),
)
FRONT_SHANK: Final = Metric(
    id="front_shank_at_bottom",
    unit="deg",
    method="shank inclination of the front leg at the bottom",
    of_rep=lambda rep: _of_front_leg(rep, Signal.SHANK_INCLINATION, Signal.FAR_SHANK_INCLINATION),
)
STEP_LENGTH: Final = Metric(
    id="step_length",
    unit="ratio",
    method="ankle split over leg length at the bottom",
    of_rep=_step_length,
)
LARGEST_INCLINATION: Final = Metric(
    id="largest_inclination",
    unit="deg",
    method="largest trunk inclination",
    of_rep=_largest_inclination,
)
DURATION_SPREAD: Final = Metric(
    id="duration_spread",
    unit="%",
    method="coefficient of variation of the time per repetition",
    per_set=True,
    of_set=_duration_spread,
)
BEND_DRIFT: Final = Metric(
    id="bend_drift",
    unit="deg",
    method="peak apparent hip flexion, last against first third of the set",
    per_set=True,
    of_set=_bend_drift,
)
