"""Dividing a bend among spine, pelvis and hip, once lumbar flexion is estimated.

Landmarks hold the inclination of the trunk and of the thigh. A planar model of the spine (5 lumbar
and 12 thoracic links; ``measurement.md`` §1.1) tells what the spine adds to the trunk's::

    θ_T = P + 0.69·L + 0.17·Th        hence    P = θ_T − 0.69·L − 0.17·Th,    h = P + τ

with lumbar flexion L, thoracic flexion Th, pelvic tilt P (forward positive), true hip flexion h and
thigh inclination τ; all of them changes from the person's own standing. Model geometry, not a
measured regression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.angles import wrap_deg
from models.kinematics import Signal
from models.results import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRUNK_PER_LUMBAR: Final = 0.69
"""Degrees of trunk inclination for each degree of lumbar flexion (``measurement.md`` §1.1)."""
TRUNK_PER_LUMBAR_SE: Final = 0.10 / np.sqrt(12)
"""Its standard error: 0.65 to 0.75 over 81 body shapes, taken as evenly spread."""
TRUNK_PER_THORACIC: Final = 0.17
"""The same for each degree of thoracic flexion (``measurement.md`` §1.1)."""
TRUNK_PER_THORACIC_SE: Final = 0.15 / np.sqrt(12)
"""Its standard error: 0.11 to 0.26 over the same shapes."""
THORACIC_PER_LUMBAR: Final = 0.25
"""Thoracic flexion for each degree of lumbar flexion, while it is not measured: 0.2 to 0.3
(``measurement.md`` §2.3)."""
THORACIC_PER_LUMBAR_SE: Final = 0.10 / np.sqrt(12)
"""Its standard error: that range, taken as evenly spread."""

SPINE_SHARE: Final = TRUNK_PER_LUMBAR + TRUNK_PER_THORACIC * THORACIC_PER_LUMBAR
"""Degrees of trunk inclination for each degree of lumbar flexion while the thorax goes along."""


def decompose(
    series: Series,
    lumbar_deg: Floats,
    lumbar_se_deg: Floats,
    *,
    thoracic_deg: Floats | None = None,
) -> Series:
    """Fill in lumbar flexion, pelvic tilt and true hip flexion.

    Parameters
    ----------
    series
        Signals of the frames, from the person's own upright. It stays as it is.
    lumbar_deg, lumbar_se_deg
        ``(n,)`` lumbar flexion estimate, change from own standing, flexion positive, and its
        standard error; NaN where it was not measurable.
    thoracic_deg
        ``(n,)`` thoracic flexion when it is known; otherwise `THORACIC_PER_LUMBAR` of the lumbar.

    Returns
    -------
    Series
        A copy with the three signals of `models.kinematics.FROM_OUTLINE`. A signal is NaN where
        one of the angles that it is made of is NaN, or where the estimate has no standard error.
        Errors of lumbar flexion, of the landmarks and of the model's coefficients are added in
        quadrature. The landmarks' error of θ_T + τ is that of apparent hip flexion, because both
        angles share the hip.

    Raises
    ------
    ValueError
        When the angles do not have one value for each frame.
    """
    _demand_one_per_frame(len(series.t_s), lumbar_deg, lumbar_se_deg, thoracic_deg)
    known = np.isfinite(lumbar_deg) & np.isfinite(lumbar_se_deg)
    lumbar = np.where(known, lumbar_deg, np.nan)
    lumbar_se = np.where(known, lumbar_se_deg, np.nan)
    spine, spine_se = _spine_deg(lumbar, lumbar_se, thoracic_deg)
    tilt = series.of(Signal.TRUNK_INCLINATION) - spine
    hip = wrap_deg(tilt + series.of(Signal.THIGH_INCLINATION))
    value, se = series.value.copy(), series.se.copy()
    for signal, angle, error in (
        (Signal.LUMBAR_FLEXION, lumbar, lumbar_se),
        (
            Signal.PELVIC_TILT,
            wrap_deg(tilt),
            np.hypot(series.se_of(Signal.TRUNK_INCLINATION), spine_se),
        ),
        (Signal.HIP_FLEXION, hip, np.hypot(series.se_of(Signal.APPARENT_HIP_FLEXION), spine_se)),
    ):
        value[:, signal.column] = angle
        se[:, signal.column] = np.where(np.isnan(angle), np.nan, error)
    return Series(t_s=series.t_s, value=value, se=se)


def _spine_deg(
    lumbar: Floats, lumbar_se: Floats, thoracic_deg: Floats | None
) -> tuple[Floats, Floats]:
    """Inclination that the spine adds to the trunk, and its standard error."""
    assumed = thoracic_deg is None
    thoracic = THORACIC_PER_LUMBAR * lumbar if thoracic_deg is None else thoracic_deg
    slope = SPINE_SHARE if assumed else TRUNK_PER_LUMBAR
    ratio_se = THORACIC_PER_LUMBAR_SE if assumed else 0.0
    variance = (
        (slope * lumbar_se) ** 2
        + (TRUNK_PER_LUMBAR_SE * lumbar) ** 2
        + (TRUNK_PER_THORACIC_SE * thoracic) ** 2
        + (TRUNK_PER_THORACIC * ratio_se * lumbar) ** 2
    )
    return TRUNK_PER_LUMBAR * lumbar + TRUNK_PER_THORACIC * thoracic, np.sqrt(variance)


def _demand_one_per_frame(frames: int, *angles: Floats | None) -> None:
    shapes = [angle.shape for angle in angles if angle is not None]
    if any(shape != (frames,) for shape in shapes):
        msg = f"expected one angle for each of {frames} frames, got shapes {shapes}: give them all"
        raise ValueError(msg)
