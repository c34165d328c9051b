"""Visits of a stick figure to a live session, without a camera, a thread or a clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from service.live.session import LiveSession, Sighting
from service.live.shelf import Shelf
from service.protocol import Frame as FrameMessage
from service.protocol import Hello, Message, Quality
from service.settings import Settings
from tests.stores import sqlite_stores
from vision.estimators.base import EstimatorInfo
from vision.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vision.pose import Pose

ESTIMATOR: Final = EstimatorInfo(name="made", version="1", model="full", asset_sha256="0" * 64)
SEEN_BY: Final = Quality(model="full", outline_every=1)
GREY: Final = np.full((720, 1280, 3), 128, np.uint8)

Kind = TypeVar("Kind", bound=Message)


def hello(**wanted: object) -> Hello:
    """Say hello, with what is wanted."""
    return Hello.model_validate({"protocol": 1, **wanted})


def of_kind(messages: Iterable[Message], kind: type[Kind]) -> list[Kind]:
    """The messages of one kind, in order."""
    return [message for message in messages if isinstance(message, kind)]


def without_frames(messages: Iterable[Message]) -> list[Message]:
    """Everything but what is said about each picture."""
    return [message for message in messages if not isinstance(message, FrameMessage)]


@dataclass
class Visit:
    """A session with everything that it said.

    Attributes
    ----------
    session
        The session.
    said
        All of its messages.
    now_s
        Clock of camera and server, where the last picture was.
    number
        Of the next picture.
    """

    session: LiveSession
    said: list[Message] = field(default_factory=list)
    now_s: float = 0.0
    number: int = 0

    def see(self, poses: Sequence[Pose]) -> list[Message]:
        """Show poses, one camera interval after what was shown before; return what was said."""
        shift = self.now_s + 1 / 30 - poses[0].t_s if self.number else 0.0
        said: list[Message] = []
        for pose in poses:
            said += self.session.see(self._sighting(replace(pose, t_s=pose.t_s + shift)))
        self.said += said
        return said

    def tell(self, message: Message) -> list[Message]:
        """Say something; return what was answered."""
        said = self.session.told(message, self.now_s)
        self.said += said
        return said

    def wait(self, seconds: float) -> list[Message]:
        """Let time pass without pictures; return what was said."""
        said: list[Message] = []
        for _ in range(round(seconds * 10)):
            self.now_s += 0.1
            said += self.session.wait(self.now_s)
        self.said += said
        return said

    def _sighting(self, pose: Pose) -> Sighting:
        self.now_s = pose.t_s
        self.number += 1
        return Sighting(
            frame=Frame(image=GREY, t_s=pose.t_s, index=self.number),
            pose=pose,
            number=self.number,
            now_s=pose.t_s,
            dropped=0,
            quality=SEEN_BY,
        )


def begin_visit(
    data: Path, greeting: Hello | None = None, *, settings: Settings | None = None
) -> Visit:
    """Begin a visit whose data go into a folder."""
    chosen = settings or Settings(data=data)
    shelf = Shelf(sqlite_stores(data), data)
    session = LiveSession(greeting or hello(), chosen, shelf=shelf, estimator=ESTIMATOR)
    return Visit(session=session, said=session.greeting(1))
