"""What waits to be sent to one page: little, and of pictures only the newest."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from service.protocol import Frame, Message

MOST_WAITING: Final = 256
"""Messages that may wait; a page that lets more gather does not read."""


class Outbox:
    """Messages in their order; a `Frame` that was not sent yet gives way to a newer one.

    Made for one event loop: `put` and `take` are called from it alone. A binary message belongs to
    the `Frame` that comes after it, and goes with it.
    """

    def __init__(self) -> None:
        self._waiting: deque[Message | bytes] = deque()
        self._changed = asyncio.Event()
        self._replaced = 0
        self._overflowed = False

    @property
    def overflowed(self) -> bool:
        """Whether more gathered than may wait; nothing is taken in from then on."""
        return self._overflowed

    @property
    def replaced(self) -> int:
        """Frames that gave way to newer ones."""
        return self._replaced

    def put(self, message: Message | bytes) -> None:
        """Add a message at the end."""
        if self._overflowed:
            return
        if isinstance(message, Frame):
            self._drop_frame()
        self._waiting.append(message)
        if len(self._waiting) > MOST_WAITING:
            self._overflowed = True
            self._waiting.clear()
        self._changed.set()

    async def take(self) -> Message | bytes | None:
        """Wait for the next message; None when it overflowed."""
        while not self._waiting and not self._overflowed:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft() if self._waiting else None

    def _drop_frame(self) -> None:
        """Remove the frame that waits, and the picture just before it."""
        for place, message in enumerate(self._waiting):
            if not isinstance(message, Frame):
                continue
            del self._waiting[place]
            if place and isinstance(self._waiting[place - 1], bytes):
                del self._waiting[place - 1]
            self._replaced += 1
            return
