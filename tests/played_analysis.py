"""An analysis that is played: the video is, or ends with, a note of what happens on the way.

Stands in for `service.reviews.analysis` in the child of a worker, so that a test of the queue finds
no poses.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.reviews.analysis import SetSummary
from vision.errors import VideoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.pipeline import ProgressListener

MARK = b"free\n"
"""Begins the note at the end of a real video: a box that players pass over."""

REFUSAL = "expected a video, got a played one: export it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens.

    Attributes
    ----------
    log
        File that every call is noted in.
    spans
        How many spans the video has.
    at
        What happens in a span: ``refuse``, ``die``, ``die once``, ``fail``, ``wait``, ``hang``, or
        ``until`` and the path of a file that is waited for.
    files
        Sizes of further files that are left, by name.
    """

    log: Path
    spans: int = 3
    at: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """Write the video."""
        path.write_bytes(self._note())
        return path

    def append_to(self, video: bytes) -> bytes:
        """Return a real video (MP4) that is worked on as this says."""
        note = MARK + self._note()
        return video + (4 + len(note)).to_bytes(4, "big") + note

    def _note(self) -> bytes:
        return json.dumps(asdict(self) | {"log": str(self.log)}).encode()

    @property
    def calls(self) -> list[str]:
        """What was called so far."""
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    @classmethod
    def read(cls, path: Path) -> Script:
        """Read a video."""
        told = json.loads(path.read_bytes().rpartition(MARK)[2])
        return cls(**(told | {"log": Path(told["log"])}))

    def note(self, line: str) -> None:
        """Note a call."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def play(self, place: str, on_progress: ProgressListener | None) -> None:
        """Let happen what is to happen at a place."""
        self.note(place)
        event = self.at.get(place, "")
        if event == "refuse":
            raise VideoError(REFUSAL)
        if event == "fail":
            raise ZeroDivisionError
        if event == "die" or (event == "die once" and self.calls.count(place) == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        while event.startswith("until ") and not Path(event.removeprefix("until ")).exists():
            time.sleep(0.02)
        while event in {"wait", "hang"}:
            if event == "wait" and on_progress is not None:
                on_progress(0.5)
            time.sleep(0.05)


def record_span(
    video: Path,
    target: Path,
    number: int,
    *,
    on_progress: ProgressListener | None = None,
    **_told: Any,  # noqa: ANN401 - whatever it takes
) -> bool:
    script = Script.read(video)
    script.play(str(number), on_progress)
    target.write_bytes(b"stretch %d" % number)
    return number + 1 >= script.spans


def finish(
    video: Path,
    stretches: Sequence[Path],
    folder: Path,
    *,
    on_progress: ProgressListener | None = None,
    **_told: Any,  # noqa: ANN401 - whatever it takes
) -> SetSummary:
    script = Script.read(video)
    script.play("finish", on_progress)
    folder.mkdir(exist_ok=True)
    joined = b", ".join(path.read_bytes() for path in stretches)
    (folder / "report.json").write_bytes(joined)
    for name, size in script.files.items():
        (folder / name).write_bytes(content(size))
    return SetSummary(judged_as="squat", recognised="squat", reps=3, cue=None, metrics=())


def content(size: int) -> bytes:
    """Return what a file of a size holds."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]
