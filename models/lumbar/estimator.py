"""The learned lumbar estimator: from features of a back to flexion and a calibrated error.

An ensemble of small networks, each trained without one fifth of the rendered people, averaged. It
is run with numpy from weights in a plain ``.npz``; how the weights were made is told by
``models/lumbar/training`` and the model card beside it.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from vision.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Weights = NDArray[np.float32]

WEIGHTS: Final = "weights.npz"
FORMAT: Final = 2
NAME: Final = "outline-net"

UNIT_DEG: Final = 20.0
"""What the networks count flexion in."""

LOG_SPREAD: Final = (-4.0, 2.0)
"""Limits of the logarithm of a network's spread, in units of `UNIT_DEG`."""

CLIP: Final = 6.0
"""Standardised features are cut off here: what lies beyond was never seen in training."""


ROWS_AT_ONCE: Final = 5
"""Rows that are multiplied together. OpenBLAS takes a single thread for products as small as
these (231 x 192 weights); on a busy computer its threads wait for one another, and a repetition of
110 frames takes half a second in place of twenty milliseconds."""


class LumbarPrediction(NamedTuple):
    """Lumbar flexion of several frames.

    Attributes
    ----------
    flexion_deg
        ``(n,)`` change of the L1-S1 angle from own standing, flexion positive; NaN where the
        features are.
    se_deg
        ``(n,)`` standard error, calibrated so that ±1.645 of it holds 90 % of rendered people
        that were not trained on; NaN like the value.
    """

    flexion_deg: Floats
    se_deg: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LumbarEstimator:
    """Networks that read the features of a back.

    Attributes
    ----------
    id
        Name of the estimator with a digest of its weights, for example ``outline-net-1a2b3c4d``.
    centre, scale
        ``(features,)`` mean and spread of every feature in training.
    layers
        For each layer the stacked weights ``(networks, inputs, outputs)`` and biases
        ``(networks, 1, outputs)``. The last layer gives flexion and the logarithm of its spread.
    se_knots_deg, se_factors
        Factor from spread to standard error, by predicted flexion.
    se_power
        Power of the spread that the factor multiplies.
    se_slopes
        ``(features,)`` slopes of the logarithm of the standard error over the standardised
        features: what of the back is covered, how clear its outline is. None: flat.
    group
        How many networks in a row were trained on the same people. The factors were found with
        one such group at a time, so only disagreement within groups counts. None: all of them.
    """

    id: str
    centre: Weights
    scale: Weights
    layers: tuple[tuple[Weights, Weights], ...]
    se_knots_deg: Floats
    se_factors: Floats
    se_power: float = 1.0
    se_slopes: Weights | None = None
    group: int | None = None

    @property
    def feature_count(self) -> int:
        """How many features it reads."""
        return len(self.centre)

    def predict(self, features: Floats) -> LumbarPrediction:
        """Estimate lumbar flexion.

        Parameters
        ----------
        features
            ``(n, feature_count)`` of :func:`models.lumbar.features.features`.

        Raises
        ------
        ValueError
            When the number of features is another.
        """
        if features.ndim != 2 or features.shape[1] != self.feature_count:  # noqa: PLR2004 - rows and columns
            msg = f"expected features of shape (n, {self.feature_count}), got {features.shape}"
            raise ValueError(msg)
        unseen = ~np.isfinite(features).all(axis=1)
        values = np.nan_to_num((features.astype(np.float32) - self.centre) / self.scale)
        mean, se = self._run_in_parts(np.clip(values, -CLIP, CLIP))
        se *= np.interp(mean, self.se_knots_deg, self.se_factors)
        mean[unseen] = se[unseen] = np.nan
        return LumbarPrediction(flexion_deg=mean, se_deg=se)

    def _run_in_parts(self, values: Weights) -> tuple[Floats, Floats]:
        starts = range(0, max(len(values), 1), ROWS_AT_ONCE)
        parts = [self._run(values[start : start + ROWS_AT_ONCE]) for start in starts]
        means, errors = zip(*parts, strict=True)
        return np.concatenate(means), np.concatenate(errors)

    def _run(self, values: Weights) -> tuple[Floats, Floats]:
        """Mean over the networks, and its standard error but for the factor."""
        mean, spread = self._spread(values)
        se = spread**self.se_power
        return mean, se if self.se_slopes is None else se * np.exp(values @ self.se_slopes)

    def _spread(self, values: Weights) -> tuple[Floats, Floats]:
        """Mean and spread over the networks: their own and how far they disagree."""
        *hidden, (last_weight, last_bias) = self.layers
        activity = values[None]
        for weight, bias in hidden:
            activity = _silu(activity @ weight + bias)
        out = (activity @ last_weight + last_bias).astype(np.float64)
        mean = UNIT_DEG * out[..., 0]
        own = UNIT_DEG * np.exp(np.clip(out[..., 1], *LOG_SPREAD))
        group = self.group or len(mean)
        apart = mean.reshape(len(mean) // group, group, len(values)).var(axis=1)
        spread = np.sqrt((own**2).mean(axis=0) + apart.mean(axis=0))
        return mean.mean(axis=0), spread


_ON_TRIAL: ContextVar[LumbarEstimator | None] = ContextVar("lumbar_estimator", default=None)


def default_estimator() -> LumbarEstimator:
    """Give the shipped estimator, or the one that is on trial."""
    return _ON_TRIAL.get() or _shipped()


@contextmanager
def on_trial(estimator: LumbarEstimator) -> Iterator[None]:
    """Put an estimator in the place of the shipped one, as long as the context lasts.

    So the whole product can be tried with weights that are still in the making.
    """
    token = _ON_TRIAL.set(estimator)
    try:
        yield
    finally:
        _ON_TRIAL.reset(token)


@cache
def _shipped() -> LumbarEstimator:
    return read_estimator(files("models.lumbar").joinpath(WEIGHTS))


def read_estimator(source: Traversable) -> LumbarEstimator:
    """Read an estimator from its weights.

    Parameters
    ----------
    source
        An ``.npz`` as :mod:`models.lumbar.training` writes it; read without pickle.

    Raises
    ------
    AssetError
        When the file holds no weights of this format, or layers that do not fit together.
    """
    content = source.read_bytes()
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {name: stored[name] for name in stored.files}
        estimator = _assembled(arrays, f"{NAME}-{hashlib.sha256(content).hexdigest()[:8]}")
    except (AttributeError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        msg = (
            f"expected lumbar weights in {source.name}, got something else ({error}): install anew"
        )
        raise AssetError(msg) from error
    return estimator


def _assembled(arrays: Mapping[str, NDArray[np.generic]], identity: str) -> LumbarEstimator:
    form = int(np.asarray(arrays["format"]))
    if form != FORMAT:
        msg = f"expected lumbar weights of format {FORMAT}, got {form}: install anew"
        raise AssetError(msg)
    count = int(np.asarray(arrays["layers"]))
    layers = tuple(
        (
            np.asarray(arrays[f"weight_{number}"], np.float32),
            np.asarray(arrays[f"bias_{number}"], np.float32),
        )
        for number in range(count)
    )
    group = int(np.asarray(arrays["group"]))
    _check_fit(len(arrays["centre"]), layers, group)
    if arrays["se_slopes"].shape != arrays["centre"].shape:
        msg = f"expected a slope for each feature, got {arrays['se_slopes'].shape} of them"
        raise ValueError(msg)
    return LumbarEstimator(
        id=identity,
        centre=np.asarray(arrays["centre"], np.float32),
        scale=np.asarray(arrays["scale"], np.float32),
        layers=layers,
        se_knots_deg=np.asarray(arrays["se_knots_deg"], np.float64),
        se_factors=np.asarray(arrays["se_factors"], np.float64),
        se_power=float(np.asarray(arrays["se_power"])),
        se_slopes=np.asarray(arrays["se_slopes"], np.float32),
        group=group,
    )


def _check_fit(inputs: int, layers: tuple[tuple[Weights, Weights], ...], group: int) -> None:
    """Refuse layers of which one does not read what the one before gives, and torn groups."""
    networks = len(layers[0][0]) if layers else 0
    if group < 1 or networks % group:
        msg = f"expected networks in groups of {group}, got {networks} of them"
        raise ValueError(msg)
    for weight, bias in layers:
        if weight.shape[:2] != (networks, inputs) or bias.shape != (networks, 1, *weight.shape[2:]):
            msg = f"expected a layer of {networks} networks that read {inputs}, got {weight.shape}"
            raise ValueError(msg)
        inputs = weight.shape[-1]
    if inputs != len(("flexion", "logarithm of its spread")):
        msg = f"expected a last layer that gives flexion and its spread, got {inputs} numbers"
        raise ValueError(msg)


def _silu(values: Weights) -> Weights:
    """Multiply by the logistic function, by the hyperbolic tangent, which cannot overflow."""
    half = np.float32(0.5)
    activity: Weights = values * (half * (np.float32(1.0) + np.tanh(half * values)))
    return activity
