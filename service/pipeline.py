"""From a video to an assessed set: video → stretches of poses → assessment → report."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from models.assessor import assess
from models.movements import AUTO, MOVEMENTS, find_movement
from models.report import Report, build_report
from vision.assets import PoseModel, locate_bundle
from vision.errors import RecordingError
from vision.estimators.outlined import OutlinedBlazePose
from vision.frame import SourceHealth
from vision.recording import Recording, file_sha256
from vision.sources.limits import DEFAULT_LIMITS
from vision.sources.span import Span
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from models.calibration import OwnBend
    from models.results import Assessment
    from vision.assets import Bundle
    from vision.pose import Pose

SPAN_S: Final = 30.0
"""Length of a stretch: pose estimation starts afresh at every multiple of it, wherever a video is
analysed, so that a video can be analysed in parts. Few sets last longer; expert default."""

WARM_UP_S: Final = 2.0
"""How long a fresh estimator watches before its poses count: facing is forgotten to a third in
0.5 s, who is judged is looked at once a second; expert default."""

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
    recording: Recording,
    *,
    movement: str = AUTO,
    own_bend: OwnBend | None = None,
    on_progress: ProgressListener | None = None,
) -> AssessedSet:
    """Assess recorded poses; the same recording and own bend always give the same report.

    Parameters
    ----------
    recording
        The poses.
    movement
        Id of the movement that was meant, or ``"auto"``.
    own_bend
        The person's own full forward bend.
    on_progress
        Told after every pose how far it is.

    Raises
    ------
    UnknownNameError
        When there is no such movement.
    """
    poses = _told(recording.poses, on_progress)
    return as_assessed(assess(poses, find_movement(movement), own_bend=own_bend), recording)


def _told(poses: Sequence[Pose], on_progress: ProgressListener | None) -> Iterator[Pose]:
    """Go through poses, and tell how far it is."""
    for number, pose in enumerate(poses, start=1):
        yield pose
        if on_progress is not None:
            on_progress(number / len(poses))


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
    recordings: list[Recording] = []
    for number in itertools.count():
        stretch = record_stretch(path, bundle, number, tape=tape, on_progress=on_progress)
        recordings.append(stretch.recording)
        _check_frames(path.name, recordings)
        if stretch.ended:
            break
    return join_stretches(recordings, source_name=path.name, source_sha256=file_sha256(path))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """The poses of one span of a video.

    Attributes
    ----------
    recording
        The poses, without the hash of the video; none when the span holds no frame.
    ended
        Whether the video came to its end: there is no later stretch.
    """

    recording: Recording
    ended: bool


def span_of(number: int) -> Span:
    """Return the span of a stretch, counted from 0, with what a fresh estimator watches before."""
    start_s = number * SPAN_S
    return Span(start_s=start_s, end_s=start_s + SPAN_S, lead_s=WARM_UP_S)


def record_stretch(
    path: Path,
    bundle: Bundle,
    number: int,
    *,
    name: str | None = None,
    tape: bool = False,
    on_progress: ProgressListener | None = None,
) -> Stretch:
    """Estimate the poses in one span of a video, with an estimator that starts afresh.

    Parameters
    ----------
    path
        The video.
    bundle
        The pose model.
    number
        Which span, from 0; a span may lie in a gap and hold no frame.
    name
        What messages call the video; None for the name of the file.
    tape
        Whether the person wears strips of tape on the back.
    on_progress
        Told after every picture how far it is in the whole video.

    Raises
    ------
    VideoError
        When the video cannot be used.
    AssetError
        When the pose model cannot be loaded.
    """
    span, poses = span_of(number), []
    duration_s: float | None = None

    def tell(t_s: float) -> None:
        if on_progress is not None:
            on_progress(share_done(max(t_s, span.start_s), duration_s))

    with (
        VideoFile(path, span=span, name=name, on_skipped=tell) as video,
        OutlinedBlazePose(bundle, tape=tape) as estimator,
    ):
        duration_s = video.info.duration_s
        for frame in video:
            pose = estimator.estimate(frame)
            if not span.is_before(frame.t_s):
                poses.append(pose)
            tell(frame.t_s)
        recording = Recording(
            poses=tuple(poses),
            estimator=estimator.info,
            video=video.info,
            health=video.health,
            source_name=name or path.name,
            source_sha256=None,
        )
        return Stretch(recording=recording, ended=video.ended)


def join_stretches(
    stretches: Sequence[Recording], *, source_name: str, source_sha256: str | None
) -> Recording:
    """Put the stretches of a video together, as if it had been recorded at once.

    Parameters
    ----------
    stretches
        All of them, in order.
    source_name, source_sha256
        What the whole recording says of its source.

    Raises
    ------
    RecordingError
        When there is none, or they are not of one video and one pose model.
    VideoError
        When they hold more pictures than are accepted.
    """
    origins = {(stretch.estimator, stretch.video) for stretch in stretches}
    if len(origins) != 1:
        msg = (
            f"{source_name}: expected stretches of one video made by one pose model, got "
            f"{len(origins)} kinds; analyse the video again from its start"
        )
        raise RecordingError(msg)
    _check_frames(source_name, stretches)
    return replace(
        stretches[0],
        poses=tuple(pose for stretch in stretches for pose in stretch.poses),
        health=_joined_health(stretches),
        source_name=source_name,
        source_sha256=source_sha256,
    )


def _check_frames(name: str, stretches: Sequence[Recording]) -> None:
    DEFAULT_LIMITS.check_frames(name, sum(stretch.health.frames_read for stretch in stretches))


def _joined_health(stretches: Sequence[Recording]) -> SourceHealth:
    times_s = [pose.t_s for stretch in stretches for pose in stretch.poses]
    healths = [stretch.health for stretch in stretches]
    return SourceHealth(
        frames_read=sum(health.frames_read for health in healths),
        corrupt_packets=sum(health.corrupt_packets for health in healths),
        backward_frames=sum(health.backward_frames for health in healths),
        dropped_frames=sum(health.dropped_frames for health in healths),
        longest_gap_s=max((end - start for start, end in itertools.pairwise(times_s)), default=0.0),
    )


def share_done(t_s: float, duration_s: float | None) -> float | None:
    """Tell how far a time is into a clip, 0 to 1; None when its length is unknown."""
    return None if not duration_s else min(1.0, t_s / duration_s)
