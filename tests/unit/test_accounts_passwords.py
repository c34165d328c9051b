"""Secrets that are typed: a salted hash and a growing wait."""

from __future__ import annotations

import itertools

import pytest

from service.accounts.passwords import (
    FIRST_WAIT_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    Tries,
    hash_secret,
    is_secret,
)


class TestHash:
    def test_the_secret_fits_and_others_do_not(self) -> None:
        hashed = hash_secret("2468")
        assert is_secret("2468", hashed)
        assert not is_secret("2469", hashed)
        assert not is_secret("", hashed)

    def test_it_does_not_hold_the_secret_and_is_salted(self) -> None:
        first, second = hash_secret("24681357"), hash_secret("24681357")
        assert "24681357" not in first
        assert first != second

    @pytest.mark.parametrize(
        "hashed", ["", "2468", "scrypt$1$2$3$zz$zz", "scrypt$0$8$1$00$00", "md5$1$1$1$00$00"]
    )
    def test_an_unreadable_hash_fits_no_secret(self, hashed: str) -> None:
        assert not is_secret("2468", hashed)


class TestTries:
    def test_the_first_tries_are_free(self) -> None:
        tries = Tries()
        for number in range(FREE_TRIES):
            assert tries.wait_s(number) == 0
            tries.take(number)
        assert tries.wait_s(FREE_TRIES) > 0

    def test_the_wait_grows_up_to_a_limit(self) -> None:
        tries = Tries()
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
        tries = Tries()
        for _ in range(FREE_TRIES):
            tries.take(100.0)
        assert tries.wait_s(100.0 + FIRST_WAIT_S - 1) == pytest.approx(1.0)
        assert tries.wait_s(100.0 + FIRST_WAIT_S) == 0

    def test_the_right_secret_begins_anew(self) -> None:
        tries = Tries()
        for _ in range(FREE_TRIES):
            tries.take(0.0)
        tries.succeeded()
        tries.take(0.0)
        assert tries.wait_s(0.0) == 0
