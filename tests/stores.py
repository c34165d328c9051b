"""Fresh stores for a test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.settings import Settings
    from service.store.opening import Stores
    from tests.postgres import PostgresServer

KINDS: Final = ("sqlite", "postgresql")

TEMPLATE: Final = "hingewise_template"
"""A database with the newest schema and no row, which every test's own is a copy of."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with the newest schema and no row."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """Make a database with the newest schema and no row."""
    _upgrade(postgres.create_database(TEMPLATE))
    return TEMPLATE


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of database; a test that takes stores runs once on each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Name a fresh database of the kind, with the newest schema and no row."""
    if database_kind == "sqlite":
        path = tmp_path / "fresh.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with fresh_postgres_database(server, request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def store_settings(database_url: str, tmp_path: Path) -> Settings:
    """Set up a server with stores of its own."""
    from service.settings import Settings  # noqa: PLC0415 - every test run loads this file

    return Settings(data=tmp_path / "data", database=database_url, workers=0)


@pytest.fixture
def stores(store_settings: Settings) -> Iterator[Stores]:
    """Give fresh stores."""
    from service.store.opening import open_stores  # noqa: PLC0415 - as above

    with open_stores(store_settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _close_sqlite_stores() -> Iterator[None]:
    """Close what `sqlite_stores` opened for a test."""
    with ExitStack() as opened:
        _OPENED.append(opened)
        yield
        _OPENED.pop()


def sqlite_stores(data: Path) -> Stores:
    """Open the stores in a data folder until the test ends, also a second time.

    For tests without the fixture `stores`, which open stores in places of their own.
    """
    from service.settings import Settings  # noqa: PLC0415 - as above
    from service.store.opening import open_stores  # noqa: PLC0415

    path = data / "hingewise.db"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(_empty_sqlite())
    return _OPENED[-1].enter_context(open_stores(Settings(data=data)))


_OPENED: Final[list[ExitStack]] = []


@cache
def _empty_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        _upgrade(f"sqlite:///{path}", with_queue=False)
        return path.read_bytes()


@contextmanager
def fresh_postgres_database(server: PostgresServer, template: str = "template0") -> Iterator[str]:
    """Give the address of a new database, and remove it afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    yield server.create_database(name, template)
    server.start()  # where a test left it stopped
    server.drop_database(name)


def _upgrade(url: str, *, with_queue: bool = True) -> None:
    """Make all tables: ours, and those of the queue, which take seconds on PostgreSQL."""
    from service.store.database import Database  # noqa: PLC0415
    from service.store.schema import upgrade  # noqa: PLC0415

    with Database(url) as database:
        upgrade(database)
        if with_queue:
            from service.jobs.engine import Queue  # noqa: PLC0415

            Queue(database).close()
