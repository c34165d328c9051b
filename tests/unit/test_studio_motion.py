from __future__ import annotations

from itertools import pairwise

import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")

from sample_videos.studio.motion import (
    MotionSpec,
    RepSpec,
    duration_s,
    minimum_jerk,
    rep_spans,
)

TWO_REPS = MotionSpec(
    movement="hinge",
    reps=(
        RepSpec(lumbar_deg=5.0, bend_deg=60.0, descent_s=1.0, hold_s=0.2, ascent_s=0.8, rest_s=0.5),
        RepSpec(lumbar_deg=9.0, bend_deg=70.0, descent_s=1.4, hold_s=0.4, ascent_s=1.1, rest_s=0.7),
    ),
    lead_in_s=1.0,
)


def test_minimum_jerk_goes_from_rest_to_rest() -> None:
    assert minimum_jerk(-1.0) == 0.0
    assert minimum_jerk(0.0) == 0.0
    assert minimum_jerk(0.5) == pytest.approx(0.5)
    assert minimum_jerk(2.0) == 1.0
    assert minimum_jerk(0.01) < 1e-4
    assert 1.0 - minimum_jerk(0.99) < 1e-4


def test_minimum_jerk_rises_and_never_leaves_zero_to_one() -> None:
    curve = [minimum_jerk(step / 20_000) for step in range(20_001)]
    assert min(curve) >= 0.0
    assert max(curve) <= 1.0
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(curve))


def test_reps_follow_each_other_with_their_own_tempo() -> None:
    first, second = rep_spans(TWO_REPS)
    assert (first.start_s, first.down_s) == pytest.approx((1.0, 2.0))
    assert (first.up_s, first.end_s) == pytest.approx((2.2, 3.0))
    assert first.bottom_s == pytest.approx(2.1)
    assert second.start_s == pytest.approx(3.5)
    assert second.end_s == pytest.approx(6.4)


def test_a_clip_lasts_until_the_last_rest_is_over() -> None:
    assert duration_s(TWO_REPS) == pytest.approx(7.1)
