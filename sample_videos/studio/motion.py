"""Movements over time: each rep with its own depth, tempo and lumbar flexion.

Every rep goes from standing to a bottom and back on minimum-jerk curves (Flash & Hogan 1985),
with a pause at the bottom. The bend of the trunk is shared between pelvis and lumbar spine; when
in the bend the lumbar part comes is a property of the rep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from sample_videos.studio.arms import ArmPlan
from sample_videos.studio.limbs import leg_lengths
from sample_videos.studio.posing import PoseTarget, joint_angles, solve_pose, standing_feet
from sample_videos.studio.props import PropSpec, grip_of

if TYPE_CHECKING:
    from sample_videos.studio.arms import ArmMode
    from sample_videos.studio.bodies import Body
    from sample_videos.studio.posing import FootTarget, Lead

Movement = Literal["hinge", "squat", "lift", "lunge", "good_morning", "bend"]
MOVEMENTS: tuple[Movement, ...] = ("hinge", "squat", "lift", "lunge", "good_morning", "bend")
STANDING_KNEE_DEG = 3.0
LUNGE_STEP = 0.98
"""Length of a lunge's step back, as a share of the leg (thigh and shank)."""

LUNGE_SHANK_DEG = 13.0
"""Forward lean of the front shank at the bottom of a lunge."""

SWING_LIFT = 0.034
"""Height of the swinging foot in the middle of its step, as a share of stature."""

LUNGE_LANDING = 0.78
"""How far down the lunge is when the rear foot lands (0 standing, 1 bottom)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSpec:
    """One repetition; angles are those at its bottom.

    Attributes
    ----------
    lumbar_deg
        Lumbar flexion, as a change from own standing.
    bend_deg
        Pitch of L1 in the world, as a change from own standing: pelvis and lumbar spine
        together.
    thoracic_deg
        Thoracic flexion.
    knee_deg
        Knee flexion (of the front leg in a lunge). A lift from the floor finds its own.
    descent_s, hold_s, ascent_s, rest_s
        Duration of each part; the rest is spent standing after the rep.
    timing_down, timing_up
        When lumbar flexion comes in the bend: below 1 early, 1 evenly, above 1 late.
    """

    lumbar_deg: float
    bend_deg: float
    thoracic_deg: float = 4.0
    knee_deg: float = 20.0
    descent_s: float = 1.5
    hold_s: float = 0.25
    ascent_s: float = 1.2
    rest_s: float = 0.6
    timing_down: float = 1.2
    timing_up: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSpec:
    """What a person does in a clip.

    Attributes
    ----------
    movement
        Kind of movement.
    reps
        Repetitions in order.
    lead_in_s
        Time spent standing before the first rep.
    stance_half_width_m
        Distance of each ankle from the mid-line.
    toe_out_deg
        Turn of the feet to the outside.
    arms_standing, arms_bottom
        What the arms do when standing and at the bottom.
    head_follow
        Share of the trunk's pitch that the head follows.
    lead
        Front leg of a lunge, which steps back with the other one in every rep.
    sway_deg
        Amplitude of the slow unsteadiness of pelvis and knees.
    sway_seed
        Its random phases.
    """

    movement: Movement
    reps: tuple[RepSpec, ...]
    lead_in_s: float = 1.0
    stance_half_width_m: float = 0.12
    toe_out_deg: float = 9.0
    arms_standing: ArmMode = "hang"
    arms_bottom: ArmMode = "hang"
    head_follow: float = 0.35
    lead: Literal["L", "R"] = "L"
    sway_deg: float = 0.4
    sway_seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSpan:
    """When one rep happens, seconds from the start of the clip."""

    start_s: float
    down_s: float
    up_s: float
    end_s: float

    @property
    def bottom_s(self) -> float:
        """Middle of the pause at the bottom."""
        return 0.5 * (self.down_s + self.up_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is asked of the body at one time.

    Attributes
    ----------
    target
        The pose.
    rep
        Number of the rep, -1 while standing.
    depth
        0 standing, 1 at the bottom.
    holding
        Whether the object is in the hands.
    """

    target: PoseTarget
    rep: int
    depth: float
    holding: bool


def minimum_jerk(share: float) -> float:
    """Smoothest curve from 0 to 1 that starts and ends at rest."""
    x = min(max(share, 0.0), 1.0)
    return min(x**3 * (10.0 - 15.0 * x + 6.0 * x * x), 1.0)


def _bump(share: float) -> float:
    """0 at both ends of 0 to 1, and 1 in the middle."""
    return 4.0 * share * (1.0 - share)


def rep_spans(motion: MotionSpec) -> tuple[RepSpan, ...]:
    """When each rep happens."""
    spans, at = [], motion.lead_in_s
    for rep in motion.reps:
        down = at + rep.descent_s
        up = down + rep.hold_s
        spans.append(RepSpan(start_s=at, down_s=down, up_s=up, end_s=up + rep.ascent_s))
        at = up + rep.ascent_s + rep.rest_s
    return tuple(spans)


def duration_s(motion: MotionSpec) -> float:
    """Length of a clip of a motion."""
    return rep_spans(motion)[-1].end_s + motion.reps[-1].rest_s


class Choreography:
    """A motion fitted to one body and one object.

    Parameters
    ----------
    body
        The person.
    motion
        What they do.
    prop
        What they hold.
    """

    def __init__(self, body: Body, motion: MotionSpec, prop: PropSpec) -> None:
        self.body, self.motion, self.prop = body, motion, prop
        self.spans = rep_spans(motion)
        self._grip = grip_of(prop, shoulder_half_width_m=float(body.head("upper_arm_L")[0]))
        self._feet = standing_feet(
            body, half_width_m=motion.stance_half_width_m, toe_out_deg=motion.toe_out_deg
        )
        self.reps = tuple(self._fitted(rep) for rep in motion.reps)
        standing = solve_pose(body, PoseTarget(knee_deg=STANDING_KNEE_DEG, feet=self._feet))
        self._standing_lean = joint_angles(body, standing)["ankle_dorsiflexion"]
        rng = np.random.default_rng(motion.sway_seed)
        self._phases = rng.uniform(0.0, 2 * np.pi, 6)

    def at(self, t_s: float) -> Moment:
        """Say what is asked of the body at a time in seconds."""
        number, depth, rising = self._depth(t_s)
        target = self._target(self.reps[max(number, 0)], depth, t_s, rising=rising)
        return Moment(target=target, rep=number, depth=depth, holding=self._holding(t_s))

    @property
    def picks_up(self) -> bool:
        """Whether the object stands on the floor until the bottom of the first rep."""
        return self.motion.movement == "lift" and self.prop.kind != "none"

    def bottom(self, number: int) -> PoseTarget:
        """Pose at the bottom of a rep."""
        return self._target(self.reps[number], 1.0, self.spans[number].bottom_s)

    def _depth(self, t_s: float) -> tuple[int, float, bool]:
        for number, span in enumerate(self.spans):
            if span.start_s <= t_s < span.down_s:
                share = (t_s - span.start_s) / (span.down_s - span.start_s)
                return number, minimum_jerk(share), False
            if span.down_s <= t_s < span.up_s:
                return number, 1.0, False
            if span.up_s <= t_s < span.end_s:
                share = (t_s - span.up_s) / (span.end_s - span.up_s)
                return number, 1.0 - minimum_jerk(share), True
        return -1, 0.0, False

    def _holding(self, t_s: float) -> bool:
        return self.prop.kind != "none" and (not self.picks_up or t_s >= self.spans[0].bottom_s)

    def _target(
        self, rep: RepSpec, depth: float, t_s: float, *, rising: bool = False
    ) -> PoseTarget:
        timing = rep.timing_up if rising else rep.timing_down
        lumbar = rep.lumbar_deg * depth**timing
        sway = self._sway(t_s)
        knee = STANDING_KNEE_DEG + (rep.knee_deg - STANDING_KNEE_DEG) * depth
        unsteady = self.motion.sway_deg * (1.0 - 0.6 * depth)
        target = PoseTarget(
            pelvis_tilt_deg=rep.bend_deg * depth - lumbar + unsteady * sway[0],
            lumbar_deg=lumbar + 0.3 * unsteady * sway[1] * (1.0 - depth),
            thoracic_deg=rep.thoracic_deg * depth,
            knee_deg=max(knee + unsteady * sway[2], 0.5),
            head_follow=self.motion.head_follow,
            feet=self._feet,
            arms=self._arms(depth, t_s),
            load_kg=self.prop.load_kg * self._carried(t_s),
        )
        return self._lunging(target, depth) if self.motion.movement == "lunge" else target

    def _carried(self, t_s: float) -> float:
        """Share of the load that is in the hands; it is taken up over half a second."""
        if not self.picks_up:
            return 1.0
        return minimum_jerk((t_s - self.spans[0].bottom_s) / 0.5 + 0.5)

    def _sway(self, t_s: float) -> tuple[float, float, float]:
        p = self._phases
        slow = [
            0.7 * np.sin(2.1 * t_s + p[i]) + 0.3 * np.sin(3.7 * t_s + p[i + 3]) for i in range(3)
        ]
        return float(slow[0]), float(slow[1]), float(slow[2])

    def _arms(self, depth: float, t_s: float) -> ArmPlan:
        motion = self.motion
        if not self.picks_up:
            mix = minimum_jerk(min(depth * 1.15, 1.0)) ** 0.7
            return ArmPlan(
                start=motion.arms_standing, end=motion.arms_bottom, mix=mix, grip=self._grip
            )
        mix = 1.0 if t_s >= self.spans[0].bottom_s else minimum_jerk(depth)
        return ArmPlan(start="hang", end="low_grip", mix=mix, grip=self._grip)

    def _fitted(self, rep: RepSpec) -> RepSpec:
        """Give a rep the knee flexion at which straight arms reach an object on the floor."""
        if not self.picks_up:
            return rep
        reach = ArmPlan(start="low_grip", grip=replace(self._grip, lowest_m=0.0))
        low, high = 5.0, 135.0
        for _ in range(16):
            middle = 0.5 * (low + high)
            target = replace(self._bent(rep, middle), arms=reach, load_kg=self.prop.load_kg)
            height = float(solve_pose(self.body, target).grips["L"][2])
            low, high = (middle, high) if height > self._grip.lowest_m else (low, middle)
        return replace(rep, knee_deg=0.5 * (low + high))

    def _bent(self, rep: RepSpec, knee_deg: float) -> PoseTarget:
        """Bottom of a rep without sway, with a given knee flexion."""
        return PoseTarget(
            pelvis_tilt_deg=rep.bend_deg - rep.lumbar_deg,
            lumbar_deg=rep.lumbar_deg,
            thoracic_deg=rep.thoracic_deg,
            knee_deg=knee_deg,
            feet=self._feet,
        )

    def _lunging(self, target: PoseTarget, depth: float) -> PoseTarget:
        """Let one foot step back: it swings, lands on its ball, and sinks."""
        lead: Lead = self.motion.lead
        rear = "R" if lead == "L" else "L"
        share = min(depth / LUNGE_LANDING, 1.0)
        stepped = share * share * (3.0 - 2.0 * share)
        sinking = max(0.0, (depth - LUNGE_LANDING) / (1.0 - LUNGE_LANDING))
        foot = self._feet[rear]
        swinging: FootTarget = replace(
            foot,
            y_m=foot.y_m + LUNGE_STEP * sum(leg_lengths(self.body)) * stepped,
            toe_out_deg=foot.toe_out_deg * (1.0 - 0.6 * stepped),
            heel_raise_deg=42.0 * stepped + 16.0 * sinking,
            lift_m=SWING_LIFT * self.body.stature_m * _bump(stepped),
        )
        lean = self._standing_lean + (LUNGE_SHANK_DEG - self._standing_lean) * depth
        return replace(
            target,
            feet={lead: self._feet[lead], rear: swinging},
            lead=lead,
            shank_lean_deg=lean,
        )
