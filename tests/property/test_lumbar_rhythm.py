"""What holds of every bend that is shared between hips and lower back."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.angles import wrap_deg
from models.kinematics import FROM_OUTLINE, Signal
from models.lumbar import rhythm
from models.lumbar.decomposition import SPINE_SHARE, decompose
from models.lumbar.rhythm import measure_rhythm
from models.lumbar.shape import BackShape, back_shape
from models.results import Measurement
from tests.measured_figure import series_of
from tests.shared_bends import OWN_BEND, early, evenly, late, lost, moments, shared_bend
from tests.stick_figure import STANDING, Posture, Script, film

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.phases import Excerpt
    from tests.shared_bends import Course

few = settings(max_examples=25, deadline=None)
FOLDED_DOUBLE = Posture(shank_deg=0, thigh_deg=74, trunk_deg=100)
"""Hip flexion of this one, with its back bent backwards, is more than half a turn."""

backs = st.floats(8, 60)
hips = st.floats(30, 100)
courses = st.sampled_from([early, evenly, late])
errors = st.floats(0.5, 5.0)
bent_postures = st.builds(
    Posture, shank_deg=st.floats(-5, 35), thigh_deg=st.floats(0, 90), trunk_deg=st.floats(0, 100)
)


def assert_same_angles(some: NDArray[np.float64], others: NDArray[np.float64]) -> None:
    """Compare angles, which are kept within half a turn: -179° and 181° are the same."""
    np.testing.assert_allclose(wrap_deg(some - others), 0, atol=1e-9)


def seen(rep: Excerpt) -> dict[str, Measurement]:
    found = measure_rhythm(rep)
    values = {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}
    return {name: one for name, one in values.items() if isinstance(one, Measurement)}


@few
@example(FOLDED_DOUBLE, -9.0, 1.0)
@given(bent_postures, st.floats(-20, 60), st.floats(0.5, 10))
def test_the_parts_add_up_to_what_landmarks_show(
    posture: Posture, lumbar_deg: float, se_deg: float
) -> None:
    """Knee is thigh plus shank; the trunk is pelvis plus spine; the hip is pelvis plus thigh."""
    poses = film(Script.from_posture(STANDING).to(posture, 1.0), t_s=np.array([0.0, 1.0]))
    series = series_of(poses)
    parts = decompose(series, np.full(2, lumbar_deg), np.full(2, se_deg))
    knee = parts.of(Signal.THIGH_INCLINATION) + parts.of(Signal.SHANK_INCLINATION)
    assert_same_angles(parts.of(Signal.KNEE_FLEXION), knee)
    spine = SPINE_SHARE * lumbar_deg
    tilt, hip = parts.of(Signal.PELVIC_TILT), parts.of(Signal.HIP_FLEXION)
    assert_same_angles(tilt + spine, parts.of(Signal.TRUNK_INCLINATION))
    assert_same_angles(hip, tilt + parts.of(Signal.THIGH_INCLINATION))
    assert_same_angles(hip + spine, parts.of(Signal.APPARENT_HIP_FLEXION))
    for signal in FROM_OUTLINE:
        assert (parts.se_of(signal) >= min(se_deg, SPINE_SHARE * se_deg)).all()


@few
@given(bent_postures, st.lists(st.booleans(), min_size=2, max_size=2))
def test_the_unknown_stays_unknown(posture: Posture, known: list[bool]) -> None:
    poses = film(Script.from_posture(STANDING).to(posture, 1.0), t_s=np.array([0.0, 1.0]))
    lumbar = np.where(known, 20.0, np.nan)
    parts = decompose(series_of(poses), lumbar, np.full(2, 5.0))
    for signal in FROM_OUTLINE:
        np.testing.assert_array_equal(np.isfinite(parts.of(signal)), known)
        np.testing.assert_array_equal(np.isfinite(parts.se_of(signal)), known)


@few
@given(backs, hips, errors)
def test_shares_lie_between_0_and_100_and_grow_with_the_back(
    lumbar_deg: float, hip_deg: float, se_deg: float
) -> None:
    less, more = (
        measure_rhythm(shared_bend(lumbar, hip_deg, se_deg=se_deg))
        for lumbar in (lumbar_deg, lumbar_deg + 5)
    )
    for name in ("share", "share_of_trunk"):
        one, two = getattr(less, name), getattr(more, name)
        assert 0 < one.value < two.value < 100
    assert less.share.value == pytest.approx(100 * lumbar_deg / (lumbar_deg + hip_deg), abs=0.5)


@few
@given(backs, hips, courses)
def test_a_way_up_like_the_way_down_encloses_nothing(
    lumbar_deg: float, hip_deg: float, course: Course
) -> None:
    same = rhythm.LOOP_AREA.measure_rep(shared_bend(lumbar_deg, hip_deg, down=course, up=course))
    assert same.value == pytest.approx(0, abs=0.01 * lumbar_deg * hip_deg)
    assert same.se > 0


@few
@given(backs, hips)
def test_a_back_that_lags_on_the_way_up_makes_a_positive_loop_and_the_other_way_round(
    lumbar_deg: float, hip_deg: float
) -> None:
    lags = rhythm.LOOP_AREA.measure_rep(shared_bend(lumbar_deg, hip_deg, down=late, up=early))
    leads = rhythm.LOOP_AREA.measure_rep(shared_bend(lumbar_deg, hip_deg, down=early, up=late))
    assert lags.value > 0 > leads.value
    assert lags.value == pytest.approx(-leads.value, rel=0.05)


@few
@given(backs, hips, courses, courses, st.sampled_from([30.0, 48.0, 50.0, 100.0]))
def test_no_quantity_depends_on_the_frame_rate(
    lumbar_deg: float, hip_deg: float, down: Course, up: Course, fps: float
) -> None:
    at_60, other = (
        seen(
            shared_bend(lumbar_deg, hip_deg, down=down, up=up, t_s=moments(rate), own_bend=OWN_BEND)
        )
        for rate in (60.0, fps)
    )
    for name, one in at_60.items():
        assert other[name].reason == one.reason, name
        if one.measured:
            assert abs(other[name].value - one.value) <= max(0.3 * one.se, 0.02 * abs(one.value))


@few
@given(backs, hips, st.floats(-100, 1e4))
def test_no_quantity_depends_on_when_it_was_filmed(
    lumbar_deg: float, hip_deg: float, later_s: float
) -> None:
    bend = shared_bend(lumbar_deg, hip_deg)
    series = dataclasses.replace(bend.series, t_s=bend.series.t_s + later_s)
    for name, one in seen(dataclasses.replace(bend, series=series)).items():
        now = seen(bend)[name]
        assert one.reason == now.reason
        if one.measured:
            assert one.value == pytest.approx(now.value, abs=0.05 * now.se)


@few
@given(backs, st.sets(st.integers(0, 107), max_size=30), errors)
def test_every_quantity_is_a_number_with_an_error_or_a_reason(
    lumbar_deg: float, unseen: set[int], se_deg: float
) -> None:
    bend = shared_bend(lumbar_deg, se_deg=se_deg, own_bend=OWN_BEND)
    frames = np.isin(np.arange(len(bend.series.t_s)), list(unseen))
    for one in seen(lost(bend, Signal.LUMBAR_FLEXION, frames)).values():
        assert one.measured == (not one.reason)
        assert math.isfinite(one.se) == one.measured
        assert not one.measured or one.se >= 0


@few
@given(st.floats(-20, 70), st.floats(0, 15))
def test_a_flat_back_is_never_called_rounded_nor_the_other_way_round(
    value: float, se: float
) -> None:
    shape = back_shape(Measurement(value=value, se=se, unit="deg", method=""))
    assert not (shape is BackShape.FLAT and value >= 12)
    assert not (shape is BackShape.ROUNDED and value <= 25)
    assert not (shape is BackShape.IN_BETWEEN and not 12 <= value <= 25)
    wider = back_shape(Measurement(value=value, se=se + 15, unit="deg", method=""))
    assert wider in {shape, BackShape.NOT_SURE}
