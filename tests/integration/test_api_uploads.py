"""Videos that come in over HTTP: whole, in parts, cut off, too large, twice, by many at once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.reviews.uploads import NewUpload
from service.settings import Settings
from service.store.blobs import set_prefix
from service.store.sets import find_set
from service.store.tables import UploadState
from tests.api_server import ApiServer, raw_request, running_api
from tests.integration.test_bad_videos import REFUSED
from tests.making_videos import make_plain_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

LARGEST: Final = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    data = tmp_path_factory.mktemp("data")
    with running_api(Settings(data=data, workers=0, max_upload_bytes=LARGEST)) as running:
        yield running


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_plain_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


def begin(server: ApiServer, size: int, *, key: str | None = None, **more: Any) -> httpx.Response:  # noqa: ANN401 - any JSON
    headers = {} if key is None else {"Idempotency-Key": key}
    wanted = {"name": "lift.mp4", "bytes": size, **more}
    return server.client.post("/uploads", json=wanted, headers=headers)


def send(server: ApiServer, upload_id: str, offset: int, part: bytes) -> httpx.Response:
    headers = {"Upload-Offset": str(offset)}
    return server.client.patch(f"/uploads/{upload_id}", content=part, headers=headers)


def offset_of(server: ApiServer, upload_id: str) -> int:
    return int(server.client.head(f"/uploads/{upload_id}").headers["upload-offset"])


def spooled(server: ApiServer) -> list[str]:
    return sorted(path.name for path in server.backend.stores.spool.iterdir())


class TestInParts:
    def test_parts_make_the_video_and_queue_it(self, server: ApiServer, video: bytes) -> None:
        announced = begin(server, len(video), person="Kim", tape=True).json()
        assert (announced["state"], announced["offset"]) == ("receiving", 0)

        first = send(server, announced["id"], 0, video[:700])
        last = send(server, announced["id"], 700, video[700:])

        assert (first.status_code, first.headers["upload-offset"]) == (200, "700")
        accepted = last.json()
        assert (accepted["state"], accepted["job"]["status"]) == ("accepted", "queued")
        stored = find_set(server.backend.stores.database, accepted["id"])
        assert stored is not None
        assert stored.source_sha256 == hashlib.sha256(video).hexdigest()
        assert (stored.tape, stored.person_id) == (True, accepted["person_id"])
        assert stored.session_id is None  # nobody knows when it was filmed
        assert stored.probe is not None
        assert (stored.probe["width"], stored.probe["codec"]) == (64, "h264")
        kept = server.backend.stores.blobs.get(f"{set_prefix(stored.id)}source.mp4")
        assert kept == video
        assert stored.id not in spooled(server)
        assert server.backend.queue.records([stored.id])

    def test_the_digest_is_right_after_a_restart_too(self, server: ApiServer, video: bytes) -> None:
        upload_id = begin(server, len(video)).json()["id"]
        send(server, upload_id, 0, video[:700])
        server.backend.uploads.spool._digests.clear()  # noqa: SLF001 - as a new server has none

        send(server, upload_id, 700, video[700:])

        stored = find_set(server.backend.stores.database, upload_id)
        assert stored is not None
        assert stored.source_sha256 == hashlib.sha256(video).hexdigest()

    def test_a_part_from_another_place_is_told_where_to_go_on(
        self, server: ApiServer, video: bytes
    ) -> None:
        upload_id = begin(server, len(video)).json()["id"]
        send(server, upload_id, 0, video[:700])

        answer = send(server, upload_id, 600, video[600:])

        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["offset"], answer.headers["upload-offset"]) == (700, "700")
        assert offset_of(server, upload_id) == 700

    def test_more_than_announced_is_refused_and_changes_nothing(
        self, server: ApiServer, video: bytes
    ) -> None:
        upload_id = begin(server, 1000).json()["id"]
        send(server, upload_id, 0, video[:700])

        told = send(server, upload_id, 700, video[700:])
        headers = {"Upload-Offset": "700"}
        parts = iter([video[700:900], video[900:1100]])
        not_told = server.client.patch(f"/uploads/{upload_id}", content=parts, headers=headers)

        assert (told.status_code, not_told.status_code) == (413, 413)
        assert offset_of(server, upload_id) == 700

    def test_it_can_be_given_up(self, server: ApiServer, video: bytes) -> None:
        upload_id = begin(server, len(video)).json()["id"]
        send(server, upload_id, 0, video[:700])

        assert server.client.delete(f"/uploads/{upload_id}").status_code == 204
        assert server.client.get(f"/uploads/{upload_id}").status_code == 404
        assert upload_id not in spooled(server)

    def test_what_became_a_set_is_removed_as_a_set(self, server: ApiServer, video: bytes) -> None:
        accepted = server.upload(video)
        assert server.client.delete(f"/uploads/{accepted['id']}").status_code == 409

    def test_a_part_without_bytes_ends_what_was_cut_off_at_the_end(
        self, server: ApiServer, video: bytes
    ) -> None:
        uploads = server.backend.uploads
        upload, _ = uploads.begin(NewUpload(name="lift.mp4", size_bytes=len(video)))
        with uploads.spool.receiving(upload.id) as receiver:
            receiver.write(video)

        again = [send(server, upload.id, len(video), b"").json() for _ in range(2)]

        assert [answer["state"] for answer in again] == ["accepted"] * 2
        sets = server.client.get("/sets", params={"limit": 500}).json()["sets"]
        assert [one["id"] for one in sets].count(upload.id) == 1

    def test_a_refused_one_says_why_again(self, server: ApiServer) -> None:
        upload_id = begin(server, 4).json()["id"]
        first, second = send(server, upload_id, 0, b"text"), send(server, upload_id, 4, b"")
        assert (first.status_code, second.status_code) == (422, 422)
        assert first.json()["detail"] == second.json()["detail"]
        shown = server.client.get(f"/uploads/{upload_id}").json()
        assert (shown["state"], shown["reason"]) == ("refused", first.json()["detail"])


class TestCutOff:
    def test_what_came_is_kept_and_told(
        self, server: ApiServer, video: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.api.receiving.WRITE_BYTES", 1)
        upload_id = begin(server, len(video)).json()["id"]
        spool = server.backend.uploads.spool
        head = (
            f"PATCH /api/v1/uploads/{upload_id} HTTP/1.1\nHost: 127.0.0.1\nUpload-Offset: 0\n"
            f"Content-Length: {len(video)}"
        )
        with raw_request(server, head, video[:801]):
            wait_until(lambda: spool.received(upload_id) == 801)
        wait_until(lambda: not is_sending(server, upload_id))

        assert offset_of(server, upload_id) == 801
        rest = send(server, upload_id, 801, video[801:]).json()
        assert rest["state"] == "accepted"

    def test_a_whole_one_leaves_nothing(self, server: ApiServer, video: bytes) -> None:
        before = spooled(server)
        head = f"PUT /api/v1/videos?name=a HTTP/1.1\nHost: 127.0.0.1\nContent-Length: {len(video)}"
        with raw_request(server, head, video[:801]):
            wait_until(lambda: len(spooled(server)) > len(before))
        wait_until(lambda: spooled(server) == before)

    def test_two_senders_at_once_are_one_too_many(self, server: ApiServer, video: bytes) -> None:
        upload_id = begin(server, len(video)).json()["id"]
        head = (
            f"PATCH /api/v1/uploads/{upload_id} HTTP/1.1\nHost: 127.0.0.1\nUpload-Offset: 0\n"
            f"Content-Length: {len(video)}"
        )
        with raw_request(server, head, video[:700]) as connection:
            wait_until(lambda: is_sending(server, upload_id))
            second = send(server, upload_id, 0, video)
            connection.sendall(video[700:])
            first = connection.recv(1000)

        assert (second.status_code, second.headers["retry-after"]) == (423, "5")
        assert first.startswith(b"HTTP/1.1 200")


def is_sending(server: ApiServer, upload_id: str) -> bool:
    return upload_id in server.backend.uploads.spool._sending  # noqa: SLF001 - no other way to know


def wait_until(condition: Any) -> None:  # noqa: ANN401 - a callable
    """Wait for what another thread is about to make true; nothing takes this long."""
    pause = threading.Event()
    for _ in range(12_000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it did not become true")


class TestTooLarge:
    def test_announced(self, server: ApiServer) -> None:
        answer = begin(server, LARGEST + 1)
        assert answer.status_code == 413
        assert "at most 1,000,000 bytes, got 1,000,001" in answer.json()["detail"]

    def test_announced_by_the_request(self, server: ApiServer) -> None:
        answer = server.client.put("/videos", params={"name": "a"}, content=bytes(LARGEST + 1))
        assert answer.status_code == 413

    def test_not_announced(self, server: ApiServer) -> None:
        before = spooled(server)
        parts = iter([bytes(400_000)] * 3)
        answer = server.client.put("/videos", params={"name": "a"}, content=parts)
        assert answer.status_code == 413
        assert spooled(server) == before

    def test_not_announced_and_not_too_large(self, server: ApiServer, video: bytes) -> None:
        answer = server.client.put("/videos", params={"name": "a"}, content=iter([video]))
        assert answer.status_code == 201
        assert answer.json()["bytes"] == len(video)


class TestTwice:
    def test_the_same_key_gives_the_same_upload(self, server: ApiServer, video: bytes) -> None:
        first = begin(server, len(video), key="one", person="Alex")
        again = begin(server, len(video), key="one", person="alex")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    @pytest.mark.parametrize("other", [{"name": "b.mp4"}, {"size": 5}, {"tape": True}])
    def test_the_same_key_for_something_else_is_refused(
        self, server: ApiServer, other: dict[str, Any]
    ) -> None:
        begin(server, 4, key="two")
        answer = begin(server, **{"size": 4, "key": "two", **other})
        assert answer.status_code == 409

    def test_many_at_once_with_the_same_key_are_one(self, server: ApiServer) -> None:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: begin(server, 4, key="many"), range(8)))
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert len({answer.json()["id"] for answer in answers}) == 1

    def test_the_same_video_names_the_earlier_set(self, server: ApiServer, video: bytes) -> None:
        first = server.upload(video, person="Robin")
        again = server.upload(video, person="Robin")
        other = server.upload(video, person="Sascha")
        assert (first["same_as"], again["same_as"], other["same_as"]) == (None, first["id"], None)
        assert server.client.get(f"/uploads/{first['id']}").json()["same_as"] is None


class TestBadVideos:
    @pytest.mark.parametrize("case", [key for key in REFUSED if key not in {"missing", "folder"}])
    def test_each_is_refused_in_one_line(
        self, server: ApiServer, case: str, tmp_path: Path
    ) -> None:
        write, expected = REFUSED[case]
        before = spooled(server)

        content = write(tmp_path).read_bytes()
        answer = server.client.put("/videos", params={"name": "my lift"}, content=content)

        assert answer.status_code == 422
        assert answer.json()["detail"] == f"my lift: {expected}"
        assert spooled(server) == before

    def test_one_that_ends_the_process_is_refused_and_the_next_one_seen(
        self, server: ApiServer, video: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.reviews.prober.probe_video", end_the_process)
        answer = server.client.put("/videos", params={"name": "bomb"}, content=video)
        monkeypatch.undo()

        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("bomb: expected a video that can be opened")
        assert server.upload(video)["state"] == UploadState.ACCEPTED


def end_the_process(*_arguments: object, **_options: object) -> None:
    os._exit(3)


class TestDiskFull:
    def test_it_is_told_before_anything_is_sent(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.reviews.spool.shutil.disk_usage", lambda _: FewBytes())
        assert begin(server, 1000).status_code == 507

    def test_what_fitted_is_kept_and_goes_on_with_room(
        self, server: ApiServer, video: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload_id = begin(server, len(video)).json()["id"]
        monkeypatch.setattr("service.reviews.spool.os.write", write_until_full(700))

        full = send(server, upload_id, 0, video)
        monkeypatch.undo()

        assert full.status_code == 507
        assert "disk is full" in full.json()["detail"]
        assert offset_of(server, upload_id) == 700
        assert send(server, upload_id, 700, video[700:]).json()["state"] == "accepted"
        stored = find_set(server.backend.stores.database, upload_id)
        assert stored is not None
        assert stored.source_sha256 == hashlib.sha256(video).hexdigest()


class FewBytes:
    free = 10


def write_until_full(room: int) -> Any:  # noqa: ANN401 - stands in for os.write
    write = os.write

    def full(descriptor: int, content: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = write(descriptor, content[:room])
        room -= count
        return count

    return full


class TestMany:
    def test_ten_at_once(self, server: ApiServer, video: bytes) -> None:
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda n: server.upload(video, f"{n}.mp4"), range(10)))
        assert len({answer["id"] for answer in answers}) == 10
        assert {answer["state"] for answer in answers} == {"accepted"}
        assert sorted(answer["name"] for answer in answers) == [f"{n}.mp4" for n in range(10)]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../etc/passwd", "../../etc/passwd"),
            ("x" * 500 + ".mp4", "x" * 255),
            ("gpj.\u202e4pm\u2066.exe", "gpj.4pm.exe"),
            ("a\0b\nc\x7f.mp4", "abc.mp4"),
            ("", "video"),
            ("\u200f \u2028", "video"),
            ("Körper 深蹲 👩🏽‍🦽.mov", "Körper 深蹲 👩🏽‍🦽.mov"),
            ("<img src=x onerror=alert(1)>.mp4", "<img src=x onerror=alert(1)>.mp4"),
        ],
    )
    def test_any_name_is_kept_as_text_and_decides_nothing(
        self, server: ApiServer, video: bytes, name: str, shown: str
    ) -> None:
        accepted = server.upload(video, name)
        assert accepted["name"] == accepted["job"]["source_name"] == shown
        assert server.backend.stores.blobs.keys(set_prefix(accepted["id"])) == [
            f"sets/{accepted['id']}/source.mp4"
        ]

    def test_bytes_that_are_no_text(self, server: ApiServer, video: bytes) -> None:
        answer = server.client.put("/videos?name=%ff%fe.mp4", content=video)
        assert answer.json()["name"] == "\N{REPLACEMENT CHARACTER}" * 2 + ".mp4"


class TestRequests:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"name": "a", "bytes": 4, "colour": "red"},
            {"name": "a"},
            {"name": "a", "bytes": -1},
            {"name": "a", "bytes": 4, "movement": "juggling"},
            {"name": "a", "bytes": 4, "language": "xx"},
            {"name": "a", "bytes": 4, "person": "\u202e"},
            {"name": "a", "bytes": 4, "person": "a\0b"},
            {"name": "\ud800", "bytes": 4},
            [],
            "text",
        ],
    )
    def test_what_cannot_be_read_is_refused_in_one_line(
        self, server: ApiServer, wanted: object
    ) -> None:
        headers = {"content-type": "application/json"}
        answer = server.client.post("/uploads", content=json.dumps(wanted), headers=headers)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "\n" not in answer.json()["detail"]

    def test_a_body_that_is_no_json(self, server: ApiServer) -> None:
        headers = {"content-type": "application/json"}
        assert server.client.post("/uploads", content=b"{", headers=headers).status_code == 422

    @pytest.mark.parametrize("upload_id", ["x", "A" * 22, "%00" * 22, "..%2f..", "é" * 22])
    def test_unknown_ids(self, server: ApiServer, upload_id: str) -> None:
        for answer in (
            server.client.get(f"/uploads/{upload_id}"),
            send(server, upload_id, 0, b"x"),
            server.client.delete(f"/uploads/{upload_id}"),
            server.client.get(f"/jobs/{upload_id}"),
            server.client.get(f"/reports/{upload_id}"),
            server.client.get(f"/sets/{upload_id}"),
            server.client.delete(f"/people/{upload_id}"),
        ):
            assert answer.status_code == 404, answer.text
            assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("offset", ["", "-1", "one", "1.5"])
    def test_an_offset_that_is_none(self, server: ApiServer, offset: str) -> None:
        upload_id = begin(server, 4).json()["id"]
        headers = {"Upload-Offset": offset} if offset else {}
        answer = server.client.patch(f"/uploads/{upload_id}", content=b"x", headers=headers)
        assert answer.status_code == 422
