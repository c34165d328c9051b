"""How large an error is to be expected: a small model of what the product itself can see.

The networks tell a spread, but they were fitted to the people that they learnt from and it is too
narrow, and narrower still where a plate covers the back or the outline is unclear. What they said
of people whom they had not seen tells how far.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.features import feature_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COVERAGE: Final = 0.90
NORMAL_90: Final = 1.6449
"""Half the width of a 90 % interval of the normal distribution, in standard errors."""

SE_KNOTS_DEG: Final = (0.0, 15.0, 30.0, 45.0)
"""Where along told flexion the factor from spread to standard error is set."""

FREEDOM: Final = 5.0
"""Degrees of freedom of the errors: their tails are heavier than those of a normal distribution."""

DOUBTS: Final = ("hidden", "quality", "quality_standing")
"""Groups of features whose mean each moves the standard error."""

PENALTY: Final = 3.0
"""What keeps the power of the spread near 1 and the slopes of the doubts near 0; like as many
clips that know of none."""

STEPS: Final = 100
"""Steps of the fit; it has long settled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """What was told of unseen people at the bottom of their repetitions, and what was true.

    Attributes
    ----------
    true_deg, told_deg, spread_deg
        ``(n,)``.
    doubts
        ``(n, 3)`` from `doubts_of`.
    """

    true_deg: Floats
    told_deg: Floats
    spread_deg: Floats
    doubts: Floats

    def stretched(self, gain: float, offset_deg: float) -> Told:
        """Undo shrinking."""
        return replace(
            self,
            told_deg=gain * self.told_deg + offset_deg,
            spread_deg=gain * self.spread_deg,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorModel:
    """From told flexion, spread and doubts to a standard error.

    Attributes
    ----------
    factors
        At `SE_KNOTS_DEG`.
    power
        Of the spread.
    slopes
        ``(3,)`` of the logarithm over `DOUBTS`.
    """

    factors: Floats
    power: float
    slopes: Floats

    def se_deg(self, told: Told) -> Floats:
        """Tell the standard error."""
        factor = np.interp(told.told_deg, SE_KNOTS_DEG, self.factors)
        se: Floats = factor * told.spread_deg**self.power * np.exp(told.doubts @ self.slopes)
        return se

    def wider(self, times: float) -> ErrorModel:
        """Widen every interval."""
        return replace(self, factors=times * self.factors)

    def over_features(
        self, centre: NDArray[np.float32], scale: NDArray[np.float32]
    ) -> tuple[Floats, Floats]:
        """Give factors and slopes for an estimator that reads standardised features."""
        slopes = np.zeros(len(centre))
        columns = feature_columns()
        for name, slope in zip(DOUBTS, self.slopes, strict=True):
            part = columns[name]
            slopes[part] = slope / (part.stop - part.start)
        return self.factors * np.exp(slopes @ centre), slopes * scale


def doubts_of(features: NDArray[np.float32]) -> Floats:
    """``(n, 3)`` share of the back that is covered, quality of the outline, and that standing."""
    columns = feature_columns()
    means = [features[:, columns[name]].mean(axis=1, dtype=np.float64) for name in DOUBTS]
    return np.column_stack(means)


def fit_error_model(told: Told) -> ErrorModel:
    """Fit the model to people that the networks had not seen.

    The likelihood of a t distribution whose scale is log-linear, climbed by Fisher scoring; then
    the share `COVERAGE` is made to lie within `NORMAL_90` standard errors (split conformal
    prediction with normalised residuals; Lei et al. 2018, doi:10.1080/01621459.2017.1307116).
    """
    knots = np.eye(len(SE_KNOTS_DEG))
    near = np.column_stack([np.interp(told.told_deg, SE_KNOTS_DEG, knot) for knot in knots])
    columns = np.column_stack([near, np.log(told.spread_deg), told.doubts])
    error = told.told_deg - told.true_deg
    expected = np.r_[np.zeros(len(knots)), 1.0, np.zeros(len(DOUBTS))]
    penalty = np.r_[np.zeros(len(knots)), np.full(1 + len(DOUBTS), PENALTY)]
    weights = expected.copy()
    weights[: len(knots)] = np.log(error.std() / told.spread_deg.mean())
    information = 2 * FREEDOM / (FREEDOM + 3) * columns.T @ columns + np.diag(penalty)
    for _ in range(STEPS):
        slope = columns.T @ _surprise(error / np.exp(columns @ weights))
        weights += np.linalg.solve(information, slope - penalty * (weights - expected))
    model = ErrorModel(
        factors=np.exp(weights[: len(knots)]),
        power=float(weights[len(knots)]),
        slopes=weights[len(knots) + 1 :],
    )
    return model.wider(conformal_factor(error / model.se_deg(told)))


def conformal_factor(ratio: Floats) -> float:
    """By what standard errors must grow so that `NORMAL_90` of them hold `COVERAGE` of errors.

    Parameters
    ----------
    ratio
        Errors over their standard errors.
    """
    rank = min(int(np.ceil((len(ratio) + 1) * COVERAGE)), len(ratio))
    return float(np.sort(np.abs(ratio))[rank - 1] / NORMAL_90)


def scale_of(ratio: Floats) -> float:
    """Scale of a t distribution with `FREEDOM` that fits best; it needs fewer errors than a rank.

    Parameters
    ----------
    ratio
        Errors over their standard errors.
    """
    log_scale = float(np.log(ratio.std()))
    for _ in range(STEPS):
        step = _surprise(ratio / np.exp(log_scale)).mean()
        log_scale += float(step) * (FREEDOM + 3) / (2 * FREEDOM)
    return float(np.exp(log_scale))


def _surprise(ratio: Floats) -> Floats:
    """Slope of the likelihood by the logarithm of the scale."""
    squared = ratio**2
    slope: Floats = (FREEDOM + 1) * squared / (FREEDOM + squared) - 1
    return slope
