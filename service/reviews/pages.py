"""The pages that show a set again: review, waiting for its analysis, and two sets side by side."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from models.report import Report
from models.results import Verdict
from service.accounts.door import SignedPage  # noqa: TC001 - FastAPI reads it
from service.accounts.policy import may_give_set, may_see_person, may_see_set
from service.api.files import names_of
from service.api.lookups import is_id
from service.artefacts import PROXY, REPORT
from service.lumbar_section import lumbar_section
from service.report_html import fault_rows, note_text, unmeasured
from service.reviews.analysis import MOTION
from service.reviews.comparison import ComparedSet, differences, verdict
from service.reviews.motion import moment_of
from service.reviews.rendering import render_page
from service.store.blobs import set_prefix
from service.store.people import find_person, list_people
from service.store.sets import find_set, list_sets
from service.store.tables import MAX_LABEL, Status
from service.web.languages import PARAMETER, choose_language
from service.web.missing import missing_page
from service.web.pages import static_file
from service.wording import load_wording

if TYPE_CHECKING:
    from models.report import ThresholdReport
    from service.accounts.policy import Visitor
    from service.settings import Settings
    from service.store.opening import Stores
    from service.store.people import StoredPerson
    from service.store.sets import StoredSet
    from service.wording import Wording

STATIC: Final = Path(__file__).parent / "static"

MOST_OTHERS: Final = 50
"""Sets that are offered to compare with, the latest."""

Whose: TypeAlias = "StoredPerson | Literal[False] | None"
"""Somebody, nobody in particular, or somebody whom a visitor may not see."""

_NOTABLE: Final = (Verdict.FLAG, Verdict.AMBER, Verdict.NOT_SURE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reviewed:
    """A set whose report is there.

    Attributes
    ----------
    stored
        Its row.
    report
        What was found.
    files
        Names of its files, in order.
    person
        Whose it is; None where nobody was named, False for somebody whom the visitor may not see.
    """

    stored: StoredSet
    report: Report
    files: tuple[str, ...]
    person: Whose

    @property
    def has_motion(self) -> bool:
        """Whether it can be shown picture by picture."""
        return MOTION in self.files

    @property
    def video(self) -> str:
        """Address of the video; empty when it is not kept."""
        return f"/api/v1/reports/{self.stored.id}/files/{PROXY}" if PROXY in self.files else ""

    @property
    def portrait(self) -> bool:
        """Whether the picture is taller than wide."""
        video = self.report.provenance.source.video
        return video is not None and video.height > video.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """What is told where a set can be given to somebody.

    Attributes
    ----------
    labels
        Of everybody who is known.
    longest_label
        Characters of a label, at most.
    """

    labels: tuple[str, ...]
    longest_label: int = MAX_LABEL


class ReviewPages:
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
        self._stores = stores

    def review(self, set_id: str, request: Request, visitor: Visitor) -> HTMLResponse:
        """Make the page of one set: its report, or how far the analysis is."""
        stored = self._find(set_id, visitor)
        if stored is None:
            return self._missing(request, "text")
        person, giving = self._person(stored, visitor), self._giving(visitor)
        shared = {"stored": stored, "person": person, "giving": giving}
        if stored.status != Status.DONE:
            return self._page("waiting.html", request, **shared)
        reviewed = self._read(stored, person)
        if reviewed is None:
            return self._reportless(request, **shared)
        told = {**shared, **self._told(reviewed, request)}
        return self._page("review.html", request, others=self._others(stored, visitor), **told)

    def compare(self, a: str, b: str, request: Request, visitor: Visitor) -> HTMLResponse:
        """Make the page of two sets side by side."""
        found = [self._find(set_id, visitor) for set_id in (a, b)]
        sides = [
            self._read(each, self._person(each, visitor))
            for each in found
            if each and each.status == Status.DONE
        ]
        first, second = [*sides, None, None][:2]
        if first is None or second is None:
            return self._missing(request, "incomparable")
        pair = (_compared(first), _compared(second))
        rows = differences(*pair)
        return self._page(
            "compare.html",
            request,
            sides=[("a", first), ("b", second)],
            can_play=all(each.has_motion and each.report.reps for each in (first, second)),
            rows=rows,
            verdict=verdict(*pair, rows, self._wording(request)),
        )

    def _find(self, set_id: str, visitor: Visitor) -> StoredSet | None:
        """Find a set that a visitor may see."""
        stored = find_set(self._stores.database, set_id) if is_id(set_id) else None
        if stored is None:
            return None
        allowed = may_see_set(visitor, person_id=stored.person_id, account_id=stored.account_id)
        return stored if allowed else None

    def _person(self, stored: StoredSet, visitor: Visitor) -> Whose:
        if stored.person_id is None:
            return None
        if not may_see_person(visitor, stored.person_id):
            return False
        return find_person(self._stores.database, stored.person_id)

    def _giving(self, visitor: Visitor) -> Giving | None:
        """Gather what the dialog tells that gives a set to somebody; None for who may not."""
        if not may_give_set(visitor):
            return None
        return Giving(labels=tuple(one.label for one in list_people(self._stores.database)))

    def _read(self, stored: StoredSet, person: Whose) -> Reviewed | None:
        """Read the report of a set; None when it is gone or was written by another version."""
        blobs = self._stores.blobs
        names = names_of(blobs, stored.id)
        if REPORT not in names:
            return None
        try:
            report = Report.model_validate_json(blobs.get(set_prefix(stored.id) + REPORT))
        except ValidationError:
            return None
        return Reviewed(stored=stored, report=report, files=tuple(names), person=person)

    def _others(self, stored: StoredSet, visitor: Visitor) -> list[StoredSet]:
        """List the sets to compare this one with: of the same person, the latest first."""
        found = list_sets(self._stores.database, person_id=stored.person_id, limit=MOST_OTHERS)
        return [
            other
            for other in found
            if other.id != stored.id
            and other.status == Status.DONE
            and (other.report is None or other.report.reps > 0)
            and other.person_id == stored.person_id
            and may_see_set(visitor, person_id=other.person_id, account_id=other.account_id)
        ]

    def _told(self, reviewed: Reviewed, request: Request) -> dict[str, object]:
        """Gather what the review page tells."""
        report, wording = reviewed.report, self._wording(request)
        rows = fault_rows(report)
        movement = report.movement
        judged = f"movement.{movement.judged_as or movement.recognised}"
        count = len(report.reps)
        reps_key = "page.reps_one" if count == 1 else "page.reps_many"
        return {
            "report": report,
            "has_motion": reviewed.has_motion,
            "video": reviewed.video,
            "portrait": reviewed.portrait,
            "files": [name for name in reviewed.files if name != MOTION],
            "heading": wording.of(judged if count else "page.nothing_title"),
            "reps_text": wording.of(reps_key if count else "page.no_reps", count=count),
            "notable": [row for row in rows if row.verdict in _NOTABLE],
            "on_track": [row for row in rows if row.verdict is Verdict.OK],
            "unmeasured": unmeasured(report, rows, wording),
            "back": lumbar_section(report, wording),
            "notes": [note_text(note, wording) for note in report.notes],
            "moment": _moments(report),
        }

    def _wording(self, request: Request) -> Wording:
        return load_wording(choose_language(request, self._settings.language))

    def _missing(self, request: Request, why: str) -> HTMLResponse:
        return missing_page(request, self._settings, why)

    def _reportless(self, request: Request, **shared: object) -> HTMLResponse:
        text = self._wording(request).of("review.missing.report")
        page = self._page("reportless.html", request, text=text, **shared)
        page.status_code = HTTPStatus.NOT_FOUND
        return page

    def _page(self, template: str, request: Request, **values: object) -> HTMLResponse:
        text = render_page(template, request, self._settings, **values)
        headers = {"cache-control": "private, no-store", "vary": "accept-language, cookie"}
        return HTMLResponse(text, headers=headers)


def router(settings: Settings, stores: Stores) -> APIRouter:
    """Return the pages ``/review/{id}`` and ``/compare``, and their files.

    Parameters
    ----------
    settings
        Of the server.
    stores
        What the service keeps.
    """
    routes = APIRouter(include_in_schema=False)
    pages = ReviewPages(settings, stores)
    files = StaticFiles(directory=STATIC)

    @routes.get("/review/{set_id}")
    def review(set_id: str, request: Request, visitor: SignedPage) -> HTMLResponse:
        return pages.review(set_id, request, visitor)

    @routes.get("/compare")
    def compare(request: Request, visitor: SignedPage, a: str = "", b: str = "") -> Response:
        return pages.compare(a, b, request, visitor) if a or b else _to_choose(request)

    @routes.get("/reviews/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    return routes


def _to_choose(request: Request) -> RedirectResponse:
    """Lead to where two sets are chosen, in the language that was asked for."""
    asked = {name: value for name, value in request.query_params.items() if name == PARAMETER}
    return RedirectResponse(f"/people?{urlencode({'to': 'compare', **asked})}", 303)


def _compared(reviewed: Reviewed) -> ComparedSet:
    stored = reviewed.stored
    return ComparedSet(
        report=reviewed.report,
        person_id=stored.person_id,
        session_id=stored.session_id,
        tape=stored.tape,
    )


class _moments:  # noqa: N801 - called by templates as a word
    """Tells at which moment of a repetition a fault is best seen."""

    def __init__(self, report: Report) -> None:
        self._reps = {rep.number: rep for rep in report.reps}

    def __call__(self, number: int, threshold: ThresholdReport | None) -> float:
        """Return the time in seconds."""
        metric = "" if threshold is None else threshold.metric
        return moment_of(self._reps[number], metric)
