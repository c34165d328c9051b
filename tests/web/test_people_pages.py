"""The list of people and the page of one person in a real Chromium, against the real API."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.accounts.door import COOKIE
from service.accounts.keeping import NewAccount, add_account
from service.accounts.keys import begin_login
from service.store.people import list_people
from service.store.tables import Role
from tests.web import chromium
from tests.web.people_pages import (
    BEGIN,
    KIM,
    PeopleServer,
    keep_person,
    keep_progress,
    keep_set,
    measured,
)

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Playwright

    from tests.web.conftest import Look

    Opening = Callable[..., AbstractContextManager[Page]]

pytestmark = pytest.mark.played

LAPTOP: Final = {"width": 1280, "height": 800}
PATIENCE_MS: Final = 120_000
"""Longest wait for anything; a crowded machine is slow."""
PAGES: Final = ("/", "/people", f"/people/{KIM}", "/people/{empty}")
EMPTY: Final = "EmptyEmptyEmptyEmpty01"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleServer]:
    with PeopleServer(tmp_path_factory.mktemp("people")) as running:
        keep_progress(running.stores)
        keep_person(running.stores, EMPTY, "Sam")
        yield running


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    program = chromium.launch(playwright_driver)
    yield program
    program.close()


@pytest.fixture
def opening(browser: Browser, server: PeopleServer) -> Opening:
    @contextmanager
    def opened(path: str, **options: Any) -> Iterator[Page]:  # noqa: ANN401 - passed on
        errors: list[str] = []
        context = browser.new_context(**{"viewport": LAPTOP, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.url + path.format(empty=EMPTY))
        yield page
        context.close()
        assert errors == []

    return opened


class TestList:
    def test_somebody_is_added_and_shown(self, opening: Opening) -> None:
        with opening("/people") as page:
            page.locator("#label").fill("Ada Lovelace")
            page.keyboard.press("Enter")
            page.locator("h1", has_text="Ada Lovelace").wait_for()
            page.locator(".crumb a").click()
            link = page.locator(".person", has_text="Ada Lovelace")
            assert "0 sets" in link.inner_text()
            link.click()
            page.locator("h1", has_text="Ada Lovelace").wait_for()

    def test_a_name_is_needed(self, opening: Opening) -> None:
        with opening("/people") as page:
            page.locator("#add button").click()
            page.locator("#refusal", has_text="Please type a name first.").wait_for()

    def test_a_name_is_only_text(self, opening: Opening, server: PeopleServer) -> None:
        label = "</script><img src=x onerror=alert(1)>"
        keep_person(server.stores, "MarkupMarkupMarkup0001", label)
        with opening("/people/MarkupMarkupMarkup0001") as page:
            assert page.locator("h1").inner_text() == label
            assert page.locator("img").count() == 0
            page.locator("#erase").click()
            assert label in page.locator("#erase-title").inner_text()

    def test_sets_without_a_name_are_listed_and_lead_to_their_review(
        self, opening: Opening, server: PeopleServer
    ) -> None:
        for name, minute in (("nameless_old", 0), ("nameless_new", 1)):
            at = BEGIN + timedelta(minutes=minute)
            keep_set(server.stores, name, person_id=None, filmed_at=at)
        with opening("/people") as page:
            links = page.locator("#unnamed-title ~ .sets a")
            wanted = [f"/review/{name:_<22}" for name in ("nameless_new", "nameless_old")]
            assert links.evaluate_all("all => all.map(one => one.pathname)") == wanted

    def test_somebody_unknown_is_not_found(self, browser: Browser, server: PeopleServer) -> None:
        context = browser.new_context()
        answer = context.new_page().goto(f"{server.url}/people/NobodyNobodyNobody0001")
        assert answer is not None
        assert answer.status == 404
        context.close()


class TestHistory:
    def test_a_change_is_told_and_usual_variation_is_not(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}") as page:
            cards = page.locator(".metric")
            lumbar = cards.filter(has_text="Bend of the lower back at the lowest point").first
            assert "changed, 33° less" in lumbar.locator(".says").inner_text()
            knee = cards.filter(has_text="Knee bend at the lowest point").first
            assert (
                "no more than the measurement alone could explain"
                in knee.locator(".says").inner_text()
            )
            assert "Rounding your back is normal" in page.locator(".evidence").inner_text()

    def test_the_numbers_stand_in_a_table(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}") as page:
            card = page.locator(".metric").first
            card.locator("summary").click()
            rows = card.locator("tbody tr")
            assert rows.count() == card.locator(".mark").count() == 12
            assert "first set" in rows.first.inner_text()
            other = rows.filter(has_text="right side")
            assert other.count() == 1
            assert "not compared with the others" in other.inner_text()
            assert card.locator(".mark.other").count() == 1
            assert re.search(r"46° ± 7", rows.first.inner_text())

    def test_two_sets_are_ticked_to_be_compared(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}") as page:
            boxes = page.locator(".sets input")
            button = page.locator("#compare")
            latest, before, first = boxes.nth(0), boxes.nth(1), boxes.last
            latest.check()
            assert button.is_disabled()
            before.check()
            assert button.is_enabled()
            first.check()  # a third one takes the place of the first
            assert not latest.is_checked()
            wanted = [first.get_attribute("value"), before.get_attribute("value")]
            page.route("**/compare?*", lambda route: route.fulfill(body="compared"))
            button.click()
            page.wait_for_url(f"**/compare?a={wanted[0]}&b={wanted[1]}")

    def test_a_set_without_repetitions_cannot_be_ticked_and_says_why(
        self, opening: Opening, server: PeopleServer
    ) -> None:
        person = f"{'Still':_<22}"
        keep_person(server.stores, person, "Still")
        moved = measured([84.0], "knee_at_bottom")
        for minute, metrics in enumerate(([], moved, moved)):
            at = BEGIN + timedelta(minutes=minute)
            keep_set(server.stores, f"m{minute}", person_id=person, filmed_at=at, metrics=metrics)
        with opening(f"/people/{person}") as page:
            boxes = page.locator(".sets input")
            assert [boxes.nth(k).is_enabled() for k in range(3)] == [False, True, True]
            reason = page.locator(f"#{boxes.first.get_attribute('aria-describedby')}")
            assert reason.inner_text() == "no repetition to compare"
            says = page.locator(".metric .says").inner_text()
            assert "cannot be compared yet: one repetition each" in says

    def test_each_set_leads_to_its_review(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}?lang=de") as page:
            links = page.locator(".sets a")
            assert links.count() == 14
            assert links.first.get_attribute("href") == f"/review/{'queued':_<22}?lang=de"
            assert page.locator(".state").inner_text() == "in der Warteschlange"

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "Soreness: {} of 10"), ("de", "Wehgetan: {} von 10")]
    )
    def test_how_sore_a_set_was_is_told_where_it_was_answered(
        self, opening: Opening, server: PeopleServer, language: str, words: str
    ) -> None:
        person = f"{'Sore' + language:_<22}"
        keep_person(server.stores, person, f"Kim {language}")
        for minute, pain in enumerate((None, 0, 3)):
            at = BEGIN + timedelta(minutes=minute)
            name = f"sore_{language}_{minute}"
            keep_set(server.stores, name, person_id=person, filmed_at=at, pain=pain)
        with opening(f"/people/{person}?lang={language}") as page:
            rows = page.locator(".sets li").all_inner_texts()
            assert [words.partition(":")[0] in row for row in rows] == [False, True, True]
            assert words.format(0) in rows[1]
            assert words.format(3) in rows[2]

    def test_prints_without_controls(self, opening: Opening, tmp_path: Path) -> None:
        with opening(f"/people/{KIM}") as page:
            page.emulate_media(media="print")
            for selector in (".bar", ".actions", ".pick", "#compare", ".numbers", ".languages"):
                assert page.locator(selector).first.is_hidden(), selector
            assert page.locator(".chart").first.is_visible()
            page.pdf(path=tmp_path / "kim.pdf")
            assert (tmp_path / "kim.pdf").read_bytes().startswith(b"%PDF")


class TestPerson:
    def test_gets_another_name(self, opening: Opening, server: PeopleServer) -> None:
        keep_person(server.stores, "RenameRenameRename0001", "Before")
        with opening("/people/RenameRenameRename0001") as page:
            page.locator("#rename").click()
            page.locator("#label").fill("After")
            page.locator("#rename-form .main").click()
            page.locator("h1", has_text="After").wait_for()
        assert "After" in [one.label for one in list_people(server.stores.database)]

    def test_is_erased_after_a_question_and_the_proof_is_shown(
        self, opening: Opening, server: PeopleServer, look: Look
    ) -> None:
        gone = "GoneGoneGoneGoneGone01"
        keep_person(server.stores, gone, "Gone")
        set_id = keep_set(server.stores, "gone", person_id=gone)
        server.stores.blobs.put(f"sets/{set_id}/report.json", b"{}")
        with opening(f"/people/{gone}") as page:
            page.locator("#erase").click()
            assert "Erase everything about Gone?" in page.locator("#erase-title").inner_text()
            assert page.evaluate("document.activeElement.hasAttribute('data-close')")
            look(page, "people-erase")
            page.keyboard.press("Enter")  # what is chosen already keeps everything
            assert page.locator("#erase-dialog").is_hidden()
            page.locator("#erase").click()
            page.locator("#erase-do").click()
            page.locator("h2", has_text="Everything is erased").wait_for()
            look(page, "people-proof")
            proof = page.locator("#erase-proof").inner_text()
            assert re.search(r"Sets\s+1\b", proof)
            assert re.search(r"Files, videos among them\s+1\b", proof)
            with page.expect_download() as saved:
                page.locator("#erase-proof a[download]").click()
            assert '"is_complete": true' in saved.value.path().read_text()
            page.keyboard.press("Escape")
            page.wait_for_url("**/people")
            assert page.locator(".person", has_text="Gone").count() == 0

    def test_can_be_saved_as_a_whole(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}") as page:
            with page.expect_download() as saved:
                page.locator(".actions a[download]").click()
            assert re.fullmatch(r"Kim-\d{4}-\d\d-\d\d\.zip", saved.value.suggested_filename)
            assert saved.value.path().read_bytes().startswith(b"PK")


class TestAccounts:
    def test_a_member_sees_only_themself(
        self, browser: Browser, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        with PeopleServer(tmp_path_factory.mktemp("gym"), accounts=True) as gym:
            keep_progress(gym.stores)
            keep_person(gym.stores, EMPTY, "Sam")
            page = browser.new_page()
            page.goto(f"{gym.url}/people")
            page.wait_for_url("**/login?next=*")
            value = sign_in_member(gym, KIM)
            page.context.add_cookies([{"name": COOKIE, "value": value, "url": gym.url}])
            page.goto(f"{gym.url}/people")
            assert page.locator(".person").count() == 1
            assert page.locator("#add").count() == 0
            page.locator(".person", has_text="Kim").click()
            page.locator(".metric").first.wait_for()
            assert "kim" in page.locator(".foot a[href^='/login']").inner_text()
            page.goto(f"{gym.url}/upload")
            assert page.locator("#person").count() == 0
            answer = page.goto(f"{gym.url}/people/{EMPTY}")
            assert answer is not None
            assert answer.status == 404
            page.context.close()


def sign_in_member(server: PeopleServer, person_id: str) -> str:
    """Sign a member in and return the value of their cookie."""
    password = secrets.token_hex()
    new = NewAccount(name="kim", password=password, role=Role.MEMBER, person_id=person_id)
    account = add_account(server.stores.database, new)
    return begin_login(server.stores.database, account.id)


class TestLooks:
    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
    def test_axe_finds_nothing_and_no_screen_is_too_narrow(
        self, opening: Opening, path: str, language: str, scheme: str, look: Look
    ) -> None:
        options = {"locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
        with opening(path, **options) as page:
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found = axe_api.Axe().run(page).response["violations"]
            assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
            assert page.locator("html").get_attribute("lang") == language
            for width, height in ((360, 640), (768, 1024), (1920, 1080)):
                page.set_viewport_size({"width": width, "height": height})
                look(page, f"people-{PAGES.index(path)}-{width}-{language}")
                assert width == page.evaluate("document.documentElement.scrollWidth")

    def test_every_control_is_reached_and_seen_with_the_keyboard(self, opening: Opening) -> None:
        with opening(f"/people/{KIM}") as page:
            reached = []
            for _ in range(20):
                page.keyboard.press("Tab")
                at = page.evaluate(
                    "() => { const at = document.activeElement, style = getComputedStyle(at);"
                    " return [at.id || at.tagName, style.outlineStyle, style.outlineWidth]; }"
                )
                assert at[1:] == ["solid", "3px"]
                reached.append(at[0])
            assert reached.index("rename") < reached.index("erase") < reached.index("SUMMARY")

    def test_the_home_page_leads_to_both(self, opening: Opening) -> None:
        with opening("/") as page:
            doors = page.locator(".door a").evaluate_all("all => all.map(one => one.pathname)")
            assert doors == ["/live", "/upload", "/people", "/kiosk"]
            page.locator(".rooms a", has_text="People").click()
            page.locator("h1", has_text="People").wait_for()
            page.locator(".rooms a", has_text="Send a video").click()
            page.locator("h1", has_text="Send a video").wait_for()
            page.locator(".brand").click()
            page.locator(".hero").wait_for()
