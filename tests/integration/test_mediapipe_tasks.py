"""The pose model at work on pictures of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import mediapipe  # type: ignore[import-untyped]  # ships no types
import numpy as np
import pytest
from mediapipe.tasks.python import vision as tasks  # type: ignore[import-untyped]  # as above
from mediapipe.tasks.python.core.base_options import (  # type: ignore[import-untyped]  # as above
    BaseOptions,
)

from tests.given_material import first_frames, first_images, pose_bundle, shared_file
from tests.recordings import made_recording, same_bits
from vision.assets import PoseModel, locate_bundle
from vision.errors import AssetError
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.frame import Frame
from vision.outline import DorsalOutline
from vision.pose import MIN_VISIBILITY, Landmark
from vision.recording import read_recording, write_recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.assets import Bundle
    from vision.pose import Pose

FPS: Final = 25
HALF: Final = 320
"""Width of each half of a picture of two people, in pixels."""


def estimate(frames: Iterable[Frame], bundle: Bundle) -> list[Pose]:
    with MediaPipeTasks(bundle) as estimator:
        return [estimator.estimate(frame) for frame in frames]


def frames_of(images: Iterable[NDArray[np.uint8]]) -> list[Frame]:
    return [Frame(image=image, t_s=index / FPS, index=index) for index, image in enumerate(images)]


def plain_tracking(frames: Iterable[Frame], bundle: Bundle) -> list[tuple[Any, Any]]:
    """Track one person with the library alone: image points in pixels and world points."""
    options = tasks.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle.path)),
        running_mode=tasks.RunningMode.VIDEO,
    )
    tracked = []
    with tasks.PoseLandmarker.create_from_options(options) as landmarker:
        for frame in frames:
            picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, frame.image)
            result = landmarker.detect_for_video(picture, round(frame.t_s * 1000))
            [landmarks], [world] = result.pose_landmarks, result.pose_world_landmarks
            shown = np.array([point.visibility >= MIN_VISIBILITY for point in landmarks])[:, None]
            image_xy = np.array([(point.x, point.y) for point in landmarks]) * frame.size
            world_xyz = np.array([(point.x, point.y, point.z) for point in world])
            seen_xy, seen_xyz = (np.where(shown, each, np.nan) for each in (image_xy, world_xyz))
            tracked.append((seen_xy.astype(np.float32), seen_xyz.astype(np.float32)))
    return tracked


# ---- one person ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "renders/hinge_flat.mp4",
        "clips/deadlift_rounded_back_side_bichraix_bad007.mp4",
        "clips/squat_barbell_front_jamesr.mp4",
    ],
)
def test_one_person_has_the_landmarks_of_plain_tracking_to_the_bit(name: str) -> None:
    frames, bundle = first_frames(shared_file(name), 70), pose_bundle()
    poses = estimate(frames, bundle)
    for pose, (image_xy, world_xyz) in zip(poses, plain_tracking(frames, bundle), strict=True):
        assert np.array_equal(pose.image_xy, image_xy, equal_nan=True)
        assert np.array_equal(pose.world_xyz, world_xyz, equal_nan=True)
        assert pose.others_px.shape == (0, 4)


def test_without_the_mask_branch_landmarks_are_the_same_to_the_bit() -> None:
    frames = first_frames(shared_file("renders/squat_neutral.mp4"), 30)
    with_mask = estimate(frames, pose_bundle(mask=True))
    without = estimate(frames, pose_bundle(mask=False))
    assert all(map(same_bits, with_mask, without))


def test_a_skeleton_model_in_the_background_is_not_taken_for_the_lifter() -> None:
    clip = shared_file("clips/deadlift_rounded_back_side_bichraix_bad007.mp4")
    poses = estimate(first_frames(clip, 113), pose_bundle())
    assert not any(pose.is_empty for pose in poses)
    knees = np.array([np.nanmean(pose.image_xy[[25, 26]], axis=0) for pose in poses])
    shoulders = np.array([np.nanmean(pose.image_xy[[11, 12]], axis=0) for pose in poses])
    assert np.nanmax(np.abs(np.diff(shoulders, axis=0))) < 60  # nobody jumps to another body
    assert np.nanmax(shoulders[:, 1]) - np.nanmin(shoulders[:, 1]) > 100  # the one who moves
    assert np.nanmax(knees[:, 0]) - np.nanmin(knees[:, 0]) < 150  # and who stands in one place


def test_two_runs_give_the_same_numbers() -> None:
    frames, bundle = first_frames(shared_file("renders/lift_box_neutral.mp4"), 30), pose_bundle()
    assert all(map(same_bits, estimate(frames, bundle), estimate(frames, bundle)))


def test_a_recording_of_what_was_seen_replays_to_the_bit(tmp_path: Path) -> None:
    poses = estimate(first_frames(shared_file("renders/hinge_flat.mp4"), 30), pose_bundle())
    write_recording(tmp_path / "hinge.poses.npz", made_recording(poses))
    read = read_recording(tmp_path / "hinge.poses.npz").poses
    assert all(map(same_bits, read, poses))


def test_the_facing_side_of_a_render_lies_where_it_was_drawn() -> None:
    frames = first_frames(shared_file("renders/hinge_flat.mp4"), 20)
    pose = estimate(frames, pose_bundle())[-1]
    ankle, nose = pose.image_xy[Landmark.LEFT_ANKLE], pose.image_xy[Landmark.NOSE]
    assert ankle[1] - nose[1] > 250  # standing, 341 px tall in the picture
    assert np.all(np.abs(pose.world_xyz[Landmark.LEFT_HIP]) < 0.3)  # metres from mid-hip


def test_frames_closer_than_a_millisecond_are_taken() -> None:
    images = first_images(shared_file("renders/hinge_flat.mp4"), 6)
    frames = [Frame(image=image, t_s=i * 0.0004, index=i) for i, image in enumerate(images)]
    assert not any(pose.is_empty for pose in estimate(frames, pose_bundle()))


def test_a_frame_that_is_a_view_of_a_larger_array_is_taken() -> None:
    [image] = first_images(shared_file("renders/hinge_flat.mp4"), 1)
    turned = np.rot90(np.rot90(image).copy(), -1)
    assert not turned.flags.c_contiguous
    pair = [estimate(frames_of([one]), pose_bundle())[0] for one in (image, turned)]
    assert same_bits(*pair)


# ---- misuse and bad models -------------------------------------------------------------------


@pytest.mark.parametrize("t_s", [0.0, -0.5])
def test_a_frame_that_is_not_later_is_refused(t_s: float) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    with MediaPipeTasks(pose_bundle()) as estimator:
        estimator.estimate(Frame(image=image, t_s=0.0, index=0))
        with pytest.raises(ValueError, match="in order of time"):
            estimator.estimate(Frame(image=image, t_s=t_s, index=1))


def test_a_closed_estimator_is_refused() -> None:
    estimator = MediaPipeTasks(pose_bundle())
    estimator.close()
    with pytest.raises(ValueError, match="expected an open estimator"):
        estimator.estimate(Frame(image=np.zeros((120, 160, 3), np.uint8), t_s=0.0, index=0))


def test_a_bundle_that_mediapipe_cannot_run_is_an_asset_error(tmp_path: Path) -> None:
    good = pose_bundle().path.read_bytes()
    broken = tmp_path / "broken.task"
    broken.write_bytes(good[:2000] + bytes(3_000_000) + good[3_002_000:])
    bundle = locate_bundle(PoseModel.FULL, mask=False, override=broken)
    with pytest.raises(AssetError, match=r"broken\.task"):
        MediaPipeTasks(bundle)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    frames, bundle = first_frames(shared_file("renders/hinge_flat.mp4"), 3), pose_bundle()
    capfd.readouterr()
    estimate(frames, bundle)
    assert capfd.readouterr() == ("", "")


# ---- the outline -----------------------------------------------------------------------------


def test_an_outline_is_measured_on_the_persons_mask() -> None:
    frames = first_frames(shared_file("renders/hinge_flat.mp4"), 2)
    masks = []

    def measure(frame: Frame, pose: Pose, mask: NDArray[np.float32]) -> DorsalOutline:
        masks.append(mask.copy())
        hip = pose.image_xy[[Landmark.LEFT_HIP]]
        assert mask.shape == frame.image.shape[:2]
        return DorsalOutline(points_px=hip, occluded=np.zeros(1, np.bool_), quality=0.5)

    with MediaPipeTasks(pose_bundle(mask=True), measure_outline=measure) as estimator:
        poses = [estimator.estimate(frame) for frame in frames]
    for pose, mask in zip(poses, masks, strict=True):
        column, row = pose.image_xy[Landmark.LEFT_HIP].round().astype(int)
        assert mask[row, column] > 0.9
        assert mask[row, 20] < 0.1
        assert pose.outline is not None
        assert pose.outline.quality == 0.5


@pytest.mark.parametrize("width", [637, 638, 639])
def test_a_mask_of_a_picture_of_any_width_is_handed_back(width: int) -> None:
    """The library ends the process on the mask of a width that is no multiple of 4."""
    shapes = []

    def measure(_: Frame, __: Pose, mask: NDArray[np.float32]) -> None:
        shapes.append(mask.shape)

    frames = [
        Frame(image=frame.image[:, :width], t_s=frame.t_s, index=frame.index)
        for frame in first_frames(shared_file("renders/hinge_flat.mp4"), 3)
    ]
    with MediaPipeTasks(pose_bundle(mask=True), measure_outline=measure) as estimator:
        poses = [estimator.estimate(frame) for frame in frames]
    assert not poses[-1].is_empty
    assert shapes == [(480, width)] * 3


def test_an_outline_needs_a_bundle_with_the_mask() -> None:
    with pytest.raises(AssetError, match="has none"):
        MediaPipeTasks(pose_bundle(mask=False), measure_outline=lambda *_: None)


# ---- several people --------------------------------------------------------------------------


def half(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut the middle of a render, which holds the whole person."""
    return image[:, 190 : 190 + HALF]


def smaller(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Show a half at 60 %, standing on the lower edge."""
    height, width = image.shape[:2]
    rows = (np.arange(int(height * 0.6)) / 0.6).astype(int)
    columns = (np.arange(int(width * 0.6)) / 0.6).astype(int)
    shown = np.full_like(image, 110)
    left = (width - len(columns)) // 2
    shown[height - len(rows) :, left : left + len(columns)] = image[np.ix_(rows, columns)]
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Pictures of two people, each 320 pixels wide."""

    large: list[NDArray[np.uint8]]
    small: list[NDArray[np.uint8]]
    nobody: NDArray[np.uint8]


@pytest.fixture(scope="module")
def people() -> People:
    hinging = first_images(shared_file("renders/hinge_flat.mp4"), 130)
    squatting = first_images(shared_file("renders/squat_neutral.mp4"), 130)
    return People(
        large=[half(image) for image in hinging],
        small=[smaller(half(image)) for image in squatting],
        nobody=np.full((480, HALF, 3), 110, np.uint8),
    )


def sides(poses: Sequence[Pose]) -> list[str]:
    """Tell in which half of the picture each pose is."""
    return [
        "" if pose.is_empty else "left" if np.nanmean(pose.image_xy[:, 0]) < HALF else "right"
        for pose in poses
    ]


@pytest.mark.parametrize("large_is", ["left", "right"])
def test_the_larger_of_two_is_tracked(people: People, large_is: str) -> None:
    images = [
        np.hstack([large, small] if large_is == "left" else [small, large])
        for large, small in zip(people.large[:80], people.small[:80], strict=True)
    ]
    poses = estimate(frames_of(images), pose_bundle())
    assert set(sides(poses)) == {large_is}
    assert any(len(pose.others_px) for pose in poses)


def test_the_larger_is_taken_up_when_the_smaller_was_alone_first(people: People) -> None:
    images = [np.hstack([small, people.nobody]) for small in people.small[:40]]
    images += [
        np.hstack([small, large])
        for small, large in zip(people.small[40:130], people.large[40:130], strict=True)
    ]
    poses = estimate(frames_of(images), pose_bundle())
    told = sides(poses)
    assert set(told[:40]) == {"left"}
    switch = told.index("right")
    assert switch > 40 + 0.9 * FPS  # not at once: somebody may only walk past
    assert set(told[switch:]) == {"right"}
    [other] = poses[switch].others_px
    assert other[2] < HALF  # the smaller one, on the left


def test_who_comes_back_after_a_moment_is_judged_and_nobody_in_between(people: People) -> None:
    away = range(40, 65)
    images = [
        np.hstack([people.small[i], people.nobody if i in away else people.large[i]])
        for i in range(110)
    ]
    told = sides(estimate(frames_of(images), pose_bundle()))
    assert "left" not in told
    assert set(told[:40]) == {"right"}
    assert set(told[41:65]) == {""}
    assert told[80:].count("right") >= 25
