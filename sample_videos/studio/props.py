"""Things that are held: barbell, box, kettlebell, dumbbells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.arms import Grip
from sample_videos.studio.meshes import Material, Mesh, joined
from sample_videos.studio.rotations import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

PropKind = Literal["none", "barbell", "box", "kettlebell", "dumbbells"]
Colour = tuple[float, float, float]
STEEL = Material(specular=0.45, gloss=36.0)
RUBBER = Material(specular=0.12, gloss=16.0)
CARDBOARD = Material(specular=0.02, gloss=8.0, grain_m=0.006)

BOX_SIZE_M = (0.40, 0.30, 0.32)
BOX_GRIP_HEIGHT_M = 0.21
BELL_RADIUS_M, BELL_HANDLE_M = 0.098, 0.265
BAR_LENGTH_M = 1.86
UPRIGHT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class PropSpec:
    """One held object.

    Attributes
    ----------
    kind
        What it is; ``"none"`` for empty hands.
    plate_radius_m
        Radius of the plates of a barbell.
    colour
        Linear RGB of plates, bell or box.
    load_kg
        Its mass.
    """

    kind: PropKind = "none"
    plate_radius_m: float = 0.225
    colour: Colour = (0.03, 0.03, 0.035)
    load_kg: float = 0.0


def grip_of(spec: PropSpec, *, shoulder_half_width_m: float) -> Grip:
    """How an object is held low.

    Parameters
    ----------
    spec
        The object.
    shoulder_half_width_m
        Distance of the shoulder centre from the mid-line; hands hold a bar just outside it.
    """
    wide = shoulder_half_width_m + 0.07
    if spec.kind == "box":
        return Grip(
            half_spacing_m=BOX_SIZE_M[0] / 2 + 0.012,
            palm="in",
            half_depth_m=BOX_SIZE_M[1] / 2,
            hang_below_m=BOX_GRIP_HEIGHT_M,
            lowest_m=BOX_GRIP_HEIGHT_M,
            floor_m=BOX_GRIP_HEIGHT_M,
            forward_m=0.27,
        )
    if spec.kind == "kettlebell":
        return Grip(
            half_spacing_m=0.036,
            clear_of="hips",
            half_depth_m=0.08,
            hang_below_m=BELL_HANDLE_M,
            lowest_m=BELL_HANDLE_M,
        )
    if spec.kind == "dumbbells":
        return Grip(half_spacing_m=wide + 0.03, palm="in", clear_of="none", lowest_m=0.1)
    return Grip(half_spacing_m=wide, half_depth_m=0.018, lowest_m=spec.plate_radius_m)


class Prop:
    """An object that follows the hands; it never turns, because all movement is sagittal.

    Parameters
    ----------
    spec
        What it is.
    """

    def __init__(self, spec: PropSpec) -> None:
        self.spec = spec
        self._pieces = _MAKERS[spec.kind](spec)

    def at(self, left: NDArray[np.float64], right: NDArray[np.float64]) -> list[Mesh]:
        """Meshes with the hands at two points, metres."""
        if self.spec.kind == "dumbbells":
            return [*self._moved(left), *self._moved(right)]
        return self._moved(0.5 * (left + right))

    def _moved(self, place: NDArray[np.float64]) -> list[Mesh]:
        return [replace(mesh, vertices=mesh.vertices + place) for mesh in self._pieces]


def _nothing(_: PropSpec) -> list[Mesh]:
    return []


def _barbell(spec: PropSpec) -> list[Mesh]:
    along, grey = np.array([1.0, 0.0, 0.0]), (0.42, 0.42, 0.44)
    steel = [cylinder(np.zeros(3), along, (BAR_LENGTH_M / 2, 0.014), grey, STEEL)]
    plates = []
    darker = [0.45 * value + 0.02 for value in spec.colour]
    for sign in (-1.0, 1.0):
        for number in range(2):
            radius = spec.plate_radius_m * (1.0 if number == 0 else 0.72)
            at = sign * (0.63 + 0.052 * number) * along
            plates.append(cylinder(at, along, (0.022, radius), spec.colour, RUBBER))
            plates.append(cylinder(at, along, (0.0235, 0.60 * radius), darker, RUBBER))
        steel.append(cylinder(sign * 0.74 * along, along, (0.14, 0.025), grey, STEEL))
    return [joined(steel), joined(plates)]


def _box(spec: PropSpec) -> list[Mesh]:
    centre = np.array([0.0, 0.0, BOX_SIZE_M[2] / 2 - BOX_GRIP_HEIGHT_M])
    lid = centre + np.array([0.0, 0.0, BOX_SIZE_M[2] / 2])
    strip = [0.75 * value for value in spec.colour]
    width, _, height = BOX_SIZE_M
    return [
        joined(
            [
                cuboid(centre, BOX_SIZE_M, spec.colour, CARDBOARD),
                cuboid(lid, (width, 0.05, 0.003), strip, CARDBOARD),
                cuboid(centre, (width + 0.003, 0.05, 0.98 * height), strip, CARDBOARD),
            ]
        )
    ]


def _kettlebell(spec: PropSpec) -> list[Mesh]:
    grey, across = (0.20, 0.20, 0.21), np.array([1.0, 0.0, 0.0])
    bell = np.array([0.0, 0.0, BELL_RADIUS_M - BELL_HANDLE_M])
    handle = np.array([0.0, 0.0, -0.004])
    iron = [cylinder(handle, across, (0.062, 0.0155), grey, STEEL)]
    for sign in (-1.0, 1.0):
        end = handle + sign * 0.062 * across
        foot = bell + np.array([sign * 0.045, 0.0, 0.6 * BELL_RADIUS_M])
        half = 0.5 * float(np.linalg.norm(end - foot))
        iron.append(cylinder(0.5 * (end + foot), end - foot, (half, 0.0145), grey, STEEL))
        iron.append(ball(end, 0.0155, grey, STEEL))
    return [joined(iron), joined([ball(bell, BELL_RADIUS_M, spec.colour, RUBBER)])]


def _dumbbells(spec: PropSpec) -> list[Mesh]:
    """One of the two dumbbells."""
    fore_aft = np.array([0.0, 1.0, 0.0])
    bar = cylinder(np.zeros(3), fore_aft, (0.08, 0.014), (0.42, 0.42, 0.44), STEEL)
    heads = [
        cylinder(sign * 0.10 * fore_aft, fore_aft, (0.042, 0.056), spec.colour, RUBBER)
        for sign in (-1.0, 1.0)
    ]
    return [bar, joined(heads)]


def cylinder(
    centre: NDArray[np.float64],
    axis: NDArray[np.float64],
    size_m: tuple[float, float],
    colour: Sequence[float],
    material: Material,
    *,
    part: str = "prop",
) -> Mesh:
    """Make a closed cylinder of (half length, radius)."""
    half, radius = size_m
    along = unit(axis)
    aside = unit(np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < UPRIGHT else [1.0, 0.0, 0.0]))
    third = np.cross(along, aside)
    count = 40
    turn = np.linspace(0.0, 2 * np.pi, count, endpoint=False)[:, None]
    ring = np.cos(turn) * aside + np.sin(turn) * third
    ends = [centre - half * along, centre + half * along]
    vertices = [ends[0] + radius * ring, ends[1] + radius * ring] * 2 + [
        ends[0][None],
        ends[1][None],
    ]
    caps = [np.tile(-along, (count, 1)), np.tile(along, (count, 1))]
    normals = [ring, ring, *caps, -along[None], along[None]]
    i = np.arange(count)
    j = (i + 1) % count
    triangles = np.vstack(
        [
            np.column_stack([i, j, count + i]),
            np.column_stack([j, count + j, count + i]),
            np.column_stack([2 * count + j, 2 * count + i, np.full(count, 4 * count)]),
            np.column_stack([3 * count + i, 3 * count + j, np.full(count, 4 * count + 1)]),
        ]
    )
    return _mesh(part, np.vstack(vertices), np.vstack(normals), triangles, (colour, material))


def cuboid(
    centre: NDArray[np.float64],
    size_m: Sequence[float],
    colour: Sequence[float],
    material: Material,
    *,
    part: str = "prop",
) -> Mesh:
    """Box with edges along the axes."""
    half = np.array(size_m) / 2
    vertices: list[NDArray[np.float64]] = []
    normals: list[NDArray[np.float64]] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            normal = np.zeros(3)
            normal[axis] = sign
            side = np.roll([1.0, 0.0, 0.0], (axis + 1) % 3)
            other = np.cross(normal, side)
            first = len(vertices)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                vertices.append(centre + (normal + a * side + b * other) * half)
                normals.append(normal)
            triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return _mesh(
        part, np.array(vertices), np.array(normals), np.array(triangles), (colour, material)
    )


def ball(
    centre: NDArray[np.float64],
    radius_m: float,
    colour: Sequence[float],
    material: Material,
    *,
    part: str = "prop",
) -> Mesh:
    """Sphere."""
    rings, spokes = 17, 32
    polar = np.linspace(0.0, np.pi, rings)[:, None]
    turn = np.linspace(0.0, 2 * np.pi, spokes, endpoint=False)[None, :]
    normals = np.stack(
        [np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar) + 0 * turn],
        axis=2,
    ).reshape(-1, 3)
    triangles = []
    for ring in range(rings - 1):
        for spoke in range(spokes):
            a, b = ring * spokes + spoke, ring * spokes + (spoke + 1) % spokes
            triangles += [[a, a + spokes, b], [b, a + spokes, b + spokes]]
    return _mesh(
        part, centre + radius_m * normals, normals, np.array(triangles), (colour, material)
    )


def _mesh(
    part: str,
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    triangles: NDArray[np.int64],
    surface: tuple[Sequence[float], Material],
) -> Mesh:
    return Mesh(
        part=part,
        vertices=vertices,
        normals=normals,
        triangles=triangles.astype(np.int32),
        colours=np.tile(np.array(surface[0], dtype=float), (len(vertices), 1)),
        material=surface[1],
    )


_MAKERS: dict[str, Callable[[PropSpec], list[Mesh]]] = {
    "none": _nothing,
    "barbell": _barbell,
    "box": _box,
    "kettlebell": _kettlebell,
    "dumbbells": _dumbbells,
}
