"""Accounts in the database: made, found, changed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from service.accounts.passwords import hash_secret, is_secret
from service.person_names import checked_name
from service.store.tables import Account, Login, Person, Role
from vision.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from service.store.database import Database

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200

_NOBODYS: Final = hash_secret("")
"""Compared with where there is no such account, so that the answer takes as long."""


class AccountError(InputError):
    """An account that cannot be made or changed as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """Who may sign in.

    Attributes
    ----------
    id
        Of the account.
    name
        To sign in with.
    role
        What they may do.
    person_id
        Who a member is.
    created_at
        When the account was made.
    """

    id: str
    name: str
    role: Role
    person_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Account) -> StoredAccount:
        """Read a row."""
        return cls(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            person_id=row.person_id,
            created_at=row.created_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made.

    Attributes
    ----------
    name
        To sign in with.
    password
        As typed.
    role
        What they may do.
    person_id
        Who a member is.
    """

    name: str
    password: str
    role: Role
    person_id: str | None = None


def add_account(database: Database, new: NewAccount) -> StoredAccount:
    """Make an account.

    Raises
    ------
    AccountError
        When there is one of that name, or the password or the person cannot be used.
    CalibrationError
        When the name cannot be used.
    """
    name, hashed = checked_name(new.name), _hashed(new.password)
    row = Account(name=name, password=hashed, role=new.role, person_id=new.person_id)
    try:
        with database.transaction() as session:
            _check_person(session, new.role, new.person_id)
            session.add(row)
            session.flush()
            return StoredAccount.of(row)
    except IntegrityError as error:
        msg = f"expected a new name, got {name!r}, which is taken: choose another one"
        raise AccountError(msg) from error


def save_account(database: Database, new: NewAccount) -> StoredAccount:
    """Make an account, or give the one of that name a new password, role and person.

    Raises
    ------
    AccountError
        When the password or the person cannot be used.
    CalibrationError
        When the name cannot be used.
    """
    with database.reading() as session:
        known = session.scalar(select(Account.id).where(Account.name == checked_name(new.name)))
    if known is None:
        return add_account(database, new)
    return change_account(
        database, known, password=new.password, role=new.role, person_id=new.person_id
    )


def find_account(database: Database, account_id: str) -> StoredAccount | None:
    """Find an account by its id."""
    with database.reading() as session:
        row = session.get(Account, account_id)
        return None if row is None else StoredAccount.of(row)


def list_accounts(database: Database) -> tuple[StoredAccount, ...]:
    """Return all accounts, by name."""
    with database.reading() as session:
        rows = session.scalars(select(Account).order_by(Account.name))
        return tuple(StoredAccount.of(row) for row in rows)


def check_password(database: Database, name: str, password: str) -> StoredAccount | None:
    """Return the account that a name and a password belong to; takes as long when there is none."""
    with database.reading() as session:
        row = session.scalar(select(Account).where(Account.name == _trimmed(name)))
    hashed = _NOBODYS if row is None else row.password
    fits = is_secret(password, hashed)
    return StoredAccount.of(row) if row is not None and fits else None


def change_account(
    database: Database,
    account_id: str,
    *,
    password: str | None = None,
    role: Role | None = None,
    person_id: str | None = None,
) -> StoredAccount:
    """Change what is given; a new password ends every sign-in of the account.

    Raises
    ------
    AccountError
        When it cannot be changed so; the last owner stays one.
    UnknownNameError
        When there is no such account.
    """
    hashed = None if password is None else _hashed(password)
    with database.transaction() as session:
        row = _found(session, account_id)
        if role is not None:
            _keep_an_owner(session, row, role)
            row.role = role
        if person_id is not None:
            row.person_id = person_id
        _check_person(session, Role(row.role), row.person_id)
        if hashed is not None:
            row.password = hashed
            session.query(Login).filter_by(account_id=account_id).delete()
        return StoredAccount.of(row)


def remove_account(database: Database, account_id: str) -> None:
    """Remove an account with its sign-ins and keys; what it brought in stays.

    Raises
    ------
    AccountError
        When it is the last owner's.
    UnknownNameError
        When there is no such account.
    """
    with database.transaction() as session:
        row = _found(session, account_id)
        _keep_an_owner(session, row, None)
        session.delete(row)


def _found(session: Session, account_id: str) -> Account:
    row = session.get(Account, account_id)
    if row is None:
        kind = "account"
        raise UnknownNameError(kind, account_id, session.scalars(select(Account.id)))
    return row


def _keep_an_owner(session: Session, row: Account, role: Role | None) -> None:
    if row.role != Role.OWNER or role == Role.OWNER:
        return
    owners = session.scalar(select(func.count()).where(Account.role == Role.OWNER))
    if owners == 1:
        msg = f"expected that one owner stays, but {row.name!r} is the last: make another one first"
        raise AccountError(msg)


def _check_person(session: Session, role: Role, person_id: str | None) -> None:
    if person_id is None and role == Role.MEMBER:
        msg = "expected the person that a member is, got none: name one"
        raise AccountError(msg)
    if person_id is not None and session.get(Person, person_id) is None:
        msg = f"expected a person that is kept here, got {person_id!r}: add the person first"
        raise AccountError(msg)


def _hashed(password: str) -> str:
    length = len(password)
    if not SHORTEST_PASSWORD <= length <= LONGEST_PASSWORD:
        msg = (
            f"expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, got "
            f"{length}: a few words make a good one"
        )
        raise AccountError(msg)
    try:
        return hash_secret(password)
    except UnicodeEncodeError as error:
        msg = "expected a password that is text, got one that is not: type it anew"
        raise AccountError(msg) from error


def _trimmed(name: str) -> str:
    try:
        return checked_name(name)
    except InputError:
        return ""
