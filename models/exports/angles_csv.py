"""The angles of every frame as one tidy table."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from models.kinematics import Signal

if TYPE_CHECKING:
    from models.results import Assessment, Rep


def angles_csv(assessment: Assessment) -> str:
    """Write one row per frame.

    Columns are ``time_s``, every `Signal` (its unit stands in its name; flexion positive,
    relative to the person's own upright), ``rep`` and ``phase``, then every signal's standard
    error as ``NAME_se``. A cell is empty where the signal is unknown, and ``rep`` and ``phase``
    are empty between repetitions.

    Returns
    -------
    str
        CSV with a header row; lines end in a line feed.
    """
    names = [str(signal) for signal in Signal]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["time_s", *names, "rep", "phase", *(f"{name}_se" for name in names)])
    series = assessment.series
    for t_s, values, errors in zip(series.t_s, series.value, series.se, strict=True):
        number, phase = _moment(assessment.reps, float(t_s))
        cells = [_cell(value) for value in values]
        writer.writerow([f"{t_s:.4f}", *cells, number, phase, *(_cell(error) for error in errors)])
    return buffer.getvalue()


def _cell(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else ""


def _moment(reps: tuple[Rep, ...], t_s: float) -> tuple[str, str]:
    """Name the repetition and phase of a time; empty between repetitions."""
    for rep in reps:
        if rep.start_s <= t_s < rep.end_s:
            spans = (span for span in rep.phases if span.start_s <= t_s < span.end_s)
            span = next(spans, None)
            return str(rep.number), "" if span is None else str(span.phase)
    return "", ""
