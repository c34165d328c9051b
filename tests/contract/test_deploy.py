"""What is installed on a kiosk box fits the program, and gives away nothing it need not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from service.cli import cli
from service.settings import PREFIX, Settings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
ADDRESS: Final = "http://127.0.0.1:8000"
UNITS: Final = (
    "hingewise.service",
    "hingewise-kiosk.service",
    "hingewise-server.service",
    "hingewise-worker@.service",
)
ELSEWHERE: Final = {"HINGEWISE_CACHE"}
"""Of the prefix of settings, but none of them."""


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


def is_setting(variable: str) -> bool:
    name = variable.removeprefix(PREFIX).lower().partition("__")[0]
    return variable in ELSEWHERE or name in Settings.model_fields


@pytest.mark.parametrize("unit", [unit for unit in UNITS if "kiosk" not in unit])
def test_units_run_commands_that_exist_with_settings_that_exist(unit: str) -> None:
    told = directives(unit)
    assert told["ExecStart"].split()[1] in cli.commands
    variables = [pair.partition("=")[0] for pair in told["Environment"].split()]
    assert variables
    assert all(is_setting(variable) for variable in variables)


COMPOSE: Final = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: Final = COMPOSE["services"]


def test_compose_names_only_what_it_declares() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        assert set(service.get("depends_on", ())) <= set(SERVICES)
    images = {service["image"] for service in SERVICES.values()}
    assert images == {"postgres:15", "hingewise"}


@pytest.mark.parametrize("name", ["server", "worker"])
def test_compose_uses_commands_and_settings_that_exist(name: str) -> None:
    service = SERVICES[name]
    variables = [variable for variable in service["environment"] if variable.startswith(PREFIX)]
    assert variables
    assert all(is_setting(variable) for variable in variables)
    if "command" in service:
        assert service["command"][:1] == ["hingewise"]
        assert service["command"][1] in cli.commands


def test_no_password_is_written_in_compose() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    for line in text.splitlines():
        if "PASSWORD" in line and not line.startswith("#"):
            assert "${POSTGRES_PASSWORD:?" in line


def test_the_image_installs_what_is_locked_as_somebody_without_rights() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert "--require-hashes --requirement requirements.lock" in text
    last_user = re.findall(r"(?m)^USER (\S+)$", text)[-1]
    assert last_user == "hingewise"
    copied = re.findall(r"(?m)^COPY (\S+)", text)
    assert all((DEPLOY.parent / name).exists() for name in copied)
