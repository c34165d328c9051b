"""Assessed calibration clips whose lumbar flexion is known: quiet standing and free full bends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.assessor import assess
from models.kinematics import Signal
from models.phases import excerpt
from models.results import Rep, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.results import Assessment

ESTIMATOR: Final = "outline 1.0"
BEND_S: Final = 4.0
DOWN_POWER: Final = 0.8
UP_POWER: Final = 1.2
"""The back leads the way down, as free bends do, and the hips lead the way up."""


def depth(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the bend over its time, with a rest at the bottom."""
    return np.asarray(np.clip(1.15 * np.sin(np.pi * t_s / BEND_S) ** 2, 0.0, 1.0))


def free_bend(
    lumbar_deg: float = 50.0,
    *,
    number: int = 1,
    hip_deg: float = 70.0,
    trunk_deg: float = 105.0,
    se_deg: float = 6.0,
    fps: float = 30.0,
    family: str = "mixed",
) -> Rep:
    """One bend with these peaks; lumbar flexion by hip flexion differs on the ways down and up."""
    t_s = np.arange(0.0, BEND_S, 1.0 / fps)
    share = depth(t_s)
    value = np.full((len(t_s), len(Signal)), np.nan)
    value[:, Signal.BEND.column] = trunk_deg * share
    value[:, Signal.TRUNK_INCLINATION.column] = trunk_deg * share
    value[:, Signal.HIP_FLEXION.column] = hip_deg * share
    power = np.where(t_s < BEND_S / 2, DOWN_POWER, UP_POWER)
    value[:, Signal.LUMBAR_FLEXION.column] = lumbar_deg * share**power
    se = np.where(np.isfinite(value), se_deg, np.nan)
    started_s = number * (BEND_S + 1.0)
    bend = excerpt(Series(t_s=t_s + started_s, value=value, se=se), start_seen=True)
    return Rep(
        number=number,
        start_s=float(bend.series.t_s[0]),
        bottom_s=bend.bottom_s,
        end_s=float(bend.series.t_s[-1]),
        phases=bend.spans(),
        starts_low=False,
        coverage=1.0,
        family=family,
        variant="",
        series=bend.series,
        metrics={},
    )


def spoiled(rep: Rep, signal: Signal, *, when: NDArray[np.bool_], becomes: float) -> Rep:
    """The same bend with a signal changed in some frames."""
    value = rep.series.value.copy()
    value[when, signal.column] = becomes
    return replace(rep, series=replace(rep.series, value=value))


def calibration_clip(
    *reps: Rep, estimator: str = ESTIMATOR, upright_found_s: float = 1.2
) -> Assessment:
    """An assessment of these bends."""
    return replace(assess([]), reps=reps, lumbar_method=estimator, upright_found_s=upright_found_s)
