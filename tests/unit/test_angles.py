"""Signs and values of the planar angles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.angles import (
    apparent_hip_flexion_deg,
    inclination_deg,
    knee_flexion_deg,
    length,
    thigh_inclination_deg,
    to_sagittal,
    wrap_deg,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIGIN = np.array([0.0, 0.0])


def at(inclination: float, distance: float = 1.0) -> NDArray[np.float64]:
    """Point that lies at an inclination from the origin, forward positive."""
    angle = math.radians(inclination)
    return distance * np.array([math.sin(angle), math.cos(angle)])


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 135.0, 180.0, -30.0, -90.0, -179.0])
def test_inclination_counts_from_upright_forward(angle: float) -> None:
    assert inclination_deg(ORIGIN, at(angle)) == pytest.approx(angle)


def test_a_line_that_leans_45_degrees_reads_45_whatever_its_length() -> None:
    assert inclination_deg(ORIGIN, np.array([3.0, 3.0])) == pytest.approx(45)
    assert inclination_deg(ORIGIN, np.array([0.01, 0.01])) == pytest.approx(45)


def test_the_thigh_inclines_when_the_hip_is_behind_the_knee() -> None:
    knee, hip_behind = np.array([0.0, 1.0]), np.array([-1.0, 2.0])
    assert thigh_inclination_deg(hip_behind, knee) == pytest.approx(45)


def test_a_bent_knee_is_positive_and_one_past_straight_negative() -> None:
    ankle, hip = np.array([0.0, 0.0]), np.array([0.0, 2.0])
    forward, back = np.array([0.5, 1.0]), np.array([-0.5, 1.0])
    bent = 2 * math.degrees(math.atan(0.5))
    assert knee_flexion_deg(hip, forward, ankle) == pytest.approx(bent)
    assert knee_flexion_deg(hip, back, ankle) == pytest.approx(-bent)
    assert knee_flexion_deg(hip, np.array([0.0, 1.0]), ankle) == pytest.approx(0)


def test_folding_forward_is_hip_flexion() -> None:
    knee, hip = np.array([0.0, 0.0]), np.array([0.0, 1.0])
    assert apparent_hip_flexion_deg(hip + at(70), hip, knee) == pytest.approx(70)
    assert apparent_hip_flexion_deg(hip + at(-20), hip, knee) == pytest.approx(-20)


def test_the_worked_example_of_the_conventions() -> None:
    ankle = np.array([0.0, 0.0])
    knee = ankle + at(0)
    hip = knee + at(-22)
    shoulder = hip + at(72)
    assert knee_flexion_deg(hip, knee, ankle) == pytest.approx(22)
    assert apparent_hip_flexion_deg(shoulder, hip, knee) == pytest.approx(94)


@pytest.mark.parametrize(
    ("angle", "wrapped"), [(0, 0), (180, 180), (-180, 180), (190, -170), (540, 180), (-370, -10)]
)
def test_angles_wrap_into_the_half_open_turn(angle: float, wrapped: float) -> None:
    assert wrap_deg(np.array(float(angle))) == pytest.approx(wrapped)


def test_an_image_point_becomes_forward_and_up() -> None:
    point = np.array([30.0, 40.0])
    np.testing.assert_array_equal(to_sagittal(point, faces_right=True), [30, -40])
    np.testing.assert_array_equal(to_sagittal(point, faces_right=False), [-30, -40])


def test_length_is_a_distance() -> None:
    assert length(np.array([1.0, 1.0]), np.array([4.0, 5.0])) == 5


def test_unknown_points_give_unknown_angles_and_leave_others_alone() -> None:
    hip = np.array([[0.0, 1.0], [np.nan, np.nan]])
    shoulder = np.array([[0.0, 2.0], [0.0, 2.0]])
    np.testing.assert_array_equal(inclination_deg(hip, shoulder), [0.0, np.nan])
    np.testing.assert_array_equal(length(hip, shoulder), [1.0, np.nan])
