"""Visits to the kiosk: real Chromium, real server, real networks, a filmed visitor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest

from tests.given_material import first_images
from tests.web.fake_webcam import empty_room, filmed, standing_still
from tests.web.raised_hand import CLIP as RAISED_HAND
from tests.web.running_server import RunningServer
from tests.web.tempo import TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.web.conftest import Filming, Look
    from tests.web.fake_webcam import Footage
    from tests.web.tempo import Tempo

    Opened = Callable[[Footage], Page]

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
SCREEN: Final = (1920, 1080)
PATIENCE_S: Final = 60.0
SETTINGS: Final = {
    "KIOSK__COUNTDOWN_S": 2,
    "KIOSK__TARGET_REPS": 1,
    "KIOSK__STILL_THERE_S": 4,
    "KIOSK__AWAY_S": 2,
    "KIOSK__CONSENT_S": 300,
    "KIOSK__TURN_S": 300,
    "KIOSK__FIRST_REP_S": 300,
    "KIOSK__SUMMARY_S": 300,
    "ADAPTIVE": False,
}
LEAST_RATE_HZ: Final = 14.0
"""Pictures a second, on the slow clock, below which repetitions may go by unseen."""
SCREENS: Final = (
    "attract",
    "invite",
    "consent",
    "countdown",
    "turn",
    "set",
    "summary",
    "still_there",
    "attract",
)
"""A whole visit."""
NOTE_SCREENS: Final = """
addEventListener("DOMContentLoaded", () => {
  const seen = (window.screensSeen = []);
  const paces = (window.paces = []);
  setInterval(() => {
    if (["turn", "set"].includes(seen.at(-1))) paces.push(window.hingewise.fps);
  }, 500);
  const note = () => {
    const { screen } = document.body.dataset;
    if (screen !== seen.at(-1)) seen.push(screen);
  };
  note();
  new MutationObserver(note).observe(document.body, { attributeFilter: ["data-screen"] });
});
"""


def somebody(seconds: float) -> Footage:
    return standing_still(first_images(SAMPLE, 1)[0], seconds=seconds)


@pytest.fixture(scope="module")
def visitor() -> Footage:
    """Come, hold a hand up twice, turn side-on, hinge once, read, leave: touching nothing."""
    hand = filmed(RAISED_HAND)
    hinge = filmed(SAMPLE).part(0, 4.5)
    return (
        empty_room(seconds=4)
        + hand.held(before_s=3)
        + hand.held(after_s=3)
        + somebody(4)
        + hinge.held(after_s=6)
        + empty_room(seconds=12)
    )


@pytest.fixture
def kiosk_server(tempo: Tempo, tmp_path: Path) -> Iterator[RunningServer]:  # noqa: ARG001 - may skip
    """Run a server whose kiosk does not wait for nothing, and waits for a slow world."""
    with RunningServer(tmp_path, SETTINGS) as running:
        yield running


@pytest.fixture
def opened(filming: Filming, kiosk_server: RunningServer, tempo: Tempo) -> Opened:
    """Open the kiosk with a camera that films some footage."""

    def opening(footage: Footage) -> Page:
        context = filming(footage, size=SCREEN)
        context.add_init_script(NOTE_SCREENS)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_S * 1000 * tempo.factor)
        page.goto(f"{kiosk_server.url}/kiosk")
        return page

    return opening


def until(page: Page, *screens: str) -> None:
    """Wait until one of these screens is there."""
    page.wait_for_function("names => names.includes(document.body.dataset.screen)", arg=screens)


def until_seen(page: Page, screen: str, tempo: Tempo) -> None:
    """Wait until a screen has been there, if only for a moment.

    Raises
    ------
    TooSlowError
        When the visitor's movement went by at too few pictures a second.
    """
    seen_or_slow = (
        "([name, least]) => window.screensSeen.includes(name)"
        " || window.paces.slice(2).some((pace) => pace < least)"
    )
    try:
        page.wait_for_function(seen_or_slow, arg=[screen, LEAST_RATE_HZ / tempo.factor])
    except Exception as error:
        error.add_note(f"waited for {screen}, saw {page.evaluate('() => window.screensSeen')}")
        raise
    if screen not in page.evaluate("() => window.screensSeen"):
        raise TooSlowError(str(page.evaluate("() => window.paces")))


def read_code(page: Page) -> str:
    """Read the QR code off the screen, as a phone would."""
    picture = np.frombuffer(page.screenshot(), np.uint8)
    image = cv2.imdecode(picture, cv2.IMREAD_COLOR)
    assert image is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(image)
    return text


def visited(page: Page, tempo: Tempo, look: Look) -> tuple[dict[str, Any], str]:
    """Watch a visit up to its summary; return that, and what the code on the screen says."""
    for screen in SCREENS[:7]:
        until_seen(page, screen, tempo)
        look(page, f"kiosk_{screen}")
    summary: dict[str, Any] = page.evaluate("() => window.hingewise.summary")
    return summary, read_code(page)


def test_a_visit_without_a_touch(
    opened: Opened, kiosk_server: RunningServer, visitor: Footage, tempo: Tempo, look: Look
) -> None:
    def attempt() -> tuple[Page, tuple[dict[str, Any], str]]:
        page = opened(visitor)
        return page, visited(page, tempo, look)

    before = kiosk_server.kept_files()
    page, (summary, carried) = tempo.keep_up(attempt)
    until(page, "still_there")
    look(page, "kiosk_still_there")
    until(page, "attract")
    seen = page.evaluate("() => window.screensSeen")
    start = seen.index("attract")
    assert seen[start : start + len(SCREENS)] == list(SCREENS)
    assert summary["reps"] == 1
    assert summary["headline"] in carried
    assert page.evaluate("() => window.hingewise.summary") is None
    assert kiosk_server.kept_files() == before


def test_any_key_does_what_a_hand_does_and_a_reload_goes_back_to_the_start(
    opened: Opened,
) -> None:
    page = opened(somebody(4))
    until(page, "attract", "invite")
    page.keyboard.press("Enter")
    until(page, "consent")
    page.keyboard.press("x")
    until(page, "countdown")
    until(page, "turn", "set")
    page.reload()
    until(page, "attract", "invite")
    page.keyboard.press("Enter")
    until(page, "consent")
    page.keyboard.press("Escape")
    until(page, "attract", "invite")


def test_a_camera_that_is_lost_is_told_and_taken_up_again(
    opened: Opened,
    look: Look,
) -> None:
    page = opened(somebody(4))
    until(page, "invite")
    page.evaluate("() => document.querySelector('video').srcObject.getTracks()[0].stop()")
    until(page, "camera_lost")
    look(page, "kiosk_camera_lost")
    until(page, "attract", "invite")


def test_a_server_that_dies_is_waited_for_and_the_visit_begins_anew(
    opened: Opened,
    kiosk_server: RunningServer,
    look: Look,
) -> None:
    page = opened(somebody(4))
    until(page, "invite")
    page.keyboard.press("Enter")
    until(page, "consent")
    kiosk_server.kill()
    until(page, "waiting")
    look(page, "kiosk_waiting")
    kiosk_server.start()
    until(page, "attract", "invite")
    assert kiosk_server.kept_files() == []
