"""From how a person stands and how light it is to the one thing to do about it.

Landmarks slip for a frame or two and people sway, so nothing is told at once and nothing flickers:
what stands in the way must last before it is told, and whatever is told stays for a moment. While
a set runs only what lasts is told, for nobody can read a hint in the middle of a bend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vision.exposure import Exposure
from vision.framing import FramingIssue

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from vision.framing import Framing

SHOW_S: Final = 0.7
"""Time for which something must stand in the way before it is told. Expert default."""
CLEAR_S: Final = 0.5
"""Time for which it must be gone before it is no longer told, and for which every instruction,
and none at all, stays at least. Expert default."""
BLIP_S: Final = 0.2
"""A shorter change is a slip of the landmarks. Expert default."""
STEADY_S: Final = 1.5
"""Time for which nothing must stand in the way before a set may begin. Expert default."""
STEP_OUT_S: Final = 2.0
"""Somebody who stood well may leave the picture for as long. Expert default."""
LASTING_S: Final = 3.0
"""While a set runs, something must stand in the way for as long: longer than the deep part of a
repetition, in which a hand or the head may leave the picture. Expert default."""

BLOCKING: Final = frozenset(
    {
        FramingIssue.NOBODY,
        FramingIssue.UPSIDE_DOWN,
        FramingIssue.ON_ITS_SIDE,
        FramingIssue.LOW_FRAME_RATE,
        FramingIssue.FRONTAL_VIEW,
        FramingIssue.OBLIQUE_VIEW,
        FramingIssue.TOO_CLOSE,
        FramingIssue.BODY_CUT_OFF,
        FramingIssue.TOO_FAR,
    }
)
"""What keeps a set from beginning; all else is a hint. Light is a hint too: where a person can be
followed there is enough of it, whatever they wear and whatever their skin."""

LEAVING: Final = frozenset({FramingIssue.NOBODY, FramingIssue.BODY_CUT_OFF, FramingIssue.TOO_CLOSE})
"""How a step out of the picture looks."""

ORDER: Final = (
    FramingIssue.UPSIDE_DOWN,
    FramingIssue.ON_ITS_SIDE,
    FramingIssue.FRONTAL_VIEW,
    FramingIssue.OBLIQUE_VIEW,
    FramingIssue.TOO_CLOSE,
    FramingIssue.BODY_CUT_OFF,
    FramingIssue.TOO_FAR,
    Exposure.TOO_DARK,
    Exposure.TOO_BRIGHT,
    FramingIssue.NOBODY,
    FramingIssue.LOW_FRAME_RATE,
    FramingIssue.SECOND_PERSON,
    FramingIssue.SLIGHTLY_TURNED,
    FramingIssue.CAMERA_TILTED,
)
"""What is told first. Light comes before nobody and before slow pictures, because it may be why."""

Issue = FramingIssue | Exposure
_ISSUES: Final[frozenset[Issue]] = frozenset(ORDER)


@dataclass(slots=True, kw_only=True)
class _Course:
    """How one thing that stands in the way has come and gone; NaN before it first came."""

    since_s: float = math.nan
    last_s: float = math.nan
    missed: bool = False
    told: bool = False

    def follow(self, t_s: float, *, here: bool, wait_s: float) -> None:
        """Take in whether it is there now and how long it must last to be told."""
        self.missed = self.missed or not here
        if self.missed and t_s - self.last_s >= (CLEAR_S if self.told else BLIP_S):
            self.since_s, self.told = math.nan, False
        if not here:
            return
        if math.isnan(self.since_s):
            self.since_s = t_s
        self.last_s, self.missed = t_s, False
        self.told = self.told or t_s - self.since_s >= wait_s


class FramingGuide:
    """Turns what stands in the way into one instruction at a time, without flicker.

    Attributes
    ----------
    in_set
        Whether a set runs; the owner says so. Then only what lasts is told, and no hint.
    """

    def __init__(self) -> None:
        self.in_set = False
        self._courses = {issue: _Course() for issue in ORDER}
        self._told: Issue | None = None
        self._told_since_s = -math.inf
        self._steady = False
        self._well_since_s = math.nan
        self._blocked_since_s = math.nan

    @property
    def steady(self) -> bool:
        """Whether nothing has stood in the way for long enough to begin."""
        return self._steady

    def update(self, t_s: float, framing: Framing, exposure: Exposure) -> str | None:
        """Take in the next picture.

        Parameters
        ----------
        t_s
            Its time; must not be earlier than the one before.
        framing
            How the person stands.
        exposure
            How light it is.

        Returns
        -------
        str or None
            Key of ``[guide.KEY]`` in the text file; None when all is well.
        """
        here = _ISSUES.intersection((*framing.issues, exposure))
        self._follow_steadiness(t_s, here & BLOCKING)
        for issue, course in self._courses.items():
            course.follow(t_s, here=issue in here, wait_s=self._wait_s(issue))
        first = next((issue for issue in ORDER if self._is_due(issue)), None)
        if first is not self._told and t_s - self._told_since_s >= CLEAR_S:
            self._told, self._told_since_s = first, t_s
        return None if self._told is None else self._told.value

    def _is_due(self, issue: Issue) -> bool:
        return self._courses[issue].told and (issue in BLOCKING or not self.in_set)

    def _wait_s(self, issue: Issue) -> float:
        if self.in_set:
            return LASTING_S
        return STEP_OUT_S if self._steady and issue in LEAVING else SHOW_S

    def _follow_steadiness(self, t_s: float, blocking: AbstractSet[Issue]) -> None:
        if not blocking:
            self._blocked_since_s = math.nan
            if math.isnan(self._well_since_s):
                self._well_since_s = t_s
            self._steady = self._steady or t_s - self._well_since_s >= STEADY_S
            return
        if math.isnan(self._blocked_since_s):
            self._blocked_since_s = t_s
        if t_s - self._blocked_since_s >= self._bearable_s(blocking):
            self._steady, self._well_since_s = False, math.nan

    def _bearable_s(self, blocking: AbstractSet[Issue]) -> float:
        """Time for which something may stand in the way without a new start."""
        if not self._steady:
            return BLIP_S
        return STEP_OUT_S if blocking <= LEAVING else SHOW_S
