"""What is said between two repetitions: little, short, and seldom."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from models.assessor import RepCounted
from models.coaching import COOLDOWN_S, GOOD, MAX_IN_A_ROW, RepCoach, Spoken, is_cued_set
from models.judging import judge_set
from models.spec import Goal, Severity, SubScore
from tests.judged_movement import fault, measured, missing, movement, rep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.results import Measurement
    from models.spec import MovementSpec

FAR = 60.0
"""Far past both limits of a made-up fault."""
FINE = 0.0
APART_S = 10.0
LEAN = movement(fault("LEAN"))
CUED = Spoken(kind="cue", key="cue.LEAN.short")
PRAISED = Spoken(kind="good", key=GOOD)


def said(
    values: Sequence[Measurement | float],
    *,
    apart_s: float = APART_S,
    goal: Goal = Goal.HINGE_SKILL,
    each_rep: bool = True,
    sets_done: int = 0,
) -> list[Spoken | None]:
    return said_of(
        LEAN, {"lean": values}, apart_s=apart_s, goal=goal, each_rep=each_rep, sets_done=sets_done
    )


def said_of(
    spec: MovementSpec,
    metrics: Mapping[str, Sequence[Measurement | float]],
    *,
    apart_s: float = APART_S,
    goal: Goal = Goal.HINGE_SKILL,
    each_rep: bool = True,
    sets_done: int = 0,
) -> list[Spoken | None]:
    coach = RepCoach(goal=goal, each_rep=each_rep, sets_done=sets_done)
    count = len(next(iter(metrics.values())))
    return [coach.rep(counted(spec, metrics, number, apart_s), spec) for number in range(count)]


def counted(
    spec: MovementSpec,
    metrics: Mapping[str, Sequence[Measurement | float]],
    number: int,
    apart_s: float,
) -> RepCounted:
    values = {name: column[number] for name, column in metrics.items()}
    done = rep(
        number + 1,
        {
            name: measured(value) if isinstance(value, float) else value
            for name, value in values.items()
        },
    )
    return RepCounted(t_s=number * apart_s, rep=done, findings=judge_set(spec, [done]))


class TestWhenToSpeak:
    def test_nothing_is_said_unless_asked_for(self) -> None:
        assert said([FAR] * 6, each_rep=False) == [None] * 6

    def test_two_of_the_last_three_must_be_outside(self) -> None:
        assert said([FAR, FAR]) == [None, CUED]
        assert said([FAR, FINE, FAR]) == [None, None, CUED]
        assert said([FAR, FINE, FINE, FAR]) == [None] * 4

    def test_a_repetition_that_went_well_is_not_followed_by_a_cue(self) -> None:
        assert said([FAR, FAR, FINE], apart_s=3.0)[2] == PRAISED
        late = said([missing(), FAR, missing(), FINE])
        assert late == [None] * 4

    @pytest.mark.parametrize(("value", "speaks"), [(20.9, False), (21.1, True)])
    def test_outside_is_more_than_one_error_past_the_limit(
        self, value: float, *, speaks: bool
    ) -> None:
        assert (said([value, value])[1] == CUED) is speaks

    def test_what_could_not_be_judged_is_passed_over(self) -> None:
        assert said([FAR, missing(), FAR, missing()]) == [None, None, CUED, None]

    @pytest.mark.parametrize("apart_s", [2.0, 3.0, 5.0, COOLDOWN_S])
    def test_cues_are_apart(self, apart_s: float) -> None:
        spoken = [
            number * apart_s
            for number, one in enumerate(said([FAR] * 9, apart_s=apart_s))
            if one == CUED
        ]
        assert len(spoken) > 1
        assert min(b - a for a, b in itertools.pairwise(spoken)) >= COOLDOWN_S

    def test_nothing_is_said_of_a_movement_that_is_not_known(self) -> None:
        coach = RepCoach(goal=Goal.HINGE_SKILL, each_rep=True)
        for number in range(3):
            assert coach.rep(counted(LEAN, {"lean": [FAR] * 3}, number, APART_S), None) is None


class TestWhatIsSaid:
    def test_the_same_cue_stops_after_three(self) -> None:
        spoken = said([FAR] * 9)
        assert spoken == [None, *[CUED] * MAX_IN_A_ROW, *[None] * (8 - MAX_IN_A_ROW)]

    def test_then_another_may_be_given(self) -> None:
        spec = movement(fault("LEAN", severity=Severity.PRACTISE), fault("NECK"))
        spoken = said_of(spec, {"lean": [FAR] * 6, "neck": [FAR] * 6})
        assert [one.key if one else "" for one in spoken] == [
            "", *["cue.LEAN.short"] * MAX_IN_A_ROW, "cue.NECK.short", "cue.LEAN.short"
        ]  # fmt: skip

    def test_what_got_better_is_said_once(self) -> None:
        assert said([FAR, FAR, FINE, FINE]) == [None, CUED, PRAISED, None]

    def test_it_is_said_even_soon_after_the_cue(self) -> None:
        assert said([FAR, FAR, FINE], apart_s=2.0) == [None, CUED, PRAISED]

    def test_better_must_be_as_sure_as_a_verdict(self) -> None:
        assert said([FAR, FAR, 19.9]) == [None, CUED, None]

    def test_praise_begins_the_count_anew(self) -> None:
        values = [FAR] * (1 + MAX_IN_A_ROW) + [FINE, FAR, FAR]
        assert said(values)[-3:] == [PRAISED, CUED, CUED]

    def test_the_most_important_is_cued(self) -> None:
        spec = movement(fault("NECK"), fault("LEAN", severity=Severity.PRACTISE, early=3))
        assert said_of(spec, {"lean": [FAR] * 2, "neck": [FAR] * 2}) == [None, CUED]

    def test_information_is_not_cued(self) -> None:
        spec = movement(fault("LEAN", severity=Severity.INFORMATION))
        assert said_of(spec, {"lean": [FAR] * 4}) == [None] * 4

    @pytest.mark.parametrize("name", ["LUM_HINGE", "LUM_SHARE", "WINK", "TEMPO_DESCENT"])
    def test_less_bend_is_no_cue_in_confident_bending(self, name: str) -> None:
        spec = movement(fault(name, SubScore.LUMBAR_SHARING))
        values = {name.lower(): [FAR] * 4}
        assert said_of(spec, values, goal=Goal.CONFIDENT_BENDING) == [None] * 4
        assert said_of(spec, values)[1] == Spoken(kind="cue", key=f"cue.{name}.short")


class TestFading:
    def test_sets_with_cues_become_fewer(self) -> None:
        cued = [number for number in range(15) if is_cued_set(number)]
        assert cued == [0, 1, 3, 5, 8, 11, 14]

    @pytest.mark.parametrize("sets_done", range(8))
    def test_a_set_without_cues_is_silent(self, sets_done: int) -> None:
        spoken = said([FAR, FAR, FINE], sets_done=sets_done)
        assert (spoken == [None, CUED, PRAISED]) is is_cued_set(sets_done)
        assert (spoken == [None] * 3) is not is_cued_set(sets_done)
