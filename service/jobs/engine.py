"""The queue of jobs, kept by DBOS in our own database: the only file that knows of it.

A job is the analysis of one set and bears the set's id. It is a row of steps; what a step returned
is kept, so that after the end of a worker only the step goes again that was under way. A worker
that was given up and comes back cannot keep anything: its job belongs to another one by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from dbos import error as engine_error
from sqlalchemy import MetaData, String, Table, and_, false, func, or_, select

from service.store.database import translated
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from dbos import DBOSConfig, EnqueueOptions, WorkflowStatus
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from service.store.database import Database

RunStep: TypeAlias = Callable[[str, Callable[[], str]], str]
"""Runs a step of a job under a name, unless its answer is known from before."""

Work: TypeAlias = Callable[[str, RunStep], str]
"""Does a job: told the set's id and given what runs its steps."""

SHAPE: Final = "1"
"""Which steps a job has, in what order. Another number parts a new version's jobs from the old."""

STEP_ATTEMPTS: Final = 3
"""How often a step that raises is tried before its job is given up."""

POLL_S: Final = 0.25
"""How often an idle worker looks for a job."""

_APPLICATION: Final = "hingewise"
_QUEUE: Final = "analysis"
_JOB: Final = "analyse"
_SCHEMA: Final = "dbos"

_ENGINE_ATTEMPTS: Final = 1000
"""Starts after which the engine itself gives a job up; the rows' own count is far below."""

_WAITING: Final = ["ENQUEUED", "DELAYED"]
_UNDER_WAY: Final = "PENDING"
_ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_MOST_AT_ONCE: Final = 1000
"""Jobs that are erased in one transaction."""


class HandedBackError(BaseException):
    """Leaves a step, and its job, undone, as if the worker had ended; another one takes it.

    Not an `Exception`: the engine keeps those as a step's answer.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A job that a worker has taken.

    Attributes
    ----------
    set_id
        The job.
    worker_id
        Who has it.
    """

    set_id: str
    worker_id: str


class Queue:
    """The jobs that wait, for whoever adds, cancels or erases them. Safe in several threads.

    Parameters
    ----------
    database
        Where the rows are; the engine's tables are made in it when they are not there.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        _quieten()
        self.url: Final = database.url
        with translated():
            DBOS.migrate(self.url, schema=_SCHEMA)
        self._client = DBOSClient(
            system_database_url=self.url,
            dbos_system_schema=_SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            application_name=_APPLICATION,
            system_database_pool_size=4,
            lazy=True,
            retry_connection_errors=False,
        )
        self._engine = self._client._sys_db.engine  # noqa: SLF001 - held by test_dbos
        with translated():
            self._client.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=POLL_S)

    def enqueue(self, session: Session, set_id: str, *, priority: int = 5) -> None:
        """Add a job in the transaction that adds its row: both are there, or neither.

        Parameters
        ----------
        session
            The transaction, of the same database.
        set_id
            The set; its row goes in with the same transaction.
        priority
            1 is first.

        Raises
        ------
        StoreError
            When there is a job of that set already; `forget` it before it begins anew.
        """
        options: EnqueueOptions = {
            "workflow_name": _JOB,
            "queue_name": _QUEUE,
            "workflow_id": set_id,
            "workflow_id_reuse_policy": "reject",
            "app_version": SHAPE,
            "priority": priority,
        }
        try:
            self._client.enqueue_in_transaction(session, options, set_id)
        except engine_error.DBOSWorkflowIDInUseError as error:
            msg = f"expected no job of set {set_id}, but there is one: forget it, then begin anew"
            raise StoreError(msg) from error

    def change_priority(self, set_id: str, priority: int) -> None:
        """Put a job that waits before or behind others.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        jobs = self._client._sys_db.tables.workflow_status  # noqa: SLF001 - held by test_dbos
        with translated(), self._engine.begin() as connection:
            connection.execute(
                jobs.update()
                .where(jobs.c.workflow_uuid == set_id, jobs.c.status.in_(_WAITING))
                .values(priority=priority)
            )

    def cancel(self, set_id: str) -> None:
        """Take a job out that waits. One under way is ended by its row's `cancel_asked`.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated():
            if any(job.status in _WAITING for job in self._jobs([set_id])):
                self._client.cancel_workflow(set_id)

    def forget(self, ids: Iterable[str]) -> int:
        """Erase all that the engine keeps about jobs, and return how many rows it was.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        listed = list(ids)
        before = sum(self.records(listed).values())
        with translated():
            self._client.delete_workflows(listed)
        return before - sum(self.records(listed).values())

    def forget_ended(self, before: datetime) -> int:
        """Erase what the engine keeps about jobs that ended before a time, and return how many.

        Nothing needs it any more: how a job ended stands in the row of its set.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated():
            jobs = self._jobs(status=_ENDED, ended_before=before, limit=_MOST_AT_ONCE)
            self._client.delete_workflows([job.workflow_id for job in jobs])
        return len(jobs)

    def records(self, ids: Iterable[str]) -> dict[str, int]:
        """Count the engine's rows that hold one of the ids anywhere, by table.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        listed = list(ids)
        found: dict[str, int] = {}
        if not listed:
            return found
        with translated(), self._engine.connect() as connection:
            for table in self._tables():
                holds = _holds(table, listed)
                count = connection.scalar(select(func.count()).select_from(table).where(holds))
                found |= {table.name: count} if count else {}
        return found

    def held(self) -> tuple[Held, ...]:
        """List the jobs that workers have taken.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated():
            jobs = self._jobs(status=_UNDER_WAY)
        return tuple(Held(set_id=job.workflow_id, worker_id=job.executor_id or "") for job in jobs)

    def hand_back(self, job: Held) -> bool:
        """Give the job of a dead worker to the next one that is free; tell whether it was so.

        It was not when another one has it already.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        with translated():
            return self._client._sys_db.reenqueue_for_recovery(  # noqa: SLF001 - held by test_dbos
                job.set_id, [job.worker_id], _QUEUE
            )

    def is_idle(self, worker_id: str) -> bool:
        """Tell whether no job waits and a worker has none.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        jobs = self._client._sys_db.tables.workflow_status  # noqa: SLF001 - held by test_dbos
        mine = and_(jobs.c.status == _UNDER_WAY, jobs.c.executor_id == worker_id)
        # One look: between two, a job could go from the one answer to the other.
        left = select(jobs.c.workflow_uuid).where(
            jobs.c.name == _JOB, or_(jobs.c.status.in_(_WAITING), mine)
        )
        with translated(), self._engine.connect() as connection:
            return connection.execute(left.limit(1)).first() is None

    def close(self) -> None:
        """Let go of the database. Closing twice is harmless."""
        self._client.destroy()

    def __enter__(self) -> Self:
        """Use the queue in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def _jobs(
        self,
        ids: list[str] | None = None,
        *,
        status: str | list[str] | None = None,
        ended_before: datetime | None = None,
        limit: int | None = None,
    ) -> list[WorkflowStatus]:
        return self._client.list_workflows(
            workflow_ids=ids,
            status=status,
            completed_before=None if ended_before is None else ended_before.isoformat(),
            name=_JOB,
            limit=limit,
            load_input=False,
            load_output=False,
        )

    def _tables(self) -> list[Table]:
        """Read which tables the engine has: all of its schema, or those that are not ours."""
        ours = set() if self._engine.dialect.name != "sqlite" else _our_tables()
        tables = MetaData()
        schema = None if ours else _SCHEMA
        tables.reflect(self._engine, schema=schema, only=lambda name, _: name not in ours)
        return list(tables.tables.values())


@contextmanager
def run_worker(queue: Queue, work: Work, *, worker_id: str) -> Iterator[None]:
    """Take jobs from the queue, one at a time, until the block ends; once in a process at a time.

    Parameters
    ----------
    queue
        Where the jobs are.
    work
        Does a job. It is called in a thread of its own, again from the start after a worker ended;
        steps that were done answer at once.
    worker_id
        Name of this worker, which no other one has.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    DBOS(config=_config(queue.url, worker_id))
    _register(work)
    try:
        with translated():
            DBOS.listen_queues([_QUEUE])
            DBOS.launch()
        yield
    finally:
        DBOS.destroy(destroy_registry=True)


def _config(url: str, worker_id: str) -> DBOSConfig:
    """Say how the engine runs: in our database, telling nobody outside anything."""
    return {
        "name": _APPLICATION,
        "system_database_url": url,
        "dbos_system_schema": _SCHEMA,
        "application_version": SHAPE,
        "executor_id": worker_id,
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": 5,
        "run_migrations": False,  # the queue has seen to that
        "enable_otlp": False,
        "log_level": logging.getLevelName(_log().level),
    }


def _register(work: Work) -> None:
    @DBOS.workflow(name=_JOB, max_recovery_attempts=_ENGINE_ATTEMPTS)
    def job(set_id: str) -> str:
        return work(set_id, _run_step)

    del job  # the engine finds it by its name


def _run_step(name: str, step: Callable[[], str]) -> str:
    return DBOS.run_step(
        {
            "name": name,
            "retries_allowed": True,
            "max_attempts": STEP_ATTEMPTS,
            "interval_seconds": 0.5,
        },
        step,
    )


def _holds(table: Table, ids: list[str]) -> ColumnElement[bool]:
    texts = [column for column in table.columns if isinstance(column.type, String)]
    return or_(false(), *(text.contains(i, autoescape=True) for text in texts for i in ids))


def _our_tables() -> set[str]:
    from service.store.tables import Table as OurTable  # noqa: PLC0415 - two tables of one name

    return {"alembic_version", *OurTable.metadata.tables}


def _log() -> logging.Logger:
    return logging.getLogger("dbos")


def _quieten() -> None:
    """Let the engine's log go where ours goes, and only what is beyond hope."""
    log = _log()
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # else it adds one that writes to the terminal
    log.setLevel(logging.CRITICAL)
