"""Coordinates over time as an OpenSim motion file (.mot)."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal
from vision.framing import Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.results import Series

MAX_FILLED_GAP_S: Final = 0.3
"""Longest gap that is filled by a straight line; OpenSim cannot read a missing value."""

MIN_COVERAGE: Final = 0.8
"""A coordinate known in a smaller share of the frames in which the hip is known is left out."""


class OpenSimModel(StrEnum):
    """A musculoskeletal model, for its sign of knee flexion."""

    RAJAGOPAL = "rajagopal"
    GAIT2392 = "gait2392"

    @property
    def knee_sign(self) -> int:
        """Sign of ``knee_angle`` in flexion: positive in Rajagopal 2015, negative in gait2392."""
        return 1 if self is OpenSimModel.RAJAGOPAL else -1


_HEADER_TEXT: Final = """\
Degrees, zero at the person's own upright stance, from one camera in the sagittal plane.
{back}
knee_angle is signed as in {model}.
ankle_angle is shank inclination, dorsiflexion positive: it holds while the foot is flat.
Gaps of up to {gap_s} s are filled by straight lines; frames in longer gaps are left out."""

_BACK_UNKNOWN: Final = """\
hip_flexion is apparent: trunk inclination plus thigh inclination. It contains what the spine bends
and overstates the flexion between pelvis and thigh.
pelvis_tilt and lumbar_extension are not written: they were not measured."""

_BACK_KNOWN: Final = """\
lumbar_extension is an estimate from the outline of the back: minus the change of the lower back's
curve, extension positive. pelvis_tilt follows from it and from the trunk's inclination; posterior
tilt positive. hip_flexion is between pelvis and thigh. All three share its error."""


def opensim_mot(
    series: Series, *, near_side: Side, model: OpenSimModel = OpenSimModel.RAJAGOPAL
) -> str:
    """Write the coordinates that were measured, in OpenSim's signs.

    Parameters
    ----------
    series
        Signals of every frame, degrees, flexion positive.
    near_side
        The side of the body towards the camera; an unknown side is written as the right one.
    model
        The model the file is meant for.

    Returns
    -------
    str
        The file. It has no rows when the hip was never measured.

    Notes
    -----
    Frames are written when every coordinate of the file is known after filling short gaps. A
    coordinate known in under `MIN_COVERAGE` of the frames with a known hip is left out whole.
    Pelvis, lumbar spine and the hip between pelvis and thigh are written together; where the
    lumbar estimate covers less than that, the hip is the apparent one and holds the spine's part.
    """
    near, far = ("l", "r") if near_side is Side.LEFT else ("r", "l")
    hip = fill_short_gaps(series.t_s, series.of(Signal.APPARENT_HIP_FLEXION))
    legs = _filled(series.t_s, _legs(series, near=near, far=far, model=model))
    back = _filled(series.t_s, _back(series, near=near))
    back_known = len(_covered(back, hip)) == len(back)
    kept = (back if back_known else {f"hip_flexion_{near}": hip}) | _covered(legs, hip)
    table = np.column_stack([series.t_s, *kept.values()])
    complete = table[np.isfinite(table).all(axis=1)]
    return _file(tuple(kept), complete, model, _BACK_KNOWN if back_known else _BACK_UNKNOWN)


def fill_short_gaps(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill gaps of up to `MAX_FILLED_GAP_S` between two known values by a straight line.

    Parameters
    ----------
    t_s
        ``(n,)`` seconds, rising.
    values
        ``(n,)``; NaN where unknown.

    Returns
    -------
    numpy.ndarray
        ``(n,)``; longer gaps, and what lies before the first and after the last known value,
        stay NaN.
    """
    known = np.flatnonzero(np.isfinite(values))
    filled = values.copy()
    for before, after in itertools.pairwise(known):
        if t_s[after] - t_s[before] <= MAX_FILLED_GAP_S:
            gap = slice(before + 1, after)
            filled[gap] = np.interp(t_s[gap], t_s[[before, after]], values[[before, after]])
    return filled


def _legs(
    series: Series, *, near: str, far: str, model: OpenSimModel
) -> dict[str, NDArray[np.float64]]:
    return {
        f"knee_angle_{near}": model.knee_sign * series.of(Signal.KNEE_FLEXION),
        f"ankle_angle_{near}": series.of(Signal.SHANK_INCLINATION),
        f"knee_angle_{far}": model.knee_sign * series.of(Signal.FAR_KNEE_FLEXION),
    }


def _back(series: Series, *, near: str) -> dict[str, NDArray[np.float64]]:
    """Coordinates that need a lumbar estimate; forward tilt and flexion are negative in OpenSim."""
    return {
        "pelvis_tilt": -series.of(Signal.PELVIC_TILT),
        "lumbar_extension": -series.of(Signal.LUMBAR_FLEXION),
        f"hip_flexion_{near}": series.of(Signal.HIP_FLEXION),
    }


def _filled(
    t_s: NDArray[np.float64], coordinates: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    return {name: fill_short_gaps(t_s, values) for name, values in coordinates.items()}


def _covered(
    coordinates: Mapping[str, NDArray[np.float64]], hip: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Keep the coordinates that are known in enough of the frames in which the hip is known."""
    hip_known = np.isfinite(hip)
    needed = MIN_COVERAGE * np.count_nonzero(hip_known)
    return {
        name: values
        for name, values in coordinates.items()
        if np.count_nonzero(hip_known & np.isfinite(values)) >= max(needed, 1)
    }


def _file(
    names: tuple[str, ...], table: NDArray[np.float64], model: OpenSimModel, back: str
) -> str:
    lines = [
        "Coordinates",
        "version=1",
        f"nRows={len(table)}",
        f"nColumns={1 + len(names)}",
        "inDegrees=yes",
        "",
        _HEADER_TEXT.format(model=model, gap_s=MAX_FILLED_GAP_S, back=back),
        "",
        "endheader",
        "\t".join(["time", *names]),
        *("\t".join([f"{row[0]:.4f}", *(f"{value:.4f}" for value in row[1:])]) for row in table),
    ]
    return "\n".join(lines) + "\n"
