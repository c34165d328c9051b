"""A small movement with made-up limits, and sets of reps to judge by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.metrics import Metric
from models.results import Measurement, Phase, PhaseSpan, Rep, Series
from models.spec import (
    Direction,
    FaultSpec,
    MovementSpec,
    RepRule,
    Severity,
    Status,
    SubScore,
    Threshold,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def threshold(
    amber: float = 20.0,
    flag: float = 30.0,
    direction: Direction = Direction.ABOVE,
    green: float | None = None,
) -> Threshold:
    return Threshold(
        id="LEAN_LIMIT",
        amber=amber,
        flag=flag,
        direction=direction,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Made up for a test.",
        green=green,
    )


def fault(
    fault_id: str,
    sub_score: SubScore | None = SubScore.TRUNK_SHIN,
    severity: Severity = Severity.POLISH,
    early: int = 0,
    *,
    limits: Threshold | None = None,
    learnability: float = 1.0,
    per_set: bool = False,
) -> FaultSpec:
    """Build a fault whose metric has the fault's id in lower case; good 0, bad 50."""
    return FaultSpec(
        id=fault_id,
        metric=Metric(id=fault_id.lower(), unit="deg", method="made up", per_set=per_set),
        threshold=limits or threshold(),
        severity=severity,
        sub_score=sub_score,
        learnability=learnability,
        early=early,
    )


def movement(*faults: FaultSpec, weights: Mapping[SubScore, float] | None = None) -> MovementSpec:
    return MovementSpec(
        id="test_movement",
        title="Test movement",
        version=1,
        view=View.SAGITTAL,
        variants=(),
        family="hinge",
        rep=RepRule(
            min_peak_deg=45.0,
            min_duration_s=0.8,
            max_duration_s=12.0,
            may_start_low=False,
            max_foot_travel=0.1,
        ),
        faults=faults,
        weights=weights or {SubScore.TRUNK_SHIN: 100.0},
    )


def measured(value: float, se: float = 1.0) -> Measurement:
    return Measurement(value=value, se=se, unit="deg", method="made up")


def missing(reason: str = "hidden_by_object") -> Measurement:
    nan = float("nan")
    return Measurement(value=nan, se=nan, unit="deg", method="", reason=reason)


def rep(number: int, metrics: Mapping[str, Measurement]) -> Rep:
    start_s = 3.0 * number
    empty = np.empty((0, 0))
    return Rep(
        number=number,
        start_s=start_s,
        bottom_s=start_s + 1.0,
        end_s=start_s + 2.0,
        phases=(PhaseSpan(phase=Phase.DESCENT, start_s=start_s, end_s=start_s + 2.0),),
        starts_low=False,
        coverage=1.0,
        family="hinge",
        variant="",
        series=Series(t_s=np.empty(0), value=empty, se=empty),
        metrics=metrics,
    )


def reps(**metrics: Sequence[Measurement | float]) -> list[Rep]:
    """Build a set from one list per metric, one entry per rep; plain numbers get an error of 1."""
    count = len(next(iter(metrics.values())))
    return [
        rep(
            number + 1,
            {
                name: entry if isinstance(entry, Measurement) else measured(entry)
                for name, values in metrics.items()
                for entry in [values[number]]
            },
        )
        for number in range(count)
    ]
