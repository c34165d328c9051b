"""What goes wrong between a person and a camera, done to poses in known ways."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from vision.pose import LANDMARK_COUNT, MIRROR, Landmark, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike

LEGS: Final = tuple(range(Landmark.LEFT_KNEE, LANDMARK_COUNT))
WRISTS: Final = (Landmark.LEFT_WRIST, Landmark.RIGHT_WRIST)


def changed(
    poses: Iterable[Pose],
    change: Callable[[Pose], Pose],
    *,
    from_s: float = -math.inf,
    until_s: float = math.inf,
) -> list[Pose]:
    """Change the poses of a span of time, ``[from_s, until_s)``."""
    return [change(pose) if from_s <= pose.t_s < until_s else pose for pose in poses]


def rebuilt(
    pose: Pose,
    *,
    t_s: float | None = None,
    image_size: tuple[int, int] | None = None,
    image_xy: ArrayLike | None = None,
    world_xyz: ArrayLike | None = None,
    visibility: ArrayLike | None = None,
    others_px: ArrayLike | None = None,
) -> Pose:
    """Make a pose anew with some of its parts exchanged, by the way that estimators take."""
    return Pose.from_landmarks(
        t_s=pose.t_s if t_s is None else t_s,
        image_size=pose.image_size if image_size is None else image_size,
        image_xy=pose.image_xy if image_xy is None else image_xy,
        world_xyz=pose.world_xyz if world_xyz is None else world_xyz,
        visibility=pose.visibility if visibility is None else visibility,
        others_px=pose.others_px if others_px is None else others_px,
    )


def mirrored(pose: Pose) -> Pose:
    """Film the person's mirror image, who faces the other way."""
    width = np.array([pose.image_size[0], 0], np.float32)
    return rebuilt(
        pose,
        image_xy=(pose.image_xy * np.array([-1, 1], np.float32) + width)[MIRROR],
        world_xyz=(pose.world_xyz * np.array([-1, 1, 1], np.float32))[MIRROR],
        visibility=pose.visibility[MIRROR],
    )


def scaled(factor: float) -> Callable[[Pose], Pose]:
    """Film with a camera of another resolution."""

    def scale(pose: Pose) -> Pose:
        width, height = pose.image_size
        size = (round(width * factor), round(height * factor))
        return rebuilt(pose, image_size=size, image_xy=pose.image_xy * np.float32(factor))

    return scale


def padded(right: int, below: int) -> Callable[[Pose], Pose]:
    """Film with a wider or taller picture; the person stays where they were."""

    def pad(pose: Pose) -> Pose:
        width, height = pose.image_size
        return rebuilt(pose, image_size=(width + right, height + below))

    return pad


def later(by_s: float) -> Callable[[Pose], Pose]:
    """Film at another time of the source's clock."""
    return lambda pose: rebuilt(pose, t_s=pose.t_s + by_s)


def gone(pose: Pose) -> Pose:
    """Leave the picture."""
    return Pose.empty(pose.t_s, pose.image_size)


def hidden(rows: Sequence[int], visibility: float = 0.1) -> Callable[[Pose], Pose]:
    """Hide landmarks in a way that the estimator notices."""

    def hide(pose: Pose) -> Pose:
        seen = pose.visibility.copy()
        seen[list(rows)] = visibility
        return rebuilt(pose, visibility=seen)

    return hide


def legs_swapped(pose: Pose) -> Pose:
    """Name the left leg right and the right leg left."""
    order = np.arange(LANDMARK_COUNT)
    order[Landmark.LEFT_HIP :] = MIRROR[Landmark.LEFT_HIP :]
    return rebuilt(
        pose,
        image_xy=pose.image_xy[order],
        world_xyz=pose.world_xyz[order],
        visibility=pose.visibility[order],
    )


def plate_over_shins(pose: Pose) -> Pose:
    """Guess knees and ankles behind a weight plate: misplaced, and not said to be hidden.

    The estimator draws the ankle up and the knee up and back, by the shares of a shank seen on
    the rendered lift with plates (0.45; 0.3 and 0.2); visibility stays at 0.85.
    """
    xy, seen = pose.image_xy.copy(), pose.visibility.copy()
    for side in (0, 1):
        knee, ankle = Landmark.LEFT_KNEE + side, Landmark.LEFT_ANKLE + side
        shank_px = math.dist(xy[knee], xy[ankle])
        xy[ankle] += shank_px * np.array([0.0, -0.45], np.float32)
        xy[knee] += shank_px * np.array([-0.2, -0.3], np.float32)
        for row in (knee, ankle, Landmark.LEFT_HEEL + side, Landmark.LEFT_FOOT_INDEX + side):
            seen[row] = 0.85
    return rebuilt(pose, image_xy=xy, visibility=seen)


def turned_over(pose: Pose) -> Pose:
    """Film with the camera upside down."""
    size = np.array(pose.image_size, np.float32)
    return rebuilt(pose, image_xy=size - pose.image_xy, world_xyz=pose.world_xyz * [-1, -1, 1])


def on_its_side(pose: Pose) -> Pose:
    """Film with the camera turned by a quarter, so that heads point to the right."""
    width, height = pose.image_size
    right, down = pose.image_xy.T
    return rebuilt(
        pose,
        image_size=(height, width),
        image_xy=np.column_stack([height - down, right]),
        world_xyz=pose.world_xyz[:, [1, 0, 2]] * np.array([-1, 1, 1], np.float32),
    )


def moved_px(right: float, down: float) -> Callable[[Pose], Pose]:
    """Film with the camera pointing elsewhere."""
    return lambda pose: rebuilt(pose, image_xy=pose.image_xy + np.array([right, down], np.float32))


def beside(boxes_px: ArrayLike) -> Callable[[Pose], Pose]:
    """Have other people in the picture."""
    return lambda pose: rebuilt(pose, others_px=boxes_px)


def joined(*clips: Sequence[Pose], gap_s: float = 1 / 30) -> list[Pose]:
    """Put clips one behind the other on one clock."""
    whole = list(clips[0])
    for _, clip in pairwise(clips):
        by_s = whole[-1].t_s + gap_s - clip[0].t_s
        whole += [later(by_s)(pose) for pose in clip]
    return whole
