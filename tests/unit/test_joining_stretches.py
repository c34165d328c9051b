"""Stretches of a recording, put together, are the recording."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import pytest

from service.pipeline import SPAN_S, WARM_UP_S, assess_recording, join_stretches, span_of
from service.reviews.analysis import summarise
from tests.deep_equality import differences
from vision.errors import RecordingError, VideoError
from vision.frame import SourceHealth
from vision.recording import Recording, read_recording, write_recording
from vision.sources.limits import DEFAULT_LIMITS

RECORDINGS: Final = Path(__file__).parents[2] / "sample_videos" / "recordings"
SHA256: Final = "ab" * 32


def sample(name: str = "hinge_neutral") -> Recording:
    return read_recording(RECORDINGS / f"{name}.poses.npz")


def part(whole: Recording, rows: slice, **health: int) -> Recording:
    poses = whole.poses[rows]
    return dataclasses.replace(
        whole,
        poses=poses,
        health=SourceHealth(frames_read=len(poses), **health),
        source_name="7f3a.upload",
        source_sha256=None,
    )


def test_parts_that_were_written_and_read_are_the_whole(tmp_path: Path) -> None:
    """A part without a frame, as in a gap of the video, is a part too."""
    whole = sample()
    rows = [slice(0, 100), slice(100, 100), slice(100, 250), slice(250, None)]
    parts = []
    for number, one in enumerate(rows):
        path = tmp_path / f"{number}.poses.npz"
        write_recording(path, part(whole, one))
        parts.append(read_recording(path))

    joined = join_stretches(parts, source_name=whole.source_name, source_sha256=whole.source_sha256)

    assert differences(joined, whole) == []


def test_what_went_amiss_is_added_up() -> None:
    whole = sample()
    parts = [
        part(whole, slice(0, 90), corrupt_packets=2),
        part(whole, slice(93, 200), corrupt_packets=1, backward_frames=3),
    ]

    health = join_stretches(parts, source_name="clip.mp4", source_sha256=SHA256).health

    assert (health.frames_read, health.corrupt_packets, health.backward_frames) == (197, 3, 3)
    assert health.longest_gap_s == whole.poses[93].t_s - whole.poses[89].t_s


def test_parts_that_do_not_belong_together_are_refused() -> None:
    whole = sample()
    other = dataclasses.replace(whole.estimator, asset_sha256="0" * 64)
    foreign = dataclasses.replace(part(whole, slice(100, 200)), estimator=other)

    with pytest.raises(RecordingError, match=r"expected stretches of one video .* got 2"):
        join_stretches(
            [part(whole, slice(0, 100)), foreign], source_name="clip.mp4", source_sha256=SHA256
        )
    with pytest.raises(RecordingError, match="got 0 kinds"):
        join_stretches([], source_name="clip.mp4", source_sha256=SHA256)


def test_parts_with_too_many_pictures_together_are_refused() -> None:
    whole = sample()
    half = SourceHealth(frames_read=DEFAULT_LIMITS.max_frames // 2 + 1)
    parts = [dataclasses.replace(part(whole, slice(0, 1)), health=half)] * 2

    with pytest.raises(VideoError, match="expected a video of at most 108,000 pictures"):
        join_stretches(parts, source_name="clip.mp4", source_sha256=SHA256)


def test_spans_follow_each_other() -> None:
    assert span_of(0).start_s == 0
    assert [span_of(number).end_s for number in range(3)] == [SPAN_S, 2 * SPAN_S, 3 * SPAN_S]
    assert span_of(2).start_s == span_of(1).end_s
    assert span_of(2).first_s == 2 * SPAN_S - WARM_UP_S


def test_an_assessment_tells_how_far_it_is() -> None:
    shares: list[float | None] = []
    recording = part(sample(), slice(0, 40))

    assess_recording(recording, on_progress=shares.append)

    assert shares == [number / 40 for number in range(1, 41)]


def test_a_summary_holds_what_was_measured() -> None:
    assessment = assess_recording(sample("hinge_rounded")).assessment

    summary = summarise(assessment)

    assert summary.reps == len(assessment.reps) == len(summary.metrics) > 1
    assert (summary.judged_as, summary.recognised) == ("hip_hinge", assessment.recognised)
    assert summary.cue == (assessment.cue and assessment.cue.key)
    for rep, metrics in zip(assessment.reps, summary.metrics, strict=True):
        measured = {name: one for name, one in rep.metrics.items() if one.measured}
        assert set(metrics) == set(measured)
        for name, one in measured.items():
            assert metrics[name] == {"value": one.value, "se": one.se, "unit": one.unit}


def test_a_clip_of_nobody_has_an_empty_summary() -> None:
    summary = summarise(assess_recording(part(sample(), slice(0, 3))).assessment)

    assert (summary.judged_as, summary.reps, summary.cue, summary.metrics) == (None, 0, None, ())
