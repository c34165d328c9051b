"""The shipped samples are those that the studio specifies, and rendering them again gives them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

pytest.importorskip("scipy", reason="the studio's own packages are not installed")
pytest.importorskip("moderngl", reason="the studio's own packages are not installed")

from sample_videos.studio import STUDIO_VERSION
from sample_videos.studio.clip import frame_times_s, truth_of
from sample_videos.studio.samples import sample_clips
from sample_videos.studio.spec import SHOWCASE
from tests.golden.samples import SAMPLES, clips, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sample_videos.studio.spec import ClipSpec

MOVEMENT_OF_STUDIO: Final = {
    "good_morning": "hip_hinge",
    "hinge": "hip_hinge",
    "lift": "deadlift",
    "lunge": "lunge",
    "squat": "squat",
}
"""What the catalogue calls the studio's movements."""

COMPARED_HZ: Final = 2
"""Frames of each second whose truth is worked out again."""

LAST_PLACE: Final = 0.0101
"""Pixels are written to two places, angles to three; processors differ in what rounds to them."""

FOLLOW_FPS: Final = {"fps", "frame"}

each_spec = pytest.mark.parametrize("spec", sample_clips(), ids=lambda spec: spec.name)


def entry_of(spec: ClipSpec) -> dict[str, Any]:
    [entry] = [clip for clip in clips() if clip["name"] == spec.name]
    return entry


def shipped_truth(spec: ClipSpec) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((SAMPLES / f"{spec.name}.json").read_text("utf-8"))
    return truth


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every single value with its path; those that follow from the frame rate left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in FOLLOW_FPS:
                yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def same(one: object, other: object) -> bool:
    numbers = [value for value in (one, other) if isinstance(value, float)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=0.0, abs_tol=LAST_PLACE)
    return one == other


def changed(shipped: object, again: object) -> list[str]:
    old, new = dict(leaves(shipped)), dict(leaves(again))
    return [path for path in old | new if not same(old.get(path), new.get(path))]


def test_the_manifest_lists_what_the_studio_specifies() -> None:
    assert [clip["name"] for clip in clips()] == [spec.name for spec in sample_clips()]


def test_the_manifest_names_the_studio_that_rendered_them() -> None:
    assert manifest()["studio_version"] == STUDIO_VERSION
    assert {shipped_truth(spec)["studio_version"] for spec in sample_clips()} == {STUDIO_VERSION}


@each_spec
def test_an_entry_tells_what_its_specification_says(spec: ClipSpec) -> None:
    entry = entry_of(spec)
    assert entry["seed"] == spec.seed
    assert entry["movement"] == MOVEMENT_OF_STUDIO[spec.motion.movement]
    assert entry["reps"] == len(spec.motion.reps)
    assert entry["lumbar_flexion_deg"] == [rep.lumbar_deg for rep in spec.motion.reps]
    assert entry["yaw_deg"] == spec.camera.yaw_deg
    assert entry["facing"] == spec.camera.facing
    assert entry["prop"] == spec.prop.kind


@each_spec
def test_a_video_has_the_size_and_length_that_its_specification_gives(spec: ClipSpec) -> None:
    video = entry_of(spec)["video"]
    assert (video["width"], video["height"]) == SHOWCASE.size_px
    assert video["fps"] == spec.fps
    assert video["frames"] == len(frame_times_s(spec)) == len(shipped_truth(spec)["frames"])


@each_spec
def test_rendering_again_gives_the_shipped_truth(spec: ClipSpec) -> None:
    again = truth_of(replace(spec, fps=COMPARED_HZ), SHOWCASE)
    shipped = shipped_truth(spec)
    shipped["frames"] = shipped["frames"][:: spec.fps // COMPARED_HZ][: len(again["frames"])]
    assert len(shipped["frames"]) == len(again["frames"]) > 10
    assert changed(shipped, again) == []


def test_another_person_or_bend_would_not_give_the_shipped_truth() -> None:
    spec = sample_clips()[0]
    rounder = replace(spec.motion.reps[0], lumbar_deg=spec.motion.reps[0].lumbar_deg + 1.0)
    other = replace(spec.motion, reps=(rounder, *spec.motion.reps[1:]))
    again = truth_of(replace(spec, motion=other, fps=COMPARED_HZ), SHOWCASE)
    differing = changed(shipped_truth(spec), again)
    assert ".reps[0].lumbar_flexion_deg" in differing
    assert ".spec.motion.reps[0].lumbar_deg" in differing
    assert ".frames[6].lumbar_flexion" in differing
