"""Queues clips, kills workers and restarts the database meanwhile, and checks what came out."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import func, select

from models.exports.angles_csv import angles_csv
from service.artefacts import ANGLES, REPORT
from service.jobs.engine import Queue
from service.jobs.patience import patiently
from service.jobs.scratch import FOLDER, scratch_folder
from service.pipeline import assess_recording, record_poses
from service.settings import Settings
from service.store.blobs import set_prefix
from service.store.opening import open_stores
from service.store.tables import Set, Status
from tests.chaos.supervisor import Supervisor
from tests.given_material import pose_bundle
from tests.postgres import running_postgres
from tests.queued_clips import make_sparse_clip, queue_clip, sparse_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.store.opening import Stores
    from tests.postgres import PostgresServer

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_neutral.mp4"
STEPS: Final = 4
"""Steps of a clip: three spans, and the end."""

STALLED_S: Final = 900.0
"""After so long without any news the ordeal is given up."""

LOOK_S: Final = 0.1

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done to how many clips.

    Attributes
    ----------
    database
        ``sqlite`` or ``postgresql``.
    clips, different
        How many clips are queued, and how many different videos they are of.
    workers
        How many work at a time.
    kills, restarts
        How many workers are killed; how often the database goes away (PostgreSQL is restarted,
        SQLite is locked).
    seed
        Of the choice of whom to kill and when.
    """

    database: str
    clips: int
    different: int
    workers: int
    kills: int
    restarts: int
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Figures:
    """What came out.

    Attributes
    ----------
    plan
        What was done.
    kills, restarts
        How many there were.
    workers_started
        Workers that were started, the first ones included.
    statuses
        How the clips ended.
    differing
        Clips whose results differ from those of an undisturbed analysis, and in what.
    odd_records
        Clips whose steps are not kept exactly once each.
    left_behind
        Files of steps and workers that should be gone.
    bad_ends
        Statuses of workers that ended by themselves or did not end well when asked.
    step_runs
        Steps that were begun.
    took_s
        Seconds from the first clip queued to the last one analysed.
    peak_megabytes
        Most memory of a worker and of the process beside it.
    """

    plan: Plan
    kills: int = 0
    restarts: int = 0
    workers_started: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    odd_records: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    bad_ends: list[int] = field(default_factory=list)
    step_runs: int = 0
    took_s: float = 0.0
    peak_megabytes: tuple[int, int] = (0, 0)

    @property
    def is_sound(self) -> bool:
        """Tell whether every clip was analysed, nothing was lost and nothing stayed behind."""
        faults = (self.differing, self.odd_records, self.left_behind, self.bad_ends)
        return self.statuses == {Status.DONE: self.plan.clips} and not any(faults)

    def table(self) -> str:
        """Return the figures as lines."""
        plan = self.plan
        needed = STEPS * plan.clips
        worker, child = self.peak_megabytes
        lines = {
            "database": plan.database,
            "clips": f"{plan.clips}, of {plan.different} videos; ended: {dict(self.statuses)}",
            "workers": f"{plan.workers} at a time, {self.workers_started} started",
            "kill -9": str(self.kills),
            "database away": str(self.restarts),
            "steps begun": f"{self.step_runs} for {needed} needed",
            "time": f"{self.took_s:.0f} s, {self.took_s / plan.clips:.1f} s a clip",
            "memory at most": f"{worker} MB a worker, {child} MB the process beside it",
            "results that differ": str(self.differing or "none"),
            "steps not kept exactly once": str(self.odd_records or "none"),
            "left behind": str(self.left_behind or "nothing"),
            "workers that ended otherwise": str(self.bad_ends or "none"),
        }
        return "\n".join(f"{name:<29} {value}" for name, value in lines.items())


class Ordeal:
    """One run of a plan in a folder.

    Parameters
    ----------
    plan
        What is done.
    folder
        Empty; takes clips, data and logs.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._chance = random.Random(plan.seed)  # noqa: S311 - nothing is kept secret by it
        self._figures = Figures(plan=plan)
        self._never = threading.Event()

    def run(self) -> Figures:
        """Do it all."""
        with ExitStack() as stack:
            server = None
            if self._plan.database == "postgresql":
                server = stack.enter_context(running_postgres())
            settings = self._settings(server)
            stores = stack.enter_context(open_stores(settings))
            queue = stack.enter_context(Queue(stores.database))
            clips = self._make_clips()
            ids = {queue_clip(stores, queue, clip): clip for clip in clips}
            environment = {
                "HINGEWISE_DATA": str(settings.data),
                "HINGEWISE_DATABASE": settings.database or "",
                "HINGEWISE_DEAD_S": str(settings.dead_s),
            }
            workers = Supervisor(self._folder, environment, self._plan.workers)
            with workers:
                self._endure(stores, workers, server)
                self._figures.bad_ends = workers.stop()
            self._note_workers(workers)
            self._check(stores, queue, ids)
        return self._figures

    def _settings(self, server: PostgresServer | None) -> Settings:
        url = None if server is None else server.create_database("chaos")
        return Settings(data=self._folder / "data", database=url, dead_s=5)

    def _make_clips(self) -> list[Path]:
        """Write the different videos, and copies of them under other names."""
        pictures = sparse_pictures(SAMPLE)
        clips: list[Path] = []
        for number in range(self._plan.clips):
            path = self._folder / f"clip-{number}.mp4"
            if number < self._plan.different:
                make_sparse_clip(path, pictures, number)
            else:
                path.symlink_to(clips[number % self._plan.different])
            clips.append(path)
        return clips

    def _endure(self, stores: Stores, workers: Supervisor, server: PostgresServer | None) -> None:
        """Let what is planned happen, evenly over the whole, until all clips have ended."""
        events = self._events(workers, stores, server)
        began_s = news_s = time.monotonic()
        ended_before = 0
        while (ended := self._count_ended(stores)) < self._plan.clips:
            workers.look_after()
            if events and ended >= events[0][0] * self._plan.clips:
                events.pop(0)[1]()
            if ended > ended_before:
                ended_before, news_s = ended, time.monotonic()
            assert time.monotonic() - news_s < STALLED_S, workers.log[-5000:]
            time.sleep(LOOK_S)
        self._figures.took_s = time.monotonic() - began_s

    def _events(
        self, workers: Supervisor, stores: Stores, server: PostgresServer | None
    ) -> list[tuple[float, Callable[[], None]]]:
        """Plan what happens, each with the share of clips that must have ended before."""
        plan = self._plan

        def kill() -> None:
            share = self._chance.uniform(0.0, 0.8)
            self._figures.kills += self._kill_at(share, stores, workers)

        def restart() -> None:
            if server is None:
                self._lock(stores)
            else:
                server.restart()
            self._figures.restarts += 1

        kills = [(number / (plan.kills + 1), kill) for number in range(plan.kills)]
        restarts = [((n + 0.5) / (plan.restarts + 1), restart) for n in range(plan.restarts)]
        return sorted(kills + restarts, key=lambda event: event[0])

    def _kill_at(self, share: float, stores: Stores, workers: Supervisor) -> bool:
        """Wait until some clip is that far and kill who works on it; tell whether it came to it."""
        while self._count_ended(stores) < self._plan.clips:
            workers.look_after()
            for worker_id, progress in self._patiently(lambda: _working(stores)):
                if (progress or 0.0) >= share and workers.kill(worker_id or ""):
                    return True
            time.sleep(LOOK_S)
        return False

    def _lock(self, stores: Stores) -> None:
        """Hold the one write lock of SQLite while every worker wants it."""
        with stores.database.transaction():
            time.sleep(5)

    def _count_ended(self, stores: Stores) -> int:
        def count() -> int:
            with stores.database.reading() as session:
                ended = select(func.count()).where(
                    Set.status.in_([Status.DONE, Status.FAILED, Status.CANCELLED])
                )
                return session.scalar(ended) or 0

        return self._patiently(count)

    def _note_workers(self, workers: Supervisor) -> None:
        self._figures.workers_started = workers.started
        self._figures.step_runs = workers.step_runs
        self._figures.peak_megabytes = workers.peak_megabytes

    def _check(self, stores: Stores, queue: Queue, ids: dict[str, Path]) -> None:
        """Compare what is there with what an undisturbed analysis gives."""
        figures = self._figures
        with stores.database.reading() as session:
            figures.statuses = Counter(session.scalars(select(Set.status)))
        bundle = pose_bundle(mask=True)
        recordings = {
            clip.resolve(): record_poses(clip.resolve(), bundle)
            for clip in dict.fromkeys(clip.resolve() for clip in ids.values())
        }
        for set_id, clip in ids.items():
            recording = replace(recordings[clip.resolve()], source_name=clip.name)
            result = assess_recording(recording)
            expected = {REPORT: result.report.to_json(), ANGLES: angles_csv(result.assessment)}
            for name, text in expected.items():
                key = f"{set_prefix(set_id)}{name}"
                if not stores.blobs.exists(key) or stores.blobs.get(key) != text.encode():
                    figures.differing.append(f"{clip.name} {name}")
            records = queue.records([set_id])
            if records.get("operation_outputs") != STEPS or records["workflow_status"] != 1:
                figures.odd_records.append(f"{clip.name} {records}")
            figures.left_behind += stores.blobs.keys(f"{set_prefix(set_id)}stretches/")
        data = self._folder / "data"
        with scratch_folder(data, "the next worker"):  # which removes what killed ones left
            figures.left_behind += [
                path.name for path in (data / FOLDER).iterdir() if path.name != "the next worker"
            ]

    def _patiently(self, action: Callable[[], _Result]) -> _Result:
        return patiently(action, self._never)


def _working(stores: Stores) -> list[tuple[str | None, float | None]]:
    wanted = select(Set.worker_id, Set.progress).where(Set.status == Status.WORKING)
    with stores.database.reading() as session:
        return [(worker_id, progress) for worker_id, progress in session.execute(wanted)]
