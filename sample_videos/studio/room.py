"""The room behind the person, and its light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from sample_videos.studio.meshes import Material, Mesh
from sample_videos.studio.props import ball, cuboid, cylinder
from sample_videos.studio.renderer import Light
from sample_videos.studio.rotations import about_z

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sample_videos.studio.camera import Facing

WallKind = Literal["plain", "brick", "panels", "two_tone"]
FloorKind = Literal["concrete", "wood", "tiles", "rubber"]
WALLS: tuple[WallKind, ...] = ("plain", "brick", "panels", "two_tone")
FLOORS: tuple[FloorKind, ...] = ("concrete", "wood", "tiles", "rubber")
TEXTURE_PX = 1024
PLANK_GAP_PX, TILE_GAP_PX, PANEL_GAP_PX = 2, 5, 4
SPECK_SHARE = 0.012
WALL_REPEAT_M, FLOOR_REPEAT_M = 4.2, 3.6
HALF_M, HEIGHT_M = 8.0, 3.4

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSpec:
    """A room.

    Attributes
    ----------
    wall, floor
        Kinds of surface.
    wall_colour, floor_colour
        Their sRGB colours, 0 to 1.
    wall_distance_m
        From the person to the wall behind.
    wall_turn_deg
        Turn of that wall from parallel to the picture of a pure side view.
    furniture
        ``"gym"`` for a rack and weights, ``"boxes"`` for random boxes, ``"none"``.
    seed
        Seed of textures and furniture.
    """

    wall: WallKind = "plain"
    floor: FloorKind = "concrete"
    wall_colour: Colour = (0.80, 0.77, 0.72)
    floor_colour: Colour = (0.45, 0.45, 0.46)
    wall_distance_m: float = 2.6
    wall_turn_deg: float = 0.0
    furniture: Literal["gym", "boxes", "none"] = "boxes"
    seed: int = 0


def build_room(spec: RoomSpec, facing: Facing) -> tuple[list[Mesh], dict[str, NDArray[np.uint8]]]:
    """Meshes and textures of a room.

    Parameters
    ----------
    spec
        The room.
    facing
        Where the person looks in the picture; decides on which side the wall is.

    Returns
    -------
    tuple
        Meshes, and textures by the name that their materials use.
    """
    rng = np.random.default_rng(spec.seed)
    textures = {
        "floor": _mirrored(_floor_texture(spec, rng)),
        "wall": _mirrored(_wall_texture(spec, rng)),
    }
    side = -1.0 if facing == "left" else 1.0
    meshes = [_floor(), _wall(spec, side)]
    meshes += [_end_wall(sign) for sign in (-1.0, 1.0)]
    turn = about_z(-side * spec.wall_turn_deg)
    meshes += [_turned(mesh, turn) for mesh in _furniture(spec, side, rng)]
    return meshes, textures


def random_light(rng: np.random.Generator) -> Light:
    """Light of a room somewhere: direction, strength and warmth drawn at random."""
    height, around = np.radians(rng.uniform(32.0, 75.0)), np.radians(rng.uniform(0.0, 360.0))
    warmth = 1.0 + 0.10 * rng.normal(size=3) * (1.0, 0.3, 1.0)
    key = rng.uniform(0.45, 1.15) * warmth
    sky = rng.uniform(0.34, 0.68) * warmth * (0.96, 1.0, 1.05)
    ground = rng.uniform(0.16, 0.34) * np.array([1.0, 0.94, 0.88])
    fill = np.full(3, rng.uniform(0.04, 0.24))
    return Light(
        key_from=(
            float(np.cos(height) * np.cos(around)),
            float(np.cos(height) * np.sin(around)),
            float(np.sin(height)),
        ),
        fill_from=(float(rng.normal()), float(rng.normal()), 0.4),
        key=_rgb(key),
        fill=_rgb(fill),
        sky=_rgb(sky),
        ground=_rgb(ground),
    )


def _rgb(values: NDArray[np.float64]) -> Colour:
    r, g, b = (round(float(v), 4) for v in values)
    return r, g, b


def _textured(name: str, repeat_m: float) -> Material:
    return Material(specular=0.03, gloss=20.0, texture=name, texture_size_m=2 * repeat_m)


def _floor() -> Mesh:
    corner, span = np.array([-HALF_M, -HALF_M, 0.0]), 2 * HALF_M
    edges = np.array([[span, 0.0, 0.0], [0.0, span, 0.0]])
    return _sheet(corner, edges, np.array([0.0, 0.0, 1.0]), _textured("floor", FLOOR_REPEAT_M))


def _wall(spec: RoomSpec, side: float) -> Mesh:
    corner = np.array([side * spec.wall_distance_m, -HALF_M, 0.0])
    edges = np.array([[0.0, 2 * HALF_M, 0.0], [0.0, 0.0, HEIGHT_M]])
    sheet = _sheet(corner, edges, np.array([-side, 0.0, 0.0]), _textured("wall", WALL_REPEAT_M))
    return _turned(sheet, about_z(-side * spec.wall_turn_deg))


def _end_wall(sign: float) -> Mesh:
    corner = np.array([-HALF_M, sign * 6.5, 0.0])
    edges = np.array([[2 * HALF_M, 0.0, 0.0], [0.0, 0.0, HEIGHT_M]])
    return _sheet(corner, edges, np.array([0.0, -sign, 0.0]), _textured("wall", WALL_REPEAT_M))


def _sheet(
    corner: NDArray[np.float64],
    edges: NDArray[np.float64],
    normal: NDArray[np.float64],
    material: Material,
) -> Mesh:
    """Make a flat rectangle of 12 by 12 cells."""
    steps = np.linspace(0.0, 1.0, 13)
    vertices = np.array([corner + a * edges[0] + b * edges[1] for a in steps for b in steps])
    triangles = []
    for row in range(12):
        for column in range(12):
            a = row * 13 + column
            triangles += [[a, a + 13, a + 1], [a + 1, a + 13, a + 14]]
    return Mesh(
        part="room",
        vertices=vertices,
        normals=np.tile(normal, (len(vertices), 1)),
        triangles=np.array(triangles, np.int32),
        colours=np.ones((len(vertices), 3)),
        material=material,
    )


def _turned(mesh: Mesh, turn: NDArray[np.float64]) -> Mesh:
    return Mesh(
        part=mesh.part,
        vertices=mesh.vertices @ turn.T,
        normals=mesh.normals @ turn.T,
        triangles=mesh.triangles,
        colours=mesh.colours,
        material=mesh.material,
    )


def _furniture(spec: RoomSpec, side: float, rng: np.random.Generator) -> list[Mesh]:
    if spec.furniture == "none":
        return []
    x = side * (spec.wall_distance_m - 0.04)
    board = cuboid(
        np.array([x, 0.0, 0.05]), (0.03, 2 * HALF_M, 0.10), (0.62, 0.60, 0.57), _MATT, part="room"
    )
    if spec.furniture == "boxes":
        return [board, *_boxes(spec, side, rng)]
    return [board, *_gym(spec, side)]


_MATT = Material(specular=0.04, gloss=12.0)
_METAL = Material(specular=0.30, gloss=30.0)


def _boxes(spec: RoomSpec, side: float, rng: np.random.Generator) -> list[Mesh]:
    """Boxes of random size, place and colour along the wall."""
    meshes = []
    for _ in range(int(rng.integers(1, 5))):
        size = rng.uniform((0.25, 0.25, 0.25), (0.6, 0.9, 1.3)).tolist()
        away = min(spec.wall_distance_m - 0.4, rng.uniform(1.1, 2.6))
        y = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 2.6)
        centre = np.array([side * away, y, size[2] / 2])
        colour = rng.uniform(0.03, 0.45) * rng.uniform(0.6, 1.4, 3)
        meshes.append(cuboid(centre, size, np.clip(colour, 0.0, 1.0).tolist(), _MATT, part="room"))
    return meshes


def _gym(spec: RoomSpec, side: float) -> list[Mesh]:
    """Place a rack, a shelf of weights, a jump box and a mat, tidily along the wall."""
    back = side * (spec.wall_distance_m - 0.42)
    steel = (0.035, 0.036, 0.040)
    meshes: list[Mesh] = []

    def block(place: Sequence[float], size: Sequence[float], colour: Sequence[float]) -> None:
        meshes.append(cuboid(np.array(place), size, colour, _METAL, part="room"))

    for y in (0.55, 1.65):
        block((back, y, 1.05), (0.07, 0.07, 2.1), steel)
        block((back - side * 0.28, y, 0.03), (0.62, 0.07, 0.06), steel)
    block((back, 1.10, 2.07), (0.07, 1.17, 0.07), steel)
    for height in (0.22, 0.60):
        block((back, -1.45, height), (0.36, 1.30, 0.035), steel)
    for y in (-2.08, -0.82):
        block((back, y, 0.36), (0.34, 0.05, 0.72), steel)
    meshes += _weights_on_shelf(back, side)
    block((back, -2.75, 0.25), (0.5, 0.5, 0.5), (0.42, 0.25, 0.12))
    block((back, 2.55, 0.20), (0.45, 0.55, 0.40), (0.50, 0.32, 0.16))
    return meshes


def _weights_on_shelf(back: float, side: float) -> list[Mesh]:
    colours = ((0.45, 0.06, 0.05), (0.05, 0.16, 0.38), (0.05, 0.05, 0.055), (0.42, 0.30, 0.04))
    meshes = []
    for number in range(4):
        y = -1.93 + 0.32 * number
        centre = np.array([back, y, 0.24 + 0.085 + 0.008 * number])
        meshes.append(ball(centre, 0.085 + 0.008 * number, colours[number], _MATT, part="room"))
        for shift in (-0.06, 0.06):
            at = np.array([back - side * 0.02, y + shift, 0.60 + 0.07])
            size = (0.035, 0.052)
            meshes.append(
                cylinder(
                    at, np.array([0.0, 1.0, 0.0]), size, (0.05, 0.05, 0.055), _MATT, part="room"
                )
            )
    return meshes


def _mirrored(tile: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Join a tile and its mirror images, so that repeats have no seams; as bytes."""
    levels = np.clip(tile * 255.0, 0, 255).astype(np.uint8)
    wide = np.hstack([levels, levels[:, ::-1]])
    return np.vstack([wide, wide[::-1]])


def _cloud(rng: np.random.Generator, octaves: int = 5) -> NDArray[np.float64]:
    """Soft noise of mean 0 and standard deviation 1."""
    total = np.zeros((TEXTURE_PX, TEXTURE_PX))
    for octave in range(octaves):
        cells = 4 * 2**octave
        grid = rng.random((cells, cells)).astype(np.float32)
        size = (TEXTURE_PX, TEXTURE_PX)
        total += 0.55**octave * cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
    result: NDArray[np.float64] = (total - total.mean()) / total.std()
    return result


def _floor_texture(spec: RoomSpec, rng: np.random.Generator) -> NDArray[np.float64]:
    shade = 1.0 + 0.022 * _cloud(rng)
    across = np.arange(TEXTURE_PX)
    if spec.floor == "wood":
        plank = across // (TEXTURE_PX // 24)
        shade = shade * rng.uniform(0.86, 1.1, plank.max() + 1)[plank][:, None]
        shade[across % (TEXTURE_PX // 24) < PLANK_GAP_PX] *= 0.62
    if spec.floor == "tiles":
        joint = across % (TEXTURE_PX // 6) < TILE_GAP_PX
        shade[joint] *= 0.82
        shade[:, joint] *= 0.82
    tile = np.array(spec.floor_colour) * shade[:, :, None]
    if spec.floor == "rubber":
        specks = rng.random((TEXTURE_PX, TEXTURE_PX)) > 1.0 - SPECK_SHARE
        tile[specks] = rng.uniform(0.30, 0.62, (int(specks.sum()), 1))
    return np.clip(tile, 0.0, 1.0)


def _wall_texture(spec: RoomSpec, rng: np.random.Generator) -> NDArray[np.float64]:
    shade = 1.0 + 0.018 * _cloud(rng)
    shade = _WALL_PATTERNS[spec.wall](shade, rng)
    tile: NDArray[np.float64] = np.clip(np.array(spec.wall_colour) * shade[:, :, None], 0.0, 1.0)
    return tile


def _plain(shade: NDArray[np.float64], _: np.random.Generator) -> NDArray[np.float64]:
    return shade


def _brick(shade: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    rows, columns = 48, 16
    height, width = TEXTURE_PX // rows, TEXTURE_PX // columns
    for row in range(rows):
        shade[row * height : row * height + 2] *= 1.10
        for column in range(columns + 1):
            left = int((column - 0.5 * (row % 2)) * width)
            inside = slice(row * height + 2, (row + 1) * height)
            shade[inside, max(left + 2, 0) : max(left + width, 0)] *= rng.uniform(0.82, 1.04)
    return shade


def _panels(shade: NDArray[np.float64], _: np.random.Generator) -> NDArray[np.float64]:
    shade[:, np.arange(TEXTURE_PX) % (TEXTURE_PX // 8) < PANEL_GAP_PX] *= 0.84
    return shade


def _two_tone(shade: NDArray[np.float64], _: np.random.Generator) -> NDArray[np.float64]:
    """Darker up to 1.05 m."""
    edge = int(1.05 / WALL_REPEAT_M * TEXTURE_PX)
    shade[:edge] *= 0.72
    return shade


_WALL_PATTERNS: dict[
    str, Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]]
] = {"plain": _plain, "brick": _brick, "panels": _panels, "two_tone": _two_tone}
