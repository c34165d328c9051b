"""Whatever pictures take, the ladder stays on its rungs and does not flap."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.live.ladder import CLEAR_S, LATE_S, QualityLadder, usual_rungs
from vision.assets import PoseModel

unhurried = settings(deadline=None)
RUNGS = usual_rungs(PoseModel.HEAVY, tuple(PoseModel))
PICTURES = st.lists(
    st.tuples(st.floats(0.001, 3.0), st.floats(0.0, 500.0), st.integers(0, 3)), max_size=150
)


@settings(unhurried)
@given(PICTURES, st.integers(0, len(RUNGS) - 1))
def test_changes_are_by_one_rung_and_far_enough_apart(
    pictures: list[tuple[float, float, int]], start: int
) -> None:
    ladder = QualityLadder(RUNGS, budget_ms=33.0, start=start)
    t_s, dropped, at = 0.0, 0, start
    moves: list[tuple[float, int]] = []
    for elapsed_s, took_ms, lost in pictures:
        t_s, dropped = t_s + elapsed_s, dropped + lost
        changed = ladder.update(t_s, took_ms, dropped)
        now = RUNGS.index(ladder.rung)
        assert changed == (now != at)
        if changed:
            assert abs(now - at) == 1
            moves.append((t_s, now - at))
        at = now
    for (before_s, _), (after_s, step) in pairwise(moves):
        assert after_s - before_s >= (LATE_S if step > 0 else CLEAR_S)


@settings(unhurried, max_examples=20)
@given(st.floats(33.1, 500.0), st.floats(0.0, 0.6 * 33.0))
def test_a_machine_that_holds_only_the_cheapest_is_left_there(slow: float, quick: float) -> None:
    """Of two hours, only a few minutes are spent on climbs that fail."""
    ladder, t_s, above = QualityLadder(RUNGS[-2:], budget_ms=33.0), 0.0, 0
    for _ in range(7200):
        took_ms = slow if ladder.rung == RUNGS[-2] else quick
        t_s += 1.0
        ladder.update(t_s, took_ms, 0)
        above += ladder.rung == RUNGS[-2]
    assert above < 0.02 * 7200
