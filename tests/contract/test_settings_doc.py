"""The page about settings shows each of them, and what it shows can be used as it stands."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from service.cli import cli
from service.settings import PREFIX, Settings, load_settings
from service.settings_text import HIDDEN, settings_toml

PAGE: Final = Path(__file__).parents[2] / "docs" / "settings.md"
DATA: Final = "~/.local/share/hingewise"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)


def shown() -> str:
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    assert found
    return found.group(1)


def test_the_page_shows_every_setting_as_the_program_does() -> None:
    defaults = Settings()
    told = settings_toml(defaults).replace(str(defaults.data), DATA)
    assert shown() == told, "copy the output of 'hingewise settings' to docs/settings.md"


def test_what_is_shown_is_a_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(shown().replace(DATA, str(Settings().data)), "utf-8")
    assert load_settings(file).model_dump() == Settings().model_dump()


def test_what_was_chosen_survives(tmp_path: Path) -> None:
    chosen = Settings(
        port=9, camera="rtsp://door", allowed_origins=("https://gym.example",), data=tmp_path
    )
    file = tmp_path / "settings.toml"
    file.write_text(settings_toml(chosen), "utf-8")
    assert load_settings(file).model_dump() == chosen.model_dump()


def test_a_password_is_not_shown() -> None:
    told = settings_toml(Settings(database="postgresql://gym:secret@db/gym"))
    assert "secret" not in told
    assert f"# database = {HIDDEN}" in told


def test_the_command_shows_what_is_in_force(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("stations = 7\n", "utf-8")
    told = CliRunner().invoke(cli, ["settings", "--settings", str(file)])
    assert told.exit_code == 0
    assert "\nstations = 7\n" in told.output
