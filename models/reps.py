"""Repetitions: excursions of the bend signal, found with hysteresis and dwell in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.phases import BOTTOM_FRACTION, BOTTOM_MIN_DEG
from models.results import Phase

ENTER_DEG: Final = 25.0
"""Bend that begins an excursion; above the sway and fidgeting of standing; expert default."""
EXIT_DEG: Final = 15.0
"""Bend below which the person is upright again; 10° of hysteresis; expert default."""
NO_UPRIGHT_EXIT_DEG: Final = 20.0
"""The same while the person's own upright is unknown and the bend is against vertical."""
SWAY_DEG: Final = 4.0
"""A bend begins where it was last within this of the most upright since the last one; above the
noise of one frame (0.7-2.3° for the hip, ``stack.md``)."""
FORGET_DPS: Final = 2.0
"""How fast that most upright moment is forgotten, degrees per second: who once leaned back is
upright again a few seconds later, and no bend is as slow; expert default."""
SETTLE_S: Final = 0.15
"""An excursion closes when the bend has fallen by less than `SETTLED_DEG` in this time; expert
default."""
SETTLED_DEG: Final = 2.0
"""Together 13°/s, whatever the frame rate; twice the noise of one frame (``stack.md``); expert
default."""
RISE_DEG: Final = 15.0
"""Without standing up fully, bending again by this much also closes it; expert default."""
VALLEY_FRACTION: Final = 0.35
"""... provided the bend came down to this fraction of its peak; expert default."""
VALLEY_MIN_PEAK_DEG: Final = 60.0
"""... and the peak was at least this; a hesitation on the way down is not a repetition."""
LOST_S: Final = 1.0
"""A person unseen for longer leaves the excursion unfinished; expert default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """One bend away from upright and back.

    Attributes
    ----------
    start_s, end_s
        Leaving upright (or the first moment seen), and the most upright moment after it.
    first_deg, peak_deg, end_deg
        Bend at the start, its largest and its last value.
    start_seen
        Whether the person was upright before it; otherwise it was already under way.
    finished
        Whether it ended upright; otherwise the person left or the clip ended.
    """

    start_s: float
    end_s: float
    first_deg: float
    peak_deg: float
    end_deg: float
    start_seen: bool
    finished: bool


class _State(StrEnum):
    UNSEEN = "unseen"
    UP = "up"
    DOWN = "down"
    RISEN = "risen"


class ExcursionTracker:
    """Finds excursions in a stream of bend values; causal, in seconds."""

    def __init__(self) -> None:
        self._state = _State.UNSEEN
        self._last_seen_s = -math.inf
        self._upright_known = False
        self._left_upright_s = math.nan
        self._upright_deg = math.inf
        self._start_s = math.nan
        self._first_deg = math.nan
        self._start_seen = False
        self._peak_deg = -math.inf
        self._low_deg = math.inf
        self._low_s = math.nan
        self._settling_deg = math.inf
        self._settling_since_s = math.nan

    @property
    def phase(self) -> Phase:
        """Where in a repetition the person is now, as far as can be told without looking ahead."""
        if self._state in (_State.UNSEEN, _State.UP):
            return Phase.STANDING
        edge = self._peak_deg - max(BOTTOM_MIN_DEG, BOTTOM_FRACTION * self._peak_deg)
        if math.isinf(self._low_deg):
            return Phase.DESCENT
        return Phase.BOTTOM if self._low_deg > edge else Phase.ASCENT

    def update(self, t_s: float, bend_deg: float, *, upright_known: bool) -> Excursion | None:
        """Take in the next value and return the excursion that it closed, if any.

        Parameters
        ----------
        t_s
            Seconds on the source's clock.
        bend_deg
            NaN while the person cannot be measured.
        upright_known
            Whether the bend is measured from the person's own upright.
        """
        elapsed_s = t_s - self._last_seen_s
        lost = elapsed_s > LOST_S and self._state is not _State.UNSEEN
        abandoned = self._abandon() if lost else None
        if math.isnan(bend_deg):
            return abandoned
        self._last_seen_s = t_s
        if upright_known and not self._upright_known:
            self._upright_deg = math.inf  # what was measured against vertical does not compare
        self._upright_known = upright_known
        if self._state is _State.UNSEEN:
            self._begin_unseen(t_s, bend_deg)
        elif self._state is _State.UP:
            self._watch_upright(t_s, bend_deg, elapsed_s)
        else:
            exit_deg = EXIT_DEG if upright_known else NO_UPRIGHT_EXIT_DEG
            return self._follow(t_s, bend_deg, exit_deg)
        return abandoned

    def peek(self) -> Excursion | None:
        """Return the excursion under way as if the stream ended now; changes nothing."""
        if self._state is _State.RISEN:
            return self._excursion(self._low_s, finished=True)
        if self._state is _State.DOWN:
            return self._excursion(self._last_seen_s, finished=False)
        return None

    def _begin_unseen(self, t_s: float, bend_deg: float) -> None:
        if bend_deg < ENTER_DEG:
            self._state, self._left_upright_s = _State.UP, t_s
            self._upright_deg = bend_deg
            return
        self._enter(t_s, bend_deg, start_seen=False)
        self._peak_deg = bend_deg

    def _watch_upright(self, t_s: float, bend_deg: float, elapsed_s: float) -> None:
        self._upright_deg = min(self._upright_deg + FORGET_DPS * elapsed_s, bend_deg)
        if bend_deg < self._upright_deg + SWAY_DEG:
            self._left_upright_s = t_s
        if bend_deg > ENTER_DEG:
            upright = self._upright_deg < EXIT_DEG
            self._enter(self._left_upright_s, self._upright_deg, start_seen=upright)
            self._peak_deg = bend_deg

    def _enter(self, start_s: float, first_deg: float, *, start_seen: bool) -> None:
        self._state = _State.DOWN
        self._start_s, self._first_deg, self._start_seen = start_s, first_deg, start_seen
        self._peak_deg, self._low_deg = first_deg, math.inf
        self._settling_deg = math.inf

    def _follow(self, t_s: float, bend_deg: float, exit_deg: float) -> Excursion | None:
        if bend_deg > self._peak_deg:
            self._state = _State.DOWN
            self._peak_deg, self._low_deg = bend_deg, math.inf
            self._settling_deg = math.inf
            return None
        if bend_deg < self._settling_deg - SETTLED_DEG:
            self._settling_deg, self._settling_since_s = bend_deg, t_s
        if bend_deg < self._low_deg:
            self._low_deg, self._low_s = bend_deg, t_s
        if self._low_deg < exit_deg:
            self._state = _State.RISEN
            settled = t_s - self._settling_since_s >= SETTLE_S
            return self._close() if settled or bend_deg > self._low_deg + RISE_DEG else None
        deep = self._peak_deg >= VALLEY_MIN_PEAK_DEG
        came_up = self._low_deg < VALLEY_FRACTION * self._peak_deg
        if deep and came_up and bend_deg > self._low_deg + RISE_DEG:
            closed = self._close()
            self._enter(closed.end_s, closed.end_deg, start_seen=True)
            self._peak_deg = bend_deg
            return closed
        return None

    def _close(self) -> Excursion:
        excursion = self._excursion(self._low_s, finished=True)
        self._state, self._left_upright_s = _State.UP, self._low_s
        self._upright_deg = self._low_deg
        return excursion

    def _abandon(self) -> Excursion | None:
        under_way = self._state in (_State.DOWN, _State.RISEN)
        excursion = self._excursion(self._last_seen_s, finished=False) if under_way else None
        self._state = _State.UNSEEN
        return excursion

    def _excursion(self, end_s: float, *, finished: bool) -> Excursion:
        return Excursion(
            start_s=self._start_s,
            end_s=end_s,
            first_deg=self._first_deg,
            peak_deg=self._peak_deg,
            end_deg=self._low_deg if math.isfinite(self._low_deg) else self._peak_deg,
            start_seen=self._start_seen,
            finished=finished,
        )
