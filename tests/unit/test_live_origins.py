"""Whose pages may open a live connection."""

from __future__ import annotations

import socket

import pytest

from service.headers import page_policy
from service.live.origins import is_allowed_origin
from service.settings import Settings

OWN = socket.gethostname().lower()


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://192.168.1.20:8000", "192.168.1.20:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        (f"http://{OWN}:8000", f"{OWN}:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        (None, "anything.example"),
    ],
)
def test_own_pages_and_programs_may(origin: str | None, host: str) -> None:
    assert is_allowed_origin(origin, host, Settings())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "localhost:8000"),
        ("http://localhost:9999", "localhost:8000"),
        ("http://localhost.evil.example:8000", "localhost:8000"),
        ("null", "localhost:8000"),
        ("", "localhost:8000"),
        ("file://", "localhost:8000"),
        ("http://", ""),
        ("http://[::1", "[::1"),
        ("chrome-extension://localhost:8000", "localhost:8000"),
    ],
)
def test_others_may_not(origin: str, host: str) -> None:
    assert not is_allowed_origin(origin, host, Settings())


def test_a_name_that_was_made_to_lead_here_is_not_our_own() -> None:
    assert not is_allowed_origin("http://evil.example:8000", "evil.example:8000", Settings())


def test_what_was_allowed_may() -> None:
    settings = Settings(
        allowed_origins=("https://gym.example",), public_url="https://box.example/hinge"
    )
    assert is_allowed_origin("https://gym.example", "localhost:8000", settings)
    assert is_allowed_origin("https://box.example", "box.example", settings)
    assert not is_allowed_origin("http://gym.example", "localhost:8000", settings)
    assert not is_allowed_origin("https://gym.example:8443", "localhost:8000", settings)


def test_the_policy_names_no_host_that_could_break_out_of_it() -> None:
    assert "ws://10.0.0.5:8000 wss://10.0.0.5:8000" in page_policy("10.0.0.5:8000")
    assert "evil" not in page_policy("evil.example; script-src *")
    assert "connect-src 'self';" in page_policy("")
