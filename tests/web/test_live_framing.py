"""The live page tells one thing to do when the movement cannot be seen, and counts nothing then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.given_material import first_images, shared_file
from tests.web.fake_webcam import (
    FPS,
    boxed,
    closer,
    darkened,
    dog,
    doubled,
    empty_room,
    filmed,
    standing_still,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.conftest import Coaching, Look
    from tests.web.fake_webcam import Footage
    from tests.web.live_page import LivePage
    from tests.web.tempo import Tempo

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
SECONDS: Final = 6.0


def somebody() -> Footage:
    return standing_still(first_images(SAMPLE, 1)[0], seconds=SECONDS)


SCENES: Final[dict[str, tuple[Callable[[], Footage], set[str]]]] = {
    "too_close": (lambda: somebody().changed(closer), {"too_close", "body_cut_off"}),
    "dark": (lambda: somebody().changed(darkened), {"too_dark"}),
    "nobody": (lambda: empty_room(seconds=SECONDS), {"nobody"}),
    "turned": (
        lambda: filmed(shared_file("renders/hinge_yaw30.mp4")).part(0, 1).held(after_s=SECONDS),
        {"oblique_view"},
    ),
    "from_the_front": (
        lambda: filmed(shared_file("clips/squat_barbell_front_jamesr.mp4")).part(0, SECONDS),
        {"frontal_view"},
    ),
}


def refused(coaching: Coaching, footage: Footage, expected: set[str]) -> LivePage:
    """Film until the page tells what is in the way."""
    page = coaching(footage)
    page.until(f"{sorted(expected)}.includes(h.frame?.guide?.key)")
    return page


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_that_cannot_be_judged_is_told_and_not_counted(
    coaching: Coaching, tempo: Tempo, look: Look, scene: str
) -> None:
    film, expected = SCENES[scene]
    footage = film()
    page = tempo.keep_up(lambda: refused(coaching, footage, expected))
    look(page.page, f"framing_{scene}")
    guide = page.told("frame")["guide"]
    assert guide["text"] in page.page.locator("#stage").inner_text()
    assert page.told("state") == "framing"
    assert page.told("reps") == 0


def test_nothing_is_counted_of_a_dog(coaching: Coaching, tempo: Tempo) -> None:
    """The network may take a shape of four legs for somebody who stands; no bend comes of it."""
    footage = dog(seconds=SECONDS)

    def attempt() -> LivePage:
        page = coaching(footage)
        page.until(f"h.frames >= {int(SECONDS * FPS)}")
        return page

    page = tempo.keep_up(attempt)
    assert page.told("reps") == 0
    assert "rep" not in page.told("messages")


def test_a_second_person_is_pointed_out_and_in_nobodys_way(
    coaching: Coaching, tempo: Tempo, look: Look
) -> None:
    footage = somebody().changed(doubled)

    def attempt() -> LivePage:
        page = coaching(footage)
        page.until("h.state === 'ready' && h.frame?.guide?.key === 'second_person'")
        return page

    look(tempo.keep_up(attempt).page, "framing_second_person")


def test_somebody_who_steps_out_for_a_moment_stays_ready(coaching: Coaching, tempo: Tempo) -> None:
    footage = somebody() + empty_room(seconds=1.0) + somebody()

    def attempt() -> LivePage:
        page = coaching(footage)
        page.until("h.state === 'ready'")
        page.until("h.frame && !h.frame.landmarks")
        page.until("h.frame?.landmarks")
        return page

    page = tempo.keep_up(attempt)
    assert page.told("state") == "ready"
    assert page.guide() == ""
    assert page.told("messages")["state"] == 2


def test_a_set_ends_by_itself_when_its_person_leaves(
    coaching: Coaching, tempo: Tempo, look: Look
) -> None:
    picture = boxed(first_images(SAMPLE, 1)[0])
    one_rep = standing_still(picture, seconds=5) + filmed(SAMPLE).part(0, 4.5)
    footage = one_rep + empty_room(seconds=14)

    def attempt() -> LivePage:
        page = coaching(footage)
        page.until("h.state === 'summary'")
        return page

    page = tempo.keep_up(attempt)
    look(page.page, "framing_left")
    assert page.told("summary")["reps"] == 1
