"""Conversations over a socket that does as it is told, without a server or a pose model."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from fastapi import WebSocket

from service.live import conversation
from service.live.conversation import Conversation
from service.live.house import House
from service.live.outbox import MOST_WAITING
from service.protocol import Pong, Welcome
from service.settings import Settings
from tests.stores import sqlite_stores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

SCOPE: Final = {"type": "websocket", "headers": [], "path": "/ws/v1/live"}


class ScriptedSocket:
    """The server's side of a connection: says what is in the script, notes what it is sent.

    Parameters
    ----------
    script
        Text messages of the page; None for its going away.
    reads
        How many messages the page reads before it reads no more.
    """

    def __init__(self, script: Sequence[str | None], *, reads: int = 10**6) -> None:
        self._events: list[dict[str, Any]] = [{"type": "websocket.connect"}]
        for text in script:
            said = {"type": "websocket.receive", "text": text}
            gone = {"type": "websocket.disconnect", "code": 1001}
            self._events.append(gone if text is None else said)
        self._reads = reads
        self.sent: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self._events:
            return self._events.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, event: Any) -> None:  # noqa: ANN401 - whatever an application sends
        if event["type"] == "websocket.close":
            self.closed.append(event)
        elif event["type"] == "websocket.send":
            if len(self.sent) >= self._reads:
                await asyncio.Event().wait()
            self.sent.append(json.loads(event["text"]))


def hold(socket: ScriptedSocket, data: Path) -> None:
    async def run() -> None:
        house = House.of(Settings(data=data), sqlite_stores(data))
        talk = Conversation(WebSocket(SCOPE, socket.receive, socket.send), house)
        await asyncio.wait_for(talk.hold(), 60)

    asyncio.run(run())


def test_welcome_comes_first(tmp_path: Path) -> None:
    socket = ScriptedSocket(['{"type": "ping", "number": 4}'] + ["{"] * 20)
    hold(socket, tmp_path)
    assert [message["type"] for message in socket.sent][:2] == ["welcome", "pong"]
    assert Welcome.model_validate(socket.sent[0]).protocol == 1


def test_the_last_refusal_is_sent_before_the_connection_closes(tmp_path: Path) -> None:
    socket = ScriptedSocket(["{"] * 20)
    hold(socket, tmp_path)
    assert [message["final"] for message in socket.sent[1:]] == [False] * 19 + [True]
    assert socket.closed == [{"type": "websocket.close", "code": 1008, "reason": "message"}]


def test_a_page_that_goes_away_is_not_written_to(tmp_path: Path) -> None:
    socket = ScriptedSocket([None])
    hold(socket, tmp_path)
    assert socket.closed == []


def test_a_page_that_does_not_read_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "SEND_S", 0.05)
    socket = ScriptedSocket([], reads=0)
    hold(socket, tmp_path)
    assert [event["reason"] for event in socket.closed] == ["slow_reader"]


def test_so_is_one_that_lets_too_much_gather(tmp_path: Path) -> None:
    socket = ScriptedSocket([])

    async def run() -> None:
        house = House.of(Settings(data=tmp_path), sqlite_stores(tmp_path))
        talk = Conversation(WebSocket(SCOPE, socket.receive, socket.send), house)
        for number in range(MOST_WAITING + 1):
            talk._outbox.put(Pong(number=number))  # noqa: SLF001 - what a worker's callback does
        await asyncio.wait_for(talk.hold(), 60)

    asyncio.run(run())
    assert [event["reason"] for event in socket.closed] == ["slow_reader"]


def test_silence_ends_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_S", 0.05)
    socket = ScriptedSocket(['{"type": "finish_set"}'])
    hold(socket, tmp_path)
    assert [message["type"] for message in socket.sent] == ["welcome", "refused", "refused"]
    assert socket.sent[-1]["final"]


def test_a_flood_of_text_ends_it(tmp_path: Path) -> None:
    socket = ScriptedSocket(['{"type": "ping", "number": 1}'] * 200)
    hold(socket, tmp_path)
    assert socket.sent[-1]["code"] == "flood"


def test_refusals_speak_the_language_of_the_server_until_hello(tmp_path: Path) -> None:
    socket = ScriptedSocket(["{"] * 20)
    hold(socket, tmp_path)
    assert socket.sent[1]["text"].startswith("A message could not be used.")
