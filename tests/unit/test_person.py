from __future__ import annotations

import numpy as np
import pytest

from vision.person import (
    ABSENCE_S,
    CENSUS_RETRY_S,
    CENSUS_S,
    Attention,
    body_box,
    body_scale_px_per_m,
    cover,
    is_same_body,
    prominence,
)
from vision.pose import MIRROR

SIZE = (640, 480)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([left, top, right, bottom], np.float32)


MIDDLE = box(270, 100, 370, 400)
SMALL_LEFT = box(60, 220, 120, 400)
LARGE_RIGHT = box(400, 20, 600, 470)


def skeleton(left: float = 270, top: float = 100, height: float = 300) -> np.ndarray:
    """Put the landmarks of a standing person into a picture."""
    rng = np.random.default_rng(1)
    across = left + rng.uniform(0, 100, 33) * height / 300
    return np.column_stack([across, top + np.linspace(0, height, 33)])


# ---- boxes -----------------------------------------------------------------------------------


def test_a_box_ends_at_the_picture() -> None:
    points = skeleton()
    points[0], points[32] = (-50.0, -20.0), (100.0, 700.0)
    assert body_box(points, SIZE).tolist()[:2] == [0.0, 0.0]
    assert body_box(points, SIZE)[3] == 480.0


def test_scale_is_the_pixels_of_a_metre() -> None:
    world = np.column_stack([skeleton() / 180, np.zeros(33)])
    assert body_scale_px_per_m(skeleton(), world) == pytest.approx(180)
    assert body_scale_px_per_m(skeleton(left=0, top=90), world) == pytest.approx(180)
    assert body_scale_px_per_m(0.6 * skeleton(), world) == pytest.approx(108)


def test_the_middle_counts_twice_the_edge() -> None:
    at_edge = box(-50, 100, 50, 400)
    assert prominence(100, MIDDLE, SIZE) == 100
    assert prominence(100, at_edge, SIZE) == 50
    assert prominence(100, box(270, 0, 370, 300), SIZE) == 100


# ---- one person found twice ------------------------------------------------------------------


def test_a_person_found_twice_is_one() -> None:
    points = skeleton()
    jitter = np.random.default_rng(2).normal(0, 5, points.shape)
    assert is_same_body(points, points + jitter)
    assert is_same_body(points, (points + jitter)[MIRROR])


def test_two_people_side_by_side_are_two() -> None:
    assert not is_same_body(skeleton(200), skeleton(290))


def test_a_smaller_person_inside_the_box_of_a_larger_is_another() -> None:
    assert not is_same_body(skeleton(top=50, height=400), skeleton(top=60, height=150))


# ---- the cover -------------------------------------------------------------------------------


def test_people_are_covered_and_the_rest_is_left() -> None:
    image = np.random.default_rng(3).integers(0, 128, (480, 640, 3), dtype=np.uint8)
    before = image.copy()
    covered = cover(image, [MIDDLE, SMALL_LEFT])
    assert np.array_equal(image, before)
    assert (covered[100:400, 270:370] == 128).all()
    assert (covered[220:400, 60:120] == 128).all()
    assert np.array_equal(covered[:, 140:230], image[:, 140:230])
    assert np.array_equal(covered[:, 410:], image[:, 410:])


@pytest.mark.parametrize("corner", [box(0, 0, 80, 200), box(560, 300, 640, 480)])
def test_a_cover_at_the_edge_stays_in_the_picture(corner: np.ndarray) -> None:
    covered = cover(np.zeros((480, 640, 3), np.uint8), [corner])
    left, top, right, bottom = corner.astype(int)
    assert (covered[top:bottom, left:right] == 128).all()
    assert (covered == 128).mean() < 0.2


# ---- whom to follow --------------------------------------------------------------------------


def sizes(boxes: list[np.ndarray]) -> list[float]:
    """Let people be as prominent as they are tall."""
    return [float(one[3] - one[1]) for one in boxes]


class Scene:
    """Drives an `Attention` as an estimator does, at 25 frames a second."""

    def __init__(self) -> None:
        self.attention = Attention()
        self.tracked: np.ndarray | None = None
        self.t_s = 0.0
        self.census_times_s: list[float] = []

    def show(self, *people: np.ndarray, lasting_s: float, finds: int = 0) -> np.ndarray | None:
        """Show people; a tracker without a person takes up the one numbered `finds`."""
        for _ in range(round(lasting_s * 25)):
            if not any(self.tracked is person for person in people):
                is_lost_now = self.tracked is not None
                self.tracked = people[finds] if people and not is_lost_now else None
            self._frame(people)
            self.t_s += 0.04
        return self.judged

    @property
    def judged(self) -> np.ndarray | None:
        return self.tracked if self.attention.is_following else None

    def _frame(self, people: tuple[np.ndarray, ...]) -> None:
        if self.tracked is not None and self.attention.is_census_due(self.tracked, self.t_s):
            self.census_times_s.append(self.t_s)
            boxes = [self.tracked, *(one for one in people if one is not self.tracked)]
            chosen = self.attention.choose(boxes, sizes(boxes), self.t_s)
            if chosen is not None:
                self.tracked = boxes[chosen]
            others = [one for number, one in enumerate(boxes) if number != chosen]
            self.attention.settle(is_following=chosen is not None, others_px=others)
        self.attention.note(self.tracked, self.t_s)


def test_the_first_person_is_chosen_at_once() -> None:
    scene = Scene()
    assert scene.show(MIDDLE, lasting_s=0.04) is MIDDLE
    assert scene.attention.others_px.shape == (0, 4)


def test_of_two_the_more_prominent_is_chosen_whoever_was_found_first() -> None:
    for finds in (0, 1):
        scene = Scene()
        assert scene.show(SMALL_LEFT, LARGE_RIGHT, lasting_s=0.04, finds=finds) is LARGE_RIGHT
        assert scene.attention.others_px.tolist() == [SMALL_LEFT.tolist()]


def test_somebody_larger_who_comes_and_stays_is_chosen() -> None:
    scene = Scene()
    scene.show(SMALL_LEFT, lasting_s=2)
    assert scene.show(SMALL_LEFT, LARGE_RIGHT, lasting_s=4) is LARGE_RIGHT


def test_somebody_who_walks_past_is_not() -> None:
    scene = Scene()
    scene.show(SMALL_LEFT, lasting_s=1.96)
    scene.show(SMALL_LEFT, LARGE_RIGHT, lasting_s=0.8)
    assert scene.show(SMALL_LEFT, lasting_s=4) is SMALL_LEFT


def test_somebody_a_little_larger_is_not() -> None:
    scene = Scene()
    scene.show(MIDDLE, lasting_s=1)
    slightly_larger = box(380, 80, 500, 420)
    assert scene.show(MIDDLE, slightly_larger, lasting_s=10) is MIDDLE


def test_the_judged_person_may_be_away_for_a_moment() -> None:
    scene = Scene()
    scene.show(MIDDLE, SMALL_LEFT, lasting_s=1)
    assert scene.show(SMALL_LEFT, lasting_s=ABSENCE_S / 2) is None
    assert scene.show(MIDDLE, SMALL_LEFT, lasting_s=1) is MIDDLE


def test_after_a_long_absence_somebody_else_is_chosen() -> None:
    scene = Scene()
    scene.show(MIDDLE, SMALL_LEFT, lasting_s=1)
    assert scene.show(SMALL_LEFT, lasting_s=ABSENCE_S + 1) is SMALL_LEFT


def test_while_the_person_is_away_the_others_are_still_told() -> None:
    scene = Scene()
    scene.show(MIDDLE, SMALL_LEFT, lasting_s=1)
    scene.show(SMALL_LEFT, lasting_s=1)
    assert scene.attention.others_px.tolist() == [SMALL_LEFT.tolist()]


def test_when_everybody_has_left_there_are_no_others() -> None:
    scene = Scene()
    scene.show(MIDDLE, SMALL_LEFT, lasting_s=1)
    assert scene.show(lasting_s=1) is None
    assert scene.attention.others_px.shape == (0, 4)


def test_a_lost_person_found_again_nearby_needs_no_census() -> None:
    scene = Scene()
    scene.show(MIDDLE, lasting_s=0.4)
    scene.show(lasting_s=0.2)
    assert scene.show(MIDDLE + np.float32(10), lasting_s=0.2) is not None
    assert scene.census_times_s == [0.0]


def test_somebody_smaller_found_far_away_after_a_loss_is_not_taken_for_the_same() -> None:
    scene = Scene()
    scene.show(MIDDLE, lasting_s=0.4)
    assert scene.show(SMALL_LEFT, lasting_s=0.4) is None


def test_a_lone_person_found_far_away_after_a_cut_is_taken_for_the_same_at_once() -> None:
    scene = Scene()
    scene.show(SMALL_LEFT, lasting_s=0.4)
    assert scene.show(LARGE_RIGHT, lasting_s=0.08) is LARGE_RIGHT


def test_with_others_about_a_person_found_far_away_is_not_taken_for_the_same() -> None:
    scene = Scene()
    scene.show(MIDDLE, box(20, 80, 120, 420), lasting_s=0.4)
    assert scene.show(LARGE_RIGHT, lasting_s=0.4) is None


def test_everybody_is_looked_at_once_a_second() -> None:
    scene = Scene()
    scene.show(MIDDLE, lasting_s=10)
    assert np.diff(scene.census_times_s) == pytest.approx(CENSUS_S, abs=0.05)


def test_while_somebody_else_is_tracked_the_census_comes_soon_again() -> None:
    attention = Attention()
    attention.choose([SMALL_LEFT, MIDDLE], [180.0, 300.0], 1.0)
    attention.settle(is_following=False, others_px=[SMALL_LEFT])
    assert not attention.is_census_due(SMALL_LEFT, 1.0 + CENSUS_RETRY_S / 2)
    assert attention.is_census_due(SMALL_LEFT, 1.0 + CENSUS_RETRY_S)
