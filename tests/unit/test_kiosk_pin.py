"""The staff's PIN: a salted hash, a growing wait, sessions that end."""

from __future__ import annotations

import itertools

import pytest

from service.kiosk.pin import (
    FIRST_WAIT_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    MOST_SESSIONS,
    PIN_PATTERN,
    SESSION_S,
    PinTries,
    StaffSessions,
    hash_pin,
    is_pin,
)


class TestHash:
    def test_the_pin_fits_and_others_do_not(self) -> None:
        hashed = hash_pin("2468")
        assert is_pin("2468", hashed)
        assert not is_pin("2469", hashed)
        assert not is_pin("", hashed)

    def test_it_does_not_hold_the_pin_and_is_salted(self) -> None:
        first, second = hash_pin("24681357"), hash_pin("24681357")
        assert "24681357" not in first
        assert first != second

    @pytest.mark.parametrize(
        "hashed", ["", "2468", "scrypt$1$2$3$zz$zz", "scrypt$0$8$1$00$00", "md5$1$1$1$00$00"]
    )
    def test_an_unreadable_hash_fits_no_pin(self, hashed: str) -> None:
        assert not is_pin("2468", hashed)

    @pytest.mark.parametrize(
        "pin", ["123", "1234567890123", "12a4", "12 34", "\N{FULLWIDTH DIGIT ONE}234", "1234\n"]
    )
    def test_a_pin_is_four_to_twelve_digits_of_any_keypad(self, pin: str) -> None:
        assert not PIN_PATTERN.fullmatch(pin)


class TestTries:
    def test_the_first_tries_are_free(self) -> None:
        tries = PinTries()
        for number in range(FREE_TRIES):
            assert tries.wait_s(number) == 0
            tries.take(number)
        assert tries.wait_s(FREE_TRIES) > 0

    def test_the_wait_grows_up_to_a_limit(self) -> None:
        tries = PinTries()
        now_s, waits = 0.0, []
        for _ in range(FREE_TRIES + 20):
            tries.take(now_s)
            waits.append(tries.wait_s(now_s))
            now_s += waits[-1]
        grown = waits[FREE_TRIES - 1 :]
        assert grown[0] == FIRST_WAIT_S
        assert all(after >= before for before, after in itertools.pairwise(grown))
        assert grown[1] == 2 * grown[0]
        assert grown[-1] == LONGEST_WAIT_S

    def test_it_ends(self) -> None:
        tries = PinTries()
        for _ in range(FREE_TRIES):
            tries.take(100.0)
        assert tries.wait_s(100.0 + FIRST_WAIT_S - 1) == pytest.approx(1.0)
        assert tries.wait_s(100.0 + FIRST_WAIT_S) == 0

    def test_the_right_pin_begins_anew(self) -> None:
        tries = PinTries()
        for _ in range(FREE_TRIES):
            tries.take(0.0)
        tries.succeeded()
        tries.take(0.0)
        assert tries.wait_s(0.0) == 0


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
