"""Every movement keeps the same contract: cited limits, whole weights, metrics that fit."""

from __future__ import annotations

import ast
import inspect
import math
from typing import TYPE_CHECKING, Final

import pytest

from models import faults, movements
from models.classification import Family, Variant
from models.movements import AUTO, MOVEMENTS, find_movement, movement_of_family
from models.references import REFERENCES, Reading
from models.spec import Direction, EvidenceGrade, FaultSpec, MovementSpec, Status, SubScore
from vision.errors import UnknownNameError

if TYPE_CHECKING:
    from types import ModuleType

    from models.metrics import Metric

CASES: Final = [
    pytest.param(spec, fault, id=f"{spec.id}-{fault.id}")
    for spec in MOVEMENTS.values()
    for fault in spec.when_sore.faults
]
SPECS: Final = [pytest.param(spec, id=spec.id) for spec in MOVEMENTS.values()]
UNITS: Final = {"deg", "s", "%", "ratio"}


@pytest.mark.parametrize("spec", SPECS)
class TestMovement:
    def test_fault_and_threshold_ids_are_unique(self, spec: MovementSpec) -> None:
        ids = [fault.id for fault in spec.when_sore.faults]
        assert len(set(ids)) == len(ids)
        limits = [fault.threshold.id for fault in spec.when_sore.faults]
        assert len(set(limits)) == len(limits)

    def test_weights_sum_to_one_hundred(self, spec: MovementSpec) -> None:
        assert math.isclose(sum(spec.weights.values()), 100)
        assert min(spec.weights.values()) > 0

    def test_every_weighted_part_has_a_criterion(self, spec: MovementSpec) -> None:
        fed = {fault.sub_score for fault in spec.faults} - {None}
        assert fed == set(spec.weights)

    def test_enough_can_be_scored_without_the_back(self, spec: MovementSpec) -> None:
        without = sum(w for part, w in spec.weights.items() if part is not SubScore.LUMBAR_SHARING)
        assert without >= 70

    def test_its_rule_is_possible_and_cited(self, spec: MovementSpec) -> None:
        rule = spec.rep
        assert 0 < rule.min_duration_s < rule.max_duration_s
        assert 25 < rule.min_peak_deg < 90
        assert 0 < rule.max_foot_travel <= 2
        assert rule.reference in REFERENCES

    def test_names_are_known(self, spec: MovementSpec) -> None:
        assert spec.family in set(Family)
        assert spec.version >= 1
        assert spec.title

    def test_it_is_found_by_name_and_by_family(self, spec: MovementSpec) -> None:
        assert find_movement(spec.id) is spec
        assert movement_of_family(spec.family) is spec


@pytest.mark.parametrize(("spec", "fault"), CASES)
class TestFault:
    def test_its_limits_are_cited(self, spec: MovementSpec, fault: FaultSpec) -> None:
        assert fault.threshold.reference in REFERENCES, spec.id
        assert fault.threshold.rationale.endswith(".")

    def test_an_expert_default_says_so_and_nothing_else_does(
        self, spec: MovementSpec, fault: FaultSpec
    ) -> None:
        chosen = REFERENCES[fault.threshold.reference].status is Reading.CHOSEN
        assert chosen == (fault.threshold.status is Status.EXPERT_DEFAULT), spec.id
        assert chosen == (fault.threshold.grade is EvidenceGrade.C)

    def test_green_amber_and_flag_lie_in_order(self, spec: MovementSpec, fault: FaultSpec) -> None:
        limits = fault.threshold
        in_order = [limits.green_edge, limits.amber, limits.flag]
        if limits.direction is Direction.BELOW:
            in_order.reverse()
        assert in_order == sorted(in_order), spec.id
        assert limits.amber != limits.flag
        assert limits.green_edge != limits.amber

    def test_metric_and_limits_have_one_unit(self, spec: MovementSpec, fault: FaultSpec) -> None:
        assert fault.metric.unit == fault.threshold.unit, spec.id
        assert fault.metric.unit in UNITS
        assert fault.metric.method

    def test_its_metric_is_of_a_repetition_or_of_the_set(
        self, spec: MovementSpec, fault: FaultSpec
    ) -> None:
        metric = fault.metric
        assert (metric.of_set is not None) == metric.per_set, spec.id
        assert (metric.of_rep is not None) == (not metric.per_set)

    def test_it_can_be_learned(self, spec: MovementSpec, fault: FaultSpec) -> None:
        assert 0 < fault.learnability <= 1, spec.id
        assert fault.early >= 0

    def test_its_part_of_the_score_is_weighted(self, spec: MovementSpec, fault: FaultSpec) -> None:
        assert fault.sub_score is None or fault.sub_score in spec.weights


def test_every_family_but_mixed_has_one_movement() -> None:
    families = [spec.family for spec in MOVEMENTS.values()]
    assert sorted(families) == sorted(set(Family) - {Family.MIXED})
    assert movement_of_family(Family.MIXED) is None


def test_variants_can_be_recognised_or_name_the_family() -> None:
    named = {variant.value for variant in Variant} | {family.value for family in Family}
    for spec in MOVEMENTS.values():
        assert set(spec.variants) <= named


def test_one_id_means_one_thing_everywhere() -> None:
    every = [fault for spec in MOVEMENTS.values() for fault in spec.when_sore.faults]
    for key in ("id", "threshold"):
        by_id: dict[str, object] = {}
        for fault in every:
            name = fault.id if key == "id" else fault.threshold.id
            assert by_id.setdefault(name, fault) == fault, name
    metrics: dict[str, Metric] = {}
    for fault in every:
        assert metrics.setdefault(fault.metric.id, fault.metric) is fault.metric


def test_finding_a_movement() -> None:
    assert find_movement(AUTO) is None
    with pytest.raises(UnknownNameError, match="hip_hinge"):
        find_movement("hip_hindge")


def movement_modules() -> list[ModuleType]:
    found = [module for module in vars(movements).values() if inspect.ismodule(module)]
    return [faults, *found]


def numbers_outside(tree: ast.Module, allowed: set[str]) -> list[int]:
    """Lines of numbers that stand in no call of an allowed type."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in allowed
        for part in ast.walk(node)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and id(node) not in inside
    ]


HOLD_NUMBERS: Final = {"Threshold", "RepRule", "FaultSpec", "MovementSpec"}


@pytest.mark.parametrize("module", movement_modules(), ids=lambda module: module.__name__)
def test_no_number_stands_bare(module: ModuleType) -> None:
    assert numbers_outside(ast.parse(inspect.getsource(module)), HOLD_NUMBERS) == []


def test_every_movement_was_looked_at_for_bare_numbers() -> None:
    assert {module.__name__.rsplit(".", 1)[1] for module in movement_modules()} == {
        "faults",
        *MOVEMENTS,
    }


def test_a_bare_number_is_seen() -> None:
    tree = ast.parse("LIMIT = 45\nOK = Threshold(amber=45)\n")
    assert numbers_outside(tree, HOLD_NUMBERS) == [1]
