"""Where the camera stands and what it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.rotations import about, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Facing = Literal["left", "right"]
NEAR_M, FAR_M = 0.3, 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSpec:
    """A fixed camera beside the person.

    Attributes
    ----------
    facing
        Where the person looks in the picture.
    yaw_deg
        0 is a pure side view; positive swings the camera towards the person's front.
    height_m
        Height of the lens.
    distance_m
        Distance from the person, on the ground.
    vertical_fov_deg
        Angle of view from the top to the bottom edge.
    roll_deg
        Turn of the picture.
    aim_forward_m, aim_height_m
        Point that the lens looks at: in front of the person's mid-line, and its height.
    """

    facing: Facing = "right"
    yaw_deg: float = 0.0
    height_m: float = 1.0
    distance_m: float = 3.8
    vertical_fov_deg: float = 36.0
    roll_deg: float = 0.0
    aim_forward_m: float = 0.05
    aim_height_m: float = 0.9


def eye(spec: CameraSpec) -> NDArray[np.float64]:
    """Place of the lens, metres."""
    side = 1.0 if spec.facing == "left" else -1.0
    yaw = np.radians(spec.yaw_deg)
    return np.array(
        [
            side * spec.distance_m * np.cos(yaw),
            -spec.distance_m * np.sin(yaw),
            spec.height_m,
        ]
    )


def view_projection(spec: CameraSpec, size_px: tuple[int, int]) -> NDArray[np.float64]:
    """(4, 4) matrix from world to clip space.

    Parameters
    ----------
    spec
        The camera.
    size_px
        Width and height of the picture.
    """
    aim = np.array([0.0, -spec.aim_forward_m, spec.aim_height_m])
    view = look_at(eye(spec), aim, roll_deg=spec.roll_deg)
    matrix: NDArray[np.float64] = _perspective(spec.vertical_fov_deg, size_px) @ view
    return matrix


def look_at(
    at: NDArray[np.float64],
    target: NDArray[np.float64],
    *,
    roll_deg: float = 0.0,
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> NDArray[np.float64]:
    """(4, 4) matrix from world to camera (x right, y up, looking along -z)."""
    forward = unit(target - at)
    right = unit(np.cross(forward, np.array(up)))
    right = about(forward, roll_deg) @ right
    matrix = np.eye(4)
    matrix[:3, :3] = right, np.cross(right, forward), -forward
    matrix[:3, 3] = -matrix[:3, :3] @ at
    return matrix


def _perspective(vertical_fov_deg: float, size_px: tuple[int, int]) -> NDArray[np.float64]:
    focal = 1.0 / np.tan(np.radians(vertical_fov_deg) / 2)
    aspect = size_px[0] / size_px[1]
    depth = NEAR_M - FAR_M
    matrix = np.zeros((4, 4))
    matrix[0, 0], matrix[1, 1] = focal / aspect, focal
    matrix[2, 2], matrix[2, 3] = (FAR_M + NEAR_M) / depth, 2 * FAR_M * NEAR_M / depth
    matrix[3, 2] = -1.0
    return matrix


def orthographic(half_size_m: float, depth_m: float) -> NDArray[np.float64]:
    """(4, 4) parallel projection of a square, used for the shadow of the key light."""
    return np.array(
        [
            [1.0 / half_size_m, 0.0, 0.0, 0.0],
            [0.0, 1.0 / half_size_m, 0.0, 0.0],
            [0.0, 0.0, -2.0 / depth_m, -1.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def project(
    matrix: NDArray[np.float64], points: NDArray[np.float64], size_px: tuple[int, int]
) -> NDArray[np.float64]:
    """Pixels (n, 2) of points in metres; x right, y down, (0, 0) the top left corner."""
    clip = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    ndc = clip[:, :2] / clip[:, 3:]
    width, height = size_px
    return np.column_stack([(ndc[:, 0] + 1.0) * width / 2, (1.0 - ndc[:, 1]) * height / 2])
