"""The command ``hingewise people``: lists, exports and erases, and proves it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from service import cli
from service.people_command import people
from service.store.people import add_person, list_people
from service.wording import load_wording
from tests.kept_people import NOON, keep_calibration, keep_done_set
from tests.stores import sqlite_stores

if TYPE_CHECKING:
    from pathlib import Path

    from service.store.opening import Stores

WORDS: Final = load_wording()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """Kim has two sets, Lee has none."""
    monkeypatch.setenv("HINGEWISE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    stores = sqlite_stores(tmp_path / "data")
    keep_calibration(stores, "Kim")
    for day in (0, 1):
        keep_done_set(stores, "Kim", at=NOON + timedelta(days=day))
    add_person(stores.database, "Lee")
    return stores


def run(*arguments: str, answer: str = "", status: int = 0) -> list[str]:
    result = CliRunner().invoke(people, arguments, input=answer, standalone_mode=False)
    assert result.exception is None, result.exception
    assert result.return_value == status
    return result.output.splitlines()


@pytest.mark.usefixtures("kept")
class TestListing:
    def test_everybody_is_listed(self) -> None:
        assert run() == ["Kim: 2 in all, the last on 2026-03-02", "Lee: no set yet"]

    def test_in_another_language(self) -> None:
        assert run("--language", "de")[1] == "Lee: noch kein Satz"

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--export", "Kim"],
            ["--out", "kim.zip"],
            ["--erase", "Kim", "--export", "Kim", "--out", "x"],
        ],
    )
    def test_what_makes_no_sense_is_told(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["people", *arguments]) == cli.UNUSABLE
        told = capsys.readouterr().err.strip()
        assert told == f"{WORDS.of('people.usage')} See 'hingewise people --help'."

    @pytest.mark.parametrize("command", ["--erase", "--export"])
    def test_somebody_unknown_is_told(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["people", command, "Zoe", "--out", "x"]) == cli.UNUSABLE
        assert "'Zoe'" in capsys.readouterr().err


def test_nobody_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINGEWISE_DATA", str(tmp_path / "data"))
    assert run() == [WORDS.of("people.none")]


class TestErasing:
    def test_it_asks_and_may_be_told_no(self, kept: Stores) -> None:
        lines = run("--erase", "kim", answer="n\n")
        assert lines[-1] == WORDS.of("people.nothing_erased")
        assert len(list_people(kept.database)) == 2

    def test_it_erases_and_proves_it(self, kept: Stores, tmp_path: Path) -> None:
        proof = tmp_path / "proof.json"
        erased, looked = run("--erase", "KIM", "--yes", "--out", str(proof))
        assert erased.startswith("Kim: everything was erased (calibrations 1, files 8,")
        assert looked.endswith("nothing is left.")
        assert [one.label for one in list_people(kept.database)] == ["Lee"]
        assert json.loads(proof.read_text("utf-8"))["is_complete"] is True


class TestExporting:
    def test_it_writes_a_zip_for_its_owner_alone(self, kept: Stores, tmp_path: Path) -> None:
        assert len(list_people(kept.database)) == 2
        target = tmp_path / "kim.zip"
        (line,) = run("--export", "Kim", "--out", str(target))
        assert str(target) in line
        assert target.stat().st_mode & 0o077 == 0
        with zipfile.ZipFile(target) as archive:
            assert len(archive.namelist()) == 10

    @pytest.mark.usefixtures("kept")
    def test_a_folder_that_is_not_there_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target = str(tmp_path / "absent" / "kim.zip")
        assert cli.main(["people", "--export", "Kim", "--out", target]) == cli.UNUSABLE
        assert "check that the folder exists" in capsys.readouterr().err


def test_commands_without_people_load_no_database() -> None:
    program = (
        "import sys, service.cli; "
        "sys.exit(not {'sqlalchemy', 'alembic', 'dbos', 'obstore'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
