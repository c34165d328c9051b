"""Sit-to-stand: rising from a seat."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from models import faults, metrics
from models.classification import Family
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

_MOMENTUM = FaultSpec(
    id="STS_MOMENTUM",
    metric=metrics.LARGEST_INCLINATION,
    threshold=Threshold(
        id="STS_MOMENTUM",
        amber=55,
        flag=65,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target as you leave the seat is 30-50° of trunk lean.",
        green=50,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=1,
)

SIT_TO_STAND: Final = MovementSpec(
    id="sit_to_stand",
    title="Sit to stand",
    version=1,
    view=View.SAGITTAL,
    variants=(),
    family=Family.SIT_TO_STAND,
    rep=RepRule(
        min_peak_deg=50,
        min_duration_s=0.5,
        max_duration_s=20,
        may_start_low=True,
        max_foot_travel=0.25,
    ),
    faults=(
        _MOMENTUM,
        faults.HEEL_RISE,
        faults.LOCKOUT_SHORT,
        faults.HYPEREXT,
        faults.TEMPO_CONSISTENCY,
    ),
    weights=MappingProxyType(
        {
            SubScore.STACK: 20,
            SubScore.TRUNK_SHIN: 25,
            SubScore.RANGE: 30,
            SubScore.CONTROL: 25,
        }
    ),
)
"""Targets of ``measurement.md`` §3.3, weights of §8.3; the parts that rising from a seat has no
criterion for are spread over the others."""
