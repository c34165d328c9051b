"""Calibrations are kept per person, found again, and lost only when somebody says so."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from models.calibration import OwnBend
from service import calibrations
from service.calibrations import (
    MAX_NAME_LENGTH,
    Calibration,
    calibration_path,
    calibrations_dir,
    check_savable,
    checked_name,
    forget_calibration,
    list_calibrations,
    read_calibration,
    save_calibration,
)
from vision.errors import CalibrationError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KIM: Final = Calibration(
    person="Kim",
    own_bend=OwnBend(
        max_lumbar_deg=48.25,
        max_lumbar_se_deg=6.5,
        hip_deg=(0.0, 5.0, 10.0),
        lumbar_deg=(0.1, 6.2, 11.9),
        bends=2,
        estimator="outline 1.0",
    ),
    source_name="bends.mp4",
)
RIGHT_TO_LEFT: Final = "\u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "calibrations"


def saved(calibration: Calibration, folder: Path) -> dict[str, Any]:
    """Save a calibration and return what its file holds."""
    content = json.loads(save_calibration(calibration, folder).read_text("utf-8"))
    assert isinstance(content, dict)
    return content


class TestSaving:
    def test_a_calibration_is_found_again(self, folder: Path) -> None:
        path = save_calibration(KIM, folder)
        assert read_calibration("Kim", folder) == KIM
        assert [*folder.iterdir()] == [path]

    @pytest.mark.parametrize("name", ["kim", "KIM", "  Kim\n"])
    def test_capitals_and_space_around_a_name_make_no_difference(
        self, folder: Path, name: str
    ) -> None:
        save_calibration(KIM, folder)
        assert read_calibration(name, folder) == KIM

    def test_composed_and_decomposed_letters_are_the_same(self, folder: Path) -> None:
        save_calibration(replace(KIM, person="Jos\u00e9"), folder)
        assert read_calibration("Jose\u0301", folder).person == "Jos\u00e9"

    def test_a_new_one_takes_the_place_of_the_old(self, folder: Path) -> None:
        save_calibration(KIM, folder)
        newer = replace(KIM, source_name="again.mp4")
        save_calibration(newer, folder)
        assert list_calibrations(folder).sound == (newer,)

    def test_the_file_says_what_it_is(self, folder: Path) -> None:
        content = saved(KIM, folder)
        assert content["format"] == calibrations.FORMAT_NAME
        assert content["version"] == calibrations.FORMAT_VERSION
        assert content["person"] == "Kim"
        assert content["own_bend"]["hip_deg"] == [0.0, 5.0, 10.0]

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
    def test_the_folder_is_for_its_owner_alone(self, folder: Path) -> None:
        save_calibration(KIM, folder)
        assert folder.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(
        "attempt",
        [lambda folder: save_calibration(KIM, folder), lambda folder: check_savable("Kim", folder)],
        ids=["saving", "checking before"],
    )
    def test_a_folder_that_cannot_be_made_is_told(
        self, folder: Path, attempt: Callable[[Path], object]
    ) -> None:
        folder.parent.write_text("a file")
        with pytest.raises(OutputError, match="HINGEWISE_DATA"):
            attempt(folder)

    def test_the_name_of_a_video_may_hold_bytes_that_are_no_text(self, folder: Path) -> None:
        save_calibration(replace(KIM, source_name="bend\udcff.mp4"), folder)
        assert read_calibration("Kim", folder).source_name == "bend?.mp4"

    def test_a_broken_write_keeps_the_old_one(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save_calibration(KIM, folder)

        def full(_path: Path, _content: bytes) -> None:
            message = "disk full"
            raise OutputError(message)

        monkeypatch.setattr(calibrations, "write_atomically", full)
        with pytest.raises(OutputError):
            save_calibration(replace(KIM, source_name="again.mp4"), folder)
        assert read_calibration("Kim", folder) == KIM


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "a/b\\c",
            "C:\\Kim",
            "con",
            "..",
            "~",
            "Kim Lee-O'Hara, 3rd",
            "李小龍",
            "محمد",
            "नमस्ते",
            "\u0645\u06cc\u200c\u062e\u0648",
            "🐻",
            "x" * MAX_NAME_LENGTH,
        ],
    )
    def test_any_name_that_can_be_seen_gives_a_file_in_the_folder(
        self, folder: Path, name: str
    ) -> None:
        calibration = replace(KIM, person=name)
        path = save_calibration(calibration, folder)
        assert path.parent == folder
        assert [*folder.iterdir()] == [path]
        assert path.name.isascii()
        assert len(path.name) < 60
        assert read_calibration(name, folder) == calibration

    def test_names_that_read_alike_get_files_of_their_own(self, folder: Path) -> None:
        names = ["a b", "a-b", "a/b", "李", "龍"]
        assert len({calibration_path(name, folder) for name in names}) == len(names)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("", "got ''"),
            (" \t\n", "letters"),
            ("\u200c\u200d", "letters"),
            ("x" * 500, f"at most {MAX_NAME_LENGTH} characters, got 500"),
            (f"{RIGHT_TO_LEFT}Kim", "RIGHT-TO-LEFT OVERRIDE"),
            ("Kim\u200f", "U.200F"),
            ("Kim\x00", "U.0000"),
            ("Kim\x1b[31m", "U.001B"),
            ("Kim\ud800", "U.D800"),
        ],
    )
    def test_others_are_refused_in_plain_signs(self, name: str, told: str) -> None:
        with pytest.raises(CalibrationError, match=told) as refusal:
            checked_name(name)
        assert str(refusal.value).isprintable()

    def test_nothing_is_saved_under_a_name_that_is_refused(self, folder: Path) -> None:
        with pytest.raises(CalibrationError):
            save_calibration(replace(KIM, person=" "), folder)
        assert not folder.exists()


def damage(content: dict[str, Any], change: dict[str, Any]) -> bytes:
    """Change fields of a file; those of the own bend are named in its own table."""
    changed = {**content, **change}
    if isinstance(change.get("own_bend"), dict):
        changed["own_bend"] = {**content["own_bend"], **change["own_bend"]}
    return json.dumps(changed).encode()


DAMAGES: Final[dict[str, bytes | dict[str, Any]]] = {
    "empty": b"",
    "no JSON": b"not JSON",
    "cut short": b'{"format": "hingewise cal',
    "no text": b"\xff\xfe\x00",
    "another kind": b"[1, 2]",
    "too deep": b"[" * 5000,
    "another format": {"format": "diary"},
    "a later version": {"version": 2},
    "a field too many": {"diary": "mine"},
    "no own bend": {"own_bend": None},
    "text for a number": {"own_bend": {"max_lumbar_deg": "48"}},
    "a number that is none": {"own_bend": {"max_lumbar_deg": float("nan")}},
    "a maximum below zero": {"own_bend": {"max_lumbar_deg": -4.0}},
    "a curve that turns back": {"own_bend": {"hip_deg": [0.0, 10.0, 5.0]}},
    "somebody else's": {"person": "Lee"},
    "a name that is refused": {"person": "\u202eKim"},
}


@pytest.fixture(params=list(DAMAGES.values()), ids=list(DAMAGES))
def damaged(request: pytest.FixtureRequest, folder: Path) -> Path:
    """A file of Kim's that cannot be used."""
    content = saved(KIM, folder)
    change = request.param
    path = calibration_path("Kim", folder)
    path.write_bytes(damage(content, change) if isinstance(change, dict) else change)
    return path


class TestDamage:
    def test_reading_names_the_file_and_what_to_do(self, damaged: Path, folder: Path) -> None:
        with pytest.raises(CalibrationError) as refusal:
            read_calibration("Kim", folder)
        told = str(refusal.value)
        assert str(damaged) in told
        assert "calibrate anew" in told

    def test_a_damaged_file_is_not_replaced(self, damaged: Path, folder: Path) -> None:
        before = damaged.read_bytes()
        with pytest.raises(CalibrationError):
            check_savable("Kim", folder)
        with pytest.raises(CalibrationError, match="left as it is"):
            save_calibration(KIM, folder)
        assert damaged.read_bytes() == before

    def test_it_does_not_hide_the_others(self, damaged: Path, folder: Path) -> None:
        lee = replace(KIM, person="Lee")
        save_calibration(lee, folder)
        listed = list_calibrations(folder)
        assert listed.sound == (lee,)
        (reason,) = listed.unreadable
        assert str(damaged) in reason

    def test_forgetting_removes_it(self, damaged: Path, folder: Path) -> None:
        forget_calibration("Kim", folder)
        assert not damaged.exists()
        save_calibration(KIM, folder)


def test_a_folder_in_the_place_of_a_file_is_told(folder: Path) -> None:
    calibration_path("Kim", folder).mkdir(parents=True)
    with pytest.raises(CalibrationError, match="left as it is"):
        save_calibration(KIM, folder)
    with pytest.raises(OutputError):
        forget_calibration("Kim", folder)


class TestListing:
    def test_goes_by_name_and_leaves_other_files_alone(self, folder: Path) -> None:
        people = [replace(KIM, person=name) for name in ("Zoe", "anna", "Kim")]
        for calibration in people:
            save_calibration(calibration, folder)
        (folder / "notes.txt").write_text("mine")
        listed = list_calibrations(folder)
        assert [one.person for one in listed.sound] == ["anna", "Kim", "Zoe"]
        assert listed.unreadable == ()

    def test_no_folder_is_nobody(self, folder: Path) -> None:
        assert list_calibrations(folder).sound == ()

    def test_a_file_in_the_place_of_the_folder_is_told(self, tmp_path: Path) -> None:
        taken = tmp_path / "taken"
        taken.write_text("a file")
        with pytest.raises(CalibrationError, match="taken"):
            list_calibrations(taken)


@pytest.mark.parametrize("ask", [read_calibration, forget_calibration])
def test_somebody_without_a_calibration_is_told_how_to_get_one(ask: Any, folder: Path) -> None:  # noqa: ANN401 - either function
    with pytest.raises(CalibrationError, match=r"'Lee', found none: .*hingewise calibrate"):
        ask("Lee", folder)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"HINGEWISE_DATA": "mine"}, "mine"),
        ("linux", {"XDG_DATA_HOME": "xdg"}, "xdg/hingewise"),
        ("linux", {}, ".local/share/hingewise"),
        ("darwin", {}, "Library/Application Support/hingewise"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/hingewise"),
        ("win32", {}, "AppData/Local/hingewise"),
    ],
)
def test_the_folder_lies_where_the_platform_keeps_data(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HINGEWISE_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert calibrations_dir().as_posix().endswith(f"{expected}/calibrations")
