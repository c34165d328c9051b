"""One clip, described in full: the same specification gives the same clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sample_videos.studio.actor import Look
from sample_videos.studio.bodies import BodySpec
from sample_videos.studio.camera import CameraSpec
from sample_videos.studio.finish import FinishSpec
from sample_videos.studio.props import PropSpec
from sample_videos.studio.renderer import Light
from sample_videos.studio.room import RoomSpec

if TYPE_CHECKING:
    from sample_videos.studio.motion import MotionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpec:
    """Everything that a clip follows from.

    Attributes
    ----------
    name
        File name without suffix.
    seed
        Seed of what is not spelt out: creases, textures' grain, sensor noise.
    motion, body, look, prop, camera, room, light, finish
        The parts of the scene.
    fps
        Frames per second.
    """

    name: str
    seed: int
    motion: MotionSpec
    body: BodySpec = field(default_factory=BodySpec)
    look: Look = field(default_factory=Look)
    prop: PropSpec = field(default_factory=PropSpec)
    camera: CameraSpec = field(default_factory=CameraSpec)
    room: RoomSpec = field(default_factory=RoomSpec)
    light: Light = field(default_factory=Light)
    finish: FinishSpec = field(default_factory=FinishSpec)
    fps: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How much care a picture gets; has no influence on the truth but the pixel scale.

    Attributes
    ----------
    size_px
        Width and height.
    samples
        Samples per pixel at edges (costly without a graphics card).
    supersample
        Pictures are drawn this much larger and reduced.
    shadow_px
        Side of the shadow map, 0 for none.
    fine
        Finer cloth.
    shutter
        Share of the frame's time that the shutter is open; 0 for no motion blur.
    exposures
        Pictures that make one blurred frame.
    preset
        x264 preset.
    """

    size_px: tuple[int, int]
    samples: int
    supersample: float
    shadow_px: int
    fine: bool
    shutter: float = 0.0
    exposures: int = 1
    preset: str = "veryfast"


FAST = Profile(size_px=(640, 480), samples=1, supersample=1.5, shadow_px=0, fine=False)
SHOWCASE = Profile(
    size_px=(960, 540),
    samples=1,
    supersample=1.5,
    shadow_px=2048,
    fine=True,
    preset="slow",
)
PROFILES = {"fast": FAST, "showcase": SHOWCASE}
