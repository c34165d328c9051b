"""The hand-made hinges with a lower back that bends a little more in every repetition."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.calibration import OwnBend
from models.lumbar.decomposition import decompose
from models.lumbar.rhythm import PEAK, measure_rhythm, measure_set_rhythm
from models.movements.hip_hinge import HIP_HINGE
from models.phases import excerpt
from models.report import Report, build_report
from models.results import Assessment, Rep, Series
from tests.unit import hand_made
from vision.outline import DorsalOutline
from vision.pose import Landmark, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.recording import Recording

LUMBAR_PEAKS_DEG: Final = (17.0, 22.0, 25.0, 31.0, 36.0)
LUMBAR_SE_DEG: Final = 5.5
METHOD: Final = "outline-1"

OWN_BEND: Final = OwnBend(
    max_lumbar_deg=54.0,
    max_lumbar_se_deg=5.0,
    hip_deg=tuple(float(hip) for hip in range(0, 75, 5)),
    lumbar_deg=tuple(54.0 * math.sin(math.radians(90 * hip / 70)) for hip in range(0, 75, 5)),
    bends=2,
    estimator=METHOD,
)


def lumbar_deg(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lumbar flexion over time: late on the way down, late on the way up."""
    flexion = 0.4 * np.sin(11 * t_s)
    for number, peak in enumerate(LUMBAR_PEAKS_DEG, start=1):
        into = (t_s - hand_made.rep_start_s(number)) / hand_made.REP_S
        inside = (into >= 0) & (into < 1)
        share = np.sin(np.pi * into[inside]) ** 2
        flexion[inside] += peak * np.where(into[inside] < 0.5, share**1.7, share**1.15)
    return flexion


@cache
def series() -> Series:
    """Signals of every frame with what follows from the back's outline."""
    whole = hand_made.series()
    lumbar = lumbar_deg(whole.t_s)
    return decompose(whole, lumbar, np.full_like(lumbar, LUMBAR_SE_DEG))


def outline(pose: Pose, bend_deg: float) -> DorsalOutline:
    """Make a back that rounds with the bend; an arm covers a part of it."""
    hip = pose.image_xy[Landmark.RIGHT_HIP].astype(np.float64)
    shoulder = pose.image_xy[Landmark.RIGHT_SHOULDER].astype(np.float64)
    along = shoulder - hip
    behind = np.array([along[1], -along[0]])
    place = np.linspace(-0.05, 0.95, 64)
    depth = 0.16 + (0.02 + 0.0015 * bend_deg) * np.sin(np.pi * np.clip(place, 0, 1))
    return DorsalOutline(
        points_px=(hip + place[:, None] * along + depth[:, None] * behind).astype(np.float32),
        occluded=(place > 0.62) & (place < 0.8),
        quality=0.8,
    )


def rep(number: int, *, own_bend: OwnBend | None = OWN_BEND) -> Rep:
    """One hand-made repetition with how it shared its bend."""
    plain, whole = hand_made.rep(number), series()
    inside = (whole.t_s >= plain.start_s) & (whole.t_s < plain.end_s)
    part = Series(t_s=whole.t_s[inside], value=whole.value[inside], se=whole.se[inside])
    rhythm = measure_rhythm(excerpt(part, start_seen=True, own_bend=own_bend))
    return dataclasses.replace(
        plain,
        series=part,
        rhythm=rhythm,
        metrics={**plain.metrics, PEAK.id: rhythm.peak, "lumbar_share": rhythm.share},
    )


def assessment(*, own_bend: OwnBend | None = OWN_BEND) -> Assessment:
    """Five hinges with a measured lower back, with and without the person's own full bend."""
    reps = tuple(rep(number, own_bend=own_bend) for number in range(1, len(LUMBAR_PEAKS_DEG) + 1))
    return dataclasses.replace(
        hand_made.assessment(),
        reps=reps,
        series=series(),
        not_measured={},
        lumbar_method=METHOD,
        rhythm=measure_set_rhythm(reps),
        own_bend=own_bend,
    )


def hidden() -> Assessment:
    """Five hinges in which something was in front of the back."""
    plain = hand_made.assessment()
    reps = tuple(
        dataclasses.replace(
            each,
            rhythm=measure_rhythm(
                excerpt(each.series, start_seen=True, lumbar_reason="back_hidden")
            ),
        )
        for each in plain.reps
    )
    return dataclasses.replace(
        plain, reps=reps, not_measured={PEAK.id: "back_hidden"}, rhythm=measure_set_rhythm(reps)
    )


def report_of(found: Assessment) -> Report:
    """Make the report of an assessment."""
    return build_report(
        found, spec=HIP_HINGE, recording=hand_made.RECORDING, program_version="0.1.0"
    )


def poses() -> list[Pose]:
    """The hand-made poses with the outline of the back."""
    bends = hand_made.bend_deg(hand_made.series().t_s)
    return [
        dataclasses.replace(pose, outline=outline(pose, float(bend)))
        for pose, bend in zip(hand_made.poses(), bends, strict=True)
    ]


def recording() -> Recording:
    """Five hinges with outlines as they would be recorded from a video."""
    return dataclasses.replace(hand_made.RECORDING, poses=tuple(poses()))
