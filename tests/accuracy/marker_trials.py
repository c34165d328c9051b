"""Stoop lifts of one real person with skin markers: our kinematics against published joint angles.

Material: Millard, Sreenivasa & Mombaur 2017 (Frontiers in Robotics and AI 4:41), MIT licence. Their
angles come from inverse kinematics of a planar model on the same markers. Order and signs are those
of the published model file ``vuaHuman2d.lua``: pelvis x, z and tilt, then right thigh, shank and
foot, left thigh, shank and foot, middle trunk, upper trunk, head, right and left arm; each joint
turns about +y with x forward and z up, so that tilting forward is positive and thigh flexion
negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.calibration import UprightFinder
from models.kinematics import Raw, Signal, measure, relate
from tests.accuracy.c3d import read_markers
from tests.accuracy.error_statistics import Errors
from tests.given_material import shared_file
from vision.pose import LANDMARK_COUNT, Landmark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.kinematics import Upright
    from models.results import Series
    from tests.accuracy.c3d import Markers

    Floats = np.typing.NDArray[np.float64]

FOLDER: Final = "groundtruth/millard_stoop_lift"
NEUTRAL: Final = "neu_t169_f250f350"
TRIALS: Final = {
    1: "stoop1_t169_f620f800",
    2: "stoop2_t169_f1395f1590",
    3: "stoop3_t169_f2101f2300",
}
JUDGED: Final = (
    Signal.TRUNK_INCLINATION,
    Signal.THIGH_INCLINATION,
    Signal.SHANK_INCLINATION,
    Signal.KNEE_FLEXION,
    Signal.APPARENT_HIP_FLEXION,
)

_TIME, _PELVIS, _THIGH, _SHANK, _MIDDLE_TRUNK, _UPPER_TRUNK = 0, 3, 4, 5, 10, 11
"""Columns of the published angles, right side."""
_PELVIS_TO_MIDDLE_M: Final = (-0.029122, 0.097331)
_MIDDLE_TO_UPPER_M: Final = (-0.019094, 0.152881)
_UPPER_TO_SHOULDER_M: Final = (0.002137, 0.182111)
"""Forward and up, from the same model file: it gives the hip → shoulder line."""

UPRIGHT_DEG: Final = 2.0
"""Most upright are the frames within this of a trial's smallest apparent hip flexion."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One lift: our signals and the published angles, frame by frame."""

    series: Series
    published_deg: Mapping[Signal, Floats]


@cache
def trial(number: int) -> Trial:
    """Measure one lift."""
    markers = read_markers(shared_file(f"{FOLDER}/{TRIALS[number]}.c3d"))
    angles = np.loadtxt(
        shared_file(f"{FOLDER}/qIKFiltered_2D_stoop{number}.csv"), delimiter=",", ndmin=2
    )
    raw = _measure(markers)
    if not np.allclose(raw.t_s, angles[:, _TIME]):
        msg = f"expected markers and angles of lift {number} at the same times"
        raise ValueError(msg)
    return Trial(series=relate(raw, _upright()), published_deg=_published(angles))


def errors_of(number: int, signal: Signal) -> Errors:
    """Compare one signal of a lift, both sides as changes from the lift's most upright frames.

    The published angles have no standing trial of their own, so both take the same zero.
    """
    lift = trial(number)
    hip = lift.published_deg[Signal.APPARENT_HIP_FLEXION]
    upright = hip <= hip.min() + UPRIGHT_DEG
    true_deg = lift.published_deg[signal]
    true_deg = true_deg - true_deg[upright].mean()
    measured = lift.series.of(signal)
    measured = measured - measured[upright].mean()
    return Errors(
        difference_deg=measured - true_deg, se_deg=lift.series.se_of(signal), true_deg=true_deg
    )


def _upright() -> Upright:
    finder = UprightFinder()
    raw = _measure(read_markers(shared_file(f"{FOLDER}/{NEUTRAL}.c3d")))
    for row in range(len(raw.t_s)):
        one = slice(row, row + 1)
        finder.update(
            Raw(
                t_s=raw.t_s[one],
                value=raw.value[one],
                length_px=raw.length_px[one],
                seen=raw.seen[one],
            )
        )
    upright = finder.settle()
    if upright is None:
        msg = "expected quiet standing in the neutral trial, found none"
        raise ValueError(msg)
    return upright


def _measure(markers: Markers) -> Raw:
    image_xy = _landmarks(markers)
    frames = len(image_xy)
    return measure(
        np.arange(frames) / markers.rate_hz,
        image_xy,
        np.ones((frames, LANDMARK_COUNT)),
        faces_right=True,
    )


def _landmarks(markers: Markers) -> Floats:
    """Put the markers where landmarks belong: seen from the right, 1 mm a pixel, y down."""
    mm = markers.mm
    right_hip, left_hip = hip_centres(mm)
    place = {
        Landmark.RIGHT_HIP: right_hip,
        Landmark.LEFT_HIP: left_hip,
        Landmark.RIGHT_EAR: (mm["RFHD"] + mm["RBHD"]) / 2,
        Landmark.LEFT_EAR: (mm["LFHD"] + mm["LBHD"]) / 2,
    }
    for side, letter in (("RIGHT", "R"), ("LEFT", "L")):
        for landmark, marker in (
            ("SHOULDER", "SHO"),
            ("KNEE", "KNE"),
            ("ANKLE", "ANK"),
            ("HEEL", "HEE"),
            ("FOOT_INDEX", "TOE"),
            ("WRIST", "WRA"),
        ):
            place[Landmark[f"{side}_{landmark}"]] = mm[letter + marker]
    image_xy = np.full((len(right_hip), LANDMARK_COUNT, 2), np.nan)
    for row, position in place.items():
        image_xy[:, row] = position[:, [0, 2]] * (1.0, -1.0)
    return image_xy


def hip_centres(mm: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Right and left hip joint centre from the pelvis markers (Harrington et al. 2007)."""
    front, back = (mm["LASI"] + mm["RASI"]) / 2, (mm["LPSI"] + mm["RPSI"]) / 2
    depth, forward = _length_and_direction(front - back)
    width, right = _length_and_direction(mm["RASI"] - mm["LASI"])
    up = np.cross(right, forward)
    centre = front + (-0.24 * depth - 9.9) * forward + (-0.30 * width - 10.9) * up
    aside = (0.33 * width + 7.3) * right
    return centre + aside, centre - aside


def _length_and_direction(line: Floats) -> tuple[Floats, Floats]:
    length = np.linalg.norm(line, axis=1, keepdims=True)
    return length, line / length


def _published(angles: Floats) -> dict[Signal, Floats]:
    pelvis, thigh, shank, middle, upper = np.degrees(
        angles[:, [_PELVIS, _THIGH, _SHANK, _MIDDLE_TRUNK, _UPPER_TRUNK]]
    ).T
    trunk = _hip_to_shoulder_deg(pelvis, pelvis + middle, pelvis + middle + upper)
    inclination = -(pelvis + thigh)
    return {
        Signal.TRUNK_INCLINATION: trunk,
        Signal.THIGH_INCLINATION: inclination,
        Signal.SHANK_INCLINATION: shank - inclination,
        Signal.KNEE_FLEXION: shank,
        Signal.APPARENT_HIP_FLEXION: trunk + inclination,
    }


def _hip_to_shoulder_deg(*tilts_deg: Floats) -> Floats:
    """Inclination of the line through three segments that tilt forward by these angles."""
    forward = up = np.zeros(len(tilts_deg[0]))
    segments = (_PELVIS_TO_MIDDLE_M, _MIDDLE_TO_UPPER_M, _UPPER_TO_SHOULDER_M)
    for tilt_deg, (ahead_m, above_m) in zip(tilts_deg, segments, strict=True):
        tilt = np.radians(tilt_deg)
        forward = forward + ahead_m * np.cos(tilt) + above_m * np.sin(tilt)
        up = up - ahead_m * np.sin(tilt) + above_m * np.cos(tilt)
    return np.degrees(np.arctan2(forward, up))
