"""Two sets are called different only where they surely are, and only where they may be compared."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

import pytest

from models.progress import Progress
from service.reviews.comparison import Apart, ComparedSet, apart, differences, verdict
from service.wording import load_wording
from tests.unit import hand_made
from vision.framing import Side

if TYPE_CHECKING:
    from models.report import Report

WORDING = load_wording("en")


@cache
def compared(shift_deg: float = 0.0, metric: str = "knee_at_bottom") -> ComparedSet:
    """Five hinges, one metric of which may be shifted."""
    report = hand_made.report()
    reps = []
    for rep in report.reps:
        measured = rep.metrics[metric]
        assert measured.value is not None
        moved = measured.model_copy(update={"value": measured.value + shift_deg})
        reps.append(rep.model_copy(update={"metrics": {**rep.metrics, metric: moved}}))
    return ComparedSet(
        report=report.model_copy(update={"reps": tuple(reps)}),
        person_id="kim",
        session_id="today",
        tape=False,
    )


def changed(a: ComparedSet, b: ComparedSet) -> list[str]:
    return [row.metric for row in differences(a, b) if row.progress is Progress.CHANGED]


def filmed_from(side: Side) -> Report:
    report = compared().report
    framing = report.framing.model_copy(update={"near_side": side})
    return report.model_copy(update={"framing": framing})


def of_movement(movement: str) -> Report:
    report = compared().report
    return report.model_copy(
        update={"movement": report.movement.model_copy(update={"judged_as": movement})}
    )


NEAR = compared().report.framing.near_side
OTHER = Side.RIGHT if NEAR is Side.LEFT else Side.LEFT


def test_equal_sets_do_not_differ() -> None:
    rows = differences(compared(), compared())
    assert rows
    assert {row.change for row in rows} == {0.0}
    assert changed(compared(), compared()) == []
    assert verdict(compared(), compared(), rows, WORDING).startswith("Nothing differs")


def test_a_large_difference_is_a_change_and_is_named() -> None:
    a, b = compared(), compared(40.0)
    rows = differences(a, b)
    assert changed(a, b) == ["knee_at_bottom"]
    (row,) = [row for row in rows if row.metric == "knee_at_bottom"]
    assert row.change == pytest.approx(40.0)
    assert row.mdc is not None
    assert row.mdc < 40
    assert WORDING.of("metric.knee_at_bottom") in verdict(a, b, rows, WORDING)


def test_between_visits_more_is_needed_than_within_one() -> None:
    a, b = compared(), compared(5.0)
    elsewhere = dataclasses.replace(b, session_id="last week")
    limits = [
        next(row.mdc for row in differences(a, other) if row.metric == "knee_at_bottom")
        for other in (b, elsewhere)
    ]
    assert limits[0] is not None
    assert limits[1] is not None
    assert limits[0] < limits[1]


@pytest.mark.parametrize(
    ("change", "why", "said"),
    [
        ({"person_id": "lee"}, Apart.PERSON, "two people"),
        ({"report": of_movement("squat")}, Apart.MOVEMENT, "A shows: Hip hinge. B shows: Squat."),
        ({"report": filmed_from(Side.UNKNOWN)}, Apart.FILMING, "could not be told in B."),
        ({"report": filmed_from(OTHER)}, Apart.FILMING, f"A shows the {NEAR} side, B the {OTHER}"),
        ({"tape": True}, Apart.FILMING, "Tape was worn on the back in B alone."),
    ],
)
def test_what_is_too_unlike_is_not_compared_and_the_reason_is_named(
    change: dict[str, object], why: Apart, said: str
) -> None:
    a = compared()
    b = dataclasses.replace(compared(40.0), **change)  # type: ignore[arg-type] # one field each
    rows = differences(a, b)
    assert apart(a, b) is why
    assert {row.progress for row in rows} == {Progress.NOT_COMPARABLE}
    assert {row.change for row in rows} == {None}
    assert said in verdict(a, b, rows, WORDING)


def test_one_repetition_in_each_is_too_few_and_two_in_one_are_enough() -> None:
    report = compared().report
    one, two = (
        dataclasses.replace(
            compared(), report=report.model_copy(update={"reps": report.reps[:count]})
        )
        for count in (1, 2)
    )
    rows = differences(one, one)
    assert rows
    assert all(row.few_reps and row.mdc is None for row in rows)
    assert verdict(one, one, rows, WORDING) == WORDING.of("review.compare.one_rep_each")
    assert not any(row.few_reps for row in differences(one, two))


def test_nothing_measured_is_said() -> None:
    empty = dataclasses.replace(
        compared(), report=compared().report.model_copy(update={"reps": ()})
    )
    rows = differences(empty, compared())
    assert rows == ()
    said = verdict(empty, compared(), rows, WORDING)
    assert said == WORDING.of("review.compare.nothing_measured")
