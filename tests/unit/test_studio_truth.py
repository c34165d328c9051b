"""The truth that the studio writes is what its joints say, and what was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")
pytest.importorskip("moderngl", reason="the studio's own packages are not installed")

from sample_videos.studio.clip import Performance, truth_of
from sample_videos.studio.motion import MOVEMENTS, Movement
from sample_videos.studio.posing import blend, joint_angles
from sample_videos.studio.sampling import random_clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_videos.studio.posing import Posed

SEEDS = {movement: 40 + number for number, movement in enumerate(MOVEMENTS)}


def _performance(movement: Movement) -> Performance:
    return Performance(random_clip(SEEDS[movement], movement=movement))


def _joint(performance: Performance, posed: Posed, bone: str) -> NDArray[np.float64]:
    joint: NDArray[np.float64] = posed.positions[performance.body.bones.index(bone)]
    return joint


def _pitch_deg(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """Forward lean of the line from a lower to an upper point, in the sagittal plane."""
    up = upper - lower
    return float(np.degrees(np.arctan2(-up[1], up[2])))


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_bottom_of_each_rep_has_the_lumbar_flexion_that_was_asked_for(movement: Movement) -> None:
    performance = _performance(movement)
    for rep, span in zip(
        performance.choreography.reps, performance.choreography.spans, strict=True
    ):
        posed, moment = performance.posed_at(span.bottom_s)
        angles = joint_angles(performance.body, posed)
        assert moment.depth == 1.0
        assert angles["lumbar_flexion"] == pytest.approx(rep.lumbar_deg, abs=0.5)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_standing_is_the_zero_of_lumbar_flexion(movement: Movement) -> None:
    performance = _performance(movement)
    posed, moment = performance.posed_at(0.0)
    assert moment.rep == -1
    assert abs(joint_angles(performance.body, posed)["lumbar_flexion"]) < 0.3


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_angles_are_those_of_the_joint_centres(movement: Movement) -> None:
    performance = _performance(movement)
    span = performance.choreography.spans[0]
    for t_s in np.linspace(0.2, span.end_s, 7).tolist():
        posed, moment = performance.posed_at(t_s)
        angles = joint_angles(performance.body, posed)
        lead = "L" if moment.target.lead == "both" else moment.target.lead
        hip, knee, ankle = (
            _joint(performance, posed, f"{bone}_{lead}") for bone in ("thigh", "shank", "foot")
        )
        shoulders = 0.5 * (
            _joint(performance, posed, "upper_arm_L") + _joint(performance, posed, "upper_arm_R")
        )
        trunk = _pitch_deg(shoulders, _joint(performance, posed, "pelvis"))
        thigh, shank = _pitch_deg(hip, knee), _pitch_deg(knee, ankle)
        assert angles["trunk_inclination"] == pytest.approx(trunk, abs=1e-6)
        assert angles["knee_flexion"] == pytest.approx(shank - thigh, abs=1e-6)
        assert angles["hip_flexion"] == pytest.approx(angles["pelvis_tilt"] - thigh, abs=1e-6)


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_planted_feet_stay_within_five_millimetres(movement: Movement) -> None:
    performance = _performance(movement)
    motion = performance.spec.motion
    sides = ("L", "R") if movement != "lunge" else (motion.lead,)
    body = performance.body
    soles = {side: _sole_rows(performance, side) for side in sides}
    first: dict[str, NDArray[np.float64]] = {}
    for t_s in np.linspace(0.0, performance.choreography.spans[0].end_s, 9).tolist():
        posed, moment = performance.posed_at(t_s)
        for side, rows in soles.items():
            assert moment.target.feet[side].lift_m == 0.0
            sole = blend(body.vertices[rows], body.weights[rows], posed)
            moved = np.linalg.norm(sole - first.setdefault(side, sole), axis=1)
            assert moved.max() < 0.005


def test_rear_foot_of_a_lunge_lands_and_both_knees_bend() -> None:
    performance = _performance("lunge")
    posed, moment = performance.posed_at(performance.choreography.spans[0].bottom_s)
    rear = "R" if performance.spec.motion.lead == "L" else "L"
    toes = _joint(performance, posed, f"toes_{rear}")
    rest = performance.body.head(f"toes_{rear}")
    assert toes[2] == pytest.approx(rest[2] + 0.012, abs=0.005)
    rear_knee = _pitch_deg(
        _joint(performance, posed, f"shank_{rear}"), _joint(performance, posed, f"foot_{rear}")
    ) - _pitch_deg(
        _joint(performance, posed, f"thigh_{rear}"), _joint(performance, posed, f"shank_{rear}")
    )
    assert 70.0 < rear_knee < 125.0
    assert 0.04 < _joint(performance, posed, f"shank_{rear}")[2] < 0.25
    assert moment.target.feet[rear].heel_raise_deg > 30.0


def test_knees_face_forward_and_are_not_twisted() -> None:
    performance = _performance("squat")
    for t_s in (0.0, performance.choreography.spans[0].bottom_s):
        posed, _ = performance.posed_at(t_s)
        for bone in ("thigh_L", "shank_L", "thigh_R", "shank_R"):
            turn = posed.rotations[performance.body.bones.index(bone)]
            assert turn[0, 0] > 0.8


def test_the_same_seed_gives_the_same_truth_byte_for_byte() -> None:
    written = [json.dumps(truth_of(random_clip(11))) for _ in range(2)]
    assert written[0] == written[1]


def test_every_moment_of_a_lift_is_solved() -> None:
    truth = truth_of(random_clip(17, movement="lift", n_reps=2))
    depths = [frame["depth"] for frame in truth["frames"]]
    assert min(depths) == 0.0
    assert max(depths) == 1.0
    assert _all_finite(truth["frames"])


def test_another_seed_gives_another_clip() -> None:
    assert random_clip(11) != random_clip(12)


def test_every_frame_of_the_truth_is_complete() -> None:
    truth = truth_of(random_clip(13, movement="lift"))
    json.dumps(truth)
    wanted = {"lumbar_flexion", "pelvis_tilt", "hip_flexion", "knee_flexion", "joints_px"}
    wanted |= {"ankle_dorsiflexion", "thoracic_flexion", "trunk_inclination", "t_s", "rep"}
    for frame in truth["frames"]:
        assert wanted <= set(frame)
        assert _all_finite(frame)
    skin = truth["frames"][0]["skin_px"]
    assert [skin[name][1] for name in ("T12", "L1", "L3", "L5", "S1")] == sorted(
        skin[name][1] for name in skin
    )


def _all_finite(value: Any) -> bool:  # noqa: ANN401  (plain JSON)
    if isinstance(value, dict):
        return all(_all_finite(item) for item in value.values())
    if isinstance(value, list):
        return all(_all_finite(item) for item in value)
    return bool(np.isfinite(value))


def _sole_rows(performance: Performance, side: str) -> NDArray[np.int64]:
    """Vertices under the foot that only foot and toes move."""
    body = performance.body
    columns = [body.bones.index(f"{bone}_{side}") for bone in ("foot", "toes")]
    moved = np.asarray(body.weights[:, columns].sum(axis=1)).ravel()
    rows: NDArray[np.int64] = np.flatnonzero((moved > 0.999) & (body.vertices[:, 2] < 0.02))
    assert len(rows) > 20
    return rows
