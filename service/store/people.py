"""People in the database: a label each, and what hangs from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.person_names import checked_name, name_key
from service.store.tables import Person
from vision.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from service.store.database import Database


class PersonError(InputError):
    """A person who is not there, or is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPerson:
    """Somebody whose movement is kept.

    Attributes
    ----------
    id
        Of the person.
    label
        As it was typed.
    created_at
        When the person was added.
    """

    id: str
    label: str
    created_at: datetime

    @classmethod
    def of(cls, row: Person) -> Self:
        """Read a row."""
        return cls(id=row.id, label=row.label, created_at=row.created_at)


def add_person(database: Database, label: str) -> StoredPerson:
    """Add a person.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    PersonError
        When there is somebody of that name; capital letters make no difference.
    """
    row = Person(label=checked_name(label), key=name_key(label))
    try:
        with database.transaction() as session:
            session.add(row)
            session.flush()
            return StoredPerson.of(row)
    except IntegrityError as error:
        raise _taken(row.label) from error


def find_person(database: Database, person_id: str) -> StoredPerson | None:
    """Find a person by id; None when there is none."""
    with database.reading() as session:
        row = session.get(Person, person_id)
        return None if row is None else StoredPerson.of(row)


def person_by_label(database: Database, label: str) -> StoredPerson | None:
    """Find a person by label; capital letters make no difference. None when there is none.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    """
    key = name_key(label)
    with database.reading() as session:
        row = session.scalar(select(Person).where(Person.key == key))
        return None if row is None else StoredPerson.of(row)


def find_or_add_person(database: Database, label: str) -> StoredPerson:
    """Find a person by label, or add them.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    """
    found = person_by_label(database, label)
    if found is not None:
        return found
    with database.transaction() as session:
        return find_or_add_person_in(session, label)


def find_or_add_person_in(session: Session, label: str) -> StoredPerson:
    """Find a person by label, or add them, in a transaction that the caller has begun.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    """
    row = Person(label=checked_name(label), key=name_key(label))
    same = select(Person).where(Person.key == row.key)
    found = session.scalar(same)
    if found is None:
        try:
            with session.begin_nested():
                session.add(row)
            found = row
        except IntegrityError:  # somebody else just added them
            found = session.scalars(same).one()
    return StoredPerson.of(found)


def list_people(database: Database) -> tuple[StoredPerson, ...]:
    """List everybody, by label."""
    with database.reading() as session:
        rows = session.scalars(select(Person).order_by(Person.key))
        return tuple(StoredPerson.of(row) for row in rows)


def rename_person(database: Database, person_id: str, label: str) -> StoredPerson:
    """Give a person another label.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    PersonError
        When there is no such person, or somebody else has that name.
    """
    kept, key = checked_name(label), name_key(label)
    try:
        with database.transaction() as session:
            row = existing_person(session, person_id)
            row.label, row.key = kept, key
            session.flush()
            return StoredPerson.of(row)
    except IntegrityError as error:
        raise _taken(kept) from error


def existing_person(session: Session, person_id: str) -> Person:
    """Return the row of a person.

    Raises
    ------
    PersonError
        When there is none.
    """
    row = session.get(Person, person_id)
    if row is None:
        msg = f"expected the id of a person, got {person_id!r}: choose one of the list"
        raise PersonError(msg)
    return row


def _taken(label: str) -> PersonError:
    return PersonError(
        f"expected a new name, got {label!r}, which is taken: choose another one, such as with an "
        "initial"
    )
