"""The report as one page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.assessor import CLIP_TOO_SHORT
from models.cues import NO_ONE_CUE
from models.judging import NOT_MEASURED
from models.kinematics import Signal
from models.results import Verdict
from service.charts import (
    Curve,
    Gauge,
    RepSpan,
    Strip,
    Tick,
    curve,
    gauge,
    rep_spans,
    strip,
    ticks,
    time_scale,
)
from service.formats import (
    format_clock,
    format_estimate,
    format_measure,
    format_score,
    format_score_high,
    format_score_low,
    format_value,
    sentence_start,
    with_decimal_mark,
)
from service.lumbar_diagram import BOTTOM, LEFT, RIGHT, SIZE, TOP
from service.lumbar_section import lumbar_section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.report import FindingReport, NoteReport, Report, ThresholdReport
    from models.results import Series
    from service.wording import Wording

SHOWN_ANGLES: Final = {
    "trunk": Signal.TRUNK_INCLINATION,
    "hip": Signal.APPARENT_HIP_FLEXION,
    "knee": Signal.KNEE_FLEXION,
}
"""The angles written at a moment, by the key of their words."""

CURVES: Final = SHOWN_ANGLES | {"lumbar": Signal.LUMBAR_FLEXION}
"""The signals drawn over time, by the key of their words."""

CURVE_SIZE: Final = (860.0, 132.0)
CURVE_LEFT: Final = 46.0
STRIP_SIZE: Final = (330.0, 128.0)
STRIP_LEFT: Final = 36.0
STRIP_LABELS: Final = 92.0

REPS_PER_TABLE: Final = 8
"""Columns of repetitions that fit the width of a printed page."""

LONG_GAP_S: Final = 0.5
"""Longest time between two pictures that goes unmentioned."""

NUMBERS: Final[Mapping[str, Callable[..., str]]] = {
    "clock": format_clock,
    "estimate": format_estimate,
    "measure": format_measure,
    "number": str,
    "score": format_score,
    "score_high": format_score_high,
    "score_low": format_score_low,
    "value": format_value,
}
"""How templates write numbers, by the name of the filter."""

ABOUT_NO_REPS: Final = frozenset({CLIP_TOO_SHORT, "no_reps"})
"""Notes about a clip without a repetition."""

_NOTABLE: Final = (
    Verdict.FLAG,
    Verdict.AMBER,
    Verdict.NOT_SURE,
    Verdict.OK,
    Verdict.NOT_ASSESSABLE,
)
"""Verdicts, the one that stands for a fault first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFrame:
    """The picture of a repetition's deepest moment.

    Attributes
    ----------
    rep
        Number of the repetition.
    t_s
        Time of the picture.
    jpeg
        The encoded picture.
    size
        Width and height in pixels.
    angles_deg
        Angles at that moment by the key of their words; only those that are known.
    """

    rep: int
    t_s: float
    jpeg: bytes
    size: tuple[int, int]
    angles_deg: dict[str, float]

    @property
    def data_uri(self) -> str:
        """The picture as an address that holds it whole."""
        return _jpeg_uri(self.jpeg)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackPicture:
    """The picture of the back's outline at the deepest moment of the typical repetition.

    Attributes
    ----------
    rep
        Number of the repetition.
    t_s
        Time of the picture.
    jpeg
        The encoded picture.
    size
        Width and height in pixels.
    """

    rep: int
    t_s: float
    jpeg: bytes
    size: tuple[int, int]

    @property
    def data_uri(self) -> str:
        """The picture as an address that holds it whole."""
        return _jpeg_uri(self.jpeg)


def _jpeg_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """Everything that was found about one fault.

    Attributes
    ----------
    fault
        Its id.
    threshold
        The limits; None when the report carries none of that name.
    verdict
        The most notable verdict.
    count
        How many findings have that verdict.
    findings
        Number of the repetition (None for the whole set) and the finding.
    strip
        Drawing of the values by repetition; None when there are none.
    """

    fault: str
    threshold: ThresholdReport | None
    verdict: Verdict
    count: int
    findings: tuple[tuple[int | None, FindingReport], ...]
    strip: Strip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePanel:
    """All curves over one time axis."""

    curves: tuple[Curve, ...]
    reps: tuple[RepSpan, ...]
    ticks: tuple[Tick, ...]


def render_report(
    report: Report,
    *,
    series: Series,
    key_frames: Sequence[KeyFrame],
    files: Sequence[str],
    wording: Wording,
    back: BackPicture | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    report
        What the page tells.
    series
        Signals of every frame, for the curves.
    key_frames
        Pictures of the repetitions.
    files
        Names of the files that lie beside the page.
    wording
        The words. Everything else that is written on the page is escaped.
    back
        Picture of the back's outline; None when there is none.
    """
    faults = fault_rows(report)
    names = measured_names(report)
    return (
        _environment(wording.of("language.decimal_mark"))
        .get_template("report.html")
        .render(
            report=report,
            frames=key_frames,
            back=lumbar_section(report, wording),
            back_picture=back,
            files=files,
            panel=curve_panel(report, series),
            faults=faults,
            unmeasured=unmeasured(report, faults, wording),
            gauge=score_gauge(report),
            sources=sources(report),
            tables=[
                report.reps[first : first + REPS_PER_TABLE]
                for first in range(0, len(report.reps), REPS_PER_TABLE)
            ],
            source_notes=source_notes(report, wording),
            measured_names=names,
            has_gaps=any(rep.metrics[name].value is None for rep in report.reps for name in names),
            video=next((name for name in files if name.endswith(".mp4")), None),
            notes=[note_text(note, wording) for note in report.notes],
            next_clip=next_clip(report, wording),
            t=wording.of,
            maybe=wording.maybe,
            language=wording.language,
            Verdict=Verdict,
        )
    )


def score_gauge(report: Report) -> Gauge | None:
    """Draw the score; None when there is no number."""
    score = report.score
    if score is None or score.score is None or score.lo is None or score.hi is None:
        return None
    return gauge(score.score, score.lo, score.hi)


def curve_panel(report: Report, series: Series) -> CurvePanel | None:
    """Lay out the curves; None without a repetition, where angles mean little, or a signal."""
    if not report.reps:
        return None
    width, height = CURVE_SIZE
    x = time_scale(series.t_s, CURVE_LEFT, width - 6)
    drawn = (
        curve(name, series.t_s, series.of(signal), series.se_of(signal), x=x, height=height)
        for name, signal in CURVES.items()
    )
    known = tuple(each for each in drawn if each is not None)
    if not known:
        return None
    return CurvePanel(curves=known, reps=rep_spans(report.reps, x), ticks=ticks(x, 10))


def fault_rows(report: Report) -> tuple[FaultRow, ...]:
    """Gather the findings by fault: the cued one first, then by what is most notable."""
    found: dict[str, list[tuple[int | None, FindingReport]]] = {}
    for rep in report.reps:
        for finding in rep.findings:
            found.setdefault(finding.fault, []).append((rep.number, finding))
    for finding in report.set_findings:
        found.setdefault(finding.fault, []).append((None, finding))
    cued = report.cue.fault if report.cue else None
    rows = [_fault_row(fault, findings, report) for fault, findings in found.items()]
    return tuple(
        sorted(rows, key=lambda row: (row.fault != cued, _NOTABLE.index(row.verdict), -row.count))
    )


def measured_names(report: Report) -> list[str]:
    """Name the metrics that were measured in at least one repetition, in order."""
    names = dict.fromkeys(name for rep in report.reps for name in rep.metrics)
    return [
        name for name in names if any(rep.metrics[name].value is not None for rep in report.reps)
    ]


def unmeasured(report: Report, rows: Sequence[FaultRow], wording: Wording) -> dict[str, list[str]]:
    """Gather what could not be measured: names by the words of the reason."""
    named = {_metric_title(key, wording): reason for key, reason in report.not_measured.items()}
    for row in rows:
        if row.verdict is Verdict.NOT_ASSESSABLE and row.fault not in report.not_measured:
            finding = row.findings[0][1]
            reason = finding.reason or finding.measured.reason or NOT_MEASURED
            key = row.fault if row.threshold is None else row.threshold.metric
            named.setdefault(_metric_title(key, wording), reason)
    grouped: dict[str, list[str]] = {}
    for name, reason in named.items():
        grouped.setdefault(wording.of(f"reason.{reason}"), []).append(name)
    return grouped


def _metric_title(key: str, wording: Wording) -> str:
    return wording.maybe(f"fault.{key}.good") or wording.of(f"metric.{key}")


def note_text(note: NoteReport, wording: Wording) -> str:
    """Write a note; movements that its values name are called by their titles."""
    mark = wording.of("language.decimal_mark")
    values = {
        key: wording.maybe(f"movement.{value}") or with_decimal_mark(value, mark)
        for key, value in note.values.items()
    }
    return wording.of(f"note.{note.note}", **values)


def next_clip(report: Report, wording: Wording) -> list[str]:
    """Say what to do in another way next time; empty when nothing stood in the way.

    Where no repetition counted, why the bends that were seen did not count belongs to it, or else
    what the clip lacked.
    """
    told = [wording.of(f"framing.{issue}") for issue in report.framing.issues]
    if report.reps:
        return told
    reasons = dict.fromkeys(bend.reason for bend in report.discarded)
    told += [wording.of(f"reason.{reason}") for reason in reasons]
    return told + [note_text(note, wording) for note in report.notes if note.note in ABOUT_NO_REPS]


def title_of(row: FaultRow) -> str:
    """Key of the title of a finding: what was undecided is called by what was measured."""
    if row.verdict is Verdict.NOT_SURE and row.threshold is not None:
        return f"metric.{row.threshold.metric}"
    return f"fault.{row.fault}.{'good' if row.verdict is Verdict.OK else 'title'}"


def sources(report: Report) -> dict[str, tuple[int, str]]:
    """Give every source of a limit a number: number and words by the key of the source."""
    words = {limit.reference: limit.source for limit in report.provenance.thresholds.values()}
    return {key: (number, text) for number, (key, text) in enumerate(words.items(), start=1)}


def source_notes(report: Report, wording: Wording) -> list[str]:
    """Say what went amiss while the video was read."""
    health = report.provenance.source.health
    counts = {
        "corrupt_packets": health.corrupt_packets,
        "backward_frames": health.backward_frames,
        "dropped_frames": health.dropped_frames,
    }
    notes = [wording.of(f"notes.{key}", count=count) for key, count in counts.items() if count]
    if health.longest_gap_s > LONG_GAP_S:
        gap_s = with_decimal_mark(
            f"{health.longest_gap_s:.1f}", wording.of("language.decimal_mark")
        )
        notes.append(wording.of("notes.long_gap", seconds=gap_s))
    return notes


def _fault_row(
    fault: str, findings: list[tuple[int | None, FindingReport]], report: Report
) -> FaultRow:
    counts = Counter(finding.verdict for _, finding in findings)
    verdict = next(kind for kind in _NOTABLE if counts[kind])
    threshold = report.provenance.thresholds.get(findings[0][1].threshold)
    return FaultRow(
        fault=fault,
        threshold=threshold,
        verdict=verdict,
        count=counts[verdict],
        findings=tuple(findings),
        strip=None if threshold is None else _strip(findings, threshold),
    )


def _strip(
    findings: list[tuple[int | None, FindingReport]], threshold: ThresholdReport
) -> Strip | None:
    values = [
        (number, finding.verdict, finding.measured)
        for number, finding in findings
        if number is not None
    ]
    if all(measured.value is None for _, _, measured in values):
        return None
    width, height = STRIP_SIZE
    right = width - STRIP_LABELS
    return strip(values, threshold, left=STRIP_LEFT, right=right, height=height)


@cache
def _environment(decimal_mark: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("service", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: _with_mark(write, decimal_mark) for name, write in NUMBERS.items()
    } | {"sentence_start": sentence_start}
    environment.globals |= {
        "no_one_cue": NO_ONE_CUE,
        "title_of": title_of,
        "curve_left": CURVE_LEFT,
        "curve_size": CURVE_SIZE,
        "diagram_edges": (LEFT, RIGHT, TOP, BOTTOM),
        "diagram_size": SIZE,
        "strip_left": STRIP_LEFT,
        "strip_right": STRIP_SIZE[0] - STRIP_LABELS,
        "strip_size": STRIP_SIZE,
    }
    return environment


def _with_mark(write: Callable[..., str], decimal_mark: str) -> Callable[..., str]:
    def written(*values: object) -> str:
        return with_decimal_mark(write(*values), decimal_mark)

    return written
