"""The frame rate of a camera must not change what is found."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from tests.accuracy.error_statistics import WITHIN
from tests.accuracy.frame_rates import RATES_HZ, RECORDINGS, SAMPLES, rate_result, resampled
from vision.recording import read_recording

MAX_ANGLE_CHANGE_SE: Final = 1.0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_same_movement_at_another_rate_gives_the_same_answer(sample: str, rate_hz: int) -> None:
    result = rate_result(sample, rate_hz)
    assert result.same_set
    assert result.lost == 0
    assert result.angle_change_se <= MAX_ANGLE_CHANGE_SE
    assert result.other_change_se <= WITHIN


def test_resampling_keeps_the_path_of_a_landmark() -> None:
    poses = read_recording(RECORDINGS / "hinge_neutral.poses.npz").poses
    again = resampled(poses, 60)
    assert len(again) == pytest.approx(len(poses) * 60 / 30, abs=3)
    own_s, other_s = ([pose.t_s for pose in one] for one in (poses, again))
    own, other = (np.array([pose.image_xy[12] for pose in one]) for one in (poses, again))
    for axis in (0, 1):
        expected = np.interp(other_s, own_s, own[:, axis])
        assert np.allclose(other[:, axis], expected, atol=0.01)
