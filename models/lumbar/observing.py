"""Follows one person's back through a set, for lumbar flexion now and over a whole set alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.lumbar.estimator import default_estimator
from models.lumbar.features import BackViews, Description, describe
from models.lumbar.reading import LumbarReading, read_lumbar, standing_of
from vision.framing import Side

if TYPE_CHECKING:
    from models.kinematics import Upright
    from vision.framing import Framing
    from vision.pose import Pose


class BackObserver:
    """Remembers what every frame showed of the back, and reads it against the own standing."""

    def __init__(self) -> None:
        self._estimator = default_estimator()
        self._frames: list[Description] = []
        self._yaws: list[float] = []
        self._frame_at: dict[float, int] = {}
        self._known: Upright | None = None
        self._standing: Description | None = None

    @property
    def method(self) -> str:
        """Id of the estimator."""
        return self._estimator.id

    def update(self, pose: Pose, framing: Framing) -> None:
        """Take in the next pose, conditioned, with how the person stands to the camera."""
        self._frame_at[pose.t_s] = len(self._frames)
        faces_right = framing.facing is not Side.LEFT
        self._frames.append(describe(BackViews.of(pose, faces_right=faces_right)))
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
        return read_lumbar(
            Description.join(wanted),
            self._standing_of(upright),
            np.array(self._yaws[frames]),
            self._estimator,
        )

    def _standing_of(self, upright: Upright | None) -> Description | None:
        if upright is None:
            return None
        if upright is not self._known:
            quiet = [self._frames[self._frame_at[t_s]] for t_s in upright.quiet_t_s]
            self._known, self._standing = upright, standing_of(quiet)
        return self._standing
