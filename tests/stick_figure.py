"""A planar person of known angles, filmed from the side: poses whose truth is exact.

Segment lengths are those of Drillis & Contini 1966, as in Winter, *Biomechanics*, fig. 4.1. A
`Script` says how a person moves; `film` turns it into the poses that a camera would give, and
`tests.retouching` spoils those in known ways.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal, Self

import numpy as np

from vision.pose import LANDMARK_COUNT, MIRROR, Landmark, Pose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Pin = Literal["near", "far", "hip"]

ANKLE_HEIGHT: Final = 0.039
SHANK: Final = 0.246
THIGH: Final = 0.245
TRUNK: Final = 0.288
NECK: Final = 0.936 - 0.818
"""From the shoulder to the height of the eyes."""
ARM: Final = 0.186 + 0.146
FOOT: Final = 0.152
TOE_AHEAD: Final = 0.107
"""Of the ankle; the heel is as far behind it as the foot's length then says."""
SHOULDER_ASIDE: Final = 0.129
HIP_ASIDE: Final = 0.052
STATURE_M: Final = 1.75

PICTURE: Final = (1280, 720)
STATURE_PX: Final = 560.0
FLOOR_PX: Final = 660.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """One moment; angles in degrees with the signs of ``docs/conventions.md``.

    The near leg is the one towards the camera. What is None on the far side is as on the near
    side. An arm is a straight line at `arm_deg` from hanging, forward positive, whose wrist is
    `reach` arm lengths away. `pin` is what rests at `forward` statures along the floor.
    """

    shank_deg: float = 0.0
    thigh_deg: float = 0.0
    trunk_deg: float = 0.0
    neck_deg: float = 0.0
    heel_deg: float = 0.0
    arm_deg: float = 0.0
    far_shank_deg: float | None = None
    far_thigh_deg: float | None = None
    far_heel_deg: float | None = None
    far_arm_deg: float | None = None
    reach: float = 1.0
    forward: float = 0.0
    yaw_deg: float = 0.0
    pin: Pin = "near"

    def row(self) -> list[float]:
        """Every number in the order of `COLUMNS`; the far side filled in."""
        values = {name: getattr(self, name) for name in COLUMNS}
        for name, value in values.items():
            if value is None:
                values[name] = values[name.removeprefix("far_")]
        return [float(value) for value in values.values()]

    def offset(self, by: Posture) -> Posture:
        """Add the shank, thigh and trunk of another posture, for a body that stands otherwise."""
        return replace(
            self,
            shank_deg=self.shank_deg + by.shank_deg,
            thigh_deg=self.thigh_deg + by.thigh_deg,
            trunk_deg=self.trunk_deg + by.trunk_deg,
        )


COLUMNS: Final = tuple(field.name for field in fields(Posture) if field.name != "pin")

STANDING: Final = Posture()
HINGE: Final = Posture(thigh_deg=22, trunk_deg=72)
SQUAT: Final = Posture(shank_deg=30, thigh_deg=85, trunk_deg=38, arm_deg=80)
FLOOR_LIFT: Final = Posture(shank_deg=13, thigh_deg=48, trunk_deg=64)
STOOP_LIFT: Final = Posture(shank_deg=2, thigh_deg=15, trunk_deg=95)
AT_SHOULDERS: Final = Posture(arm_deg=120, reach=0.1)
GOOD_MORNING: Final = Posture(shank_deg=-2, thigh_deg=8, trunk_deg=75, arm_deg=120, reach=0.1)
SEATED: Final = Posture(shank_deg=2, thigh_deg=88, trunk_deg=4)
TIPPED: Final = replace(SEATED, trunk_deg=40)
LUNGE_NEAR: Final = Posture(
    shank_deg=10,
    thigh_deg=80,
    trunk_deg=6,
    far_shank_deg=85,
    far_thigh_deg=-5,
    far_heel_deg=60,
    pin="far",
)
LUNGE_FAR: Final = Posture(
    shank_deg=85,
    thigh_deg=-5,
    trunk_deg=6,
    heel_deg=60,
    far_shank_deg=10,
    far_thigh_deg=80,
    far_heel_deg=0,
)
"""Bottoms after ``measurement.md`` §1.4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a person moves: postures at moments, smooth (minimum jerk) or steady between them."""

    moments: tuple[tuple[float, Posture], ...] = ((0.0, STANDING),)
    steady: bool = False

    @classmethod
    def from_posture(cls, posture: Posture) -> Self:
        return cls(moments=((0.0, posture),))

    @property
    def duration_s(self) -> float:
        return self.moments[-1][0]

    def to(self, posture: Posture, within_s: float) -> Self:
        """Move to a posture."""
        return replace(self, moments=(*self.moments, (self.duration_s + within_s, posture)))

    def hold(self, for_s: float) -> Self:
        """Stay as one is."""
        return self.to(self.moments[-1][1], for_s)

    def bend(
        self, bottom: Posture, *, down_s: float = 1.4, hold_s: float = 0.3, up_s: float = 1.2
    ) -> Self:
        """Go to the bottom and back to where one was."""
        back = replace(self.moments[-1][1], pin=bottom.pin)
        return self.to(bottom, down_s).hold(hold_s).to(back, up_s)

    def bends(self, bottom: Posture, count: int, *, rest_s: float = 0.7) -> Self:
        """Stand for a second, then bend several times with a rest after each."""
        script = self.hold(1.0)
        for _ in range(count):
            script = script.bend(bottom).hold(rest_s)
        return script

    def sit_and_rise(self, count: int) -> Self:
        """Stand, then sit down and rise again several times."""
        script = self.hold(1.0)
        for _ in range(count):
            sat = script.to(TIPPED, 1.3).to(SEATED, 0.6).hold(0.5).to(TIPPED, 0.7)
            script = sat.to(STANDING, 1.0).hold(0.8)
        return script

    def at(self, t_s: Floats) -> Mapping[str, Floats]:
        """Every number of `COLUMNS` at these moments: the truth."""
        times = np.array([moment for moment, _ in self.moments])
        table = np.array([posture.row() for _, posture in self.moments])
        after = np.clip(np.searchsorted(times, t_s, side="right"), 1, max(len(times) - 1, 1))
        if len(times) == 1:
            return {name: np.full_like(t_s, table[0, k]) for k, name in enumerate(COLUMNS)}
        span = times[after] - times[after - 1]
        part = np.clip((t_s - times[after - 1]) / np.where(span > 0, span, 1.0), 0.0, 1.0)
        eased = part if self.steady else part**3 * (10 - 15 * part + 6 * part**2)
        rows = table[after - 1] + eased[:, None] * (table[after] - table[after - 1])
        return {name: rows[:, k] for k, name in enumerate(COLUMNS)}

    def pins(self, t_s: Floats) -> list[Pin]:
        """Tell what rests on the floor at these moments: the pin of the posture headed for."""
        times = [moment for moment, _ in self.moments]
        after = np.searchsorted(times, t_s, side="right")
        return [self.moments[min(int(k), len(times) - 1)][1].pin for k in after]


def walk(
    *,
    distance: float,
    step_s: float = 0.55,
    steps: int = 6,
    from_forward: float = 0.0,
) -> Script:
    """Walk `distance` statures and come to stand."""
    start = replace(STANDING, forward=from_forward, pin="hip")
    script = Script(moments=((0.0, start),), steady=True)
    length = distance / steps
    for step in range(steps):
        stride = Posture(
            shank_deg=-15,
            thigh_deg=25,
            far_shank_deg=22,
            far_thigh_deg=-18,
            far_heel_deg=15,
            heel_deg=-10,
            trunk_deg=4,
            arm_deg=-20,
            far_arm_deg=20,
            pin="hip",
            forward=from_forward + (step + 0.5) * length,
        )
        passing = Posture(
            shank_deg=2,
            thigh_deg=-2,
            far_shank_deg=40,
            far_thigh_deg=15,
            far_heel_deg=20,
            trunk_deg=3,
            pin="hip",
            forward=from_forward + (step + 1) * length,
        )
        if step % 2:
            stride, passing = _other_leg(stride), _other_leg(passing)
        script = script.to(stride, step_s / 2).to(passing, step_s / 2)
    script = script.to(replace(STANDING, forward=from_forward + distance, pin="hip"), step_s / 2)
    return script.to(replace(STANDING, forward=from_forward + distance), 0.01)


def _other_leg(posture: Posture) -> Posture:
    """Exchange the legs; the far one must be given in full."""
    if posture.far_shank_deg is None or posture.far_thigh_deg is None:
        msg = "expected a posture whose far leg is given"
        raise ValueError(msg)
    return replace(
        posture,
        shank_deg=posture.far_shank_deg,
        thigh_deg=posture.far_thigh_deg,
        heel_deg=posture.far_heel_deg or 0.0,
        far_shank_deg=posture.shank_deg,
        far_thigh_deg=posture.thigh_deg,
        far_heel_deg=posture.heel_deg,
    )


def moments_s(duration_s: float, fps: float, *, start_s: float = 0.0) -> Floats:
    """Regular moments of a camera."""
    return start_s + np.arange(math.floor(duration_s * fps) + 1) / fps


def film(
    script: Script,
    *,
    fps: float = 30.0,
    t_s: Floats | None = None,
    yaw_deg: float = 0.0,
    noise_px: float = 0.0,
    seed: int = 0,
    start_s: float = 0.0,
) -> list[Pose]:
    """Film a script from the side; the person faces right at a yaw of 0.

    Parameters
    ----------
    t_s
        Moments in the script's own time; regular at `fps` when not given.
    yaw_deg
        Added to the script's: 90 faces the camera, 180 faces left.
    noise_px
        Standard deviation of independent noise on every coordinate.
    start_s
        Clock of the source at the script's start.
    """
    moments = moments_s(script.duration_s, fps) if t_s is None else t_s
    body = _body(script, moments)
    turn = np.radians(script.at(moments)["yaw_deg"] + yaw_deg)[:, None]
    forward, up, left = body[..., 0], body[..., 1], body[..., 2]
    right_px = forward * np.cos(turn) + left * np.sin(turn)
    away = left * np.cos(turn) - forward * np.sin(turn)
    camera = np.stack([right_px, -up, away], axis=-1)
    rng = np.random.default_rng(seed)
    camera = camera + rng.normal(0.0, 1.0, camera.shape) * noise_px / STATURE_PX
    image = camera[..., :2] * STATURE_PX + np.array([PICTURE[0] / 2, FLOOR_PX])
    hips = camera[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1, keepdims=True)
    visibility = np.full(LANDMARK_COUNT, 0.99)
    return [
        Pose.from_landmarks(
            t_s=float(moment + start_s),
            image_size=PICTURE,
            image_xy=xy,
            world_xyz=xyz,
            visibility=visibility,
        )
        for moment, xy, xyz in zip(moments, image, (camera - hips) * STATURE_M, strict=True)
    ]


def _body(script: Script, t_s: Floats) -> Floats:
    """``(n, 33, 3)`` forward, up and to the person's left, in statures."""
    at = script.at(t_s)
    angle = {name: np.radians(value) for name, value in at.items()}
    shoulder = TRUNK * _towards(angle["trunk_deg"])
    points = np.zeros((len(t_s), LANDMARK_COUNT, 3))
    _set_head(points, shoulder, angle["trunk_deg"] - angle["neck_deg"])
    legs = []
    for prefix, side in (("", 1), ("far_", 0)):
        wrist = shoulder - ARM * at["reach"][:, None] * _towards(-angle[f"{prefix}arm_deg"])
        _set_row(points, Landmark.LEFT_SHOULDER + side, shoulder, SHOULDER_ASIDE)
        _set_row(points, Landmark.LEFT_ELBOW + side, (shoulder + wrist) / 2, SHOULDER_ASIDE)
        for row in range(Landmark.LEFT_WRIST, Landmark.LEFT_HIP, 2):
            _set_row(points, row + side, wrist, SHOULDER_ASIDE)
        leg = _leg(*(angle[f"{prefix}{part}_deg"] for part in ("thigh", "shank", "heel")))
        legs.append(leg)
        _set_row(points, Landmark.LEFT_HIP + side, np.zeros_like(wrist), HIP_ASIDE)
        for row, place in zip(range(Landmark.LEFT_KNEE, LANDMARK_COUNT, 2), leg, strict=True):
            _set_row(points, row + side, place, HIP_ASIDE)
    points[..., :2] -= _anchors(legs, script.pins(t_s))[:, None]
    points[..., 0] += at["forward"][:, None]
    return points


def _towards(inclination: Floats) -> Floats:
    return np.stack([np.sin(inclination), np.cos(inclination)], axis=-1)


def _leg(thigh: Floats, shank: Floats, heel: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Knee, ankle, heel and toe from the hip."""
    knee = -THIGH * _towards(-thigh)
    ankle = knee - SHANK * _towards(shank)
    level, upright = _towards(math.pi / 2 + heel), _towards(heel)
    toe = ankle + TOE_AHEAD * level - ANKLE_HEIGHT * upright
    return knee, ankle, toe - FOOT * level, toe


def _set_head(points: Floats, shoulder: Floats, neck: Floats) -> None:
    ear = shoulder + NECK * _towards(neck)
    ahead = _towards(neck + math.pi / 2)
    up = _towards(neck)
    for row in range(Landmark.LEFT_SHOULDER):
        points[:, row, :2] = ear + 0.055 * ahead
    for row, aside in ((Landmark.LEFT_EAR, 0.045), (Landmark.RIGHT_EAR, -0.045)):
        points[:, row, :2] = ear
        points[:, row, 2] = aside
    points[:, Landmark.NOSE, :2] = ear + 0.065 * ahead - 0.01 * up
    for first in (Landmark.LEFT_EYE_INNER, Landmark.LEFT_EYE, Landmark.LEFT_EYE_OUTER):
        points[:, [first, MIRROR[first]], 2] = (0.018, -0.018)
    for row, aside in ((Landmark.MOUTH_LEFT, 0.014), (Landmark.MOUTH_RIGHT, -0.014)):
        points[:, row, :2] = ear + 0.055 * ahead - 0.035 * up
        points[:, row, 2] = aside


def _set_row(points: Floats, row: int, place: Floats, aside: float) -> None:
    """Put a landmark; odd rows are on the person's left, which is away from the camera."""
    points[:, row, :2] = place
    points[:, row, 2] = aside if row % 2 else -aside


def _anchors(legs: Sequence[tuple[Floats, ...]], pins: Sequence[Pin]) -> Floats:
    """``(n, 2)`` what is on the floor, or over it, where the person is said to be."""
    (*_, near_heel, near_toe), (*_, far_heel, far_toe) = legs
    floor = np.min([part[:, 1] for part in (near_heel, near_toe, far_heel, far_toe)], axis=0)
    over_ankle = np.array([TOE_AHEAD, 0.0])
    anchor = {
        "near": near_toe - over_ankle,
        "far": far_toe - over_ankle,
        "hip": np.stack([np.zeros_like(floor), floor], axis=-1),
    }
    return np.array([anchor[pin][frame] for frame, pin in enumerate(pins)]).reshape(-1, 2)
