from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")
pytest.importorskip("moderngl", reason="the studio's own packages are not installed")

from dataclasses import replace

from sample_videos.studio.clip import (
    Performance,
    exact_masks,
    make_renderer,
    render_clip,
)
from sample_videos.studio.motion import RepSpec
from sample_videos.studio.renderer import Renderer, RenderError
from sample_videos.studio.room import build_room
from sample_videos.studio.sampling import random_clip
from sample_videos.studio.spec import FAST, ClipSpec
from sample_videos.studio.truth import read_masks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = replace(FAST, size_px=(320, 240))


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    try:
        drawing = make_renderer(SMALL)
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    yield drawing
    drawing.close()


def _short_clip() -> ClipSpec:
    spec = random_clip(5, movement="hinge", prop="none", yaw_deg=0.0)
    rep = RepSpec(
        lumbar_deg=30.0, bend_deg=70.0, descent_s=0.2, hold_s=0.1, ascent_s=0.1, rest_s=0.05
    )
    return replace(spec, motion=replace(spec.motion, reps=(rep,), lead_in_s=0.1), fps=20)


def test_a_clip_is_written_with_its_truth_and_masks(renderer: Renderer, tmp_path: Path) -> None:
    spec = _short_clip()
    files = render_clip(spec, tmp_path, profile=SMALL, masks=True, renderer=renderer)
    truth = json.loads(files.truth.read_text())
    assert files.video.stat().st_size > 1000
    assert len(truth["frames"]) == files.frames == 11
    assert truth["size"] == [320, 240]
    assert files.masks is not None
    seen, naked = read_masks(files.masks)
    assert seen.shape == naked.shape == (11, 240, 320)


def test_the_same_clip_twice_gives_the_same_pixels_and_truth(
    renderer: Renderer, tmp_path: Path
) -> None:
    spec = _short_clip()
    first = render_clip(spec, tmp_path / "a", profile=SMALL, renderer=renderer)
    second = render_clip(spec, tmp_path / "b", profile=SMALL, renderer=renderer)
    assert first.truth.read_bytes() == second.truth.read_bytes()
    assert first.video.read_bytes() == second.video.read_bytes()


def test_masks_hold_the_joints_and_clothes_cover_the_body(renderer: Renderer) -> None:
    spec = _short_clip()
    performance = Performance(spec)
    renderer.set_stage(*build_room(spec.room, spec.camera.facing), spec.light, spec.camera)
    posed, moment = performance.posed_at(0.0)
    meshes = performance.meshes(posed, moment)
    seen, naked = exact_masks(renderer, meshes, performance.naked(posed))
    assert 0.02 < naked.mean() < 0.4
    assert (seen & naked).sum() > 0.93 * naked.sum()
    hip = performance.body.bones.index("thigh_L")
    from sample_videos.studio.camera import project  # noqa: PLC0415  (used here alone)

    x, y = project(renderer.matrix, posed.positions[[hip]], renderer.size_px)[0]
    assert naked[int(y), int(x)]


def test_shadows_change_the_floor_and_nothing_far_away() -> None:
    spec = _short_clip()
    try:
        drawing = Renderer((320, 240), samples=1, shadow_px=512)
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    performance = Performance(spec)
    drawing.set_stage(*build_room(spec.room, spec.camera.facing), spec.light, spec.camera)
    empty = drawing.picture([]).astype(int)
    meshes = performance.meshes(*performance.posed_at(0.0))
    filled = drawing.picture(meshes).astype(int)
    person = drawing.part_map(meshes) > 0
    changed = np.abs(filled - empty).max(axis=2) > 8
    assert (changed & ~person).sum() > 20
    assert changed.mean() < 0.5
    drawing.close()
