"""What we rely on in DBOS, of which some is internal; held here for the version that is pinned."""

from __future__ import annotations

import importlib.metadata
import json
import threading
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from service.jobs.engine import STEP_ATTEMPTS, HandedBackError, Held, Queue, run_worker
from service.store.tables import new_id, now
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.jobs.engine import RunStep, Work
    from service.store.opening import Stores

WORKER = "worker-1"
LATER = "worker-2"


@pytest.fixture
def queue(stores: Stores) -> Iterator[Queue]:
    with closing(Queue(stores.database)) as opened:
        yield opened


def enqueue(stores: Stores, queue: Queue, priority: int = 5) -> str:
    set_id = new_id()
    with stores.database.transaction() as session:
        queue.enqueue(session, set_id, priority=priority)
    return set_id


def work_until_idle(queue: Queue, work: Work, worker_id: str = WORKER) -> None:
    with run_worker(queue, work, worker_id=worker_id):
        while not queue.is_idle(worker_id):
            time.sleep(0.02)


def two_steps(done: list[str]) -> Work:
    """A job of two steps that notes what it does."""

    def work(set_id: str, run_step: RunStep) -> str:
        run_step("first", noting(done, f"{set_id} first"))
        return run_step("second", noting(done, f"{set_id} second"))

    return work


def noting(done: list[str], line: str) -> Callable[[], str]:
    def step() -> str:
        done.append(line)
        return line

    return step


def test_the_version_is_the_one_that_was_looked_into() -> None:
    assert importlib.metadata.version("dbos").startswith("3.4.")


def test_a_job_is_there_if_and_only_if_its_transaction_was_kept(
    stores: Stores, queue: Queue
) -> None:
    lost = new_id()

    def add_and_fail() -> None:
        with stores.database.transaction() as session:
            queue.enqueue(session, lost)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    kept = enqueue(stores, queue)
    assert queue.records([lost]) == {}
    assert queue.records([kept]) == {"workflow_status": 1, "workflow_input": 1}


def test_a_second_job_of_a_set_is_refused(stores: Stores, queue: Queue) -> None:
    set_id = enqueue(stores, queue)
    with (
        pytest.raises(StoreError, match="forget it"),
        stores.database.transaction() as session,
    ):
        queue.enqueue(session, set_id)


def test_what_is_kept_of_a_job_names_its_set_and_nothing_else(stores: Stores, queue: Queue) -> None:
    set_id = enqueue(stores, queue)
    schema = "" if stores.database.is_sqlite else "dbos."
    with stores.database.reading() as session:
        kept = session.scalars(text(f"SELECT inputs FROM {schema}workflow_input")).all()  # noqa: S608 - a name from above
    assert [json.loads(inputs) for inputs in kept] == [
        {"positionalArgs": [set_id], "namedArgs": {}}
    ]


def test_tables_of_the_engine_keep_out_of_ours_on_postgresql(stores: Stores, queue: Queue) -> None:
    enqueue(stores, queue)
    found = set(inspect(stores.database.engine).get_table_names())
    assert stores.database.is_sqlite == ("workflow_status" in found)


def test_jobs_go_by_priority_and_one_at_a_time(stores: Stores, queue: Queue) -> None:
    late, usual, first = (enqueue(stores, queue, priority) for priority in (9, 5, 5))
    queue.change_priority(first, 1)
    cancelled = enqueue(stores, queue)
    queue.cancel(cancelled)
    order: list[str] = []
    at_work = threading.Lock()

    def work(set_id: str, run_step: RunStep) -> str:
        assert at_work.acquire(blocking=False)
        order.append(set_id)
        answer = run_step("only", lambda: "done")
        at_work.release()
        return answer

    work_until_idle(queue, work)
    assert order == [first, usual, late]


def test_a_job_that_is_handed_back_goes_on_where_it_was(stores: Stores, queue: Queue) -> None:
    set_id = enqueue(stores, queue)
    done: list[str] = []
    left = threading.Event()

    def work(_set_id: str, run_step: RunStep) -> str:
        run_step("first", noting(done, f"{set_id} first"))

        def leave() -> str:
            left.set()
            raise HandedBackError

        return run_step("second", leave)

    with run_worker(queue, work, worker_id=WORKER):
        left.wait()
    held = Held(set_id=set_id, worker_id=WORKER)
    assert queue.held() == (held,)
    assert not queue.hand_back(Held(set_id=set_id, worker_id="somebody else"))
    assert queue.hand_back(held)
    assert not queue.hand_back(held)
    assert queue.held() == ()
    work_until_idle(queue, two_steps(done), LATER)
    assert done == [f"{set_id} first", f"{set_id} second"]


def test_who_was_given_up_keeps_nothing(stores: Stores, queue: Queue) -> None:
    """A worker that was taken for dead finishes its step after its job has gone to another one."""
    set_id = enqueue(stores, queue)
    runs: list[str] = []

    def work(_set_id: str, run_step: RunStep) -> str:
        run = str(len(runs))

        def outlive() -> str:
            runs.append(run)
            if run == "0":
                assert queue.hand_back(Held(set_id=set_id, worker_id=WORKER))
            return f"of run {run}"

        seen.append(run_step("step", outlive))
        return seen[-1]

    seen: list[str] = []
    work_until_idle(queue, work)
    assert runs == ["0", "1"]
    assert seen == ["of run 1"]


def test_a_step_that_raises_is_tried_again(stores: Stores, queue: Queue) -> None:
    enqueue(stores, queue)
    tries: list[int] = []
    answers: list[str] = []

    def work(_set_id: str, run_step: RunStep) -> str:
        def fail_at_first() -> str:
            tries.append(1)
            if len(tries) < STEP_ATTEMPTS:
                raise RuntimeError
            return "in the end"

        answers.append(run_step("step", fail_at_first))
        return answers[-1]

    work_until_idle(queue, work)
    assert len(tries) == STEP_ATTEMPTS
    assert answers == ["in the end"]


def test_nothing_stays_of_a_job_that_is_forgotten(stores: Stores, queue: Queue) -> None:
    gone, stays = enqueue(stores, queue), enqueue(stores, queue)
    work_until_idle(queue, two_steps([]))
    before = queue.records([stays])
    assert set(before) == {
        "workflow_status", "workflow_input", "operation_outputs", "workflow_output",
    }  # fmt: skip
    assert queue.forget([gone]) == sum(before.values())
    assert queue.records([gone]) == {}
    assert queue.records([stays]) == before
    assert queue.forget([gone]) == 0
    again = enqueue(stores, queue)
    assert queue.records([again])


def test_only_jobs_that_have_ended_are_forgotten_by_their_age(stores: Stores, queue: Queue) -> None:
    ended = enqueue(stores, queue)
    work_until_idle(queue, two_steps([]))
    waits = enqueue(stores, queue)
    assert queue.forget_ended(now() - timedelta(days=1)) == 0
    assert queue.forget_ended(now() + timedelta(days=1)) == 1
    assert queue.records([ended]) == {}
    assert queue.records([waits])


def test_a_job_under_way_may_be_forgotten(stores: Stores, queue: Queue) -> None:
    set_id = enqueue(stores, queue)
    work_done: list[str] = []

    def work(_set_id: str, run_step: RunStep) -> str:
        def erase() -> str:
            queue.forget([set_id])
            return "too late"

        work_done.append(run_step("step", erase))
        return "kept"

    work_until_idle(queue, work)
    assert work_done == []
    assert queue.records([set_id]) == {}
