"""The API of a real server on a free port, and a client that asks it."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from service.artefacts import REPORT
from service.reviews.analysis import SetSummary
from service.store.blobs import set_prefix
from service.store.sets import mark_done
from tests.live_server import WAIT_S, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from service.api.backend import Backend
    from service.settings import Settings
    from tests.live_server import LiveServer

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A server that runs in a thread of this process, and a client without an account.

    Attributes
    ----------
    live
        The server.
    client
        Asks below ``/api/v1``.
    """

    live: LiveServer
    client: httpx.Client

    @property
    def backend(self) -> Backend:
        return self.live.backend

    def connect(self, **headers: str) -> httpx.Client:
        """Return another client, with cookies and headers of its own."""
        return _client(self.live.url, headers)

    def upload(self, content: bytes, name: str = "lift.mp4", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Send a video at once and return the answer; it must be accepted."""
        return upload(self.client, content, name, **more)

    def finish(self, set_id: str, files: Mapping[str, bytes] | None = None) -> None:
        """End an analysis as a worker does, with a report that says what the test wants."""
        finish(self.backend, set_id, files)


def upload(client: httpx.Client, content: bytes, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Send a video at once as a client; it must be accepted."""
    answer = client.put("/videos", params={"name": name, **more}, content=content)
    assert answer.status_code == 201, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def finish(backend: Backend, set_id: str, files: Mapping[str, bytes] | None = None) -> None:
    """End an analysis as a worker does."""
    for name, content in {REPORT: b'{"reps": []}\n', **(files or {})}.items():
        backend.stores.blobs.put(set_prefix(set_id) + name, content)
    bend: dict[str, float | str] = {"value": 70.0, "se": 2.0, "unit": "deg"}
    summary = SetSummary(
        judged_as="hip_hinge",
        recognised="hip_hinge",
        reps=3,
        cue=None,
        near_side="left",
        metrics=({"peak_bend": bend},) * 3,
    )
    assert mark_done(backend.stores.database, set_id, summary)


@contextmanager
def running_api(settings: Settings) -> Iterator[ApiServer]:
    """Run a server while the block runs."""
    with running_server(settings) as live, _client(live.url, {}) as client:
        yield ApiServer(live=live, client=client)


def raw_request(server: ApiServer, head: str, body: bytes) -> socket.socket:
    """Send a request by hand and leave the connection open."""
    connection = socket.create_connection(("127.0.0.1", server.live.port), timeout=WAIT_S)
    connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return connection


def _client(url: str, headers: Mapping[str, str]) -> httpx.Client:
    return httpx.Client(
        base_url=url + PREFIX, headers=dict(headers), timeout=WAIT_S, trust_env=False
    )
