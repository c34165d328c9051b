"""One dressed person, ready to be posed: skin, eyes, hair, clothes and, if asked, tape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sample_videos.studio.clothing import Outfit, Regions, garments
from sample_videos.studio.hair import Hair, HairStyle, Head, scalp
from sample_videos.studio.meshes import (
    Material,
    Mesh,
    cut,
    incidence,
    smooth_noise,
    vertex_normals,
)
from sample_videos.studio.posing import blend
from sample_videos.studio.tape import Tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body
    from sample_videos.studio.posing import Posed

COVER_INSET = 0.07
LIPS_HALF_M = 0.022
SKIN_MATERIAL = Material(specular=0.10, gloss=14.0, soft=0.35)
EYE_MATERIAL = Material(specular=0.5, gloss=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person looks.

    Attributes
    ----------
    outfit
        Clothes.
    hair_style, hair_colour, skin_colour
        Hair, and linear RGB of hair and skin.
    taped
        Whether strips of bright tape lie over T12-L1 and over the sacrum.
    """

    outfit: Outfit = field(default_factory=Outfit)
    hair_style: HairStyle = "short"
    hair_colour: tuple[float, float, float] = (0.05, 0.035, 0.025)
    skin_colour: tuple[float, float, float] = (0.50, 0.30, 0.20)
    taped: bool = False


class Actor:
    """One dressed person.

    Parameters
    ----------
    body
        The person.
    look
        Clothes, hair and colours.
    fine
        Draw finer clothes.
    seed
        Seed of creases and uneven colour.
    """

    def __init__(self, body: Body, look: Look, *, fine: bool, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.body = body
        self._garments = garments(body, look.outfit, fine=fine, rng=rng)
        self._hair = Hair(body, look.hair_style, look.hair_colour, rng)
        colours = _complexion(body, look, rng)
        shown = ~self._covered(look)
        self._skin = _Shell(body, "skin", shown, colours, SKIN_MATERIAL)
        whole = np.ones(len(body.vertices), bool)
        self._naked = _Shell(body, "skin", whole, colours, SKIN_MATERIAL)
        self._eyes = _Shell(body, "eyes", whole, _eye_colours(body), EYE_MATERIAL, key="eyes")
        self._tape = Tape(body) if look.taped else None
        if self._tape is not None:
            self._tape.bind([self._skin.rest, *(garment.vertices for garment in self._garments)])

    def meshes(self, posed: Posed) -> list[Mesh]:
        """Everything that is seen of the person in a pose."""
        clothes = [garment.posed(posed) for garment in self._garments]
        skin = self._skin.posed(posed)
        meshes = [skin, self._eyes.posed(posed), *clothes, *self._hair.posed(posed)]
        if self._tape is not None:
            meshes.extend(self._tape.posed([skin, *clothes]))
        return meshes

    def naked(self, posed: Posed) -> Mesh:
        """Body alone, whole, as no picture shows it: for the ceiling of any outline."""
        return self._naked.posed(posed)

    def _covered(self, look: Look) -> NDArray[np.bool_]:
        """Skin far enough under clothes or hair never to be seen."""
        regions = Regions.of(self.body, self.body.vertices, self.body.weights)
        outfit = look.outfit
        covered = regions.top(outfit.top, is_female=self.body.is_female, inset=COVER_INSET)
        covered |= regions.bottom(outfit.bottom, inset=COVER_INSET)
        covered |= regions.shoes(inset=COVER_INSET)
        return covered | scalp(self.body, margin_m=0.02)


class _Shell:
    """A part of the body's own mesh."""

    def __init__(
        self,
        body: Body,
        part: str,
        shown: NDArray[np.bool_],
        colours: NDArray[np.float64],
        material: Material,
        *,
        key: str = "body",
    ) -> None:
        self._part, self._material = part, material
        used, self._triangles = cut(body.triangles[key], shown, generous=True)
        self.rest, self._weights = body.vertices[used], body.weights[used]
        self._faces_at = incidence(len(used), self._triangles)
        self._colours = colours[used]

    def posed(self, posed: Posed) -> Mesh:
        vertices = blend(self.rest, self._weights, posed)
        return Mesh(
            part=self._part,
            vertices=vertices,
            normals=vertex_normals(vertices, self._triangles, self._faces_at),
            triangles=self._triangles,
            colours=self._colours,
            material=self._material,
        )


def _complexion(body: Body, look: Look, rng: np.random.Generator) -> NDArray[np.float64]:
    """Colour of the skin with brows and lips."""
    vertices = body.vertices
    head = Head.of(body)
    colours = np.array(look.skin_colour) * (1.0 + 0.05 * smooth_noise(vertices, 0.3, rng))[:, None]
    under_hair = scalp(body, margin_m=-0.007)
    colours[under_hair] = 0.15 * colours[under_hair] + 0.85 * np.array(look.hair_colour)
    back, beside = head.backness(vertices), np.abs(vertices[:, 0])
    over_eyes = vertices[:, 2] - head.eye_z
    brows = _within(over_eyes, (0.017, 0.027)) & _within(back, (-1.0, 0.12))
    brows &= _within(beside, (0.012, 0.05))
    colours[brows] = 0.4 * colours[brows] + 0.6 * np.array(look.hair_colour)
    lips = _within(over_eyes, (-0.080, -0.064)) & _within(back, (-1.0, -0.02))
    lips &= beside < LIPS_HALF_M
    colours[lips] *= (0.9, 0.65, 0.65)
    return np.clip(colours, 0.0, 1.0)


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    """Tell which values lie between two limits."""
    return (values > limits[0]) & (values < limits[1])


def _eye_colours(body: Body) -> NDArray[np.float64]:
    """White eyeballs with a dark iris in front."""
    colours = np.full((len(body.vertices), 3), (0.70, 0.70, 0.68))
    used = np.unique(body.triangles["eyes"])
    for sign in (1.0, -1.0):
        one = used[sign * body.vertices[used, 0] > 0.0]
        centre = body.vertices[one].mean(axis=0)
        offset = body.vertices[one] - centre
        radius = np.linalg.norm(offset, axis=1).max()
        colours[one[-offset[:, 1] > 0.80 * radius]] = (0.06, 0.04, 0.03)
    return colours
