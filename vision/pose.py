"""Landmarks of one person in one frame: names, skeleton, and the ``Pose`` that holds them.

Pure numpy. The 33 landmarks and their order are those of MediaPipe Pose (BlazePose GHUM);
none of them lies on the spine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from vision.outline import DorsalOutline
    from vision.tape import TapeStrips


class Landmark(IntEnum):
    """A landmark; its value is its row in every landmark array."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


LANDMARK_COUNT: Final = len(Landmark)

SKELETON_EDGES: Final[tuple[tuple[Landmark, Landmark], ...]] = (
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    (Landmark.LEFT_EAR, Landmark.LEFT_SHOULDER),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW),
    (Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP),
    (Landmark.LEFT_HIP, Landmark.LEFT_KNEE),
    (Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE),
    (Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL),
    (Landmark.LEFT_HEEL, Landmark.LEFT_FOOT_INDEX),
    (Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT_INDEX),
    (Landmark.RIGHT_EAR, Landmark.RIGHT_SHOULDER),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW),
    (Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_HIP),
    (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE),
    (Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE),
    (Landmark.RIGHT_ANKLE, Landmark.RIGHT_HEEL),
    (Landmark.RIGHT_HEEL, Landmark.RIGHT_FOOT_INDEX),
    (Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT_INDEX),
)

MIRROR: Final[NDArray[np.intp]] = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9]
    + [row + (1 if row % 2 else -1) for row in range(11, LANDMARK_COUNT)],
    dtype=np.intp,
)
"""Row of the landmark on the other side of the body, for every row."""

MIN_VISIBILITY: Final = 0.5
"""Landmarks below this become NaN (``measurement.md`` §2.3; MediaPipe's own default)."""


def _frozen(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float32]:
    array = np.array(values, dtype=np.float32)
    if array.shape != shape:
        msg = f"expected an array of shape {shape}, got {array.shape}"
        raise ValueError(msg)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """What was seen of one person in one frame.

    Attributes
    ----------
    t_s
        Seconds on the source's clock.
    image_size
        Width and height of the frame in pixels.
    image_xy
        ``(33, 2)`` float32 pixels, x to the right, y down. NaN where not seen.
    world_xyz
        ``(33, 3)`` float32 metres from the middle of the hips, x to the right of the picture,
        y down, z away from the camera. NaN where not seen.
    visibility
        ``(33,)`` float32 in 0..1, as the estimator gave it. It stays high on legs that a plate
        hides, so it is necessary for trust and never sufficient.
    others_px
        ``(n, 4)`` float32 boxes (left, top, right, bottom) of the other people last seen.
    outline
        The back's contour when one was measured.
    tape
        The strips of tape on the back when both were found.
    outline_sought
        Whether the outline, if there is none, was looked for in vain. False where only the
        landmarks were asked for: then the frame says nothing about the back, for or against.
    """

    t_s: float
    image_size: tuple[int, int]
    image_xy: NDArray[np.float32]
    world_xyz: NDArray[np.float32]
    visibility: NDArray[np.float32]
    others_px: NDArray[np.float32]
    outline: DorsalOutline | None = None
    tape: TapeStrips | None = None
    outline_sought: bool = True

    @classmethod
    def from_landmarks(
        cls,
        *,
        t_s: float,
        image_size: tuple[int, int],
        image_xy: ArrayLike,
        world_xyz: ArrayLike,
        visibility: ArrayLike,
        others_px: ArrayLike | None = None,
        outline: DorsalOutline | None = None,
    ) -> Self:
        """Make a pose; landmarks below ``MIN_VISIBILITY`` become NaN here, once.

        Raises
        ------
        ValueError
            When an array has another shape than ``(33, 2)``, ``(33, 3)``, ``(33,)``, ``(n, 4)``.
        """
        seen = _frozen(visibility, (LANDMARK_COUNT,))
        hidden = ~(seen >= MIN_VISIBILITY)
        image = np.where(hidden[:, None], np.float32(np.nan), np.asarray(image_xy, np.float32))
        world = np.where(hidden[:, None], np.float32(np.nan), np.asarray(world_xyz, np.float32))
        others = np.zeros((0, 4)) if others_px is None else np.asarray(others_px)
        return cls(
            t_s=t_s,
            image_size=image_size,
            image_xy=_frozen(image, (LANDMARK_COUNT, 2)),
            world_xyz=_frozen(world, (LANDMARK_COUNT, 3)),
            visibility=seen,
            others_px=_frozen(others, (len(others), 4)),
            outline=outline,
        )

    @classmethod
    def empty(
        cls, t_s: float, image_size: tuple[int, int], others_px: ArrayLike | None = None
    ) -> Self:
        """Nobody in view: every landmark NaN, every visibility 0."""
        return cls.from_landmarks(
            t_s=t_s,
            image_size=image_size,
            image_xy=np.full((LANDMARK_COUNT, 2), np.nan),
            world_xyz=np.full((LANDMARK_COUNT, 3), np.nan),
            visibility=np.zeros(LANDMARK_COUNT),
            others_px=others_px,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nobody is in view."""
        return not bool((self.visibility > 0).any())
