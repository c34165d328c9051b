"""Follows one person's back through a set, for lumbar flexion now and over a whole set alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import default_estimator
from models.lumbar.features import BackViews, Description, describe
from models.lumbar.reading import LumbarReading, read_lumbar, standing_of
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
        self._frame_at: dict[float, int] = {}
        self._known: Upright | None = None
        self._standing: Description | None = None
        self._standing_tape: TapeBends | None = None

    @property
    def method(self) -> str:
        """Id of what is read: the estimator, or the tape."""
        return METHOD if self._is_taped else self._estimator.id

    def update(self, pose: Pose, framing: Framing) -> None:
        """Take in the next pose, conditioned, with how the person stands to the camera."""
        self._frame_at[pose.t_s] = len(self._frames)
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
            Which, in the order in which they came.
        """
        wanted = self._frames[frames]
        if not wanted:
            return LumbarReading.nothing()
        self._stand(upright)
        yaw_deg = np.array(self._yaws[frames])
        if self._is_taped:
            return read_tape(TapeBends.join(self._tapes[frames]), self._standing_tape, yaw_deg)
        return read_lumbar(Description.join(wanted), self._standing, yaw_deg, self._estimator)

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
        return TapeBends.join(self._tapes).where(is_upright).median()
