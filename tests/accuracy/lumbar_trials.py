"""Pelvis, lumbar flexion and hip of the marker trials, against what the decomposition says of them.

Markers hold what landmarks do not: the pelvis (front and back spines) and the thorax (C7, T10,
breastbone). Lumbar flexion is the thorax against the pelvis. It is given to the decomposition as
if an outline had told it; pelvic tilt and true hip flexion that come out are compared with those
of the markers. True hip flexion takes the published thigh, so that it is not the same comparison
twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.angles import inclination_deg, to_sagittal
from models.kinematics import Signal
from models.lumbar.decomposition import decompose
from models.results import Series
from tests.accuracy.c3d import read_markers
from tests.accuracy.error_statistics import Errors
from tests.accuracy.marker_trials import FOLDER, NEUTRAL, TRIALS, UPRIGHT_DEG, hip_centres, trial
from tests.given_material import shared_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    Floats = np.typing.NDArray[np.float64]

JUDGED: Final = (Signal.PELVIC_TILT, Signal.HIP_FLEXION)


class Zero(StrEnum):
    """What angles are changes from."""

    LIFT = "the lift's own most upright frames"
    STANDING = "the standing trial"


class Top(StrEnum):
    """Upper end of the trunk."""

    SHOULDER = "shoulder"
    NECK = "C7"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkerAngles:
    """``(n,)`` degrees against vertical: pelvis, thorax, and the trunk up to the neck."""

    pelvis_deg: Floats
    thorax_deg: Floats
    neck_deg: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedLift:
    """One lift, all angles as changes from the same zero.

    Attributes
    ----------
    series
        Our signals after the decomposition, with the markers' lumbar flexion.
    lumbar_deg, tilt_deg, hip_deg
        ``(n,)`` of the markers.
    """

    series: Series
    lumbar_deg: Floats
    tilt_deg: Floats
    hip_deg: Floats


@cache
def shared_lift(number: int, zero: Zero, top: Top = Top.SHOULDER) -> SharedLift:
    """Divide the bend of one lift."""
    lift, standing = _angles_of(TRIALS[number]), _angles_of(NEUTRAL)
    upright = _most_upright(number)

    def change(now: Floats, then: Floats) -> Floats:
        return np.asarray(now - (now[upright] if zero is Zero.LIFT else then).mean())

    tilt = change(lift.pelvis_deg, standing.pelvis_deg)
    lumbar = change(lift.thorax_deg - lift.pelvis_deg, standing.thorax_deg - standing.pelvis_deg)
    thigh = trial(number).published_deg[Signal.THIGH_INCLINATION]
    series = trial(number).series
    value = series.value.copy()
    if top is Top.NECK:
        value[:, Signal.TRUNK_INCLINATION.column] = change(lift.neck_deg, standing.neck_deg)
    own_thigh = value[:, Signal.THIGH_INCLINATION.column]
    if zero is Zero.LIFT:
        for signal in (Signal.TRUNK_INCLINATION, Signal.THIGH_INCLINATION):
            value[:, signal.column] -= value[upright, signal.column].mean()
        thigh = thigh - thigh[upright].mean()
    else:
        thigh = thigh - thigh[upright].mean() + own_thigh[upright].mean()
    bend = Series(t_s=series.t_s, value=value, se=series.se)
    return SharedLift(
        series=decompose(bend, lumbar, np.zeros(len(lumbar))),
        lumbar_deg=lumbar,
        tilt_deg=tilt,
        hip_deg=tilt + thigh,
    )


def errors_of(number: int, signal: Signal, zero: Zero, top: Top = Top.SHOULDER) -> Errors:
    """Compare one signal of a lift with the markers."""
    lift = shared_lift(number, zero, top)
    true_deg = lift.tilt_deg if signal is Signal.PELVIC_TILT else lift.hip_deg
    return Errors(
        difference_deg=lift.series.of(signal) - true_deg,
        se_deg=lift.series.se_of(signal),
        true_deg=true_deg,
    )


def spine_share(number: int) -> float:
    """Degrees of trunk inclination beyond the pelvis for each degree of lumbar flexion: a slope."""
    lift = shared_lift(number, Zero.STANDING)
    beyond = lift.series.of(Signal.TRUNK_INCLINATION) - lift.tilt_deg
    return float(np.polyfit(lift.lumbar_deg, beyond, 1)[0])


def _most_upright(number: int) -> np.typing.NDArray[np.bool_]:
    hip = trial(number).published_deg[Signal.APPARENT_HIP_FLEXION]
    return np.asarray(hip <= hip.min() + UPRIGHT_DEG)


def _angles_of(name: str) -> MarkerAngles:
    mm = read_markers(shared_file(f"{FOLDER}/{name}.c3d")).mm
    front, back = (mm["LASI"] + mm["RASI"]) / 2, (mm["LPSI"] + mm["RPSI"]) / 2
    low, high = (mm["T10"] + mm["STRN"]) / 2, (mm["C7"] + mm["CLAV"]) / 2
    right_hip, left_hip = hip_centres(mm)
    return MarkerAngles(
        pelvis_deg=_lean_deg(back, front) - 90.0,
        thorax_deg=_lean_deg(low, high),
        neck_deg=_lean_deg((right_hip + left_hip) / 2, mm["C7"]),
    )


def _lean_deg(lower: Floats, upper: Floats) -> Floats:
    """Inclination in the plane of the lift: x forward, z up, as if the picture's y were down."""
    down = np.array([1.0, -1.0])
    points: Mapping[str, Floats] = {
        "lower": lower[:, [0, 2]] * down,
        "upper": upper[:, [0, 2]] * down,
    }
    return inclination_deg(
        to_sagittal(points["lower"], faces_right=True),
        to_sagittal(points["upper"], faces_right=True),
    )
