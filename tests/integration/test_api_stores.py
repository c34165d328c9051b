"""The API when what it stands on is away: the database, the store of files, an unforeseen error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.settings import Settings
from tests.api_server import ApiServer, running_api
from tests.integration.test_api_uploads import wait_until
from tests.making_videos import make_plain_video

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer

SECURITY: tuple[str, ...] = ("content-security-policy", "x-content-type-options", "referrer-policy")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(data=folder / "data", store=str(folder / "files"), workers=0)
    with running_api(settings) as running:
        yield running


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return make_plain_video(tmp_path / "clip.mp4").read_bytes()


class TestStoreAway:
    def test_it_is_told_and_the_video_goes_in_later(self, server: ApiServer, video: bytes) -> None:
        files = Path(server.backend.settings.store or "")
        begun = server.client.post("/uploads", json={"name": "a", "bytes": len(video)}).json()
        shutil.rmtree(files)
        files.write_text("no folder")
        headers = {"Upload-Offset": "0"}
        path = f"/uploads/{begun['id']}"

        away = server.client.patch(path, content=video, headers=headers)
        assert away.status_code == 503
        assert away.headers["content-type"] == "application/problem+json"
        assert away.headers["retry-after"] == "5"
        assert "try again" in away.json()["detail"]

        files.unlink()
        files.mkdir()
        headers = {"Upload-Offset": str(len(video))}
        back = server.client.patch(path, content=b"", headers=headers)
        assert back.json()["state"] == "accepted"


class TestUnforeseen:
    def test_it_is_a_problem_with_every_header(
        self, server: ApiServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.api.sets.list_sets", None)
        answer = server.client.get("/sets")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(SECURITY) <= set(answer.headers)
        assert answer.json()["detail"] == "The server could not answer."

    def test_so_are_the_others(self, server: ApiServer) -> None:
        for method, path, status in (
            ("GET", "/nothing", 404),
            ("DELETE", "/uploads", 405),
            ("POST", "/uploads", 422),
        ):
            answer = server.client.request(method, path)
            assert answer.status_code == answer.json()["status"] == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert set(SECURITY) <= set(answer.headers)


class TestStrangers:
    """Where no accounts are in use, the house is open, but not to pages of other sites."""

    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:8000", "localhost.evil.example"]
    )
    def test_a_name_that_was_made_to_lead_here(self, server: ApiServer, host: str) -> None:
        answer = server.client.get("/people", headers={"host": host})
        assert answer.status_code == 403
        assert "public_url" in answer.json()["detail"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null"])
    def test_a_page_of_another_site(self, server: ApiServer, origin: str) -> None:
        answer = server.client.post("/people", json={"label": "X"}, headers={"origin": origin})
        assert answer.status_code == 403
        assert server.client.get("/people").json()["people"] == []

    def test_our_own_pages_and_programs(self, server: ApiServer) -> None:
        headers = {"origin": server.live.url}
        assert server.client.post("/people", json={"label": "X"}, headers=headers).is_success
        assert server.client.post("/people", json={"label": "Y"}).is_success

    @pytest.mark.parametrize("path", ["/me", "/login", "/tokens", "/accounts"])
    def test_there_are_no_accounts(self, server: ApiServer, path: str) -> None:
        if path == "/me":
            assert server.client.get(path).json() == {"account": None}
        else:
            wanted = {"name": "a", "password": "b", "label": "c", "role": "owner"}
            answer = server.client.post(path, content=json.dumps(wanted))
            assert answer.status_code == 404
            assert "setting accounts" in answer.json()["detail"]


class TestDatabaseAway:
    @pytest.fixture
    def server(
        self, postgres: PostgresServer, postgres_template: str, tmp_path: Path
    ) -> Iterator[ApiServer]:
        url = postgres.create_database("api_away", postgres_template)
        with running_api(Settings(data=tmp_path / "data", database=url, workers=0)) as running:
            yield running
            postgres.start()
        postgres.drop_database("api_away")

    def test_it_is_told_and_all_goes_on_when_it_is_back(
        self, server: ApiServer, postgres: PostgresServer, video: bytes
    ) -> None:
        first = server.upload(video, person="Kim")
        begun = server.client.post("/uploads", json={"name": "b", "bytes": len(video)}).json()
        path = f"/uploads/{begun['id']}"

        def send() -> int:
            with server.connect() as client:
                headers = {"Upload-Offset": "0"}
                return client.patch(path, content=slow_parts(), headers=headers).status_code

        def slow_parts() -> Iterator[bytes]:
            yield video[:700]
            wait_until(server.backend.uploads.spool.path(begun["id"]).exists)  # all rows were read
            postgres.stop()
            yield video[700:]

        assert send() == 503
        for method, place in (("GET", "/sets"), ("GET", f"/jobs/{first['id']}"), ("HEAD", path)):
            answer = server.client.request(method, place)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        postgres.start()

        headers = {"Upload-Offset": str(len(video))}
        assert server.client.patch(path, content=b"", headers=headers).json()["job"]["place"] == 2
        assert server.client.get(f"/jobs/{first['id']}").json()["status"] == "queued"

    def test_whoever_watches_hears_the_end(
        self, server: ApiServer, postgres: PostgresServer, video: bytes
    ) -> None:
        job = server.upload(video)
        told: list[str] = []
        with server.client.stream("GET", f"/jobs/{job['id']}/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    told.append(json.loads(line.removeprefix("data: "))["status"])
                    if len(told) == 1:
                        postgres.restart()
                        server.finish(job["id"])
        assert told == ["queued", "done"]
