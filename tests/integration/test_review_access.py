"""Who may open the review pages: a set that is somebody else's is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from service.accounts.door import page_visitor
from service.accounts.keeping import NewAccount, StoredAccount, add_account
from service.accounts.policy import ANYBODY, Visitor
from service.app import create_app
from service.settings import Settings
from service.store.people import add_person
from service.store.tables import ID_LENGTH, Role, Status, now
from service.wording import load_wording
from tests.web.review_server import keep_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

SET = "somebodys".ljust(ID_LENGTH, "-")
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def visitor(role: Role) -> Visitor:
    account = StoredAccount(id="account", name="Lee", role=role, person_id="lee", created_at=now())
    return Visitor(account=account)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder: Path = tmp_path_factory.mktemp("access")
    made = create_app(Settings(data=folder, workers=0))
    keep_row(made.state.backend.stores, SET, Status.WORKING)
    yield made
    made.state.backend.close()


def get(app: FastAPI, path: str, who: Visitor, accept: str = "*/*") -> httpx.Response:
    app.dependency_overrides[page_visitor] = lambda: who

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers={"accept": accept})

    return anyio.run(ask)


def status(app: FastAPI, path: str, who: Visitor) -> int:
    return get(app, path, who).status_code


@pytest.mark.parametrize(
    ("who", "answer"),
    [(ANYBODY, 200), (visitor(Role.COACH), 200), (visitor(Role.MEMBER), 404)],
)
def test_a_member_sees_their_own_sets_alone(app: FastAPI, who: Visitor, answer: int) -> None:
    assert status(app, f"/review/{SET}", who) == answer


@pytest.mark.parametrize("name", ["x", "..%2f..%2fetc", "%00" * 22, "é" * 22])
def test_what_can_be_no_id_is_not_there(app: FastAPI, name: str) -> None:
    assert status(app, f"/review/{name}", ANYBODY) == 404


def test_two_sets_without_reports_cannot_be_compared(app: FastAPI) -> None:
    assert status(app, f"/compare?a={SET}&b={SET}", ANYBODY) == 404


def test_files_of_the_pages_alone_are_handed_out(app: FastAPI) -> None:
    assert status(app, "/reviews/static/review.js", ANYBODY) == 200
    assert status(app, "/reviews/static/..%2fpages.py", ANYBODY) == 404


@pytest.mark.parametrize("path", ["/nothing", "/people/nobody", "/review/x", "/sets/a/b"])
def test_a_browser_is_shown_a_page_with_ways_on_where_there_is_nothing(
    app: FastAPI, path: str
) -> None:
    page = get(app, f"{path}?lang=de", ANYBODY, BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Hier ist nichts" in page.text
    for way in ("/", "/people", "/upload"):
        assert f'href="{way}?lang=de"' in page.text


@pytest.mark.parametrize(
    ("path", "accept"), [("/nothing", "*/*"), ("/api/v1/nothing", BROWSER), ("/people/x", "*/*")]
)
def test_a_program_is_told_a_problem(app: FastAPI, path: str, accept: str) -> None:
    answer = get(app, path, ANYBODY, accept)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_comparing_nothing_leads_to_where_two_sets_are_chosen(app: FastAPI) -> None:
    answer = get(app, "/compare?lang=de", ANYBODY)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/people?to=compare&lang=de"
    said = re.search(r'role="status">(.*?)</p>', get(app, answer.headers["location"], ANYBODY).text)
    assert said is not None
    assert said[1] == load_wording("de").of("people_page.compare_how")
    assert 'role="status"' not in get(app, "/people?lang=de", ANYBODY).text


@pytest.fixture(scope="module")
def member(app: FastAPI) -> Visitor:
    database = app.state.backend.stores.database
    person_id = add_person(database, "Lee").id
    new = NewAccount(name="lee", password="x" * 20, role=Role.MEMBER, person_id=person_id)
    account = add_account(database, new)
    return Visitor(account=account)


class TestMember:
    def test_of_sets_without_a_name_only_those_they_brought_are_listed(
        self, app: FastAPI, member: Visitor
    ) -> None:
        own = "brought".ljust(ID_LENGTH, "-")
        keep_row(app.state.backend.stores, own, Status.QUEUED, account_id=member.account_id)
        listed = get(app, "/people", member).text
        assert f"/review/{own}" in listed
        assert f"/review/{SET}" not in listed
        assert f"/review/{SET}" in get(app, "/people", ANYBODY).text

    @pytest.mark.parametrize("status", [Status.DONE, Status.FAILED])
    def test_they_are_not_asked_whose_it_is(
        self, app: FastAPI, member: Visitor, status: Status
    ) -> None:
        own = f"asked_{status}".ljust(ID_LENGTH, "-")
        keep_row(app.state.backend.stores, own, status, account_id=member.account_id)
        assert 'id="give"' in get(app, f"/review/{own}", ANYBODY).text
        seen = get(app, f"/review/{own}", member).text
        assert "give_set.js" not in seen
        assert 'id="give' not in seen
        asked = f'class="intro">{load_wording("en").of("people_page.unnamed_give")}'
        assert asked in get(app, "/people", visitor(Role.COACH)).text
        assert asked not in get(app, "/people", member).text

    def test_the_name_of_somebody_else_is_not_told(self, app: FastAPI, member: Visitor) -> None:
        stores = app.state.backend.stores
        sam = add_person(stores.database, "Sam Secret")
        other = "others".ljust(ID_LENGTH, "-")
        keep_row(stores, other, Status.QUEUED, account_id=member.account_id, person_id=sam.id)
        assert get(app, f"/review/{other}", member).status_code == 200
        assert "Sam Secret" not in get(app, f"/review/{other}", member).text
        seen = get(app, f"/review/{other}", ANYBODY).text
        assert f'href="/people/{sam.id}"><bdi>Sam Secret</bdi>' in seen
