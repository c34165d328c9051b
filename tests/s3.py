"""A server that speaks S3, a program of its own, behind a line that can be cut."""

from __future__ import annotations

import math
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from tests.postgres import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACE: Final = Path(sys.prefix) / "s3-server"
"""Where `make setup` puts moto; it lies beside our packages, not among them."""

KEY_ID: Final = "HINGEWISETESTKEY"
SECRET: Final = "open-sesame"  # noqa: S105 - the server takes any
BUCKET: Final = "house"
PAGE: Final = 100
"""Keys that it lists at a time; a vendor's own lists a thousand, which take long to make."""

WAIT_S: Final = 60.0

_START: Final = "from moto.server import main; main()"


class S3Server:
    """Listens at 127.0.0.1, keeps what it is sent in memory, and forgets it when it is stopped.

    Whoever asks goes through `line`; the test itself asks behind it.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}", timeout=WAIT_S, trust_env=False
        )
        self.line: Final = Line(self._port)

    def start(self) -> None:
        """Start with an empty bucket, and wait until it answers."""
        command = [sys.executable, "-S", "-c", _START, "-H", "127.0.0.1", "-p", str(self._port)]
        environment = {"PYTHONPATH": str(PLACE), "MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._wait_until_it_answers(self._process)
        self._client.put(f"/{BUCKET}").raise_for_status()
        self.line.mend()

    def stop(self) -> None:
        """Stop, also while it is silent. Stopping one that stands is harmless."""
        self.line.cut()
        if self._process is not None:
            self._process.kill()
            self._process.wait(WAIT_S)
            self._process = None

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._client.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to know to use it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.line.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }

    def keys(self, prefix: str) -> list[str]:
        """List what is in the bucket, up to a thousand."""
        return re.findall(r"<Key>([^<]*)</Key>", self._listed(prefix))

    def parts(self, key: str) -> int:
        """Return how many parts a file came in, which its tag ends with; one when it came whole."""
        listed = self._listed(key)
        tag = re.search(r"<ETag>(?:&quot;|\")\w+-?(\d*)", listed)
        assert tag is not None, listed
        return int(tag[1] or 1)

    def half_sent(self, prefix: str) -> list[str]:
        """List the files that were begun in parts and not ended."""
        answer = self._client.get(f"/{BUCKET}", params={"uploads": ""}).raise_for_status()
        return re.findall(rf"<Key>({prefix}[^<]*)</Key>", answer.text)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse every key while the block runs."""
        self._let_in("0")
        yield
        self._let_in("inf")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Take requests and answer none while the block runs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def _listed(self, prefix: str) -> str:
        wanted = {"list-type": "2", "prefix": prefix, "max-keys": "1000"}
        return self._client.get(f"/{BUCKET}", params=wanted).raise_for_status().text

    def _let_in(self, requests: str) -> None:
        """Say how many further requests need no key that the server knows; it knows none."""
        headers = {"content-type": "application/octet-stream"}
        url = "/moto-api/reset-auth"
        self._client.post(url, content=requests.encode(), headers=headers).raise_for_status()

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + WAIT_S
        while True:
            assert process.poll() is None, self._log.read_text("utf-8", "replace")
            try:
                self._client.get("/")
            except httpx.TransportError:
                assert time.monotonic() < deadline, self._log.read_text("utf-8", "replace")
                time.sleep(0.02)
            else:
                return


class Line:
    """Passes connections on to a port; cut, it refuses all, as a server that is away does."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._changing = threading.Lock()
        self._listening: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._left_bytes = math.inf
        self.port: Final = free_port()

    def mend(self, *, until_bytes: float = math.inf) -> None:
        """Pass connections on, until so much was sent."""
        self.cut()
        with self._changing:
            self._left_bytes = until_bytes
            self._listening = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def cut(self) -> None:
        """Break off what is under way, and refuse. Cutting twice is harmless."""
        with self._changing:
            ends, self._ends = list(self._ends), set()
            if self._listening is not None:
                ends.append(self._listening)
                self._listening = None
        for end in ends:
            _shut(end)
            end.close()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # cut
            while True:
                near, _ = listening.accept()
                threading.Thread(target=self._join, args=(listening, near), daemon=True).start()

    def _join(self, listening: socket.socket, near: socket.socket) -> None:
        """Let what comes at one end go out at the other."""
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self._to_port)) as far:
            with self._changing:
                if self._listening is not listening:  # cut meanwhile
                    return
                self._ends.update((near, far))
            back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
            back.start()
            _pass_on(near, far, self._count)
            back.join()
            with self._changing:
                self._ends.difference_update((near, far))

    def _count(self, sent: int) -> None:
        with self._changing:
            self._left_bytes -= sent
            is_used_up = self._left_bytes < 0
        if is_used_up:
            self.cut()


def _pass_on(
    source: socket.socket, target: socket.socket, count: Callable[[int], None] | None = None
) -> None:
    with suppress(OSError):  # broken off
        while part := source.recv(65536):
            if count is not None:
                count(len(part))
            target.sendall(part)
    _shut(source)
    _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # it is
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Run a server with an empty bucket while the block runs; skip where there is none."""
    if not PLACE.is_dir():
        pytest.skip("S3 server absent: make setup")
    server = S3Server(folder / "log")
    try:
        server.start()
        yield server
    finally:
        server.close()
