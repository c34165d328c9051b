"""The steps of analysing a video: functions of files and folders, run in a process of their own.

They know no database and no queue. A step that is done again after it was cut short replaces what
it wrote and gives the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from service.artefacts import staged_folder, write_artefacts
from service.pipeline import assess_recording, join_stretches, record_stretch
from service.reviews.motion import motion_document
from service.wording import load_wording
from vision.assets import locate_bundle
from vision.atomic_file import write_atomically
from vision.recording import read_recording, write_recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from models.calibration import OwnBend
    from models.results import Assessment, Rep
    from service.pipeline import AssessedSet, ProgressListener
    from service.wording import Wording
    from vision.assets import PoseModel
    from vision.recording import Recording

MOTION: Final = "motion.json"
"""What the review page draws, beside the artefacts of the command line."""

MetricValue: TypeAlias = dict[str, float | str]
"""``value`` and ``se`` in ``unit``, ready for JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSummary:
    """What lists and the history need of an analysed set.

    Attributes
    ----------
    judged_as
        Movement whose definition was applied, or None.
    recognised
        What it looked like: a movement id, ``mixed`` or ``none``.
    reps
        Counted repetitions.
    cue
        Key of the cue, or None.
    metrics
        For every repetition in order, what was measured in it; a metric that was not is left out.
    near_side
        Side of the body that was filmed.
    """

    judged_as: str | None
    recognised: str
    reps: int
    cue: str | None
    metrics: tuple[dict[str, MetricValue], ...]
    near_side: str = ""


def record_span(
    video: Path,
    target: Path,
    number: int,
    *,
    model: PoseModel,
    tape: bool,
    name: str | None = None,
    on_progress: ProgressListener | None = None,
) -> bool:
    """Write the poses of one span of a video.

    Parameters
    ----------
    video
        The video.
    target
        The recording to write; an older one is replaced.
    number
        Which span, from 0.
    model
        Size of the pose model; it must have been fetched.
    tape
        Whether the person wears strips of tape on the back.
    name
        What messages call the video; None for the name of the file.
    on_progress
        Told after every picture how far it is in the whole video.

    Returns
    -------
    bool
        Whether the video came to its end: no span follows.

    Raises
    ------
    VideoError
        When the video cannot be used.
    AssetError
        When the pose model is missing or damaged.
    OutputError
        When the recording cannot be written.
    """
    bundle = locate_bundle(model, mask=True)
    stretch = record_stretch(video, bundle, number, name=name, tape=tape, on_progress=on_progress)
    write_recording(target, stretch.recording)
    return stretch.ended


def finish(
    video: Path,
    stretches: Sequence[Path],
    folder: Path,
    *,
    source_name: str,
    source_sha256: str,
    movement: str,
    own_bend: OwnBend | None,
    language: str,
    on_progress: ProgressListener | None = None,
) -> SetSummary:
    """Assess the stretches of a video as one set, and write everything about it.

    Parameters
    ----------
    video
        The video.
    stretches
        What `record_span` wrote, all of it, in order.
    folder
        Takes the artefacts, with the proxy in place of the annotated video; an older one is
        replaced, whole or not at all.
    source_name
        Name that the video was handed in under; it is shown and decides nothing.
    source_sha256
        Hash of the video.
    movement
        Id of the movement that was meant, or ``"auto"``.
    own_bend
        The person's own full forward bend, if it is known.
    language
        Language of the report.
    on_progress
        Told how far the assessment is, then how far the drawing is.

    Raises
    ------
    RecordingError
        When a stretch is damaged, or they do not belong together.
    UnknownNameError
        When there is no such movement or language.
    OutputError
        When a file cannot be written.
    """
    recording = join_stretches(
        list(_read(stretches, on_progress)),
        source_name=source_name,
        source_sha256=source_sha256,
    )
    result = assess_recording(
        recording, movement=movement, own_bend=own_bend, on_progress=on_progress
    )
    with staged_folder(folder) as staging:
        _write(result, staging, video, load_wording(language), on_progress)
    return summarise(result.assessment)


def _read(stretches: Sequence[Path], on_progress: ProgressListener | None) -> Iterator[Recording]:
    for stretch in stretches:
        yield read_recording(stretch)
        if on_progress is not None:
            on_progress(0.0)


def _write(
    result: AssessedSet,
    folder: Path,
    video: Path,
    wording: Wording,
    on_progress: ProgressListener | None,
) -> None:
    write_artefacts(
        result,
        folder,
        video=video,
        with_video=False,
        with_proxy=True,
        wording=wording,
        on_progress=on_progress,
    )
    write_atomically(folder / MOTION, motion_document(result))


def summarise(assessment: Assessment) -> SetSummary:
    """Take from an assessment what lists and the history need."""
    return SetSummary(
        judged_as=assessment.judged_as,
        recognised=assessment.recognised,
        reps=len(assessment.reps),
        cue=None if assessment.cue is None else assessment.cue.key,
        metrics=tuple(_measured(rep) for rep in assessment.reps),
        near_side=str(assessment.framing.near_side),
    )


def _measured(rep: Rep) -> dict[str, MetricValue]:
    return {
        name: {"value": one.value, "se": one.se, "unit": one.unit}
        for name, one in rep.metrics.items()
        if one.measured and math.isfinite(one.se)
    }
