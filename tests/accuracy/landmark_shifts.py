"""Where landmarks slip on the renders: from the drawn joint, at the bottom against standing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from tests.accuracy.recorded_clips import assessment_of, recording_of
from tests.accuracy.render_angles import STANDING_DEG, truth_of
from tests.given_material import shared_file
from vision.framing import Side
from vision.pose import Landmark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

JOINTS: Final = ("shoulder", "hip", "knee", "ankle")

BOTTOM: Final = 0.85
"""The bottom is where the bend is above this share of its largest."""


def shifts(name: str) -> dict[str, tuple[float, float]]:
    """Tell how far each near landmark slips, forward and up, in % of trunk length."""
    truth = json.loads(shared_file(f"renders/{name}.json").read_text("utf-8"))
    framing = assessment_of(f"renders/{name}.mp4").framing
    side = "R" if framing.near_side is Side.RIGHT else "L"
    drawn = {
        joint: np.array([frame["joints_px"][f"{joint}_{side}"] for frame in truth["frames"]])
        for joint in JOINTS
    }
    bend = truth_of(name).bend_deg
    standing, bottom = bend < STANDING_DEG, bend > BOTTOM * bend.max()
    trunk_px = np.median(np.hypot(*(drawn["shoulder"] - drawn["hip"])[standing].T))
    axes = np.array([1.0 if framing.facing is Side.RIGHT else -1.0, -1.0])
    seen = np.array([pose.image_xy for pose in recording_of(f"renders/{name}.mp4").poses])
    found = {}
    for joint in JOINTS:
        landmark = Landmark[f"{'RIGHT' if side == 'R' else 'LEFT'}_{joint.upper()}"]
        away = (seen[:, landmark] - drawn[joint]) * axes / trunk_px * 100
        slip = np.nanmedian(away[bottom], axis=0) - np.nanmedian(away[standing], axis=0)
        found[joint] = (float(slip[0]), float(slip[1]))
    return found
