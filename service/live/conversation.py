"""One WebSocket: who connects, what they send, what they are sent, and how it ends.

The event loop only moves messages; everything that takes time happens in the session's worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi import WebSocketDisconnect
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocketState

from service.live.outbox import Outbox
from service.live.rate import RateLimit
from service.live.refusing import Refusal, refused, wording_for
from service.live.worker import Picture, SessionWorker
from service.protocol import (
    BROWSER_FRAME,
    FROM_PAGE,
    PROTOCOL_VERSION,
    Hello,
    Message,
    Ping,
    Pong,
    Refused,
    Welcome,
    message_schemas,
    unpack_frame,
)
from vision.pose import SKELETON_EDGES, Landmark

if TYPE_CHECKING:
    from fastapi import WebSocket

    from service.live.house import House

HELLO_S: Final = 10.0
"""A page that has not said hello by then is let go."""
SEND_S: Final = 5.0
"""A message that cannot be sent within this time has no reader."""
MOST_UNREADABLE: Final = 20
"""Messages that cannot be used, after which the connection closes."""
MOST_TEXT: Final = 65_536
"""Characters of a text message; the longest one of a page has a few hundred."""
PICTURES_PER_S: Final = 60.0
"""Pictures that are taken a second; more are dropped and counted."""
MESSAGES_PER_S: Final = 20.0
"""Text messages that are read a second in the long run."""
MESSAGES_AT_ONCE: Final = 60

_POLICY: Final = 1008
_NORMAL: Final = 1000

_log = logging.getLogger(__name__)


class _EndError(Exception):
    """The conversation ends with a last refusal."""

    def __init__(self, code: Refusal, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Conversation:
    """Talks to one page until either side ends it.

    Parameters
    ----------
    socket
        Not accepted yet; its origin is known to be allowed.
    house
        What all conversations share.
    """

    def __init__(self, socket: WebSocket, house: House) -> None:
        self._socket = socket
        self._house = house
        self._outbox = Outbox()
        self._language = house.settings.language
        self._worker: SessionWorker | None = None
        self._films = True
        self._ended_by: Refusal | None = None
        self._unreadable = 0
        self._texts = RateLimit(per_s=MESSAGES_PER_S, burst=MESSAGES_AT_ONCE)
        self._pictures = RateLimit(per_s=PICTURES_PER_S, burst=int(PICTURES_PER_S))

    async def hold(self) -> None:
        """Accept, talk, and leave nothing behind."""
        await self._socket.accept()
        self._outbox.put(_welcome(self._house))
        writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and not self._is_gone:
                await asyncio.wait({writing}, timeout=SEND_S)
        finally:
            for task in (reading, writing):
                task.cancel()
            for result in await asyncio.gather(reading, writing, return_exceptions=True):
                if isinstance(result, Exception):
                    _log.error("a conversation stumbled", exc_info=result)
            await self._end_worker()
            await self._close()

    # ---- reading ----------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(HELLO_S):
                hello = await self._hello()
            self._begin(hello)
            while True:
                await self._next()
        except TimeoutError:
            self._refuse(Refusal.MESSAGE, f"expected hello within {HELLO_S:.0f} s", final=True)
        except _EndError as end:
            self._refuse(end.code, end.detail, final=True)
        except WebSocketDisconnect:
            return

    async def _hello(self) -> Hello:
        while True:
            message = await self._message()
            if isinstance(message, Hello):
                return message
            if message is not None:
                self._complain("expected hello first")

    async def _next(self) -> None:
        message = await self._message()
        worker = self._worker
        if message is None or worker is None:
            return
        if isinstance(message, Hello):
            self._complain("expected hello once: open another connection to begin anew")
        elif not worker.tell(message):
            raise _EndError(Refusal.FLOOD, "more messages than can be answered")

    async def _message(self) -> Message | None:
        """Receive once; None when it was a picture, a ping, or nothing that can be used."""
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", _NORMAL))
        if (binary := received.get("bytes")) is not None:
            await self._take_picture(binary)
            return None
        return self._understood(received.get("text") or "")

    def _understood(self, text: str) -> Message | None:
        """Read a text message; answer a ping at once."""
        if not self._texts.allows(time.monotonic()):
            raise _EndError(Refusal.FLOOD, f"more than {MESSAGES_PER_S:.0f} messages a second")
        if len(text) > MOST_TEXT:
            self._complain(f"expected at most {MOST_TEXT} characters, got {len(text)}")
            return None
        _check_version(text)
        try:
            message: Message = FROM_PAGE.validate_json(text)
        except ValidationError as error:
            self._complain(_problem(error))
            return None
        if isinstance(message, Ping):
            self._outbox.put(Pong(number=message.number))
            return None
        return message

    async def _take_picture(self, binary: bytes) -> None:
        worker = self._worker
        if worker is None or not self._films:
            why = "hello first" if worker is None else "no pictures: the server's camera films"
            self._complain(f"expected {why}, got a binary message")
            return
        arrived_s = time.monotonic()
        if not self._pictures.allows(arrived_s):
            worker.count_dropped()
            await asyncio.sleep(1 / PICTURES_PER_S)  # whoever floods waits, not the others
            return
        most = self._house.settings.max_frame_bytes
        if len(binary) > most:
            self._spoil(f"expected at most {most} bytes, got {len(binary)}")
            return
        try:
            kind, number, t_ms, jpeg = unpack_frame(binary)
        except ValueError as error:
            self._spoil(str(error))
            return
        if kind != BROWSER_FRAME:
            self._spoil(f"expected a picture of kind {BROWSER_FRAME}, got kind {kind}")
            return
        worker.offer(Picture(number=number, t_ms=t_ms, arrived_s=arrived_s, jpeg=jpeg))

    # ---- beginning and ending ---------------------------------------------------------------

    def _begin(self, hello: Hello) -> None:
        house = self._house
        self._language = hello.language
        station = house.stations.acquire()
        if station is None:
            raise _EndError(Refusal.BUSY)
        loop = asyncio.get_running_loop()

        def post(message: Message | bytes) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and so is the page
                loop.call_soon_threadsafe(self._outbox.put, message)

        self._films = hello.camera == "browser"
        self._worker = SessionWorker(
            hello,
            house.settings,
            station=station,
            shelf=house.shelf,
            metrics=house.metrics,
            post=post,
            camera=None if self._films else house.camera,
        )
        self._worker.start()

    async def _end_worker(self) -> None:
        worker = self._worker
        if worker is None:
            return
        if not await asyncio.to_thread(worker.close):
            _log.error("a session's thread did not end")

    @property
    def _is_gone(self) -> bool:
        return self._socket.client_state is WebSocketState.DISCONNECTED

    async def _close(self) -> None:
        if self._is_gone or self._socket.application_state is WebSocketState.DISCONNECTED:
            return
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._socket.close(_POLICY, reason=self._ended_by or None)

    # ---- writing ----------------------------------------------------------------------------

    async def _write(self) -> None:
        """Send what waits until a final refusal went out or nobody reads."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while (message := await self._outbox.take()) is not None:
                try:
                    async with asyncio.timeout(SEND_S):
                        await self._send(message)
                except TimeoutError:
                    break
                if isinstance(message, Refused) and message.final:
                    self._ended_by = Refusal(message.code)
                    return
            self._ended_by = Refusal.SLOW_READER
            self._house.metrics.refusals.labels(Refusal.SLOW_READER.value).inc()

    async def _send(self, message: Message | bytes) -> None:
        if isinstance(message, bytes):
            await self._socket.send_bytes(message)
        else:
            await self._socket.send_text(message.model_dump_json())

    # ---- refusing ---------------------------------------------------------------------------

    def _complain(self, detail: str) -> None:
        """Refuse a message; too many of them end the conversation."""
        self._unreadable += 1
        if self._unreadable >= MOST_UNREADABLE:
            raise _EndError(Refusal.MESSAGE, detail)
        self._refuse(Refusal.MESSAGE, detail)

    def _spoil(self, detail: str) -> None:
        """Refuse a picture before it reaches the session."""
        self._house.metrics.refused_frames.inc()
        self._unreadable += 1
        if self._unreadable >= MOST_UNREADABLE:
            raise _EndError(Refusal.FRAME, detail)
        self._refuse(Refusal.FRAME, detail)

    def _refuse(self, code: Refusal, detail: str, *, final: bool = False) -> None:
        self._house.metrics.refusals.labels(code.value).inc()
        wording = wording_for(self._language, self._house.settings.language)
        self._outbox.put(refused(code, wording, detail, final=final))


def _welcome(house: House) -> Welcome:
    return Welcome(
        messages=message_schemas(),
        landmarks=tuple(landmark.name.lower() for landmark in Landmark),
        edges=tuple((int(start), int(end)) for start, end in SKELETON_EDGES),
        max_frame_bytes=house.settings.max_frame_bytes,
        max_frame_pixels=house.settings.max_frame_pixels,
    )


class _Greeting(BaseModel):
    """A hello of whatever version."""

    type: Literal["hello"]
    protocol: Any = None


def _check_version(text: str) -> None:
    """End the conversation with a page of another version, whatever else its hello holds."""
    try:
        spoken = _Greeting.model_validate_json(text).protocol
    except ValidationError:
        return
    if spoken != PROTOCOL_VERSION:
        detail = f"expected version {PROTOCOL_VERSION}, got {spoken!r:.20}"
        raise _EndError(Refusal.PROTOCOL, detail)


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the message"
    return f"at {place}: {first['msg']:.200}"
