"""Tape on a rendered person, from the video to degrees."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from tests.accuracy.taped_clips import TapedClip, measure_clip
from tests.given_material import pose_bundle

CLIP: Final = Path(__file__).parents[1] / "data" / "taped_hinge.mp4"
"""A rounded hinge of a body that no constant was chosen on, in a fitted top (``docs/tape.md``)."""

Z_90: Final = 1.645

pytestmark = [pytest.mark.accuracy, pytest.mark.slow]


@pytest.fixture(scope="module")
def clip() -> TapedClip:
    return measure_clip(CLIP, pose_bundle(mask=True))


def test_the_strips_are_found_in_nearly_every_frame(clip: TapedClip) -> None:
    assert np.isfinite(clip.reading.flexion_deg).mean() >= 0.9


def test_standing_reads_zero(clip: TapedClip) -> None:
    standing = clip.reading.flexion_deg[clip.is_standing]
    assert np.nanmax(np.abs(standing)) < 3.0


def test_the_bottom_is_read_within_the_target(clip: TapedClip) -> None:
    assert clip.true_bottom_deg > 30.0
    assert clip.bottom_deg == pytest.approx(clip.true_bottom_deg, abs=5.0)


def test_the_truth_lies_within_the_90_percent_interval(clip: TapedClip) -> None:
    measured = np.isfinite(clip.reading.flexion_deg)
    error = (clip.reading.flexion_deg - clip.true_deg)[measured]
    assert (np.abs(error) <= Z_90 * clip.reading.se_deg[measured]).mean() >= 0.9
    assert clip.bottom_se_deg < 6.0
