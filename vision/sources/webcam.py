"""Frames of a camera as they come; the newest one wins (OpenCV)."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

import cv2
import numpy as np

from vision.errors import CameraError
from vision.frame import Frame, SourceHealth

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MAX_FAILED_READS: Final = 10
"""Reads in a row without a picture after which a camera counts as stopped."""

_RETRY_PAUSE_S: Final = 0.05
_CLOSE_WAIT_S: Final = 2.0


class Capture(Protocol):
    """What a `Webcam` needs of a camera; ``cv2.VideoCapture`` is one."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether the camera answered."""
        ...

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        """Wait for a picture: whether one came, and it, ``(height, width, 3)`` uint8 BGR."""
        ...

    def set(self, property_id: int, value: float, /) -> bool:
        """Ask for a setting; the camera may decline."""
        ...

    def release(self) -> None:
        """Give the camera back."""
        ...


def _opencv_capture(device: int | str) -> Capture:
    # What a camera lacks is told by CameraError; OpenCV would tell it again at every attempt.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cast("Capture", cv2.VideoCapture(device))


class Webcam:
    """The newest frame of a camera, each time one is asked for.

    One thread owns the camera and reads it without pause; a frame that is not taken before the
    next one comes is dropped and counted, so what is handed out is never old.

    Parameters
    ----------
    device
        Number of the camera (0 is the first), or an address that OpenCV opens.
    size
        Width and height in pixels to ask for. A camera may give another size: see `Frame.size`.
    fps
        Frames per second to ask for.
    stall_timeout_s
        Seconds to wait for a frame before the camera counts as stopped.
    open_capture
        Opens the camera; replaced in tests.
    clock
        Monotonic seconds; replaced in tests.

    Raises
    ------
    CameraError
        When there is no such camera or it is in use. Iteration raises it when the camera stops.
    """

    def __init__(
        self,
        device: int | str = 0,
        *,
        size: tuple[int, int] = (1280, 720),
        fps: float = 30.0,
        stall_timeout_s: float = 5.0,
        open_capture: Callable[[int | str], Capture] = _opencv_capture,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._stall_timeout_s = stall_timeout_s
        self._clock = clock
        self._capture = open_capture(device)
        if not self._capture.isOpened():
            self._capture.release()
            msg = (
                f"camera {device}: expected a camera that sends pictures, got no answer; plug it "
                "in, allow its use, close other programs that hold it, or choose another number"
            )
            raise CameraError(msg)
        _ask_for(self._capture, size, fps)
        self._changed = threading.Condition()
        self._newest: tuple[NDArray[np.uint8], float] | None = None
        self._start_s: float | None = None
        self._last_s = 0.0
        self._ended = False
        self._closing = threading.Event()
        self._health = SourceHealth()
        self._reader = threading.Thread(target=self._read, name=f"camera {device}", daemon=True)
        self._reader.start()

    @property
    def health(self) -> SourceHealth:
        """Frames handed out, frames dropped for a newer one, and the longest gap so far."""
        with self._changed:
            return self._health

    def __iter__(self) -> Self:
        """Return the camera itself."""
        return self

    def __next__(self) -> Frame:
        """Wait for a frame that was not handed out yet.

        Returns
        -------
        Frame
            Its ``t_s`` counts from the first picture that the camera sent.

        Raises
        ------
        CameraError
            When the camera stopped, or sent nothing for ``stall_timeout_s``.
        StopIteration
            When the camera was closed.
        """
        with self._changed:
            self._changed.wait_for(self._has_news, self._stall_timeout_s)
            if self._closing.is_set():
                raise StopIteration
            if self._newest is None:
                raise CameraError(self._stopped_message())
            (image_bgr, t_s), self._newest = self._newest, None
            index = self._health.frames_read
            gap_s = t_s - self._last_s if index else 0.0
            self._last_s = t_s
            self._health = replace(
                self._health,
                frames_read=index + 1,
                longest_gap_s=max(self._health.longest_gap_s, gap_s),
            )
        image = np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), np.uint8)
        return Frame(image=image, t_s=t_s, index=index)

    def __enter__(self) -> Self:
        """Use the camera in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Give it back."""
        self.close()

    def close(self) -> None:
        """Stop reading and give the camera back. Closing twice is harmless.

        A camera that hangs in its driver is given back as soon as its driver returns.
        """
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._reader.join(_CLOSE_WAIT_S)

    def _has_news(self) -> bool:
        return self._newest is not None or self._ended or self._closing.is_set()

    def _stopped_message(self) -> str:
        seen = self._health.frames_read + self._health.dropped_frames
        return (
            f"camera {self._device}: expected another picture, got none after {seen}; check that "
            "it is plugged in and not used by another program, then start again"
        )

    def _read(self) -> None:
        failed_reads = 0
        try:
            while failed_reads < MAX_FAILED_READS and not self._closing.is_set():
                image = self._read_one()
                if image is None:
                    failed_reads += 1
                    self._closing.wait(_RETRY_PAUSE_S)
                else:
                    failed_reads = 0
                    self._offer(image)
        finally:
            self._capture.release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _read_one(self) -> NDArray[np.uint8] | None:
        with contextlib.suppress(cv2.error):
            arrived, image = self._capture.read()
            return image if arrived else None
        return None

    def _offer(self, image: NDArray[np.uint8]) -> None:
        now_s = self._clock()
        with self._changed:
            if self._start_s is None:
                self._start_s = now_s
            if self._newest is not None:
                dropped = self._health.dropped_frames + 1
                self._health = replace(self._health, dropped_frames=dropped)
            self._newest = (image, now_s - self._start_s)
            self._changed.notify_all()


def _ask_for(capture: Capture, size: tuple[int, int], fps: float) -> None:
    # Many USB cameras reach 30 fps above 640x480 as Motion-JPEG only.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    capture.set(cv2.CAP_PROP_FPS, fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
