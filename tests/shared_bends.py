"""One repetition whose lumbar flexion, hip flexion and pelvic tilt are known at every moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.calibration import OwnBend
from models.kinematics import SIGNAL_SE, Signal
from models.lumbar.decomposition import SPINE_SHARE, decompose
from models.phases import Excerpt, excerpt
from models.results import Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Course = Callable[[Floats], Floats]

WAY_S: Final = 1.5
HOLD_S: Final = 0.6
THIGH_SHARE: Final = 0.25
"""Of hip flexion; the pelvis has the rest."""

OWN_BEND: Final = OwnBend(
    max_lumbar_deg=50.0,
    max_lumbar_se_deg=5.0,
    hip_deg=(0.0, 35.0, 70.0),
    lumbar_deg=(0.0, 30.0, 50.0),
    bends=2,
    estimator="outline 1.0",
)


def evenly(share: Floats) -> Floats:
    """The back goes along with the hips."""
    return share


def late(share: Floats) -> Floats:
    """The back follows the hips."""
    return np.asarray(share**2)


def early(share: Floats) -> Floats:
    """The back goes ahead of the hips."""
    return np.asarray(np.sqrt(share))


def minimum_jerk(way: Floats) -> Floats:
    """Smooth way from 0 to 1 (Flash & Hogan 1985)."""
    return np.asarray(way**3 * (10 - 15 * way + 6 * way**2))


def depth(t_s: Floats) -> Floats:
    """Share of the bend: down, a rest, and up."""
    down = np.clip(t_s / WAY_S, 0, 1)
    up = np.clip((t_s - WAY_S - HOLD_S) / WAY_S, 0, 1)
    return minimum_jerk(down) - minimum_jerk(up)


def moments(fps: float = 30.0) -> Floats:
    """Times of the frames."""
    return np.asarray(np.arange(0.0, 2 * WAY_S + HOLD_S + 0.5 / fps, 1 / fps))


def shared_bend(
    lumbar_deg: float = 30.0,
    hip_deg: float = 70.0,
    *,
    down: Course = evenly,
    up: Course = evenly,
    se_deg: float = 4.0,
    t_s: Floats | None = None,
    start_seen: bool = True,
    own_bend: OwnBend | None = None,
    lumbar_reason: str = "",
) -> Excerpt:
    """Bend with these peaks; the back goes with the hips as `down` and `up` say."""
    times = moments() if t_s is None else t_s
    share = depth(times)
    middle_s = WAY_S + HOLD_S / 2
    lumbar = lumbar_deg * np.where(times < middle_s, down(share), up(share))
    series = with_lumbar(hip_deg * share, lumbar, se_deg, times)
    return excerpt(series, start_seen=start_seen, lumbar_reason=lumbar_reason, own_bend=own_bend)


def with_lumbar(hip_deg: Floats, lumbar_deg: Floats, se_deg: float, t_s: Floats) -> Series:
    """Give the signals of a bend with these true angles, decomposed as the program does."""
    thigh = THIGH_SHARE * hip_deg
    trunk = hip_deg - thigh + SPINE_SHARE * lumbar_deg
    value = np.full((len(t_s), len(Signal)), np.nan)
    se = np.full_like(value, np.nan)
    for signal, angle in (
        (Signal.TRUNK_INCLINATION, trunk),
        (Signal.THIGH_INCLINATION, thigh),
        (Signal.APPARENT_HIP_FLEXION, trunk + thigh),
        (Signal.BEND, trunk + thigh),
    ):
        value[:, signal.column] = angle
        se[:, signal.column] = SIGNAL_SE[signal]
    landmarks = Series(t_s=t_s, value=value, se=se)
    return decompose(landmarks, lumbar_deg, np.full(len(t_s), se_deg))


def lost(rep: Excerpt, signal: Signal, when: NDArray[np.bool_]) -> Excerpt:
    """The same repetition with a signal unknown in some frames."""
    value, se = rep.series.value.copy(), rep.series.se.copy()
    value[when, signal.column] = np.nan
    se[when, signal.column] = np.nan
    return replace(rep, series=replace(rep.series, value=value, se=se))


def with_hands(rep: Excerpt, hand_height: Floats, knee_height: float = 0.285) -> Excerpt:
    """The same repetition with hands at these heights, in statures."""
    value, se = rep.series.value.copy(), rep.series.se.copy()
    value[:, Signal.WRIST_HEIGHT.column] = hand_height
    value[:, Signal.KNEE_HEIGHT.column] = knee_height
    return replace(rep, series=replace(rep.series, value=value, se=se))
