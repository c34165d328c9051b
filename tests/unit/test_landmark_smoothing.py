"""The smoothing that MediaPipe applies, against its formulas worked by hand."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np
import pytest

from vision.estimators.blazepose import RawPose, Roi
from vision.estimators.landmark_smoothing import LandmarkSmoothing, OneEuro

ROI: Final = Roi(centre_px=(320.0, 240.0), side_px=400.0, rotation_rad=0.0)


def raw(place: float, *, visibility: float = 0.9) -> RawPose:
    return RawPose(
        image_xy=np.full((33, 2), place),
        world_xyz=np.full((33, 3), place / 400),
        visibility=np.full(33, visibility),
        next_roi=ROI,
    )


def weight(cutoff_hz: float, elapsed_s: float) -> float:
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * elapsed_s))


def test_the_first_sample_is_taken_as_it_is() -> None:
    first = LandmarkSmoothing().update(raw(100.0), 3.0)
    assert np.all(first.image_xy == 100.0)
    assert np.all(first.world_xyz == 0.25)
    assert np.all(first.visibility == 0.9)


def test_the_second_sample_weighs_what_the_formula_says() -> None:
    smoothing = LandmarkSmoothing()
    smoothing.update(raw(100.0), 0.0)
    second = smoothing.update(raw(104.0, visibility=0.4), 0.04)
    speed = weight(1.0, 0.04) * (4 / 400 / 0.04)  # in regions per second
    image = 100 + weight(0.05 + 80 * speed, 0.04) * 4
    world = 0.25 + weight(0.1 + 40 * speed, 0.04) * 0.01
    assert second.image_xy == pytest.approx(np.full((33, 2), image))
    assert second.world_xyz == pytest.approx(np.full((33, 3), world))
    assert second.visibility == pytest.approx(np.full(33, 0.9 - 0.1 * 0.5))


def test_the_speed_is_that_of_the_raw_values() -> None:
    euro = OneEuro(min_cutoff_hz=1.0, beta=50.0)
    euro.update(np.zeros(1), 0.0)
    lagging = euro.update(np.ones(1), 0.1).item()
    speed = weight(1.0, 0.1) * 10
    # The raw value rests from here on, although the smoothed one still moves towards it.
    speed *= 1 - weight(1.0, 0.1)
    expected = lagging + weight(1.0 + 50 * speed, 0.1) * (1 - lagging)
    assert euro.update(np.ones(1), 0.2).item() == pytest.approx(expected)


def test_rest_is_steadied_and_movement_followed() -> None:
    rng = np.random.default_rng(1)
    smoothing = LandmarkSmoothing()
    still = [smoothing.update(raw(100 + rng.normal(0, 0.1)), i / 30) for i in range(90)]
    shown = [pose.image_xy[0, 0] for pose in still[30:]]
    assert np.std(shown) < 0.05
    moving = [smoothing.update(raw(100 + 12.0 * i), 3 + i / 30) for i in range(30)]
    assert 100 + 12.0 * 29 - moving[-1].image_xy[0, 0] < 6.0  # half a frame behind


def test_a_picture_twice_as_large_is_smoothed_alike() -> None:
    small, large = LandmarkSmoothing(), LandmarkSmoothing()
    for i, place in enumerate([100.0, 103.0, 101.0, 140.0]):
        twice = dataclasses.replace(
            raw(2 * place), next_roi=dataclasses.replace(ROI, side_px=2 * ROI.side_px)
        )
        one, other = small.update(raw(place), i / 30), large.update(twice, i / 30)
    assert other.image_xy == pytest.approx(2 * one.image_xy)


def test_after_a_loss_only_image_landmarks_start_afresh() -> None:
    smoothing = LandmarkSmoothing()
    smoothing.update(raw(100.0), 0.0)
    smoothing.lose()
    found = smoothing.update(raw(300.0, visibility=0.4), 0.1)
    assert np.all(found.image_xy == 300.0)
    assert np.all(found.world_xyz < 0.75)
    assert found.visibility == pytest.approx(np.full(33, 0.85))


def test_the_next_region_is_not_smoothed() -> None:
    smoothing = LandmarkSmoothing()
    smoothing.update(raw(100.0), 0.0)
    assert smoothing.update(raw(160.0), 0.04).next_roi == ROI
