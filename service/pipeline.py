"""From a video to an assessed set: video → poses → assessment → report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from models.assessor import assess
from models.movements import AUTO, MOVEMENTS, find_movement
from models.report import Report, build_report
from vision.assets import PoseModel, locate_bundle
from vision.estimators.outlined import OutlinedBlazePose
from vision.recording import Recording, file_sha256
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    import os

    from models.calibration import OwnBend
    from models.results import Assessment
    from vision.assets import Bundle

ProgressListener: TypeAlias = Callable[[float | None], None]
"""Told the share that is done, 0 to 1; None when the length of the clip is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssessedSet:
    """One assessed clip.

    Attributes
    ----------
    assessment
        What was found.
    report
        The same in the form that is written, with where it came from.
    recording
        The poses it rests on.
    """

    assessment: Assessment
    report: Report
    recording: Recording


def assess_video(
    path: str | os.PathLike[str],
    *,
    movement: str = AUTO,
    model: PoseModel = PoseModel.FULL,
    own_bend: OwnBend | None = None,
    tape: bool = False,
    on_progress: ProgressListener | None = None,
) -> AssessedSet:
    """Assess the repetitions in a video; nothing is written.

    Parameters
    ----------
    path
        The video.
    movement
        Id of the movement that was meant, or ``"auto"``.
    model
        Size of the pose model; it must have been fetched.
    own_bend
        The person's own full forward bend, from `models.calibration.find_own_bend`.
    tape
        Whether the person wears strips of tape on the back (``docs/tape.md``).
    on_progress
        Told after every frame how far it is.

    Raises
    ------
    UnknownNameError
        When there is no such movement.
    VideoError
        When the video cannot be used.
    AssetError
        When the pose model is missing or damaged.

    Examples
    --------
    >>> from service import assess_video  # doctest: +SKIP
    >>> result = assess_video("lift.mp4")  # doctest: +SKIP
    >>> print(result.assessment.cue)  # doctest: +SKIP
    """
    find_movement(movement)
    bundle = locate_bundle(model, mask=True)
    recording = record_poses(Path(path), bundle, tape=tape, on_progress=on_progress)
    return assess_recording(recording, movement=movement, own_bend=own_bend)


def assess_recording(
    recording: Recording, *, movement: str = AUTO, own_bend: OwnBend | None = None
) -> AssessedSet:
    """Assess recorded poses; the same recording and own bend always give the same report.

    Raises
    ------
    UnknownNameError
        When there is no such movement.
    """
    return as_assessed(
        assess(recording.poses, find_movement(movement), own_bend=own_bend), recording
    )


def as_assessed(assessment: Assessment, recording: Recording) -> AssessedSet:
    """Put an assessment and the poses that it rests on into the form that is written."""
    judged_as = assessment.judged_as
    report = build_report(
        assessment,
        spec=None if judged_as is None else MOVEMENTS[judged_as],
        recording=recording,
        program_version=version("hingewise"),
    )
    return AssessedSet(assessment=assessment, report=report, recording=recording)


def record_poses(
    path: Path,
    bundle: Bundle,
    *,
    tape: bool = False,
    on_progress: ProgressListener | None = None,
) -> Recording:
    """Estimate the poses of every frame of a video, with the outlines of the back.

    A bundle without the mask gives the same landmarks, sooner, and no outlines. Strips of tape are
    looked for when `tape` says that the person wears them.

    Raises
    ------
    VideoError
        When the video cannot be used.
    AssetError
        When the pose model cannot be loaded.
    """
    poses = []
    with VideoFile(path) as video, OutlinedBlazePose(bundle, tape=tape) as estimator:
        for frame in video:
            poses.append(estimator.estimate(frame))
            if on_progress is not None:
                on_progress(share_done(frame.t_s, video.info.duration_s))
        return Recording(
            poses=tuple(poses),
            estimator=estimator.info,
            video=video.info,
            health=video.health,
            source_name=path.name,
            source_sha256=file_sha256(path),
        )


def share_done(t_s: float, duration_s: float | None) -> float | None:
    """Tell how far a time is into a clip, 0 to 1; None when its length is unknown."""
    return None if not duration_s else min(1.0, t_s / duration_s)
