"""Accounts over HTTP: who signs in, and what is not there for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.accounts.door import COOKIE
from service.accounts.keeping import NewAccount, add_account, find_account
from service.accounts.keys import add_key
from service.accounts.passwords import FREE_TRIES
from service.accounts.policy import Visitor
from service.accounts.shelves import shelf_for
from service.live.shelf import report_path
from service.pipeline import assess_recording
from service.protocol import Hello, Refused, Welcome
from service.settings import Settings
from service.store.people import add_person
from service.store.tables import Role
from service.wording import load_wording
from tests.api_server import ApiServer, running_api, upload
from tests.live_server import open_page
from tests.making_videos import make_plain_video
from tests.recordings import made_pose, made_recording
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from service.live.shelf import Shelf
    from service.pipeline import AssessedSet

PASSWORD: Final = "five plain short words"  # noqa: S105 - of accounts that the test makes


@dataclass(frozen=True, kw_only=True)
class Gym:
    """A server with an owner, a coach and two members, each with a client that shows a key."""

    server: ApiServer
    owner: httpx.Client
    coach: httpx.Client
    ann: httpx.Client
    ben: httpx.Client
    ann_person: str
    set_of_ann: str
    """With a report and a note of the coach."""
    note: str
    ben_person: str


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_plain_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory, video: bytes) -> Iterator[Gym]:
    data = tmp_path_factory.mktemp("data")
    with running_api(Settings(data=data, workers=0, accounts=True)) as server:
        database = server.backend.stores.database
        people = {name: add_person(database, name).id for name in ("Ann", "Ben")}
        clients = {
            name: _client(server, name, role, people.get(name))
            for name, role in {
                "Olga": Role.OWNER,
                "Carl": Role.COACH,
                "Ann": Role.MEMBER,
                "Ben": Role.MEMBER,
            }.items()
        }
        set_id = upload(clients["Ann"], video, "a.mp4")["id"]
        server.finish(set_id)
        note = clients["Carl"].post(f"/reports/{set_id}/notes", json={"text": "Well done"}).json()
        yield Gym(
            server=server,
            owner=clients["Olga"],
            coach=clients["Carl"],
            ann=clients["Ann"],
            ben=clients["Ben"],
            ann_person=people["Ann"],
            ben_person=people["Ben"],
            set_of_ann=set_id,
            note=note["id"],
        )
        for client in clients.values():
            client.close()


def _client(server: ApiServer, name: str, role: Role, person_id: str | None) -> httpx.Client:
    database = server.backend.stores.database
    new = NewAccount(name=name, password=PASSWORD, role=role, person_id=person_id)
    _, key = add_key(database, add_account(database, new).id, "test")
    return server.connect(authorization=f"Bearer {key}")


def log_in(client: httpx.Client, name: str = "Ann", password: str = PASSWORD) -> httpx.Response:
    return client.post("/login", json={"name": name, "password": password})


class TestWhoIsNotSignedIn:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/me"),
            ("GET", "/sets"),
            ("GET", "/people"),
            ("POST", "/uploads"),
            ("PUT", "/videos"),
            ("GET", "/accounts"),
            ("POST", "/tokens"),
        ],
    )
    def test_nothing_is_answered(self, gym: Gym, method: str, path: str) -> None:
        answer = gym.server.client.request(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("key", ["hw_nothing", "é", "x" * 5000])
    def test_a_key_that_is_none(self, gym: Gym, key: str) -> None:
        headers = {b"authorization": f"Bearer {key}".encode()}
        assert gym.server.client.get("/me", headers=headers).status_code == 401

    @pytest.mark.parametrize("path", ["/people", "/upload", "/review/" + "A" * 22])
    def test_pages_lead_to_the_door(self, gym: Gym, path: str) -> None:
        answer = gym.server.client.get(f"{gym.server.live.url}{path}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2F")

    def test_live_coaching_and_the_kiosk_stay_open(self, gym: Gym) -> None:
        for path in ("/", "/live", "/kiosk", "/login", "/healthz"):
            assert gym.server.client.get(f"{gym.server.live.url}{path}").status_code == 200

    def test_nothing_of_theirs_is_kept_or_used(self, gym: Gym) -> None:
        shelf = shelf_for(None, gym.server.backend.stores, gym.server.live.house)
        for name in ("Ann", "Nobody"):
            for ask in (shelf.own_bend_of, shelf.check_person):
                with pytest.raises(CalibrationError, match="sign in first"):
                    ask(name)
        with pytest.raises(CalibrationError, match="sign in first"):
            shelf.keep(noise(), load_wording("en"))


class TestSomebodyElse:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/uploads/{set}"),
            ("DELETE", "/uploads/{set}"),
            ("GET", "/sets/{set}"),
            ("DELETE", "/sets/{set}"),
            ("GET", "/jobs/{set}"),
            ("GET", "/jobs/{set}/events"),
            ("POST", "/jobs/{set}/cancel"),
            ("POST", "/jobs/{set}/restart"),
            ("GET", "/reports/{set}"),
            ("GET", "/reports/{set}/files"),
            ("GET", "/reports/{set}/files/report.json"),
            ("GET", "/reports/{set}/archive"),
            ("GET", "/reports/{set}/motion"),
            ("GET", "/reports/{set}/notes"),
            ("DELETE", "/reports/{set}/notes/{note}"),
            ("GET", "/people/{person}"),
            ("DELETE", "/people/{person}"),
            ("GET", "/people/{person}/history"),
            ("GET", "/people/{person}/export"),
            ("GET", "/sets?person={person}"),
            ("GET", "/sessions?person={person}"),
        ],
    )
    def test_it_is_not_there_for_another_member(self, gym: Gym, method: str, path: str) -> None:
        place = path.format(set=gym.set_of_ann, note=gym.note, person=gym.ann_person)
        assert gym.ben.request(method, place).status_code == 404
        if method == "GET" and "motion" not in path:
            assert gym.ann.request(method, place).status_code == 200
            assert gym.coach.request(method, place).status_code == 200

    def test_bytes_do_not_go_into_it(self, gym: Gym) -> None:
        begun = gym.ann.post("/uploads", json={"name": "a", "bytes": 9}).json()["id"]
        headers = {"Upload-Offset": "0"}
        answer = gym.ben.patch(f"/uploads/{begun}", content=b"x", headers=headers)
        assert answer.status_code == 404
        assert gym.ann.get(f"/uploads/{begun}").json()["offset"] == 0

    def test_a_page_of_it_is_not_there(self, gym: Gym) -> None:
        pages = (f"/review/{gym.set_of_ann}", f"/sets/{gym.set_of_ann}/report.json")
        for url in [gym.server.live.url + path for path in pages]:
            assert gym.ben.get(url).status_code == 404
        assert gym.ann.get(url).status_code == 200

    def test_lists_hold_what_is_theirs(self, gym: Gym) -> None:
        assert gym.ben.get("/sets").json()["sets"] == []
        assert gym.ben.get("/sessions").json()["sessions"] == []
        assert [one["id"] for one in gym.ann.get("/sets").json()["sets"]] == [gym.set_of_ann]
        assert [one["label"] for one in gym.ann.get("/people").json()["people"]] == ["Ann"]
        assert len(gym.coach.get("/people").json()["people"]) == 2

    def test_the_same_key_of_two_accounts_is_two_uploads(self, gym: Gym) -> None:
        headers = {"Idempotency-Key": "same"}
        wanted = {"name": "a", "bytes": 9}
        made = [one.post("/uploads", json=wanted, headers=headers) for one in (gym.ann, gym.ben)]
        assert [one.status_code for one in made] == [201, 201]


class TestWhoseASetIs:
    @pytest.mark.parametrize("person", ["Ben", None])
    def test_a_member_does_not_give_their_own(self, gym: Gym, person: str | None) -> None:
        path, wanted = f"/sets/{gym.set_of_ann}", {"person": person}
        assert gym.ann.patch(path, json=wanted).status_code == 403
        assert gym.ben.patch(path, json=wanted).status_code == 404
        assert gym.ann.get(path).json()["person_id"] == gym.ann_person

    def test_who_had_it_sees_it_no_more(self, gym: Gym, video: bytes) -> None:
        set_id = upload(gym.coach, video, "b.mp4", person="Ann")["id"]
        assert gym.ann.get(f"/sets/{set_id}").status_code == 200
        gym.server.finish(set_id, {"report.json": b'{"lumbar": null}'})
        given = gym.owner.patch(f"/sets/{set_id}", json={"person": "Ben"})
        assert given.json()["person_id"] == gym.ben_person
        for place in ("sets", "uploads", "jobs", "reports"):
            assert gym.ann.get(f"/{place}/{set_id}").status_code == 404
            assert gym.ben.get(f"/{place}/{set_id}").status_code == 200
        assert gym.coach.patch(f"/sets/{set_id}", json={"person": None}).status_code == 200
        assert gym.ben.get(f"/sets/{set_id}").status_code == 404


class TestMember:
    def test_a_video_is_of_themselves(self, gym: Gym, video: bytes) -> None:
        assert gym.ann.get(f"/sets/{gym.set_of_ann}").json()["person_id"] == gym.ann_person
        for person in ("Ann", "ann", gym.ann_person):
            wanted = {"name": "a", "bytes": len(video), "person": person}
            assert gym.ann.post("/uploads", json=wanted).json()["person_id"] == gym.ann_person

    @pytest.mark.parametrize("person", ["Ben", "Nobody yet"])
    def test_not_of_others(self, gym: Gym, person: str) -> None:
        wanted = {"name": "a", "bytes": 4, "person": person}
        assert gym.ann.post("/uploads", json=wanted).status_code == 404

    def test_what_is_for_coaches(self, gym: Gym) -> None:
        assert gym.ann.post("/people", json={"label": "New"}).status_code == 403
        assert gym.ann.patch(f"/jobs/{gym.set_of_ann}", json={"priority": 1}).status_code == 403
        assert gym.ann.get("/accounts").status_code == 403

    def test_a_coachs_note_is_read_and_not_changed(self, gym: Gym) -> None:
        [note] = gym.ann.get(f"/reports/{gym.set_of_ann}/notes").json()["notes"]
        assert (note["author"], note["may_change"]) == ("Carl", False)
        path = f"/reports/{gym.set_of_ann}/notes/{gym.note}"
        assert gym.ann.patch(path, json={"text": "x"}).status_code == 403
        assert gym.coach.patch(path, json={"text": "Well done"}).json()["may_change"] is True


class TestLive:
    def test_a_member_keeps_a_set_as_their_own(self, gym: Gym) -> None:
        shelf = shelf_of(gym, gym.ben)
        set_id = shelf.keep(noise(), load_wording("en"), pain=3)
        url = report_path(set_id)
        assert gym.ben.get(gym.server.live.url + url).status_code == 200
        assert gym.ann.get(gym.server.live.url + url).status_code == 404
        kept = gym.ben.get(f"/sets/{set_id}").json()
        assert (kept["person_id"], kept["origin"]) == (gym.ben_person, "live")
        assert kept["pain"] == 3
        gym.ben.delete(f"/sets/{kept['id']}")

    def test_a_member_uses_their_own_calibration_alone(self, gym: Gym) -> None:
        shelf = shelf_of(gym, gym.ben)
        shelf.check_person("ben")
        for name in ("Ann", "Nobody"):
            for ask in (shelf.own_bend_of, shelf.check_person):
                with pytest.raises(CalibrationError, match="your own name"):
                    ask(name)

    def test_a_coach_may_for_everybody(self, gym: Gym) -> None:
        shelf_of(gym, gym.coach).check_person("Ann")
        shelf_of(gym, gym.coach).check_person("Somebody new")

    def test_a_page_of_somebody_who_signed_in_has_their_shelf(self, gym: Gym) -> None:
        with open_page(gym.server.live) as page:
            assert isinstance(page.next(), Welcome)
            page.say(Hello(protocol=1, person="Ann"))
            assert "sign in first" in page.wait_for(Refused).text


def shelf_of(gym: Gym, client: httpx.Client) -> Shelf:
    account_id = client.get("/me").json()["account"]["id"]
    account = find_account(gym.server.backend.stores.database, account_id)
    return shelf_for(Visitor(account=account), gym.server.backend.stores, gym.server.live.house)


def noise() -> AssessedSet:
    """A set in which nobody does anything: quick to write about."""
    return assess_recording(made_recording([made_pose(n / 10) for n in range(20)]))


class TestOwner:
    def test_accounts_are_made_changed_and_removed(self, gym: Gym) -> None:
        wanted = {"name": "Dora", "password": PASSWORD, "role": "coach"}
        made = gym.owner.post("/accounts", json=wanted)
        assert made.status_code == 201
        assert "password" not in made.json()
        path = f"/accounts/{made.json()['id']}"
        with gym.server.connect() as browser:
            assert log_in(browser, "Dora").status_code == 200
            assert gym.owner.patch(path, json={"password": "another long one"}).status_code == 200
            assert browser.get("/me").status_code == 401
            assert log_in(browser, "Dora", "another long one").status_code == 200
        assert "Dora" in {one["name"] for one in gym.owner.get("/accounts").json()["accounts"]}
        assert gym.owner.delete(path).status_code == 204
        assert gym.owner.delete(path).status_code == 404

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ({"name": "Ann", "password": PASSWORD, "role": "coach"}, "taken"),
            ({"name": "E", "password": "short", "role": "coach"}, "10 to 200 characters"),
            ({"name": "E", "password": PASSWORD, "role": "member"}, "person that a member is"),
            ({"name": "E", "password": PASSWORD, "role": "king"}, "role"),
            ({"name": "E", "password": PASSWORD, "role": "coach", "admin": 1}, "admin"),
            (
                {"name": "E", "password": PASSWORD, "role": "member", "person_id": "A" * 22},
                "person that is kept",
            ),
        ],
    )
    def test_one_that_cannot_be_made(self, gym: Gym, wanted: dict[str, Any], said: str) -> None:
        answer = gym.owner.post("/accounts", json=wanted)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]

    def test_the_last_owner_stays(self, gym: Gym) -> None:
        own = gym.owner.get("/me").json()["account"]["id"]
        assert gym.owner.delete(f"/accounts/{own}").status_code == 422
        assert gym.owner.patch(f"/accounts/{own}", json={"role": "coach"}).status_code == 422

    @pytest.mark.parametrize("client", ["coach", "ann"])
    def test_others_may_not(self, gym: Gym, client: str) -> None:
        asked: httpx.Client = getattr(gym, client)
        wanted = {"name": "E", "password": PASSWORD, "role": "owner"}
        assert asked.post("/accounts", json=wanted).status_code == 403


class TestSigningIn:
    def test_a_cookie_no_script_can_read_holds_it(self, gym: Gym) -> None:
        with gym.server.connect() as browser:
            answer = log_in(browser)
            assert answer.json()["name"] == "Ann"
            cookie = answer.headers["set-cookie"]
            assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(re.split("; ?", cookie))
            assert browser.get("/me").json()["account"]["name"] == "Ann"
            assert browser.post("/logout").status_code == 204
            assert browser.get("/me").status_code == 401

    def test_signing_out_ends_it_on_the_server_too(self, gym: Gym) -> None:
        with gym.server.connect() as browser, gym.server.connect() as thief:
            log_in(browser)
            thief.cookies.set(COOKIE, browser.cookies[COOKIE])
            assert thief.get("/me").status_code == 200
            browser.post("/logout")
            assert thief.get("/me").status_code == 401

    @pytest.mark.parametrize(
        ("name", "password"), [("Ann", "x"), ("Nobody", PASSWORD), ("", ""), ("a\0", "\0")]
    )
    def test_what_does_not_fit(self, gym: Gym, name: str, password: str) -> None:
        answer = log_in(gym.server.client, name, password)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers

    def test_tries_have_to_wait(self, gym: Gym) -> None:
        for _ in range(FREE_TRIES):
            assert log_in(gym.server.client, "Ben", "guess").status_code == 401
        answer = log_in(gym.server.client, "BEN")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) == answer.json()["wait_s"] > 0
        with gym.server.connect() as browser:
            assert log_in(browser).status_code == 200

    def test_a_key_is_shown_once_and_can_be_taken_back(self, gym: Gym) -> None:
        made = gym.coach.post("/tokens", json={"label": "Front\ndesk"}).json()
        assert made["label"] == "Frontdesk"
        with gym.server.connect(authorization=f"bearer {made['token']}") as desk:
            assert desk.get("/me").json()["account"]["name"] == "Carl"
            listed = gym.coach.get("/tokens")
            assert made["token"] not in listed.text
            assert made["id"] in listed.text
            assert gym.ann.delete(f"/tokens/{made['id']}").status_code == 404
            assert gym.coach.delete(f"/tokens/{made['id']}").status_code == 204
            assert desk.get("/me").status_code == 401


class TestPagesOfOthers:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        ],
    )
    def test_they_write_nothing_with_a_cookie(self, gym: Gym, headers: dict[str, str]) -> None:
        with gym.server.connect() as browser:
            log_in(browser)
            for method, path in (("POST", "/logout"), ("DELETE", f"/sets/{gym.set_of_ann}")):
                assert browser.request(method, path, headers=headers).status_code == 403
            assert log_in(browser).status_code == 200

    def test_our_own_do(self, gym: Gym) -> None:
        with gym.server.connect() as browser:
            log_in(browser)
            answer = browser.post("/logout", headers={"origin": gym.server.live.url})
            assert answer.status_code == 204

    def test_a_key_needs_no_page(self, gym: Gym) -> None:
        headers = {"origin": "https://gym.example"}
        path = f"/reports/{gym.set_of_ann}/notes"
        answer = gym.coach.post(path, json={"text": "From an app"}, headers=headers)
        assert answer.status_code == 201
        gym.coach.delete(f"{path}/{answer.json()['id']}")


class TestLoginPage:
    def post(self, gym: Gym, browser: httpx.Client, **form: str) -> httpx.Response:
        return browser.post(f"{gym.server.live.url}/login", data=form)

    def test_the_form_signs_in_and_goes_where_it_was_asked_to(self, gym: Gym) -> None:
        with gym.server.connect() as browser:
            answer = self.post(gym, browser, name="Ann", password=PASSWORD, next="/people")
            assert (answer.status_code, answer.headers["location"]) == (303, "/people")
            page = browser.get(f"{gym.server.live.url}/login").text
            assert "Ann" in page
            answer = browser.post(f"{gym.server.live.url}/logout")
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
            assert browser.get("/me").status_code == 401

    @pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil", "x"])
    def test_it_leads_to_no_other_site(self, gym: Gym, place: str) -> None:
        with gym.server.connect() as browser:
            answer = self.post(gym, browser, name="Ann", password=PASSWORD, next=place)
        assert answer.headers["location"] == "/"

    def test_what_does_not_fit_is_said_kindly(self, gym: Gym) -> None:
        with gym.server.connect() as browser:
            answer = self.post(gym, browser, name="<b>Ann", password=PASSWORD)
        assert answer.status_code == 422
        assert "do not fit together" in answer.text
        assert "<b>Ann" not in answer.text

    def test_a_form_of_another_site_is_refused(self, gym: Gym) -> None:
        headers = {"origin": "https://evil.example"}
        url = f"{gym.server.live.url}/login"
        form = {"name": "Ann", "password": PASSWORD}
        assert gym.server.client.post(url, data=form, headers=headers).status_code == 403
