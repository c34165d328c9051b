"""Who may open the review pages: a set that is somebody else's is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from service.accounts.door import page_visitor
from service.accounts.keeping import StoredAccount
from service.accounts.policy import ANYBODY, Visitor
from service.app import create_app
from service.settings import Settings
from service.store.tables import ID_LENGTH, Role, Status, now
from tests.web.review_server import keep_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

SET = "somebodys".ljust(ID_LENGTH, "-")


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


def status(app: FastAPI, path: str, who: Visitor) -> int:
    app.dependency_overrides[page_visitor] = lambda: who

    async def ask() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get(path)).status_code

    return anyio.run(ask)


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
