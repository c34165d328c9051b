"""Lumbar flexion from the back's outline by geometry alone; nothing is learned from data.

The outline between 15 and 75 % of the hip-shoulder line bows more, the more the lumbar spine
flexes. How much is read twice: from the parabola through it, and from the difference of its
directions near both ends. Both are expressed as sagitta over chord (bow over length, convex
backwards positive), whose change from the person's own standing is turned into degrees by the
planar spine model of ``measurement.md`` §2.2. It is the baseline that an estimator trained on data
has to beat, and a check on it. What is estimated is the change of the L1-S1 angle from own
relaxed standing; flexion is positive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.angles import length, to_sagittal
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.outline import DorsalOutline
    from vision.pose import Pose

    Floats = NDArray[np.float64]

PARABOLA_SPAN: Final = (0.15, 0.75)
"""Part of the hip-shoulder line over which the bow is measured (``measurement.md`` §2.3)."""

LOWER_SPAN: Final = (0.10, 0.30)
UPPER_SPAN: Final = (0.60, 0.80)
"""Where the outline's two directions are taken: both ends of `PARABOLA_SPAN`, widened outwards so
that each holds several points. Wider windows reach the buttock and lose the signal."""

MIN_QUALITY: Final = 0.25
"""Outlines below this are not read; expert default. A clear outline of a person who fills a frame
of 480 rows has about 0.75."""

MIN_POINTS_IN_SPAN: Final = 12
MIN_POINTS_IN_END: Final = 6
"""Least uncovered points for a parabola and for a direction, of about 34 and 11."""

MIN_UNCOVERED: Final = 0.8
"""Least uncovered fraction of the points over `PARABOLA_SPAN` (``measurement.md`` §2.3)."""

BOW_BY_FLEXION: Final = np.array([-0.035, 0.017, 0.043, 0.068, 0.093, 0.118])
FLEXION_DEG: Final = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])
"""Sagitta over chord from S2 to T8 by lumbar flexion (``measurement.md`` §2.2, own planar model
of the spine); 0.0025 per degree past 10°."""

BOW_PER_DEG: Final = 0.0025
"""Slope of that table beyond its last row."""

PARABOLA_WEIGHT: Final = 1.0 / 3.0
"""What the parabola counts for; the ends count for the rest. On rendered clips the parabola's error
is twice that of the ends, because the buttock bends it."""

SYSTEMATIC_SE_DEG: Final = 6.0
"""What cloth, flesh and misplaced hips do to a single reading (``measurement.md`` §2.2: 6 to 8°
in a shirt, 4 to 6° in fitted clothes)."""

TRUNK_MM: Final = 500.0
"""Hip to shoulder of an adult of 1.74 m (0.288 of stature; Drillis & Contini 1966)."""

EDGE_SE_DEG_PER_MM: Final = 1.0
"""Error of a flexion for each millimetre of edge noise (``measurement.md`` §2.2, parabola)."""

NO_READING_SE_DEG: Final = 10.0
"""Past this an estimate is no number (``measurement.md`` §2.3)."""

_ENDS_PER_SPAN: Final = (
    (sum(UPPER_SPAN) - sum(LOWER_SPAN)) / 2 / (PARABOLA_SPAN[1] - PARABOLA_SPAN[0])
)
_RADIANS_PER_BOW: Final = 8.0
"""A parabola turns by eight times its sagitta over its chord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackCurve:
    """How an outline bows, in one frame or over several.

    Attributes
    ----------
    bow_of_parabola
        Sagitta over chord of the parabola through the outline, convex backwards positive.
    bow_of_ends
        The same from the directions at both ends. NaN, as the first, when not measurable.
    roughness
        Root mean square distance of the outline from a smooth curve, in own trunk lengths.
    trunk_px
        Length of the hip-shoulder line.
    """

    bow_of_parabola: float
    bow_of_ends: float
    roughness: float
    trunk_px: float

    @classmethod
    def unmeasured(cls) -> Self:
        """Nothing could be read: every value NaN."""
        nan = math.nan
        return cls(bow_of_parabola=nan, bow_of_ends=nan, roughness=nan, trunk_px=nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class LumbarEstimate:
    """Lumbar flexion of one frame, an estimate.

    Attributes
    ----------
    flexion_deg
        Change of the L1-S1 angle from own standing, flexion positive; NaN when not measurable.
    se_deg
        Standard error; NaN with the value.
    """

    flexion_deg: float
    se_deg: float


NOT_MEASURABLE: Final = LumbarEstimate(flexion_deg=math.nan, se_deg=math.nan)


def measure_curve(pose: Pose, *, faces_right: bool, standing_trunk_px: float) -> BackCurve:
    """Measure how the outline of a pose bows.

    Parameters
    ----------
    pose
        With landmarks, and with its outline.
    faces_right
        Where the person looks in the picture.
    standing_trunk_px
        The person's own hip-shoulder length when standing, the unit of length; pixels.

    Returns
    -------
    BackCurve
        NaN when there is no outline, hips or shoulders were not seen, the outline's quality is
        below `MIN_QUALITY` or less than `MIN_UNCOVERED` of it can be seen.
    """
    outline = pose.outline
    hip, shoulder = hip_and_shoulder(pose, faces_right=faces_right)
    trunk_px = float(length(hip, shoulder))
    if outline is None or outline.quality < MIN_QUALITY or not trunk_px * standing_trunk_px > 0:
        return BackCurve.unmeasured()
    along, behind = body_coordinates(
        outline, hip, shoulder, faces_right=faces_right, unit_px=standing_trunk_px
    )
    share = along * standing_trunk_px / trunk_px
    in_span = _within(share, PARABOLA_SPAN)
    clear = in_span & ~outline.occluded
    if clear.sum() < max(MIN_POINTS_IN_SPAN, MIN_UNCOVERED * in_span.sum()):
        return BackCurve.unmeasured()
    quadratic = np.polynomial.polynomial.polyfit(along[clear], behind[clear], 2)[2]
    chord = (PARABOLA_SPAN[1] - PARABOLA_SPAN[0]) * trunk_px / standing_trunk_px
    smooth = np.polynomial.Polynomial.fit(along[clear], behind[clear], 4)
    return BackCurve(
        bow_of_parabola=-float(quadratic) * chord / 4,
        bow_of_ends=_bow_of_ends(along, behind, share, ~outline.occluded),
        roughness=float(np.sqrt(np.mean((behind[clear] - smooth(along[clear])) ** 2))),
        trunk_px=trunk_px,
    )


def hip_and_shoulder(pose: Pose, *, faces_right: bool) -> tuple[Floats, Floats]:
    """Middle of the hips and of the shoulders, or the one that was seen, as sagittal points.

    Returns
    -------
    tuple
        Two ``(2,)`` points in pixels, x forward and y up; NaN when neither side was seen.
    """
    hip, shoulder = (
        to_sagittal(_middle(pose, left), faces_right=faces_right)
        for left in (Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER)
    )
    return hip, shoulder


def body_coordinates(
    outline: DorsalOutline, hip: Floats, shoulder: Floats, *, faces_right: bool, unit_px: float
) -> tuple[Floats, Floats]:
    """Place an outline in the body: from the hip along the line to the shoulder, and behind it.

    Parameters
    ----------
    outline
        In image pixels.
    hip, shoulder
        ``(2,)`` sagittal points in pixels.
    faces_right
        Where the person looks in the picture.
    unit_px
        Pixels of one unit.

    Returns
    -------
    tuple
        Two arrays ``(n,)``: distance along the line and distance behind it, in units.
    """
    points = to_sagittal(outline.points_px.astype(np.float64), faces_right=faces_right) - hip
    up = (shoulder - hip) / length(hip, shoulder)
    return points @ up / unit_px, points @ np.array([-up[1], up[0]]) / unit_px


def average_curve(curves: Sequence[BackCurve]) -> BackCurve:
    """Take the median of several frames, such as those of quiet standing; NaN frames are left out.

    Returns
    -------
    BackCurve
        NaN when less than half of the frames could be measured: what hides the back most of the
        time spoils the rest.
    """
    fields = np.array(
        [
            (curve.bow_of_parabola, curve.bow_of_ends, curve.roughness, curve.trunk_px)
            for curve in curves
        ]
    ).reshape(-1, 4)
    measured = fields[np.isfinite(fields).all(axis=1)]
    if len(measured) == 0 or 2 * len(measured) < len(fields):
        return BackCurve.unmeasured()
    parabola, ends, roughness, trunk_px = np.median(measured, axis=0).tolist()
    return BackCurve(
        bow_of_parabola=parabola, bow_of_ends=ends, roughness=roughness, trunk_px=trunk_px
    )


def estimate_flexion(curve: BackCurve, standing: BackCurve) -> LumbarEstimate:
    """Estimate lumbar flexion from the change of the outline since standing.

    Parameters
    ----------
    curve
        Of the frame.
    standing
        Of the same person standing quietly, from the same camera.

    Returns
    -------
    LumbarEstimate
        The weighted mean of both readings. Its error joins the systematic part, how far the
        better reading lies from the mean, and the roughness of the outline. NaN when either
        curve was not measured or the error is past `NO_READING_SE_DEG`.
    """
    by_parabola = flexion_of_bow(curve.bow_of_parabola - standing.bow_of_parabola)
    by_ends = flexion_of_bow(curve.bow_of_ends - standing.bow_of_ends)
    flexion_deg = by_ends + PARABOLA_WEIGHT * (by_parabola - by_ends)
    edge_mm = math.hypot(curve.roughness, standing.roughness) * TRUNK_MM
    se_deg = math.hypot(SYSTEMATIC_SE_DEG, flexion_deg - by_ends, EDGE_SE_DEG_PER_MM * edge_mm)
    if not se_deg <= NO_READING_SE_DEG:
        return NOT_MEASURABLE
    return LumbarEstimate(flexion_deg=flexion_deg, se_deg=se_deg)


def flexion_of_bow(change: float) -> float:
    """Lumbar flexion in degrees that changes sagitta over chord by this much from standing.

    Between the rows of the model's table it is interpolated; extension mirrors the first row, and
    past the last it goes on at `BOW_PER_DEG`. NaN in, NaN out.
    """
    table = BOW_BY_FLEXION - BOW_BY_FLEXION[0]
    if change < 0:
        return change / float(table[1]) * float(FLEXION_DEG[1])
    beyond = max(change - float(table[-1]), 0.0)
    return float(np.interp(change, table, FLEXION_DEG)) + beyond / BOW_PER_DEG


def _bow_of_ends(along: Floats, behind: Floats, share: Floats, clear: NDArray[np.bool_]) -> float:
    directions = []
    for span in (LOWER_SPAN, UPPER_SPAN):
        near = clear & _within(share, span)
        if near.sum() < MIN_POINTS_IN_END:
            return math.nan
        slope = np.polynomial.polynomial.polyfit(along[near], behind[near], 1)[1]
        directions.append(math.atan(float(slope)))
    turn = directions[0] - directions[1]
    return turn / (_RADIANS_PER_BOW * _ENDS_PER_SPAN)


def _within(share: Floats, span: tuple[float, float]) -> NDArray[np.bool_]:
    return (share >= span[0]) & (share <= span[1])


def _middle(pose: Pose, left: Landmark) -> Floats:
    """Middle of a pair of landmarks; the right one follows the left."""
    points = pose.image_xy[[left, left + 1]].astype(np.float64)
    seen = points[np.isfinite(points).all(axis=1)]
    return seen.mean(axis=0) if len(seen) else np.full(2, np.nan)
