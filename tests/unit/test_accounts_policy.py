"""Who may see or do what."""

from __future__ import annotations

from typing import Final

import pytest

from service.accounts import policy
from service.accounts.keeping import StoredAccount
from service.accounts.policy import ANYBODY, Visitor
from service.store.tables import Role, now


def visitor(role: Role, person_id: str | None = None) -> Visitor:
    account = StoredAccount(
        id=f"account of {role}", name=role, role=role, person_id=person_id, created_at=now()
    )
    return Visitor(account=account)


OWNER: Final = visitor(Role.OWNER)
COACH: Final = visitor(Role.COACH)
MEMBER: Final = visitor(Role.MEMBER, "Ann")
NOBODY: Final = visitor(Role.MEMBER)
"""A member whose person was erased."""


@pytest.mark.parametrize("who", [ANYBODY, OWNER, COACH])
def test_an_open_house_and_staff_see_everybody(who: Visitor) -> None:
    assert policy.sees_everybody(who)
    assert policy.may_see_person(who, "Ben")
    assert policy.may_see_set(who, person_id="Ben", account_id="x")
    assert policy.may_see_set(who, person_id=None, account_id=None)
    assert policy.may_choose_person(who)
    assert policy.may_give_set(who)
    assert policy.may_set_priority(who)
    assert policy.may_change_note(who, account_id="x")


@pytest.mark.parametrize(("who", "may"), [(ANYBODY, False), (OWNER, True), (COACH, False)])
def test_owners_alone_manage_accounts(who: Visitor, *, may: bool) -> None:
    assert policy.manages_accounts(who) is may


def test_a_member_sees_their_own() -> None:
    assert policy.may_see_person(MEMBER, "Ann")
    assert policy.may_see_set(MEMBER, person_id="Ann", account_id="a coach")
    assert policy.may_see_set(MEMBER, person_id=None, account_id=MEMBER.account_id)
    assert policy.may_change_note(MEMBER, account_id=MEMBER.account_id)


@pytest.mark.parametrize("who", [MEMBER, NOBODY])
@pytest.mark.parametrize(("person_id", "account_id"), [("Ben", "x"), (None, "x"), (None, None)])
def test_and_nothing_else(who: Visitor, person_id: str | None, account_id: str | None) -> None:
    assert not policy.may_see_set(who, person_id=person_id, account_id=account_id)
    assert not policy.may_see_person(who, "Ben")
    assert not policy.manages_accounts(who)
    assert not policy.may_choose_person(who)
    assert not policy.may_give_set(who)
    assert not policy.may_set_priority(who)
    assert not policy.may_change_note(who, account_id=account_id)
