"""Migrations make the tables that the program declares, on every database, however they start."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from service.store import schema
from service.store.database import Database
from service.store.schema import is_ours, upgrade
from service.store.sets import find_set
from service.store.tables import FilmedAtSource, Person, Table
from tests.stores import fresh_postgres_database
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from tests.postgres import PostgresServer

STARTS: Final = 10
NEW_FILES: Final = 60
EARLIER_SET: Final = """
    INSERT INTO sets (id, origin, source_name, source_bytes, movement, tape, language, filmed_at,
                      created_at, status, attempts, priority, cancel_asked)
    VALUES ('earlier', 'upload', 'lift.mp4', 0, 'auto', false, 'en', '2026-03-01 12:00:00+00:00',
            '2026-03-01 12:00:00+00:00', 'done', 1, 5, false),
           ('live', 'live', 'live', 0, 'auto', false, 'en', '2026-03-01 12:00:00+00:00',
            '2026-03-01 12:00:00+00:00', 'done', 1, 5, false)
"""
"""As the first schema keeps it."""


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Name a database that nothing was done to yet."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with fresh_postgres_database(server) as url:
        yield url


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    with Database(empty_url) as opened:
        yield opened


def differences(database: Database, **options: Any) -> list[Any]:  # noqa: ANN401 - alembic's own
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, **options}
        )
        return list(compare_metadata(context, Table.metadata))


def test_migrations_make_what_the_tables_declare(database: Database) -> None:
    upgrade(database)
    assert differences(database) == []


def test_a_missing_column_is_told(database: Database) -> None:
    upgrade(database)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE people DROP COLUMN label"))
    assert [difference[0] for difference in differences(database)] == ["add_column"]


def test_tables_of_others_are_left_out(database: Database) -> None:
    upgrade(database)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE workflow_status (id VARCHAR(5) PRIMARY KEY)"))
    assert differences(database, include_name=is_ours) == []
    assert differences(database) != []


def test_upgrading_twice_keeps_what_is_there(database: Database) -> None:
    upgrade(database)
    with database.transaction() as session:
        session.add(Person(label="Kim", key="kim"))
    upgrade(database)
    with database.reading() as session:
        assert session.query(Person).one().label == "Kim"


def test_sets_of_the_first_schema_are_kept(database: Database) -> None:
    with schema._alone(database) as connection:  # noqa: SLF001 - a database of another day
        command.upgrade(schema._config(connection), "0001")  # noqa: SLF001 - as above
        connection.execute(text(EARLIER_SET))
    upgrade(database)
    earlier = find_set(database, "earlier")
    assert earlier is not None
    assert (earlier.source_name, earlier.pain) == ("lift.mp4", None)
    assert earlier.filmed_at.isoformat() == "2026-03-01T12:00:00+00:00"
    assert earlier.filmed_at_source is FilmedAtSource.SENT
    live = find_set(database, "live")
    assert live is not None
    assert live.filmed_at_source is FilmedAtSource.VIDEO


def test_a_newer_database_is_refused(database: Database) -> None:
    upgrade(database)
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999: it was made by a newer Hingewise"):
        upgrade(database)


def test_a_step_that_fails_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_for_real = command.upgrade

    def break_off(*arguments: Any) -> None:  # noqa: ANN401 - handed on
        upgrade_for_real(*arguments)
        raise ConnectionAbortedError

    monkeypatch.setattr(command, "upgrade", break_off)
    with pytest.raises(ConnectionAbortedError):
        upgrade(database)
    monkeypatch.undo()
    upgrade(database)
    assert differences(database) == []


def test_ten_processes_may_start_at_once(empty_url: str) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    together = processes.Barrier(STARTS)
    started = [
        processes.Process(target=upgrade_at_once, args=(empty_url, together)) for _ in range(STARTS)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * STARTS
    with Database(empty_url) as database:
        assert differences(database) == []


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """SQLite refuses, without waiting, the one that comes while another one turns its log on."""
    with ThreadPoolExecutor(STARTS) as pool:
        together = threading.Barrier(STARTS)
        for file in range(NEW_FILES):
            url = f"sqlite:///{tmp_path / str(file)}.db"
            assert list(pool.map(partial(log_mode, together), [url] * STARTS)) == ["wal"] * STARTS


def log_mode(together: threading.Barrier, url: str) -> str:
    together.wait()
    with Database(url) as database, database.reading() as session:
        return str(session.scalar(text("PRAGMA journal_mode")))


def upgrade_at_once(url: str, together: Barrier) -> None:
    with Database(url) as database:
        together.wait()
        upgrade(database)
