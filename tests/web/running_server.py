"""The real server in its own process, on a free port, with a data folder of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final, Self

from service.store.database import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START_S: Final = 60.0
"""Longest that a server may take to answer; a crowded machine is slow."""
STOP_S: Final = 10.0
HOST: Final = "127.0.0.1"


class RunningServer:
    """``hingewise serve`` in a process that can be killed and started again.

    Parameters
    ----------
    folder
        Where it keeps its data and its log.
    settings
        Settings beside their defaults, as in the environment but without their prefix:
        ``{"STILL_S": 3}``.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object] | None = None) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self._log = folder / "server.log"
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of its home page, without the slash."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Number of its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it said so far."""
        return self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""

    def start(self) -> Self:
        """Start it and wait until it answers."""
        command = [
            sys.executable,
            "-c",
            "from service.cli import main; main()",
            "serve",
            "--no-browser",
            f"--port={self.port}",
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_healthy()
        return self

    def kill(self) -> None:
        """End it without a word, as when the power fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask it to end and return how it ended; kill it when it does not."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def metrics(self) -> dict[str, float]:
        """Read its metrics: samples by name and labels."""
        lines = self.get("/metrics").splitlines()
        samples = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def get(self, path: str) -> str:
        """Fetch a page."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310 - own server
            text: bytes = answer.read()
        return text.decode("utf-8")

    def kept_files(self) -> list[str]:
        """List what lies in its data folder, but for the database itself."""
        files = self.data.rglob("*") if self.data.exists() else ()
        kept = (path for path in files if path.is_file() and not path.name.startswith(FILE))
        return sorted(path.relative_to(self.data).as_posix() for path in kept)

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        """Stop it."""
        self.stop()

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HINGEWISE_") or name == "HINGEWISE_CACHE"
        }
        chosen = {f"HINGEWISE_{name}": _written(value) for name, value in self._settings.items()}
        own = {"HINGEWISE_DATA": str(self.data), "PYTHONUNBUFFERED": "1"}
        return {"HINGEWISE_WORKERS": "0", **kept, **chosen, **own}

    def _wait_until_healthy(self) -> None:
        assert self._process is not None
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s:
            if self._process.poll() is not None:
                break
            try:
                self.get("/healthz")
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        log = self.log
        self.kill()
        msg = f"expected a server that answers on port {self.port}, it said:\n{log}"
        raise AssertionError(msg)


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
