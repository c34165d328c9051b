"""Which way a person faces in the picture, known while they move and doubted when they turn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from vision.framing import Side, facing_evidence

if TYPE_CHECKING:
    from vision.pose import Pose

MEMORY_S: Final = 0.5
"""Evidence of this age counts a third; expert default."""

SEEN_FOR_S: Final = 0.1
"""Least time in view before a side is named; expert default."""

CERTAIN_AT_ONCE: Final = 0.5
"""Evidence of a single frame that names a side before that: a clip may begin at the bottom of a
lift. The first frames of 24 clips and renders from the side have 0.52 and more; expert default."""

CERTAIN: Final = 0.3
"""Least mean evidence for a side, as :func:`vision.framing.facing_evidence` gives it. Over half a
second, 16 real side views never fall below 0.34; seen from the front it is about 0."""

CONTRARY: Final = -0.1
"""Evidence of a single frame below which it speaks against the side; in 16 real side views one
frame of 7000 reaches -0.02."""

_LONGEST_STEP_S: Final = 0.1
"""One frame stands for no more time than this, whatever the frame rate."""


class FacingObserver:
    """Follows which way a person faces, one pose at a time; causal.

    :class:`vision.framing.FramingObserver` remembers for longer, so that a rep is never judged
    from two sides; this one lets go of a side as soon as the person may have turned.
    """

    def __init__(self) -> None:
        self._evidence = 0.0
        self._seen_for_s = 0.0
        self._last_t_s = math.nan

    def update(self, pose: Pose) -> Side:
        """Take in the next pose.

        Parameters
        ----------
        pose
            Must not be earlier than the one before.

        Returns
        -------
        Side
            Where the person looks in the picture; unknown while nobody is in view, in the first
            moments unless they are clear, seen from front or back, and while turning round.
        """
        elapsed_s = pose.t_s - self._last_t_s
        self._last_t_s = pose.t_s
        step_s = min(elapsed_s, _LONGEST_STEP_S) if elapsed_s >= 0 else 0.0
        kept = math.exp(-elapsed_s / MEMORY_S) if elapsed_s >= 0 else 0.0
        self._evidence *= kept
        self._seen_for_s *= kept
        if pose.is_empty:
            return Side.UNKNOWN
        now = facing_evidence(pose)
        self._evidence += step_s * now
        self._seen_for_s += step_s
        return self._side(now)

    def _side(self, now: float) -> Side:
        if self._seen_for_s < SEEN_FOR_S:
            return _sign(now) if abs(now) >= CERTAIN_AT_ONCE else Side.UNKNOWN
        mean = self._evidence / self._seen_for_s
        if abs(mean) < CERTAIN or now * math.copysign(1.0, mean) < CONTRARY:
            return Side.UNKNOWN
        return _sign(mean)


def _sign(evidence: float) -> Side:
    return Side.RIGHT if evidence > 0 else Side.LEFT
