"""The review page in a real Chromium: every picture is shown with what was found in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from service.artefacts import PROXY
from service.store.blobs import set_prefix
from service.store.notes import NoteContent, add_note, list_notes
from service.store.tables import ID_LENGTH, Status
from tests.web import chromium
from tests.web.review_pages import SIZES, Watched, watched
from tests.web.review_server import (
    ARRIVING,
    FAILED,
    FIRST,
    SILENT,
    UNKNOWN,
    WORKING,
    ReviewServer,
    first_set,
    keep_person,
    keep_row,
    keep_set,
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

GONE: Final = "gone".ljust(ID_LENGTH, "-")
GIVEN: Final = "given".ljust(ID_LENGTH, "-")

BOTTOM_S: Final = 10.6
"""Lowest point of the third repetition."""

HTML: Final = "<img src=x onerror=\"document.title='run'\"><b>Knees</b> & hips"

PLAY_AND_READ: Final = """
(video, times) => new Promise((done) => {
  const read = [];
  const see = () => {
    read.push([filmedNumber(video), shownNumber("overlay"), hingewise.drawn]);
    if (read.length >= times) done(read);
    else document.getElementById(video).requestVideoFrameCallback(see);
  };
  document.getElementById(video).requestVideoFrameCallback(see);
})
"""
"""After each picture: which one the video shows, which is on the canvas, and which was drawn."""


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    program = chromium.launch(playwright_driver)
    yield program
    program.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewServer]:
    folder = tmp_path_factory.mktemp("review")
    with serve_reviews(folder) as running:
        result = first_set()
        keep_set(running.stores, FIRST, result, folder)
        keep_set(running.stores, SILENT, result, folder, with_video=False)
        keep_set(running.stores, ARRIVING, result, folder, with_video=False)
        keep_row(running.stores, WORKING, Status.WORKING, progress=0.25)
        keep_row(running.stores, FAILED, Status.FAILED, reason="There is no picture in <it>.")
        yield running


@pytest.fixture
def opening(browser: Browser, server: ReviewServer) -> Opening:
    return lambda **options: watched(browser, server, **options)


@pytest.fixture
def page(opening: Opening) -> Iterator[Watched]:
    with opening() as opened:
        yield opened
        assert opened.console == []


def pressed(page: Watched, selector: str) -> bool:
    return page.page.locator(selector).get_attribute("aria-pressed") == "true"


class TestPictures:
    def test_the_picture_and_what_is_drawn_on_it_are_of_one_moment(self, page: Watched) -> None:
        page.review()
        for x in (0.1, 0.33, 0.5, 0.77, 0.95):
            page.drag("#curves", (x, 0.5))
            drawn = page.settled()
            assert abs(page.tell("times")[drawn] - 20.5 * x) < 0.6
            assert page.page.evaluate("filmedNumber('video')") == drawn
            assert page.page.evaluate("shownNumber('overlay')") == drawn
        page.press("ArrowRight", "ArrowRight", "ArrowLeft")
        assert page.settled() == drawn + 1
        assert page.page.evaluate("shownNumber('overlay')") == drawn + 1
        page.press("Shift+ArrowLeft")
        assert page.settled() == drawn - 9

    @pytest.mark.parametrize("speed", [1, 4])
    def test_they_stay_together_while_it_plays(self, page: Watched, speed: int) -> None:
        page.review()
        page.press(str(speed), " ")
        page.until("h.playing && h.index > 1")
        read = page.page.evaluate(f"([id, times]) => ({PLAY_AND_READ})(id, times)", ["video", 20])
        page.press(" ")
        page.until("!h.playing")
        assert page.tell("speed") == 1 / speed
        apart = sorted(
            max(abs(filmed - drawn), abs(shown - drawn)) for filmed, shown, drawn in read
        )
        assert apart[int(0.8 * len(apart))] <= 1, read  # a busy browser composes one late at times
        assert len({drawn for _, _, drawn in read}) > 3, read

    def test_playing_at_the_end_begins_again(self, page: Watched) -> None:
        page.review()
        page.page.locator("#curves").focus()
        page.press("End")
        assert page.settled() == len(page.tell("times")) - 1
        page.press(" ")
        page.until("h.playing && h.index < 100")

    def test_a_set_whose_video_is_gone_plays_as_a_drawing(self, page: Watched) -> None:
        page.review(SILENT)
        assert "not kept any more" in page.page.locator(".no-video").inner_text()
        page.press("8", " ")
        page.until("h.playing && h.index > 3")
        page.press(" ", "n")
        assert page.settled() > 60

    def test_a_video_that_does_not_come_plays_as_a_drawing(self, opening: Opening) -> None:
        with opening() as page:
            page.page.route(f"**/{PROXY}", lambda route: route.abort())
            page.review()
            page.page.locator("#no-video", has_text="could not be loaded").wait_for()
            assert not page.page.locator("#video").is_visible()
            page.press("2", " ")
            page.until("h.playing && h.index > 3")
            assert page.tell("speed") == 0.5
            page.press(" ", "n")
            assert page.settled() > 60

    def test_a_video_that_breaks_off_goes_on_as_a_drawing(self, page: Watched) -> None:
        page.review()
        page.press(" ")
        page.until("h.playing && h.index > 3")
        page.page.evaluate("document.getElementById('video').dispatchEvent(new Event('error'))")
        page.page.locator("#no-video", has_text="could not be loaded").wait_for()
        before = page.tell("index")
        page.until(f"h.playing && h.index > {before} + 5")

    def test_layers_are_left_out_and_remembered(self, page: Watched) -> None:
        page.review()
        page.press("n")
        page.settled()
        picture = "document.getElementById('overlay').toDataURL()"
        whole = page.page.evaluate(picture)
        for key, layer in (("s", "skeleton"), ("b", "outline"), ("a", "angles")):
            before = page.page.evaluate(picture)
            page.press(key)
            assert not pressed(page, f"#{layer}")
            assert page.page.evaluate(picture) != before
        page.page.reload()
        page.until("h.drawn >= 0")
        assert not pressed(page, "#outline")
        page.press("s", "b", "a", "n")
        page.settled()
        assert page.page.evaluate(picture) == whole


class TestMoments:
    def test_curves_and_diagram_follow_each_other(self, page: Watched) -> None:
        page.review()
        page.drag("#curves", (0.2, 0.5), (BOTTOM_S / 20.47, 0.6))
        page.settled()
        assert page.tell("chosen") == 3
        start = page.tell("index")
        page.drag("#diagram", (0.5, 0.55), (0.4, 0.6), (0.3, 0.65))
        index = page.settled()
        assert index != start
        said = page.page.locator("#curves").get_attribute("aria-valuetext")
        assert said is not None
        assert re.search(r"repetition \d, (going down|coming up)", said.lower()), said
        assert page.page.locator("#time").inner_text().startswith("0:")

    def test_the_lowest_points_are_reached_by_picture_and_by_key(self, page: Watched) -> None:
        page.review()
        page.page.get_by_role("button", name="Rep 3").first.click()
        index = page.settled()
        assert page.tell("times")[index] == pytest.approx(BOTTOM_S, abs=0.02)
        page.press("n")
        assert page.tell("times")[page.settled()] == pytest.approx(14.4, abs=0.02)
        page.press("p", "p")
        page.settled()
        assert page.tell("chosen") == 2
        current = page.page.locator(".moments [aria-current]")
        assert current.get_attribute("data-rep") == "2"

    def test_a_finding_is_reached_by_button_and_by_key(self, page: Watched) -> None:
        page.review()
        first = page.page.locator(".notable [data-time]").first
        at = float(first.get_attribute("data-time") or "nan")
        first.click()
        assert page.tell("times")[page.settled()] == pytest.approx(at, abs=0.02)
        page.press("f")
        later = page.settled()
        assert page.tell("times")[later] > at + 1
        page.press("Shift+F")
        assert page.tell("times")[page.settled()] == pytest.approx(at, abs=0.02)

    def test_curves_are_a_slider_for_keys_alone(self, page: Watched) -> None:
        page.review()
        page.page.locator("#curves").focus()
        page.press("Home", "ArrowRight", "ArrowRight")
        assert page.settled() == 2
        page.press("PageUp")
        page.settled()
        now = float(page.page.locator("#curves").get_attribute("aria-valuenow") or "nan")
        assert now == pytest.approx(3.0, abs=0.02)

    def test_the_pictures_of_the_lowest_points_are_those(self, page: Watched) -> None:
        page.review()
        page.page.wait_for_function(
            "() => [...document.querySelectorAll('.moments canvas')].every(c => c.dataset.index)"
        )
        wanted = [rep.bottom for rep in first_set().report.reps]
        times = page.tell("times")
        canvases = page.page.locator(".moments canvas")
        drawn = [canvases.nth(k).get_attribute("data-index") for k in range(len(wanted))]
        assert [times[int(one or -1)] for one in drawn] == pytest.approx(wanted, abs=0.02)
        numbers = page.page.evaluate(
            "() => [...document.querySelectorAll('.moments canvas')].map((canvas, k) => {"
            " canvas.id = `moment-${k}`; return shownNumber(canvas.id); })"
        )
        assert numbers == [int(one or -1) for one in drawn]

    def test_keys_are_listed(self, page: Watched) -> None:
        page.review()
        page.press("?")
        dialog = page.page.get_by_role("dialog", name="Keys")
        dialog.wait_for()
        assert {"Space", "N", "F", "D"} <= set(dialog.locator("kbd").all_inner_texts())
        page.press("Escape")
        dialog.wait_for(state="hidden")


class TestWords:
    def test_first_what_was_good_then_one_change(self, page: Watched) -> None:
        page.review()
        steps = page.page.locator(".message .step")
        assert steps.nth(0).get_attribute("class") == "step good"
        assert steps.nth(1).get_attribute("class") == "step cue"
        assert page.page.locator(".message .step.cue").count() == 1
        assert (
            "has not been shown to cause back pain" in page.page.locator(".evidence").inner_text()
        )
        assert "Something hid" in page.page.locator("main").inner_text()

    def test_a_limit_shows_its_source_on_hover_and_on_focus(self, page: Watched) -> None:
        page.review()
        button = page.page.locator(".limit-button").first
        about = page.page.locator(".limit-about").first
        assert about.is_hidden()
        button.hover()
        about.wait_for(state="visible")
        assert "Own planar model" in about.inner_text()
        page.page.mouse.move(0, 0)
        about.wait_for(state="hidden")
        button.focus()
        about.wait_for(state="visible")
        page.press("Escape")
        about.wait_for(state="hidden")

    def test_whose_set_it_is_is_told_with_ways_on(
        self, page: Watched, server: ReviewServer
    ) -> None:
        server.change(SILENT, person_id=keep_person(server.stores, "Kim & Co"))
        page.review(SILENT)
        who = page.page.locator(".title .who")
        assert who.inner_text() == "Kim & Co"
        assert (who.get_attribute("href") or "").startswith("/people/")
        ways = page.page.locator(".rooms a").evaluate_all("all => all.map(one => one.pathname)")
        assert ways == ["/live", "/upload", "/people"]
        page.page.emulate_media(media="print")
        assert who.is_visible()
        assert page.page.locator(".rooms").is_hidden()
        page.review()
        assert "without a name" in page.page.locator(".title").inner_text()

    def test_the_name_of_the_video_is_text(self, page: Watched) -> None:
        page.review()
        assert "hinge <b>&.mp4" in page.page.locator(".title").inner_text()


class TestNotes:
    def test_html_in_a_note_is_text(self, page: Watched) -> None:
        page.server.forget_notes()
        page.review()
        page.press("n")
        index = page.settled()
        page.page.get_by_role("button", name="Draw or write a note").click()
        page.page.get_by_label("Your note").fill(HTML)
        page.page.get_by_role("button", name="Save the note").click()
        row = page.page.locator("#note-list li")
        row.wait_for()
        assert row.locator(".note-text").inner_text() == HTML
        assert page.page.locator("#note-list img").count() == 0
        assert page.page.title().startswith("Hip hinge")
        (note,) = list_notes(page.server.stores.database, FIRST)
        assert note.content.text == HTML
        assert note.content.t_s == pytest.approx(page.tell("times")[index])

    def test_a_note_about_the_whole_set_is_changed_and_removed(self, page: Watched) -> None:
        page.server.forget_notes()
        page.review()
        page.press("w")
        page.page.keyboard.insert_text("Steady.")
        whole = page.page.get_by_label("the whole set")
        whole.press("Space")  # a click may miss it while the pictures above it are coming in
        assert whole.is_checked()
        page.page.get_by_role("button", name="Save the note").click()
        page.page.get_by_role("button", name="Change").click()
        page.page.get_by_label("Your note").fill("Very steady.")
        page.page.get_by_role("button", name="Save the note").click()
        page.page.get_by_text("Very steady.").wait_for()
        (note,) = list_notes(page.server.stores.database, FIRST)
        assert (note.content.text, note.content.t_s) == ("Very steady.", None)
        page.page.get_by_role("button", name="Remove").click()
        page.page.get_by_text("No notes yet.").wait_for()
        assert list_notes(page.server.stores.database, FIRST) == ()

    def test_nothing_is_not_a_note(self, page: Watched) -> None:
        page.review()
        page.press("w")
        page.page.get_by_role("button", name="Save the note").click()
        page.page.get_by_text("Please write something").wait_for()

    @pytest.mark.parametrize("size", [(1280, 800), (1280, 720), (390, 844)])
    def test_there_is_room_to_draw_and_to_write_without_a_smaller_picture(
        self, opening: Opening, size: tuple[int, int]
    ) -> None:
        with opening(size=size) as page:
            page.review()
            picture = page.page.locator(".screen")
            before = picture.bounding_box()
            page.press("d")
            page.page.get_by_role("button", name="Save the note").wait_for()
            after = picture.bounding_box()
            assert before is not None
            assert after is not None
            assert after["height"] >= before["height"]
            assert after["width"] == before["width"]
            assert page.page.locator("#note-text").is_visible()
            page.page.get_by_role("button", name="Leave it").click()
            assert page.page.locator("#note-text").is_hidden()
            assert page.page.locator("#curves").is_visible()

    def test_a_drawing_is_kept_with_its_picture_and_shown_again(self, page: Watched) -> None:
        page.server.forget_notes()
        page.review()
        page.press("n")
        index = page.settled()
        page.press("d")
        page.drag("#sketch", (0.45, 0.4), (0.5, 0.5), (0.55, 0.4))
        page.page.get_by_role("button", name="Line", exact=True).click()
        page.drag("#sketch", (0.45, 0.6), (0.55, 0.7))
        page.page.get_by_role("button", name="Arrow", exact=True).click()
        page.drag("#sketch", (0.5, 0.9), (0.5, 0.7))
        assert [len(stroke) for stroke in page.tell("strokes")][1:] == [2, 5]
        page.press("z")
        assert len(page.tell("strokes")) == 2
        page.page.get_by_role("button", name="Save the note").click()
        opener = page.page.get_by_role("button", name="with a drawing")
        opener.wait_for()
        (note,) = list_notes(page.server.stores.database, FIRST)
        drawing = note.content.drawing or []
        assert len(drawing) == 2
        assert all(0 <= share <= 1 for stroke in drawing for at in stroke for share in at)
        assert page.tell("strokes") == []
        page.press("n")
        page.settled()
        opener.click()
        page.until("h.strokes.length === 2")
        assert page.settled() == index
        page.page.locator(".note-picture[data-index]").wait_for()
        page.press("ArrowRight")
        page.until("h.strokes.length === 0")


class TestErasing:
    def test_a_set_is_erased_after_a_question_and_the_proof_is_shown(
        self, page: Watched, server: ReviewServer, look: Look
    ) -> None:
        keep_row(server.stores, GONE, Status.FAILED, reason="It was dark.")
        server.stores.blobs.put(set_prefix(GONE) + "source", b"a video")
        page.open(f"/review/{GONE}?lang=en")
        page.page.get_by_role("button", name="Erase this set").click()
        assert "all notes and drawings" in page.page.locator("#erase-text").inner_text()
        page.press("Enter")  # what is chosen already keeps everything
        assert page.page.locator("#erase-dialog").is_hidden()
        page.page.locator("#erase").click()
        page.page.locator("#erase-do").click()
        page.page.locator("h2", has_text="Everything is erased").wait_for()
        proof = page.page.locator("#erase-proof").inner_text()
        assert "nothing of this set is left" in proof
        assert re.search(r"Sets\s+1\b", proof)
        look(page.page, "review-erased")
        page.page.get_by_role("link", name="Back to everybody").click()
        page.page.wait_for_url("**/people?lang=en")
        assert page.page.locator(f"a[href^='/review/{GONE}']").count() == 0
        assert page.page.locator(f"a[href^='/review/{FAILED}']").count() == 1
        assert list(server.stores.blobs.keys(set_prefix(GONE))) == []

    def test_a_set_of_somebody_leads_back_to_them(
        self, page: Watched, server: ReviewServer
    ) -> None:
        person = keep_person(server.stores, "Ada")
        keep_row(server.stores, GONE, Status.DONE, person_id=person)  # without a report
        page.page.goto(f"{server.url}/review/{GONE}")
        page.page.get_by_text("The report of this set is not kept any more.").wait_for()
        page.page.locator("#erase").click()
        page.page.locator("#erase-do").click()
        page.page.get_by_role("link", name="Back to Ada").click()
        page.page.locator("h1", has_text="Ada").wait_for()
        page.console.clear()  # the page of a report that is gone is "not found"


class TestGiving:
    def test_a_set_gets_its_name_by_keyboard_alone(
        self, page: Watched, server: ReviewServer, look: Look
    ) -> None:
        keep_person(server.stores, "Jo <b>Ann</b>")
        keep_set(server.stores, GIVEN, first_set(), server.folder, with_video=False)
        page.review(GIVEN)
        page.press("Tab", "Tab", "Tab", "Enter")
        dialog = page.page.get_by_role("dialog", name="Whose set is it?")
        dialog.wait_for()
        page.press("Escape")
        assert page.page.evaluate("document.activeElement.innerText") == "Whose is it?"
        page.press("Enter", "Enter")
        dialog.get_by_text("Please type a name first.").wait_for()
        known = dialog.locator("option").evaluate_all("all => all.map(one => one.value)")
        assert "Jo <b>Ann</b>" in known
        assert axe_api.Axe().run(page.page).response["violations"] == []
        page.page.keyboard.type("jo <b>ann</b>")
        look(page.page, "review-give")
        page.press("Enter")
        who = page.page.locator(".title .who", has_text="Jo <b>Ann</b>")
        who.wait_for()
        assert page.console == []
        look(page.page, "review-given")
        page.page.get_by_role("button", name="Change whose set it is").click()
        page.page.get_by_role("button", name="Nobody in particular").click()
        dialog.get_by_text("the video is not kept").wait_for()  # it tells shares of an own bend
        look(page.page, "review-not-given")
        page.console.clear()  # where a refusal stands too
        page.press("Escape")
        who.click()
        page.page.locator(f".sets a[href^='/review/{GIVEN}']").wait_for()


class TestPaper:
    def test_prints_what_was_found_and_no_controls(self, page: Watched) -> None:
        page.server.forget_notes()
        add_note(page.server.stores.database, FIRST, NoteContent(text="Well done"))
        page.review()
        page.page.get_by_text("Well done").wait_for()
        printed = page.page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
        assert 2 < printed.count(b"/Type /Page\n") <= 6
        for heading in (b"Hip hinge", b"Lowest point of each repetition", b"Notes"):
            assert b"/Title (" + heading + b")" in printed
        page.page.emulate_media(media="print")
        for selector in ("#play", "#print", "#note-form", "#video", ".skip", "#erase"):
            assert page.page.locator(selector).is_hidden(), selector
        for selector in ("#curves", "#diagram", ".limit-source", ".moments canvas", ".evidence"):
            assert page.page.locator(selector).first.is_visible(), selector
        paper = page.page.evaluate(
            "() => getComputedStyle(document.getElementById('player')).getPropertyValue('--stage')"
        )
        assert paper.strip() == "#fff"


class TestOnTheWay:
    def test_progress_is_shown_until_the_report_opens(
        self, page: Watched, server: ReviewServer
    ) -> None:
        server.change(ARRIVING, status=Status.QUEUED)
        page.open(f"/review/{ARRIVING}")
        page.page.get_by_role("heading", name="In the queue").wait_for()
        server.change(ARRIVING, status=Status.WORKING, progress=0.4)
        page.page.get_by_role("heading", name="Looking at your movement").wait_for()
        page.page.get_by_text("40 % done").wait_for()
        server.change(ARRIVING, status=Status.DONE, progress=1.0)
        page.page.get_by_role("heading", name="Hip hinge").wait_for()

    def test_it_can_be_cancelled(self, page: Watched, server: ReviewServer) -> None:
        page.open(f"/review/{WORKING}")
        with page.page.expect_response(lambda answer: answer.url.endswith("/cancel")) as answer:
            page.page.get_by_role("button", name="Cancel").click()
        assert answer.value.ok
        assert server.row(WORKING).cancel_asked
        server.change(WORKING, status=Status.CANCELLED)
        page.page.get_by_role("heading", name="Cancelled").wait_for()
        assert page.page.get_by_role("button", name="Cancel", exact=True).is_hidden()
        assert page.page.get_by_role("button", name="Try this video again").is_visible()

    def test_a_failure_says_why_and_what_to_do(self, page: Watched) -> None:
        page.open(f"/review/{FAILED}")
        assert page.page.locator("#reason").inner_text() == "There is no picture in <it>."
        page.page.get_by_text("For the next clip").wait_for()
        link = page.page.get_by_role("link", name="Send another video")
        assert link.get_attribute("href") == "/upload"

    def test_an_unknown_set_is_not_there(self, opening: Opening) -> None:
        with opening() as page:
            answer = page.page.goto(f"{page.server.url}/review/{UNKNOWN}")
            assert answer is not None
            assert answer.status == 404
            page.page.get_by_role("heading", name="There is nothing here").wait_for()


PRINTER: Final = "/static/icons.svg#print"
SCREENS: Final = (FIRST, FAILED)


class TestLooks:
    @pytest.mark.parametrize("screen", SCREENS)
    def test_nothing_is_wider_than_the_screen(self, page: Watched, screen: str, look: Look) -> None:
        page.open(f"/review/{screen}")
        for width, height in SIZES:
            page.page.set_viewport_size({"width": width, "height": height})
            assert (width, page.too_wide()) == (width, [])
            look(page.page, f"review-{screen[:5]}-{width}")

    @pytest.mark.parametrize(
        ("screen", "scheme"), [*((one, "light") for one in SCREENS), (FIRST, "dark")]
    )
    def test_axe_finds_nothing_serious(self, opening: Opening, screen: str, scheme: str) -> None:
        with opening(color_scheme=scheme, reduced_motion="reduce") as page:
            page.open(f"/review/{screen}")
            if screen == FIRST:
                page.until("h.drawn >= 0")
                page.press("d")
            found = axe_api.Axe().run(page.page).response["violations"]
            serious = [
                (one["id"], [node["target"] for node in one["nodes"]])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert serious == []

    @pytest.mark.parametrize(("language", "word"), [("de", "Abspielen"), ("en", "Play")])
    def test_speaks_the_language_of_the_browser(
        self, opening: Opening, language: str, word: str
    ) -> None:
        with opening(locale=language) as page:
            page.review()
            assert page.page.locator("html").get_attribute("lang") == language
            assert page.page.locator("#play").inner_text().strip() == word
            page.press(" ")
            page.until("h.playing")

    def test_every_control_is_reached_and_seen_with_the_keyboard(self, page: Watched) -> None:
        page.review()
        reached = set()
        for _ in range(24):
            page.press("Tab")
            at = page.page.evaluate(
                "() => { const at = document.activeElement, style = getComputedStyle(at);"
                " return [at.id, style.outlineStyle, parseFloat(style.outlineWidth)]; }"
            )
            reached.add(at[0])
            if at[0] in {"play", "curves"}:
                assert at[1] == "solid"
                assert at[2] >= 2
        wanted = {
            "print",
            "open-help",
            "back",
            "play",
            "on",
            "speed-8",
            "outline",
            "draw",
            "curves",
        }
        assert wanted <= reached

    def test_buttons_without_words_have_names_and_hints(self, opening: Opening) -> None:
        with opening(size=(390, 844)) as page:
            page.review()
            for name in ("Print", "Download all", "Erase this set", "Keys"):
                button = page.page.locator(".tools").get_by_text(name, exact=True).locator("..")
                assert button.get_attribute("title") == name
            assert page.page.locator("#print use").get_attribute("href") == PRINTER

    def test_touching_the_curves_moves_the_video(self, opening: Opening) -> None:
        with opening(size=(390, 844), has_touch=True) as page:
            page.review()
            page.page.locator("#curves").scroll_into_view_if_needed()
            box = page.page.locator("#curves").bounding_box()
            assert box is not None
            page.page.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + 50)
            assert page.tell("times")[page.settled()] == pytest.approx(0.6 * 20.47, abs=0.6)
