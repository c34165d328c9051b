"""Geometry of the lumbar–hip diagram: lumbar flexion against true hip flexion, rep by rep.

An angle–angle diagram (``measurement.md`` §8.4): hip flexion to the right, lumbar flexion up. Plain
numbers and SVG path data; colours and words belong to the page's template.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from service.charts import Scale, Tick, points, runs, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.report import LumbarCurveReport, LumbarReport, RepReport

    Floats = NDArray[np.float64]
    Place = tuple[float, float]

SIZE: Final = (460.0, 360.0)
LEFT: Final = 58.0
RIGHT: Final = 420.0
TOP: Final = 24.0
BOTTOM: Final = 312.0
"""Size of the drawing and edges of its field."""

SHARES_PERCENT: Final = (20, 30, 40, 50)
"""Equal shares of lumbar in lumbar and hip flexion that a ray is drawn for."""

POINTS_PER_WAY: Final = 40
"""A way down or up is averaged to this many points: enough for a curve, too few for jitter."""

SMOOTHING_S: Final = 0.05
"""Standard deviation of the Gaussian that takes the jitter of single frames out of the lines: a
low-pass at about 2.7 Hz, slow against a repetition."""

ARROW_PLACES: Final = (0.55, 0.85)
"""Where along a way its arrowheads lie."""

MIN_ARROW_WAY_PX: Final = 40.0
"""A shorter way has no arrowhead."""

OWN_LIMIT: Final = 0.8
"""Share of the person's own full bend at which the line is drawn (``measurement.md`` §8.4)."""

ONSET: Final = "onset"
"""Id of the measured onset in a repetition: hip flexion at it, in per cent of its peak."""

_ARROW_LENGTH: Final = 10.0
_ARROW_HALF_WIDTH: Final = 4.6
_LEAST_HIP_DEG: Final = 80.0
_LEAST_LUMBAR_DEG: Final = 40.0
"""The field reaches at least this far, so that most reports have the same scale."""
_LABEL_GAP: Final = 6.0
_JITTER_DEG: Final = 3.0
"""Hip flexion so little below 0 does not widen the field: the error of a frame is larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray:
    """All points with one lumbar share, from the origin to the edge of the field.

    Attributes
    ----------
    percent
        The share.
    line
        SVG path data.
    label
        Place of its label; past the upper edge when `on_top`, else past the right edge.
    """

    percent: int
    line: str
    label: Place
    on_top: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One repetition: its way down and its way up.

    Attributes
    ----------
    number
        Of the repetition.
    down, up
        SVG path data; a gap in what was measured is a gap in the path.
    down_arrows, up_arrows
        SVG path data of closed arrowheads.
    """

    number: int
    down: str
    up: str
    down_arrows: str
    up_arrows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The whole drawing.

    Attributes
    ----------
    x_ticks, y_ticks
        Of the two axes.
    zero
        Height of 0° lumbar flexion.
    rays
        Equal lumbar shares.
    typical
        The repetition that stands for the set.
    others
        The other measured ones.
    ribbons
        SVG path data: one standard error of lumbar flexion either way along `typical`.
    own_bend
        SVG path data of the person's own free forward bend; empty when unknown.
    own_limit
        Height of 80 % of the person's own full bend; None when unknown.
    onset, peak
        Where lumbar flexion began and was largest in `typical`; None when unknown.
    """

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero: float
    rays: tuple[Ray, ...]
    typical: Loop
    others: tuple[Loop, ...]
    ribbons: tuple[str, ...]
    own_bend: str
    own_limit: float | None
    onset: Place | None
    peak: Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Way:
    """Points on the way down or up, degrees; NaN between stretches."""

    hip: Floats
    lumbar: Floats
    se: Floats


def lumbar_diagram(reps: Sequence[RepReport], lumbar: LumbarReport) -> Diagram | None:
    """Lay the diagram out; None when no repetition has a point in it.

    Parameters
    ----------
    reps
        The repetitions.
    lumbar
        What was found for the set.
    """
    ways = {rep.number: both for rep in reps if (both := _ways(rep)) is not None}
    chosen = lumbar.typical_rep
    if chosen is None or chosen not in ways:
        return None
    x, y = _scales(list(ways.values()), lumbar)
    rep = next(rep for rep in reps if rep.number == chosen)
    down, up = ways[chosen]
    return Diagram(
        x_ticks=ticks(x, 8, "°"),
        y_ticks=ticks(y, 8, "°"),
        zero=y(0.0),
        rays=tuple(_ray(percent, x, y) for percent in SHARES_PERCENT),
        typical=_loop(chosen, ways[chosen], x, y),
        others=tuple(_loop(number, way, x, y) for number, way in ways.items() if number != chosen),
        ribbons=tuple(ribbon for way in (down, up) if (ribbon := _ribbon(way, x, y))),
        own_bend=_own_bend(lumbar, x, y),
        own_limit=None if lumbar.own_bend is None else y(OWN_LIMIT * lumbar.own_bend.max_deg),
        onset=_onset(rep, down, x, y),
        peak=_peak((down, up), x, y),
    )


def _ways(rep: RepReport) -> tuple[_Way, _Way] | None:
    """Points of a repetition before and after its deepest moment; None when there are none."""
    if rep.lumbar is None or rep.lumbar.curve is None:
        return None
    last = int(np.count_nonzero(np.array(rep.lumbar.curve.t) <= rep.bottom))
    # The way up starts at the last moment of the way down, so that the loop closes there.
    ways = (
        _way(rep.lumbar.curve, slice(0, last)),
        _way(rep.lumbar.curve, slice(max(0, last - 1), None)),
    )
    drawn = any(np.isfinite(way.hip + way.lumbar).any() for way in ways)
    return ways if drawn else None


def _way(curve: LumbarCurveReport, frames: slice) -> _Way:
    t_s = np.array(curve.t)
    hip, lumbar, se = (
        _averaged(_smoothed(t_s, _floats(column))[frames])
        for column in (curve.hip_deg, curve.lumbar_deg, curve.se_deg)
    )
    return _Way(hip=hip, lumbar=lumbar, se=se)


def _smoothed(t_s: Floats, values: Floats) -> Floats:
    """Weigh every known value with its known neighbours in time; what is unknown stays so."""
    known = np.isfinite(values)
    apart = (t_s[known, None] - t_s[None, known]) / SMOOTHING_S
    weight = np.exp(-0.5 * apart**2)
    smooth = values.copy()
    smooth[known] = weight @ values[known] / weight.sum(axis=1)
    return smooth


def _floats(column: Sequence[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in column])


def _averaged(values: Floats) -> Floats:
    """Mean of each stretch of neighbouring frames; NaN where any of them is unknown."""
    if len(values) <= POINTS_PER_WAY:
        return values
    return np.array([part.mean() for part in np.array_split(values, POINTS_PER_WAY)])


def _scales(ways: Sequence[tuple[_Way, _Way]], lumbar: LumbarReport) -> tuple[Scale, Scale]:
    hips = np.concatenate([way.hip for both in ways for way in both])
    margins = [np.nan_to_num(way.se) for both in ways for way in both]
    backs = [way.lumbar for both in ways for way in both]
    lows = np.concatenate([back - se for back, se in zip(backs, margins, strict=True)])
    highs = np.concatenate([back + se for back, se in zip(backs, margins, strict=True)])
    far, high = float(np.nanmax(hips)), float(np.nanmax(highs))
    if lumbar.own_bend is not None:
        far = max(far, *lumbar.own_bend.hip_deg)
        high = max(high, lumbar.own_bend.max_deg, *lumbar.own_bend.lumbar_deg)
    x = Scale(
        least=_down_to(10.0, min(0.0, float(np.nanmin(hips)) + _JITTER_DEG)),
        most=_up_to(10.0, max(_LEAST_HIP_DEG, far)),
        start=LEFT,
        end=RIGHT,
    )
    y = Scale(
        least=_down_to(5.0, min(0.0, float(np.nanmin(lows)))),
        most=_up_to(5.0, max(_LEAST_LUMBAR_DEG, high)),
        start=BOTTOM,
        end=TOP,
    )
    return x, y


def _down_to(step: float, value: float) -> float:
    return step * math.floor(value / step)


def _up_to(step: float, value: float) -> float:
    return step * math.ceil(value / step)


def _ray(percent: int, x: Scale, y: Scale) -> Ray:
    slope = percent / (100 - percent)
    on_top = slope * x.most > y.most
    hip, back = (y.most / slope, y.most) if on_top else (x.most, slope * x.most)
    label = (x(hip), TOP - _LABEL_GAP) if on_top else (RIGHT + _LABEL_GAP, y(back) + 4)
    return Ray(
        percent=percent,
        line=f"M{x(0.0):g} {y(0.0):g}L{x(hip):g} {y(back):g}",
        label=label,
        on_top=on_top,
    )


def _loop(number: int, ways: tuple[_Way, _Way], x: Scale, y: Scale) -> Loop:
    down, up = ways
    return Loop(
        number=number,
        down=_line(down.hip, down.lumbar, x, y),
        up=_line(up.hip, up.lumbar, x, y),
        down_arrows=_arrows(down, x, y),
        up_arrows=_arrows(up, x, y),
    )


def _line(hip: Floats, lumbar: Floats, x: Scale, y: Scale) -> str:
    known = np.isfinite(hip) & np.isfinite(lumbar)
    return " ".join(f"M{points(hip[run], lumbar[run], x, y)}" for run in runs(known))


def _arrows(way: _Way, x: Scale, y: Scale) -> str:
    """Draw closed arrowheads along a way, pointing where it goes."""
    known = np.isfinite(way.hip) & np.isfinite(way.lumbar)
    place = np.array(
        [(x(h), y(b)) for h, b in zip(way.hip[known], way.lumbar[known], strict=True)]
    ).reshape(-1, 2)
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(place, axis=0).T))])
    if gone[-1] < MIN_ARROW_WAY_PX:
        return ""
    return " ".join(_arrowhead(place, gone, share * gone[-1]) for share in ARROW_PLACES)


def _arrowhead(place: NDArray[np.float64], gone: Floats, at: float) -> str:
    tail, tip = (
        np.array([np.interp(at + half, gone, place[:, axis]) for axis in (0, 1)])
        for half in (-_ARROW_LENGTH / 2, _ARROW_LENGTH / 2)
    )
    along = (tip - tail) / max(float(np.hypot(*(tip - tail))), 1e-9)
    back = tip - _ARROW_LENGTH * along
    side = _ARROW_HALF_WIDTH * np.array([-along[1], along[0]])
    corners = (tip, back + side, back - side)
    return "M" + "L".join(f"{corner[0]:.2f} {corner[1]:.2f}" for corner in corners) + "Z"


def _ribbon(way: _Way, x: Scale, y: Scale) -> str:
    known = np.isfinite(way.hip) & np.isfinite(way.lumbar) & np.isfinite(way.se)
    parts = []
    for run in runs(known):
        hip, back, se = way.hip[run], way.lumbar[run], way.se[run]
        above = points(hip, back + se, x, y)
        below = points(hip[::-1], (back - se)[::-1], x, y)
        parts.append(f"M{above}L{below}Z")
    return " ".join(parts)


def _own_bend(lumbar: LumbarReport, x: Scale, y: Scale) -> str:
    own = lumbar.own_bend
    if own is None:
        return ""
    return _line(np.array(own.hip_deg), np.array(own.lumbar_deg), x, y)


def _onset(rep: RepReport, down: _Way, x: Scale, y: Scale) -> Place | None:
    """Place of the measured onset on the way down."""
    measured = rep.lumbar.measurements.get(ONSET) if rep.lumbar else None
    known = np.isfinite(down.hip) & np.isfinite(down.lumbar)
    if measured is None or measured.value is None or not known.any():
        return None
    hip, back = down.hip[known], down.lumbar[known]
    wanted = measured.value / 100 * float(hip.max())
    at = int(np.argmax(hip >= wanted))
    return x(float(hip[at])), y(float(back[at]))


def _peak(ways: tuple[_Way, _Way], x: Scale, y: Scale) -> Place:
    hip = np.concatenate([way.hip for way in ways])
    back = np.where(np.isfinite(hip), np.concatenate([way.lumbar for way in ways]), np.nan)
    at = int(np.nanargmax(back))
    return x(float(hip[at])), y(float(back[at]))
