"""A small network and how it learns: numpy alone, the same result from the same seed.

Two hidden layers give flexion and the logarithm of its spread; the loss is the likelihood of a
normal distribution, weighted back by the spread so that hard frames are learnt too (β-NLL;
Seitzer et al. 2022, arXiv 2203.09168). Weights are decayed apart from the gradient (AdamW;
Loshchilov & Hutter 2019, arXiv 1711.05101).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import CLIP, LOG_SPREAD, UNIT_DEG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Layers = list[tuple[Array, Array]]

_FIRST: Final = 0.9
_SECOND: Final = 0.999
_EPSILON: Final = 1e-8
"""Memory of the first and second moment of AdamW, and what keeps it from dividing by nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is made.

    Attributes
    ----------
    hidden
        Sizes of the hidden layers.
    dropout
        Share of the hidden activities that is blanked in training.
    noise
        Standard deviation of what is added to the standardised features in training.
    epochs, batch, rate, decay
        Passes over the data, rows of a step, largest step size, decay of the weights.
    """

    hidden: tuple[int, ...] = (192, 96)
    dropout: float = 0.15
    noise: float = 0.05
    epochs: int = 40
    batch: int = 256
    rate: float = 2e-3
    decay: float = 3e-2


def standardised(features: Array, centre: Array, scale: Array) -> Array:
    """Features as the network reads them."""
    clipped: Array = np.clip((features - centre) / scale, -CLIP, CLIP).astype(np.float32)
    return clipped


def train(values: Array, flexion_deg: Array, weight: Array, recipe: Recipe, seed: int) -> Layers:
    """Train one network.

    Parameters
    ----------
    values
        ``(n, features)`` standardised.
    flexion_deg
        ``(n,)`` truth.
    weight
        ``(n,)`` what each row counts for.
    recipe
        How.
    seed
        Same seed and data, same network.
    """
    rng = np.random.default_rng(seed)
    layers = _fresh([values.shape[1], *recipe.hidden, 2], rng)
    optimiser = _AdamW(layers, recipe)
    target = (flexion_deg / UNIT_DEG).astype(np.float32)
    steps = recipe.epochs * -(-len(values) // recipe.batch)
    step = 0
    for _ in range(recipe.epochs):
        order = rng.permutation(len(values))
        for start in range(0, len(order), recipe.batch):
            rows = order[start : start + recipe.batch]
            noisy = values[rows] + recipe.noise * rng.standard_normal(
                (len(rows), values.shape[1]), dtype=np.float32
            )
            gradient = loss_gradient(
                layers, noisy, target[rows], weight[rows], dropout=recipe.dropout, rng=rng
            )
            optimiser.step(gradient, _one_cycle(step / steps))
            step += 1
    return layers


def predict(layers: Layers, values: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Flexion and its spread, degrees, as a single network tells them."""
    activity = values
    for weight, bias in layers[:-1]:
        activity = _silu(activity @ weight + bias)
    out = (activity @ layers[-1][0] + layers[-1][1]).astype(np.float64)
    return UNIT_DEG * out[:, 0], UNIT_DEG * np.exp(np.clip(out[:, 1], *LOG_SPREAD))


def _fresh(sizes: list[int], rng: np.random.Generator) -> Layers:
    """Weights uniform within 1/√inputs, as is usual."""
    layers = []
    for inputs, outputs in pairwise(sizes):
        bound = 1.0 / np.sqrt(inputs)
        weight = rng.uniform(-bound, bound, (inputs, outputs)).astype(np.float32)
        layers.append((weight, rng.uniform(-bound, bound, outputs).astype(np.float32)))
    return layers


def loss_gradient(
    layers: Layers,
    values: Array,
    target: Array,
    weight: Array,
    *,
    dropout: float,
    rng: np.random.Generator,
) -> Layers:
    """Gradient of the weighted β-NLL (β = 1), averaged over rows, by back-propagation.

    With β = 1 the spread that weights the likelihood is held fixed: it has no slope of its own.

    Parameters
    ----------
    layers
        Of the network.
    values
        ``(n, features)`` standardised.
    target
        ``(n,)`` truth in units of `UNIT_DEG`.
    weight
        ``(n,)`` what each row counts for.
    dropout
        Share of the hidden activities that is blanked.
    rng
        What draws those.
    """
    inputs: list[Array] = [values]
    sums: list[Array] = []
    masks: list[Array] = []
    for layer_weight, bias in layers[:-1]:
        total = inputs[-1] @ layer_weight + bias
        kept = (rng.random(total.shape, dtype=np.float32) >= dropout).astype(np.float32)
        kept /= np.float32(1.0 - dropout)
        sums.append(total)
        masks.append(kept)
        inputs.append(_silu(total) * kept)
    out = inputs[-1] @ layers[-1][0] + layers[-1][1]
    error: Array = _loss_slope(out, target) * (weight / np.float32(len(target)))[:, None]
    gradient: Layers = []
    for number in range(len(layers) - 1, -1, -1):
        gradient.append((inputs[number].T @ error, error.sum(axis=0)))
        if number:
            back = error @ layers[number][0].T
            error = back * masks[number - 1] * _silu_slope(sums[number - 1])
    return gradient[::-1]


def _loss_slope(out: Array, target: Array) -> Array:
    """Slope of β-NLL by flexion and by the logarithm of the spread."""
    log_spread = np.clip(out[:, 1], *LOG_SPREAD)
    spread = np.exp(log_spread)
    residual = out[:, 0] - target
    by_flexion = residual / spread
    by_spread = (1.0 - (residual / spread) ** 2) * spread * (log_spread == out[:, 1])
    return np.column_stack([by_flexion, by_spread]).astype(np.float32)


class _AdamW:
    def __init__(self, layers: Layers, recipe: Recipe) -> None:
        self._parameters = [array for layer in layers for array in layer]
        self._first = [np.zeros_like(array) for array in self._parameters]
        self._second = [np.zeros_like(array) for array in self._parameters]
        self._recipe = recipe
        self._count = 0

    def step(self, gradient: Layers, share: float) -> None:
        self._count += 1
        rate = np.float32(self._recipe.rate * share)
        first_bias = 1.0 - _FIRST**self._count
        second_bias = 1.0 - _SECOND**self._count
        slopes = [array for layer in gradient for array in layer]
        kept = np.float32(1.0 - rate * self._recipe.decay)
        for parameter, slope, first, second in zip(
            self._parameters, slopes, self._first, self._second, strict=True
        ):
            first[...] += (1.0 - _FIRST) * (slope - first)
            second[...] += (1.0 - _SECOND) * (slope * slope - second)
            size = np.sqrt(second / second_bias) + _EPSILON
            parameter[...] = kept * parameter - rate * (first / first_bias) / size


def _one_cycle(share: float) -> float:
    """Step size over training: up over the first third, down to nothing over the rest."""
    rise = 0.3
    if share < rise:
        return float(0.04 + 0.96 * 0.5 * (1.0 - np.cos(np.pi * share / rise)))
    return float(0.5 * (1.0 + np.cos(np.pi * (share - rise) / (1.0 - rise))))


def _silu(values: Array) -> Array:
    activity: Array = values * _sigmoid(values)
    return activity


def _silu_slope(values: Array) -> Array:
    gate = _sigmoid(values)
    return np.asarray(gate * (np.float32(1.0) + values * (np.float32(1.0) - gate)), np.float32)


def _sigmoid(values: Array) -> Array:
    half = np.float32(0.5)
    gate: Array = half * (np.float32(1.0) + np.tanh(half * values))
    return gate
