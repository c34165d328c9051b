"""The pages about people on a server of their own, with people who have sets."""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import uvicorn

from service.app import create_app
from service.settings import Settings
from service.store.tables import Origin, Person, ReportRow, Session, Set, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.store.opening import Stores

KIM: Final = "KimKimKimKimKimKimKim1"
SAM: Final = "SamSamSamSamSamSamSam1"
BEGIN: Final = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)

UNITS: Final = {"lumbar_flexion": 7.0, "peak_bend": 6.0, "knee_at_bottom": 5.0}
"""Metrics of made sets with their standard errors."""
FURTHER: Final = {"trunk_at_bottom": 3.0, "shank_at_bottom": 4.0, "descent_time": 0.1}


class PeopleServer:
    """The pages and what they ask for, on a free port, with stores that a test may write to."""

    def __init__(self, folder: Path, **chosen: Any) -> None:  # noqa: ANN401 - any setting
        self.settings = Settings(data=folder / "data", workers=0, **chosen)
        app = create_app(self.settings)
        self.stores: Stores = app.state.backend.stores
        config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        """Address of its home page, without the slash."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.02)
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop it."""
        self._server.should_exit = True
        self._thread.join()


def measured(values: Sequence[float], metric: str) -> list[dict[str, object]]:
    """Make repetitions in which one metric was measured."""
    se = {**UNITS, **FURTHER}.get(metric, 5.0)
    return [{metric: {"value": value, "se": se, "unit": "deg"}} for value in values]


def keep_person(stores: Stores, person_id: str, label: str) -> None:
    with stores.database.transaction() as session:
        session.add(Person(id=person_id, label=label, key=label.casefold()))


def keep_set(stores: Stores, name: str, **known: object) -> str:
    """Keep a set; what is not named is usual."""
    values: dict[str, object] = {
        "id": f"{name:_<22}",
        "person_id": KIM,
        "origin": Origin.UPLOAD,
        "source_name": f"{name}.mp4",
        "filmed_at": BEGIN,
        "status": Status.DONE,
    }
    report = {"judged_as": "hip_hinge", "near_side": "left", "metrics": [], **known}
    of_report = {key: report.pop(key) for key in ("judged_as", "near_side", "metrics")}
    row = Set(**{**values, **report})
    with stores.database.transaction() as session:
        session.add(row)
        session.flush()
        if row.status == Status.DONE:
            session.add(
                ReportRow(
                    set_id=row.id,
                    recognised=of_report["judged_as"],
                    reps=len(of_report["metrics"]),  # type: ignore[arg-type] # lists by the caller
                    program_version="1",
                    **of_report,
                )
            )
    return row.id


def keep_progress(stores: Stores) -> None:
    """Keep the sets of a person who got better over some weeks, and some odd ones."""
    keep_person(stores, KIM, "Kim")
    for visit in range(6):
        at = BEGIN + timedelta(days=9 * visit)
        with stores.database.transaction() as session:
            session.add(Session(id=f"{'visit' + str(visit):_<22}", person_id=KIM, started_at=at))
        for number in range(2):
            keep_set(
                stores,
                f"hinge_{visit}{number}",
                session_id=f"{'visit' + str(visit):_<22}",
                filmed_at=at + timedelta(minutes=6 * number),
                near_side="right" if (visit, number) == (2, 1) else "left",
                metrics=[_rep(visit, number, rep) for rep in range(5)],
            )
    keep_set(
        stores,
        "squat",
        filmed_at=BEGIN + timedelta(days=50),
        judged_as="squat",
        metrics=measured([84.0, 86.5, 88.0], "knee_at_bottom"),
    )
    keep_set(stores, "queued", filmed_at=BEGIN + timedelta(days=51), status=Status.QUEUED)


def _rep(visit: int, number: int, rep: int) -> dict[str, object]:
    swing = 2.5 * math.sin(5 * visit + 3 * number + 1.7 * rep)
    values = {
        "lumbar_flexion": 46.0 - 6.5 * visit + swing,
        "peak_bend": 88.0 + 1.2 * visit + swing,
        "knee_at_bottom": 24.0 + swing,
        "trunk_at_bottom": 71.0 - swing,
        "shank_at_bottom": 4.0 + swing / 2,
        "descent_time": 1.6 + 0.05 * swing,
    }
    errors = {**UNITS, **FURTHER}
    return {
        metric: {"value": value, "se": errors[metric], "unit": "s" if "time" in metric else "deg"}
        for metric, value in values.items()
    }
