"""Planar geometry of a person who faces +x, with y up. Pure functions on arrays.

All angles are degrees; NaN in, NaN out. Signs as in ``docs/conventions.md``: forward and flexed
are positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def to_sagittal(image_xy: Floats, *, faces_right: bool) -> Floats:
    """Turn image points (y down) into sagittal ones: x forward, y up, still in pixels.

    Parameters
    ----------
    image_xy
        ``(..., 2)`` pixels.
    faces_right
        Whether the person looks towards +x of the picture.
    """
    sagittal: Floats = image_xy * np.array([1.0 if faces_right else -1.0, -1.0])
    return sagittal


def wrap_deg(angle: Floats) -> Floats:
    """Wrap into (-180, 180]."""
    return -np.mod(180.0 - angle, 360.0) + 180.0


def inclination_deg(lower: Floats, upper: Floats) -> Floats:
    """Angle of the line lower → upper from vertical, forward positive, in (-180, 180].

    Parameters
    ----------
    lower, upper
        ``(..., 2)`` sagittal points.
    """
    line = upper - lower
    return np.degrees(np.arctan2(line[..., 0], line[..., 1]))


def thigh_inclination_deg(hip: Floats, knee: Floats) -> Floats:
    """τ: angle of the knee → hip line from vertical, hip behind the knee positive."""
    return -inclination_deg(knee, hip)


def knee_flexion_deg(hip: Floats, knee: Floats, ankle: Floats) -> Floats:
    """K = τ + σ: 0 straight, positive bent; ``180 − ∠(hip, knee, ankle)`` with a sign."""
    return wrap_deg(thigh_inclination_deg(hip, knee) + inclination_deg(ankle, knee))


def apparent_hip_flexion_deg(shoulder: Floats, hip: Floats, knee: Floats) -> Floats:
    """H* = θ_T + τ: 0 straight, positive bent.

    It is what landmarks can say of the hip. It contains the flexion of the spine between pelvis
    and shoulders: H* ≈ h + 0.69·L + 0.17·Th (``measurement.md`` §1.1).
    """
    return wrap_deg(inclination_deg(hip, shoulder) + thigh_inclination_deg(hip, knee))


def length(first: Floats, second: Floats) -> Floats:
    """Distance between two points, ``(...)``, in their unit."""
    along = second - first
    distance: Floats = np.hypot(along[..., 0], along[..., 1])
    return distance
