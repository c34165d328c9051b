"""Frames of a video file, in order, with the video's own times (PyAV)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self, cast

import av
import numpy as np
from av.stream import Disposition

from vision.errors import VideoError
from vision.frame import Frame, SourceHealth, VideoInfo
from vision.sources.creation_time import creation_time
from vision.sources.geometry import PictureGeometry, orientation
from vision.sources.limits import DEFAULT_LIMITS
from vision.sources.signature import HEAD_BYTES, describe
from vision.sources.span import WHOLE

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterator, Mapping
    from fractions import Fraction

    from av.buffer import Buffer
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from numpy.typing import NDArray

    from vision.sources.limits import VideoLimits
    from vision.sources.span import Span

FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,gif"
"""Containers that are opened. Playlists and lists of files are left out: they read other files."""

_EXPECTED: Final = "a video (MP4, MOV, WebM, MKV, AVI, MPEG-TS or GIF)"

_DECODER_SLACK: Final = 2
"""The decoder's own ceiling, as a multiple of ``max_pixels``: room for padding to whole blocks."""

_MAX_READ_ATTEMPTS: Final = 10
"""Failed reads in a row after which the rest of a file is given up."""


_INDEXED: Final = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
"""Containers that state the time of every picture by itself and are sought in. In the others a
time follows from what was read before."""

_SEEK_MARGIN_S: Final = 1.0
"""How far before the first frame wanted a key frame is looked for: pictures are stored in another
order than they are shown in."""


class VideoFile:
    """The frames of a video, or of a span of it, upright, in order of time, each handed out once.

    Opening reads the header, holds it against the limits, and only then decodes the first
    picture, which also tells the rotation. Packets that cannot be decoded and pictures whose time
    does not run forwards are skipped and counted in `health`.

    The frames of a span are those that reading from the start gives, to the pixel; only what the
    decoder makes up for a damaged picture may differ. A video is sought in where that is certain;
    otherwise it is decoded from its start up to the span.

    Parameters
    ----------
    path
        The video. Only this file is ever read, whatever it says inside.
    limits
        The largest video that is accepted.
    max_side_px
        Frames whose longer side is above this are made smaller (area averaging); None keeps
        every pixel.
    span
        Which frames are handed out; their times still count from the first frame of the video,
        their indices from the first one handed out.
    name
        What messages call the video; None for the name of the file.
    on_skipped
        Told the time of every picture that is decoded before the span, as a sign of life.

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
        span: Span = WHOLE,
        name: str | None = None,
        on_skipped: Callable[[float], None] | None = None,
    ) -> None:
        self._file = Path(path)
        self._name = name or self._file.name
        self._shown = name or str(path)
        self._limits = limits
        self._span = span
        self._on_skipped = on_skipped
        self._ended = False
        self._zero_s: float | None = None
        self._forget()
        self._container = _open_container(self._file, limits, self._name, self._shown)
        try:
            self._stream = _video_stream(self._container, self._name)
            _check_header(self._stream, limits, self._name)
            self._open_decoder()
            pictures = self._pictures(self._packets())
            first = self._first(pictures)
            self._zero_s = _time_s(first, _format_name(self._stream))
            self._geometry = _picture_geometry(first, _pixel_aspect(self._stream), max_side_px)
            limits.check_size(self._name, *self._geometry.upright_size)
            self._info = _video_info(self._stream, self._geometry)
            self._created_at = _created_at(self._container, self._stream)
            self._frames = self._forward(self._towards_span(first, pictures))
        except BaseException:
            self._container.close()
            raise

    @property
    def info(self) -> VideoInfo:
        """What the header says; its duration and count may be None and serve for progress only."""
        return self._info

    @property
    def created_at(self) -> datetime | None:
        """When it was filmed, as the container tells; None where that is not known."""
        return self._created_at

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height in pixels of every frame handed out."""
        return self._geometry.output_size

    @property
    def health(self) -> SourceHealth:
        """What went amiss in the span up to the frame handed out last."""
        return self._health

    @property
    def ended(self) -> bool:
        """Whether the video came to its end; False while frames are left, in the span or after."""
        return self._ended

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

    def _forget(self) -> None:
        """Begin to count anew: what belongs to the span, and what lies behind it."""
        self._health = SourceHealth()
        self._behind = SourceHealth()
        self._position_s = -math.inf
        self._next_index = 0

    def _towards_span(
        self, first: av.VideoFrame, pictures: Iterator[av.VideoFrame]
    ) -> Iterator[av.VideoFrame]:
        """Go to a key frame before the span where that is certain, else on from the first."""
        if self._zero_s is None or first.pts is None:
            return itertools.chain((first,), pictures)
        key_s = self._span.first_s - _SEEK_MARGIN_S
        if key_s <= 0 or _format_name(self._stream) not in _INDEXED:
            return itertools.chain((first,), pictures)
        return self._sought(self._zero_s + key_s) or self._from_start()

    def _sought(self, time_s: float) -> Iterator[av.VideoFrame] | None:
        """Pictures from the key frame before a time on; None unless decoding starts with it."""
        try:
            offset = math.floor(time_s / cast("Fraction", self._stream.time_base))
            self._container.seek(offset, stream=self._stream)
        except (av.FFmpegError, OverflowError):
            return None
        packets = self._packets()
        key = next(packets, None)
        if key is None or not key.is_keyframe or key.is_corrupt or key.pts is None:
            return None
        if self._position_s > self._span.first_s:
            return None
        key_ticks = key.pts
        pictures = self._pictures(itertools.chain((key,), packets))
        first = next(pictures, None)
        # A decoder that leaves the key frame out does not take it for one.
        if first is None or first.pts is None or first.pts > key_ticks:
            return None
        return itertools.chain((first,), pictures)

    def _from_start(self) -> Iterator[av.VideoFrame]:
        """Open the video again and decode it from its start."""
        self._container.close()
        self._forget()
        self._container = _open_container(self._file, self._limits, self._name, self._shown)
        self._stream = _video_stream(self._container, self._name)
        self._open_decoder()
        return self._pictures(self._packets())

    def _packets(self) -> Iterator[av.Packet[av.VideoStream]]:
        failed_attempts = 0
        while failed_attempts < _MAX_READ_ATTEMPTS:
            try:
                for packet in self._container.demux(self._stream):
                    failed_attempts = 0
                    self._note_position(packet)
                    yield packet
            except (av.FFmpegError, IndexError):
                # PyAV raises IndexError when a transport stream announces a new stream midway.
                failed_attempts += 1
                if failed_attempts == 1:
                    self._count("corrupt_packets", self._position_s)
            else:
                return

    def _pictures(
        self, packets: Iterator[av.Packet[av.VideoStream]]
    ) -> Generator[av.VideoFrame, None, None]:
        for packet in packets:
            if packet.is_corrupt:
                self._count("corrupt_packets", self._position_s)
                continue
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self._count("corrupt_packets", self._position_s)
                continue
            yield from pictures

    def _forward(self, pictures: Iterator[av.VideoFrame]) -> Generator[Frame, None, None]:
        last_s, handed_out_s = -1.0, None
        for picture in pictures:
            t_s = self._picture_time_s(picture)
            if t_s is None or t_s <= last_s:
                self._count("backward_frames", last_s)
                continue
            self._limits.check_duration(self._name, t_s)
            if t_s >= self._span.end_s:
                return
            last_s = t_s
            if t_s >= self._span.first_s:
                yield self._hand_out(picture, t_s, after_s=handed_out_s)
                handed_out_s = t_s
            elif self._on_skipped is not None:
                self._on_skipped(t_s)
        self._end()

    def _hand_out(self, picture: av.VideoFrame, t_s: float, *, after_s: float | None) -> Frame:
        index = self._next_index
        self._limits.check_frames(self._name, index + 1)
        frame = Frame(image=self._geometry.apply(_rgb(picture)), t_s=t_s, index=index)
        self._next_index = index + 1
        if self._span.is_before(t_s):
            return frame
        gap_s = 0.0 if after_s is None or self._span.is_before(after_s) else t_s - after_s
        self._health = replace(
            self._health,
            frames_read=self._health.frames_read + 1,
            longest_gap_s=max(self._health.longest_gap_s, gap_s),
        )
        return frame

    def _end(self) -> None:
        """Take what went amiss behind the last frame: no later span does."""
        self._ended = True
        self._health = replace(
            self._health,
            corrupt_packets=self._health.corrupt_packets + self._behind.corrupt_packets,
            backward_frames=self._health.backward_frames + self._behind.backward_frames,
        )

    def _picture_time_s(self, picture: av.VideoFrame) -> float | None:
        time_s = _time_s(picture, _format_name(self._stream))
        if self._zero_s is None:
            self._zero_s = time_s
        return None if time_s is None or self._zero_s is None else time_s - self._zero_s

    def _note_position(self, packet: av.Packet[av.VideoStream]) -> None:
        time_s = _time_s(packet, _format_name(self._stream))
        if time_s is not None and self._zero_s is not None:
            self._position_s = time_s - self._zero_s

    def _count(self, kind: Literal["corrupt_packets", "backward_frames"], at_s: float) -> None:
        """Count something amiss, by its time; what lies before the span is not its business."""
        if self._span.is_before(at_s):
            return
        if at_s < self._span.end_s:
            self._health = _one_more(self._health, kind)
        else:
            self._behind = _one_more(self._behind, kind)


def _one_more(
    health: SourceHealth, kind: Literal["corrupt_packets", "backward_frames"]
) -> SourceHealth:
    if kind == "corrupt_packets":
        return replace(health, corrupt_packets=health.corrupt_packets + 1)
    return replace(health, backward_frames=health.backward_frames + 1)


def _decoder_options(limits: VideoLimits) -> dict[str, str]:
    return {"max_pixels": str(_DECODER_SLACK * limits.max_pixels)}


def _open_container(file: Path, limits: VideoLimits, name: str, shown: str) -> InputContainer:
    head = _read_head(file, shown)
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
        msg = f"{name}: expected {_EXPECTED}, got {what}; {advice}"
        raise VideoError(msg) from error


def _read_head(file: Path, shown: str) -> bytes:
    if file.is_dir():
        msg = f"{shown}: expected {_EXPECTED}, got a folder; choose one video in it"
        raise VideoError(msg)
    try:
        if file.exists() and not file.is_file():
            msg = f"{shown}: expected {_EXPECTED}, got a device or pipe; save the video to a file"
            raise VideoError(msg)
        with file.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        msg = f"{shown}: expected {_EXPECTED}, got no file of that name; check the path"
        raise VideoError(msg) from error
    except OSError as error:
        msg = f"{shown}: expected a file that may be read, got '{error.strerror}'; check its rights"
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


def _created_at(container: InputContainer, stream: av.VideoStream) -> datetime | None:
    entries = (container.metadata, stream.metadata)
    return creation_time(entries, now=datetime.now(UTC))


def _time_s(picture: av.VideoFrame | av.Packet[av.VideoStream], container: str) -> float | None:
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
