"""Everything that is written about one assessed clip, whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack, contextmanager, nullcontext
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
from vision.sources.geometry import PictureGeometry
from vision.sources.video_file import VideoFile
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from service.pipeline import AssessedSet, ProgressListener
    from service.wording import Wording

PAGE: Final = "report.html"
REPORT: Final = "report.json"
VIDEO: Final = "annotated.mp4"
PROXY: Final = "video.mp4"
ANGLES: Final = "angles.csv"
MOTION: Final = "angles.mot"
MARKERS: Final = "landmarks.trc"
RECORDING: Final = "recording.poses.npz"

ALL: Final = frozenset({PAGE, REPORT, VIDEO, ANGLES, MOTION, MARKERS, RECORDING})
"""Names of all files of a clip. A folder that holds anything else is not replaced."""

PROXY_SIDE_PX: Final = 1280
"""Longer side of the proxy, at most: sharp on a phone and beside another, and quick to load."""


def write_artefacts(
    result: AssessedSet,
    folder: Path,
    *,
    video: Path | None,
    with_video: bool,
    with_proxy: bool = False,
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
    with_proxy
        Whether the plain video is wanted too, in a form that every browser plays.
    wording
        The words of page and overlay.
    on_progress
        Told how far the drawing is, and after each file.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    write_recording(folder / RECORDING, result.recording)
    if video is None:
        pictures = draw_recorded(result, wording)
    else:
        pictures = draw_video(
            result,
            video,
            annotated=folder / VIDEO if with_video else None,
            proxy=folder / PROXY if with_proxy else None,
            wording=wording,
            on_progress=on_progress,
        )
    files = [RECORDING, REPORT, ANGLES, MOTION, MARKERS]
    files += [VIDEO] if (folder / VIDEO).exists() else []
    for name, text in _documents(result, pictures, files, wording):
        _write(folder / name, text)
        if on_progress is not None:
            on_progress(1.0)


def _documents(
    result: AssessedSet, pictures: ReportPictures, files: Sequence[str], wording: Wording
) -> Iterator[tuple[str, str]]:
    """Make report, exports and page one after the other; each with the name of its file."""
    report, assessment = result.report, result.assessment
    framing, poses = assessment.framing, result.recording.poses
    yield REPORT, report.to_json()
    yield ANGLES, angles_csv(assessment)
    yield MOTION, opensim_mot(assessment.series, near_side=framing.near_side)
    yield MARKERS, landmarks_trc(poses, facing=framing.facing, file_name=MARKERS)
    page = render_report(
        report,
        series=assessment.series,
        key_frames=pictures.key_frames,
        back=pictures.back,
        files=files,
        wording=wording,
    )
    yield PAGE, page


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
    *,
    annotated: Path | None,
    proxy: Path | None,
    wording: Wording,
    on_progress: ProgressListener | None = None,
) -> ReportPictures:
    """Read a video a second time; draw its key frames and write the videos that are wanted.

    Parameters
    ----------
    result
        The assessed clip.
    video
        The same video.
    annotated
        Where the annotated video goes; None for none.
    proxy
        Where the plain video goes: H.264 of at most `PROXY_SIDE_PX`, upright, in square pixels,
        every frame at its own time (to 1/90000 s), a key frame a second. None for none.
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
        shape = PictureGeometry(stored_size=source.frame_size, max_side_px=PROXY_SIDE_PX)
        drawn = stack.enter_context(_writing(annotated, source.frame_size, source))
        plain = stack.enter_context(_writing(proxy, shape.output_size, source))
        for frame in source:
            if drawn is None and plain is None and frame.index > pictures.last:
                break
            if plain is not None:
                plain.write(shape.apply(frame.image), frame.t_s)
            if drawn is not None or frame.index in pictures.numbers:
                picture = pictures.draw(frame.index, frame.image, recorded.estimate(frame))
                if drawn is not None:
                    overlay.draw_status(picture, frame.t_s)
                    drawn.write(picture, frame.t_s)
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


def _writing(
    target: Path | None, size: tuple[int, int], source: VideoFile
) -> AbstractContextManager[VideoWriter | None]:
    if target is None:
        return nullcontext()
    return VideoWriter(target, size, nominal_fps=source.info.nominal_fps or 30.0)


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
