"""Lumbar flexion of renders and real clips, through the whole path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.lumbar.rhythm import PEAK
from tests.accuracy import counting
from tests.accuracy.recorded_clips import assessment_of
from tests.accuracy.render_angles import truth_of
from tests.given_material import shared_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.lumbar.shape import BackShape
    from models.results import Measurement, Rep

NORMAL_90: Final = 1.645
"""Half the width of a 90 % interval, in standard errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LumbarRep:
    """Lumbar flexion at the bottom of one repetition.

    Attributes
    ----------
    number
        From 1.
    true_deg
        As rendered; NaN for a real person.
    told
        What the program told.
    shape
        Its word.
    """

    number: int
    true_deg: float
    told: Measurement
    shape: BackShape | None

    @property
    def error_deg(self) -> float:
        """Told minus true; NaN when nothing was told."""
        return self.told.value - self.true_deg

    @property
    def holds(self) -> bool:
        """Whether the 90 % interval holds the truth."""
        return abs(self.error_deg) <= NORMAL_90 * self.told.se

    @property
    def words(self) -> str:
        """Degrees with their error, or the reason why not and the word, if there is one."""
        word = "" if self.shape is None else str(self.shape)
        if self.told.measured:
            return f"{self.told.value:.0f} ± {self.told.se:.0f} {word}"
        return f"`{self.told.reason}` {word}".strip()


def render_reps(name: str) -> tuple[LumbarRep, ...]:
    """Repetitions of a rendered clip of the shared material, with their truth."""
    truth: dict[str, Any] = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
    times = truth_of(name).t_s
    flexion = np.array([frame["lumbar_flexion"] for frame in truth["frames"]])
    reps = assessment_of(f"renders/{name}.mp4").reps

    def true_deg(rep: Rep) -> float:
        within = (times >= rep.start_s) & (times <= rep.end_s)
        return float(flexion[within].max())

    return tuple(_rep(rep, true_deg(rep)) for rep in reps)


def clip_reps(name: str) -> tuple[LumbarRep, ...]:
    """Repetitions of a real clip of the shared material."""
    return tuple(_rep(rep, float("nan")) for rep in assessment_of(f"clips/{name}").reps)


def all_render_reps(max_yaw_deg: float) -> list[LumbarRep]:
    """Repetitions of all renders that are turned by no more than this."""
    names = [name for name in counting.render_names() if truth_of(name).yaw_deg <= max_yaw_deg]
    return [rep for name in names for rep in render_reps(name)]


def side_view_clips() -> list[str]:
    """List the files of the real clips that were filmed from the side."""
    sets = counting.side_view_sets(counting.clip_counts())
    manifest = json.loads(shared_file("clips/manifest.json").read_text("utf-8"))
    files = {entry["file"].rsplit(".", 1)[0]: entry["file"] for entry in manifest["clips"]}
    return [files[one.name] for one in sets]


def told(reps: Iterable[LumbarRep]) -> list[LumbarRep]:
    """Keep those for which a number was told."""
    return [rep for rep in reps if rep.told.measured]


def shapes(reps: Sequence[LumbarRep]) -> set[str]:
    """Words that were said."""
    return {str(rep.shape) for rep in reps}


def _rep(rep: Rep, true_deg: float) -> LumbarRep:
    return LumbarRep(
        number=rep.number,
        true_deg=true_deg,
        told=rep.metrics[PEAK.id],
        shape=None if rep.rhythm is None else rep.rhythm.shape,
    )
