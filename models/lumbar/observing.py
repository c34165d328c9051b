"""Follows one person's back through a set, for lumbar flexion now and over a whole set alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import default_estimator
from models.lumbar.features import BackViews, Description, describe
from models.lumbar.reading import (
    MAX_BETWEEN_S,
    LumbarReading,
    bridged,
    read_lumbar,
    standing_of,
)
from models.lumbar.tape import METHOD, TapeBends, read_tape
from vision.framing import Side

if TYPE_CHECKING:
    from models.kinematics import Upright
    from vision.framing import Framing
    from vision.pose import Pose


UPRIGHT_LEAN_RAD: Final = 0.06
"""Frames whose hip-shoulder line leans as in quiet standing, within 3.4°; expert default."""


class BackObserver:
    """Remembers what every frame showed of the back, and reads it against the own standing.

    From the first strips of tape on, the tape is read and not the outline: two ways in one set
    could not be compared. Nobody looks for tape unless the person said that they wear it.
    """

    def __init__(self) -> None:
        self._estimator = default_estimator()
        self._frames: list[Description] = []
        self._tapes: list[TapeBends] = []
        self._is_taped = False
        self._yaws: list[float] = []
        self._t_s: list[float] = []
        self._looked: list[bool] = []
        self._last_look: int | None = None
        self._frame_at: dict[float, int] = {}
        self._known: Upright | None = None
        self._standing: Description | None = None
        self._standing_tape: TapeBends | None = None
        self._read: tuple[Upright | None, int, LumbarReading] | None = None

    @property
    def method(self) -> str:
        """Id of what is read: the estimator, or the tape."""
        return METHOD if self._is_taped else self._estimator.id

    def update(self, pose: Pose, framing: Framing) -> None:
        """Take in the next pose, conditioned, with how the person stands to the camera."""
        frame = len(self._frames)
        self._frame_at[pose.t_s] = frame
        self._t_s.append(pose.t_s)
        self._looked.append(pose.outline_sought)
        if pose.outline_sought:
            self._last_look = frame
        faces_right = framing.facing is not Side.LEFT
        self._frames.append(describe(BackViews.of(pose, faces_right=faces_right)))
        self._tapes.append(TapeBends.of([pose], faces_right=faces_right))
        self._is_taped |= pose.tape is not None
        self._yaws.append(framing.yaw_deg)

    def read(self, upright: Upright | None, frames: slice) -> LumbarReading:
        """Read lumbar flexion in some of the frames seen so far.

        Parameters
        ----------
        upright
            The person's own standing; its quiet frames show the back to compare with.
        frames
            Which, in the order in which they came, one behind the other.
        """
        first, last, _ = frames.indices(len(self._frames))
        if first >= last:
            return LumbarReading.nothing()
        self._stand(upright)
        wider = slice(self._look_before(first), self._look_after(last - 1) + 1)
        looked = np.array(self._looked[wider])
        reading = self._read_each(wider)
        if not looked.all():
            reading = bridged(reading, looked, np.array(self._t_s[wider]))
        return reading[first - wider.start : last - wider.start]

    def newest(self) -> int:
        """Give the frame that tells how the back is now: of the last look, while that is news.

        Then it is the last frame itself, of which nothing can be told.

        Raises
        ------
        IndexError
            When there was no frame yet.
        """
        last, look = len(self._frames) - 1, self._last_look
        if look is None or self._t_s[last] - self._t_s[look] > MAX_BETWEEN_S:
            return last
        return look

    def read_one(self, upright: Upright | None, frame: int) -> LumbarReading:
        """Read lumbar flexion in one frame by itself; read again, it costs nothing."""
        if self._read is None or self._read[:2] != (upright, frame):
            self._stand(upright)
            self._read = upright, frame, self._read_each(slice(frame, frame + 1))
        return self._read[2]

    def _read_each(self, frames: slice) -> LumbarReading:
        """Read frames, each by itself."""
        yaw_deg = np.array(self._yaws[frames])
        if self._is_taped:
            return read_tape(TapeBends.join(self._tapes[frames]), self._standing_tape, yaw_deg)
        described = Description.join(self._frames[frames])
        return read_lumbar(described, self._standing, yaw_deg, self._estimator)

    def _look_before(self, frame: int) -> int:
        """Give the last frame up to this one in which the back was looked at, else this one."""
        looks = (at for at in range(frame, -1, -1) if self._looked[at])
        return next(looks, frame)

    def _look_after(self, frame: int) -> int:
        """Give the first frame from this one on in which the back was looked at, else this one."""
        looks = (at for at in range(frame, len(self._frames)) if self._looked[at])
        return next(looks, frame)

    def _stand(self, upright: Upright | None) -> None:
        """Describe the back of an upright that is new."""
        if upright is self._known:
            return
        self._known, self._standing, self._standing_tape = upright, None, None
        quiet = [self._frame_at[t_s] for t_s in upright.quiet_t_s] if upright else []
        if quiet:
            self._standing = standing_of([self._frames[frame] for frame in quiet])
            self._standing_tape = self._upright_tape(quiet) if self._is_taped else None

    def _upright_tape(self, quiet: list[int]) -> TapeBends | None:
        """Tell how the strips stand in every frame that leans as the quiet ones do.

        Not in the quiet ones alone: hanging hands cover strips, and the few frames in which they
        do not may be those in which the person begins to move.
        """
        lean = np.concatenate([frame.lean_rad for frame in self._frames])
        is_upright = np.abs(lean - np.median(lean[quiet])) < UPRIGHT_LEAN_RAD
        return TapeBends.join(self._tapes).where(is_upright & self._looked).median()
