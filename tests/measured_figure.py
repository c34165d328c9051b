"""Signals of filmed figures, measured from an upright that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.kinematics import ANGLES, Raw, Signal, Upright, measure, relate
from models.phases import Excerpt, excerpt
from tests.stick_figure import STANDING, Script, film

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Series
    from vision.pose import Pose


def raw_of(poses: Sequence[Pose], *, faces_right: bool = True) -> Raw:
    return measure(
        np.array([pose.t_s for pose in poses]),
        np.array([pose.image_xy for pose in poses], dtype=float),
        np.array([pose.visibility for pose in poses], dtype=float),
        faces_right=faces_right,
    )


def upright_of(raw: Raw) -> Upright:
    """Take the first frame for the person's own upright."""
    angle_deg = np.zeros(len(Signal))
    columns = [signal.column for signal in ANGLES]
    angle_deg[columns] = raw.value[0, columns]
    trunk, thigh, shank, foot = (float(raw.length_px[0, k]) for k in (0, 1, 2, 5))
    return Upright(
        angle_deg=angle_deg,
        trunk_px=trunk,
        thigh_px=thigh,
        shank_px=shank,
        foot_px=foot,
        seconds=1.0,
    )


OWN_UPRIGHT: Final = upright_of(raw_of(film(Script.from_posture(STANDING))))
"""Of the undisturbed figure."""


def series_of(poses: Sequence[Pose]) -> Series:
    return relate(raw_of(poses), OWN_UPRIGHT)


def excerpt_of(poses: Sequence[Pose], *, start_seen: bool = True) -> Excerpt:
    """Take all poses for one repetition."""
    return excerpt(series_of(poses), start_seen=start_seen)
