"""Lunge: forward, reverse, walking and split squat."""

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

_LEAN = FaultSpec(
    id="LUNGE_LEAN",
    metric=metrics.TRUNK_AT_BOTTOM,
    threshold=Threshold(
        id="LUNGE_LEAN",
        amber=20,
        flag=30,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is within 20° of upright; leaning on purpose asks more of the hips.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=2,
)
_SHORT_STEP = FaultSpec(
    id="SHORT_STEP",
    metric=metrics.STEP_LENGTH,
    threshold=Threshold(
        id="SHORT_STEP",
        amber=0.5,
        flag=0.4,
        direction=Direction.BELOW,
        unit="ratio",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Half a leg length between the ankles leaves room for both knees.",
        green=0.6,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.STACK,
    early=0,
)
_FRONT_SHANK = FaultSpec(
    id="FRONT_SHANK",
    metric=metrics.FRONT_SHANK,
    threshold=Threshold(
        id="FRONT_SHANK",
        amber=25,
        flag=35,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is a front shin within 20° of upright.",
        green=20,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=1,
)
_DEPTH = FaultSpec(
    id="LUNGE_DEPTH",
    metric=metrics.FRONT_THIGH,
    threshold=Threshold(
        id="LUNGE_DEPTH",
        amber=70,
        flag=55,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is a front thigh of 75-95°; there is no health reason for a depth.",
        green=75,
    ),
    severity=Severity.INFORMATION,
    sub_score=SubScore.RANGE,
    early=3,
)

LUNGE: Final = MovementSpec(
    id="lunge",
    title="Lunge",
    version=1,
    view=View.SAGITTAL,
    variants=(),
    family=Family.LUNGE,
    rep=RepRule(
        min_peak_deg=35,
        min_duration_s=0.6,
        max_duration_s=10,
        may_start_low=False,
        max_foot_travel=1.5,
    ),
    faults=(
        _LEAN,
        _SHORT_STEP,
        _FRONT_SHANK,
        _DEPTH,
        faults.HYPEREXT,
        faults.TEMPO_DESCENT,
        faults.TEMPO_CONSISTENCY,
    ),
    weights=MappingProxyType(
        {
            SubScore.STACK: 30,
            SubScore.TRUNK_SHIN: 25,
            SubScore.RANGE: 25,
            SubScore.CONTROL: 20,
        }
    ),
)
"""Targets of ``measurement.md`` §3.3, weights of §8.3; the 15 of symmetry, which only a front view
shows, and the 5 of lumbar sharing are spread over the others."""
