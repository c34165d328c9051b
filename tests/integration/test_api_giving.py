"""Whose a set is, changed over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

from service.client import HingewiseClient, ServerError
from service.settings import Settings
from service.store.blobs import set_prefix
from service.store.sets import mark_failed, mark_working
from service.store.tables import MAX_LABEL, Status
from tests.api_server import ApiServer, running_api
from tests.kept_people import keep_calibration
from tests.making_videos import make_plain_video

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

WITH_SHARE: Final = {"report.json": b'{"lumbar": {"own_bend": {"max_deg": 48.0}}}'}
WITHOUT_SHARE: Final = {"report.json": b'{"lumbar": {"own_bend": null}}'}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running_api(Settings(data=tmp_path_factory.mktemp("data"), workers=0)) as running:
        yield running


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_plain_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture
def nameless(server: ApiServer, video: bytes) -> str:
    set_id: str = server.upload(video)["id"]
    server.finish(set_id, WITHOUT_SHARE)
    return set_id


def give(server: ApiServer, set_id: str, person: object) -> httpx.Response:
    return server.client.patch(f"/sets/{set_id}", json={"person": person})


def labels(server: ApiServer) -> dict[str, str]:
    return {one["id"]: one["label"] for one in server.client.get("/people").json()["people"]}


def listed(server: ApiServer, person_id: str) -> list[str]:
    answer = server.client.get("/sets", params={"person": person_id}).json()
    return [one["id"] for one in answer["sets"]]


def test_it_is_given_and_taken_back(server: ApiServer, nameless: str) -> None:
    given = give(server, nameless, "Kim").json()
    assert labels(server)[given["person_id"]] == "Kim"
    assert given == server.client.get(f"/sets/{nameless}").json()
    assert (given["status"], given["summary"]["reps"]) == ("done", 3)
    assert listed(server, given["person_id"]) == [nameless]
    history = server.client.get(f"/people/{given['person_id']}/history").json()
    assert history["movements"][0]["sets"] == 1
    assert server.client.get(f"/uploads/{nameless}").json()["person_id"] == given["person_id"]

    again = give(server, nameless, given["person_id"])  # by id
    assert (again.status_code, again.json()) == (200, given)
    taken = give(server, nameless, None).json()
    assert (taken["person_id"], taken["session_id"]) == (None, None)
    assert listed(server, given["person_id"]) == []


@pytest.mark.parametrize(
    "label", ["<b>Kim</b>", "x" * MAX_LABEL, "שירה", "ሰላም", "Jo/../Ann", "A" * 22]
)
def test_any_label_is_kept_as_text(server: ApiServer, nameless: str, label: str) -> None:
    given = give(server, nameless, label).json()
    assert labels(server)[given["person_id"]] == label


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        [],
        {"person": ""},
        {"person": "  "},
        {"person": 5},
        {"person": "x" * (MAX_LABEL + 1)},
        {"person": "a\N{RIGHT-TO-LEFT OVERRIDE}b"},
        {"person": "a\0b"},
        {"person": "Kim", "colour": "red"},
    ],
)
def test_what_cannot_be_read_changes_nothing(
    server: ApiServer, nameless: str, wanted: object
) -> None:
    known = labels(server)
    answer = server.client.patch(f"/sets/{nameless}", json=wanted)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert server.client.get(f"/sets/{nameless}").json()["person_id"] is None
    assert labels(server) == known


@pytest.mark.parametrize("set_id", ["x", "A" * 22, "%00" * 22])
def test_a_set_that_there_is_not(server: ApiServer, set_id: str) -> None:
    assert give(server, set_id, "Kim").status_code == 404


def test_one_that_is_worked_on_waits(server: ApiServer, video: bytes) -> None:
    set_id = server.upload(video, person="Busy")["id"]
    mark_working(server.backend.stores.database, set_id, "w")
    answer = give(server, set_id, "Somebody new")
    assert answer.status_code == 409
    assert "wait until it is done, or cancel" in answer.json()["detail"]
    assert "Somebody new" not in labels(server).values()
    same = give(server, set_id, "Busy")
    assert (same.status_code, same.json()["status"]) == (200, "working")
    mark_failed(server.backend.stores.database, set_id, "It was dark.")
    assert give(server, set_id, "Somebody new").json()["status"] == "failed"


def test_it_is_analysed_again_where_an_own_bend_is_there(server: ApiServer, nameless: str) -> None:
    keep_calibration(server.backend.stores, "Bender")
    given = give(server, nameless, "Bender").json()
    assert (given["status"], given["summary"]) == ("queued", None)
    job = server.client.get(f"/jobs/{nameless}").json()
    assert (job["status"], job["attempts"], job["ended_at"]) == ("queued", 0, None)
    assert server.client.get(f"/reports/{nameless}").status_code == 409
    assert server.backend.queue.records([nameless])
    twice = give(server, nameless, "Bender")
    assert (twice.status_code, twice.json()) == (200, given)
    server.finish(nameless, WITH_SHARE)
    assert give(server, nameless, None).json()["status"] == "queued"


def test_shares_stay_where_the_video_is_gone(server: ApiServer, nameless: str) -> None:
    give(server, nameless, "Kim")
    blobs = server.backend.stores.blobs
    blobs.put(f"{set_prefix(nameless)}report.json", WITH_SHARE["report.json"])
    blobs.remove_keys([f"{set_prefix(nameless)}source.mp4"])
    answer = give(server, nameless, "Lee")
    assert answer.status_code == 409
    assert "film the set again" in answer.json()["detail"]
    assert "Lee" not in labels(server).values()


def test_the_client_gives_too(server: ApiServer, nameless: str) -> None:
    with HingewiseClient(server.live.url) as client:
        given = client.give(nameless, "Client")
        assert {one.id: one.label for one in client.people()}[given.person_id or ""] == "Client"
        assert given.status == client.wait(nameless).status == Status.DONE
        assert client.give(nameless, None).person_id is None
        with pytest.raises(ServerError, match="expected a set") as refused:
            client.give("A" * 22, "Kim")
    assert refused.value.status == 404


def test_at_once_it_goes_to_one_of_them(server: ApiServer, nameless: str) -> None:
    keep_calibration(server.backend.stores, "Both 0")
    keep_calibration(server.backend.stores, "Both 1")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda k: give(server, nameless, f"Both {k % 2}"), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
    assert server.backend.queue.records([nameless])["workflow_status"] == 1
