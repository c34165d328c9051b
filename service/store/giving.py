"""A set goes from one person to another, or to nobody, with its visit and its upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from service.store.people import existing_person, find_or_add_person_in
from service.store.sets import SetError, existing_set, visit_in
from service.store.tables import FINAL, FilmedAtSource, Person, Session, Set, Upload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session as Transaction


class NotGivenError(SetError):
    """A set that cannot be given to somebody else as it is."""


def give_in(transaction: Transaction, set_id: str, label: str | None) -> bool:
    """Give a set to somebody, in a transaction that the caller has begun.

    It joins the visit that it belongs to among the sets of that person. A visit left empty goes.

    Parameters
    ----------
    transaction
        The caller's.
    set_id
        The set.
    label
        Whose it is, added when new; None for nobody.

    Returns
    -------
    bool
        Whether it was not theirs before.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    SetError
        When there is no such set.
    NotGivenError
        When its analysis is not over.
    """
    person_id = None if label is None else find_or_add_person_in(transaction, label).id
    row = _kept_for_us(transaction, set_id, person_id)
    if row.person_id == person_id:
        return False
    if row.status not in FINAL:
        msg = (
            f"expected a set whose analysis is over, got one that is {row.status}: wait until it "
            "is done, or cancel it first"
        )
        raise NotGivenError(msg)
    former = row.session_id
    source = FilmedAtSource(row.filmed_at_source)
    row.session_id = visit_in(transaction, person_id, row.filmed_at, source)
    row.person_id = person_id
    transaction.execute(update(Upload).where(Upload.set_id == set_id).values(person_id=person_id))
    transaction.flush()
    if former is not None:
        _settle(transaction, former)
    return True


def _kept_for_us(transaction: Transaction, set_id: str, person_id: str | None) -> Set:
    """Let others wait who add to visits of the two people, or change the set."""
    before = existing_set(transaction, set_id).person_id
    # People first, as whoever erases one does; in order, so that no two wait for each other.
    people = sorted({one for one in (before, person_id) if one is not None})
    both = select(Person.id).where(Person.id.in_(people)).order_by(Person.id)
    transaction.execute(both.with_for_update())
    if person_id is not None:
        existing_person(transaction, person_id)
    transaction.expire_all()
    transaction.execute(select(Set.id).where(Set.id == set_id).with_for_update())
    return existing_set(transaction, set_id)


def _settle(transaction: Transaction, visit_id: str) -> None:
    """Let a visit that a set has left begin with its first one; an empty one goes."""
    visit = transaction.get(Session, visit_id)
    if visit is None:
        return
    first = select(func.min(Set.filmed_at)).where(Set.session_id == visit_id)
    filmed_at = transaction.scalar(first)
    if filmed_at is None:
        transaction.delete(visit)
    else:
        visit.started_at = filmed_at
