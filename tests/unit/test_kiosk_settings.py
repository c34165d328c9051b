"""The kiosk's settings: bounds, names that exist, and the file that keeps them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from service.accounts.passwords import hash_secret
from service.kiosk.settings import (
    FILE_NAME,
    KioskSettings,
    kiosk_settings_in_force,
    load_kiosk_settings,
    save_kiosk_settings,
)
from vision.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

PROPERTIES = KioskSettings.model_json_schema()["properties"]


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_setting_says_what_it_is(name: str) -> None:
    assert PROPERTIES[name]["title"]
    assert PROPERTIES[name]["description"].endswith(".")


@pytest.mark.parametrize(
    "name", [name for name in PROPERTIES if name.endswith("_s") or name == "volume"]
)
def test_every_number_has_bounds(name: str) -> None:
    assert PROPERTIES[name]["minimum"] <= KioskSettings.model_fields[name].default
    assert PROPERTIES[name]["maximum"] >= KioskSettings.model_fields[name].default


@pytest.mark.parametrize(
    "wild",
    [
        {"unknown": 1},
        {"language": "tlh"},
        {"movement": "moonwalk"},
        {"target_reps": 0},
        {"away_s": 1.9},
        {"still_there_s": 0},
        {"volume": float("nan")},
        {"camera": "telephone"},
    ],
)
def test_what_cannot_be_is_refused_by_name(wild: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=str(next(iter(wild.values())) or next(iter(wild)))):
        KioskSettings(**wild)


def test_a_brief_step_aside_can_never_be_leaving() -> None:
    assert PROPERTIES["away_s"]["minimum"] >= 2


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    settings = KioskSettings(movement="squat", target_reps=None, staff_pin_hash=hash_secret("2468"))
    save_kiosk_settings(tmp_path / "new", settings)
    assert load_kiosk_settings(tmp_path / "new", KioskSettings()) == settings


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    save_kiosk_settings(tmp_path, KioskSettings())
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_without_a_file_the_servers_own_hold(tmp_path: Path) -> None:
    otherwise = KioskSettings(movement="lunge")
    assert load_kiosk_settings(tmp_path, otherwise) is otherwise


@pytest.mark.parametrize("content", [b"", b"{", b'{"movement": "moonwalk"}', b"\xff\xfe"])
def test_an_unreadable_file_is_told_and_the_kiosk_goes_on(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SettingsError, match=r"expected the kiosk's settings in .*kiosk\.json"):
        load_kiosk_settings(tmp_path, KioskSettings())
    otherwise = KioskSettings(movement="lunge")
    assert kiosk_settings_in_force(tmp_path, otherwise) is otherwise
    assert FILE_NAME in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="check that the folder exists"):
        save_kiosk_settings(tmp_path / "file", KioskSettings())


def test_the_pin_is_in_no_listing_of_the_settings() -> None:
    assert "scrypt" not in repr(KioskSettings(staff_pin_hash=hash_secret("2468")))
