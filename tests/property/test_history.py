"""A history claims no change inside the error of the measurement, in any order of its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.progress import Progress
from models.results import Measurement
from service.people.history import Filming, MeasuredSet, SetPoint, trace_history

if TYPE_CHECKING:
    from collections.abc import Sequence

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
METRIC: Final = "peak_bend"
LEFT: Final = Filming(side="left", tape=False)

unhurried = settings(deadline=None, max_examples=50)
values = st.lists(st.floats(-60, 120), min_size=2, max_size=8)
errors = st.floats(0.5, 15)
filmings = st.builds(
    Filming, side=st.sampled_from(["left", "right", "unknown"]), tape=st.booleans()
)


def measured_set(
    number: int,
    degrees: Sequence[float],
    *,
    se: float = 5.0,
    filming: Filming = LEFT,
    session_id: str | None = None,
    movement: str = "hip_hinge",
) -> MeasuredSet:
    """Make the set of a day, each value one repetition."""
    return MeasuredSet(
        set_id=f"set-{number:03}",
        session_id=session_id,
        at=START + timedelta(days=number),
        movement=movement,
        filming=filming,
        reps=tuple(
            {METRIC: Measurement(value=value, se=se, unit="deg", method="")} for value in degrees
        ),
    )


def points(*sets: MeasuredSet) -> tuple[SetPoint, ...]:
    history = trace_history("kim", sets)
    return history.movements[0].metrics[0].points


@unhurried
@given(values, errors, st.lists(filmings, min_size=2, max_size=6))
def test_equal_sets_have_not_changed(
    degrees: list[float], se: float, filmed: list[Filming]
) -> None:
    sets = [
        measured_set(number, degrees, se=se, filming=filming)
        for number, filming in enumerate(filmed)
    ]
    said = {
        change.progress
        for point in points(*sets)
        for change in (point.since_first, point.since_previous)
        if change is not None
    }
    assert said <= {Progress.WITHIN_VARIATION}


@unhurried
@given(
    st.lists(
        st.tuples(values, errors, filmings, st.sampled_from(["one", "two", None])), max_size=7
    ).flatmap(
        lambda rows: st.tuples(
            st.just(
                [
                    measured_set(number, degrees, se=se, filming=filming, session_id=session)
                    for number, (degrees, se, filming, session) in enumerate(rows)
                ]
            ),
            st.permutations(range(len(rows))),
        )
    )
)
def test_the_order_of_rows_does_not_matter(drawn: tuple[list[MeasuredSet], list[int]]) -> None:
    sets, order = drawn
    assert trace_history("kim", [sets[place] for place in order]) == trace_history("kim", sets)


@unhurried
@given(values, errors, st.floats(1.01, 4), st.sampled_from([-1, 1]))
def test_a_change_past_the_limit_is_found(
    degrees: list[float], se: float, times: float, way: int
) -> None:
    alike = points(measured_set(0, degrees, se=se), measured_set(1, degrees, se=se))[1]
    assert alike.since_first is not None
    shift = way * times * alike.since_first.mdc
    moved = [value + shift for value in degrees]
    found = points(measured_set(0, degrees, se=se), measured_set(1, moved, se=se))[1].since_first
    assert found is not None
    assert found.progress is Progress.CHANGED
    assert found.value == pytest.approx(shift)


@unhurried
@given(values, values, errors)
def test_a_change_needs_more_between_sessions_than_within_one(
    before: list[float], after: list[float], se: float
) -> None:
    one = points(
        measured_set(0, before, se=se, session_id="monday"),
        measured_set(1, after, se=se, session_id="monday"),
    )[1].since_first
    two = points(
        measured_set(0, before, se=se, session_id="monday"),
        measured_set(1, after, se=se, session_id="friday"),
    )[1].since_first
    assert one is not None
    assert two is not None
    assert one.mdc < two.mdc


@unhurried
@given(st.lists(st.tuples(values, filmings), min_size=1, max_size=8))
def test_only_sets_that_were_filmed_alike_are_compared(
    rows: list[tuple[list[float], Filming]],
) -> None:
    sets = [
        measured_set(number, degrees, filming=filming)
        for number, (degrees, filming) in enumerate(rows)
    ]
    means = {point.set_id: point.mean for point in points(*sets)}
    for number, point in enumerate(points(*sets)):
        earlier = [one for one in sets[:number] if one.filming == point.filming]
        assert (point.since_first is None) == (not earlier)
        if point.since_first is not None and point.since_previous is not None:
            assert point.since_first.before == means[earlier[0].set_id]
            assert point.since_previous.before == means[earlier[-1].set_id]
