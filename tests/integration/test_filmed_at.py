"""When videos were filmed, from their way in to the history, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from models.progress import BETWEEN_SESSIONS_SE, SESSION_SE, compare_measurements
from models.results import Measurement
from service.client import HingewiseClient
from service.reviews.rendering import filmed_at, filmed_on
from service.store.sets import find_set
from service.store.tables import FilmedAtSource
from service.wording import load_wording
from tests.api_server import ApiServer, running_api
from tests.making_videos import Recipe, make_plain_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.settings import Settings
    from service.store.sets import StoredSet

MARCH: Final = "2026-03-14T09:26:53+00:00"
JUNE: Final = "2026-06-14T09:26:53Z"
TEN_MINUTES_LATER: Final = "2026-06-14T09:36:53Z"


@pytest.fixture
def server(store_settings: Settings) -> Iterator[ApiServer]:
    with running_api(store_settings) as running:
        yield running


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_plain_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    recipe = Recipe(metadata={"creation_time": MARCH})
    return make_plain_video(tmp_path_factory.mktemp("clip") / "dated.mp4", recipe).read_bytes()


def kept(server: ApiServer, set_id: str) -> StoredSet:
    stored = find_set(server.backend.stores.database, set_id)
    assert stored is not None
    return stored


def keep(server: ApiServer, video: bytes, **more: Any) -> StoredSet:  # noqa: ANN401 - any parameter
    """Send a video of Kim, and end its analysis as a worker does."""
    set_id = server.upload(video, person="Kim", **more)["id"]
    server.finish(set_id)
    return kept(server, set_id)


def limits(server: ApiServer, person_id: str | None) -> list[float | None]:
    """Return from where on a change against the set before is told, in order of time."""
    history = server.client.get(f"/people/{person_id}/history").json()
    [movement] = history["movements"]
    [metric] = movement["metrics"]
    return [(point["since_previous"] or {}).get("mdc") for point in metric["points"]]


def limit(shared: float) -> float:
    """Return the limit between two sets as `tests.api_server.finish` makes them."""
    values = [Measurement(value=70.0, se=2.0, unit="deg", method="")] * 3
    return compare_measurements(values, values, shared=shared).mdc


def test_sets_are_ordered_and_compared_by_when_they_were_filmed(
    server: ApiServer, undated: bytes, dated: bytes
) -> None:
    later = keep(server, undated, filmed_at=TEN_MINUTES_LATER)
    earlier = keep(server, undated, filmed_at=JUNE)
    march = keep(server, dated)
    sent = [keep(server, undated) for _ in range(2)]

    assert [one.filmed_at_source for one in (later, march, sent[0])] == ["told", "video", "sent"]
    assert march.filmed_at == datetime.fromisoformat(MARCH)
    assert march.probe is not None
    assert march.probe["created_at"] == MARCH
    assert earlier.session_id == kept(server, later.id).session_id is not None
    assert len({march.session_id, earlier.session_id, None}) == 3
    assert [one.session_id for one in sent] == [None, None]
    assert all((one.filmed_at - one.created_at).total_seconds() < 60 for one in sent)

    listed = server.client.get("/sets", params={"person": march.person_id}).json()["sets"]
    assert [one["id"] for one in reversed(listed)] == [
        one.id for one in (march, earlier, later, *sent)
    ]
    between, within = limit(BETWEEN_SESSIONS_SE), limit(SESSION_SE)
    assert within < between
    assert limits(server, march.person_id) == pytest.approx(
        [None, between, within, between, between]
    )


@pytest.mark.parametrize(("language", "sent_on"), [("en", "sent on "), ("de", "geschickt am ")])
def test_pages_say_when_it_was_sent_where_nothing_else_is_known(
    server: ApiServer, undated: bytes, dated: bytes, language: str, sent_on: str
) -> None:
    sent, march = keep(server, undated), keep(server, dated)
    of_day = keep(server, undated, filmed_at="2026-06-14")
    wording = load_wording(language)
    page = httpx.get(f"{server.live.url}/people/{sent.person_id}?lang={language}").text
    assert page.count(f"<h3>{sent_on.capitalize()}") == 1
    assert page.count(f">{sent_on}") == 1
    [row] = [part for part in page.split("<li>") if f'value="{of_day.id}"' in part]
    assert f"{of_day.filmed_at.astimezone():%H:%M}" not in row  # noon only stands for the day
    said = [filmed_on(wording, one) for one in (sent, march, of_day)]
    assert [one.startswith(sent_on) for one in said] == [True, False, False]
    assert said[2].endswith("2026-06-14")
    listed = [filmed_at(wording, one) for one in (sent, march, of_day)]
    assert listed[0].startswith(sent_on)
    assert listed[1:] == [f"{march.filmed_at.astimezone():%Y-%m-%d %H:%M}", "2026-06-14"]


def test_what_is_told_wins_and_comes_with_the_announcement(
    server: ApiServer, dated: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "dated.mp4"
    path.write_bytes(dated)
    with HingewiseClient(server.live.url) as client:
        times = (date(2026, 6, 14), datetime(2026, 6, 14, 9, 26, 53, tzinfo=UTC), None)
        of_day, of_time, of_video = (
            kept(server, client.upload(path, filmed_at=at).id) for at in times
        )
    assert of_day.filmed_at_source is FilmedAtSource.DAY
    assert of_day.filmed_at.astimezone().date() == date(2026, 6, 14)
    assert (of_time.filmed_at, of_time.filmed_at_source) == (
        datetime.fromisoformat(JUNE),
        FilmedAtSource.TOLD,
    )
    assert of_video.filmed_at_source is FilmedAtSource.VIDEO


def test_a_key_stands_for_one_time_of_filming(server: ApiServer) -> None:
    wanted = {"name": "lift.mp4", "bytes": 1000, "filmed_at": JUNE}
    headers = {"Idempotency-Key": "june"}
    first, again = (server.client.post("/uploads", json=wanted, headers=headers) for _ in range(2))
    other = server.client.post("/uploads", json=wanted | {"filmed_at": MARCH}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    "told", ["yesterday", "", "2026-02-30", "1999-12-31", "2999-01-01", "2026-03-14T25:00:00Z"]
)
def test_a_time_that_cannot_be_is_refused(store_settings: Settings, told: str) -> None:
    with running_api(store_settings) as server:
        asked = server.client.put("/videos", params={"filmed_at": told}, content=b"-")
        body = {"name": "lift.mp4", "bytes": 1000, "filmed_at": told}
        for answer in (asked, server.client.post("/uploads", json=body)):
            assert answer.status_code == 422
            assert "2026-03-14T17:30:00Z" in answer.json()["detail"]
