"""Accounts, sign-ins and keys in a real database of each kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from service.accounts import keys
from service.accounts.keeping import (
    AccountError,
    NewAccount,
    StoredAccount,
    add_account,
    change_account,
    check_password,
    find_account,
    list_accounts,
    remove_account,
)
from service.accounts.keys import MOST_KEYS, account_of_key, account_of_login, add_key, list_keys
from service.accounts.tries import MOST_NAMES, LoginTries
from service.cli import cli
from service.store.people import add_person
from service.store.tables import Role, now
from vision.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from service.store.database import Database
    from service.store.opening import Stores

PASSWORD: Final = "five plain short words"  # noqa: S105 - of accounts that the test makes


@pytest.fixture
def database(stores: Stores) -> Database:
    return stores.database


@pytest.fixture
def olga(database: Database) -> StoredAccount:
    return add_account(database, NewAccount(name="Olga", password=PASSWORD, role=Role.OWNER))


def test_a_password_lets_in_and_is_not_kept(database: Database, olga: StoredAccount) -> None:
    assert check_password(database, " Olga ", PASSWORD) == olga == find_account(database, olga.id)
    assert check_password(database, "Olga", PASSWORD + " ") is None
    assert check_password(database, "Nobody", PASSWORD) is None
    assert PASSWORD not in repr(list_accounts(database))


def test_one_owner_stays(database: Database, olga: StoredAccount) -> None:
    with pytest.raises(AccountError, match="one owner stays"):
        remove_account(database, olga.id)
    with pytest.raises(AccountError, match="one owner stays"):
        change_account(database, olga.id, role=Role.COACH)
    add_account(database, NewAccount(name="Oskar", password=PASSWORD, role=Role.OWNER))
    remove_account(database, olga.id)
    assert find_account(database, olga.id) is None


def test_what_cannot_be_made(database: Database, olga: StoredAccount) -> None:
    for new, said in (
        (NewAccount(name=olga.name, password=PASSWORD, role=Role.COACH), "taken"),
        (NewAccount(name="Eva", password="short", role=Role.COACH), "got 5"),  # noqa: S106 - the point
        (NewAccount(name="Eva", password="\ud800" * 10, role=Role.COACH), "is text"),
        (NewAccount(name="Eva", password=PASSWORD, role=Role.MEMBER), "a member is"),
        (NewAccount(name=" ", password=PASSWORD, role=Role.COACH), "name"),
    ):
        with pytest.raises(InputError, match=said):
            add_account(database, new)
    with pytest.raises(UnknownNameError):
        change_account(database, "nobody", role=Role.COACH)


def test_a_new_password_signs_out_everywhere(database: Database, olga: StoredAccount) -> None:
    cookie = keys.begin_login(database, olga.id)
    assert account_of_login(database, cookie) == olga
    change_account(database, olga.id, password="another long one")  # noqa: S106 - the test's
    assert account_of_login(database, cookie) is None


def test_a_sign_in_ends_with_time(
    database: Database, olga: StoredAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = keys.begin_login(database, olga.id)
    later = now() + keys.LOGIN_LASTS + timedelta(seconds=1)
    monkeypatch.setattr(keys, "now", lambda: later)
    assert account_of_login(database, cookie) is None


def test_an_account_has_so_many_keys(database: Database, olga: StoredAccount) -> None:
    made = [add_key(database, olga.id, f"key {number}")[1] for number in range(MOST_KEYS + 1)]
    assert len(list_keys(database, olga.id)) == MOST_KEYS
    assert account_of_key(database, made[0]) is None
    assert account_of_key(database, made[-1]) == olga


def test_a_member_is_a_person(database: Database) -> None:
    person = add_person(database, "Ann")
    new = NewAccount(name="Ann", password=PASSWORD, role=Role.MEMBER, person_id=person.id)
    assert add_account(database, new).person_id == person.id


class TestTries:
    def test_names_are_counted_apart(self) -> None:
        tries = LoginTries(clock=lambda: 0.0)
        waits = [tries.begin("Ann") for _ in range(6)]
        assert waits == [0, 0, 0, 0, 0, 30]
        assert tries.begin("ANN") == 30
        assert tries.begin("Ben") == 0

    def test_the_one_that_fits_begins_anew(self) -> None:
        tries = LoginTries(clock=lambda: 0.0)
        for _ in range(4):
            tries.begin("Ann")
        tries.succeeded("ann")
        assert [tries.begin("Ann") for _ in range(5)] == [0] * 5

    def test_no_more_names_are_kept_than_so_many(self) -> None:
        tries = LoginTries(clock=lambda: 0.0)
        for number in range(MOST_NAMES + 10):
            tries.begin(str(number))
        assert len(tries._tries) == MOST_NAMES  # noqa: SLF001 - no other way to know


def test_the_command_makes_an_account_and_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINGEWISE_DATA", str(tmp_path / "data"))
    run = CliRunner().invoke
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    made = run(cli, ["account", "--name", "Olga", "--role", "owner"], input=typed)
    again = run(cli, ["account", "--name", "Olga", "--role", "owner"], input=typed)
    assert "Olga may sign in now (owner)." in made.output
    assert "switched off" in made.output
    assert PASSWORD not in made.output
    assert again.exit_code == 0
    nobody = run(cli, ["account", "--name", "Ann", "--person", "Ann"])
    assert isinstance(nobody.exception, InputError)
