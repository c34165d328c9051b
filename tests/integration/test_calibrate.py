"""The command line's calibrations: measured, kept, used, listed and forgotten."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service import cli
from service.calibrations import read_saved
from service.pipeline import AssessedSet, assess_recording
from service.wording import load_wording
from tests.free_bends import ESTIMATOR, calibration_clip, free_bend
from tests.unit import hand_made
from vision.framing import FramingIssue
from vision.recording import Recording, write_recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.calibration import OwnBend
    from models.results import Assessment

BENDS: Final = calibration_clip(free_bend(50, number=1), free_bend(46, number=2))
SHALLOW: Final = calibration_clip(free_bend(12, number=1), free_bend(12, number=2))


@cache
def assessed() -> AssessedSet:
    return assess_recording(dataclasses.replace(hand_made.RECORDING, poses=()))


class Pipeline:
    """Stands in for the pipeline: what it finds in a clip, and the bend it was given for it."""

    def __init__(self) -> None:
        self.finds: Assessment = BENDS
        self.issues: tuple[FramingIssue, ...] = ()
        self.was_given: list[OwnBend | None] = []

    def record_poses(self, *_arguments: object, **_more: object) -> Recording:
        return hand_made.RECORDING

    def assess_recording(
        self, _recording: Recording, *, movement: str = "auto", own_bend: OwnBend | None = None
    ) -> AssessedSet:
        assert movement == "auto"
        self.was_given.append(own_bend)
        plain = assessed()
        framing = plain.report.framing.model_copy(update={"issues": self.issues})
        report = plain.report.model_copy(update={"framing": framing})
        fits = own_bend is not None and own_bend.fits(self.finds.lumbar_method)
        assessment = dataclasses.replace(self.finds, own_bend=own_bend if fits else None)
        return dataclasses.replace(plain, assessment=assessment, report=report)


@pytest.fixture(autouse=True)
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    stand_in = Pipeline()
    monkeypatch.setenv("HINGEWISE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "locate_bundle", lambda *_arguments, **_more: "a bundle")
    monkeypatch.setattr(cli, "record_poses", stand_in.record_poses)
    monkeypatch.setattr(cli, "assess_recording", stand_in.assess_recording)
    monkeypatch.setattr(cli, "write_artefacts", lambda *_arguments, **_more: None)
    yield stand_in
    assert [*Path().rglob(".*.part")] == []


class Told:
    """Runs the command line and keeps what it said."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self.captured = captured

    def __call__(self, *arguments: str, status: int = 0) -> tuple[list[str], list[str]]:
        assert cli.main(arguments) == status
        said = self.captured.readouterr()
        return said.out.splitlines(), said.err.splitlines()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


class TestCalibrating:
    def test_saves_the_bend_and_says_so_in_one_line(self, run: Told) -> None:
        out, err = run("calibrate", "bends.mp4", "--person", "Kim")
        (line,) = out
        assert line.startswith("Kim: saved.")
        assert "48 ± 6°, from 2 bends" in line
        assert err == []
        saved = read_saved("Kim")
        assert saved.own_bend.max_lumbar_deg == pytest.approx(48, abs=0.5)
        assert saved.own_bend.estimator == ESTIMATOR
        assert saved.source_name == "bends.mp4"

    def test_a_clip_without_a_full_bend_says_what_to_do_and_keeps_what_was_there(
        self, run: Told, pipeline: Pipeline
    ) -> None:
        run("calibrate", "bends.mp4", "--person", "Kim")
        pipeline.finds = SHALLOW
        out, err = run("calibrate", "flat.mp4", "--person", "Kim", status=2)
        (line,) = err
        assert line.startswith("flat.mp4: nothing was saved. The bends stayed small.")
        assert out == []
        assert read_saved("Kim").source_name == "bends.mp4"

    def test_what_the_camera_saw_is_told_too(self, run: Told, pipeline: Pipeline) -> None:
        pipeline.finds = calibration_clip()
        pipeline.issues = (FramingIssue.FRONTAL_VIEW, FramingIssue.SECOND_PERSON)
        _, (line,) = run("calibrate", "front.mp4", "--person", "Kim", status=2)
        assert "two full bends" in line
        assert load_wording().of("framing.frontal_view") in line

    @pytest.mark.parametrize("name", ["", "x" * 500, "\u202eKim"])
    def test_a_name_that_cannot_be_used_is_told_before_the_clip_is_looked_at(
        self, run: Told, pipeline: Pipeline, name: str
    ) -> None:
        _, (line,) = run("calibrate", "bends.mp4", "--person", name, status=2)
        assert "person's name" in line
        assert pipeline.was_given == []

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["bends.mp4"],
            ["--person", "Kim"],
            ["--list", "--forget", "Kim"],
            ["bends.mp4", "--list"],
            ["bends.mp4", "--person", "Kim", "--forget", "Kim"],
        ],
    )
    def test_what_makes_no_sense_is_told(self, run: Told, arguments: list[str]) -> None:
        _, (line,) = run("calibrate", *arguments, status=2)
        usage = load_wording().of("cli.calibrate_usage")
        assert line == f"{usage} See 'hingewise calibrate --help'."
        assert not Path("data").exists()


class TestUsing:
    @pytest.fixture
    def command(self, tmp_path: Path) -> list[str]:
        recording = tmp_path / "lift.poses.npz"
        write_recording(recording, hand_made.RECORDING)
        return ["replay", str(recording), "--out", str(tmp_path / "out")]

    @pytest.mark.parametrize("kind", ["assess", "replay"])
    def test_the_clip_is_assessed_with_the_own_bend(
        self, run: Told, pipeline: Pipeline, command: list[str], kind: str
    ) -> None:
        run("calibrate", "bends.mp4", "--person", "Kim")
        arguments = command if kind == "replay" else ["assess", "lift.mp4", *command[2:]]
        out, err = run(*arguments, "--person", "kim")
        assert len(out) == 1
        assert err == []
        assert pipeline.was_given == [None, read_saved("Kim").own_bend]

    def test_without_a_person_no_data_folder_is_made(self, run: Told, command: list[str]) -> None:
        run(*command)
        assert not Path("data").exists()

    def test_without_a_person_no_bend_is_used(
        self, run: Told, pipeline: Pipeline, command: list[str]
    ) -> None:
        run("calibrate", "bends.mp4", "--person", "Kim")
        run(*command)
        assert pipeline.was_given == [None, None]

    def test_one_of_another_estimator_is_said_to_be_outdated(
        self, run: Told, pipeline: Pipeline, command: list[str]
    ) -> None:
        run("calibrate", "bends.mp4", "--person", "Kim")
        pipeline.finds = calibration_clip(estimator="outline 2.0")
        _, (line,) = run(*command, "--person", "Kim")
        assert line.startswith("Kim: ")
        assert ESTIMATOR in line
        assert "outline 2.0" in line

    def test_a_clip_without_a_measured_back_says_nothing_of_it(
        self, run: Told, pipeline: Pipeline, command: list[str]
    ) -> None:
        run("calibrate", "bends.mp4", "--person", "Kim")
        pipeline.finds = calibration_clip(estimator="")
        _, err = run(*command, "--person", "Kim")
        assert err == []

    def test_somebody_unknown_is_told_before_the_clip_is_looked_at(
        self, run: Told, pipeline: Pipeline, command: list[str]
    ) -> None:
        _, (line,) = run(*command, "--person", "Lee", status=2)
        assert "'Lee', found none" in line
        assert pipeline.was_given == []
        assert not Path("out").exists()


class TestKeeping:
    def test_lists_who_has_one(self, run: Told) -> None:
        for person in ("Zoe", "Kim"):
            run("calibrate", "bends.mp4", "--person", person)
        out, _ = run("calibrate", "--list")
        assert out == [
            f"{person}: 48 ± 6° from 2 bends in bends.mp4, measured by {ESTIMATOR}"
            for person in ("Kim", "Zoe")
        ]

    def test_nobody_has_one(self, run: Told) -> None:
        (line,), _ = run("calibrate", "--list")
        assert "No calibration" in line

    def test_forgets_one_and_keeps_the_others(self, run: Told) -> None:
        for person in ("Zoe", "Kim"):
            run("calibrate", "bends.mp4", "--person", person)
        (line,), _ = run("calibrate", "--forget", "Zoe")
        assert line == "Zoe: the calibration was removed."
        (left,), _ = run("calibrate", "--list")
        assert left.startswith("Kim: ")

    def test_forgetting_somebody_unknown_is_told(self, run: Told) -> None:
        _, (line,) = run("calibrate", "--forget", "Lee", status=2)
        assert "'Lee', found none" in line
