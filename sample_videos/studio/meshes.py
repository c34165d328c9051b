"""Triangle meshes and the few operations that the studio needs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """How a surface answers to light.

    Attributes
    ----------
    specular, gloss
        Strength and exponent of the highlight.
    soft
        How far light wraps round the terminator (skin and cloth look soft).
    grain_m
        Size of the surface's own fine pattern (weave, pores); 0 for none.
    texture
        Name of a texture, laid on by world position; empty for vertex colours alone.
    texture_size_m
        Size of one repeat of the texture.
    emission
        Light given off, as a share of the colour.
    """

    specular: float = 0.05
    gloss: float = 18.0
    soft: float = 0.0
    grain_m: float = 0.0
    texture: str = ""
    texture_size_m: float = 1.0
    emission: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """One surface of one material.

    Attributes
    ----------
    part
        What it belongs to: ``"skin"``, ``"eyes"``, ``"hair"``, ``"top"``, ``"bottom"``,
        ``"shoes"``, ``"tape"``, ``"prop"`` or ``"room"``.
    vertices, normals
        (n, 3) metres and unit vectors.
    triangles
        (m, 3) vertex numbers.
    colours
        (n, 3) linear RGB, 0 to 1.
    material
        How it answers to light.
    """

    part: str
    vertices: NDArray[np.float64]
    normals: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colours: NDArray[np.float64]
    material: Material


def incidence(count: int, triangles: NDArray[np.int32]) -> sparse.csr_matrix:
    """(vertices, triangles) matrix that sums face normals at each vertex."""
    rows = triangles.ravel()
    columns = np.repeat(np.arange(len(triangles)), 3)
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(count, len(triangles)))


def vertex_normals(
    vertices: NDArray[np.float64], triangles: NDArray[np.int32], faces_at: sparse.csr_matrix
) -> NDArray[np.float64]:
    """Area-weighted unit normals of the vertices."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    summed = faces_at @ np.cross(b - a, c - a)
    lengths = np.sqrt(np.einsum("ij,ij->i", summed, summed))
    normals: NDArray[np.float64] = summed / (lengths[:, None] + 1e-12)
    return normals


def neighbour_mean(count: int, triangles: NDArray[np.int32]) -> sparse.csr_matrix:
    """(n, n) matrix that replaces each vertex by the mean of its neighbours."""
    edges = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.vstack([edges, edges[:, ::-1]])
    ones = np.ones(len(edges), np.float32)
    adjacent = sparse.csr_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(count, count))
    adjacent.data[:] = 1.0
    degree = np.maximum(np.asarray(adjacent.sum(axis=1)).ravel(), 1.0)
    mean: sparse.csr_matrix = (sparse.diags(1.0 / degree) @ adjacent).tocsr()
    return mean


def subdivide(
    count: int, triangles: NDArray[np.int32]
) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
    """Split each triangle in four.

    Returns
    -------
    tuple
        A matrix that makes the new vertices (or their weights, or colours) from the old ones,
        and the new triangles.
    """
    edges = np.sort(
        np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = inverse.reshape(3, -1) + count
    a, b, c = triangles.T
    ab, bc, ca = middle
    split = np.vstack(
        [
            np.column_stack(corner)
            for corner in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))
        ]
    )
    rows = np.repeat(np.arange(len(unique)), 2)
    halves = sparse.csr_matrix(
        (np.full(len(rows), 0.5), (rows, unique.ravel())), shape=(len(unique), count)
    )
    matrix = sparse.vstack([sparse.identity(count, format="csr"), halves]).tocsr()
    return matrix, split.astype(np.int32)


def cut(
    triangles: NDArray[np.int32], keep: NDArray[np.bool_], *, generous: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Part of a mesh.

    Parameters
    ----------
    triangles
        (m, 3) vertex numbers.
    keep
        (n,) vertices to keep.
    generous
        Keep triangles with any corner kept; otherwise all corners have to be.

    Returns
    -------
    tuple
        The vertices that the kept triangles use, and these triangles renumbered to them.
    """
    corners = keep[triangles]
    chosen = triangles[corners.any(axis=1) if generous else corners.all(axis=1)]
    used, renumbered = np.unique(chosen, return_inverse=True)
    return used.astype(np.int64), renumbered.reshape(-1, 3).astype(np.int32)


def border(count: int, triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Vertices on the rim of a mesh: ends of edges that only one triangle has."""
    edges = np.sort(
        np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    unique, times = np.unique(edges, axis=0, return_counts=True)
    on_rim = np.zeros(count, bool)
    on_rim[unique[times == 1].ravel()] = True
    return on_rim


def smooth_noise(
    points: NDArray[np.float64], size_m: float, rng: np.random.Generator, octaves: int = 3
) -> NDArray[np.float64]:
    """Smooth random field (sum of cosines), about -1 to 1, at given points."""
    total = np.zeros(len(points))
    for octave in range(octaves):
        for _ in range(6):
            wave = rng.normal(size=3)
            wave *= 2.0 * np.pi * 2**octave / (size_m * np.linalg.norm(wave))
            total += 0.55**octave / 6.0 * np.cos(points @ wave + rng.uniform(0.0, 2.0 * np.pi))
    return total


def joined(meshes: list[Mesh]) -> Mesh:
    """Several meshes of one part and material as one."""
    offsets = np.cumsum([0, *(len(m.vertices) for m in meshes[:-1])])
    return Mesh(
        part=meshes[0].part,
        vertices=np.vstack([m.vertices for m in meshes]),
        normals=np.vstack([m.normals for m in meshes]),
        triangles=np.vstack(
            [m.triangles + offset for m, offset in zip(meshes, offsets, strict=True)]
        ).astype(np.int32),
        colours=np.vstack([m.colours for m in meshes]),
        material=meshes[0].material,
    )
