"""Starts workers as a service manager does, and again when one ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = Path(sys.executable).with_name("hingewise")
STEP: Final = re.compile(r"set \S+: (?:span \d+|finish) begins, attempt \d+")
MEMORY: Final = re.compile(r"memory at most (\d+) \+ (\d+) MB")


READY: Final = "is ready"
NO_DATABASE: Final = "expected to reach the database"
BAD_INPUT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    log: Path


class Supervisor:
    """Keeps a number of ``hingewise worker`` processes running.

    Parameters
    ----------
    folder
        Takes their logs.
    environment
        Settings for them.
    count
        How many run at a time.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], count: int) -> None:
        self._folder = folder
        self._environment = {**os.environ, **environment, "HINGEWISE_LOG_LEVEL": "info"}
        self._count = count
        self._workers: list[_Worker] = []
        self._bad_ends: list[int] = []
        self.started = 0

    def look_after(self) -> None:
        """Start workers in place of those that have ended."""
        for worker in [one for one in self._workers if one.process.poll() is not None]:
            self._note_end(worker)
        while len(self._workers) < self._count:
            self._start()

    def kill(self, worker_id: str) -> bool:
        """Kill a worker as the kernel does when memory runs out; tell whether it was there."""
        for worker in self._workers:
            if f"-{worker.process.pid}-" in worker_id and worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
                return True
        return False

    def stop(self) -> list[int]:
        """Ask all workers to end; return the statuses of those that ended otherwise, ever."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.wait()
        while self._workers:
            self._note_end(self._workers[0])
        return self._bad_ends

    def _note_end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        status = worker.process.returncode
        if status not in {0, -signal.SIGKILL} and not _ended_before_ready(worker):
            self._bad_ends.append(status)

    @property
    def step_runs(self) -> int:
        """Count the steps that were begun."""
        return len(STEP.findall(self.log))

    @property
    def peak_megabytes(self) -> tuple[int, int]:
        """Return the most memory of a worker and of the process beside it."""
        told = [(int(worker), int(child)) for worker, child in MEMORY.findall(self.log)]
        workers, children = zip(*told, strict=True) if told else ((0,), (0,))
        return max(workers), max(children)

    @property
    def log(self) -> str:
        """What all workers said."""
        logs = sorted(self._folder.glob("worker-*.log"))
        return "".join(path.read_text("utf-8", "replace") for path in logs)

    def __enter__(self) -> Self:
        """Start the workers."""
        self.look_after()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Kill what still runs."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()

    def _start(self) -> None:
        self.started += 1
        path = self._folder / f"worker-{self.started}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                [PROGRAM, "worker"], env=self._environment, stdout=log, stderr=log
            )
        self._workers.append(_Worker(process=process, log=path))


def _ended_before_ready(worker: _Worker) -> bool:
    """Tell whether a worker ended at its start, as it should when asked or without a database."""
    log = worker.log.read_text("utf-8", "replace")
    if READY in log:
        return False
    status = worker.process.returncode
    return status == -signal.SIGTERM or (status == BAD_INPUT and NO_DATABASE in log)
