"""Coordinates over time as an OpenSim motion file (.mot)."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import Signal
from vision.framing import Side

if TYPE_CHECKING:
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
hip_flexion is apparent: trunk inclination plus thigh inclination. It contains what the spine bends
and overstates the flexion between pelvis and thigh. knee_angle is signed as in {model}.
ankle_angle is shank inclination, dorsiflexion positive: it holds while the foot is flat.
pelvis_tilt and lumbar_extension are not written: they were not measured.
Gaps of up to {gap_s} s are filled by straight lines; frames in longer gaps are left out."""


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
    """
    filled = {
        name: fill_short_gaps(series.t_s, values)
        for name, values in _coordinates(series, near_side=near_side, model=model).items()
    }
    hip_known = np.isfinite(next(iter(filled.values())))
    needed = MIN_COVERAGE * np.count_nonzero(hip_known)
    kept = {
        name: values
        for name, values in filled.items()
        if np.count_nonzero(hip_known & np.isfinite(values)) >= needed
    }
    table = np.column_stack([series.t_s, *kept.values()])
    complete = table[np.isfinite(table).all(axis=1)]
    return _file(tuple(kept), complete, model)


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


def _coordinates(
    series: Series, *, near_side: Side, model: OpenSimModel
) -> dict[str, NDArray[np.float64]]:
    near, far = ("l", "r") if near_side is Side.LEFT else ("r", "l")
    return {
        f"hip_flexion_{near}": series.of(Signal.APPARENT_HIP_FLEXION),
        f"knee_angle_{near}": model.knee_sign * series.of(Signal.KNEE_FLEXION),
        f"ankle_angle_{near}": series.of(Signal.SHANK_INCLINATION),
        f"knee_angle_{far}": model.knee_sign * series.of(Signal.FAR_KNEE_FLEXION),
    }


def _file(names: tuple[str, ...], table: NDArray[np.float64], model: OpenSimModel) -> str:
    lines = [
        "Coordinates",
        "version=1",
        f"nRows={len(table)}",
        f"nColumns={1 + len(names)}",
        "inDegrees=yes",
        "",
        _HEADER_TEXT.format(model=model, gap_s=MAX_FILLED_GAP_S),
        "",
        "endheader",
        "\t".join(["time", *names]),
        *("\t".join([f"{row[0]:.4f}", *(f"{value:.4f}" for value in row[1:])]) for row in table),
    ]
    return "\n".join(lines) + "\n"
