"""Jobs, reports, files, notes, sets and people over HTTP."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.jobs.heartbeat import beat, leave
from service.settings import Settings
from service.store.sets import mark_failed, mark_progress, mark_working
from service.store.tables import now
from tests.api_server import ApiServer, running_api
from tests.making_videos import make_plain_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOVIE: Final = bytes(range(256)) * 40
FILES: Final = {
    "video.mp4": MOVIE,
    "motion.json": b'{"t_s": [0.0]}',
    "report.html": b"<!doctype html><title>Report</title>",
    "angles.csv": b"t_s\n0.0\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running_api(Settings(data=tmp_path_factory.mktemp("data"), workers=0)) as running:
        yield running


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_plain_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture
def queued(server: ApiServer, video: bytes) -> str:
    set_id: str = server.upload(video, person="Kim")["id"]
    return set_id


@pytest.fixture(scope="module")
def done(server: ApiServer, video: bytes) -> str:
    set_id: str = server.upload(video, person="Done")["id"]
    server.finish(set_id, FILES)
    return set_id


class TestJobs:
    def test_places_in_the_queue_follow_priority(self, server: ApiServer, video: bytes) -> None:
        ids = [server.upload(video)["id"] for _ in range(3)]
        places = [server.client.get(f"/jobs/{one}").json()["place"] for one in ids]
        assert places == [places[0], places[0] + 1, places[0] + 2]

        first = server.client.patch(f"/jobs/{ids[2]}", json={"priority": 1}).json()

        assert (first["place"], first["priority"]) == (1, 1)
        for one in ids:
            assert server.client.post(f"/jobs/{one}/cancel").json()["status"] == "cancelled"

    def test_cancelled_and_begun_anew(self, server: ApiServer, queued: str) -> None:
        cancelled = server.client.post(f"/jobs/{queued}/cancel").json()
        again = server.client.post(f"/jobs/{queued}/restart").json()
        assert (cancelled["status"], cancelled["place"]) == ("cancelled", None)
        assert again["status"] == "queued"
        assert server.backend.queue.records([queued])

    def test_one_that_is_done_is_not_begun_anew(self, server: ApiServer, done: str) -> None:
        answer = server.client.post(f"/jobs/{done}/restart")
        assert answer.status_code == 422
        assert "failed or was cancelled" in answer.json()["detail"]
        assert server.client.post(f"/jobs/{done}/cancel").json()["status"] == "done"

    @pytest.mark.parametrize("priority", [0, 11, 1.5, "first", None])
    def test_a_priority_that_is_none(self, server: ApiServer, done: str, priority: object) -> None:
        answer = server.client.patch(f"/jobs/{done}", json={"priority": priority})
        assert answer.status_code == 422


class TestEvents:
    def test_every_change_is_told_until_it_is_over(self, server: ApiServer, queued: str) -> None:
        database = server.backend.stores.database
        states: list[dict[str, Any]] = []
        steps = iter(
            [
                lambda: mark_working(database, queued, "w"),
                lambda: mark_progress(database, queued, 0.5),
                lambda: mark_failed(database, queued, "No person was seen."),
            ]
        )
        with server.client.stream("GET", f"/jobs/{queued}/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            for line in events.iter_lines():
                if line.startswith("data: "):
                    states.append(json.loads(line.removeprefix("data: ")))
                    next(steps, lambda: None)()

        told = [(state["status"], state["progress"]) for state in states]
        assert told == [("queued", None), ("working", None), ("working", 0.5), ("failed", 0.5)]
        assert states[-1]["reason"] == "No person was seen."

    def test_progress_is_told_from_percent_to_percent(
        self, server: ApiServer, queued: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server.backend.feed, "_look_every_s", 0.02)
        database = server.backend.stores.database
        mark_working(database, queued, "w")
        told: list[float | None] = []
        with server.client.stream("GET", f"/jobs/{queued}/events") as events:
            for line in events.iter_lines():
                if not line.startswith("data: "):
                    continue
                told.append(json.loads(line.removeprefix("data: "))["progress"])
                if len(told) == 1:
                    mark_progress(database, queued, 0.29123456789)
                elif len(told) == 2:
                    for thousandth in (292, 293, 294):  # each is seen, and none is told
                        mark_progress(database, queued, thousandth / 1000)
                        time.sleep(0.1)
                    mark_progress(database, queued, 0.3)
                elif len(told) == 3:
                    mark_failed(database, queued, "No person was seen.")
        assert told == [None, 0.29, 0.3, 0.3]

    def test_whether_any_worker_runs_is_told_while_it_waits(
        self, server: ApiServer, queued: str
    ) -> None:
        database = server.backend.stores.database
        told: list[bool | None] = []
        steps: Iterator[Callable[[], object]] = iter(
            [
                lambda: beat(database, "w"),
                lambda: leave(database, "w"),
                lambda: mark_working(database, queued, "w"),
                lambda: mark_failed(database, queued, "No person was seen."),
            ]
        )
        with server.client.stream("GET", f"/jobs/{queued}/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    told.append(json.loads(line.removeprefix("data: "))["has_worker"])
                    next(steps, lambda: None)()
        assert told == [False, True, False, None, None]

    def test_a_worker_without_a_sign_of_life_is_none(
        self, server: ApiServer, queued: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = server.backend.stores.database
        long_ago = now() - timedelta(seconds=server.backend.settings.dead_s + 1)
        with monkeypatch.context() as earlier:
            earlier.setattr("service.jobs.heartbeat.now", lambda: long_ago)
            beat(database, "gone")
        assert server.client.get(f"/jobs/{queued}").json()["has_worker"] is False
        beat(database, "gone")
        assert server.client.get(f"/jobs/{queued}").json()["has_worker"] is True
        leave(database, "gone")

    def test_what_was_told_is_not_told_again(self, server: ApiServer, done: str) -> None:
        with server.client.stream("GET", f"/jobs/{done}/events") as events:
            lines = list(events.iter_lines())
        [event_id] = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
        again = server.client.get(f"/jobs/{done}/events", headers={"Last-Event-ID": event_id})
        assert (again.status_code, again.content) == (204, b"")

    def test_only_so_many_watch(
        self, server: ApiServer, queued: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.api.feed.MOST_WATCHERS", 0)
        answer = server.client.get(f"/jobs/{queued}/events")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    def test_nobody_is_left_in_the_feed(self, server: ApiServer) -> None:
        assert server.backend.feed._watched == {}  # noqa: SLF001 - no other way to know


class TestFiles:
    def test_the_report_is_as_it_was_written(self, server: ApiServer, done: str) -> None:
        answer = server.client.get(f"/reports/{done}")
        assert (answer.status_code, answer.content) == (200, b'{"reps": []}\n')
        assert answer.headers["content-type"] == "application/json"

    def test_one_that_is_not_done_has_none_yet(self, server: ApiServer, queued: str) -> None:
        for path in ("", "/files", "/files/report.json", "/archive", "/motion"):
            answer = server.client.get(f"/reports/{queued}{path}")
            assert answer.status_code == 409
            assert "queued" in answer.json()["detail"]

    def test_files_are_listed_and_can_be_had(self, server: ApiServer, done: str) -> None:
        files = server.client.get(f"/reports/{done}/files").json()["files"]
        assert {one["name"] for one in files} == {*FILES, "report.json"}
        for one in files:
            answer = server.client.get(one["url"].removeprefix("/api/v1"))
            assert len(answer.content) == one["bytes"]
            assert answer.headers["content-type"].startswith(one["media_type"].split(";")[0])
            assert answer.headers["cache-control"] == "private, no-store"

    def test_the_page_may_run_nothing(self, server: ApiServer, done: str) -> None:
        answer = server.client.get(f"/reports/{done}/files/report.html")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")

    @pytest.mark.parametrize(
        "name", ["source.mp4", "angles.mot", "..%2freport.json", "report.json%00", "x"]
    )
    def test_others_are_not_there(self, server: ApiServer, done: str, name: str) -> None:
        assert server.client.get(f"/reports/{done}/files/{name}").status_code == 404

    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [
            ("bytes=0-99", 0, 100),
            ("bytes=100-", 100, len(MOVIE)),
            ("bytes=-50", len(MOVIE) - 50, len(MOVIE)),
            ("bytes=10000-999999", 10_000, len(MOVIE)),
            ("bytes=-999999", 0, len(MOVIE)),
        ],
    )
    def test_a_range_of_the_video(
        self, server: ApiServer, done: str, asked: str, start: int, end: int
    ) -> None:
        path = f"/reports/{done}/files/video.mp4"
        answer = server.client.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, MOVIE[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(MOVIE)}"

    @pytest.mark.parametrize("asked", ["bytes=99999-", "bytes=5-2", "bytes=-0"])
    def test_a_range_that_there_is_not(self, server: ApiServer, done: str, asked: str) -> None:
        path = f"/reports/{done}/files/video.mp4"
        answer = server.client.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{10240}")

    @pytest.mark.parametrize("asked", ["lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=a-b"])
    def test_a_range_that_cannot_be_read_is_passed_over(
        self, server: ApiServer, done: str, asked: str
    ) -> None:
        path = f"/reports/{done}/files/video.mp4"
        answer = server.client.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (200, MOVIE)

    def test_the_head_of_a_file(self, server: ApiServer, done: str) -> None:
        answer = server.client.head(f"/reports/{done}/files/video.mp4")
        assert answer.headers["content-length"] == str(len(MOVIE))
        assert answer.headers["accept-ranges"] == "bytes"

    def test_the_archive_holds_them_all(self, server: ApiServer, done: str) -> None:
        answer = server.client.get(f"/reports/{done}/archive")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            content = {name: archive.read(name) for name in archive.namelist()}
        assert content == {**FILES, "report.json": b'{"reps": []}\n'}

    def test_the_motion_is_packed_for_those_who_take_it(self, server: ApiServer, done: str) -> None:
        path = f"/reports/{done}/motion"
        plain = server.client.get(path, headers={"accept-encoding": "identity"})
        with server.client.stream("GET", path, headers={"accept-encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())
        assert plain.content == gzip.decompress(raw) == FILES["motion.json"]
        assert packed.headers["content-encoding"] == "gzip"


class TestNotes:
    def test_a_note_is_written_changed_and_removed(self, server: ApiServer, done: str) -> None:
        path = f"/reports/{done}/notes"
        stroke = [[0.1, 0.2], [0.3, 1.0]]
        written = server.client.post(
            path, json={"t_s": 1.5, "text": " Closer ", "drawing": [stroke]}
        )
        assert written.status_code == 201
        note = written.json()
        assert (note["text"], note["drawing"], note["t_s"]) == ("Closer", [stroke], 1.5)
        assert (note["author"], note["may_change"]) == (None, True)

        changed = server.client.patch(f"{path}/{note['id']}", json={"drawing": None}).json()

        assert (changed["text"], changed["drawing"], changed["t_s"]) == ("Closer", None, 1.5)
        assert server.client.get(path).json()["notes"] == [changed]
        assert server.client.delete(f"{path}/{note['id']}").status_code == 204
        assert server.client.get(path).json()["notes"] == []

    def test_html_comes_back_as_text(self, server: ApiServer, done: str) -> None:
        text = "<script>alert(1)</script> & \N{RIGHT-TO-LEFT OVERRIDE}"
        answer = server.client.post(f"/reports/{done}/notes", json={"text": text})
        assert answer.json()["text"] == text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "note",
        [
            {},
            {"text": "  "},
            {"text": "a\0b"},
            {"text": "x" * 4001},
            {"text": "x", "t_s": -1},
            {"text": "x", "t_s": "NaN"},
            {"drawing": [[[0.5, 1.2]]]},
            {"drawing": [[[0.5]]]},
            {"drawing": [[]]},
            {"drawing": [[[0.5, 0.5]]] * 61},
            {"drawing": [[[0.5, 0.5]] * 1001]},
            {"text": "x", "colour": "red"},
        ],
    )
    def test_one_that_cannot_be_kept(
        self, server: ApiServer, done: str, note: dict[str, object]
    ) -> None:
        assert server.client.post(f"/reports/{done}/notes", json=note).status_code == 422

    def test_a_note_to_another_set_is_not_there(
        self, server: ApiServer, done: str, queued: str
    ) -> None:
        note = server.client.post(f"/reports/{queued}/notes", json={"text": "a"}).json()
        for path in (f"/reports/{done}/notes/{note['id']}", f"/reports/{queued}/notes/x"):
            assert server.client.delete(path).status_code == 404


class TestSets:
    def test_pages_of_the_list_hold_every_set_once(self, server: ApiServer, video: bytes) -> None:
        times = [f"2026-03-14T17:3{minute}:00Z" for minute in range(5)]
        uploads = [server.upload(video, person="Pages", filmed_at=time) for time in times]
        made = [one["id"] for one in uploads]
        person = server.client.get(f"/sets/{made[0]}").json()["person_id"]
        seen: list[str] = []
        before: dict[str, str] = {}
        while True:
            asked = {"person": person, "limit": 2, **before}
            page = server.client.get("/sets", params=asked).json()
            seen += [one["id"] for one in page["sets"]]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
        assert seen == made[::-1]
        [visit] = server.client.get("/sessions", params={"person": person}).json()["sessions"]
        of_visit = server.client.get("/sets", params={"session": visit["id"]}).json()["sets"]
        assert {one["id"] for one in of_visit} == set(made)

    def test_what_was_found_stands_with_it(self, server: ApiServer, done: str) -> None:
        shown = server.client.get(f"/sets/{done}").json()
        assert shown["status"] == "done"
        assert shown["summary"]["reps"] == 3
        assert shown["probe"]["codec"] == "h264"

    def test_erasing_one_proves_it(self, server: ApiServer, queued: str) -> None:
        proof = server.client.delete(f"/sets/{queued}").json()
        assert (proof["is_complete"], proof["found"]) == (True, {})
        assert proof["removed"]["sets"] == 1
        assert server.client.get(f"/sets/{queued}").status_code == 404
        assert server.backend.queue.records([queued]) == {}

    @pytest.mark.parametrize(
        "asked", [{"limit": 0}, {"limit": 501}, {"before": "x"}, {"session": "\0" * 22}]
    )
    def test_a_list_that_there_is_not(self, server: ApiServer, asked: dict[str, str]) -> None:
        assert server.client.get("/sets", params=asked).status_code == 422


class TestPeople:
    def test_a_person_is_added_renamed_and_erased(self, server: ApiServer) -> None:
        added = server.client.post("/people", json={"label": " Jo  Ann "})
        assert (added.status_code, added.json()["label"]) == (201, "Jo Ann")
        path = f"/people/{added.json()['id']}"
        assert server.client.patch(path, json={"label": "Joan"}).json()["label"] == "Joan"
        assert "Joan" in {one["label"] for one in server.client.get("/people").json()["people"]}
        proof = server.client.delete(path).json()
        assert (proof["kind"], proof["is_complete"]) == ("person", True)
        assert server.client.get(path).status_code == 404

    def test_a_label_is_one_person(self, server: ApiServer) -> None:
        server.client.post("/people", json={"label": "Twice"})
        answer = server.client.post("/people", json={"label": "TWICE"})
        assert answer.status_code == 422
        assert "taken" in answer.json()["detail"]

    def test_history_names_every_set_with_its_error(self, server: ApiServer, done: str) -> None:
        person = server.client.get(f"/sets/{done}").json()["person_id"]
        history = server.client.get(f"/people/{person}/history").json()
        [movement] = history["movements"]
        [metric] = movement["metrics"]
        [point] = metric["points"]
        assert (movement["movement"], metric["metric"], metric["unit"]) == (
            "hip_hinge",
            "peak_bend",
            "deg",
        )
        assert (point["set_id"], point["mean"], point["since_first"]) == (done, 70.0, None)
        assert point["se"] > 0

    def test_the_export_is_an_archive(self, server: ApiServer, done: str) -> None:
        person = server.client.get(f"/sets/{done}").json()["person_id"]
        answer = server.client.get(f"/people/{person}/export", headers={"accept-language": "de"})
        label = server.client.get(f"/people/{person}").json()["label"]
        named = rf"attachment; filename=\"{label.replace(' ', '-')}-\d{{4}}-\d\d-\d\d\.zip\"; .*"
        assert re.fullmatch(named, answer.headers["content-disposition"])
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            about = json.loads(archive.read("person.json"))
        assert done in json.dumps(about)
