"""The person of the sample hinges faces the camera and holds a hand up: so a kiosk is started.

``python -m tests.web.raised_hand`` renders the clip anew (extra ``studio``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from sample_videos.studio.motion import MotionSpec, RepSpec
from sample_videos.studio.samples import sample_clips
from sample_videos.studio.spec import SHOWCASE, ClipSpec

FOLDER: Final = Path(__file__).parents[1] / "data"
CLIP: Final = FOLDER / "hand_raised.mp4"
"""Stand, hold the right hand up for two seconds, stand; four seconds in all."""

RAISE: Final = RepSpec(
    lumbar_deg=0.0,
    bend_deg=0.0,
    thoracic_deg=0.0,
    knee_deg=4.0,
    descent_s=0.7,
    hold_s=2.0,
    ascent_s=0.7,
    rest_s=0.3,
)
"""Nothing but the arm moves: up, held, down."""
FACING_DEG: Final = 75.0
"""Turn of the person from a side view towards the camera: who reads a screen faces it."""


def raised_hand() -> ClipSpec:
    """Specify the clip: person and room are those of ``hinge_rounded``."""
    sample = next(clip for clip in sample_clips() if clip.name == "hinge_rounded")
    motion = MotionSpec(
        movement="hinge", reps=(RAISE,), lead_in_s=0.3, arms_bottom="raised", head_follow=0.0
    )
    camera = replace(sample.camera, yaw_deg=FACING_DEG)
    return replace(sample, name=CLIP.stem, motion=motion, camera=camera)


def main() -> None:
    """Render the clip; its truth is not kept."""
    from sample_videos.studio.clip import render_clip  # noqa: PLC0415 - needs OpenGL

    render_clip(raised_hand(), FOLDER, profile=SHOWCASE).truth.unlink()


if __name__ == "__main__":
    main()
