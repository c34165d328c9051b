"""A drawn person whose back is a known curve, for tests of the outline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vision.outline import PersonMask
from vision.pose import LANDMARK_COUNT, Landmark, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIZE: Final = (400, 420)
"""Width and height of the picture."""

CHORD: Final = 0.6
"""The part of the hip-shoulder line over which a bow is told, 15 to 75 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBack:
    """A trunk that faces right unless mirrored, with a parabola for a back.

    Attributes
    ----------
    bow
        Sagitta over chord of the back between 15 and 75 % of the hip-shoulder line.
    lean_deg
        Inclination of the hip-shoulder line.
    trunk_px
        Its length.
    hip_px
        Where it starts in the picture.
    """

    bow: float = 0.03
    lean_deg: float = 30.0
    trunk_px: float = 150.0
    hip_px: tuple[float, float] = (170.0, 290.0)

    def depth(self, along: Floats) -> Floats:
        """How far the back lies behind the line, in trunk lengths."""
        return 0.22 + 4 * self.bow / CHORD * (0.2 - (along - 0.45) ** 2)

    @property
    def axes(self) -> tuple[Floats, Floats]:
        """Unit vectors along the line and towards the back, y down."""
        lean = math.radians(self.lean_deg)
        up = np.array([math.sin(lean), -math.cos(lean)])
        return up, np.array([up[1], -up[0]])

    def at(self, along: Floats, behind: Floats) -> Floats:
        """Picture points of a place in the body."""
        up, back = self.axes
        return np.array(self.hip_px) + self.trunk_px * (
            along[..., None] * up + behind[..., None] * back
        )

    def in_body(self, points_px: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Place in the body of picture points: along the line and behind it."""
        up, back = self.axes
        offset = (np.asarray(points_px, np.float64) - self.hip_px) / self.trunk_px
        return offset @ up, offset @ back

    def error_px(self, points_px: NDArray[np.floating]) -> Floats:
        """How far points lie outside the true back; the slope of the back is allowed for."""
        along, behind = self.in_body(points_px)
        slope = -8 * self.bow / CHORD * (along - 0.45)
        return (behind - self.depth(along)) * self.trunk_px / np.hypot(1.0, slope)

    def coverage(self, points_px: Floats, *, grown_px: float = 0.0, soft_px: float = 1.0) -> Floats:
        """Share of the person at picture points, 0 to 1; soft over so many pixels."""
        along, behind = self.in_body(points_px)
        outside_px = np.maximum.reduce(
            [
                (behind - self.depth(along)) * self.trunk_px - grown_px,
                (-0.2 - behind) * self.trunk_px,
                (np.abs(along - 0.45) - 0.9) * self.trunk_px,
            ]
        )
        return np.asarray(np.clip(0.5 - outside_px / soft_px, 0.0, 1.0))


def picture_points() -> Floats:
    """``(height, width, 2)`` pixel centres."""
    width, height = SIZE
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float64)


def picture(person: Floats, *, light: int = 190, dark: int = 60) -> NDArray[np.uint8]:
    """Dark person before a light wall, with noise."""
    noise = np.random.default_rng(1).normal(0.0, 2.0, (*person.shape, 3))
    grey = light + (dark - light) * person
    return np.clip(grey[..., None] + noise, 0, 255).astype(np.uint8)


def mask_of(
    back: DrawnBack, *, grown_px: float = 0.0, soft_px: float = 6.0, side: int = 200
) -> PersonMask:
    """The network's mask: coarse, soft, and perhaps too wide."""
    scale = max(SIZE) / side
    to_image = np.array([[scale, 0.0, scale / 2 - 0.5], [0.0, scale, scale / 2 - 0.5]])
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1)
    points = grid @ to_image[:, :2].T + to_image[:, 2]
    probability = back.coverage(points, grown_px=grown_px, soft_px=soft_px)
    return PersonMask(probability=probability.astype(np.float32), to_image=to_image)


def pose_of(back: DrawnBack, *, elbow: tuple[float, float] | None = None) -> Pose:
    """Landmarks of the person; the right arm is seen when an elbow is given, in the body."""
    image_xy = np.full((LANDMARK_COUNT, 2), np.nan)
    visibility = np.zeros(LANDMARK_COUNT)

    def put(landmark: Landmark, along: float, behind: float) -> None:
        image_xy[landmark] = back.at(np.array(along), np.array(behind))
        visibility[landmark] = 0.99

    for side in (0, 1):
        put(Landmark(Landmark.LEFT_HIP + side), 0.0, 0.0)
        put(Landmark(Landmark.LEFT_SHOULDER + side), 1.0, 0.0)
    put(Landmark.NOSE, 1.35, -0.15)
    put(Landmark.LEFT_ANKLE, -0.8, 0.0)
    if elbow is not None:
        put(Landmark.RIGHT_ELBOW, *elbow)
        put(Landmark.RIGHT_WRIST, elbow[0] - 0.1, elbow[1] - 0.4)
    return Pose.from_landmarks(
        t_s=0.0,
        image_size=SIZE,
        image_xy=image_xy,
        world_xyz=np.zeros((LANDMARK_COUNT, 3)),
        visibility=visibility,
    )
