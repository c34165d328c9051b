"""Verdicts from a measurement, its error and two limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from models.judging import (
    ERROR_TOO_LARGE,
    ERROR_UNKNOWN,
    FLAG_PROBABILITY,
    MAX_SE_PER_BAND,
    NOT_MEASURED,
    OK_PROBABILITY,
    STANDARD_NORMAL,
    judge,
    judge_set,
    probability_past,
)
from models.results import Measurement, Verdict
from models.spec import Direction, EvidenceGrade
from tests.judged_movement import fault, measured, missing, movement, reps, threshold

if TYPE_CHECKING:
    from models.spec import FaultSpec

ABOVE = fault("LEAN", limits=threshold(20.0, 30.0))
BELOW = fault("NO_HIPBACK", limits=threshold(6.0, 4.0, Direction.BELOW))


@pytest.mark.parametrize(
    ("spec", "value", "verdict"),
    [
        (ABOVE, 10.0, Verdict.OK),
        (ABOVE, 19.0, Verdict.NOT_SURE),
        (ABOVE, 21.0, Verdict.AMBER),
        (ABOVE, 30.0, Verdict.AMBER),
        (ABOVE, 33.0, Verdict.FLAG),
        (BELOW, 12.0, Verdict.OK),
        (BELOW, 7.0, Verdict.NOT_SURE),
        (BELOW, 5.0, Verdict.AMBER),
        (BELOW, 1.0, Verdict.FLAG),
    ],
)
def test_verdict_follows_the_value_on_both_sides(
    spec: FaultSpec, value: float, verdict: Verdict
) -> None:
    assert judge(spec, measured(value, 3.0), 1).verdict is verdict


def test_probabilities_are_those_of_the_normal_distribution() -> None:
    finding = judge(ABOVE, measured(25.0, 5.0), 4)
    assert finding.p_amber == pytest.approx(0.8413, abs=1e-4)
    assert finding.p_flag == pytest.approx(0.1587, abs=1e-4)


def test_finding_carries_where_it_comes_from() -> None:
    measurement = measured(25.0)
    finding = judge(ABOVE, measurement, 4)
    assert (finding.fault, finding.rep) == ("LEAN", 4)
    assert finding.measurement is measurement
    assert finding.threshold_id == "LEAN_LIMIT"
    assert finding.grade is EvidenceGrade.C
    assert finding.reason == ""


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (20.0, Verdict.OK),
        (20.1, Verdict.AMBER),
        (30.0, Verdict.AMBER),
        (30.1, Verdict.FLAG),
    ],
)
def test_without_error_the_limits_are_sharp(value: float, verdict: Verdict) -> None:
    assert judge(ABOVE, measured(value, 0.0), 1).verdict is verdict


def test_below_without_error_the_limit_itself_is_not_past() -> None:
    assert probability_past(6.0, Direction.BELOW, measured(6.0, 0.0)) == 0.0
    assert probability_past(6.0, Direction.BELOW, measured(5.9, 0.0)) == 1.0


def test_what_was_not_measured_keeps_its_reason() -> None:
    finding = judge(ABOVE, missing("hidden_by_object"), 2)
    assert finding.verdict is Verdict.NOT_ASSESSABLE
    assert finding.reason == "hidden_by_object"
    assert math.isnan(finding.p_amber)
    assert math.isnan(finding.p_flag)


def test_what_was_not_measured_always_has_a_reason() -> None:
    assert judge(ABOVE, missing(""), 2).reason == NOT_MEASURED


@pytest.mark.parametrize("se", [math.nan, math.inf, -1.0])
def test_a_number_without_a_usable_error_is_not_judged(se: float) -> None:
    finding = judge(ABOVE, measured(50.0, se), 1)
    assert finding.verdict is Verdict.NOT_ASSESSABLE
    assert finding.reason == ERROR_UNKNOWN


LARGE = 10.0 * MAX_SE_PER_BAND * 1.01
"""An error just too large for limits 10 apart."""


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (20.0 - LARGE, Verdict.OK),
        (15.0, Verdict.NOT_ASSESSABLE),
        (25.0, Verdict.NOT_ASSESSABLE),
        (20.0 + LARGE, Verdict.AMBER),
        (30.0 + LARGE, Verdict.FLAG),
    ],
)
def test_with_a_large_error_only_clear_answers_stand(value: float, verdict: Verdict) -> None:
    finding = judge(ABOVE, measured(value, LARGE), 1)
    assert finding.verdict is verdict
    assert finding.reason == (ERROR_TOO_LARGE if verdict is Verdict.NOT_ASSESSABLE else "")


def test_just_under_the_largest_error_the_answer_may_be_unsure() -> None:
    assert judge(ABOVE, measured(15.0, 0.98 * LARGE), 1).verdict is Verdict.NOT_SURE


def test_at_the_largest_error_the_limits_cannot_be_told_apart() -> None:
    between = 2 * STANDARD_NORMAL.cdf(0.5 / MAX_SE_PER_BAND) - 1
    assert between < OK_PROBABILITY
    assert 2 * STANDARD_NORMAL.cdf(0.5 / (MAX_SE_PER_BAND - 0.1)) - 1 > OK_PROBABILITY


def test_a_flag_is_as_sure_as_an_ok() -> None:
    assert pytest.approx(1 - OK_PROBABILITY) == FLAG_PROBABILITY


def test_a_set_is_judged_by_rep_and_once_for_metrics_of_the_set() -> None:
    spec = movement(fault("LEAN"), fault("DRIFT", per_set=True))
    findings = judge_set(spec, reps(lean=[5.0, 50.0]), {"drift": measured(40.0)})
    assert [(finding.fault, finding.rep, finding.verdict) for finding in findings] == [
        ("LEAN", 1, Verdict.OK),
        ("LEAN", 2, Verdict.FLAG),
        ("DRIFT", None, Verdict.FLAG),
    ]


def test_an_absent_metric_is_said_to_be_absent() -> None:
    spec = movement(fault("LEAN"), fault("DRIFT", per_set=True))
    findings = judge_set(spec, reps(neck=[5.0]))
    assert [finding.reason for finding in findings] == [NOT_MEASURED, NOT_MEASURED]
    assert {finding.measurement.unit for finding in findings} == {"deg"}


def test_a_rep_metric_is_not_taken_from_the_set() -> None:
    (finding,) = judge_set(movement(fault("LEAN")), reps(neck=[5.0]), {"lean": measured(5.0)})
    assert finding.verdict is Verdict.NOT_ASSESSABLE


def test_probability_of_nothing_is_nan() -> None:
    nothing = Measurement(value=math.nan, se=1.0, unit="deg", method="")
    assert math.isnan(probability_past(1.0, Direction.ABOVE, nothing))
