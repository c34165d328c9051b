"""Whatever the tempo, depth, pause and noise, every repetition is counted once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reps import ExcursionTracker
from tests.stick_figure import STANDING, Posture, Script

if TYPE_CHECKING:
    from models.reps import Excursion

tempi_s = st.floats(0.7, 3.5)
depths_deg = st.floats(55, 115)
reps = st.lists(
    st.tuples(depths_deg, tempi_s, st.floats(0.0, 2.0), tempi_s, st.floats(0.4, 2.5)),
    min_size=1,
    max_size=6,
)


def script_of(moves: list[tuple[float, float, float, float, float]]) -> Script:
    script = Script().hold(1.0)
    for depth_deg, down_s, pause_s, up_s, rest_s in moves:
        bottom = Posture(trunk_deg=depth_deg)
        script = script.bend(bottom, down_s=down_s, hold_s=pause_s, up_s=up_s).hold(rest_s)
    return script.hold(0.5)


def excursions(script: Script, fps: float, noise_deg: float, seed: int) -> list[Excursion]:
    t_s = np.arange(0.0, script.duration_s, 1 / fps)
    noise = np.random.default_rng(seed).normal(0.0, noise_deg, len(t_s))
    tracker = ExcursionTracker()
    closed = [
        tracker.update(float(time), float(bend), upright_known=True)
        for time, bend in zip(t_s, script.at(t_s)["trunk_deg"] + noise, strict=True)
    ]
    return [one for one in (*closed, tracker.peek()) if one is not None]


@settings(deadline=None, max_examples=60)
@given(reps, st.sampled_from([15, 25, 30, 60]), st.floats(0, 1.5), st.integers(0, 9999))
def test_every_repetition_is_found_once(
    moves: list[tuple[float, float, float, float, float]], fps: int, noise_deg: float, seed: int
) -> None:
    found = excursions(script_of(moves), fps, noise_deg, seed)
    assert len(found) == len(moves)
    assert all(one.finished and one.start_seen for one in found)
    for one, (depth_deg, *_) in zip(found, moves, strict=True):
        assert depth_deg - 3 < one.peak_deg < depth_deg + 7


@settings(deadline=None, max_examples=60)
@given(reps, st.sampled_from([15, 30, 60]), st.floats(0, 1.5), st.integers(0, 9999))
def test_repetitions_lie_in_order_and_where_they_were_made(
    moves: list[tuple[float, float, float, float, float]], fps: int, noise_deg: float, seed: int
) -> None:
    begin_s = 1.0
    end_s = 0.0
    found = excursions(script_of(moves), fps, noise_deg, seed)
    for one, (_, down_s, pause_s, up_s, rest_s) in zip(found, moves, strict=True):
        bottom_s = begin_s + down_s
        assert end_s <= one.start_s < bottom_s
        assert bottom_s + pause_s < one.end_s <= bottom_s + pause_s + up_s + rest_s + 0.6
        begin_s += down_s + pause_s + up_s + rest_s
        end_s = one.end_s


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 20), st.floats(0.3, 4.0), st.floats(0, 1.0), st.integers(0, 9999))
def test_what_stays_upright_is_no_repetition(
    sway_deg: float, period_s: float, noise_deg: float, seed: int
) -> None:
    script = Script()
    for _ in range(8):
        script = script.to(Posture(trunk_deg=sway_deg), period_s / 2).to(STANDING, period_s / 2)
    assert excursions(script, 30, noise_deg, seed) == []


@settings(deadline=None, max_examples=40)
@given(reps, st.floats(-100, 1000))
def test_the_clock_may_begin_anywhere(
    moves: list[tuple[float, float, float, float, float]], by_s: float
) -> None:
    script = script_of(moves)
    shifted = [
        replace(one, start_s=one.start_s + by_s, end_s=one.end_s + by_s)
        for one in excursions(script, 30, 0.0, 0)
    ]
    tracker = ExcursionTracker()
    t_s = np.arange(0.0, script.duration_s, 1 / 30)
    closed = [
        tracker.update(float(time) + by_s, float(bend), upright_known=True)
        for time, bend in zip(t_s, script.at(t_s)["trunk_deg"], strict=True)
    ]
    found = [one for one in (*closed, tracker.peek()) if one is not None]
    assert len(found) == len(shifted)
    for one, other in zip(found, shifted, strict=True):
        assert abs(one.start_s - other.start_s) < 0.05
        assert abs(one.end_s - other.end_s) < 0.05
        assert one.peak_deg == other.peak_deg
