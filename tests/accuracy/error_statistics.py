"""How far measured angles lie from true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WITHIN: Final = 1.96
"""Standard errors on either side that should hold 95 % of the true values."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errors:
    """Measured minus true angle of frames whose truth is known.

    Attributes
    ----------
    difference_deg
        ``(n,)``; NaN where nothing was measured.
    se_deg
        ``(n,)`` the standard errors that were stated; NaN likewise.
    true_deg
        ``(n,)`` the true angles, as changes from upright.
    """

    difference_deg: Floats
    se_deg: Floats
    true_deg: Floats

    @classmethod
    def pool(cls, parts: Sequence[Errors]) -> Self:
        """Put the frames of several clips together."""
        return cls(
            difference_deg=np.concatenate([part.difference_deg for part in parts]),
            se_deg=np.concatenate([part.se_deg for part in parts]),
            true_deg=np.concatenate([part.true_deg for part in parts]),
        )

    def where(self, frames: NDArray[np.bool_]) -> Errors:
        """Keep some of the frames."""
        return Errors(
            difference_deg=self.difference_deg[frames],
            se_deg=self.se_deg[frames],
            true_deg=self.true_deg[frames],
        )

    @property
    def frames(self) -> int:
        """Count of frames whose truth is known."""
        return len(self.difference_deg)

    @property
    def coverage(self) -> float:
        """Share of the frames that were measured."""
        return float(np.isfinite(self.difference_deg).mean())

    @property
    def mean_absolute_deg(self) -> float:
        """Mean absolute error of the measured frames."""
        return float(np.abs(self._measured()).mean())

    @property
    def bias_deg(self) -> float:
        """Mean error, measured minus true."""
        return float(self._measured().mean())

    @property
    def percentile_95_deg(self) -> float:
        """Absolute error that 95 % of the measured frames stay within."""
        return float(np.percentile(np.abs(self._measured()), 95))

    @property
    def calibration(self) -> float:
        """Share of the measured frames whose truth lies within `WITHIN` standard errors."""
        seen = np.isfinite(self.difference_deg)
        return float((np.abs(self.difference_deg[seen]) <= WITHIN * self.se_deg[seen]).mean())

    def _measured(self) -> Floats:
        return self.difference_deg[np.isfinite(self.difference_deg)]
