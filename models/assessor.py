"""The one way a movement is judged: pose by pose, causally, live and uploaded alike.

``Assessor.update`` takes each pose and returns what changed; ``Assessor.report`` sums up the set
so far. `assess` is the loop over both, nothing more.

While a set runs, a repetition is judged when it closes, from the person's own upright as known by
then. The report judges every repetition again from the upright of the whole set, because a lift
from the floor first stands at its lockout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models import metrics
from models.calibration import QUIET_S, UprightFinder
from models.classification import Family, classify, features, majority, variant
from models.cues import SORE, choose_cue
from models.judging import judge_set
from models.kinematics import Raw, Signal, measure, relate
from models.lumbar import rhythm
from models.lumbar.decomposition import SPINE_SHARE, decompose
from models.lumbar.observing import BackObserver
from models.lumbar.reading import REASONS
from models.lumbar.rhythm import measure_rhythm, measure_set_rhythm
from models.movements import movement_of_family
from models.phases import excerpt
from models.reps import ExcursionTracker
from models.results import Assessment, DiscardedBend, Note, Phase, Rep, Series
from models.scoring import score_set
from models.spec import Goal, RepRule
from vision.framing import MAX_YAW_DEG, FramingIssue, FramingObserver, Side
from vision.smoothing import LandmarkConditioner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.calibration import OwnBend
    from models.cues import CueHistory
    from models.kinematics import Upright
    from models.lumbar.reading import LumbarReading
    from models.lumbar.rhythm import LumbarRhythm
    from models.phases import Excerpt
    from models.reps import Excursion
    from models.results import Finding, Measurement
    from models.spec import MovementSpec
    from vision.framing import Framing, FramingSummary
    from vision.pose import Pose

MIN_COVERAGE: Final = 0.7
"""Least share of a repetition's frames in which the bend was known; expert default."""
SEEN_FALLING: Final = 0.4
"""A repetition already under way when first seen still counts when its bend was below this share
of its peak: most of the way down was seen. Expert default."""
UNNAMED_RULE: Final = RepRule(
    min_peak_deg=50,
    min_duration_s=0.8,
    max_duration_s=12,
    may_start_low=False,
    max_foot_travel=0.25,
)
"""What counts as a repetition that looks like no movement of the catalogue; expert default."""
ALWAYS_MEASURED: Final = (
    metrics.PEAK_BEND,
    metrics.TRUNK_AT_BOTTOM,
    metrics.KNEE_AT_BOTTOM,
    rhythm.PEAK,
    rhythm.VELOCITY_DOWN,
)
"""Measured in every repetition, whatever movement it is."""
NONE: Final = "none"
CLIP_TOO_SHORT: Final = "clip_too_short"
"""Key of the note about a clip that could not hold a moment of standing and a repetition."""
NOT_SIDE_ON: Final = "not_side_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingChanged:
    """The way the person stands to the camera changed."""

    t_s: float
    framing: Framing


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """The person began to bend, reached the bottom, rises, or stands."""

    t_s: float
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepCounted:
    """A repetition closed; its findings rest on what is known by now."""

    t_s: float
    rep: Rep
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BendDiscarded:
    """A bend closed that is no repetition, with the key of the reason."""

    t_s: float
    bend: DiscardedBend


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known of one frame at the time; NaN for what is not.

    Attributes
    ----------
    t_s
        Of the frame, seconds.
    framing
        How the person stands to the camera.
    phase
        Where in a repetition they are.
    reps
        Repetitions counted so far.
    bend_deg
        What repetitions are counted by.
    hip_deg, knee_deg, trunk_deg
        Apparent hip flexion, knee flexion of the near leg, trunk inclination, from own upright as
        known by now. Not told where repetitions cannot be counted.
    true_hip_deg, lumbar_deg, lumbar_se_deg
        True hip flexion and lumbar flexion of the last look at the back, with the standard error
        of the latter. A look is news for `models.lumbar.reading.MAX_BETWEEN_S`.
    lumbar_reason
        Key of the reason why lumbar flexion was not measured; empty when it was.
    """

    t_s: float
    framing: Framing
    phase: Phase
    reps: int
    bend_deg: float
    hip_deg: float
    knee_deg: float
    trunk_deg: float
    true_hip_deg: float
    lumbar_deg: float
    lumbar_se_deg: float
    lumbar_reason: str


Event = FramingChanged | PhaseChanged | RepCounted | BendDiscarded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    """An excursion with its frames and what it looks like."""

    excursion: Excursion
    excerpt: Excerpt
    family: Family
    variant: str
    yaw_deg: float


class Assessor:
    """Judges one set of one person.

    Parameters
    ----------
    movement
        The movement that the person says they do; None to find it out.
    goal
        What they practise.
    own_bend
        Their own full forward bend. One that another lumbar estimator measured is left out.
    previous
        What was cued after the set before; None for the first.
    """

    def __init__(
        self,
        movement: MovementSpec | None = None,
        *,
        goal: Goal = Goal.HINGE_SKILL,
        own_bend: OwnBend | None = None,
        previous: CueHistory | None = None,
    ) -> None:
        self._declared = movement
        self._goal = goal
        self._previous = previous
        self._back = BackObserver()
        self._own_bend = own_bend
        self._framing = FramingObserver()
        self._conditioner = LandmarkConditioner()
        self._upright = UprightFinder()
        self._tracker = ExcursionTracker()
        self._raws: list[Raw] = []
        self._yaws: list[float] = []
        self._excursions: list[Excursion] = []
        self._counted = 0
        self._phase = Phase.STANDING
        self._last_framing: Framing | None = None
        self._angles: Series | None = None

    @property
    def own_bend(self) -> OwnBend | None:
        """The own bend when it was measured as this set is; None without one."""
        bend = self._own_bend
        return bend if bend is not None and bend.fits(self._back.method) else None

    def update(self, pose: Pose) -> tuple[Event, ...]:
        """Take in the next pose and return what changed.

        Parameters
        ----------
        pose
            Must not be earlier than the one before.
        """
        framing = self._framing.update(pose)
        conditioned = self._conditioner.update(pose)
        raw = self._measure(conditioned, framing)
        upright = self._upright.update(raw)
        self._back.update(conditioned, framing)
        self._raws.append(raw)
        self._yaws.append(framing.yaw_deg)
        self._angles = relate(raw, upright) if framing.countable else None
        bend = math.nan if self._angles is None else float(self._angles.of(Signal.BEND)[0])
        closed = self._tracker.update(pose.t_s, bend, upright_known=upright is not None)
        events = [*self._framing_events(pose.t_s, framing), *self._phase_events(pose.t_s)]
        if closed is not None:
            self._excursions.append(closed)
            events.append(self._close(pose.t_s, closed, upright))
        return tuple(events)

    def report(self, pain: int | None = None) -> Assessment:
        """Sum up everything seen so far; the assessor may go on afterwards.

        Parameters
        ----------
        pain
            What the person reports after the set, 0 to 10; None when not asked. It changes what
            is suggested, and from `models.cues.SORE` on what is looked for, no measurement.
        """
        upright = self._upright.settle()
        series, lumbar = self._series(upright)
        under_way = self._tracker.peek()
        excursions = [*self._excursions, *([under_way] if under_way else [])]
        candidates = [self._candidate(one, series, lumbar) for one in excursions]
        return _sum_up(
            declared=self._declared,
            goal=self._goal,
            previous=self._previous,
            pain=pain,
            own_bend=self.own_bend,
            lumbar_method=self._back.method if np.isfinite(lumbar.flexion_deg).any() else "",
            candidates=[one for one in candidates if one is not None],
            series=series,
            framing=self._framing.summary(),
            upright_found_s=upright.seconds if upright else 0.0,
        )

    @staticmethod
    def _measure(pose: Pose, framing: Framing) -> Raw:
        return measure(
            np.array([pose.t_s]),
            pose.image_xy[None].astype(np.float64),
            pose.visibility[None].astype(np.float64),
            faces_right=framing.facing is not Side.LEFT,
        )

    def now(self) -> Moment | None:
        """Tell what is known of the last frame by now; None before the first.

        Causal; nothing of the report depends on it.
        """
        if self._last_framing is None:
            return None
        upright, frame = self._upright.upright, self._back.newest()
        lumbar = self._back.read_one(upright, frame)
        of_look = self._angles
        if frame != len(self._raws) - 1 and of_look is not None:
            of_look = relate(self._raws[frame], upright)
        return Moment(
            t_s=float(self._raws[-1].t_s[0]),
            framing=self._last_framing,
            phase=self._phase,
            reps=self._counted,
            bend_deg=_angle(self._angles, Signal.BEND),
            hip_deg=_angle(self._angles, Signal.APPARENT_HIP_FLEXION),
            knee_deg=_angle(self._angles, Signal.KNEE_FLEXION),
            trunk_deg=_angle(self._angles, Signal.TRUNK_INCLINATION),
            true_hip_deg=_true_hip_deg(of_look, lumbar),
            lumbar_deg=lumbar.flexion_deg.item(),
            lumbar_se_deg=lumbar.se_deg.item(),
            lumbar_reason=REASONS[lumbar.reason.item()],
        )

    def _series(
        self, upright: Upright | None, since_s: float = -math.inf
    ) -> tuple[Series, LumbarReading]:
        first = 0
        if since_s > -math.inf:
            first = len(self._raws)
            while first and self._raws[first - 1].t_s[0] >= since_s:
                first -= 1
        lumbar = self._back.read(upright, slice(first, None))
        frames = self._raws[first:]
        if not frames:
            empty = np.empty((0, len(Signal)))
            return Series(t_s=np.empty(0), value=empty, se=empty), lumbar
        series = relate(Raw.join(frames), upright)
        return decompose(series, lumbar.flexion_deg, lumbar.se_deg), lumbar

    def _candidate(
        self, excursion: Excursion, series: Series, lumbar: LumbarReading
    ) -> _Candidate | None:
        frames = (series.t_s >= excursion.start_s) & (series.t_s <= excursion.end_s)
        part = Series(t_s=series.t_s[frames], value=series.value[frames], se=series.se[frames])
        if not np.isfinite(part.of(Signal.BEND)).any():
            return None
        whole = excerpt(part, start_seen=excursion.start_seen, own_bend=self.own_bend)
        rep = np.flatnonzero(frames)
        reason = lumbar.main_reason(rep) or lumbar.main_reason(rep[whole.bottom])
        whole = replace(whole, lumbar_reason=reason, back_looked=lumbar.looked[rep])
        told_by = features(whole)
        family = classify(told_by)
        last = len(self._yaws) - len(series.t_s) + np.flatnonzero(frames)
        yaws = [self._yaws[index] for index in last if math.isfinite(self._yaws[index])]
        return _Candidate(
            excursion=excursion,
            excerpt=whole,
            family=family,
            variant=variant(family, told_by).value,
            yaw_deg=float(np.median(yaws)) if yaws else math.nan,
        )

    def _framing_events(self, t_s: float, framing: Framing) -> list[Event]:
        before, self._last_framing = self._last_framing, framing
        same = before is not None and (before.view, before.issues, before.facing) == (
            framing.view,
            framing.issues,
            framing.facing,
        )
        return [] if same else [FramingChanged(t_s=t_s, framing=framing)]

    def _phase_events(self, t_s: float) -> list[Event]:
        before, self._phase = self._phase, self._tracker.phase
        return [] if before is self._phase else [PhaseChanged(t_s=t_s, phase=self._phase)]

    def _close(self, t_s: float, excursion: Excursion, upright: Upright | None) -> Event:
        candidate = self._candidate(excursion, *self._series(upright, excursion.start_s))
        reason = "not_seen_enough" if candidate is None else _why_not(candidate, self._declared)
        if candidate is None or reason:
            return BendDiscarded(t_s=t_s, bend=_discarded(excursion, reason))
        self._counted += 1
        movement = self._declared or movement_of_family(candidate.family)
        rep = _rep(candidate, self._counted, movement)
        found = judge_set(movement, [rep]) if movement else ()
        per_rep = tuple(finding for finding in found if finding.rep is not None)
        return RepCounted(t_s=t_s, rep=rep, findings=per_rep)


def assess(
    poses: Iterable[Pose],
    movement: MovementSpec | None = None,
    *,
    goal: Goal = Goal.HINGE_SKILL,
    own_bend: OwnBend | None = None,
) -> Assessment:
    """Judge a whole set: the loop over `Assessor.update`, then its report."""
    assessor = Assessor(movement, goal=goal, own_bend=own_bend)
    for pose in poses:
        assessor.update(pose)
    return assessor.report()


def _angle(series: Series | None, signal: Signal) -> float:
    """Give a signal of a single frame; NaN without one."""
    return math.nan if series is None else series.of(signal).item()


def _true_hip_deg(series: Series | None, lumbar: LumbarReading) -> float:
    """Give true hip flexion of a single frame; NaN where one of its parts is unknown."""
    apparent = _angle(series, Signal.TRUNK_INCLINATION) + _angle(series, Signal.THIGH_INCLINATION)
    return math.remainder(apparent - SPINE_SHARE * lumbar.flexion_deg.item(), 360.0)


def _why_not(candidate: _Candidate, declared: MovementSpec | None) -> str:
    """Key of the first reason why an excursion is no repetition; empty when it is one."""
    excursion = candidate.excursion
    movement = declared or movement_of_family(candidate.family)
    rule = movement.rep if movement else UNNAMED_RULE
    duration_s = excursion.end_s - excursion.start_s
    seen_falling = excursion.first_deg <= SEEN_FALLING * excursion.peak_deg
    bend = candidate.excerpt.series.of(Signal.BEND)
    objections = {
        "not_finished": not excursion.finished,
        "too_shallow": excursion.peak_deg < rule.min_peak_deg,
        "too_brief": duration_s < rule.min_duration_s,
        "too_long": duration_s > rule.max_duration_s,
        "way_down_not_seen": not (excursion.start_seen or rule.may_start_low or seen_falling),
        "not_seen_enough": np.isfinite(bend).mean() < MIN_COVERAGE,
        "feet_moved": _foot_travel(candidate.excerpt) > rule.max_foot_travel,
    }
    return next((reason for reason, holds in objections.items() if holds), "")


def _foot_travel(rep: Excerpt) -> float:
    """How far the feet went between start and end, fraction of stature; 0 when unknown."""
    feet = rep.series.of(Signal.FEET_FORWARD)
    known = feet[np.isfinite(feet)]
    if not len(known) or rep.starts_low:
        return 0.0
    return abs(float(np.median(known[-3:]) - np.median(known[:3])))


def _discarded(excursion: Excursion, reason: str) -> DiscardedBend:
    return DiscardedBend(start_s=excursion.start_s, end_s=excursion.end_s, reason=reason)


def _rep(candidate: _Candidate, number: int, movement: MovementSpec | None) -> Rep:
    series = candidate.excerpt.series
    return Rep(
        number=number,
        start_s=float(series.t_s[0]),
        bottom_s=candidate.excerpt.bottom_s,
        end_s=float(series.t_s[-1]),
        phases=candidate.excerpt.spans(),
        starts_low=candidate.excerpt.starts_low,
        coverage=float(np.isfinite(series.of(Signal.BEND)).mean()),
        family=candidate.family.value,
        variant=candidate.variant,
        series=series,
        metrics=_measure_rep(candidate, movement),
        rhythm=_rhythm(candidate),
    )


def _measure_rep(candidate: _Candidate, movement: MovementSpec | None) -> Mapping[str, Measurement]:
    """Every metric of the movement; all unmeasured when the view is past the limit."""
    wanted = list(ALWAYS_MEASURED)
    if movement:
        wanted += [fault.metric for fault in movement.faults if not fault.metric.per_set]
    turned = _is_turned(candidate)
    return {
        metric.id: metric.refuse(NOT_SIDE_ON) if turned else metric.measure_rep(candidate.excerpt)
        for metric in wanted
    }


def _rhythm(candidate: _Candidate) -> LumbarRhythm | None:
    return None if _is_turned(candidate) else measure_rhythm(candidate.excerpt)


def _is_turned(candidate: _Candidate) -> bool:
    """Whether the view is past the limit of what is judged."""
    return candidate.yaw_deg > MAX_YAW_DEG


def _sum_up(
    *,
    declared: MovementSpec | None,
    goal: Goal,
    previous: CueHistory | None,
    pain: int | None,
    candidates: Sequence[_Candidate],
    series: Series,
    framing: FramingSummary,
    upright_found_s: float,
    own_bend: OwnBend | None,
    lumbar_method: str,
) -> Assessment:
    reasons = [_why_not(one, declared) for one in candidates]
    counted = [one for one, reason in zip(candidates, reasons, strict=True) if not reason]
    family = majority([one.family for one in counted])
    looked_like = movement_of_family(family) if family else None
    movement = _definition(declared or looked_like, pain)
    reps = tuple(_rep(one, number, movement) for number, one in enumerate(counted, start=1))
    set_metrics = _set_metrics(movement, reps)
    findings = judge_set(movement, reps, set_metrics) if movement and reps else ()
    score = score_set(movement, reps, set_metrics, goal=goal) if movement and reps else None
    cue = None
    if movement and score:
        cue = choose_cue(
            movement, findings, score, goal=goal, pain=pain, previous=previous, reps=reps
        )
    return Assessment(
        declared=declared.id if declared else None,
        recognised=_recognised(family, looked_like),
        judged_as=movement.id if movement and reps else None,
        assessable=any(rep.metrics["peak_bend"].measured for rep in reps),
        reps=reps,
        discarded=tuple(
            _discarded(one.excursion, reason)
            for one, reason in zip(candidates, reasons, strict=True)
            if reason
        ),
        findings=findings,
        score=score,
        cue=cue,
        framing=framing,
        notes=(
            *_too_short(series, movement.rep if movement else UNNAMED_RULE, reps=len(reps)),
            *_notes(declared, family, looked_like, framing, reps=len(reps)),
        ),
        not_measured=_not_measured(movement, findings, reps),
        series=series,
        upright_found_s=upright_found_s,
        lumbar_method=lumbar_method,
        rhythm=measure_set_rhythm(reps) if reps else None,
        own_bend=own_bend,
    )


def _definition(movement: MovementSpec | None, pain: int | None) -> MovementSpec | None:
    """Give what to judge by, with what is looked for when somebody is sore."""
    sore = pain is not None and pain >= SORE
    return movement.when_sore if movement and sore else movement


def _recognised(family: Family | None, looked_like: MovementSpec | None) -> str:
    if family is None:
        return NONE
    return looked_like.id if looked_like else Family.MIXED.value


def _set_metrics(movement: MovementSpec | None, reps: Sequence[Rep]) -> dict[str, Measurement]:
    if movement is None:
        return {}
    wanted = [fault.metric for fault in movement.faults if fault.metric.per_set]
    return {metric.id: metric.measure_set(reps) for metric in wanted}


def _too_short(series: Series, rule: RepRule, *, reps: int) -> tuple[Note, ...]:
    """Note a clip without a repetition that had no time for one after a moment of standing."""
    if reps or not len(series.t_s):
        return ()
    duration_s, needed_s = float(series.t_s[-1] - series.t_s[0]), QUIET_S + rule.min_duration_s
    if duration_s >= needed_s:
        return ()
    values = {"seconds": f"{duration_s:.1f}", "needed": f"{needed_s:.1f}"}
    return (Note(key=CLIP_TOO_SHORT, values=values),)


def _notes(
    declared: MovementSpec | None,
    family: Family | None,
    looked_like: MovementSpec | None,
    framing: FramingSummary,
    *,
    reps: int,
) -> tuple[Note, ...]:
    notes = []
    if not reps:
        notes.append(Note(key="no_reps", values={}))
    if declared and looked_like and looked_like is not declared:
        values = {"declared": declared.id, "looked_like": looked_like.id}
        notes.append(Note(key="looked_like_another_movement", values=values))
    if family is Family.MIXED and not declared:
        notes.append(Note(key="mixed_movements", values={}))
    if FramingIssue.SECOND_PERSON in framing.issues:
        notes.append(Note(key="second_person", values={}))
    return tuple(notes)


def _not_measured(
    movement: MovementSpec | None, findings: Sequence[Finding], reps: Sequence[Rep]
) -> dict[str, str]:
    """Collect what could not be measured in any repetition: its key and that of the reason."""
    missing: dict[str, str] = {}
    per_set = {fault.id: fault.metric.id for fault in movement.faults} if movement else {}
    by_metric: dict[str, set[str]] = {}
    for rep in reps:
        for key, measurement in rep.metrics.items():
            by_metric.setdefault(key, set()).add(measurement.reason)
    for key, reasons in by_metric.items():
        if "" not in reasons:
            missing[key] = min(reasons)
    for finding in findings:
        if finding.rep is None and not finding.measurement.measured:
            missing[per_set[finding.fault]] = finding.reason
    return missing
