"""Two sets side by side in a real Chromium: the same phase in both, whatever time it took."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.artefacts import PROXY
from tests.web import chromium
from tests.web.review_pages import SIZES, Watched, watched
from tests.web.review_server import (
    FIRST,
    SECOND,
    ReviewServer,
    first_set,
    keep_person,
    keep_set,
    second_set,
    serve_reviews,
)

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page, Playwright

    Look = Callable[[Page, str], None]
    Opening = Callable[..., AbstractContextManager[Watched]]

pytestmark = pytest.mark.played

FRAME_S: Final = 1.4 / 30
"""Time of a picture of the slower set."""

PAIRS: Final = """
async ([a, b, places]) => {
  const { PhasePair } = await import("/reviews/static/phases.js");
  const pair = new PhasePair(a, b);
  return places.map((place) => [0, 1].map((side) => [
    pair.time(place, side), pair.place(pair.time(place, side), side), pair.part(place),
  ]));
}
"""


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    program = chromium.launch(playwright_driver)
    yield program
    program.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewServer]:
    folder = tmp_path_factory.mktemp("compare")
    with serve_reviews(folder) as running:
        keep_set(running.stores, FIRST, first_set(), folder)
        keep_set(running.stores, SECOND, second_set(), folder)
        yield running


@pytest.fixture
def opening(browser: Browser, server: ReviewServer) -> Opening:
    return lambda **options: watched(browser, server, **options)


@pytest.fixture
def page(opening: Opening) -> Iterator[Watched]:
    with opening() as opened:
        yield opened
        assert opened.console == []


def part_and_share(t_s: float, bounds: list[float]) -> tuple[int, float]:
    """Tell which part of a repetition a time lies in, and how far into it."""
    part = next((k for k in range(3) if t_s < bounds[k + 1]), 2)
    length = bounds[part + 1] - bounds[part]
    return part, (t_s - bounds[part]) / length


class TestPhases:
    def phases(self, page: Watched, a: list[float], b: list[float]) -> list[Any]:
        page.compare()
        places = [k / 20 for k in range(21)]
        found: list[Any] = page.page.evaluate(PAIRS, [a, b, places])
        return found

    def test_time_runs_evenly_within_a_phase_and_the_phases_meet(self, page: Watched) -> None:
        a, b = [1.0, 2.0, 2.5, 4.0], [10.0, 13.0, 13.2, 14.0]
        found = self.phases(page, a, b)
        assert [found[0][side][0] for side in (0, 1)] == [1.0, 10.0]
        assert [found[-1][side][0] for side in (0, 1)] == pytest.approx([4.0, 14.0])
        for k, ((t_a, place_a, part), (t_b, place_b, _)) in enumerate(found):
            assert [place_a, place_b] == pytest.approx([k / 20, k / 20])
            where_a, where_b = part_and_share(t_a, a), part_and_share(t_b, b)
            if 0 < k < 20:
                assert where_a[0] == where_b[0] == part
            assert where_a[1] == pytest.approx(where_b[1], abs=1e-6)
        for side in (0, 1):
            times = [row[side][0] for row in found]
            assert all(before < after for before, after in itertools.pairwise(times))

    def test_a_repetition_that_starts_low_waits_for_the_other(self, page: Watched) -> None:
        found = self.phases(page, [5.0, 5.0, 5.5, 7.0], [1.0, 2.0, 2.5, 4.0])
        waiting = [row[0][0] for row in found if row[0][2] == 0]
        assert len(waiting) > 1
        assert set(waiting) == {5.0}
        assert found[-1][0][0] == pytest.approx(7.0)


class TestSideBySide:
    def test_both_stand_at_the_lowest_point_first(self, page: Watched) -> None:
        page.compare()
        assert page.page.locator("#phase").inner_text() == "Lowest point"
        page.until("h.indexes.every((index) => index > 0)")
        shown = [page.page.evaluate(f"shownNumber('overlay-{name}')") for name in "ab"]
        assert shown == page.tell("indexes")

    @pytest.mark.parametrize("place", [0.15, 0.6, 0.9])
    def test_the_slider_moves_both_to_the_same_phase(self, page: Watched, place: float) -> None:
        page.compare()
        before = page.tell("indexes")
        page.page.locator("#place").fill(str(round(1000 * place)))
        page.until("!h.seeking && h.place !== 0")
        page.until(f"h.indexes.every((index, side) => index !== {before}[side])")
        bounds, times = page.tell("bounds"), page.tell("times")
        (part_a, share_a), (part_b, share_b) = (
            part_and_share(t_s, ends) for t_s, ends in zip(times, bounds, strict=True)
        )
        shortest = min(ends[part_a + 1] - ends[part_a] for ends in bounds)
        assert part_a == part_b
        assert share_a == pytest.approx(share_b, abs=FRAME_S / shortest)

    def test_they_play_together_to_the_end(self, page: Watched) -> None:
        page.compare()
        page.page.locator("#place").fill("0")
        page.until("!h.seeking && h.place === 0")
        page.press(" ")
        page.until("h.running && h.place > 0.2")
        page.until("!h.running && !h.seeking && h.place >= 0.99")
        ends = [each[3] for each in page.tell("bounds")]
        page.until(f"h.times.every((tS, side) => Math.abs(tS - {ends}[side]) < {FRAME_S})")

    def test_when_it_stops_both_show_the_same_phase(self, page: Watched) -> None:
        page.compare()
        page.page.locator("#place").fill("0")
        page.until("!h.seeking && h.place === 0")
        page.press(" ")
        page.until("h.running && h.place > 0.1")
        page.press(" ")
        page.until("!h.running && !h.seeking")
        due = page.tell("due")
        page.until(f"h.times.every((tS, side) => Math.abs(tS - {due}[side]) < {FRAME_S})")

    def test_a_video_that_does_not_come_is_drawn_in_step(self, opening: Opening) -> None:
        with opening() as page:
            page.page.route(f"**/{SECOND}/**/{PROXY}", lambda route: route.abort())
            page.compare()
            page.page.locator("#no-video-b", has_text="could not be loaded").wait_for()
            assert not page.page.locator("#no-video-a").is_visible()
            page.page.locator("#place").fill("0")
            page.until("!h.seeking && h.place === 0")
            page.press(" ")
            page.until("h.running && h.place > 0.2")
            page.press(" ")
            page.until("!h.running && !h.seeking")
            due = page.tell("due")
            page.until(f"h.times.every((tS, side) => Math.abs(tS - {due}[side]) < {FRAME_S})")

    def test_another_repetition_is_chosen(self, page: Watched) -> None:
        page.compare()
        before = page.tell("bounds")[0]
        page.page.locator("#rep-a").select_option("5")
        page.until(f"h.bounds[0][0] > {before[0]} && !h.seeking")
        assert page.tell("bounds")[0][0] > before[0]

    def test_one_picture_at_a_time(self, page: Watched) -> None:
        page.compare()
        page.until("h.indexes[0] > 0")
        first = page.tell("indexes")[0]
        page.press("ArrowRight")
        page.until(f"!h.seeking && h.indexes[0] === {first + 1}")


class TestWords:
    def test_only_what_is_past_the_error_is_called_changed(self, page: Watched) -> None:
        page.compare()
        changed = page.page.locator("tr.changed")
        assert changed.count() == 1
        assert changed.inner_text().startswith("Time on the way down")
        assert "changed" in changed.inner_text()
        same = page.page.locator("tr.within_variation")
        assert same.count() >= 5
        assert "Time on the way down" in page.page.locator("#difference-title + p").inner_text()
        assert "has not been shown to cause" in page.page.locator(".evidence").inner_text()

    def test_why_numbers_are_not_compared_is_said_and_empty_columns_are_left_out(
        self, page: Watched, server: ReviewServer
    ) -> None:
        page.compare()
        heads = page.page.locator("thead th")
        assert heads.count() == 6
        server.change(SECOND, tape=True)
        page.compare()
        said = page.page.locator("#difference-title + p").inner_text()
        server.change(SECOND, tape=False)
        assert said.startswith("Tape was worn on the back in B alone.")
        assert heads.count() == 3
        assert page.page.locator("tbody td").first.inner_text() != ""

    def test_whose_sets_they_are_is_told(self, page: Watched, server: ReviewServer) -> None:
        kim, sam = (keep_person(server.stores, label) for label in ("Kim", "Sam"))
        server.change(FIRST, person_id=kim)
        server.change(SECOND, person_id=kim)
        page.compare()
        title = page.page.locator(".title p")
        assert title.inner_text() == "Kim"
        server.change(SECOND, person_id=sam)
        page.compare()
        assert title.inner_text().split() == ["A", "Kim", "B", "Sam"]
        assert title.locator("a").last.get_attribute("href") == f"/people/{sam}"
        for each in (FIRST, SECOND):
            server.change(each, person_id=None)

    def test_one_set_alone_cannot_be_compared(self, opening: Opening) -> None:
        with opening() as page:
            answer = page.page.goto(f"{page.server.url}/compare?a={FIRST}")
            assert answer is not None
            assert answer.status == 404
            page.page.get_by_text("Two sets with a finished report").wait_for()

    def test_a_review_leads_here(self, page: Watched) -> None:
        page.review()
        page.page.get_by_role("button", name="Compare").click()
        page.page.get_by_role("heading", name="Two sets, side by side").wait_for()
        page.until("!h.seeking")


class TestLooks:
    def test_nothing_is_wider_than_the_screen(self, page: Watched, look: Look) -> None:
        page.compare()
        for width, height in SIZES:
            page.page.set_viewport_size({"width": width, "height": height})
            assert (width, page.too_wide()) == (width, [])
            look(page.page, f"compare-{width}")

    def test_axe_finds_nothing_serious(self, opening: Opening) -> None:
        with opening(reduced_motion="reduce", locale="de") as page:
            page.compare()
            assert page.page.locator("html").get_attribute("lang") == "de"
            found = axe_api.Axe().run(page.page).response["violations"]
            serious = [
                (one["id"], [node["target"] for node in one["nodes"]])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert serious == []

    def test_prints(self, page: Watched) -> None:
        page.compare()
        page.until("h.indexes.every((index) => index > 0)")
        printed = page.page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
        assert 1 <= printed.count(b"/Type /Page\n") <= 3
        assert b"/Title (What differs)" in printed
