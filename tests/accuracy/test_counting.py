"""Targets for repetitions and movements, on real clips and on renders."""

from __future__ import annotations

from typing import Final

import pytest

from tests.accuracy.counting import (
    KNOWN_MISCOUNTS,
    ClipCount,
    clip_counts,
    movement_of,
    render_counts,
    side_view_sets,
)
from tests.accuracy.textbook_counter import count

MIN_EXACT_SHARE: Final = 0.95


@pytest.fixture(scope="module")
def clips() -> list[ClipCount]:
    return clip_counts()


@pytest.fixture(scope="module")
def renders() -> list[ClipCount]:
    return render_counts()


def test_side_view_sets_are_counted_exactly(clips: list[ClipCount]) -> None:
    sets = side_view_sets(clips)
    assert len(sets) >= 15
    missed = [one for one in sets if not one.is_exact]
    assert 1 - len(missed) / len(sets) >= MIN_EXACT_SHARE, missed


def test_no_movement_is_taken_for_another(clips: list[ClipCount]) -> None:
    assert [one for one in clips if one.is_confused] == []


def test_side_view_sets_are_recognised(clips: list[ClipCount]) -> None:
    sets = side_view_sets(clips)
    assert [one for one in sets if one.movement != one.true_movement] == []


def test_nothing_is_counted_where_nobody_exercises(clips: list[ClipCount]) -> None:
    [walk] = [one for one in clips if one.true_reps == 0]
    assert walk.reps == 0


def test_every_miscount_is_known_and_explained(clips: list[ClipCount]) -> None:
    assert {one.name for one in clips if not one.is_exact} == set(KNOWN_MISCOUNTS)


def test_who_is_miscounted_is_told_why(clips: list[ClipCount]) -> None:
    assert [one.name for one in clips if not one.is_exact and not one.told] == []


def test_what_is_not_countable_is_left_uncounted(clips: list[ClipCount]) -> None:
    assert {one.reps for one in clips if one.name in KNOWN_MISCOUNTS} == {0}


def test_side_view_sets_are_counted_at_least_as_well_as_by_a_textbook(
    clips: list[ClipCount],
) -> None:
    sets = side_view_sets(clips)
    ours = sum(one.is_exact for one in sets)
    assert ours >= sum(one.textbook_best == one.true_reps for one in sets)


def test_renders_are_counted_and_recognised(renders: list[ClipCount]) -> None:
    assert len(renders) >= 16
    assert [one for one in renders if not one.is_exact] == []
    assert [one for one in renders if one.movement != one.true_movement] == []


@pytest.mark.parametrize(
    ("text", "movement"),
    [("barbell deadlift (concentric only)", "deadlift"), ("jump squat", "squat")],
)
def test_descriptions_are_translated(text: str, movement: str) -> None:
    assert movement_of(text) == movement


def test_a_description_of_another_movement_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        movement_of("cartwheel")


def test_the_textbook_counter_counts_passages_from_low_to_high() -> None:
    nan = float("nan")
    assert count([170, 110, 170, 130, 170, 90, nan, 165], down_deg=120) == 2
    assert count([110, 150, 110, 150], down_deg=120) == 0
