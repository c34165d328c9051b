"""What proves who somebody is after the password: a browser's cookie, a program's key.

Both are long random texts; the database holds their digests alone.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from service.accounts.keeping import StoredAccount
from service.store.tables import MAX_LABEL, Account, Login, Token, now

if TYPE_CHECKING:
    from sqlalchemy import Select

    from service.store.database import Database

LOGIN_LASTS: Final = timedelta(days=7)
"""A browser has to sign in again after so long."""

MOST_KEYS: Final = 20
"""Keys of one account; further ones take the place of the oldest."""

_BYTES: Final = 32
_PREFIX: Final = "hw_"
"""Lets a person and a scanner of secrets see what a key is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A program's key, without the key.

    Attributes
    ----------
    id
        To remove it by.
    label
        What it is for.
    created_at
        When it was made.
    """

    id: str
    label: str
    created_at: datetime


def begin_login(database: Database, account_id: str) -> str:
    """Sign an account in at a browser and return the value of its cookie."""
    value = secrets.token_urlsafe(_BYTES)
    with database.transaction() as session:
        session.execute(delete(Login).where(Login.expires_at < now()))
        session.add(
            Login(digest=_digest(value), account_id=account_id, expires_at=now() + LOGIN_LASTS)
        )
    return value


def end_login(database: Database, value: str) -> None:
    """Sign a browser out, if it is signed in."""
    with database.transaction() as session:
        session.execute(delete(Login).where(Login.digest == _digest(value)))


def account_of_login(database: Database, value: str) -> StoredAccount | None:
    """Find who is signed in at a browser."""
    query = select(Account).join(Login, Login.account_id == Account.id)
    found = query.where(Login.digest == _digest(value), Login.expires_at > now())
    return _account(database, found)


def add_key(database: Database, account_id: str, label: str) -> tuple[StoredKey, str]:
    """Make a key for programs of an account.

    Returns
    -------
    StoredKey, str
        What is kept of it, and the key itself, which is shown once.
    """
    key = _PREFIX + secrets.token_urlsafe(_BYTES)
    row = Token(account_id=account_id, digest=_digest(key), label=label[:MAX_LABEL])
    with database.transaction() as session:
        session.add(row)
        session.flush()
        newest = _keys_of(account_id).offset(MOST_KEYS)
        for old in session.scalars(newest):
            session.delete(old)
        return _stored(row), key


def list_keys(database: Database, account_id: str) -> tuple[StoredKey, ...]:
    """Return an account's keys, the newest first."""
    with database.reading() as session:
        return tuple(_stored(row) for row in session.scalars(_keys_of(account_id)))


def remove_key(database: Database, account_id: str, key_id: str) -> bool:
    """Remove a key of an account; tell whether there was one."""
    with database.transaction() as session:
        row = session.get(Token, key_id)
        if row is None or row.account_id != account_id:
            return False
        session.delete(row)
        return True


def account_of_key(database: Database, key: str) -> StoredAccount | None:
    """Find whose key a program shows."""
    query = select(Account).join(Token, Token.account_id == Account.id)
    return _account(database, query.where(Token.digest == _digest(key)))


def _account(database: Database, query: Select[Account]) -> StoredAccount | None:
    with database.reading() as session:
        row = session.scalar(query)
        return None if row is None else StoredAccount.of(row)


def _keys_of(account_id: str) -> Select[Token]:
    query = select(Token).where(Token.account_id == account_id)
    return query.order_by(Token.created_at.desc(), Token.id)


def _stored(row: Token) -> StoredKey:
    return StoredKey(id=row.id, label=row.label, created_at=row.created_at)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
