"""Ridges of bright tape on the back, whose tangents a camera at the side can see.

Each is a piece of tape 10 cm long, folded so that a ridge of 3 cm stands up along the spine
between two flaps that hold it. Flat tape on the mid-line is seen edge-on from the side, one or two
pixels wide; flat tape that reaches round to the flanks is seen there, where the skin turns with
the thighs by up to 20 degrees less than the pelvis.
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
STRIP_LENGTH_M, THICKNESS_M = 0.10, 0.004
ACROSS_M = (-0.025, -0.014, -0.004, -0.002, 0.002, 0.004, 0.014, 0.025)
HEIGHT_M = (0.0, 0.0, 0.0, 0.03, 0.03, 0.0, 0.0, 0.0)
"""Section of a strip: places across the back, and how high it stands off there."""

ROWS, COLUMNS = 11, len(ACROSS_M)
ANCHORS = 4
NEAR_M = 0.03
COVERING_M = 0.025
"""A surface covers a point of a strip when one of its rest vertices is this near."""

BACK_HALF_WIDTH_M, BACK_DEPTH_M = 0.12, 0.05
"""Only vertices of the back hold a strip: not those of hands that hang beside it."""

BENDS_ALONG, BENDS_ACROSS = 2, 2
"""Degrees of the smooth surface that a strip is: tape bridges creases."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Strip:
    """A grid of rest points, its triangles, and the colour of the strip."""

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hold:
    """Points of a strip that one surface holds: by which of its vertices, and how much each."""

    surface: int
    points: NDArray[np.int64]
    near: NDArray[np.int64]
    share: NDArray[np.float64]


class Tape:
    """Two strips: over T12-L1 and over S1, each along the spine.

    Parameters
    ----------
    body
        The person.

    Notes
    -----
    A strip lies on the outermost surface at its place: on cloth where there is cloth, over the
    edge of a waistband where one crosses it. It follows the posed surfaces by the four rest
    vertices nearest to each of its points, and lies smoothly over creases.
    """

    def __init__(self, body: Body) -> None:
        t12_l1 = float(body.head("T12")[2])
        s1 = float(body.head("L5")[2]) - 0.018 * body.stature_m / 1.75
        heights = {"T12-L1": t12_l1, "S1": s1}
        self._strips = [_strip(body, z, TAPE_COLOURS[name]) for name, z in heights.items()]
        self._faces_at = incidence(ROWS * COLUMNS, self._strips[0].triangles)
        self._bindings: list[list[_Hold]] = []

    def bind(self, surfaces: Sequence[NDArray[np.float64]]) -> None:
        """Choose the surface of each strip from rest vertices, innermost surface first."""
        self._bindings = [_bind(strip, surfaces) for strip in self._strips]

    def posed(self, surfaces: Sequence[Mesh]) -> list[Mesh]:
        """Lay the strips on the posed surfaces, given in the order they were bound in."""
        meshes = []
        for strip, holds in zip(self._strips, self._bindings, strict=True):
            vertices = _laid(holds, surfaces)
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


def _laid(holds: Sequence[_Hold], surfaces: Sequence[Mesh]) -> NDArray[np.float64]:
    """Lay the points of a strip smoothly on what holds them, so that little sticks through."""
    place = np.empty((ROWS * COLUMNS, 3))
    normal = np.empty((ROWS * COLUMNS, 3))
    for hold in holds:
        surface = surfaces[hold.surface]
        for laid, held in ((place, surface.vertices), (normal, surface.normals)):
            laid[hold.points] = np.einsum("pk,pkj->pj", hold.share, held[hold.near])
    smooth: NDArray[np.float64] = _SMOOTHING @ place
    above = np.einsum("pj,pj->p", place - smooth, normal)
    lift = THICKNESS_M + max(float(np.percentile(above, 90)), 0.0)
    away = (_SMOOTHING @ normal).reshape(ROWS, COLUMNS, 3).mean(axis=1, keepdims=True)
    away /= np.linalg.norm(away, axis=2, keepdims=True)
    off = (lift + np.array(HEIGHT_M))[:, None] * away
    vertices: NDArray[np.float64] = smooth + off.reshape(-1, 3)
    return vertices


def _smoothing() -> NDArray[np.float64]:
    """Matrix that puts the points of a strip on the nearest smooth surface."""
    along, across = (
        np.polynomial.legendre.legvander(places, degree)
        for places, degree in (
            (np.linspace(-1.0, 1.0, ROWS), BENDS_ALONG),
            (np.array(ACROSS_M) / max(ACROSS_M), BENDS_ACROSS),
        )
    )
    basis = np.kron(along, across)
    return np.asarray(basis @ np.linalg.pinv(basis), np.float64)


_SMOOTHING = _smoothing()


def _strip(body: Body, centre_z: float, colour: tuple[float, float, float]) -> _Strip:
    z = centre_z + np.linspace(-0.5, 0.5, ROWS) * STRIP_LENGTH_M
    skin = body.vertices[np.unique(body.triangles["body"])]
    grid = np.array([[across, _back_y(skin, across, up), up] for up in z for across in ACROSS_M])
    return _Strip(points=grid, triangles=_grid_triangles(), colour=colour)


def _back_y(skin: NDArray[np.float64], x_m: float, z_m: float) -> float:
    """Fore-aft place of the skin of the back at a place beside the mid-line."""
    near = (np.abs(skin[:, 0] - x_m) < NEAR_M) & (np.abs(skin[:, 2] - z_m) < NEAR_M)
    return float(skin[near, 1].max())


def _bind(strip: _Strip, surfaces: Sequence[NDArray[np.float64]]) -> list[_Hold]:
    """Find the outermost surface at each point of a strip, and the point's place on it."""
    distance, near = (
        np.stack(parts) for parts in zip(*(_nearest(strip, rest) for rest in surfaces), strict=True)
    )
    covers = distance[:, :, 0] < COVERING_M
    outermost = len(surfaces) - 1 - covers[::-1].argmax(axis=0)
    holder = np.where(covers.any(axis=0), outermost, distance[:, :, 0].argmin(axis=0))
    holds = []
    for surface in np.unique(holder).tolist():
        points = np.flatnonzero(holder == surface)
        share = 1.0 / (distance[surface, points] + 1e-4)
        share /= share.sum(axis=1, keepdims=True)
        holds.append(_Hold(surface=surface, points=points, near=near[surface, points], share=share))
    return holds


def _nearest(
    strip: _Strip, rest: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances and numbers of the vertices of the back nearest to each point of a strip."""
    behind = rest[:, 1] > strip.points[:, 1].min() - BACK_DEPTH_M
    back = np.flatnonzero(behind & (np.abs(rest[:, 0]) < BACK_HALF_WIDTH_M))
    if len(back) < ANCHORS:
        shape = len(strip.points), ANCHORS
        return np.full(shape, np.inf), np.zeros(shape, np.int64)
    distance, number = cKDTree(rest[back]).query(strip.points, k=ANCHORS)
    return distance, back[number]


def _grid_triangles() -> NDArray[np.int32]:
    triangles = []
    for row in range(ROWS - 1):
        for column in range(COLUMNS - 1):
            a = row * COLUMNS + column
            b, c, d = a + 1, a + COLUMNS, a + COLUMNS + 1
            triangles += [[a, b, c], [b, d, c]]
    return np.array(triangles, np.int32)
