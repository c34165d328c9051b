"""The command line from end to end, with recorded poses in place of the pose model."""

from __future__ import annotations

import dataclasses
import webbrowser
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

from models.report import read_report
from service import artefacts, cli, pipeline
from tests.unit import hand_made
from vision.errors import AssetError
from vision.estimators.recorded import RecordedPoses
from vision.recording import Recording, write_recording
from vision.sources.video_file import VideoFile
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from pathlib import Path

UNTIL_S = 5.2
"""The made clip ends after the first hinge."""


def short_recording() -> Recording:
    poses = tuple(pose for pose in hand_made.poses() if pose.t_s < UNTIL_S)
    return dataclasses.replace(hand_made.recording(), poses=poses, source_name="made.mp4")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a video of plain pictures at the times of the recording."""
    path = tmp_path_factory.mktemp("clip") / "made.mp4"
    width, height = hand_made.PICTURE_SIZE
    with VideoWriter(path, (width, height)) as writer:
        for pose in short_recording().poses:
            shade = 90 + round(pose.t_s * 5)
            writer.write(np.full((height, width, 3), shade, dtype=np.uint8), pose.t_s)
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "hinges.poses.npz"
    write_recording(path, hand_made.recording())
    return path


class PosesByTime(RecordedPoses):
    """Stands in for the model: the hand-made pose at the time of each frame."""

    def __init__(self, bundle: object, *, tape: bool) -> None:
        assert bundle == "a bundle"
        assert not tape
        super().__init__(short_recording())

    def __enter__(self) -> Self:
        return self


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "OutlinedBlazePose", PosesByTime)
    monkeypatch.setattr(cli, "locate_bundle", lambda _model, *, mask: "a bundle" if mask else 0)


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.usefixtures("with_model")
class TestAssess:
    def test_writes_everything_and_one_line_per_clip(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["assess", str(clip), "--out", str(tmp_path)]) == 0
        folder = tmp_path / "made"
        assert {file.name for file in folder.iterdir()} == artefacts.ALL
        told = one_line(capsys.readouterr().out)
        assert told.startswith("made.mp4: 1 repetition. Hip hinge.")
        assert told.endswith(str(folder / "report.html"))
        assert list(tmp_path.iterdir()) == [folder]

    def test_replaying_the_recording_gives_the_same_report(
        self, clip: Path, tmp_path: Path
    ) -> None:
        assert cli.main(["assess", str(clip), "--out", str(tmp_path), "--no-video"]) == 0
        made = tmp_path / "made"
        recording = made / "recording.poses.npz"
        assert cli.main(["replay", str(recording), "--out", str(tmp_path)]) == 0
        again = tmp_path / "made-replay"
        for name in ("report.json", "angles.csv", "angles.mot", "landmarks.trc"):
            assert (made / name).read_bytes() == (again / name).read_bytes()
        assert (again / "recording.poses.npz").read_bytes() == recording.read_bytes()

    def test_no_video_leaves_the_video_out_and_keeps_the_key_frames(
        self, clip: Path, tmp_path: Path
    ) -> None:
        assert cli.main(["assess", str(clip), "--out", str(tmp_path), "--no-video"]) == 0
        assert not (tmp_path / "made" / "annotated.mp4").exists()
        page = (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
        assert page.count("data:image/jpeg;base64,") == 1

    def test_the_annotated_video_has_the_times_of_the_clip(
        self, clip: Path, tmp_path: Path
    ) -> None:
        assert cli.main(["assess", str(clip), "--out", str(tmp_path)]) == 0
        with VideoFile(clip) as plain, VideoFile(tmp_path / "made" / "annotated.mp4") as drawn:
            pairs = list(zip(plain, drawn, strict=True))
        assert all(abs(one.t_s - other.t_s) < 0.001 for one, other in pairs)
        differing = [np.abs(one.image.astype(int) - two.image).max() for one, two in pairs]
        assert min(differing) > 100

    def test_one_failing_clip_does_not_stop_the_others(
        self, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = tmp_path / "broken.mp4"
        broken.write_text("not a video")
        out = tmp_path / "out"
        assert cli.main(["assess", str(broken), str(clip), "--out", str(out), "--no-video"]) == 2
        told = capsys.readouterr()
        assert "broken.mp4" in one_line(told.err)
        assert one_line(told.out).startswith("made.mp4")
        assert [folder.name for folder in out.iterdir()] == ["made"]

    def test_clips_of_one_name_get_folders_of_their_own(self, clip: Path, tmp_path: Path) -> None:
        arguments = ["assess", str(clip), str(clip), "--out", str(tmp_path), "--no-video"]
        assert cli.main(arguments) == 0
        assert {folder.name for folder in tmp_path.iterdir()} == {"made", "made-2"}

    def test_an_earlier_report_is_replaced_and_foreign_files_are_kept(
        self, clip: Path, tmp_path: Path
    ) -> None:
        arguments = ["assess", str(clip), "--out", str(tmp_path), "--no-video"]
        assert cli.main(arguments) == 0
        assert cli.main(arguments) == 0
        assert {folder.name for folder in tmp_path.iterdir()} == {"made"}
        (tmp_path / "made" / "diary.txt").write_text("mine")
        assert cli.main(arguments) == 0
        assert {folder.name for folder in tmp_path.iterdir()} == {"made", "made-2"}
        assert (tmp_path / "made" / "diary.txt").read_text() == "mine"

    @pytest.mark.parametrize("broken", ["render_report", "landmarks_trc"])
    def test_ctrl_c_leaves_nothing_behind_and_keeps_what_was_there(
        self, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
    ) -> None:
        arguments = ["assess", str(clip), "--out", str(tmp_path), "--no-video"]
        assert cli.main(arguments) == 0
        before = (tmp_path / "made" / "report.json").stat().st_mtime_ns

        def interrupted(*_arguments: object, **_more: object) -> str:
            raise KeyboardInterrupt

        monkeypatch.setattr(artefacts, broken, interrupted)
        assert cli.main(arguments) == cli.INTERRUPTED
        assert [folder.name for folder in tmp_path.iterdir()] == ["made"]
        assert (tmp_path / "made" / "report.json").stat().st_mtime_ns == before

    def test_a_movement_that_was_named_is_judged_as_named(self, clip: Path, tmp_path: Path) -> None:
        arguments = ["assess", str(clip), "--out", str(tmp_path), "--no-video"]
        assert cli.main([*arguments, "--movement", "squat"]) == 0
        report = read_report(tmp_path / "made" / "report.json")
        assert report.movement.declared == "squat"
        assert report.movement.recognised == "hip_hinge"


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["assess", "a.mp4", "--movement", "jumping"], "hip_hinge"),
            (["assess", "a.mp4", "--model", "huge"], "full, heavy, lite"),
            (["replay", "none.poses.npz"], "none.poses.npz"),
            (["assess"], "VIDEOS"),
            (["dance"], "dance"),
        ],
    )
    def test_are_one_line_and_status_two(
        self,
        arguments: list[str],
        told: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert cli.main(arguments) == 2
        assert told in one_line(capsys.readouterr().err)

    @pytest.mark.parametrize("command", sorted(cli.cli.commands))
    @pytest.mark.parametrize("more", [["--no-such-option"], ["--settings"], ["--name"]])
    def test_what_was_typed_amiss_leads_to_the_help(
        self, command: str, more: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main([command, *more]) == 2
        told = one_line(capsys.readouterr().err)
        assert told.endswith(f" See 'hingewise {command} --help'.")

    def test_without_a_command_the_help_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main([]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert {line.split()[0] for line in lines if line.strip()} >= set(cli.cli.commands)

    def test_a_missing_model_is_told_before_anything_is_read(
        self,
        clip: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def missing(*_arguments: object, **_more: object) -> None:
            message = "no model: fetch it"
            raise AssetError(message)

        monkeypatch.setattr(cli, "locate_bundle", missing)
        assert cli.main(["assess", str(clip), "--out", str(tmp_path / "out")]) == 2
        assert one_line(capsys.readouterr().err) == "no model: fetch it"
        assert not (tmp_path / "out").exists()

    @pytest.mark.usefixtures("with_model")
    def test_a_folder_that_cannot_be_written_is_found_out_before_reading(
        self,
        clip: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def read(*_arguments: object, **_more: object) -> None:
            pytest.fail("the video was read")

        monkeypatch.setattr(cli, "record_poses", read)
        taken = tmp_path / "taken"
        taken.write_text("a file")
        assert cli.main(["assess", str(clip), "--out", str(taken)]) == 2
        assert "taken" in one_line(capsys.readouterr().err)


class TestReplay:
    def test_needs_no_video(self, recorded: Path, tmp_path: Path) -> None:
        assert cli.main(["replay", str(recorded), "--out", str(tmp_path)]) == 0
        folder = tmp_path / "hinges"
        assert {file.name for file in folder.iterdir()} == artefacts.ALL - {artefacts.VIDEO}
        assert len(read_report(folder / "report.json").reps) == len(hand_made.PEAKS_DEG)
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert page.count("data:image/jpeg;base64,") == len(hand_made.PEAKS_DEG)

    def test_opens_the_report_when_asked(
        self, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[str] = []
        monkeypatch.setattr(webbrowser, "open", opened.append)
        assert cli.main(["replay", str(recorded), "--out", str(tmp_path), "--open"]) == 0
        assert opened == [(tmp_path / "hinges" / "report.html").as_uri()]

    def test_a_recording_without_anybody_is_a_report(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "empty.poses.npz"
        write_recording(file, dataclasses.replace(hand_made.RECORDING, poses=()))
        assert cli.main(["replay", str(file), "--out", str(tmp_path / "out")]) == 0
        assert read_report(tmp_path / "out" / "empty" / "report.json").assessable is False
        assert one_line(capsys.readouterr().out)


def test_movements_lists_every_movement(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["movements"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["hip_hinge", "squat", "deadlift", "lunge", "sit_to_stand"]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["assess", "--help"]])
def test_asking_for_help_or_version_succeeds(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out


def test_the_help_of_serve_names_all_that_it_serves(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for name in ("live coaching", "kiosk", "sending videos", "review", "people", "API"):
        assert name in told


def test_assets_says_how_to_get_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINGEWISE_CACHE", str(tmp_path))
    assert cli.main(["assets"]) == 0
    assert "--fetch" in one_line(capsys.readouterr().out)
