"""The analysis of an uploaded video, in steps that may each be done again.

A step turns one span of the video into a stretch of pose recording; the last one joins and assesses
them. What a step made lies in the store before its answer is kept, so nothing is lost whatever ends
on the way, and a step that is done twice leaves the same bytes.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from service.jobs.attempts import Job, begin, note_done
from service.jobs.engine import HandedBackError
from service.jobs.killable import DiedError, HungError, OutOfMemoryError, StoppedError
from service.jobs.patience import patiently
from service.jobs.watching import Watching
from service.reviews import analysis
from service.store.blobs import set_prefix
from service.store.calibrations import read_calibration
from service.store.sets import find_set, mark_cancelled, mark_done, mark_failed
from service.store.tables import Status
from service.wording import load_wording
from vision.errors import InputError, OutputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.calibration import OwnBend
    from service.jobs.engine import RunStep
    from service.jobs.killable import KillableProcess
    from service.settings import Settings
    from service.store.opening import Stores

MORE: Final = "more"
"""A span is recorded, and another one follows."""

ENDED: Final = "ended"
"""The last span is recorded."""

STORE_PATIENCE_S: Final = 300.0
"""How long a step waits for a store that is away."""

RECORDING_SHARE: Final = 0.8
"""Share of the whole work that finding the poses is, for the progress bar (measured)."""

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the analysis of a set ended.

    Attributes
    ----------
    set_id
        The set.
    status
        One of the final statuses.
    took_s
        Seconds that this worker worked on it.
    """

    set_id: str
    status: str
    took_s: float


class Analyst:
    """Analyses one set at a time, in a process that can be killed.

    Parameters
    ----------
    stores
        Rows and files.
    settings
        Bounds of time and memory, and the pose model.
    worker_id
        The worker that it works for.
    scratch
        Empty folder of this worker.
    child
        Does all work on the video.
    stopping
        Set when the worker is to end: what is under way is left to another one.
    on_end
        Told how each analysis ended.
    """

    def __init__(
        self,
        stores: Stores,
        settings: Settings,
        *,
        worker_id: str,
        scratch: Path,
        child: KillableProcess,
        stopping: threading.Event,
        on_end: Callable[[Ending], None],
    ) -> None:
        self._stores = stores
        self._settings = settings
        self._worker_id = worker_id
        self._scratch = scratch
        self._child = child
        self._stopping = stopping
        self._on_end = on_end
        self._at_work = threading.Lock()

    def analyse(self, set_id: str, run_step: RunStep) -> str:
        """Analyse a set, step by step, and return how it ended."""
        with self._at_work:
            began_s = time.monotonic()
            answer = self._work(set_id, run_step)
            took_s = time.monotonic() - began_s
        self._on_end(Ending(set_id=set_id, status=answer, took_s=took_s))
        return answer

    def wait_until_idle(self, longest_s: float) -> bool:
        """Wait until no set is worked on, and tell whether that is so."""
        if not self._at_work.acquire(timeout=longest_s):
            return False
        self._at_work.release()
        return True

    def _work(self, set_id: str, run_step: RunStep) -> str:
        if self._stopping.is_set():
            raise HandedBackError
        answer, number = MORE, 0
        while answer == MORE:
            answer = run_step("record_span", partial(self._record_span, set_id, number))
            number += 1
        if answer == ENDED:
            answer = run_step("finish", partial(self._finish, set_id, number))
        self._tidy(set_id)
        return answer

    def _record_span(self, set_id: str, number: int) -> str:
        def record(job: Job) -> str:
            target = self._folder(set_id) / _stretch_name(number)
            has_ended = self._run(
                job,
                partial(
                    analysis.record_span,
                    model=self._settings.model,
                    tape=job.tape,
                    name=job.source_name,
                ),
                (self._video(job), target, number),
                begins_at=0.0,
                ends_at=RECORDING_SHARE,
            )
            self._put(_stretch_key(set_id, number), target)
            return ENDED if has_ended else MORE

        return self._attempt(set_id, f"span {number}", record)

    def _finish(self, set_id: str, count: int) -> str:
        def finish(job: Job) -> str:
            video = self._video(job)
            stretches = [self._local(_stretch_key(set_id, k), job) for k in range(count)]
            folder = self._folder(set_id) / "report"
            summary = self._run(
                job,
                partial(
                    analysis.finish,
                    source_name=job.source_name,
                    source_sha256=job.source_sha256 or _sha256(video),
                    movement=job.movement,
                    own_bend=self._own_bend(job),
                    language=job.language,
                ),
                (video, stretches, folder),
                begins_at=RECORDING_SHARE,
                ends_at=1.0,
            )
            for path in sorted(folder.iterdir()):
                self._put(f"{set_prefix(set_id)}{path.name}", path)
            self._patiently(lambda: mark_done(self._stores.database, set_id, summary))
            return Status.DONE

        return self._attempt(set_id, "finish", finish)

    def _attempt(self, set_id: str, step: str, do: Callable[[Job], str]) -> str:
        """Do one step of a set, and turn what may happen into how the set ends."""
        job = self._patiently(lambda: begin(self._stores.database, set_id, self._worker_id))
        if isinstance(job, Status):
            return self._close(set_id, job)
        _log.info("set %s: %s begins, attempt %d", set_id, step, job.attempt)
        try:
            answer = do(job)
        except StoppedError as error:
            if self._stopping.is_set():
                raise HandedBackError from error
            return self._close(set_id, Status.CANCELLED)
        except (InputError, HungError, OutOfMemoryError) as error:
            return self._fail(job, error)
        except Exception as error:
            if not job.is_last:
                _log.warning("set %s is tried again", set_id, exc_info=error)
                raise  # the engine begins the step anew
            _log.exception("set %s is given up", set_id)
            return self._fail(job, error)
        if not self._patiently(lambda: note_done(self._stores.database, set_id)):
            return self._close(set_id, Status.CANCELLED)
        return answer

    def _close(self, set_id: str, status: Status) -> str:
        """End a set that is not to be worked on; nothing stays of one that was erased."""
        database = self._stores.database
        stored = self._patiently(lambda: find_set(database, set_id))
        if stored is None:
            self._remove(set_prefix(set_id))
        elif status == Status.CANCELLED:
            self._patiently(lambda: mark_cancelled(database, set_id))
        elif status == Status.FAILED and stored.status != Status.FAILED:
            reason = load_wording(stored.language).of("jobs.died")
            self._patiently(lambda: mark_failed(database, set_id, reason))
        return status

    def _fail(self, job: Job, error: Exception) -> str:
        reason = why(error, job.language)
        self._patiently(lambda: mark_failed(self._stores.database, job.set_id, reason))
        return Status.FAILED

    def _run(
        self,
        job: Job,
        work: Callable[..., _Result],
        arguments: tuple[object, ...],
        *,
        begins_at: float,
        ends_at: float,
    ) -> _Result:
        """Work on the video in the child, from one share of the whole to another."""
        watching = Watching(
            self._stores.database,
            job.set_id,
            stopping=self._stopping,
            begins_at=begins_at,
            ends_at=ends_at,
        )
        return self._child.run(
            work,
            *arguments,
            quiet_s=self._settings.hung_s,
            most_bytes=self._settings.worker_memory_mb * 1_000_000,
            on_progress=watching.note_progress,
            should_stop=watching.should_stop,
        )

    def _video(self, job: Job) -> Path:
        """Return the video as a file of this machine."""
        prefix = set_prefix(job.set_id)
        keys = self._with_store(lambda: self._stores.blobs.keys(prefix))
        for key in keys:
            if key.removeprefix(prefix).startswith("source"):
                return self._local(key, job)
        raise InputError(load_wording(job.language).of("jobs.no_video"))

    def _local(self, key: str, job: Job) -> Path:
        """Return what is kept under a key as a file of this machine, fetched once."""
        path = self._stores.blobs.local_path(key)
        if path is not None:
            return path
        target = self._folder(job.set_id) / key.rpartition("/")[2]
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            self._with_store(lambda: self._stores.blobs.fetch(key, part))
            part.replace(target)
        return target

    def _own_bend(self, job: Job) -> OwnBend | None:
        if job.person_id is None:
            return None
        person_id = job.person_id
        saved = self._patiently(lambda: read_calibration(self._stores.database, person_id))
        return None if saved is None else saved.own_bend

    def _put(self, key: str, path: Path) -> None:
        self._with_store(lambda: self._stores.blobs.put(key, path))

    def _remove(self, prefix: str) -> None:
        self._with_store(lambda: self._stores.blobs.remove(prefix))

    def _folder(self, set_id: str) -> Path:
        folder = self._scratch / set_id
        folder.mkdir(exist_ok=True)
        return folder

    def _tidy(self, set_id: str) -> None:
        shutil.rmtree(self._scratch / set_id, ignore_errors=True)
        try:
            self._remove(_stretch_prefix(set_id))
        except StoreError as error:
            _log.warning("stretches of set %s stay behind: %s", set_id, error)

    def _patiently(self, action: Callable[[], _Result]) -> _Result:
        """Wait for the database for as long as it takes, as the engine itself does."""
        return patiently(action, self._stopping)

    def _with_store(self, action: Callable[[], _Result]) -> _Result:
        return patiently(action, self._stopping, longest_s=STORE_PATIENCE_S)


def why(error: Exception, language: str) -> str:
    """Say in a person's words why an analysis was given up."""
    if isinstance(error, InputError):
        return str(error)
    for kinds, key in _REASONS.items():
        if isinstance(error, kinds):
            return load_wording(language).of(key)
    return load_wording(language).of("jobs.unexpected")


_REASONS: Final[dict[type[Exception] | tuple[type[Exception], ...], str]] = {
    HungError: "jobs.hung",
    OutOfMemoryError: "jobs.memory",
    DiedError: "jobs.died",
    (StoreError, OutputError): "jobs.store",
}


def _stretch_prefix(set_id: str) -> str:
    return f"{set_prefix(set_id)}stretches/"


def _stretch_key(set_id: str, number: int) -> str:
    return f"{_stretch_prefix(set_id)}{_stretch_name(number)}"


def _stretch_name(number: int) -> str:
    return f"{number}.poses.npz"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, hashlib.sha256).hexdigest()
