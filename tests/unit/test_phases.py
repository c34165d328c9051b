"""A repetition is split into descent, bottom and ascent."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.kinematics import Signal
from models.phases import BOTTOM_FRACTION, Excerpt, excerpt
from models.results import Phase, Series

if TYPE_CHECKING:
    from collections.abc import Sequence


def rep(bend_deg: Sequence[float], *, start_seen: bool = True) -> Excerpt:
    value = np.full((len(bend_deg), len(Signal)), np.nan)
    value[:, Signal.BEND.column] = bend_deg
    series = Series(t_s=10 + np.arange(len(bend_deg)) / 10, value=value, se=np.ones_like(value))
    return excerpt(series, start_seen=start_seen)


WHOLE = (5, 30, 60, 88, 90, 89, 60, 30, 5)


def test_the_three_phases_cover_the_repetition() -> None:
    one = rep(WHOLE)
    assert (one.descent, one.bottom, one.ascent) == (slice(0, 3), slice(3, 6), slice(6, 9))
    assert one.bottom_s == pytest.approx(10.4)
    assert not one.starts_low


def test_spans_follow_each_other_and_end_with_the_last_frame() -> None:
    spans = rep(WHOLE).spans()
    assert [span.phase for span in spans] == [Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT]
    assert all(one.end_s == other.start_s for one, other in pairwise(spans))
    assert spans[0].start_s == 10.0
    assert spans[-1].end_s == pytest.approx(10.8)


def test_the_bottom_is_near_the_peak() -> None:
    edge = 100 * (1 - BOTTOM_FRACTION)
    one = rep([0, edge - 1, edge + 1, 100, edge + 1, edge - 1, 0])
    assert one.bottom == slice(2, 5)


def test_a_shallow_bottom_is_as_wide_as_the_noise() -> None:
    assert rep([0, 20, 28, 30, 28, 20, 0]).bottom == slice(2, 5)


def test_a_bounce_at_the_bottom_belongs_to_it() -> None:
    assert rep([0, 50, 90, 70, 89, 50, 0]).bottom == slice(2, 5)


def test_a_lift_from_the_floor_has_no_descent() -> None:
    one = rep([90, 90, 88, 60, 30, 5], start_seen=False)
    assert one.starts_low
    assert [span.phase for span in one.spans()] == [Phase.BOTTOM, Phase.ASCENT]


def test_who_was_seen_upright_does_not_start_low() -> None:
    assert not rep([90, 90, 88, 60, 30, 5]).starts_low


def test_a_descent_seen_in_part_does_not_start_low() -> None:
    assert not rep([40, 60, 75, 90, 60, 30, 5], start_seen=False).starts_low


def test_unknown_frames_belong_to_where_they_lie() -> None:
    nan = float("nan")
    one = rep([nan, 30, 90, nan, 90, 30, nan])
    assert (one.descent, one.bottom, one.ascent) == (slice(0, 2), slice(2, 5), slice(5, 7))


def test_a_single_frame_is_all_bottom() -> None:
    one = rep([80])
    assert one.bottom == slice(0, 1)
    assert one.bottom_s == 10.0


def test_an_unknown_repetition_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown in every frame"):
        rep([float("nan")] * 3)
