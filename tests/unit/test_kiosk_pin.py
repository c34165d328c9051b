"""The staff's PIN: its form, and sessions that end."""

from __future__ import annotations

import pytest

from service.kiosk.pin import MOST_SESSIONS, PIN_PATTERN, SESSION_S, StaffSessions


@pytest.mark.parametrize(
    "pin", ["123", "1234567890123", "12a4", "12 34", "\N{FULLWIDTH DIGIT ONE}234", "1234\n"]
)
def test_a_pin_is_four_to_twelve_digits_of_any_keypad(pin: str) -> None:
    assert not PIN_PATTERN.fullmatch(pin)


class TestSessions:
    def test_a_session_is_found_by_its_token_only(self) -> None:
        sessions = StaffSessions()
        session = sessions.begin(0.0)
        assert sessions.find(session.token, 1.0) == session
        assert sessions.find(session.form_token, 1.0) is None
        assert sessions.find("", 1.0) is None

    def test_no_two_are_alike(self) -> None:
        sessions = StaffSessions()
        made = [sessions.begin(0.0) for _ in range(5)]
        assert len({token for one in made for token in (one.token, one.form_token)}) == 10

    def test_it_ends_when_it_is_idle(self) -> None:
        sessions = StaffSessions()
        session = sessions.begin(0.0)
        assert sessions.find(session.token, SESSION_S) is not None
        assert sessions.find(session.token, 2 * SESSION_S) is not None
        assert sessions.find(session.token, 3 * SESSION_S + 1) is None

    def test_it_ends_when_it_is_left(self) -> None:
        sessions = StaffSessions()
        session = sessions.begin(0.0)
        sessions.end(session.token)
        sessions.end("never there")
        assert sessions.find(session.token, 0.0) is None

    def test_there_are_only_so_many(self) -> None:
        sessions = StaffSessions()
        made = [sessions.begin(0.0) for _ in range(MOST_SESSIONS + 1)]
        assert sessions.find(made[0].token, 0.0) is None
        assert sessions.find(made[-1].token, 0.0) is not None
