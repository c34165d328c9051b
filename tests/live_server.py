"""A real server on a free port of this computer, and pages that talk to it without a browser."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # ships no types
from websockets.sync.client import connect

from service.protocol import (
    BROWSER_FRAME,
    FROM_SERVER,
    PROTOCOL_VERSION,
    BinaryFrame,
    Frame,
    Hello,
    Message,
    State,
    pack_frame,
)
from service.serving import listen, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from numpy.typing import NDArray
    from websockets.sync.client import ClientConnection

    from service.api.backend import Backend
    from service.live.house import House
    from service.settings import Settings
    from vision.frame import Frame as VideoFrame

WAIT_S: Final = 120.0
"""Nothing takes this long; whoever waits for longer waits for nothing."""

Kind = TypeVar("Kind", bound=Message)


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """A server that runs in a thread of this process.

    Attributes
    ----------
    port
        At 127.0.0.1.
    house
        What its conversations share.
    backend
        What its API works with.
    """

    port: int
    house: House
    backend: Backend

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/v1/live"


@contextmanager
def running_server(settings: Settings) -> Iterator[LiveServer]:
    """Run a server while the block runs."""
    listens = threading.Event()
    with listen("127.0.0.1", 0) as listening:
        server = make_server(settings, listening, lambda _: listens.set())
        thread = threading.Thread(target=server.run, args=([listening],), name="server")
        thread.start()
        try:
            assert listens.wait(WAIT_S)
            app: FastAPI = server.config.app  # type: ignore[assignment]  # what make_server made
            yield LiveServer(
                port=listening.getsockname()[1],
                house=app.state.house,
                backend=app.state.backend,
            )
        finally:
            server.should_exit = True
            thread.join(WAIT_S)
            assert not thread.is_alive()


@dataclass
class Page:
    """One connection, and everything that came over it.

    Attributes
    ----------
    socket
        The connection.
    received
        Every message so far, but for pictures.
    pictures
        Every binary message so far.
    """

    socket: ClientConnection
    received: list[Message] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    number: int = 0

    def say(self, message: Message) -> None:
        self.socket.send(message.model_dump_json())

    def next(self) -> Message:
        """Wait for the next message that is no picture."""
        while True:
            came = self.socket.recv(timeout=WAIT_S)
            if isinstance(came, str):
                message: Message = FROM_SERVER.validate_json(came)
                self.received.append(message)
                return message
            self.pictures.append(came)

    def wait_for(self, kind: type[Kind]) -> Kind:
        """Wait for the next message of a kind."""
        while True:
            message = self.next()
            if isinstance(message, kind):
                return message

    def greet(self, **wanted: Any) -> list[Message]:  # noqa: ANN401 - whatever a hello may hold
        """Say hello and wait until pictures may come; return what was said."""
        before = len(self.received)
        self.say(Hello.model_validate({"protocol": PROTOCOL_VERSION, **wanted}))
        self.wait_for(State)
        return self.received[before:]

    def send_picture(self, jpeg: bytes, t_ms: float) -> None:
        self.number += 1
        picture = BinaryFrame(kind=BROWSER_FRAME, number=self.number, t_ms=t_ms, jpeg=jpeg)
        self.socket.send(pack_frame(picture))

    def show(self, frame: VideoFrame) -> Frame:
        """Send a frame and wait for its answer."""
        self.send_picture(jpeg_of(frame.image), frame.t_s * 1000)
        return self.wait_for(Frame)


@contextmanager
def open_page(server: LiveServer, *, origin: str | None = None) -> Iterator[Page]:
    """Connect to a server, as a page of an origin; none by default, as programs do."""
    with connect(
        server.live_url,
        origin=origin,  # type: ignore[arg-type]  # the library wants its own kind of str
        max_size=None,
        compression=None,
        open_timeout=WAIT_S,
        proxy=None,
    ) as socket:
        yield Page(socket)


def jpeg_of(image: NDArray[np.uint8], *, colours: str = "RGB") -> bytes:
    """Encode a picture as a browser does."""
    sampling = "Gray" if colours == "GRAY" else "420"
    encoded: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(image), quality=90, colorspace=colours, colorsubsampling=sampling
    )
    return encoded


def grey_jpeg(width: int = 640, height: int = 480) -> bytes:
    """Encode a picture of nothing."""
    return jpeg_of(np.full((height, width, 3), 128, np.uint8))


def session_threads() -> list[str]:
    """Name the threads of sessions and cameras that run in this process."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(("session", "server camera", "camera"))]
