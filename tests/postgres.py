"""A real PostgreSQL server of this computer's own binaries, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian keeps them, by version."""

SUPERUSER: Final = "hingewise"
WAIT_S: Final = 60.0


class PostgresServer:
    """Listens at 127.0.0.1 and trusts everybody there. It may be stopped and started again."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port: Final = free_port()

    def make(self) -> None:
        """Make the folder of the databases; once."""
        command = ["initdb", "-D", str(self._data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        self._run([*command, "--locale=C", "--no-sync"])

    def start(self) -> None:
        """Start, and wait until it answers. Starting one that runs is harmless."""
        if self._process is not None:
            return
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "max_connections": 200,
            "shared_buffers": "32MB",
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        program = self._binaries / "postgres"
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-D", self._data, *settings], stdout=log, stderr=log, **_as_whom()
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop at once and cut every connection. Stopping one that stands is harmless."""
        if self._process is None:
            return
        self._process.send_signal(2)  # SIGINT: roll back, close, end
        self._process.wait(WAIT_S)
        self._process = None

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Execute a statement outside of every transaction."""
        import psycopg  # noqa: PLC0415 - every test run loads this file, few need a database

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database, a copy of another one, and return its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, also while somebody is connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def log(self) -> str:
        """What the server said so far."""
        return (self._folder / "log").read_text("utf-8", "replace")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, command: list[str]) -> None:
        program = str(self._binaries / command[0])
        done = subprocess.run(
            [program, *command[1:]], capture_output=True, check=False, **_as_whom()
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")

    def _wait_until_it_answers(self) -> None:
        import psycopg  # noqa: PLC0415 - as above

        deadline = time.monotonic() + WAIT_S
        while True:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.02)
            else:
                return


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a server while the block runs; `postgres_binaries` must know some."""
    folder = Path(tempfile.mkdtemp(prefix="hingewise-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = PostgresServer(postgres_binaries(), folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def postgres_binaries() -> Path:
    """Name the folder of the newest server; skip where there is none."""
    if not BINARIES:
        pytest.skip("PostgreSQL absent: apt-get install postgresql")
    return BINARIES[-1]


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one server for the whole run; a test that stops it starts it again."""
    with running_postgres() as server:
        yield server


def _as_whom() -> dict[str, Any]:
    """Run as the user that the package made: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": "/"}
