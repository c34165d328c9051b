"""Poses from a recording in place of a model."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, Self

from vision.errors import RecordingError

if TYPE_CHECKING:
    from vision.estimators.base import EstimatorInfo
    from vision.frame import Frame
    from vision.pose import Pose
    from vision.recording import Recording

SAME_TIME_S: Final = 0.0005
"""Two times this close are one frame; the fastest common camera gives one every 0.004 s."""


class RecordedPoses:
    """Gives each frame of a video the pose that a recording holds for its time.

    Needs no model, so a recorded video can be shown and analysed anywhere. To analyse without the
    video, loop over ``Recording.poses``.

    Parameters
    ----------
    recording
        A recording of the same video.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._times_s = [pose.t_s for pose in recording.poses]

    @property
    def info(self) -> EstimatorInfo:
        """What made the landmarks when they were recorded."""
        return self._recording.estimator

    def estimate(self, frame: Frame) -> Pose:
        """Look up the pose of a frame by its time.

        Raises
        ------
        RecordingError
            When the recording has no pose for this time and picture size.
        """
        pose = self._nearest(frame.t_s)
        if pose is not None and pose.image_size == frame.size:
            return pose
        msg = (
            f"expected a pose for {frame.t_s:.3f} s at {frame.size[0]} x {frame.size[1]} px in the "
            f"recording of {self._recording.source_name}, found none: use the recording of this "
            "very video"
        )
        raise RecordingError(msg)

    def _nearest(self, t_s: float) -> Pose | None:
        following = bisect_left(self._times_s, t_s)
        around = range(max(following - 1, 0), min(following + 1, len(self._times_s)))
        number = min(around, key=lambda number: abs(self._times_s[number] - t_s), default=None)
        if number is None or abs(self._times_s[number] - t_s) > SAME_TIME_S:
            return None
        return self._recording.poses[number]

    def close(self) -> None:
        """Do nothing; there is no model to release."""

    def __enter__(self) -> Self:
        """Use the estimator in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()
