"""A camera attached to the server, filming for one session at a time.

It may be unplugged and plugged in again: the session is told, and goes on when it is back.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeAlias

from service.protocol import SERVER_FRAME, BinaryFrame, pack_frame
from vision.drawing import crop, encode_jpeg
from vision.errors import CameraError, HingewiseError
from vision.frame import Frame
from vision.sources.video_file import VideoFile
from vision.sources.webcam import Webcam

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


LEAST_STEP_S: Final = 0.001
"""Least time from the last frame of a camera that was lost to the first after it was found."""
RETRY_S: Final = 2.0
"""Time between two attempts to open a camera that does not answer."""
STALL_S: Final = 3.0
"""A camera that sends nothing for so long has stopped."""
SIZE: Final = (640, 480)
"""What a camera is asked for; its person is looked at in 256×256 pixels either way."""
PREVIEWS_PER_S: Final = 15.0
PREVIEW_WIDTH_PX: Final = 640
PREVIEW_QUALITY: Final = 75
SEAT_WAIT_S: Final = 3.0
"""Time for the session before to give the camera back, as when a page is loaded again."""

_CLOSE_WAIT_S: Final = 3.0


class Camera(Protocol):
    """What sends frames until it is closed; a `Webcam` is one."""

    def __iter__(self) -> Iterator[Frame]:
        """Go through the frames as they come."""
        ...

    def __enter__(self) -> Self:
        """Use it in a ``with`` block."""
        ...

    def __exit__(self, *exc_info: object) -> None:
        """Give it back."""
        ...


OpenCamera: TypeAlias = "Callable[[int | str], Camera]"
OfferFrame: TypeAlias = "Callable[[Frame], None]"
OnLost: TypeAlias = "Callable[[HingewiseError], None]"


def open_camera(device: int | str) -> Camera:
    """Open a camera by its number or address; a video file is played in its own time.

    Raises
    ------
    CameraError
        When it does not answer.
    VideoError
        When it is a file that is no video.
    """
    if isinstance(device, str) and Path(device).is_file():
        return PlayedVideo(Path(device))
    return Webcam(device, size=SIZE, stall_timeout_s=STALL_S)


class PlayedVideo:
    """A video file as if a camera filmed it: each frame at its time, then nothing more.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._video = VideoFile(path)
        self._closing = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        """Wait for the time of each frame."""
        began_s = time.monotonic()
        for frame in self._video:
            wait_s = began_s + frame.t_s - time.monotonic()
            if self._closing.wait(max(wait_s, 0.0)):
                return
            yield frame

    def __enter__(self) -> Self:
        """Use it in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close the file."""
        self._closing.set()
        self._video.close()


class ServerCamera:
    """The camera of this server, if it has one; one session films with it at a time.

    Parameters
    ----------
    device
        Number, address or video file; None for none.
    opening
        Opens the camera; replaced in tests.
    """

    def __init__(self, device: int | str | None, *, opening: OpenCamera = open_camera) -> None:
        self._device = device
        self._opening = opening
        self._seat = threading.Lock()

    @contextmanager
    def filming(self, offer: OfferFrame, on_lost: OnLost) -> Iterator[None]:
        """Film from a thread while the block runs.

        Parameters
        ----------
        offer
            Takes each frame; its times grow, also over a camera that was lost and found.
        on_lost
            Told once each time when the camera stops or does not answer.

        Raises
        ------
        CameraError
            When there is no camera, or another session films and goes on.
        """
        if self._device is None:
            msg = "expected a camera at the server, found none: set camera in the settings"
            raise CameraError(msg)
        if not self._seat.acquire(timeout=SEAT_WAIT_S):
            msg = "expected the server's camera to be free, but another session films: end it first"
            raise CameraError(msg)
        try:
            feed = _Feed(self._device, self._opening, offer, on_lost)
            feed.start()
            try:
                yield
            finally:
                feed.close()
        finally:
            self._seat.release()


class _Feed:
    """The thread that reads the camera and opens it again after it was lost."""

    def __init__(
        self, device: int | str, opening: OpenCamera, offer: OfferFrame, on_lost: OnLost
    ) -> None:
        self._device = device
        self._opening = opening
        self._offer = offer
        self._on_lost = on_lost
        self._closing = threading.Event()
        self._began_s = time.monotonic()
        self._number = 0
        self._next_s = 0.0
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="server camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(_CLOSE_WAIT_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._film()
                error: HingewiseError = CameraError(_ended(self._device))
            except HingewiseError as caught:
                error = caught
            if not self._lost and not self._closing.is_set():
                self._lost = True
                self._on_lost(error)
            self._closing.wait(RETRY_S)

    def _film(self) -> None:
        with self._opening(self._device) as camera:
            opened_s = max(time.monotonic() - self._began_s, self._next_s)
            for frame in camera:
                if self._closing.is_set():
                    return
                self._lost = False
                t_s = opened_s + frame.t_s
                self._next_s = t_s + LEAST_STEP_S
                self._offer(Frame(image=frame.image, t_s=t_s, index=self._number))
                self._number += 1


class Previews:
    """Small pictures of what the server's camera films, not too many a second."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def of(self, frame: Frame) -> bytes | None:
        """Write a frame as a binary message; None when the last one was just before."""
        if frame.t_s < self._next_s:
            return None
        self._next_s = frame.t_s + 1 / PREVIEWS_PER_S
        width, height = frame.size
        picture = frame.image
        if width > PREVIEW_WIDTH_PX:
            height_px = round(height * PREVIEW_WIDTH_PX / width)
            picture = crop(picture, (0, 0, width, height), height_px=height_px)
        jpeg = encode_jpeg(picture, quality=PREVIEW_QUALITY)
        binary = BinaryFrame(
            kind=SERVER_FRAME, number=frame.index, t_ms=frame.t_s * 1000, jpeg=jpeg
        )
        return pack_frame(binary)


def _ended(device: int | str) -> str:
    return f"camera {device}: expected another picture, but it ended; it is opened again"
