"""Writes frames to an MP4 that a browser plays, each at its own time (PyAV)."""

from __future__ import annotations

import secrets
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import av
import numpy as np
from av.video.frame import PictureType

from vision.errors import OutputError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

_TICKS_PER_S: Final = 90_000
_TIME_BASE: Final = Fraction(1, _TICKS_PER_S)
_BT709: Final = 1
_LIMITED_RANGE: Final = 1


class VideoWriter:
    """An H.264 MP4 (yuv420p, BT.709, index in front) that appears only when it is whole.

    It is written under a temporary name beside its target and takes its name on `close`. Leaving
    a ``with`` block by an exception leaves nothing behind, and an older file of that name as it
    was.

    Parameters
    ----------
    path
        The MP4 to make; an older one is replaced.
    size
        Width and height in pixels of the images that follow. H.264 wants even numbers: an odd
        width or height gains one column or row, a copy of the last, on the right or at the
        bottom, so image coordinates stay true.
    quality_crf
        x264's constant rate factor, 0 (lossless) to 51 (smallest).
    nominal_fps
        The rate the images come at, roughly; it guides the encoder. Times come from `write` alone,
        and so do key frames, to which a player jumps: one a second.

    Raises
    ------
    ValueError
        When a side of ``size`` is below 1.
    OutputError
        When the folder is missing or cannot be written, here or while writing.

    Examples
    --------
    >>> with VideoWriter("review.mp4", (1280, 720)) as writer:  # doctest: +SKIP
    ...     for frame in video:
    ...         writer.write(frame.image, frame.t_s)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        *,
        quality_crf: int = 23,
        nominal_fps: float = 30.0,
    ) -> None:
        if min(size) < 1:
            msg = f"expected a width and height of at least 1 pixel, got {size[0]}x{size[1]}"
            raise ValueError(msg)
        self._path = Path(path)
        self._size = size
        self._last_tick: int | None = None
        self._key_tick: int | None = None
        self._open = True
        self._part = _reserve_part(self._path)
        try:
            self._container = av.open(
                str(self._part), mode="w", format="mp4", options={"movflags": "+faststart"}
            )
            self._stream = self._add_stream(quality_crf, nominal_fps)
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def write(self, image_rgb: NDArray[np.uint8], t_s: float) -> None:
        """Add an image.

        Parameters
        ----------
        image_rgb
            ``(height, width, 3)`` uint8 RGB of the size the writer was made for.
        t_s
            Its time in seconds, 0 or more and after the image before.

        Raises
        ------
        ValueError
            When the image has another size or type, or its time does not run forwards.
        OutputError
            When the disk is full or the file cannot be written; what was written is removed.
        """
        width, height = self._size
        if image_rgb.shape != (height, width, 3) or image_rgb.dtype != np.uint8:
            msg = (
                f"expected a uint8 image of shape {(height, width, 3)}, got {image_rgb.dtype} "
                f"{image_rgb.shape}"
            )
            raise ValueError(msg)
        self._encode(_even(image_rgb), self._next_tick(t_s))

    def close(self) -> None:
        """Finish the file and give it its name. Closing twice is harmless.

        Raises
        ------
        OutputError
            When nothing was written, or the file cannot be finished; nothing is left behind.
        """
        if not self._open:
            return
        if self._last_tick is None:
            self.discard()
            msg = f"{self._path}: expected at least one image to write, got none"
            raise OutputError(msg)
        try:
            self._container.mux(self._stream.encode())
            self._container.close()
            self._part.replace(self._path)
        except (OSError, av.FFmpegError) as error:
            raise self._given_up(error) from error
        self._open = False

    def discard(self) -> None:
        """Stop, and remove what was written. Harmless after `close`."""
        if not self._open:
            return
        self._open = False
        with suppress(OSError, av.FFmpegError):
            self._container.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Use the writer in a ``with`` block."""
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *exc_info: object) -> None:
        """Finish the file, or discard it when the block failed."""
        if exc_type is None:
            self.close()
        else:
            self.discard()

    def _add_stream(self, quality_crf: int, nominal_fps: float) -> av.VideoStream:
        rate = Fraction(nominal_fps).limit_denominator(1001)
        options = {
            "crf": str(quality_crf),
            "preset": "ultrafast",
            "g": str(max(1, round(nominal_fps))),
        }
        stream = self._container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = _TIME_BASE
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        return stream

    def _next_tick(self, t_s: float) -> int:
        earliest = 0 if self._last_tick is None else self._last_tick + 1
        tick = round(t_s * _TICKS_PER_S)
        if tick < earliest:
            msg = f"expected a time of at least {earliest / _TICKS_PER_S:.6f} s, got {t_s} s"
            raise ValueError(msg)
        return tick

    def _encode(self, image: NDArray[np.uint8], tick: int) -> None:
        picture = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", threads=1
        )
        picture.pts, picture.time_base = tick, _TIME_BASE
        if self._key_tick is None or tick - self._key_tick >= _TICKS_PER_S:
            picture.pict_type = PictureType.I
            self._key_tick = tick
        try:
            self._container.mux(self._stream.encode(picture))
        except (OSError, av.FFmpegError) as error:
            raise self._given_up(error) from error
        self._last_tick = tick

    def _given_up(self, error: Exception) -> OutputError:
        self.discard()
        return _cannot_write(self._path, error)


def _reserve_part(path: Path) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    if path.is_dir():
        msg = f"{path}: expected the name of a file to write, got a folder; add a file name"
        raise OutputError(msg)
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return part


def _cannot_write(path: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(
        f"{path}: expected a folder that exists, may be written and has room, got '{reason}'; "
        "choose another folder"
    )


def _even(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if width % 2 == 0 and height % 2 == 0:
        return image
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
