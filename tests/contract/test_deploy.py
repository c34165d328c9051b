"""What is installed on a kiosk box fits the program, and gives away nothing it need not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from service.settings import Settings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
ADDRESS: Final = "http://127.0.0.1:8000"
UNITS: Final = ("hingewise.service", "hingewise-kiosk.service")


def directives(unit: str) -> dict[str, str]:
    """Read the directives of a unit; of one that is repeated, the last."""
    text = (DEPLOY / unit).read_text("utf-8").replace("\\\n", " ")
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", text))


def test_the_server_has_the_address_that_the_screen_opens() -> None:
    assert f"--host {Settings().host} --port {Settings().port}" in directives(UNITS[0])["ExecStart"]
    screen = directives(UNITS[1])
    assert screen["ExecStart"].endswith(f"{ADDRESS}/kiosk")
    assert screen["ExecStartPre"].endswith(f"{ADDRESS}/healthz")


def test_the_browser_may_use_the_camera_there_and_go_nowhere_else() -> None:
    policy = json.loads((DEPLOY / "chromium-policy.json").read_text("utf-8"))
    assert policy["VideoCaptureAllowedUrls"] == policy["URLAllowlist"] == [ADDRESS]
    assert policy["URLBlocklist"] == ["*"]
    assert policy["AudioCaptureAllowed"] is False


def test_the_folders_that_may_be_written_are_those_that_are_used() -> None:
    unit = directives(UNITS[0])
    environment = dict(pair.split("=") for pair in unit["Environment"].split())
    assert environment["HINGEWISE_DATA"].endswith(f"/{unit['StateDirectory']}")
    assert environment["HINGEWISE_CACHE"].endswith(f"/{unit['CacheDirectory']}")
    assert unit["StateDirectoryMode"] == "0700"


@pytest.mark.parametrize("unit", UNITS)
def test_it_starts_again_by_itself(unit: str) -> None:
    assert directives(unit)["Restart"] == "always"


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_is_well_formed(unit: str, tmp_path: Path) -> None:
    """Each line is what a unit may hold; where systemd is installed, it has the last word."""
    text = (DEPLOY / unit).read_text("utf-8")
    lines = text.replace("\\\n", " ").splitlines()
    strange = [line for line in lines if not re.fullmatch(r"|#.*|\[\w+\]|[A-Z]\w+=.*", line)]
    assert strange == []
    assert systemd_complaints(text, tmp_path / unit) == ""


def systemd_complaints(text: str, path: Path) -> str:
    """Ask systemd about a unit, its programs replaced by one that every computer has."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return ""
    path.write_text(re.sub(r"(?m)^(ExecStart|ExecStartPre)=\S+", r"\1=/bin/true", text))
    checked = subprocess.run(
        [program, "verify", "--recursive-errors=no", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return checked.stderr
