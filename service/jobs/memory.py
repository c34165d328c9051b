"""How much memory a worker and the process beside it have needed at most."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class PeakMemory:
    """Most memory of this process and of its child, children that were killed included.

    Parameters
    ----------
    child
        Returns the number of the child; None while there is none.
    """

    def __init__(self, child: Callable[[], int | None]) -> None:
        self._child = child
        self._most_of_children = 0

    def told(self) -> str:
        """Return both, in megabytes, as a log tells them: ``160 + 700 MB``."""
        pid = self._child()
        if pid is not None:
            self._most_of_children = max(self._most_of_children, peak_bytes(pid) or 0)
        here = peak_bytes(os.getpid()) or 0
        return f"{here / 1e6:.0f} + {self._most_of_children / 1e6:.0f} MB"


def peak_bytes(pid: int) -> int | None:
    """Return the most memory a process has held since it began; None where it is not told."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return None
    kilobytes = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return next((int(number) * 1024 for number in kilobytes), None)
