"""The live page in a real Chromium, against a server that says what the test says."""

from __future__ import annotations

import itertools
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from service import protocol
from tests.web import chromium
from tests.web.scripted_server import ScriptedServer, frame, guide, rep, summary
from tests.web.served_pages import INSECURE_ORIGIN, ORIGIN, ServedPages, serve_pages
from vision.pose import Landmark

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page, Playwright

    Opening = Callable[..., AbstractContextManager["Opened"]]

pytestmark = pytest.mark.played

LIVE: Final = f"{ORIGIN}/live"
LAPTOP: Final = {"width": 1280, "height": 720}
UNMEASURED: Final = protocol.LumbarNow(
    flexion_deg=None, se_deg=None, hip_deg=None, reason="Something hid your back."
)
OWN_BEND: Final = protocol.OwnForwardBend(
    max_deg=52.0, curve=((0.0, 0.5), (30.0, 28.0), (58.0, 50.0))
)
PATIENCE_MS: Final = 120_000
"""Longest wait for anything; a crowded machine is slow."""

REFUSED_CAMERA: Final = """
(name => {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  window.cameraWorks = false;
  devices.getUserMedia = constraints =>
    window.cameraWorks ? original(constraints) : Promise.reject(new DOMException("", name));
})("%s");
"""

SPEAKING_BROWSER: Final = """
(() => {
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const voice = { lang: "en-US", localService: true, name: "Test" };
  const synthesis = {
    getVoices: () => [voice],
    cancel: () => {},
    speak: utterance => window.spoken.push(utterance),
  };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
})();
"""
"""A voice that tells what it was asked to say, and never ends by itself."""


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    flags = [*chromium.QUIET, chromium.FAKE_CAMERA, chromium.ALLOW_CAMERA]
    program = playwright_driver.chromium.launch(executable_path=str(chromium.PROGRAM), args=flags)
    yield program
    program.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPages]:
    with serve_pages(tmp_path_factory.mktemp("data")) as served:
        yield served


class Opened:
    """A page, and the server that it talks to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.server = ScriptedServer(page)
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def open(self, address: str = LIVE) -> None:
        self.page.goto(address)

    def tell(self, name: str) -> Any:  # noqa: ANN401 - whatever the page tells
        return self.page.evaluate("name => window.hingewise[name]", name)

    def until(self, condition: str) -> None:
        """Wait for what the page tells of itself, as ``h``."""
        self.page.wait_for_function(f"() => {{ const h = window.hingewise; return {condition}; }}")

    def heard(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait until the page has sent a message of a type so often, and return the last."""
        for _ in range(PATIENCE_MS // 25):
            if self.server.types().count(kind) >= count:
                return self.server.last(kind)
            self.page.wait_for_timeout(25)
        pytest.fail(f"the page sent {self.server.types()}, no {kind!r} {count} times")

    def shows(self, selector: str, text: str | re.Pattern[str]) -> None:
        """Wait until an element shows a text."""
        self.page.locator(selector).filter(has_text=text).wait_for()

    def coach(self, **showing: object) -> None:
        """Open the live page and come as far as a set."""
        self.server.showing = showing
        self.open()
        self.until("h.frames > 0")
        self.server.say(protocol.State(state="set"))
        self.until("h.state === 'set'")

    def sum_up(self, **changes: object) -> None:
        self.server.say(protocol.State(state="summary"))
        self.server.say(summary(**changes))
        self.page.locator("#summary .summary-title").wait_for()


@pytest.fixture
def opening(browser: Browser, pages: ServedPages) -> Opening:
    """Make pages that have not gone anywhere yet."""

    @contextmanager
    def opened(script: str = "", **options: Any) -> Iterator[Opened]:  # noqa: ANN401 - passed on
        context = browser.new_context(**{"viewport": LAPTOP, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        pages.serve(context)
        if script:
            context.add_init_script(script)
        yield Opened(context.new_page())
        context.close()

    return opened


@pytest.fixture
def live(opening: Opening) -> Iterator[Opened]:
    with opening() as page:
        yield page
        assert page.console == []


class TestSet:
    def test_shows_what_the_server_saw(self, live: Opened) -> None:
        live.coach(reps=2, phase="bottom", range=1.1)
        live.shows("#reps", re.compile(r"^2$"))
        live.shows("#phase", "Lowest point")
        assert live.page.locator("#phase use").get_attribute("href") == "/static/icons.svg#bottom"
        live.shows("#lumbar", re.compile(r"18°\s*± 6°"))
        assert live.page.locator("#meter").get_attribute("aria-valuetext") == (
            "110 % of your usual depth"
        )

    def test_says_why_the_back_is_not_measured(self, live: Opened) -> None:
        live.coach(lumbar=UNMEASURED)
        live.shows("#lumbar", "Something hid your back.")

    def test_counts_aloud_and_names_the_movement(self, live: Opened) -> None:
        live.coach()
        live.server.showing = {"reps": 1}
        live.server.say(rep(1))
        live.shows("#caption", re.compile("^1$"))
        live.shows("#count", re.compile("1 rep$"))
        found = live.page.locator("#movement option:checked").filter(has_text="Found: Hip hinge")
        found.wait_for(state="attached")
        assert live.page.locator("#count").get_attribute("aria-live") == "polite"

    @pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (390, 844), (360, 640)])
    def test_the_count_is_large_enough_for_three_metres(
        self,
        opening: Opening,
        size: tuple[int, int],
    ) -> None:
        with opening(viewport={"width": size[0], "height": size[1]}) as live:
            live.coach(reps=12)
            height = live.page.evaluate(
                "() => parseFloat(getComputedStyle(document.getElementById('reps')).fontSize)"
            )
            assert height >= 0.18 * size[1]
            box = live.page.locator("#reps").bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= size[0]

    def test_quality_is_told_when_it_is_not_the_best(self, live: Opened) -> None:
        live.coach()
        assert live.page.locator("#quality").is_hidden()
        live.server.showing = {
            "quality": protocol.Quality(model="lite", outline_every=2, text="Looking less closely.")
        }
        live.shows("#quality", "Looking less closely.")

    def test_one_instruction_with_a_shape_at_a_time(self, live: Opened) -> None:
        live.server.showing = {"guide": guide()}
        live.open()
        live.shows("#guide", "Come closer")
        live.shows("#caption", "Come closer")  # so it is said, too
        assert live.page.locator("#guide use").get_attribute("href") == "/static/icons.svg#closer"
        live.server.showing = {}
        live.server.say(protocol.State(state="ready"))
        live.shows("#guide", "Begin when you like")
        live.shows("#caption", "Begin when you like")

    def test_small_print_on_demand(self, live: Opened) -> None:
        live.coach(dropped=4)
        assert live.page.locator("#numbers").is_hidden()
        live.page.keyboard.press("i")
        live.shows("#numbers", re.compile(r"\d+ pictures a second, -?\d+ ms behind, \d+ left out"))


class TestDiagram:
    def test_says_what_it_will_show_until_it_does(self, live: Opened) -> None:
        live.coach(lumbar=UNMEASURED)
        live.shows(".when-empty", "It draws itself")
        assert live.page.locator(".keys-of-lines").is_hidden()
        live.server.say(rep(1))
        live.shows(".keys-of-lines", "Solid: going down.")
        assert live.page.locator(".when-empty").is_hidden()

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_no_words_lie_over_the_drawing(self, opening: Opening, language: str) -> None:
        with opening(locale=language) as live:
            live.coach(lumbar=UNMEASURED)
            live.page.locator(".when-empty").wait_for()
            for width, height in ((1280, 720), (1920, 1080), (390, 844), (360, 640), (1024, 640)):
                live.page.set_viewport_size({"width": width, "height": height})
                drawing = live.page.locator("#diagram").bounding_box()
                words = live.page.locator(".when-empty").bounding_box()
                assert drawing is not None
                assert words is not None
                assert drawing["y"] + drawing["height"] <= words["y"], (width, height)
                assert drawing["height"] >= 80, (width, height)

    def test_keeps_its_size_when_its_words_change(self, live: Opened) -> None:
        live.coach(lumbar=UNMEASURED)
        live.page.locator(".when-empty").wait_for()
        before = live.page.locator("#diagram").bounding_box()
        live.server.say(rep(1))
        live.page.locator(".keys-of-lines").wait_for()
        assert live.page.locator("#diagram").bounding_box() == before

    def test_a_saved_own_bend_is_there_from_the_beginning(self, live: Opened) -> None:
        live.server.own_bend = OWN_BEND
        live.coach(lumbar=UNMEASURED)
        live.shows("#diagram-own", "Broad: your own full bend.")
        assert live.page.locator(".when-empty").is_hidden()
        live.server.own_bend = None
        live.server.hang_up()
        live.heard("hello", count=2)
        live.page.locator("#diagram-own").wait_for(state="hidden")

    def test_an_own_bend_is_drawn_with_room_for_it_in_every_set(self, live: Opened) -> None:
        live.open()
        shades = live.page.evaluate(
            """async () => {
                 const { Diagram } = await import("/static/diagram.js");
                 const canvas = document.createElement("canvas");
                 document.querySelector(".diagram").append(canvas);
                 const words = { hip: "", lumbar: "", limit: "" };
                 const diagram = new Diagram(canvas, words);
                 [canvas.width, canvas.height] = [400, 300];
                 const shade = (hip, lumbar) => {
                   diagram.draw();
                   const copy = new OffscreenCanvas(canvas.width, canvas.height);
                   const context = copy.getContext("2d", { willReadFrequently: true });
                   context.drawImage(canvas, 0, 0);
                   const at = diagram.place(hip, lumbar).map(Math.round);
                   return context.getImageData(...at, 1, 1).data[3];
                 };
                 const drawn = () => [shade(15, 27), shade(70, 0.8 * 54), diagram.most.lumbar];
                 const without = drawn();
                 diagram.setOwnBend({ max_deg: 54, curve: [[0, 0], [30, 54]] });
                 const first = drawn();
                 diagram.reset();
                 const next = drawn();
                 diagram.setOwnBend(null);
                 diagram.reset();
                 return [without, first, next, drawn()];
               }"""
        )
        without, first, second, gone = shades
        assert without == gone == [0, 0, 40]
        assert first == second
        assert first[0] == pytest.approx(0.42 * 255, abs=3)
        assert first[1] > 0
        assert first[2] == 60

    def test_a_band_that_lies_on_itself_has_no_hole(self, live: Opened) -> None:
        live.open()
        shade = live.page.evaluate(
            """async () => {
                 const { Diagram } = await import("/static/diagram.js");
                 const canvas = document.createElement("canvas");
                 document.querySelector(".diagram").append(canvas);
                 const diagram = new Diagram(canvas, { hip: "", lumbar: "", limit: "" });
                 [canvas.width, canvas.height] = [400, 300];
                 const curve = [[0, 2], [70, 22], [0, 8]];
                 diagram.finishRep({ curve, bottom: 1, lumbar_se_deg: 6 });
                 const at = diagram.place(30, 13.5).map(Math.round);
                 return diagram.context.getImageData(...at, 1, 1).data[3];
               }"""
        )
        assert shade == pytest.approx(0.16 * 255, abs=3)


class TestPictures:
    def test_one_in_flight_and_time_goes_on(self, live: Opened) -> None:
        live.server.answers = False
        live.open()
        live.until("h.pictures.sent === 1 && h.pictures.replaced > 3")
        assert len(live.server.pictures) == 1
        live.server.answers = True
        live.server.say(frame(live.server.pictures[0].number))
        live.until("h.frames > 5")
        taken = live.server.pictures
        assert all(one.kind == protocol.BROWSER_FRAME for one in taken)
        assert all(one.jpeg.startswith(b"\xff\xd8") for one in taken)
        for before, after in itertools.pairwise(taken):
            assert after.number > before.number
            assert after.t_ms > before.t_ms
        assert taken[1].number > 1  # newest wins: those in between are gone

    def test_a_refused_picture_does_not_stop_the_others(self, live: Opened) -> None:
        live.server.answers = False
        live.open()
        live.until("h.pictures.sent === 1")
        live.server.answers = True
        live.server.say(protocol.Refused(code="frame", text="Too large a picture."))
        live.shows("#caption", "Too large a picture.")
        live.until("h.frames > 2")

    def test_a_hidden_page_sends_none(self, live: Opened) -> None:
        live.coach()
        hide = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, "
        hide += "configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }"
        live.page.evaluate(hide, arg=True)
        live.page.wait_for_timeout(200)
        before = live.tell("pictures")["sent"]
        live.page.wait_for_timeout(400)
        assert live.tell("pictures")["sent"] == before
        live.page.evaluate(hide, arg=False)
        live.until(f"h.pictures.sent > {before}")

    def test_the_drawing_is_mirrored_with_the_picture(self, live: Opened) -> None:
        knee = Landmark.LEFT_KNEE
        landmarks: list[Any] = [None] * len(Landmark)
        landmarks[knee], landmarks[Landmark.LEFT_HIP] = (100, 300), (100, 200)
        landmarks[Landmark.LEFT_HEEL], landmarks[Landmark.LEFT_FOOT_INDEX] = (100, 400), (60, 400)
        live.coach(landmarks=tuple(landmarks), outline=())
        pixel = """(x, y) => {
          const canvas = document.getElementById("overlay");
          const scale = Math.min(canvas.width / 640, canvas.height / 480);
          const copy = new OffscreenCanvas(canvas.width, canvas.height);
          const context = copy.getContext("2d", { willReadFrequently: true });
          context.drawImage(canvas, 0, 0);
          const across = (canvas.width - 640 * scale) / 2 + x * scale;
          const down = (canvas.height - 480 * scale) / 2 + y * scale;
          return [...context.getImageData(across, down, 1, 1).data].slice(0, 3).join();
        }"""
        near = "98,224,196"
        live.page.wait_for_function(f"() => ({pixel})(640 - 100, 250) === '{near}'")
        assert live.page.evaluate(f"({pixel})(100, 250)") != near


class TestSummary:
    def test_says_everything_and_takes_the_focus(self, live: Opened) -> None:
        live.coach(reps=5)
        live.sum_up()
        told = summary()
        card = live.page.locator("#summary")
        for text in (told.headline, told.good, told.change, told.why, told.try_it, told.since_last):
            assert text in card.inner_text()
        assert told.lumbar in card.inner_text()
        assert told.evidence in card.inner_text()
        assert card.locator(".rep-words li").count() == len(told.per_rep)
        assert "best" in card.locator(".rep-words li").nth(1).inner_text()
        assert "typical" in card.locator(".rep-words li").nth(2).inner_text()
        live.shows("#caption", told.spoken)
        assert live.page.evaluate("document.activeElement.textContent") == told.headline

    def test_pain_by_key_and_by_button(self, live: Opened) -> None:
        live.coach(reps=5)
        live.sum_up()
        live.page.keyboard.press("3")
        assert live.heard("rate_pain")["pain"] == 3
        live.page.locator("[data-pain='10']").click()
        assert live.heard("rate_pain", count=2)["pain"] == 10
        live.server.say(summary(pain=10, change="Rest for today.", spoken="Rest for today."))
        live.shows("#summary", "Rest for today.")
        chosen = live.page.locator("[data-pain='10']")
        assert chosen.get_attribute("aria-pressed") == "true"
        assert live.page.evaluate("document.activeElement.dataset.pain") == "10"

    def test_ten_by_keys_is_one_and_zero(self, live: Opened) -> None:
        live.coach(reps=5)
        live.sum_up()
        live.page.evaluate(
            "() => ['1', '0'].forEach(key => dispatchEvent(new KeyboardEvent('keydown', { key })))"
        )
        assert live.heard("rate_pain", count=2)["pain"] == 10
        assert live.page.locator("[data-pain='10']").get_attribute("title") == (
            "Keys: 1, then 0 right after it"
        )

    def test_digits_far_apart_are_answers_of_their_own(self, live: Opened) -> None:
        live.open()
        read = live.page.evaluate(
            """async () => {
                 const { NumberKeys } = await import("/static/keys.js");
                 const keys = new NumberKeys();
                 const pressed = [[1, 0], [0, 900], [0, 1000], [1, 2000], [0, 3100], [1, 4000],
                                  [7, 4200], [0, 4400], [0, 9000]];
                 return pressed.map(([digit, atMs]) => keys.read(digit, atMs));
               }"""
        )
        assert read == [1, 10, 0, 1, 0, 1, 7, 0, 0]

    def test_kept_by_key(self, live: Opened) -> None:
        live.coach(reps=5)
        live.sum_up()
        live.page.keyboard.press("k")
        live.heard("keep_set")
        live.server.say(protocol.Kept(url="/sets/abc/report.html"))
        link = live.page.get_by_role("link", name="Open the report")
        link.wait_for()
        assert link.get_attribute("href") == "/sets/abc/report.html"
        assert live.page.locator("[data-action='keep']").count() == 0

    def test_let_go(self, live: Opened) -> None:
        live.coach(reps=5)
        live.sum_up()
        live.page.get_by_role("button", name="Let it go").click()
        live.heard("discard_set")

    def test_space_finishes_and_begins(self, live: Opened) -> None:
        live.coach()
        live.page.keyboard.press("Space")
        live.server.showing = {"reps": 1}
        live.page.wait_for_function("() => !document.getElementById('finish').disabled")
        assert "finish_set" not in live.server.types()
        live.page.keyboard.press("Space")
        live.heard("finish_set")
        live.sum_up()
        live.page.keyboard.press("Space")
        live.heard("start_set")
        live.server.showing = {}
        live.server.say(protocol.State(state="framing"))
        live.page.locator("#summary").wait_for(state="hidden")
        live.shows("#reps", re.compile("^0$"))
        assert live.tell("summary") is None

    def test_a_code_to_take_away_cannot_run_anything(self, live: Opened) -> None:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        svg += "<script>parent.document.title = 'ran'</script><path d='M0 0h1v1H0Z'/></svg>"
        live.coach(reps=5)
        live.sum_up(qr=svg)
        picture = live.page.locator("#summary .qr img")
        picture.wait_for()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert live.page.title() != "ran"


class TestVoice:
    def test_captions_mirror_what_is_said(self, opening: Opening) -> None:
        with opening(SPEAKING_BROWSER) as live:
            live.coach()
            live.server.say(protocol.Say(kind="cue", text="Pockets to the wall"))
            live.shows("#caption", "Pockets to the wall")
            live.page.wait_for_function("() => window.spoken.length === 1")
            assert live.page.evaluate("window.spoken[0].text") == "Pockets to the wall"

    def test_the_newest_important_thing_wins(self, opening: Opening) -> None:
        with opening(SPEAKING_BROWSER) as live:
            live.open()
            captions = live.page.evaluate(
                """async () => {
                     const { Voice } = await import("/static/voice.js");
                     const voice = new Voice();
                     const captions = [];
                     voice.on("caption", ({ text }) => captions.push(text));
                     const end = () => voice.ended(voice.turn);
                     voice.say("found", "info");
                     voice.say("cue", "cue");
                     voice.say("stand", "guide");
                     voice.say("closer", "guide");
                     const during = [...captions];
                     end();
                     end();
                     voice.say("7", "count");
                     return [during, captions];
                   }"""
            )
            assert captions == [["found", "cue"], ["found", "cue", "closer", "7"]]

    def test_muted_is_silent_with_captions_and_remembered(
        self,
        opening: Opening,
    ) -> None:
        with opening(SPEAKING_BROWSER) as live:
            live.coach()
            live.page.keyboard.press("m")
            live.shows("#mute", "Sound off")
            live.server.say(protocol.Say(kind="cue", text="Pockets to the wall"))
            live.shows("#caption", "Pockets to the wall")
            live.page.wait_for_timeout(400)
            assert live.page.evaluate("window.spoken.length") == 0
            live.page.reload()
            live.shows("#mute", "Sound off")

    def test_works_without_storage(self, opening: Opening) -> None:
        broken = "Object.defineProperty(window, 'localStorage', { get() { throw new Error(); } });"
        with opening(broken) as live:
            live.coach()
            live.page.keyboard.press("m")
            live.shows("#mute", "Sound off")
            assert live.console == []


class TestKeysAndChoices:
    def test_help_lists_the_keys_and_closes(self, live: Opened) -> None:
        live.coach()
        live.page.keyboard.press("?")
        dialog = live.page.get_by_role("dialog", name="Help")
        dialog.wait_for()
        assert {"Space", "M", "K", "Esc"} <= set(dialog.locator("kbd").all_inner_texts())
        ten = dialog.locator("div").filter(
            has=live.page.get_by_text("10: one right after the other")
        )
        assert ten.last.locator("kbd").all_inner_texts() == ["1", "0"]
        live.page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")

    def test_single_keys_can_be_turned_off(self, live: Opened) -> None:
        live.coach()
        live.page.keyboard.press("s")
        live.page.get_by_label("Use single keys as shortcuts").uncheck()
        live.page.keyboard.press("Escape")
        live.page.keyboard.press("m")
        live.page.keyboard.press("c")
        live.shows("#mute", "Sound on")
        assert "calibrate" not in live.server.types()

    def test_choices_are_told_and_told_again_after_a_break(self, live: Opened) -> None:
        live.coach()
        live.page.locator("#movement").select_option("squat")
        assert live.heard("configure")["movement"] == "squat"
        live.page.keyboard.press("Escape")
        live.page.locator("#open-settings").click()
        live.page.locator("#cues").select_option("each_rep")
        live.page.locator("#goal").select_option("confident_bending")
        assert live.heard("configure", count=3)["goal"] == "confident_bending"
        live.server.hang_up()
        again = live.heard("hello", count=2)
        chosen = {name: again[name] for name in ("movement", "cues", "goal")}
        assert chosen == {"movement": "squat", "cues": "each_rep", "goal": "confident_bending"}

    def test_calibration_is_led_step_by_step(self, live: Opened) -> None:
        live.coach()
        live.page.keyboard.press("c")
        assert live.heard("calibrate")["person"] is None
        live.server.say(protocol.State(state="calibrating"))
        live.shows("#guide", "Stand tall and still.")
        live.server.showing = {"reps": 1}
        live.shows("#guide", "Once more")
        live.server.say(protocol.State(state="framing"))
        live.server.say(
            protocol.Calibrated(
                max_deg=52.0, se_deg=6.0, text="Your own full bend: 52 ± 6°.", own_bend=OWN_BEND
            )
        )
        live.shows("#caption", "Your own full bend: 52 ± 6°.")
        live.shows("#diagram-own", "Broad: your own full bend.")

    def test_a_name_begins_the_session_anew_and_is_calibrated_for(self, live: Opened) -> None:
        live.server.showing = {}
        live.open()
        live.until("h.frames > 0")
        live.page.locator("#open-settings").click()
        live.page.get_by_label("Keep it under this name").fill("Kim")
        live.page.get_by_role("button", name="Measure it now").click()
        assert live.heard("calibrate")["person"] == "Kim"
        assert live.heard("hello", count=2)["person"] == "Kim"

    def test_every_control_is_reached_and_seen_with_the_keyboard(self, live: Opened) -> None:
        live.coach(reps=1)
        live.page.locator("#finish:enabled").wait_for()
        reached = set()
        for _ in range(12):
            live.page.keyboard.press("Tab")
            at = live.page.evaluate(
                "() => { const at = document.activeElement, style = getComputedStyle(at);"
                " return [at.id, style.outlineStyle, parseFloat(style.outlineWidth)]; }"
            )
            reached.add(at[0])
            if at[0] in {"mute", "finish"}:
                assert at[1] == "solid"
                assert at[2] >= 2
        assert {"movement", "mute", "open-settings", "open-help", "finish", "calibrate"} <= reached


class TestWhatStandsInTheWay:
    @pytest.mark.parametrize(
        ("error", "kind", "title"),
        [
            ("NotAllowedError", "denied", "The camera is turned off for this page"),
            ("NotFoundError", "none", "No camera found"),
            ("NotReadableError", "busy", "The camera is in use"),
        ],
    )
    def test_a_camera_that_does_not_come(
        self,
        opening: Opening,
        error: str,
        kind: str,
        title: str,
    ) -> None:
        with opening(REFUSED_CAMERA % error) as live:
            live.open()
            live.page.get_by_role("heading", name=title).wait_for()
            assert live.tell("problem") == kind
            assert live.page.locator("#problem li").count() == 3
            live.page.evaluate("window.cameraWorks = true")
            live.page.get_by_role("button", name="Try again").click()
            live.until("h.problem === '' && h.frames > 0")

    def test_a_camera_that_is_plugged_in_later(self, opening: Opening) -> None:
        with opening(REFUSED_CAMERA % "NotFoundError") as live:
            live.open()
            live.until("h.problem === 'none'")
            live.page.evaluate(
                "() => { window.cameraWorks = true;"
                " navigator.mediaDevices.dispatchEvent(new Event('devicechange')); }"
            )
            live.until("h.problem === '' && h.frames > 0")

    def test_a_camera_that_is_unplugged_and_comes_back(self, live: Opened) -> None:
        live.coach()
        live.page.evaluate(
            "() => document.getElementById('video').srcObject.getVideoTracks()[0]"
            ".dispatchEvent(new Event('ended'))"
        )
        live.page.get_by_role("heading", name="The camera was unplugged").wait_for()
        seen = live.tell("frames")
        live.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
        live.until(f"h.problem === '' && h.frames > {seen}")

    def test_an_address_without_encryption(self, opening: Opening) -> None:
        with opening() as live:
            live.open(f"{INSECURE_ORIGIN}/live")
            live.page.get_by_role("heading", name="This address gives no camera").wait_for()
            assert "hingewise serve --tls" in live.page.locator("#problem").inner_text()

    def test_all_stations_busy(self, live: Opened) -> None:
        live.server.ready = False
        live.open()
        live.heard("hello")
        live.server.say(protocol.Refused(code="busy", text="All 3 are taken.", final=True))
        live.server.hang_up()
        live.page.get_by_role("heading", name="All stations are busy").wait_for()
        live.shows("#problem", "All 3 are taken.")
        live.server.ready = True
        live.page.get_by_role("button", name="Try again").click()
        live.until("h.problem === '' && h.frames > 0")

    def test_a_page_of_another_version(self, live: Opened) -> None:
        live.server.ready = False
        live.open()
        live.heard("hello")
        live.server.say(protocol.Refused(code="protocol", text="Speak version 2.", final=True))
        live.server.hang_up()
        live.page.get_by_role("heading", name="This page is from another version").wait_for()

    def test_a_server_that_starts_again(self, live: Opened) -> None:
        live.coach(reps=3)
        live.server.showing = {}
        live.server.hang_up()
        live.heard("hello", count=2)
        live.until("h.state === 'framing' && h.reps === 0 && h.problem === ''")
        assert live.server.connections == 2

    def test_a_server_that_stays_away_is_told(self, opening: Opening) -> None:
        with opening() as live:
            live.coach()
            live.server.refuses = True
            live.server.hang_up()
            live.page.get_by_role("heading", name="The connection is gone").wait_for()
            live.server.refuses = False
            live.until("h.problem === '' && h.connection === 'ready'")


def come_to(live: Opened, screen: str) -> None:
    """Bring a page to one of its screens."""
    if screen == "home":
        live.open(f"{ORIGIN}/")
        return
    live.coach(reps=3, guide=guide() if screen == "guide" else None)
    if screen == "guide":
        live.server.say(protocol.State(state="framing"))
        live.shows("#guide", "Come closer")
    if screen == "summary":
        live.sum_up()
    if screen in {"settings", "help"}:
        live.page.locator(f"#open-{screen}").click()
    if screen == "problem":
        live.server.say(protocol.Refused(code="busy", text="All taken.", final=True))
        live.page.locator("#problem").wait_for()


SCREENS: Final = ("home", "guide", "set", "summary", "settings", "help", "problem")


class TestLooks:
    @pytest.mark.parametrize("screen", SCREENS)
    def test_nothing_is_wider_than_the_screen(self, live: Opened, screen: str) -> None:
        come_to(live, screen)
        for width, height in ((360, 640), (768, 1024), (844, 390), (1920, 1080)):
            live.page.set_viewport_size({"width": width, "height": height})
            wide = live.page.evaluate(
                "() => [document.documentElement, ...document.querySelectorAll("
                "'.stage, .sheet, .bar, dialog[open]')].filter(box => "
                "box.scrollWidth > box.clientWidth + 1).map(box => box.className)"
            )
            assert (width, wide) == (width, [])

    @pytest.mark.parametrize(
        ("screen", "scheme"),
        [*((screen, "light") for screen in SCREENS), ("set", "dark"), ("summary", "dark")],
    )
    def test_axe_finds_nothing_serious(self, opening: Opening, screen: str, scheme: str) -> None:
        with opening(color_scheme=scheme, reduced_motion="reduce") as live:
            come_to(live, screen)
            found = axe_api.Axe().run(live.page).response["violations"]
            serious = [
                (one["id"], [node["target"] for node in one["nodes"]])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert serious == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_colours_are_far_enough_apart(
        self,
        opening: Opening,
        scheme: str,
    ) -> None:
        with opening(color_scheme=scheme) as live:
            live.open(f"{ORIGIN}/")
            near = [
                (ink, paper, round(ratio, 2), least)
                for ink, paper, least in COLOUR_PAIRS
                if (ratio := contrast(color(live.page, ink), color(live.page, paper))) < least
            ]
            assert near == []

    def test_less_motion_when_asked_for(self, opening: Opening) -> None:
        with opening(reduced_motion="reduce") as live:
            live.coach(reps=2)
            lasts = live.page.evaluate(
                "() => { document.getElementById('count').classList.add('counted');"
                " return getComputedStyle(document.getElementById('reps')).animationDuration; }"
            )
            assert float(lasts.removesuffix("s")) < 0.01

    @pytest.mark.parametrize("language", ["de", "en"])
    def test_speaks_the_language_of_the_browser(
        self,
        opening: Opening,
        language: str,
    ) -> None:
        with opening(locale=language) as live:
            live.coach()
            assert live.page.locator("html").get_attribute("lang") == language
            assert live.heard("hello")["language"] == language


TEXT: Final = 4.5
GRAPHICS: Final = 3.0
ON_CHROME: Final = ("page", "card", "soft")
ON_STAGE: Final = ("stage", "stage-raised")
COLOUR_PAIRS: Final = (
    *((ink, paper, TEXT) for ink in ("ink", "muted", "accent", "ok") for paper in ON_CHROME),
    *((ink, "accent-soft", TEXT) for ink in ("ink", "accent")),
    ("on-accent", "accent", TEXT),
    ("on-stage-accent", "stage-accent", TEXT),
    *((ink, paper, TEXT) for ink in ("stage-ink", "stage-muted", "lumbar") for paper in ON_STAGE),
    *(("control", paper, GRAPHICS) for paper in ON_CHROME),
    *(
        (line, paper, GRAPHICS)
        for line in ("stage-control", "stage-accent", "near", "far", "back", "hip", "knee")
        for paper in ON_STAGE
    ),
)
"""Colours by their names in base.css: what is drawn, on what, and how far apart they must be."""


def color(page: Page, name: str) -> tuple[float, float, float]:
    """Read a colour of the style sheet, each channel from 0 to 1."""
    text = page.evaluate(
        "name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()",
        name,
    )
    assert re.fullmatch("#[0-9a-f]{6}", text), f"--{name} is {text!r}"
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Contrast ratio of two colours as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(channels: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_contrast_of_black_and_white_is_known() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
