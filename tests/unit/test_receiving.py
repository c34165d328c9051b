"""The bytes of a video as they come: all of them, a part of them, too many of them."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from service.api import receiving
from service.api.receiving import CutOffError, TooMuchError, announced_bytes, receive
from service.reviews.spool import BusySenderError, Spool

if TYPE_CHECKING:
    from pathlib import Path

GONE: dict[str, Any] = {"type": "http.disconnect"}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def request(*messages: dict[str, Any], length: str | None = None) -> Request:
    """Make a request whose sender says nothing more after some messages."""
    coming = iter(messages)
    headers = [] if length is None else [(b"content-length", length.encode())]

    async def hear() -> dict[str, Any]:
        message = next(coming, None)
        if message is None:
            await asyncio.Event().wait()
        return message or GONE

    return Request({"type": "http", "method": "PATCH", "headers": headers}, hear)


def take(spool: Spool, *messages: dict[str, Any], most_bytes: int = 100) -> None:
    asyncio.run(receive(request(*messages), spool, "an upload", most_bytes))


def kept(spool: Spool) -> bytes:
    return spool.path("an upload").read_bytes()


def test_parts_are_put_together(spool: Spool) -> None:
    take(spool, part(b"one "), part(b""), part(b"two ", more=False))
    take(spool, part(b"three", more=False))
    assert kept(spool) == b"one two three"
    assert spool.sha256("an upload") == hashlib.sha256(b"one two three").hexdigest()
    assert spool.path("an upload").stat().st_mode & 0o777 == 0o600


def test_what_came_before_the_sender_was_gone_stays(spool: Spool) -> None:
    with pytest.raises(CutOffError):
        take(spool, part(b"one "), part(b"two "), GONE)
    assert kept(spool) == b"one two "


def test_a_sender_who_says_nothing_is_taken_for_gone(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "IDLE_S", 0.01)
    with pytest.raises(CutOffError):
        take(spool, part(b"one "))
    assert kept(spool) == b"one "


@pytest.mark.parametrize("write_bytes", [1, 1000])
def test_too_much_changes_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, write_bytes: int
) -> None:
    monkeypatch.setattr(receiving, "WRITE_BYTES", write_bytes)
    take(spool, part(b"one ", more=False))
    with pytest.raises(TooMuchError):
        take(spool, part(b"two "), part(b"three", more=False), most_bytes=8)
    assert kept(spool) == b"one "
    take(spool, part(b"two ", more=False))
    assert spool.sha256("an upload") == hashlib.sha256(b"one two ").hexdigest()


def test_one_sender_at_a_time(spool: Spool) -> None:
    with spool.sole_sender("a"), spool.sole_sender("b"):
        with pytest.raises(BusySenderError), spool.sole_sender("a"):
            pass
        with pytest.raises(BusySenderError), spool.sole_sender("a"):
            pass
    with spool.sole_sender("a"):
        pass


@pytest.mark.parametrize(
    ("length", "announced"), [("12", 12), (None, None), ("-1", None), ("a", None), ("²", None)]
)
def test_what_a_request_announces(length: str | None, announced: int | None) -> None:
    assert announced_bytes(request(length=length)) == announced
