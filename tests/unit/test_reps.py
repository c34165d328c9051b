"""Which changes of the bend over time are repetitions."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.reps import LOST_S, Excursion, ExcursionTracker
from models.results import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

UNKNOWN = math.nan


def trace(*corners: tuple[float, float], fps: float = 30.0) -> tuple[Floats, Floats]:
    """Bend over time through (seconds, degrees), straight between them."""
    seconds, degrees = zip(*corners, strict=True)
    t_s = np.arange(round(seconds[-1] * fps) + 1) / fps
    return t_s, np.interp(t_s, seconds, degrees)


def tracked(
    t_s: Sequence[float] | Floats, bend_deg: Sequence[float] | Floats, *, upright_known: bool = True
) -> tuple[list[Excursion], ExcursionTracker]:
    tracker = ExcursionTracker()
    closed = [
        tracker.update(float(time), float(bend), upright_known=upright_known)
        for time, bend in zip(t_s, bend_deg, strict=True)
    ]
    return [one for one in closed if one is not None], tracker


def excursions(*corners: tuple[float, float], fps: float = 30.0) -> list[Excursion]:
    closed, _ = tracked(*trace(*corners, fps=fps))
    return closed


BEND = ((0.0, 0.0), (1.0, 0.0), (2.0, 90.0), (2.5, 90.0), (3.5, 0.0), (4.5, 0.0))


@pytest.mark.parametrize("fps", [15, 25, 30, 60])
def test_a_bend_and_back(fps: float) -> None:
    (bend,) = excursions(*BEND, fps=fps)
    assert bend.start_s == pytest.approx(1.0, abs=0.1)
    assert bend.end_s == pytest.approx(3.5, abs=0.15)
    assert bend.peak_deg == pytest.approx(90)
    assert bend.end_deg < 10
    assert bend.start_seen
    assert bend.finished


@pytest.mark.parametrize("count", range(1, 7))
def test_every_bend_is_found(count: int) -> None:
    corners = [(0.0, 0.0)]
    for number in range(count):
        start = 1.0 + 3 * number
        corners += [(start, 0.0), (start + 1, 80.0), (start + 2, 2.0), (start + 2.5, 0.0)]
    assert len(excursions(*corners, (1 + 3 * count, 0.0))) == count


def test_swaying_and_fidgeting_is_nothing() -> None:
    t_s = np.arange(300) / 30
    assert tracked(t_s, 8 + 8 * np.sin(t_s))[0] == []


def test_a_hesitation_on_the_way_down_is_one_bend() -> None:
    bends = excursions(
        (0, 0), (1, 0), (1.5, 45), (1.8, 33), (2.4, 90), (3.4, 0), (4.4, 0)
    )  # fmt: skip
    assert [round(bend.peak_deg) for bend in bends] == [90]


def test_a_hesitation_on_the_way_up_is_one_bend() -> None:
    bends = excursions(
        (0, 0), (1, 0), (2, 90), (2.6, 50), (2.9, 60), (3.6, 0), (4.6, 0)
    )  # fmt: skip
    assert len(bends) == 1


def test_touch_and_go_without_full_lockout_counts_each() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0)]
    for number in range(4):
        start = 1.0 + 1.6 * number
        corners += [(start + 0.8, 90.0), (start + 1.6, 24.0)]
    bends = excursions(*corners, (8.2, 0), (9.2, 0))
    assert len(bends) == 4
    assert all(bend.finished and bend.start_seen for bend in bends)
    assert all(one.end_s <= other.start_s for one, other in pairwise(bends))


def test_what_was_under_way_when_first_seen_is_marked() -> None:
    (bend,) = excursions((0, 60), (0.5, 90), (1.5, 0), (2.5, 0))
    assert not bend.start_seen
    assert bend.first_deg == pytest.approx(60)
    assert bend.start_s == 0


def test_who_leaves_at_the_bottom_leaves_it_unfinished() -> None:
    t_s, bend_deg = trace(*BEND)
    bend_deg[t_s > 2.2] = UNKNOWN
    t_s = np.append(t_s, t_s[-1] + LOST_S)
    (bend,) = tracked(t_s, np.append(bend_deg, UNKNOWN))[0]
    assert not bend.finished
    assert bend.end_s == pytest.approx(2.2, abs=0.05)


def test_a_stream_that_stops_at_the_bottom_leaves_it_unfinished() -> None:
    t_s, bend_deg = trace((0, 0), (1, 0), (2, 90), (9, 90), (10, 0), (11, 0))
    frozen = (t_s < 3) | (t_s > 8)
    first, second = tracked(t_s[frozen], bend_deg[frozen])[0]
    assert not first.finished
    assert first.end_s == pytest.approx(3, abs=0.05)
    assert not second.start_seen
    assert second.start_s > 8


def test_a_moment_unseen_is_bridged() -> None:
    t_s, bend_deg = trace(*BEND)
    bend_deg[(t_s > 1.8) & (t_s < 2.6)] = UNKNOWN
    (bend,) = tracked(t_s, bend_deg)[0]
    assert bend.finished


def test_who_was_gone_while_upright_begins_anew() -> None:
    t_s, bend_deg = trace((0, 0), (1, 0), (5, 0), (6, 90), (7, 0), (8, 0))
    bend_deg[(t_s > 1) & (t_s < 4)] = UNKNOWN
    (bend,) = tracked(t_s, bend_deg)[0]
    assert bend.start_s > 4.5


def test_leaning_back_once_does_not_stretch_the_next_bend() -> None:
    bends = excursions(
        (0, 0), (1, 0), (1.5, -12), (2, 0), (16, 0), (17, 90), (18, 0), (19, 0)
    )  # fmt: skip
    assert bends[0].start_s == pytest.approx(16, abs=0.1)


def test_finding_the_upright_does_not_stretch_the_next_bend() -> None:
    tracker = ExcursionTracker()
    t_s, bend_deg = trace(*((second + 10, degree) for second, degree in BEND))
    for time in np.arange(0, 10, 1 / 30):
        assert tracker.update(time, -9.0, upright_known=False) is None
    closed = [tracker.update(t, b, upright_known=True) for t, b in zip(t_s[300:], bend_deg[300:],
              strict=True)]  # fmt: skip
    (bend,) = [one for one in closed if one is not None]
    assert bend.start_s == pytest.approx(11, abs=0.1)


def test_a_slow_bend_begins_when_it_begins() -> None:
    (bend,) = excursions((0, 0), (2, 0), (8, 90), (12, 0), (13, 0))
    assert bend.start_s == pytest.approx(2.2, abs=0.25)


def test_a_slow_end_is_followed_to_upright() -> None:
    (bend,) = excursions((0, 0), (1, 0), (2, 90), (3, 14), (3.6, 2), (6, 2))
    assert bend.end_deg == pytest.approx(2, abs=1.5)


def test_without_the_own_upright_the_exit_is_wider() -> None:
    t_s, bend_deg = trace((0, 18), (1, 18), (2, 100), (3, 18), (5, 18))
    assert len(tracked(t_s, bend_deg, upright_known=False)[0]) == 1
    assert tracked(t_s, bend_deg, upright_known=True)[0] == []


def test_peeking_shows_what_is_under_way_and_changes_nothing() -> None:
    t_s, bend_deg = trace(*BEND)
    plain = tracked(t_s, bend_deg)[0]
    tracker = ExcursionTracker()
    closed = []
    peeked = []
    for time, bend in zip(t_s, bend_deg, strict=True):
        closed.append(tracker.update(float(time), float(bend), upright_known=True))
        peeked.append(tracker.peek())
    assert [one for one in closed if one is not None] == plain
    at_bottom = peeked[66]
    assert at_bottom is not None
    assert not at_bottom.finished
    assert peeked[10] is peeked[-1] is None


def test_the_end_of_a_stream_right_after_rising_is_finished() -> None:
    _, tracker = tracked(*trace((0, 0), (1, 0), (2, 90), (3, 8)))
    risen = tracker.peek()
    assert risen is not None
    assert risen.finished


def test_phases_are_told_without_looking_ahead() -> None:
    t_s, bend_deg = trace(*BEND)
    tracker = ExcursionTracker()
    phases = []
    for time, bend in zip(t_s, bend_deg, strict=True):
        tracker.update(float(time), float(bend), upright_known=True)
        phases.append((float(time), tracker.phase))

    def at(second: float) -> Phase:
        return next(phase for time, phase in phases if time >= second)

    assert [at(0.5), at(1.6), at(2.3), at(3.0), at(4.3)] == [
        Phase.STANDING,
        Phase.DESCENT,
        Phase.BOTTOM,
        Phase.ASCENT,
        Phase.STANDING,
    ]


@pytest.mark.parametrize("by_s", [-5.0, 1000.0])
def test_the_clock_may_begin_anywhere(by_s: float) -> None:
    t_s, bend_deg = trace(*BEND)
    (bend,) = tracked(t_s, bend_deg)[0]
    (later,) = tracked(t_s + by_s, bend_deg)[0]
    assert later.start_s - by_s == pytest.approx(bend.start_s)
    assert later.end_s - by_s == pytest.approx(bend.end_s)
    assert later.first_deg == pytest.approx(bend.first_deg)
    back = replace(later, start_s=bend.start_s, end_s=bend.end_s, first_deg=bend.first_deg)
    assert back == bend
