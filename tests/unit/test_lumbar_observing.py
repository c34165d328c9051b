"""The back is followed through a set: read now, and over the whole set, in one way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.calibration import UprightFinder
from models.kinematics import measure
from models.lumbar.features import OUTLINE_POINTS
from models.lumbar.observing import BackObserver
from models.lumbar.reading import BACK_HIDDEN, NO_UPRIGHT, OUTLINE_UNCLEAR, REASONS, TURNED_TOO_FAR
from tests.outlined_backs import METHOD, bow_at, outlined, turn_deg, turn_reader
from tests.retouching import changed, mirrored
from tests.stick_figure import HINGE, STANDING, Posture, Script, film
from vision.framing import FramingObserver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.kinematics import Upright
    from vision.pose import Pose

STAND_S: Final = 1.0
BEND: Final = Script().hold(STAND_S).to(HINGE, 1.2).hold(0.4)
POSES: Final = outlined(film(BEND, fps=20))
HINGE_DEG: Final = turn_deg(bow_at(HINGE.trunk_deg)) - turn_deg(bow_at(0.0))


@pytest.fixture(autouse=True)
def _a_plain_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.lumbar.observing.default_estimator", turn_reader)


def observed(poses: Iterable[Pose]) -> BackObserver:
    observer, framing = BackObserver(), FramingObserver()
    for pose in poses:
        observer.update(pose, framing.update(pose))
    return observer


def upright_of(poses: Iterable[Pose], *, faces_right: bool = True) -> Upright | None:
    finder = UprightFinder()
    for pose in poses:
        finder.update(
            measure(
                np.array([pose.t_s]),
                pose.image_xy[None].astype(np.float64),
                pose.visibility[None].astype(np.float64),
                faces_right=faces_right,
            )
        )
    return finder.settle()


def test_it_tells_which_estimator_it_reads_with() -> None:
    assert BackObserver().method == METHOD


def test_of_nothing_seen_nothing_is_read() -> None:
    assert len(BackObserver().read(None, slice(None)).reason) == 0


def test_the_bend_of_the_back_is_read_against_the_own_standing() -> None:
    reading = observed(POSES).read(upright_of(POSES), slice(None))
    assert (reading.reason == 0).all()
    assert reading.flexion_deg[:10] == pytest.approx(np.zeros(10), abs=0.5)
    assert reading.flexion_deg[-1] == pytest.approx(HINGE_DEG, abs=1.0)


def test_a_mirror_image_reads_alike() -> None:
    left = outlined([mirrored(pose) for pose in film(BEND, fps=20)], faces_right=False)
    one = observed(POSES).read(upright_of(POSES), slice(None))
    other = observed(left).read(upright_of(left, faces_right=False), slice(None))
    assert other.flexion_deg[-20:] == pytest.approx(one.flexion_deg[-20:], abs=0.05)


def test_a_part_reads_as_it_does_in_the_whole() -> None:
    observer, upright = observed(POSES), upright_of(POSES)
    whole = observer.read(upright, slice(None))
    for part in (slice(5, 9), slice(-1, None), slice(0, 1)):
        one = observer.read(upright, part)
        assert one.flexion_deg == pytest.approx(whole.flexion_deg[part], abs=1e-4)
        assert np.array_equal(one.reason, whole.reason[part])


def test_without_an_upright_there_is_nothing_to_compare_with() -> None:
    reading = observed(POSES).read(None, slice(None))
    assert {REASONS[index] for index in reading.reason} == {NO_UPRIGHT}


def test_without_outlines_it_is_the_outline_that_was_unclear() -> None:
    bare = film(BEND, fps=20)
    reading = observed(bare).read(upright_of(bare), slice(None))
    assert {REASONS[index] for index in reading.reason} == {OUTLINE_UNCLEAR}


def test_standing_without_an_outline_leaves_nothing_to_compare_with() -> None:
    bare = film(BEND, fps=20)
    late = [pose if pose.t_s > STAND_S + 0.3 else bare[row] for row, pose in enumerate(POSES)]
    reading = observed(late).read(upright_of(late), slice(None))
    assert REASONS[reading.reason[0]] == OUTLINE_UNCLEAR
    assert REASONS[reading.reason[-1]] == NO_UPRIGHT


def test_another_upright_is_looked_up_anew() -> None:
    """Whoever is found to stand otherwise than first thought is read from there."""
    tilted = Posture(trunk_deg=20.0)
    script = Script.from_posture(tilted).hold(1.0).to(STANDING, 0.8).hold(1.0)
    poses = outlined(film(script, fps=20))
    observer = observed(poses)
    uprights = [upright_of(part) for part in (poses[:20], poses[-20:], poses[:20])]
    apart = turn_deg(bow_at(20.0)) - turn_deg(bow_at(0.0))
    now = slice(-1, None)
    told = [float(observer.read(upright, now).flexion_deg[0]) for upright in uprights]
    assert apart > 5.0
    assert told == pytest.approx([-apart, 0.0, -apart], abs=0.3)


def covered(pose: Pose) -> Pose:
    """Something is in front of all of the back."""
    assert pose.outline is not None
    return replace(pose, outline=replace(pose.outline, occluded=np.ones(OUTLINE_POINTS, np.bool_)))


def test_something_over_the_back_is_said_while_it_is_there() -> None:
    poses = changed(POSES, covered, from_s=STAND_S + 0.8)
    reading = observed(poses).read(upright_of(poses), slice(None))
    assert reading.reason[0] == 0
    assert REASONS[reading.reason[-1]] == BACK_HIDDEN


@pytest.mark.parametrize("yaw_deg", [0.0, 40.0])
def test_a_view_turned_too_far_is_said(yaw_deg: float) -> None:
    poses = outlined(film(BEND, fps=20, yaw_deg=yaw_deg))
    reading = observed(poses).read(upright_of(poses), slice(-1, None))
    assert REASONS[reading.reason[0]] == (TURNED_TOO_FAR if yaw_deg else "")


def test_a_moment_seen_twice_is_no_matter() -> None:
    twice = [pose for pose in POSES for _ in range(2)]
    reading = observed(twice).read(upright_of(POSES), slice(-1, None))
    assert reading.flexion_deg == pytest.approx([HINGE_DEG], abs=1.0)
