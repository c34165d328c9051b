"""Two strips of bright tape on the back, as they are seen in one frame."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeStrip:
    """One strip as it is seen.

    Attributes
    ----------
    middle_px
        Middle of its dorsal edge in the picture, x to the right, y down.
    direction_deg
        Which way its dorsal edge runs, headwards: degrees from straight up in the picture,
        clockwise, in (-180, 180].
    se_deg
        Standard error of the direction, from the pixels alone; frames err independently.
    length_px
        Length of the strip.
    """

    middle_px: tuple[float, float]
    direction_deg: float
    se_deg: float
    length_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeStrips:
    """Both strips of one frame.

    Attributes
    ----------
    upper
        Over T12-L1.
    lower
        Over S1.
    """

    upper: TapeStrip
    lower: TapeStrip
