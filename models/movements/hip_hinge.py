"""Hip hinge: bodyweight hinge, Romanian deadlift, good morning."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from models import faults, metrics
from models.classification import Family
from models.lumbar import rhythm
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

_SQUATTY = FaultSpec(
    id="SQUATTY_RATIO",
    metric=metrics.KNEE_SHARE,
    threshold=Threshold(
        id="SQUATTY_RATIO",
        amber=1 / 2.2,
        flag=1 / 2.0,
        direction=Direction.ABOVE,
        unit="ratio",
        reference="geometry_model",
        status=Status.DERIVED,
        rationale="In a hinge the knees bend by less than 0.25° for each degree of the hips, in a "
        "squat-like one by about 0.67°.",
        green=1 / 3.0,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.HIP_SHARE,
    early=1,
)
_SHANK = FaultSpec(
    id="SHANK_HINGE",
    metric=metrics.SHANK_AT_BOTTOM,
    threshold=Threshold(
        id="SHANK_HINGE",
        amber=12,
        flag=15,
        direction=Direction.ABOVE,
        unit="deg",
        reference="geometry_model",
        status=Status.DERIVED,
        rationale="A hinge keeps the shin within -5 to 8° of upright; a squat-like one leans 18°.",
        green=8,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.TRUNK_SHIN,
    early=1,
)
_KNEE = FaultSpec(
    id="KNEE_HINGE",
    metric=metrics.KNEE_AT_BOTTOM,
    threshold=Threshold(
        id="KNEE_HINGE",
        amber=40,
        flag=45,
        direction=Direction.ABOVE,
        unit="deg",
        reference="geometry_model",
        status=Status.DERIVED,
        rationale="A hinge bends the knees by 15-35°; past 45° it is a squat with a long back.",
        green=35,
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.HIP_SHARE,
    early=1,
)
_STIFF = FaultSpec(
    id="STIFF_KNEE",
    metric=metrics.KNEE_AT_BOTTOM,
    threshold=Threshold(
        id="STIFF_KNEE",
        amber=5,
        flag=-5,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Soft knees bend by 5-20°; past straight is the far edge.",
        green=10,
    ),
    severity=Severity.POLISH,
    sub_score=None,
    early=0,
)
_HIPS_BACK = FaultSpec(
    id="NO_HIPBACK",
    metric=metrics.HIP_BACK_TRAVEL,
    threshold=Threshold(
        id="NO_HIPBACK",
        amber=6,
        flag=4,
        direction=Direction.BELOW,
        unit="%",
        reference="geometry_model",
        status=Status.DERIVED,
        rationale="A good hinge sends the hips back by 9 % of your height.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.HIP_SHARE,
    early=0,
)
_RANGE = FaultSpec(
    id="RANGE_HINGE",
    metric=metrics.TRUNK_AT_BOTTOM,
    threshold=Threshold(
        id="RANGE_HINGE",
        amber=45,
        flag=30,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is 60-80° of trunk lean, or as far as the back of your legs lets "
        "you; 45° is the least for a full hinge.",
        green=60,
    ),
    severity=Severity.INFORMATION,
    sub_score=SubScore.RANGE,
    early=3,
)
_GUARDED = FaultSpec(
    id="GUARDED",
    metric=rhythm.OF_SLOW_BEND,
    threshold=Threshold(
        id="GUARDED",
        amber=35,
        flag=25,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Of bends slower than 3.2 s, when soreness of 3 or more is reported: full bends "
        "flex the lower back by 52° (without back pain) and 46° (with it; Laird 2019), and 35° "
        "is as far below again as a choice.",
    ),
    severity=Severity.POLISH,
    sub_score=None,
    early=0,
)

HIP_HINGE: Final = MovementSpec(
    id="hip_hinge",
    title="Hip hinge",
    version=3,
    view=View.SAGITTAL,
    variants=("rdl", "good_morning", "stoop_lift"),
    family=Family.HINGE,
    rep=RepRule(
        min_peak_deg=35,
        min_duration_s=0.8,
        max_duration_s=12,
        may_start_low=False,
        max_foot_travel=0.25,
    ),
    faults=(
        faults.LUM_HINGE,
        faults.LUM_SHARE,
        faults.LUM_EARLY,
        faults.LUM_DRIFT,
        _SQUATTY,
        _KNEE,
        _SHANK,
        _STIFF,
        _HIPS_BACK,
        _RANGE,
        faults.NECK,
        *faults.COMMON,
        faults.HYPEREXT_BACK,
    ),
    weights=MappingProxyType(
        {
            SubScore.HIP_SHARE: 25,
            SubScore.LUMBAR_SHARING: 30,
            SubScore.STACK: 10,
            SubScore.TRUNK_SHIN: 5,
            SubScore.RANGE: 15,
            SubScore.CONTROL: 15,
        }
    ),
    faults_when_sore=(_GUARDED,),
)
"""Targets of ``measurement.md`` §3.3, weights of §8.3. Where the hands are says nothing in a hinge
without a load, and landmarks do not see a load: the hand's path is judged in a lift alone."""
