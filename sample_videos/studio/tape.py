"""Patches of bright tape on the back, whose tangents a camera at the side can see.

Each is 10 cm long and reaches 12 cm to either side of the spine, round to the flanks: a narrow
strip on the mid-line would be seen edge-on from the side, one or two pixels wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from sample_videos.studio.meshes import Material, Mesh, incidence, vertex_normals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body

TAPE_MATERIAL = Material(specular=0.05, gloss=10.0, emission=0.25)
TAPE_COLOURS = {"T12-L1": (0.95, 0.75, 0.02), "S1": (0.02, 0.75, 0.90)}
STRIP_LENGTH_M, STRIP_WIDTH_M, THICKNESS_M = 0.10, 0.24, 0.004
ROWS, COLUMNS = 11, 21
ANCHORS = 4
NEAR_M, TOUCHING_M = 0.03, 0.035


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Strip:
    """A grid of rest points, its triangles, and the colour of the strip."""

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colour: tuple[float, float, float]


class Tape:
    """Two strips: over T12-L1 and over S1, each along the spine.

    Parameters
    ----------
    body
        The person.

    Notes
    -----
    A strip lies on the outermost surface at its place: on cloth where there is cloth. It follows
    the posed surface by the four rest vertices nearest to each of its points.
    """

    def __init__(self, body: Body) -> None:
        t12_l1 = float(body.head("T12")[2])
        s1 = float(body.head("L5")[2]) - 0.035 * body.stature_m / 1.75
        heights = {"T12-L1": t12_l1, "S1": s1}
        self._strips = [_strip(body, z, TAPE_COLOURS[name]) for name, z in heights.items()]
        self._faces_at = incidence(ROWS * COLUMNS, self._strips[0].triangles)
        self._bindings: list[tuple[int, NDArray[np.int64], NDArray[np.float64]]] = []

    def bind(self, surfaces: Sequence[NDArray[np.float64]]) -> None:
        """Choose the surface of each strip from rest vertices, innermost surface first."""
        self._bindings = [_bind(strip, surfaces) for strip in self._strips]

    def posed(self, surfaces: Sequence[Mesh]) -> list[Mesh]:
        """Lay the strips on the posed surfaces, given in the order they were bound in."""
        meshes = []
        for strip, (which, near, share) in zip(self._strips, self._bindings, strict=True):
            surface = surfaces[which]
            place = np.einsum("pk,pkj->pj", share, surface.vertices[near])
            normal = np.einsum("pk,pkj->pj", share, surface.normals[near])
            vertices = place + THICKNESS_M * normal
            meshes.append(
                Mesh(
                    part="tape",
                    vertices=vertices,
                    normals=vertex_normals(vertices, strip.triangles, self._faces_at),
                    triangles=strip.triangles,
                    colours=np.tile(strip.colour, (len(vertices), 1)),
                    material=TAPE_MATERIAL,
                )
            )
        return meshes


def _strip(body: Body, centre_z: float, colour: tuple[float, float, float]) -> _Strip:
    z = centre_z + np.linspace(-0.5, 0.5, ROWS) * STRIP_LENGTH_M
    x = np.linspace(-0.5, 0.5, COLUMNS) * STRIP_WIDTH_M
    skin = body.vertices[np.unique(body.triangles["body"])]
    grid = np.array([[across, _back_y(skin, across, up), up] for up in z for across in x])
    return _Strip(points=grid, triangles=_grid_triangles(), colour=colour)


def _back_y(skin: NDArray[np.float64], x_m: float, z_m: float) -> float:
    """Fore-aft place of the skin of the back at a place beside the mid-line."""
    near = (np.abs(skin[:, 0] - x_m) < NEAR_M) & (np.abs(skin[:, 2] - z_m) < NEAR_M)
    return float(skin[near, 1].max())


def _bind(
    strip: _Strip, surfaces: Sequence[NDArray[np.float64]]
) -> tuple[int, NDArray[np.int64], NDArray[np.float64]]:
    """Find the outermost surface that reaches the whole strip, and each point's place on it."""
    for which in reversed(range(len(surfaces))):
        distance, near = cKDTree(surfaces[which]).query(strip.points, k=ANCHORS)
        if distance[:, 0].max() < TOUCHING_M or which == 0:
            share = 1.0 / (distance + 1e-4)
            return which, near, share / share.sum(axis=1, keepdims=True)
    message = "expected at least one surface to lay the tape on"
    raise ValueError(message)


def _grid_triangles() -> NDArray[np.int32]:
    triangles = []
    for row in range(ROWS - 1):
        for column in range(COLUMNS - 1):
            a = row * COLUMNS + column
            b, c, d = a + 1, a + COLUMNS, a + COLUMNS + 1
            triangles += [[a, b, c], [b, d, c]]
    return np.array(triangles, np.int32)
