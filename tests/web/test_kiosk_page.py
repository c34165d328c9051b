"""The kiosk in a real Chromium, against a server that says what the test says."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest

from service import protocol
from service.kiosk.flow import Screen
from service.kiosk.qr import carried_text, summary_qr
from service.kiosk.settings import KioskSettings, save_kiosk_settings
from service.wording import languages, load_wording
from tests.web import chromium
from tests.web.scripted_server import SIZE, ScriptedServer, frame, guide, rep, summary
from tests.web.served_pages import ORIGIN, ServedPages, serve_pages

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, ViewportSize

    Look = Callable[[Page, str], None]
    Opening = Callable[..., AbstractContextManager["Kiosk"]]

pytestmark = pytest.mark.played

KIOSK: Final = f"{ORIGIN}/kiosk"
WALL: Final[ViewportSize] = {"width": 1920, "height": 1080}
UPRIGHT: Final[ViewportSize] = {"width": 1080, "height": 1920}
LAPTOP: Final[ViewportSize] = {"width": 1280, "height": 720}
ENGLISH: Final = load_wording()
STEP_S: Final = 4
"""After so long without a word the page asks whether the server is there."""
ANSWER_MS: Final = 300

NO_CAMERA: Final = """
(() => {
  window.cameraWorks = false;
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = wanted =>
    window.cameraWorks ? original(wanted) : Promise.reject(new DOMException("", "%s"));
})();
"""

SPEAKING_BROWSER: Final = """
(() => {
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const voice = { lang: "en-US", localService: true, name: "Test" };
  const speak = said => { window.spoken.push(said.text); setTimeout(() => said.onend?.(), 500); };
  const synthesis = { getVoices: () => [voice], cancel: () => {}, speak };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
})();
"""


NO_PICTURES: Final = """
navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
"""
"""A camera that never begins: what is shown then comes from the server's messages alone."""


class AnsweringServer(ScriptedServer):
    """Answers a page that asks whether anybody is there, however slow the machine is."""

    def _hear(self, message: str | bytes) -> None:
        super()._hear(message)
        if isinstance(message, str):
            said = protocol.FROM_PAGE.validate_json(message)
            if isinstance(said, protocol.Ping):
                self.say(protocol.Pong(number=said.number))


class Kiosk:
    """The page, and the server that it talks to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.server = AnsweringServer(page)
        self.console: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.console.append(message.text)

    def open(self, query: str = "") -> Kiosk:
        self.page.goto(KIOSK + query)
        self.until("h.connection === 'ready'")
        return self

    def show(self, screen: str, seconds_left: int | None = None, language: str = "en") -> Kiosk:
        """Show a screen as the server words it, with what belongs to it."""
        message = screen_message(screen, seconds_left, language)
        self.server.say(message)
        self.until(f"h.screen === '{screen}'")
        return self

    def sum_up(self, **changes: object) -> protocol.Summary:
        told = with_code(summary(**changes))
        self.server.say(told)
        self.until("h.summary !== null")
        return told

    def tell(self, name: str) -> Any:  # noqa: ANN401 - whatever the page tells
        return self.page.evaluate("name => window.hingewise[name]", name)

    def until(self, condition: str) -> None:
        """Wait for what the page tells of itself, as ``h``."""
        self.page.wait_for_function(f"() => {{ const h = window.hingewise; return {condition}; }}")

    def shows(self, selector: str, text: str) -> None:
        self.page.locator(selector).filter(has_text=text).locator("visible=true").wait_for()

    def let_pass(self, seconds: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let the page's clock run on until something holds; the server answers all the while."""
        for _ in range(0, seconds, STEP_S):
            if until():
                return True
            self.page.clock.fast_forward(1000 * STEP_S)
            self.page.wait_for_timeout(ANSWER_MS)
        return until()

    def presses(self) -> list[str]:
        """Return what the page has told of keys, in order."""
        self.page.wait_for_timeout(60)
        return [said["action"] for said in self.server.heard if said["type"] == "press"]

    def hellos(self) -> list[dict[str, Any]]:
        return [said for said in self.server.heard if said["type"] == "hello"]


def screen_message(
    screen: str, seconds_left: int | None = None, language: str = "en"
) -> protocol.KioskScreen:
    wording = load_wording(language)
    key = "text_count" if screen == "set" else "text"
    return protocol.KioskScreen.model_validate(
        {
            "screen": screen,
            "seconds_left": seconds_left,
            "title": wording.of(f"kiosk.{screen}.title"),
            "text": wording.of(f"kiosk.{screen}.{key}", count=5),
        }
    )


def with_code(told: protocol.Summary) -> protocol.Summary:
    code = summary_qr(told, wording=ENGLISH, public_url=None)
    return told.model_copy(update={"qr": code})


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    flags = [*chromium.QUIET, chromium.FAKE_CAMERA, chromium.ALLOW_CAMERA]
    program = playwright_driver.chromium.launch(executable_path=str(chromium.PROGRAM), args=flags)
    yield program
    program.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def pages(data: Path) -> Iterator[ServedPages]:
    with serve_pages(data) as served:
        yield served


@pytest.fixture
def opening(browser: Browser, pages: ServedPages) -> Opening:
    """Make kiosks that have not been switched on yet."""

    @contextmanager
    def opened(
        script: str = NO_PICTURES,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> Iterator[Kiosk]:
        chosen = {"viewport": LAPTOP, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = browser.new_context(**chosen)
        pages.serve(context)
        if script:
            context.add_init_script(script)
        yield Kiosk(context.new_page())
        context.close()

    return opened


@pytest.fixture
def kiosk(opening: Opening) -> Iterator[Kiosk]:
    with opening() as opened:
        yield opened.open()
        assert opened.console == []


@pytest.fixture
def saved(data: Path) -> Iterator[Callable[..., None]]:
    """Save settings as staff do; the next test finds none."""

    def save(**settings: Any) -> None:  # noqa: ANN401 - of any setting
        save_kiosk_settings(data, KioskSettings(**settings))

    yield save
    (data / "kiosk.json").unlink(missing_ok=True)


class TestScreens:
    def test_every_screen_is_shown_with_its_words(self, kiosk: Kiosk) -> None:
        for screen in Screen:
            kiosk.show(screen, 12)
            told = screen_message(screen)
            kiosk.shows("#text", told.text)
            assert kiosk.page.locator("#title").text_content() == told.title
            kiosk.shows(".private", ENGLISH.of("kiosk.privacy"))

    def test_before_the_server_is_there_it_says_so(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.server.ready = False
            kiosk.page.goto(KIOSK)
            kiosk.shows("#title", ENGLISH.of("kiosk.connecting.title"))

    def test_the_notice_lists_when_not_to(self, kiosk: Kiosk) -> None:
        kiosk.show("consent", 45)
        reasons = kiosk.page.locator(".not-today li").all_text_contents()
        assert reasons == list(ENGLISH.under("kiosk.not_today").values())
        assert len(reasons) >= 5
        kiosk.shows("#title", "Nothing is stored")

    def test_the_countdown_counts_in_a_ring_and_aloud(self, opening: Opening) -> None:
        with opening(NO_PICTURES + SPEAKING_BROWSER) as kiosk:
            kiosk.open()
            offsets = []
            for seconds in (3, 2, 1):
                kiosk.show("countdown", seconds)
                kiosk.shows("#seconds", str(seconds))
                kiosk.page.wait_for_function(f"() => window.spoken.at(-1) === '{seconds}'")
                offsets.append(kiosk.page.evaluate(LEFT_IN_RING))
            assert offsets == sorted(offsets, reverse=True)
            assert len(set(offsets)) == len(offsets)

    def test_turning_shows_one_instruction_until_all_is_well(self, kiosk: Kiosk) -> None:
        kiosk.show("turn", 60)
        for number, (key, text, icon) in enumerate(
            [("frontal_view", "Turn side-on", "turn"), ("too_far", "Come closer", "closer")]
        ):
            kiosk.server.say(frame(number, guide=guide(key, text)))
            kiosk.shows("#title", text)
            assert icon_of(kiosk) == icon
        kiosk.server.say(frame(9))
        kiosk.shows("#title", ENGLISH.of("kiosk.steady.title"))
        assert icon_of(kiosk) == "ready"

    def test_the_set_shows_count_depth_and_the_picture(self, opening: Opening) -> None:
        with opening("") as kiosk:
            kiosk.server.showing = {"reps": 3, "range": 0.6}
            kiosk.open().show("set", 180)
            kiosk.shows("#reps", "3")
            kiosk.page.wait_for_function(
                "() => document.querySelector('#meter').getAttribute('aria-valuenow') === '60'"
            )
            assert kiosk.page.locator(".meter-fill").bounding_box()
            assert colours_on_canvas(kiosk) > 20

    def test_a_cue_is_a_caption_and_is_said(self, opening: Opening) -> None:
        with opening(NO_PICTURES + SPEAKING_BROWSER) as kiosk:
            kiosk.open().show("set", 180)
            kiosk.server.say(protocol.Say(kind="cue", text="Pockets to the wall"))
            kiosk.shows("#caption", "Pockets to the wall")
            kiosk.page.wait_for_function("() => window.spoken.includes('Pockets to the wall')")

    def test_a_repetition_is_counted_aloud(self, opening: Opening) -> None:
        with opening(NO_PICTURES + SPEAKING_BROWSER) as kiosk:
            kiosk.open().show("set", 180)
            for number in range(1, 60):  # while the greeting is said, a count is only a tone
                kiosk.server.say(rep(number))
                kiosk.shows("#reps", str(number))
                kiosk.page.wait_for_timeout(100)
                if str(number) in kiosk.page.evaluate("() => window.spoken"):
                    return
            pytest.fail("no repetition was counted aloud")

    def test_what_is_written_large_is_not_written_twice(self, kiosk: Kiosk) -> None:
        kiosk.show("invite")
        kiosk.page.wait_for_timeout(400)
        assert kiosk.page.locator("#caption").text_content() == ""

    def test_a_silent_kiosk_says_nothing_and_shows_everything(
        self, opening: Opening, saved: Callable[..., None]
    ) -> None:
        saved(voice=False)
        with opening(NO_PICTURES + SPEAKING_BROWSER) as kiosk:
            kiosk.open().show("set", 180)
            kiosk.server.say(protocol.Say(kind="cue", text="Pockets to the wall"))
            kiosk.shows("#caption", "Pockets to the wall")
            kiosk.page.wait_for_timeout(500)
            assert kiosk.page.evaluate("() => window.spoken") == []


LEFT_IN_RING: Final = """
() => Number(getComputedStyle(document.querySelector("#ring")).getPropertyValue("--left"))
"""


def icon_of(kiosk: Kiosk) -> str:
    address = kiosk.page.locator("#way use").get_attribute("href") or ""
    return address.partition("#")[2]


def colours_on_canvas(kiosk: Kiosk) -> int:
    """Count the different colours that were drawn."""
    found: int = kiosk.page.evaluate(
        """() => {
          const canvas = document.querySelector("#overlay");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return found


class TestSummary:
    def test_good_comes_before_the_change_and_how_to_try_it(self, kiosk: Kiosk) -> None:
        told = kiosk.sum_up()
        kiosk.show("summary", 30)
        kiosk.shows("#headline", told.headline)
        found = kiosk.page.locator(".finding p").all_text_contents()
        assert found == [told.good, told.change, told.try_it]

    def test_the_lower_back_stands_beside_its_evidence(self, kiosk: Kiosk) -> None:
        told = kiosk.sum_up()
        kiosk.show("summary", 30)
        assert kiosk.page.locator(".lower-back").text_content() == told.lumbar + told.evidence

    def test_nothing_to_change_shows_no_empty_place(self, kiosk: Kiosk) -> None:
        kiosk.sum_up(change="", why="", try_it="", lumbar="", evidence="", since_last="")
        kiosk.show("summary", 30)
        assert kiosk.page.locator("#found > *").count() == 1

    @pytest.mark.parametrize("screen", ["summary", "still_there"])
    @pytest.mark.parametrize("viewport", [WALL, UPRIGHT], ids=["wall", "upright"])
    def test_a_phone_reads_the_code_off_the_screen(
        self, opening: Opening, screen: str, viewport: ViewportSize
    ) -> None:
        with opening(viewport=viewport) as kiosk:
            kiosk.open()
            told = kiosk.sum_up()
            kiosk.show(screen, 20)
            kiosk.page.wait_for_function("() => document.querySelector('#code img')?.complete")
            shot = np.frombuffer(kiosk.page.screenshot(), np.uint8)
            picture = cv2.imdecode(shot, cv2.IMREAD_GRAYSCALE)
            assert picture is not None
            read = cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]
            assert read == carried_text(told, wording=ENGLISH, public_url=None)

    def test_without_a_code_the_words_take_its_place(self, kiosk: Kiosk) -> None:
        kiosk.server.say(summary())
        kiosk.show("summary", 30)
        assert kiosk.page.locator("#code").is_hidden()

    def test_it_is_read_aloud(self, opening: Opening) -> None:
        with opening(NO_PICTURES + SPEAKING_BROWSER) as kiosk:
            told = kiosk.open().sum_up()
            kiosk.show("summary", 30)
            kiosk.page.wait_for_function("said => window.spoken.includes(said)", arg=told.spoken)

    def test_the_question_counts_down(self, kiosk: Kiosk) -> None:
        for seconds in (20, 19):
            kiosk.show("still_there", seconds)
            kiosk.shows("#time", ENGLISH.of("kiosk.forgetting", seconds=seconds))

    def test_nothing_of_a_visit_is_left_on_the_page(self, kiosk: Kiosk) -> None:
        for screen in ("attract", "camera_lost"):
            told = kiosk.sum_up()
            kiosk.show("summary", 30).show("still_there", 20).show(screen)
            assert kiosk.tell("summary") is None
            page = kiosk.page.content()
            assert not any(text in page for text in (told.headline, told.good, told.change))
            assert kiosk.page.locator("#code img").count() == 0


class TestKeys:
    def test_any_key_works_as_the_hand(self, kiosk: Kiosk) -> None:
        kiosk.show("invite")
        for key in ("a", " ", "Enter", "ArrowUp", "7"):
            kiosk.page.keyboard.press(key)
        assert kiosk.presses() == ["start"] * 5

    def test_a_key_answers_the_question(self, kiosk: Kiosk) -> None:
        kiosk.show("still_there", 20)
        kiosk.page.keyboard.press("a")
        assert kiosk.presses() == ["stay"]

    def test_escape_leads_back(self, kiosk: Kiosk) -> None:
        kiosk.show("set", 180)
        kiosk.page.keyboard.press("Escape")
        assert kiosk.presses() == ["back"]

    def test_keys_for_something_else_are_no_hand(self, kiosk: Kiosk) -> None:
        kiosk.show("invite")
        for key in ("Shift", "F7", "Control+a", "Alt+x", "Tab"):
            kiosk.page.keyboard.press(key)
        assert kiosk.presses() == []

    def test_a_key_that_is_held_counts_once(self, kiosk: Kiosk) -> None:
        kiosk.show("invite")
        for _ in range(4):
            kiosk.page.keyboard.down("a")
        kiosk.page.keyboard.up("a")
        assert kiosk.presses() == ["start"]

    def test_a_tap_works_as_well(self, kiosk: Kiosk) -> None:
        kiosk.show("invite")
        kiosk.page.mouse.click(300, 400)
        assert kiosk.presses() == ["start"]

    def test_a_language_is_chosen_by_keyboard_alone(self, kiosk: Kiosk) -> None:
        kiosk.show("attract")
        kiosk.page.keyboard.press("l")
        kiosk.page.wait_for_url("**/kiosk?lang=*")
        kiosk.until("h.connection === 'ready'")
        others = [language for language in languages() if language != "en"]
        assert kiosk.hellos()[-1]["language"] in others
        assert kiosk.page.locator("html").get_attribute("lang") in others
        assert kiosk.presses() == []

    def test_enter_on_a_language_chooses_it_and_is_no_hand(self, kiosk: Kiosk) -> None:
        kiosk.show("attract")
        kiosk.page.keyboard.press("Tab")
        kiosk.page.keyboard.press("Enter")
        kiosk.page.wait_for_url("**/kiosk?lang=*")
        assert kiosk.presses() == []

    def test_f2_leads_to_the_staff_page_and_back(self, kiosk: Kiosk) -> None:
        kiosk.show("attract")
        kiosk.page.clock.install()
        kiosk.page.keyboard.press("F2")
        kiosk.page.wait_for_url("**/kiosk/staff?kiosk")
        kiosk.page.locator("input[name=pin]").wait_for()
        kiosk.page.clock.fast_forward(200_000)
        kiosk.page.wait_for_url("**/kiosk")

    def test_the_pointer_shows_only_while_it_moves(self, kiosk: Kiosk) -> None:
        cursor = "() => getComputedStyle(document.body).cursor"
        assert kiosk.page.evaluate(cursor) == "none"
        kiosk.page.mouse.move(200, 200)
        kiosk.page.mouse.move(210, 210)
        assert kiosk.page.evaluate(cursor) == "auto"


class TestAllDay:
    def test_it_says_who_it_is_and_what_for(
        self, opening: Opening, saved: Callable[..., None]
    ) -> None:
        saved(movement="squat", cues="each_rep")
        with opening() as kiosk:
            hello = kiosk.open().hellos()[-1]
            assert hello["mode"] == "kiosk"
            assert (hello["movement"], hello["cues"]) == ("squat", "each_rep")
            assert (hello["camera"], hello["language"]) == ("browser", "en")

    def test_a_server_that_comes_back_finds_it_waiting(self, kiosk: Kiosk) -> None:
        kiosk.sum_up()
        kiosk.show("summary", 30)
        kiosk.server.hang_up()
        kiosk.until("h.screen === 'waiting'")
        assert kiosk.tell("summary") is None
        kiosk.until("h.connection === 'ready'")
        assert len(kiosk.hellos()) == 2
        kiosk.show("attract")
        kiosk.shows("#title", ENGLISH.of("kiosk.attract.title"))

    def test_a_reload_in_the_middle_begins_anew(self, kiosk: Kiosk) -> None:
        kiosk.show("set", 180)
        kiosk.page.reload()
        kiosk.until("h.connection === 'ready' && h.screen === 'waiting'")
        kiosk.show("attract")

    def test_a_full_house_is_told_and_it_goes_on(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.server.ready = False
            kiosk.page.goto(KIOSK)
            kiosk.until("h.connection === 'open'")
            kiosk.server.say(protocol.Refused(code="busy", text="", final=True))
            kiosk.shows("#title", ENGLISH.of("kiosk.busy.title"))
            kiosk.server.ready = True
            kiosk.server.hang_up()
            kiosk.page.wait_for_function(
                "() => window.hingewise.connection === 'ready'", timeout=20_000
            )

    @pytest.mark.parametrize(
        ("error", "problem"), [("NotAllowedError", "denied"), ("NotFoundError", "none")]
    )
    def test_a_camera_that_is_missing_is_told_and_taken_when_it_comes(
        self, opening: Opening, error: str, problem: str
    ) -> None:
        with opening(NO_CAMERA % error) as kiosk:
            kiosk.open().show("camera_lost")
            kiosk.shows("#text", ENGLISH.of(f"kiosk.problem.{problem}"))
            kiosk.page.evaluate("() => { window.cameraWorks = true; }")
            kiosk.page.wait_for_function(
                "() => window.hingewise.camera === '' && window.hingewise.frames > 0",
                timeout=20_000,
            )

    def test_a_camera_that_stops_is_begun_anew(self, opening: Opening) -> None:
        with opening("") as kiosk:
            kiosk.open().until("h.frames > 0")
            kiosk.page.evaluate(
                "() => document.querySelector('video').srcObject.getTracks().forEach(t => t.stop())"
            )
            kiosk.page.wait_for_timeout(500)
            kiosk.page.wait_for_function(
                "seen => window.hingewise.frames > seen + 3", arg=kiosk.tell("frames")
            )

    def test_new_settings_wait_until_nobody_is_there(
        self, opening: Opening, saved: Callable[..., None]
    ) -> None:
        with opening() as kiosk:
            kiosk.page.clock.install()
            kiosk.open().show("set", 180)
            saved(movement="lunge")
            kiosk.let_pass(32)
            kiosk.page.wait_for_timeout(300)
            assert kiosk.tell("screen") == "set"
            assert len(kiosk.hellos()) == 1

    def test_a_waiting_kiosk_loads_itself_anew_for_new_settings(
        self, opening: Opening, saved: Callable[..., None]
    ) -> None:
        with opening() as kiosk:
            kiosk.page.clock.install()
            kiosk.open().show("attract")
            saved(movement="lunge")
            assert kiosk.let_pass(60, until=lambda: len(kiosk.hellos()) > 1)
            assert kiosk.hellos()[-1]["movement"] == "lunge"

    def test_a_visitors_language_goes_when_they_have_gone(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.page.clock.install()
            kiosk.open("?lang=de").show("attract", language="de")
            assert kiosk.let_pass(60, until=lambda: len(kiosk.hellos()) > 1)
            assert kiosk.page.url == KIOSK
            assert kiosk.hellos()[-1]["language"] == "en"

    def test_a_camera_of_the_server_is_shown_with_what_it_saw(
        self, opening: Opening, saved: Callable[..., None]
    ) -> None:
        saved(camera="server")
        with opening() as kiosk:
            kiosk.open().show("set", 180)
            assert kiosk.hellos()[-1]["camera"] == "server"
            assert kiosk.tell("pictures")["encoded"] == 0
            assert kiosk.server.socket is not None
            for number in range(4):
                kiosk.server.socket.send(server_picture(number))
                kiosk.page.wait_for_timeout(120)
                shown = frame(number, landmarks=None, outline=(), reps=number)
                kiosk.server.say(shown)
            kiosk.shows("#reps", "3")
            assert colours_on_canvas(kiosk) > 20


def server_picture(number: int) -> bytes:
    """Make a picture as a server with a camera sends it: a ramp of colours."""
    ramp = np.linspace(0, 255, SIZE[0], dtype=np.uint8)
    image = np.dstack([np.tile(ramp, (SIZE[1], 1))] * 3)
    written, jpeg = cv2.imencode(".jpg", image)
    assert written
    return protocol.pack_frame(
        protocol.BinaryFrame(protocol.SERVER_FRAME, number, 33.0 * number, jpeg.tobytes())
    )


WORDY: Final = {
    "good": "Your lower back kept its shape for most of the way down, in all of the repetitions.",
    "change": "Make the last repetition a careful copy of the very first one of this set.",
    "try_it": "Do two short sets with a rest instead of one long set, and come up tall each time.",
    "evidence": ENGLISH.of("evidence.statement"),
}

SPILLS: Final = """
() => {
  const stage = document.querySelector("#stage");
  const spills = [...document.querySelectorAll(".words *, .hint, .top *, .code *, #seconds")]
    .filter(part => part.checkVisibility() && !part.closest("svg"))
    .filter(part => {
      const box = part.getBoundingClientRect();
      const tiny = box.width <= 2 || box.height <= 2;
      return !tiny && (box.left < -1 || box.top < -1 || box.right > innerWidth + 1
        || box.bottom > innerHeight + 1);
    })
    .map(part => `${part.tagName}.${part.className}: ${part.textContent.slice(0, 30)}`);
  for (const place of [stage, stage.querySelector(".words")]) {
    const over = place.scrollHeight - place.clientHeight;
    if (over > 1) spills.push(`${place.className} by ${over}`);
  }
  return spills;
}
"""


TWO_PICTURES: Final = """
() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
"""
"""A page hears of its new size when it is next drawn."""


class TestForEverybody:
    @pytest.mark.parametrize("language", languages())
    def test_no_word_is_cut_off(self, opening: Opening, language: str, look: Look) -> None:
        with opening() as kiosk:
            kiosk.open(f"?lang={language}")
            spilled = {}
            for screen in Screen:
                if screen == "summary":
                    kiosk.sum_up(**WORDY)
                kiosk.show(screen, 20, language)
                kiosk.server.say(frame(1, reps=12, guide=guide("frontal_view", "Turn side-on")))
                for viewport in (WALL, UPRIGHT, LAPTOP):
                    kiosk.page.set_viewport_size(viewport)
                    kiosk.page.evaluate(TWO_PICTURES)
                    name = f"kiosk-{viewport['width']}-{language}-{screen}"
                    spilled[name] = kiosk.page.evaluate(SPILLS)
                    look(kiosk.page, name)
            assert {name: parts for name, parts in spilled.items() if parts} == {}

    def test_axe_finds_nothing_serious(self, kiosk: Kiosk) -> None:
        found = {}
        for screen in Screen:
            if screen == "summary":
                kiosk.sum_up()
            kiosk.show(screen, 20)
            found[screen.value] = serious(kiosk.page)
        assert {screen: nodes for screen, nodes in found.items() if nodes} == {}

    @pytest.mark.parametrize("address", ["/kiosk/staff", "/s"])
    def test_axe_finds_nothing_serious_on_the_pages_around(
        self, kiosk: Kiosk, address: str
    ) -> None:
        kiosk.page.goto(ORIGIN + address)
        assert serious(kiosk.page) == []

    def test_whoever_asks_for_little_movement_gets_none(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.open().show("attract")
            running = "() => document.getAnimations().filter(a => a.playState === 'running').length"
            kiosk.page.wait_for_function(f"() => ({running})() === 0")
            bent = kiosk.page.locator(".trunk").evaluate("part => getComputedStyle(part).transform")
            assert bent != "none"

    def test_the_figure_moves_for_everybody_else(self, opening: Opening) -> None:
        with opening(reduced_motion="no-preference") as kiosk:
            kiosk.open().show("attract")
            turned = "part => getComputedStyle(part).transform"
            upright = kiosk.page.locator(".trunk").evaluate(turned)
            kiosk.page.wait_for_function(
                "before => getComputedStyle(document.querySelector('.trunk')).transform !== before",
                arg=upright,
            )

    def test_large_words_are_large_at_three_metres(self, opening: Opening) -> None:
        """Letters of a hundred-and-fiftieth of the distance are read without effort: 2 cm; a
        screen of 43 inches is 53 cm high."""
        with opening(viewport=WALL) as kiosk:
            kiosk.open()
            for screen in ("attract", "invite", "countdown", "still_there"):
                kiosk.show(screen, 3)
                assert capital_cm(kiosk, "#title") >= 2
            kiosk.show("set", 100)
            kiosk.server.say(rep(3))
            assert capital_cm(kiosk, "#reps") >= 10


def capital_cm(kiosk: Kiosk, selector: str) -> float:
    size_px: float = kiosk.page.locator(selector).evaluate(
        "part => parseFloat(getComputedStyle(part).fontSize)"
    )
    return 0.7 * size_px / WALL["height"] * 53


def serious(page: Page) -> list[str]:
    violations = axe_api.Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:100]}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


class TestCarried:
    """The page behind the code's link, as a phone shows it."""

    def link(self, **changes: object) -> str:
        told = summary(**changes)
        return carried_text(told, wording=ENGLISH, public_url=ORIGIN)

    def test_it_shows_what_the_link_holds(self, opening: Opening) -> None:
        with opening(viewport={"width": 390, "height": 844}) as kiosk:
            kiosk.page.goto(self.link())
            told = summary()
            assert kiosk.page.locator("h1").text_content() == told.headline
            shown = kiosk.page.locator("#parts p").all_text_contents()
            assert shown[:2] == [told.good, told.change]
            assert kiosk.console == []

    def test_it_sends_the_summary_to_nobody(self, opening: Opening) -> None:
        with opening() as kiosk:
            asked: list[str] = []
            kiosk.page.on("request", lambda request: asked.append(request.url))
            kiosk.page.goto(self.link(headline="5 secret hinges"))
            kiosk.page.locator("h1").filter(has_text="secret").wait_for()
            assert asked
            assert not any("secret" in address.partition("#")[0] for address in asked)

    def test_a_link_in_another_language_keeps_its_words(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.page.goto(carried_text(summary(), wording=load_wording("de"), public_url=ORIGIN))
            german = load_wording("de").of("kiosk.carry.change")
            kiosk.shows("h2", german)
            assert kiosk.page.locator("#carried").get_attribute("lang") == "de"

    def test_what_is_in_a_link_is_text(self, opening: Opening) -> None:
        with opening() as kiosk:
            kiosk.page.goto(self.link(headline="<img src=x onerror=alert(1)>"))
            assert kiosk.page.locator("h1").text_content() == "<img src=x onerror=alert(1)>"
            assert kiosk.page.locator("main img").count() == 0

    @pytest.mark.parametrize(
        "fragment", ["", "#", "#2~en~a~b~c~d~e", "#1~en~a", "#1~en~%E0~b~c~d~e"]
    )
    def test_a_link_that_cannot_be_read_says_so(self, opening: Opening, fragment: str) -> None:
        with opening() as kiosk:
            kiosk.page.goto(f"{ORIGIN}/s{fragment}")
            kiosk.shows("#parts", ENGLISH.of("kiosk.carry.unreadable"))
            assert kiosk.console == []


def test_no_two_screens_look_alike(kiosk: Kiosk) -> None:
    """Each of them shows other parts or other words: somebody far away knows where they are."""
    shown = {}
    for screen in Screen:
        kiosk.show(screen, 3)
        kiosk.page.wait_for_timeout(50)
        shown[screen] = kiosk.page.locator("#stage").inner_text()
    alike = [(a, b) for a, b in itertools.combinations(shown, 2) if shown[a] == shown[b]]
    assert alike == []
