"""What every pose estimator keeps to, whatever is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.given_material import pose_bundle
from tests.recordings import made_recording
from vision.estimators.direct import DirectBlazePose
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.estimators.outlined import OutlinedBlazePose
from vision.estimators.recorded import RecordedPoses
from vision.frame import Frame
from vision.pose import LANDMARK_COUNT, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vision.estimators.base import PoseEstimator

WIDTH, HEIGHT = 320, 240
# Uneven, with a step below MediaPipe's millisecond.
TIMES_S: Final = (0.0, 0.0004, 0.04, 0.1, 0.11)


def empty_frames() -> list[Frame]:
    """Make frames in which nobody is."""
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    return [Frame(image=image, t_s=t_s, index=index) for index, t_s in enumerate(TIMES_S)]


def by_mediapipe() -> PoseEstimator:
    return MediaPipeTasks(pose_bundle())


def directly() -> PoseEstimator:
    return DirectBlazePose(pose_bundle())


def with_outlines() -> PoseEstimator:
    return OutlinedBlazePose(pose_bundle(mask=True))


def by_recording() -> PoseEstimator:
    poses = [Pose.empty(t_s, (WIDTH, HEIGHT)) for t_s in TIMES_S]
    return RecordedPoses(made_recording(poses))


@pytest.fixture(params=[by_mediapipe, directly, with_outlines, by_recording])
def estimator(request: pytest.FixtureRequest) -> Iterator[PoseEstimator]:
    make: Callable[[], PoseEstimator] = request.param
    with make() as made:
        yield made


def test_it_says_where_landmarks_come_from(estimator: PoseEstimator) -> None:
    info = estimator.info
    assert info.name
    assert info.version
    assert info.model in {"lite", "full", "heavy"}
    assert len(bytes.fromhex(info.asset_sha256)) == 32


def test_a_pose_has_the_time_and_size_of_its_frame(estimator: PoseEstimator) -> None:
    for frame in empty_frames():
        pose = estimator.estimate(frame)
        assert (pose.t_s, pose.image_size) == (frame.t_s, (WIDTH, HEIGHT))


def test_where_nobody_is_the_pose_is_empty(estimator: PoseEstimator) -> None:
    for frame in empty_frames():
        pose = estimator.estimate(frame)
        assert pose.is_empty
        assert pose.image_xy.shape == (LANDMARK_COUNT, 2)
        assert np.isnan(pose.image_xy).all()
        assert np.isnan(pose.world_xyz).all()
        assert pose.others_px.shape == (0, 4)
        assert pose.outline is None


def test_arrays_are_single_precision_and_read_only(estimator: PoseEstimator) -> None:
    pose = estimator.estimate(empty_frames()[0])
    for array in (pose.image_xy, pose.world_xyz, pose.visibility, pose.others_px):
        assert array.dtype == np.float32
        assert not array.flags.writeable


def test_a_frame_is_not_changed(estimator: PoseEstimator) -> None:
    frame = empty_frames()[0]
    before = frame.image.copy()
    estimator.estimate(frame)
    assert np.array_equal(frame.image, before)


def test_closing_twice_is_harmless(estimator: PoseEstimator) -> None:
    estimator.close()
    estimator.close()
