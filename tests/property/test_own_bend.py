"""Whatever the bends: the own bend follows them, and comes back from its file to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.calibration import NoOwnBend, OwnBend, find_own_bend
from service.calibrations import Calibration
from service.store.calibrations import calibration_by_label, save_calibration
from service.store.tables import MAX_FILE_NAME
from tests.free_bends import calibration_clip, free_bend
from tests.stores import sqlite_stores

if TYPE_CHECKING:
    from pathlib import Path

    from service.store.database import Database

ANGLES = st.floats(-30, 120)
POSITIVE = st.floats(min_value=0.001, max_value=120)
PEAKS = st.lists(st.floats(10, 80), min_size=2, max_size=4)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return sqlite_stores(tmp_path).database


@st.composite
def own_bends(draw: st.DrawFn) -> OwnBend:
    hips = sorted(draw(st.lists(ANGLES, min_size=2, max_size=20, unique=True)))
    lumbar = draw(st.lists(ANGLES, min_size=len(hips), max_size=len(hips)))
    return OwnBend(
        max_lumbar_deg=draw(POSITIVE),
        max_lumbar_se_deg=draw(POSITIVE),
        hip_deg=tuple(hips),
        lumbar_deg=tuple(lumbar),
        bends=draw(st.integers(2, 9)),
        estimator=draw(st.text(min_size=1)),
    )


@given(own_bend=own_bends(), source_name=st.text())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_saved_calibration_comes_back_to_the_bit(
    database: Database, own_bend: OwnBend, source_name: str
) -> None:
    calibration = Calibration(person="Kim", own_bend=own_bend, source_name=source_name)
    save_calibration(database, calibration)
    kept = calibration_by_label(database, "Kim")
    assert kept.own_bend == own_bend
    assert kept.source_name == source_name.replace("\0", "?")[:MAX_FILE_NAME]


@given(peaks=PEAKS, se_deg=st.floats(1, 10))
@settings(deadline=None)
def test_the_maximum_lies_among_the_peaks_and_its_error_is_no_smaller_than_one(
    peaks: list[float], se_deg: float
) -> None:
    clip = calibration_clip(*[free_bend(peak, se_deg=se_deg) for peak in peaks])
    own_bend = find_own_bend(clip)
    backwards = find_own_bend(replace(clip, reps=clip.reps[::-1]))
    if isinstance(own_bend, NoOwnBend):
        assert backwards is own_bend
        return
    assert isinstance(backwards, OwnBend)
    assert own_bend.max_lumbar_deg == pytest.approx(backwards.max_lumbar_deg)
    assert min(peaks) - 2 <= own_bend.max_lumbar_deg <= max(peaks) + 1e-9
    assert own_bend.max_lumbar_se_deg >= se_deg - 1e-9
    assert (np.diff(own_bend.hip_deg) > 0).all()


@given(factor=st.floats(0.5, 2.0))
@settings(deadline=None)
def test_an_error_of_scale_scales_the_maximum_and_the_curve(factor: float) -> None:
    """So it cancels in a share of the own maximum."""
    plain = find_own_bend(calibration_clip(free_bend(45), free_bend(45)))
    scaled = find_own_bend(calibration_clip(free_bend(45 * factor), free_bend(45 * factor)))
    assert isinstance(plain, OwnBend)
    assert isinstance(scaled, OwnBend)
    assert scaled.max_lumbar_deg == pytest.approx(factor * plain.max_lumbar_deg)
    assert scaled.lumbar_deg == pytest.approx([factor * value for value in plain.lumbar_deg])
