"""Where settings come from, and what is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from service.settings import PREFIX, Settings, load_settings
from vision.assets import PoseModel
from vision.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal_of(file: Path | None = None, **chosen: object) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(file, **chosen)
    return str(refused.value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.title
    assert field.description
    assert field.description.endswith(".")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_number_has_bounds(name: str) -> None:
    schema = Settings.model_json_schema()["properties"][name]
    if schema.get("type") in {"integer", "number"}:
        assert {"minimum", "maximum"} <= schema.keys()


def test_by_default_only_this_computer_can_connect(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.host, settings.tls, settings.stations) == ("127.0.0.1", False, 3)
    assert settings.data == tmp_path / "hingewise"


def test_the_command_line_comes_before_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, 'port = 1001\nstations = 5\nmodel = "lite"\n[kiosk]\nlanguage = "de"')
    monkeypatch.setenv("HINGEWISE_PORT", "1002")
    monkeypatch.setenv("HINGEWISE_STATIONS", "6")
    settings = load_settings(file, port=1003, host=None)
    assert (settings.port, settings.stations) == (1003, 6)
    assert (settings.model, settings.kiosk.language) == (PoseModel.LITE, "de")


@pytest.mark.parametrize(
    ("text", "camera"), [("0", 0), ("rtsp://box/1", "rtsp://box/1"), ("a.mp4", "a.mp4")]
)
def test_a_camera_is_a_number_or_an_address(
    monkeypatch: pytest.MonkeyPatch, text: str, camera: int | str
) -> None:
    monkeypatch.setenv("HINGEWISE_CAMERA", text)
    assert load_settings().camera == camera


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINGEWISE_ALLOWED_ORIGINS", "https://a.example, https://b.example,")
    assert load_settings().allowed_origins == ("https://a.example", "https://b.example")


def test_the_kiosk_can_be_set_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINGEWISE_KIOSK__LANGUAGE", "de")
    assert load_settings().kiosk.language == "de"


def test_an_unknown_key_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'prot'" in refusal_of(written(tmp_path, "prot = 8000"))
    assert "'kiosk.voices'" in refusal_of(written(tmp_path, "[kiosk]\nvoices = true"))
    assert "'porrt'" in refusal_of(porrt=1)
    monkeypatch.setenv("HINGEWISE_PROT", "8000")
    assert "'HINGEWISE_PROT'" in refusal_of()


def test_variables_of_other_rooms_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINGEWISE_CACHE", "somewhere")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    "text",
    [
        "port = 65536",
        "stations = 0",
        'model = "huge"',
        "still_s = 1",
        'public_url = "ftp://x"',
        "threads = nan",
        'allowed_origins = ["gym.example"]',
    ],
)
def test_a_value_out_of_bounds_is_named(tmp_path: Path, text: str) -> None:
    name = text.split(maxsplit=1)[0]
    assert f"setting {name}" in refusal_of(written(tmp_path, text))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "absent.toml" in refusal_of(tmp_path / "absent.toml")
    assert "TOML" in refusal_of(written(tmp_path, "port ="))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "binary.toml" in refusal_of(binary)


def test_two_problems_are_told_one_after_the_other(tmp_path: Path) -> None:
    assert "setting port:" in refusal_of(written(tmp_path, "port = -1\nstations = 0"))
