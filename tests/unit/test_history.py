"""A history is read from rows, ordered by time, compared by the rules of progress, and drawn."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from models.progress import BETWEEN_SESSIONS_SE, SESSION_SE, Progress, compare_measurements
from models.results import Measurement
from service.people.charts import HEIGHT, LEFT, RIGHT, TOP, draw_history, place_in_time
from service.people.history import (
    Filming,
    History,
    MeasuredSet,
    MetricHistory,
    history_of,
    trace_history,
)
from service.people.overview import list_people, list_visits
from service.store.tables import FilmedAtSource, Origin, Person, ReportRow, Session, Set, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.store.database import Database
    from service.store.opening import Stores

KIM: Final = "kim"
BEGIN: Final = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
SE_DEG: Final = 5.0


@pytest.fixture
def database(stores: Stores) -> Database:
    with stores.database.transaction() as session:
        session.add_all(
            [
                Person(id=KIM, label="Kim", key="kim"),
                Person(id="sam", label="Sam", key="sam"),
            ]
        )
    return stores.database


def reps(metric: str, *degrees: float | None) -> list[dict[str, Any]]:
    return [
        {} if value is None else {metric: {"value": value, "se": SE_DEG, "unit": "deg"}}
        for value in degrees
    ]


def keep(database: Database, name: str, metrics: Sequence[dict[str, Any]], **known: Any) -> None:  # noqa: ANN401 - columns
    values = {"judged_as": "hip_hinge", "near_side": "left", "day": 0, "visit": None, **known}
    at = BEGIN + timedelta(days=values["day"])
    with database.transaction() as session:
        visit = values["visit"]
        if visit is not None and session.get(Session, visit) is None:
            session.add(Session(id=visit, person_id=KIM, started_at=at))
            session.flush()
        session.add(
            Set(
                id=name,
                person_id=values.get("person_id", KIM),
                session_id=visit,
                origin=Origin.UPLOAD,
                source_name=f"{name}.mp4",
                filmed_at=at,
                filmed_at_source=values.get("filmed_at_source", FilmedAtSource.VIDEO),
                tape=values.get("tape", False),
                status=values.get("status", Status.DONE),
            )
        )
        session.flush()
        session.add(
            ReportRow(
                set_id=name,
                judged_as=values["judged_as"],
                near_side=values["near_side"],
                reps=len(metrics),
                metrics=list(metrics),
                program_version="1",
            )
        )


def only_metric(history: History) -> MetricHistory:
    (movement,) = history.movements
    (metric,) = movement.metrics
    return metric


class TestReading:
    def test_nobody_has_an_empty_history(self, database: Database) -> None:
        assert history_of(database, "nobody") == History(person_id="nobody", movements=())

    def test_only_analysed_sets_of_the_person_count(self, database: Database) -> None:
        keep(database, "own", reps("peak_bend", 80, 82))
        keep(database, "other", reps("peak_bend", 10, 12), person_id="sam")
        keep(database, "failed", reps("peak_bend", 20, 22), status=Status.FAILED)
        keep(database, "unknown", reps("peak_bend", 30, 32), judged_as=None)
        points = only_metric(history_of(database, KIM)).points
        assert [point.set_id for point in points] == ["own"]
        assert (points[0].mean, points[0].reps) == (81, 2)

    def test_movements_are_kept_apart_and_can_be_chosen(self, database: Database) -> None:
        keep(database, "one", reps("peak_bend", 80))
        keep(database, "two", reps("knee_at_bottom", 90), judged_as="squat", day=1)
        keep(database, "three", reps("knee_at_bottom", 90), judged_as="squat", day=2)
        found = [(one.movement, one.sets) for one in history_of(database, KIM).movements]
        assert found == [("squat", 2), ("hip_hinge", 1)]
        chosen = history_of(database, KIM, movement="hip_hinge").movements
        assert [one.movement for one in chosen] == ["hip_hinge"]

    def test_the_lower_back_comes_first(self, database: Database) -> None:
        row = reps("descent_time", 1)[0] | reps("peak_bend", 80)[0] | reps("lumbar_flexion", 20)[0]
        keep(database, "one", [row])
        (movement,) = history_of(database, KIM).movements
        names = [metric.metric for metric in movement.metrics]
        assert names == ["lumbar_flexion", "peak_bend", "descent_time"]

    def test_what_was_not_measured_is_left_out(self, database: Database) -> None:
        keep(database, "one", reps("peak_bend", None, 80, None, 84))
        keep(database, "two", reps("peak_bend", None, None), day=1)
        broken = {"peak_bend": {"value": None, "se": "?", "unit": "deg"}}
        keep(database, "three", [broken], day=2)
        (point,) = only_metric(history_of(database, KIM)).points
        assert (point.set_id, point.reps, point.mean) == ("one", 2, 82)


class TestComparing:
    def test_each_set_stands_against_the_first_and_the_one_before(self, database: Database) -> None:
        for day, values in enumerate(((80, 82), (60, 62), (40, 42))):
            keep(database, f"day{day}", reps("peak_bend", *values), day=day, visit=f"visit{day}")
        first, second, third = only_metric(history_of(database, KIM)).points
        assert (first.since_first, first.since_previous) == (None, None)
        assert second.since_first is not None
        assert second.since_first == second.since_previous
        assert third.since_first is not None
        assert third.since_previous is not None
        assert (third.since_first.value, third.since_previous.value) == (-40, -20)
        assert third.since_first.progress is Progress.CHANGED

    @pytest.mark.parametrize(
        ("visits", "shared"),
        [(("one", "one"), SESSION_SE), (("one", "two"), BETWEEN_SESSIONS_SE),
         ((None, None), BETWEEN_SESSIONS_SE)],
    )  # fmt: skip
    def test_the_limit_is_that_of_progress(
        self, database: Database, visits: tuple[str | None, str | None], shared: float
    ) -> None:
        for day, visit in enumerate(visits):
            keep(database, f"day{day}", reps("peak_bend", 80, 82), day=day, visit=visit)
        second = only_metric(history_of(database, KIM)).points[1].since_first
        values = [
            Measurement(value=value, se=SE_DEG, unit="deg", method="") for value in (80.0, 82.0)
        ]
        assert second == compare_measurements(values, values, shared=shared)

    @pytest.mark.parametrize("other", [{"near_side": "right"}, {"tape": True}])
    def test_sets_that_were_filmed_in_another_way_are_not_compared(
        self, database: Database, other: dict[str, Any]
    ) -> None:
        keep(database, "one", reps("peak_bend", 80, 82))
        keep(database, "two", reps("peak_bend", 20, 22), day=1, **other)
        keep(database, "three", reps("peak_bend", 80, 82), day=2)
        metric = only_metric(history_of(database, KIM))
        assert [point.since_first is None for point in metric.points] == [True, True, False]
        assert [point.set_id for point in metric.alike] == ["one", "three"]

    def test_two_single_repetitions_cannot_be_compared(self, database: Database) -> None:
        keep(database, "one", reps("peak_bend", 80))
        keep(database, "two", reps("peak_bend", 10), day=1)
        point = only_metric(history_of(database, KIM)).points[1]
        assert point.since_first is not None
        assert point.since_first.progress is Progress.NOT_COMPARABLE
        assert point.se == SE_DEG  # of the instrument alone


def drawn(*means: float) -> MetricHistory:
    """Make a history of one set a week; 33 stands for one from the other side."""
    sets = [
        MeasuredSet(
            set_id=f"week{week}",
            session_id=None,
            at=BEGIN + timedelta(weeks=week),
            movement="hip_hinge",
            filming=Filming(side="right" if math.isclose(mean, 33) else "left", tape=False),
            reps=tuple(
                {"peak_bend": Measurement(value=value, se=SE_DEG, unit="deg", method="")}
                for value in (mean - 1, mean + 1)
            ),
        )
        for week, mean in enumerate(means)
    ]
    return only_metric(trace_history(KIM, sets))


class TestDrawing:
    def test_everything_lies_within_the_field(self) -> None:
        chart = draw_history(drawn(80, 60, 33, 20))
        for mark in chart.marks:
            assert LEFT <= mark.x <= RIGHT
            assert TOP <= mark.high <= mark.y <= mark.low <= HEIGHT
        assert [mark.alike for mark in chart.marks] == [True, True, False, True]
        assert [mark.changed for mark in chart.marks] == [False, True, False, True]

    def test_a_set_is_outside_the_band_exactly_when_it_changed(self) -> None:
        history = drawn(80, 79, 60)
        chart = draw_history(history)
        corners = [
            tuple(float(part) for part in corner.split())
            for corner in chart.band.removeprefix("M").removesuffix("Z").split("L")
        ]
        heights = {x: sorted(y for at, y in corners if at == x) for x, _ in corners}
        for mark in chart.marks:
            above, below = heights[mark.x]
            assert mark.changed == (not above <= mark.y <= below)

    def test_one_set_has_no_band(self) -> None:
        chart = draw_history(drawn(80))
        assert chart.band == ""
        assert len(chart.dates) == 1

    def test_sets_of_one_hour_can_be_told_apart(self) -> None:
        hour = [BEGIN + timedelta(minutes=20 * number) for number in range(3)]
        places = place_in_time([*hour, BEGIN + timedelta(days=90)], 0, 300)
        assert all(later - before >= 11 for before, later in pairwise(places))
        assert (places[0], places[-1]) == (0, 300)

    def test_more_sets_than_there_is_room_for_stay_in_order(self) -> None:
        times = [BEGIN + timedelta(days=number) for number in range(200)]
        places = place_in_time(times, 0, 300)
        assert places == sorted(places)
        assert min(places) >= 0
        assert max(places) <= 300


class TestLists:
    def test_people_come_with_their_sets(self, database: Database) -> None:
        keep(database, "one", [], day=1)
        keep(database, "two", [], day=3)
        kim, sam = list_people(database)
        assert (kim.label, kim.sets, kim.last_at) == ("Kim", 2, BEGIN + timedelta(days=3))
        assert (sam.label, sam.sets, sam.last_at) == ("Sam", 0, None)
        assert list_people(database, only="sam") == (sam,)

    def test_what_was_only_sent_then_stands_apart(self, database: Database) -> None:
        sent = {"filmed_at_source": FilmedAtSource.SENT}
        keep(database, "a", reps("peak_bend", 1, 2), visit="monday")
        keep(database, "b", reps("peak_bend", 1, 2), **sent)
        keep(database, "c", reps("peak_bend", 1, 2), visit="monday")
        keep(database, "d", reps("peak_bend", 1, 2), **sent)
        visits = list_visits(database, KIM)
        assert [([one.set_id for one in visit.sets], visit.is_sent) for visit in visits] == [
            (["b", "d"], True),
            (["a", "c"], False),
        ]
        points = only_metric(history_of(database, KIM)).points
        known_from = {point.set_id: str(point.filmed_at_source) for point in points}
        assert known_from == {"a": "video", "b": "sent", "c": "video", "d": "sent"}

    def test_visits_come_latest_first(self, database: Database) -> None:
        keep(database, "a", reps("peak_bend", 1, 2), visit="monday")
        keep(database, "b", [], visit="monday")
        keep(database, "c", [], day=2, status=Status.QUEUED)
        visits = list_visits(database, KIM)
        assert [[one.set_id for one in visit.sets] for visit in visits] == [["c"], ["a", "b"]]
        assert (visits[1].sets[0].reps, visits[1].sets[0].side) == (2, "left")
        assert visits[0].sets[0].status == Status.QUEUED
