"""Sets in the database: added, analysed, listed; a final status stays. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from service.store import sets
from service.store.people import PersonError, add_person
from service.store.sets import (
    VISIT,
    NewSet,
    SetError,
    add_set,
    ask_cancel,
    find_set,
    list_sessions,
    list_sets,
    mark_cancelled,
    mark_done,
    mark_failed,
    mark_progress,
    mark_working,
    note_pain,
    restart,
    session_for,
)
from service.store.tables import FINAL, Origin, ReportRow, Status, new_id
from tests.kept_people import NOON, SUMMARY, keep_done_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.store.database import Database
    from service.store.opening import Stores
    from service.store.sets import StoredSet

NEW = NewSet(origin=Origin.UPLOAD, source_name="lift.mp4", filmed_at=NOON)

ENDS: dict[Status, Callable[[Database, str], bool]] = {
    Status.DONE: lambda database, set_id: mark_done(database, set_id, SUMMARY),
    Status.FAILED: lambda database, set_id: mark_failed(database, set_id, "It stopped."),
    Status.CANCELLED: mark_cancelled,
}


def add(stores: Stores, **known: object) -> str:
    """Add a set that waits."""
    return add_set(stores.database, replace(NEW, id=new_id(), **known)).id  # type: ignore[arg-type]


def found(stores: Stores, set_id: str) -> StoredSet:
    stored = find_set(stores.database, set_id)
    assert stored is not None
    return stored


class TestAnalysis:
    def test_a_new_set_waits(self, stores: Stores) -> None:
        stored = add_set(stores.database, NEW)
        assert stored == found(stores, NEW.id)
        assert (stored.status, stored.attempts, stored.report) == (Status.QUEUED, 0, None)
        assert stored.filmed_at == NOON
        assert find_set(stores.database, new_id()) is None

    def test_a_set_of_nobody_is_refused(self, stores: Stores) -> None:
        with pytest.raises(PersonError):
            add(stores, person_id=new_id())
        assert list_sets(stores.database) == ()

    def test_it_is_worked_on_and_done(self, stores: Stores) -> None:
        set_id = add(stores)
        assert mark_working(stores.database, set_id, "worker 1")
        assert mark_progress(stores.database, set_id, 0.25)
        working = found(stores, set_id)
        assert (working.status, working.worker_id) == (Status.WORKING, "worker 1")
        assert (working.progress, working.attempts) == (0.25, 1)
        assert working.started_at is not None
        assert mark_done(stores.database, set_id, SUMMARY)
        done = found(stores, set_id)
        assert (done.status, done.progress, done.is_final) == (Status.DONE, 1.0, True)
        assert done.report is not None
        assert (done.report.reps, done.report.near_side) == (2, "left")
        assert done.report.metrics == SUMMARY.metrics

    def test_the_begin_stays_that_of_the_first_attempt(self, stores: Stores) -> None:
        set_id = add(stores)
        mark_working(stores.database, set_id, "worker 1")
        first = found(stores, set_id).started_at
        mark_working(stores.database, set_id, "worker 2")
        again = found(stores, set_id)
        assert (again.started_at, again.attempts, again.worker_id) == (first, 2, "worker 2")

    def test_why_it_failed_is_kept_up_to_a_length(self, stores: Stores) -> None:
        set_id = add(stores)
        assert mark_failed(stores.database, set_id, "No picture.\0" + "x" * 5000)
        reason = found(stores, set_id).reason
        assert reason is not None
        assert reason.startswith("No picture.x")
        assert len(reason) == sets.LONGEST_REASON

    @pytest.mark.parametrize("status", sorted(FINAL))
    def test_a_final_status_stays(self, stores: Stores, status: Status) -> None:
        set_id = add(stores)
        assert ENDS[status](stores.database, set_id)
        before = found(stores, set_id)
        assert before.status == status
        assert not mark_working(stores.database, set_id, "worker 1")
        assert not mark_progress(stores.database, set_id, 0.5)
        assert not ask_cancel(stores.database, set_id)
        assert not any(end(stores.database, set_id) for end in ENDS.values())
        assert found(stores, set_id) == before

    def test_nothing_is_written_about_a_set_that_is_gone(self, stores: Stores) -> None:
        assert not mark_done(stores.database, new_id(), SUMMARY)
        with stores.database.reading() as transaction:
            assert transaction.query(ReportRow).count() == 0

    def test_how_sore_it_was_is_noted_also_when_it_is_done(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        assert kept.pain is None
        for pain in (3, 0):
            assert note_pain(stores.database, kept.id, pain)
            assert found(stores, kept.id) == replace(kept, pain=pain)
        assert not note_pain(stores.database, new_id(), 3)

    def test_one_that_waits_is_cancelled_at_once(self, stores: Stores) -> None:
        set_id = add(stores)
        assert ask_cancel(stores.database, set_id)
        assert found(stores, set_id).status == Status.CANCELLED

    def test_one_under_way_is_asked_to_end(self, stores: Stores) -> None:
        set_id = add(stores)
        mark_working(stores.database, set_id, "worker 1")
        assert ask_cancel(stores.database, set_id)
        asked = found(stores, set_id)
        assert (asked.status, asked.cancel_asked) == (Status.WORKING, True)

    @pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
    def test_one_that_came_to_nothing_can_begin_anew(self, stores: Stores, status: Status) -> None:
        set_id = add(stores)
        fresh = found(stores, set_id)
        mark_working(stores.database, set_id, "worker 1")
        ask_cancel(stores.database, set_id)
        ENDS[status](stores.database, set_id)
        assert restart(stores.database, set_id) == fresh == found(stores, set_id)

    def test_others_cannot(self, stores: Stores) -> None:
        done = keep_done_set(stores, "Kim").id
        for set_id, told in ((add(stores), "queued"), (done, "done"), (new_id(), "the list")):
            with pytest.raises(SetError, match=told):
                restart(stores.database, set_id)


class TestLists:
    def test_the_latest_filmed_comes_first_page_by_page(self, stores: Stores) -> None:
        ids = [add(stores, filmed_at=NOON + timedelta(minutes=minute // 2)) for minute in range(7)]
        seen: list[str] = []
        while page := list_sets(stores.database, limit=2, before=seen[-1] if seen else None):
            seen += [one.id for one in page]
        assert len(seen) == 7
        assert set(seen) == set(ids)
        times = [found(stores, one).filmed_at for one in seen]
        assert times == sorted(times, reverse=True)

    def test_a_page_after_a_set_that_is_gone_is_told(self, stores: Stores) -> None:
        with pytest.raises(SetError, match="choose one"):
            list_sets(stores.database, before=new_id())

    def test_those_of_a_person_and_of_a_visit(self, stores: Stores) -> None:
        kim, lee = keep_done_set(stores, "Kim"), keep_done_set(stores, "Lee")
        later = keep_done_set(stores, "Kim", at=NOON + timedelta(days=1))
        of_kim = list_sets(stores.database, person_id=kim.person_id)
        assert [one.id for one in of_kim] == [later.id, kim.id]
        assert [one.id for one in list_sets(stores.database, session_id=lee.session_id)] == [lee.id]
        assert of_kim[0].report is not None


class TestVisits:
    def test_sets_of_one_visit_belong_together(self, stores: Stores) -> None:
        kim = add_person(stores.database, "Kim").id
        first = session_for(stores.database, kim, NOON)
        assert session_for(stores.database, kim, NOON + VISIT - timedelta(seconds=1)) == first
        assert session_for(stores.database, kim, NOON + VISIT).id != first.id
        assert len(list_sessions(stores.database, person_id=kim)) == 2

    def test_a_visit_begins_with_its_first_set_also_when_that_comes_in_last(
        self, stores: Stores
    ) -> None:
        kim = add_person(stores.database, "Kim").id
        visit = session_for(stores.database, kim, NOON)
        add(stores, person_id=kim, session_id=visit.id)
        before = NOON - timedelta(hours=1)
        assert session_for(stores.database, kim, before) == replace(visit, started_at=before)

    def test_no_visit_grows_too_long(self, stores: Stores) -> None:
        kim = add_person(stores.database, "Kim").id
        visit = session_for(stores.database, kim, NOON)
        last = NOON + VISIT - timedelta(seconds=1)
        add(stores, person_id=kim, session_id=visit.id, filmed_at=last)
        assert session_for(stores.database, kim, NOON - timedelta(hours=1)).id != visit.id

    def test_people_have_visits_of_their_own(self, stores: Stores) -> None:
        kim, lee = (add_person(stores.database, label).id for label in ("Kim", "Lee"))
        visits = {session_for(stores.database, one, NOON).id for one in (kim, lee)}
        assert len(visits) == 2
        assert [one.person_id for one in list_sessions(stores.database, person_id=lee)] == [lee]

    def test_nobody_has_none(self, stores: Stores) -> None:
        with pytest.raises(PersonError):
            session_for(stores.database, new_id())
