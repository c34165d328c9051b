"""Dual quaternion skinning (Kavan, Collins, Žára & O'Sullivan 2007).

Between two bones the skin turns about their joint, so that a bent hip keeps the round of the
buttock; blending matrices instead would let it cave in, on the very outline that is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse


def dual_quaternions(
    rotations: NDArray[np.float64],
    shifts: NDArray[np.float64],
    parents: Sequence[int],
) -> NDArray[np.float64]:
    """Rotations and shifts of the bones as (b, 8) dual quaternions.

    Parameters
    ----------
    rotations, shifts
        (b, 3, 3) and (b, 3): a point x moves to rotation @ x + shift.
    parents
        Parent of each bone, -1 for the root. Signs are chosen so that each quaternion is on its
        parent's side, which makes the blend take the short way.
    """
    real = np.array([_quaternion(rotation) for rotation in rotations])
    for bone, parent in enumerate(parents):
        if parent >= 0 and real[bone] @ real[parent] < 0.0:
            real[bone] *= -1.0
    w, vector = real[:, :1], real[:, 1:]
    dual = np.hstack(
        [
            -0.5 * np.einsum("bi,bi->b", shifts, vector)[:, None],
            0.5 * (w * shifts + np.cross(shifts, vector)),
        ]
    )
    return np.hstack([real, dual])


def skinned(
    vertices: NDArray[np.float64], weights: sparse.csr_matrix, bones: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Vertices moved by blended dual quaternions.

    Parameters
    ----------
    vertices
        (n, 3) in the rest pose, metres.
    weights
        (n, b) sparse; rows sum to one.
    bones
        (b, 8) dual quaternions.

    Returns
    -------
    ndarray
        (n, 3) metres.
    """
    blended = (weights @ bones).T
    blended = blended / np.sqrt((blended[:4] * blended[:4]).sum(axis=0))
    w, real = blended[0], blended[1:4]
    dual_w, dual = blended[4], blended[5:]
    x = vertices.T
    turned = x + 2.0 * _cross(real, _cross(real, x) + w * x)
    moved: NDArray[np.float64] = turned + 2.0 * (w * dual - dual_w * real + _cross(real, dual))
    return np.ascontiguousarray(moved.T)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cross products of (3, n) arrays."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _quaternion(m: NDArray[np.float64]) -> list[float]:
    """Turn a rotation matrix into a unit quaternion (w, x, y, z), by its largest component."""
    (a, b, c), (d, e, f), (g, h, i) = m.tolist()
    candidates = {
        a + e + i: (1 + a + e + i, h - f, c - g, d - b),
        a - e - i: (h - f, 1 + a - e - i, b + d, c + g),
        e - a - i: (c - g, b + d, 1 + e - a - i, f + h),
        i - a - e: (d - b, c + g, f + h, 1 + i - a - e),
    }
    best = np.array(candidates[max(candidates)])
    quaternion: list[float] = (best / np.linalg.norm(best)).tolist()
    return quaternion
