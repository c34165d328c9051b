"""What tests with a real browser share: a driver, fake cameras, a server, pictures to look at."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.web import chromium
from tests.web.live_page import LivePage
from tests.web.running_server import RunningServer
from tests.web.tempo import Tempo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page, Playwright

    from tests.web.fake_webcam import Footage

    Filming = Callable[..., BrowserContext]
    Coaching = Callable[..., LivePage]
    Look = Callable[[Page, str], None]

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
LAPTOP: Final = (1280, 720)
SCREENSHOTS: Final = os.environ.get("WEB_TEST_SCREENSHOTS", "")
"""Folder for pictures of the pages, to be looked at; none are kept without it."""


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Drive browsers from one module; skip without playwright or Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not chromium.PROGRAM.exists():
        pytest.skip("Chromium absent: apt-get install chromium")
    with api.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def tempo() -> Tempo:
    """See how fast the filmed world may run here; skip where the networks were not fetched."""
    return Tempo(SAMPLE)


@pytest.fixture
def filming(playwright_driver: Playwright, tempo: Tempo, tmp_path: Path) -> Iterator[Filming]:
    """Start Chromium with a camera that plays some footage; its pages fail on what they throw."""
    thrown: list[str] = []
    with ExitStack() as browsers:

        def film(
            footage: Footage | None,
            *,
            allow: bool = True,
            size: tuple[int, int] = LAPTOP,
            flags: tuple[str, ...] = (),
        ) -> BrowserContext:
            browsers.close()
            camera = None
            if footage is not None:
                camera = tempo.slowed(footage).write_mjpeg(tmp_path / "camera.mjpeg")
            browser = chromium.launch(playwright_driver, camera=camera, allow=allow, flags=flags)
            browsers.callback(browser.close)
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            context.add_init_script(chromium.LATE_CAMERA)
            if tempo.init_script:
                context.add_init_script(tempo.init_script)
            context.on("weberror", lambda error: thrown.append(str(error.error)))
            return context

        yield film
    assert thrown == []


@pytest.fixture(scope="module")
def server(
    tempo: Tempo,  # noqa: ARG001 - skips without networks, and measures before a server runs
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """Run a server for one module, that ends a set soon and always looks as closely as it can."""
    folder = tmp_path_factory.mktemp("server")
    with RunningServer(folder, {"STILL_S": 3, "ADAPTIVE": False}) as running:
        yield running


@pytest.fixture
def coaching(filming: Filming, server: RunningServer, tempo: Tempo) -> Coaching:
    """Open the live page in a Chromium that films some footage."""

    def coach(footage: Footage, **how: Any) -> LivePage:  # noqa: ANN401 - passed on to `film`
        live = LivePage(filming(footage, **how).new_page(), server, tempo)
        live.open()
        return live

    return coach


@pytest.fixture
def look() -> Look:
    """Keep a picture of a page where somebody wants to look at them."""

    def keep(page: Page, name: str) -> None:
        if not SCREENSHOTS:
            return
        # The page takes away an overlay that is no longer fresh, and a screenshot takes its time.
        page.evaluate(
            "() => { const canvas = CanvasRenderingContext2D.prototype;"
            " window.clearLater = canvas.clearRect; canvas.clearRect = () => {}; }"
        )
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")
        page.evaluate("() => { CanvasRenderingContext2D.prototype.clearRect = window.clearLater; }")

    return keep
