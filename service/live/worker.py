"""The thread that owns one session: its estimator, its `LiveSession`, nothing shared.

Pictures and messages come in from other threads, what is to be said goes out through a callback.
However it ends, by closing, by a picture that makes it stumble or by a missing model, the station
is free afterwards and the thread gone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from service.live.camera import Previews
from service.live.intake import decode_jpeg
from service.live.looking import Looking, rungs_from
from service.live.metrics import Step
from service.live.newest import NewestSlot
from service.live.refusing import Refusal, refused, wording_for
from service.live.session import LiveSession, Sighting
from service.protocol import Frame as FrameMessage
from service.protocol import KeepSet, Message, Progress, Refused, RepCount, Summary
from vision.errors import CameraError, FrameError, HingewiseError
from vision.frame import Frame

if TYPE_CHECKING:
    from service.live.camera import ServerCamera
    from service.live.metrics import LiveMetrics
    from service.live.shelf import Shelf
    from service.live.stations import Station
    from service.protocol import Hello
    from service.settings import Settings

Post: TypeAlias = Callable[["Message | bytes"], None]
"""Sends a message, or a binary one; may be called from any thread and does not wait."""

TICK_S: Final = 0.1
"""Time without a picture or a message after which the session is let know that time passes."""
MOST_ORDERS: Final = 64
"""Messages of the page that may wait; more than that is a flood."""
MOST_UNUSABLE: Final = 20
"""Pictures in a row that cannot be used, after which the session ends."""

MOST_MS: Final = 1e13
"""Times past this are no times: it is the year 2286."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A picture on its way to be looked at.

    Attributes
    ----------
    number, t_ms
        As it was sent.
    arrived_s
        Server's clock when it came.
    jpeg
        The picture as a browser sent it; None when `frame` holds it.
    frame
        The picture of a camera of this server.
    """

    number: int
    t_ms: float
    arrived_s: float
    jpeg: bytes | None = None
    frame: Frame | None = None


class SessionWorker:
    """Runs one session in a thread of its own.

    Parameters
    ----------
    hello
        What the page asked for.
    settings
        Of the server.
    station
        Released when the thread ends.
    shelf
        Where sets and calibrations are kept.
    metrics
        Told what is done.
    post
        Takes what is to be said.
    camera
        Of the server, when it films; None when the page sends pictures.
    clock
        Monotonic seconds; replaced in tests.
    """

    def __init__(
        self,
        hello: Hello,
        settings: Settings,
        *,
        station: Station,
        shelf: Shelf,
        metrics: LiveMetrics,
        post: Post,
        camera: ServerCamera | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hello = hello
        self._settings = settings
        self._station = station
        self._shelf = shelf
        self._metrics = metrics
        self._post = post
        self._camera = camera
        self._previews = Previews()
        self._clock = clock
        self._pictures: NewestSlot[Picture] = NewestSlot()
        self._orders: deque[Message] = deque()
        self._closing = threading.Event()
        self._last_ms = -1.0
        self._unusable = 0
        self._counted_dropped = 0
        self._thread = threading.Thread(
            target=self._run, name=f"session {station.number}", daemon=True
        )

    def start(self) -> None:
        """Begin; the model is loaded in the session's own thread."""
        self._thread.start()

    def offer(self, picture: Picture) -> None:
        """Leave a picture, in place of one that was not looked at yet."""
        self._pictures.put(picture)

    def count_dropped(self) -> None:
        """Count a picture that came too fast to be offered."""
        self._pictures.count_dropped()

    def tell(self, message: Message) -> bool:
        """Leave a message of the page; false when too many wait already."""
        if len(self._orders) >= MOST_ORDERS:
            return False
        self._orders.append(message)
        self._pictures.wake()
        return True

    def close(self, wait_s: float = 10.0) -> bool:
        """End the session and wait for its thread; true when it is gone. Twice is harmless."""
        self._closing.set()
        self._pictures.close()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._metrics.sessions.inc()
        self._metrics.started.labels(self._hello.mode).inc()
        try:
            with self._station:
                self._live()
        except CameraError as error:
            self._say([self._refused(Refusal.CAMERA, str(error), final=True)])
        except HingewiseError as error:
            self._say([self._refused(Refusal.INTERNAL, str(error), final=True)])
        except Exception:  # noqa: BLE001 - whatever went amiss, the page is told and the station freed
            _log.exception("session %d stopped", self._station.number)
            self._say([self._refused(Refusal.INTERNAL, final=True)])
        finally:
            self._pictures.close()
            self._metrics.sessions.dec()
            self._count_dropped()

    def _live(self) -> None:
        self._say([Progress(doing="loading", share=0)])
        rungs = rungs_from(self._settings.model)
        if not self._settings.adaptive:
            rungs = rungs[:1]
        with (
            Looking(rungs, threads=self._settings.threads, metrics=self._metrics) as looking,
            self._filming(),
        ):
            session = LiveSession(
                self._hello,
                self._settings,
                shelf=self._shelf,
                estimator=looking.info,
                now_s=self._clock(),
            )
            self._say([Progress(doing="loading", share=1)])
            self._say(session.greeting(self._station.number))
            while not self._closing.is_set():
                self._step(session, looking)

    def _filming(self) -> AbstractContextManager[None]:
        if self._camera is None:
            return nullcontext()
        return self._camera.filming(self._offer_filmed, self._tell_lost)

    def _offer_filmed(self, frame: Frame) -> None:
        arrived_s = self._clock()
        t_ms = frame.t_s * 1000
        self.offer(Picture(number=frame.index, t_ms=t_ms, arrived_s=arrived_s, frame=frame))

    def _tell_lost(self, error: HingewiseError) -> None:
        self._say([self._refused(Refusal.CAMERA, str(error))])

    def _step(self, session: LiveSession, looking: Looking) -> None:
        """Take in what came, or let time pass."""
        picture = self._pictures.take(TICK_S)
        while self._orders and not self._closing.is_set():
            self._obey(self._orders.popleft(), session)
        if picture is None:
            self._say(session.wait(self._clock()))
        else:
            self._assess(picture, session, looking)

    def _obey(self, order: Message, session: LiveSession) -> None:
        if isinstance(order, KeepSet):
            self._say([Progress(doing="keeping", share=0)])
        self._say(session.told(order, self._clock()))

    def _assess(self, picture: Picture, session: LiveSession, looking: Looking) -> None:
        try:
            frame = self._opened(picture)
        except FrameError as error:
            self._refuse(error, session)
            return
        self._unusable = 0
        began_s = self._clock()
        pose = looking.look(frame)
        looked_s = self._clock()
        sighting = Sighting(
            frame=frame,
            pose=pose,
            number=picture.number,
            now_s=looked_s,
            dropped=self._pictures.dropped,
            quality=looking.quality(session.wording),
        )
        said = session.see(sighting)
        done_s = self._clock()
        took_ms = (done_s - picture.arrived_s) * 1000
        self._say(said[:-1])
        if picture.frame is not None and (preview := self._previews.of(frame)) is not None:
            self._post(preview)
        self._say([_timed(message, took_ms) for message in said[-1:]])
        self._metrics.assessed.inc()
        self._count_dropped()
        self._metrics.time(Step.POSE, looked_s - began_s)
        self._metrics.time(Step.ASSESS, done_s - looked_s)
        self._metrics.time(Step.TOTAL, done_s - picture.arrived_s)
        may_reload = session.between_sets
        if looking.adapt(done_s, took_ms, self._pictures.dropped, may_reload=may_reload):
            session.use_estimator(looking.info)

    def _opened(self, picture: Picture) -> Frame:
        """Decode a picture and check its time."""
        t_ms = picture.t_ms
        if not self._last_ms < t_ms < MOST_MS:
            msg = (
                f"expected a time in ms later than {self._last_ms}, got {t_ms}: send the camera's "
                "own time of each picture"
            )
            raise FrameError(msg)
        if picture.frame is not None:
            self._last_ms = t_ms
            return picture.frame
        began_s = self._clock()
        image = decode_jpeg(picture.jpeg or b"", max_pixels=self._settings.max_frame_pixels)
        self._metrics.time(Step.DECODE, self._clock() - began_s)
        self._last_ms = t_ms
        return Frame(image=image, t_s=t_ms / 1000, index=picture.number)

    def _refuse(self, error: FrameError, session: LiveSession) -> None:
        self._metrics.refused_frames.inc()
        self._unusable += 1
        final = self._unusable >= MOST_UNUSABLE
        self._say([refused(Refusal.FRAME, session.wording, str(error), final=final)])
        if final:
            self._closing.set()

    def _count_dropped(self) -> None:
        dropped = self._pictures.dropped
        self._metrics.dropped.inc(dropped - self._counted_dropped)
        self._counted_dropped = dropped

    def _say(self, messages: list[Message]) -> None:
        for message in messages:
            if isinstance(message, Summary):
                self._metrics.sets.inc()
            elif isinstance(message, RepCount):
                self._metrics.reps.inc()
            elif isinstance(message, Refused):
                self._metrics.refusals.labels(message.code).inc()
            self._post(message)

    def _refused(self, code: Refusal, detail: str = "", *, final: bool = False) -> Refused:
        wording = wording_for(self._hello.language, self._settings.language)
        return refused(code, wording, detail, final=final)


def _timed(message: Message, took_ms: float) -> Message:
    if isinstance(message, FrameMessage):
        return message.model_copy(update={"took_ms": round(took_ms, 1)})
    return message
