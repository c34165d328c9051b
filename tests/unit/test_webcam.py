"""A camera hands out its newest frame, counts the rest, and says when it is gone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pytest

from tests.making_videos import make_plain_video
from vision.errors import CameraError
from vision.sources.webcam import MAX_FAILED_READS, Webcam

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.frame import Frame

LONG_S: Final = 60.0
"""No test waits this long; it is there so that a broken one ends."""

BLUE_BGR: Final = (200, 20, 10)


class ScriptedCamera:
    """Sends pictures when told to, numbered in their red channel; then silence or an error."""

    def __init__(self, *, opened: bool = True, error: cv2.error | None = None) -> None:
        self.settings: dict[int, float] = {}
        self.released = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.failed_reads = 0
        self._opened = opened
        self._error = error
        self._allowed = threading.Semaphore(0)
        self._unplugged = False
        self._sent = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._opened

    def set(self, property_id: int, value: float, /) -> bool:
        self.settings[property_id] = value
        return True

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        self.waiting.release()
        self._allowed.acquire(timeout=LONG_S)
        if self._unplugged:
            self.failed_reads += 1
            if self._error is not None:
                raise self._error
            return False, None
        image = np.full((4, 6, 3), BLUE_BGR, np.uint8)
        image[:, :, 2] = self._sent
        self._sent += 1
        return True, image

    def release(self) -> None:
        self.released.set()

    def send(self, count: int = 1) -> None:
        """Send pictures, and return when the camera's reader has taken all of them."""
        for _ in range(count):
            assert self.waiting.acquire(timeout=LONG_S)
            self._allowed.release()
        assert self.waiting.acquire(timeout=LONG_S)
        self.waiting.release()

    def unplug(self) -> None:
        self._unplugged = True
        for _ in range(MAX_FAILED_READS + 1):
            self._allowed.release()


class SteppingClock:
    """Monotonic seconds that go on by a tenth each time they are asked for."""

    def __init__(self) -> None:
        self._now_s = 100.0

    def __call__(self) -> float:
        self._now_s += 0.1
        return self._now_s


def plug_in(camera: ScriptedCamera, *, stall_timeout_s: float = LONG_S) -> Webcam:
    return Webcam(
        0,
        size=(640, 480),
        fps=25,
        stall_timeout_s=stall_timeout_s,
        open_capture=lambda _: camera,
        clock=SteppingClock(),
    )


def test_frames_are_rgb_and_timed_from_zero() -> None:
    camera = ScriptedCamera()
    with plug_in(camera) as webcam:
        frames = []
        for _ in range(3):
            camera.send()
            frames.append(next(webcam))
        health = webcam.health
        camera.unplug()

    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.t_s for frame in frames] == pytest.approx([0.0, 0.1, 0.2])
    assert [frame.image[0, 0].tolist() for frame in frames] == [
        [0, 20, 200],
        [1, 20, 200],
        [2, 20, 200],
    ]
    assert frames[0].size == (6, 4)
    assert (health.frames_read, health.dropped_frames) == (3, 0)
    assert health.longest_gap_s == pytest.approx(0.1)


def test_the_newest_frame_wins_and_the_others_are_counted() -> None:
    camera = ScriptedCamera()
    with plug_in(camera) as webcam:
        camera.send()
        first = next(webcam)
        camera.send(5)
        newest = next(webcam)
        health = webcam.health
        camera.unplug()

    assert (first.image[0, 0, 0], newest.image[0, 0, 0]) == (0, 5)
    assert newest.index == 1
    assert newest.t_s == pytest.approx(0.5)
    assert (health.frames_read, health.dropped_frames) == (2, 4)
    assert health.longest_gap_s == pytest.approx(0.5)


def test_the_camera_is_asked_for_its_size_and_rate() -> None:
    camera = ScriptedCamera()
    with plug_in(camera):
        camera.unplug()

    assert camera.settings[cv2.CAP_PROP_FRAME_WIDTH] == 640
    assert camera.settings[cv2.CAP_PROP_FRAME_HEIGHT] == 480
    assert camera.settings[cv2.CAP_PROP_FPS] == 25


def test_an_absent_camera_is_an_error_that_says_what_to_do() -> None:
    camera = ScriptedCamera(opened=False)

    with pytest.raises(CameraError, match=r"camera 0: expected .* got no answer; plug it in"):
        plug_in(camera)
    assert camera.released.is_set()


@pytest.mark.parametrize("error", [None, cv2.error("the driver gave up")])
def test_a_camera_that_stops_is_an_error_after_its_last_frame(error: cv2.error | None) -> None:
    camera = ScriptedCamera(error=error)
    with plug_in(camera) as webcam:
        camera.send(2)
        camera.unplug()
        last = next(webcam)
        with pytest.raises(CameraError, match="expected another picture, got none after 2;"):
            next(webcam)

    assert last.image[0, 0, 0] == 1
    assert camera.failed_reads == MAX_FAILED_READS
    assert camera.released.is_set()


def test_a_camera_that_hangs_is_an_error() -> None:
    camera = ScriptedCamera()
    webcam = plug_in(camera, stall_timeout_s=0.01)

    with pytest.raises(CameraError, match="got none after 0"):
        next(webcam)

    camera.unplug()
    webcam.close()
    assert camera.released.is_set()


def test_closing_ends_the_loop_and_gives_the_camera_back() -> None:
    camera = ScriptedCamera()
    webcam = plug_in(camera)
    camera.send()
    next(webcam)
    camera.unplug()
    webcam.close()
    webcam.close()

    assert list(webcam) == []
    assert camera.released.is_set()


def test_opencv_reads_a_real_file_as_a_camera(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "camera.mp4")
    frames: list[Frame] = []
    with Webcam(str(path)) as webcam:
        with pytest.raises(CameraError, match="got none after 10;"):
            frames.extend(webcam)
        health = webcam.health

    newest = frames[-1]
    assert newest.size == (64, 48)
    assert newest.image[12, 16].tolist() == pytest.approx([220, 40, 40], abs=12)
    assert health.frames_read + health.dropped_frames == 10
    assert health.frames_read == len(frames)


def test_opencv_finds_no_camera_in_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="expected a camera that sends pictures"):
        Webcam(str(tmp_path / "none.mp4"))
