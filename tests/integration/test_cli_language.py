"""The command line in another language, from recorded poses to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.report import read_report
from service import artefacts, cli
from service.wording import languages, load_wording
from tests.unit import hand_made
from vision.recording import write_recording

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "hinges.poses.npz"
    write_recording(path, hand_made.recording())
    return path


def replayed(recorded: Path, folder: Path, *options: str) -> Path:
    assert cli.main(["replay", str(recorded), "--out", str(folder), *options]) == 0
    return folder / "hinges"


@pytest.mark.parametrize("language", languages())
def test_report_and_summary_speak_the_language(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    folder = replayed(recorded, tmp_path, "--language", language)
    wording, report = load_wording(language), read_report(folder / artefacts.REPORT)
    assert report.cue is not None
    line = capsys.readouterr().out
    assert wording.of(report.cue.cue) in line
    assert wording.of("page.reps_many", count=len(report.reps)) in line
    page = (folder / artefacts.PAGE).read_text("utf-8")
    assert f'<html lang="{language}">' in page
    assert wording.of("findings.title") in page


def test_the_language_changes_no_number(recorded: Path, tmp_path: Path) -> None:
    english = replayed(recorded, tmp_path / "en")
    german = replayed(recorded, tmp_path / "de", "--language", "de")
    for name in (artefacts.REPORT, artefacts.ANGLES, artefacts.MARKERS):
        assert (german / name).read_bytes() == (english / name).read_bytes()


@pytest.mark.parametrize("command", ["assess", "replay"])
def test_an_unknown_language_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    given = [command, "none.mp4", "--language", "tlh", "--out", str(tmp_path / "out")]
    assert cli.main(given) == cli.UNUSABLE
    line = capsys.readouterr().err.strip()
    assert line == f"unknown language 'tlh': use one of {', '.join(languages())}"
    assert not (tmp_path / "out").exists()


def test_movements_are_listed_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["movements", "--language", "de"]) == 0
    assert load_wording("de").of("movement.squat") in capsys.readouterr().out


def test_calibrate_explains_itself_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--language", "de"]) == cli.UNUSABLE
    usage = load_wording("de").of("cli.calibrate_usage")
    assert capsys.readouterr().err.strip() == f"{usage} Siehe 'hingewise calibrate --help'."
