"""A process that works for another can be killed at any time, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service.jobs.killable import (
    DiedError,
    FailedError,
    HungError,
    KillableProcess,
    OutOfMemoryError,
    StoppedError,
    resident_bytes,
)
from tests import killable_work as work
from vision.errors import UnknownNameError, VideoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET_S: Final = 60.0
"""Longer than any start on a busy machine."""

ROOT: Final = Path(__file__).parents[2]
needs_proc = pytest.mark.skipif(
    sys.platform != "linux", reason="memory and descriptors are read from /proc"
)


@pytest.fixture(scope="module")
def process() -> Iterator[KillableProcess]:
    """One process for all; a test that kills it makes the next one start another."""
    with KillableProcess() as process:
        yield process


def is_gone(pid: int) -> bool:
    """Whether there is no such process, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + QUIET_S
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return condition()


def pid_of(process: KillableProcess) -> int:
    return process.run(work.own_pid, quiet_s=QUIET_S)


def test_it_calls_a_function_elsewhere_and_tells_how_far_it_is(process: KillableProcess) -> None:
    shares: list[float | None] = []

    assert process.run(work.add, 2, 3, quiet_s=QUIET_S, on_progress=shares.append) == 5
    assert shares[0] == 0.0
    assert process.run(partial(work.add, 2), 40, quiet_s=QUIET_S) == 42


def test_one_process_serves_many_calls(process: KillableProcess) -> None:
    pids = {pid_of(process) for _ in range(3)}

    assert pids == {process.pid}
    assert os.getpid() not in pids


def test_our_errors_come_as_they_were_raised(process: KillableProcess) -> None:
    with pytest.raises(VideoError) as caught:
        process.run(work.refuse, "squat.mp4: expected a video, got a poem", quiet_s=QUIET_S)
    assert type(caught.value) is VideoError
    assert str(caught.value) == "squat.mp4: expected a video, got a poem"
    with pytest.raises(UnknownNameError, match="unknown movement 'flying': use one of squat"):
        process.run(work.refuse_a_name, quiet_s=QUIET_S)


def test_other_errors_come_with_their_traceback(process: KillableProcess) -> None:
    before = pid_of(process)

    with pytest.raises(FailedError, match=r"in stumble\n[^$]*ZeroDivisionError"):
        process.run(work.stumble, quiet_s=QUIET_S)
    with pytest.raises(FailedError, match="pickle"):
        process.run(work.return_what_cannot_be_sent, quiet_s=QUIET_S)
    assert pid_of(process) == before


def test_a_call_that_cannot_be_sent_leaves_it_ready(process: KillableProcess) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError), match="pickle"):
        process.run(lambda on_progress: on_progress, quiet_s=QUIET_S)

    assert process.run(work.add, 1, 1, quiet_s=QUIET_S) == 2


@needs_proc
def test_what_is_silent_is_killed_even_inside_c(process: KillableProcess) -> None:
    pid = pid_of(process)

    with pytest.raises(HungError, match=r"a sign of life within 0\.4 s, got none"):
        process.run(work.hang_in_c, quiet_s=0.4)

    assert is_gone(pid)
    assert process.pid is None


@needs_proc
def test_what_takes_too_much_memory_is_killed(process: KillableProcess) -> None:
    held = resident_bytes(pid_of(process))
    pid = process.pid
    assert held is not None
    assert pid is not None

    with pytest.raises(OutOfMemoryError, match="at most"):
        process.run(work.take_memory, 2**27, quiet_s=QUIET_S, most_bytes=held + 2**26)

    assert is_gone(pid)


def test_what_is_no_longer_wanted_is_stopped(process: KillableProcess) -> None:
    heard = threading.Event()

    with pytest.raises(StoppedError):
        process.run(
            work.tell_for_ever,
            quiet_s=QUIET_S,
            on_progress=lambda _: heard.set(),
            should_stop=heard.is_set,
        )

    assert process.pid is None


def test_a_death_is_told_with_its_cause(process: KillableProcess) -> None:
    with pytest.raises(DiedError, match="left with status 3"):
        process.run(work.leave, 3, quiet_s=QUIET_S)
    with pytest.raises(DiedError, match="died of SIGSEGV"):
        process.run(work.crash, quiet_s=QUIET_S)


def test_a_death_between_calls_goes_unnoticed(process: KillableProcess) -> None:
    before = pid_of(process)
    os.kill(before, signal.SIGKILL)

    def died() -> bool:
        child = process._child  # noqa: SLF001 - waits for what the next call looks at
        return child is None or not child.is_alive

    assert wait_until(died)
    assert pid_of(process) != before


@needs_proc
def test_a_listener_that_raises_ends_the_work_and_no_pipe_is_left() -> None:
    def count_descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def refuse(_: float | None) -> None:
        msg = "the listener is gone"
        raise ConnectionError(msg)

    with KillableProcess() as warm_up:
        warm_up.run(work.own_pid, quiet_s=QUIET_S)  # starts Python's own tracker of resources
    before = count_descriptors()
    process = KillableProcess()
    with pytest.raises(ConnectionError, match="the listener is gone"):
        process.run(work.tell_for_ever, quiet_s=QUIET_S, on_progress=refuse)
    assert process.pid is None
    pid = process.run(work.own_pid, quiet_s=QUIET_S)
    process.close()
    process.close()

    assert is_gone(pid)
    assert count_descriptors() == before


PARENT: Final = """
import sys
from pathlib import Path
from service.jobs.killable import KillableProcess
from tests import killable_work
if __name__ == "__main__":
    KillableProcess().run(killable_work.write_pid_and_hang, Path(sys.argv[1]), quiet_s=600)
"""


@needs_proc
def test_the_child_dies_with_its_parent_though_it_hangs_inside_c(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen((sys.executable, str(script), str(told)), env=environment)
    try:
        assert wait_until(told.exists)
        child = int(told.read_text())
        assert not is_gone(child)
    finally:
        parent.kill()
        parent.wait()

    assert wait_until(lambda: is_gone(child) or is_zombie(child))


def is_zombie(pid: int) -> bool:
    """Whether it is dead, and only not fetched yet by whom it was handed to."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


LEFT_OPEN: Final = """
from service.jobs.killable import KillableProcess
from tests import killable_work
if __name__ == "__main__":
    print(KillableProcess().run(killable_work.add, 20, 22, quiet_s=600))
"""


def test_a_process_that_is_left_open_ends_without_a_word(tmp_path: Path) -> None:
    script = tmp_path / "left_open.py"
    script.write_text(LEFT_OPEN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        (sys.executable, "-X", "dev", str(script)),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
