"""How hips and lower back share one bend: what is derived from lumbar flexion, with its error.

The quantities of the lumbar–hip diagram (``measurement.md`` §8.4), and those that the faults of
§3.4 are judged by. An estimate of lumbar flexion errs by much the same amount through a whole
repetition (cloth, flesh, the place of the hip), so averaging frames does not shrink its error; a
change between two moments keeps the share `models.metrics.CHANGE_SE` of the error of each. Where
lumbar flexion L comes with another angle of the same bend, the model behind both
(`models.lumbar.decomposition`) ties their errors together: an L that is 1° too large makes hip
flexion and pelvic tilt `SPINE_SHARE` degrees too small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.judging import ERROR_TOO_LARGE
from models.kinematics import Signal
from models.lumbar.decomposition import SPINE_SHARE
from models.lumbar.profile import CUTOFF_HZ, GRID_HZ, LUMBAR_UNCERTAIN, profile_of
from models.lumbar.shape import BackShape, back_shape
from models.metrics import (
    CHANGE_SE,
    HELD_S,
    HIDDEN,
    MIN_SEEN,
    NO_ASCENT,
    NO_DESCENT,
    TOO_FEW_REPS,
    Metric,
    last_against_first,
)
from models.results import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.lumbar.profile import Curve, Profile
    from models.phases import Excerpt
    from models.results import Rep

    Floats = NDArray[np.float64]
    Result = tuple[float, float] | str

ONSET_OWN_MAX: Final = 0.10
"""Share of the own maximum from which lumbar flexion has begun (``measurement.md`` §8.4)."""
MIN_RATE_HZ: Final = 24.0
"""Least frame rate for a speed (``measurement.md`` §2.3)."""
MAX_SPEED_SE_DEG: Final = 5.0
"""Largest error of lumbar flexion for a speed (``measurement.md`` §8.4)."""
SPEED_NOISE: Final = 2 * math.pi * math.sqrt(2 * 0.538 * CUTOFF_HZ**3)
"""Standard deviation of a speed for white noise of 1° at 1 frame per second; it shrinks with the
root of the frame rate. 0.538 is the integral of u² over the squared gain of `low_pass`, u in units
of its cut-off."""
MIN_TILT_DEG: Final = 5.0
"""Least pelvic tilt that lumbar flexion is divided by; the error of a change of tilt; expert
default."""
MIN_HIP_RANGE_DEG: Final = 10.0
"""Least range of hip flexion over which a way down and a way up are compared; expert default."""
MAX_LATE_SE: Final = 0.3
"""Past this the share that is left late says nothing; expert default."""
LIFT_OFF_STATURE: Final = 0.02
"""Rise of the hands that takes a load off the floor (``measurement.md`` §3.1)."""
END_S: Final = 0.15
"""End of the way up, when the person is most upright."""
ENSEMBLE_POINTS: Final = 101
"""Moments at which repetitions are compared: each 1 % of their time (``measurement.md`` §8.4)."""
MIN_SPREAD_REPS: Final = 3
"""A spread needs three repetitions."""
UPRIGHT_TRUNK_DEG: Final = 10.0
"""A way down that is first seen below this inclination was seen from its start; expert default."""

SLOW_BEND_S: Final = 3.2
"""A bend that takes longer is a slow one: a full bend and back took people with back pain 3.18 s
and others 2.28 s (Laird 2019, ``measurement.md`` §3.4)."""

NO_FULL_BEND: Final = "no_full_bend"
NOT_SLOW: Final = "not_slow"
NO_ONSET: Final = "lumbar_hardly_moved"
NOT_THAT_DEEP: Final = "not_that_deep"
LIFT_OFF_UNSEEN: Final = "lift_off_not_seen"
LOW_RATE: Final = "frame_rate_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class LumbarRhythm:
    """How one repetition shared its bend; every value an estimate with its standard error.

    Attributes
    ----------
    shape
        Word for lumbar flexion at the bottom. It may hold where the error is too large for degrees.
    peak
        Lumbar flexion at the bottom, degrees from own standing.
    own_max
        The same, % of the person's own maximum.
    share
        Lumbar over lumbar plus true hip flexion at the bottom, %.
    share_of_trunk
        Lumbar flexion over lumbar flexion plus pelvic tilt at the bottom, %.
    ratio_first_third, ratio_second_third, ratio_last_third
        Lumbar flexion for each degree of pelvic tilt on the way down, while the trunk goes from 0
        to 30, 30 to 60 and 60 to 90°.
    onset
        True hip flexion at which lumbar flexion begins, % of the largest hip flexion.
    velocity_down, velocity_up
        Largest speed of lumbar flexion on the way down and of its return on the way up, deg/s.
    late
        Lumbar flexion that is left when half of the hip flexion is recovered, %.
    loop_area
        Area between the ways up and down of lumbar over hip flexion, deg²; positive when the back
        is more flexed on the way up.
    """

    shape: BackShape
    peak: Measurement
    own_max: Measurement
    share: Measurement
    share_of_trunk: Measurement
    ratio_first_third: Measurement
    ratio_second_third: Measurement
    ratio_last_third: Measurement
    onset: Measurement
    velocity_down: Measurement
    velocity_up: Measurement
    late: Measurement
    loop_area: Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRhythm:
    """How lumbar flexion went over a set.

    Attributes
    ----------
    drift
        Change of its peak from the first to the last third of the set, degrees.
    drift_per_rep
        Slope of its peak, degrees per repetition.
    spread
        Standard deviation between repetitions, the mean over each 1 % of their time, degrees.
    """

    drift: Measurement
    drift_per_rep: Measurement
    spread: Measurement


def measure_rhythm(rep: Excerpt) -> LumbarRhythm:
    """Measure how one repetition shared its bend.

    Parameters
    ----------
    rep
        Its frames after `models.lumbar.decomposition.decompose`, with the person's own bend if
        there is one.

    Returns
    -------
    LumbarRhythm
        What could not be measured says why.
    """
    return LumbarRhythm(
        shape=_shape(rep),
        **{name: metric.measure_rep(rep) for name, metric in _OF_REP.items()},
    )


def _shape(rep: Excerpt) -> BackShape:
    """Name the shape from lumbar flexion at the bottom, however large its error."""
    profile = profile_of(rep)
    found = profile if isinstance(profile, str) else _peak(profile)
    if isinstance(found, str):
        return BackShape.NOT_MEASURABLE
    value, se = found
    return back_shape(Measurement(value=value, se=se, unit=PEAK.unit, method=PEAK.method))


def measure_set_rhythm(reps: Sequence[Rep]) -> SetRhythm:
    """Measure how lumbar flexion went over a set.

    Parameters
    ----------
    reps
        Counted repetitions with their metrics, `PEAK` among them.
    """
    return SetRhythm(
        drift=DRIFT.measure_set(reps),
        drift_per_rep=DRIFT_PER_REP.measure_set(reps),
        spread=SPREAD.measure_set(reps),
    )


def _of_profile(of: Callable[[Profile], Result]) -> Callable[[Excerpt], Result]:
    """Let a quantity of a profile be measured in a repetition, or pass on why it has none."""

    def measure(rep: Excerpt) -> Result:
        profile = profile_of(rep)
        if isinstance(profile, str):
            return profile
        return of(profile) if profile.is_exact else LUMBAR_UNCERTAIN

    return measure


def _largest(curve: Curve, frames: NDArray[np.bool_]) -> Result:
    known = frames & np.isfinite(curve.deg)
    if not known.any():
        return HIDDEN
    at = int(np.flatnonzero(known)[np.argmax(curve.deg[known])])
    return float(curve.deg[at]), float(curve.se_deg[at])


def _middle(curve: Curve, frames: NDArray[np.bool_]) -> tuple[float, float]:
    """Median and its standard error; NaN when fewer than `MIN_SEEN` are known."""
    known = frames & np.isfinite(curve.deg)
    if known.sum() < MIN_SEEN * max(frames.sum(), 1):
        return math.nan, math.nan
    return float(np.median(curve.deg[known])), float(np.median(curve.se_deg[known]))


def _change_se(curve: Curve) -> float:
    """Give the standard error of the change between two moments."""
    known = np.isfinite(curve.se_deg)
    if not known.any():
        return math.nan
    return math.sqrt(2) * CHANGE_SE * float(np.median(curve.se_deg[known]))


def _without_lumbar(se_deg: float, lumbar_se_deg: float) -> float:
    """Error of hip flexion or pelvic tilt that is left once that of lumbar flexion is taken out."""
    return math.sqrt(max(se_deg**2 - (SPINE_SHARE * lumbar_se_deg) ** 2, 0.0))


def _peak(profile: Profile) -> Result:
    """Middle over the bottom, where the estimator's error was calibrated.

    The largest of all moments would be the largest of all errors.
    """
    found = _middle(profile.lumbar, profile.bottom)
    return found if math.isfinite(found[0]) else HIDDEN


def _of_slow_bend(rep: Excerpt) -> Result:
    """Lumbar flexion at the bottom of a slow bend; a quicker one is not asked about."""
    if rep.starts_low:
        return NO_DESCENT
    if not float(rep.series.t_s[-1] - rep.series.t_s[0]) > SLOW_BEND_S:
        return NOT_SLOW
    return _of_profile(_peak)(rep)


def _own_max(profile: Profile) -> Result:
    """Lumbar flexion at the bottom over the own maximum; errors independent.

    They share scale when clothes and camera are the same, which nobody promises.
    """
    own = profile.own_bend
    if own is None:
        return NO_FULL_BEND
    loaded = _peak(profile)
    if isinstance(loaded, str):
        return loaded
    share = loaded[0] / own.max_lumbar_deg
    se = math.hypot(loaded[1], share * own.max_lumbar_se_deg) / own.max_lumbar_deg
    return 100 * share, 100 * se


def _share_with(other: Callable[[Profile], Curve]) -> Callable[[Profile], Result]:
    """Lumbar flexion over itself plus another angle, at the bottom, %."""

    def share(profile: Profile) -> Result:
        lumbar, lumbar_se = _middle(profile.lumbar, profile.bottom)
        angle, angle_se = _middle(other(profile), profile.bottom)
        whole = lumbar + angle
        if not whole > 0:
            return HIDDEN
        by_lumbar = (angle + SPINE_SHARE * lumbar) * lumbar_se
        by_rest = lumbar * _without_lumbar(angle_se, lumbar_se)
        return 100 * lumbar / whole, 100 * math.hypot(by_lumbar, by_rest) / whole**2

    return share


def _ratio(low_deg: float, high_deg: float) -> Callable[[Profile], Result]:
    """Lumbar flexion for each degree of pelvic tilt between two trunk inclinations."""

    def ratio(profile: Profile) -> Result:
        if profile.starts_low:
            return NO_DESCENT
        ends = _way_through(profile, low_deg, high_deg)
        if isinstance(ends, str):
            return ends
        first, last = ends
        lumbar = float(profile.lumbar.deg[last] - profile.lumbar.deg[first])
        tilt = float(profile.tilt.deg[last] - profile.tilt.deg[first])
        if not math.isfinite(lumbar + tilt):
            return HIDDEN
        if tilt < MIN_TILT_DEG:
            return ERROR_TOO_LARGE
        by_lumbar = (tilt + SPINE_SHARE * lumbar) * _change_se(profile.lumbar)
        by_trunk = lumbar * _change_se(profile.trunk)
        return lumbar / tilt, math.hypot(by_lumbar, by_trunk) / tilt**2

    return ratio


def _way_through(profile: Profile, low_deg: float, high_deg: float) -> tuple[int, int] | str:
    """Moments of the way down at which the trunk passes two inclinations."""
    trunk = np.where(profile.down, profile.trunk.deg, np.nan)
    passed = np.flatnonzero(trunk >= high_deg)
    if not len(passed):
        return NOT_THAT_DEEP
    last = int(passed[0])
    before = np.flatnonzero(trunk[:last] <= max(low_deg, float(np.nanmin(trunk[: last + 1]))))
    if not len(before) or trunk[before[-1]] > max(low_deg, UPRIGHT_TRUNK_DEG):
        return NO_DESCENT
    return int(before[-1]), last


def _onset(profile: Profile) -> Result:
    """Hip flexion at which lumbar flexion begins, % of the largest.

    It has begun when it stays past a tenth of the own maximum, and past its own standard error:
    twice the share of that which is left in a change from standing. The error of the onset is what
    that share does to the crossing, and the error of the hip.
    """
    if profile.starts_low:
        return NO_DESCENT
    largest = _largest(profile.hip, profile.down)
    if isinstance(largest, str) or not largest[0] > 0:
        return HIDDEN
    own = profile.own_bend
    least = 0.0 if own is None else ONSET_OWN_MAX * own.max_lumbar_deg
    limit = np.fmax(profile.lumbar.se_deg, least)
    left = CHANGE_SE * profile.lumbar.se_deg
    early, at, late = (_hip_when_past(profile, limit + shift) for shift in (-left, 0.0, left))
    if math.isnan(at):
        return NO_ONSET
    late = largest[0] if math.isnan(late) else late
    se = math.hypot((late - early) / 2, _change_se(profile.hip)) / largest[0]
    return 100 * at / largest[0], 100 * se


def _hip_when_past(profile: Profile, limit: Floats) -> float:
    """Hip flexion when lumbar flexion first stays past a limit for `HELD_S`; NaN without that."""
    held = round(HELD_S * GRID_HZ)
    known = profile.down & np.isfinite(profile.hip.deg) & np.isfinite(profile.lumbar.deg)
    past, hip = (profile.lumbar.deg - limit)[known], profile.hip.deg[known]
    if len(past) < held:
        return math.nan
    stays = np.lib.stride_tricks.sliding_window_view(past > 0, held).all(axis=1)
    if not stays.any():
        return math.nan
    at = int(np.argmax(stays))
    if not at:
        return float(hip[0])
    return float(np.interp(0.0, past[at - 1 : at + 1], hip[at - 1 : at + 1]))


def _velocity(*, down: bool) -> Callable[[Profile], Result]:
    """Largest speed on the way down, or of the return on the way up.

    Its error is that of the amplitude, in proportion, and what the jitter of single frames leaves
    after the filter.
    """

    def velocity(profile: Profile) -> Result:
        if profile.starts_low if down else profile.ends_low:
            return NO_DESCENT if down else NO_ASCENT
        if profile.rate_hz < MIN_RATE_HZ:
            return LOW_RATE
        if not _middle(profile.lumbar, profile.bottom)[1] <= MAX_SPEED_SE_DEG:
            return ERROR_TOO_LARGE
        lumbar = profile.lumbar.deg if down else -profile.lumbar.deg
        way = np.isfinite(lumbar) & (profile.down if down else profile.up)
        speed = np.gradient(lumbar, 1 / GRID_HZ)[way]
        speed = speed[np.isfinite(speed)]
        if not len(speed):
            return HIDDEN
        amplitude = max(float(np.ptp(lumbar[way])), 1.0)
        by_amplitude = float(speed.max()) * _change_se(profile.lumbar) / amplitude
        by_noise = SPEED_NOISE * profile.jitter_deg / math.sqrt(profile.rate_hz)
        return float(speed.max()), math.hypot(by_amplitude, by_noise)

    return velocity


def _late(profile: Profile) -> Result:
    """Lumbar flexion that is left when half of the hip flexion is recovered, %."""
    if profile.ends_low:
        return NO_ASCENT
    known = profile.up & np.isfinite(profile.lumbar.deg) & np.isfinite(profile.hip.deg)
    if known.sum() < MIN_SEEN * profile.up.sum():
        return HIDDEN
    lumbar, hip = profile.lumbar.deg[known], profile.hip.deg[known]
    deepest = int(np.argmax(hip))
    if hip[deepest] - hip[-1] < MIN_HIP_RANGE_DEG:
        return NO_ASCENT
    half = deepest + int(np.argmax(hip[deepest:] <= (hip[deepest] + hip[-1]) / 2))
    change = float(lumbar[deepest] - lumbar[-1])
    se = _change_se(profile.lumbar)
    if not change > se:
        return ERROR_TOO_LARGE
    left = float(lumbar[half] - lumbar[-1]) / change
    left_se = math.sqrt((1 + left**2 + (1 - left) ** 2) / 2) * se / change
    return (100 * left, 100 * left_se) if left_se <= MAX_LATE_SE else ERROR_TOO_LARGE


def _loop_area(profile: Profile) -> Result:
    """Lumbar flexion on the way up minus on the way down, over the hip flexion of both."""
    if profile.starts_low or profile.ends_low:
        return NO_DESCENT if profile.starts_low else NO_ASCENT
    known = np.isfinite(profile.lumbar.deg) & np.isfinite(profile.hip.deg)
    if known.mean() < MIN_SEEN:
        return HIDDEN
    lumbar, hip = profile.lumbar.deg[known], profile.hip.deg[known]
    deepest = int(np.argmax(hip))
    down, up = hip[: deepest + 1], hip[: deepest - 1 if deepest else None : -1]
    low, high = max(down[0], up[0]), hip[deepest]
    if high - low < MIN_HIP_RANGE_DEG:
        return NO_ASCENT
    at = np.linspace(low, high, ENSEMBLE_POINTS)
    going_down = np.interp(at, np.maximum.accumulate(down), lumbar[: deepest + 1])
    lumbar_up = lumbar[: deepest - 1 if deepest else None : -1]
    coming_up = np.interp(at, np.maximum.accumulate(up), lumbar_up)
    area = float(np.trapezoid(coming_up - going_down, at))
    return area, _change_se(profile.lumbar) * float(high - low)


def _tuck(profile: Profile) -> Result:
    """Lumbar flexion at the bottom, minus that at the greatest forward tilt on the way down."""
    if profile.starts_low:
        return NO_DESCENT
    known = profile.down & np.isfinite(profile.tilt.deg) & np.isfinite(profile.lumbar.deg)
    if known.sum() < MIN_SEEN * profile.down.sum():
        return HIDDEN
    tipped = int(np.flatnonzero(known)[np.argmax(profile.tilt.deg[known])])
    bottom, _ = _middle(profile.lumbar, profile.bottom)
    return bottom - float(profile.lumbar.deg[tipped]), _change_se(profile.lumbar)


def _at_end(profile: Profile) -> Result:
    if profile.ends_low:
        return NO_ASCENT
    return _middle(profile.lumbar, profile.t_s >= profile.t_s[-1] - END_S)


def _under_load(rep: Excerpt) -> Result:
    """Largest lumbar flexion between lift-off and the hands at the knee, minus that at lift-off."""
    profile = profile_of(rep)
    if isinstance(profile, str):
        return profile
    moments = _lift(rep)
    if isinstance(moments, str):
        return moments
    between = (profile.t_s >= moments[0]) & (profile.t_s <= moments[1])
    lumbar = profile.lumbar.deg[between]
    if not len(lumbar) or np.isfinite(lumbar).mean() < MIN_SEEN or math.isnan(lumbar[0]):
        return HIDDEN
    return float(np.nanmax(lumbar) - lumbar[0]), _change_se(profile.lumbar)


def _lift(rep: Excerpt) -> tuple[float, float] | str:
    """Find the times of lift-off and of the hands at the height of the knee."""
    series = rep.series
    times = series.t_s[rep.bottom.start : rep.ascent.stop]
    hands = series.of(Signal.WRIST_HEIGHT)[rep.bottom.start : rep.ascent.stop]
    knees = series.of(Signal.KNEE_HEIGHT)[rep.bottom.start : rep.ascent.stop]
    known = np.isfinite(hands) & np.isfinite(knees)
    if known.mean() < MIN_SEEN:
        return HIDDEN
    times, hands, knees = times[known], hands[known], knees[known]
    off = int(np.flatnonzero(hands <= hands.min() + LIFT_OFF_STATURE)[-1])
    at_knee = np.flatnonzero(hands[off:] >= knees[off:])
    if not len(at_knee):
        return NO_ASCENT
    if at_knee[0] == 0:
        return LIFT_OFF_UNSEEN
    return float(times[off]), float(times[off + at_knee[0]])


def _peaks(reps: Sequence[Rep]) -> list[tuple[int, Measurement]]:
    """Place in the set and peak of the repetitions that have one."""
    found = [(place, rep.metrics.get(PEAK.id)) for place, rep in enumerate(reps)]
    return [(place, peak) for place, peak in found if peak is not None and peak.measured]


def _why_no_peak(reps: Sequence[Rep]) -> str:
    """Reason that all repetitions without a peak share, else that there are too few."""
    reasons = {rep.metrics[PEAK.id].reason for rep in reps if PEAK.id in rep.metrics}
    return min(reasons) if len(reasons) == 1 and "" not in reasons else TOO_FEW_REPS


def _drift(reps: Sequence[Rep]) -> Result:
    change = last_against_first([peak for _, peak in _peaks(reps)])
    return _why_no_peak(reps) if change is None else change


def _drift_per_rep(reps: Sequence[Rep]) -> Result:
    """Slope of the line through the peaks; its error is that of the peaks or of their scatter."""
    peaks = _peaks(reps)
    if len(peaks) < MIN_SPREAD_REPS:
        return _why_no_peak(reps)
    place = np.array([float(at) for at, _ in peaks])
    value = np.array([peak.value for _, peak in peaks])
    place -= place.mean()
    lever = float((place**2).sum())
    slope = float((place * value).sum()) / lever
    left_over = value - value.mean() - slope * place
    scatter = math.sqrt(float((left_over**2).sum()) / (len(peaks) - 2))
    frame_se = CHANGE_SE * float(np.median([peak.se for _, peak in peaks]))
    return slope, max(scatter, frame_se) / math.sqrt(lever)


def _spread(reps: Sequence[Rep]) -> Result:
    """Mean over time of the standard deviation between repetitions; error of a sample SD."""
    curves = [_over_time(reps[place]) for place, _ in _peaks(reps) if not reps[place].starts_low]
    if len(curves) < MIN_SPREAD_REPS:
        return _why_no_peak(reps)
    spread = float(np.std(curves, axis=0, ddof=1).mean())
    return spread, max(spread, 1.0) / math.sqrt(2 * (len(curves) - 1))


def _over_time(rep: Rep) -> Floats:
    """Lumbar flexion at each 1 % of a repetition."""
    series = rep.series
    lumbar = series.of(Signal.LUMBAR_FLEXION)
    known = np.isfinite(lumbar)
    at = np.linspace(series.t_s[0], series.t_s[-1], ENSEMBLE_POINTS)
    return np.interp(at, series.t_s[known], lumbar[known])


PEAK: Final = Metric(
    id="lumbar_flexion",
    unit="deg",
    method="lumbar flexion estimate at the bottom, from own standing",
    of_rep=_of_profile(_peak),
)
OF_SLOW_BEND: Final = Metric(
    id="lumbar_flexion_slow_bend",
    unit="deg",
    method="lumbar flexion estimate at the bottom of a bend of over 3.2 s",
    of_rep=_of_slow_bend,
)
OWN_MAX: Final = Metric(
    id="lumbar_flexion_own_max",
    unit="%",
    method="lumbar flexion estimate over the person's own maximum",
    of_rep=_of_profile(_own_max),
)
SHARE: Final = Metric(
    id="lumbar_share",
    unit="%",
    method="lumbar flexion estimate over lumbar plus true hip flexion at the bottom",
    of_rep=_of_profile(_share_with(lambda profile: profile.hip)),
)
SHARE_OF_TRUNK: Final = Metric(
    id="lumbar_share_of_trunk",
    unit="%",
    method="lumbar flexion estimate over lumbar flexion plus pelvic tilt at the bottom",
    of_rep=_of_profile(_share_with(lambda profile: profile.tilt)),
)
RATIO_FIRST_THIRD: Final = Metric(
    id="lumbar_ratio_first_third",
    unit="ratio",
    method="lumbar flexion estimate over pelvic tilt, trunk from 0 to 30° on the way down",
    of_rep=_of_profile(_ratio(0, 30)),
)
RATIO_SECOND_THIRD: Final = Metric(
    id="lumbar_ratio_second_third",
    unit="ratio",
    method="lumbar flexion estimate over pelvic tilt, trunk from 30 to 60° on the way down",
    of_rep=_of_profile(_ratio(30, 60)),
)
RATIO_LAST_THIRD: Final = Metric(
    id="lumbar_ratio_last_third",
    unit="ratio",
    method="lumbar flexion estimate over pelvic tilt, trunk from 60 to 90° on the way down",
    of_rep=_of_profile(_ratio(60, 90)),
)
ONSET: Final = Metric(
    id="lumbar_onset",
    unit="%",
    method="true hip flexion at which lumbar flexion begins, over the largest",
    of_rep=_of_profile(_onset),
)
VELOCITY_DOWN: Final = Metric(
    id="lumbar_velocity_down",
    unit="deg/s",
    method="largest speed of lumbar flexion on the way down, 4 Hz",
    of_rep=_of_profile(_velocity(down=True)),
)
VELOCITY_UP: Final = Metric(
    id="lumbar_velocity_up",
    unit="deg/s",
    method="largest speed of its return on the way up, 4 Hz",
    of_rep=_of_profile(_velocity(down=False)),
)
LATE: Final = Metric(
    id="lumbar_late",
    unit="%",
    method="lumbar flexion left when half of the hip flexion is recovered",
    of_rep=_of_profile(_late),
)
LOOP_AREA: Final = Metric(
    id="lumbar_loop_area",
    unit="deg²",
    method="lumbar over hip flexion, way up minus way down",
    of_rep=_of_profile(_loop_area),
)
TUCK: Final = Metric(
    id="lumbar_tuck",
    unit="deg",
    method="lumbar flexion estimate, bottom against largest anterior tilt",
    of_rep=_of_profile(_tuck),
)
UNDER_LOAD: Final = Metric(
    id="lumbar_under_load",
    unit="deg",
    method="lumbar flexion estimate, largest up to knee pass against lift-off",
    of_rep=_under_load,
)
AT_END: Final = Metric(
    id="lumbar_at_end",
    unit="deg",
    method="lumbar flexion estimate when most upright",
    of_rep=_of_profile(_at_end),
)
DRIFT: Final = Metric(
    id="lumbar_drift",
    unit="deg",
    method="peak lumbar flexion estimate, last against first third of the set",
    per_set=True,
    of_set=_drift,
)
DRIFT_PER_REP: Final = Metric(
    id="lumbar_drift_per_rep",
    unit="deg",
    method="slope of the peak lumbar flexion estimate, per repetition",
    per_set=True,
    of_set=_drift_per_rep,
)
SPREAD: Final = Metric(
    id="lumbar_spread",
    unit="deg",
    method="standard deviation of lumbar flexion between repetitions, mean over their time",
    per_set=True,
    of_set=_spread,
)

_OF_REP: Final = {
    "peak": PEAK,
    "own_max": OWN_MAX,
    "share": SHARE,
    "share_of_trunk": SHARE_OF_TRUNK,
    "ratio_first_third": RATIO_FIRST_THIRD,
    "ratio_second_third": RATIO_SECOND_THIRD,
    "ratio_last_third": RATIO_LAST_THIRD,
    "onset": ONSET,
    "velocity_down": VELOCITY_DOWN,
    "velocity_up": VELOCITY_UP,
    "late": LATE,
    "loop_area": LOOP_AREA,
}
