"""What tests of the review pages share: pages that are watched, pictures that tell numbers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.unit.hand_made import PICTURE_SIZE
from tests.web.review_server import BAR_PX, BITS, FILMED_SIZE, FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.web.review_server import ReviewServer

PATIENCE_MS: Final = 60_000
"""Longest wait for anything; a crowded machine is slow."""

LAPTOP: Final = (1280, 800)
SIZES: Final = ((360, 640), (768, 1024), (844, 390), (1920, 1080))

READ_NUMBERS: Final = f"""
const bits = {BITS}, bar = {BAR_PX}, filmed = {list(FILMED_SIZE)}, measured = {list(PICTURE_SIZE)};
const copy = new OffscreenCanvas(bits * bar, bar).getContext("2d", {{ willReadFrequently: true }});
const decode = (source, x, y, width, height) => {{
  copy.drawImage(source, x, y, width, height * bar / filmed[1], 0, 0, bits * bar, bar);
  const row = copy.getImageData(0, bar >> 1, bits * bar, 1).data;
  let number = 0;
  for (let bit = 0; bit < bits; bit += 1) {{
    if (row[4 * (bit * bar + (bar >> 1))] > 128) number += 1 << bit;
  }}
  return number;
}};
window.filmedNumber = (id) => {{
  const video = document.getElementById(id);
  return decode(video, 0, 0, video.videoWidth, video.videoHeight);
}};
window.shownNumber = (id) => {{
  const {{ width, height }} = document.getElementById(id);
  const scale = Math.min(width / measured[0], height / measured[1]);
  const [across, down] = measured.map((length) => length * scale);
  const canvas = document.getElementById(id);
  return decode(canvas, (width - across) / 2, (height - down) / 2, across, down);
}};
"""
"""Reads the number of a picture out of a video, and out of a canvas that a picture was drawn to."""

SHOWN_AGAIN: Final = """() => new Promise((done) => {
  let left = 3;
  const next = () => (left-- ? requestAnimationFrame(next) : done());
  next();
})"""
"""Waits for the pictures of the screen after which a player shows a place once more: where it was
reached before the video had a picture for it, only what lies over the video was drawn."""


class Watched:
    """A page, and everything that it complains of."""

    def __init__(self, page: Page, server: ReviewServer) -> None:
        self.page = page
        self.server = server
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def open(self, address: str) -> None:
        """Go to an address of the server."""
        self.page.goto(self.server.url + address)

    def tell(self, name: str) -> Any:  # noqa: ANN401 - whatever the page tells
        """Return what the page tells of itself."""
        return self.page.evaluate("name => window.hingewise[name]", name)

    def until(self, condition: str) -> None:
        """Wait for what the page tells of itself, as ``h``."""
        self.page.wait_for_function(
            f"() => {{ const h = window.hingewise; return h && ({condition}); }}"
        )

    def settled(self) -> int:
        """Wait until the picture that was asked for is shown, and return its number."""
        self.until("!h.seeking && h.drawn === h.wanted && h.index === h.wanted")
        self.page.evaluate(SHOWN_AGAIN)
        number: int = self.tell("drawn")
        return number

    def review(self, set_id: str = FIRST) -> None:
        """Open the review of a set and wait for its first picture."""
        self.open(f"/review/{set_id}")
        self.until("h.drawn >= 0")

    def compare(self, a: str = FIRST, b: str = SECOND) -> None:
        """Open two sets side by side and wait for their pictures."""
        self.open(f"/compare?a={a}&b={b}")
        self.until("!h.seeking")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, selector: str, *places: tuple[float, float]) -> None:
        """Drag over an element, by shares of its width and height."""
        target = self.page.locator(selector)
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        for number, (x, y) in enumerate(places):
            mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if number == 0:
                mouse.down()
        mouse.up()

    def too_wide(self) -> list[str]:
        """Name what is wider than the screen."""
        found: list[str] = self.page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll("
            "'.player, .pair, .told, .bar, dialog[open], .card:not(.scroll)')].filter(box => "
            "box.scrollWidth > box.clientWidth + 1).map(box => box.className || box.tagName)"
        )
        return found


@contextmanager
def watched(browser: Browser, server: ReviewServer, **options: Any) -> Iterator[Watched]:  # noqa: ANN401 - passed on
    """Open a page of a context of its own."""
    width, height = options.pop("size", LAPTOP)
    context = browser.new_context(
        **{"viewport": {"width": width, "height": height}, "locale": "en-GB", **options}
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(READ_NUMBERS)
    yield Watched(context.new_page(), server)
    context.close()
