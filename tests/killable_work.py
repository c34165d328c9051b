"""What tests let a killable process do; few imports, since every process imports it anew."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import TYPE_CHECKING

from vision.errors import UnknownNameError, VideoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Tell = Callable[[float | None], None]


def add(one: int, other: int, *, on_progress: Tell) -> int:
    for step in range(5):
        on_progress(step / 5)
    return one + other


def own_pid(*, on_progress: Tell) -> int:
    on_progress(1.0)
    return os.getpid()


def hang_in_c(*, on_progress: Tell) -> None:
    """Hang as a decoder may: inside C, with the interpreter locked."""
    on_progress(0.25)
    ctypes.PyDLL(None).sleep(600)


def tell_for_ever(*, on_progress: Tell) -> None:
    while True:
        on_progress(None)
        time.sleep(0.02)


def take_memory(size_bytes: int, *, on_progress: Tell) -> None:
    taken = bytearray(b"x" * size_bytes)
    while taken:
        on_progress(0.5)
        time.sleep(0.02)


def leave(status: int, *, on_progress: Tell) -> None:
    on_progress(0.0)
    os._exit(status)


def crash(*, on_progress: Tell) -> None:
    on_progress(0.0)
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse(message: str, *, on_progress: Tell) -> None:
    on_progress(0.0)
    raise VideoError(message)


def refuse_a_name(*, on_progress: Tell) -> None:
    on_progress(0.0)
    kind = "movement"
    raise UnknownNameError(kind, "flying", ["squat"])


def stumble(*, on_progress: Tell) -> float:
    on_progress(0.0)
    return 1 / int("0")


def return_what_cannot_be_sent(*, on_progress: Tell) -> object:
    on_progress(0.0)
    return lambda: None


def write_pid_and_hang(file: Path, *, on_progress: Tell) -> None:
    file.with_suffix(".part").write_text(str(os.getpid()))
    file.with_suffix(".part").replace(file)
    hang_in_c(on_progress=on_progress)
