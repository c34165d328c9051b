"""Squat: bodyweight, goblet, front, back and overhead squat."""

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
    id="LEAN",
    metric=metrics.TRUNK_MINUS_SHANK,
    threshold=Threshold(
        id="LEAN",
        amber=20,
        flag=30,
        direction=Direction.ABOVE,
        unit="deg",
        reference="uplift_docs",
        status=Status.VENDOR_DOC,
        rationale="Trunk and shin parallel to within 20° is a vendor's line; with long thighs or a "
        "low bar it is normal to be past it.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=2,
)
_DEPTH = FaultSpec(
    id="DEPTH",
    metric=metrics.THIGH_AT_BOTTOM,
    threshold=Threshold(
        id="DEPTH",
        amber=80,
        flag=65,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Thighs near level are the usual goal; there is no health reason for a depth.",
        green=85,
    ),
    severity=Severity.INFORMATION,
    sub_score=SubScore.RANGE,
    early=3,
)
_ARMS = FaultSpec(
    id="OHS_ARMS",
    metric=metrics.ARM_TO_TRUNK,
    threshold=Threshold(
        id="OHS_ARMS",
        amber=20,
        flag=35,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="In an overhead squat the arm line stays within 20° of the trunk line.",
    ),
    severity=Severity.INFORMATION,
    sub_score=None,
    early=2,
)

SQUAT: Final = MovementSpec(
    id="squat",
    title="Squat",
    version=2,
    view=View.SAGITTAL,
    variants=("overhead_squat",),
    family=Family.SQUAT,
    rep=RepRule(
        min_peak_deg=40,
        min_duration_s=0.8,
        max_duration_s=12,
        may_start_low=False,
        max_foot_travel=0.25,
    ),
    faults=(
        faults.WINK,
        faults.LUM_DRIFT,
        _LEAN,
        _DEPTH,
        _ARMS,
        faults.NECK,
        *faults.COMMON,
        faults.HYPEREXT_BACK,
    ),
    weights=MappingProxyType(
        {
            SubScore.LUMBAR_SHARING: 15,
            SubScore.STACK: 20,
            SubScore.TRUNK_SHIN: 30,
            SubScore.RANGE: 20,
            SubScore.CONTROL: 15,
        }
    ),
)
"""Targets of ``measurement.md`` §3.3, weights of §8.3; the 10 of hip share, for which a squat has
no criterion, stand with trunk and shin."""
