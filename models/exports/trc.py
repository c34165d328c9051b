"""Landmarks in metres as marker trajectories (.trc), as OpenSim and Mokka read them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from vision.framing import Side
from vision.pose import LANDMARK_COUNT, Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.pose import Pose

_AXES: Final = ("X", "Y", "Z")

_HEADER_NAMES: Final = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)


def landmarks_trc(poses: Sequence[Pose], *, facing: Side, file_name: str) -> str:
    """Write the world landmarks of every frame.

    X points forward, Y up and Z to the person's right; the origin is the middle of the hips in
    every frame, so the pelvis itself does not travel. A landmark that was not seen is blank.

    Parameters
    ----------
    poses
        In order of time.
    facing
        Where the person looks in the picture. X follows it; when unknown, X points to the right
        of the picture.
    file_name
        Stands in the file's first line.

    Returns
    -------
    str
        The file: TRC version 4, tabs, metres. Its data rate is that of the median time between
        frames; the ``Time`` column holds the video's own times.
    """
    times_s = np.array([pose.t_s for pose in poses])
    rate_hz = _rate_hz(times_s)
    count = len(poses)
    header = (rate_hz, rate_hz, count, LANDMARK_COUNT, "m", rate_hz, 1, count)
    names = [landmark.name.lower() for landmark in Landmark]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{file_name}",
        "\t".join(_HEADER_NAMES),
        "\t".join(str(entry) for entry in header),
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{row}" for row in range(1, len(names) + 1) for axis in _AXES),
        "",
        *(_row(number, pose, facing) for number, pose in enumerate(poses, start=1)),
    ]
    return "\n".join(lines) + "\n"


def opensim_axes(world_xyz: NDArray[np.float32], facing: Side) -> NDArray[np.float64]:
    """Turn camera axes (right, down, away) into forward, up, right of the person.

    Parameters
    ----------
    world_xyz
        ``(n, 3)`` metres, as in `vision.pose.Pose`.
    facing
        Where the person looks in the picture; unknown counts as right.

    Returns
    -------
    numpy.ndarray
        ``(n, 3)`` metres, right-handed. NaN stays NaN.
    """
    forward = -1.0 if facing is Side.LEFT else 1.0
    turned: NDArray[np.float64] = world_xyz * np.array([forward, -1.0, -forward])
    return turned


def _row(number: int, pose: Pose, facing: Side) -> str:
    positions = opensim_axes(pose.world_xyz, facing).ravel().tolist()
    cells = [f"{value:.5f}" if math.isfinite(value) else "" for value in positions]
    return "\t".join([str(number), f"{pose.t_s:.5f}", *cells])


def _rate_hz(times_s: NDArray[np.float64]) -> str:
    steps = np.diff(times_s)
    return f"{1 / np.median(steps):.3f}" if steps.size else "0.000"
