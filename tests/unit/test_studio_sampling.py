from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")
pytest.importorskip("moderngl", reason="the studio's own packages are not installed")

from sample_videos.studio.bodies import BodySpec, default_bank
from sample_videos.studio.motion import MOVEMENTS, Movement
from sample_videos.studio.sampling import MAX_LUMBAR_DEG, RANGES, random_clip
from vision.errors import InputError

N_CLIPS = 60
PERSON = BodySpec(bank_index=3)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_lumbar_flexion_is_spread_evenly_over_its_range(movement: Movement) -> None:
    drawn = [
        rep.lumbar_deg
        for seed in range(N_CLIPS)
        for rep in random_clip(seed, movement=movement, n_reps=4, body=PERSON).motion.reps
    ]
    top = MAX_LUMBAR_DEG[movement]
    counts, _ = np.histogram(drawn, bins=6, range=(0.0, top))
    assert counts.sum() == len(drawn)
    expected = len(drawn) / 6
    assert counts.min() > 0.6 * expected
    assert counts.max() < 1.4 * expected


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_bend_and_knee_stay_in_the_movements_own_range(movement: Movement) -> None:
    ranges = RANGES[movement]
    for seed in range(20):
        for rep in random_clip(seed, movement=movement, n_reps=3, body=PERSON).motion.reps:
            assert ranges.bend_deg[0] <= rep.bend_deg <= ranges.bend_deg[1]
            assert ranges.knee_deg[0] <= rep.knee_deg <= ranges.knee_deg[1]


def test_all_movements_views_and_sides_are_drawn() -> None:
    clips = [random_clip(seed, body=PERSON) for seed in range(N_CLIPS)]
    assert {clip.motion.movement for clip in clips} == set(MOVEMENTS)
    assert {clip.camera.facing for clip in clips} == {"left", "right"}
    yaws = np.array([clip.camera.yaw_deg for clip in clips])
    assert yaws.min() < -20.0
    assert yaws.max() > 20.0
    assert np.sum(np.abs(yaws) <= 5.0) > N_CLIPS // 6
    assert len({clip.look.outfit.top for clip in clips}) >= 5


def test_people_drawn_have_the_stature_of_adults() -> None:
    bank = default_bank()
    statures = [bank.body(random_clip(seed).body).stature_m for seed in range(12)]
    assert min(statures) > 1.45
    assert max(statures) < 2.0


def test_skin_weights_of_a_body_sum_to_one_and_its_halves_mirror_each_other() -> None:
    body = default_bank().body(PERSON)
    sums = np.asarray(body.weights.sum(axis=1)).ravel()
    assert np.allclose(sums, 1.0)
    left, right = body.head("thigh_L"), body.head("thigh_R")
    assert np.allclose(left * [-1.0, 1.0, 1.0], right)
    joints = [float(body.head(bone)[2]) for bone in ("pelvis", "L5", "L4", "L3", "L2", "L1")]
    assert joints == sorted(joints)


def test_a_body_that_the_bank_does_not_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected a body number from 0 to \d+, got 99999"):
        default_bank().body(BodySpec(bank_index=99_999))
