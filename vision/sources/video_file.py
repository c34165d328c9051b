"""Frames of a video file, in order, with the video's own times (PyAV)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, cast

import av
import numpy as np
from av.stream import Disposition

from vision.errors import VideoError
from vision.frame import Frame, SourceHealth, VideoInfo
from vision.sources.geometry import PictureGeometry, orientation
from vision.sources.limits import DEFAULT_LIMITS
from vision.sources.signature import HEAD_BYTES, describe

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator, Mapping

    from av.buffer import Buffer
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from numpy.typing import NDArray

    from vision.sources.limits import VideoLimits

FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,gif"
"""Containers that are opened. Playlists and lists of files are left out: they read other files."""

_EXPECTED: Final = "a video (MP4, MOV, WebM, MKV, AVI, MPEG-TS or GIF)"

_DECODER_SLACK: Final = 2
"""The decoder's own ceiling, as a multiple of ``max_pixels``: room for padding to whole blocks."""

_MAX_READ_ATTEMPTS: Final = 10
"""Failed reads in a row after which the rest of a file is given up."""


class VideoFile:
    """The frames of a video, upright, in order of time, each handed out once.

    Opening reads the header, holds it against the limits, and only then decodes the first
    picture, which also tells the rotation. Packets that cannot be decoded and pictures whose time
    does not run forwards are skipped and counted in `health`.

    Parameters
    ----------
    path
        The video. Only this file is ever read, whatever it says inside.
    limits
        The largest video that is accepted.
    max_side_px
        Frames whose longer side is above this are made smaller (area averaging); None keeps
        every pixel.

    Raises
    ------
    VideoError
        When the file is missing, is no video, holds no picture that can be decoded, or is past a
        limit. Iteration raises it too, for a file that runs past a limit its header does not tell.

    Examples
    --------
    >>> with VideoFile("squat.mp4") as video:  # doctest: +SKIP
    ...     for frame in video:
    ...         print(frame.t_s, frame.size)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        limits: VideoLimits = DEFAULT_LIMITS,
        max_side_px: int | None = 1920,
    ) -> None:
        file = Path(path)
        self._name = file.name
        self._limits = limits
        self._health = SourceHealth()
        self._container = _open_container(file, limits)
        try:
            self._stream = _video_stream(self._container, self._name)
            _check_header(self._stream, limits, self._name)
            self._open_decoder()
            pictures = self._pictures()
            first = self._first(pictures)
            self._geometry = _picture_geometry(first, _pixel_aspect(self._stream), max_side_px)
            limits.check_size(self._name, *self._geometry.upright_size)
            self._info = _video_info(self._stream, self._geometry)
            self._frames = self._forward(itertools.chain((first,), pictures))
        except BaseException:
            self._container.close()
            raise

    @property
    def info(self) -> VideoInfo:
        """What the header says; its duration and count may be None and serve for progress only."""
        return self._info

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height in pixels of every frame handed out."""
        return self._geometry.output_size

    @property
    def health(self) -> SourceHealth:
        """What went amiss up to the frame handed out last."""
        return self._health

    def __iter__(self) -> Self:
        """Return the video itself: it is read once, from start to end."""
        return self

    def __next__(self) -> Frame:
        """Decode the next frame.

        Raises
        ------
        VideoError
            When the video runs past its limit of duration or frames.
        """
        return next(self._frames)

    def __enter__(self) -> Self:
        """Use the video in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Release the file and the decoder; no frame follows. Closing twice is harmless."""
        self._frames.close()
        self._container.close()

    def _open_decoder(self) -> None:
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.options = _decoder_options(self._limits)

    def _first(self, pictures: Iterator[av.VideoFrame]) -> av.VideoFrame:
        first = next(pictures, None)
        if first is None:
            msg = (
                f"{self._name}: expected at least one picture, got none that can be decoded "
                f"({self._health.corrupt_packets} unreadable packets); record it again or export "
                "it as an MP4 (H.264)"
            )
            raise VideoError(msg)
        return first

    def _packets(self) -> Iterator[av.Packet[av.VideoStream]]:
        failed_attempts = 0
        while failed_attempts < _MAX_READ_ATTEMPTS:
            try:
                for packet in self._container.demux(self._stream):
                    failed_attempts = 0
                    yield packet
            except (av.FFmpegError, IndexError):
                # PyAV raises IndexError when a transport stream announces a new stream midway.
                failed_attempts += 1
                if failed_attempts == 1:
                    self._count_corrupt_packet()
            else:
                return

    def _pictures(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            if packet.is_corrupt:
                self._count_corrupt_packet()
                continue
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self._count_corrupt_packet()
                continue
            yield from pictures

    def _forward(self, pictures: Iterator[av.VideoFrame]) -> Generator[Frame, None, None]:
        start_s: float | None = None
        last_s = -1.0
        container = _format_name(self._stream)
        for picture in pictures:
            time_s = _time_s(picture, container)
            if start_s is None:
                start_s = time_s
            t_s = None if time_s is None or start_s is None else time_s - start_s
            if t_s is None or t_s <= last_s:
                backward = self._health.backward_frames + 1
                self._health = replace(self._health, backward_frames=backward)
                continue
            yield self._hand_out(picture, t_s, gap_s=t_s - max(last_s, 0.0))
            last_s = t_s

    def _hand_out(self, picture: av.VideoFrame, t_s: float, *, gap_s: float) -> Frame:
        index = self._health.frames_read
        self._limits.check_duration(self._name, t_s)
        self._limits.check_frames(self._name, index + 1)
        frame = Frame(image=self._geometry.apply(_rgb(picture)), t_s=t_s, index=index)
        self._health = replace(
            self._health,
            frames_read=index + 1,
            longest_gap_s=max(self._health.longest_gap_s, gap_s),
        )
        return frame

    def _count_corrupt_packet(self) -> None:
        packets = self._health.corrupt_packets + 1
        self._health = replace(self._health, corrupt_packets=packets)


def _decoder_options(limits: VideoLimits) -> dict[str, str]:
    return {"max_pixels": str(_DECODER_SLACK * limits.max_pixels)}


def _open_container(file: Path, limits: VideoLimits) -> InputContainer:
    head = _read_head(file)
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "file",
        **_decoder_options(limits),
    }
    try:
        # "file:" keeps a name such as "concat:a|b" from being taken for a protocol.
        return av.open(f"file:{file}", mode="r", options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        what, advice = describe(head)
        msg = f"{file.name}: expected {_EXPECTED}, got {what}; {advice}"
        raise VideoError(msg) from error


def _read_head(file: Path) -> bytes:
    if file.is_dir():
        msg = f"{file}: expected {_EXPECTED}, got a folder; choose one video in it"
        raise VideoError(msg)
    try:
        if file.exists() and not file.is_file():
            msg = f"{file}: expected {_EXPECTED}, got a device or pipe; save the video to a file"
            raise VideoError(msg)
        with file.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        msg = f"{file}: expected {_EXPECTED}, got no file of that name; check the path"
        raise VideoError(msg) from error
    except OSError as error:
        msg = f"{file}: expected a file that may be read, got '{error.strerror}'; check its rights"
        raise VideoError(msg) from error


def _video_stream(container: InputContainer, name: str) -> av.VideoStream:
    moving = [
        stream
        for stream in container.streams.video
        if Disposition.attached_pic not in Disposition(stream.disposition)
    ]
    if not moving:
        kinds = sorted({stream.type for stream in container.streams})
        msg = (
            f"{name}: expected a video with moving pictures, got a file with "
            f"{' and '.join(kinds) or 'nothing'} only; choose the video itself"
        )
        raise VideoError(msg)
    if cast("VideoCodecContext | None", moving[0].codec_context) is None:
        msg = (
            f"{name}: expected a video in a codec such as H.264, HEVC, VP9 or AV1, got one that "
            "is not known here; export it as an MP4 (H.264)"
        )
        raise VideoError(msg)
    return moving[0]


def _check_header(stream: av.VideoStream, limits: VideoLimits, name: str) -> None:
    if stream.width <= 0 or stream.height <= 0:
        msg = (
            f"{name}: expected a picture of at most {limits.max_pixels:,} pixels, got one whose "
            "size cannot be read or is far larger; export the video at 1080p and try again"
        )
        raise VideoError(msg)
    limits.check_size(name, stream.width, stream.height)
    limits.check_duration(name, _duration_s(stream) or 0.0)
    limits.check_frames(name, _frame_count(stream) or 0)


def _frame_count(stream: av.VideoStream) -> int | None:
    # AVI states ticks of its clock, which may be far more than pictures.
    if stream.frames <= 0 or _format_name(stream) == "avi":
        return None
    return stream.frames


def _pixel_aspect(stream: av.VideoStream) -> float:
    # Every viewer ignores the pixel aspect of a GIF, so it is often untrue.
    if _format_name(stream) == "gif":
        return 1.0
    return float(stream.sample_aspect_ratio or 1)


def _format_name(stream: av.VideoStream) -> str:
    return cast("InputContainer", stream.container).format.name


def _duration_s(stream: av.VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    else:
        duration_s = (cast("InputContainer", stream.container).duration or 0) / av.time_base
    return duration_s if duration_s > 0 else None


def _picture_geometry(
    first: av.VideoFrame, pixel_aspect: float, max_side_px: int | None
) -> PictureGeometry:
    side_data = cast("Mapping[str, Buffer]", first.side_data)
    matrix = side_data.get("DISPLAYMATRIX")
    mirrored, quarter_turns = (
        (False, 0) if matrix is None else orientation(np.frombuffer(bytes(matrix), np.int32))
    )
    return PictureGeometry(
        stored_size=(first.width, first.height),
        pixel_aspect=pixel_aspect,
        mirrored=mirrored,
        quarter_turns=quarter_turns,
        max_side_px=max_side_px,
    )


def _video_info(stream: av.VideoStream, geometry: PictureGeometry) -> VideoInfo:
    width, height = geometry.upright_size
    return VideoInfo(
        width=width,
        height=height,
        rotation_deg=90 * geometry.quarter_turns,
        duration_s=_duration_s(stream),
        nominal_fps=float(stream.average_rate) if stream.average_rate else None,
        frame_count=_frame_count(stream),
        codec=stream.codec_context.codec.canonical_name,
        container=_format_name(stream),
    )


def _time_s(picture: av.VideoFrame, container: str) -> float | None:
    # AVI stores no time of presentation: FFmpeg's guess runs backwards around B-frames, the time
    # of decoding does not.
    stamps = (picture.dts, picture.pts) if container == "avi" else (picture.pts, picture.dts)
    ticks = next((stamp for stamp in stamps if stamp is not None), None)
    if ticks is None or picture.time_base is None:
        return None
    return float(ticks * picture.time_base)


def _rgb(picture: av.VideoFrame) -> NDArray[np.uint8]:
    # One thread: converting is memory-bound, and the decoder already uses the other cores.
    return cast("NDArray[np.uint8]", picture.to_ndarray(format="rgb24", threads=1))
