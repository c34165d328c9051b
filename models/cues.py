"""Choosing the one thing to practise next (``measurement.md`` §4.2, §8.5).

A fault is a candidate when at least half of its last three judged reps lie outside its band by
more than one standard error (one rep of one, one of two, two of three) and it was judged in at
least half of its reps. Among the candidates the greatest priority wins::

    priority = severity · P(past flag) · learnability · goal match · (1 + 0.5 · repeated)

and of equal ones the earliest in the movement. A careful bend of somebody who is sore comes before
all of them and makes confident bending the goal. Without a candidate the cue names what went well
and says that all did (`KEEP`), or, where a finding is past its band but not surely or often enough
for a cue, that no single cue stood out (`NO_ONE_CUE`).
These cues are given after the set; `models.coaching` has those during it.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from models.judging import FLAG_PROBABILITY, STANDARD_NORMAL, probability_past
from models.lumbar.rhythm import PEAK, VELOCITY_DOWN
from models.lumbar.shape import BackShape, back_shape
from models.metrics import last_against_first
from models.results import Band, Cue, Measurement, Verdict
from models.spec import Direction, Goal, Severity, SubScore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from models.metrics import Metric
    from models.results import Finding, Rep, Score
    from models.spec import FaultSpec, MovementSpec

RECENT_REPS: Final = 3
"""How many of the last judged reps decide (``measurement.md`` §4.2)."""

OUTSIDE_PROBABILITY: Final = STANDARD_NORMAL.cdf(1.0)
"""P(past amber) of a value one standard error past it (``measurement.md`` §4.2)."""

MIN_JUDGED_SHARE: Final = 0.5
"""Least share of its reps in which a fault was judged, for a cue about it. Expert default."""

REPEAT_GAIN: Final = 0.5
"""What a fault that was outside its band in the set before gains (``measurement.md`` §8.5)."""

SETS_PER_CUE: Final = 2
"""Most sets in a row with the same cue (``measurement.md`` §4.2)."""

SORE: Final = 3
"""Reported pain, 0 to 10, from which a careful bend is looked for (``measurement.md`` §3.4)."""

MUCH_PAIN: Final = 6
"""Reported pain, 0 to 10, from which nothing asks for more (``measurement.md`` §8.5)."""

GUARDED: Final = "GUARDED"
"""The fault that asks for more bend instead of less."""

LUMBAR_PREFIX: Final = "LUM_"
"""Start of the ids of the faults about sharing the bend with the lower back."""

ABOUT_LESS_ROUNDING: Final = frozenset({"WINK"})
"""Further faults that ask for less rounding; like `LUMBAR_PREFIX` no goal of confident bending."""

ABOUT_LESS_SPEED: Final = frozenset({"TEMPO_DESCENT"})
"""Faults that ask for a slower bend; no goal of confident bending either."""

ASKS_FOR_MORE: Final = frozenset(
    {
        "DEPTH",
        "GUARDED",
        "LOCKOUT_SHORT",
        "LUNGE_DEPTH",
        "NO_HIPBACK",
        "RANGE_HINGE",
        "SHORT_STEP",
    }
)
"""Faults whose cue asks for more range; not for people who report much pain. Expert default."""

PAST_BAND: Final = frozenset({Verdict.AMBER, Verdict.FLAG})
"""Verdicts on what lies outside its band."""

KEEP: Final = "cue.keep"
"""Key of the cue when everything that could be told went well."""

NO_ONE_CUE: Final = "cue.no_one_cue"
"""Key of the cue when something is past its band, but nothing may be cued."""

EASE: Final = "cue.ease"
"""Key of the cue when much pain leaves nothing to practise: back off a notch."""

LARGER: Final = "strength.bend.larger"
FASTER: Final = "strength.bend.faster"
FREER: Final = "strength.bend.freer"
"""Keys of what goes well in confident bending."""

EFFORT: Final = "strength.effort"
"""Key of the strength when no measurement names one."""


class CueFamily(StrEnum):
    """What a cue directs the attention to."""

    EXTERNAL = "external"
    ALTERNATIVE = "alternative"
    DRILL = "drill"
    BODY = "body"


WITHOUT_RESPONSE: Final = {
    CueFamily.EXTERNAL: CueFamily.DRILL,
    CueFamily.ALTERNATIVE: CueFamily.DRILL,
    CueFamily.DRILL: CueFamily.BODY,
    CueFamily.BODY: CueFamily.EXTERNAL,
}
"""Family that follows a cue that changed nothing: external → drill → body."""

WITH_RESPONSE: Final = {
    CueFamily.EXTERNAL: CueFamily.ALTERNATIVE,
    CueFamily.ALTERNATIVE: CueFamily.EXTERNAL,
    CueFamily.DRILL: CueFamily.EXTERNAL,
    CueFamily.BODY: CueFamily.EXTERNAL,
}
"""Family that follows a cue that worked: fresh words of the same kind, then without the drill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueHistory:
    """What was cued before this set.

    Attributes
    ----------
    fault
        Fault of the last cue; None when it named what went well.
    family
        Its family.
    sets
        Sets in a row with this fault and family, the last one included.
    outside
        Faults that were outside their band in the last set.
    responded
        Whether the cued metric has changed by more than its minimal detectable change since.
    """

    fault: str | None
    family: CueFamily
    sets: int
    outside: frozenset[str]
    responded: bool = False


def choose_cue(
    movement: MovementSpec,
    findings: Sequence[Finding],
    score: Score,
    *,
    goal: Goal = Goal.HINGE_SKILL,
    pain: int | None = None,
    previous: CueHistory | None = None,
    reps: Sequence[Rep] = (),
) -> Cue | None:
    """Choose the one thing to practise after a set.

    Parameters
    ----------
    movement
        The definition that the findings were judged by.
    findings
        Of every fault, by rep in order of time, or of the set.
    score
        Of the same set; names what went well.
    goal
        What the person practises.
    pain
        What the person reports, 0 to 10; None when not asked.
    previous
        What was cued before.
    reps
        Counted repetitions with their metrics: in confident bending a larger, faster, freer bend
        is what went well.

    Returns
    -------
    Cue or None
        None when no fault could be judged at all.
    """
    judged = _judged_by_fault(findings)
    if not judged:
        return None
    if _is_guarded(judged):
        goal = Goal.CONFIDENT_BENDING
    bending = praise_of_bending(reps) if goal is Goal.CONFIDENT_BENDING else ""
    candidates = [
        fault
        for fault in movement.faults
        if _may_be_cued(fault, judged, goal, pain) and _seen_often_enough(fault.id, findings)
    ]
    candidates = [fault for fault in candidates if fault.id == GUARDED] or candidates
    if not candidates:
        key = EASE if _in_much_pain(pain) else _without_a_change(findings)
        good = bending or strength(movement, judged, score, goal=goal)
        return _cue(None, key, good, ())
    chosen = _first(candidates, judged, previous)
    family = CueFamily.DRILL if _in_much_pain(pain) else next_family(chosen.id, previous)
    good = bending or strength(movement, judged, score, besides=chosen, goal=goal)
    return _cue(chosen.id, f"cue.{chosen.id}.{family}", good, judged[chosen.id])


def next_family(fault: str, previous: CueHistory | None) -> CueFamily:
    """Choose the kind of cue: external first, the same at most two sets, then another.

    Parameters
    ----------
    fault
        Id of the fault to be cued.
    previous
        What was cued before.
    """
    if previous is None or previous.fault != fault:
        return CueFamily.EXTERNAL
    if previous.sets < SETS_PER_CUE:
        return previous.family
    return (WITH_RESPONSE if previous.responded else WITHOUT_RESPONSE)[previous.family]


def remember(cue: Cue, findings: Sequence[Finding], previous: CueHistory | None) -> CueHistory:
    """Say what the next set has to know about the cue of this one.

    Parameters
    ----------
    cue
        As chosen after this set.
    findings
        Of this set.
    previous
        The history that the cue was chosen with.
    """
    family = CueFamily.EXTERNAL if cue.fault is None else CueFamily(cue.key.rpartition(".")[2])
    same = previous is not None and (previous.fault, previous.family) == (cue.fault, family)
    judged = _judged_by_fault(findings)
    return CueHistory(
        fault=cue.fault,
        family=family,
        sets=previous.sets + 1 if previous and same else 1,
        outside=frozenset(fault for fault, found in judged.items() if _outside_band(found)),
    )


def message_keys(cue: Cue) -> tuple[str, ...]:
    """Keys of the texts of a cue in the order of every message.

    What was good → one change → why it helps → try it (``measurement.md`` §4.4).
    """
    if cue.fault is None:
        return (cue.strength, cue.key)
    return (cue.strength, cue.key, f"fault.{cue.fault}.why", "message.try_it")


def strength(
    movement: MovementSpec,
    judged: Mapping[str, Sequence[Finding]],
    score: Score,
    besides: FaultSpec | None = None,
    goal: Goal = Goal.HINGE_SKILL,
) -> str:
    """Key of what went well.

    The best sub-score that is on track; else the fault that most reps were clear of; else the
    effort.

    Parameters
    ----------
    movement
        The definition that was judged by.
    judged
        Findings that could be judged, by fault.
    score
        Of the same set.
    besides
        The fault that is cued, so that its own part of the score is not praised beside it.
    goal
        What the person practises; what is no goal of theirs is not praised.
    """
    cued_part = besides.sub_score if besides else None
    parts = [
        part
        for part in score.parts
        if part.band is Band.ON_TRACK and part.part not in {cued_part, *_no_goal(goal)}
    ]
    if parts:
        best = max(parts, key=lambda part: part.value or 0.0)
        return f"strength.part.{best.part}"
    clear = {
        fault.id: _share_ok(judged[fault.id])
        for fault in movement.faults
        if fault is not besides and fault.id in judged and matches_goal(fault.id, goal)
    }
    if clear and max(clear.values()) > 1 / 2:
        return f"strength.fault.{max(clear, key=lambda fault: clear[fault])}"
    return EFFORT


def praise_of_bending(reps: Sequence[Rep]) -> str:
    """Key of what went well in confident bending: a bend that grew, sped up, or was free.

    Parameters
    ----------
    reps
        Counted repetitions with their metrics, those of `PEAK` and `VELOCITY_DOWN` among them.

    Returns
    -------
    str
        Empty when none of them is as good as sure (`FLAG_PROBABILITY`), or nothing was measured.
    """
    peaks = _measured(PEAK, reps)
    free = sum(back_shape(peak) is BackShape.ROUNDED for peak in peaks)
    praises = {
        LARGER: _grew(peaks),
        FASTER: _grew(_measured(VELOCITY_DOWN, reps)),
        FREER: free > len(peaks) / 2,
    }
    return next((key for key, holds in praises.items() if holds), "")


def _measured(metric: Metric, reps: Sequence[Rep]) -> list[Measurement]:
    found = [rep.metrics[metric.id] for rep in reps if metric.id in rep.metrics]
    return [measurement for measurement in found if measurement.measured]


def _grew(values: Sequence[Measurement]) -> bool:
    """Whether the last third of a set is above the first, as good as surely."""
    change = last_against_first(values)
    if change is None:
        return False
    grown = Measurement(value=change[0], se=change[1], unit=values[0].unit, method="change")
    return probability_past(0.0, Direction.ABOVE, grown) >= FLAG_PROBABILITY


def _no_goal(goal: Goal) -> frozenset[SubScore]:
    """Parts of the score that are no goal."""
    shared = frozenset({SubScore.LUMBAR_SHARING})
    return shared if goal is Goal.CONFIDENT_BENDING else frozenset()


def _judged_by_fault(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    judged: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict is not Verdict.NOT_ASSESSABLE:
            judged[finding.fault].append(finding)
    return dict(judged)


def _may_be_cued(
    fault: FaultSpec,
    judged: Mapping[str, Sequence[Finding]],
    goal: Goal,
    pain: int | None,
) -> bool:
    if fault.id not in judged or fault.severity is Severity.INFORMATION:
        return False
    if _in_much_pain(pain) and fault.id in ASKS_FOR_MORE:
        return False
    return matches_goal(fault.id, goal) and _outside_band(judged[fault.id])


def matches_goal(fault: str, goal: Goal) -> bool:
    """Tell whether a fault is about something that a person with this goal practises.

    Parameters
    ----------
    fault
        Its id.
    goal
        What the person practises: in confident bending neither less rounding nor a slower bend.
    """
    about_less = ABOUT_LESS_ROUNDING | ABOUT_LESS_SPEED
    holds_back = fault.startswith(LUMBAR_PREFIX) or fault in about_less
    return goal is not Goal.CONFIDENT_BENDING or not holds_back


def _without_a_change(findings: Sequence[Finding]) -> str:
    """Key of the cue that asks for nothing: that all went well only where no finding says else."""
    return NO_ONE_CUE if any(finding.verdict in PAST_BAND for finding in findings) else KEEP


def _is_guarded(judged: Mapping[str, Sequence[Finding]]) -> bool:
    return _reps_affected(judged.get(GUARDED, ())) > 0


def _in_much_pain(pain: int | None) -> bool:
    return pain is not None and pain >= MUCH_PAIN


def _seen_often_enough(fault: str, findings: Sequence[Finding]) -> bool:
    verdicts = [finding.verdict for finding in findings if finding.fault == fault]
    judged = len(verdicts) - verdicts.count(Verdict.NOT_ASSESSABLE)
    return judged >= MIN_JUDGED_SHARE * len(verdicts)


def _outside_band(judged: Sequence[Finding]) -> bool:
    """Whether at least half of the last three lie past amber by more than one error."""
    recent = judged[-RECENT_REPS:]
    outside = sum(is_outside(finding) for finding in recent)
    return outside >= math.ceil(len(recent) / 2)


def _first(
    candidates: Sequence[FaultSpec],
    judged: Mapping[str, Sequence[Finding]],
    previous: CueHistory | None,
) -> FaultSpec:
    """Find the candidate of the greatest priority, of equal ones the earliest in the movement."""
    repeated = previous.outside if previous else frozenset()
    return min(
        candidates,
        key=lambda fault: (
            -priority(fault, judged[fault.id], repeated=fault.id in repeated),
            fault.early,
            fault.id,
        ),
    )


def priority(fault: FaultSpec, judged: Collection[Finding], *, repeated: bool) -> float:
    """Say how much a fault matters now, but for the goal match, which is 0 or 1.

    Parameters
    ----------
    fault
        Its definition.
    judged
        Its findings that could be judged, at least one.
    repeated
        Whether it was outside its band in the set before.
    """
    p_fault = statistics.fmean(finding.p_flag for finding in judged)
    return fault.severity.weight * p_fault * fault.learnability * (1 + REPEAT_GAIN * repeated)


def is_outside(finding: Finding) -> bool:
    """Tell whether a judged finding lies outside its band by more than one standard error."""
    return finding.p_amber > OUTSIDE_PROBABILITY


def _reps_affected(judged: Sequence[Finding]) -> int:
    return sum(finding.verdict in PAST_BAND for finding in judged)


def _share_ok(judged: Sequence[Finding]) -> float:
    return sum(finding.verdict is Verdict.OK for finding in judged) / len(judged)


def _cue(fault: str | None, key: str, strength_key: str, judged: Sequence[Finding]) -> Cue:
    """Build a cue; the counts are of reps, so a finding of the whole set leaves them 0."""
    by_rep = [finding for finding in judged if finding.rep is not None]
    return Cue(
        fault=fault,
        key=key,
        strength=strength_key,
        reps_affected=_reps_affected(by_rep),
        reps_judged=len(by_rep),
    )
