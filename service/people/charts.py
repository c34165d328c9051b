"""Geometry of a metric over time: means with error bars, and what counts as a change.

Plain numbers and SVG path data; colours and words belong to the page's template.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.progress import Progress
from service.charts import Scale, Tick, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from service.people.history import MetricHistory, SetPoint

WIDTH: Final = 420.0
HEIGHT: Final = 200.0
LEFT: Final = 46.0
"""Where the field begins; values stand left of it."""
RIGHT: Final = 402.0
TOP: Final = 10.0
LEAST_GAP: Final = 11.0
"""Between marks of sets that follow each other closely, where there is room."""
LABEL_GAP: Final = 92.0
"""Between two dates."""
LEAST_RANGE: Final = 10.0
"""In degrees or per cent: what is less apart than that must not look far apart."""

_EDGE: Final = 12.0
_ROOM: Final = 0.04
"""Share of the range that stays free above and below."""
_WIDE_UNITS: Final = frozenset({"deg", "deg/s", "deg²", "%"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A set in the drawing, with the ends of its error bar.

    Attributes
    ----------
    point
        What it stands for.
    x, y, low, high
        Places; a set whose error is not known has no bar.
    alike
        Whether it was filmed as most sets were; others stand apart.
    changed
        Whether it differs from the first set that was filmed alike.
    """

    point: SetPoint
    x: float
    y: float
    low: float
    high: float
    alike: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChart:
    """A metric over time.

    Attributes
    ----------
    marks
        One for every set.
    band
        SVG path data of the values that are no change against the first set; empty where there is
        nothing to compare.
    line
        Height of the first set's mean.
    ticks
        Of the value axis.
    dates
        Sets under which their date stands.
    """

    marks: tuple[Mark, ...]
    band: str
    line: float
    ticks: tuple[Tick, ...]
    dates: tuple[Mark, ...]


def draw_history(history: MetricHistory) -> HistoryChart:
    """Draw a metric over time.

    Parameters
    ----------
    history
        Of one metric, with at least one set.
    """
    y = _value_scale(history)
    places = place_in_time([point.at for point in history.points], LEFT + _EDGE, RIGHT - _EDGE)
    marks = tuple(
        _mark(point, x, y, alike=point.filming == history.filming)
        for point, x in zip(history.points, places, strict=True)
    )
    return HistoryChart(
        marks=marks,
        band=_band(marks, y),
        line=y(history.alike[0].mean),
        ticks=ticks(y, 4, "°" if history.unit == "deg" else ""),
        dates=_dated(marks),
    )


def place_in_time(times: Sequence[datetime], start: float, end: float) -> list[float]:
    """Place moments on an axis of time, those of one visit far enough apart to be told apart.

    Parameters
    ----------
    times
        In order.
    start, end
        Of the axis.

    Examples
    --------
    >>> from datetime import datetime
    >>> day = [datetime(2026, 1, 1, hour) for hour in (0, 1, 23)]
    >>> place_in_time(day, 0, 230)
    [0.0, 11.0, 230.0]
    """
    span_s = (times[-1] - times[0]).total_seconds()
    if not span_s:
        middle = (start + end) / 2 - LEAST_GAP * (len(times) - 1) / 2
        places = [middle] * len(times)
    else:
        scale = Scale(least=0, most=span_s, start=start, end=end)
        places = [scale((at - times[0]).total_seconds()) for at in times]
    gap = min(LEAST_GAP, (end - start) / max(1, len(times) - 1))
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + gap)
    places[-1] = min(places[-1], end)
    for index in range(len(places) - 2, -1, -1):
        places[index] = min(places[index], places[index + 1] - gap)
    return [round(place, 2) for place in places]


def _mark(point: SetPoint, x: float, y: Scale, *, alike: bool) -> Mark:
    error = point.se if math.isfinite(point.se) else 0.0
    change = point.since_first
    return Mark(
        point=point,
        x=x,
        y=y(point.mean),
        low=y(point.mean - error),
        high=y(point.mean + error),
        alike=alike,
        changed=change is not None and change.progress is Progress.CHANGED,
    )


def _value_scale(history: MetricHistory) -> Scale:
    first = history.alike[0].mean
    ends = [first - margin for margin in _margins(history.alike)]
    ends += [first + margin for margin in _margins(history.alike)]
    for point in history.points:
        error = point.se if math.isfinite(point.se) else 0.0
        ends += [point.mean - error, point.mean + error]
    least, most = min(ends), max(ends)
    short = _least_range(history.unit, most) - (most - least)
    margin = max(short / 2, 0.0) + _ROOM * (most - least)
    return Scale(least=least - margin, most=most + margin, start=HEIGHT, end=TOP)


def _least_range(unit: str, most: float) -> float:
    return LEAST_RANGE if unit in _WIDE_UNITS else max(abs(most) / 2, 0.1)


def _margins(points: Sequence[SetPoint]) -> list[float]:
    """List the known minimal detectable changes against the first set."""
    changes = (point.since_first for point in points)
    return [one.mdc for one in changes if one is not None and math.isfinite(one.mdc)]


def _band(marks: Sequence[Mark], y: Scale) -> str:
    alike = [mark for mark in marks if mark.alike]
    first = alike[0].point.mean
    compared = [
        (mark.x, mark.point.since_first.mdc)
        for mark in alike[1:]
        if mark.point.since_first is not None and math.isfinite(mark.point.since_first.mdc)
    ]
    if not compared:
        return ""
    edge = [(alike[0].x, compared[0][1]), *compared]
    above = [f"{x:g} {y(first + margin):g}" for x, margin in edge]
    below = [f"{x:g} {y(first - margin):g}" for x, margin in reversed(edge)]
    return f"M{'L'.join([*above, *below])}Z"


def _dated(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Choose the sets that get a date: first and last, and others where there is room."""
    last = marks[-1]
    chosen = [marks[0]]
    for mark in marks[1:-1]:
        if mark.x - chosen[-1].x >= LABEL_GAP and last.x - mark.x >= LABEL_GAP:
            chosen.append(mark)
    if last.x - chosen[-1].x >= LABEL_GAP:
        chosen.append(last)
    return tuple(chosen)
