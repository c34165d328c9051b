"""Poses with outlines, as the product makes them, against the parts they are made of."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.given_material import first_images, pose_bundle
from tests.recordings import same_bits
from vision.estimators.direct import DirectBlazePose
from vision.estimators.outlined import OutlinedBlazePose
from vision.facing import MEMORY_S
from vision.frame import Frame
from vision.framing import trunk_length_px
from vision.outline_extraction import POINT_COUNT
from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vision.assets import Bundle
    from vision.pose import Pose

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_neutral.mp4"
"""Somebody bends forwards, their right side towards the camera."""

FPS: Final = 30
FRAMES: Final = 48


def frames_of(images: Iterable[NDArray[np.uint8]]) -> list[Frame]:
    return [Frame(image=image, t_s=index / FPS, index=index) for index, image in enumerate(images)]


def seen(frames: Sequence[Frame], bundle: Bundle) -> list[Pose]:
    with OutlinedBlazePose(bundle) as estimator:
        return [estimator.estimate(frame) for frame in frames]


@cache
def sample_frames() -> list[Frame]:
    return frames_of(first_images(SAMPLE, FRAMES))


@cache
def sample_poses() -> list[Pose]:
    return seen(sample_frames(), pose_bundle(mask=True))


def landmarks_alone(pose: Pose) -> Pose:
    return dataclasses.replace(pose, outline=None, outline_sought=False)


def both(poses: Sequence[Pose]) -> zip[tuple[Pose, Pose]]:
    """Pair poses with those of the same frames with an outline each."""
    return zip(poses, sample_poses(), strict=True)


def side_of_trunk(pose: Pose) -> float:
    """How far the outline lies to the right of the hip-shoulder line, in its lengths."""
    assert pose.outline is not None
    hip, shoulder = (
        pose.image_xy[[left, left + 1]].mean(axis=0)
        for left in (Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER)
    )
    middle = pose.outline.points_px[POINT_COUNT // 2]
    return float((middle - (hip + shoulder) / 2)[0]) / trunk_length_px(pose)


def test_every_pose_has_an_outline_once_the_facing_is_known() -> None:
    outlined = [pose.outline is not None for pose in sample_poses()]
    assert outlined.index(True) <= 0.2 * FPS
    assert all(outlined[outlined.index(True) :])


def test_the_outline_is_on_the_side_of_the_back() -> None:
    toes_from_heels = [
        float(pose.image_xy[Landmark.RIGHT_FOOT_INDEX, 0] - pose.image_xy[Landmark.RIGHT_HEEL, 0])
        for pose in sample_poses()
    ]
    sides = [side_of_trunk(pose) for pose in sample_poses() if pose.outline is not None]
    assert max(side * np.median(toes_from_heels) for side in sides) < 0


def test_the_landmarks_are_those_of_the_direct_runner_to_the_bit() -> None:
    with DirectBlazePose(pose_bundle()) as estimator:
        plain = [estimator.estimate(frame) for frame in sample_frames()]
    bare = [dataclasses.replace(pose, outline=None) for pose in sample_poses()]
    assert all(map(same_bits, bare, plain))


def test_a_bundle_without_the_mask_gives_the_same_landmarks_and_no_outline() -> None:
    poses = seen(sample_frames()[:20], pose_bundle())
    assert {pose.outline for pose in poses} == {None}
    assert not any(pose.outline_sought for pose in poses)
    bare = [landmarks_alone(pose) for pose in sample_poses()[:20]]
    assert all(map(same_bits, bare, poses))


@pytest.mark.parametrize("with_plain", [True, False])
def test_outlines_of_every_third_picture_leave_landmarks_as_they_are(*, with_plain: bool) -> None:
    plain = pose_bundle() if with_plain else None
    with OutlinedBlazePose(pose_bundle(mask=True), plain=plain, outline_every=3) as estimator:
        poses = [estimator.estimate(frame) for frame in sample_frames()]
    sought = [pose.outline_sought for pose in poses]
    assert sought == [number % 3 == 0 for number in range(len(poses))]
    every = [one if one.outline_sought else landmarks_alone(two) for one, two in both(poses)]
    assert all(map(same_bits, poses, every))
    assert all(same_bits(one, two) for one, two in both(poses) if one.outline_sought)


def test_how_often_may_change_between_two_pictures() -> None:
    every = [1] * 3 + [4] * 9 + [2] * 6
    with OutlinedBlazePose(pose_bundle(mask=True), plain=pose_bundle()) as estimator:
        sought = []
        for outline_every, frame in zip(every, sample_frames(), strict=False):
            estimator.outline_every = outline_every
            sought.append(estimator.estimate(frame).outline_sought)
    assert [number for number, was in enumerate(sought) if was] == [0, 1, 2, 6, 10, 12, 14, 16]


def test_a_plain_model_must_be_the_same_without_the_mask() -> None:
    masked = pose_bundle(mask=True)
    with pytest.raises(ValueError, match="without the mask"):
        OutlinedBlazePose(masked, plain=dataclasses.replace(masked, sha256="0" * 64))
    with pytest.raises(ValueError, match="expected an outline of every n-th picture"):
        OutlinedBlazePose(masked, outline_every=0)


def test_two_runs_give_the_same_outlines() -> None:
    again = seen(sample_frames(), pose_bundle(mask=True))
    assert all(map(same_bits, again, sample_poses()))


def test_who_turns_round_has_no_outline_of_the_belly() -> None:
    images = [frame.image for frame in sample_frames()]
    mirrored = [np.ascontiguousarray(image[:, ::-1]) for image in images]
    poses = seen(frames_of([*images, *mirrored]), pose_bundle(mask=True))
    before = [side_of_trunk(pose) for pose in poses[:FRAMES] if pose.outline is not None]
    # Landmarks are smoothed, so they arrive at the mirrored person a few frames after the cut.
    settled = FRAMES + 5
    assert poses[settled].outline is None
    after = [side_of_trunk(pose) for pose in poses[settled:] if pose.outline is not None]
    assert len(after) > len(images) - 2 * MEMORY_S * FPS
    assert max(before) * min(after) < 0
    assert min(before) * max(after) < 0


def test_where_nobody_is_there_is_no_outline() -> None:
    nobody = np.full_like(sample_frames()[0].image, 100)
    poses = seen(frames_of([nobody] * 5), pose_bundle(mask=True))
    assert all(pose.is_empty and pose.outline is None for pose in poses)


def test_a_frame_that_is_not_later_is_refused() -> None:
    with OutlinedBlazePose(pose_bundle(mask=True)) as estimator:
        estimator.estimate(sample_frames()[0])
        with pytest.raises(ValueError, match="in order of time"):
            estimator.estimate(sample_frames()[0])
