"""A person, or a set, is erased everywhere, and a second look proves it. On both databases."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from service.jobs.engine import Queue
from service.store import erasure as erasing
from service.store.blobs import set_prefix
from service.store.erasure import Erasure, erase_person, erase_set
from service.store.people import PersonError, person_by_label
from service.store.sets import (
    NewSet,
    SetError,
    add_set,
    add_set_in,
    existing_set,
    find_set,
    list_sets,
    note_pain,
)
from service.store.tables import Account, Note, Origin, Role, Status, Table, Upload, new_id
from tests.kept_people import NOON, keep_calibration, keep_done_set, keep_upload
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.store.opening import Stores


class Jobs:
    """Stands in for the queue: what it knows of which ids."""

    def __init__(self, *ids: str) -> None:
        self.known = set(ids)
        self.forgets = True

    def forget(self, ids: Sequence[str]) -> int:
        gone = self.known & set(ids)
        if self.forgets:
            self.known -= gone
        return len(gone)

    def records(self, ids: Sequence[str]) -> dict[str, int]:
        return {"steps": len(self.known & set(ids))}


def person_id(stores: Stores, label: str) -> str:
    found = person_by_label(stores.database, label)
    assert found is not None
    return found.id


def erase(stores: Stores, label: str, jobs: Jobs | None = None) -> Erasure:
    queue = jobs or Jobs()
    return erase_person(
        stores, person_id(stores, label), forget_jobs=queue.forget, job_records=queue.records
    )


def everything(stores: Stores) -> list[tuple[Any, ...]]:
    with stores.database.reading() as transaction:
        return [
            tuple(row)
            for table in Table.metadata.sorted_tables
            for row in transaction.execute(select(table))
        ]


@pytest.fixture
def two_people(stores: Stores) -> Stores:
    """Kim and Lee with all that can hang from a person."""
    for label in ("Kim", "Lee"):
        keep_calibration(stores, label)
        for day in (0, 1):
            keep_done_set(stores, label, at=NOON + timedelta(days=day))
        coming = new_id()
        keep_upload(stores, coming, person_id=person_id(stores, label))
        (stores.spool / coming).write_bytes(b"half a video")
    return stores


class TestPerson:
    def test_everything_goes_and_the_proof_says_so(self, two_people: Stores) -> None:
        sets = list_sets(two_people.database, person_id=person_id(two_people, "Kim"))
        jobs = Jobs(*(one.id for one in sets), "somebody else's")
        erasure = erase(two_people, "Kim", jobs)
        assert erasure.is_complete
        assert erasure.removed == {
            "calibrations": 1,
            "files": 8,
            "job_records": 2,
            "notes": 2,
            "people": 1,
            "reports": 2,
            "sessions": 2,
            "sets": 2,
            "spool_files": 1,
            "uploads": 3,
        }
        assert jobs.known == {"somebody else's"}
        assert erasure.looked_at["columns"] > 40
        assert erasure.looked_at["files"] >= 8
        document = json.loads(json.dumps(erasure.document()))
        assert document["is_complete"] is True
        assert "Kim" not in json.dumps(document)

    def test_how_sore_a_set_was_goes_with_it(self, two_people: Stores) -> None:
        database = two_people.database
        [kim, lee] = [
            list_sets(database, person_id=person_id(two_people, label))[0].id
            for label in ("Kim", "Lee")
        ]
        assert note_pain(database, kim, 7)
        assert note_pain(database, lee, 4)
        assert erase(two_people, "Kim").is_complete
        assert {one.pain for one in list_sets(database)} == {4, None}
        assert not note_pain(database, kim, 7)
        assert find_set(database, kim) is None

    def test_others_keep_everything(self, two_people: Stores) -> None:
        ids = {one.id for one in list_sets(two_people.database)}
        erase(two_people, "Kim")
        left = list_sets(two_people.database)
        assert len(left) == 2
        assert {one.id for one in left} < ids
        for one in left:
            assert len(two_people.blobs.keys(set_prefix(one.id))) == 4
        assert len(list(two_people.spool.iterdir())) == 1
        assert "Kim" not in repr(everything(two_people))
        assert "Lee" in repr(everything(two_people))

    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    def test_not_a_letter_is_left_in_the_files_of_sqlite(self, two_people: Stores) -> None:
        assert two_people.database.engine.url.database is not None
        path = Path(two_people.database.engine.url.database)

        def raw() -> bytes:
            return path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()

        assert b"Kim" in raw()
        erase(two_people, "Kim")
        assert b"Kim" not in raw()
        assert b"Lee" in raw()

    def test_the_account_of_a_member_goes_and_that_of_a_coach_stays(
        self, two_people: Stores
    ) -> None:
        kim = person_id(two_people, "Kim")
        with two_people.database.transaction() as transaction:
            for role in (Role.MEMBER, Role.COACH):
                name = f"Kim as {role}"
                transaction.add(Account(name=name, password="-", role=role, person_id=kim))  # noqa: S106
        erasure = erase(two_people, "Kim")
        assert erasure.is_complete
        assert erasure.removed["accounts"] == 1
        with two_people.database.reading() as transaction:
            [left] = transaction.scalars(select(Account))
            assert (left.role, left.person_id) == (Role.COACH, None)

    def test_nobody_cannot_be_erased(self, stores: Stores) -> None:
        jobs = Jobs()
        with pytest.raises(PersonError):
            erase_person(stores, new_id(), forget_jobs=jobs.forget, job_records=jobs.records)

    def test_one_that_was_cut_off_is_run_again(
        self, two_people: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unreachable(_prefix: str) -> int:
            message = "expected a store"
            raise StoreError(message)

        monkeypatch.setattr(type(two_people.blobs), "remove", lambda _, key: unreachable(key))
        with pytest.raises(StoreError):
            erase(two_people, "Kim")
        monkeypatch.undo()
        assert person_by_label(two_people.database, "Kim") is not None
        erasure = erase(two_people, "Kim")
        assert erasure.is_complete
        assert erasure.removed["files"] == 8

    def test_a_set_that_comes_in_meanwhile_goes_too(
        self, two_people: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clean = erasing._clean  # noqa: SLF001 - between its two looks
        came: list[str] = []

        def clean_while_one_comes(*arguments: Any) -> Any:  # noqa: ANN401 - handed on
            removed = clean(*arguments)
            if not came:
                came.append(keep_done_set(two_people, "Kim").id)
            return removed

        monkeypatch.setattr(erasing, "_clean", clean_while_one_comes)
        assert erase(two_people, "Kim").is_complete
        assert find_set(two_people.database, came[0]) is None
        assert two_people.blobs.keys(set_prefix(came[0])) == []


def test_the_queue_forgets_the_jobs(stores: Stores) -> None:
    kim = keep_done_set(stores, "Kim").person_id
    assert kim is not None
    new = NewSet(origin=Origin.UPLOAD, source_name="lift.mp4", person_id=kim)
    with Queue(stores.database) as queue:
        with stores.database.transaction() as transaction:
            add_set_in(transaction, new)
            queue.enqueue(transaction, new.id)
        assert sum(queue.records([new.id]).values()) > 0
        erasure = erase_person(stores, kim, forget_jobs=queue.forget, job_records=queue.records)
        assert erasure.is_complete
        assert erasure.removed["job_records"] > 0
        assert queue.records([new.id]) == {}


class TestProof:
    """The second look must not believe the first."""

    def test_job_records_that_stay_are_found(self, two_people: Stores) -> None:
        [first, *_] = list_sets(two_people.database, person_id=person_id(two_people, "Kim"))
        jobs = Jobs(first.id)
        jobs.forgets = False
        erasure = erase(two_people, "Kim", jobs)
        assert erasure.found == {"job_records.steps": 1}
        assert not erasure.is_complete

    def test_what_was_left_in_rows_files_and_uploads_is_found(
        self, two_people: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kim = person_id(two_people, "Kim")
        mine, theirs = (
            list_sets(two_people.database, person_id=one)[0].id
            for one in (kim, person_id(two_people, "Lee"))
        )
        with two_people.database.transaction() as transaction:
            transaction.add(Note(set_id=theirs, text=f"as in {mine}", drawing=[[mine]]))
        monkeypatch.setattr(erasing, "_clean", lambda *_arguments: Counter())
        erasure = erase(two_people, "Kim")
        assert erasure.found["notes.text"] == erasure.found["notes.drawing"] == 1
        assert erasure.found["files"] >= 8
        assert erasure.found["spool_files"] == 1


class TestSet:
    def test_one_set_goes_and_the_person_stays(self, two_people: Stores) -> None:
        kim = person_id(two_people, "Kim")
        gone, stays = list_sets(two_people.database, person_id=kim)
        jobs = Jobs(gone.id, stays.id)
        erasure = erase_set(two_people, gone.id, forget_jobs=jobs.forget, job_records=jobs.records)
        assert erasure.is_complete
        assert erasure.removed["sets"] == 1
        assert jobs.known == {stays.id}
        assert list_sets(two_people.database, person_id=kim) == (stays,)

    def test_one_that_waits_is_cancelled_first(self, stores: Stores) -> None:
        new = NewSet(origin=Origin.UPLOAD, source_name="lift.mp4")
        add_set(stores.database, new)
        seen: list[Status] = []

        def forget(ids: Sequence[str]) -> int:
            found = find_set(stores.database, ids[0])
            assert found is not None
            seen.append(found.status)
            return 0

        assert erase_set(stores, new.id, forget_jobs=forget, job_records=Jobs().records).is_complete
        assert seen == [Status.CANCELLED]

    def test_a_worker_is_waited_for_no_longer_than_patience_lasts(self, stores: Stores) -> None:
        new = NewSet(origin=Origin.UPLOAD, source_name="lift.mp4")
        add_set(stores.database, new)
        with stores.database.transaction() as transaction:
            existing_set(transaction, new.id).status = Status.WORKING
        jobs = Jobs()
        erasure = erase_set(
            stores,
            new.id,
            forget_jobs=jobs.forget,
            job_records=jobs.records,
            patience_s=0.0,
        )
        assert erasure.is_complete

    def test_no_set_cannot_be_erased(self, stores: Stores) -> None:
        jobs = Jobs()
        with pytest.raises(SetError):
            erase_set(stores, new_id(), forget_jobs=jobs.forget, job_records=jobs.records)
        with stores.database.reading() as transaction:
            assert transaction.query(Upload).count() == 0
