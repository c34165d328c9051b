"""The staff's page over HTTP: the PIN first, then settings that hold, and nobody else's forms."""

from __future__ import annotations

import asyncio
import html
import re
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from fastapi import FastAPI

from service.accounts.passwords import FREE_TRIES
from service.kiosk.pages import page_version, router
from service.kiosk.settings import FILE_NAME, KioskSettings, load_kiosk_settings
from service.kiosk.staff import (
    COOKIE,
    NOT_IN_FORMS,
    PAGE,
    form_fields,
    read_settings,
    staff_router,
)
from service.settings import Settings
from service.web.forms import MOST_FORM_BYTES
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from pathlib import Path

PIN: Final = "2468"
ORIGIN: Final = "http://kiosk.test"


class Clock:
    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


class Browser:
    """Asks an application as a browser does: keeps cookies, follows where it is led."""

    def __init__(self, app: FastAPI) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=ORIGIN, follow_redirects=True
        )

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def get(self, address: str, **asked: Any) -> httpx.Response:  # noqa: ANN401 - of httpx
        return asyncio.run(self._client.get(address, **asked))

    def post(self, address: str, **asked: Any) -> httpx.Response:  # noqa: ANN401 - of httpx
        return asyncio.run(self._client.post(address, **asked))


class Staff:
    """A member of staff with a browser."""

    def __init__(self, client: Browser, folder: Path, clock: Clock) -> None:
        self.client = client
        self.folder = folder
        self.clock = clock

    def enter(self, pin: str = PIN, **fields: str) -> httpx.Response:
        return self.client.post(f"{PAGE}/pin", data={"pin": pin, **fields})

    def form(self) -> dict[str, str]:
        """What a browser would send back unchanged."""
        page = self.client.get(PAGE).text
        token = re.search(r'name="form_token" value="([^"]+)"', page)
        assert token, "no form: not entered"
        fields = form_fields(self.saved(), load_wording())
        values = {
            field.name: "on" if field.kind == "switch" else str(field.value)
            for field in fields
            if field.value not in (None, False)
        }
        return {**values, "form_token": token[1]}

    def save(self, **changes: str | None) -> httpx.Response:
        form = {key: text for key, text in {**self.form(), **changes}.items() if text is not None}
        return self.client.post(f"{PAGE}/settings", data=form)

    def saved(self) -> KioskSettings:
        return load_kiosk_settings(self.folder, KioskSettings())


@pytest.fixture
def staff(tmp_path: Path) -> Staff:
    settings = Settings(data=tmp_path)
    clock = Clock()
    app = FastAPI()
    app.include_router(staff_router(settings, clock=clock))
    app.include_router(router(settings))
    return Staff(Browser(app), tmp_path, clock)


class TestPin:
    def test_the_first_visit_sets_it(self, staff: Staff) -> None:
        assert "again" in staff.client.get(PAGE).text
        assert staff.enter(again=PIN).status_code == 200
        assert staff.saved().staff_pin_hash
        assert "target_reps" in staff.client.get(PAGE).text

    def test_later_visits_have_to_know_it(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        staff.client.cookies.clear()
        page = staff.client.get(PAGE).text
        assert "target_reps" not in page
        assert 'name="again"' not in page
        assert staff.enter("1357").status_code == 422
        assert "target_reps" not in staff.client.get(PAGE).text
        assert staff.enter().status_code == 200
        assert "target_reps" in staff.client.get(PAGE).text

    @pytest.mark.parametrize(("pin", "again"), [("12", "12"), ("abcd", "abcd"), ("1234", "1235")])
    def test_a_first_pin_that_is_none_is_not_set(self, staff: Staff, pin: str, again: str) -> None:
        assert staff.enter(pin, again=again).status_code == 422
        assert staff.saved().staff_pin_hash is None

    def test_too_many_tries_have_to_wait(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        staff.client.cookies.clear()
        for _ in range(FREE_TRIES):
            assert staff.enter("1357").status_code == 422
        refused = staff.enter()
        assert refused.status_code == 429
        assert "30 seconds" in refused.text
        staff.clock.now_s += 31
        assert staff.enter().status_code == 200

    def test_the_cookie_is_for_this_page_and_no_script(self, staff: Staff) -> None:
        response = staff.client.post(f"{PAGE}/pin", data={"pin": PIN}, follow_redirects=False)
        cookie = response.headers["set-cookie"].lower()
        assert cookie.startswith(COOKIE)
        for attribute in ("httponly", "samesite=strict", f"path={PAGE}"):
            assert attribute in cookie
        assert "secure" not in cookie

    def test_over_tls_it_never_leaves_it(self, staff: Staff) -> None:
        response = staff.client.post(
            f"https://kiosk.test{PAGE}/pin", data={"pin": PIN}, follow_redirects=False
        )
        assert "secure" in response.headers["set-cookie"].lower()

    def test_a_session_ends_by_itself(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        staff.clock.now_s += 3600
        assert "target_reps" not in staff.client.get(PAGE).text

    def test_a_session_ends_when_it_is_left(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        form = staff.form()
        token = staff.client.cookies[COOKIE]
        staff.client.post(f"{PAGE}/leave", data=form, follow_redirects=False)
        staff.client.cookies.set(COOKIE, token, domain="kiosk.test", path=PAGE)
        assert "target_reps" not in staff.client.get(PAGE).text

    def test_a_new_pin_is_asked_for_at_once(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        new = {**staff.form(), "pin": "97531", "again": "97531"}
        assert "target_reps" not in staff.client.post(f"{PAGE}/new-pin", data=new).text
        assert staff.enter().status_code == 422
        assert staff.enter("97531").status_code == 200

    def test_a_file_that_cannot_be_read_lets_nobody_set_a_pin(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        staff.client.cookies.clear()
        (staff.folder / FILE_NAME).write_text("{")
        assert staff.client.get(PAGE).status_code == 503
        assert staff.enter("9999", again="9999").status_code == 503
        assert (staff.folder / FILE_NAME).read_text() == "{"
        assert staff.client.get("/kiosk").status_code == 200


class TestSettings:
    @pytest.fixture(autouse=True)
    def entered(self, staff: Staff) -> None:
        staff.enter(again=PIN)

    def test_what_is_sent_back_unchanged_changes_nothing(self, staff: Staff) -> None:
        before = staff.saved()
        assert "said saved" in staff.save().text
        assert staff.saved() == before

    def test_changes_are_kept_and_the_pin_stays(self, staff: Staff) -> None:
        before = staff.saved()
        staff.save(movement="squat", target_reps="", voice=None, summary_s="12.5", camera="server")
        assert staff.saved() == before.model_copy(
            update={
                "movement": "squat",
                "target_reps": None,
                "voice": False,
                "summary_s": 12.5,
                "camera": "server",
            }
        )

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("summary_s", "1"),
            ("target_reps", "2.5"),
            ("volume", "loud"),
            ("still_s", ""),
            ("cues", "always"),
        ],
    )
    def test_a_change_out_of_bounds_is_marked_and_not_kept(
        self, staff: Staff, name: str, text: str
    ) -> None:
        before = staff.saved()
        response = staff.save(movement="squat", **{name: text})
        assert response.status_code == 422
        assert staff.saved() == before
        marked = re.findall(r'class="field has-problem">.*?name="(\w+)"', response.text, re.DOTALL)
        assert marked == [name]
        assert '<option value="squat" selected>' in response.text

    def test_the_form_shows_no_pin(self, staff: Staff) -> None:
        page = staff.client.get(PAGE).text
        assert NOT_IN_FORMS not in page
        assert "scrypt" not in page

    def test_no_form_changes_the_hash(self, staff: Staff) -> None:
        kept = staff.saved().staff_pin_hash
        staff.save(**{NOT_IN_FORMS: "scrypt$forged"})
        assert staff.saved().staff_pin_hash == kept

    def test_the_kiosk_takes_changes_up(self, staff: Staff) -> None:
        before = staff.client.get("/kiosk/version").text
        staff.save(movement="lunge")
        assert staff.client.get("/kiosk/version").text != before
        page = staff.client.get("/kiosk").text
        assert 'data-movement="lunge"' in page
        assert staff.client.get("/kiosk/version").text in page


class TestForms:
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "http://elsewhere.test"},
            {"origin": "null"},
        ],
    )
    def test_a_form_of_another_site_is_refused(self, staff: Staff, headers: dict[str, str]) -> None:
        refused = staff.client.post(f"{PAGE}/pin", data={"pin": PIN}, headers=headers)
        assert refused.status_code == 403
        assert staff.saved().staff_pin_hash is None

    def test_our_own_form_is_taken(self, staff: Staff) -> None:
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
        taken = staff.client.post(f"{PAGE}/pin", data={"pin": PIN}, headers=headers)
        assert taken.status_code == 200

    @pytest.mark.parametrize("token", [None, "", "guessed"])
    @pytest.mark.parametrize("address", ["settings", "new-pin", "leave"])
    def test_a_form_without_its_token_is_refused(
        self, staff: Staff, address: str, token: str | None
    ) -> None:
        staff.enter(again=PIN)
        before = staff.saved()
        form = {**staff.form(), "pin": "9999", "again": "9999", "movement": "squat"}
        form.pop("form_token")
        sent = form if token is None else {**form, "form_token": token}
        assert staff.client.post(f"{PAGE}/{address}", data=sent).status_code == 403
        assert staff.saved() == before
        assert "target_reps" in staff.client.get(PAGE).text

    def test_a_form_without_a_session_is_refused(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        form = staff.form()
        staff.client.cookies.clear()
        assert staff.client.post(f"{PAGE}/settings", data=form).status_code == 403

    def test_a_long_form_is_refused(self, staff: Staff) -> None:
        long = staff.client.post(f"{PAGE}/pin", content=b"pin=" + b"1" * MOST_FORM_BYTES)
        assert long.status_code == 413

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join([b"a=1"] * 100)])
    def test_what_is_no_form_is_refused(self, staff: Staff, body: bytes) -> None:
        assert staff.client.post(f"{PAGE}/pin", content=body).status_code == 422

    def test_what_was_typed_is_shown_as_text(self, staff: Staff) -> None:
        staff.enter(again=PIN)
        typed = '"><script>alert(1)</script>'
        page = staff.save(summary_s=typed).text
        assert typed not in page
        assert html.escape(typed, quote=True).replace("&quot;", "&#34;") in page


class TestPages:
    def test_the_kiosk_speaks_its_own_language_whatever_the_browser_likes(
        self, staff: Staff
    ) -> None:
        headers = {"accept-language": "de"}
        assert '<html lang="en">' in staff.client.get("/kiosk", headers=headers).text
        assert '<html lang="de">' in staff.client.get("/kiosk?lang=de").text
        assert '<html lang="en">' in staff.client.get("/kiosk?lang=tlh").text

    def test_a_restarted_server_has_another_version(self) -> None:
        settings = KioskSettings()
        assert page_version(settings, "a") != page_version(settings, "b")
        assert page_version(settings, "a") == page_version(KioskSettings(), "a")

    def test_the_version_tells_nothing_about_the_pin(self) -> None:
        with_pin = KioskSettings(staff_pin_hash="scrypt$1")
        assert page_version(with_pin, "a") == page_version(KioskSettings(), "a")

    @pytest.mark.parametrize("path", ["kiosk.html", "../settings.py", "..%2fpin.py", "none.js"])
    def test_only_page_files_are_served(self, staff: Staff, path: str) -> None:
        assert staff.client.get(f"/kiosk/static/{path}").status_code == 404

    @pytest.mark.parametrize("name", ["kiosk.js", "kiosk.css", "carried.js"])
    def test_page_files_are_served(self, staff: Staff, name: str) -> None:
        assert staff.client.get(f"/kiosk/static/{name}").status_code == 200

    @pytest.mark.parametrize("language", languages())
    def test_every_setting_has_its_words(self, language: str) -> None:
        wording = load_wording(language)
        fields = tuple(form_fields(KioskSettings(), wording))
        assert {field.name for field in fields} | {NOT_IN_FORMS} == set(KioskSettings.model_fields)
        keys = [
            f"kiosk.setting.{field.name}.{part}" for field in fields for part in ("title", "text")
        ]
        assert [key for key in keys if not wording.has(key)] == []
        titles = [title for field in fields for _, title in field.choices]
        assert all(titles)

    def test_a_form_of_defaults_reads_as_defaults(self) -> None:
        fields = form_fields(KioskSettings(), load_wording())
        form: dict[str, Any] = {field.name: str(field.value) for field in fields}
        assert read_settings(form, KioskSettings()) == KioskSettings()
