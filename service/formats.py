"""How numbers are written: with their unit, and no more exactly than they are known."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.report import MetricReport

_UNIT_DECIMALS: Final = {"deg": 0, "deg/s": 0, "deg²": 0, "s": 2, "%": 1, "ratio": 2}
_UNIT_SUFFIX: Final = {"deg": "°", "deg/s": "°/s", "deg²": " deg²", "s": " s", "%": " %"}
_WHOLE_UNITS: Final = frozenset({"deg", "%"})
_SCORE_STEP: Final = 5
_SCORES: Final = 100
_POINT: Final = re.compile(r"(?<=\d)\.(?=\d)")


def format_value(value: float | None, unit: str) -> str:
    """Write a number with its unit, at the precision it deserves."""
    if value is None:
        return ""
    rounded = round(value, _decimals(unit)) + 0.0  # no minus before a zero
    return f"{rounded:.{_decimals(unit)}f}{_UNIT_SUFFIX.get(unit, '')}".replace("-", "−")


def format_measure(metric: MetricReport) -> str:
    """Write a measurement with its standard error, or nothing when there is none."""
    text = format_value(metric.value, metric.unit)
    if metric.value is None or metric.sem is None:
        return text
    return f"{text} ± {metric.sem:.{_decimals(metric.unit)}f}"


def format_score(score: float) -> str:
    """Write a score without decimals, rounded to 5: it is worth no more."""
    return str(_SCORE_STEP * math.floor(score / _SCORE_STEP + 0.5))


def format_score_low(score: float) -> str:
    """Write the lower end of a score's interval, rounded outwards and never to the very top."""
    step = min(math.floor(score / _SCORE_STEP), _SCORES // _SCORE_STEP - 1)
    return str(_SCORE_STEP * step)


def format_score_high(score: float) -> str:
    """Write the upper end of a score's interval, rounded outwards and never to the very bottom."""
    return str(_SCORE_STEP * max(math.ceil(score / _SCORE_STEP), 1))


def format_clock(t_s: float) -> str:
    """Write a time as minutes and seconds."""
    tenths = round(t_s * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def with_decimal_mark(text: str, mark: str) -> str:
    """Write the numbers in a text with the decimal mark of a language."""
    return _POINT.sub(mark, text)


def sentence_start(text: str) -> str:
    """Write a text with a capital first; the rest stays, as languages with noun capitals need."""
    return text[:1].upper() + text[1:]


def _decimals(unit: str) -> int:
    return _UNIT_DECIMALS.get(unit, 1)


def format_whole(value: float | None, unit: str = "") -> str:
    """Write a number with its unit, without decimals: an estimate is worth no more."""
    if value is None:
        return ""
    return f"{round(value)}{_UNIT_SUFFIX.get(unit, '')}".replace("-", "−")


def format_estimate(metric: MetricReport) -> str:
    """Write an estimate with its standard error; angles and shares without decimals."""
    if metric.unit not in _WHOLE_UNITS or metric.value is None or metric.sem is None:
        return format_measure(metric)
    return f"{format_whole(metric.value, metric.unit)} ± {format_whole(metric.sem)}"
