"""Cross-validated networks, their stretch, and the weights that are shipped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.lumbar.estimator import FORMAT, UNIT_DEG
from models.lumbar.training.error_model import SE_KNOTS_DEG, Told, doubts_of
from models.lumbar.training.network import Recipe, predict, standardised, train
from vision.framing import MAX_YAW_DEG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.training.dataset import Rows
    from models.lumbar.training.error_model import ErrorModel
    from models.lumbar.training.network import Layers

    Floats = NDArray[np.float64]

FOLDS: Final = 5
NETWORKS_PER_FOLD: Final = 2

WEIGHT_BINS_DEG: Final = (-5, 0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55)
"""Rows are weighted so that every bin of true flexion counts alike."""

MIN_BIN: Final = 20
"""Emptier bins are not weighted further."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensemble:
    """Networks that share one standardisation.

    Attributes
    ----------
    centre, scale
        ``(features,)``.
    networks
        Their layers.
    """

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    networks: tuple[Layers, ...]

    def without(self, fold: int) -> Ensemble:
        """Take the networks that were trained without one fold of the bodies."""
        start = NETWORKS_PER_FOLD * fold
        return replace(self, networks=self.networks[start : start + NETWORKS_PER_FOLD])

    def predict(self, features: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Mean flexion and spread, as the shipped estimator forms them."""
        values = standardised(features, self.centre, self.scale)
        told = [predict(layers, values) for layers in self.networks]
        mean = np.array([flexion for flexion, _ in told])
        own = np.array([spread for _, spread in told])
        apart = mean.reshape(-1, NETWORKS_PER_FOLD, len(values)).var(axis=1)
        spread = np.sqrt((own**2).mean(axis=0) + apart.mean(axis=0))
        return mean.mean(axis=0), spread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """What was said of people that were not trained on.

    Attributes
    ----------
    flexion_deg, spread_deg
        ``(n,)`` for each row of the data.
    """

    flexion_deg: Floats
    spread_deg: Floats


def fold_of(body: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fold of each body; neighbours in the bank come into different folds."""
    mixed: NDArray[np.int64] = (body * 2_654_435_761 % 1_000_003) % FOLDS
    return mixed


def balanced(flexion_deg: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights that make the data flat in true flexion; their mean is 1."""
    bins = np.digitize(flexion_deg, WEIGHT_BINS_DEG)
    count = np.bincount(bins, minlength=len(WEIGHT_BINS_DEG) + 1)
    weight = 1.0 / np.maximum(count[bins], MIN_BIN)
    flat: NDArray[np.float32] = (weight / weight.mean()).astype(np.float32)
    return flat


def cross_validate(
    rows: Rows, recipe: Recipe, seed: int, *, on_network: Callable[[], None] | None = None
) -> tuple[Ensemble, HeldOut]:
    """Train networks without each fold of bodies in turn.

    Returns
    -------
    tuple
        All networks together, and what each fold was told by those that had not seen it.
    """
    fold = fold_of(rows.body)
    centre = rows.features.mean(axis=0)
    scale = rows.features.std(axis=0) + np.float32(1e-3)
    values = standardised(rows.features, centre, scale)
    flexion, spread = np.full((2, len(fold)), np.nan)
    networks: list[Layers] = []
    for number in range(FOLDS):
        kept = fold != number
        weight = balanced(rows.flexion_deg[kept])
        trained = []
        for repeat in range(NETWORKS_PER_FOLD):
            start = seed + NETWORKS_PER_FOLD * number + repeat
            trained.append(train(values[kept], rows.flexion_deg[kept], weight, recipe, start))
            if on_network is not None:
                on_network()
        part = Ensemble(centre=centre, scale=scale, networks=tuple(trained))
        flexion[~kept], spread[~kept] = part.predict(rows.features[~kept])
        networks += trained
    whole = Ensemble(centre=centre, scale=scale, networks=tuple(networks))
    return whole, HeldOut(flexion_deg=flexion, spread_deg=spread)


def bottoms(rows: Rows, held_out: HeldOut) -> Told:
    """Tell what was said of each clip at the bottom of its rep.

    Of the clips that the product would judge: those within `MAX_YAW_DEG` of a side view.
    """
    doubts = doubts_of(rows.features)
    told = []
    for clip in np.unique(rows.clip):
        at = (rows.clip == clip) & rows.at_bottom
        if at.any() and abs(rows.about[clip]["yaw_deg"]) <= MAX_YAW_DEG:
            flexion = np.median(held_out.flexion_deg[at])
            spread = np.median(held_out.spread_deg[at])
            told.append([rows.flexion_deg[at].mean(), flexion, spread, *doubts[at].mean(axis=0)])
    table = np.array(told, np.float64)
    return Told(
        true_deg=table[:, 0], told_deg=table[:, 1], spread_deg=table[:, 2], doubts=table[:, 3:]
    )


def stretch(told: Told) -> tuple[float, float]:
    """Gain and offset that give what was told the spread and the mean of the truth.

    A regression shrinks towards the middle: flat backs are told too round and round ones too
    flat. The reduced major axis undoes that without more error than it saves (Smith 2009,
    doi:10.1002/ajpa.21090).
    """
    gain = float(told.true_deg.std() / told.told_deg.std())
    return gain, float(told.true_deg.mean() - gain * told.told_deg.mean())


def stretched(ensemble: Ensemble, gain: float, offset_deg: float) -> Ensemble:
    """Fold a gain and an offset into the last layer of every network."""
    networks = []
    for *hidden, (weight, bias) in ensemble.networks:
        wider, moved = weight.copy(), bias.copy()
        wider[:, 0] *= gain
        moved[0] = gain * moved[0] + offset_deg / UNIT_DEG
        moved[1] += np.log(gain)
        networks.append([*hidden, (wider, moved)])
    return replace(ensemble, networks=tuple(networks))


def write_weights(path: Path, ensemble: Ensemble, errors: ErrorModel) -> None:
    """Write what the estimator reads; the same ensemble always gives the same bytes."""
    stacked: dict[str, Any] = {}
    for number, layer in enumerate(zip(*ensemble.networks, strict=True)):
        weights, biases = zip(*layer, strict=True)
        stacked[f"weight_{number}"] = np.stack(weights).astype(np.float16)
        stacked[f"bias_{number}"] = np.stack(biases)[:, None].astype(np.float16)
    factors, slopes = errors.over_features(ensemble.centre, ensemble.scale)
    np.savez(
        path,
        format=np.array(FORMAT),
        layers=np.array(len(ensemble.networks[0])),
        group=np.array(NETWORKS_PER_FOLD),
        centre=ensemble.centre,
        scale=ensemble.scale,
        se_knots_deg=np.array(SE_KNOTS_DEG),
        se_factors=factors,
        se_power=np.array(errors.power),
        se_slopes=slopes,
        **stacked,
    )
