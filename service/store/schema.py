"""The schema of a database, brought up to this version of the program by its migrations."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.store.database import Database, translated
from service.store.tables import Table
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

_MIGRATIONS: Final = Path(__file__).parent / "migrations"

_LOCK: Final = 0x48494E4745  # "HINGE"
"""Number of the lock that programs agree on which upgrade the same PostgreSQL database."""


def upgrade(database: Database) -> bool:
    """Bring a database to the newest schema. Any number of programs may do so at once.

    Returns
    -------
    bool
        Whether it was empty before.

    Raises
    ------
    StoreError
        When the database is newer than this program, or cannot be reached.
    """
    steps = ScriptDirectory.from_config(_config())
    if _version(database) == steps.get_current_head():
        return False
    with _alone(database) as connection:
        version = MigrationContext.configure(connection).get_current_revision()
        _check_not_newer(version, steps)
        command.upgrade(_config(connection), "head")
        return version is None


def draft(database: Database, message: str) -> None:
    """Draft the next migration: what `service.store.tables` has and the steps so far do not."""
    upgrade(database)
    number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
    with _alone(database) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04d}")


def is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Tell our tables from those that others, such as the queue, keep in the same database."""
    table = name if kind == "table" else parents.get("table_name")
    return kind == "schema" or table in Table.metadata.tables


def _version(database: Database) -> str | None:
    with translated(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _check_not_newer(version: str | None, steps: ScriptDirectory) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    if version is not None and version not in known:
        msg = (
            f"expected a database of schema {steps.get_current_head()} or older, got {version}: "
            "it was made by a newer Hingewise; install that one, or name another database"
        )
        raise StoreError(msg)


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """Give a transaction in which nobody else changes the schema."""
    with translated(), database.engine.connect() as connection:
        connection.detach()  # what is set on it below ends with it
        if database.is_sqlite:
            # A table that is made anew is dropped first, which must not take along what hangs
            # from its rows. SQLite takes the setting before a transaction begins only.
            _switch_foreign_keys_off(connection)
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection


def _switch_foreign_keys_off(connection: Connection) -> None:
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _MIGRATIONS.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    return config


if __name__ == "__main__":
    with Database("sqlite://") as scratch:
        draft(scratch, sys.argv[1])
