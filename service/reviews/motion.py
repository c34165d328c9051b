"""What the review page draws, frame by frame, as one compact JSON document beside the report.

Times are seconds from the first picture, places are pixels of the upright picture, angles degrees;
what was not seen or not measured is null. One entry a picture, in the order of ``t_s``.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.kinematics import Signal
from models.metrics import DESCENT_TIME, EARLY_TRUNK_DROP, END_INCLINATION, HIP_RISE_SHARE, LOCKOUT
from models.results import Phase
from vision.pose import SKELETON_EDGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from models.report import FindingReport, LumbarReport, Report, RepReport
    from models.results import Series
    from service.pipeline import AssessedSet
    from vision.outline import DorsalOutline
    from vision.pose import Pose

MOTION_VERSION: Final = 1
"""Raised when a field changes its meaning or goes; a new field does not raise it."""

SIGNALS: Final = {
    "trunk": Signal.TRUNK_INCLINATION,
    "hip": Signal.APPARENT_HIP_FLEXION,
    "knee": Signal.KNEE_FLEXION,
    "lumbar": Signal.LUMBAR_FLEXION,
    "true_hip": Signal.HIP_FLEXION,
}
"""Signals by their name in the document. ``hip`` and ``knee`` stand at the joint arcs; ``lumbar``
over ``true_hip`` from a repetition's start to its end is its lumbar–hip diagram."""

OUTLINE_POINTS: Final = 17
"""Points that are kept of an outline: a back has no finer shape in the picture of a page."""

DRAWN: Final = tuple(sorted({end for edge in SKELETON_EDGES for end in edge}))
"""The landmarks that the skeleton joins; those of face and fingers are not drawn."""

_AT_THE_END: Final = frozenset({LOCKOUT.id, END_INCLINATION.id})
_AT_THE_START: Final = frozenset({DESCENT_TIME.id})
_RISING: Final = frozenset({EARLY_TRUNK_DROP.id, HIP_RISE_SHARE.id})
"""Metrics that are not about the deepest moment, by where in a repetition they are seen."""


def motion_document(result: AssessedSet) -> bytes:
    """Write everything that the review page draws of a set.

    Parameters
    ----------
    result
        The assessed set.

    Returns
    -------
    bytes
        UTF-8 JSON without spaces; the same set gives the same bytes.
    """
    report, poses = result.report, result.recording.poses
    document = {
        "version": MOTION_VERSION,
        "size": list(poses[0].image_size) if poses else [1, 1],
        "near_side": report.framing.near_side,
        "movement": report.movement.judged_as,
        "t_s": [round(pose.t_s, 4) for pose in poses],
        "names": [landmark.name.lower() for landmark in DRAWN],
        "edges": [[DRAWN.index(start), DRAWN.index(end)] for start, end in SKELETON_EDGES],
        "landmarks": [_landmarks(pose) for pose in poses],
        "outlines": [_outline(pose.outline) for pose in poses],
        "series": _series(result.assessment.series),
        "reps": [_rep(rep) for rep in report.reps],
        "findings": _findings(report),
        "thresholds": {
            name: threshold.model_dump(mode="json")
            for name, threshold in report.provenance.thresholds.items()
        },
        "lumbar": None if report.lumbar is None else _lumbar(report.lumbar),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _landmarks(pose: Pose) -> list[list[float] | None] | None:
    if pose.is_empty:
        return None
    return [
        [round(x, 1), round(y, 1)] if math.isfinite(x + y) else None
        for x, y in pose.image_xy[list(DRAWN)].tolist()
    ]


def _outline(outline: DorsalOutline | None) -> list[tuple[float, float, bool]] | None:
    """Thin an outline evenly, both ends kept."""
    if outline is None or not len(outline.points_px):
        return None
    count = len(outline.points_px)
    kept = np.unique(np.linspace(0, count - 1, min(OUTLINE_POINTS, count)).round().astype(int))
    places = outline.points_px[kept].tolist()
    occluded = outline.occluded[kept].tolist()
    return [
        (round(x, 1), round(y, 1), covered)
        for (x, y), covered in zip(places, occluded, strict=True)
    ]


def _series(series: Series) -> dict[str, dict[str, list[float | None]]]:
    return {
        name: {"value": _column(series.of(signal)), "se": _column(series.se_of(signal))}
        for name, signal in SIGNALS.items()
    }


def _column(values: NDArray[np.float64]) -> list[float | None]:
    return [round(value, 1) + 0.0 if math.isfinite(value) else None for value in values.tolist()]


def _rep(rep: RepReport) -> dict[str, Any]:
    lumbar = rep.lumbar
    return {
        "number": rep.number,
        "start_s": rep.t0,
        "bottom_s": rep.bottom,
        "end_s": rep.t1,
        "starts_low": rep.starts_low,
        "phases": [
            {"phase": span.phase, "start_s": span.t0, "end_s": span.t1} for span in rep.phases
        ],
        "lumbar": None
        if lumbar is None
        else {
            "word": lumbar.band,
            "measured": {
                name: metric.model_dump(mode="json") for name, metric in lumbar.measurements.items()
            },
        },
    }


def _findings(report: Report) -> list[dict[str, Any]]:
    metric_of = {name: limit.metric for name, limit in report.provenance.thresholds.items()}
    of_reps = (
        _finding(finding, rep.number, moment_of(rep, metric_of.get(finding.threshold, "")))
        for rep in report.reps
        for finding in rep.findings
    )
    return [*of_reps, *(_finding(finding, None, None) for finding in report.set_findings)]


def _finding(finding: FindingReport, rep: int | None, t_s: float | None) -> dict[str, Any]:
    return {"rep": rep, "t_s": t_s, **finding.model_dump(mode="json")}


def moment_of(rep: RepReport, metric: str) -> float:
    """Tell at which moment of a repetition a metric is best seen.

    Parameters
    ----------
    rep
        The repetition.
    metric
        Id of the metric.

    Returns
    -------
    float
        Seconds: the start for what is about the way down, the first third of the way up for what
        happens on rising, the end for what is about standing up, else the deepest moment.
    """
    if metric in _AT_THE_END:
        return rep.t1
    if metric in _AT_THE_START:
        return rep.t0
    if metric in _RISING:
        rising = next((span for span in rep.phases if span.phase is Phase.ASCENT), None)
        return rep.bottom if rising is None else rising.t0 + (rising.t1 - rising.t0) / 3
    return rep.bottom


def _lumbar(lumbar: LumbarReport) -> dict[str, Any]:
    own = lumbar.own_bend
    return {
        "typical_rep": lumbar.typical_rep,
        "reason": lumbar.reason,
        "own_bend": None
        if own is None
        else {
            "max_deg": own.max_deg,
            "max_se_deg": own.max_se_deg,
            "hip_deg": _thinned(own.hip_deg),
            "lumbar_deg": _thinned(own.lumbar_deg),
        },
    }


def _thinned(values: Sequence[float], most: int = 60) -> list[float]:
    stride = max(1, math.ceil(len(values) / most))
    return _rounded(values[::stride])


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(value, 2) for value in values]
