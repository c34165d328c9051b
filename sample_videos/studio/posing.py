"""A whole-body pose from a handful of sagittal angles: feet planted, balance solved.

What is given: pelvis, lumbar and thoracic rotation, the knee flexion of the leading leg, where
the feet stand and what the hands do. What is solved: where the hips are (on the circle that the
knee flexion leaves, at the point that keeps the centre of mass over the feet), both knees, both
elbows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.arms import ArmPlan, ArmPose, ArmScene, bar_on_back, solve_arm
from sample_videos.studio.bodies import LUMBAR, REFERENCE_STATURE_M
from sample_videos.studio.limbs import leg_lengths, two_bone_joint
from sample_videos.studio.rotations import about_x, about_z, carry, cross, pitch_deg
from sample_videos.studio.skinning import dual_quaternions, skinned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy import sparse

    from sample_videos.studio.bodies import Body

Lead = Literal["both", "L", "R"]
SIDES = ("L", "R")

# Segment masses (share of body mass) and centres, after de Leva 1996, mean of both sexes.
HEAD_MASS, UPPER_TRUNK_MASS, MID_TRUNK_MASS, PELVIS_MASS = 0.068, 0.157, 0.155, 0.118
THIGH_MASS, SHANK_MASS, FOOT_MASS = 0.145, 0.0457, 0.0133
UPPER_ARM_MASS, FOREARM_MASS, HAND_MASS = 0.0263, 0.015, 0.0059
THIGH_CENTRE, SHANK_CENTRE = 0.39, 0.44
BODY_MASS_KG = 72.0
SOLE_M = 0.012
"""Thickness of the sole between the foot and the floor."""
BALANCE_POINT = 0.40
"""Where the centre of mass is held: 0 over the ankle, 1 over the ball of the foot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootTarget:
    """Where one foot stands.

    Attributes
    ----------
    x_m, y_m
        Ankle on the ground plane when the foot is flat; metres.
    toe_out_deg
        Turn of the foot to the outside.
    heel_raise_deg
        Pitch of the foot about its ball; the toes stay flat.
    lift_m
        Height of the whole foot over the floor; 0 is planted.
    """

    x_m: float
    y_m: float
    toe_out_deg: float = 8.0
    heel_raise_deg: float = 0.0
    lift_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseTarget:
    """What a pose is asked to be; angles are changes from the person's own standing posture.

    Attributes
    ----------
    pelvis_tilt_deg
        Anterior tilt of the pelvis in the world.
    lumbar_deg, thoracic_deg
        Flexion of the lumbar and thoracic spine.
    knee_deg
        Flexion of the leading leg's knee (both knees when ``lead`` is ``"both"``); absolute.
    head_follow
        Share of the trunk's pitch that the head follows: 0 keeps the gaze level.
    feet
        Left and right foot.
    lead
        The leg whose knee flexion is given; the other one follows.
    shank_lean_deg
        Forward lean of the leading shank; None solves it from balance.
    arms
        What the hands do.
    load_kg
        Mass carried in the hands.
    """

    pelvis_tilt_deg: float = 0.0
    lumbar_deg: float = 0.0
    thoracic_deg: float = 0.0
    knee_deg: float = 3.0
    head_follow: float = 0.3
    feet: Mapping[str, FootTarget]
    lead: Lead = "both"
    shank_lean_deg: float | None = None
    arms: ArmPlan = field(default_factory=ArmPlan)
    load_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posed:
    """A solved pose.

    Attributes
    ----------
    rotations, positions
        World rotation (b, 3, 3) and joint centre (b, 3) of every bone.
    bones
        The same as dual quaternions (b, 8) that move the skin of the rest pose.
    grips
        Middle of each closed hand, metres.
    back_bar
        Middle of a bar that lies on the upper back, metres.
    target
        What was asked for.
    """

    rotations: NDArray[np.float64]
    positions: NDArray[np.float64]
    bones: NDArray[np.float64]
    grips: Mapping[str, NDArray[np.float64]]
    back_bar: NDArray[np.float64]
    target: PoseTarget


def standing_feet(body: Body, *, half_width_m: float, toe_out_deg: float) -> dict[str, FootTarget]:
    """Both feet side by side, ankles where the rest pose has them fore and aft."""
    y = float(body.head("foot_L")[1])
    return {
        "L": FootTarget(x_m=half_width_m, y_m=y, toe_out_deg=toe_out_deg),
        "R": FootTarget(x_m=-half_width_m, y_m=y, toe_out_deg=toe_out_deg),
    }


def solve_pose(body: Body, target: PoseTarget) -> Posed:
    """Find the pose that meets a target.

    Parameters
    ----------
    body
        The person.
    target
        What is asked for.

    Returns
    -------
    Posed
        Rotations and joint centres of all bones. Feet are exactly where they were asked to be
        as long as the legs reach; an unreachable foot is met as nearly as the leg's length lets.
    """
    rotations = _trunk_rotations(body, target)
    relative = _trunk_positions(body, rotations)
    ankles = {side: _ankle(body, target.feet[side], side) for side in SIDES}
    arm_moment_y = 0.0
    hip = relative["pelvis"]
    for _ in range(2):
        hip = _hip_centre(body, target, relative, ankles, arm_moment_y)
        knees = {side: _knee(body, hip, ankles[side][1], target.feet[side], side) for side in SIDES}
        scene = _arm_scene(body, rotations, relative, hip, (knees, ankles, target))
        arms = {side: solve_arm(body, scene, target.arms, side) for side in SIDES}
        arm_moment_y = _arm_moment(arms, target, hip)
    for side in SIDES:
        rotations |= _leg_rotations(
            body, hip, knees[side], ankles[side], target.feet[side], side=side
        )
        rotations |= arms[side].rotations
    matrices, positions = forward_kinematics(body, rotations, hip)
    shifts = positions - np.einsum("bij,bj->bi", matrices, body.heads)
    return Posed(
        bones=dual_quaternions(matrices, shifts, body.parents),
        rotations=matrices,
        positions=positions,
        grips={side: arms[side].grip for side in SIDES},
        back_bar=bar_on_back(scene),
        target=target,
    )


def forward_kinematics(
    body: Body, rotations: Mapping[str, NDArray[np.float64]], hip: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """World rotation and joint centre of every bone; a bone not named moves with its parent."""
    count = len(body.bones)
    matrices, positions = np.zeros((count, 3, 3)), np.zeros((count, 3))
    for i, (bone, parent) in enumerate(zip(body.bones, body.parents, strict=True)):
        if parent < 0:
            matrices[i], positions[i] = rotations[bone], hip
            continue
        matrices[i] = rotations.get(bone, matrices[parent])
        offset = body.heads[i] - body.heads[parent]
        positions[i] = positions[parent] + matrices[parent] @ offset
    return matrices, positions


def blend(
    vertices: NDArray[np.float64], weights: sparse.csr_matrix, posed: Posed
) -> NDArray[np.float64]:
    """Any rest vertices with skin weights, moved into a pose; metres."""
    return skinned(vertices, weights, posed.bones)


def _trunk_rotations(body: Body, target: PoseTarget) -> dict[str, NDArray[np.float64]]:
    spine = body.spine
    pitch = target.pelvis_tilt_deg + spine.pelvis_deg
    rotations = {"pelvis": about_x(pitch)}
    lumbar = target.lumbar_deg + spine.lumbar_deg
    for bone, share in zip(LUMBAR, spine.shares, strict=True):
        pitch += lumbar * share
        rotations[bone] = about_x(pitch)
    thoracic = target.thoracic_deg + spine.thoracic_deg
    rotations["T12"] = about_x(pitch + 0.4 * thoracic)
    rotations["T6"] = about_x(pitch + thoracic)
    trunk = pitch + thoracic
    head = trunk * target.head_follow
    for step, bone in enumerate(("neck01", "neck02", "neck03", "head"), start=1):
        rotations[bone] = about_x(trunk + (head - trunk) * step / 4)
    return rotations


def _trunk_positions(
    body: Body, rotations: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Joint centres of trunk, head and shoulders, relative to the hip centre."""
    _, positions = forward_kinematics(body, rotations, np.zeros(3))
    return dict(zip(body.bones, positions, strict=True))


def _ankle(
    body: Body, foot: FootTarget, side: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotation of the foot and place of the ankle."""
    sign = 1.0 if side == "L" else -1.0
    yaw = about_z(sign * foot.toe_out_deg)
    ankle, ball = body.head(f"foot_{side}"), body.head(f"toes_{side}")
    flat = np.array([foot.x_m, foot.y_m, ankle[2] + SOLE_M + foot.lift_m])
    planted_ball = flat + yaw @ (ball - ankle)
    rotation = yaw @ about_x(foot.heel_raise_deg)
    return rotation, planted_ball + rotation @ (ankle - ball)


def _hip_centre(
    body: Body,
    target: PoseTarget,
    relative: Mapping[str, NDArray[np.float64]],
    ankles: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    arm_moment_y: float,
) -> NDArray[np.float64]:
    """Hip centre that gives the leading knee its flexion and keeps the person in balance."""
    thigh, shank = leg_lengths(body)
    lead = "L" if target.lead == "both" else target.lead
    ankle = ankles[lead][1]
    socket_x = relative[f"thigh_{lead}"][0]
    reach = np.sqrt(thigh**2 + shank**2 + 2 * thigh * shank * np.cos(np.radians(target.knee_deg)))
    flat_reach = np.sqrt(reach**2 - (ankle[0] - socket_x) ** 2)
    if target.shank_lean_deg is not None:
        lean = np.radians(target.shank_lean_deg)
        tilt = lean - np.arcsin(np.sin(np.radians(target.knee_deg)) * thigh / reach)
        return np.array(
            [0.0, ankle[1] - flat_reach * np.sin(tilt), ankle[2] + flat_reach * np.cos(tilt)]
        )
    y = _balanced_y(body, relative, ankle, (flat_reach, arm_moment_y, target.load_kg))
    return np.array([0.0, y, ankle[2] + np.sqrt(flat_reach**2 - (y - ankle[1]) ** 2)])


def _balanced_y(
    body: Body,
    relative: Mapping[str, NDArray[np.float64]],
    ankle: NDArray[np.float64],
    given: tuple[float, float, float],
) -> float:
    """Fore-aft place of the hips at which the centre of mass is over the feet."""
    reach, arm_moment_y, load_kg = given
    thigh, shank = leg_lengths(body)
    hip_y = ankle[1] + reach * np.sin(np.radians(np.linspace(-25.0, 48.0, 147)))
    hip_z = np.sqrt(np.maximum(reach**2 - (hip_y - ankle[1]) ** 2, 1e-9))
    along = (thigh**2 - shank**2 + reach**2) / (2 * reach)
    out = np.sqrt(max(thigh**2 - along**2, 0.0))
    knee_y = hip_y + (ankle[1] - hip_y) * along / reach - out * hip_z / reach
    trunk = _trunk_moment_y(relative)
    arms = 2 * (UPPER_ARM_MASS + FOREARM_MASS + HAND_MASS) + load_kg / BODY_MASS_KG
    upper = HEAD_MASS + UPPER_TRUNK_MASS + MID_TRUNK_MASS + PELVIS_MASS + arms
    moment = trunk + arm_moment_y + upper * hip_y
    moment = moment + 2 * THIGH_MASS * (hip_y + THIGH_CENTRE * (knee_y - hip_y))
    moment = moment + 2 * SHANK_MASS * (knee_y + SHANK_CENTRE * (ankle[1] - knee_y))
    ball_y = ankle[1] + (body.head("toes_L") - body.head("foot_L"))[1]
    aim = ankle[1] + BALANCE_POINT * (ball_y - ankle[1])
    moment = moment + 2 * FOOT_MASS * aim
    total = upper + 2 * (THIGH_MASS + SHANK_MASS + FOOT_MASS)
    return float(np.interp(aim, moment / total, hip_y))


def _trunk_moment_y(relative: Mapping[str, NDArray[np.float64]]) -> float:
    """Sum of mass times fore-aft place of trunk and head, relative to the hip centre."""
    head = relative["head"] + 0.5 * (relative["head"] - relative["neck01"])
    upper = 0.5 * (relative["T6"] + relative["neck01"])
    middle = 0.5 * (relative["L3"] + relative["T12"])
    pelvis = 0.6 * relative["L5"]
    moment = (
        HEAD_MASS * head + UPPER_TRUNK_MASS * upper + MID_TRUNK_MASS * middle + PELVIS_MASS * pelvis
    )
    return float(moment[1])


def _arm_moment(arms: Mapping[str, ArmPose], target: PoseTarget, hip: NDArray[np.float64]) -> float:
    """Sum of mass times fore-aft place of arms and load, relative to the hip centre."""
    grip = 0.5 * (arms["L"].grip + arms["R"].grip)
    moment = target.load_kg / BODY_MASS_KG * (grip[1] - hip[1])
    for side in SIDES:
        arm = arms[side]
        moment += UPPER_ARM_MASS * (0.5 * (arm.shoulder + arm.elbow) - hip)[1]
        moment += FOREARM_MASS * (0.5 * (arm.elbow + arm.wrist) - hip)[1]
        moment += HAND_MASS * (arm.wrist - hip)[1]
    return float(moment)


def _knee(
    body: Body,
    hip: NDArray[np.float64],
    ankle: NDArray[np.float64],
    foot: FootTarget,
    side: str,
) -> NDArray[np.float64]:
    """Knee of one leg, bent towards where the toes point."""
    sign = 1.0 if side == "L" else -1.0
    thigh, shank = leg_lengths(body)
    socket = hip + np.array([sign * abs(body.head("thigh_L")[0]), 0.0, 0.0])
    forward = about_z(sign * foot.toe_out_deg) @ np.array([0.0, -1.0, 0.0])
    return two_bone_joint(socket, ankle, (thigh, shank), forward)


def _leg_rotations(
    body: Body,
    hip: NDArray[np.float64],
    knee: NDArray[np.float64],
    ankle: tuple[NDArray[np.float64], NDArray[np.float64]],
    foot: FootTarget,
    *,
    side: str,
) -> dict[str, NDArray[np.float64]]:
    sign = 1.0 if side == "L" else -1.0
    socket = hip + np.array([sign * abs(body.head("thigh_L")[0]), 0.0, 0.0])
    heads = [body.head(f"{bone}_{side}") for bone in ("thigh", "shank", "foot")]
    lateral = np.array([1.0, 0.0, 0.0])
    forward = about_z(sign * foot.toe_out_deg) @ np.array([0.0, -1.0, 0.0])
    axis = cross(forward, ankle[1] - socket)
    return {
        f"thigh_{side}": carry((heads[1] - heads[0], lateral), (knee - socket, axis)),
        f"shank_{side}": carry((heads[2] - heads[1], lateral), (ankle[1] - knee, axis)),
        f"foot_{side}": ankle[0],
        f"toes_{side}": about_z(sign * foot.toe_out_deg),
    }


_Legs = tuple[
    "Mapping[str, NDArray[np.float64]]",
    "Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]",
    PoseTarget,
]


def _arm_scene(
    body: Body,
    rotations: Mapping[str, NDArray[np.float64]],
    relative: Mapping[str, NDArray[np.float64]],
    hip: NDArray[np.float64],
    legs: _Legs,
) -> ArmScene:
    """Gather what the arms have to know about the rest of the body."""
    knees, ankles, target = legs
    ball = body.head("toes_L") - body.head("foot_L")
    mid_foot_y = np.mean([target.feet[s].y_m for s in SIDES]) + BALANCE_POINT * ball[1]
    return ArmScene(
        shoulders={side: hip + relative[f"upper_arm_{side}"] for side in SIDES},
        chest=rotations["T6"],
        chest_at=hip + relative["T6"],
        pelvis=rotations["pelvis"],
        hip=hip,
        knees={side: knees[side] for side in SIDES},
        ankles={side: ankles[side][1] for side in SIDES},
        mid_foot_y_m=float(mid_foot_y),
        scale=body.stature_m / REFERENCE_STATURE_M,
    )


def joint_angles(body: Body, posed: Posed) -> dict[str, float]:
    """Angles of a pose, read back from its joint centres and bone rotations, degrees.

    All are projections on the person's sagittal plane, so that knee flexion is shank lean minus
    thigh lean exactly. ``lumbar_flexion`` and ``thoracic_flexion`` are changes from the person's
    own standing posture. With ``lead`` other than both, hip, knee and ankle are the leading
    leg's.
    """
    at = dict(zip(body.bones, posed.positions, strict=True))
    turn = dict(zip(body.bones, posed.rotations, strict=True))
    pelvis, l1, t6 = (_rotation_pitch(turn[bone]) for bone in ("pelvis", "L1", "T6"))
    lead = "L" if posed.target.lead == "both" else posed.target.lead
    leg = leg_angles(at, turn, lead)
    shoulders = 0.5 * (at["upper_arm_L"] + at["upper_arm_R"])
    spine = body.spine
    return {
        "lumbar_flexion": l1 - pelvis - spine.lumbar_deg,
        "pelvis_tilt": pelvis,
        **leg,
        "thoracic_flexion": t6 - l1 - spine.thoracic_deg,
        "trunk_pitch_L1": l1,
        "thorax_pitch": t6,
        "trunk_inclination": pitch_deg(shoulders - at["pelvis"]),
    }


def leg_angles(
    at: Mapping[str, NDArray[np.float64]], turn: Mapping[str, NDArray[np.float64]], side: str
) -> dict[str, float]:
    """Hip, knee, ankle and thigh angle of one leg, degrees."""
    thigh = pitch_deg(at[f"thigh_{side}"] - at[f"shank_{side}"])
    shank = pitch_deg(at[f"shank_{side}"] - at[f"foot_{side}"])
    return {
        "hip_flexion": _rotation_pitch(turn["pelvis"]) - thigh,
        "knee_flexion": shank - thigh,
        "ankle_dorsiflexion": shank - _rotation_pitch(turn[f"foot_{side}"]),
        "thigh_pitch": thigh,
    }


def _rotation_pitch(rotation: NDArray[np.float64]) -> float:
    """Forward pitch of a rotation's own up axis."""
    return pitch_deg(rotation @ np.array([0.0, 0.0, 1.0]))
