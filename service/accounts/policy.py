"""Who may see or do what: the one place that decides it.

Where no accounts are in use, whoever reaches the server may do everything but what concerns
accounts. What somebody may not see is not there for them: callers answer as if it did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.store.tables import Role

if TYPE_CHECKING:
    from service.accounts.keeping import StoredAccount

_STAFF: Final = frozenset({Role.OWNER, Role.COACH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever sends a request that may be answered.

    Attributes
    ----------
    account
        Theirs; None where no accounts are in use.
    """

    account: StoredAccount | None

    @property
    def account_id(self) -> str | None:
        """Whose account it is."""
        return None if self.account is None else self.account.id

    @property
    def person_id(self) -> str | None:
        """Who they are, among those whose movement is kept."""
        return None if self.account is None else self.account.person_id


ANYBODY: Final = Visitor(account=None)
"""Every visitor of a house without accounts."""


def sees_everybody(visitor: Visitor) -> bool:
    """Tell whether all people, sets and reports are theirs to see and to work with."""
    return visitor.account is None or visitor.account.role in _STAFF


def manages_accounts(visitor: Visitor) -> bool:
    """Tell whether they may make, change and remove accounts."""
    return visitor.account is not None and visitor.account.role == Role.OWNER


def may_see_person(visitor: Visitor, person_id: str) -> bool:
    """Tell whether a person is theirs to see, to export and to erase: everybody's own is."""
    return sees_everybody(visitor) or visitor.person_id == person_id


def may_see_set(visitor: Visitor, *, person_id: str | None, account_id: str | None) -> bool:
    """Tell whether a set, its report and its upload are theirs to see and to erase.

    Parameters
    ----------
    visitor
        Who asks.
    person_id
        Whose movement it is.
    account_id
        Who brought it in.
    """
    if sees_everybody(visitor):
        return True
    is_own = person_id is not None and person_id == visitor.person_id
    return is_own or (account_id is not None and account_id == visitor.account_id)


def may_change_note(visitor: Visitor, *, account_id: str | None) -> bool:
    """Tell whether a note of an account is theirs to change; a coach may change every one."""
    return sees_everybody(visitor) or account_id == visitor.account_id


def may_choose_person(visitor: Visitor) -> bool:
    """Tell whether they may bring in a set of anybody, and add people."""
    return sees_everybody(visitor)


def may_give_set(visitor: Visitor) -> bool:
    """Tell whether they may say whose a set is that they see."""
    return may_choose_person(visitor)


def may_set_priority(visitor: Visitor) -> bool:
    """Tell whether they may say whose analysis comes first."""
    return sees_everybody(visitor)
