"""A camera of the server that comes and goes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

from service.live import camera
from service.live.camera import PREVIEW_WIDTH_PX, PREVIEWS_PER_S, Previews, ServerCamera
from service.live.intake import decode_jpeg
from service.protocol import SERVER_FRAME, unpack_frame
from vision.errors import CameraError, HingewiseError
from vision.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.live.camera import Camera

LONG_S = 60.0


def picture(t_s: float, *, width: int = 640, height: int = 480) -> Frame:
    return Frame(image=np.full((height, width, 3), 90, np.uint8), t_s=t_s, index=0)


class ShortCamera:
    """Sends three pictures, then stops as one that is unplugged does."""

    def __iter__(self) -> Iterator[Frame]:
        for number in range(3):
            yield picture(number / 30)
        msg = "expected another picture, got none"
        raise CameraError(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "RETRY_S", 0.01)
    monkeypatch.setattr(camera, "SEAT_WAIT_S", 0.01)


class Watcher:
    """Notes what a camera sends, and tells when there is enough of it."""

    def __init__(self, frames: int, losses: int) -> None:
        self.frames: list[Frame] = []
        self.losses: list[str] = []
        self._wanted = (frames, losses)
        self.enough = threading.Event()

    def offer(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._look()

    def lost(self, error: HingewiseError) -> None:
        self.losses.append(str(error))
        self._look()

    def _look(self) -> None:
        if len(self.frames) >= self._wanted[0] and len(self.losses) >= self._wanted[1]:
            self.enough.set()


def test_times_and_numbers_grow_over_a_camera_that_was_lost_and_found() -> None:
    watcher = Watcher(frames=9, losses=3)
    with ServerCamera(0, opening=lambda _: ShortCamera()).filming(watcher.offer, watcher.lost):
        assert watcher.enough.wait(LONG_S)
    times = [frame.t_s for frame in watcher.frames]
    assert all(np.diff(times) > 0)
    assert [frame.index for frame in watcher.frames] == list(range(len(times)))


def test_a_loss_is_told_once() -> None:
    tries = []
    tried_often = threading.Event()

    def absent(device: int | str) -> Camera:
        tries.append(device)
        if len(tries) > 5:
            tried_often.set()
        msg = f"camera {device}: got no answer"
        raise CameraError(msg)

    watcher = Watcher(frames=0, losses=1)
    with ServerCamera(4, opening=absent).filming(watcher.offer, watcher.lost):
        assert tried_often.wait(LONG_S)
    assert watcher.losses == ["camera 4: got no answer"]


def test_one_session_films_at_a_time_and_then_the_next() -> None:
    watcher = Watcher(frames=1, losses=0)
    server_camera = ServerCamera(0, opening=lambda _: ShortCamera())
    with (
        server_camera.filming(watcher.offer, watcher.lost),
        pytest.raises(CameraError, match="another session"),
        server_camera.filming(watcher.offer, watcher.lost),
    ):
        pytest.fail("filmed twice")
    with server_camera.filming(watcher.offer, watcher.lost):
        assert watcher.enough.wait(LONG_S)


def test_without_a_camera_it_says_what_to_do() -> None:
    watcher = Watcher(frames=0, losses=0)
    with (
        pytest.raises(CameraError, match="set camera in the settings"),
        ServerCamera(None).filming(watcher.offer, watcher.lost),
    ):
        pytest.fail("filmed with nothing")


def test_previews_are_small_and_few() -> None:
    previews = Previews()
    sent = [previews.of(picture(number / 60, width=1920, height=1080)) for number in range(120)]
    messages = [message for message in sent if message is not None]
    assert 1 < len(messages) <= 2 * PREVIEWS_PER_S
    first = unpack_frame(messages[0])
    assert (first.kind, first.t_ms) == (SERVER_FRAME, 0.0)
    assert decode_jpeg(first.jpeg, max_pixels=10**6).shape == (360, PREVIEW_WIDTH_PX, 3)


def test_a_small_picture_is_sent_as_it_is() -> None:
    message = Previews().of(picture(0.0, width=320, height=240))
    assert message is not None
    assert decode_jpeg(unpack_frame(message).jpeg, max_pixels=10**6).shape == (240, 320, 3)
