"""Angles of the rendered clips, measured through the whole path, against their truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.kinematics import Signal
from tests.accuracy.counting import render_names
from tests.accuracy.error_statistics import Errors
from tests.accuracy.recorded_clips import assessment_of
from tests.given_material import shared_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_TRUE_YAW_DEG: Final = 15.0
"""Clips turned further are left out: past this a report warns."""

SAME_FRAME_S: Final = 0.01
"""A pose and a truth this close in time are of one frame; frames are 0.033 s apart or more."""

STANDING_DEG: Final = 5.0
"""Standing are the frames whose apparent hip flexion is within this of the clip's smallest."""

BENT_DEG: Final = 30.0
"""Frames count as bent from this apparent hip flexion on."""

TARGET_DEG: Final = 5.0
"""Mean absolute error that is aimed at."""

HIP: Final = Signal.APPARENT_HIP_FLEXION
KNEE: Final = Signal.KNEE_FLEXION
TRUNK: Final = Signal.TRUNK_INCLINATION
JUDGED: Final = (HIP, KNEE, TRUNK)

KNOWN_SHORTFALLS: Final = {
    ("hinge_rounded", HIP): "the hip landmark slips backwards",
    ("lift_barbell_plates", HIP): "the knee landmark slips behind the plate",
    ("lift_box_neutral", HIP): "behind box and arms the hip landmark slips backwards",
    ("sample_lift_neutral", HIP): "beside the plate the hip landmark rises",
    ("sample_lift_neutral", KNEE): "the ankle landmark slips behind the plate",
    ("sample_lift_rounded", HIP): "beside the plate the hip landmark rises",
    ("sample_lift_rounded", KNEE): "the ankle landmark slips behind the plate",
    ("sample_squat_rounded", HIP): "arms held out take the shoulder landmark forward",
    ("sample_squat_rounded", TRUNK): "arms held out take the shoulder landmark forward",
}
"""Clips whose mean error is above the target, and why; taken off here once they meet it."""

SHIFTS_S: Final = np.arange(-0.05, 0.155, 0.01)
"""Delays that are tried."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a render knows of itself.

    Attributes
    ----------
    t_s
        ``(n,)`` seconds.
    angle_deg
        ``(n,)`` of each judged signal, against vertical or between segments.
    yaw_deg
        Turn from a side view, without sign.
    """

    t_s: Floats
    angle_deg: Mapping[Signal, Floats]
    yaw_deg: float

    @property
    def bend_deg(self) -> Floats:
        """``(n,)`` apparent hip flexion, as change from standing."""
        return self.from_standing(Signal.APPARENT_HIP_FLEXION)

    def from_standing(self, signal: Signal) -> Floats:
        """``(n,)`` a signal as change from the person's own standing."""
        hip = self.angle_deg[Signal.APPARENT_HIP_FLEXION]
        standing = hip <= hip.min() + STANDING_DEG
        angle = self.angle_deg[signal]
        change: Floats = angle - np.median(angle[standing])
        return change


def truth_of(name: str) -> Truth:
    """Read the truth of a render.

    Apparent hip flexion is trunk inclination plus thigh inclination, and the thigh's is knee
    flexion minus ankle dorsiflexion, which with flat feet is the shank's.
    """
    truth: dict[str, Any] = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
    frames = truth["frames"]
    times = [frame["t_s"] if "t_s" in frame else frame["t"] for frame in frames]
    knee, ankle, trunk = (
        np.array([frame[key] for frame in frames])
        for key in ("knee_flexion", "ankle_dorsiflexion", "trunk_inclination")
    )
    return Truth(
        t_s=np.array(times),
        angle_deg={
            Signal.APPARENT_HIP_FLEXION: trunk + knee - ankle,
            Signal.KNEE_FLEXION: knee,
            Signal.TRUNK_INCLINATION: trunk,
        },
        yaw_deg=abs(float(truth["yaw_deg"] if "yaw_deg" in truth else truth["camera"]["yaw"])),
    )


def side_view_renders() -> list[str]:
    """List the renders that are turned by no more than `MAX_TRUE_YAW_DEG`."""
    return [name for name in render_names() if truth_of(name).yaw_deg <= MAX_TRUE_YAW_DEG]


def errors_of(name: str, signal: Signal) -> Errors:
    """Compare one signal of a render with its truth, both as changes from own standing."""
    truth = truth_of(name)
    series = assessment_of(f"renders/{name}.mp4").series
    nearest = np.abs(series.t_s[None, :] - truth.t_s[:, None]).argmin(axis=1)
    same = np.abs(series.t_s[nearest] - truth.t_s) <= SAME_FRAME_S
    true_deg = truth.from_standing(signal)
    return Errors(
        difference_deg=np.where(same, series.of(signal)[nearest] - true_deg, np.nan),
        se_deg=np.where(same, series.se_of(signal)[nearest], np.nan),
        true_deg=true_deg,
    )


def delay_s(name: str, signal: Signal) -> float:
    """Time by which a signal comes after its truth: the shift that leaves the smallest error."""
    truth = truth_of(name)
    series = assessment_of(f"renders/{name}.mp4").series
    true_deg = truth.from_standing(signal)
    errors = [
        np.nanmean(np.abs(np.interp(truth.t_s + shift, series.t_s, series.of(signal)) - true_deg))
        for shift in SHIFTS_S
    ]
    return float(SHIFTS_S[int(np.argmin(errors))])


def bent_errors_of(name: str, signal: Signal) -> Errors:
    """Take the errors of the frames in which the person is bent."""
    return errors_of(name, signal).where(truth_of(name).bend_deg >= BENT_DEG)
