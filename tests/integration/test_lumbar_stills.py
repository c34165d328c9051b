"""Stills of a rendered person, seen as training sees them; takes an OpenGL and the pose model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.lumbar.training.dataset import SeenClip, read_rows, write_shard
from models.lumbar.training.people import training_clip
from models.lumbar.training.stills import Still, still_times_s, stills
from sample_videos.studio.clip import Performance, make_renderer
from sample_videos.studio.renderer import RenderError
from sample_videos.studio.spec import FAST
from tests.given_material import pose_bundle
from vision.estimators.direct import SettledBlazePose
from vision.pose import Landmark

if TYPE_CHECKING:
    from pathlib import Path

    from sample_videos.studio.spec import ClipSpec

pytestmark = pytest.mark.slow


@cache
def a_plain_clip() -> ClipSpec:
    """Nothing is in front of the back, and the view is from the side."""
    clips = map(training_clip, range(400))
    return next(
        clip for clip in clips if clip.prop.kind == "none" and abs(clip.camera.yaw_deg) < 5.0
    )


@pytest.fixture(scope="module")
def seen() -> tuple[Still, ...]:
    estimator = SettledBlazePose(pose_bundle(mask=True), threads=1)
    try:
        drawing = make_renderer(FAST)
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    try:
        return tuple(stills(a_plain_clip(), drawing, FAST, estimator))
    finally:
        drawing.close()


def test_stills_show_standing_both_ways_and_the_bottom(seen: tuple[Still, ...]) -> None:
    times = still_times_s(a_plain_clip(), Performance(a_plain_clip()))
    assert {one.t_s for one in seen} <= set(times)
    assert len(seen) > 0.9 * len(times)
    reps = {one.truth["rep"] for one in seen}
    assert -1 in reps
    assert max(one.truth["depth"] for one in seen) > 0.97


def test_the_person_is_found_where_they_are(seen: tuple[Still, ...]) -> None:
    apart = []
    for one in seen:
        for landmark, joint in ((Landmark.LEFT_KNEE, "knee_L"), (Landmark.RIGHT_KNEE, "knee_R")):
            offset = one.pose.image_xy[landmark] - one.truth["joints_px"][joint]
            apart += [float(np.hypot(*offset))] if np.isfinite(offset).all() else []
    assert len(apart) >= len(seen)
    assert np.median(apart) < 8.0, "pixels of a picture 480 high"


def test_the_back_is_outlined(seen: tuple[Still, ...]) -> None:
    assert np.mean([one.pose.outline is not None for one in seen]) > 0.8


def test_they_make_a_shard_to_train_on(seen: tuple[Still, ...], tmp_path: Path) -> None:
    write_shard(
        tmp_path / "000000.npz", [SeenClip(spec=a_plain_clip(), stills=seen)], pictures=True
    )
    rows = read_rows(tmp_path)
    moving = [one for one in seen if one.truth["rep"] >= 0 and one.pose.outline is not None]
    truth = [one.truth["lumbar_flexion"] for one in moving]
    assert 0 < len(rows.flexion_deg) <= len(moving)
    assert set(rows.flexion_deg.tolist()) <= {float(np.float32(value)) for value in truth}
    assert np.isfinite(rows.features).all()
    assert rows.at_bottom.any()
