"""The geometry around the BlazePose networks, on made-up network outputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from vision.estimators.blazepose import (
    CROP_SIDE_PX,
    DETECTOR_SIDE_PX,
    ROI_SCALE,
    Roi,
    anchors,
    apply,
    detected_rois,
    detector_input,
    landmark_input,
    letterbox,
    person_mask,
    raw_pose,
    refine,
    roi_of,
    sigmoid,
    suppress,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_PX: Final = CROP_SIDE_PX / 64
"""A cell of the heatmap in pixels of the crop."""

UPRIGHT: Final = Roi(centre_px=(320.0, 240.0), side_px=256.0, rotation_rad=0.0)
TURNED: Final = Roi(centre_px=(300.0, 200.0), side_px=512.0, rotation_rad=0.7)


# ---- the detector ----------------------------------------------------------------------------


def test_anchors_stand_in_the_middle_of_each_cell_of_each_layer() -> None:
    found = anchors()
    assert found.shape == (2254, 2)
    assert found.dtype == np.float32
    fine, middle, coarse = np.split(found, [28 * 28 * 2, 28 * 28 * 2 + 14 * 14 * 2])
    for layer, cells, each in ((fine, 28, 2), (middle, 14, 2), (coarse, 7, 6)):
        assert len(layer) == cells * cells * each
        assert np.allclose(layer[0], 0.5 / cells)
        assert np.allclose(layer[each], (1.5 / cells, 0.5 / cells))  # row by row
        assert np.allclose(layer[-1], 1 - 0.5 / cells)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (300, 300)])
def test_the_whole_picture_lies_in_the_middle_of_the_detectors(size: tuple[int, int]) -> None:
    to_image = letterbox(size)
    (middle,) = apply(to_image, np.full((1, 2), DETECTOR_SIDE_PX / 2))
    first, last = apply(to_image, np.array([[0, 0], [DETECTOR_SIDE_PX, DETECTOR_SIDE_PX]]))
    assert middle == pytest.approx(np.array(size) / 2)
    assert max(last - first) == pytest.approx(max(size))
    assert (first <= 0).all()
    assert (last >= size).all()


def test_beside_the_picture_the_detector_sees_black() -> None:
    seen = detector_input(np.full((240, 480, 3), 255, np.uint8))
    assert seen.shape == (1, DETECTOR_SIDE_PX, DETECTOR_SIDE_PX, 3)
    assert seen.dtype == np.float32
    assert np.all(seen[0, :50] == -1.0)
    assert np.all(seen[0, 60:160] == 1.0)
    assert np.all(seen[0, -50:] == -1.0)


def detector_output(*people: tuple[int, float]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Make an output in which anchors (number, score before the sigmoid) see the same body."""
    boxes = np.zeros((1, 2254, 12), np.float32)
    scores = np.full((1, 2254, 1), -20.0, np.float32)
    hips, circle, size = np.array([112.0, 120.0]), np.array([112.0, 50.0]), np.array([60.0, 60.0])
    for number, score in people:
        anchor = anchors()[number] * DETECTOR_SIDE_PX
        boxes[0, number, :8] = np.concatenate([hips - anchor, size, hips - anchor, circle - anchor])
        scores[0, number] = score
    return boxes, scores


def test_a_detection_becomes_a_region_in_the_picture() -> None:
    [roi] = detected_rois(*detector_output((700, 3.0)), (640, 480))
    scale = 640 / DETECTOR_SIDE_PX
    assert roi.centre_px == pytest.approx((320.0, 240.0 + 8 * scale), abs=1e-3)
    assert roi.side_px == pytest.approx(2 * 70 * scale * ROI_SCALE, rel=1e-5)
    assert roi.rotation_rad == pytest.approx(0.0, abs=1e-5)


def test_what_several_anchors_see_is_one_person() -> None:
    assert (
        len(detected_rois(*detector_output((700, 3.0), (702, 2.0), (1700, 1.0)), (640, 480))) == 1
    )


def test_unsure_and_impossible_detections_are_nobody() -> None:
    assert detected_rois(*detector_output((700, -0.01)), (640, 480)) == []
    boxes, scores = detector_output((700, 3.0))
    boxes[0, 700, 2] = -1.0
    assert detected_rois(boxes, scores, (640, 480)) == []


def test_overlapping_detections_are_averaged_by_their_scores() -> None:
    corners = np.array([[0, 0, 10, 10], [50, 50, 60, 60], [1, 0, 11, 10], [52, 50, 62, 60.0]])
    points = np.array([[[0, 0]], [[50, 50]], [[4, 8]], [[53, 50.0]]])
    people = suppress(corners, points, np.array([0.6, 0.9, 0.2, 0.45]))
    assert len(people) == 2
    assert people[0] == pytest.approx(np.array([[51.0, 50.0]]))  # the surest first
    assert people[1] == pytest.approx(np.array([[1.0, 2.0]]))


def test_detections_that_overlap_by_half_or_less_are_two_people() -> None:
    corners = np.array([[0, 0, 3, 1], [1, 0, 4, 1.0]])  # shared 2 of 4
    assert len(suppress(corners, np.zeros((2, 1, 2)), np.array([0.9, 0.8]))) == 2


def test_a_box_without_area_is_still_taken_once() -> None:
    corners = np.array([[5, 5, 5, 5], [0, 0, 1, 1.0]])
    assert len(suppress(corners, np.zeros((2, 1, 2)), np.array([0.9, 0.8]))) == 2


# ---- the region of interest ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circle", "rotation_deg"),
    [
        ((0, -100), 0),  # upright
        ((100, 0), 90),  # head to the right
        ((-100, 0), -90),
        ((100, -100), 45),
        ((0, 100), -180),  # upside down; the range is half open
    ],
)
def test_a_region_is_turned_with_the_body(circle: tuple[int, int], rotation_deg: float) -> None:
    hips = np.array([300.0, 200.0])
    roi = roi_of(hips, hips + circle)
    assert math.degrees(roi.rotation_rad) == pytest.approx(rotation_deg, abs=1e-9)
    assert roi.centre_px == (300.0, 200.0)
    assert roi.side_px == pytest.approx(2 * math.hypot(*circle) * ROI_SCALE)


@pytest.mark.parametrize("angle_deg", range(-180, 180, 25))
def test_in_its_region_a_body_is_upright(angle_deg: int) -> None:
    hips = np.array([310.0, 190.0])
    turn = math.radians(angle_deg)
    circle = hips + 120 * np.array([math.sin(turn), -math.cos(turn)])
    half = CROP_SIDE_PX / 2
    above = half * (1 - 1 / ROI_SCALE)
    places = apply(roi_of(hips, circle).to_image(), np.array([[half, half], [half, above]]))
    assert places == pytest.approx(np.array([hips, circle]))


@pytest.mark.parametrize("roi", [UPRIGHT, TURNED])
def test_to_the_picture_and_back_is_where_it_was(roi: Roi) -> None:
    points = np.random.default_rng(3).uniform(-50, 300, (40, 2))
    square = np.vstack([roi.to_image(), [0, 0, 1]])
    back = np.linalg.inv(square)[:2]
    assert apply(back, apply(roi.to_image(), points)) == pytest.approx(points)


def test_a_region_is_cut_out_as_it_lies() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[::, ::, 0] = np.arange(640) // 4
    image[::, ::, 1] = (np.arange(480) // 4)[:, None]
    roi = Roi(centre_px=(320.0, 240.0), side_px=256.0, rotation_rad=math.pi / 2)
    [crop] = landmark_input(image, roi) * 255
    # A quarter turn clockwise: to the right in the crop is down in the picture.
    assert crop[128, 128, :2] == pytest.approx([80, 60], abs=0.01)
    assert crop[128, 228, :2] == pytest.approx([80, 85], abs=0.01)
    assert crop[28, 128, :2] == pytest.approx([105, 60], abs=0.01)


def test_past_the_edge_a_crop_repeats_the_last_pixels() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 0] = (255, 0, 51)
    roi = Roi(centre_px=(0.0, 50.0), side_px=64.0, rotation_rad=0.0)
    crop = landmark_input(image, roi)
    assert crop.dtype == np.float32
    assert crop[0, 128, 10] == pytest.approx([1.0, 0.0, 0.2])
    assert crop[0, 128, 250] == pytest.approx([0.0, 0.0, 0.0])


# ---- the heatmap -----------------------------------------------------------------------------


def peak_at(x_px: float, y_px: float, *, height: float = 8.0) -> NDArray[np.float32]:
    """Make a heatmap of one landmark with a round peak at a place of the crop."""
    cells = np.arange(64)
    across = cells - x_px / CELL_PX
    down = (cells - y_px / CELL_PX)[:, None]
    shown = height - 2.0 * (across**2 + down**2)
    return np.maximum(shown, -30.0).astype(np.float32)[:, :, None]


@pytest.mark.parametrize("peak", [(100.0, 60.0), (101.3, 58.2), (99.0, 62.5)])
def test_a_landmark_moves_to_its_peak(peak: tuple[float, float]) -> None:
    [refined] = refine(np.array([[100.0, 60.0]]), peak_at(*peak))
    assert refined == pytest.approx(peak, abs=0.15 * CELL_PX)


def test_a_landmark_on_the_edge_is_refined_by_what_is_there() -> None:
    [refined] = refine(np.array([[1.0, 255.0]]), peak_at(2.0, 252.0))
    assert refined[0] == pytest.approx(2.0, abs=CELL_PX)
    assert refined[1] == pytest.approx(252.0, abs=CELL_PX)


@pytest.mark.parametrize("place", [(100.0, 20.0), (-5.0, 60.0), (100.0, 300.0)])
def test_a_landmark_far_from_the_peak_or_outside_stays(place: tuple[float, float]) -> None:
    [refined] = refine(np.array([place]), peak_at(100.0, 60.0))
    assert tuple(refined) == place


def test_a_low_peak_moves_nothing() -> None:
    place = np.array([[102.0, 61.0]])
    assert np.array_equal(refine(place, peak_at(100.0, 60.0, height=-0.1)), place)
    assert not np.array_equal(refine(place, peak_at(100.0, 60.0, height=0.1)), place)


def test_each_landmark_has_its_own_heatmap() -> None:
    maps = np.concatenate([peak_at(100.0, 60.0), peak_at(40.0, 200.0)], axis=2)
    refined = refine(np.array([[102.0, 61.0], [41.0, 199.0]]), maps)
    assert refined == pytest.approx(np.array([[100.0, 60.0], [40.0, 200.0]]), abs=0.5)


# ---- the landmark network's output -----------------------------------------------------------


def network_output() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Make landmarks, a flat heatmap and world landmarks."""
    rng = np.random.default_rng(5)
    rows = np.zeros((39, 5), np.float32)
    rows[:, :2] = rng.uniform(20, 236, (39, 2))
    rows[33, :2], rows[34, :2] = (128, 128), (128, 64)
    rows[:, 3] = rng.normal(0, 3, 39)
    world = rng.normal(0, 0.5, (1, 117)).astype(np.float32)
    return rows.reshape(1, 195), np.full((1, 64, 64, 39), -9.0, np.float32), world


def test_landmarks_are_placed_in_the_picture() -> None:
    landmarks, heatmap, world = network_output()
    pose = raw_pose(landmarks, heatmap, world, UPRIGHT)
    rows = landmarks.reshape(39, 5)[:33]
    assert pose.image_xy == pytest.approx(rows[:, :2] + (192, 112))
    assert pose.visibility == pytest.approx(1 / (1 + np.exp(-rows[:, 3])), abs=1e-6)
    assert pose.world_xyz == pytest.approx(world.reshape(39, 3)[:33])


def test_the_next_region_follows_the_alignment_points() -> None:
    pose = raw_pose(*network_output(), UPRIGHT)
    assert pose.next_roi.centre_px == pytest.approx((320.0, 240.0))
    assert pose.next_roi.side_px == pytest.approx(2 * 64 * ROI_SCALE)
    assert pose.next_roi.rotation_rad == pytest.approx(0.0)


def test_in_a_turned_region_world_and_picture_turn_alike() -> None:
    landmarks, heatmap, world = network_output()
    pose = raw_pose(landmarks, heatmap, world, TURNED)
    assert pose.next_roi.rotation_rad == pytest.approx(TURNED.rotation_rad)
    cos, sin = math.cos(TURNED.rotation_rad), math.sin(TURNED.rotation_rad)
    x, y, z = world.reshape(39, 3)[:33].T
    turned = np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=1)
    assert pose.world_xyz == pytest.approx(turned, abs=1e-6)


def test_a_mask_is_probabilities_with_their_place() -> None:
    logits = np.zeros((1, 256, 256, 1), np.float32)
    logits[0, 0, :3, 0] = (-200.0, 200.0, 1.0)
    mask = person_mask(logits, TURNED)
    assert mask.probability.shape == (256, 256)
    assert mask.probability.dtype == np.float32
    assert mask.probability[0, :3] == pytest.approx([0.0, 1.0, 1 / (1 + math.exp(-1))], abs=1e-6)
    assert mask.probability[1, 1] == 0.5
    (centre,) = apply(mask.to_image, np.array([[128.0, 128.0]]))
    assert centre == pytest.approx(TURNED.centre_px)


def test_the_logistic_function_bears_every_number() -> None:
    values = np.array([-1e4, -100.0, 0.0, 2.0, 1e4], np.float32)
    assert sigmoid(values) == pytest.approx([0.0, 0.0, 0.5, 1 / (1 + math.exp(-2)), 1.0], abs=1e-6)
