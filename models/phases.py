"""Phases of one repetition, and the moments that metrics are taken at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal
from models.results import Phase, PhaseSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.calibration import OwnBend
    from models.results import Series

BOTTOM_FRACTION: Final = 0.05
"""The bottom is where the bend is within this fraction of its peak ..."""
BOTTOM_MIN_DEG: Final = 3.0
"""... or within this many degrees, the noise of one frame (``stack.md``); expert default."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excerpt:
    """The signals of one repetition with the frames of its phases.

    Attributes
    ----------
    series
        All frames of the repetition.
    descent, bottom, ascent
        Slices of its frames; `descent` is empty when it starts at the bottom.
    starts_low
        Whether it starts at the bottom.
    lumbar_reason
        Key of the reason why the back's shape was not measured in it; empty when it was, or when
        nothing is known about it.
    own_bend
        The person's own free forward bend; None when it was not recorded.
    back_looked
        Whether the back was looked at in each frame; elsewhere its shape lies in between. None:
        in every frame.
    """

    series: Series
    descent: slice
    bottom: slice
    ascent: slice
    starts_low: bool
    lumbar_reason: str = ""
    own_bend: OwnBend | None = None
    back_looked: NDArray[np.bool_] | None = None

    @property
    def bottom_s(self) -> float:
        """Middle of the bottom."""
        times = self.series.t_s[self.bottom]
        return float((times[0] + times[-1]) / 2)

    def spans(self) -> tuple[PhaseSpan, ...]:
        """List the phases in seconds, consecutive."""
        times = self.series.t_s
        edges = [
            (Phase.DESCENT, self.descent),
            (Phase.BOTTOM, self.bottom),
            (Phase.ASCENT, self.ascent),
        ]
        spans = []
        for phase, frames in edges:
            if frames.stop > frames.start:
                end = times[min(frames.stop, len(times) - 1)]
                spans.append(
                    PhaseSpan(phase=phase, start_s=float(times[frames.start]), end_s=float(end))
                )
        return tuple(spans)


def excerpt(
    series: Series,
    *,
    start_seen: bool,
    lumbar_reason: str = "",
    own_bend: OwnBend | None = None,
) -> Excerpt:
    """Split the frames of one repetition into its phases.

    Parameters
    ----------
    series
        Frames of the repetition; the bend must be known in at least one.
    start_seen
        Whether the person was seen upright before it.
    lumbar_reason, own_bend
        As in `Excerpt`.

    Raises
    ------
    ValueError
        When the bend is unknown in every frame.
    """
    bend = series.of(Signal.BEND)
    if not np.isfinite(bend).any():
        msg = "the bend is unknown in every frame of the repetition"
        raise ValueError(msg)
    deep = _deep(bend)
    first, last = int(deep[0]), int(deep[-1]) + 1
    return Excerpt(
        series=series,
        descent=slice(0, first),
        bottom=slice(first, last),
        ascent=slice(last, len(bend)),
        starts_low=not start_seen and first <= max(1, len(bend) // 20),
        lumbar_reason=lumbar_reason,
        own_bend=own_bend,
    )


def _deep(bend: NDArray[np.float64]) -> NDArray[np.intp]:
    peak = float(np.nanmax(bend))
    edge = peak - max(BOTTOM_MIN_DEG, BOTTOM_FRACTION * peak)
    return np.flatnonzero(bend >= edge)
