"""Files in a store that speaks S3, over HTTP: kept, read, refused, away; and the service on it."""

from __future__ import annotations

import io
import os
import threading
import traceback
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.artefacts import PROXY, REPORT
from service.jobs import analyse, worker
from service.jobs.worker import work
from service.reviews.analysis import MOTION
from service.settings import Settings
from service.store.blobs import PART_BYTES, Blobs, set_prefix
from service.store.opening import open_stores
from service.store.tables import new_id
from tests import played_analysis
from tests.api_server import running_api
from tests.integration.test_api_uploads import wait_until
from tests.making_videos import make_plain_video
from tests.played_analysis import Script, content
from tests.s3 import BUCKET, KEY_ID, PAGE, SECRET, running_s3
from vision.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    Action: TypeAlias = Callable[[Blobs, str], object]

    from tests.api_server import ApiServer
    from tests.s3 import S3Server

REMOVED_AT_A_TIME: Final = 1000
"""Keys that a store removes at a time."""

SWITCH_BYTES: Final = 5 * 1024 * 1024
"""A file of more bytes is sent in parts."""

KEY: Final = "sets/a/video.mp4"
TOKEN: Final = "a-token-that-is-lent"  # noqa: S105 - nobody lent it

ACTIONS: Final[dict[str, Action]] = {
    "put": lambda blobs, key: blobs.put(key, b"1"),
    "put in parts": lambda blobs, key: blobs.put(key, bytes(SWITCH_BYTES + 1)),
    "get": lambda blobs, key: blobs.get(key),
    "read": lambda blobs, key: list(blobs.read(key)),
    "size": lambda blobs, key: blobs.size(key),
    "exists": lambda blobs, key: blobs.exists(key),
    "keys": lambda blobs, key: blobs.keys(key),
    "remove": lambda blobs, key: blobs.remove(key),
    "remove_keys": lambda blobs, key: blobs.remove_keys([key]),
}


def refused(action: Action, blobs: Blobs) -> str:
    """Do what cannot be done, and return how that is told."""
    with pytest.raises(StoreError) as caught:
        action(blobs, KEY)
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith(f"expected that {KEY} could be ")
    everything = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in (KEY_ID, SECRET, TOKEN) if secret in everything]
    return told


@contextmanager
def talkative_server() -> Iterator[str]:
    """Run a server that refuses as some vendors do: with what it was asked."""
    asked = (
        f"<AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId>\n<CanonicalRequest>{TOKEN}</CanonicalRequest>"
    )
    answer = f"<Error><Code>SignatureDoesNotMatch</Code>{asked}</Error>".encode()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run one server, and let this process know it and no other."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def prefix(s3: S3Server) -> str:
    """Name a place in the bucket that nobody else uses."""
    s3.line.mend()
    return new_id()


@pytest.fixture
def url(prefix: str) -> str:
    return f"s3://{BUCKET}/{prefix}"


@pytest.fixture
def blobs(url: str) -> Blobs:
    return Blobs(url)


class TestKeeping:
    def test_bytes_and_a_long_file(self, blobs: Blobs, tmp_path: Path) -> None:
        long = os.urandom(PART_BYTES + 5)
        (tmp_path / "long").write_bytes(long)
        blobs.put("sets/a/long.mp4", tmp_path / "long")
        blobs.put("sets/a/short", b"<p>")
        blobs.put("sets/a/empty", b"")
        assert [blobs.size(key) for key in blobs.keys("sets/a/")] == [0, len(long), 3]
        assert blobs.get("sets/a/short") == b"<p>"
        blobs.fetch("sets/a/long.mp4", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == long

        def ranged(start: int, end: int | None = None) -> list[bytes]:
            return list(blobs.read("sets/a/long.mp4", start, end))

        assert ranged(3) == [long[3 : PART_BYTES + 3], long[-2:]]
        assert ranged(1, 3) == [long[1:3]]
        assert ranged(len(long) - 1, len(long) + 9) == [long[-1:]]
        assert ranged(len(long)) == []

    def test_what_is_longer_than_a_part_is_sent_in_parts(
        self, s3: S3Server, blobs: Blobs, prefix: str
    ) -> None:
        for size, parts in {SWITCH_BYTES: 1, SWITCH_BYTES + 1: 2, 2 * SWITCH_BYTES + 1: 3}.items():
            blobs.put("file", bytes(size))
            assert s3.parts(f"{prefix}/file") == parts

    def test_more_keys_than_come_at_a_time(self, blobs: Blobs) -> None:
        names = [f"sets/a/{number:04}" for number in range(REMOVED_AT_A_TIME + 5)]
        kept = names[-PAGE - 5 :]
        for name in kept:
            blobs.put(name, b"")
        assert blobs.keys("sets/a/") == kept
        blobs.remove_keys(names)
        assert blobs.keys("") == []

    def test_prefixes_are_kept_apart(self, blobs: Blobs, url: str) -> None:
        neighbour = Blobs(f"{url}-2")
        neighbour.put("sets/a/1", b"")
        for key in ("sets/a/1", "sets/a/b/2", "sets/ab/3"):
            blobs.put(key, b"")
        assert blobs.keys(set_prefix("a")) == ["sets/a/1", "sets/a/b/2"]
        assert blobs.remove(set_prefix("a")) == 2
        assert blobs.remove(set_prefix("a")) == 0
        assert blobs.keys("") == ["sets/ab/3"]
        assert neighbour.keys("") == ["sets/a/1"]

    def test_what_is_not_there(self, blobs: Blobs) -> None:
        assert not blobs.exists("sets/a/1")
        assert blobs.local_path("sets/a/1") is None
        for ask in (blobs.get, blobs.size, lambda key: list(blobs.read(key))):
            with pytest.raises(StoreError, match="expected that sets/a/1 could be read"):
                ask("sets/a/1")


class TestNotKeeping:
    """All is told in one line that names the key and holds no credentials."""

    @pytest.fixture(params=ACTIONS)
    def action(self, request: pytest.FixtureRequest) -> Callable[[Blobs, str], object]:
        return ACTIONS[request.param]

    def test_there_is_no_bucket(self, s3: S3Server, action: Action) -> None:
        s3.line.mend()
        refused(action, Blobs("s3://no-such-bucket/x"))

    def test_the_key_is_refused(self, s3: S3Server, blobs: Blobs, action: Action) -> None:
        blobs.put(KEY, b"1")
        with s3.refusing():
            refused(action, blobs)
        action(blobs, KEY)

    def test_the_server_is_away(
        self, s3: S3Server, url: str, action: Action, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.store.blobs.RETRIES", 1)  # with pauses between them
        blobs = Blobs(url)
        s3.line.cut()
        assert "after 1 retries" in refused(action, blobs)

    def test_a_silent_server_is_told_after_one_request(
        self, s3: S3Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.store.blobs.RETRY_S", 0.1)
        monkeypatch.setenv("AWS_TIMEOUT", "200ms")
        blobs = Blobs(url)
        with s3.silent():
            assert "after" not in refused(ACTIONS["get"], blobs)
            refused(ACTIONS["put in parts"], blobs)

    def test_an_answer_that_holds_credentials_is_not_told(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with talkative_server() as address:
            monkeypatch.setenv("AWS_ENDPOINT_URL", address)
            assert "SignatureDoesNotMatch" in refused(ACTIONS["get"], Blobs(url))

    def test_a_file_that_is_cut_off_is_not_there(
        self, s3: S3Server, blobs: Blobs, prefix: str
    ) -> None:
        s3.line.mend(until_bytes=SWITCH_BYTES // 2)
        with pytest.raises(StoreError):
            blobs.put(KEY, bytes(SWITCH_BYTES + 1))
        s3.line.mend()
        assert not blobs.exists(KEY)
        assert s3.half_sent(prefix) == [f"{prefix}/{KEY}"]  # a rule of the bucket has to remove it
        blobs.put(KEY, bytes(SWITCH_BYTES + 1))
        assert blobs.size(KEY) == SWITCH_BYTES + 1


class TestOpening:
    """A server or a worker that begins says at once what it cannot work with."""

    def test_a_store_that_cannot_be_used_is_told(self, s3: S3Server, tmp_path: Path) -> None:
        s3.line.mend()
        settings = Settings(data=tmp_path, store="s3://no-such-bucket/x")
        with pytest.raises(StoreError, match="NoSuchBucket"):
            open_stores(settings)
        s3.line.cut()
        with pytest.raises(StoreError, match="error sending request"):
            open_stores(settings)


@dataclass(frozen=True, kw_only=True)
class House:
    """A server and a worker on a place in the bucket, whose analysis is played."""

    s3: S3Server
    prefix: str
    settings: Settings
    server: ApiServer
    folder: Path

    def script(self, **told: Any) -> Script:  # noqa: ANN401 - whatever a script may be told
        return Script(log=self.folder / "calls", **told)

    def upload(self, video: bytes, person: str) -> str:
        set_id: str = self.server.upload(video, person=person)["id"]
        return set_id

    def work(self) -> None:
        """Be a worker until nothing waits."""
        work(self.settings, should_end=lambda: False, once=True)

    def status(self, set_id: str) -> str:
        status: str = self.server.client.get(f"/jobs/{set_id}").json()["status"]
        return status

    def person_id(self, label: str) -> str:
        people = self.server.client.get("/people").json()["people"]
        ids: dict[str, str] = {one["label"]: one["id"] for one in people}
        return ids[label]

    def kept(self, set_id: str) -> list[str]:
        """List what is in the bucket of a set, as the bucket itself tells."""
        prefix = f"{self.prefix}/{set_prefix(set_id)}"
        return [key.removeprefix(prefix) for key in self.s3.keys(prefix)]


@pytest.fixture
def house(
    s3: S3Server, prefix: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setattr(analyse, "analysis", played_analysis)
    monkeypatch.setattr(worker, "locate_bundle", lambda *_, **__: None)
    settings = Settings(data=tmp_path / "data", store=url, workers=0)
    with running_api(settings) as server:
        yield House(s3=s3, prefix=prefix, settings=settings, server=server, folder=tmp_path)


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return make_plain_video(tmp_path / "clip.mp4").read_bytes()


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Do something in a thread of its own; what fails there fails here."""
    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(act)
        yield
        acted.result()


class TestService:
    def test_a_video_on_its_whole_way(self, house: House, video: bytes) -> None:
        sizes = {PROXY: PART_BYTES + 7, MOTION: 1001}
        set_id = house.upload(house.script(files=sizes).append_to(video), "Kim")
        house.work()
        assert house.status(set_id) == "done"
        assert house.kept(set_id) == sorted([*sizes, REPORT, "source.mp4"])

        client, path = house.server.client, f"/reports/{set_id}"
        report = client.get(path).content
        assert report == b"stretch 0, stretch 1, stretch 2"
        listed = client.get(f"{path}/files").json()["files"]
        assert {one["name"]: one["bytes"] for one in listed} == {**sizes, REPORT: len(report)}
        assert client.get(f"{path}/motion").content == content(sizes[MOTION])
        whole = content(sizes[PROXY])
        assert client.get(f"{path}/files/{PROXY}").content == whole
        headers = {"Range": f"bytes={PART_BYTES - 2}-{PART_BYTES}"}
        part = client.get(f"{path}/files/{PROXY}", headers=headers)
        assert (part.status_code, part.content) == (206, whole[PART_BYTES - 2 : PART_BYTES + 1])

        person = f"/people/{house.person_id('Kim')}"
        with zipfile.ZipFile(io.BytesIO(client.get(f"{person}/export").content)) as archive:
            assert archive.testzip() is None
            assert {one.file_size for one in archive.infolist()} >= set(sizes.values())
        assert client.delete(person).json()["is_complete"]
        assert house.s3.keys(house.prefix) == house.s3.half_sent(house.prefix) == []

    def test_a_store_that_goes_away_and_comes_back(
        self, house: House, video: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        client, go_on = house.server.client, house.folder / "go on"
        done = house.upload(video, "Lee")
        house.server.finish(done)
        script = house.script(at={"1": f"until {go_on}"})
        under_way = house.upload(script.append_to(video), "Kim")
        coming = client.post("/uploads", json={"name": "b", "bytes": len(video)}).json()["id"]
        person = f"/people/{house.person_id('Lee')}"

        def go_away_and_come_back() -> None:
            wait_until(lambda: "1" in script.calls)
            house.s3.line.cut()
            go_on.touch()
            for answer in (
                client.patch(f"/uploads/{coming}", content=video, headers={"Upload-Offset": "0"}),
                client.get(f"/reports/{done}"),
                client.get(f"/reports/{done}/files/{REPORT}"),
                client.delete(person),
            ):
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            wait_until(lambda: "waiting for database or store" in caplog.text)
            assert house.status(under_way) == "working"
            house.s3.line.mend()

        with meanwhile(go_away_and_come_back):
            house.work()
        assert house.status(under_way) == "done"
        assert script.calls == ["0", "1", "2", "finish"]
        assert house.kept(under_way) == [REPORT, "source.mp4"]
        headers = {"Upload-Offset": str(len(video))}
        assert client.patch(f"/uploads/{coming}", headers=headers).json()["state"] == "accepted"
        assert client.delete(person).json()["is_complete"]
        assert house.kept(done) == []
        assert SECRET not in caplog.text
