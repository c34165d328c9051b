"""A change is never claimed inside the minimal detectable change, whatever the sets are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.progress import Progress, compare_sets
from tests.judged_movement import measured, missing, reps

if TYPE_CHECKING:
    from models.results import Measurement

some_measurements = st.lists(
    st.builds(measured, st.floats(-60, 120), st.floats(0.1, 15)) | st.builds(missing), max_size=10
)


unhurried = settings(deadline=None)


@unhurried
@given(some_measurements, some_measurements)
def test_nothing_is_claimed_inside_the_limit(
    before: list[Measurement], after: list[Measurement]
) -> None:
    found = compare_sets(
        reps(angle=before) if before else [], reps(angle=after) if after else [], "angle"
    )
    if found.progress is Progress.CHANGED:
        assert abs(found.value) > found.mdc > 0
    if found.progress is Progress.WITHIN_VARIATION:
        assert abs(found.value) <= found.mdc
    if not any(one.measured for one in before) or not any(one.measured for one in after):
        assert found.progress is Progress.NOT_COMPARABLE


@unhurried
@given(some_measurements, some_measurements)
def test_the_other_way_round_is_the_same_change(
    before: list[Measurement], after: list[Measurement]
) -> None:
    earlier, later = (reps(angle=one) if one else [] for one in (before, after))
    there, back = compare_sets(earlier, later, "angle"), compare_sets(later, earlier, "angle")
    assert there.progress is back.progress
    if math.isfinite(there.mdc):
        assert there.mdc == pytest.approx(back.mdc)
        assert there.value == pytest.approx(-back.value)


@unhurried
@given(some_measurements.filter(bool), st.floats(0.0, 5.0))
def test_the_same_set_twice_has_not_changed(values: list[Measurement], wider: float) -> None:
    once = reps(angle=values)
    again = reps(
        angle=[measured(one.value, one.se + wider) if one.measured else one for one in values]
    )
    assert compare_sets(once, again, "angle").progress is not Progress.CHANGED
