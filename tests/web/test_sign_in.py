"""Signing in and out in a real Chromium, where accounts are in use."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest

from service.accounts.door import COOKIE
from service.accounts.keeping import NewAccount, add_account
from service.store.tables import Role
from tests.web import chromium
from tests.web.people_pages import KIM, SAM, PeopleServer, keep_person, keep_set

axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is absent")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page, Playwright

    from tests.web.conftest import Look

    Opening = Callable[..., AbstractContextManager[Page]]

pytestmark = pytest.mark.played

NAME: Final = "Kim Ö."
PASSWORD: Final = secrets.token_hex(8)
LAPTOP: Final = {"width": 1280, "height": 800}
PATIENCE_MS: Final = 120_000
"""Longest wait for anything; a crowded machine is slow."""

ELSEWHERE: Final = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
)
"""Where nobody is led to who signs in here."""


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleServer]:
    """Run a server with two people, one of whom may sign in."""
    with PeopleServer(tmp_path_factory.mktemp("gym"), accounts=True) as running:
        keep_person(running.stores, KIM, NAME)
        keep_person(running.stores, SAM, "Sam")
        for name, person in (("kims", KIM), ("sams", SAM)):
            keep_set(running.stores, name, person_id=person)
        new = NewAccount(name=NAME, password=PASSWORD, role=Role.MEMBER, person_id=KIM)
        add_account(running.stores.database, new)
        yield running


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    program = chromium.launch(playwright_driver)
    yield program
    program.close()


@pytest.fixture
def opening(browser: Browser, gym: PeopleServer) -> Opening:
    """Open a path in a browser where nobody is signed in."""

    @contextmanager
    def opened(path: str, **options: Any) -> Iterator[Page]:  # noqa: ANN401 - passed on
        context = browser.new_context(**{"viewport": LAPTOP, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        thrown: list[str] = []
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(gym.url + path)
        yield page
        context.close()
        assert thrown == []

    return opened


def sign_in(page: Page, password: str = PASSWORD) -> None:
    """Fill the form, and wait for the page after it."""
    page.locator("input[name=name]").fill(NAME)
    page.locator("input[name=password]").fill(password)
    with page.expect_navigation():
        page.locator(".door button").click()


def screens(page: Page) -> Iterator[str]:
    """Go from one screen of the page to the next, and name each."""
    yield "asked"
    sign_in(page, "not it")
    page.locator("#said").wait_for()
    yield "told"
    sign_in(page)
    page.locator(".foot a[href^='/login']").click()
    page.locator("form[action^='/logout']").wait_for()
    yield "signed_in"


class TestWhoComesIn:
    def test_a_password_that_does_not_fit_is_told_and_the_name_stays(
        self, opening: Opening
    ) -> None:
        with opening("/people") as page:
            sign_in(page, "not it")
            told = page.get_by_role("alert")
            assert told.inner_text() == (
                "Name and password do not fit together. "
                "Please look at the name, and type the password again."
            )
            assert page.locator("input[name=name]").input_value() == NAME
            password = page.locator("input[name=password]")
            assert password.input_value() == ""
            assert password.get_attribute("aria-describedby") == told.get_attribute("id")
            page.keyboard.type(PASSWORD)  # it has the focus
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert page.url.endswith("/people")

    def test_leads_back_to_the_page_that_was_asked_for(
        self, opening: Opening, gym: PeopleServer
    ) -> None:
        asked = f"/people/{KIM}?from=a%20friend&empty=&lang=de"
        with opening(asked) as page:
            assert page.url.startswith(f"{gym.url}/login?")
            assert page.locator("h1").inner_text() == "Anmelden"
            sign_in(page)
            assert page.url == gym.url + f"/people/{KIM}?from=a+friend&empty=&lang=de"
            assert page.locator("#name").inner_text() == NAME

    def test_the_language_that_was_chosen_stays(self, opening: Opening, gym: PeopleServer) -> None:
        with opening("/people?lang=de") as page:
            page.get_by_role("link", name="English").click()
            page.locator("h1", has_text="Sign in").wait_for()
            sign_in(page)
            assert page.url == f"{gym.url}/people?lang=en"

    def test_nobody_is_led_to_another_site(self, opening: Opening, gym: PeopleServer) -> None:
        logins = [f"{gym.url}/login?{urlencode({'next': place})}" for place in ELSEWHERE]
        with opening("/login") as page:
            onward = page.locator("input[name=next]")
            for login in logins:
                page.goto(login)
                assert onward.get_attribute("value") == "/"
            onward.evaluate("(field, place) => { field.value = place; }", ELSEWHERE[0])
            sign_in(page)
            assert page.url == f"{gym.url}/"
            for login in logins:
                page.goto(login)
                assert page.get_by_role("link", name="Go on").get_attribute("href") == "/"

    def test_a_member_sees_only_their_own(self, opening: Opening, gym: PeopleServer) -> None:
        with opening("/people") as page:
            sign_in(page)
            assert page.locator(".person b").all_inner_texts() == [NAME]
            theirs = f"/people/{SAM}", f"/review/{'sams':_<22}", f"/api/v1/people/{SAM}/export"
            assert [page.request.get(gym.url + path).status for path in theirs] == [404] * 3
            own = f"/people/{KIM}", f"/api/v1/people/{KIM}/export"
            assert [page.request.get(gym.url + path).status for path in own] == [200] * 2

    def test_a_browser_that_was_signed_out_is_asked_again(
        self, opening: Opening, gym: PeopleServer
    ) -> None:
        with opening("/people?lang=de") as page:
            sign_in(page)
            [cookie] = [one for one in page.context.cookies() if one["name"] == COOKIE]
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
            page.locator(".foot a[href^='/login']").click()
            with page.expect_navigation():
                page.get_by_role("button", name="Abmelden").click()
            assert page.url == f"{gym.url}/login?lang=de"
            assert [one for one in page.context.cookies() if one["name"] == COOKIE] == []
            page.context.add_cookies([{"name": COOKIE, "value": cookie["value"], "url": gym.url}])
            page.goto(f"{gym.url}/people")  # what was in the cookie fits no more
            page.locator("input[name=password]").wait_for()

    def test_in_and_out_by_keyboard_alone(self, opening: Opening, gym: PeopleServer) -> None:
        with opening("/people") as page:
            page.keyboard.type(NAME)  # the name has the focus
            page.keyboard.press("Tab")
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Tab")
            assert focused(page) == ("button", True)
            with page.expect_navigation():
                page.keyboard.press("Enter")
            page.goto(f"{gym.url}/login")
            for _ in range(10):
                page.keyboard.press("Tab")
                if focused(page) == ("button", True):
                    break
            with page.expect_navigation():
                page.keyboard.press("Space")
            page.locator("input[name=password]").wait_for()


def focused(page: Page) -> tuple[str, bool]:
    """Tell what has the focus, and whether that can be seen."""
    name, outline = page.evaluate(
        "() => { const at = document.activeElement, style = getComputedStyle(at);"
        " return [at.localName, style.outlineStyle !== 'none' ? style.outlineWidth : '0px']; }"
    )
    return name, float(outline.removesuffix("px")) >= 2


def violations(page: Page) -> list[tuple[str, list[Any]]]:
    """Name what axe finds on a page, and where."""
    found = axe_api.Axe().run(page).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


class TestLooks:
    @pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
    def test_axe_finds_nothing_and_no_screen_is_too_narrow(
        self, opening: Opening, language: str, scheme: str, look: Look
    ) -> None:
        with opening("/people", locale=language, color_scheme=scheme) as page:
            for screen in screens(page):
                assert violations(page) == [], screen
                assert page.locator("html").get_attribute("lang") == language
                for width, height in ((360, 640), (1280, 800)):
                    page.set_viewport_size({"width": width, "height": height})
                    look(page, f"sign-in-{screen}-{width}-{language}")
                    assert width == page.evaluate("document.documentElement.scrollWidth"), screen

    def test_before_the_first_account_it_says_how_to_make_one(
        self, browser: Browser, tmp_path_factory: pytest.TempPathFactory, look: Look
    ) -> None:
        with PeopleServer(tmp_path_factory.mktemp("new"), accounts=True) as new:
            page = browser.new_page(viewport={"width": 360, "height": 640}, locale="en-GB")
            page.goto(f"{new.url}/people")
            assert "hingewise account --name" in page.locator("code").inner_text()
            look(page, "sign-in-new")
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            page.context.close()
