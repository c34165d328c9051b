"""Random people and clips, drawn so that the ends of every range are seen as often as the middle.

Lumbar flexion at the bottom of a rep is uniform over 0 to 60 degrees (0 to 25 for a lunge, which
nobody does with a fully bent back), and everything else is drawn around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from sample_videos.studio.actor import Look
from sample_videos.studio.bodies import PEARCY_RANGES_DEG, BodySpec, SpineShape, default_bank
from sample_videos.studio.camera import CameraSpec
from sample_videos.studio.clothing import Outfit
from sample_videos.studio.finish import FinishSpec
from sample_videos.studio.motion import MOVEMENTS, MotionSpec, Movement, RepSpec
from sample_videos.studio.props import PropSpec
from sample_videos.studio.room import FLOORS, WALLS, RoomSpec, random_light
from sample_videos.studio.spec import ClipSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sample_videos.studio.arms import ArmMode
    from sample_videos.studio.clothing import Bottom, Top
    from sample_videos.studio.hair import HairStyle
    from sample_videos.studio.props import PropKind

MAX_LUMBAR_DEG: Mapping[Movement, float] = {
    "hinge": 60.0,
    "squat": 60.0,
    "lift": 60.0,
    "lunge": 25.0,
    "good_morning": 60.0,
    "bend": 60.0,
}
STATURE_M = {True: (1.65, 0.065), False: (1.78, 0.07)}
"""Mean and standard deviation of stature of women (True) and men (False)."""

SKIN_COLOURS = (
    (0.62, 0.42, 0.32),
    (0.55, 0.36, 0.25),
    (0.45, 0.27, 0.18),
    (0.32, 0.18, 0.11),
    (0.20, 0.10, 0.06),
    (0.10, 0.05, 0.03),
)
HAIR_COLOURS = (
    (0.015, 0.012, 0.010),
    (0.05, 0.03, 0.02),
    (0.12, 0.07, 0.04),
    (0.36, 0.25, 0.13),
    (0.30, 0.28, 0.26),
)
CLOTH_COLOURS = (
    (0.015, 0.015, 0.018),
    (0.40, 0.03, 0.04),
    (0.03, 0.08, 0.28),
    (0.04, 0.20, 0.08),
    (0.62, 0.62, 0.60),
    (0.14, 0.14, 0.16),
    (0.45, 0.28, 0.03),
    (0.22, 0.06, 0.22),
    (0.04, 0.28, 0.36),
)

Range = tuple[float, float]
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRange:
    """Ranges that the reps of a movement are drawn from, and what goes with it.

    Attributes
    ----------
    bend_deg, knee_deg, thoracic_deg
        Ranges of the bottom angles.
    arms
        Pairs of what the arms do when standing and at the bottom.
    props
        Objects that may be held.
    half_width_m, toe_out_deg
        Ranges of the stance.
    """

    bend_deg: Range
    knee_deg: Range
    thoracic_deg: Range = (-4.0, 22.0)
    arms: tuple[tuple[ArmMode, ArmMode], ...] = (("hang", "hang"),)
    props: tuple[PropKind, ...] = ("none",)
    half_width_m: Range = (0.09, 0.17)
    toe_out_deg: Range = (2.0, 16.0)


RANGES: Mapping[Movement, MovementRange] = {
    "hinge": MovementRange(
        bend_deg=(45.0, 100.0),
        knee_deg=(8.0, 34.0),
        arms=(("hang", "hang"), ("hang", "hang"), ("crossed", "crossed"), ("hips", "hips")),
        props=("none", "none", "none", "barbell", "dumbbells", "kettlebell"),
    ),
    "squat": MovementRange(
        bend_deg=(25.0, 66.0),
        knee_deg=(65.0, 122.0),
        arms=(("hang", "reach"), ("reach", "reach"), ("crossed", "crossed"), ("hips", "hips")),
        props=("none", "none", "none", "kettlebell"),
        half_width_m=(0.12, 0.21),
        toe_out_deg=(4.0, 20.0),
    ),
    "lift": MovementRange(
        bend_deg=(50.0, 98.0),
        knee_deg=(30.0, 90.0),
        props=("kettlebell", "box", "barbell"),
        half_width_m=(0.13, 0.22),
    ),
    "lunge": MovementRange(
        bend_deg=(0.0, 28.0),
        knee_deg=(78.0, 102.0),
        thoracic_deg=(-2.0, 8.0),
        arms=(("hips", "hips"), ("hang", "hang"), ("crossed", "crossed")),
        props=("none", "none", "dumbbells"),
        half_width_m=(0.07, 0.12),
        toe_out_deg=(0.0, 8.0),
    ),
    "good_morning": MovementRange(
        bend_deg=(40.0, 88.0),
        knee_deg=(5.0, 30.0),
        arms=(("back_bar", "back_bar"),),
        props=("barbell",),
    ),
    "bend": MovementRange(
        bend_deg=(60.0, 115.0),
        knee_deg=(2.0, 14.0),
        arms=(("hang", "hang"),),
        thoracic_deg=(0.0, 28.0),
    ),
}
LOADS_KG: Mapping[PropKind, Range] = {
    "none": (0.0, 0.0),
    "barbell": (20.0, 60.0),
    "box": (4.0, 15.0),
    "kettlebell": (8.0, 24.0),
    "dumbbells": (8.0, 24.0),
}
EVEN, DARK_SHARE, GYM_SHARE = 0.5, 0.6, 0.3
YAW_BINS_DEG = (0.0, 0.0, 15.0, -15.0, 30.0, -30.0)


def random_body(rng: np.random.Generator) -> BodySpec:
    """Draw one person: body, stature, posture and spine."""
    bank = default_bank()
    index = int(rng.integers(len(bank)))
    mean, spread = STATURE_M[bank.is_female(index)]
    stature = float(np.clip(rng.normal(mean, spread), mean - 2.2 * spread, mean + 2.2 * spread))
    ranges = np.array(PEARCY_RANGES_DEG) * np.exp(rng.normal(0.0, 0.18, 5))
    l5, l4, l3, l2, l1 = (float(v) for v in ranges / ranges.sum())
    return BodySpec(
        bank_index=index,
        scale=stature / bank.stature_m(index),
        spine=SpineShape(
            lumbar_deg=float(rng.normal(0.0, 6.0)),
            pelvis_deg=float(rng.normal(0.0, 3.0)),
            thoracic_deg=float(rng.normal(3.0, 6.0)),
            height_shift=float(rng.normal(0.0, 0.012)),
            depth_scale=float(rng.uniform(0.85, 1.15)),
            shares=(l5, l4, l3, l2, l1),
        ),
    )


def random_clip(
    seed: int,
    *,
    movement: Movement | None = None,
    prop: PropKind | None = None,
    yaw_deg: float | None = None,
    body: BodySpec | None = None,
    n_reps: int = 1,
    taped: bool = False,
    fps: int = 25,
) -> ClipSpec:
    """Draw a clip.

    Parameters
    ----------
    seed
        Same seed and same arguments, same clip. Person, movement, look, view and place are drawn
        from streams of their own: fixing one leaves the others as they were.
    movement, prop, yaw_deg, body
        Fixed instead of drawn, where given.
    n_reps
        Repetitions.
    taped
        Whether strips of tape are worn.
    fps
        Frames per second.

    Returns
    -------
    ClipSpec
        The clip, described in full.
    """
    scene, person, moves, looks, view, place = (
        np.random.default_rng([seed, part]) for part in range(6)
    )
    any_kind: Movement = _one_of(scene, MOVEMENTS)
    kind = any_kind if movement is None else movement
    usual = _one_of(scene, RANGES[kind].props)
    held = usual if prop is None else prop
    return ClipSpec(
        name=f"{kind}_{seed:06d}",
        seed=seed,
        motion=_random_motion(moves, kind, held, n_reps),
        body=body or random_body(person),
        look=_random_look(looks, taped=taped),
        prop=_random_prop(scene, held),
        camera=_random_camera(view, yaw_deg),
        room=_random_room(place),
        light=random_light(place),
        finish=_random_finish(view),
        fps=fps,
    )


def _one_of(rng: np.random.Generator, choices: Sequence[Choice]) -> Choice:
    return choices[int(rng.integers(len(choices)))]


def _between(rng: np.random.Generator, limits: Range) -> float:
    return float(rng.uniform(*limits))


def _random_rep(rng: np.random.Generator, movement: Movement) -> RepSpec:
    ranges = RANGES[movement]
    lumbar = float(rng.uniform(0.0, MAX_LUMBAR_DEG[movement]))
    low, high = ranges.bend_deg
    return RepSpec(
        lumbar_deg=lumbar,
        bend_deg=float(rng.uniform(np.clip(lumbar - 12.0, low, high), high)),
        thoracic_deg=_between(rng, ranges.thoracic_deg),
        knee_deg=_between(rng, ranges.knee_deg),
        descent_s=float(rng.uniform(0.9, 2.2)),
        hold_s=float(rng.uniform(0.1, 0.6)),
        ascent_s=float(rng.uniform(0.8, 1.7)),
        rest_s=float(rng.uniform(0.4, 0.9)),
        timing_down=float(np.exp(rng.uniform(np.log(0.6), np.log(2.2)))),
        timing_up=float(np.exp(rng.uniform(np.log(0.6), np.log(2.2)))),
    )


def _random_motion(
    rng: np.random.Generator, movement: Movement, prop: PropKind, n_reps: int
) -> MotionSpec:
    ranges = RANGES[movement]
    standing, bottom = _arms_with(rng, movement, prop)
    lead: Literal["L", "R"] = "L" if rng.random() < EVEN else "R"
    width = _between(rng, ranges.half_width_m)
    if prop == "kettlebell":
        width = max(width, 0.175)
    return MotionSpec(
        movement=movement,
        reps=tuple(_random_rep(rng, movement) for _ in range(n_reps)),
        lead_in_s=float(rng.uniform(0.6, 1.2)),
        stance_half_width_m=width,
        toe_out_deg=_between(rng, ranges.toe_out_deg),
        arms_standing=standing,
        arms_bottom=bottom,
        head_follow=float(rng.uniform(0.0, 0.95)),
        lead=lead,
        sway_deg=float(rng.uniform(0.1, 0.7)),
        sway_seed=int(rng.integers(2**31)),
    )


def _arms_with(
    rng: np.random.Generator, movement: Movement, prop: PropKind
) -> tuple[ArmMode, ArmMode]:
    """Choose what the arms do, given what is held."""
    if movement == "good_morning":
        return "back_bar", "back_bar"
    if prop == "none":
        return _one_of(rng, RANGES[movement].arms)
    if movement == "squat" and prop == "kettlebell":
        return "goblet", "goblet"
    if movement == "squat" and prop == "barbell":
        return "back_bar", "back_bar"
    return "low_grip", "low_grip"


def _random_prop(rng: np.random.Generator, kind: PropKind) -> PropSpec:
    red, green, blue = (float(v) for v in rng.uniform(0.01, 0.4, 3))
    dark = rng.random() < DARK_SHARE
    return PropSpec(
        kind=kind,
        plate_radius_m=float(rng.choice([0.225, 0.225, 0.17, 0.13])),
        colour=(0.03, 0.03, 0.035) if dark and kind != "box" else (red, green, blue),
        load_kg=_between(rng, LOADS_KG[kind]),
    )


def _random_look(rng: np.random.Generator, *, taped: bool) -> Look:
    tops: tuple[Top, ...] = ("bare", "tank", "fitted", "tee", "tee", "long", "hoodie")
    bottoms: tuple[Bottom, ...] = ("shorts", "leggings", "trousers")
    styles: tuple[HairStyle, ...] = ("short", "short", "buzz", "bun", "ponytail")
    looseness = {"tank": (0.0, 0.014), "tee": (0.003, 0.030), "long": (0.002, 0.022)}
    top = _one_of(rng, tops)
    return Look(
        outfit=Outfit(
            top=top,
            bottom=_one_of(rng, bottoms),
            looseness_m=_between(rng, looseness.get(top, (0.018, 0.042))),
            top_colour=_tinted(rng, CLOTH_COLOURS),
            bottom_colour=_tinted(rng, CLOTH_COLOURS),
            shoe_colour=_tinted(rng, CLOTH_COLOURS),
        ),
        hair_style=_one_of(rng, styles),
        hair_colour=_tinted(rng, HAIR_COLOURS),
        skin_colour=_tinted(rng, SKIN_COLOURS),
        taped=taped,
    )


def _tinted(
    rng: np.random.Generator, colours: Sequence[tuple[float, float, float]]
) -> tuple[float, float, float]:
    """One of the colours, a little lighter or darker."""
    shade = rng.uniform(0.75, 1.2)
    red, green, blue = (float(min(c * shade, 0.95)) for c in _one_of(rng, colours))
    return red, green, blue


def _random_camera(rng: np.random.Generator, yaw_deg: float | None) -> CameraSpec:
    yaw = _one_of(rng, YAW_BINS_DEG) + float(rng.uniform(-5.0, 5.0))
    fov = float(rng.uniform(28.0, 54.0))
    fill = float(rng.uniform(0.58, 0.82))
    return CameraSpec(
        facing="left" if rng.random() < EVEN else "right",
        yaw_deg=yaw if yaw_deg is None else yaw_deg,
        height_m=float(rng.uniform(0.5, 1.4)),
        distance_m=1.75 / (2.0 * np.tan(np.radians(fov) / 2.0)) / fill,
        vertical_fov_deg=fov,
        roll_deg=float(rng.normal(0.0, 0.9)),
        aim_forward_m=float(rng.uniform(-0.2, 0.2)),
        aim_height_m=float(rng.uniform(0.82, 0.95)),
    )


def _random_room(rng: np.random.Generator) -> RoomSpec:
    wall = np.clip(np.array([0.80, 0.78, 0.75]) * rng.uniform(0.45, 1.15), 0.0, 0.95)
    wall = np.clip(wall * (1.0 + 0.05 * rng.normal(size=3)), 0.05, 0.96)
    floors = ((0.50, 0.50, 0.52), (0.60, 0.46, 0.33), (0.70, 0.67, 0.62), (0.30, 0.30, 0.32))
    red, green, blue = (float(v) for v in wall)
    return RoomSpec(
        wall=_one_of(rng, WALLS),
        floor=_one_of(rng, FLOORS),
        wall_colour=(red, green, blue),
        floor_colour=_tinted(rng, floors),
        wall_distance_m=float(rng.uniform(1.6, 3.6)),
        wall_turn_deg=float(rng.uniform(-12.0, 12.0)),
        furniture="gym" if rng.random() < GYM_SHARE else "boxes",
        seed=int(rng.integers(2**31)),
    )


def _random_finish(rng: np.random.Generator) -> FinishSpec:
    return FinishSpec(
        gain=float(rng.uniform(0.75, 1.2)),
        gamma=float(rng.uniform(0.85, 1.2)),
        blur_px=float(rng.choice([0.0, 0.0, 0.5, 0.9])),
        noise=float(rng.uniform(0.0, 6.0)),
        crf=int(rng.integers(19, 31)),
    )
