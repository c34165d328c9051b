"""The report: everything an assessment found, as versioned and documented JSON.

The fields are those of ``docs/report.md``; their JSON schema is ``docs/report.schema.json``. What
could not be measured is null, with the key of the reason. The report holds no date, so that the
same recording gives the same bytes.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.calibration import OwnBend
from models.judging import NOT_MEASURED
from models.kinematics import Signal
from models.lumbar.rhythm import PEAK, LumbarRhythm, SetRhythm
from models.lumbar.shape import EVIDENCE, BackShape
from models.references import REFERENCES
from models.results import (
    Assessment,
    Band,
    Confidence,
    Finding,
    Measurement,
    Phase,
    Rep,
    Score,
    Verdict,
)
from models.scoring import RepScore, band_of, score_rep
from models.spec import Direction, EvidenceGrade, MovementSpec, Status
from models.text import load_texts
from vision.errors import InputError
from vision.frame import SourceHealth, VideoInfo
from vision.framing import CameraView, FramingIssue, FramingSummary, Side
from vision.recording import Recording

REPORT_VERSION: Final = 1
"""Raised when a field changes its meaning or goes; a new field does not raise it."""

_DECIMALS: Final = 4


class _Part(BaseModel):
    """A piece of the report: unchangeable, and no field but the ones named."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MovementReport(_Part):
    """Which movement it was."""

    declared: str | None = Field(description="Movement the user named; null for auto.")
    recognised: str = Field(description="What it looked like: a movement id, 'mixed' or 'none'.")
    judged_as: str | None = Field(description="Definition that was applied; null when none was.")
    definition_version: int | None = Field(description="Version of that definition.")


class MetricReport(_Part):
    """One measured number; its value is null when `reason` says why it could not be measured."""

    value: float | None = Field(description="In `unit`; flexion positive, 0 is own upright.")
    sem: float | None = Field(description="Standard error of measurement, in `unit`.")
    unit: str = Field(description="deg, s, % or ratio.")
    method: str = Field(description="How it was obtained.")
    reason: str | None = Field(description="Key of the reason why there is no value.")

    @model_validator(mode="after")
    def _value_or_reason(self) -> Self:
        if (self.value is None) != (self.reason is not None):
            msg = f"expected either a value or a reason, got {self.value} and {self.reason!r}"
            raise ValueError(msg)
        return self


class FindingReport(_Part):
    """A fault that was looked for."""

    fault: str = Field(description="Id of the fault.")
    verdict: Verdict = Field(description="What is known about it.")
    reason: str | None = Field(description="Key of the reason when not assessable.")
    measured: MetricReport
    threshold: str = Field(description="Id in provenance.thresholds.")
    p_amber: float | None = Field(description="Probability that the value lies past amber.")
    p_flag: float | None = Field(description="Probability that the value lies past flag.")
    grade: EvidenceGrade = Field(description="Evidence behind the limits.")


class PhaseReport(_Part):
    """A phase and its half-open span."""

    phase: Phase
    t0: float = Field(description="Seconds.")
    t1: float = Field(description="Seconds.")


class SubScoreReport(_Part):
    """One part of the score; numbers are null when nothing of it was measured."""

    score: float | None = Field(ge=0, le=100)
    lo: float | None = Field(description="Lower end of the 90 % interval.")
    hi: float | None = Field(description="Upper end of the 90 % interval.")
    band: Band
    weight: float = Field(ge=0, le=100)


class LumbarCurveReport(_Part):
    """Lumbar flexion against true hip flexion, frame by frame; every list has one entry a frame."""

    t: tuple[float, ...] = Field(description="Seconds.")
    phase: tuple[Phase, ...] = Field(description="Phase of the frame.")
    hip_deg: tuple[float | None, ...] = Field(description="True hip flexion: thigh to pelvis.")
    lumbar_deg: tuple[float | None, ...] = Field(
        description="Lumbar flexion, estimate; change from own standing."
    )
    se_deg: tuple[float | None, ...] = Field(
        description="Standard error of lumbar_deg, mostly shared by all frames of a repetition."
    )


class RepLumbarReport(_Part):
    """How one repetition shared its bend between hips and lower back; an estimate throughout."""

    band: BackShape = Field(description="Word for lumbar flexion at the bottom.")
    measurements: dict[str, MetricReport] = Field(description="By id; docs/report.md names them.")
    curve: LumbarCurveReport | None = Field(description="Null when no frame was measured.")
    evidence_note: str = Field(description="To be shown wherever a value of these is shown.")


class OwnBendReport(_Part):
    """The person's own full forward bend, from a calibration."""

    max_deg: float = Field(description="Their own largest lumbar flexion.")
    max_se_deg: float
    hip_deg: tuple[float, ...] = Field(description="True hip flexion along the bend, rising.")
    lumbar_deg: tuple[float, ...] = Field(description="Lumbar flexion at each of hip_deg.")
    bends: int = Field(ge=0, description="How many bends it was taken from.")


class LumbarReport(_Part):
    """How the set shared its bends between hips and lower back."""

    estimator: str | None = Field(description="What estimated lumbar flexion; null when nothing.")
    reason: str | None = Field(description="Key of the reason when no repetition was measured.")
    typical_rep: int | None = Field(
        description="Repetition with the median lumbar flexion at the bottom."
    )
    measurements: dict[str, MetricReport] = Field(description="Over the whole set, by id.")
    own_bend: OwnBendReport | None = Field(description="Null when it is not known.")
    evidence_note: str = Field(description="To be shown wherever a value of these is shown.")


class RepReport(_Part):
    """One repetition."""

    number: int = Field(ge=1)
    movement: str | None = Field(description="Definition it was judged by.")
    declared: str | None = Field(description="Movement the user named; null for auto.")
    classified: str = Field(description="What this repetition looked like.")
    variant: str | None = Field(description="Finer name when recognised.")
    t0: float = Field(description="Seconds: leaving upright, or the first moment seen.")
    bottom: float = Field(description="Seconds: deepest bend.")
    t1: float = Field(description="Seconds: upright again.")
    starts_low: bool = Field(description="Whether it began at the bottom.")
    view: CameraView
    yaw_deg: float | None = Field(description="Turn away from a pure side view.")
    coverage: float = Field(ge=0, le=1, description="Share of its frames that were measured.")
    phases: tuple[PhaseReport, ...]
    metrics: dict[str, MetricReport]
    findings: tuple[FindingReport, ...]
    sub_scores: dict[str, SubScoreReport] = Field(description="The parts that were seen.")
    score: float | None = Field(description="Null when too little of the weight was seen.")
    lumbar: RepLumbarReport | None = Field(
        default=None, description="Null when it was not looked for."
    )


class ScoreReport(_Part):
    """A score about skill, never about harm."""

    score: float | None = Field(ge=0, le=100)
    lo: float | None = Field(description="Lower end of the 90 % interval.")
    hi: float | None = Field(description="Upper end of the 90 % interval.")
    band: Band
    confidence: Confidence
    coverage: float = Field(ge=0, le=1, description="Share of the weights that was measured.")
    sub_scores: dict[str, SubScoreReport]


class CueReport(_Part):
    """The one thing to practise next."""

    cue: str = Field(description="Key of the cue's text.")
    fault: str | None = Field(description="Finding it answers; null when all went well.")
    strength: str = Field(description="Key of what went well.")
    reps_affected: int = Field(ge=0)
    reps_judged: int = Field(ge=0)


class DiscardedReport(_Part):
    """A bend that was not counted."""

    t0: float
    t1: float
    reason: str


class NoteReport(_Part):
    """Something the person should know."""

    note: str = Field(description="Key of the text.")
    values: dict[str, str] = Field(description="What its placeholders stand for.")


class FramingReport(_Part):
    """How the person stood to the camera."""

    view: CameraView
    yaw_deg: float | None
    facing: Side
    near_side: Side
    person_height_px: float | None
    roll_deg: float | None
    frame_rate_hz: float | None
    seen_fraction: float
    assessable_fraction: float
    upright_found_s: float = Field(description="Quiet standing that upright was taken from.")
    issues: tuple[FramingIssue, ...]


class ThresholdReport(_Part):
    """A limit that was in force."""

    fault: str
    metric: str
    amber: float
    flag: float
    direction: Direction
    unit: str
    reference: str = Field(description="Key of the source in models/references.py.")
    source: str = Field(description="The source in words.")
    status: Status
    grade: EvidenceGrade
    rationale: str


class EstimatorReport(_Part):
    """Where the landmarks come from."""

    name: str
    version: str
    model: str
    asset_sha256: str


class VideoReport(_Part):
    """What the video's header says."""

    width: int
    height: int
    rotation_deg: int
    duration_s: float | None
    nominal_fps: float | None
    codec: str
    container: str


class HealthReport(_Part):
    """What went amiss while reading the source."""

    frames_read: int
    corrupt_packets: int
    backward_frames: int
    dropped_frames: int
    longest_gap_s: float


class SourceReport(_Part):
    """The file that was assessed."""

    file_name: str
    sha256: str | None = Field(pattern="^[0-9a-f]{64}$", description="Null for a camera.")
    video: VideoReport | None
    health: HealthReport


class ProvenanceReport(_Part):
    """What the report rests on."""

    hingewise: str = Field(description="Version of the program.")
    estimator: EstimatorReport
    source: SourceReport
    thresholds: dict[str, ThresholdReport]


class Report(_Part):
    """One assessed set."""

    report_version: Literal[1]
    movement: MovementReport
    assessable: bool = Field(description="Whether repetitions could be judged at all.")
    cue: CueReport | None
    score: ScoreReport | None
    reps: tuple[RepReport, ...]
    set_findings: tuple[FindingReport, ...] = Field(description="Findings about the whole set.")
    not_measured: dict[str, str] = Field(description="What was not measured, with the reason key.")
    discarded: tuple[DiscardedReport, ...]
    notes: tuple[NoteReport, ...]
    framing: FramingReport
    provenance: ProvenanceReport
    lumbar: LumbarReport | None = Field(
        default=None, description="Null without a repetition, and in reports of older programs."
    )

    def to_json(self) -> str:
        """Write the report; the same report gives the same bytes."""
        return self.model_dump_json(indent=2) + "\n"


def build_report(
    assessment: Assessment,
    *,
    spec: MovementSpec | None,
    recording: Recording,
    program_version: str,
) -> Report:
    """Put an assessment into the form of the report.

    Parameters
    ----------
    assessment
        What was found.
    spec
        The definition it was judged by; None when nothing could be judged.
    recording
        The poses that were assessed, and where they come from.
    program_version
        Version of Hingewise.
    """
    set_wide = (finding for finding in assessment.findings if finding.rep is None)
    return Report(
        report_version=REPORT_VERSION,
        movement=MovementReport(
            declared=assessment.declared,
            recognised=assessment.recognised,
            judged_as=assessment.judged_as,
            definition_version=None if spec is None else spec.version,
        ),
        assessable=assessment.assessable,
        cue=_cue(assessment),
        score=None if assessment.score is None else _score(assessment.score),
        reps=tuple(_rep(rep, assessment, spec) for rep in assessment.reps),
        set_findings=tuple(_finding(finding) for finding in set_wide),
        not_measured=dict(assessment.not_measured),
        discarded=tuple(
            DiscardedReport(t0=_exact(bend.start_s), t1=_exact(bend.end_s), reason=bend.reason)
            for bend in assessment.discarded
        ),
        notes=tuple(
            NoteReport(note=note.key, values=dict(note.values)) for note in assessment.notes
        ),
        framing=_framing(assessment.framing, assessment.upright_found_s),
        provenance=_provenance(_judged_by(spec, assessment), recording, program_version),
        lumbar=_lumbar(assessment) if assessment.reps else None,
    )


def read_report(path: Path) -> Report:
    """Read and check a report.

    Raises
    ------
    InputError
        When the file cannot be read, is no report, or is one of an unknown version.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{path}: expected a report, but {error.strerror or error}: check the path"
        raise InputError(msg) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        msg = (
            f"{path}: expected a report of version {REPORT_VERSION}, got trouble at {place}: "
            f"{first['msg']}; make it anew with 'hingewise replay'"
        )
        raise InputError(msg) from error


def schema_json() -> str:
    """Write the JSON schema of the report, as it stands in ``docs/report.schema.json``."""
    schema = Report.model_json_schema(mode="serialization")
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


def _number(value: float | None) -> float | None:
    """Round to what is worth keeping; what is unknown is None."""
    return None if value is None or not math.isfinite(value) else _exact(value)


def _exact(value: float) -> float:
    return round(float(value), _DECIMALS) + 0.0


def _metric(measurement: Measurement) -> MetricReport:
    measured = measurement.measured
    return MetricReport(
        value=_number(measurement.value),
        sem=_number(measurement.se) if measured else None,
        unit=measurement.unit,
        method=measurement.method,
        reason=None if measured else measurement.reason or NOT_MEASURED,
    )


def _finding(finding: Finding) -> FindingReport:
    return FindingReport(
        fault=finding.fault,
        verdict=finding.verdict,
        reason=finding.reason or None,
        measured=_metric(finding.measurement),
        threshold=finding.threshold_id,
        p_amber=_number(finding.p_amber),
        p_flag=_number(finding.p_flag),
        grade=finding.grade,
    )


def _rep(rep: Rep, assessment: Assessment, spec: MovementSpec | None) -> RepReport:
    framing = assessment.framing
    scored = None if spec is None else score_rep(spec, rep.metrics, set_metrics(assessment, spec))
    return RepReport(
        number=rep.number,
        movement=assessment.judged_as,
        declared=assessment.declared,
        classified=rep.family,
        variant=rep.variant or None,
        t0=_exact(rep.start_s),
        bottom=_exact(rep.bottom_s),
        t1=_exact(rep.end_s),
        starts_low=rep.starts_low,
        view=framing.view,
        yaw_deg=_number(framing.yaw_deg),
        coverage=_exact(rep.coverage),
        phases=tuple(
            PhaseReport(phase=span.phase, t0=_exact(span.start_s), t1=_exact(span.end_s))
            for span in rep.phases
        ),
        metrics={name: _metric(measurement) for name, measurement in rep.metrics.items()},
        findings=tuple(
            _finding(finding) for finding in assessment.findings if finding.rep == rep.number
        ),
        sub_scores={} if spec is None or scored is None else _rep_sub_scores(scored, spec),
        score=_number(scored.whole.value) if scored and scored.whole else None,
        lumbar=_rep_lumbar(rep),
    )


def _rep_lumbar(rep: Rep) -> RepLumbarReport | None:
    if rep.rhythm is None:
        return None
    return RepLumbarReport(
        band=rep.rhythm.shape,
        measurements=_measurements(rep.rhythm),
        curve=_lumbar_curve(rep),
        evidence_note=_evidence_note(),
    )


def _measurements(rhythm: LumbarRhythm | SetRhythm) -> dict[str, MetricReport]:
    values = {field.name: getattr(rhythm, field.name) for field in fields(rhythm)}
    return {name: _metric(one) for name, one in values.items() if isinstance(one, Measurement)}


def _lumbar_curve(rep: Rep) -> LumbarCurveReport | None:
    series = rep.series
    hip, lumbar = series.of(Signal.HIP_FLEXION), series.of(Signal.LUMBAR_FLEXION)
    if not np.isfinite(hip + lumbar).any():
        return None
    return LumbarCurveReport(
        t=tuple(_exact(t_s) for t_s in series.t_s),
        phase=tuple(_phase_at(rep, float(t_s)) for t_s in series.t_s),
        hip_deg=tuple(_number(angle) for angle in hip),
        lumbar_deg=tuple(_number(angle) for angle in lumbar),
        se_deg=tuple(_number(error) for error in series.se_of(Signal.LUMBAR_FLEXION)),
    )


def _phase_at(rep: Rep, t_s: float) -> Phase:
    """Phase of a moment of a repetition; its very last frame belongs to the last phase."""
    return next((span.phase for span in rep.phases if t_s < span.end_s), rep.phases[-1].phase)


def _lumbar(assessment: Assessment) -> LumbarReport:
    own = assessment.own_bend
    typical = typical_rep(assessment.reps)
    return LumbarReport(
        estimator=assessment.lumbar_method or None,
        reason=None if typical is not None else why_no_lumbar(assessment),
        typical_rep=typical,
        measurements={} if assessment.rhythm is None else _measurements(assessment.rhythm),
        own_bend=None if own is None else _own_bend(own),
        evidence_note=_evidence_note(),
    )


def typical_rep(reps: Sequence[Rep]) -> int | None:
    """Choose the repetition with the (lower) median of lumbar flexion at the bottom.

    Returns
    -------
    int or None
        Its number; None when lumbar flexion was measured in none.
    """
    peaks = sorted(
        (rep.rhythm.peak.value, rep.number)
        for rep in reps
        if rep.rhythm is not None and rep.rhythm.peak.measured
    )
    return peaks[(len(peaks) - 1) // 2][1] if peaks else None


def why_no_lumbar(assessment: Assessment) -> str:
    """Key of the commonest reason of the repetitions, else of that of the set."""
    reasons = Counter(rep.rhythm.peak.reason for rep in assessment.reps if rep.rhythm is not None)
    commonest = min(reasons, key=lambda reason: (-reasons[reason], reason), default="")
    return commonest or assessment.not_measured.get(PEAK.id, NOT_MEASURED)


def _own_bend(own: OwnBend) -> OwnBendReport:
    return OwnBendReport(
        max_deg=_exact(own.max_lumbar_deg),
        max_se_deg=_exact(own.max_lumbar_se_deg),
        hip_deg=tuple(_exact(angle) for angle in own.hip_deg),
        lumbar_deg=tuple(_exact(angle) for angle in own.lumbar_deg),
        bends=own.bends,
    )


def _evidence_note() -> str:
    texts = load_texts()
    return " ".join(texts.text(key) for key in EVIDENCE)


def set_metrics(assessment: Assessment, spec: MovementSpec) -> dict[str, Measurement]:
    """Metrics of the whole set by id, as they were judged."""
    metric_of = {fault.id: fault.metric.id for fault in spec.faults}
    return {
        metric_of[finding.fault]: finding.measurement
        for finding in assessment.findings
        if finding.rep is None and finding.fault in metric_of
    }


def _rep_sub_scores(scored: RepScore, spec: MovementSpec) -> dict[str, SubScoreReport]:
    return {
        str(part): SubScoreReport(
            score=_number(estimate.value),
            lo=_number(estimate.low),
            hi=_number(estimate.high),
            band=band_of(estimate),
            weight=_exact(spec.weights[part]),
        )
        for part, estimate in scored.parts.items()
    }


def _score(score: Score) -> ScoreReport:
    return ScoreReport(
        score=_number(score.value),
        lo=_number(score.low),
        hi=_number(score.high),
        band=score.band,
        confidence=score.confidence,
        coverage=_exact(score.coverage),
        sub_scores={
            str(part.part): SubScoreReport(
                score=_number(part.value),
                lo=_number(part.low),
                hi=_number(part.high),
                band=part.band,
                weight=_exact(part.weight),
            )
            for part in score.parts
        },
    )


def _cue(assessment: Assessment) -> CueReport | None:
    cue = assessment.cue
    if cue is None:
        return None
    return CueReport(
        cue=cue.key,
        fault=cue.fault,
        strength=cue.strength,
        reps_affected=cue.reps_affected,
        reps_judged=cue.reps_judged,
    )


def _framing(framing: FramingSummary, upright_found_s: float) -> FramingReport:
    return FramingReport(
        view=framing.view,
        yaw_deg=_number(framing.yaw_deg),
        facing=framing.facing,
        near_side=framing.near_side,
        person_height_px=_number(framing.person_height_px),
        roll_deg=_number(framing.roll_deg),
        frame_rate_hz=_number(framing.frame_rate_hz),
        seen_fraction=_exact(framing.seen_fraction),
        assessable_fraction=_exact(framing.assessable_fraction),
        upright_found_s=_exact(upright_found_s),
        issues=framing.issues,
    )


def _provenance(
    spec: MovementSpec | None, recording: Recording, program_version: str
) -> ProvenanceReport:
    estimator = recording.estimator
    return ProvenanceReport(
        hingewise=program_version,
        estimator=EstimatorReport(
            name=estimator.name,
            version=estimator.version,
            model=estimator.model,
            asset_sha256=estimator.asset_sha256,
        ),
        source=SourceReport(
            file_name=recording.source_name,
            sha256=recording.source_sha256,
            video=None if recording.video is None else _video(recording.video),
            health=_health(recording.health),
        ),
        thresholds={} if spec is None else _thresholds(spec),
    )


def _video(info: VideoInfo) -> VideoReport:
    return VideoReport(
        width=info.width,
        height=info.height,
        rotation_deg=info.rotation_deg,
        duration_s=_number(info.duration_s),
        nominal_fps=_number(info.nominal_fps),
        codec=info.codec,
        container=info.container,
    )


def _health(health: SourceHealth) -> HealthReport:
    return HealthReport(
        frames_read=health.frames_read,
        corrupt_packets=health.corrupt_packets,
        backward_frames=health.backward_frames,
        dropped_frames=health.dropped_frames,
        longest_gap_s=_exact(health.longest_gap_s),
    )


def _judged_by(spec: MovementSpec | None, assessment: Assessment) -> MovementSpec | None:
    """Give the definition with what it looked for because soreness was reported."""
    if spec is None:
        return None
    judged = {finding.fault for finding in assessment.findings}
    sore = any(fault.id in judged for fault in spec.faults_when_sore)
    return spec.when_sore if sore else spec


def _thresholds(spec: MovementSpec) -> dict[str, ThresholdReport]:
    return {
        fault.threshold.id: ThresholdReport(
            fault=fault.id,
            metric=fault.metric.id,
            amber=fault.threshold.amber,
            flag=fault.threshold.flag,
            direction=fault.threshold.direction,
            unit=fault.threshold.unit,
            reference=fault.threshold.reference,
            source=_source(fault.threshold.reference),
            status=fault.threshold.status,
            grade=fault.threshold.grade,
            rationale=fault.threshold.rationale,
        )
        for fault in spec.faults
    }


def _source(key: str) -> str:
    reference = REFERENCES[key]
    return f"{reference.text} {reference.address}".strip()
