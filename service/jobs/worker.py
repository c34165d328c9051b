"""A worker: takes videos from the queue and analyses them, one at a time, until it is stopped."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from service.jobs.analyse import Analyst, Ending
from service.jobs.attempts import note_handed_back
from service.jobs.engine import Queue, run_worker
from service.jobs.heartbeat import Heartbeat, leave
from service.jobs.killable import KillableProcess
from service.jobs.memory import PeakMemory
from service.jobs.reaper import Reaper, reap
from service.jobs.scratch import host, scratch_folder
from service.store.opening import open_stores
from service.wording import load_wording
from vision.assets import locate_bundle
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from service.settings import Settings
    from service.store.opening import Stores

WAKE_S: Final = 0.2
"""How often a worker looks whether it is to end."""

LAST_WORDS_S: Final = 15.0
"""How long the analysis under way may take to notice that it is to end."""

_log = logging.getLogger(__name__)


def new_worker_id(pid: int | None = None) -> str:
    """Name a worker: its machine, its process (by default this one), and what no other one has."""
    return f"{host()}-{pid or os.getpid()}-{secrets.token_hex(4)}"


def work(
    settings: Settings,
    *,
    should_end: Callable[[], bool],
    once: bool = False,
    worker_id: str | None = None,
    say: Callable[[str], None] = _log.info,
) -> None:
    """Analyse videos until there is reason to end; what is under way then goes to another worker.

    Parameters
    ----------
    settings
        Where rows and files are, and the bounds of the work.
    should_end
        Asked a few times a second.
    once
        End when no video waits any more.
    worker_id
        Name of this worker; a new one by default.
    say
        Told a line at the start and one for each video.

    Raises
    ------
    AssetError
        When the pose model is missing; the message says how to fetch it.
    StoreError
        When database or store cannot be reached at the start. Later it is waited for.
    """
    locate_bundle(settings.model, mask=True)
    name = worker_id or new_worker_id()
    with ExitStack() as stack:
        stores = stack.enter_context(open_stores(settings))
        queue = stack.enter_context(Queue(stores.database))
        stack.callback(_leave, stores, queue, name)  # when the heart has stopped
        heartbeat = stack.enter_context(Heartbeat(stores.database, name, dead_s=settings.dead_s))
        reap(stores, queue, dead_s=settings.dead_s, forget_stale=False)
        analyst = stack.enter_context(_analysing(stores, queue, settings, name, say))
        stack.enter_context(Reaper(stores, queue, heartbeat, settings=settings, worker_id=name))
        say(load_wording(settings.language).of("jobs.line.ready", worker=name))
        while not (should_end() or (once and _is_idle(queue, analyst, name))):
            time.sleep(WAKE_S)


@contextmanager
def _analysing(
    stores: Stores, queue: Queue, settings: Settings, worker_id: str, say: Callable[[str], None]
) -> Iterator[Analyst]:
    """Take sets from the queue while the block runs; then leave the one under way undone."""
    stopping = threading.Event()
    with ExitStack() as stack:
        child = stack.enter_context(KillableProcess())
        analyst = Analyst(
            stores,
            settings,
            worker_id=worker_id,
            scratch=stack.enter_context(scratch_folder(settings.data, worker_id)),
            child=child,
            stopping=stopping,
            on_end=_teller(child, settings.language, say),
        )
        stack.callback(analyst.wait_until_idle, LAST_WORDS_S)
        stack.enter_context(run_worker(queue, analyst.analyse, worker_id=worker_id))
        stack.callback(stopping.set)
        yield analyst


def _teller(
    child: KillableProcess, language: str, say: Callable[[str], None]
) -> Callable[[Ending], None]:
    """Make what says a line about each set that ended."""
    memory = PeakMemory(lambda: child.pid)

    def tell(ending: Ending) -> None:
        line = load_wording(language).of(
            f"jobs.line.{ending.status}",
            set=ending.set_id,
            seconds=f"{ending.took_s:.1f}",
            memory=memory.told(),
        )
        say(line)

    return tell


@contextmanager
def ending_signals() -> Iterator[Callable[[], bool]]:
    """Note SIGTERM and Ctrl-C while the block runs; gives what tells whether one came."""
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_idle(queue: Queue, analyst: Analyst, worker_id: str) -> bool:
    try:
        return queue.is_idle(worker_id) and analyst.wait_until_idle(0)
    except StoreError:
        return False


def _leave(stores: Stores, queue: Queue, worker_id: str) -> None:
    """Hand back what this worker has, and take it off the list of those that are alive."""
    try:
        for job in queue.held():
            if job.worker_id == worker_id:
                note_handed_back(stores.database, job.set_id, worker_id)
                queue.hand_back(job)
        leave(stores.database, worker_id)
    except StoreError as error:
        _log.warning("others will find that this worker has ended: %s", error)
