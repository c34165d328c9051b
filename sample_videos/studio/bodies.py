"""Parametric bodies: rest mesh, skeleton and skin weights of one person.

The bank of bodies is the file that :mod:`sample_videos.studio.baking` writes. Each body gets a
lumbar spine of five joints, which the baked skeleton does not have. Its assumptions, all about
an adult and all varied from person to person by :class:`SpineShape`:

* Joint heights, as fractions of the way from hip centre to shoulder centre: L5/S1 at 0.215
  (Dumas, Chèze & Verriest 2007 put it 94 mm above the hip axis for a man of 1.77 m and 107 mm
  for a woman of 1.61 m, which is 0.20 and 0.25 here), then one vertebra and disc every 0.078
  (about 36 mm at 1.77 m), so that T12/L1 lies at 0.60.
* Joint centres lie 7.5 cm under the skin of the back at a stature of 1.75 m: disc, canal,
  spinous process and soft tissue.
* Flexion is shared over L5/S1 … L1/L2 as in the ranges of motion of Pearcy, Portek & Shepherd
  1984 (9, 13, 12, 10 and 8 degrees).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from sample_videos.studio.rotations import about, unit
from vision.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BANK_PATH = Path(__file__).parent / "data" / "bodies.npz"
MID_GENDER = 0.5
LEAST_WEIGHT = 0.004
MIDLINE_M, SLICE_M = 0.012, 0.03

LUMBAR = ("L5", "L4", "L3", "L2", "L1")
"""Vertebrae; the bone of that name turns about the joint below it (L5 about L5/S1)."""

SPINE = ("pelvis", *LUMBAR, "T12", "T6")
LUMBAR_HEIGHTS = (0.215, 0.293, 0.371, 0.448, 0.525)
T12_HEIGHT = 0.60
T6_HEIGHT = 0.80
JOINT_DEPTH_M = 0.075
REFERENCE_STATURE_M = 1.75
PEARCY_RANGES_DEG = (9.0, 13.0, 12.0, 10.0, 8.0)
BLEND_HALF_WIDTH = (0.090, 0.090, 0.085, 0.085, 0.085, 0.13, 0.16)
"""Half width of the zone where skin passes from one spine bone to the next (hip-shoulder = 1)."""

HAND_CURLS_DEG: Mapping[str, tuple[float, float, float]] = {
    "relaxed": (18.0, 28.0, 18.0),
    "grip": (62.0, 82.0, 45.0),
    "flat": (4.0, 4.0, 2.0),
}
SKIN_POINTS = ("T12", "L1", "L3", "L5", "S1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpineShape:
    """How one person's spine differs from the average, and how it stands.

    Attributes
    ----------
    lumbar_deg, pelvis_deg, thoracic_deg
        Own standing posture, as a change from the baked mesh; flexion and anterior tilt
        positive. All reported flexion is relative to this posture.
    height_shift
        Added to the heights of all lumbar joints (hip-shoulder = 1).
    depth_scale
        Scale of the depth of the joints under the skin.
    shares
        Share of lumbar flexion of L5/S1, L4/5, L3/4, L2/3 and L1/2; sums to 1.
    """

    lumbar_deg: float = 0.0
    pelvis_deg: float = 0.0
    thoracic_deg: float = 0.0
    height_shift: float = 0.0
    depth_scale: float = 1.0
    shares: tuple[float, float, float, float, float] = (0.173, 0.25, 0.231, 0.192, 0.154)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodySpec:
    """One person.

    Attributes
    ----------
    bank_index
        Number of the body in the bank.
    scale
        Uniform scale of the body (0.95 to 1.05 keeps adults plausible).
    spine
        Posture and spine of this person.
    """

    bank_index: int = 0
    scale: float = 1.0
    spine: SpineShape = field(default_factory=SpineShape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """One person in the rest pose of the mesh.

    Attributes
    ----------
    vertices
        (n, 3) metres, floor at z = 0.
    bones, parents, heads
        Names, parent numbers (-1 for the root) and joint centres (b, 3) in metres.
    weights
        (n, b) sparse skin weights; rows sum to one.
    triangles
        Triangles of ``"body"``, ``"tights"`` (the closed suit that clothes are cut from) and
        ``"eyes"``.
    hand_axes
        Per side (``"L"``, ``"R"``): where the fingers point, and where the palm faces.
    spine
        Posture and spine of this person.
    stature_m
        Height of the rest mesh.
    traits
        The values the body was made from.
    """

    vertices: NDArray[np.float64]
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    heads: NDArray[np.float64]
    weights: sparse.csr_matrix
    triangles: Mapping[str, NDArray[np.int32]]
    hand_axes: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    spine: SpineShape
    stature_m: float
    traits: Mapping[str, float]

    def head(self, bone: str) -> NDArray[np.float64]:
        """Joint centre of a bone in the rest pose, metres."""
        joint: NDArray[np.float64] = self.heads[self.bones.index(bone)]
        return joint

    @property
    def trunk_length_m(self) -> float:
        """Height from hip centre to shoulder centre in the rest pose."""
        return float(self.head("upper_arm_L")[2] - self.head("pelvis")[2])

    @property
    def is_female(self) -> bool:
        """Whether the body was made from a value nearer to female."""
        return self.traits["gender"] > MID_GENDER


class BodyBank:
    """The baked bodies.

    Parameters
    ----------
    path
        File written by :func:`sample_videos.studio.baking.bake_bodies`.

    Raises
    ------
    InputError
        When there is no such file.
    """

    def __init__(self, path: Path = BANK_PATH) -> None:
        if not path.is_file():
            message = f"expected the baked bodies at {path}; make them with `hingewise-studio bake`"
            raise InputError(message)
        with np.load(path) as stored:
            self._data: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
        high = self._data["components_high"].astype(np.int16)
        self._components = (high << 8 | self._data["components_low"]) * float(self._data["step_m"])
        self._mean = self._data["mean"] * float(self._data["step_m"])
        self._half = np.cumsum(self._data["half"].astype(np.int64))
        self._mirror = np.cumsum(self._data["mirror"].astype(np.int64))
        self._triangles = {
            key: _triangulate(np.cumsum(self._data[f"quads_{key}"].astype(np.int64)).reshape(-1, 4))
            for key in ("body", "tights", "eyes")
        }

    def __len__(self) -> int:
        """Count the bodies."""
        return len(self._data["scores"])

    def traits(self, index: int) -> dict[str, float]:
        """Values that a body of the bank was made from, by name."""
        self._check(index)
        names = [str(name) for name in self._data["trait_names"]]
        return dict(zip(names, map(float, self._data["trait_values"][index]), strict=True))

    def stature_m(self, index: int) -> float:
        """Height of a body of the bank at scale 1, without building it."""
        self._check(index)
        row = self._mean + self._data["scores"][index] @ self._components
        return float(row.reshape(-1, 3)[: len(self._half), 2].max())

    def is_female(self, index: int) -> bool:
        """Whether a body was made from a value nearer to female."""
        return self.traits(index)["gender"] > MID_GENDER

    def body(self, spec: BodySpec, *, hands: str = "relaxed") -> Body:
        """Build one person.

        Parameters
        ----------
        spec
            Which body and which spine.
        hands
            One of ``HAND_CURLS_DEG``.

        Returns
        -------
        Body
            The person in the rest pose.

        Raises
        ------
        InputError
            When the bank has no body of that number.
        """
        self._check(spec.bank_index)
        row = self._mean + self._data["scores"][spec.bank_index] @ self._components
        half = row.reshape(-1, 3) * spec.scale
        vertices = self._unfold(half[: len(self._half)])
        names = [str(name) for name in self._data["bone_names"]]
        heads = self._bone_heads(names, half[len(self._half) :])
        weights = self._dense_weights(names)
        vertices = _curl_fingers(vertices, names, heads, weights, HAND_CURLS_DEG[hands])
        return _with_spine(
            vertices,
            _drop_fingers(names, heads, self._data["bone_parents"], weights),
            triangles=self._triangles,
            hand_axes={side: _hand_axes(heads, side) for side in ("L", "R")},
            spec=spec,
            traits=self.traits(spec.bank_index),
        )

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            message = f"expected a body number from 0 to {len(self) - 1}, got {index}"
            raise InputError(message)

    def _unfold(self, half: NDArray[np.float64]) -> NDArray[np.float64]:
        """Both halves of the mesh from the left one."""
        mirrored = self._mirror < 0
        rows = np.where(mirrored, -1 - self._mirror, self._mirror)
        vertices: NDArray[np.float64] = half[rows].copy()
        vertices[mirrored, 0] *= -1.0
        return vertices

    def _bone_heads(
        self, names: list[str], kept: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        heads = {
            names[i]: kept[row].copy() for row, i in enumerate(self._data["kept_bones"].tolist())
        }
        for name in names:
            if name.endswith("_R"):
                heads[name] = heads[f"{name[:-2]}_L"] * [-1.0, 1.0, 1.0]
        return heads

    def _dense_weights(self, names: list[str]) -> NDArray[np.float64]:
        bones, values = self._data["weight_bones"].T, self._data["weight_values"].T / 255.0
        half = np.zeros((len(bones), len(names)))
        np.add.at(half, (np.arange(len(bones))[:, None], bones), values)
        swap = [
            names.index(f"{n[:-2]}_{'R' if n.endswith('_L') else 'L'}") if n[-2:-1] == "_" else i
            for i, n in enumerate(names)
        ]
        mirrored = self._mirror < 0
        rows = np.where(mirrored, -1 - self._mirror, self._mirror)
        full = np.where(mirrored[:, None], half[rows][:, swap], half[rows])
        normalised: NDArray[np.float64] = full / full.sum(axis=1, keepdims=True)
        return normalised


@lru_cache(maxsize=1)
def default_bank() -> BodyBank:
    """Load the bank that ships with the studio, once."""
    return BodyBank()


def _triangulate(quads: NDArray[np.int64]) -> NDArray[np.int32]:
    triangles = np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    whole = (
        (triangles[:, 0] != triangles[:, 1])
        & (triangles[:, 1] != triangles[:, 2])
        & (triangles[:, 0] != triangles[:, 2])
    )
    kept: NDArray[np.int32] = triangles[whole].astype(np.int32)
    return kept


def _curl_fingers(
    vertices: NDArray[np.float64],
    names: list[str],
    heads: Mapping[str, NDArray[np.float64]],
    weights: NDArray[np.float64],
    curl_deg: tuple[float, float, float],
) -> NDArray[np.float64]:
    """Rest mesh with the fingers bent by the same three angles; the thumb bends half as far."""
    curled = vertices.copy()
    for side in ("L", "R"):
        across = heads[f"finger5_1_{side}"] - heads[f"finger2_1_{side}"]
        axis = unit(across) * (1.0 if side == "L" else -1.0)
        for finger in range(1, 6):
            turn, shift = np.eye(3), np.zeros(3)
            for phalanx, angle_deg in enumerate(curl_deg, start=1):
                bone = f"finger{finger}_{phalanx}_{side}"
                joint = turn @ heads[bone] + shift
                step = about(axis, angle_deg * (0.45 if finger == 1 else 1.0))
                turn, shift = step @ turn, step @ (shift - joint) + joint
                share = weights[:, names.index(bone), None]
                curled += share * (vertices @ turn.T + shift - vertices)
    return curled


def _hand_axes(
    heads: Mapping[str, NDArray[np.float64]], side: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direction of the fingers and of the palm in the rest pose."""
    fingers = unit(heads[f"finger3_1_{side}"] - heads[f"hand_{side}"])
    across = heads[f"finger5_1_{side}"] - heads[f"finger2_1_{side}"]
    palm = unit(np.cross(across, fingers)) * (1.0 if side == "L" else -1.0)
    return fingers, palm


def _drop_fingers(
    names: list[str],
    heads: Mapping[str, NDArray[np.float64]],
    parents: NDArray[np.int16],
    weights: NDArray[np.float64],
) -> tuple[list[str], NDArray[np.float64], list[str], NDArray[np.float64]]:
    """Merge the finger bones into the hands; parents are returned by name."""
    kept = [i for i, name in enumerate(names) if not name.startswith("finger")]
    merged = weights.copy()
    for i, name in enumerate(names):
        if name.startswith("finger"):
            merged[:, names.index(f"hand_{name[-1]}")] += weights[:, i]
    parent_names = [names[parents[i]] if parents[i] >= 0 else "" for i in kept]
    kept_names = [names[i] for i in kept]
    return kept_names, np.array([heads[n] for n in kept_names]), parent_names, merged[:, kept]


_Rig = tuple[list[str], "NDArray[np.float64]", list[str], "NDArray[np.float64]"]


def _with_spine(
    vertices: NDArray[np.float64],
    rig: _Rig,
    *,
    triangles: Mapping[str, NDArray[np.int32]],
    hand_axes: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    spec: BodySpec,
    traits: Mapping[str, float],
) -> Body:
    """Replace the bone ``trunk`` by pelvis, L5 … L1, T12 and T6."""
    names, heads, parents, weights = rig
    others = [n for n in names if n not in ("trunk", "pelvis")]
    spine_heads = _spine_heads(vertices, names, heads, spec.spine)
    split = _spine_weights(vertices, spine_heads) * weights[:, [names.index("trunk")]]
    split[:, 0] += weights[:, names.index("pelvis")]
    order = [names.index(n) for n in others]
    bones = (*SPINE, *others)
    rename = {"trunk": "T6", "pelvis": "pelvis"}
    parent_of = {n: rename.get(p, p) for n, p in zip(names, parents, strict=True)}
    numbers = [-1, *range(len(SPINE) - 1)] + [bones.index(parent_of[n]) for n in others]
    merged = np.hstack([split, weights[:, order]])
    merged[merged < LEAST_WEIGHT] = 0.0
    merged /= merged.sum(axis=1, keepdims=True)
    skin = vertices[np.unique(triangles["body"])]
    return Body(
        vertices=vertices,
        bones=bones,
        parents=tuple(numbers),
        heads=np.vstack([spine_heads, heads[order]]),
        weights=sparse.csr_matrix(merged),
        triangles=triangles,
        hand_axes=hand_axes,
        spine=spec.spine,
        stature_m=float(np.ptp(skin[:, 2])),
        traits=traits,
    )


def _spine_heads(
    vertices: NDArray[np.float64],
    names: list[str],
    heads: NDArray[np.float64],
    spine: SpineShape,
) -> NDArray[np.float64]:
    """Hip centre and the joints L5/S1 … L1/L2, T12/L1 and T6/7, metres."""
    thighs = heads[[names.index("thigh_L"), names.index("thigh_R")]].mean(axis=0)
    shoulders = heads[[names.index("upper_arm_L"), names.index("upper_arm_R")]].mean(axis=0)
    length = shoulders[2] - thighs[2]
    fractions = np.array([*LUMBAR_HEIGHTS, T12_HEIGHT]) + spine.height_shift
    z = thighs[2] + length * np.append(fractions, T6_HEIGHT)
    stature = np.ptp(vertices[:, 2])
    depth = JOINT_DEPTH_M * spine.depth_scale * stature / REFERENCE_STATURE_M
    y = back_of_midline(vertices, z) - depth
    return np.vstack([thighs, np.column_stack([np.zeros(len(z)), y, z])])


def back_of_midline(vertices: NDArray[np.float64], z_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fore-aft place of the skin of the back in the middle, at given heights.

    Parameters
    ----------
    vertices
        (n, 3) rest mesh in metres.
    z_m
        Heights in metres.

    Returns
    -------
    ndarray
        y in metres at each height.
    """
    near = vertices[np.abs(vertices[:, 0]) < MIDLINE_M]
    found = [near[np.abs(near[:, 2] - z) < SLICE_M][:, 1].max() for z in z_m]
    return np.array(found)


def _spine_weights(
    vertices: NDArray[np.float64], spine_heads: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of each spine bone in the trunk skin, by height: (n, 8), rows sum to one."""
    z = vertices[:, 2]
    joints = spine_heads[1:, 2]
    scale = (joints[-1] - spine_heads[0, 2]) / T6_HEIGHT
    half = np.array(BLEND_HALF_WIDTH) * scale
    ramp = np.clip((z[:, None] - joints + half) / (2 * half), 0.0, 1.0)
    above = np.minimum.accumulate(ramp * ramp * (3.0 - 2.0 * ramp), axis=1)
    edges = np.column_stack([np.ones(len(z)), above, np.zeros(len(z))])
    shares: NDArray[np.float64] = edges[:, :-1] - edges[:, 1:]
    return shares
