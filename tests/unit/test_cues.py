"""Which one thing is cued after a set, in which words, and when none is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from models.cues import (
    EASE,
    EFFORT,
    FASTER,
    FREER,
    KEEP,
    LARGER,
    NO_ONE_CUE,
    SETS_PER_CUE,
    CueFamily,
    CueHistory,
    choose_cue,
    message_keys,
    next_family,
    praise_of_bending,
    remember,
)
from models.judging import judge_set
from models.results import Verdict
from models.scoring import score_set
from models.spec import Goal, Severity, SubScore
from tests.judged_movement import fault, measured, missing, movement, reps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.results import Cue, Finding, Measurement
    from models.spec import FaultSpec, MovementSpec

FAR = 60.0
"""Far past both limits of a made-up fault."""

NEAR = 24.0
"""Past amber, short of flag."""

BARELY = 20.5
"""Past amber, but by less than one standard error."""

NEARLY = 19.5
"""Short of amber, too close to call."""

WEIGHTS = {SubScore.TRUNK_SHIN: 50.0, SubScore.STACK: 50.0}


def cue_of(
    spec: MovementSpec,
    metrics: Mapping[str, Sequence[Measurement | float]],
    set_metrics: Mapping[str, Measurement] | None = None,
    *,
    goal: Goal = Goal.HINGE_SKILL,
    pain: int | None = None,
    previous: CueHistory | None = None,
) -> Cue | None:
    done = reps(**metrics)
    findings = judge_set(spec, done, set_metrics or {})
    score = score_set(spec, done, set_metrics or {}, goal=goal)
    return choose_cue(spec, findings, score, goal=goal, pain=pain, previous=previous, reps=done)


def cued_fault(
    *faults: FaultSpec,
    values: Mapping[str, Sequence[Measurement | float]],
    pain: int | None = None,
) -> str | None:
    cue = cue_of(movement(*faults), values, pain=pain)
    assert cue is not None
    return cue.fault


def history(
    fault_id: str | None = "LEAN",
    family: CueFamily = CueFamily.EXTERNAL,
    sets: int = 1,
    *,
    responded: bool = False,
) -> CueHistory:
    return CueHistory(
        fault=fault_id, family=family, sets=sets, outside=frozenset(), responded=responded
    )


class TestBandwidth:
    @pytest.mark.parametrize(
        ("values", "cued"),
        [
            ([FAR], True),
            ([0.0], False),
            ([0.0, FAR], True),
            ([FAR, FAR, 0.0], True),
            ([FAR, 0.0, FAR], True),
            ([0.0, 0.0, FAR], False),
            ([FAR, FAR, FAR, 0.0, 0.0], False),
            ([0.0, 0.0, FAR, FAR, 0.0], True),
        ],
    )
    def test_two_of_the_last_three_reps_decide(self, values: list[float], *, cued: bool) -> None:
        assert cued_fault(fault("LEAN"), values={"lean": values}) == ("LEAN" if cued else None)

    @pytest.mark.parametrize(("value", "cued"), [(21.9, False), (22.1, True)])
    def test_outside_means_more_than_one_error_past_amber(
        self, value: float, *, cued: bool
    ) -> None:
        cue = cue_of(movement(fault("LEAN")), {"lean": [measured(value, 2.0)] * 3})
        assert cue is not None
        assert (cue.fault == "LEAN") is cued

    def test_reps_that_could_not_be_judged_are_passed_over(self) -> None:
        cue = cue_of(movement(fault("LEAN")), {"lean": [FAR, FAR, missing(), 0.0]})
        assert cue is not None
        assert (cue.fault, cue.reps_affected, cue.reps_judged) == ("LEAN", 2, 3)

    def test_a_fault_judged_in_under_half_of_the_reps_is_not_cued(self) -> None:
        seldom: Mapping[str, Sequence[Measurement | float]] = {"lean": [FAR, missing(), missing()]}
        cue = cue_of(movement(fault("LEAN")), seldom)
        assert cue is not None
        assert cue.fault is None

    def test_nothing_judged_no_cue(self) -> None:
        assert cue_of(movement(fault("LEAN")), {"lean": [missing()] * 3}) is None

    def test_no_findings_no_cue(self) -> None:
        spec = movement(fault("LEAN"))
        assert choose_cue(spec, (), score_set(spec, [])) is None


class TestPriority:
    def test_more_severe_first(self) -> None:
        faults = (
            fault("LEAN", severity=Severity.POLISH),
            fault("BAR_DRIFT", severity=Severity.PRACTISE, early=5),
        )
        assert (
            cued_fault(*faults, values={"lean": [FAR] * 3, "bar_drift": [FAR] * 3}) == "BAR_DRIFT"
        )

    def test_more_certain_first(self) -> None:
        faults = (fault("LEAN"), fault("NECK", early=5))
        assert cued_fault(*faults, values={"lean": [NEAR] * 3, "neck": [FAR] * 3}) == "NECK"

    def test_easier_to_learn_first(self) -> None:
        faults = (fault("LEAN", learnability=0.5), fault("NECK", early=5))
        assert cued_fault(*faults, values={"lean": [FAR] * 3, "neck": [FAR] * 3}) == "NECK"

    def test_of_equal_ones_the_earliest_in_the_movement(self) -> None:
        faults = (fault("LEAN", early=2), fault("NECK", early=1))
        assert cued_fault(*faults, values={"lean": [FAR] * 3, "neck": [FAR] * 3}) == "NECK"

    def test_a_repeated_one_gains(self) -> None:
        spec = movement(fault("LEAN", early=0), fault("NECK", early=1))
        before = dataclasses.replace(history(None), outside=frozenset({"NECK"}))
        both = {"lean": [FAR] * 3, "neck": [FAR] * 3}
        cue = cue_of(spec, both, previous=before)
        assert cue is not None
        assert cue.fault == "NECK"

    def test_information_is_not_cued(self) -> None:
        assert (
            cued_fault(fault("DEPTH", severity=Severity.INFORMATION), values={"depth": [FAR] * 3})
            is None
        )

    def test_a_fault_of_the_set_can_be_cued(self) -> None:
        spec = movement(fault("LEAN"), fault("DRIFT", per_set=True))
        cue = cue_of(spec, {"lean": [0.0] * 3}, {"drift": measured(FAR)})
        assert cue is not None
        assert (cue.fault, cue.reps_affected, cue.reps_judged) == ("DRIFT", 0, 0)


class TestGoalAndPain:
    ROUNDING = (
        fault("LUM_HINGE", SubScore.LUMBAR_SHARING, Severity.FIRST_UNDER_LOAD),
        fault("WINK", SubScore.LUMBAR_SHARING, Severity.PRACTISE),
        fault("LEAN"),
    )

    def test_less_rounding_is_a_goal_of_hinge_skill(self) -> None:
        far = {name: [FAR] * 3 for name in ("lum_hinge", "wink", "lean")}
        assert cued_fault(*self.ROUNDING, values=far) == "LUM_HINGE"

    def test_less_rounding_is_no_goal_of_confident_bending(self) -> None:
        far = {name: [FAR] * 3 for name in ("lum_hinge", "wink", "lean")}
        cue = cue_of(movement(*self.ROUNDING), far, goal=Goal.CONFIDENT_BENDING)
        assert cue is not None
        assert cue.fault == "LEAN"

    def test_a_slower_bend_is_no_goal_of_confident_bending(self) -> None:
        spec, quick = movement(fault("TEMPO_DESCENT")), {"tempo_descent": [FAR] * 3}
        skill = cue_of(spec, quick)
        confident = cue_of(spec, quick, goal=Goal.CONFIDENT_BENDING)
        assert skill is not None
        assert confident is not None
        assert (skill.fault, confident.fault) == ("TEMPO_DESCENT", None)

    def test_guarding_holds_the_lumbar_cues_back(self) -> None:
        faults = (*self.ROUNDING, fault("GUARDED", None, Severity.INFORMATION))
        far = {name: [FAR] * 3 for name in ("lum_hinge", "lean", "guarded")}
        assert cued_fault(*faults, values=far) == "LEAN"

    def test_guarding_is_cued_before_anything_else(self) -> None:
        faults = (*self.ROUNDING, fault("GUARDED", None), fault("TEMPO_DESCENT"))
        far = {name: [FAR] * 3 for name in ("lum_hinge", "lean", "tempo_descent", "guarded")}
        assert cued_fault(*faults, values=far, pain=4) == "GUARDED"
        assert cued_fault(*faults, values=far, pain=6) == "LEAN"

    def test_guarding_makes_confident_bending_the_goal(self) -> None:
        """What is praised and what is cued are those of that goal, whatever was chosen."""
        faults = (fault("TEMPO_DESCENT"), fault("GUARDED", None, Severity.INFORMATION))
        far = {name: [FAR] * 3 for name in ("tempo_descent", "guarded")}
        assert cued_fault(*faults, values=far) is None
        assert cued_fault(*faults, values={**far, "guarded": [0.0] * 3}) == "TEMPO_DESCENT"

    def test_much_pain_asks_for_nothing_more(self) -> None:
        assert (
            cued_fault(fault("NO_HIPBACK"), values={"no_hipback": [FAR] * 3}, pain=5)
            == "NO_HIPBACK"
        )
        assert cued_fault(fault("NO_HIPBACK"), values={"no_hipback": [FAR] * 3}, pain=6) is None

    def test_much_pain_with_nothing_left_says_to_ease(self) -> None:
        far = {"no_hipback": [FAR] * 3}
        cue = cue_of(movement(fault("NO_HIPBACK")), far, pain=8)
        assert cue is not None
        assert cue.key == EASE

    def test_much_pain_offers_the_drill(self) -> None:
        far = {"lean": [FAR] * 3}
        cue = cue_of(movement(fault("LEAN")), far, pain=7)
        assert cue is not None
        assert cue.key == "cue.LEAN.drill"


class TestConfidentBending:
    SPEC = movement(
        fault("LEAN"),
        fault("LUM_HINGE", SubScore.LUMBAR_SHARING),
        weights={SubScore.TRUNK_SHIN: 50.0, SubScore.LUMBAR_SHARING: 50.0},
    )

    @pytest.mark.parametrize(
        ("peaks", "speeds", "praise"),
        [
            ((20, 20, 30, 32), (30, 30, 30, 30), LARGER),
            ((35, 35, 34, 35), (20, 20, 34, 36), FASTER),
            ((35, 35, 34, 35), (36, 34, 20, 20), FREER),
            ((8, 8, 8, 8), (20, 20, 20, 20), ""),
            ((30, 30, 20, 20), (30, 30, 20, 20), ""),
        ],
    )
    def test_a_larger_faster_freer_bend_is_praised(
        self, peaks: Sequence[float], speeds: Sequence[float], praise: str
    ) -> None:
        values: dict[str, Sequence[Measurement | float]] = {
            "lumbar_flexion": [measured(peak, 5.0) for peak in peaks],
            "lumbar_velocity_down": [measured(speed, 5.0) for speed in speeds],
            "lean": [0.0] * 4,
        }
        assert praise_of_bending(reps(**values)) == praise
        cue = cue_of(self.SPEC, values, goal=Goal.CONFIDENT_BENDING)
        assert cue is not None
        assert cue.strength == (praise or "strength.part.trunk_shin")
        skill = cue_of(self.SPEC, values)
        assert skill is not None
        assert skill.strength == "strength.part.trunk_shin"

    def test_what_is_not_sure_is_not_praised(self) -> None:
        wide = {"lumbar_flexion": [measured(peak, 9.0) for peak in (20, 20, 24, 24)]}
        assert praise_of_bending(reps(**wide)) == ""

    def test_a_back_that_was_not_measured_is_not_praised(self) -> None:
        assert praise_of_bending(reps(lumbar_flexion=[missing()] * 5)) == ""
        assert praise_of_bending([]) == ""

    def test_bend_in_reserve_is_no_praise_there(self) -> None:
        values = {"lum_hinge": [0.0] * 3, "lean": [NEAR] * 3}
        skill = cue_of(self.SPEC, values)
        confident = cue_of(self.SPEC, values, goal=Goal.CONFIDENT_BENDING)
        assert skill is not None
        assert confident is not None
        assert skill.strength == "strength.part.lumbar_sharing"
        assert confident.strength == EFFORT

    def test_rounding_lowers_no_score_there(self) -> None:
        done = reps(lum_hinge=[FAR] * 3, lean=[0.0] * 3)
        skill = score_set(self.SPEC, done)
        confident = score_set(self.SPEC, done, goal=Goal.CONFIDENT_BENDING)
        assert skill.value is not None
        assert confident.value is not None
        assert skill.value < 60 < confident.value
        assert confident.coverage == 1.0
        assert SubScore.LUMBAR_SHARING not in {part.part for part in confident.parts}


class TestFamily:
    def test_external_first(self) -> None:
        assert next_family("LEAN", None) is CueFamily.EXTERNAL
        assert next_family("LEAN", history("NECK", CueFamily.BODY)) is CueFamily.EXTERNAL

    def test_the_same_words_for_two_sets(self) -> None:
        assert next_family("LEAN", history(sets=SETS_PER_CUE - 1)) is CueFamily.EXTERNAL

    def test_without_response_external_then_drill_then_body(self) -> None:
        families = [CueFamily.EXTERNAL]
        for _ in range(3):
            families.append(next_family("LEAN", history(family=families[-1], sets=SETS_PER_CUE)))
        assert families == [
            CueFamily.EXTERNAL,
            CueFamily.DRILL,
            CueFamily.BODY,
            CueFamily.EXTERNAL,
        ]

    def test_with_response_fresh_words_of_the_same_kind(self) -> None:
        worked = history(sets=SETS_PER_CUE, responded=True)
        assert next_family("LEAN", worked) is CueFamily.ALTERNATIVE

    @pytest.mark.parametrize("family", list(CueFamily))
    @pytest.mark.parametrize("responded", [False, True])
    def test_after_two_sets_the_words_always_change(
        self, family: CueFamily, *, responded: bool
    ) -> None:
        worked = history(family=family, sets=SETS_PER_CUE, responded=responded)
        assert next_family("LEAN", worked) is not family

    def test_six_stubborn_sets(self) -> None:
        spec = movement(fault("LEAN"))
        previous: CueHistory | None = None
        keys = []
        findings: tuple[Finding, ...] = judge_set(spec, reps(lean=[FAR] * 3))
        for _ in range(6):
            cue = cue_of(spec, {"lean": [FAR] * 3}, previous=previous)
            assert cue is not None
            keys.append(cue.key)
            previous = remember(cue, findings, previous)
            assert previous.outside == {"LEAN"}
        assert keys == [
            f"cue.LEAN.{family}"
            for family in ("external", "external", "drill", "drill", "body", "body")
        ]

    def test_a_good_set_starts_the_count_anew(self) -> None:
        spec = movement(fault("LEAN"))
        good = cue_of(spec, {"lean": [0.0] * 3}, previous=history(sets=2))
        assert good is not None
        after = remember(good, judge_set(spec, reps(lean=[0.0] * 3)), history(sets=2))
        assert (after.fault, after.sets, after.outside) == (None, 1, frozenset())


class TestStrength:
    def test_the_best_part_on_track(self) -> None:
        spec = movement(
            fault("LEAN", SubScore.TRUNK_SHIN), fault("NECK", SubScore.STACK), weights=WEIGHTS
        )
        cue = cue_of(spec, {"lean": [8.0] * 3, "neck": [0.0] * 3})
        assert cue is not None
        assert (cue.fault, cue.key, cue.strength) == (None, KEEP, "strength.part.stack")

    def test_not_the_part_that_is_cued(self) -> None:
        spec = movement(
            *(fault(f"FINE_{number}") for number in range(9)),
            fault("LEAN"),
            fault("NECK", SubScore.STACK),
            weights=WEIGHTS,
        )
        fine = {f"fine_{number}": [0.0] * 3 for number in range(9)}
        cue = cue_of(spec, {**fine, "lean": [FAR] * 3, "neck": [8.0] * 3})
        assert cue is not None
        assert (cue.fault, cue.strength) == ("LEAN", "strength.part.stack")

    def test_else_what_most_reps_were_clear_of(self) -> None:
        spec = movement(fault("LEAN"), fault("NECK"))
        cue = cue_of(spec, {"lean": [FAR] * 3, "neck": [0.0, 0.0, FAR]})
        assert cue is not None
        assert cue.strength == "strength.fault.NECK"

    def test_else_the_effort(self) -> None:
        cue = cue_of(movement(fault("LEAN")), {"lean": [FAR] * 3})
        assert cue is not None
        assert cue.strength == EFFORT


def test_messages_go_from_good_to_change_to_why_to_try() -> None:
    cue = cue_of(movement(fault("LEAN")), {"lean": [FAR] * 3})
    assert cue is not None
    assert message_keys(cue) == (
        EFFORT,
        "cue.LEAN.external",
        "fault.LEAN.why",
        "message.try_it",
    )


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ([0.0, 0.0, 0.0], KEEP),
        ([0.0, 0.0, NEARLY], KEEP),
        ([BARELY, BARELY, BARELY], NO_ONE_CUE),
        ([0.0, 0.0, FAR], NO_ONE_CUE),
    ],
    ids=["all on track", "one undecided", "each past the band, none surely", "once, surely"],
)
def test_all_is_only_called_well_where_nothing_is_past_its_band(
    values: list[float], key: str
) -> None:
    spec = movement(fault("LEAN"))
    verdicts = {one.verdict for one in judge_set(spec, reps(lean=values))}
    assert (Verdict.AMBER in verdicts or Verdict.FLAG in verdicts) is (key == NO_ONE_CUE)
    cue = cue_of(spec, {"lean": values})
    assert cue is not None
    assert (cue.fault, cue.key) == (None, key)


def test_what_is_no_aim_is_not_called_well_either() -> None:
    spec = movement(fault("DEPTH", severity=Severity.INFORMATION))
    cue = cue_of(spec, {"depth": [FAR] * 3})
    assert cue is not None
    assert (cue.fault, cue.key) == (None, NO_ONE_CUE)


def test_a_good_set_has_a_short_message() -> None:
    cue = cue_of(movement(fault("LEAN")), {"lean": [0.0] * 3})
    assert cue is not None
    assert message_keys(cue) == ("strength.part.trunk_shin", KEEP)
