"""Workers beside a server: started with it, started again when one ends, ended with it.

Each is a process whose standard input comes from the server: first one line of settings, then
nothing more. When that pipe closes the server has ended, however it did, and the worker ends too.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from service.jobs.commands import end_process
from service.jobs.heartbeat import leave
from service.jobs.worker import ending_signals, new_worker_id, work
from service.settings import load_settings
from service.store.opening import open_stores
from vision.errors import HingewiseError, StoreError

if TYPE_CHECKING:
    from service.settings import Settings

FIRST_WAIT_S: Final = 0.5
"""Time before a worker that ended is started again; it doubles while workers end early."""

LONGEST_WAIT_S: Final = 60.0

EARLY_S: Final = 60.0
"""A worker that ended before this counts as one that ended early."""

GRACE_S: Final = 20.0
"""Time for workers to hand back what they have when the server ends."""

NEEDED: Final = frozenset(
    {"data", "database", "dead_s", "hung_s", "language", "log_level", "model", "retention"}
    | {"store", "worker_memory_mb"}
)
"""Settings that a worker goes by."""

_log = logging.getLogger(__name__)


class LocalWorkers:
    """As many worker processes as the settings say, for as long as the block runs.

    Parameters
    ----------
    settings
        Of the server.

    Raises
    ------
    StoreError
        When database or store cannot be reached.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stores = open_stores(settings)
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Start the workers."""
        for number in range(self._settings.workers):
            thread = threading.Thread(target=self._keep_up, name=f"worker {number}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End the workers and wait until they have."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._stores.close()

    def _keep_up(self) -> None:
        """Keep one worker running until the end."""
        wait_s = FIRST_WAIT_S
        while not self._ending.is_set():
            began_s = time.monotonic()
            status = self._run_one()
            if self._ending.is_set():
                return
            lived_s = time.monotonic() - began_s
            wait_s = FIRST_WAIT_S if lived_s > EARLY_S else wait_s
            _log.warning("a worker ended with status %s; another one follows", status)
            self._ending.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _run_one(self) -> int:
        worker = _Process(self._settings)
        while worker.is_alive and not self._ending.wait(0.2):
            pass
        status = worker.end()
        try:
            leave(self._stores.database, worker.worker_id)  # so that its video goes on at once
        except StoreError as error:
            _log.warning("others will find that the worker has ended: %s", error)
        return status


class _Process:
    """One worker process; it ends when its input does."""

    def __init__(self, settings: Settings) -> None:
        program = [sys.executable, "-m", __spec__.name]
        self._process = subprocess.Popen(  # noqa: S603 - this file, by this Python
            program, stdin=subprocess.PIPE, bufsize=0
        )
        self.worker_id: Final = new_worker_id(self._process.pid)
        given = settings.model_dump(mode="json", include=set(NEEDED))
        line = json.dumps({"worker_id": self.worker_id, "settings": given})
        self._send(f"{line}\n".encode())

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        """Close its input, wait until it has ended, and return its status."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            return self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _send(self, line: bytes) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(line)
        except BrokenPipeError:
            _log.warning("a worker ended before it was told what to do")


def main() -> int:
    """Be a worker beside a server, until the server closes the pipe."""
    told = json.loads(_first_line())
    settings = load_settings(**told["settings"])
    logging.basicConfig(level=settings.log_level.upper())
    server_ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(server_ended,), daemon=True).start()
    with ending_signals() as came:
        try:
            work(
                settings,
                should_end=lambda: came() or server_ended.is_set(),
                worker_id=told["worker_id"],
            )
        except HingewiseError as error:
            _log.error("%s", error)
            return 2
    end_process()
    return 0


def _first_line() -> bytes:
    """Read the line of settings, and no byte more."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(2)
        line += byte
    return bytes(line)


def _wait_for_end(server_ended: threading.Event) -> None:
    while os.read(0, 1):
        pass
    server_ended.set()


if __name__ == "__main__":
    sys.exit(main())
