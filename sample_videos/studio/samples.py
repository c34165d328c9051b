"""The clips that ship with Hingewise: one person and place per movement, made to be looked at."""

from __future__ import annotations

from dataclasses import replace

from sample_videos.studio.actor import Look
from sample_videos.studio.bodies import BodySpec
from sample_videos.studio.camera import CameraSpec
from sample_videos.studio.clothing import Outfit
from sample_videos.studio.finish import FinishSpec
from sample_videos.studio.motion import MotionSpec, RepSpec
from sample_videos.studio.props import PropSpec
from sample_videos.studio.renderer import Light
from sample_videos.studio.room import RoomSpec
from sample_videos.studio.spec import ClipSpec

FPS = 30
FINISH = FinishSpec(noise=1.2, crf=24)
LIGHT = Light()
STUDIO = RoomSpec(
    wall="two_tone",
    floor="rubber",
    wall_colour=(0.86, 0.84, 0.80),
    floor_colour=(0.33, 0.34, 0.36),
    wall_distance_m=2.7,
    furniture="gym",
    seed=11,
)
WOODEN = replace(STUDIO, wall="plain", floor="wood", floor_colour=(0.60, 0.46, 0.33), seed=12)
CAMERA = CameraSpec(
    facing="right", yaw_deg=3.0, height_m=1.0, distance_m=4.1, vertical_fov_deg=30.0
)

WOMAN = BodySpec(bank_index=88)
MAN = BodySpec(bank_index=276)

WOMAN_LOOK = Look(
    outfit=Outfit(
        top="tank",
        bottom="leggings",
        looseness_m=0.004,
        top_colour=(0.46, 0.07, 0.10),
        bottom_colour=(0.030, 0.035, 0.055),
        shoe_colour=(0.70, 0.70, 0.70),
    ),
    hair_style="ponytail",
    hair_colour=(0.09, 0.05, 0.03),
    skin_colour=(0.56, 0.36, 0.25),
)
MAN_LOOK = Look(
    outfit=Outfit(
        top="tee",
        bottom="shorts",
        looseness_m=0.010,
        top_colour=(0.05, 0.14, 0.34),
        bottom_colour=(0.030, 0.030, 0.034),
        shoe_colour=(0.40, 0.06, 0.05),
    ),
    hair_style="short",
    hair_colour=(0.04, 0.03, 0.022),
    skin_colour=(0.30, 0.17, 0.10),
)


def _reps(first: RepSpec, *changes: dict[str, float]) -> tuple[RepSpec, ...]:
    return (first, *(replace(first, **change) for change in changes))


def _clip(name: str, seed: int, motion: MotionSpec, **parts: object) -> ClipSpec:
    base = ClipSpec(
        name=name,
        seed=seed,
        motion=motion,
        body=MAN,
        look=MAN_LOOK,
        camera=CAMERA,
        room=STUDIO,
        light=LIGHT,
        finish=FINISH,
        fps=FPS,
    )
    return replace(base, **parts)  # type: ignore[arg-type]


HINGE = RepSpec(
    lumbar_deg=8.0, bend_deg=74.0, knee_deg=20.0, descent_s=1.6, ascent_s=1.3, rest_s=0.5
)
_WOMAN = {"body": WOMAN, "look": WOMAN_LOOK, "room": WOODEN}


def _hinge_neutral() -> ClipSpec:
    reps = _reps(HINGE, {"lumbar_deg": 10.0, "bend_deg": 78.0}, {"lumbar_deg": 6.0})
    return _clip("hinge_neutral", 101, MotionSpec(movement="hinge", reps=reps), **_WOMAN)


def _hinge_rounded() -> ClipSpec:
    first = replace(HINGE, lumbar_deg=42.0, thoracic_deg=16.0, bend_deg=80.0)
    reps = _reps(first, {"lumbar_deg": 46.0, "bend_deg": 82.0}, {"lumbar_deg": 40.0})
    motion = MotionSpec(movement="hinge", reps=reps, head_follow=0.75)
    return _clip("hinge_rounded", 102, motion, **_WOMAN)


def _hinge_shallow_rounded() -> ClipSpec:
    first = replace(HINGE, lumbar_deg=38.0, thoracic_deg=14.0, bend_deg=52.0, descent_s=1.3)
    motion = MotionSpec(movement="hinge", reps=_reps(first, {"lumbar_deg": 40.0}), head_follow=0.7)
    return _clip("hinge_shallow_rounded", 107, motion)


def _hinge_drifting() -> ClipSpec:
    first = replace(HINGE, lumbar_deg=8.0, bend_deg=76.0, descent_s=1.3, ascent_s=1.1)
    more = ({"lumbar_deg": 18.0}, {"lumbar_deg": 28.0}, {"lumbar_deg": 38.0})
    return _clip("hinge_drifting", 108, MotionSpec(movement="hinge", reps=_reps(first, *more)))


def _squat() -> ClipSpec:
    first = RepSpec(lumbar_deg=14.0, bend_deg=44.0, knee_deg=112.0, descent_s=1.5)
    motion = MotionSpec(
        movement="squat",
        reps=_reps(first, {"lumbar_deg": 17.0, "knee_deg": 116.0}, {"lumbar_deg": 13.0}),
        stance_half_width_m=0.17,
        toe_out_deg=14.0,
        arms_bottom="reach",
        head_follow=0.1,
    )
    return _clip("squat", 103, motion)


def _lift() -> ClipSpec:
    first = RepSpec(lumbar_deg=18.0, bend_deg=66.0, descent_s=1.6, hold_s=0.4, rest_s=0.5)
    motion = MotionSpec(
        movement="lift",
        reps=_reps(first, {"lumbar_deg": 21.0}, {"lumbar_deg": 17.0}),
        stance_half_width_m=0.20,
        toe_out_deg=16.0,
        head_follow=0.3,
    )
    bell = PropSpec(kind="kettlebell", colour=(0.06, 0.06, 0.065), load_kg=16.0)
    return _clip("lift_kettlebell", 104, motion, prop=bell)


def _lunge() -> ClipSpec:
    first = RepSpec(
        lumbar_deg=3.0,
        bend_deg=10.0,
        thoracic_deg=2.0,
        knee_deg=92.0,
        descent_s=1.6,
        ascent_s=1.4,
        rest_s=0.4,
    )
    motion = MotionSpec(
        movement="lunge",
        reps=_reps(first, {"knee_deg": 95.0}, {"knee_deg": 93.0}),
        stance_half_width_m=0.10,
        toe_out_deg=5.0,
        arms_standing="hips",
        arms_bottom="hips",
        head_follow=0.0,
    )
    return _clip("lunge", 105, motion, **_WOMAN)


def _good_morning() -> ClipSpec:
    first = RepSpec(
        lumbar_deg=12.0, bend_deg=62.0, knee_deg=16.0, descent_s=1.6, ascent_s=1.4, rest_s=0.4
    )
    motion = MotionSpec(
        movement="good_morning",
        reps=_reps(first, {"lumbar_deg": 14.0, "bend_deg": 66.0}, {"lumbar_deg": 11.0}),
        stance_half_width_m=0.15,
        arms_standing="back_bar",
        arms_bottom="back_bar",
        head_follow=0.4,
    )
    bar = PropSpec(kind="barbell", plate_radius_m=0.14, load_kg=30.0)
    return _clip("good_morning", 106, motion, prop=bar)


def sample_clips() -> tuple[ClipSpec, ...]:
    """Specify the shipped clips."""
    return (
        _hinge_neutral(),
        _hinge_rounded(),
        _hinge_shallow_rounded(),
        _hinge_drifting(),
        _squat(),
        _lift(),
        _lunge(),
        _good_morning(),
    )
