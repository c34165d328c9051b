"""When repetitions start, reach the bottom and end in the renders, against when they do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.metrics import DESCENT_TIME
from tests.accuracy.recorded_clips import assessment_of
from tests.accuracy.render_angles import side_view_renders
from tests.given_material import shared_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.results import Rep

MOMENTS: Final = ("start_s", "bottom_s", "end_s")


WAY_DOWN: Final = "way_down_s"
"""Name of the time from the start to the bottom; ours is the metric that tempo is judged by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeErrors:
    """Found minus true time of one moment, or of the way down, of every repetition."""

    moment: str
    difference_s: NDArray[np.float64]


def time_errors() -> list[TimeErrors]:
    """Compare every repetition of the side-view renders that state its times."""
    pairs = _pairs()
    errors = [
        TimeErrors(
            moment=moment,
            difference_s=np.array([getattr(rep, moment) - true[moment] for rep, true in pairs]),
        )
        for moment in MOMENTS
    ]
    judged = [
        rep.metrics[DESCENT_TIME.id].value - (true["bottom_s"] - true["start_s"])
        for rep, true in pairs
        if DESCENT_TIME.id in rep.metrics and rep.metrics[DESCENT_TIME.id].measured
    ]
    return [*errors, TimeErrors(moment=WAY_DOWN, difference_s=np.array(judged))]


def _pairs() -> list[tuple[Rep, dict[str, float]]]:
    pairs = []
    for name in side_view_renders():
        truth = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
        found = assessment_of(f"renders/{name}.mp4").reps
        if "reps" in truth:
            pairs += list(zip(found, truth["reps"], strict=True))
    return pairs
