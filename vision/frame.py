"""A picture with its time, and what is known of the video it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture.

    Attributes
    ----------
    image
        ``(height, width, 3)`` uint8, RGB, upright (the source has applied the video's rotation).
    t_s
        Seconds since the first frame, from the source's own timestamps; never ``index / fps``.
    index
        Count of frames since the start of the source, from 0.
    """

    image: NDArray[np.uint8]
    t_s: float
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.image.shape[:2]
        return width, height


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """What the header of a video says, before anything is decoded.

    Attributes
    ----------
    width, height
        Pixels, upright: a phone video of 1920×1080 with rotation 90 is 1080×1920.
    rotation_deg
        Counter-clockwise turn that makes the stored picture upright: 0, 90, 180 or 270.
    duration_s
        Seconds, or None when the container does not say (videos recorded by a browser).
    nominal_fps
        The average rate that the container states; for display only, never for time.
    frame_count
        As stated by the container, or None; never trusted.
    codec, container
        Names as FFmpeg gives them.
    """

    width: int
    height: int
    rotation_deg: int
    duration_s: float | None
    nominal_fps: float | None
    frame_count: int | None
    codec: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What went amiss while reading a source.

    Attributes
    ----------
    frames_read
        Frames handed out.
    corrupt_packets
        Packets that could not be decoded.
    backward_frames
        Frames dropped because their time ran backwards.
    dropped_frames
        Frames of a live source that a newer one replaced before they were taken.
    longest_gap_s
        Longest time between two frames handed out.
    """

    frames_read: int = 0
    corrupt_packets: int = 0
    backward_frames: int = 0
    dropped_frames: int = 0
    longest_gap_s: float = 0.0
