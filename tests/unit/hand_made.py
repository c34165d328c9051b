"""A hand-made assessment of five hinges, with everything in it that a report must cope with."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.cues import choose_cue
from models.judging import judge
from models.kinematics import Signal
from models.movements.hip_hinge import HIP_HINGE
from models.report import (
    Report,
    build_report,
)
from models.results import (
    Assessment,
    DiscardedBend,
    Finding,
    Measurement,
    Note,
    Phase,
    PhaseSpan,
    Rep,
    Series,
)
from models.scoring import score_set
from vision.estimators.base import EstimatorInfo
from vision.frame import SourceHealth, VideoInfo
from vision.framing import CameraView, FramingIssue, FramingSummary, Side
from vision.pose import LANDMARK_COUNT, Landmark, Pose
from vision.recording import Recording

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ: Final = 30.0
FIRST_REP_S: Final = 1.5
REP_S: Final = 3.0
REST_S: Final = 0.8
PEAKS_DEG: Final = (62.0, 68.0, 71.0, 66.0, 69.0)
DURATION_S: Final = FIRST_REP_S + len(PEAKS_DEG) * (REP_S + REST_S)

SHANKS_DEG: Final = (6.0, 10.0, 13.5, 20.5, 21.0)
"""On track, too close to call, worth a look, and twice worth practising."""

METRICS: Final = tuple(
    dict.fromkeys(fault.metric.id for fault in HIP_HINGE.faults if not fault.metric.per_set)
)

PICTURE_SIZE: Final = (480, 640)
PX_PER_M: Final = 300.0

RECORDING: Final = Recording(
    poses=(),
    source_name="hinge <b>&.mp4",
    source_sha256="ab" * 32,
    video=VideoInfo(
        width=1080,
        height=1920,
        rotation_deg=90,
        duration_s=DURATION_S,
        nominal_fps=RATE_HZ,
        frame_count=None,
        codec="h264",
        container="mov,mp4,m4a,3gp,3g2,mj2",
    ),
    health=SourceHealth(frames_read=615, corrupt_packets=3, longest_gap_s=0.13),
    estimator=EstimatorInfo(
        name="mediapipe", version="0.10.31", model="full", asset_sha256="cd" * 32
    ),
)


def rep_start_s(number: int) -> float:
    """Start of a repetition, from 1."""
    return FIRST_REP_S + (number - 1) * (REP_S + REST_S)


def bend_deg(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trunk inclination over time: five smooth bends."""
    bend = np.zeros_like(t_s)
    for number, peak in enumerate(PEAKS_DEG, start=1):
        into = (t_s - rep_start_s(number)) / REP_S
        inside = (into >= 0) & (into < 1)
        bend[inside] = peak * np.sin(np.pi * into[inside]) ** 2
    return bend


@cache
def series() -> Series:
    """Signals of every frame; the hip is unknown for half a second of the third rep."""
    t_s = np.arange(0, DURATION_S, 1 / RATE_HZ)
    trunk = bend_deg(t_s)
    ripple = 0.6 * np.sin(7 * t_s)
    value = np.full((len(t_s), len(Signal)), np.nan)
    value[:, Signal.TRUNK_INCLINATION.column] = trunk + ripple
    value[:, Signal.THIGH_INCLINATION.column] = 0.32 * trunk
    value[:, Signal.SHANK_INCLINATION.column] = 0.06 * trunk + ripple
    value[:, Signal.KNEE_FLEXION.column] = 0.38 * trunk + ripple
    value[:, Signal.FAR_KNEE_FLEXION.column] = 0.36 * trunk
    value[:, Signal.APPARENT_HIP_FLEXION.column] = 1.32 * trunk + ripple
    value[:, Signal.BEND.column] = trunk
    lost = (t_s > rep_start_s(3) + 1.0) & (t_s < rep_start_s(3) + 1.5)
    value[lost, Signal.APPARENT_HIP_FLEXION.column] = np.nan
    errors = {
        Signal.TRUNK_INCLINATION: 3.0,
        Signal.APPARENT_HIP_FLEXION: 6.0,
        Signal.KNEE_FLEXION: 5.0,
    }
    se = np.full_like(value, np.nan)
    for signal, error in errors.items():
        se[:, signal.column] = error
    return Series(t_s=t_s, value=value, se=se)


def measured(value: float, se: float, unit: str = "deg") -> Measurement:
    return Measurement(value=value, se=se, unit=unit, method="landmarks, side view")


def unmeasured(reason: str, unit: str = "deg") -> Measurement:
    return Measurement(value=math.nan, se=math.nan, unit=unit, method="landmarks", reason=reason)


SET_METRICS: Final = {
    "duration_spread": measured(6.0, 2.0, "%"),
    "bend_drift": measured(2.1, 3.5),
    "lumbar_drift": unmeasured("back_hidden"),
}


@cache
def rep(number: int) -> Rep:
    """One repetition with a round number of phases."""
    start = rep_start_s(number)
    whole = series()
    inside = (whole.t_s >= start) & (whole.t_s < start + REP_S)
    peak = PEAKS_DEG[number - 1]
    return Rep(
        number=number,
        start_s=start,
        bottom_s=start + REP_S / 2,
        end_s=start + REP_S,
        phases=(
            PhaseSpan(phase=Phase.DESCENT, start_s=start, end_s=start + 1.3),
            PhaseSpan(phase=Phase.BOTTOM, start_s=start + 1.3, end_s=start + 1.7),
            PhaseSpan(phase=Phase.ASCENT, start_s=start + 1.7, end_s=start + REP_S),
        ),
        starts_low=False,
        coverage=0.83 if number == 3 else 1.0,
        family="hinge",
        variant="",
        series=Series(t_s=whole.t_s[inside], value=whole.value[inside], se=whole.se[inside]),
        metrics={
            **{name: unmeasured(_why_not(name)) for name in METRICS},
            "peak_bend": measured(1.32 * peak, 6.0),
            "trunk_at_bottom": measured(peak, 3.0),
            "knee_at_bottom": measured(0.38 * peak, 5.0),
            "shank_at_bottom": measured(SHANKS_DEG[number - 1], 5.0),
            "knee_share": measured(0.29, 0.06, "ratio"),
            "hip_back_travel": measured(9.4 - number * 0.4, 1.2, "%"),
            "descent_time": measured(1.3, 0.05, "s"),
            "lockout": measured(4.0, 3.0),
        },
    )


def _why_not(metric: str) -> str:
    return "back_hidden" if metric.startswith("lumbar_") else "hidden"


def findings() -> tuple[Finding, ...]:
    """What the limits of the hip hinge say; every verdict occurs."""
    by_rep = [
        judge(fault, rep(number).metrics[fault.metric.id], number)
        for number in range(1, len(PEAKS_DEG) + 1)
        for fault in HIP_HINGE.faults
        if not fault.metric.per_set
    ]
    by_set = [
        judge(fault, SET_METRICS[fault.metric.id], None)
        for fault in HIP_HINGE.faults
        if fault.metric.per_set
    ]
    return (*by_rep, *by_set)


@cache
def assessment() -> Assessment:
    """Five hinges in which the shins lean more and more."""
    reps = tuple(rep(number) for number in range(1, len(PEAKS_DEG) + 1))
    found = findings()
    score = score_set(HIP_HINGE, reps, SET_METRICS)
    return Assessment(
        declared=None,
        recognised="hip_hinge",
        judged_as="hip_hinge",
        assessable=True,
        reps=reps,
        discarded=(DiscardedBend(start_s=0.2, end_s=0.9, reason="too_shallow"),),
        findings=found,
        score=score,
        cue=choose_cue(HIP_HINGE, found, score),
        framing=FramingSummary(
            view=CameraView.SAGITTAL,
            yaw_deg=8.2,
            facing=Side.RIGHT,
            near_side=Side.RIGHT,
            person_height_px=1240.0,
            roll_deg=0.7,
            frame_rate_hz=RATE_HZ,
            seen_fraction=1.0,
            assessable_fraction=0.97,
            issues=(FramingIssue.SLIGHTLY_TURNED,),
        ),
        notes=(Note(key="partial_reps", values={"count": "1"}),),
        not_measured={"lumbar_flexion": "back_hidden"},
        series=series(),
        upright_found_s=1.2,
    )


def nothing_assessable() -> Assessment:
    """Filmed from the front: no rep, no score, no cue."""
    empty = np.zeros((0, len(Signal)))
    return Assessment(
        declared="hip_hinge",
        recognised="none",
        judged_as=None,
        assessable=False,
        reps=(),
        discarded=(),
        findings=(),
        score=None,
        cue=None,
        framing=FramingSummary(
            view=CameraView.FRONTAL,
            yaw_deg=math.nan,
            facing=Side.UNKNOWN,
            near_side=Side.UNKNOWN,
            person_height_px=math.nan,
            roll_deg=math.nan,
            frame_rate_hz=math.nan,
            seen_fraction=0.4,
            assessable_fraction=0.0,
            issues=(FramingIssue.FRONTAL_VIEW,),
        ),
        notes=(),
        not_measured={},
        series=Series(t_s=np.zeros(0), value=empty, se=empty),
        upright_found_s=0.0,
    )


def report() -> Report:
    """Make the report of `assessment`."""
    return build_report(assessment(), spec=HIP_HINGE, recording=RECORDING, program_version="0.1.0")


def along(inclination_deg: float, length_m: float) -> NDArray[np.float64]:
    """Step of a length, leaning forward from straight up; x forward, y down."""
    lean = math.radians(inclination_deg)
    return length_m * np.array([math.sin(lean), -math.cos(lean)])


def pose(t_s: float, *, bend: float = 0.0) -> Pose:
    """A person of 1.75 m facing right whose trunk leans by `bend` degrees; the right side is near.

    The thighs lean back by a third of that and the shanks stay upright.
    """
    places = {"ANKLE": np.zeros(2), "HEEL": np.array([-0.06, 0.07])}
    places["FOOT_INDEX"] = np.array([0.16, 0.07])
    places["KNEE"] = along(0.0, 0.43)
    places["HIP"] = places["KNEE"] + along(-bend / 3, 0.43)
    places["SHOULDER"] = places["HIP"] + along(bend, 0.50)
    places["EAR"] = places["SHOULDER"] + along(bend, 0.19)
    places["ELBOW"] = places["SHOULDER"] + np.array([0.0, 0.29])
    places["WRIST"] = places["SHOULDER"] + np.array([0.0, 0.54])
    world = np.full((LANDMARK_COUNT, 3), np.nan)
    for name, place in places.items():
        world[Landmark[f"RIGHT_{name}"]] = [*(place - places["HIP"]), -0.16]
        world[Landmark[f"LEFT_{name}"]] = [*(place - places["HIP"]), 0.16]
    head = places["EAR"] - places["HIP"] + along(bend + 90, 0.1)
    world[Landmark.NOSE] = [*head, 0.0]
    width, height = PICTURE_SIZE
    middle = np.array([width / 2, height * 0.9])
    image = middle + (world[:, :2] + places["HIP"]) * PX_PER_M
    return Pose.from_landmarks(
        t_s=t_s,
        image_size=PICTURE_SIZE,
        image_xy=image,
        world_xyz=world,
        visibility=np.isfinite(image[:, 0]).astype(float),
    )


def poses() -> list[Pose]:
    """One pose per moment of `series`."""
    times = series().t_s
    return [
        pose(float(t_s), bend=float(bend)) for t_s, bend in zip(times, bend_deg(times), strict=True)
    ]


def recording() -> Recording:
    """Five hinges as they would be recorded from a video."""
    return dataclasses.replace(RECORDING, poses=tuple(poses()))
