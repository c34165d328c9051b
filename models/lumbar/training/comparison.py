"""Several ways to lumbar flexion on the same unseen people: baselines, the network, ceilings.

Every way is given the same: frames that truly show standing, and frames that truly show the
bottom of the rep. How the product fares, which finds both by itself, is measured apart
(:mod:`models.lumbar.training.trial`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.lumbar.closed_form import average_curve, estimate_flexion, measure_curve
from models.lumbar.features import BackViews, blind_description, describe, features
from models.lumbar.training.body_chain import chain_frames, fit_chain
from models.lumbar.training.dataset import AT_BOTTOM, TRUE_LANDMARKS, read_rows
from models.lumbar.training.fit import Ensemble, balanced
from models.lumbar.training.network import Recipe, standardised, train
from vision.framing import trunk_length_px

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.training.dataset import Rows
    from vision.pose import Pose
    from vision.recording import Recording

    Floats = NDArray[np.float64]
    Features = NDArray[np.float32]
    Reader = Callable[[Features], Floats]

RIDGE: Final = 20.0
"""Penalty of the linear way, in units of standardised features."""

CHAIN_STANDING: Final = 6
CHAIN_BOTTOM: Final = 8
CHAIN_MOVING: Final = 12
"""Most frames of each kind that a body chain is fitted to; its work grows with their square."""

NETWORKS: Final = 4
SEED: Final = 101


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnseenClip:
    """One test clip with the frames that truly show standing and the bottom.

    Attributes
    ----------
    poses, exact
        As recorded, and with outlines from the exact mask.
    truth
        The studio's truth.
    """

    poses: tuple[Pose, ...]
    exact: tuple[Pose, ...] | None
    truth: Mapping[str, Any]

    @property
    def faces_right(self) -> bool:
        """Where the person looks."""
        return bool(self.truth["facing"] == "right")

    def frames(self, *, standing: bool) -> list[int]:
        """Numbers of the frames of standing, or of the bottom of the rep."""
        told = self.truth["frames"][: len(self.poses)]
        return [
            number
            for number, frame in enumerate(told)
            if (frame["rep"] < 0 if standing else frame["depth"] >= AT_BOTTOM)
        ]

    @property
    def true_deg(self) -> float:
        """Mean true flexion at the bottom."""
        frames = self.truth["frames"]
        return float(
            np.mean([frames[number]["lumbar_flexion"] for number in self.frames(standing=False)])
        )


def unseen(recording: Recording, exact: Recording | None, truth: Mapping[str, Any]) -> UnseenClip:
    """Put the parts of a test clip together."""
    return UnseenClip(
        poses=recording.poses, exact=None if exact is None else exact.poses, truth=truth
    )


def compare(data: Path, clips: Iterable[UnseenClip]) -> dict[str, Floats]:
    """Let every way tell lumbar flexion at the bottom of every clip.

    Returns
    -------
    dict
        For each way ``(clips,)`` degrees; NaN where it told nothing. ``truth`` holds the truth.
    """
    clips = list(clips)
    rows = read_rows(data)
    landmarks = _landmark_columns()
    network = _network(rows, np.ones_like(landmarks))
    ways: dict[str, Callable[[UnseenClip], float]] = {
        "closed_form": _closed_form,
        "body_chain": _body_chain,
        "landmarks_only": _reading(_network(rows, landmarks)),
        "linear": _reading(_linear(rows)),
        "network": _reading(network),
        "exact_mask": _reading(network, exact=True),
        "true_landmarks": _reading(
            _network(read_rows(data, true_landmarks=True), np.ones_like(landmarks)),
            true_landmarks=True,
        ),
    }
    told = {name: np.array([way(clip) for clip in clips]) for name, way in ways.items()}
    told["truth"] = np.array([clip.true_deg for clip in clips])
    return told


def _landmark_columns() -> NDArray[np.bool_]:
    """Tell which features stay known when there is no outline."""
    blind = blind_description()
    known: NDArray[np.bool_] = np.isfinite(features(blind, blind)[0])
    return known


def _network(rows: Rows, columns: NDArray[np.bool_]) -> Reader:
    """Train a few networks on all training people; what they read is limited to some columns."""
    chosen = rows.features[:, columns]
    centre, scale = chosen.mean(axis=0), chosen.std(axis=0) + np.float32(1e-3)
    values = standardised(chosen, centre, scale)
    weight = balanced(rows.flexion_deg)
    networks = tuple(
        train(values, rows.flexion_deg, weight, Recipe(), SEED + number)
        for number in range(NETWORKS)
    )
    ensemble = Ensemble(centre=centre, scale=scale, networks=networks)
    return lambda told_by: ensemble.predict(told_by[:, columns])[0]


def _linear(rows: Rows) -> Reader:
    centre, scale = rows.features.mean(axis=0), rows.features.std(axis=0) + np.float32(1e-3)
    values = np.column_stack([standardised(rows.features, centre, scale), np.ones(len(rows.clip))])
    weight = balanced(rows.flexion_deg)[:, None]
    normal = values.T @ (weight * values) + RIDGE * np.eye(values.shape[1])
    solution = np.linalg.solve(normal, values.T @ (weight[:, 0] * rows.flexion_deg))

    def read(told_by: Features) -> Floats:
        values = standardised(told_by, centre, scale)
        return np.column_stack([values, np.ones(len(values))]) @ solution

    return read


def _reading(
    reader: Reader, *, exact: bool = False, true_landmarks: bool = False
) -> Callable[[UnseenClip], float]:
    def read(clip: UnseenClip) -> float:
        poses = clip.exact if exact else clip.poses
        if poses is None:
            return float("nan")
        if true_landmarks:
            poses = tuple(
                _with_truth(pose, frame)
                for pose, frame in zip(poses, clip.truth["frames"], strict=False)
            )
        views = BackViews.join([BackViews.of(one, faces_right=clip.faces_right) for one in poses])
        described = describe(views)
        standing = described[clip.frames(standing=True)]
        bottom = described[clip.frames(standing=False)]
        clear = np.asarray(np.isfinite(standing.depth).all(axis=1), np.bool_)
        if not clear.any():
            return float("nan")
        told_by = features(bottom, standing[clear].median()).astype(np.float32)
        told_by = told_by[np.isfinite(told_by).all(axis=1)]
        return float(np.median(reader(told_by))) if len(told_by) else float("nan")

    return read


def _with_truth(pose: Pose, frame: Mapping[str, Any]) -> Pose:
    """Put the true hips and shoulders in place of those that were found."""
    image_xy = pose.image_xy.copy()
    for landmark, joint in TRUE_LANDMARKS.items():
        image_xy[landmark] = frame["joints_px"][joint]
    return replace(pose, image_xy=image_xy)


def _closed_form(clip: UnseenClip) -> float:
    standing, bottom = clip.frames(standing=True), clip.frames(standing=False)
    trunk_px = float(np.nanmedian([trunk_length_px(clip.poses[number]) for number in standing]))

    def curves(numbers: list[int]) -> list[Any]:
        return [
            measure_curve(
                clip.poses[number], faces_right=clip.faces_right, standing_trunk_px=trunk_px
            )
            for number in numbers
        ]

    own = average_curve(curves(standing))
    told = [estimate_flexion(curve, own).flexion_deg for curve in curves(bottom)]
    known = [flexion for flexion in told if np.isfinite(flexion)]
    return float(np.median(known)) if 2 * len(known) >= len(told) else float("nan")


def _body_chain(clip: UnseenClip) -> float:
    standing, bottom = clip.frames(standing=True), clip.frames(standing=False)
    moving = sorted(set(range(len(clip.poses))) - set(standing) - set(bottom))
    chosen = sorted(
        _spread(standing, CHAIN_STANDING)
        + _spread(bottom, CHAIN_BOTTOM)
        + _spread(moving, CHAIN_MOVING)
    )
    poses = [clip.poses[number] for number in chosen]
    views = BackViews.join([BackViews.of(one, faces_right=clip.faces_right) for one in poses])
    described = describe(views)
    seen = np.asarray(np.isfinite(described.trunk_px), np.bool_)
    stands, low = np.isin(chosen, standing)[seen], np.isin(chosen, bottom)[seen]
    if not stands.any() or not low.any():
        return float("nan")
    frames = chain_frames(described[seen], stands, np.array([pose.t_s for pose in poses])[seen])
    told = fit_chain(frames).flexion_deg[low]
    known = told[np.isfinite(told)]
    return float(np.median(known)) if 2 * len(known) >= len(told) else float("nan")


def _spread(numbers: list[int], count: int) -> list[int]:
    """Take at most so many, evenly from first to last."""
    if len(numbers) <= count:
        return numbers
    return [numbers[at] for at in np.linspace(0, len(numbers) - 1, count).round().astype(int)]
