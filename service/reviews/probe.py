"""What a file that was handed in says of itself, or why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from service.pipeline import ProgressListener
    from vision.sources.limits import VideoLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A video that can be opened, and whose first picture can be decoded.

    Attributes
    ----------
    container, codec
        Names as FFmpeg gives them.
    width, height
        Pixels, upright.
    rotation_deg
        Counter-clockwise turn that makes the stored picture upright.
    duration_s
        Seconds; None when the container does not say.
    nominal_fps, frame_count
        As the container states them, or None; never trusted.
    size_bytes
        Size of the file.
    created_at
        When it was filmed, as the container tells; None where that is not known.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation_deg: int
    duration_s: float | None
    nominal_fps: float | None
    frame_count: int | None
    size_bytes: int
    created_at: datetime | None


def probe_video(
    path: Path,
    *,
    name: str,
    limits: VideoLimits,
    on_progress: ProgressListener | None = None,
) -> Probe:
    """Open a video and decode its first picture.

    A hostile file can stop a decoder for good: run it in a `KillableProcess`.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it: the name that its owner knows, never the one on disk.
    limits
        The largest video that is accepted.
    on_progress
        Told at the end.

    Raises
    ------
    VideoError
        When it is no video, holds no picture that can be decoded, or is past a limit.
    """
    with VideoFile(path, limits=limits, name=name) as video:
        info, created_at = video.info, video.created_at
    if on_progress is not None:
        on_progress(1.0)
    return Probe(
        container=info.container,
        codec=info.codec,
        width=info.width,
        height=info.height,
        rotation_deg=info.rotation_deg,
        duration_s=info.duration_s,
        nominal_fps=info.nominal_fps,
        frame_count=info.frame_count,
        size_bytes=path.stat().st_size,
        created_at=created_at,
    )
