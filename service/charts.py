"""Geometry of the report's drawings: curves over time and values per repetition.

Plain numbers and SVG path data; colours and words belong to the page's template.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.report import MetricReport, RepReport, ThresholdReport
    from models.results import Verdict

MAX_POINTS: Final = 1500
"""A curve with more points is thinned; the page shows fewer pixels than that."""

_LABEL_GAP: Final = 15.0
_GAUGE_CENTER: Final = (120.0, 118.0)
_GAUGE_RADIUS: Final = 98.0

_TICK_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear map from values to places in a drawing."""

    least: float
    most: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Place of a value."""
        share = (value - self.least) / (self.most - self.least)
        return round(self.start + share * (self.end - self.start), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled place on an axis."""

    place: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in a drawing, for example one phase of a repetition."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSpan:
    """A repetition in a drawing: its phases, its deepest moment and its number."""

    number: int
    start: float
    width: float
    bottom: float
    phases: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One signal over time with its error.

    Attributes
    ----------
    name
        Key of the signal's words and colour.
    line, ribbon
        SVG path data; a gap in the signal is a gap in the path.
    ticks
        Of the value axis.
    least, most
        Smallest and largest known value.
    """

    name: str
    line: str
    ribbon: str
    ticks: tuple[Tick, ...]
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One value in a drawing, with the ends of its error bar."""

    number: int
    verdict: Verdict
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Values of one fault by repetition against its two limits.

    Attributes
    ----------
    marks
        The measured values.
    amber, flag
        Height of the two limits.
    amber_label, flag_label
        Height of their words, far enough apart to be read.
    amber_zone, flag_zone
        Top and height of what lies past each limit.
    ticks
        Of the value axis.
    """

    marks: tuple[Mark, ...]
    amber: float
    flag: float
    amber_label: float
    flag_label: float
    amber_zone: tuple[float, float]
    flag_zone: tuple[float, float]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A half circle from 0 on the left to 100 on the right.

    Attributes
    ----------
    track, interval
        SVG path data of the whole and of the score's interval.
    needle
        Centre of the score's mark.
    """

    track: str
    interval: str
    needle: tuple[float, float]


def gauge(value: float, low: float, high: float) -> Gauge:
    """Draw a score and its interval, each 0 to 100."""
    return Gauge(track=_arc(0, 100), interval=_arc(low, high), needle=_on_arc(value))


def time_scale(t_s: NDArray[np.float64], start: float, end: float) -> Scale:
    """Map a clip's time to the width of a drawing."""
    return Scale(least=float(t_s[0]), most=float(max(t_s[-1], t_s[0] + 1)), start=start, end=end)


def ticks(scale: Scale, count: int, unit: str = "") -> tuple[Tick, ...]:
    """Choose about `count` round values within a scale."""
    step = round_step((scale.most - scale.least) / count)
    first = math.ceil(scale.least / step - 1e-9)
    last = math.floor(scale.most / step + 1e-9)
    values = (index * step for index in range(first, last + 1))
    return tuple(
        Tick(place=scale(value), label=f"{value:g}{unit}".replace("-", "−")) for value in values
    )


def round_step(rough: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * step for step in _TICK_STEPS if power * step >= rough * (1 - 1e-9))


def rep_spans(reps: Sequence[RepReport], scale: Scale) -> tuple[RepSpan, ...]:
    """Lay the repetitions and their phases out over time."""
    return tuple(
        RepSpan(
            number=rep.number,
            start=scale(rep.t0),
            width=round(scale(rep.t1) - scale(rep.t0), 2),
            bottom=scale(rep.bottom),
            phases=tuple(
                Span(
                    kind=str(phase.phase),
                    start=scale(phase.t0),
                    width=round(scale(phase.t1) - scale(phase.t0), 2),
                )
                for phase in rep.phases
            ),
        )
        for rep in reps
    )


def runs(known: NDArray[np.bool_]) -> list[slice]:
    """Find the unbroken stretches in which ``(n,)`` values are known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def points(across: NDArray[np.float64], up: NDArray[np.float64], x: Scale, y: Scale) -> str:
    """Write ``(n,)`` values across and up as the points of SVG path data."""
    return "L".join(f"{x(a):g} {y(b):g}" for a, b in zip(across.tolist(), up.tolist(), strict=True))


def curve(
    name: str,
    t_s: NDArray[np.float64],
    value: NDArray[np.float64],
    se: NDArray[np.float64],
    *,
    x: Scale,
    height: float,
) -> Curve | None:
    """Draw a signal; None when no moment of it is known.

    Parameters
    ----------
    name
        Key of the signal's words and colour.
    t_s, value, se
        ``(n,)``; NaN where unknown. An unknown error draws no ribbon there.
    x
        Of the time axis.
    height
        Of the drawing.
    """
    stride = max(1, math.ceil(len(t_s) / MAX_POINTS))
    t_s, value, se = t_s[::stride], value[::stride], se[::stride]
    known = np.isfinite(value)
    if not known.any():
        return None
    margin = np.where(np.isfinite(se), se, 0.0)
    low, high = (value - margin)[known].min(), (value + margin)[known].max()
    y = Scale(least=min(0.0, float(low)), most=max(30.0, float(high)), start=height - 4, end=6)
    stretches = runs(known)
    lines = [points(t_s[run], value[run], x, y) for run in stretches]
    ribbons = [_ribbon(t_s[run], value[run], margin[run], x, y) for run in stretches]
    return Curve(
        name=name,
        line=" ".join(f"M{points}" for points in lines),
        ribbon=" ".join(f"M{points}Z" for points in ribbons),
        ticks=ticks(y, 5, "°"),
        least=float(value[known].min()),
        most=float(value[known].max()),
    )


def strip(
    values: Sequence[tuple[int, Verdict, MetricReport]],
    threshold: ThresholdReport,
    *,
    left: float,
    right: float,
    height: float,
) -> Strip:
    """Draw the values of one fault by repetition.

    Parameters
    ----------
    values
        Number of the repetition, verdict and measurement; what was not measured is left out.
    threshold
        The two limits.
    left, right, height
        Where the field begins and ends, and its height.
    """
    seen = [
        (number, verdict, measured.value, measured.sem or 0.0)
        for number, verdict, measured in values
        if measured.value is not None
    ]
    y = _strip_scale([row[2:] for row in seen], threshold, height)
    step = (right - left) / max(1, len(values))
    place = {number: left + step * (slot + 0.5) for slot, (number, *_) in enumerate(values)}
    amber, flag = y(threshold.amber), y(threshold.flag)
    outer = y.end if flag < amber else y.start
    apart = max(0.0, _LABEL_GAP - abs(flag - amber)) / 2 * (1 if flag < amber else -1)
    return Strip(
        marks=tuple(
            Mark(
                number=number,
                verdict=verdict,
                x=round(place[number], 2),
                y=y(value),
                low=y(value - error),
                high=y(value + error),
            )
            for number, verdict, value, error in seen
        ),
        amber=amber,
        flag=flag,
        amber_label=amber + apart,
        flag_label=flag - apart,
        amber_zone=_zone(amber, flag),
        flag_zone=_zone(flag, outer),
        ticks=ticks(y, 4),
    )


def _arc(low: float, high: float) -> str:
    (x0, y0), (x1, y1) = _on_arc(low), _on_arc(high)
    return f"M{x0} {y0}A{_GAUGE_RADIUS} {_GAUGE_RADIUS} 0 0 1 {x1} {y1}"


def _on_arc(score: float) -> tuple[float, float]:
    turn = math.pi * (1 - score / 100)
    x, y = _GAUGE_CENTER
    return (
        round(x + _GAUGE_RADIUS * math.cos(turn), 2),
        round(y - _GAUGE_RADIUS * math.sin(turn), 2),
    )


def _strip_scale(
    seen: Sequence[tuple[float, float]], threshold: ThresholdReport, height: float
) -> Scale:
    band = abs(threshold.flag - threshold.amber)
    ends = [threshold.amber - band, threshold.amber + band, threshold.flag - band]
    ends += [threshold.flag + band]
    ends += [value + sign * error for value, error in seen for sign in (-1, 1)]
    return Scale(least=min(ends), most=max(ends), start=height - 6, end=6)


def _zone(one: float, other: float) -> tuple[float, float]:
    return min(one, other), round(abs(one - other), 2)


def _ribbon(
    t_s: NDArray[np.float64],
    value: NDArray[np.float64],
    margin: NDArray[np.float64],
    x: Scale,
    y: Scale,
) -> str:
    above = points(t_s, value + margin, x, y)
    below = points(t_s[::-1], (value - margin)[::-1], x, y)
    return f"{above}L{below}"
