"""A set is called different from another only beyond the measurement's own error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.progress import SESSION_SE, Change, Progress, compare_sets, effective_reps
from tests.judged_movement import measured, missing, reps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Measurement

METRIC = "lumbar_flexion"


def change(
    before: Sequence[Measurement | float],
    after: Sequence[Measurement | float],
    *,
    filmed_alike: bool = True,
) -> Change:
    earlier = reps(**{METRIC: before}) if before else []
    later = reps(**{METRIC: after}) if after else []
    return compare_sets(earlier, later, METRIC, filmed_alike=filmed_alike)


def test_one_repetition_is_worth_one_and_many_less_than_two() -> None:
    assert effective_reps(1) == 1
    assert effective_reps(5) == pytest.approx(5 / 3)
    assert effective_reps(1000) == pytest.approx(2, abs=0.01)


def test_the_minimal_detectable_change_follows_its_formula() -> None:
    """Sets alike: 1.96 · √2 · SEM, where SEM is that of a mean of k repetitions."""
    before = [measured(value, 6.0) for value in (28.0, 30.0, 32.0)]
    found = change(before, before)
    sem = math.hypot(2.0 / math.sqrt(3 / 2), SESSION_SE * 6.0)
    assert found.mdc == pytest.approx(1.96 * math.sqrt(2) * sem)
    assert (found.before, found.after, found.value) == (30.0, 30.0, 0.0)
    assert found.unit == "deg"


@pytest.mark.parametrize("past", [-0.1, 0.1])
@pytest.mark.parametrize("way", [-1, 1])
def test_a_change_is_one_past_the_limit_only(past: float, way: int) -> None:
    before = [28.0, 30.0, 32.0]
    mdc = change(before, before).mdc
    shifted = [value + way * (mdc + past) for value in before]
    found = change(before, shifted)
    assert found.value == pytest.approx(way * (mdc + past))
    assert found.progress is (Progress.CHANGED if past > 0 else Progress.WITHIN_VARIATION)


def test_uneven_sets_are_harder_to_tell_apart() -> None:
    even = change([30.0, 31.0, 29.0], [30.0, 31.0, 29.0])
    uneven = change([20.0, 40.0, 30.0], [20.0, 40.0, 30.0])
    assert uneven.mdc > 5 * even.mdc


def test_no_number_of_repetitions_averages_the_instrument_away() -> None:
    alike = [measured(30.0, 6.0)]
    assert change(alike * 400, alike * 400).mdc == pytest.approx(change(alike * 2, alike * 2).mdc)


def test_the_scatter_counts_within_sets_and_not_between_them() -> None:
    assert change([30.0] * 3, [60.0] * 3).mdc == pytest.approx(change([30.0] * 3, [30.0] * 3).mdc)


def test_more_repetitions_tell_more_but_not_without_end() -> None:
    few, many, very_many = (change([29.0, 31.0] * n, [29.0, 31.0] * n).mdc for n in (1, 4, 400))
    assert few > many > very_many
    assert very_many > few / 2


def test_the_error_that_both_sets_share_counts_only_where_they_were_not_filmed_alike() -> None:
    before = [measured(30.0, 6.0)] * 3
    assert change(before, before, filmed_alike=False).mdc == pytest.approx(
        change(before, before).mdc / SESSION_SE
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [30.0, 31.0]),
        ([30.0, 31.0], []),
        ([missing(), missing()], [30.0, 31.0]),
        ([30.0], [60.0]),
        ([measured(30.0, math.nan)] * 2, [60.0, 61.0]),
    ],
)
def test_what_cannot_be_compared_is_not(
    before: Sequence[Measurement | float], after: Sequence[Measurement | float]
) -> None:
    assert change(before, after).progress is Progress.NOT_COMPARABLE


def test_a_set_of_one_is_compared_by_the_scatter_of_the_other() -> None:
    assert change([30.0], [59.0, 61.0, 60.0]).progress is Progress.CHANGED


def test_a_metric_that_nobody_took_cannot_be_compared() -> None:
    some = reps(lean=[1.0, 2.0])
    assert compare_sets(some, some, METRIC).progress is Progress.NOT_COMPARABLE


@pytest.mark.parametrize("count", [3, 5, 8])
def test_a_person_who_did_not_change_is_seldom_told_so(count: int) -> None:
    """Same person twice: own ups and downs, errors of the instrument that the set shares."""
    rng = np.random.default_rng(count)
    told = 0
    for _ in range(1000):
        sets = [30 + rng.normal(0, SESSION_SE * 5.0) + rng.normal(0, 3.0, count) for _ in range(2)]
        values = [[measured(float(value), 5.0) for value in one] for one in sets]
        told += change(values[0], values[1]).progress is Progress.CHANGED
    assert told <= 50


def test_a_person_who_changed_much_is_told_so() -> None:
    rng = np.random.default_rng(1)
    told = 0
    for _ in range(300):
        values = [
            [measured(float(value), 5.0) for value in mean + rng.normal(0, 3.0, 5)]
            for mean in (40.0, 25.0)
        ]
        told += change(values[0], values[1]).progress is Progress.CHANGED
    assert told >= 270
