"""The networks run directly, against MediaPipe Tasks on the same pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pytest

from tests.given_material import first_frames, first_images, pose_bundle, shared_file
from tests.recordings import same_bits
from vision.assets import PoseModel, locate_bundle
from vision.errors import AssetError
from vision.estimators.direct import DirectBlazePose
from vision.estimators.mediapipe_tasks import MediaPipeTasks
from vision.frame import Frame
from vision.pose import MIN_VISIBILITY, Landmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vision.assets import Bundle
    from vision.outline import PersonMask
    from vision.pose import Pose

SAMPLES: Final = sorted((Path(__file__).parents[2] / "sample_videos").glob("*.mp4"))
"""The videos that this repository ships."""

FPS: Final = 25
HALF: Final = 320
"""Width of each half of a picture of two people, in pixels."""


def directly(frames: Iterable[Frame], bundle: Bundle, *, threads: int = 2) -> list[Pose]:
    with DirectBlazePose(bundle, threads=threads) as estimator:
        return [estimator.estimate(frame) for frame in frames]


def by_tasks(frames: Iterable[Frame], bundle: Bundle) -> list[Pose]:
    with MediaPipeTasks(bundle) as estimator:
        return [estimator.estimate(frame) for frame in frames]


def frames_of(images: Iterable[NDArray[np.uint8]]) -> list[Frame]:
    return [Frame(image=image, t_s=index / FPS, index=index) for index, image in enumerate(images)]


def apart_px(one: Sequence[Pose], other: Sequence[Pose]) -> NDArray[np.float64]:
    """Distances of the landmarks that both show, frame by frame; NaN where one does not."""
    return np.array(
        [
            np.hypot(*(left.image_xy - right.image_xy).T)
            for left, right in zip(one, other, strict=True)
        ]
    )


def person_height_px(poses: Sequence[Pose]) -> float:
    heights = [
        np.ptp(pose.image_xy[:, 1][pose.visibility > MIN_VISIBILITY])
        for pose in poses
        if not pose.is_empty
    ]
    return float(max(heights))


# ---- agreement -------------------------------------------------------------------------------


def assert_agree(direct: Sequence[Pose], tasks: Sequence[Pose]) -> None:
    assert [pose.is_empty for pose in direct] == [pose.is_empty for pose in tasks]
    apart = apart_px(direct, tasks) / person_height_px(tasks)
    assert np.nanmedian(apart) < 0.003
    assert np.nanpercentile(apart, 95) < 0.02
    world_m = [
        np.linalg.norm(one.world_xyz - other.world_xyz, axis=1)
        for one, other in zip(direct, tasks, strict=True)
    ]
    assert np.nanmedian(world_m) < 0.008
    visibility = [
        np.abs(one.visibility - other.visibility) for one, other in zip(direct, tasks, strict=True)
    ]
    assert np.percentile(visibility, 95) < 0.05


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_on_the_shipped_samples_landmarks_agree(path: Path) -> None:
    frames, bundle = first_frames(path, 40), pose_bundle()
    assert_agree(directly(frames, bundle), by_tasks(frames, bundle))


@pytest.mark.parametrize("name", ["hinge_yaw30", "lift_barbell_plates"])
def test_turned_to_the_camera_or_behind_a_plate_landmarks_agree(name: str) -> None:
    frames, bundle = first_frames(shared_file(f"renders/{name}.mp4"), 40), pose_bundle()
    assert_agree(directly(frames, bundle), by_tasks(frames, bundle))


def test_a_real_clip_differs_less_than_noise_of_one_grey_level_makes_it_differ() -> None:
    clip = shared_file("clips/squat_barbell_back_side_jrplatin.mp4")  # plates hide head and trunk
    frames, bundle = first_frames(clip, 40), pose_bundle()
    rng = np.random.default_rng(0)
    noisy = [
        Frame(
            image=np.clip(frame.image + rng.integers(-1, 2, frame.image.shape), 0, 255).astype(
                np.uint8
            ),
            t_s=frame.t_s,
            index=frame.index,
        )
        for frame in frames
    ]
    tasks = by_tasks(frames, bundle)
    by_runner = np.nanmedian(apart_px(directly(frames, bundle), tasks))
    by_noise = np.nanmedian(apart_px(by_tasks(noisy, bundle), tasks))
    assert by_runner < 1.5 * by_noise


def test_losing_and_finding_again_is_alike() -> None:
    images = first_images(shared_file("renders/hinge_flat.mp4"), 70)
    nobody = np.full_like(images[0], 100)
    frames = frames_of([*images[:20], *([nobody] * 8), *images[50:70]])
    direct, tasks = directly(frames, pose_bundle()), by_tasks(frames, pose_bundle())
    assert direct[24].is_empty
    assert not direct[-1].is_empty
    assert_agree(direct, tasks)


def smaller(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Show a picture at 60 %, standing on the lower edge."""
    height, width = image.shape[:2]
    shown = np.full_like(image, 110)
    small = cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_NEAREST)
    left = (width - small.shape[1]) // 2
    shown[height - small.shape[0] :, left : left + small.shape[1]] = small
    return shown


def test_of_two_people_the_same_one_is_followed_from_the_same_frame() -> None:
    large, small = (
        [image[:, 190 : 190 + HALF] for image in first_images(shared_file(name), 65)]
        for name in ("renders/hinge_flat.mp4", "renders/squat_neutral.mp4")
    )
    nobody = np.full_like(large[0], 110)
    images = [np.hstack([smaller(image), nobody]) for image in small[:10]]
    images += [
        np.hstack([smaller(one), other]) for one, other in zip(small[10:], large[10:], strict=True)
    ]
    frames = frames_of(images)
    direct, tasks = directly(frames, pose_bundle()), by_tasks(frames, pose_bundle())
    assert np.nanmean(direct[5].image_xy[:, 0]) < HALF
    assert np.nanmean(direct[-1].image_xy[:, 0]) > HALF  # so there was a change to agree on
    assert_agree(direct, tasks)
    for one, other in zip(direct, tasks, strict=True):
        assert one.others_px == pytest.approx(other.others_px, abs=8)


# ---- the mask --------------------------------------------------------------------------------


def in_picture(mask: PersonMask, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Lay a mask over the picture."""
    laid = cv2.warpAffine(mask.probability, mask.to_image, size, flags=cv2.INTER_LINEAR)
    return laid > 0.5


def masks_by_tasks(frames: Iterable[Frame], bundle: Bundle) -> list[NDArray[np.bool_]]:
    masks: list[NDArray[np.bool_]] = []

    def keep(_frame: Frame, _pose: Pose, mask: NDArray[np.float32]) -> None:
        masks.append(mask > 0.5)

    with MediaPipeTasks(bundle, measure_outline=keep) as estimator:
        for frame in frames:
            estimator.estimate(frame)
    return masks


@pytest.mark.parametrize("name", ["hinge_flat", "squat_neutral"])
def test_the_mask_is_that_of_tasks(name: str) -> None:
    frames = first_frames(shared_file(f"renders/{name}.mp4"), 60)[::4]
    bundle = pose_bundle(mask=True)
    with DirectBlazePose(bundle) as estimator:
        found = [estimator.estimate_with_mask(frame)[1] for frame in frames]
    overlaps = []
    for frame, mask, expected in zip(frames, found, masks_by_tasks(frames, bundle), strict=True):
        assert mask is not None
        shown = in_picture(mask, frame.size)
        overlaps.append((shown & expected).sum() / (shown | expected).sum())
    assert np.median(overlaps) >= 0.98
    assert min(overlaps) >= 0.97


def test_landmarks_lie_on_the_mask_of_the_same_frame() -> None:
    frames = first_frames(shared_file("renders/hinge_flat.mp4"), 3)
    with DirectBlazePose(pose_bundle(mask=True)) as estimator:
        pose, mask = [estimator.estimate_with_mask(frame) for frame in frames][-1]
    assert mask is not None
    assert mask.probability.shape == (256, 256)
    shown = in_picture(mask, pose.image_size)
    for landmark in (Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER):
        column, row = pose.image_xy[landmark].round().astype(int)
        assert shown[row, column]
    assert not shown[:, :20].any()
    assert pose.outline is None


def test_where_nobody_is_there_is_no_mask() -> None:
    frame = Frame(image=np.full((120, 160, 3), 90, np.uint8), t_s=0.0, index=0)
    with DirectBlazePose(pose_bundle(mask=True)) as estimator:
        pose, mask = estimator.estimate_with_mask(frame)
    assert pose.is_empty
    assert mask is None


def test_a_mask_needs_a_bundle_with_the_mask() -> None:
    frame = Frame(image=np.zeros((120, 160, 3), np.uint8), t_s=0.0, index=0)
    with DirectBlazePose(pose_bundle()) as estimator, pytest.raises(AssetError, match="has none"):
        estimator.estimate_with_mask(frame)


# ---- the runner ------------------------------------------------------------------------------


def test_two_runs_give_the_same_numbers() -> None:
    frames, bundle = first_frames(shared_file("renders/lift_box_neutral.mp4"), 20), pose_bundle()
    assert all(map(same_bits, directly(frames, bundle), directly(frames, bundle)))


def test_the_number_of_threads_changes_nothing() -> None:
    frames, bundle = first_frames(shared_file("renders/lift_box_neutral.mp4"), 20), pose_bundle()
    one, two = (directly(frames, bundle, threads=threads) for threads in (1, 2))
    assert all(map(same_bits, one, two))


def test_with_and_without_the_mask_branch_landmarks_are_the_same() -> None:
    frames = first_frames(shared_file("renders/squat_neutral.mp4"), 20)
    without = directly(frames, pose_bundle())
    with DirectBlazePose(pose_bundle(mask=True)) as estimator:
        beside = [estimator.estimate_with_mask(frame)[0] for frame in frames]
    assert all(map(same_bits, beside, without))


def test_it_runs_with_at_least_one_thread() -> None:
    with pytest.raises(ValueError, match="at least one thread, got 0"):
        DirectBlazePose(pose_bundle(), threads=0)


@pytest.mark.parametrize("t_s", [0.0, -0.5])
def test_a_frame_that_is_not_later_is_refused(t_s: float) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    with DirectBlazePose(pose_bundle()) as estimator:
        estimator.estimate(Frame(image=image, t_s=0.0, index=0))
        with pytest.raises(ValueError, match="in order of time"):
            estimator.estimate(Frame(image=image, t_s=t_s, index=1))


def test_a_closed_estimator_is_refused() -> None:
    estimator = DirectBlazePose(pose_bundle())
    estimator.close()
    with pytest.raises(ValueError, match="expected an open estimator"):
        estimator.estimate(Frame(image=np.zeros((120, 160, 3), np.uint8), t_s=0.0, index=0))


def test_a_bundle_that_is_another_than_said_is_an_asset_error() -> None:
    path = pose_bundle(mask=False).path
    bundle = locate_bundle(PoseModel.FULL, mask=True, override=path)
    with pytest.raises(AssetError, match=r"no_mask\.task"):
        DirectBlazePose(bundle)


def test_a_bundle_that_cannot_be_run_is_an_asset_error(tmp_path: Path) -> None:
    good = pose_bundle().path.read_bytes()
    broken = tmp_path / "broken.task"
    broken.write_bytes(good[:40] + bytes(20_000) + good[20_040:])
    bundle = locate_bundle(PoseModel.FULL, mask=False, override=broken)
    with pytest.raises(AssetError, match=r"broken\.task"):
        DirectBlazePose(bundle)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    frames, bundle = first_frames(shared_file("renders/hinge_flat.mp4"), 3), pose_bundle()
    capfd.readouterr()
    directly(frames, bundle)
    assert capfd.readouterr() == ("", "")
