"""From what frames show of a back to lumbar flexion with its error, or the reason why not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.lumbar.features import STATIONS, Description, features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.lumbar.estimator import LumbarEstimator

    Floats = NDArray[np.float64]

MAX_FRAME_SE_DEG: Final = 16.0
"""Past this a frame tells nothing, not even towards a word for the repetition
(`models.lumbar.profile.MAX_WORD_SE_DEG`); expert default."""

MAX_YAW_DEG: Final = 25.0
"""Past this the view is refused (``measurement.md`` §2.3)."""

MAX_HIDDEN: Final = 0.4
"""Largest share of the lumbar part of the back that may be covered in a frame; expert default."""

MIN_QUALITY: Final = 0.15
"""Outlines below this are not read; expert default."""

TRUNK_RANGE: Final = (0.55, 1.2)
"""Length of the hip-shoulder line over its length standing that a body can have: a fully rounded
back comes to 0.85 (``measurement.md`` §1.1), a camera that is turned or near takes some more;
expert default. Outside, hip or shoulder are misplaced."""

MIN_STANDING_FRAMES: Final = 1
"""Least frames of quiet standing with an outline: a lifter may lock out for a moment only."""

MOST_STANDING_FRAMES: Final = 60
"""Frames of quiet standing that are averaged, spread evenly over all there are."""

MAX_BETWEEN_S: Final = 0.25
"""Longest time from one look at the back to the next for which the back is known in between, and
for which the last look tells how the back is now; expert default."""

NO_UPRIGHT: Final = "no_upright"
BACK_HIDDEN: Final = "back_hidden"
OUTLINE_UNCLEAR: Final = "outline_unclear"
TURNED_TOO_FAR: Final = "turned_too_far"
LUMBAR_UNCERTAIN: Final = "lumbar_uncertain"
REASONS: Final = ("", NO_UPRIGHT, BACK_HIDDEN, OUTLINE_UNCLEAR, TURNED_TOO_FAR, LUMBAR_UNCERTAIN)
"""Keys of the reasons why lumbar flexion was not measured in a frame; empty when it was."""

_LUMBAR: Final = (STATIONS > 0.05) & (STATIONS < 0.75)  # noqa: PLR2004 - S1 to T8 (``measurement.md`` §2.3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LumbarReading:
    """Lumbar flexion of several frames.

    Attributes
    ----------
    flexion_deg, se_deg
        ``(n,)`` change from own standing, flexion positive, and its standard error; NaN where it
        was not measured.
    reason
        ``(n,)`` index into `REASONS`.
    looked
        ``(n,)`` whether the back was looked at. Where it was not, the value lies between those of
        the frames before and after, see :func:`bridged`.
    """

    flexion_deg: Floats
    se_deg: Floats
    reason: NDArray[np.int8]
    looked: NDArray[np.bool_]

    @classmethod
    def nothing(cls) -> Self:
        """Read no frame."""
        empty = np.empty(0)
        return cls(
            flexion_deg=empty,
            se_deg=empty,
            reason=np.empty(0, np.int8),
            looked=np.empty(0, np.bool_),
        )

    def __getitem__(self, frames: slice) -> LumbarReading:
        """Take some of the frames."""
        return LumbarReading(
            flexion_deg=self.flexion_deg[frames],
            se_deg=self.se_deg[frames],
            reason=self.reason[frames],
            looked=self.looked[frames],
        )

    def main_reason(self, frames: NDArray[np.intp]) -> str:
        """Most frequent reason why not, where less than half of the frames were measured.

        Only frames in which the back was looked at count, if there are any.
        """
        reason, looked = self.reason[frames], self.looked[frames]
        reason = reason[looked] if looked.any() else reason
        if not len(reason) or 2 * (reason == 0).sum() >= len(reason):
            return ""
        counts = np.bincount(reason, minlength=len(REASONS))
        counts[0] = 0
        return REASONS[int(counts.argmax())]


def standing_of(quiet: Sequence[Description]) -> Description | None:
    """Describe how a person stands, from frames of quiet standing.

    Returns
    -------
    Description or None
        The middle of at most `MOST_STANDING_FRAMES` frames with an outline; None when there are
        fewer than `MIN_STANDING_FRAMES`.
    """
    clear = [one for one in quiet if one.quality[0] >= MIN_QUALITY]
    if len(clear) < MIN_STANDING_FRAMES:
        return None
    step = max(math.ceil(len(clear) / MOST_STANDING_FRAMES), 1)
    return Description.join(clear[::step]).median()


def read_lumbar(
    frames: Description,
    standing: Description | None,
    yaw_deg: Floats,
    estimator: LumbarEstimator,
) -> LumbarReading:
    """Read lumbar flexion frame by frame; nothing is smoothed.

    Parameters
    ----------
    frames
        The frames described.
    standing
        The same person standing, from `standing_of`; None while unknown.
    yaw_deg
        ``(n,)`` turn away from a pure side view in each frame; one that is NaN refuses nothing.
    estimator
        What turns features into degrees.
    """
    reason = _gate(frames, standing, yaw_deg)
    flexion, se = np.full((2, len(reason)), np.nan)
    open_ = reason == 0
    if standing is not None and open_.any():
        found = estimator.predict(features(frames, standing)[open_])
        flexion[open_], se[open_] = found.flexion_deg, found.se_deg
    reason[open_ & ~(se <= MAX_FRAME_SE_DEG)] = REASONS.index(LUMBAR_UNCERTAIN)
    blank = reason != 0
    flexion[blank] = se[blank] = np.nan
    looked = np.ones(len(reason), np.bool_)
    return LumbarReading(flexion_deg=flexion, se_deg=se, reason=reason, looked=looked)


def bridged(reading: LumbarReading, looked: NDArray[np.bool_], t_s: Floats) -> LumbarReading:
    """Fill in the frames in which the back was not looked at, from those before and after.

    Parameters
    ----------
    reading
        Of all frames, each by itself.
    looked
        ``(n,)`` whether the back was looked at.
    t_s
        ``(n,)`` seconds.

    Returns
    -------
    LumbarReading
        In between, value and error lie on the straight line through both neighbours when both
        were measured and lie within `MAX_BETWEEN_S`; else they stay unknown. What was looked at
        stays as it is.
    """
    seen = np.flatnonzero(looked)
    between = np.flatnonzero(~looked)
    place = np.searchsorted(seen, between)
    inside = (place > 0) & (place < len(seen))
    between, place = between[inside], place[inside]
    before, after = seen[place - 1], seen[place]
    known = (reading.reason[before] == 0) & (reading.reason[after] == 0)
    known &= t_s[after] - t_s[before] <= MAX_BETWEEN_S
    filled = between[known]
    values = [reading.flexion_deg.copy(), reading.se_deg.copy()]
    for value in values:
        value[filled] = np.interp(t_s[filled], t_s[seen], value[seen])
    flexion, se = values
    reason = reading.reason.copy()
    reason[filled] = 0
    return LumbarReading(flexion_deg=flexion, se_deg=se, reason=reason, looked=looked)


def _gate(frames: Description, standing: Description | None, yaw_deg: Floats) -> NDArray[np.int8]:
    """Say for each frame what stands in the way, the last named first.

    What is amiss with the frame itself comes before what is amiss with standing: it is what the
    person can mend now.
    """
    if standing is None:
        misplaced = np.zeros(len(frames.quality), np.bool_)
    else:
        low, high = TRUNK_RANGE
        stretch = frames.trunk_px / standing.trunk_px
        misplaced = ~((stretch > low) & (stretch < high))
    reason = np.zeros(len(frames.quality), np.int8)
    for holds, key in (
        (standing is None, NO_UPRIGHT),
        (frames.hidden[:, _LUMBAR].mean(axis=1) > MAX_HIDDEN, BACK_HIDDEN),
        (misplaced | ~(frames.quality >= MIN_QUALITY), OUTLINE_UNCLEAR),
        (yaw_deg > MAX_YAW_DEG, TURNED_TOO_FAR),
    ):
        reason[holds] = REASONS.index(key)
    return reason
