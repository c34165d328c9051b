"""``hingewise serve`` as it is typed: what it says, how it ends, what it refuses."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from service.cli import INTERRUPTED, UNUSABLE
from service.protocol import PROTOCOL_VERSION, Hello
from tests.given_material import pose_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WAIT_S: Final = 120
# A shell starts what runs in its background deaf to Ctrl-C, tests included.
MAIN: Final = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from service.cli import main
raise SystemExit(main())
"""
PROGRAM: Final = (sys.executable, "-c", MAIN)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    pose_bundle(mask=True)
    return {**os.environ, "HINGEWISE_DATA": str(tmp_path / "data"), "HINGEWISE_WORKERS": "0"}


@contextmanager
def serving(
    environment: dict[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the server until the block ends; give the process and what it said at its start."""
    command = [*PROGRAM, "serve", "--no-browser", "--port", "0", *arguments]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stderr is not None
            lines = []
            for line in process.stderr:
                lines.append(line.strip())
                if "Ctrl-C" in line:
                    break
            yield process, lines
        finally:
            process.kill()


def address_in(lines: Sequence[str]) -> str:
    found = [match[0] for line in lines if (match := re.search(r"https?://\S+", line))]
    return found[0]


def refusal(environment: dict[str, str], *arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [*PROGRAM, "serve", "--no-browser", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


def test_ctrl_c_ends_it_with_its_sessions(environment: dict[str, str]) -> None:
    with serving(environment) as (process, lines):
        port = int(address_in(lines).rstrip("/").rpartition(":")[2])
        with connect(f"ws://127.0.0.1:{port}/ws/v1/live", proxy=None) as page:
            page.recv(timeout=WAIT_S)
            page.send(Hello(protocol=PROTOCOL_VERSION).model_dump_json())
            while '"state"' not in str(page.recv(timeout=WAIT_S)):
                pass
            process.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed):
                page.recv(timeout=WAIT_S)
        assert process.wait(WAIT_S) == INTERRUPTED
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_port_in_use_is_one_clear_line(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, lines = refusal(environment, "--port", str(port))
    assert status == UNUSABLE
    [line] = lines
    assert str(port) in line
    assert "in use" in line
    assert "--port" in line


def test_https_is_served_with_a_certificate_of_its_own(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with serving(environment, "--tls") as (_, lines):
        address = address_in(lines)
        assert address.startswith("https://localhost:")
        assert any("certificate" in line for line in lines)
        trusted = ssl.create_default_context(
            cafile=str(tmp_path / "data" / "tls" / "certificate.pem")
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )
        with opener.open(f"{address}healthz", timeout=WAIT_S) as answer:
            assert answer.status == 200


def test_other_computers_are_told_that_their_camera_needs_https(
    environment: dict[str, str],
) -> None:
    with serving(environment, "--host", "0.0.0.0") as (_, lines):  # noqa: S104 - what is tested
        assert address_in(lines).startswith("http://localhost:")
        assert any("--tls" in line for line in lines)


def test_settings_of_a_file_hold_and_unknown_ones_are_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("statoins = 2\n", encoding="utf-8")
    status, [line] = refusal(environment, "--settings", str(file))
    assert status == UNUSABLE
    assert "'statoins'" in line


def test_a_missing_model_is_told_with_what_to_do(
    environment: dict[str, str], tmp_path: Path
) -> None:
    status, [line] = refusal(environment | {"HINGEWISE_CACHE": str(tmp_path / "empty")})
    assert status == UNUSABLE
    assert "hingewise assets --fetch" in line
