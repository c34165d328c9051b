"""A finished set as a person sees and hears it: short, kind, and no more than what is known.

What was good, one change, why it helps, try it; then the lower back with its error, and what
changed since the set before, beyond the measurement's own error. Every word comes from the text
files.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from models.assessor import CLIP_TOO_SHORT, NONE
from models.coaching import short_key
from models.cues import (
    ASKS_FOR_MORE,
    EASE,
    KEEP,
    MUCH_PAIN,
    CueFamily,
    message_keys,
    remember,
)
from models.lumbar.rhythm import PEAK
from models.lumbar.shape import EVIDENCE, BackShape
from models.metrics import PEAK_BEND
from models.movements import MOVEMENTS
from models.progress import Progress, compare_sets
from models.report import set_metrics, typical_rep, why_no_lumbar
from models.results import Verdict
from models.scoring import score_rep
from models.spec import Direction
from service.formats import format_whole
from service.protocol import Summary, SummaryRep
from vision.framing import Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.cues import CueHistory
    from models.results import Assessment, Cue, Measurement, Rep
    from models.spec import FaultSpec
    from service.wording import Wording

MAX_NOTES: Final = 2
"""Most notes of one summary: more are not read."""

ABOUT_A_CLIP: Final = frozenset({CLIP_TOO_SHORT, "no_reps"})
"""Notes that a summary leaves out: it says in its own words how to be seen."""

FULL_COVERAGE: Final = 0.95
"""Coverage of a repetition that was seen whole, but for a slip of the landmarks. Expert default."""

BEST_OF: Final = 2
"""The best is one of at least so many."""

OUTSIDE: Final = frozenset({Verdict.AMBER, Verdict.FLAG})
"""Verdicts on a repetition outside its range."""

SAID_WHOLE: Final = frozenset({CueFamily.EXTERNAL, CueFamily.ALTERNATIVE})
"""Families whose cues are short enough to be heard once; of the others the short cue is said."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetMemory:
    """What the next set is compared with.

    Attributes
    ----------
    assessment
        Of the set.
    history
        What was cued after it; None when nothing was yet.
    """

    assessment: Assessment
    history: CueHistory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advice:
    """What went well and the one change, in words; `said` is the change as it is spoken."""

    good: str = ""
    change: str = ""
    why: str = ""
    try_it: str = ""
    said: str = ""
    praise: str = ""


def summarise(
    assessment: Assessment,
    *,
    wording: Wording,
    set_number: int,
    before: SetMemory | None,
    pain: int | None,
    qr: str = "",
) -> Summary:
    """Sum up a set.

    Parameters
    ----------
    assessment
        Of the set; made with the same `pain`.
    wording
        The words.
    set_number
        From 1 within the session.
    before
        Of the set before; None for the first.
    pain
        As rated, 0 to 10; None when not asked or not answered.
    qr
        SVG that carries the summary away; empty when there is nothing to carry.
    """
    headline = _headline(assessment, wording)
    advice = _advice(assessment, wording, pain)
    spoken = wording.of("summary.spoken", headline=headline, good=advice.praise, change=advice.said)
    return Summary(
        set_number=set_number,
        movement=_movement(assessment, wording),
        reps=len(assessment.reps),
        headline=headline,
        good=advice.good,
        change=advice.change,
        why=advice.why,
        try_it=advice.try_it,
        best=best_rep(assessment),
        typical=standing_for_the_set(assessment.reps),
        since_last="" if before is None else _since_last(assessment, before, wording),
        lumbar=_lumbar(assessment, wording),
        evidence=_evidence(assessment, wording),
        per_rep=tuple(_per_rep(rep, assessment, wording) for rep in assessment.reps),
        notes=_notes(assessment, wording),
        pain=pain,
        qr=qr,
        spoken=" ".join(spoken.split()),
    )


def remember_set(assessment: Assessment, before: SetMemory | None) -> SetMemory:
    """Say what the next set has to know about this one.

    Parameters
    ----------
    assessment
        Of the set that ends. One without a repetition changes nothing.
    before
        Of the set before it; None for the first.
    """
    if not assessment.reps and before is not None:
        return before
    earlier = before.history if before else None
    if assessment.cue is None:
        return SetMemory(assessment=assessment, history=earlier)
    history = remember(assessment.cue, assessment.findings, earlier)
    if before is not None and earlier is not None and earlier.fault == history.fault:
        responded = earlier.responded or _responded(history.fault, before.assessment, assessment)
        history = replace(history, responded=responded)
    return SetMemory(assessment=assessment, history=history)


def best_rep(assessment: Assessment) -> int | None:
    """Choose the repetition with the highest score, or without scores the deepest one.

    The deepest counts only where it was seen whole, and comes from those inside the range of what
    is cued if there are any: nobody is to copy what they are asked to change.

    Returns
    -------
    int or None
        Its number; None when fewer than two can be compared.
    """
    scores = _scores(assessment)
    if len(scores) >= BEST_OF:
        return max(scores, key=lambda number: (scores[number], -number))
    depths = {
        rep.number: rep.metrics[PEAK_BEND.id].value
        for rep in assessment.reps
        if _has(rep, PEAK_BEND.id) and rep.coverage >= FULL_COVERAGE
    }
    if len(depths) < BEST_OF:
        return None
    inside = depths.keys() - _outside_of_the_cue(assessment)
    return max(inside or depths, key=lambda number: (depths[number], -number))


def standing_for_the_set(reps: Sequence[Rep]) -> int | None:
    """Choose the repetition that stands for the set.

    The one with the median lumbar flexion, as in the report; where that was not measured, the one
    with the median depth.

    Returns
    -------
    int or None
        Its number; None when neither was measured.
    """
    chosen = typical_rep(reps)
    depths = sorted(
        (rep.metrics[PEAK_BEND.id].value, rep.number) for rep in reps if _has(rep, PEAK_BEND.id)
    )
    if chosen is not None or not depths:
        return chosen
    return depths[(len(depths) - 1) // 2][1]


def _scores(assessment: Assessment) -> dict[int, float]:
    """Score of each repetition by the parts that count for the person's goal."""
    movement = MOVEMENTS.get(assessment.judged_as or "")
    if movement is None or assessment.score is None:
        return {}
    weights = {part.part: part.weight for part in assessment.score.parts}
    counted = replace(movement, weights=MappingProxyType(weights))
    of_set = set_metrics(assessment, movement)
    wholes = {rep.number: score_rep(counted, rep.metrics, of_set).whole for rep in assessment.reps}
    return {number: whole.value for number, whole in wholes.items() if whole is not None}


def _outside_of_the_cue(assessment: Assessment) -> set[int]:
    """Numbers of the repetitions outside the range of what is cued."""
    cued = assessment.cue.fault if assessment.cue else None
    return {
        finding.rep
        for finding in assessment.findings
        if finding.fault == cued and finding.rep is not None and finding.verdict in OUTSIDE
    }


def _has(rep: Rep, metric: str) -> bool:
    return metric in rep.metrics and rep.metrics[metric].measured


# ---- what was done ---------------------------------------------------------------------------


def _movement(assessment: Assessment, wording: Wording) -> str:
    """Title of the movement that was judged, or else declared or recognised; empty for none."""
    named = assessment.judged_as or assessment.declared or assessment.recognised
    return "" if named == NONE else wording.of(f"movement.{named}")


def _headline(assessment: Assessment, wording: Wording) -> str:
    count = len(assessment.reps)
    if not count:
        return wording.of("summary.no_reps")
    of_movement = f"summary.count.{assessment.judged_as}"
    counted = of_movement if wording.has(f"{of_movement}.many") else "summary.count.any"
    return (
        wording.of(f"{counted}.one") if count == 1 else wording.of(f"{counted}.many", count=count)
    )


# ---- what went well, and the one change ------------------------------------------------------


def _advice(assessment: Assessment, wording: Wording, pain: int | None) -> _Advice:
    if not assessment.reps:
        return _how_to_be_seen(assessment, wording)
    cue = assessment.cue
    if pain is not None and pain >= MUCH_PAIN:
        return _ease(cue, wording)
    if cue is None:
        said = wording.of("summary.not_judged")
        praise = wording.of("strength.effort")
        return _Advice(good=f"{praise} {said}", praise=praise, said=said)
    good, change, *rest = (wording.of(key) for key in message_keys(cue))
    if cue.fault is None:
        said = wording.of("summary.keep_going" if cue.key == KEEP else "summary.no_one_cue")
        return _Advice(good=f"{good} {change}", praise=good, said=said)
    why, try_it = rest
    said = change if _family(cue) in SAID_WHOLE else wording.of(short_key(cue.fault))
    return _Advice(good=good, praise=good, change=change, why=why, try_it=try_it, said=said)


def _family(cue: Cue) -> CueFamily:
    return CueFamily(cue.key.rpartition(".")[2])


def _ease(cue: Cue | None, wording: Wording) -> _Advice:
    """Back off a notch; an easier exercise may stand beside it, nothing that asks for more."""
    ease = wording.of(EASE)
    praise = wording.of(cue.strength if cue else "strength.effort")
    easier = cue is not None and cue.fault is not None and cue.fault not in ASKS_FOR_MORE
    drill = f"cue.{cue.fault}.{CueFamily.DRILL}" if cue and easier else "message.try_it"
    return _Advice(
        good=praise,
        praise=praise,
        change=ease,
        why=wording.of("evidence.soreness"),
        try_it=wording.of(drill),
        said=ease,
    )


def _how_to_be_seen(assessment: Assessment, wording: Wording) -> _Advice:
    """Say what to do so that the next try counts: how to stand, or how to do it."""
    issues = assessment.framing.issues
    key = f"framing.{issues[0]}" if issues else "summary.no_reps_next"
    next_try = wording.of(key)
    return _Advice(change=next_try, said=next_try, try_it=wording.of("summary.no_reps_try"))


# ---- since the set before --------------------------------------------------------------------


def _since_last(assessment: Assessment, before: SetMemory, wording: Wording) -> str:
    """Say what changed; a difference within the usual ups and downs is called that."""
    last = before.assessment
    if not assessment.reps or assessment.judged_as != last.judged_as:
        return ""
    inside, seen = _inside(assessment, before, wording)
    lumbar, measured = _lumbar_change(assessment, last, wording)
    told = [sentence for sentence in (inside, lumbar) if sentence]
    if not told and (seen or measured):
        told.append(wording.of("summary.same"))
    return " ".join(told)


def _inside(assessment: Assessment, before: SetMemory, wording: Wording) -> tuple[str, bool]:
    """Count repetitions inside the range of what was cued; and whether both sets could be."""
    fault = _fault(assessment, before.history.fault if before.history else None)
    if fault is None or fault.metric.per_set:
        return "", False
    inside, judged = _count_inside(assessment, fault.id)
    inside_before, judged_before = _count_inside(before.assessment, fault.id)
    if not judged or not judged_before:
        return "", False
    if inside * judged_before == inside_before * judged:
        return "", True
    counts = wording.of(
        "message.inside_before",
        inside=inside,
        judged=judged,
        inside_before=inside_before,
        judged_before=judged_before,
    )
    told = {Progress.CHANGED: "message.changed", Progress.WITHIN_VARIATION: "message.unchanged"}
    key = told.get(_progress(assessment, before.assessment, fault.metric.id))
    return (f"{counts} {wording.of(key)}" if key else counts), True


def _count_inside(assessment: Assessment, fault: str) -> tuple[int, int]:
    """How many repetitions lie inside the range of a fault, and in how many it was judged."""
    verdicts = Counter(
        finding.verdict
        for finding in assessment.findings
        if finding.fault == fault and finding.rep is not None
    )
    outside = sum(verdicts[verdict] for verdict in OUTSIDE)
    judged = verdicts.total() - verdicts[Verdict.NOT_ASSESSABLE]
    return judged - outside, judged


def _lumbar_change(assessment: Assessment, last: Assessment, wording: Wording) -> tuple[str, bool]:
    """Tell a change of the lower back beyond its error; and whether it could be compared."""
    if not assessment.lumbar_method or assessment.lumbar_method != last.lumbar_method:
        return "", False
    change = compare_sets(
        last.reps, assessment.reps, PEAK.id, filmed_alike=_filmed_alike(assessment, last)
    )
    if change.progress is not Progress.CHANGED:
        return "", change.progress is Progress.WITHIN_VARIATION
    way = "more" if change.value > 0 else "less"
    by = format_whole(abs(change.value), change.unit)
    return wording.of(f"summary.lumbar_{way}", value=by), True


def _progress(assessment: Assessment, last: Assessment, metric: str) -> Progress:
    alike = _filmed_alike(assessment, last)
    return compare_sets(last.reps, assessment.reps, metric, filmed_alike=alike).progress


def _filmed_alike(assessment: Assessment, last: Assessment) -> bool:
    """Whether both sets show the same side of the body; the camera of a session stays."""
    facing = assessment.framing.facing
    return facing is last.framing.facing and facing is not Side.UNKNOWN


def _responded(fault_id: str | None, last: Assessment, assessment: Assessment) -> bool:
    """Whether the cued metric got better by more than its minimal detectable change."""
    fault = _fault(assessment, fault_id)
    if fault is None or fault.metric.per_set or assessment.judged_as != last.judged_as:
        return False
    change = compare_sets(
        last.reps, assessment.reps, fault.metric.id, filmed_alike=_filmed_alike(assessment, last)
    )
    better = change.value < 0 if fault.threshold.direction is Direction.ABOVE else change.value > 0
    return better and change.progress is Progress.CHANGED


def _fault(assessment: Assessment, fault_id: str | None) -> FaultSpec | None:
    movement = MOVEMENTS.get(assessment.judged_as or "")
    faults = movement.when_sore.faults if movement else ()
    return next((fault for fault in faults if fault.id == fault_id), None)


# ---- the lower back --------------------------------------------------------------------------


def _shapes(assessment: Assessment) -> Mapping[int, BackShape]:
    return {
        rep.number: rep.rhythm.shape if rep.rhythm else BackShape.NOT_MEASURABLE
        for rep in assessment.reps
    }


def _lumbar(assessment: Assessment, wording: Wording) -> str:
    """Say in one sentence how far the lower back bent, or in a word, or why that is not known."""
    if not assessment.reps:
        return ""
    shapes = _shapes(assessment)
    number = typical_rep(assessment.reps)
    peak = None if number is None else _peak_of(assessment.reps, number)
    if number is not None and peak is not None:
        unsure = shapes[number] is BackShape.NOT_SURE
        return wording.of(
            "summary.lumbar_not_sure" if unsure else "summary.lumbar",
            number=number,
            value=format_whole(peak.value, peak.unit),
            error=format_whole(peak.se, peak.unit),
            word=wording.of(f"back_shape.{shapes[number]}.word"),
        )
    named = [shape for shape in shapes.values() if shape is not BackShape.NOT_MEASURABLE]
    if named:
        return wording.of(f"back_shape.{statistics.mode(named)}.says")
    reason = wording.of(f"reason.{why_no_lumbar(assessment)}")
    return f"{wording.of(f'back_shape.{BackShape.NOT_MEASURABLE}.says')} {reason}"


def _peak_of(reps: Sequence[Rep], number: int) -> Measurement | None:
    return next((rep.rhythm.peak for rep in reps if rep.number == number and rep.rhythm), None)


def _evidence(assessment: Assessment, wording: Wording) -> str:
    """Say what stands beside every lumbar result; empty when there is none."""
    if all(shape is BackShape.NOT_MEASURABLE for shape in _shapes(assessment).values()):
        return ""
    return " ".join(wording.of(key) for key in EVIDENCE)


# ---- repetition by repetition, and what stood in the way --------------------------------------


def _per_rep(rep: Rep, assessment: Assessment, wording: Wording) -> SummaryRep:
    peak = rep.rhythm.peak if rep.rhythm else None
    measured = peak is not None and peak.measured
    return SummaryRep(
        number=rep.number,
        bend_deg=rep.metrics[PEAK_BEND.id].value if _has(rep, PEAK_BEND.id) else None,
        duration_s=rep.end_s - rep.start_s,
        lumbar_deg=peak.value if peak and measured else None,
        lumbar_se_deg=peak.se if peak and measured else None,
        word=wording.of(f"back_shape.{_shapes(assessment)[rep.number]}.word"),
        note=_good_about(rep.number, assessment, wording),
    )


def _good_about(number: int, assessment: Assessment, wording: Wording) -> str:
    """Name what is cued where a repetition already has it; nothing is said of the others."""
    cued = assessment.cue.fault if assessment.cue else None
    has_it = any(
        (finding.fault, finding.rep, finding.verdict) == (cued, number, Verdict.OK)
        for finding in assessment.findings
    )
    return wording.of(f"fault.{cued}.good") if has_it else ""


def _notes(assessment: Assessment, wording: Wording) -> tuple[str, ...]:
    """Say what stood in the way, most important first, and no more than is read."""
    noted = {note.key for note in assessment.notes}
    notes = [
        wording.of(f"note.{note.key}", **_titles(note.values, wording))
        for note in assessment.notes
        if note.key not in ABOUT_A_CLIP
    ]
    issues = [issue for issue in assessment.framing.issues if issue.value not in noted]
    if not assessment.reps:
        issues = issues[1:]
        notes += [wording.of(f"reason.{reason}") for reason in _commonest_discard(assessment)]
    notes += [wording.of(f"framing.{issue}") for issue in issues]
    return tuple(notes[:MAX_NOTES])


def _titles(values: Mapping[str, str], wording: Wording) -> dict[str, str]:
    """Values of a note, movements among them by their titles."""
    return {key: wording.maybe(f"movement.{name}") or name for key, name in values.items()}


def _commonest_discard(assessment: Assessment) -> list[str]:
    reasons = Counter(bend.reason for bend in assessment.discarded)
    return [reason for reason, _ in reasons.most_common(1)]
