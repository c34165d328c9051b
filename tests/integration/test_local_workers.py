"""Workers beside a server: started with it, started again, ended with it however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from service.jobs.local_workers import NEEDED, LocalWorkers
from service.settings import Settings, load_settings
from service.store.opening import open_stores
from service.store.tables import Worker
from tests.given_material import pose_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.store.opening import Stores

pytestmark = pytest.mark.slow

SERVER = """
import sys
from pathlib import Path
from service.jobs.local_workers import LocalWorkers
from service.settings import Settings

with LocalWorkers(Settings(data=Path(sys.argv[1]), workers=1)):
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    pose_bundle(mask=True)
    return Settings(data=tmp_path / "data", workers=2)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Stores]:
    with open_stores(settings) as stores:
        yield stores


def at_work(stores: Stores) -> dict[int, str]:
    """Return the workers that gave a sign of life, by process."""
    with stores.database.reading() as session:
        ids = session.scalars(select(Worker.id)).all()
    return {int(worker_id.split("-")[-2]): worker_id for worker_id in ids}


def wait_until(fact: Callable[[], bool]) -> None:
    while not fact():
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; one that nobody has taken note of yet has."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return True


def test_a_worker_that_is_killed_is_followed_by_another(settings: Settings, opened: Stores) -> None:
    with LocalWorkers(settings):
        wait_until(lambda: len(at_work(opened)) == 2)
        first = at_work(opened)
        killed = min(first)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(at_work(opened).keys() - {killed}) == 2)
        wait_until(lambda: killed not in at_work(opened))
        last = at_work(opened)
        assert len(last) == 2
    assert at_work(opened) == {}
    assert all(is_gone(pid) for pid in {*first, *last})


def test_workers_end_with_a_server_that_is_killed(opened: Stores, settings: Settings) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(settings.data)], stdin=subprocess.PIPE
    )
    wait_until(lambda: bool(at_work(opened)))
    (worker,) = at_work(opened)
    server.kill()
    server.wait()
    wait_until(lambda: at_work(opened) == {})
    wait_until(lambda: is_gone(worker))
    assert server.stdin is not None
    server.stdin.close()


def test_a_worker_that_is_asked_to_end_ends_well(opened: Stores, settings: Settings) -> None:
    environment = {**os.environ, "HINGEWISE_DATA": str(settings.data)}
    program = Path(sys.executable).with_name("hingewise")
    with subprocess.Popen(
        [program, "worker"], env=environment, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert "is ready" in worker.stderr.readline()
        assert list(at_work(opened)) == [worker.pid]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait() == 0
    assert at_work(opened) == {}


def test_a_worker_goes_by_the_settings_of_its_server(tmp_path: Path) -> None:
    given = Settings(data=tmp_path, dead_s=7, store="s3://bucket/prefix", log_level="error")
    told = given.model_dump(mode="json", include=set(NEEDED))
    taken = load_settings(**told)
    assert {name: getattr(taken, name) for name in NEEDED} == {
        name: getattr(given, name) for name in NEEDED
    }
