"""Hair: a cap over the scalp, with or without a bun or a ponytail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.meshes import (
    Material,
    Mesh,
    border,
    cut,
    incidence,
    neighbour_mean,
    smooth_noise,
    subdivide,
    vertex_normals,
)
from sample_videos.studio.rotations import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body
    from sample_videos.studio.posing import Posed

HairStyle = Literal["buzz", "short", "bun", "ponytail"]
HEAD_ALONE, MOSTLY_HEAD = 0.9, 0.5
EAR_BESIDE, EAR_FRONT, EAR_BACK = 0.93, 0.3, 0.75
THICKNESS_M = {"buzz": 0.004, "short": 0.013, "bun": 0.010, "ponytail": 0.010}
HAIR_MATERIAL = Material(specular=0.16, gloss=26.0, soft=0.15)

# Hairline seen from the side: place from the eyes (0) to the back of the head (1), and height
# over the eyes in metres.
HAIRLINE = (
    (-0.3, 0.10, 0.28, 0.42, 0.55, 0.75, 1.0),
    (0.075, 0.062, 0.035, 0.012, 0.0, -0.055, -0.085),
)
RINGS, SPOKES = 12, 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """Where things are on a head in the rest pose: eyes, back of the head, ears; metres."""

    eye_z: float
    eye_y: float
    back_y: float
    half_width: float

    @classmethod
    def of(cls, body: Body) -> Head:
        """Measure the head of a body."""
        eyes = body.vertices[np.unique(body.triangles["eyes"])]
        skin = np.unique(body.triangles["body"])
        share = np.asarray(body.weights[skin][:, body.bones.index("head")].todense()).ravel()
        head = body.vertices[skin][share > HEAD_ALONE]
        return cls(
            eye_z=float(0.5 * (eyes[:, 2].min() + eyes[:, 2].max())),
            eye_y=float(eyes[:, 1].mean()),
            back_y=float(head[:, 1].max()),
            half_width=float(np.abs(head[:, 0]).max()),
        )

    def backness(self, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 at the eyes, 1 at the back of the head."""
        result: NDArray[np.float64] = (vertices[:, 1] - self.eye_y) / (self.back_y - self.eye_y)
        return result


def scalp(body: Body, *, margin_m: float = 0.0) -> NDArray[np.bool_]:
    """Vertices under the hair; a margin shrinks the area at the hairline."""
    head = Head.of(body)
    back = head.backness(body.vertices)
    line = head.eye_z + np.interp(back, *HAIRLINE) + margin_m
    ears = (
        (np.abs(body.vertices[:, 0]) > EAR_BESIDE * head.half_width)
        & (back > EAR_FRONT)
        & (back < EAR_BACK)
    )
    columns = [body.bones.index(bone) for bone in ("head", "neck03", "neck02")]
    share = np.asarray(body.weights[:, columns].sum(axis=1)).ravel()
    covered: NDArray[np.bool_] = (body.vertices[:, 2] > line) & (share > MOSTLY_HEAD) & ~ears
    return covered


class Hair:
    """The hair of one person.

    Parameters
    ----------
    body
        The person.
    style
        How it is worn.
    colour
        Linear RGB.
    rng
        Source of unevenness.
    """

    def __init__(
        self,
        body: Body,
        style: HairStyle,
        colour: tuple[float, float, float],
        rng: np.random.Generator,
    ) -> None:
        self._style, self._colour = style, np.array(colour)
        self._head = Head.of(body)
        self._bone = body.bones.index("head")
        self._rest_head = body.head("head")
        used, triangles = cut(body.triangles["body"], scalp(body))
        matrix, triangles = subdivide(len(used), triangles)
        vertices = matrix @ body.vertices[used]
        faces_at, neighbours = (
            incidence(len(vertices), triangles),
            neighbour_mean(len(vertices), triangles),
        )
        normals = vertex_normals(vertices, triangles, faces_at)
        tufts = 1.0 + 0.18 * smooth_noise(vertices, 0.06, rng)
        rim = border(len(vertices), triangles).astype(float)
        for _ in range(4):
            rim = np.maximum(rim, neighbours @ rim)
        tufts *= 1.0 - 0.85 * rim
        vertices = vertices + normals * (THICKNESS_M[style] * tufts)[:, None]
        for _ in range(2):
            vertices += 0.6 * (neighbours @ vertices - vertices)
        strands = 1.0 + 0.28 * smooth_noise(vertices * [1.0, 0.3, 1.0], 0.03, rng, 2)
        self._cap = Mesh(
            part="hair",
            vertices=vertices,
            normals=vertex_normals(vertices, triangles, faces_at),
            triangles=triangles,
            colours=np.clip(self._colour * strands[:, None], 0.0, 1.0),
            material=HAIR_MATERIAL,
        )
        self._tube = _tube_triangles()
        shade = 1.0 + 0.25 * smooth_noise(rng.normal(size=(RINGS * SPOKES, 3)), 1.0, rng, 1)
        self._tail_colours = np.clip(self._colour * shade[:, None], 0.0, 1.0)

    def posed(self, posed: Posed) -> list[Mesh]:
        """Hair in a pose; a ponytail hangs down."""
        turn, at = posed.rotations[self._bone], posed.positions[self._bone]
        cap = Mesh(
            part="hair",
            vertices=(self._cap.vertices - self._rest_head) @ turn.T + at,
            normals=self._cap.normals @ turn.T,
            triangles=self._cap.triangles,
            colours=self._cap.colours,
            material=HAIR_MATERIAL,
        )
        if self._style not in ("bun", "ponytail"):
            return [cap]
        low = 0.035 if self._style == "ponytail" else 0.06
        knot = np.array([0.0, self._head.back_y + 0.004, self._head.eye_z + low])
        anchor = turn @ (knot - self._rest_head) + at
        return [cap, self._tail(anchor, turn)]

    def _tail(self, anchor: NDArray[np.float64], turn: NDArray[np.float64]) -> Mesh:
        """Tail of hair: a bun (short, round) or a ponytail (leaves the knot and falls)."""
        out = turn @ unit(np.array([0.0, 0.95, 0.10]))
        t = np.linspace(0.0, 1.0, RINGS)[:, None]
        if self._style == "bun":
            spine = anchor + out * (0.075 * t - 0.012)
            radius = 0.036 * np.sqrt(np.clip(1.0 - (2.0 * t - 1.0) ** 2, 0.02, 1.0))
        else:
            middle = anchor + 0.055 * out
            end = middle + 0.21 * _falling(out, turn)
            spine = (1 - t) ** 2 * anchor + 2 * t * (1 - t) * middle + t**2 * end
            radius = 0.010 + 0.020 * np.sin(np.pi * np.clip(t * 0.86 + 0.10, 0.0, 1.0)) ** 0.8
        side = np.tile([1.0, 0.0, 0.0], (RINGS, 1))
        up = np.cross(np.gradient(spine, axis=0), side)
        up /= np.linalg.norm(up, axis=1, keepdims=True)
        angles = np.linspace(0.0, 2 * np.pi, SPOKES, endpoint=False)[None, :, None]
        ring = np.cos(angles) * side[:, None] + np.sin(angles) * up[:, None]
        return Mesh(
            part="hair",
            vertices=(spine[:, None] + radius[:, None] * ring).reshape(-1, 3),
            normals=ring.reshape(-1, 3),
            triangles=self._tube,
            colours=self._tail_colours,
            material=HAIR_MATERIAL,
        )


def _falling(out: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Direction a ponytail hangs in: down, but along the head where the head is in the way."""
    down = np.array([0.0, 0.0, -1.0])
    along = down - min(float(down @ out), 0.0) * out + 0.35 * (turn @ down)
    return unit(along)


def _tube_triangles() -> NDArray[np.int32]:
    triangles = []
    for ring in range(RINGS - 1):
        for spoke in range(SPOKES):
            a, b = ring * SPOKES + spoke, ring * SPOKES + (spoke + 1) % SPOKES
            triangles += [[a, a + SPOKES, b], [b, a + SPOKES, b + SPOKES]]
    return np.array(triangles, np.int32)
