"""Deadlift and every other lift from the floor: barbell, kettlebell, box."""

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

_EARLY_HIP_RISE = FaultSpec(
    id="EARLY_HIP_RISE",
    metric=metrics.EARLY_TRUNK_DROP,
    threshold=Threshold(
        id="EARLY_HIP_RISE",
        amber=5,
        flag=10,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Hips and chest rise together when the trunk keeps its angle off the floor.",
    ),
    severity=Severity.PRACTISE,
    sub_score=SubScore.HIP_SHARE,
    early=1,
)
_HIPS_BEFORE_CHEST = FaultSpec(
    id="HIPS_BEFORE_CHEST",
    metric=metrics.HIP_RISE_SHARE,
    threshold=Threshold(
        id="HIPS_BEFORE_CHEST",
        amber=1.5 / 2.5,
        flag=2.0 / 3.0,
        direction=Direction.ABOVE,
        unit="ratio",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Hips 1.5 and 2 times as fast as the shoulders, as their share of both.",
    ),
    severity=Severity.PRACTISE,
    sub_score=None,
    early=1,
)
"""The second rule of `_EARLY_HIP_RISE`; the first one alone feeds the score, so that nothing counts
twice."""
_TRUNK_SHIN = FaultSpec(
    id="STEEP_SHANK",
    metric=metrics.SHANK_AT_BOTTOM,
    threshold=Threshold(
        id="STEEP_SHANK",
        amber=25,
        flag=35,
        direction=Direction.ABOVE,
        unit="deg",
        reference="escamilla_2000",
        status=Status.DERIVED,
        rationale="Shins lean 5-20° at the start of a conventional deadlift; further forward, "
        "the load has to travel round the knees.",
        green=20,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=0,
)

DEADLIFT: Final = MovementSpec(
    id="deadlift",
    title="Lift from the floor",
    version=2,
    view=View.SAGITTAL,
    variants=("floor_lift",),
    family=Family.FLOOR_LIFT,
    rep=RepRule(
        min_peak_deg=50,
        min_duration_s=0.5,
        max_duration_s=20,
        may_start_low=True,
        max_foot_travel=0.25,
    ),
    faults=(
        faults.LUM_HINGE,
        faults.LUM_SHARE,
        faults.LUM_UNDERLOAD,
        faults.LUM_DRIFT,
        _EARLY_HIP_RISE,
        _HIPS_BEFORE_CHEST,
        _TRUNK_SHIN,
        faults.BAR_DRIFT,
        faults.NECK,
        faults.HEEL_RISE,
        faults.LOCKOUT_SHORT,
        faults.HYPEREXT,
        faults.HYPEREXT_BACK,
        faults.TEMPO_CONSISTENCY,
        faults.DRIFT,
    ),
    weights=MappingProxyType(
        {
            SubScore.HIP_SHARE: 15,
            SubScore.LUMBAR_SHARING: 30,
            SubScore.STACK: 20,
            SubScore.TRUNK_SHIN: 10,
            SubScore.RANGE: 15,
            SubScore.CONTROL: 10,
        }
    ),
)
"""Targets of ``measurement.md`` §3.3, weights of §8.3. A lift may begin on the floor; only the way
up is then seen. How a load is put down is not judged."""
