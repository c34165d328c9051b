"""Targets for the kinematics alone, on one real person's markers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.kinematics import Signal
from tests.accuracy.c3d import read_markers
from tests.accuracy.error_statistics import Errors
from tests.accuracy.marker_trials import FOLDER, JUDGED, NEUTRAL, TRIALS, errors_of, trial
from tests.given_material import shared_file

if TYPE_CHECKING:
    from pathlib import Path

TARGET_DEG: Final = 3.0


@pytest.mark.parametrize("signal", JUDGED)
def test_angles_from_markers_agree_with_published_ones(signal: Signal) -> None:
    pooled = Errors.pool([errors_of(number, signal) for number in TRIALS])
    assert pooled.frames > 500
    assert pooled.coverage == 1.0
    assert pooled.mean_absolute_deg <= TARGET_DEG


@pytest.mark.parametrize("number", TRIALS)
def test_the_lifts_are_deep_stoops(number: int) -> None:
    """Columns and signs of the published angles are read as they were meant."""
    published = trial(number).published_deg
    assert 80 < published[Signal.TRUNK_INCLINATION].max() < 95
    assert 20 < published[Signal.THIGH_INCLINATION].max() < 45
    assert 30 < published[Signal.KNEE_FLEXION].max() < 60


@pytest.mark.parametrize("signal", JUDGED)
def test_every_signal_moves_with_the_published_one(signal: Signal) -> None:
    for number in TRIALS:
        lift = trial(number)
        measured = lift.series.of(signal)
        assert np.corrcoef(measured, lift.published_deg[signal])[0, 1] > 0.97


def test_the_standing_trial_is_upright() -> None:
    markers = read_markers(shared_file(f"{FOLDER}/{NEUTRAL}.c3d"))
    assert markers.rate_hz == 50.0
    assert len(markers.mm) == 38
    above_foot = markers.mm["C7"][:, 2] - markers.mm["RANK"][:, 2]
    assert 1200 < above_foot.mean() < 1500  # of a man of 1.73 m


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no.c3d"
    path.write_bytes(bytes(1024))
    with pytest.raises(ValueError, match="expected a C3D file"):
        read_markers(path)
