"""The database: SQLite in the data folder by default, PostgreSQL by its URL."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004 - of waiting for a connection
)
from sqlalchemy.orm import Session, sessionmaker

from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "hingewise.db"
"""Name of the SQLite file in the data folder."""

BUSY_S: Final = 30
"""How long a statement waits for another process's write to SQLite."""

_LOOK_AGAIN_S: Final = 0.01

_READ_ONLY: Final = "hingewise_read_only"

_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class Database:
    """Gives sessions to one database. Safe to use from several threads.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql://user:password@host/name``.

    Raises
    ------
    StoreError
        When the URL is of another kind.
    """

    def __init__(self, url: str) -> None:
        self.url: Final = _checked(url)
        self.engine: Final = _engine(self.url)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        looking = self.engine.execution_options(**{_READ_ONLY: True})
        self._reading = sessionmaker(looking, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether it is a file of this machine."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that is committed when the block ends well, and rolled back otherwise.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated(), self._writing.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads: it waits for nobody, and nobody for it.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated(), self._reading() as session:
            yield session

    def empty_log(self) -> None:
        """Leave nothing of what was deleted in the log beside the file of SQLite.

        What was deleted in the file is overwritten at once. While others read, the log stays, and
        is emptied the next time.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        if not self.is_sqlite:
            return
        with translated(), self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.close()

    def close(self) -> None:
        """Let go of all connections. Closing twice is harmless."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """Use the database in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()


def default_url(data: Path) -> str:
    """Return the URL of the SQLite file in a data folder."""
    return f"sqlite:///{data / FILE}"


@contextmanager
def translated() -> Iterator[None]:
    """Turn a database that cannot be reached into one line that says what to do.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    try:
        yield
    except (InterfaceError, OperationalError, TimeoutError) as error:
        raise _unreachable(error) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise  # of a kind of its own, such as a key that is there already
        raise _unreachable(error) from error


def _unreachable(error: SQLAlchemyError) -> StoreError:
    reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return StoreError(
        f"expected to reach the database, but {reason}: check that it runs, then try again"
    )


def _checked(url: str) -> str:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        msg = f"expected the URL of a database, got {url!r}: {_EXAMPLES}"
        raise StoreError(msg) from error
    kind = parsed.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        msg = f"expected a database of SQLite or PostgreSQL, got {kind!r}: {_EXAMPLES}"
        raise StoreError(msg)
    return parsed.set(drivername=_DRIVERS[kind]).render_as_string(hide_password=False)


_EXAMPLES: Final = "give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN stands, not the driver's
    cursor = connection.cursor()
    _keep_a_log(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _keep_a_log(cursor: sqlite3.Cursor) -> None:
    # When several open a new file at once, SQLite refuses this statement without waiting.
    until = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then writes would fail at once when another one wrote in
    # between; taking the lock at the beginning makes it wait instead.
    is_reading = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
