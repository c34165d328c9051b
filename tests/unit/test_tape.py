"""Two strips of tape, drawn on a drawn back, are found where they are; nothing else is."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pytest

from tests.drawn_back import SIZE, DrawnBack, mask_of, picture, picture_points, pose_of
from vision.outline_extraction import extract_outline
from vision.pose import MIRROR, Landmark, Pose
from vision.tape_extraction import MIN_TRUNK_PX, find_tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.tape import TapeStrips

    Colour = tuple[int, int, int]

YELLOW: Final = (245, 215, 20)
CYAN: Final = (20, 215, 240)
WHITE: Final = (250, 250, 250)
SKIN: Final = (205, 170, 150)
BACK: Final = DrawnBack(bow=0.02, lean_deg=35.0)
UPPER, LOWER = 0.60, 0.15


def strip_corners(
    back: DrawnBack, along: float, turn_deg: float, *, length: float = 0.2, width: float = 0.07
) -> NDArray[np.float64]:
    """Corners of a strip whose foot stands on the back; turned headwards-forward from the trunk."""
    turn = math.radians(back.lean_deg + turn_deg)
    up = np.array([math.sin(turn), -math.cos(turn)]) * back.trunk_px
    away = np.array([up[1], -up[0]])
    foot = back.at(np.array(along), back.depth(np.array(along)))
    return np.array(
        [
            foot + i * length * up / 2 + j * width * away
            for i, j in ((-1, 0), (1, 0), (1, 1), (-1, 1))
        ]
    )


def paint(image: NDArray[np.uint8], corners: NDArray[np.float64], colour: Colour) -> None:
    """Fill an oblong, its edges soft over a pixel as a camera sees them."""
    fine = np.zeros((SIZE[1] * 8, SIZE[0] * 8), np.uint8)
    cv2.fillPoly(fine, [np.rint((corners + 0.5) * 8).astype(np.int32)], 255)
    share = cv2.resize(fine, SIZE, interpolation=cv2.INTER_AREA)[..., None] / 255.0
    image[:] = np.rint((1.0 - share) * image + share * np.array(colour)).astype(np.uint8)


def taped(
    back: DrawnBack = BACK,
    *,
    turns_deg: tuple[float, float] = (0.0, 0.0),
    colours: tuple[Colour, Colour] = (YELLOW, CYAN),
) -> NDArray[np.uint8]:
    """Picture of a person with a strip at T12-L1 and one at S1."""
    image = picture(back.coverage(picture_points()), light=150)
    for along, turn_deg, colour in zip((UPPER, LOWER), turns_deg, colours, strict=True):
        paint(image, strip_corners(back, along, turn_deg), colour)
    return image


def outlined(back: DrawnBack = BACK) -> Pose:
    """Landmarks with the outline of the bare back."""
    pose = pose_of(back)
    image = picture(back.coverage(picture_points()))
    outline = extract_outline(mask_of(back), image, pose, faces_right=True)
    assert outline is not None
    return dataclasses.replace(pose, outline=outline)


def found_in(image: NDArray[np.uint8], back: DrawnBack = BACK) -> TapeStrips:
    strips = find_tape(image, outlined(back), faces_right=True)
    assert strips is not None
    return strips


def mirrored(pose: Pose) -> Pose:
    outline = pose.outline
    assert outline is not None
    flip = np.array([-1.0, 1.0])
    shift = np.array([SIZE[0] - 1.0, 0.0])
    turned = (outline.points_px * flip + shift).astype(np.float32)
    return dataclasses.replace(
        pose,
        image_xy=(pose.image_xy[MIRROR] * flip + shift).astype(np.float32),
        outline=dataclasses.replace(outline, points_px=turned),
    )


# ---- what is told of them --------------------------------------------------------------------


@pytest.mark.parametrize("lean_deg", [0.0, 45.0, 95.0])
@pytest.mark.parametrize("turns_deg", [(0.0, 0.0), (-15.0, 20.0), (25.0, -40.0)])
def test_directions_are_those_drawn(lean_deg: float, turns_deg: tuple[float, float]) -> None:
    back = dataclasses.replace(BACK, lean_deg=lean_deg)
    strips = found_in(taped(back, turns_deg=turns_deg), back)
    assert strips.upper.direction_deg == pytest.approx(lean_deg + turns_deg[0], abs=1.0)
    assert strips.lower.direction_deg == pytest.approx(lean_deg + turns_deg[1], abs=1.0)
    assert 0.0 < strips.upper.se_deg < 2.0


def test_middles_lie_on_the_dorsal_edges() -> None:
    strips = found_in(taped())
    for strip, along in ((strips.upper, UPPER), (strips.lower, LOWER)):
        edge = strip_corners(BACK, along, 0.0)[2:].mean(axis=0)
        assert strip.middle_px == pytest.approx(tuple(edge), abs=1.0)
        assert strip.length_px == pytest.approx(0.2 * BACK.trunk_px, abs=2.5)


def test_a_person_who_faces_left_has_mirrored_strips() -> None:
    image = taped(turns_deg=(-10.0, 15.0))
    right = found_in(image)
    flipped = np.ascontiguousarray(image[:, ::-1])
    left = find_tape(flipped, mirrored(outlined()), faces_right=False)
    assert left is not None
    assert left.upper.direction_deg == pytest.approx(-right.upper.direction_deg, abs=0.3)
    assert left.lower.direction_deg == pytest.approx(-right.lower.direction_deg, abs=0.3)


def test_a_larger_person_has_the_same_directions() -> None:
    back = dataclasses.replace(BACK, trunk_px=100.0)
    strips = found_in(taped(back, turns_deg=(10.0, -20.0)), back)
    assert strips.upper.direction_deg == pytest.approx(45.0, abs=1.5)
    assert strips.lower.direction_deg == pytest.approx(15.0, abs=1.5)


@pytest.mark.parametrize("colours", [(YELLOW, YELLOW), (WHITE, WHITE), (CYAN, YELLOW)])
def test_any_bright_tape_will_do(colours: tuple[Colour, Colour]) -> None:
    strips = found_in(taped(turns_deg=(5.0, -5.0), colours=colours))
    assert strips.upper.direction_deg == pytest.approx(40.0, abs=1.0)
    assert strips.lower.direction_deg == pytest.approx(30.0, abs=1.0)


def test_noise_widens_the_error() -> None:
    image = taped()
    rough = np.random.default_rng(3).normal(0.0, 60.0, image.shape)
    noisy = np.clip(image + rough, 0, 255).astype(np.uint8)
    assert found_in(noisy).upper.se_deg > found_in(image).upper.se_deg


# ---- what is no tape -------------------------------------------------------------------------


def test_a_back_without_tape_has_none() -> None:
    image = picture(BACK.coverage(picture_points()), light=150)
    assert find_tape(image, outlined(), faces_right=True) is None


@pytest.mark.parametrize("along", [UPPER, LOWER])
def test_one_strip_is_not_enough(along: float) -> None:
    image = picture(BACK.coverage(picture_points()), light=150)
    paint(image, strip_corners(BACK, along, 0.0), YELLOW)
    assert find_tape(image, outlined(), faces_right=True) is None


def test_a_belt_and_a_print_across_the_back_are_no_strips() -> None:
    image = picture(BACK.coverage(picture_points()), light=150)
    for along in (UPPER, LOWER):
        paint(image, strip_corners(BACK, along, 0.0, length=0.06, width=-0.3), YELLOW)
    assert find_tape(image, outlined(), faces_right=True) is None


def test_round_things_are_no_strips() -> None:
    image = picture(BACK.coverage(picture_points()), light=150)
    for along in (UPPER, LOWER):
        centre = np.rint(BACK.at(np.array(along), BACK.depth(np.array(along)))).astype(int)
        cv2.circle(image, centre.tolist(), 12, YELLOW, -1, cv2.LINE_AA)
    assert find_tape(image, outlined(), faces_right=True) is None


def test_a_yellow_garment_is_no_strip() -> None:
    person = BACK.coverage(picture_points())[..., None]
    wall = picture(np.zeros(person.shape[:2]), light=150)
    image = np.rint(person * np.array(YELLOW) + (1 - person) * wall).astype(np.uint8)
    assert find_tape(image, outlined(), faces_right=True) is None


def test_bare_skin_between_clothes_is_no_strip() -> None:
    image = taped(colours=(SKIN, SKIN))
    assert find_tape(image, outlined(), faces_right=True) is None


def test_brighter_strips_are_chosen_before_a_patch_of_another_shape() -> None:
    image = taped(turns_deg=(5.0, -5.0))
    paint(image, strip_corners(BACK, 0.38, 0.0, length=0.12, width=-0.08), YELLOW)
    strips = found_in(image)
    assert strips.upper.direction_deg == pytest.approx(40.0, abs=1.0)
    assert strips.lower.direction_deg == pytest.approx(30.0, abs=1.0)


# ---- what they cannot be found by ------------------------------------------------------------


def test_without_an_outline_there_are_none() -> None:
    assert find_tape(taped(), pose_of(BACK), faces_right=True) is None


def test_nobody_wears_none() -> None:
    assert find_tape(taped(), Pose.empty(0.0, SIZE), faces_right=True) is None


def test_without_shoulders_there_are_none() -> None:
    pose = outlined()
    xy = pose.image_xy.copy()
    xy[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = np.nan
    unseen = dataclasses.replace(pose, image_xy=xy)
    assert find_tape(taped(), unseen, faces_right=True) is None


def test_a_person_who_is_too_small_has_none() -> None:
    back = dataclasses.replace(BACK, trunk_px=MIN_TRUNK_PX - 1.0)
    larger = outlined(dataclasses.replace(BACK, trunk_px=MIN_TRUNK_PX + 10.0))
    small = dataclasses.replace(pose_of(back), outline=larger.outline)
    assert find_tape(taped(back), small, faces_right=True) is None


def test_a_person_at_the_border_of_the_picture_is_no_error() -> None:
    back = dataclasses.replace(BACK, hip_px=(8.0, 412.0))
    pose = dataclasses.replace(pose_of(back), outline=outlined().outline)
    assert find_tape(taped(back), pose, faces_right=True) is None
