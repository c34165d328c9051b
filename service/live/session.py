"""One person's visit: framing, sets, summaries, calibration. No threads, no clock, no pixels kept.

Time is the camera's; only the kiosk's screens follow the server's clock, which comes with every
call. What is to be kept on disk goes through a `Shelf`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, singledispatchmethod
from typing import TYPE_CHECKING, Final

from models.assessor import BendDiscarded, RepCounted
from models.calibration import OwnBend
from models.movements import AUTO, MOVEMENTS, find_movement
from service.kiosk.flow import KioskAct
from service.kiosk.qr import summary_qr
from service.live.calibration import CalibrationRun
from service.live.finished_set import FinishedSet
from service.live.guide import FramingGuide
from service.live.kiosk_visit import KioskVisit
from service.live.live_set import LiveSet, SetPlan
from service.live.messages import (
    Shown,
    frame_message,
    not_counted_message,
    own_bend_message,
    rep_message,
)
from service.live.refusing import Refusal, refused, wording_for
from service.live.shelf import report_path
from service.protocol import (
    Calibrate,
    Calibrated,
    Configure,
    DiscardSet,
    FinishSet,
    KeepSet,
    Kept,
    Message,
    Movement,
    Press,
    Progress,
    RatePain,
    Ready,
    Say,
    StartSet,
    State,
    Summary,
)
from service.wording import DEFAULT_LANGUAGE, load_wording
from vision.errors import HingewiseError, UnknownNameError
from vision.exposure import exposure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.assessor import Event, Moment
    from models.spec import MovementSpec
    from service.live.shelf import Shelf
    from service.live.summary import SetMemory
    from service.protocol import Hello, Quality, Refused
    from service.settings import Settings
    from service.wording import Wording
    from vision.estimators.base import EstimatorInfo
    from vision.frame import Frame
    from vision.pose import Pose

EARLIER_S: Final = 3.0
"""A set that begins takes in this much of what was seen just before, so that the person's upright
is known at once; expert default."""
BEGIN_ANEW_S: Final = 60.0
"""What was seen without a repetition is forgotten after this time, up to `EARLIER_S`."""
GONE_S: Final = 5.0
"""A set ends when nobody was seen for this long; expert default."""


class Stage(StrEnum):
    """What the session is doing, as in `service.protocol.State`."""

    FRAMING = "framing"
    READY = "ready"
    SET = "set"
    CALIBRATING = "calibrating"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """One picture that was looked at.

    Attributes
    ----------
    frame, pose
        The picture and who was seen in it.
    number
        Of the picture.
    now_s
        Server's clock.
    dropped
        Pictures that a newer one replaced, since the session began.
    quality
        How closely it was looked at.
    """

    frame: Frame
    pose: Pose
    number: int
    now_s: float
    dropped: int
    quality: Quality


_TELLING: Final = frozenset({Stage.READY, Stage.SET, Stage.CALIBRATING})
"""When a bend that is no repetition is worth a word: not while somebody walks about."""


class LiveSession:
    """One visit, picture by picture and message by message.

    Parameters
    ----------
    hello
        What the page asked for. A name in it that stands for nothing is passed over, and told in
        `greeting`.
    settings
        Of the server.
    shelf
        Where sets and calibrations are kept.
    estimator
        What makes the poses.
    now_s
        Server's clock.
    """

    def __init__(
        self,
        hello: Hello,
        settings: Settings,
        *,
        shelf: Shelf,
        estimator: EstimatorInfo,
        now_s: float = 0.0,
    ) -> None:
        self._settings = settings
        self._shelf = shelf
        self._estimator = estimator
        self._unknown: list[str] = []
        self._wording = wording_for(settings.language, DEFAULT_LANGUAGE)
        self._movement: MovementSpec | None = None
        self._goal = hello.goal
        self._each_rep = hello.cues == "each_rep"
        self._own_bend: OwnBend | None = None
        self._person: str | None = None
        self._set_up(hello)
        self._kiosk = self._visit(now_s) if hello.mode == "kiosk" else None
        self._stage = Stage.FRAMING
        self._guide = FramingGuide()
        self._seen_s = math.nan
        self._sets_done = 0
        self._before: SetMemory | None = None
        self._finished: FinishedSet | None = None
        self._calibrating: CalibrationRun | None = None
        self._measuring = self._kiosk is None
        self._run = LiveSet(self._plan(), estimator)

    @property
    def stage(self) -> Stage:
        """What it is doing."""
        return self._stage

    @property
    def wording(self) -> Wording:
        """The words of the page's language."""
        return self._wording

    @property
    def between_sets(self) -> bool:
        """Whether nothing is under way that another estimator would disturb."""
        return self._stage not in {Stage.SET, Stage.CALIBRATING} and not self._run.bending

    def greeting(self, station: int) -> list[Message]:
        """Say that pictures may come, what can be chosen, and what is not known here."""
        movements = [Movement(id=AUTO, title=self._wording.of("session.auto"))]
        movements += [
            Movement(id=spec.id, title=self._wording.of(f"movement.{spec.id}"))
            for spec in MOVEMENTS.values()
        ]
        own_bend = self._run.own_bend
        ready = Ready(
            station=station,
            movements=tuple(movements),
            own_bend=None if own_bend is None else own_bend_message(own_bend),
        )
        return [ready, *self._tell_unknown(), self._state()]

    def use_estimator(self, estimator: EstimatorInfo) -> None:
        """Go on with the poses of another estimator; only `between_sets`."""
        self._estimator = estimator
        self._run = LiveSet(self._plan(), estimator)

    # ---- pictures ---------------------------------------------------------------------------

    def see(self, sighting: Sighting) -> list[Message]:
        """Take in a picture that is later than the one before; return what is to be said.

        The last message is the `Frame` about the picture.
        """
        pose, run = sighting.pose, self._run
        events = run.see(pose, dropped=sighting.dropped)
        moment = run.now()
        if moment is None:
            msg = "expected the assessor to know the pose it was given"
            raise RuntimeError(msg)
        if not pose.is_empty or math.isnan(self._seen_s):
            self._seen_s = pose.t_s
        self._guide.in_set = self._stage is Stage.SET
        exposure = exposure_of(sighting.frame.image, pose)
        guide = self._guide.update(pose.t_s, moment.framing, exposure)
        said: list[Message] = []
        if self._measuring:
            said += self._take_events(events)
            said += self._advance(moment)
        self._bound_memory()
        said += self._let_kiosk_see(sighting)
        shown = Shown(
            number=sighting.number,
            reps=self._reps_shown,
            usual_depth_deg=run.usual_depth_deg,
            guide=guide,
            quality=sighting.quality,
            dropped=sighting.dropped,
        )
        return [*said, frame_message(pose, moment, shown, self._wording)]

    def wait(self, now_s: float) -> list[Message]:
        """Let time pass without a picture; return what is to be said."""
        if self._kiosk is None:
            return []
        return [*self._do(self._kiosk.wait(now_s)), *self._kiosk_screen(now_s)]

    def _take_events(self, events: Sequence[Event]) -> list[Message]:
        said: list[Message] = []
        for event in events:
            if isinstance(event, RepCounted) and self._stage is not Stage.FRAMING:
                said += self._count(event)
            elif isinstance(event, BendDiscarded) and self._stage in _TELLING:
                said.append(not_counted_message(event.bend, self._wording))
        return said

    def _count(self, counted: RepCounted) -> list[Message]:
        said: list[Message] = []
        if self._stage is not Stage.CALIBRATING:
            said += self._enter(Stage.SET)
        movement = self._run.movement_of(counted.rep)
        name = counted.rep.family if movement is None else movement.id
        said.append(rep_message(counted.rep, self._run.reps, name))
        if self._stage is Stage.SET and (spoken := self._run.coach(counted)) is not None:
            said.append(Say(kind=spoken.kind, text=self._wording.of(spoken.key)))
        return said

    def _advance(self, moment: Moment) -> list[Message]:
        """Change what the session does, by what was seen."""
        well = self._guide.steady and math.isfinite(moment.bend_deg)
        if self._stage is Stage.FRAMING and well:
            return self._stand_ready()
        if self._stage is Stage.READY and not self._guide.steady:
            return self._enter(Stage.FRAMING)
        if self._stage is Stage.SET and self._is_over(moment):
            return self._finish()
        if self._stage is Stage.CALIBRATING and self._calibrating is not None:
            return self._watch_calibration(self._calibrating, moment)
        return []

    def _stand_ready(self) -> list[Message]:
        """Stand well; bends on the way into position are no part of the set."""
        if self._run.bends and self._run.bending:
            return []
        if self._run.bends:
            self._begin(self._run.recent(self._run.still_s))
        return self._enter(Stage.READY)

    def _is_over(self, moment: Moment) -> bool:
        gone = moment.t_s - self._seen_s >= GONE_S
        rests = self._kiosk is None and (gone or self._run.still_s >= self._settings.still_s)
        return rests or self._run.is_full(self._settings.longest_set_s)

    def _bound_memory(self) -> None:
        """Forget what was seen long ago without a repetition, in a still moment."""
        run = self._run
        if self._stage in {Stage.SET, Stage.CALIBRATING}:
            return
        old = run.age_s >= BEGIN_ANEW_S and not run.bending
        if old or run.is_full(2 * BEGIN_ANEW_S):
            self._begin(run.recent(EARLIER_S))

    @property
    def _reps_shown(self) -> int:
        if not self._measuring:
            return 0
        if self._stage is Stage.SUMMARY and self._finished is not None:
            return len(self._finished.assessment.reps)
        return self._run.reps

    # ---- messages ---------------------------------------------------------------------------

    @singledispatchmethod
    def told(self, message: Message, now_s: float) -> list[Message]:
        """Take in what the page says; return what is to be said.

        Parameters
        ----------
        message
            One of `service.protocol.FromPage` but for the first `Hello` and `Ping`.
        now_s
            Server's clock.
        """
        del now_s
        return [self._refused(Refusal.MESSAGE, f"{type(message).__name__} was not expected now")]

    @told.register
    def _(self, message: Configure, now_s: float) -> list[Message]:
        del now_s
        self._set_up(message)
        self._goal = message.goal or self._goal
        if message.cues is not None:
            self._each_rep = message.cues == "each_rep"
        if self._stage in {Stage.FRAMING, Stage.READY, Stage.SUMMARY}:
            self._begin(self._run.recent(EARLIER_S))
        return self._tell_unknown()

    @told.register
    def _(self, message: StartSet, now_s: float) -> list[Message]:
        del message, now_s
        return self._start()

    @told.register
    def _(self, message: FinishSet, now_s: float) -> list[Message]:
        del message, now_s
        if self._calibrating is not None:
            return self._end_calibration(self._calibrating)
        if self._finished is not None and not self._run.reps:  # it was finished just before
            return [self._summary(self._finished)]
        return self._finish()

    @told.register
    def _(self, message: RatePain, now_s: float) -> list[Message]:
        del now_s
        if self._finished is None:
            return [self._refused(Refusal.MESSAGE, self._wording.of("session.no_set_to_rate"))]
        self._finished = done = self._finished.rated(message.pain)
        return [self._summary(done), *self._note_pain(done)]

    @told.register
    def _(self, message: KeepSet, now_s: float) -> list[Message]:
        del message, now_s
        done = self._finished
        may = self._settings.keep_sets and self._kiosk is None
        if done is None or not may:
            why = "session.keeping_is_off" if done is not None else "session.no_set_to_keep"
            return [self._refused(Refusal.NOTHING_TO_KEEP, self._wording.of(why))]
        try:
            set_id = self._shelf.keep(
                done.assessed(), self._wording, person=self._person, pain=done.pain
            )
        except HingewiseError as error:
            return [self._refused(Refusal.NOTHING_TO_KEEP, str(error))]
        self._finished = done.kept(set_id)
        return [Progress(doing="keeping", share=1), Kept(url=report_path(set_id))]

    @told.register
    def _(self, message: DiscardSet, now_s: float) -> list[Message]:
        del message, now_s
        if self._finished is not None:
            self._sets_done -= self._finished.counts
            self._finished = None
        return self._start()

    @told.register
    def _(self, message: Calibrate, now_s: float) -> list[Message]:
        del now_s
        try:
            if message.person is not None:
                self._shelf.check_person(message.person)
        except HingewiseError as error:
            return [self._refused(Refusal.UNKNOWN_NAME, str(error))]
        self._remember()
        self._calibrating = CalibrationRun(message.person)
        self._begin()
        return [*self._enter(Stage.CALIBRATING), Progress(doing="calibrating", share=0)]

    @told.register
    def _(self, message: Press, now_s: float) -> list[Message]:
        if self._kiosk is None:
            return []
        acts = self._kiosk.press(message.action, now_s)
        return [*self._do(acts), *self._kiosk_screen(now_s)]

    def _set_up(self, wanted: Hello | Configure) -> None:
        """Take up names that were chosen; one that stands for nothing is noted."""
        if wanted.language is not None:
            try:
                self._wording = load_wording(wanted.language)
            except UnknownNameError as error:
                self._unknown.append(str(error))
                self._wording = wording_for(self._settings.language, DEFAULT_LANGUAGE)
        if wanted.movement is not None:
            try:
                self._movement = find_movement(wanted.movement)
            except UnknownNameError as error:
                self._unknown.append(str(error))
        person = getattr(wanted, "person", None)
        if person is not None:
            try:
                self._own_bend = self._shelf.own_bend_of(person)
                self._person = person
            except HingewiseError as error:
                self._unknown.append(str(error))

    def _tell_unknown(self) -> list[Message]:
        unknown, self._unknown = self._unknown, []
        return [self._refused(Refusal.UNKNOWN_NAME, detail) for detail in unknown]

    # ---- sets -------------------------------------------------------------------------------

    def _plan(self) -> SetPlan:
        before = self._memory
        free = self._calibrating is not None
        return SetPlan(
            movement=None if free else self._movement,
            goal=self._goal,
            each_rep=self._each_rep and not free,
            own_bend=None if free else self._own_bend,
            previous=None if before is None else before.history,
            sets_done=self._sets_done,
        )

    @property
    def _memory(self) -> SetMemory | None:
        """What the set that is under way, or comes next, is compared with."""
        return self._before if self._finished is None else self._finished.memory

    def _remember(self) -> None:
        """Let go of the set that was summed up; what the next one is compared with stays."""
        self._before, self._finished = self._memory, None

    def _begin(self, earlier: Sequence[Pose] = ()) -> None:
        self._run = LiveSet(self._plan(), self._estimator, earlier=earlier)

    def _start(self) -> list[Message]:
        """Begin a new set; a calibration under way is given up."""
        self._calibrating = None
        self._remember()
        self._begin(self._run.recent(EARLIER_S))
        return self._enter(Stage.FRAMING)

    def _finish(self) -> list[Message]:
        """Sum up the set; what comes next belongs to a new one."""
        self._remember()
        done = FinishedSet.of(self._run, number=self._sets_done + 1, before=self._before)
        self._sets_done += done.counts
        self._finished = done
        self._begin()
        return [*self._enter(Stage.SUMMARY), self._summary(done)]

    def _note_pain(self, done: FinishedSet) -> list[Message]:
        """Keep the answer to how sore it was with a set that was kept before it came."""
        if done.set_id is None or done.pain is None:
            return []
        try:
            self._shelf.note_pain(done.set_id, done.pain)
        except HingewiseError as error:
            return [self._refused(Refusal.NOTHING_TO_KEEP, str(error))]
        return []

    def _summary(self, done: FinishedSet) -> Summary:
        summary = done.summary(self._wording)
        if self._kiosk is None or not self._kiosk.settings.show_qr or not done.counts:
            return summary
        public_url = self._settings.public_url
        qr = summary_qr(summary, wording=self._wording, public_url=public_url)
        return summary.model_copy(update={"qr": qr})

    def _enter(self, stage: Stage) -> list[Message]:
        if stage is self._stage:
            return []
        self._stage = stage
        return [self._state()]

    def _state(self) -> State:
        return State(state=self._stage.value)

    def _refused(self, code: Refusal, detail: str) -> Refused:
        return refused(code, self._wording, detail)

    # ---- calibration ------------------------------------------------------------------------

    def _watch_calibration(self, calibration: CalibrationRun, moment: Moment) -> list[Message]:
        share = calibration.share
        upright = math.isfinite(moment.bend_deg)
        if calibration.is_done(self._run, upright=upright):
            return self._end_calibration(calibration)
        if calibration.share == share:
            return []
        return [Progress(doing="calibrating", share=calibration.share)]

    def _end_calibration(self, calibration: CalibrationRun) -> list[Message]:
        found = calibration.result(self._run)
        if isinstance(found, OwnBend):
            self._own_bend = found
            result = self._calibrated(found, calibration.person)
        else:
            text = self._wording.of(f"no_own_bend.{found}")
            result = Calibrated(max_deg=None, se_deg=None, text=text)
        return [Progress(doing="calibrating", share=1), result, *self._start()]

    def _calibrated(self, found: OwnBend, person: str | None) -> Calibrated:
        numbers = {
            "value": f"{found.max_lumbar_deg:.0f}",
            "se": f"{found.max_lumbar_se_deg:.0f}",
        }
        text = self._wording.of("session.calibration.done", **numbers)
        if person is not None:
            try:
                self._shelf.save_own_bend(person, found)
                self._person = person
                text = self._wording.of("session.calibration.saved", person=person, **numbers)
            except HingewiseError as error:
                text = f"{text} {error}"
        return Calibrated(
            max_deg=round(found.max_lumbar_deg, 1),
            se_deg=round(found.max_lumbar_se_deg, 1),
            text=text,
            own_bend=own_bend_message(found),
        )

    # ---- kiosk ------------------------------------------------------------------------------

    def _visit(self, now_s: float) -> KioskVisit:
        read_settings = partial(self._shelf.kiosk_settings, self._settings.kiosk)
        return KioskVisit(read_settings, now_s)

    def _let_kiosk_see(self, sighting: Sighting) -> list[Message]:
        if self._kiosk is None:
            return []
        acts = self._kiosk.see(
            sighting.pose,
            sighting.now_s,
            steady=self._guide.steady,
            reps=self._reps_shown,
            still_s=self._run.still_s,
        )
        return [*self._do(acts), *self._kiosk_screen(sighting.now_s)]

    def _kiosk_screen(self, now_s: float) -> list[Message]:
        screen = self._kiosk.screen(now_s, self._wording) if self._kiosk else None
        return [] if screen is None else [screen]

    def _do(self, acts: Sequence[KioskAct]) -> list[Message]:
        said: list[Message] = []
        for act in acts:
            if act is KioskAct.START_SET:
                self._measuring = True
                said += self._start()
            elif act is KioskAct.FINISH_SET:
                said += self._finish()
                self._measuring = False
            else:
                said += self._forget()
        return said

    def _forget(self) -> list[Message]:
        """Forget everything that was measured in this visit."""
        self._measuring = False
        self._finished = self._before = self._own_bend = self._calibrating = None
        self._person = None
        self._sets_done = 0
        self._begin()
        return self._enter(Stage.FRAMING)
