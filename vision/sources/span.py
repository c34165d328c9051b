"""The part of a video that is handed out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open stretch of a video's own time, ``[start_s, end_s)``.

    What went amiss while reading belongs to the span by its time, so that spans which cover a
    video count together what reading it whole counts: the first span takes what lies before its
    start too.

    Attributes
    ----------
    start_s
        Seconds from the first frame of the video.
    end_s
        Infinite where the video is read to its end.
    lead_s
        Seconds before the start whose frames are handed out too, for an estimator to settle;
        they are not counted.

    Raises
    ------
    ValueError
        When it is empty, or begins before the video.
    """

    start_s: float = 0.0
    end_s: float = math.inf
    lead_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a span that holds no frame or begins before the video."""
        if not (0 <= self.start_s < self.end_s and self.lead_s >= 0 and self.start_s < math.inf):
            msg = (
                "expected a span of 0 <= start_s < end_s and lead_s of 0 or more, got "
                f"{self.start_s} to {self.end_s} with {self.lead_s}"
            )
            raise ValueError(msg)

    @property
    def first_s(self) -> float:
        """Time from which frames are handed out."""
        return max(0.0, self.start_s - self.lead_s)

    def is_before(self, t_s: float) -> bool:
        """Whether a time belongs to an earlier span."""
        return self.start_s > 0 and t_s < self.start_s


WHOLE: Final = Span()
"""All of a video."""
