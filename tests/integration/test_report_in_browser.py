"""The report in a real Chromium: it lays out, prints, asks for nothing, and its video plays."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from service.artefacts import PAGE, VIDEO, write_artefacts
from service.pipeline import assess_recording
from service.report_html import render_report
from service.wording import load_wording
from tests.unit import hand_made, hand_made_lumbar
from vision.video_writer import VideoWriter

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
UNTIL_S = 5.2

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium absent: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write all that is written about a made clip of one hinge."""
    recording = hand_made.recording()
    poses = tuple(pose for pose in recording.poses if pose.t_s < UNTIL_S)
    result = assess_recording(dataclasses.replace(recording, poses=poses))
    base = tmp_path_factory.mktemp("report")
    width, height = hand_made.PICTURE_SIZE
    clip = base / "clip.mp4"
    with VideoWriter(clip, (width, height)) as writer:
        for pose in poses:
            writer.write(np.full((height, width, 3), 120, dtype=np.uint8), pose.t_s)
    target = base / "report"
    target.mkdir()
    write_artefacts(result, target, video=clip, with_video=True, wording=load_wording())
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    tab = browser.new_page()
    yield tab
    tab.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_the_width_and_says_nothing_on_the_console(
    page: Page, folder: Path, width: int, scheme: str
) -> None:
    messages: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto((folder / PAGE).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert messages == []
    assert set(asked) <= {"file", "data"}
    assert asked.count("file") == 1


@pytest.fixture(scope="module")
def lumbar_page(folder: Path) -> Path:
    """Write the page of five hinges with a measured lower back and an own full bend."""
    found = hand_made_lumbar.assessment()
    file = folder / "lumbar.html"
    file.write_text(
        render_report(
            hand_made_lumbar.report_of(found),
            series=found.series,
            key_frames=(),
            files=[],
            wording=load_wording(),
        ),
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_words_in_the_lumbar_diagram_neither_overlap_nor_leave_it(
    page: Page, lumbar_page: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(lumbar_page.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    crowded = page.evaluate(
        """() => {
             const card = document.querySelector('.drawn figure').getBoundingClientRect();
             const texts = [...document.querySelectorAll('.drawn figure > svg text')];
             const found = [];
             texts.forEach((one, place) => {
               const a = one.getBoundingClientRect();
               if (a.left < card.left || a.right > card.right || a.top < card.top) {
                 found.push(one.textContent);
               }
               for (const other of texts.slice(place + 1)) {
                 const b = other.getBoundingClientRect();
                 if (a.left < b.right - 1 && b.left < a.right - 1
                     && a.top < b.bottom - 2 && b.top < a.bottom - 2) {
                   found.push(`${one.textContent} / ${other.textContent}`);
                 }
               }
             });
             return [texts.length, found];
           }"""
    )
    assert crowded[0] > 10
    assert crowded[1] == []


def test_a_table_that_is_cut_shows_it_and_is_moved_with_the_keys(
    page: Page, lumbar_page: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(lumbar_page.as_uri())
    table = page.get_by_role("region", name=load_wording().of("table.title"), exact=True).first
    assert table.evaluate("box => box.scrollWidth > box.clientWidth")
    assert "gradient" in table.evaluate("box => getComputedStyle(box).backgroundImage")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=table.element_handle())


def test_key_frames_are_decoded(page: Page, folder: Path) -> None:
    page.goto((folder / PAGE).as_uri())
    widths = page.evaluate("Array.from(document.images, image => image.naturalWidth)")
    assert len(widths) == 1
    assert min(widths) > 100


def test_every_picture_and_drawing_has_words(page: Page, folder: Path) -> None:
    page.goto((folder / PAGE).as_uri())
    silent = page.evaluate(
        """Array.from(document.querySelectorAll('img, svg')).filter(each =>
             !each.getAttribute('alt') && !each.getAttribute('aria-label')
             && !each.closest('[aria-hidden=true]')).length"""
    )
    assert silent == 0


def test_prints_on_a4(page: Page, folder: Path) -> None:
    page.goto((folder / PAGE).as_uri())
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    pages = printed.count(b"/Type /Page\n")
    assert printed[:5] == b"%PDF-"
    assert 1 < pages <= 6
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed or b"/MediaBox [0 0 595" in printed


def test_the_annotated_video_plays(page: Page, folder: Path) -> None:
    page.goto((folder / VIDEO).as_uri())
    facts = page.evaluate(
        """async () => {
             const video = document.querySelector('video');
             video.muted = true;
             await video.play();
             video.pause();
             const seeked = new Promise(done => video.onseeked = done);
             video.currentTime = 2;
             await seeked;
             return [video.videoWidth, video.videoHeight, video.duration, video.error];
           }"""
    )
    assert facts[:2] == list(hand_made.PICTURE_SIZE)
    assert facts[2] == pytest.approx(UNTIL_S, abs=0.1)
    assert facts[3] is None
