"""The kinds of fault that movements share; limits from ``measurement.md`` §3.4.

A movement file picks from these. A limit that differs between movements is written there.
"""

from __future__ import annotations

from typing import Final

from models import metrics
from models.lumbar import rhythm
from models.spec import Direction, FaultSpec, Severity, Status, SubScore, Threshold

LUM_HINGE: Final = FaultSpec(
    id="LUM_HINGE",
    metric=rhythm.OWN_MAX,
    threshold=Threshold(
        id="LUM_HINGE",
        amber=65,
        flag=80,
        direction=Direction.ABOVE,
        unit="%",
        reference="boocock_thesis",
        status=Status.DERIVED,
        rationale="80 % is the published limit of a device that gives feedback in training; 65 % "
        "lies between a trained deadlift (33° of 52°) and a lift with a long bend (36° of 52°), "
        "compared across studies.",
    ),
    severity=Severity.FIRST_UNDER_LOAD,
    sub_score=SubScore.LUMBAR_SHARING,
    early=2,
)
LUM_SHARE: Final = FaultSpec(
    id="LUM_SHARE",
    metric=rhythm.SHARE,
    threshold=Threshold(
        id="LUM_SHARE",
        amber=30,
        flag=40,
        direction=Direction.ABOVE,
        unit="%",
        reference="geometry_model",
        status=Status.DERIVED,
        rationale="In hinges, deadlifts and squats the lower back has 16-29 % of the bend, in free "
        "bends and rounded hinges 33-43 %.",
    ),
    severity=Severity.PRACTISE,
    sub_score=SubScore.LUMBAR_SHARING,
    early=2,
)
LUM_EARLY: Final = FaultSpec(
    id="LUM_EARLY",
    metric=rhythm.ONSET,
    threshold=Threshold(
        id="LUM_EARLY",
        amber=33,
        flag=0,
        direction=Direction.BELOW,
        unit="%",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="A free bend starts in the lower back (Esola 1996), which is normal: a note "
        "about skill. In a hinge the hips go first for a third of their way; 0 is the far edge.",
    ),
    severity=Severity.POLISH,
    sub_score=None,
    early=0,
)
LUM_UNDERLOAD: Final = FaultSpec(
    id="LUM_UNDERLOAD",
    metric=rhythm.UNDER_LOAD,
    threshold=Threshold(
        id="LUM_UNDERLOAD",
        amber=8,
        flag=15,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="With a heavier load the lower back bends more (Shoji 2025, direction only); how "
        "much is a choice.",
    ),
    severity=Severity.PRACTISE,
    sub_score=SubScore.LUMBAR_SHARING,
    early=1,
)
LUM_DRIFT: Final = FaultSpec(
    id="LUM_DRIFT",
    metric=rhythm.DRIFT,
    threshold=Threshold(
        id="LUM_DRIFT",
        amber=10,
        flag=14,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Below that the measurement alone could explain it: 2.77 times its standard "
        "error of 3.5° within a set (half of the outline's 7°) and of 5° within a session.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.CONTROL,
    early=5,
)
WINK: Final = FaultSpec(
    id="WINK",
    metric=rhythm.TUCK,
    threshold=Threshold(
        id="WINK",
        amber=15,
        flag=25,
        direction=Direction.ABOVE,
        unit="deg",
        reference="mckean_2010",
        status=Status.DERIVED,
        rationale="Trained squatters move 13° (women) and 26° (men) in all.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.LUMBAR_SHARING,
    early=2,
)
HEEL_RISE: Final = FaultSpec(
    id="HEEL_RISE",
    metric=metrics.HEEL_RISE,
    threshold=Threshold(
        id="HEEL_RISE",
        amber=8,
        flag=12,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Twice and three times what the measured tilt of the foot can be off by, for "
        "0.2 s.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.STACK,
    early=1,
)
BAR_DRIFT: Final = FaultSpec(
    id="BAR_DRIFT",
    metric=metrics.HAND_OFFSET,
    threshold=Threshold(
        id="BAR_DRIFT",
        amber=5,
        flag=9,
        direction=Direction.ABOVE,
        unit="%",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="About 9 and 16 cm from mid-foot in a person of 1.75 m.",
    ),
    severity=Severity.PRACTISE,
    sub_score=SubScore.STACK,
    early=1,
)
LOCKOUT_SHORT: Final = FaultSpec(
    id="LOCKOUT_SHORT",
    metric=metrics.LOCKOUT,
    threshold=Threshold(
        id="LOCKOUT_SHORT",
        amber=15,
        flag=25,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is within 10° of standing straight.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.RANGE,
    early=4,
)
HYPEREXT: Final = FaultSpec(
    id="HYPEREXT",
    metric=metrics.END_INCLINATION,
    threshold=Threshold(
        id="HYPEREXT",
        amber=-5,
        flag=-10,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The target is within 5° of your own upright stance.",
    ),
    severity=Severity.PRACTISE,
    sub_score=SubScore.CONTROL,
    early=4,
)
HYPEREXT_BACK: Final = FaultSpec(
    id="HYPEREXT_BACK",
    metric=rhythm.AT_END,
    threshold=Threshold(
        id="HYPEREXT_BACK",
        amber=-10,
        flag=-15,
        direction=Direction.BELOW,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="The same finish seen in the lower back: 10° more hollow than in your stance; "
        "the far edge is as much further as for the trunk.",
    ),
    severity=Severity.PRACTISE,
    sub_score=None,
    early=4,
)
"""The second rule of `HYPEREXT`; the first one alone feeds the score, so that nothing counts
twice."""
NECK: Final = FaultSpec(
    id="NECK",
    metric=metrics.NECK_AT_BOTTOM,
    threshold=Threshold(
        id="NECK",
        amber=25,
        flag=40,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Looking ahead in a hinge takes some extension; this is about twice that.",
    ),
    severity=Severity.POLISH,
    sub_score=None,
    early=2,
)
TEMPO_DESCENT: Final = FaultSpec(
    id="TEMPO_DESCENT",
    metric=metrics.DESCENT_TIME,
    threshold=Threshold(
        id="TEMPO_DESCENT",
        amber=1.0,
        flag=0.6,
        direction=Direction.BELOW,
        unit="s",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="A learning set is lowered in one second or more.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.CONTROL,
    early=0,
)
TEMPO_CONSISTENCY: Final = FaultSpec(
    id="TEMPO_CONSISTENCY",
    metric=metrics.DURATION_SPREAD,
    threshold=Threshold(
        id="TEMPO_CONSISTENCY",
        amber=20,
        flag=35,
        direction=Direction.ABOVE,
        unit="%",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Repetitions of one set within a fifth of each other's time.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.CONTROL,
    early=5,
)
DRIFT: Final = FaultSpec(
    id="DRIFT",
    metric=metrics.BEND_DRIFT,
    threshold=Threshold(
        id="DRIFT",
        amber=10,
        flag=14,
        direction=Direction.ABOVE,
        unit="deg",
        reference="expert_default",
        status=Status.EXPERT_DEFAULT,
        rationale="Below that the measurement alone could explain it: 2.77 times the standard "
        "error of the hip bend of 3.5° within a session and of 5° between sessions.",
    ),
    severity=Severity.POLISH,
    sub_score=SubScore.CONTROL,
    early=5,
)
COMMON: Final = (
    HEEL_RISE,
    LOCKOUT_SHORT,
    HYPEREXT,
    TEMPO_DESCENT,
    TEMPO_CONSISTENCY,
    DRIFT,
)
"""What every standing movement is looked at for."""
