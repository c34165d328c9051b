from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drawn_back import SIZE, DrawnBack, mask_of, picture, picture_points, pose_of
from vision.outline_extraction import (
    MASK_SIDE,
    MIN_TRUNK_PX,
    POINT_COUNT,
    crop_mask,
    extract_outline,
)
from vision.outline_refinement import refine_edge
from vision.pose import MIRROR, Landmark, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.outline import DorsalOutline, PersonMask

WIDTH, HEIGHT = SIZE


def outline_of(
    back: DrawnBack,
    *,
    mask: PersonMask | None = None,
    image: NDArray[np.uint8] | None = None,
    pose: Pose | None = None,
) -> DorsalOutline:
    """Extract the outline of a drawn person, who must have one."""
    outline = extract_outline(
        mask or mask_of(back),
        picture(back.coverage(picture_points())) if image is None else image,
        pose or pose_of(back),
        faces_right=True,
    )
    assert outline is not None
    return outline


def with_disc(mask: PersonMask, centre_px: NDArray[np.floating], radius_px: float) -> PersonMask:
    """Add a disc, such as a plate, to what the network took for the person."""
    side = len(mask.probability)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1)
    points = grid @ mask.to_image[:, :2].T + mask.to_image[:, 2]
    outside_px = np.hypot(*np.moveaxis(points - centre_px, -1, 0)) - radius_px
    disc = np.clip(0.5 - outside_px / 6.0, 0.0, 1.0).astype(np.float32)
    return dataclasses.replace(mask, probability=np.maximum(mask.probability, disc))


def image_with_disc(
    back: DrawnBack, centre_px: NDArray[np.floating], radius_px: float
) -> NDArray[np.uint8]:
    points = picture_points()
    outside_px = np.hypot(*np.moveaxis(points - centre_px, -1, 0)) - radius_px
    return picture(np.maximum(back.coverage(points), np.clip(0.5 - outside_px, 0.0, 1.0)))


# ---- where the outline lies ------------------------------------------------------------------


@pytest.mark.parametrize("bow", [-0.04, 0.0, 0.06, 0.12])
@pytest.mark.parametrize("lean_deg", [0.0, 45.0, 85.0])
def test_the_outline_lies_on_the_drawn_back(bow: float, lean_deg: float) -> None:
    back = DrawnBack(bow=bow, lean_deg=lean_deg)
    outline = outline_of(back)
    error_px = np.abs(back.error_px(outline.points_px))
    assert outline.points_px.shape == (POINT_COUNT, 2)
    assert np.median(error_px) < 0.25
    assert error_px.max() < 0.8
    assert not outline.occluded.any()


def test_it_runs_from_buttock_to_neck_in_even_steps() -> None:
    back = DrawnBack()
    points = outline_of(back).points_px
    along, _ = back.in_body(points)
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert along[0] < 0.0
    assert 0.95 < along[-1] < 1.2
    assert (np.diff(along) > 0).all()
    assert steps == pytest.approx(np.full(POINT_COUNT - 1, steps.mean()), rel=0.02)


@pytest.mark.parametrize("grown_px", [-4.0, 4.0])
def test_a_mask_that_misses_the_edge_is_corrected_by_the_picture(grown_px: float) -> None:
    back = DrawnBack()
    outline = outline_of(back, mask=mask_of(back, grown_px=grown_px))
    assert np.abs(back.error_px(outline.points_px)).max() < 1.0


def test_without_contrast_the_edge_of_the_mask_stands() -> None:
    back = DrawnBack()
    grey = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    outline = outline_of(back, mask=mask_of(back, grown_px=4.0), image=grey)
    assert np.median(back.error_px(outline.points_px)) == pytest.approx(4.0, abs=0.5)


def test_a_line_on_the_wall_far_from_the_back_is_left_alone() -> None:
    back = DrawnBack(lean_deg=0.0)
    image = picture(back.coverage(picture_points()))
    wall_px = back.at(np.array(0.5), back.depth(np.array(0.5)) + 0.12)
    image[:, int(wall_px[0]) - 3 : int(wall_px[0])] = 20
    assert np.abs(back.error_px(outline_of(back, image=image).points_px)).max() < 1.0


def test_moving_the_person_moves_the_outline() -> None:
    near, far = DrawnBack(), DrawnBack(hip_px=(190.0, 280.0))
    moved = outline_of(far).points_px - outline_of(near).points_px
    assert np.abs(moved - (20.0, -10.0)).max() < 0.7


def test_a_person_of_another_size_has_the_same_outline() -> None:
    large, small = DrawnBack(), DrawnBack(trunk_px=90.0)
    shapes = [np.column_stack(back.in_body(outline_of(back).points_px)) for back in (large, small)]
    assert np.abs(shapes[0] - shapes[1]).max() < 0.012


def test_a_mirrored_picture_has_the_mirrored_outline() -> None:
    back = DrawnBack()
    mask, image, pose = mask_of(back), picture(back.coverage(picture_points())), pose_of(back)
    flip = np.array([[-1.0, 0.0], [0.0, 1.0]])
    to_image = np.column_stack([flip @ mask.to_image[:, :2], flip @ mask.to_image[:, 2]])
    to_image[0, 2] += WIDTH - 1
    xy = pose.image_xy[MIRROR] * (-1, 1) + (WIDTH - 1, 0)
    turned = extract_outline(
        dataclasses.replace(mask, to_image=to_image),
        np.ascontiguousarray(image[:, ::-1]),
        dataclasses.replace(pose, image_xy=xy.astype(np.float32)),
        faces_right=False,
    )
    straight = outline_of(back)
    assert turned is not None
    assert np.abs(turned.points_px * (-1, 1) + (WIDTH - 1, 0) - straight.points_px).max() < 0.1
    assert turned.quality == pytest.approx(straight.quality, abs=0.02)


def test_one_hip_and_one_shoulder_are_enough() -> None:
    back = DrawnBack()
    xy = pose_of(back).image_xy.copy()
    xy[[Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER]] = np.nan
    outline = outline_of(back, pose=dataclasses.replace(pose_of(back), image_xy=xy))
    assert np.abs(back.error_px(outline.points_px)).max() < 0.8


# ---- what covers the back --------------------------------------------------------------------


def test_somebody_apart_behind_the_person_is_no_part_of_the_outline() -> None:
    back = DrawnBack(lean_deg=0.0)
    behind_px = back.at(np.array(0.5), np.array(0.55))
    mask = with_disc(mask_of(back), behind_px, 25.0)
    outline = outline_of(back, mask=mask)
    assert np.abs(back.error_px(outline.points_px)).max() < 0.8
    assert not outline.occluded.any()


def test_an_elbow_behind_the_back_covers_it_there_and_only_there() -> None:
    back = DrawnBack()
    outline = outline_of(back, pose=pose_of(back, elbow=(0.5, 0.25)))
    along, _ = back.in_body(outline.points_px)
    assert outline.occluded[np.abs(along - 0.5) < 0.08].all()
    assert not outline.occluded[along < 0.3].any()


def test_an_arm_in_front_of_the_body_covers_nothing() -> None:
    back = DrawnBack()
    assert not outline_of(back, pose=pose_of(back, elbow=(0.55, -0.1))).occluded.any()


def test_something_that_sticks_out_of_the_back_is_marked() -> None:
    back = DrawnBack()
    place_px = back.at(np.array(0.55), back.depth(np.array(0.55)))
    outline = outline_of(
        back,
        mask=with_disc(mask_of(back), place_px, 20.0),
        image=image_with_disc(back, place_px, 20.0),
    )
    error_px = back.error_px(outline.points_px)
    assert outline.occluded[error_px > 12.0].all()
    assert (error_px > 12.0).sum() > 5
    assert not outline.occluded[back.in_body(outline.points_px)[0] < 0.3].any()


def test_a_plate_held_at_the_hips_is_marked() -> None:
    back = DrawnBack(lean_deg=0.0)
    hub_px = back.at(np.array(-0.2), np.array(-0.05))
    pose = pose_of(back, elbow=(0.4, -0.1))
    xy = pose.image_xy.copy()
    xy[Landmark.RIGHT_WRIST] = hub_px
    radius_px = 0.45 * back.trunk_px
    outline = outline_of(
        back,
        mask=with_disc(mask_of(back), hub_px, radius_px),
        image=image_with_disc(back, hub_px, radius_px),
        pose=dataclasses.replace(pose, image_xy=xy),
    )
    on_rim = back.error_px(outline.points_px) > 3.0
    along, _ = back.in_body(outline.points_px)
    assert on_rim.sum() > 8
    assert outline.occluded[on_rim].all()
    assert not outline.occluded[along > 0.5].any()


def test_a_plate_on_the_neck_is_marked_up_to_the_end() -> None:
    back = DrawnBack(lean_deg=20.0)
    hub_px = back.at(np.array(0.95), np.array(0.1))
    radius_px = 0.45 * back.trunk_px
    outline = outline_of(
        back,
        mask=with_disc(mask_of(back), hub_px, radius_px),
        image=image_with_disc(back, hub_px, radius_px),
    )
    assert outline.occluded[-12:].all()
    assert not outline.occluded[:24].any()


def test_where_another_person_stands_the_back_is_covered() -> None:
    back = DrawnBack(lean_deg=0.0)
    left, top = back.at(np.array(0.4), np.array(0.4))
    others = np.array([[left, top - 10_000.0, WIDTH, top]], np.float32)
    outline = outline_of(back, pose=dataclasses.replace(pose_of(back), others_px=others))
    along, _ = back.in_body(outline.points_px)
    assert outline.occluded[along > 0.42].all()
    assert not outline.occluded[along < 0.38].any()


def test_a_back_outside_the_picture_is_covered() -> None:
    back = DrawnBack(lean_deg=0.0, hip_px=(30.0, 290.0))
    outline = outline_of(back)
    assert outline.occluded.mean() > 0.6


# ---- no outline ------------------------------------------------------------------------------


@pytest.mark.parametrize("unseen", [Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER])
def test_without_hips_or_shoulders_there_is_no_outline(unseen: Landmark) -> None:
    back = DrawnBack()
    xy = pose_of(back).image_xy.copy()
    xy[[unseen, unseen + 1]] = np.nan
    pose = dataclasses.replace(pose_of(back), image_xy=xy)
    image = picture(back.coverage(picture_points()))
    assert extract_outline(mask_of(back), image, pose, faces_right=True) is None


def test_nobody_has_no_outline() -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pose = Pose.empty(0.0, SIZE)
    assert extract_outline(mask_of(DrawnBack()), image, pose, faces_right=True) is None


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_mask_without_an_edge_gives_no_outline(level: float) -> None:
    back = DrawnBack()
    even = np.full_like(mask_of(back).probability, level)
    mask = dataclasses.replace(mask_of(back), probability=even)
    image = picture(back.coverage(picture_points()))
    outline = extract_outline(mask, image, pose_of(back), faces_right=True)
    assert outline is None or outline.quality < 0.2


def test_a_mask_of_somebody_elsewhere_gives_no_outline() -> None:
    back = DrawnBack()
    elsewhere = mask_of(DrawnBack(hip_px=(-600.0, 290.0)))
    image = picture(back.coverage(picture_points()))
    assert extract_outline(elsewhere, image, pose_of(back), faces_right=True) is None


def test_a_person_who_is_too_small_has_no_outline() -> None:
    back = DrawnBack(trunk_px=MIN_TRUNK_PX - 1)
    image = picture(back.coverage(picture_points()))
    assert extract_outline(mask_of(back), image, pose_of(back), faces_right=True) is None


# ---- quality ---------------------------------------------------------------------------------


def test_quality_falls_with_everything_that_spoils_an_outline() -> None:
    back = DrawnBack()
    person = back.coverage(picture_points())
    best = outline_of(back).quality
    spoilt = {
        "soft mask": outline_of(back, mask=mask_of(back, soft_px=30.0)),
        "mask beside the edge": outline_of(back, mask=mask_of(back, grown_px=4.0)),
        "no contrast": outline_of(back, image=picture(person, light=70, dark=66)),
        "elbow": outline_of(back, pose=pose_of(back, elbow=(0.4, 0.25))),
        "small": outline_of(DrawnBack(trunk_px=60.0)),
    }
    assert 0.8 < best <= 1.0
    assert {name for name, outline in spoilt.items() if not outline.quality < 0.9 * best} == set()


def test_an_outline_cannot_be_changed() -> None:
    outline = outline_of(DrawnBack())
    with pytest.raises(ValueError, match="read-only"):
        outline.points_px[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        outline.occluded[0] = True


# ---- the parts -------------------------------------------------------------------------------


def test_an_edge_is_found_to_a_fraction_of_a_pixel() -> None:
    row = np.clip((np.arange(60) - 29.8) / 2, 0, 1) * 150 + 40
    image = np.repeat(np.repeat(row[None, :, None], 80, axis=0), 3, axis=2).astype(np.uint8)
    coarse = np.column_stack([np.full(40, 28.0), np.linspace(10, 70, 40)]).astype(np.float32)
    edge = refine_edge(image, coarse, 6.0)
    assert edge.is_supported.all()
    assert edge.points_px[:, 0] == pytest.approx(np.full(40, 30.8), abs=0.2)
    assert edge.points_px[:, 1] == pytest.approx(coarse[:, 1], abs=0.01)


def test_where_the_picture_shows_no_edge_the_mask_is_kept_to() -> None:
    row = np.where(np.arange(60) < 31, 40, 190)
    image = np.repeat(np.repeat(row[None, :, None], 80, axis=0), 3, axis=2).astype(np.uint8)
    image[30:50] = 115
    coarse = np.column_stack([np.full(40, 28.0), np.linspace(10, 70, 40)]).astype(np.float32)
    edge = refine_edge(image, coarse, 6.0)
    clear = (coarse[:, 1] < 28) | (coarse[:, 1] > 52)
    hidden = (coarse[:, 1] > 36) & (coarse[:, 1] < 43)
    assert edge.is_supported[clear].all()
    assert edge.points_px[clear, 0] == pytest.approx(np.full(clear.sum(), 30.5), abs=0.2)
    assert not edge.is_supported[hidden].any()
    assert edge.points_px[hidden, 0] == pytest.approx(np.full(hidden.sum(), 28.0), abs=0.01)


def test_a_mask_of_the_whole_picture_is_cut_to_the_person() -> None:
    back = DrawnBack()
    whole = back.coverage(picture_points(), soft_px=6.0).astype(np.float32)
    mask = crop_mask(whole, pose_of(back))
    assert mask is not None
    assert mask.probability.shape == (MASK_SIDE, MASK_SIDE)
    outline = outline_of(back, mask=mask)
    assert np.abs(back.error_px(outline.points_px)).max() < 0.8


def test_nobody_is_not_cut_out() -> None:
    assert crop_mask(np.ones((HEIGHT, WIDTH), np.float32), Pose.empty(0.0, SIZE)) is None
