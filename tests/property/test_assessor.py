"""What an assessment does not depend on, and what never breaks it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.assessor import Assessor, assess
from models.judging import judge
from models.movements import AUTO, MOVEMENTS, find_movement
from models.results import Verdict
from tests.outlined_backs import outlined
from tests.retouching import changed, gone, later, legs_swapped, mirrored, padded, rebuilt, scaled
from tests.stick_figure import (
    FLOOR_LIFT,
    HINGE,
    LUNGE_FAR,
    LUNGE_NEAR,
    SQUAT,
    STANDING,
    Posture,
    Script,
    film,
)
from vision.framing import Side
from vision.pose import LANDMARK_COUNT, Pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.results import Assessment, Rep

    Booleans = NDArray[np.bool_]

FRAME_S = 0.05
"""Two frames of the slowest camera below; what an edge in time may move by."""

SETS = {
    "hinge": Script().bends(HINGE, 2),
    "squat": Script().bends(SQUAT, 2),
    "lift": Script.from_posture(FLOOR_LIFT).hold(0.5).to(STANDING, 1.2).hold(0.8),
    "sit to stand": Script().sit_and_rise(2),
    "lunge, near leg in front": Script().bends(LUNGE_NEAR, 2),
    "lunge, far leg in front": Script().bends(LUNGE_FAR, 2),
}
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(unhurried, max_examples=6)


@cache
def usual(name: str) -> Assessment:
    """Make the set as it is filmed without trouble."""
    return assess(film(SETS[name]))


def same_within_error(one: Rep, other: Rep, share: float) -> list[str]:
    """Name the metrics that differ by more than a share of their standard error."""
    apart = []
    for key, here in one.metrics.items():
        there = other.metrics[key]
        if here.reason != there.reason:
            apart.append(f"{key}: {here.reason!r} is not {there.reason!r}")
        elif here.measured and abs(here.value - there.value) > share * here.se:
            apart.append(f"{key}: {here.value} ± {here.se} is not {there.value}")
    return apart


def assert_alike(one: Assessment, other: Assessment, *, share: float, edge_s: float) -> None:
    assert one.recognised == other.recognised
    assert [bend.reason for bend in one.discarded] == [bend.reason for bend in other.discarded]
    assert len(one.reps) == len(other.reps)
    for here, there in zip(one.reps, other.reps, strict=True):
        assert same_within_error(here, there, share) == []
        assert abs(here.start_s - there.start_s) <= edge_s
        assert abs(here.end_s - there.end_s) <= edge_s
        assert (here.family, here.variant) == (there.family, there.variant)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("fps", [25, 60])
def test_the_frame_rate_does_not_matter(name: str, fps: int) -> None:
    assert len(usual(name).reps) == (1 if name == "lift" else 2)
    other = assess(film(SETS[name], fps=fps))
    assert_alike(usual(name), other, share=1.0, edge_s=3 * FRAME_S)


@few
@given(st.sampled_from(list(SETS)), st.integers(0, 9999))
def test_a_frame_rate_that_varies_does_not_matter(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps_s = rng.uniform(1 / 60, 1 / 18, 2000)
    t_s = np.cumsum(steps_s)
    t_s = t_s[t_s < SETS[name].duration_s]
    varying = assess(film(SETS[name], t_s=t_s))
    # Rising from a seat has a long bottom in which the trunk leans; its ends move with the frames.
    share = 2.5 if name == "sit to stand" else 2.0
    assert_alike(usual(name), varying, share=share, edge_s=4 * FRAME_S)


@few
@given(st.sampled_from(list(SETS)), st.floats(-1000, 100_000))
def test_the_clock_may_begin_anywhere(name: str, by_s: float) -> None:
    other = assess([later(by_s)(pose) for pose in film(SETS[name])])
    back = replace(
        other,
        reps=tuple(replace(r, start_s=r.start_s - by_s, end_s=r.end_s - by_s) for r in other.reps),
    )
    assert_alike(usual(name), back, share=0.2, edge_s=FRAME_S)


@few
@given(st.sampled_from(list(SETS)), st.floats(0.4, 3.0))
def test_the_size_of_the_picture_does_not_matter(name: str, factor: float) -> None:
    other = assess([scaled(factor)(pose) for pose in film(SETS[name])])
    assert_alike(usual(name), other, share=0.1, edge_s=FRAME_S)


@few
@given(st.sampled_from(list(SETS)), st.integers(0, 800), st.integers(0, 800))
def test_the_shape_of_the_picture_does_not_matter(name: str, right: int, below: int) -> None:
    other = assess([padded(right, below)(pose) for pose in film(SETS[name])])
    assert_alike(usual(name), other, share=0.5, edge_s=2 * FRAME_S)


@few
@given(st.sampled_from(list(SETS)), st.integers(0, 99))
def test_a_mirror_image_is_judged_alike(name: str, seed: int) -> None:
    poses = film(SETS[name], noise_px=1.0, seed=seed)
    one, other = assess(poses), assess([mirrored(pose) for pose in poses])
    assert (one.framing.facing, other.framing.facing) == (Side.RIGHT, Side.LEFT)
    assert_alike(one, other, share=0.01, edge_s=1e-9)
    verdicts = [(f.fault, f.rep, f.verdict) for f in one.findings]
    assert verdicts == [(f.fault, f.rep, f.verdict) for f in other.findings]


@few
@given(st.sampled_from(list(SETS)), st.integers(0, 9999), st.floats(0.0, 3.0))
def test_noise_neither_adds_nor_loses_repetitions(name: str, seed: int, noise_px: float) -> None:
    assessment = assess(film(SETS[name], noise_px=noise_px, seed=seed))
    assert len(assessment.reps) == (1 if name == "lift" else 2)
    assert assessment.recognised == usual(name).recognised


@few
@given(
    st.lists(
        st.tuples(
            st.floats(40, 80), st.floats(8, 25), st.floats(0.8, 3.0), st.floats(0.0, 1.5),
            st.floats(0.8, 2.5), st.floats(0.5, 1.5),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([20, 25, 30]),
    st.integers(0, 9999),
)  # fmt: skip
def test_hinges_of_any_tempo_and_depth_are_counted_exactly(
    moves: list[tuple[float, float, float, float, float, float]], fps: int, seed: int
) -> None:
    script = Script().hold(1.0)
    for trunk_deg, thigh_deg, down_s, pause_s, up_s, rest_s in moves:
        bottom = Posture(trunk_deg=trunk_deg, thigh_deg=thigh_deg)
        script = script.bend(bottom, down_s=down_s, hold_s=pause_s, up_s=up_s).hold(rest_s)
    assessment = assess(film(script, fps=fps, noise_px=1.5, seed=seed))
    assert len(assessment.reps) == len(moves)
    for rep, (trunk_deg, thigh_deg, *_) in zip(assessment.reps, moves, strict=True):
        trunk, bend = rep.metrics["trunk_at_bottom"], rep.metrics["peak_bend"]
        assert abs(trunk.value - trunk_deg) < trunk.se
        assert abs(bend.value - trunk_deg - thigh_deg) < bend.se


@few
@given(st.sampled_from(["lunge, near leg in front", "lunge, far leg in front"]),
       st.floats(1.2, 3.5), st.floats(0.05, 0.45))  # fmt: skip
def test_legs_swapped_for_a_moment_change_nothing(name: str, at_s: float, for_s: float) -> None:
    swapped = changed(film(SETS[name]), legs_swapped, from_s=at_s, until_s=at_s + for_s)
    other = assess(swapped)
    assert len(other.reps) == len(usual(name).reps)
    for here, there in zip(usual(name).reps, other.reps, strict=True):
        assert same_within_error(here, there, 1.0) == []


@dataclass(frozen=True, kw_only=True)
class Spoiling:
    """How much of a film is lost, hidden, thrown about or not a number at all."""

    name: str
    seed: int
    lost: float
    hidden: float
    thrown: float
    never_seen: float

    def poses(self) -> list[Pose]:
        rng = np.random.default_rng(self.seed)
        never_seen = rng.random(LANDMARK_COUNT) < self.never_seen
        film_of_it = outlined(film(SETS[self.name], fps=15, noise_px=1.0))
        return [self._spoil(pose, rng, never_seen) for pose in film_of_it]

    def _spoil(self, pose: Pose, rng: np.random.Generator, never_seen: Booleans) -> Pose:
        if rng.random() < self.lost / 2:
            return gone(pose)
        xy, world = pose.image_xy.copy(), pose.world_xyz.copy()
        dim = rng.random(LANDMARK_COUNT) < self.hidden
        far = rng.random(LANDMARK_COUNT) < self.thrown / 4
        xy[far] = rng.normal(0, 3000, (int(far.sum()), 2))
        xy[rng.random(LANDMARK_COUNT) < self.thrown / 8] = 250.0
        nothing = never_seen | (rng.random(LANDMARK_COUNT) < self.lost / 3)
        xy[nothing], world[nothing] = np.nan, np.nan
        visibility = np.where(dim, rng.random(LANDMARK_COUNT), 0.95)
        spoiled = rebuilt(pose, image_xy=xy, world_xyz=world, visibility=visibility)
        return spoiled if rng.random() < self.lost else replace(spoiled, outline=pose.outline)


shares = st.floats(0, 0.6)
spoilings = st.builds(
    Spoiling,
    name=st.sampled_from(list(SETS)),
    seed=st.integers(0, 99_999),
    lost=shares,
    hidden=shares,
    thrown=shares,
    never_seen=shares,
)


def finite_or_reasoned(assessment: Assessment) -> bool:
    return all(
        (math.isfinite(m.value) and math.isfinite(m.se) and m.se > 0 and not m.reason)
        or (math.isnan(m.value) and math.isnan(m.se) and bool(m.reason))
        for rep in assessment.reps
        for m in rep.metrics.values()
    )


@settings(unhurried, max_examples=30)
@given(spoilings, st.sampled_from([AUTO, *MOVEMENTS]))
def test_whatever_is_seen_nothing_raises_or_warns(spoiling: Spoiling, movement: str) -> None:
    assessor = Assessor(find_movement(movement))
    for pose in spoiling.poses():
        assessor.update(pose)
        now = assessor.now()
        assert now is not None
        known = [math.isfinite(one) for one in (now.lumbar_deg, now.lumbar_se_deg)]
        assert known == [now.lumbar_reason == ""] * 2
    assessment = assessor.report()
    assert finite_or_reasoned(assessment)
    for finding in assessment.findings:
        assert (finding.verdict is Verdict.NOT_ASSESSABLE) == bool(finding.reason)
        assert (finding.verdict is Verdict.NOT_ASSESSABLE) == math.isnan(finding.p_amber)
    for rep in assessment.reps:
        assert all(one.end_s == other.start_s for one, other in pairwise(rep.phases))
        assert rep.start_s <= rep.bottom_s <= rep.end_s


@settings(unhurried, max_examples=20)
@given(st.lists(st.floats(0, 20), max_size=40), st.integers(0, 999))
def test_any_moments_in_order_will_do(moments: list[float], seed: int) -> None:
    """Frames may come once, twice at the same time, or minutes apart."""
    t_s = np.array(sorted(moments))
    poses = film(Script().bends(HINGE, 3), t_s=t_s, noise_px=2.0, seed=seed)
    assert finite_or_reasoned(assess(poses))


def findings_of(movement: str, metric: str, poses: Sequence[Pose]) -> set[Verdict]:
    spec = MOVEMENTS[movement]
    (fault,) = [fault for fault in spec.faults if fault.metric.id == metric]
    reps = assess(poses, spec).reps
    return {judge(fault, rep.metrics[metric], rep.number).verdict for rep in reps}


@few
@given(st.floats(0, 18), st.integers(0, 99))
def test_a_verdict_follows_the_truth(shank_deg: float, seed: int) -> None:
    """Far from the limits, the shank of a hinge is told for what it is."""
    bottom = Posture(shank_deg=shank_deg, thigh_deg=20, trunk_deg=72)
    poses = film(Script().bends(bottom, 1), noise_px=1.0, seed=seed)
    verdicts = findings_of("hip_hinge", "shank_at_bottom", poses)
    if shank_deg < 6:
        assert verdicts == {Verdict.OK}
    if shank_deg > 13:
        assert verdicts <= {Verdict.AMBER, Verdict.FLAG}
