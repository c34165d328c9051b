"""The pages to send videos, to see people, and to see how one person moved over time."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.staticfiles import StaticFiles

from models.movements import MOVEMENTS
from service.accounts.door import SignedPage  # noqa: TC001 - FastAPI reads it
from service.accounts.policy import (
    may_choose_person,
    may_give_set,
    may_see_person,
    sees_everybody,
)
from service.people.charts import HEIGHT, LEFT, RIGHT, WIDTH, HistoryChart, draw_history
from service.people.history import LEADING, History, MetricHistory, history_of
from service.people.overview import PersonOverview, list_people, list_unnamed, list_visits
from service.people.rendering import format_size, json_block, render_page
from service.store.tables import MAX_LABEL, now
from service.web.languages import choose_language
from service.web.pages import static_file
from service.wording import load_wording

if TYPE_CHECKING:
    from service.accounts.policy import Visitor
    from service.settings import Settings
    from service.store.opening import Stores

STATIC: Final = Path(__file__).parent / "static"

MOST_UNNAMED: Final = 100
"""Sets without a name that are listed, the latest; when those are erased, the others follow."""

Charts = dict[str, list[tuple[MetricHistory, HistoryChart]]]


class PeoplePages:
    """Makes the pages.

    Parameters
    ----------
    settings
        Of the server.
    stores
        What the service keeps.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._database = stores.database

    def upload(self, request: Request, visitor: Visitor) -> HTMLResponse:
        """Make the page to send videos."""
        most = self._settings.max_upload_bytes
        wording = load_wording(choose_language(request, self._settings.language))
        return self._page(
            "upload.html",
            request,
            visitor,
            room="upload",
            people=list_people(self._database) if may_choose_person(visitor) else None,
            movements=tuple(MOVEMENTS),
            largest=format_size(most, wording),
            limits=json_block({"most_bytes": most}),
            today=f"{now().astimezone():%Y-%m-%d}",
        )

    def people(self, request: Request, visitor: Visitor) -> HTMLResponse:
        """Make the list of everybody whom a visitor may see."""
        sees_all = sees_everybody(visitor)
        only = None if sees_all else visitor.person_id or ""
        brought_by = None if sees_all else visitor.account_id
        return self._page(
            "people.html",
            request,
            visitor,
            room="people",
            people=list_people(self._database, only=only),
            may_add=may_choose_person(visitor),
            may_give=may_give_set(visitor),
            unnamed=list_unnamed(self._database, account_id=brought_by, limit=MOST_UNNAMED),
            most_unnamed=MOST_UNNAMED,
            to_compare=request.query_params.get("to") == "compare",
        )

    def person(self, person_id: str, request: Request, visitor: Visitor) -> HTMLResponse:
        """Make the page of one person.

        Raises
        ------
        HTTPException
            404 when there is no such person, or none that the visitor may see.
        """
        person = self._find(person_id, visitor)
        history = history_of(self._database, person_id)
        visits = list_visits(self._database, person_id)
        comparable = [one for visit in visits for one in visit.sets if one.can_be_compared]
        return self._page(
            "person.html",
            request,
            visitor,
            room="people",
            person=person,
            person_json=json_block({"id": person.person_id, "label": person.label}),
            history=history,
            charts=_charts(history),
            leading=len(LEADING),
            visits=visits,
            comparable=len(comparable),
            chart_width=WIDTH,
            chart_height=HEIGHT,
            chart_left=LEFT,
            chart_right=RIGHT,
        )

    def _find(self, person_id: str, visitor: Visitor) -> PersonOverview:
        if may_see_person(visitor, person_id):
            for person in list_people(self._database, only=person_id):
                return person
        raise HTTPException(
            HTTPStatus.NOT_FOUND, "expected a person who is kept here: see /people for all"
        )

    def _page(
        self, template: str, request: Request, visitor: Visitor, **values: object
    ) -> HTMLResponse:
        text = render_page(
            template,
            request,
            self._settings.language,
            account_name=visitor.account.name if visitor.account else "",
            longest_label=MAX_LABEL,
            **values,
        )
        headers = {"cache-control": "private, no-store", "vary": "accept-language, cookie"}
        return HTMLResponse(text, headers=headers)


def router(settings: Settings, stores: Stores) -> APIRouter:
    """Return the pages ``/upload``, ``/people`` and ``/people/{id}``, and their files.

    Parameters
    ----------
    settings
        Of the server.
    stores
        What the service keeps.
    """
    routes = APIRouter(include_in_schema=False)
    pages = PeoplePages(settings, stores)
    files = StaticFiles(directory=STATIC)

    @routes.get("/upload")
    def upload(request: Request, visitor: SignedPage) -> HTMLResponse:
        return pages.upload(request, visitor)

    @routes.get("/people")
    def people(request: Request, visitor: SignedPage) -> HTMLResponse:
        return pages.people(request, visitor)

    @routes.get("/people/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    @routes.get("/people/{person_id}")
    def person(person_id: str, request: Request, visitor: SignedPage) -> HTMLResponse:
        return pages.person(person_id, request, visitor)

    return routes


def _charts(history: History) -> Charts:
    return {
        movement.movement: [(metric, draw_history(metric)) for metric in movement.metrics]
        for movement in history.movements
    }
