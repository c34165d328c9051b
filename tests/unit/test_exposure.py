"""Too dark, too bright, or well: told of the person, not of the room."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.given_material import first_frames, pose_bundle, shared_file
from tests.stick_figure import PICTURE, STANDING, Script, film
from vision.estimators.direct import DirectBlazePose
from vision.exposure import BRIGHT_LUMA, DARK_LUMA, Exposure, exposure_of
from vision.pose import SKELETON_EDGES, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.frame import Frame

WIDTH, HEIGHT = PICTURE
(FIGURE,) = film(Script.from_posture(STANDING))
NOBODY: Final = Pose.empty(0.0, PICTURE)


def picture(room: float, person: float) -> NDArray[np.uint8]:
    """A room of one brightness with the figure's limbs drawn in another."""
    image = np.full((HEIGHT, WIDTH, 3), room, np.uint8)
    for start, end in SKELETON_EDGES:
        for x, y in np.linspace(FIGURE.image_xy[start], FIGURE.image_xy[end], 200):
            image[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4] = round(person)
    return image


@pytest.mark.parametrize("room", [0, 120, 255])
@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (DARK_LUMA - 3, Exposure.TOO_DARK),
        (DARK_LUMA + 3, Exposure.GOOD),
        (BRIGHT_LUMA - 3, Exposure.GOOD),
        (BRIGHT_LUMA + 3, Exposure.TOO_BRIGHT),
    ],
)
def test_the_light_on_the_person_counts(room: int, person: float, expected: Exposure) -> None:
    assert exposure_of(picture(room, person), FIGURE) is expected


@pytest.mark.parametrize(
    ("room", "expected"),
    [(5, Exposure.TOO_DARK), (128, Exposure.GOOD), (255, Exposure.TOO_BRIGHT)],
)
def test_where_nobody_is_the_room_counts(room: int, expected: Exposure) -> None:
    assert exposure_of(picture(room, room), NOBODY) is expected


def test_a_dark_top_and_dark_trousers_are_not_the_dark() -> None:
    image = picture(60, 15)
    for row in (13, 14):  # an arm in short sleeves
        x, y = FIGURE.image_xy[row]
        image[int(y) - 60 : int(y) + 80, int(x) - 20 : int(x) + 20] = 140
    assert exposure_of(image, FIGURE) is Exposure.GOOD


def test_a_figure_beside_the_picture_is_nobody() -> None:
    shifted = Pose.from_landmarks(
        t_s=0.0,
        image_size=PICTURE,
        image_xy=FIGURE.image_xy + 5000,
        world_xyz=FIGURE.world_xyz,
        visibility=FIGURE.visibility,
    )
    assert exposure_of(picture(200, 5), shifted) is Exposure.GOOD
    assert exposure_of(picture(5, 200), shifted) is Exposure.TOO_DARK


@cache
def filmed() -> tuple[Frame, Pose]:
    frame = first_frames(shared_file("renders/lift_kettlebell_rounded.mp4"), 1)[0]
    with DirectBlazePose(pose_bundle()) as estimator:
        return frame, estimator.estimate(frame)


@pytest.mark.parametrize(
    ("gain", "expected"),
    [(1.0, Exposure.GOOD), (0.5, Exposure.GOOD), (0.1, Exposure.TOO_DARK)],
)
def test_a_rendered_room_whose_light_goes_down(gain: float, expected: Exposure) -> None:
    frame, pose = filmed()
    assert exposure_of((frame.image * gain).astype(np.uint8), pose) is expected


def test_a_rendered_room_in_glare() -> None:
    frame, pose = filmed()
    glare = np.clip(frame.image.astype(np.float64) * 6, 0, 255).astype(np.uint8)
    assert exposure_of(glare, pose) is Exposure.TOO_BRIGHT
