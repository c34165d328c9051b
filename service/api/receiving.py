"""Receives the bytes of a video as they come; what came stays when the sender is cut off."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from service.problems import ProblemError
from service.reviews.spool import Receiver, Spool

WRITE_BYTES: Final = 1024 * 1024
"""Bytes that are gathered before they are written."""

IDLE_S: Final = 60.0
"""A sender from whom nothing came for so long is taken for gone."""

MOST_PASSED_OVER: Final = 16 * 1024 * 1024
"""Bytes of a refused request that are read, so that the sender hears the refusal."""


class CutOffError(Exception):
    """The sender is gone; nobody reads an answer."""


class TooMuchError(Exception):
    """More bytes came than were announced."""


async def receive(request: Request, spool: Spool, upload_id: str, most_bytes: int) -> None:
    """Add the body of a request to the file of an upload.

    Parameters
    ----------
    request
        Its body is read once, here.
    spool
        Holds the file.
    upload_id
        Names the file.
    most_bytes
        Bytes that may come.

    Raises
    ------
    CutOffError
        When the sender is gone; what came is kept.
    TooMuchError
        When more came; the file is as it was before.
    NoRoomError
        When the disk is full; what fitted is kept.
    """
    before = spool.received(upload_id)
    try:
        with spool.receiving(upload_id) as receiver:
            await _pour(request, receiver, most_bytes)
    except TooMuchError:
        await run_in_threadpool(spool.cut, upload_id, before)
        raise


async def refuse(request: Request, problem: ProblemError) -> ProblemError:
    """Read what is still coming, so that the sender hears why it is refused; then return that."""
    passed = 0
    try:
        async with asyncio.timeout(IDLE_S):
            async for part in request.stream():
                passed += len(part)
                if passed > MOST_PASSED_OVER:
                    break
    except (ClientDisconnect, RuntimeError, TimeoutError):
        pass  # gone, or read to its end
    return problem


def announced_bytes(request: Request) -> int | None:
    """Return how many bytes a request says that it holds; None when it does not say."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


async def _pour(request: Request, receiver: Receiver, most_bytes: int) -> None:
    gathered = bytearray()
    left = most_bytes
    try:
        async for part in _parts(request):
            left -= len(part)
            if left < 0:
                raise TooMuchError
            gathered += part
            if len(gathered) >= WRITE_BYTES:
                content, gathered = bytes(gathered), bytearray()
                await run_in_threadpool(receiver.write, content)
    except CutOffError:
        await run_in_threadpool(receiver.write, bytes(gathered))
        raise
    await run_in_threadpool(receiver.write, bytes(gathered))
    await run_in_threadpool(receiver.settle)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                part = await anext(stream)
        except StopAsyncIteration:
            return
        except (ClientDisconnect, TimeoutError) as error:
            raise CutOffError from error
        yield part
