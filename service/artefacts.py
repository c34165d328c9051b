"""Everything that is written about one assessed clip, whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from models.exports.angles_csv import angles_csv
from models.exports.opensim_mot import opensim_mot
from models.exports.trc import landmarks_trc
from service.annotate import Overlay, ReportPictures, blank_picture
from service.pipeline import share_done
from service.report_html import render_report
from vision.errors import OutputError
from vision.estimators.recorded import RecordedPoses
from vision.recording import write_recording
from vision.sources.video_file import VideoFile
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from service.pipeline import AssessedSet, ProgressListener
    from service.wording import Wording

PAGE: Final = "report.html"
REPORT: Final = "report.json"
VIDEO: Final = "annotated.mp4"
ANGLES: Final = "angles.csv"
MOTION: Final = "angles.mot"
MARKERS: Final = "landmarks.trc"
RECORDING: Final = "recording.poses.npz"

ALL: Final = frozenset({PAGE, REPORT, VIDEO, ANGLES, MOTION, MARKERS, RECORDING})
"""Names of all files of a clip. A folder that holds anything else is not replaced."""


def write_artefacts(
    result: AssessedSet,
    folder: Path,
    *,
    video: Path | None,
    with_video: bool,
    wording: Wording,
    on_progress: ProgressListener | None = None,
) -> None:
    """Write report, exports, recording and pictures of a clip into a folder.

    Parameters
    ----------
    result
        The assessed clip.
    folder
        Exists and is empty.
    video
        The video, for its pictures; without it the key frames show the skeleton alone.
    with_video
        Whether the annotated video is wanted too.
    wording
        The words of page and overlay.
    on_progress
        Told how far the drawing is.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    assessment, report, recording = result.assessment, result.report, result.recording
    framing = assessment.framing
    write_recording(folder / RECORDING, recording)
    if video is None:
        pictures = draw_recorded(result, wording)
    else:
        target = folder / VIDEO if with_video else None
        pictures = draw_video(result, video, target, wording, on_progress)
    files = [RECORDING, REPORT, ANGLES, MOTION, MARKERS]
    files += [VIDEO] if (folder / VIDEO).exists() else []
    page = render_report(
        report,
        series=assessment.series,
        key_frames=pictures.key_frames,
        back=pictures.back,
        files=files,
        wording=wording,
    )
    texts = {
        REPORT: report.to_json(),
        ANGLES: angles_csv(assessment),
        MOTION: opensim_mot(assessment.series, near_side=framing.near_side),
        MARKERS: landmarks_trc(recording.poses, facing=framing.facing, file_name=MARKERS),
        PAGE: page,
    }
    for name, text in texts.items():
        _write(folder / name, text)


def draw_recorded(result: AssessedSet, wording: Wording) -> ReportPictures:
    """Draw the report's pictures of a recording on plain paper."""
    poses = result.recording.poses
    pictures = _pictures(result, Overlay(result.assessment, wording))
    for number in pictures.numbers:
        pose = poses[number]
        pictures.draw(number, blank_picture(pose.image_size), pose)
    return pictures


def draw_video(
    result: AssessedSet,
    video: Path,
    target: Path | None,
    wording: Wording,
    on_progress: ProgressListener | None = None,
) -> ReportPictures:
    """Read a video a second time; draw its key frames and, when wanted, the annotated video.

    Parameters
    ----------
    result
        The assessed clip.
    video
        The same video.
    target
        Where the annotated video goes; None for key frames alone.
    wording
        The words of the overlay.
    on_progress
        Told how far it is.
    """
    overlay = Overlay(result.assessment, wording)
    pictures = _pictures(result, overlay)
    recorded = RecordedPoses(result.recording)
    with ExitStack() as stack:
        source = stack.enter_context(VideoFile(video))
        writer = None if target is None else stack.enter_context(_writer(target, source))
        for frame in source:
            if writer is None and frame.index > pictures.last:
                break
            picture = pictures.draw(frame.index, frame.image, recorded.estimate(frame))
            if writer is not None:
                overlay.draw_status(picture, frame.t_s)
                writer.write(picture, frame.t_s)
            if on_progress is not None:
                on_progress(share_done(frame.t_s, source.info.duration_s))
    return pictures


def output_names(stems: Sequence[str], folder: Path) -> list[str]:
    """Choose one folder name per clip: no two alike, and none that holds foreign files.

    Parameters
    ----------
    stems
        Names of the clips without their endings.
    folder
        Where the folders go.
    """
    chosen: list[str] = []
    for stem in stems:
        number, name = 1, stem
        while name in chosen or not _may_replace(folder / name):
            number += 1
            name = f"{stem}-{number}"
        chosen.append(name)
    return chosen


def check_writable(folder: Path) -> None:
    """Make a folder and find out whether it can be written.

    Raises
    ------
    OutputError
        When it cannot.
    """
    with _staging(folder / "check"):
        pass


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """Give a new folder beside the target that takes its place when the block ends well.

    However the block ends otherwise, by an error or Ctrl-C, nothing is left of it and what was
    there before stays.

    Raises
    ------
    OutputError
        When the folder cannot be made or moved.
    """
    with _staging(target) as staging:
        yield staging
        try:
            if target.exists():
                shutil.rmtree(target)
            staging.replace(target)
        except OSError as error:
            raise _refusal(target, error) from error


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    staging = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        staging.mkdir(parents=True)
    except OSError as error:
        raise _refusal(target.parent, error) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _pictures(result: AssessedSet, overlay: Overlay) -> ReportPictures:
    lumbar = result.report.lumbar
    return ReportPictures(
        result.recording.poses,
        result.assessment,
        typical_rep=None if lumbar is None else lumbar.typical_rep,
        overlay=overlay,
    )


def _may_replace(folder: Path) -> bool:
    if not folder.exists():
        return True
    return folder.is_dir() and all(entry.name in ALL for entry in folder.iterdir())


def _writer(target: Path, source: VideoFile) -> VideoWriter:
    return VideoWriter(target, source.frame_size, nominal_fps=source.info.nominal_fps or 30.0)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"expected to be able to write {path}, but {error.strerror or error}: "
        "choose another folder with --out"
    )
