"""The description of the API (OpenAPI), and the page that a person reads it on."""

from __future__ import annotations

import json
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotations of a route
from starlette.staticfiles import StaticFiles

from service.api.routes import router as api_router
from service.api.schemas import Problem
from service.problems import MEDIA_TYPE
from service.web.languages import PARAMETER, choose_language
from service.web.pages import static_file
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.settings import Settings

TITLE: Final = "Hingewise"
ADDRESS: Final = "/api/v1/openapi.json"
STATIC: Final = Path(__file__).parent / "static"

ABOUT: Final = (
    "Send videos of a hinge, squat, lunge or lift, watch their analysis, and read what was found. "
    "Every error is a problem document (RFC 9457). Times are in UTC, angles in degrees, times of a "
    "video in seconds from its first picture."
)
GROUPS: Final = {
    "uploads": "Videos come in: in parts that can be taken up again, or at once.",
    "jobs": "How the analysis of a video goes.",
    "reports": "What was found, as documents and files; notes to it.",
    "sets": "Sets of repetitions.",
    "people": "Who moves, how that went over time, and all that is kept about them.",
    "accounts": "Signing in, where accounts are in use; keys for programs.",
}

_REF: Final = "#/components/schemas/"
_UNUSED: Final = frozenset({"HTTPValidationError", "ValidationError"})
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})

_PAGES: Final = Environment(
    loader=ChoiceLoader(
        [PackageLoader("service", "api/templates"), PackageLoader("service", "web/templates")]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def describe(app: FastAPI) -> None:
    """Let an application describe its API as it is: its errors are problem documents."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI asks for it


def openapi_json() -> str:
    """Write the description of the API as it is published, without a server."""
    app = FastAPI(title=TITLE, version=version("hingewise"))
    app.include_router(api_router())
    describe(app)
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def router(settings: Settings) -> APIRouter:
    """Return the page ``/api`` and its style.

    Parameters
    ----------
    settings
        Of the server.
    """
    routes = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=STATIC)

    @routes.get("/api")
    def reference(request: Request) -> HTMLResponse:
        return _page(request, settings)

    @routes.get("/api/static/{path:path}")
    async def static(path: str, request: Request) -> Response:
        return await static_file(files, path, request)

    return routes


def _description(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in GROUPS.items()],
    )
    schemas = document["components"]["schemas"]
    for name in _UNUSED:
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    refused = {
        "description": "Why it could not be met",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}}},
    }
    for _, _, operation in _operations(document):
        operation["responses"].pop(str(int(HTTPStatus.UNPROCESSABLE_ENTITY)), None)
        operation["responses"]["default"] = refused
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Walk the operations: method, path, description."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield method, path, operation


def _page(request: Request, settings: Settings) -> HTMLResponse:
    language = choose_language(request, settings.language)
    document = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for method, path, operation in _operations(document):
        groups[operation["tags"][0]].append(_shown(document, method, path, operation))
    text = _PAGES.get_template("reference.html").render(
        t=load_wording(language).of,
        language=language,
        languages={code: load_wording(code).of("language.name") for code in languages()},
        query=f"?{PARAMETER}={language}" if PARAMETER in request.query_params else "",
        about=ABOUT,
        groups=groups,
        group_texts=GROUPS,
        address=ADDRESS,
    )
    return HTMLResponse(text, headers={"cache-control": "no-cache", "vary": "accept-language"})


def _shown(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    """Gather what the page shows of an operation."""
    answers = [
        {
            "status": status,
            "description": answer["description"],
            "example": _example_text(document, answer),
        }
        for status, answer in operation["responses"].items()
        if status != "default"
    ]
    return {
        "id": f"{method}-{path.removeprefix('/api/v1/')}".translate(str.maketrans("/{}", "---")),
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "body": _example_text(document, operation.get("requestBody", {})),
        "answers": answers,
    }


def _example_text(document: dict[str, Any], holder: dict[str, Any]) -> str:
    """Write an example of a body as JSON; empty where it is none."""
    content = holder.get("content", {}).get("application/json")
    if not content:
        return ""
    example = _example(document, content["schema"])
    return json.dumps(example, indent=2, ensure_ascii=False) if example else ""


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Make an example of a schema from those of its parts."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return _example(document, document["components"]["schemas"][name])
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if "properties" in schema:
        return {key: _example(document, part) for key, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(document, schema["items"])] if "items" in schema else []
    return schema.get("default", _PLAIN.get(schema.get("type", "")))


_PLAIN: Final = {"string": "…", "integer": 1, "number": 0.5, "boolean": False, "object": {}}
