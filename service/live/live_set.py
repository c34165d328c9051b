"""One set while it runs: what judges it, and the poses that a kept set is written from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from models.assessor import UNNAMED_RULE, Assessor, BendDiscarded, PhaseChanged, RepCounted
from models.coaching import RepCoach
from models.movements import movement_of_family
from models.results import Phase
from vision.frame import SourceHealth
from vision.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.assessor import Event, Moment
    from models.calibration import OwnBend
    from models.coaching import Spoken
    from models.cues import CueHistory
    from models.results import Assessment, Rep
    from models.spec import Goal, MovementSpec
    from vision.estimators.base import EstimatorInfo
    from vision.pose import Pose

POSES_PER_S: Final = 60
"""Pictures a second that memory is set aside for; a faster camera makes a set end sooner."""
SOURCE_NAME: Final = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """What a set is judged with.

    Attributes
    ----------
    movement
        The movement that was named; None to find it out.
    goal
        What the person practises.
    each_rep
        Whether they asked for cues while the set runs.
    own_bend
        Their own full bend.
    previous
        What was cued after the set before.
    sets_done
        Sets before this one.
    """

    movement: MovementSpec | None
    goal: Goal
    each_rep: bool
    own_bend: OwnBend | None
    previous: CueHistory | None
    sets_done: int


class LiveSet:
    """Judges the poses of one set as they come, and remembers them.

    Parameters
    ----------
    plan
        What it is judged with.
    estimator
        What makes the poses.
    earlier
        Poses that were seen just before and belong to it.
    """

    def __init__(
        self, plan: SetPlan, estimator: EstimatorInfo, *, earlier: Sequence[Pose] = ()
    ) -> None:
        self.plan = plan
        self._estimator = estimator
        self._assessor = Assessor(
            plan.movement, goal=plan.goal, own_bend=plan.own_bend, previous=plan.previous
        )
        self._coach = RepCoach(goal=plan.goal, each_rep=plan.each_rep, sets_done=plan.sets_done)
        self._poses: list[Pose] = []
        self._peaks_deg: list[float] = []
        self._moved_s = math.nan
        self._bending = False
        self._dropped_before: int | None = None
        self._dropped = 0
        self._reps = 0
        self._bends = 0
        for pose in earlier:
            self.see(pose, dropped=0)

    @property
    def reps(self) -> int:
        """Repetitions so far."""
        return self._reps

    @property
    def bends(self) -> int:
        """Repetitions and bends that were none, so far."""
        return self._bends

    @property
    def bending(self) -> bool:
        """Whether a bend is under way."""
        return self._bending

    @property
    def age_s(self) -> float:
        """Seconds from its first pose to its last."""
        return self._poses[-1].t_s - self._poses[0].t_s if self._poses else 0.0

    @property
    def still_s(self) -> float:
        """Seconds since the person last bent; since the first pose when they did not."""
        return self._poses[-1].t_s - self._moved_s if self._poses else 0.0

    @property
    def usual_depth_deg(self) -> float:
        """Median depth of the repetitions; before the first the least that counts as one."""
        if self._peaks_deg:
            return median(self._peaks_deg)
        movement = self.plan.movement
        return (movement.rep if movement else UNNAMED_RULE).min_peak_deg

    @property
    def own_bend(self) -> OwnBend | None:
        """The own bend that it is judged with; None when there is none that fits."""
        return self._assessor.own_bend

    def is_full(self, longest_s: float) -> bool:
        """Tell whether it has lasted as long as a set may."""
        return self.age_s >= longest_s or len(self._poses) >= longest_s * POSES_PER_S

    def see(self, pose: Pose, *, dropped: int) -> tuple[Event, ...]:
        """Take in the next pose and return what changed.

        Parameters
        ----------
        pose
            Must be later than the one before.
        dropped
            Pictures that were dropped since the session began.
        """
        if self._dropped_before is None:
            self._dropped_before = dropped
        self._dropped = max(dropped - self._dropped_before, 0)
        events = self._assessor.update(pose)
        self._poses.append(pose)
        for event in events:
            if isinstance(event, RepCounted):
                self._reps += 1
                self._note_depth(event.rep)
            if isinstance(event, PhaseChanged):
                self._bending = event.phase is not Phase.STANDING
            self._bends += isinstance(event, RepCounted | BendDiscarded)
        if self._bending or math.isnan(self._moved_s):
            self._moved_s = pose.t_s
        return events

    def now(self) -> Moment | None:
        """Tell what is known of the last pose; None before the first."""
        return self._assessor.now()

    def coach(self, counted: RepCounted) -> Spoken | None:
        """Choose what is said after a repetition; mostly nothing."""
        return self._coach.rep(counted, self.movement_of(counted.rep))

    def movement_of(self, rep: Rep) -> MovementSpec | None:
        """Return the definition that a repetition is judged by; None when it is not known."""
        return self.plan.movement or movement_of_family(rep.family)

    def report(self, pain: int | None = None) -> Assessment:
        """Sum up the set so far."""
        return self._assessor.report(pain=pain)

    def recent(self, seconds: float) -> list[Pose]:
        """Return the poses of the last seconds."""
        if not self._poses:
            return []
        since_s = self._poses[-1].t_s - seconds
        first = len(self._poses)
        while first and self._poses[first - 1].t_s >= since_s:
            first -= 1
        return self._poses[first:]

    def recording(self) -> Recording:
        """Return its poses in the form that is written; they give the same assessment again."""
        times = [pose.t_s for pose in self._poses]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return Recording(
            poses=tuple(self._poses),
            estimator=self._estimator,
            video=None,
            health=SourceHealth(
                frames_read=len(times),
                dropped_frames=self._dropped,
                longest_gap_s=max(gaps, default=0.0),
            ),
            source_name=SOURCE_NAME,
            source_sha256=None,
        )

    def _note_depth(self, rep: Rep) -> None:
        peak = rep.metrics["peak_bend"]
        if peak.measured:
            self._peaks_deg.append(peak.value)
