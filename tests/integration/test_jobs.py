"""Jobs on a real SQLite and a real PostgreSQL: done, ended, given up, handed on."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from service.jobs import analyse, worker
from service.jobs.attempts import ATTEMPTS
from service.jobs.engine import HandedBackError, Queue, run_worker
from service.jobs.heartbeat import beat, sort_out
from service.jobs.scratch import FOLDER
from service.jobs.worker import work
from service.store.blobs import set_prefix
from service.store.sets import ask_cancel, find_set
from service.store.tables import Set, Status, Worker, now
from service.wording import load_wording
from tests import played_analysis
from tests.played_analysis import REFUSAL, Script
from tests.queued_clips import queue_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from service.jobs.engine import RunStep
    from service.settings import Settings
    from service.store.opening import Stores
    from service.store.sets import StoredSet

DEAD = "a worker that was killed"


@pytest.fixture(autouse=True)
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the analysis, which then needs no pose model."""
    monkeypatch.setattr(analyse, "analysis", played_analysis)
    monkeypatch.setattr(worker, "locate_bundle", lambda *_, **__: None)


class House:
    """Stores, queue and settings of one test, and the video that is worked on."""

    def __init__(self, stores: Stores, queue: Queue, settings: Settings, folder: Path) -> None:
        self.stores = stores
        self.queue = queue
        self.settings = settings
        self.script = Script(log=folder / "calls")
        self.said: list[str] = []

    def add(self, script: Script | None = None, **told: str) -> str:
        self.script = script or self.script
        video = self.script.write(self.script.log.with_name("clip.mp4"))
        return queue_clip(self.stores, self.queue, video, language=told.get("language", "en"))

    def work(self, should_end: Callable[[], bool] = lambda: False) -> None:
        """Be a worker until nothing waits, or there is reason to end."""
        work(self.settings, should_end=should_end, once=True, say=self.said.append)

    def found(self, set_id: str) -> StoredSet:
        found = find_set(self.stores.database, set_id)
        assert found is not None
        return found

    def files(self, set_id: str) -> list[str]:
        prefix = set_prefix(set_id)
        return [key.removeprefix(prefix) for key in self.stores.blobs.keys(prefix)]

    def is_at(self, place: str) -> bool:
        return place in self.script.calls

    def leave_to_the_dead(self, set_id: str, attempts: int) -> None:
        """Leave a set as a worker leaves it that is killed in its first span."""
        left = threading.Event()

        def be_killed(_set_id: str, run_step: RunStep) -> str:
            def step() -> str:
                left.set()
                raise HandedBackError

            return run_step("record_span", step)

        with run_worker(self.queue, be_killed, worker_id=DEAD):
            left.wait()
        with self.stores.database.transaction() as session:
            row = session.get_one(Set, set_id)
            row.status, row.worker_id, row.attempts = Status.WORKING, DEAD, attempts


@pytest.fixture
def house(stores: Stores, store_settings: Settings, tmp_path: Path) -> Iterator[House]:
    with closing(Queue(stores.database)) as queue:
        yield House(stores, queue, store_settings, tmp_path)


@contextmanager
def meanwhile(house: House, place: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something once the work is at a place."""
    acted: list[object] = []

    def watch() -> None:
        while not house.is_at(place):
            time.sleep(0.02)
        acted.append(act())

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()
    assert len(acted) == 1


def test_a_set_is_analysed_and_nothing_else_stays(house: House) -> None:
    set_id = house.add()
    house.work()
    found = house.found(set_id)
    assert (found.status, found.progress, found.attempts) == (Status.DONE, 1.0, 0)
    assert found.report is not None
    assert found.report.reps == 3
    assert house.script.calls == ["0", "1", "2", "finish"]
    assert house.files(set_id) == ["report.json", "source.mp4"]
    key = f"{set_prefix(set_id)}report.json"
    assert house.stores.blobs.get(key) == b"stretch 0, stretch 1, stretch 2"
    assert list((house.settings.data / FOLDER).iterdir()) == []
    assert sort_out(house.stores.database, dead_s=30, forget_stale=False) == ()
    assert len(house.said) == 2
    assert set_id in house.said[1]


def test_videos_that_do_not_end_well_say_why(house: House) -> None:
    """All wait at once, for one worker."""
    events = {
        "refused": {"1": "refuse"},
        "killing": {"1": "die"},
        "killing once": {"1": "die once"},
        "failing": {"finish": "fail"},
    }
    logs = {name: house.script.log.with_name(name) for name in events}
    scripts = {name: Script(log=logs[name], at=at) for name, at in events.items()}
    ids = {name: house.add(script, language="de") for name, script in scripts.items()}
    house.work()
    words = load_wording("de")
    ended = {name: house.found(set_id) for name, set_id in ids.items()}
    assert {name: (found.status, found.reason) for name, found in ended.items()} == {
        "refused": (Status.FAILED, REFUSAL),
        "killing": (Status.FAILED, words.of("jobs.died")),
        "killing once": (Status.DONE, None),
        "failing": (Status.FAILED, words.of("jobs.unexpected")),
    }
    assert {name: script.calls for name, script in scripts.items()} == {
        "refused": ["0", "1"],
        "killing": ["0", *["1"] * ATTEMPTS],
        "killing once": ["0", "1", "1", "2", "finish"],
        "failing": ["0", "1", "2", *["finish"] * ATTEMPTS],
    }
    assert all("stretches" not in key for set_id in ids.values() for key in house.files(set_id))


@pytest.mark.parametrize(
    ("setting", "bound", "reason"),
    [("hung_s", 0.1, "jobs.hung"), ("worker_memory_mb", 1, "jobs.memory")],
)
def test_a_video_past_a_bound_is_ended(
    house: House, setting: str, bound: float, reason: str
) -> None:
    set_id = house.add(Script(log=house.script.log, at={"0": "hang"}))
    house.settings = house.settings.model_copy(update={setting: bound})
    house.work()
    found = house.found(set_id)
    assert found.status == Status.FAILED
    assert found.reason == load_wording("en").of(reason)


def test_a_set_under_way_is_cancelled(house: House) -> None:
    set_id = house.add(Script(log=house.script.log, at={"1": "wait"}))
    with meanwhile(house, "1", lambda: ask_cancel(house.stores.database, set_id)):
        house.work()
    found = house.found(set_id)
    assert found.status == Status.CANCELLED
    assert found.progress is not None
    assert found.progress < 1
    assert house.files(set_id) == ["source.mp4"]


def test_of_a_set_that_is_erased_under_way_nothing_stays(house: House) -> None:
    set_id = house.add(Script(log=house.script.log, at={"1": "wait"}))

    def erase() -> None:
        with house.stores.database.transaction() as session:
            session.delete(session.get_one(Set, set_id))
        house.queue.forget([set_id])

    with meanwhile(house, "1", erase):
        house.work()
    assert house.files(set_id) == []
    assert house.queue.records([set_id]) == {}


def test_a_worker_that_ends_leaves_its_set_to_the_next(house: House) -> None:
    script = Script(log=house.script.log, at={"1": "wait"})
    set_id = house.add(script)
    house.work(lambda: house.is_at("1"))
    found = house.found(set_id)
    assert (found.status, found.attempts, found.worker_id) == (Status.QUEUED, 0, None)
    assert house.queue.held() == ()
    source = house.stores.blobs.local_path(f"{set_prefix(set_id)}source.mp4")
    assert source is not None
    Script(log=script.log).write(source)
    house.work()
    assert house.found(set_id).status == Status.DONE
    assert script.calls == ["0", "1", "1", "2", "finish"]


def test_the_set_of_a_dead_worker_goes_on(house: House) -> None:
    set_id = house.add()
    house.leave_to_the_dead(set_id, attempts=1)
    house.work()
    assert house.found(set_id).status == Status.DONE


def test_a_set_that_killed_its_workers_is_given_up(house: House) -> None:
    set_id = house.add()
    house.leave_to_the_dead(set_id, attempts=ATTEMPTS)
    house.work()
    found = house.found(set_id)
    assert (found.status, found.reason) == (Status.FAILED, load_wording("en").of("jobs.died"))
    assert house.script.calls == []


def test_a_sign_of_life_that_is_old_counts_only_when_asked(stores: Stores) -> None:
    beat(stores.database, "old")
    with stores.database.transaction() as session:
        row = session.get_one(Worker, "old")
        row.last_beat_at = row.started_at = now().replace(year=2020)
    beat(stores.database, "new")
    assert sort_out(stores.database, dead_s=30, forget_stale=False) == ("old", "new")
    assert sort_out(stores.database, dead_s=30, forget_stale=True) == ("new",)
    beat(stores.database, "old")
    assert sort_out(stores.database, dead_s=30, forget_stale=True) == ("new", "old")
