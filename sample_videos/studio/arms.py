"""What the arms do: hang, reach, rest on the hips, cross, hold something, or one is held up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.limbs import arm_lengths, two_bone_joint
from sample_videos.studio.rotations import about, carry, cross, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from sample_videos.studio.bodies import Body

ArmMode = Literal["hang", "reach", "hips", "crossed", "low_grip", "goblet", "back_bar", "raised"]
PalmFacing = Literal["back", "in"]
Clearance = Literal["legs", "hips", "none"]

GRIP_LENGTH_M = 0.075
"""From the wrist to the middle of the closed hand."""

STRAIGHT = 0.985
"""Share of its full length that a straight, relaxed arm has."""

CARRIED_IN_M = 0.45
"""Height over the floor within which an object in front of the feet is drawn in to them."""

THIGH_RADIUS_M, SHANK_RADIUS_M, BELLY_RADIUS_M = 0.095, 0.062, 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """How an object is held low, with straight arms.

    Attributes
    ----------
    half_spacing_m
        Half the distance between the hands.
    palm
        Palms face the legs (``"back"``) or each other (``"in"``).
    clear_of
        What the object passes in front of: both thighs and shanks; the hips alone (it travels
        between the legs below); or nothing (it is held beside the legs).
    half_depth_m
        Half the fore-aft size of the object.
    hang_below_m
        How far the object reaches below the hands.
    lowest_m
        Least height of the hands.
    floor_m
        Height of the hands when the object stands on the floor.
    forward_m
        How far in front of mid-foot the object stands on the floor.
    """

    half_spacing_m: float = 0.3
    palm: PalmFacing = "back"
    clear_of: Clearance = "legs"
    half_depth_m: float = 0.02
    hang_below_m: float = 0.02
    lowest_m: float = 0.0
    floor_m: float = 0.0
    forward_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """The arms of one pose: a mix of two modes.

    Attributes
    ----------
    start, end
        The two modes.
    mix
        0 is ``start``, 1 is ``end``.
    grip
        How an object is held in mode ``"low_grip"``; also spaces the hands on a bar.
    """

    start: ArmMode = "hang"
    end: ArmMode = "hang"
    mix: float = 0.0
    grip: Grip = Grip()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmScene:
    """What the arms have to know about the rest of the body; world, metres."""

    shoulders: Mapping[str, NDArray[np.float64]]
    chest: NDArray[np.float64]
    chest_at: NDArray[np.float64]
    pelvis: NDArray[np.float64]
    hip: NDArray[np.float64]
    knees: Mapping[str, NDArray[np.float64]]
    ankles: Mapping[str, NDArray[np.float64]]
    mid_foot_y_m: float
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """Where one hand should be: wrist, elbow direction, fingers and palm."""

    wrist: NDArray[np.float64]
    pole: NDArray[np.float64]
    fingers: NDArray[np.float64]
    palm: NDArray[np.float64]

    def mixed(self, other: Reach, mix: float) -> Reach:
        """Reach part of the way to another."""
        parts = {
            name: getattr(self, name) * (1.0 - mix) + getattr(other, name) * mix
            for name in ("wrist", "pole", "fingers", "palm")
        }
        return Reach(**parts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmPose:
    """One solved arm: bone rotations, joints and the middle of the hand; world, metres."""

    rotations: Mapping[str, NDArray[np.float64]]
    shoulder: NDArray[np.float64]
    elbow: NDArray[np.float64]
    wrist: NDArray[np.float64]
    grip: NDArray[np.float64]


def solve_arm(body: Body, scene: ArmScene, plan: ArmPlan, side: str) -> ArmPose:
    """Bone rotations of one arm.

    Parameters
    ----------
    body
        The person.
    scene
        The rest of the pose.
    plan
        What the arms do.
    side
        ``"L"`` or ``"R"``.

    Returns
    -------
    ArmPose
        The solved arm. A wrist out of reach is met by a straight arm towards it.
    """
    lengths = arm_lengths(body)
    reach = _MODES[plan.start](scene, plan.grip, side, lengths)
    if plan.mix > 0.0 and plan.end != plan.start:
        reach = reach.mixed(_MODES[plan.end](scene, plan.grip, side, lengths), plan.mix)
    shoulder = scene.shoulders[side]
    elbow = two_bone_joint(shoulder, reach.wrist, lengths, reach.pole)
    wrist = elbow + lengths[1] * unit(reach.wrist - elbow)
    rotations = _arm_rotations(body, (shoulder, elbow, wrist), reach, side)
    palm = unit(reach.palm - (reach.palm @ unit(reach.fingers)) * unit(reach.fingers))
    grip = wrist + GRIP_LENGTH_M * scene.scale * unit(reach.fingers) + 0.02 * scene.scale * palm
    return ArmPose(rotations=rotations, shoulder=shoulder, elbow=elbow, wrist=wrist, grip=grip)


def _arm_rotations(
    body: Body,
    joints: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    reach: Reach,
    side: str,
) -> dict[str, NDArray[np.float64]]:
    shoulder, elbow, wrist = joints
    rest = [body.head(f"{bone}_{side}") for bone in ("upper_arm", "forearm", "hand")]
    upper, lower = rest[1] - rest[0], rest[2] - rest[1]
    hinge = cross(upper, lower)
    line = wrist - shoulder
    axis = cross(reach.pole, line)
    upper_turn = carry((upper, hinge), (elbow - shoulder, axis))
    lower_turn = carry((lower, hinge), (wrist - elbow, axis))
    hand_turn = carry(body.hand_axes[side], (reach.fingers, reach.palm))
    twist_deg = _twist_deg(hand_turn @ lower_turn.T, unit(wrist - elbow))
    return {
        f"upper_arm_{side}": upper_turn,
        f"forearm_{side}": about(wrist - elbow, 0.15 * twist_deg) @ lower_turn,
        f"forearm_twist_{side}": about(wrist - elbow, 0.7 * twist_deg) @ lower_turn,
        f"hand_{side}": hand_turn,
    }


def _twist_deg(rotation: NDArray[np.float64], axis: NDArray[np.float64]) -> float:
    """Part of a rotation that turns about an axis (swing-twist), degrees."""
    skew = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    # The quaternion is (1 + trace, skew) up to scale; its part along the axis is the twist.
    return float(2.0 * np.degrees(np.arctan2(skew @ axis, 1.0 + np.trace(rotation))))


def _sign(side: str) -> float:
    return 1.0 if side == "L" else -1.0


_Lengths = tuple[float, float]


def _hang(scene: ArmScene, _: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    down = unit(np.array([sign * 0.10, -0.05, -1.0]))
    wrist = scene.shoulders[side] + STRAIGHT * sum(lengths) * down
    return Reach(
        wrist=wrist,
        pole=np.array([sign * 0.45, 1.0, 0.0]),
        fingers=np.array([-sign * 0.02, -0.16, -1.0]),
        palm=np.array([-sign, 0.25, 0.0]),
    )


def _forward(scene: ArmScene, _: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    ahead = unit(np.array([-sign * 0.10, -1.0, -0.06]))
    return Reach(
        wrist=scene.shoulders[side] + 0.975 * sum(lengths) * ahead,
        pole=np.array([sign * 0.7, 0.0, -1.0]),
        fingers=np.array([-sign * 0.12, -1.0, -0.10]),
        palm=np.array([-sign * 0.7, 0.0, -0.7]),
    )


def _hips(scene: ArmScene, _: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    del lengths
    at = np.array([sign * 0.205, 0.035, 0.155]) * scene.scale
    return Reach(
        wrist=scene.hip + scene.pelvis @ at,
        pole=scene.chest @ np.array([sign, 0.75, -0.1]),
        fingers=scene.pelvis @ np.array([-sign * 0.45, -0.85, -0.35]),
        palm=scene.pelvis @ np.array([-sign * 0.9, 0.4, -0.3]),
    )


def _crossed(scene: ArmScene, _: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    del lengths
    above = 0.055 if side == "L" else 0.015
    at = np.array([-sign * 0.045, -0.205 - above * 0.7, above]) * scene.scale
    return Reach(
        wrist=scene.chest_at + scene.chest @ at,
        pole=scene.chest @ np.array([sign * 0.8, -0.25, -1.0]),
        fingers=scene.chest @ np.array([-sign, 0.22, 0.35]),
        palm=scene.chest @ np.array([sign * 0.2, 1.0, 0.0]),
    )


def _goblet(scene: ArmScene, _: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    del lengths
    at = np.array([sign * 0.075, -0.235, 0.02]) * scene.scale
    return Reach(
        wrist=scene.chest_at + scene.chest @ at,
        pole=scene.chest @ np.array([sign * 0.55, 0.1, -1.0]),
        fingers=scene.chest @ np.array([-sign * 0.1, -0.45, 1.0]),
        palm=scene.chest @ np.array([-sign, -0.1, 0.0]),
    )


def _raised(scene: ArmScene, grip: Grip, side: str, lengths: _Lengths) -> Reach:
    """Hold the right hand up; the left arm hangs."""
    if side == "L":
        return _hang(scene, grip, side, lengths)
    up = unit(np.array([-0.12, -0.12, 1.0]))
    return Reach(
        wrist=scene.shoulders[side] + 0.97 * sum(lengths) * up,
        pole=np.array([-0.8, -0.6, -0.2]),
        fingers=np.array([-0.05, -0.05, 1.0]),
        palm=np.array([0.3, -1.0, 0.0]),
    )


def bar_on_back(scene: ArmScene) -> NDArray[np.float64]:
    """Middle of a barbell that lies on the upper back."""
    shoulders = 0.5 * (scene.shoulders["L"] + scene.shoulders["R"])
    at: NDArray[np.float64] = shoulders + scene.chest @ (
        np.array([0.0, 0.105, 0.062]) * scene.scale
    )
    return at


def _back_bar(scene: ArmScene, grip: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    del lengths
    fingers = unit(scene.chest @ np.array([sign * 0.25, 0.1, 1.0]))
    palm = scene.chest @ np.array([0.0, -1.0, 0.15])
    hand = bar_on_back(scene) + scene.chest @ np.array([sign * grip.half_spacing_m, 0.0, 0.0])
    return Reach(
        wrist=hand - GRIP_LENGTH_M * scene.scale * fingers - 0.02 * scene.scale * palm,
        pole=scene.chest @ np.array([sign * 0.35, 0.55, -1.0]),
        fingers=fingers,
        palm=palm,
    )


def _low_grip(scene: ArmScene, grip: Grip, side: str, lengths: _Lengths) -> Reach:
    sign = _sign(side)
    aside = np.array([sign * grip.half_spacing_m, 0.0, 0.0])
    hand = low_grip_point(scene, grip, lengths) + aside
    shoulder = scene.shoulders[side]
    fingers = unit(hand - shoulder)
    facing = np.array([0.0, 1.0, 0.0] if grip.palm == "back" else [-sign, 0.0, 0.0])
    palm = unit(facing - (facing @ fingers) * fingers)
    return Reach(
        wrist=hand - GRIP_LENGTH_M * scene.scale * fingers - 0.02 * scene.scale * palm,
        pole=np.array([sign, 0.5, 0.0]),
        fingers=fingers,
        palm=palm,
    )


def low_grip_point(scene: ArmScene, grip: Grip, lengths: _Lengths) -> NDArray[np.float64]:
    """Middle between the hands of straight arms that hold an object over the feet."""
    shoulder = scene.shoulders["L"]
    length = STRAIGHT * sum(lengths) + GRIP_LENGTH_M * scene.scale
    across = float(shoulder[0]) - grip.half_spacing_m
    y = scene.mid_foot_y_m
    z = float(shoulder[2]) - length
    for _ in range(5):
        fore_aft = min(max(y - float(shoulder[1]), -0.9 * length), 0.9 * length)
        z = float(shoulder[2]) - math.sqrt(max(length**2 - across**2 - fore_aft**2, 1e-4))
        z = max(z, grip.lowest_m)
        lifted = min(max((z - grip.floor_m) / CARRIED_IN_M, 0.0), 1.0)
        free = scene.mid_foot_y_m - grip.forward_m * (1.0 - lifted * lifted * (3.0 - 2.0 * lifted))
        y = min(free, _clear_y(scene, grip, z) - grip.half_depth_m)
    return np.array([0.0, y, z])


def _clear_y(scene: ArmScene, grip: Grip, height_m: float) -> float:
    """Foremost place of the skin that an object at a height has to pass, y in metres."""
    if grip.clear_of == "none":
        return np.inf
    if grip.clear_of == "hips":
        return float(scene.hip[1]) - BELLY_RADIUS_M * scene.scale
    heights = (height_m - grip.hang_below_m, height_m - 0.5 * grip.hang_below_m, height_m + 0.03)
    return min(_front_of_legs(scene, height) for height in heights)


def _front_of_legs(scene: ArmScene, height_m: float) -> float:
    """Foremost skin of thighs and shanks at a height, y in metres."""
    foremost = np.inf
    for side in ("L", "R"):
        hip, knee, ankle = scene.hip, scene.knees[side], scene.ankles[side]
        for upper, lower, radius in ((hip, knee, THIGH_RADIUS_M), (knee, ankle, SHANK_RADIUS_M)):
            low_z, high_z = float(lower[2]), float(upper[2])
            if min(low_z, high_z) - radius <= height_m <= max(low_z, high_z) + radius:
                share = min(max((height_m - low_z) / (high_z - low_z + 1e-9), 0.0), 1.0)
                y = float(lower[1]) + share * float(upper[1] - lower[1])
                foremost = min(foremost, y - radius * scene.scale)
    return foremost


_MODES: Mapping[str, Callable[[ArmScene, Grip, str, _Lengths], Reach]] = {
    "hang": _hang,
    "reach": _forward,
    "hips": _hips,
    "crossed": _crossed,
    "low_grip": _low_grip,
    "goblet": _goblet,
    "back_bar": _back_bar,
    "raised": _raised,
}
