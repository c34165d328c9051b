"""The Python client against a real server, also when the connection breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from service import client as client_module
from service.client import MOST_TRIES, HingewiseClient, ServerError, UnreachableError
from service.settings import Settings
from service.store.sets import find_set, mark_cancelled, mark_progress, mark_working
from service.store.tables import Status
from tests.api_server import ApiServer, running_api
from tests.making_videos import make_plain_video
from tests.web.running_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.api.schemas import JobAnswer


BROKEN: Final = "the connection broke"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running_api(Settings(data=tmp_path_factory.mktemp("data"), workers=0)) as running:
        yield running


@pytest.fixture
def client(server: ApiServer) -> Iterator[HingewiseClient]:
    with HingewiseClient(f"{server.live.url}/", pause=lambda _: None) as opened:
        yield opened


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_plain_video(tmp_path / "my lift.mp4")


class BreakingTransport(httpx.BaseTransport):
    """Breaks the connection at some requests, before or after the server has heard them."""

    def __init__(self, before: set[int], after: set[int]) -> None:
        self._transport = httpx.HTTPTransport()
        self._before, self._after = before, after
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.requests in self._before:
            raise httpx.ConnectError(BROKEN, request=request)
        answer = self._transport.handle_request(request)
        if self.requests in self._after:
            answer.close()
            raise httpx.ReadError(BROKEN, request=request)
        return answer

    def close(self) -> None:
        self._transport.close()


def breaking(server: ApiServer, *, before: set[int], after: set[int]) -> HingewiseClient:
    opened = HingewiseClient(server.live.url, pause=lambda _: None)
    opened.close()
    opened._http = httpx.Client(  # noqa: SLF001 - its connections break
        base_url=f"{server.live.url}/api/v1", transport=BreakingTransport(before, after)
    )
    return opened


def test_a_video_goes_there_and_its_report_comes_back(
    server: ApiServer, client: HingewiseClient, clip: Path, tmp_path: Path
) -> None:
    shares: list[float] = []
    job = client.upload(clip, person="Kim", on_progress=shares.append)
    assert (job.status, job.source_name, shares[-1]) == (Status.QUEUED, "my lift.mp4", 1.0)
    assert [person.label for person in client.people()] == ["Kim"]

    server.finish(job.id, {"angles.csv": b"t_s\n"})

    assert client.wait(job).status == client.job(job.id).status == Status.DONE
    assert client.report(job.id) == {"reps": []}
    files = client.download(job.id, tmp_path / "out")
    assert {file.name: file.read_bytes() for file in files} == {
        "angles.csv": b"t_s\n",
        "report.json": b'{"reps": []}\n',
    }
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("after", [set(), {2, 4, 6}])
@pytest.mark.parametrize("before", [set(), {1, 3, 5}])
def test_a_break_makes_no_difference(
    server: ApiServer,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: set[int],
    after: set[int],
) -> None:
    monkeypatch.setattr(client_module, "PART_BYTES", 600)
    known = len(server.client.get("/sets", params={"limit": 500}).json()["sets"])
    with breaking(server, before=before, after=after) as client:
        job = client.upload(clip)
    stored = find_set(server.backend.stores.database, job.id)
    assert stored is not None
    assert stored.source_bytes == clip.stat().st_size
    assert len(server.client.get("/sets", params={"limit": 500}).json()["sets"]) == known + 1


def test_waiting_goes_on_after_a_break(server: ApiServer, clip: Path) -> None:
    database = server.backend.stores.database
    seen: list[Any] = []
    steps = iter(
        [
            lambda job: mark_working(database, job, "w"),
            lambda job: mark_progress(database, job, 0.5),
            lambda job: mark_cancelled(database, job),
        ]
    )

    def on_progress(state: JobAnswer) -> None:
        seen.append((state.status, state.progress))
        next(steps, lambda _: None)(state.id)

    with breaking(server, before={4}, after={3}) as client:
        job = client.upload(clip)
        assert client.wait(job, on_progress).status == Status.CANCELLED
    assert seen == [
        (Status.QUEUED, None),
        (Status.WORKING, None),
        (Status.WORKING, 0.5),
        (Status.CANCELLED, 0.5),
    ]


def test_a_refusal_is_told_in_the_servers_words(client: HingewiseClient, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("10 reps\n" * 100)
    with pytest.raises(ServerError, match=r"notes\.mp4: expected a video .* got a text file") as it:
        client.upload(text)
    assert it.value.status == 422


def test_what_there_is_not(client: HingewiseClient, tmp_path: Path) -> None:
    for ask in (
        lambda: client.report("A" * 22),
        lambda: client.wait("A" * 22),
        lambda: client.download("no id", tmp_path),
    ):
        with pytest.raises(ServerError, match="expected a") as refused:
            ask()
        assert refused.value.status == 404


def test_nobody_at_home_is_given_up_after_some_tries(clip: Path) -> None:
    pauses: list[float] = []
    url = f"http://127.0.0.1:{free_port()}"
    with (
        HingewiseClient(url, pause=pauses.append) as client,
        pytest.raises(UnreachableError, match="check that the server runs"),
    ):
        client.upload(clip)
    assert len(pauses) == MOST_TRIES - 1
    assert pauses == sorted(pauses)
