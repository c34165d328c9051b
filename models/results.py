"""What an assessment consists of: reps, measurements, findings, scores, the cue.

``Kinematics → Rep → Finding → Score → Cue → Assessment``; plain frozen data, no behaviour beyond
reading it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from models.calibration import OwnBend
    from models.kinematics import Signal
    from models.lumbar.rhythm import LumbarRhythm, SetRhythm
    from models.spec import EvidenceGrade, SubScore
    from vision.framing import FramingSummary


class Phase(StrEnum):
    """Where in a repetition a moment lies."""

    STANDING = "standing"
    DESCENT = "descent"
    BOTTOM = "bottom"
    ASCENT = "ascent"


class Verdict(StrEnum):
    """What is known about a fault in a rep."""

    OK = "ok"
    AMBER = "amber"
    FLAG = "flag"
    NOT_SURE = "not_sure"
    NOT_ASSESSABLE = "not_assessable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number with its standard error.

    Attributes
    ----------
    value, se
        In `unit`. NaN when it could not be measured; `reason` then says why.
    unit
        ``deg``, ``s``, ``%`` or ``ratio``.
    method
        How it was obtained, in a few words.
    reason
        Key of the reason why not, or empty.
    """

    value: float
    se: float
    unit: str
    method: str
    reason: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a number."""
        return math.isfinite(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """A phase and its half-open span ``[start_s, end_s)`` on the source's clock."""

    phase: Phase
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Signals over time, relative to the person's own upright where that applies.

    Attributes
    ----------
    t_s
        ``(n,)`` seconds.
    value, se
        ``(n, signals)``, columns in the order of `models.kinematics.Signal`; NaN unknown.
    """

    t_s: NDArray[np.float64]
    value: NDArray[np.float64]
    se: NDArray[np.float64]

    def of(self, signal: Signal) -> NDArray[np.float64]:
        """``(n,)`` values of one signal."""
        return self.value[:, signal.column]

    def se_of(self, signal: Signal) -> NDArray[np.float64]:
        """``(n,)`` standard errors of one signal."""
        return self.se[:, signal.column]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rep:
    """One repetition.

    Attributes
    ----------
    number
        From 1.
    start_s, bottom_s, end_s
        Leaving upright (or the first moment seen), deepest bend, upright again.
    phases
        Consecutive spans that cover ``[start_s, end_s)``.
    starts_low
        Whether it began at the bottom.
    coverage
        Fraction of its frames in which trunk and hip were measured.
    family
        What it looked like: a key of ``models/classification.py``.
    variant
        Finer name when recognised, for example ``good_morning``; else empty.
    series
        The signals from `start_s` to `end_s`.
    metrics
        Every metric of the movement, by id.
    rhythm
        How hips and lower back shared the bend; None when that was not looked for.
    """

    number: int
    start_s: float
    bottom_s: float
    end_s: float
    phases: tuple[PhaseSpan, ...]
    starts_low: bool
    coverage: float
    family: str
    variant: str
    series: Series
    metrics: Mapping[str, Measurement]
    rhythm: LumbarRhythm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault looked for, in one rep or in the whole set.

    Attributes
    ----------
    fault
        Id of the `FaultSpec`.
    rep
        Number of the rep, or None for the whole set.
    verdict
        What is known.
    reason
        Key of the reason when not assessable, else empty.
    measurement
        What was measured.
    threshold_id
        The limits that were applied.
    p_amber, p_flag
        Probability, given the standard error, that the true value lies past each limit; NaN when
        not assessable.
    grade
        Evidence behind the limits.
    """

    fault: str
    rep: int | None
    verdict: Verdict
    reason: str
    measurement: Measurement
    threshold_id: str
    p_amber: float
    p_flag: float
    grade: EvidenceGrade


class Confidence(StrEnum):
    """How far a score can be relied on."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Band(StrEnum):
    """Word for a score, chosen by its interval."""

    ON_TRACK = "on_track"
    CLOSE = "close"
    PRACTISE = "practise"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """One sub-score.

    Attributes
    ----------
    part
        Which.
    value
        0 to 100, the expected score given the standard errors; None when nothing was measured.
    low, high
        90 % interval; None like `value`.
    band
        Word for it.
    weight
        Its weight in the movement, 0 to 100.
    """

    part: SubScore
    value: float | None
    low: float | None
    high: float | None
    band: Band
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score about skill, never about harm.

    Attributes
    ----------
    value
        0 to 100 over the parts that were measured; None when they carry under 70 % of the weight.
    low, high
        90 % interval; None like `value`.
    band, confidence
        Words for it.
    coverage
        Share of the weights that was measured, 0 to 1. What was not seen lowers this, never the
        value.
    parts
        All sub-scores of the movement, measured or not.
    """

    value: float | None
    low: float | None
    high: float | None
    band: Band
    confidence: Confidence
    coverage: float
    parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """The one thing to practise next; its wording lives in ``models/text/en.toml``.

    Attributes
    ----------
    fault
        The finding it answers, or None when everything measured went well.
    key
        Key of the cue text.
    strength
        Key of what went well, said first.
    reps_affected, reps_judged
        Count of reps with the finding, and of reps in which it could be judged.
    """

    fault: str | None
    key: str
    strength: str
    reps_affected: int
    reps_judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardedBend:
    """An excursion that was not counted, with the key of the reason."""

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a person should know about the clip; its wording lives in the text file.

    Attributes
    ----------
    key
        Key of the text, for example ``looked_like_another_movement``.
    values
        What the text's placeholders stand for.
    """

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assessment:
    """Everything that was found out about one set.

    Attributes
    ----------
    declared
        Movement the user named, or None for auto.
    recognised
        What it looked like: a movement id, ``mixed`` or ``none``.
    judged_as
        Movement whose definition was applied, or None when nothing could be judged.
    assessable
        Whether reps could be judged at all; else `notes` say why.
    reps, discarded
        Counted repetitions, and bends that were not counted.
    findings
        Per rep and per set.
    score, cue
        None when nothing could be judged.
    framing
        How the person stood to the camera over the clip.
    notes
        What the person should know.
    not_measured
        Keys of what could not be measured in this clip, with the reason key.
    series
        Signals of every frame, for curves and export.
    upright_found_s
        Seconds of quiet standing that the person's own upright was taken from; 0 when none.
    lumbar_method
        Id and version of the estimator behind every lumbar signal; empty when none was measured.
    rhythm
        How lumbar flexion went over the set; None when that was not looked for.
    own_bend
        The person's own full bend that was compared with; None when there is none.
    """

    declared: str | None
    recognised: str
    judged_as: str | None
    assessable: bool
    reps: tuple[Rep, ...]
    discarded: tuple[DiscardedBend, ...]
    findings: tuple[Finding, ...]
    score: Score | None
    cue: Cue | None
    framing: FramingSummary
    notes: tuple[Note, ...]
    not_measured: Mapping[str, str]
    series: Series
    upright_found_s: float
    lumbar_method: str = ""
    rhythm: SetRhythm | None = None
    own_bend: OwnBend | None = None
