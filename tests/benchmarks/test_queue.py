"""How fast the queue is: workers against plain commands, and a status among many jobs."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from service.api.feed import read_job
from service.jobs.engine import Queue, run_worker
from service.settings import Settings
from service.store.opening import open_stores
from service.store.sets import NewSet, add_set_in
from service.store.tables import Origin
from tests.chaos.supervisor import MEMORY
from tests.given_material import pose_bundle
from tests.queued_clips import queue_clip

if TYPE_CHECKING:
    import pytest

    from service.jobs.engine import RunStep
    from service.store.opening import Stores

SAMPLES: Final = Path(__file__).parents[2] / "sample_videos"
PROGRAM: Final = Path(sys.executable).with_name("hingewise")
WORKERS: Final = 2
ROUNDS: Final = 2
"""Times that each sample is analysed, so that the start of the programs weighs little."""

JOBS: Final = 10_000
READS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds on the clock, and of processor time, that programs took together."""

    took_s: float
    processor_s: float

    def line(self, name: str, other: Pace) -> str:
        """Return it beside that of others."""
        more = 100 * (self.took_s / other.took_s - 1)
        processor = 100 * (self.processor_s / other.processor_s - 1)
        return (
            f"{name:<32}{self.took_s:6.1f} s ({more:+.0f} %), "
            f"processor {self.processor_s:6.1f} s ({processor:+.0f} %)"
        )


def run_together(commands: list[list[str]], log: Path, **settings: str) -> Pace:
    """Run programs at once until all have ended well."""
    began_s, before_s = time.perf_counter(), processor_s()
    with log.open("wb") as said:
        running = [
            subprocess.Popen(
                [PROGRAM, *command], env={**os.environ, **settings}, stdout=said, stderr=said
            )
            for command in commands
        ]
        assert [program.wait() for program in running] == [0] * len(running)
    return Pace(took_s=time.perf_counter() - began_s, processor_s=processor_s() - before_s)


def processor_s() -> float:
    """Return the processor time of all programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_workers_keep_pace_with_plain_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prints the seconds for all samples; fails on no clock."""
    pose_bundle(mask=True)
    clips = sorted(SAMPLES.glob("*.mp4")) * ROUNDS
    load = os.getloadavg()[0]

    def plain(name: str, *options: str) -> Pace:
        out = str(tmp_path / name)
        commands = [
            ["assess", *options, "--out", f"{out}-{n}", *map(str, clips[n::WORKERS])]
            for n in range(WORKERS)
        ]
        return run_together(commands, tmp_path / f"{name}.log")

    bare = plain("bare", "--no-video")
    whole = plain("whole")
    settings = Settings(data=tmp_path / "data")
    with open_stores(settings) as stores, closing(Queue(stores.database)) as queue:
        for clip in clips:
            queue_clip(stores, queue, clip)
    log = tmp_path / "workers.log"
    data = str(settings.data)
    queued = run_together([["worker", "--once"]] * WORKERS, log, HINGEWISE_DATA=data)
    peaks = [(int(worker), int(child)) for worker, child in MEMORY.findall(log.read_text("utf-8"))]
    worker, child = (max(column) for column in zip(*peaks, strict=True))
    with capsys.disabled():
        print(
            f"\n{len(clips)} clips, {WORKERS} programs on {os.cpu_count()} cores, "
            f"load before {load:.1f}; differences are from the second line",
            bare.line("hingewise assess --no-video", whole),
            whole.line("hingewise assess", whole),
            queued.line("hingewise worker (with proxy)", whole),
            f"memory at most {worker} MB a worker, {child} MB the process beside it",
            sep="\n",
        )


def test_a_status_among_many_jobs(stores: Stores, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints how long a status takes while a worker takes jobs; fails on no clock."""
    with closing(Queue(stores.database)) as queue:
        began_s = time.perf_counter()
        ids = fill(stores, queue)
        filled_s = time.perf_counter() - began_s
        done: list[str] = []

        def work(set_id: str, run_step: RunStep) -> str:
            done.append(run_step("only", lambda: set_id))
            return "done"

        with run_worker(queue, work, worker_id="benchmark"):
            took_ms = [read_ms(stores, random.choice(ids)) for _ in range(READS)]  # noqa: S311 - any
    middle, p95 = np.percentile(took_ms, (50, 95))
    with capsys.disabled():
        print(
            f"\n{stores.database.engine.dialect.name}: {JOBS} jobs wait, filled in "
            f"{filled_s:.0f} s; load {os.getloadavg()[0]:.1f}\n"
            f"status and place  median {middle:.1f} ms, p95 {p95:.1f} ms, "
            f"most {max(took_ms):.0f} ms; {len(done)} jobs taken meanwhile"
        )


def fill(stores: Stores, queue: Queue) -> list[str]:
    """Queue many sets."""
    ids = []
    for _ in range(JOBS // 500):
        with stores.database.transaction() as session:
            for _ in range(500):
                new = NewSet(origin=Origin.UPLOAD, source_name="clip.mp4")
                add_set_in(session, new)
                queue.enqueue(session, new.id)
                ids.append(new.id)
    return ids


def read_ms(stores: Stores, set_id: str) -> float:
    """Read what a page asks for about a job."""
    began_s = time.perf_counter()
    assert read_job(stores.database, set_id, dead_s=30) is not None
    return 1000 * (time.perf_counter() - began_s)
