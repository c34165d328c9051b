from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from vision.estimators.native_log import chatter_removed

if TYPE_CHECKING:
    from collections.abc import Sequence

CHATTER: Sequence[bytes] = (b"start-up note", b"harmless.cc")


def test_chatter_is_dropped_and_all_else_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with chatter_removed(CHATTER):
        os.write(2, b"W0000 harmless.cc:114] start\nE0000 disk is full\n")
        os.write(2, b"a start-up note\na warning of ours\n")
    os.write(2, b"start-up note, later\n")
    assert capfd.readouterr().err == (
        "E0000 disk is full\na warning of ours\nstart-up note, later\n"
    )


def fail_after_writing() -> None:
    with chatter_removed(CHATTER):
        os.write(2, b"the reason\n")
        raise RuntimeError


def test_after_an_error_the_terminal_is_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError):
        fail_after_writing()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "the reason\nafter\n"


def test_two_threads_do_not_mix_up_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    def start(number: int) -> None:
        for _ in range(20):
            with chatter_removed(CHATTER):
                os.write(2, b"start-up note\n")
                time.sleep(0.001)  # let another thread come in between
        os.write(2, f"{number} done\n".encode())

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"end\n")
    lines = capfd.readouterr().err.splitlines()
    assert sorted(lines[:-1]) == ["0 done", "1 done", "2 done", "3 done"]
    assert lines[-1] == "end"
