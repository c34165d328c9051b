"""Who is rendered for training and who is kept for the test; the split is by body."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from sample_videos.studio.sampling import MAX_LUMBAR_DEG, random_body, random_clip

if TYPE_CHECKING:
    from sample_videos.studio.bodies import BodySpec
    from sample_videos.studio.spec import ClipSpec

TEST_EVERY: Final = 5
"""Every fifth body of the bank is never seen in training."""

LOWEST_LUMBAR_DEG: Final = -10.0
"""Training reaches past 0 into extension, so that an estimate near 0 has neighbours on both
sides."""

EXTENDED_SHARE: Final = 0.14
"""Share of training clips below 0: as dense as the 60° above."""

WIDE_YAW_SHARE: Final = 0.2
YAW_DEG: Final = 20.0
WIDE_YAW_DEG: Final = 35.0
"""Most training clips are taken within 20° of a side view, some up to 35°."""

CALIBRATION_SEED: Final = 4_000_000
TEST_SEED: Final = 5_000_000
"""Seeds of training clips lie below both; those of calibration and test clips from here on."""

_PEOPLE, _VIEW, _BEND = 101, 102, 103


class Split(StrEnum):
    """What a body is used for."""

    TRAIN = "train"
    TEST = "test"


def split_of(bank_index: int) -> Split:
    """Say what a body of the bank is used for."""
    return Split.TEST if bank_index % TEST_EVERY == 0 else Split.TRAIN


def draw_body(seed: int, split: Split) -> BodySpec:
    """Draw a person of a split; same seed, same person."""
    rng = np.random.default_rng([seed, _PEOPLE])
    while True:
        body = random_body(rng)
        if split_of(body.bank_index) is split:
            return body


def training_clip(seed: int) -> ClipSpec:
    """Draw a training clip: flat in lumbar flexion, mostly seen from the side.

    Parameters
    ----------
    seed
        Below `CALIBRATION_SEED`; the same seed gives the same clip.
    """
    view = np.random.default_rng([seed, _VIEW])
    limit = WIDE_YAW_DEG if view.random() < WIDE_YAW_SHARE else YAW_DEG
    clip = random_clip(
        seed,
        body=draw_body(seed, Split.TRAIN),
        yaw_deg=float(view.uniform(-limit, limit)),
        taped=False,
    )
    return _sometimes_extended(clip, seed)


def calibration_clip(seed: int) -> ClipSpec:
    """Draw a clip as for the test, but of a training body, which some networks never saw.

    Parameters
    ----------
    seed
        Counted from 0; the same seed gives the same clip.
    """
    number = CALIBRATION_SEED + seed
    return random_clip(number, body=draw_body(number, Split.TRAIN))


def test_clip(seed: int, *, taped: bool = False) -> ClipSpec:  # noqa: PT028 - no test, but a clip of the test
    """Draw a test clip of a body that training never saw, as the studio draws clips.

    Parameters
    ----------
    seed
        Counted from 0; the same seed gives the same clip.
    taped
        Whether strips of tape are worn.
    """
    number = TEST_SEED + seed
    return random_clip(number, body=draw_body(number, Split.TEST), taped=taped)


def _sometimes_extended(clip: ClipSpec, seed: int) -> ClipSpec:
    rng = np.random.default_rng([seed, _BEND])
    if MAX_LUMBAR_DEG[clip.motion.movement] < -LOWEST_LUMBAR_DEG or rng.random() > EXTENDED_SHARE:
        return clip
    reps = tuple(
        replace(rep, lumbar_deg=float(rng.uniform(LOWEST_LUMBAR_DEG, 0.0)))
        for rep in clip.motion.reps
    )
    return replace(clip, motion=replace(clip.motion, reps=reps))
