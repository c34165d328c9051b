"""Clothes cut from the closed suit that comes with each body.

A garment is a part of that suit, moved out along its normals. In every frame it is smoothed
outwards only, so that it bridges hollows such as the lumbar one as taut cloth does, its
underside sags by its looseness, and what would lie inside the body is pushed out again. Cloth
has no memory of the frame before and makes no folds of its own.
"""

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
from sample_videos.studio.posing import SOLE_M, blend

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from sample_videos.studio.bodies import Body
    from sample_videos.studio.posing import Posed

Top = Literal["bare", "tank", "fitted", "tee", "long", "hoodie"]
Bottom = Literal["shorts", "leggings", "trousers"]
Colour = tuple[float, float, float]

SLEEVE_END = {"bare": 0.0, "tank": 0.0, "fitted": 0.55, "tee": 0.72, "long": 1.93, "hoodie": 1.95}
"""Where sleeves end: 0 the shoulder, 1 the elbow, 2 the wrist."""

TOP_HEM = {
    "bare": 0.62,
    "tank": -0.02,
    "fitted": 0.0,
    "tee": -0.04,
    "long": -0.03,
    "hoodie": -0.04,
}
"""Height of the hem of a top: 0 at the hip centre, 1 at the shoulder centre."""

HEM_REACH = 0.07
"""How far a hem's vertices are moved to make it straight, in the unit of its coordinate."""

LEG_END = {"shorts": 0.66, "leggings": 1.86, "trousers": 1.93}
"""Where legs end: 0 the hip, 1 the knee, 2 the ankle."""

LEG_LOOSENESS_M = {"shorts": 0.011, "leggings": 0.0, "trousers": 0.020}
WAIST_HEIGHT = 0.21
SKIN_GAP_M = 0.006
SHOE_TOP_M = 0.092
MOST = 0.5
TUCK = 0.12
"""How far trousers reach up under a top (hip to shoulder = 1); what is higher is never seen."""

SMOOTHING_STEP_M = 0.0032


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """What a person wears.

    Attributes
    ----------
    top, bottom
        Kinds of clothes. With a bare top a woman wears a short sports top.
    looseness_m
        How far the top stands off the body where it hangs free.
    top_colour, bottom_colour, shoe_colour
        Linear RGB.
    """

    top: Top = "tee"
    bottom: Bottom = "shorts"
    looseness_m: float = 0.012
    top_colour: Colour = (0.10, 0.18, 0.40)
    bottom_colour: Colour = (0.04, 0.04, 0.05)
    shoe_colour: Colour = (0.6, 0.6, 0.62)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regions:
    """Where vertices of the rest pose lie on the body; what clothes are cut by.

    Attributes
    ----------
    height
        0 at the hip centre, 1 at the shoulder centre.
    beside
        Distance from the mid-line, as a share of the shoulder centres' distance from it.
    along_arm, along_leg
        0 at shoulder or hip, 1 at elbow or knee, 2 at wrist or ankle.
    is_arm, is_foot
        Whether the arm, or the foot, moves the vertex most.
    below_collar
        Height under the neckline, in metres.
    """

    height: NDArray[np.float64]
    beside: NDArray[np.float64]
    along_arm: NDArray[np.float64]
    along_leg: NDArray[np.float64]
    is_arm: NDArray[np.bool_]
    is_foot: NDArray[np.bool_]
    below_collar: NDArray[np.float64]
    floor_m: NDArray[np.float64]

    @classmethod
    def of(cls, body: Body, vertices: NDArray[np.float64], weights: sparse.csr_matrix) -> Regions:
        """Regions of rest vertices of one body."""
        hip, shoulder = body.head("pelvis")[2], body.head("upper_arm_L")
        neck = body.head("neck01")
        front = np.clip((neck[1] - vertices[:, 1]) / 0.1, -0.4, 1.0)
        collar = neck[2] + 0.012 - 0.05 * front
        return cls(
            height=(vertices[:, 2] - hip) / (shoulder[2] - hip),
            beside=np.abs(vertices[:, 0]) / shoulder[0],
            along_arm=_along(body, vertices, ("upper_arm", "forearm", "hand")),
            along_leg=_along(body, vertices, ("thigh", "shank", "foot")),
            is_arm=_moved_by(body, weights, ("upper_arm", "forearm", "hand")),
            is_foot=_moved_by(body, weights, ("foot", "toes")),
            below_collar=collar - vertices[:, 2],
            floor_m=vertices[:, 2],
        )

    def top(self, kind: Top, *, is_female: bool, inset: float = 0.0) -> NDArray[np.bool_]:
        """Tell what a top covers; ``inset`` (hip to shoulder = 1) shrinks it on all sides."""
        if kind == "bare":
            band = (
                (self.height > TOP_HEM["bare"] + inset)
                & (self.height < 0.93 - inset)
                & ~self.is_arm
            )
            return band & is_female & (self.beside < 1.0)
        reach = SLEEVE_END[kind] - 1.5 * inset
        trunk = ~self.is_arm & (self.height > TOP_HEM[kind] + inset)
        trunk &= self.below_collar > (0.035 if kind == "tank" else 0.0) + 0.4 * inset
        if kind == "tank":
            return trunk & ~((self.beside > 0.80 - inset) & (self.height > 0.84 - inset))
        return trunk | (self.is_arm & (self.along_arm < reach))

    def bottom(self, kind: Bottom, *, inset: float = 0.0) -> NDArray[np.bool_]:
        """Tell what trousers, leggings or shorts cover."""
        legs = ~self.is_arm & ~self.is_foot & (self.height < WAIST_HEIGHT - inset)
        return legs & (self.along_leg < LEG_END[kind] - inset) & (self.floor_m > SHOE_TOP_M - 0.022)

    def shoes(self, *, inset: float = 0.0) -> NDArray[np.bool_]:
        """Tell what shoes cover."""
        return ~self.is_arm & (self.floor_m < SHOE_TOP_M - 0.2 * inset)


def _along(
    body: Body, vertices: NDArray[np.float64], chain: tuple[str, str, str]
) -> NDArray[np.float64]:
    """Place along a two-bone limb: 0, 1 and 2 at its three joints."""
    mirrored = vertices * [1.0, 1.0, 1.0]
    mirrored[:, 0] = np.abs(mirrored[:, 0])
    joints = [body.head(f"{bone}_L") for bone in chain]
    upper, lower = joints[1] - joints[0], joints[2] - joints[1]
    first = (mirrored - joints[0]) @ upper / (upper @ upper)
    second = (mirrored - joints[1]) @ lower / (lower @ lower)
    result: NDArray[np.float64] = np.where(first < 1.0, first, 1.0 + np.maximum(second, 0.0))
    return result


def _moved_by(body: Body, weights: sparse.csr_matrix, stems: tuple[str, ...]) -> NDArray[np.bool_]:
    columns = [i for i, bone in enumerate(body.bones) if bone.startswith(stems)]
    return np.asarray(weights[:, columns].sum(axis=1)).ravel() > MOST


class Suit:
    """The closed suit of one body, in the rest pose; the cloth that garments are cut from.

    Parameters
    ----------
    body
        The person.
    fine
        Split each triangle in four (smoother, slower).
    """

    def __init__(self, body: Body, *, fine: bool) -> None:
        used, triangles = cut(body.triangles["tights"], np.ones(len(body.vertices), bool))
        vertices, weights = body.vertices[used], body.weights[used]
        if fine:
            matrix, triangles = subdivide(len(used), triangles)
            vertices, weights = matrix @ vertices, (matrix @ weights).tocsr()
        self.vertices, self.weights, self.triangles = vertices, weights, triangles
        self.regions = Regions.of(body, vertices, weights)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Garment:
    """One piece of cloth, ready to be posed.

    Attributes
    ----------
    part
        ``"top"``, ``"bottom"`` or ``"shoes"``.
    gap_m, loose_m, crease_m
        Per vertex: least distance from the suit, free distance, and a fixed unevenness.
    give
        Per vertex: how freely smoothing moves it; hems keep their place.
    smoothing
        Number of smoothing steps; more for looser cloth.
    """

    part: str
    vertices: NDArray[np.float64]
    weights: sparse.csr_matrix
    triangles: NDArray[np.int32]
    faces_at: sparse.csr_matrix
    neighbours: sparse.csr_matrix
    gap_m: NDArray[np.float64]
    loose_m: NDArray[np.float64]
    crease_m: NDArray[np.float64]
    give: NDArray[np.float64]
    smoothing: int
    colours: NDArray[np.float64]
    material: Material

    def posed(self, posed: Posed) -> Mesh:
        """Drape the garment on the person in a pose."""
        inner = blend(self.vertices, self.weights, posed)
        normals = vertex_normals(inner, self.triangles, self.faces_at)
        cloth = self._draped(inner, normals) if self.smoothing else inner
        if not self.smoothing:
            cloth = inner + normals * self.gap_m[:, None]
        return Mesh(
            part=self.part,
            vertices=cloth,
            normals=vertex_normals(cloth, self.triangles, self.faces_at),
            triangles=self.triangles,
            colours=self.colours,
            material=self.material,
        )

    def _draped(
        self, inner: NDArray[np.float64], normals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Cloth that lies on what faces up, hangs from what faces down and bridges hollows."""
        upward = np.clip(normals[:, 2], 0.0, 1.0)
        downward = np.clip(-normals[:, 2], 0.0, 1.0)
        off = self.gap_m + self.loose_m * (1.0 - 0.85 * upward) + self.crease_m
        cloth = inner + normals * off[:, None]
        cloth[:, 2] -= 1.6 * self.loose_m * downward
        for _ in range(self.smoothing):
            pull = self.neighbours @ cloth - cloth
            outward = np.einsum("ij,ij->i", pull, normals) > 0.0
            cloth += pull * (np.where(outward, 1.0, 0.25) * self.give)[:, None]
        inside = np.einsum("ij,ij->i", inner - cloth, normals) + self.gap_m
        cloth += normals * np.maximum(inside, 0.0)[:, None]
        return cloth


def garments(body: Body, outfit: Outfit, *, fine: bool, rng: np.random.Generator) -> list[Garment]:
    """Cut an outfit for a body.

    Parameters
    ----------
    body
        The person.
    outfit
        What is worn.
    fine
        Use the finer suit.
    rng
        Source of creases and uneven dye.

    Returns
    -------
    list of Garment
        Bottom, top (unless the top is bare on a man) and shoes.
    """
    suit = Suit(body, fine=fine)
    legs = LEG_LOOSENESS_M[outfit.bottom]
    covered = suit.regions.top(outfit.top, is_female=body.is_female)
    hidden = suit.regions.top(outfit.top, is_female=body.is_female, inset=TUCK)
    trousers = _garment(
        suit,
        suit.regions.bottom(outfit.bottom) & ~(hidden & (suit.regions.height < WAIST_HEIGHT)),
        part="bottom",
        fit=(0.004, legs, 0.0006 + 0.10 * legs),
        colour=outfit.bottom_colour,
        rng=rng,
    )
    _straighten(body, trousers, ("thigh", "shank", "foot"), LEG_END[outfit.bottom])
    trousers.loose_m[:] *= _below_waistband(body, trousers.vertices)
    pieces = [trousers, _shoes(suit, outfit, rng)]
    if covered.any():
        loose = 0.0 if outfit.top in ("bare", "fitted") else outfit.looseness_m
        top = _garment(
            suit,
            covered,
            part="top",
            fit=(SKIN_GAP_M, loose, 0.0006 + 0.09 * loose),
            colour=outfit.top_colour,
            rng=rng,
        )
        if SLEEVE_END[outfit.top] > 0.0:
            _straighten(body, top, ("upper_arm", "forearm", "hand"), SLEEVE_END[outfit.top])
        _level(body, top, TOP_HEM[outfit.top])
        pieces.append(_over_waistband(body, top, legs))
    return pieces


def _garment(
    suit: Suit,
    covered: NDArray[np.bool_],
    *,
    part: str,
    fit: tuple[float, float, float],
    colour: Colour,
    rng: np.random.Generator,
) -> Garment:
    used, triangles = cut(suit.triangles, covered)
    vertices = suit.vertices[used]
    gap, loose, crease = fit
    folds = smooth_noise(vertices * [1.0, 1.0, 1.6], 0.16, rng)
    shade = (1.0 + 0.05 * smooth_noise(vertices, 0.5, rng, 2))[:, None]
    hem = border(len(used), triangles)
    shade = shade * np.where(hem, 0.72, 1.0)[:, None]
    return Garment(
        part=part,
        vertices=vertices,
        weights=suit.weights[used],
        triangles=triangles,
        faces_at=incidence(len(used), triangles),
        neighbours=neighbour_mean(len(used), triangles),
        gap_m=np.full(len(used), gap),
        loose_m=np.full(len(used), loose),
        crease_m=crease * folds,
        give=np.where(hem, 0.12, 1.0),
        smoothing=2 + int(loose / SMOOTHING_STEP_M),
        colours=np.clip(np.array(colour) * shade, 0.0, 1.0),
        material=Material(specular=0.025, gloss=10.0, soft=0.25, grain_m=0.004),
    )


def _over_waistband(body: Body, top: Garment, legs_loose_m: float) -> Garment:
    """Keep the lower part of a top outside whatever is worn under it."""
    overlap = np.clip((WAIST_HEIGHT + 0.05 - _height(body, top.vertices)) / 0.10, 0.0, 1.0)
    free = _below_waistband(body, top.vertices)
    top.gap_m[:] += overlap * (0.003 + 1.5 * legs_loose_m * free)
    return top


def _level(body: Body, top: Garment, hem_height: float) -> None:
    """Bring the hem of a top to one height."""
    hem = border(len(top.vertices), top.triangles)
    short = hem_height - _height(body, top.vertices)
    chosen = hem & (np.abs(short) < HEM_REACH)
    top.vertices[chosen, 2] += short[chosen] * body.trunk_length_m


def _straighten(body: Body, garment: Garment, chain: tuple[str, str, str], end: float) -> None:
    """Bring the ends of sleeves or legs to one place along the limb."""
    hem = border(len(garment.vertices), garment.triangles)
    short = end - _along(body, garment.vertices, chain)
    first, middle, last = (body.head(f"{bone}_L") for bone in chain)
    bone = middle - first if end < 1.0 else last - middle
    side = np.sign(garment.vertices[:, :1])
    chosen = hem & (np.abs(short) < HEM_REACH)
    shift = short[:, None] * bone * np.hstack([side, np.ones((len(side), 2))])
    garment.vertices[chosen] += shift[chosen]


def _height(body: Body, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of rest vertices: 0 at the hip centre, 1 at the shoulder centre."""
    hip, shoulder = body.head("pelvis")[2], body.head("upper_arm_L")[2]
    result: NDArray[np.float64] = (vertices[:, 2] - hip) / (shoulder - hip)
    return result


def _below_waistband(body: Body, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 at the waistband, which is tight, to 1 where trousers and shorts hang free."""
    return np.clip((-0.02 - _height(body, vertices)) / 0.26, 0.0, 1.0)


def _shoes(suit: Suit, outfit: Outfit, rng: np.random.Generator) -> Garment:
    """Shoes keep one shape: rounded toes, a flat sole, no draping."""
    shoe = _garment(
        suit,
        suit.regions.shoes(),
        part="shoes",
        fit=(0.0, 0.0, 0.0),
        colour=outfit.shoe_colour,
        rng=rng,
    )
    shape = shoe.vertices.copy()
    for _ in range(8):
        shape += 0.6 * (shoe.neighbours @ shape - shape)
    shape += 0.011 * vertex_normals(shape, shoe.triangles, shoe.faces_at)
    sole = np.clip((0.034 - shape[:, 2]) / 0.022, 0.0, 1.0)
    shape[:, 2] = shape[:, 2] * (1.0 - sole) - SOLE_M * sole
    shoe.vertices[:] = shape
    shoe.colours[:] *= 1.0 - 0.45 * (sole > 0.0)[:, None]
    return Garment(
        part="shoes",
        vertices=shape,
        weights=shoe.weights,
        triangles=shoe.triangles,
        faces_at=shoe.faces_at,
        neighbours=shoe.neighbours,
        gap_m=shoe.gap_m,
        loose_m=shoe.loose_m,
        crease_m=shoe.crease_m,
        give=shoe.give,
        smoothing=0,
        colours=shoe.colours,
        material=Material(specular=0.08, gloss=22.0, soft=0.1),
    )
