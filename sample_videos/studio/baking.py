"""Bake parametric bodies into one small file, so that rendering needs neither torch nor ``anny``.

The bodies are those of the MakeHuman project (CC0), as parametrised by the ``anny`` package
(code Apache-2.0) on its ``makehuman-full`` topology. Its ``smplx`` topology carries a
non-commercial licence and is never used. What is stored:

* a linear model (mean and principal components) of the left half of the rest mesh and of the
  bone heads; bodies are mirror images of themselves, so the right half is not stored;
* a bank of sampled adults: their component scores and the traits they were made from;
* skin weights, faces and the vertex groups that clothing and hair are cut from.

The file is a function of ``seed`` and of the ``anny`` version alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

LOCAL_TRAITS = (
    "buttocks-volume-incr",
    "stomach-tone-incr",
    "stomach-pregnant-incr",
    "torso-scale-depth-incr",
    "torso-scale-vert-incr",
    "torso-muscle-dorsi-incr",
    "torso-vshape-incr",
    "hip-scale-depth-incr",
    "hip-waist-up",
    "measure-waist-circ-incr",
    "measure-hips-circ-incr",
    "upperlegs-height-incr",
    "lowerlegs-height-incr",
)
"""Shape changes of ``anny`` that vary the outline of back, belly, buttocks and limbs."""

TRUNK_BONES = ("root", "spine05", "spine04", "spine03", "spine02", "spine01")
PELVIS_BONES = ("pelvis.L", "pelvis.R")
BODY_VERTICES = 13_380
FEMALE_SHARE = 0.5
KNEE_SECTION_M, KNEE_WIDTH_M = 0.02, 0.09
KNEE_DEPTH_FRACTION = 0.60
"""Where the knee's flexion axis lies between the front and the back of the knee (0 = front).

The axis through the femoral condyles lies behind the middle of the joint. The mesh's own knee
joint sits in front of it, which would make a straight leg read as flexed by about ten degrees.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeOptions:
    """How large the bank of bodies is and how finely it is stored.

    Attributes
    ----------
    n_bodies
        Bodies in the bank.
    n_held_out
        Further bodies that only measure the error of the stored model.
    n_components
        Principal components that are kept.
    step_m
        Quantisation step of mean and components, in metres.
    seed
        Seed of the sampled traits.
    """

    n_bodies: int = 320
    n_held_out: int = 40
    n_components: int = 40
    step_m: float = 0.0001
    seed: int = 20_261


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeReport:
    """What was stored and how true it is.

    Attributes
    ----------
    path
        The file written.
    size_bytes
        Its size.
    mean_error_mm, p99_error_mm
        Distance between held-out bodies and their reconstruction from the stored numbers.
    """

    path: Path
    size_bytes: int
    mean_error_mm: float
    p99_error_mm: float


def sample_traits(rng: np.random.Generator) -> dict[str, float]:
    """Draw the traits of one adult.

    Parameters
    ----------
    rng
        Source of randomness.

    Returns
    -------
    dict
        ``anny`` phenotype values (0 to 1) and local shape changes (-1 to 1), by name.
    """
    female = rng.random() < FEMALE_SHARE
    ancestry = rng.dirichlet([0.6, 0.6, 0.6])
    traits = {
        "gender": rng.uniform(0.85, 1.0) if female else rng.uniform(0.0, 0.15),
        "age": rng.uniform(0.64, 0.94),
        "muscle": rng.uniform(0.3, 0.8),
        "weight": float(np.clip(rng.normal(0.52, 0.14), 0.25, 0.9)),
        "height": rng.uniform(0.38, 0.56) if female else rng.uniform(0.26, 0.46),
        "proportions": rng.uniform(0.3, 0.85),
        "cupsize": rng.uniform(0.2, 0.7),
        "firmness": rng.uniform(0.3, 0.8),
        "african": ancestry[0],
        "asian": ancestry[1],
        "caucasian": ancestry[2],
    }
    for name in LOCAL_TRAITS:
        traits[name] = float(np.clip(rng.normal(0.0, 0.3), -0.8, 0.8))
    traits["stomach-pregnant-incr"] = float(max(0.0, rng.normal(-0.1, 0.25)))
    return {name: float(value) for name, value in traits.items()}


def bake_bodies(
    path: Path,
    options: BakeOptions | None = None,
    *,
    on_body: Callable[[int, int], None] | None = None,
) -> BakeReport:
    """Sample adults with ``anny`` and write the body file.

    Parameters
    ----------
    path
        The ``.npz`` file to write.
    options
        Size and precision; the defaults made the shipped file.
    on_body
        Called with (bodies done, bodies in all) after each body.

    Returns
    -------
    BakeReport
        Size and error of what was written.

    Raises
    ------
    ImportError
        When ``torch`` or ``anny`` is not installed.
    """
    chosen = options or BakeOptions()
    source = _BodySource()
    rng = np.random.default_rng(chosen.seed)
    total = chosen.n_bodies + chosen.n_held_out
    traits, rows = [], []
    for index in range(total):
        traits.append(sample_traits(rng))
        rows.append(source.shape(traits[-1]))
        if on_body is not None:
            on_body(index + 1, total)
    arrays, errors_mm = _linear_model(np.stack(rows), chosen)
    arrays |= source.topology()
    arrays |= _trait_table(traits[: chosen.n_bodies])
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return BakeReport(
        path=path,
        size_bytes=path.stat().st_size,
        mean_error_mm=float(errors_mm.mean()),
        p99_error_mm=float(np.percentile(errors_mm, 99)),
    )


def _linear_model(
    rows: NDArray[np.float64], options: BakeOptions
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """Principal components of the bodies, quantised, and their error on held-out bodies."""
    train, held_out = rows[: options.n_bodies], rows[options.n_bodies :]
    mean = train.mean(axis=0)
    _, singular, directions = np.linalg.svd(train - mean, full_matrices=False)
    spread = singular[: options.n_components] / np.sqrt(len(train))
    components = directions[: options.n_components] * spread[:, None]
    step = options.step_m
    mean_q = np.round(mean / step).astype(np.int16)
    components_q = np.round(components / step).astype(np.int16)
    stored = components_q.astype(np.float64) * step
    solve = np.linalg.pinv(stored)
    scores = (train - mean) @ solve
    rebuilt = ((held_out - mean) @ solve) @ stored + mean_q * step
    errors_mm = np.linalg.norm((rebuilt - held_out).reshape(-1, 3), axis=1) * 1000
    arrays: dict[str, NDArray[Any]] = {
        "step_m": np.array(step),
        "mean": mean_q,
        "components_low": (components_q & 0xFF).astype(np.uint8),
        "components_high": (components_q >> 8).astype(np.int8),
        "scores": scores.astype(np.float32),
    }
    return arrays, errors_mm


def _trait_table(traits: list[dict[str, float]]) -> dict[str, NDArray[Any]]:
    """Names and values of the traits of the bank."""
    names = sorted(traits[0])
    values = np.array([[row[name] for name in names] for row in traits], np.float16)
    return {"trait_names": np.array(names), "trait_values": values}


class _BodySource:
    """``anny`` with its 104 bones reduced to the ones that the studio poses."""

    def __init__(self) -> None:
        import anny  # noqa: PLC0415  (an optional dependency of baking alone)
        import torch  # noqa: PLC0415

        self._torch = torch
        self._model = anny.Anny(
            topology="makehuman-full", local_changes="default", phenotypes="all"
        )
        self._folder = Path(anny.__file__).parent / "data" / "mpfb2"
        self._groups = _vertex_groups(self._folder)
        self._used = np.unique(
            np.concatenate(
                [self._groups[k] for k in ("body", "helper-tights", "helper-l-eye", "helper-r-eye")]
            )
        )
        labels = list(self._model.bone_labels)
        self._bone_of = {name: reduced_bone(name) for name in labels}
        self._labels = labels
        self._bones = tuple(dict.fromkeys(self._bone_of.values()))
        rest, _ = self._evaluate({})
        self._half, self._mirror = _mirror_map(rest[self._used])
        self._kept_bones = [b for b in self._bones if not b.endswith("_R")]

    def _evaluate(
        self, traits: Mapping[str, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        torch, model = self._torch, self._model
        values = dict.fromkeys(model.phenotype_labels, 0.5) | {
            k: v for k, v in traits.items() if k in model.phenotype_labels
        }
        local = {k: v for k, v in traits.items() if k not in values}

        def tensors(named: Mapping[str, float]) -> dict[str, Any]:
            return {k: torch.tensor([v], dtype=torch.float64) for k, v in named.items()}

        identity = torch.eye(4, dtype=torch.float64)[None, None].repeat(1, model.bone_count, 1, 1)
        out = model(
            pose_parameters=identity,
            phenotype_kwargs=tensors(values),
            local_changes_kwargs=tensors(local),
        )
        return (
            out["rest_vertices"][0].double().numpy(),
            out["rest_bone_heads"][0].double().numpy(),
        )

    def shape(self, traits: Mapping[str, float]) -> NDArray[np.float64]:
        """Left half of the vertices and the bone heads of one body, as one row, floor at 0."""
        vertices, heads = self._evaluate(traits)
        floor = vertices[:BODY_VERTICES, 2].min()
        reduced = self._reduced_heads(heads)
        for side in ("L", "R"):
            name = f"shank_{side}"
            reduced[name][1] = _knee_axis_y(vertices[:BODY_VERTICES], reduced[name])
        kept = np.array([reduced[name] for name in self._kept_bones])
        row = np.vstack([vertices[self._used][self._half], kept])
        row[:, 2] -= floor
        return row.ravel()

    def _reduced_heads(self, heads: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Head of each reduced bone: that of its first member; of the toes, the mean."""
        first: dict[str, NDArray[np.float64]] = {}
        for label, head in zip(self._labels, heads, strict=True):
            first.setdefault(self._bone_of[label], head.copy())
        for side in ("L", "R"):
            knuckles = [self._labels.index(f"toe{toe}-1.{side}") for toe in range(1, 6)]
            first[f"toes_{side}"] = heads[knuckles].mean(axis=0)
        return first

    def topology(self) -> dict[str, NDArray[Any]]:
        """Bones, weights, faces and groups, all over the used vertices."""
        to_used = np.full(int(self._used.max()) + 1, -1)
        to_used[self._used] = np.arange(len(self._used))
        faces = _quads_by_group(self._folder)
        arrays: dict[str, NDArray[Any]] = {
            "bone_names": np.array(self._bones),
            "bone_parents": self._parents(),
            "kept_bones": np.array([self._bones.index(b) for b in self._kept_bones], np.uint8),
            "half": np.diff(self._half, prepend=0).astype(np.int16),
            "mirror": np.diff(self._mirror, prepend=0).astype(np.int16),
        }
        for key, groups in {
            "body": ("body",),
            "tights": ("helper-tights",),
            "eyes": ("helper-l-eye", "helper-r-eye"),
        }.items():
            quads = to_used[np.vstack([faces[g] for g in groups])]
            arrays[f"quads_{key}"] = np.diff(quads.ravel(), prepend=0).astype(np.int16)
        return arrays | self._weights()

    def _weights(self) -> dict[str, NDArray[Any]]:
        """Strongest six weights of each vertex of the left half, as bytes."""
        indices = self._model.vertex_bone_indices.numpy()[self._used][self._half]
        values = self._model.vertex_bone_weights.double().numpy()[self._used][self._half]
        lookup = np.array([self._bones.index(self._bone_of[name]) for name in self._labels])
        dense = np.zeros((len(indices), len(self._bones)))
        np.add.at(dense, (np.arange(len(indices))[:, None], lookup[indices]), values)
        strongest = np.argsort(-dense, axis=1)[:, :6]
        kept = np.take_along_axis(dense, strongest, axis=1)
        kept /= kept.sum(axis=1, keepdims=True)
        return {
            "weight_bones": strongest.astype(np.uint8).T,
            "weight_values": np.round(kept * 255).astype(np.uint8).T,
        }

    def _parents(self) -> NDArray[np.int16]:
        parents = []
        by_label = dict(zip(self._labels, self._model.bone_parents, strict=True))
        for bone in self._bones:
            label = next(name for name in self._labels if self._bone_of[name] == bone)
            while label is not None and self._bone_of[label] == bone:
                index = by_label[label]
                label = self._labels[index] if index >= 0 else None
            parents.append(-1 if label is None else self._bones.index(self._bone_of[label]))
        return np.array(parents, np.int16)


_FIXED_NAMES = {
    "upperleg": "thigh",
    "lowerleg": "shank",
    "foot": "foot",
    "clavicle": "clavicle",
    "shoulder01": "clavicle",
    "upperarm": "upper_arm",
    "lowerarm01": "forearm",
    "lowerarm02": "forearm_twist",
    "wrist": "hand",
    "metacarpal": "hand",
    "toe": "toes",
}


def reduced_bone(label: str) -> str:
    """Name of the studio's bone that an ``anny`` bone is merged into.

    Parameters
    ----------
    label
        Name of one of the 104 bones of the ``anny`` model.

    Returns
    -------
    str
        Name of the studio's bone; sides are ``_L`` and ``_R``.
    """
    if label in TRUNK_BONES:
        return "trunk"
    if label in PELVIS_BONES:
        return "pelvis"
    if label.startswith("eye"):
        return "head"
    stem, _, side = label.partition(".")
    if not side:
        return stem
    for prefix, name in _FIXED_NAMES.items():
        if stem.startswith(prefix):
            return f"{name}_{side}"
    return f"{stem.replace('-', '_')}_{side}"


def _knee_axis_y(vertices: NDArray[np.float64], knee: NDArray[np.float64]) -> float:
    """Fore-aft place of the knee's flexion axis, from the section of the leg at knee height."""
    near = np.abs(vertices - knee)
    section = vertices[(near[:, 2] < KNEE_SECTION_M) & (near[:, 0] < KNEE_WIDTH_M)]
    front, back = section[:, 1].min(), section[:, 1].max()
    return float(front + KNEE_DEPTH_FRACTION * (back - front))


def _mirror_map(
    vertices: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which vertices to keep, and for every vertex the kept row that makes it.

    A vertex that is its kept row's mirror image is given as ``-1 - row``.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  (baking alone)

    _, twin = cKDTree(vertices).query(vertices * [-1.0, 1.0, 1.0])
    half = np.where(vertices[:, 0] > vertices[twin, 0] - 1e-7)[0]
    row_of = np.full(len(vertices), -1)
    row_of[half] = np.arange(len(half))
    mirror = np.where(row_of >= 0, row_of, -1 - row_of[twin])
    return half, mirror


def _vertex_groups(folder: Path) -> dict[str, NDArray[np.int64]]:
    raw = json.loads((folder / "mesh_metadata" / "basemesh_vertex_groups.json").read_text())
    return {
        name: np.concatenate([np.arange(first, last + 1) for first, last in spans])
        for name, spans in raw.items()
        if spans
    }


def _quads_by_group(folder: Path) -> dict[str, NDArray[np.int64]]:
    """Quads of each group of the base mesh; a triangle repeats its last vertex."""
    groups: dict[str, list[list[int]]] = {}
    current: list[list[int]] = []
    with (folder / "3dobjs" / "base.obj").open() as lines:
        for line in lines:
            word, *rest = line.split()
            if word == "g":
                current = groups.setdefault(rest[0], [])
            elif word == "f":
                corners = [int(item.split("/")[0]) - 1 for item in rest]
                current.append((corners + corners[-1:])[:4])
    return {name: np.array(quads) for name, quads in groups.items() if quads}
