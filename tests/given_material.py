"""Material that a test run may or may not have: shared videos and the pose model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from vision.assets import PoseModel, locate_bundle
from vision.errors import AssetError
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.assets import Bundle
    from vision.frame import Frame

SHARED: Final = Path(__file__).parents[2] / "shared"


def shared_file(name: str) -> Path:
    """Find a file of the shared test material, or skip the test."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"shared test material absent: {name}")
    return path


def pose_bundle(*, mask: bool = False) -> Bundle:
    """Find the full pose model on this computer, or skip the test."""
    try:
        return locate_bundle(PoseModel.FULL, mask=mask)
    except AssetError as error:
        pytest.skip(f"pose model absent: {error}")


def first_frames(path: Path, count: int) -> list[Frame]:
    """Read the first frames of a video."""
    with VideoFile(path) as video:
        return [frame for frame, _ in zip(video, range(count), strict=False)]


def first_images(path: Path, count: int) -> list[NDArray[np.uint8]]:
    """Read the pictures of the first frames of a video."""
    return [frame.image for frame in first_frames(path, count)]
