"""The same movement at other frame rates must give the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from models.assessor import assess
from vision.outline import DorsalOutline
from vision.pose import Pose
from vision.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Assessment, Rep

RECORDINGS: Final = Path(__file__).parents[2] / "sample_videos" / "recordings"
SAMPLES: Final = ("hinge_neutral", "hinge_shallow_rounded", "lift_kettlebell", "squat")
"""One sample of every kind of movement, and a shallow one."""
RATES_HZ: Final = (25, 30, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateResult:
    """What was found in one sample at one frame rate, against its own rate.

    Attributes
    ----------
    sample, rate_hz
        Which.
    reps, movement
        As counted and recognised.
    same_set
        Whether both are those of the sample's own rate.
    angle_change_se, other_change_se
        Largest change of an angle, and of any other measurement, of any repetition, in its
        standard errors.
    lost
        Measurements that one of the two has and the other has not.
    """

    sample: str
    rate_hz: int
    reps: int
    movement: str
    same_set: bool
    angle_change_se: float
    other_change_se: float
    lost: int


def rate_result(sample: str, rate_hz: int) -> RateResult:
    """Assess a sample at another frame rate."""
    poses = read_recording(RECORDINGS / f"{sample}.poses.npz").poses
    own, other = assess(poses), assess(resampled(poses, rate_hz))
    same = (len(own.reps), own.recognised) == (len(other.reps), other.recognised)
    changes = _changes(own, other) if same else [("deg", np.inf), ("", np.inf)]
    return RateResult(
        sample=sample,
        rate_hz=rate_hz,
        reps=len(other.reps),
        movement=other.recognised,
        same_set=same,
        angle_change_se=max((change for unit, change in changes if unit == "deg"), default=0.0),
        other_change_se=max((change for unit, change in changes if unit != "deg"), default=0.0),
        lost=sum(map(_lost, own.reps, other.reps)) if same else 0,
    )


def resampled(poses: Sequence[Pose], rate_hz: float) -> list[Pose]:
    """Interpolate landmarks and outlines to another frame rate; what is unseen stays unseen."""
    own_s = np.array([pose.t_s for pose in poses])
    wanted_s = np.arange(own_s[0], own_s[-1], 1 / rate_hz)
    after = np.clip(np.searchsorted(own_s, wanted_s, side="right"), 1, len(own_s) - 1)
    shares = (wanted_s - own_s[after - 1]) / (own_s[after] - own_s[after - 1])
    return [
        _between(poses[index - 1], poses[index], float(share), float(t_s))
        for index, share, t_s in zip(after, shares, wanted_s, strict=True)
    ]


def _between(one: Pose, other: Pose, share: float, t_s: float) -> Pose:
    image_xy, world_xyz, visibility = (
        (1 - share) * left + share * right
        for left, right in (
            (one.image_xy, other.image_xy),
            (one.world_xyz, other.world_xyz),
            (one.visibility, other.visibility),
        )
    )
    return Pose.from_landmarks(
        t_s=t_s,
        image_size=one.image_size,
        image_xy=image_xy,
        world_xyz=world_xyz,
        visibility=visibility,
        others_px=one.others_px,
        outline=_outline_between(one.outline, other.outline, share),
    )


def _outline_between(
    one: DorsalOutline | None, other: DorsalOutline | None, share: float
) -> DorsalOutline | None:
    """Interpolate point by point: outlines have equally many points from buttock to neck."""
    if one is None or other is None:
        return None
    return DorsalOutline(
        points_px=((1 - share) * one.points_px + share * other.points_px).astype(np.float32),
        occluded=one.occluded | other.occluded,
        quality=(1 - share) * one.quality + share * other.quality,
    )


def _changes(own: Assessment, other: Assessment) -> list[tuple[str, float]]:
    """List unit and change in standard errors of every measurement that both have."""
    return [
        (measured.unit, abs(again.value - measured.value) / measured.se)
        for one, two in zip(own.reps, other.reps, strict=True)
        for name, measured in one.metrics.items()
        for again in [two.metrics[name]]
        if measured.measured and again.measured
    ]


def _lost(one: Rep, two: Rep) -> int:
    return sum(one.metrics[name].measured != two.metrics[name].measured for name in one.metrics)
