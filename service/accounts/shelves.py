"""What live coaching may keep where accounts are in use: for whoever signed in, what is theirs.

Everybody may train; the pages of live coaching and the kiosk keep nothing by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from service.accounts.policy import Visitor, may_choose_person, may_see_person
from service.live.shelf import Shelf
from service.store.people import find_person, person_by_label
from service.wording import load_wording
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from models.calibration import OwnBend
    from service.live.house import House
    from service.pipeline import AssessedSet
    from service.store.opening import Stores
    from service.wording import Wording


def shelf_for(visitor: Visitor | None, stores: Stores, house: House) -> Shelf:
    """Return where a visitor's live sessions keep what they are asked to keep.

    Parameters
    ----------
    visitor
        Who came; None when accounts are in use and they did not sign in.
    stores
        What the service keeps.
    house
        What all live sessions share.
    """
    if visitor is None:
        return GuestShelf(stores, house.settings.data)
    if visitor.account is None:
        return house.shelf
    return AccountShelf(stores, house, visitor)


class GuestShelf(Shelf):
    """Keeps nothing, and knows nobody's calibration."""

    def keep(
        self,
        result: AssessedSet,
        wording: Wording,
        *,
        person: str | None = None,
        pain: int | None = None,
    ) -> str:
        """Refuse it.

        Raises
        ------
        CalibrationError
            Always.
        """
        del result, person, pain
        _refuse(wording)

    def own_bend_of(self, person: str) -> OwnBend:
        """Refuse it.

        Raises
        ------
        CalibrationError
            Always.
        """
        del person
        _refuse(load_wording())

    def check_person(self, person: str) -> None:
        """Refuse it.

        Raises
        ------
        CalibrationError
            Always.
        """
        del person
        _refuse(load_wording())


class AccountShelf(Shelf):
    """Keeps what an account may keep: a member's own, anybody's for a coach.

    Parameters
    ----------
    stores
        Rows and files.
    house
        What all live sessions share.
    visitor
        Who is signed in.
    """

    def __init__(self, stores: Stores, house: House, visitor: Visitor) -> None:
        super().__init__(stores, house.settings.data, account_id=visitor.account_id)
        self._database = stores.database
        self._visitor = visitor

    def keep(
        self,
        result: AssessedSet,
        wording: Wording,
        *,
        person: str | None = None,
        pain: int | None = None,
    ) -> str:
        """Keep a set, a member's as their own; otherwise as `Shelf` does."""
        own_id = None if may_choose_person(self._visitor) else self._visitor.person_id
        own = None if own_id is None else find_person(self._database, own_id)
        whose = person if own is None else own.label
        return super().keep(result, wording, person=whose, pain=pain)

    def own_bend_of(self, person: str) -> OwnBend:
        """Read a person's own bend, when they are the visitor's to see.

        Raises
        ------
        CalibrationError
            When they are not, or nothing sound was saved under the name.
        """
        self.check_person(person)
        return super().own_bend_of(person)

    def check_person(self, person: str) -> None:
        """Find out whether a calibration could be saved.

        Raises
        ------
        CalibrationError
            When the name cannot be used, or is not the visitor's.
        """
        super().check_person(person)
        if may_choose_person(self._visitor):
            return
        found = person_by_label(self._database, person)
        if found is None or not may_see_person(self._visitor, found.id):
            raise CalibrationError(load_wording().of("accounts.not_yours", person=person))


def _refuse(wording: Wording) -> NoReturn:
    raise CalibrationError(wording.of("accounts.guest"))
