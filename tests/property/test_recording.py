from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.recordings import made_pose, made_recording, same_bits
from vision.errors import RecordingError
from vision.outline import DorsalOutline
from vision.pose import Pose
from vision.recording import read_recording, write_recording

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FLOAT32 = st.floats(width=32)
"""Any single, with every NaN, infinity and signed zero."""


def rows(width: int) -> st.SearchStrategy[NDArray[np.float32]]:
    shapes = st.integers(0, 5).map(lambda count: (count, width))
    return shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=FLOAT32))


@st.composite
def outlines(draw: Callable[..., object]) -> DorsalOutline:
    points = draw(rows(2))
    assert isinstance(points, np.ndarray)
    occluded = draw(arrays.arrays(np.bool_, len(points)))
    assert isinstance(occluded, np.ndarray)
    quality = draw(st.floats(0, 1))
    assert isinstance(quality, float)
    return DorsalOutline(points_px=points, occluded=occluded, quality=quality)


def poses(t_s: float) -> st.SearchStrategy[Pose]:
    return st.builds(
        Pose,
        t_s=st.just(t_s),
        image_size=st.tuples(st.integers(1, 8192), st.integers(1, 8192)),
        image_xy=arrays.arrays(np.float32, (33, 2), elements=FLOAT32),
        world_xyz=arrays.arrays(np.float32, (33, 3), elements=FLOAT32),
        visibility=arrays.arrays(np.float32, 33, elements=FLOAT32),
        others_px=rows(4),
        outline=st.none() | outlines(),
        outline_sought=st.booleans(),
    )


TIMES = st.lists(st.floats(0, 1e6, allow_nan=False).map(abs), max_size=4, unique=True).map(sorted)


@given(recorded=TIMES.flatmap(lambda times: st.tuples(*map(poses, times))))
@settings(deadline=None)
def test_every_number_comes_back_to_the_bit(recorded: tuple[Pose, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.poses.npz"
        write_recording(path, made_recording(recorded))
        read = read_recording(path)
    assert len(read.poses) == len(recorded)
    for came, given_pose in zip(read.poses, recorded, strict=True):
        assert same_bits(came, given_pose)
        assert (came.outline is None) == (given_pose.outline is None)


with tempfile.TemporaryDirectory() as _folder:
    _path = Path(_folder) / "clip.poses.npz"
    write_recording(
        _path, made_recording([made_pose(0.0, others=1), made_pose(0.04, outline_points=5)])
    )
    SOUND = _path.read_bytes()


@given(
    changes=st.dictionaries(st.integers(0, len(SOUND) - 1), st.integers(0, 255), min_size=1),
    length=st.integers(0, len(SOUND)) | st.just(len(SOUND)),
)
@settings(deadline=None, max_examples=300)
def test_a_damaged_file_is_refused_or_read_but_never_fails_otherwise(
    changes: dict[int, int], length: int
) -> None:
    content = bytearray(SOUND)
    for place, value in changes.items():
        content[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.poses.npz"
        path.write_bytes(bytes(content[:length]))
        with contextlib.suppress(RecordingError):
            assert len(read_recording(path).poses) == 2
