"""What the report page tells about the share of hips and lower back, in words and one drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.judging import NOT_MEASURED
from service.formats import format_value, format_whole
from service.lumbar_diagram import ONSET, Diagram, lumbar_diagram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.report import LumbarReport, MetricReport, Report, RepReport
    from service.wording import Wording

INTERVAL_SE: Final = 1.645
"""Standard errors from the middle of a normal distribution to the ends of its 90 % interval."""

EARLY_PERCENT: Final = 33.0
"""An onset within its error of standing is said to be at the start when it is surely before this
(``measurement.md`` §8.4); otherwise nothing is said of it."""

PEAK: Final = "peak"

SENTENCES: Final = {
    PEAK: "lumbar.deepest",
    "share": "lumbar.share",
    "own_max": "lumbar.own_max",
    ONSET: "lumbar.onset",
    "late": "lumbar.late",
}
"""Text of the sentence about each measurement, in the order in which they are told."""

ROWS: Final = (PEAK, "own_max", "share", ONSET, "late", "velocity_down", "velocity_up")
"""Measurements of the table; ``report.json`` holds the others too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LumbarSection:
    """Everything the page's section shows.

    Attributes
    ----------
    diagram
        The lumbar–hip diagram; None when no repetition was measured, then `reason` says why.
    alt
        The diagram in words.
    band
        Word for the repetition that stands for the set.
    facts
        One plain sentence for each thing that was measured in it.
    about
        Which repetition that is.
    bands
        Number and word of each repetition.
    limits
        What the numbers do not show, a sentence each.
    measured_names
        Ids of what was measured in at least one repetition.
    set_facts
        A sentence for each thing that was measured over the whole set.
    reason
        Key of the reason when nothing was measured.
    """

    diagram: Diagram | None
    alt: str
    band: str
    facts: tuple[str, ...]
    about: str
    bands: tuple[tuple[int, str], ...]
    limits: tuple[str, ...]
    measured_names: tuple[str, ...]
    set_facts: tuple[str, ...]
    reason: str


def lumbar_section(report: Report, wording: Wording) -> LumbarSection | None:
    """Put together what the section shows; None in a report without repetitions."""
    if report.lumbar is None or not report.reps:
        return None
    diagram = lumbar_diagram(report.reps, report.lumbar)
    rep = _typical(report, report.lumbar)
    told = {} if rep is None or rep.lumbar is None else rep.lumbar.measurements
    return LumbarSection(
        diagram=diagram,
        alt="" if diagram is None else _alt(diagram.typical.number, told, rep, wording),
        band="" if rep is None or rep.lumbar is None else rep.lumbar.band,
        facts=_facts(told, wording),
        about="" if rep is None else wording.of("lumbar.typical", number=rep.number),
        bands=tuple((each.number, each.lumbar.band) for each in report.reps if each.lumbar),
        limits=_limits(told, wording),
        measured_names=_measured_names(report),
        set_facts=_set_facts(report.lumbar, wording),
        reason=report.lumbar.reason or NOT_MEASURED,
    )


def _typical(report: Report, lumbar: LumbarReport) -> RepReport | None:
    return next((rep for rep in report.reps if rep.number == lumbar.typical_rep), None)


def _measured_names(report: Report) -> tuple[str, ...]:
    found = [rep.lumbar.measurements for rep in report.reps if rep.lumbar]
    return tuple(name for name in ROWS if any(one[name].value is not None for one in found))


def _alt(
    number: int, told: Mapping[str, MetricReport], rep: RepReport | None, wording: Wording
) -> str:
    peak = told.get(PEAK)
    curve = rep.lumbar.curve if rep and rep.lumbar else None
    hips = [hip for hip in curve.hip_deg if hip is not None] if curve else []
    low, high = _interval(peak) if peak else ("", "")
    return wording.of(
        "lumbar.diagram_alt",
        number=number,
        hip=format_value(max(hips, default=None), "deg"),
        value=format_value(peak.value if peak else None, "deg"),
        low=low,
        high=high,
    )


def _facts(told: Mapping[str, MetricReport], wording: Wording) -> tuple[str, ...]:
    """Say in a sentence each what was measured in the repetition that stands for the set."""
    keys = {name: _sentence(name, told[name]) for name in SENTENCES if name in told}
    return tuple(_told(key, told[name], wording) for name, key in keys.items() if key)


def _sentence(name: str, metric: MetricReport) -> str:
    """Choose the text about a measurement; empty when there is nothing to say."""
    if metric.value is None or metric.sem is None:
        return ""
    if name == ONSET and metric.value <= metric.sem:
        return "lumbar.onset_at_once" if metric.value + metric.sem <= EARLY_PERCENT else ""
    return SENTENCES[name]


def _told(key: str, metric: MetricReport, wording: Wording) -> str:
    low, high = _interval(metric)
    return wording.of(
        key,
        value=format_whole(metric.value, metric.unit),
        error=format_whole(metric.sem),
        low=low,
        high=high,
    )


def _interval(measured: MetricReport) -> tuple[str, str]:
    """Write the ends of the 90 % interval."""
    if measured.value is None or measured.sem is None:
        return "", ""
    reach = INTERVAL_SE * measured.sem
    low, high = (format_whole(measured.value + way * reach, measured.unit) for way in (-1, 1))
    return low, high


def _limits(told: Mapping[str, MetricReport], wording: Wording) -> tuple[str, ...]:
    peak = told.get(PEAK)
    if peak is None or peak.sem is None:
        return ()
    error = format_whole(INTERVAL_SE * peak.sem, peak.unit)
    return (
        wording.of("lumbar.limit_estimate", error=error),
        *(wording.of(f"lumbar.limit_{name}") for name in ("change", "feeling", "validated")),
    )


def _set_facts(lumbar: LumbarReport, wording: Wording) -> tuple[str, ...]:
    """Say how it went over the set: only a change beyond its error is called one."""
    drift, spread = lumbar.measurements.get("drift"), lumbar.measurements.get("spread")
    facts = []
    if drift is not None and drift.value is not None and drift.sem is not None:
        moved = abs(drift.value) > INTERVAL_SE * drift.sem
        way = ("more" if drift.value > 0 else "less") if moved else "same"
        by = format_whole(abs(drift.value), drift.unit)
        facts.append(wording.of(f"lumbar.drift_{way}", value=by, error=format_whole(drift.sem)))
    if spread is not None and spread.value is not None:
        value = format_whole(spread.value, spread.unit)
        facts.append(wording.of("lumbar.spread", value=value))
    return tuple(facts)
