"""A planar body fitted to a clip: what drawn bodies come to when they are fitted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.lumbar.training.body_chain import (
    EXPECTED,
    FRAME,
    ChainFrames,
    _Problem,
    chain_frames,
    depth_behind,
    fit_chain,
    seen_of,
)
from tests.drawn_back import DrawnBack
from tests.outlined_backs import described, outlined_pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STANDING: Final = 2
BENDING: Final = np.concatenate([np.zeros(STANDING), [0.3, 0.7], np.ones(3)])
"""How far the drawn rep has come, frame by frame: standing, on the way, at the bottom."""
BOTTOM: Final = BENDING == 1.0


def person_with(**changed: float) -> Floats:
    """Average person but for what is told."""
    means = {name: mean for name, (mean, _) in EXPECTED.items()}
    return np.array([*(means | changed).values()])


def bent(*, pelvis_deg: float, lumbar_deg: float, thoracic_deg: float = 9.0) -> Floats:
    """Angles of a hinge with these at the bottom."""
    bottom = {
        "pelvis_rad": pelvis_deg,
        "lumbar_rad": lumbar_deg,
        "thoracic_rad": thoracic_deg,
        "thigh_near_rad": -25.0,
        "thigh_far_rad": -25.0,
        "shank_near_rad": 5.0,
        "shank_far_rad": 5.0,
    }
    return np.radians([[share * bottom.get(name, 0.0) for name in FRAME] for share in BENDING])


def drawn(person: Floats, angles: Floats) -> tuple[ChainFrames, Floats]:
    """Frames in which a body is seen without noise, and its hip joint from the found hip."""
    seen = {name: places[0] for name, places in seen_of(person[None], angles[None]).items()}
    hip, line = seen["hip"], seen["shoulder"] - seen["hip"]
    trunk = np.hypot(line[:, 0], line[:, 1])
    unread = ChainFrames(
        t_s=np.arange(len(angles)) / 5.0,
        standing=BENDING == 0.0,
        up=line / trunk[:, None],
        trunk=trunk,
        knees=seen["knees"] - hip[:, None],
        ankles=seen["ankles"] - hip[:, None],
        outline=np.zeros((len(angles), 1)),
    )
    outline = depth_behind((seen["back"] - hip[:, None])[None], unread)[0]
    return with_outline(unread, outline), -hip


def with_outline(frames: ChainFrames, outline: Floats) -> ChainFrames:
    fields = {name: getattr(frames, name) for name in ChainFrames.__slots__}
    return ChainFrames(**(fields | {"outline": outline}))


def joint_of(frames: ChainFrames, place: Floats) -> Floats:
    """Places along the found line and behind it."""
    return np.column_stack([(place * frames.up).sum(axis=1), (place * frames.behind).sum(axis=1)])


@pytest.mark.parametrize(("pelvis_deg", "lumbar_deg"), [(70.0, 0.0), (60.0, 20.0), (20.0, 35.0)])
def test_flexion_is_found_again(pelvis_deg: float, lumbar_deg: float) -> None:
    frames, _ = drawn(person_with(), bent(pelvis_deg=pelvis_deg, lumbar_deg=lumbar_deg))
    fitted = fit_chain(frames)
    assert fitted.flexion_deg[BOTTOM] == pytest.approx(lumbar_deg, abs=2.0)
    assert fitted.pelvis_deg[BOTTOM] == pytest.approx(pelvis_deg, abs=3.0)
    assert fitted.flexion_deg[:STANDING] == pytest.approx(0.0, abs=1.0)


def test_the_same_landmarks_may_hide_two_backs() -> None:
    """The flat and the rounded hinge of ``measurement.md``: the outline tells them apart."""
    flat, _ = drawn(person_with(), bent(pelvis_deg=60.0, lumbar_deg=5.0))
    rounded, _ = drawn(person_with(), bent(pelvis_deg=32.0, lumbar_deg=45.0))
    lean = [np.degrees(np.arctan2(*one.up[-1])) for one in (flat, rounded)]
    assert lean[0] == pytest.approx(lean[1], abs=4.0)
    told = [np.median(fit_chain(one).flexion_deg[BOTTOM]) for one in (flat, rounded)]
    assert told[1] - told[0] == pytest.approx(40.0, abs=5.0)


def test_a_hip_that_slides_is_put_right() -> None:
    person = person_with(hip_slide_up=0.06, hip_behind=-0.08, lumbosacral_up=0.17)
    frames, joint = drawn(person, bent(pelvis_deg=60.0, lumbar_deg=30.0))
    fitted = fit_chain(frames)
    slid, left = joint_of(frames, joint), fitted.hip - joint_of(frames, joint)
    assert np.hypot(*slid[BOTTOM].T).min() > 0.08
    assert np.hypot(*left[BOTTOM].T).max() < 0.03
    assert fitted.flexion_deg[BOTTOM] == pytest.approx(30.0, abs=4.0)


def test_a_covered_back_is_not_told() -> None:
    frames, _ = drawn(person_with(), bent(pelvis_deg=60.0, lumbar_deg=20.0))
    outline = frames.outline.copy()
    outline[-1] = np.nan
    outline[-2, : outline.shape[1] // 3] = np.nan
    told = fit_chain(with_outline(frames, outline)).flexion_deg
    assert np.isnan(told[-1])
    assert told[-2] == pytest.approx(20.0, abs=4.0)


def test_the_slopes_are_those_of_the_residuals() -> None:
    frames, _ = drawn(person_with(lordosis_rad=0.5), bent(pelvis_deg=50.0, lumbar_deg=30.0))
    problem = _Problem.of(frames)
    start = problem.start()
    way = np.random.default_rng(1).normal(size=start.size)
    step = 1e-6 * way
    difference = (problem.residuals(start + step) - problem.residuals(start - step)) / 2e-6
    slope = problem.jacobian(start) @ way
    assert slope == pytest.approx(difference, abs=1e-4 * np.abs(difference).max())


def test_frames_come_in_own_standing_lengths_whatever_the_picture() -> None:
    """A person twice as large, who leans: the same knees and the same back, covered in part."""
    upright = outlined_pose(DrawnBack(lean_deg=0.0, trunk_px=70.0))
    leant = outlined_pose(DrawnBack(lean_deg=60.0, trunk_px=70.0), covered=(0.2, 0.5))
    small = chain_frames(described(upright, leant), np.array([True, False]), np.arange(2.0))
    upright = outlined_pose(DrawnBack(lean_deg=0.0, trunk_px=140.0))
    leant = outlined_pose(DrawnBack(lean_deg=60.0, trunk_px=140.0), covered=(0.2, 0.5))
    large = chain_frames(described(upright, leant), np.array([True, False]), np.arange(2.0))
    assert small.trunk == pytest.approx(1.0)
    assert small.up[1] == pytest.approx([np.sin(np.pi / 3), 0.5], abs=1e-6)
    assert large.outline == pytest.approx(small.outline, abs=1e-5, nan_ok=True)
    assert large.ankles == pytest.approx(small.ankles, abs=1e-5, nan_ok=True)
    assert np.isnan(small.outline[1]).any()
    assert np.isfinite(small.outline[0]).all()
    assert small.ankles[1, 1] == pytest.approx(-0.8 * small.up[1], abs=1e-6)
