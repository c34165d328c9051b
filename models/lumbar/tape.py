"""Lumbar flexion from two strips of tape on the back: the change of the angle between them.

The strip over T12-L1 turns with the upper end of the lumbar spine, the one over S1 with the
pelvis. Both directions lie in the picture, so that nothing is asked of hips, shoulders or the
outline between them. What is estimated is the change of the L1-S1 angle from own relaxed standing;
flexion is positive. The strips are ridges, put on skin or a tight top as ``docs/tape.md`` says: a
loose top bridges the hollow of the loin and gives too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from models.angles import wrap_deg
from models.lumbar.reading import (
    BACK_HIDDEN,
    LUMBAR_UNCERTAIN,
    MAX_YAW_DEG,
    NO_UPRIGHT,
    REASONS,
    TURNED_TOO_FAR,
    LumbarReading,
)
from models.lumbar.shape import MAX_NUMBER_SE_DEG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.pose import Pose

    Floats = NDArray[np.float64]

METHOD: Final = "tape-1"
"""Id of this way, for reports and for what may be compared with each other."""

SKIN_SE_DEG: Final = 3.0
SE_PER_DEG: Final = 0.05
"""What skin, cloth and mounting do to a reading: an error of its own, and one that grows with each
degree of flexion. On 50 rendered people in tight tops, none of them kept for the test, the true
directions of the strips give lumbar flexion to 2.3° and their angle 1.02° for each degree of it;
no gain is taken from that. The rest is for real skin, over which strips follow vertebrae with a
coefficient of at least 0.72 (Mörl & Blickhan 2006; ``measurement.md`` §2.1)."""

SE_PER_YAW_DEG: Final = 0.12
"""What a reading errs by for each degree that the person is turned from a side view; expert
default."""

SE_PER_LENGTH: Final = 7.0
MAX_LENGTH_RATIO: Final = 1.9
"""A strip that is seen shorter than in standing, or longer, is partly covered: its edge is taken
from another part of the back. Degrees for each unit of the logarithm of the ratio of both lengths,
and the ratio past which it is another thing; expert default."""

PLAUSIBLE_DEG: Final = (-35.0, 90.0)
"""Outside of this no lumbar spine bends from standing: something else was taken for a strip."""

MIN_STANDING_SHARE: Final = 0.5
"""Least share of the standing frames in which both strips must be seen: what covers one most of
the time spoils the rest; expert default."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TapeBends:
    """How both strips stand, in several frames.

    Attributes
    ----------
    upper_deg, lower_deg
        ``(n,)`` inclination of each from vertical, forward positive, in (-180, 180].
    upper_px, lower_px
        ``(n,)`` their lengths.
    se_deg
        ``(n,)`` standard error of the angle between them, from the pixels alone. NaN, as all the
        others, where not both strips were found.
    """

    upper_deg: Floats
    lower_deg: Floats
    upper_px: Floats
    lower_px: Floats
    se_deg: Floats

    @classmethod
    def of(cls, poses: Sequence[Pose], *, faces_right: bool) -> Self:
        """Read how the strips of poses stand.

        Parameters
        ----------
        poses
            With their strips, where they were found.
        faces_right
            Where the person looks in the picture.
        """
        forward = 1.0 if faces_right else -1.0
        rows = np.full((len(poses), 5), np.nan)
        for row, pose in zip(rows, poses, strict=True):
            if pose.tape is not None:
                upper, lower = pose.tape.upper, pose.tape.lower
                row[:] = (
                    forward * upper.direction_deg,
                    forward * lower.direction_deg,
                    upper.length_px,
                    lower.length_px,
                    np.hypot(upper.se_deg, lower.se_deg),
                )
        return cls._from_rows(rows)

    @classmethod
    def _from_rows(cls, rows: Floats) -> Self:
        upper_deg, lower_deg, upper_px, lower_px, se_deg = rows.T
        return cls(
            upper_deg=upper_deg,
            lower_deg=lower_deg,
            upper_px=upper_px,
            lower_px=lower_px,
            se_deg=se_deg,
        )

    @classmethod
    def join(cls, parts: Sequence[TapeBends]) -> Self:
        """Put frames one behind the other."""
        return cls._from_rows(np.concatenate([part.rows() for part in parts]))

    def rows(self) -> Floats:
        """``(n, 5)`` all that is known of each frame, in the order of the attributes."""
        return np.column_stack(
            [self.upper_deg, self.lower_deg, self.upper_px, self.lower_px, self.se_deg]
        )

    @property
    def between_deg(self) -> Floats:
        """``(n,)`` angle from the lower to the upper strip, flexed positive, in (-180, 180].

        No back comes near 180 degrees, so that frames need not be unwrapped over time.
        """
        return wrap_deg(self.upper_deg - self.lower_deg)

    def where(self, frames: NDArray[np.bool_]) -> TapeBends:
        """Keep some of the frames, such as those of quiet standing."""
        return self._from_rows(self.rows()[frames])

    def median(self) -> TapeBends | None:
        """Take the middle of frames, such as those of quiet standing, as one frame.

        Returns
        -------
        TapeBends or None
            None when both strips were found in less than `MIN_STANDING_SHARE` of the frames. Its
            standard error is that of one frame: in standing, a frame mostly repeats what the one
            before it errs by.
        """
        rows = self.rows()
        found = rows[np.isfinite(rows).all(axis=1)]
        if len(found) == 0 or len(found) < MIN_STANDING_SHARE * len(rows):
            return None
        return self._from_rows(np.median(found, axis=0, keepdims=True))


def read_tape(bends: TapeBends, standing: TapeBends | None, yaw_deg: Floats) -> LumbarReading:
    """Read lumbar flexion frame by frame; nothing is smoothed.

    Parameters
    ----------
    bends
        The frames.
    standing
        The same person standing quietly before the same camera, from `TapeBends.median`; None
        while unknown.
    yaw_deg
        ``(n,)`` turn away from a pure side view in each frame, without a sign; one that is NaN
        refuses nothing and widens nothing.

    Returns
    -------
    LumbarReading
        The error joins skin and mounting, pixels, covered lengths and the turn. Not measured where
        a strip was not found or lost its length, nobody bends so (all three: `BACK_HIDDEN`), the
        turn is past `MAX_YAW_DEG` or the error past `MAX_NUMBER_SE_DEG`.
    """
    count = len(bends.se_deg)
    reason = np.zeros(count, np.int8)
    if standing is None:
        reason[:] = REASONS.index(NO_UPRIGHT)
        unknown = np.full(count, np.nan)
        return LumbarReading(
            flexion_deg=unknown,
            se_deg=unknown.copy(),
            reason=reason,
            looked=np.ones(count, np.bool_),
        )
    flexion = wrap_deg(bends.between_deg - standing.between_deg)
    upper = np.log(bends.upper_px / standing.upper_px)
    lower = np.log(bends.lower_px / standing.lower_px)
    se = _se_deg(flexion, bends, standing, np.hypot(upper, lower), yaw_deg)
    is_whole = np.maximum(np.abs(upper), np.abs(lower)) < np.log(MAX_LENGTH_RATIO)
    is_plausible = (flexion > PLAUSIBLE_DEG[0]) & (flexion < PLAUSIBLE_DEG[1])
    for holds, key in (
        (~(se <= MAX_NUMBER_SE_DEG), LUMBAR_UNCERTAIN),
        (~(is_whole & is_plausible), BACK_HIDDEN),
        (yaw_deg > MAX_YAW_DEG, TURNED_TOO_FAR),
    ):
        reason[holds] = REASONS.index(key)
    flexion[reason != 0] = se[reason != 0] = np.nan
    looked = np.ones(count, np.bool_)
    return LumbarReading(flexion_deg=flexion, se_deg=se, reason=reason, looked=looked)


def _se_deg(
    flexion: Floats, bends: TapeBends, standing: TapeBends, shortened: Floats, yaw_deg: Floats
) -> Floats:
    """Join all that a reading errs by; NaN where a strip was not found."""
    parts = (
        np.full(len(flexion), SKIN_SE_DEG),
        SE_PER_DEG * flexion,
        bends.se_deg,
        np.full(len(flexion), standing.se_deg.item()),
        SE_PER_LENGTH * shortened,
        SE_PER_YAW_DEG * np.nan_to_num(yaw_deg),
    )
    joined: Floats = np.sqrt(np.sum(np.square(parts), axis=0))
    return joined
