"""What a movement definition is made of.

A movement is one typed constant (``models/movements/*.py``) of the types below. Every limit is a
`Threshold` that cites a key of ``models/references.py``; a test walks all movements and fails on
an uncited number, a fault without a cue, or a cue without text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.metrics import Metric


class View(StrEnum):
    """Where the camera must stand."""

    SAGITTAL = "sagittal"
    FRONTAL = "frontal"


class Direction(StrEnum):
    """On which side of its limits a metric is worth practising."""

    ABOVE = "above"
    BELOW = "below"


class Status(StrEnum):
    """How far the number behind a limit is supported."""

    VERIFIED = "verified"
    DERIVED = "derived"
    VENDOR_DOC = "vendor_doc"
    EXPERT_DEFAULT = "expert_default"


class EvidenceGrade(StrEnum):
    """Shown with every fault: A measured norm, B derived, C expert default."""

    A = "A"
    B = "B"
    C = "C"


class SubScore(StrEnum):
    """Parts of a movement's score (``measurement.md`` §8.3)."""

    HIP_SHARE = "hip_share"
    LUMBAR_SHARING = "lumbar_sharing"
    STACK = "stack"
    TRUNK_SHIN = "trunk_shin"
    RANGE = "range"
    CONTROL = "control"
    SYMMETRY = "symmetry"


class Goal(StrEnum):
    """What the person practises; lumbar flexion is never simply 'less is better'."""

    HINGE_SKILL = "hinge_skill"
    CONFIDENT_BENDING = "confident_bending"


class Severity(StrEnum):
    """How early a fault is worth practising; never how harmful it is."""

    INFORMATION = "information"
    POLISH = "polish"
    PRACTISE = "practise"
    FIRST_UNDER_LOAD = "first_under_load"

    @property
    def weight(self) -> int:
        """0 to 3, the ``sev`` of ``measurement.md`` §3.4."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Two limits of one metric, with where they come from.

    Attributes
    ----------
    id
        Unique; stands in reports.
    amber, flag
        Edges in `unit`. Past amber a rep is worth a look, past flag worth practising; both are
        judged through the metric's standard error.
    direction
        On which side of the edges the metric is worth practising.
    unit
        ``deg``, ``s``, ``%`` or ``ratio``.
    reference
        Key of ``models/references.py``.
    status
        How far the numbers are supported.
    rationale
        One sentence: why these numbers.
    green
        Edge up to which the score is 100. None: as far before amber as flag is past it.
    """

    id: str
    amber: float
    flag: float
    direction: Direction
    unit: str
    reference: str
    status: Status
    rationale: str
    green: float | None = None

    @property
    def green_edge(self) -> float:
        """Edge up to which the score is 100, in `unit`."""
        return 2 * self.amber - self.flag if self.green is None else self.green

    @property
    def grade(self) -> EvidenceGrade:
        """A for a measured norm, B for a derived limit, C for an expert default."""
        if self.status is Status.VERIFIED:
            return EvidenceGrade.A
        return EvidenceGrade.C if self.status is Status.EXPERT_DEFAULT else EvidenceGrade.B


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """A kind of fault: one metric against one threshold.

    Attributes
    ----------
    id
        For example ``SQUATTY``; also the key of its texts and cues.
    metric
        What is measured, once per rep (or once per set when the metric says so).
    threshold
        The limits.
    severity
        How early it is worth practising.
    sub_score
        The part of the score that the metric feeds; None when it is information only.
    learnability
        0 to 1: how readily a cue changes it; expert default 1.
    early
        Position in the movement, 0 first; breaks ties when the cue is chosen.
    """

    id: str
    metric: Metric
    threshold: Threshold
    severity: Severity
    sub_score: SubScore | None
    learnability: float = 1.0
    early: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRule:
    """When an excursion of the bend signal is a repetition of this movement.

    Attributes
    ----------
    min_peak_deg
        Least peak of the bend (degrees from the person's own upright) that counts.
    min_duration_s, max_duration_s
        Bounds on the time from leaving upright to being upright again.
    may_start_low
        Whether a rep may begin at the bottom (lift from the floor, sit-to-stand); otherwise at
        least part of the way down must have been seen.
    max_foot_travel
        Largest horizontal travel of the feet between start and end, as a fraction of stature.
    reference
        Key of ``models/references.py``.
    """

    min_peak_deg: float
    min_duration_s: float
    max_duration_s: float
    may_start_low: bool
    max_foot_travel: float
    reference: str = "expert_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementSpec:
    """One movement, defined once.

    Attributes
    ----------
    id
        As used on the command line, for example ``hip_hinge``.
    title
        As shown to a person.
    version
        Raised whenever a limit, metric or weight changes.
    view
        Where the camera must stand.
    variants
        Names under which people know it, reported when recognised (``rdl``, ``good_morning``).
    family
        The class of ``models/classification.py`` that its reps fall into.
    rep
        What counts as a repetition.
    faults
        What is judged, in no particular order.
    weights
        Weight of each sub-score; they sum to 100.
    faults_when_sore
        What is judged besides when the person reports soreness; no part of the score.
    """

    id: str
    title: str
    version: int
    view: View
    variants: tuple[str, ...]
    family: str
    rep: RepRule
    faults: tuple[FaultSpec, ...]
    weights: Mapping[SubScore, float]
    faults_when_sore: tuple[FaultSpec, ...] = ()

    @property
    def when_sore(self) -> MovementSpec:
        """The same definition for somebody who reports soreness."""
        return replace(self, faults=(*self.faults, *self.faults_when_sore), faults_when_sore=())
