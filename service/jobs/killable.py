"""Work in a process that can be killed.

A decoder that hangs inside C cannot be interrupted, and a hostile video may ask for more memory
than there is. So all work on a video runs in a child process, watched by its parent.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeAlias, TypeVar, cast

from vision.errors import HingewiseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from service.pipeline import ProgressListener

WAKE_S: Final = 0.2
"""How often the parent looks after its child."""

TELL_EVERY_S: Final = 0.1
"""How often the child tells how far it is, at most."""

LEAVE_S: Final = 2.0
"""How long an idle child may take to leave by itself."""

_PR_SET_PDEATHSIG: Final = 1
_Result = TypeVar("_Result")


class EndedError(HingewiseError):
    """A process that ended before its work was done."""


class HungError(EndedError):
    """Nothing was heard of it for too long, and it was killed."""


class OutOfMemoryError(EndedError):
    """It took more memory than it may, and was killed."""


class StoppedError(EndedError):
    """It was to be stopped, and was killed."""


class DiedError(EndedError):
    """It died by itself, by a signal or by leaving."""


class FailedError(HingewiseError):
    """The work raised what is no error of ours; the message is the traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    result: object


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    kind: type[HingewiseError]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    traceback: str


_Answer: TypeAlias = _Progress | _Done | _Refused | _Failed


class KillableProcess:
    """A child process that works for its parent, one call after the other.

    It starts with the first call, so that what it imports and loads is paid for once, and again
    after it was killed. It ends with its parent, however that ends. Used by one thread at a time.

    Examples
    --------
    >>> with KillableProcess() as process:  # doctest: +SKIP
    ...     probe = process.run(partial(probe_video, path, name=name, limits=limits), quiet_s=30)
    """

    def __init__(self) -> None:
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process; None while there is none."""
        return None if self._child is None else self._child.pid

    def run(
        self,
        function: Callable[..., _Result],
        *arguments: object,
        quiet_s: float,
        most_bytes: int | None = None,
        on_progress: ProgressListener | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> _Result:
        """Call a function in the child, and wait for what it returns.

        Parameters
        ----------
        function
            A function of a module that takes a listener as ``on_progress``, or a
            `functools.partial` of one; what it returns is pickled.
        arguments
            What it is called with.
        quiet_s
            The child is killed when it tells nothing for so long. Starting it counts.
        most_bytes
            It is killed when it takes more memory than this, where that can be read (Linux).
        on_progress
            Told how far the work is, a few times a second.
        should_stop
            Asked a few times a second whether the work is to be stopped.

        Returns
        -------
        object
            What the function returned.

        Raises
        ------
        HungError, OutOfMemoryError, StoppedError, DiedError
            When the child ended before it was done; the next call starts another.
        HingewiseError
            What the function raised.
        FailedError
            When the function raised anything else.
        """
        watch = _Watch(quiet_s=quiet_s, most_bytes=most_bytes, should_stop=should_stop)
        child = self._ready_child()
        try:
            child.send((function, arguments))
            answer = _wait_for_answer(child, watch, on_progress)
        except _Gone as gone:
            self.close()
            raise DiedError(_how_it_died(child)) from gone
        except BaseException:
            self._kill()
            raise
        return cast("_Result", _result_of(answer))

    def close(self) -> None:
        """End the child. Closing twice is harmless, and another call starts another child."""
        if self._child is not None:
            self._child.leave()
            self._child = None

    def __enter__(self) -> Self:
        """Use it in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End the child."""
        self.close()

    def _ready_child(self) -> _Child:
        if self._child is not None and not self._child.is_alive:
            self._kill()
        if self._child is None:
            self._child = _Child()
        return self._child

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


class _Gone(Exception):  # noqa: N818 - told by a pipe, turned into an error by its reader
    """The other end of the pipe is closed."""


class _Child:
    """One process, and the pipes to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        lifeline, self._lifeline = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_serve, args=(theirs, lifeline, os.getpid()), name="hingewise work", daemon=True
        )
        self._over = threading.Event()
        self.exit_code: int | None = None
        try:
            _start_from_lasting_thread(self._process, self._over)
        except BaseException:
            self._release()
            raise
        finally:
            theirs.close()
            lifeline.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def send(self, call: object) -> None:
        try:
            self._pipe.send(call)
        except OSError as error:
            raise _Gone from error

    def receive(self, timeout_s: float) -> _Answer | None:
        """Wait for an answer; None when there is none in time."""
        try:
            return cast("_Answer", self._pipe.recv()) if self._pipe.poll(timeout_s) else None
        except (EOFError, OSError) as error:
            raise _Gone from error

    def leave(self) -> None:
        """Let a child that is idle or dying end by itself, or kill it."""
        self._pipe.close()
        self._process.join(LEAVE_S)
        self.kill()

    def kill(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        self._process.join()
        self.exit_code = self._process.exitcode
        self._process.close()
        self._release()

    def _release(self) -> None:
        self._over.set()
        self._pipe.close()
        self._lifeline.close()


class _Watch:
    """Ends a wait that takes too long, too much memory, or is no longer wanted."""

    def __init__(
        self, *, quiet_s: float, most_bytes: int | None, should_stop: Callable[[], bool] | None
    ) -> None:
        self._quiet_s = quiet_s
        self._most_bytes = most_bytes
        self._should_stop = should_stop
        self._heard_s = time.monotonic()

    def heard(self) -> None:
        self._heard_s = time.monotonic()

    def check(self, pid: int | None) -> None:
        if self._should_stop is not None and self._should_stop():
            msg = "expected the work to be wanted to its end, but it was stopped"
            raise StoppedError(msg)
        if time.monotonic() - self._heard_s > self._quiet_s:
            msg = (
                f"expected a sign of life within {self._quiet_s:g} s, got none: the work was "
                "stopped; export the video as an MP4 (H.264) and try again"
            )
            raise HungError(msg)
        taken = None if pid is None or self._most_bytes is None else resident_bytes(pid)
        if taken is not None and self._most_bytes is not None and taken > self._most_bytes:
            msg = (
                f"expected the work to take at most {self._most_bytes:,} bytes of memory, got "
                f"{taken:,}: it was stopped; export the video at 1080p and try again"
            )
            raise OutOfMemoryError(msg)


def resident_bytes(pid: int) -> int | None:
    """Read how much memory a process holds; None where that cannot be read."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _wait_for_answer(
    child: _Child, watch: _Watch, on_progress: ProgressListener | None
) -> _Done | _Refused | _Failed:
    while True:
        answer = child.receive(WAKE_S)
        if answer is not None:
            watch.heard()
        if isinstance(answer, _Progress):
            if on_progress is not None:
                on_progress(answer.share)
        elif answer is not None:
            return answer
        watch.check(child.pid)


def _result_of(answer: _Done | _Refused | _Failed) -> object:
    if isinstance(answer, _Refused):
        # Not by its own constructor: that may ask for more than a message.
        raise answer.kind.__new__(answer.kind, answer.message)
    if isinstance(answer, _Failed):
        raise FailedError(answer.traceback)
    return answer.result


def _how_it_died(child: _Child) -> str:
    code = child.exit_code
    how = f"left with status {code}"
    if code is not None and code < 0:
        with suppress(ValueError):
            how = f"died of {signal.Signals(-code).name}"
    return (
        f"expected the work to be done, but its process {how}; export the video as an MP4 (H.264) "
        "and try again"
    )


def _start_from_lasting_thread(process: SpawnProcess, over: threading.Event) -> None:
    """Start a process from a thread that lasts as long as it does.

    Linux takes the end of the thread that started a process for the end of its parent.
    """
    started: Future[None] = Future()

    def start() -> None:
        try:
            process.start()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            started.set_exception(error)
            return
        started.set_result(None)
        over.wait()

    threading.Thread(target=start, name="hingewise work", daemon=True).start()
    started.result()


def _serve(pipe: Connection, lifeline: Connection, parent_pid: int) -> None:
    """Work in the child until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent(lifeline, parent_pid)
    tell = _teller(pipe)
    with suppress(EOFError, OSError):
        while True:
            answer = _answer(pipe.recv_bytes(), tell)
            pipe.send_bytes(answer)


def _answer(call: bytes, tell: ProgressListener) -> bytes:
    """Do what is asked for; whatever goes amiss is an answer too."""
    try:
        function, arguments = ForkingPickler.loads(call)
        return _packed(_Done(result=function(*arguments, on_progress=tell)))
    except HingewiseError as error:
        return _packed(_Refused(kind=type(error), message=str(error)))
    except Exception:  # noqa: BLE001 - the parent raises it as it came
        return _packed(_Failed(traceback=traceback.format_exc()))


def _packed(answer: _Answer) -> bytes:
    return bytes(ForkingPickler.dumps(answer))


def _teller(pipe: Connection) -> ProgressListener:
    """Make a listener that passes on what it hears, not too often."""
    next_s = 0.0

    def tell(share: float | None) -> None:
        nonlocal next_s
        now_s = time.monotonic()
        if now_s >= next_s:
            next_s = now_s + TELL_EVERY_S
            pipe.send(_Progress(share=share))

    return tell


def _die_with_parent(lifeline: Connection, parent_pid: int) -> None:
    """End this process with its parent: at once on Linux, elsewhere when Python runs next."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            os._exit(1)

    def hold() -> None:
        with suppress(EOFError, OSError):
            lifeline.recv_bytes()
        os._exit(1)

    threading.Thread(target=hold, name="lifeline", daemon=True).start()
