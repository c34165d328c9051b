"""Outlines of every second or third picture tell of the samples what those of all tell."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

import pytest

from models.assessor import assess
from models.lumbar.rhythm import LumbarRhythm
from models.lumbar.shape import BackShape
from models.results import Measurement
from tests.golden.samples import RECORDINGS, name_of
from vision.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from models.results import Assessment
    from vision.pose import Pose

CLOSE_SE: Final = 1.0
"""Largest change, in standard errors."""


def thinned(poses: Iterable[Pose], every: int) -> list[Pose]:
    """Leave the outline of every n-th pose, as if the others had not been asked for."""
    return [
        pose if row % every == 0 else replace(pose, outline=None, outline_sought=False)
        for row, pose in enumerate(poses)
    ]


def rhythms(one: Assessment, other: Assessment) -> Iterator[tuple[LumbarRhythm, LumbarRhythm]]:
    for here, there in zip(one.reps, other.reps, strict=True):
        assert (here.rhythm is None) == (there.rhythm is None)
        if here.rhythm is not None and there.rhythm is not None:
            yield here.rhythm, there.rhythm


def measured_pairs(
    one: LumbarRhythm, other: LumbarRhythm
) -> Iterator[tuple[str, Measurement, Measurement]]:
    for field in fields(LumbarRhythm):
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, Measurement) and here.measured and there.measured:
            yield field.name, here, there


@pytest.mark.parametrize("every", [2, 3])
@pytest.mark.parametrize("recording", RECORDINGS, ids=name_of)
def test_a_sample_reads_alike(recording: Path, every: int) -> None:
    poses = read_recording(recording).poses
    one, other = assess(poses), assess(thinned(poses, every))
    words = []
    for here, there in rhythms(one, other):
        for name, value, again in measured_pairs(here, there):
            assert again.value == pytest.approx(value.value, abs=CLOSE_SE * value.se), name
        assert here.peak.measured == there.peak.measured
        if here.peak.measured:
            assert there.peak.se == pytest.approx(here.peak.se, rel=0.25)
        words.append({here.shape, there.shape})
    # A word that is right on its limit may become unsure or sure, never another one.
    assert all(len(both) == 1 or BackShape.NOT_SURE in both for both in words)
    assert sum(len(both) > 1 for both in words) <= 1
    assert one.not_measured.get("lumbar_flexion") == other.not_measured.get("lumbar_flexion")
    assert (one.cue and one.cue.key) == (other.cue and other.cue.key)
