"""What was done: a hinge, a squat, a lift from the floor, a lunge, rising from a seat.

The rules are those of ``measurement.md`` §3.2 (stoop-squat index after Schmid 2022, ratio of
apparent hip to knee flexion, ankle split, wrist height), applied per repetition; the set is what
most of its repetitions are, or mixed.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.phases import Excerpt


class Family(StrEnum):
    """Kind of movement that a repetition looks like."""

    HINGE = "hinge"
    SQUAT = "squat"
    FLOOR_LIFT = "floor_lift"
    LUNGE = "lunge"
    SIT_TO_STAND = "sit_to_stand"
    MIXED = "mixed"


class Variant(StrEnum):
    """Finer name of a repetition, where it can be told."""

    NONE = ""
    GOOD_MORNING = "good_morning"
    RDL = "rdl"
    OVERHEAD = "overhead_squat"
    STOOP_LIFT = "stoop_lift"


LUNGE_SPLIT: Final = 0.45 * (0.245 + 0.246)
"""Ankle split of a lunge: 0.45 leg lengths (§3.2), as a fraction of stature."""
HINGE_MIN_SSI: Final = 75.0
SQUAT_MAX_SSI: Final = 35.0
HINGE_MAX_KNEE_SHARE: Final = 1 / 2.2
SQUAT_MIN_KNEE_SHARE: Final = 1 / 1.4
HINGE_MAX_SHANK_DEG: Final = 12.0
SQUAT_MIN_KNEE_DEG: Final = 70.0
"""The edges of §3.2; a repetition between them is told by which side it is nearer to."""
SEAT_STILL_S: Final = 0.3
SEAT_STILL_STATURE: Final = 0.02
SEAT_TRUNK_RISE_DEG: Final = 15.0
SEAT_KNEE_DEG: Final = (55.0, 125.0)
"""A seat carries the hips while the trunk tips forward: hips still for `SEAT_STILL_S` within
`SEAT_STILL_STATURE` while the trunk inclines by `SEAT_TRUNK_RISE_DEG` more; a squat's trunk does
not. §3.1 widened by the errors of the signals; expert default."""
MAJORITY: Final = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What one repetition is told by; NaN where it could not be measured.

    Attributes
    ----------
    hip_deg, knee_deg, shank_deg, trunk_deg
        At the bottom.
    stoop_squat_index
        100·(1 − hip drop / shoulder drop): below 30 squats, above 90 stoops (Schmid 2022 on the
        published index; ours is read from landmarks).
    split
        Ankles apart, fraction of stature.
    wrist_over_knee, wrist_over_shoulder
        Height of the wrist over the knee and the shoulder, fraction of stature.
    seated
        Whether the hips rested on something while the trunk tipped forward.
    starts_low
        Whether it began at the bottom.
    """

    hip_deg: float
    knee_deg: float
    shank_deg: float
    trunk_deg: float
    stoop_squat_index: float
    split: float
    wrist_over_knee: float
    wrist_over_shoulder: float
    seated: bool
    starts_low: bool

    @property
    def knee_share(self) -> float:
        """Knee flexion over apparent hip flexion."""
        return self.knee_deg / max(self.hip_deg, 1.0)


def features(rep: Excerpt) -> Features:
    """Read the features of one repetition."""
    series = rep.series

    def bottom(signal: Signal) -> float:
        return _median(series.of(signal)[rep.bottom])

    knees = [bottom(Signal.KNEE_FLEXION), bottom(Signal.FAR_KNEE_FLEXION)]
    seen = [knee for knee in knees if math.isfinite(knee)]
    hip_drop = _drop(rep, Signal.HIP_HEIGHT)
    shoulder_drop = _drop(rep, Signal.SHOULDER_HEIGHT)
    return Features(
        hip_deg=bottom(Signal.APPARENT_HIP_FLEXION),
        knee_deg=seen[0] if seen else math.nan,
        shank_deg=bottom(Signal.SHANK_INCLINATION),
        trunk_deg=bottom(Signal.TRUNK_INCLINATION),
        stoop_squat_index=100 * (1 - hip_drop / shoulder_drop) if shoulder_drop > 0 else math.nan,
        split=abs(bottom(Signal.ANKLE_SPLIT)),
        wrist_over_knee=bottom(Signal.WRIST_HEIGHT) - bottom(Signal.KNEE_HEIGHT),
        wrist_over_shoulder=bottom(Signal.WRIST_HEIGHT) - bottom(Signal.SHOULDER_HEIGHT),
        seated=is_seated(rep),
        starts_low=rep.starts_low,
    )


def is_seated(rep: Excerpt) -> bool:
    """Whether the hips rest on a seat around the bottom while the trunk tips forward."""
    series = rep.series
    height = series.of(Signal.HIP_HEIGHT)
    trunk = series.of(Signal.TRUNK_INCLINATION)
    knee = series.of(Signal.KNEE_FLEXION)
    lowest = _lowest(height)
    still = np.flatnonzero(height < lowest + SEAT_STILL_STATURE)
    if len(still) < 2 or series.t_s[still[-1]] - series.t_s[still[0]] < SEAT_STILL_S:  # noqa: PLR2004 - a duration needs two frames
        return False
    resting = slice(int(still[0]), int(still[-1]) + 1)
    knee_deg = _median(knee[resting])
    sat_upright = _lowest(trunk[resting])
    tipped = float(np.nanmax(trunk[resting], initial=-math.inf))
    return (
        SEAT_KNEE_DEG[0] <= knee_deg <= SEAT_KNEE_DEG[1]
        and sat_upright < SEAT_TRUNK_RISE_DEG
        and tipped - sat_upright >= SEAT_TRUNK_RISE_DEG
    )


def classify(told_by: Features) -> Family:
    """Name the family of one repetition."""
    if told_by.split >= LUNGE_SPLIT and told_by.knee_deg >= SQUAT_MIN_KNEE_DEG / 2:
        return Family.LUNGE
    if told_by.seated:
        return Family.SIT_TO_STAND
    family = _by_hands_and_legs(told_by)
    began_bent_over = told_by.starts_low and family is Family.HINGE
    return Family.FLOOR_LIFT if began_bent_over else family


def _by_hands_and_legs(told_by: Features) -> Family:
    legs_hidden = math.isnan(told_by.knee_deg)
    if not legs_hidden and _is_hinge(told_by):
        return Family.HINGE
    between = SQUAT_MAX_SSI < told_by.stoop_squat_index < HINGE_MIN_SSI
    hands_hidden = math.isnan(told_by.wrist_over_knee)
    if told_by.wrist_over_knee < 0 or (hands_hidden and between):
        return Family.FLOOR_LIFT
    if legs_hidden:
        return _by_index(told_by)
    middle_share = (HINGE_MAX_KNEE_SHARE + SQUAT_MIN_KNEE_SHARE) / 2
    by_share = Family.SQUAT if told_by.knee_share > middle_share else Family.HINGE
    return by_share if by_share is _by_index(told_by) else Family.MIXED


def _is_hinge(told_by: Features) -> bool:
    return (
        told_by.knee_share <= HINGE_MAX_KNEE_SHARE
        and not told_by.stoop_squat_index < HINGE_MIN_SSI
        and not told_by.shank_deg >= HINGE_MAX_SHANK_DEG
    )


def _by_index(told_by: Features) -> Family:
    if math.isnan(told_by.stoop_squat_index):
        return Family.MIXED
    middle = (HINGE_MIN_SSI + SQUAT_MAX_SSI) / 2
    return Family.SQUAT if told_by.stoop_squat_index < middle else Family.HINGE


def variant(family: Family, told_by: Features) -> Variant:
    """Finer name where the hands tell it."""
    at_shoulder = abs(told_by.wrist_over_shoulder) < 0.1  # noqa: PLR2004 - within a forearm's third of the shoulder
    if family is Family.HINGE and at_shoulder:
        return Variant.GOOD_MORNING
    if family is Family.HINGE and told_by.wrist_over_knee < -0.1:  # noqa: PLR2004 - at mid-shank or lower (§3.2)
        return Variant.STOOP_LIFT
    if family is Family.HINGE and told_by.wrist_over_shoulder < -0.15:  # noqa: PLR2004 - hanging
        return Variant.RDL
    if family is Family.SQUAT and told_by.wrist_over_shoulder > 0.15:  # noqa: PLR2004 - above the ear
        return Variant.OVERHEAD
    return Variant.NONE


def majority(families: Sequence[Family]) -> Family | None:
    """Family of a set: what two thirds of its repetitions are; mixed; None without any."""
    if not families:
        return None
    family, count = Counter(families).most_common(1)[0]
    return family if count >= MAJORITY * len(families) else Family.MIXED


def _drop(rep: Excerpt, signal: Signal) -> float:
    """How far a point sinks from the upright end of the repetition to its bottom."""
    height = rep.series.of(signal)
    ends = [height[-1]] if rep.starts_low else [height[0], height[-1]]
    known = [end for end in ends if math.isfinite(end)]
    return max(known, default=math.nan) - _median(height[rep.bottom])


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def _lowest(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, 2)) if len(known) else math.nan
