"""All routes of the API, under ``/api/v1``."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from service.api import accounts, jobs, people, reports, sets, uploads

PREFIX: Final = "/api/v1"


def router() -> APIRouter:
    """Return the routes; they work with the application's ``state.backend`` and ``state.door``."""
    routes = APIRouter(prefix=PREFIX)
    for module in (uploads, jobs, reports, sets, people, accounts):
        routes.include_router(module.routes)
    return routes
