"""A set goes to somebody else, with its visit, and is measured anew where it has to be."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import event

from service.jobs.engine import Queue
from service.reviews.giving import give_set
from service.store.blobs import set_prefix
from service.store.calibrations import forget_calibration
from service.store.erasure import erase_person
from service.store.giving import NotGivenError, give_in
from service.store.notes import list_notes
from service.store.people import (
    add_person,
    find_or_add_person_in,
    list_people,
    person_by_label,
)
from service.store.sets import (
    NewSet,
    SetError,
    add_set,
    find_set,
    list_sessions,
    mark_failed,
    mark_working,
)
from service.store.tables import FilmedAtSource, Origin, Set, Status, Upload, new_id
from tests.kept_people import NOON, keep_calibration, keep_done_set
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.store.opening import Stores
    from service.store.people import StoredPerson
    from service.store.sets import StoredSet

WITH_SHARE: Final = {"lumbar": {"own_bend": {"max_deg": 48.25}}}
WITHOUT_SHARE: Final = {"lumbar": {"own_bend": None}}
NOTHING_COUNTED: Final = {"lumbar": None}

VIDEOS: Final = {"source.mp4", "video.mp4"}


@pytest.fixture
def queue(stores: Stores) -> Iterator[Queue]:
    with closing(Queue(stores.database)) as opened:
        yield opened


def give(stores: Stores, set_id: str, label: str | None) -> bool:
    with stores.database.transaction() as transaction:
        return give_in(transaction, set_id, label)


def found(stores: Stores, set_id: str) -> StoredSet:
    stored = find_set(stores.database, set_id)
    assert stored is not None
    return stored


def labels(stores: Stores) -> list[str]:
    return [person.label for person in list_people(stores.database)]


def id_of(stores: Stores, label: str) -> str:
    person = person_by_label(stores.database, label)
    assert person is not None
    return person.id


def visits(stores: Stores, label: str) -> list[str]:
    return [one.id for one in list_sessions(stores.database, person_id=id_of(stores, label))]


def files(stores: Stores, set_id: str) -> set[str]:
    return {key.rpartition("/")[2] for key in stores.blobs.keys(set_prefix(set_id))}


def keep(
    stores: Stores, person: str | None, report: object, *, with_video: bool = True
) -> StoredSet:
    """Keep a set that is done, with a report of our own."""
    kept = keep_done_set(stores, person or "Whoever")
    prefix = set_prefix(kept.id)
    stores.blobs.put(f"{prefix}report.json", json.dumps(report).encode())
    if not with_video:
        stores.blobs.remove_keys([prefix + name for name in VIDEOS])
    if person is None:
        give(stores, kept.id, None)
    return found(stores, kept.id)


class TestRows:
    def test_it_goes_with_its_visit_and_its_upload(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        notes = list_notes(stores.database, kept.id)
        assert give(stores, kept.id, " lee ")
        given = found(stores, kept.id)
        assert (given.person_id, [given.session_id]) == (
            id_of(stores, "lee"),
            visits(stores, "Lee"),
        )
        assert labels(stores) == ["Kim", "lee"]
        assert visits(stores, "Kim") == []
        assert (given.status, given.report) == (Status.DONE, kept.report)
        assert list_notes(stores.database, kept.id) == notes
        with stores.database.reading() as transaction:
            upload = transaction.get(Upload, kept.id)
        assert upload is not None
        assert upload.person_id == given.person_id

    def test_it_joins_the_visit_that_it_belongs_to(self, stores: Stores) -> None:
        of_lee = keep_done_set(stores, "Lee")
        later = keep_done_set(stores, "Kim", at=NOON + timedelta(hours=1))
        assert give(stores, later.id, "LEE")
        assert found(stores, later.id).session_id == of_lee.session_id
        assert labels(stores) == ["Kim", "Lee"]

    def test_a_visit_that_it_left_begins_with_the_first_set_that_stays(
        self, stores: Stores
    ) -> None:
        first = keep_done_set(stores, "Kim")
        second = keep_done_set(stores, "Kim", at=NOON + timedelta(hours=1))
        assert second.session_id == first.session_id
        give(stores, first.id, "Lee")
        [visit] = list_sessions(stores.database, person_id=second.person_id)
        assert (visit.id, visit.started_at) == (second.session_id, second.filmed_at)

    def test_nobody_has_no_visit(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        assert give(stores, kept.id, None)
        given = found(stores, kept.id)
        assert (given.person_id, given.session_id) == (None, None)
        assert list_sessions(stores.database) == ()
        assert give(stores, kept.id, "Kim")
        assert [found(stores, kept.id).session_id] == visits(stores, "Kim")

    @pytest.mark.parametrize("source", [FilmedAtSource.SENT, FilmedAtSource.DAY])
    def test_where_nobody_knows_the_hour_there_is_no_visit(
        self, stores: Stores, source: FilmedAtSource
    ) -> None:
        new = NewSet(origin=Origin.UPLOAD, source_name="lift.mp4", filmed_at_source=source)
        set_id = add_set(stores.database, new).id
        mark_failed(stores.database, set_id, "It was dark.")
        keep_done_set(stores, "Kim", at=new.filmed_at)
        assert give(stores, set_id, "Kim")
        assert found(stores, set_id).session_id is None

    def test_twice_is_once(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        assert not give(stores, kept.id, "KIM")
        assert found(stores, kept.id) == kept
        assert give(stores, kept.id, None)
        assert not give(stores, kept.id, None)

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.WORKING])
    def test_one_that_is_worked_on_stays_and_nobody_is_added(
        self, stores: Stores, status: Status
    ) -> None:
        set_id = add_set(stores.database, NewSet(origin=Origin.UPLOAD, source_name="a")).id
        if status is Status.WORKING:
            mark_working(stores.database, set_id, "worker 1")
        with pytest.raises(NotGivenError, match=f"{status}: wait"):
            give(stores, set_id, "Kim")
        assert found(stores, set_id).person_id is None
        assert labels(stores) == []

    def test_what_there_is_not_and_who_cannot_be(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        with pytest.raises(SetError, match="choose one"):
            give(stores, new_id(), "Lee")
        with pytest.raises(CalibrationError, match=r"U\+202E"):
            give(stores, kept.id, "a\N{RIGHT-TO-LEFT OVERRIDE}b")
        assert found(stores, kept.id) == kept
        assert labels(stores) == ["Kim"]

    def test_who_had_it_is_erased_without_it(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        give(stores, kept.id, "Lee")
        assert kept.person_id is not None
        erasure = erase_person(
            stores, kept.person_id, forget_jobs=lambda _: 0, job_records=lambda _: {}
        )
        assert erasure.is_complete
        assert set(erasure.removed) == {"people"}
        assert found(stores, kept.id).person_id == id_of(stores, "Lee")
        assert "report.json" in files(stores, kept.id)

    @pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite: one writes at a time
    def test_somebody_whom_another_one_adds_just_then_is_found(self, stores: Stores) -> None:
        added: list[StoredPerson] = []

        def add_first(*_: object) -> None:
            added.append(add_person(stores.database, "Kim"))

        with stores.database.transaction() as transaction:
            event.listen(transaction, "before_flush", add_first, once=True)
            found_again = find_or_add_person_in(transaction, "KIM")
        assert [found_again] == added


class TestMeasuredAnew:
    @pytest.mark.parametrize("report", [WITHOUT_SHARE, NOTHING_COUNTED])
    def test_a_report_that_fits_stays(self, stores: Stores, queue: Queue, report: object) -> None:
        kept = keep(stores, "Kim", report)
        give_set(stores, lambda: queue, kept.id, "Lee")
        given = found(stores, kept.id)
        assert (given.status, given.report) == (Status.DONE, kept.report)
        assert "report.json" in files(stores, kept.id)
        assert queue.records([kept.id]) == {}

    @pytest.mark.parametrize("calibrated", ["Kim", "Lee"])
    def test_where_one_of_the_two_has_an_own_bend_it_begins_anew(
        self, stores: Stores, queue: Queue, calibrated: str
    ) -> None:
        keep_calibration(stores, calibrated)
        kept = keep(stores, "Kim", WITHOUT_SHARE)
        with stores.database.transaction() as transaction:
            queue.enqueue(transaction, kept.id)  # its first job, of which records are kept
        give_set(stores, lambda: queue, kept.id, "Lee")
        given = found(stores, kept.id)
        assert (given.person_id, given.status) == (id_of(stores, "Lee"), Status.QUEUED)
        assert (given.report, given.progress, given.ended_at) == (None, None, None)
        assert files(stores, kept.id) == VIDEOS
        assert queue.records([kept.id])["workflow_status"] == 1
        give_set(stores, lambda: queue, kept.id, "Lee")
        assert found(stores, kept.id) == given

    @pytest.mark.parametrize("report", [WITH_SHARE, {}, []])
    def test_shares_of_a_bend_that_was_forgotten_are_not_told_of_another(
        self, stores: Stores, queue: Queue, report: object
    ) -> None:
        keep_calibration(stores, "Kim")
        kept = keep(stores, "Kim", report)
        forget_calibration(stores.database, "Kim")
        give_set(stores, lambda: queue, kept.id, None)
        assert found(stores, kept.id).status == Status.QUEUED
        assert files(stores, kept.id) == VIDEOS

    def test_where_there_is_no_report_to_read_it_begins_anew(
        self, stores: Stores, queue: Queue
    ) -> None:
        kept = keep(stores, "Kim", WITHOUT_SHARE)
        stores.blobs.remove_keys([f"{set_prefix(kept.id)}report.json"])
        give_set(stores, lambda: queue, kept.id, "Lee")
        assert found(stores, kept.id).status == Status.QUEUED

    @pytest.mark.parametrize("label", ["Lee", "New", None])
    def test_shares_stay_where_the_video_is_gone(
        self, stores: Stores, queue: Queue, label: str | None
    ) -> None:
        add_person(stores.database, "Lee")
        kept = keep(stores, "Kim", WITH_SHARE, with_video=False)
        with pytest.raises(NotGivenError, match="its video is not kept"):
            give_set(stores, lambda: queue, kept.id, label)
        assert found(stores, kept.id) == kept
        assert labels(stores) == ["Kim", "Lee"]

    @pytest.mark.parametrize(
        ("person", "report"), [("Kim", WITHOUT_SHARE), (None, WITHOUT_SHARE), (None, WITH_SHARE)]
    )
    def test_without_its_video_it_is_given_as_it_is(
        self, stores: Stores, queue: Queue, person: str | None, report: object
    ) -> None:
        """Shares of somebody who bent without a name are of whoever is named now."""
        keep_calibration(stores, "Lee")
        kept = keep(stores, person, report, with_video=False)
        give_set(stores, lambda: queue, kept.id, "Lee")
        given = found(stores, kept.id)
        assert (given.person_id, given.status) == (id_of(stores, "Lee"), Status.DONE)
        assert given.report == kept.report

    def test_one_that_failed_does_not_begin_anew(self, stores: Stores, queue: Queue) -> None:
        keep_calibration(stores, "Lee")
        kept = keep(stores, "Kim", WITH_SHARE)
        with stores.database.transaction() as transaction:
            transaction.get_one(Set, kept.id).status = Status.FAILED
        give_set(stores, lambda: queue, kept.id, "Lee")
        given = found(stores, kept.id)
        assert (given.person_id, given.status) == (id_of(stores, "Lee"), Status.FAILED)

    def test_a_set_that_there_is_not(self, stores: Stores, queue: Queue) -> None:
        with pytest.raises(SetError, match="choose one"):
            give_set(stores, lambda: queue, new_id(), "Lee")
        assert labels(stores) == []
