"""Two real lifts, from the chooser of the upload page to a comparison on paper."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Final

import pytest

from service.pipeline import assess_video
from tests.given_material import pose_bundle, shared_file
from tests.web import chromium
from tests.web.running_server import RunningServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Playwright

    Look = Callable[[Page, str], None]

CLIPS: Final = (
    "clips/deadlift_neutral_back_side_bichraix_good014.mp4",
    "clips/deadlift_rounded_back_side_bichraix_bad007.mp4",
)
PATIENCE_MS: Final = 300_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server with a worker beside it."""
    pose_bundle(mask=True)
    with RunningServer(tmp_path, {"WORKERS": 1}) as running:
        yield running


@pytest.fixture
def page(playwright_driver: Playwright) -> Iterator[Page]:
    browser = chromium.launch(playwright_driver)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    thrown: list[str] = []
    context.on("weberror", lambda error: thrown.append(str(error.error)))
    yield context.new_page()
    browser.close()
    assert thrown == []


def test_real_lifts_are_sent_watched_reviewed_compared_and_printed(
    server: RunningServer, page: Page, look: Look
) -> None:
    files = [shared_file(name) for name in CLIPS]
    page.goto(f"{server.url}/upload")
    page.locator("#person").fill("Kim")
    page.locator("#files").set_input_files(list(files))
    see_progress(page)
    page.locator(".row", has_text="Your report is ready").nth(1).wait_for()
    reviews = page.locator("[data-action=open]")
    look(page, "sent")

    page.goto(f"{server.url}{reviews.first.get_attribute('href')}")
    page.locator("#curves[aria-valuenow]").wait_for()
    assert report_of(server, page.url) == assess_video(files[0]).report.to_json()
    follow_the_report(page)
    look(page, "review")

    compare_from_the_history(page, server)
    look(page, "compare")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def see_progress(page: Page) -> None:
    """Wait for a share of the analysis between nothing and all."""
    page.wait_for_function(
        """() => [...document.querySelectorAll(".row progress")].some(
             bar => bar.hasAttribute("value") && bar.value > 0 && bar.value < bar.max)"""
    )


def report_of(server: RunningServer, address: str) -> str:
    """Fetch the report of the set that a page reviews."""
    place = f"{server.url}/api/v1/reports/{address.rpartition('/')[2]}"
    with urllib.request.urlopen(place) as answer:  # noqa: S310 - own server
        text: bytes = answer.read()
    return text.decode("utf-8")


def follow_the_report(page: Page) -> None:
    """Scrub on the curves, then go to the lowest point and to a finding."""
    curves = page.locator("#curves")
    box = curves.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.mouse.up()
    scrubbed = moment(page)
    assert scrubbed > 0
    page.get_by_role("button", name="Rep 1").first.click()
    page.wait_for_function(
        "before => +document.querySelector('#curves').ariaValueNow !== before", arg=scrubbed
    )
    lowest = moment(page)
    finding = page.locator("[data-time]").last
    finding.click()
    assert moment(page) == pytest.approx(
        float(finding.get_attribute("data-time") or "nan"), abs=0.1
    )
    page.keyboard.press("p")
    assert moment(page) <= lowest + 0.1


def moment(page: Page) -> float:
    """Tell which moment the review shows, s."""
    return float(page.locator("#curves").get_attribute("aria-valuenow") or "nan")


def compare_from_the_history(page: Page, server: RunningServer) -> None:
    """Go to Kim's history, tick both sets and compare them."""
    page.goto(f"{server.url}/people")
    page.get_by_role("link", name="Kim").first.click()
    ticks = page.locator("main input[type=checkbox]")
    ticks.nth(1).wait_for()
    assert ticks.count() == 2
    for tick in ticks.all():
        tick.check()
    page.locator("#compare").click()
    page.wait_for_url("**/compare?**")
    page.locator("#diagram").wait_for()
    assert page.locator("video").count() == 2
