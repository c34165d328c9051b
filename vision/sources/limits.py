"""How much video is accepted, and what is said when a video holds more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vision.errors import VideoError


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """The largest video that is read; judged from the header first, then again while decoding.

    Attributes
    ----------
    max_pixels
        Width times height of one picture. The default admits 8K (8192x4320). A few kilobytes can
        announce a picture that takes gigabytes to decode.
    max_duration_s
        Seconds. The default, half an hour, is several times longer than a long set.
    max_frames
        Pictures. The default is half an hour at 60 per second; a slow-motion clip at 240 per
        second may last seven and a half minutes.

    Raises
    ------
    ValueError
        When a limit is not above zero.
    """

    max_pixels: int = 8192 * 4320
    max_duration_s: float = 30 * 60.0
    max_frames: int = 30 * 60 * 60

    def __post_init__(self) -> None:
        """Refuse a limit that nothing can meet."""
        for name in ("max_pixels", "max_duration_s", "max_frames"):
            value = getattr(self, name)
            if not value > 0:
                msg = f"{name}: expected a number above 0, got {value}"
                raise ValueError(msg)

    def check_size(self, name: str, width: int, height: int) -> None:
        """Refuse a picture with too many pixels.

        Raises
        ------
        VideoError
            When ``width * height`` is above ``max_pixels``.
        """
        if width * height > self.max_pixels:
            msg = (
                f"{name}: expected a picture of at most {self.max_pixels:,} pixels, got "
                f"{width}x{height} ({width * height:,}); export the video at 1080p and try again"
            )
            raise VideoError(msg)

    def check_duration(self, name: str, duration_s: float) -> None:
        """Refuse a video that lasts too long.

        Raises
        ------
        VideoError
            When ``duration_s`` is above ``max_duration_s``.
        """
        if duration_s > self.max_duration_s:
            msg = (
                f"{name}: expected a video of at most {spell_duration(self.max_duration_s)}, got "
                f"{spell_duration(duration_s)}; trim the clip to the set you want to look at"
            )
            raise VideoError(msg)

    def check_frames(self, name: str, frames: int) -> None:
        """Refuse a video with too many pictures.

        Raises
        ------
        VideoError
            When ``frames`` is above ``max_frames``.
        """
        if frames > self.max_frames:
            msg = (
                f"{name}: expected a video of at most {self.max_frames:,} pictures, got "
                f"{frames:,}; trim the clip, or export it at 30 pictures per second"
            )
            raise VideoError(msg)


DEFAULT_LIMITS: Final = VideoLimits()
"""The limits in force when a caller names none."""


def spell_duration(duration_s: float) -> str:
    """Write seconds for a person to read, for example ``"10 h"`` or ``"1 min 30 s"``."""
    if duration_s < 1:
        return f"{duration_s:g} s"
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value)
