"""Spine, pelvis and hip add up to what the landmarks show, errors and all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.kinematics import FROM_OUTLINE, Signal
from models.lumbar.decomposition import (
    SPINE_SHARE,
    THORACIC_PER_LUMBAR,
    TRUNK_PER_LUMBAR,
    TRUNK_PER_THORACIC,
    decompose,
)
from tests.measured_figure import series_of
from tests.retouching import LEGS, hidden
from tests.stick_figure import HINGE, STANDING, Script, film

if TYPE_CHECKING:
    from models.results import Series

BEND = film(Script.from_posture(STANDING).to(HINGE, 1.0), t_s=np.array([0.0, 1.0]))
LUMBAR = np.array([0.0, 22.0])
SE = np.array([4.0, 5.0])


@pytest.fixture
def bend() -> Series:
    return series_of(BEND)


def test_a_good_hinge_is_divided_as_the_model_says(bend: Series) -> None:
    """Trunk 72°, thigh 22°, lumbar 22°: pelvis 56° and hip 78° (``measurement.md`` §1.4)."""
    divided = decompose(bend, LUMBAR, SE)
    assert divided.of(Signal.PELVIC_TILT)[1] == pytest.approx(56, abs=1)
    assert divided.of(Signal.HIP_FLEXION)[1] == pytest.approx(78, abs=1)
    np.testing.assert_array_equal(divided.of(Signal.LUMBAR_FLEXION), LUMBAR)
    np.testing.assert_array_equal(divided.se_of(Signal.LUMBAR_FLEXION), SE)
    np.testing.assert_allclose(divided.value[0, [one.column for one in FROM_OUTLINE]], 0, atol=0.1)


def test_nothing_else_changes_and_the_input_stays(bend: Series) -> None:
    before = bend.value.copy()
    divided = decompose(bend, LUMBAR, SE)
    others = [signal.column for signal in Signal if signal not in FROM_OUTLINE]
    np.testing.assert_array_equal(divided.value[:, others], before[:, others])
    np.testing.assert_array_equal(bend.value, before)


def test_a_thorax_that_is_known_takes_the_place_of_the_assumed_one(bend: Series) -> None:
    assumed = decompose(bend, LUMBAR, SE)
    same = decompose(bend, LUMBAR, SE, thoracic_deg=THORACIC_PER_LUMBAR * LUMBAR)
    np.testing.assert_allclose(same.value, assumed.value)
    more = decompose(bend, LUMBAR, SE, thoracic_deg=np.array([0.0, 20.0]))
    tilt = 72 - TRUNK_PER_LUMBAR * 22 - TRUNK_PER_THORACIC * 20
    assert more.of(Signal.PELVIC_TILT)[1] == pytest.approx(tilt, abs=0.2)
    assert more.se_of(Signal.PELVIC_TILT)[1] != assumed.se_of(Signal.PELVIC_TILT)[1]


def test_errors_hold_those_of_landmarks_and_of_the_estimate(bend: Series) -> None:
    exact = decompose(bend, LUMBAR, np.zeros(2))
    divided = decompose(bend, LUMBAR, SE)
    for signal, landmarks in (
        (Signal.PELVIC_TILT, Signal.TRUNK_INCLINATION),
        (Signal.HIP_FLEXION, Signal.APPARENT_HIP_FLEXION),
    ):
        alone = bend.se_of(landmarks)
        assert exact.se_of(signal)[0] == pytest.approx(alone[0])
        assert alone[1] < exact.se_of(signal)[1] < alone[1] + 0.5, "coefficients of the model"
        added = np.hypot(exact.se_of(signal), SPINE_SHARE * SE)
        np.testing.assert_allclose(divided.se_of(signal), added)


@pytest.mark.parametrize("without", ["angle", "error"])
def test_what_was_not_measured_stays_unknown(bend: Series, without: str) -> None:
    lumbar, se = LUMBAR.copy(), SE.copy()
    (lumbar if without == "angle" else se)[1] = math.nan
    divided = decompose(bend, lumbar, se)
    for signal in FROM_OUTLINE:
        assert np.isfinite(divided.of(signal)[0])
        assert np.isnan(divided.of(signal)[1])
        assert np.isnan(divided.se_of(signal)[1])


def test_a_hidden_leg_leaves_the_pelvis_and_takes_the_hip() -> None:
    series = series_of([hidden(LEGS)(pose) for pose in BEND])
    divided = decompose(series, LUMBAR, SE)
    assert np.isfinite(divided.of(Signal.PELVIC_TILT)).all()
    assert np.isnan(divided.of(Signal.HIP_FLEXION)).all()
    assert np.isnan(divided.se_of(Signal.HIP_FLEXION)).all()


def test_one_angle_for_each_frame_is_demanded(bend: Series) -> None:
    with pytest.raises(ValueError, match="one angle for each of 2 frames"):
        decompose(bend, LUMBAR[:1], SE)
