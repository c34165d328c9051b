from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")

from sample_videos.studio.clip import Performance
from sample_videos.studio.posing import joint_angles
from sample_videos.studio.sampling import random_clip
from sample_videos.studio.tape import COLUMNS, HEIGHT_M, ROWS, STRIP_LENGTH_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RIDGE = int(np.argmax(HEIGHT_M))


@pytest.fixture(scope="module")
def performance() -> Performance:
    spec = random_clip(7, movement="bend", prop="none", taped=True)
    return Performance(
        replace(spec, look=replace(spec.look, outfit=replace(spec.look.outfit, top="fitted")))
    )


def strips_at(performance: Performance, t_s: float) -> list[Floats]:
    """``(rows, columns, 3)`` places of the upper and of the lower strip."""
    meshes = performance.meshes(*performance.posed_at(t_s))
    return [m.vertices.reshape(ROWS, COLUMNS, 3) for m in meshes if m.part == "tape"]


def inclination_deg(strip: Floats) -> float:
    """Of the ridge against vertical, forward positive; forward is -y."""
    along = strip[-1, RIDGE] - strip[0, RIDGE]
    return float(np.degrees(np.arctan2(-along[1], along[2])))


def test_strips_have_their_length_and_stand_off_the_back(performance: Performance) -> None:
    for strip in strips_at(performance, 0.0):
        along = np.linalg.norm(np.diff(strip[:, RIDGE], axis=0), axis=1).sum()
        assert 0.9 * STRIP_LENGTH_M < along < 1.45 * STRIP_LENGTH_M
        behind = strip[:, RIDGE, 1] - strip[:, [0, -1], 1].mean(axis=1)
        assert behind.min() > 0.02


def test_the_angle_between_them_follows_lumbar_flexion(performance: Performance) -> None:
    span = performance.choreography.spans[0]
    true, seen = [], []
    for t_s in (0.0, span.bottom_s):
        posed, _ = performance.posed_at(t_s)
        true.append(joint_angles(performance.body, posed)["lumbar_flexion"])
        upper, lower = strips_at(performance, t_s)
        seen.append(inclination_deg(upper) - inclination_deg(lower))
    assert true[1] - true[0] > 20.0
    assert seen[1] - seen[0] == pytest.approx(true[1] - true[0], abs=8.0)


def test_strips_stay_on_the_back_whatever_the_hands_do(performance: Performance) -> None:
    span = performance.choreography.spans[0]
    for strip in strips_at(performance, span.bottom_s):
        assert np.abs(strip[..., 0]).max() < 0.06
