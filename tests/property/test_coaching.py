"""Whatever a set is like, no more is said than a person can use."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from models.assessor import RepCounted
from models.coaching import COOLDOWN_S, GOOD, MAX_IN_A_ROW, RepCoach, Spoken, is_cued_set
from models.judging import judge_set
from models.spec import Goal
from tests.judged_movement import fault, measured, missing, movement, rep

SPEC = movement(fault("LEAN"), fault("NECK"), fault("LUM_SHARE"))

Values = list[tuple[float, float | None, float | None, float | None]]

value = st.none() | st.floats(-20.0, 80.0)
some_sets = st.lists(st.tuples(st.floats(1.0, 12.0), value, value, value), max_size=25)


def session(some_set: Values, goal: Goal, sets_done: int = 0) -> list[tuple[float, Spoken]]:
    """Times and words of everything that is said in a set; each repetition has its duration."""
    coach = RepCoach(goal=goal, each_rep=True, sets_done=sets_done)
    t_s, said = 0.0, []
    for number, (lasts_s, *values) in enumerate(some_set, start=1):
        t_s += lasts_s
        names = ("lean", "neck", "lum_share")
        done = rep(
            number,
            {
                name: missing() if one is None else measured(one, 3.0)
                for name, one in zip(names, values, strict=True)
            },
        )
        counted = RepCounted(t_s=t_s, rep=done, findings=judge_set(SPEC, [done]))
        spoken = coach.rep(counted, SPEC)
        if spoken is not None:
            said.append((t_s, spoken))
    return said


unhurried = settings(deadline=None)


@unhurried
@given(some_sets, st.sampled_from(Goal), st.integers(0, 30))
def test_no_more_is_said_than_can_be_used(some_set: Values, goal: Goal, sets_done: int) -> None:
    said = session(some_set, goal, sets_done)
    cues = [(t_s, one.key) for t_s, one in said if one.kind == "cue"]
    assert all(after - before >= COOLDOWN_S for (before, _), (after, _) in pairwise(cues))
    assert is_cued_set(sets_done) or not said
    kinds = [one.kind for _, one in said]
    assert kinds[:1] != ["good"]
    assert ("good", "good") not in pairwise(kinds)
    keys = [one.key for _, one in said]
    runs = [keys[at : at + MAX_IN_A_ROW + 1] for at in range(len(keys) - MAX_IN_A_ROW)]
    assert not any(len(set(run)) == 1 for run in runs)
    about_less = goal is Goal.CONFIDENT_BENDING
    assert not (about_less and "cue.LUM_SHARE.short" in keys)
    assert set(keys) <= {GOOD, "cue.LEAN.short", "cue.NECK.short", "cue.LUM_SHARE.short"}


@unhurried
@given(some_sets)
def test_a_set_inside_every_range_is_silent(some_set: Values) -> None:
    inside: Values = [(lasts_s, 0.0, 0.0, 0.0) for lasts_s, *_ in some_set]
    assert session(inside, Goal.HINGE_SKILL) == []


@unhurried
@given(st.integers(0, 300))
def test_cues_fade_to_a_third(sets: int) -> None:
    cued = sum(is_cued_set(number) for number in range(sets))
    assert sets / 3 - 1 <= cued <= sets / 3 + 3
