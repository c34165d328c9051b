"""Waiting for a store that is away, and telling a row how far the work is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest

from service.jobs import attempts, watching
from service.jobs.analyse import why
from service.jobs.engine import HandedBackError
from service.jobs.killable import DiedError, HungError, OutOfMemoryError
from service.jobs.memory import PeakMemory
from service.jobs.patience import patiently
from service.jobs.watching import Watching
from service.wording import languages, load_wording
from vision.errors import OutputError, StoreError, VideoError

if TYPE_CHECKING:
    from service.store.database import Database
    from service.store.opening import Stores

AWAY = StoreError("away")


class Flaky:
    """Fails so many times before it answers."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def __call__(self) -> str:
        if self.failures:
            self.failures -= 1
            raise AWAY
        return "back"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.patience.FIRST_WAIT_S", 0.0001)


def test_a_store_that_comes_back_is_waited_for() -> None:
    assert patiently(Flaky(5), threading.Event()) == "back"


def test_a_store_that_stays_away_is_waited_for_so_long() -> None:
    with pytest.raises(StoreError, match="away"):
        patiently(Flaky(10**6), threading.Event(), longest_s=0.001)


def test_a_worker_that_is_to_end_does_not_wait() -> None:
    stopping = threading.Event()
    stopping.set()
    assert patiently(Flaky(0), stopping) == "back"
    with pytest.raises(HandedBackError):
        patiently(Flaky(1), stopping)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("error", "key"),
    [
        (HungError("no sign"), "jobs.hung"),
        (OutOfMemoryError("too much"), "jobs.memory"),
        (DiedError("SIGSEGV"), "jobs.died"),
        (StoreError("away"), "jobs.store"),
        (OutputError("no room"), "jobs.store"),
        (ZeroDivisionError(), "jobs.unexpected"),
    ],
)
def test_every_reason_has_words(error: Exception, key: str, language: str) -> None:
    wording = load_wording(language)
    assert wording.has(key)
    assert why(error, language) == wording.of(key)


def test_what_is_said_of_a_video_stands_as_it_is() -> None:
    assert why(VideoError("expected a video"), "en") == "expected a video"


class Row:
    """What is told to a row; the database can be away."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.looks = 0
        self.is_away = False
        self.is_wanted = True

    def mark_progress(self, _database: object, _set_id: str, share: float) -> None:
        if self.is_away:
            raise AWAY
        self.told.append(share)

    def look(self, _database: object, _set_id: str) -> bool:
        self.looks += 1
        if self.is_away:
            raise AWAY
        return self.is_wanted


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> Row:
    row = Row()
    monkeypatch.setattr(watching, "mark_progress", row.mark_progress)
    monkeypatch.setattr(watching, "is_wanted", row.look)
    return row


def make_watching(stopping: threading.Event | None = None) -> Watching:
    return Watching(
        cast("Database", None),  # nothing is asked of it
        "a set",
        stopping=stopping or threading.Event(),
        begins_at=0.2,
        ends_at=0.6,
    )


def test_progress_is_that_of_the_whole_and_goes_forward(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "TELL_EVERY_S", 0.0)
    watch = make_watching()
    for share in (None, 0.5, 0.25, 1.0):
        watch.note_progress(share)
    assert row.told == pytest.approx([0.4, 0.4, 0.6])


def test_the_row_is_told_and_asked_now_and_then_only(row: Row) -> None:
    watch = make_watching()
    for _ in range(100):
        watch.note_progress(0.5)
        assert not watch.should_stop()
    assert len(row.told) < 10
    assert row.looks < 10


def test_work_that_is_not_wanted_stops(row: Row) -> None:
    row.is_wanted = False
    assert make_watching().should_stop()


def test_a_database_that_is_away_stops_no_work(row: Row) -> None:
    row.is_away = True
    watch = make_watching()
    watch.note_progress(0.5)
    assert not watch.should_stop()
    assert row.told == []


def test_a_worker_that_is_to_end_stops_its_work(row: Row) -> None:
    stopping = threading.Event()
    stopping.set()
    assert make_watching(stopping).should_stop()
    assert row.looks == 0


def test_memory_is_told_of_worker_and_child() -> None:
    here, _, child = PeakMemory(lambda: None).told().partition(" + ")
    assert int(here) > 10
    assert child == "0 MB"


def test_attempts_count_per_stretch(stores: Stores) -> None:
    from service.store.sets import NewSet, add_set, find_set  # noqa: PLC0415 - not for the others
    from service.store.tables import Origin, Status  # noqa: PLC0415

    database = stores.database
    set_id = add_set(database, NewSet(origin=Origin.UPLOAD, source_name="clip.mp4")).id
    for number in range(1, attempts.ATTEMPTS + 1):
        job = attempts.begin(database, set_id, "worker")
        assert isinstance(job, attempts.Job)
        assert job.attempt == number
        assert job.is_last == (number == attempts.ATTEMPTS)
    assert attempts.begin(database, set_id, "worker") == Status.FAILED
    assert attempts.note_done(database, set_id)
    assert isinstance(attempts.begin(database, set_id, "worker"), attempts.Job)
    attempts.note_handed_back(database, set_id, "another")
    attempts.note_handed_back(database, set_id, "worker")
    found = find_set(database, set_id)
    assert found is not None
    assert (found.status, found.attempts, found.worker_id) == (Status.QUEUED, 0, None)
    assert attempts.begin(database, "no such set", "worker") == Status.CANCELLED
    assert not attempts.note_done(database, "no such set")
