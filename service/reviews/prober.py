"""Looks at a video before it is accepted, where a hostile one can do no harm."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from service.jobs.killable import EndedError, FailedError, KillableProcess
from service.reviews.probe import probe_video
from vision.errors import VideoError
from vision.sources.limits import VideoLimits

if TYPE_CHECKING:
    from pathlib import Path

    from service.pipeline import ProgressListener
    from service.reviews.probe import Probe

MOST_BYTES: Final = 1_500_000_000
"""Memory that opening may take; an 8K picture takes a tenth of it."""


class Prober:
    """Opens videos in one child process, one after the other. Safe to use from several threads.

    Parameters
    ----------
    hung_s
        Longest that a video may take to open, the start of the child included.
    """

    def __init__(self, hung_s: float) -> None:
        self._hung_s = hung_s
        self._lock = threading.Lock()
        self._child = KillableProcess()

    def prepare(self) -> None:
        """Start the child in the background, while a video is still on its way."""
        if self._child.pid is None:
            threading.Thread(target=self._start, name="prober", daemon=True).start()

    def _start(self) -> None:
        with suppress(EndedError, FailedError), self._lock:  # told when a video is looked at
            self._child.run(_be_ready, quiet_s=self._hung_s)

    def probe(self, path: Path, name: str) -> Probe:
        """Say what a video is.

        Parameters
        ----------
        path
            The file.
        name
            What a refusal calls it.

        Raises
        ------
        VideoError
            When it cannot be used, or opening it does not end.
        """
        try:
            with self._lock:
                look = partial(probe_video, path, name=name, limits=VideoLimits())
                return self._child.run(look, quiet_s=self._hung_s, most_bytes=MOST_BYTES)
        except (EndedError, FailedError) as error:
            msg = (
                f"{name}: expected a video that can be opened, got one at which opening stops: "
                "export it as an MP4 (H.264)"
            )
            raise VideoError(msg) from error

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._child.close()


def _be_ready(*, on_progress: ProgressListener | None) -> None:
    """Do nothing: what it takes to look at a video was loaded to call this."""
    del on_progress
