"""The published description of the API is the one that the server answers by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.api.document import GROUPS, openapi_json

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS: Final = Path(__file__).parents[2] / "docs"
PUBLISHED: Final = DOCS / "openapi.json"
WALK: Final = (DOCS / "api.md").read_text("utf-8")
WRITE_IT: Final = (
    'python -c "from service.api.document import openapi_json; print(openapi_json(), end=str())" '
    "> docs/openapi.json"
)
DOCUMENT: Final[dict[str, Any]] = json.loads(openapi_json())
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]

OPERATIONS: Final = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def test_the_published_description_is_up_to_date() -> None:
    assert PUBLISHED.read_text("utf-8") == openapi_json(), f"write it anew: {WRITE_IT}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_is_for(name: str) -> None:
    operation = OPERATIONS[name]
    assert name.split(" ")[1].startswith("/api/v1/")
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert operation["tags"][0] in GROUPS


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_problem(name: str) -> None:
    refused = OPERATIONS[name]["responses"]["default"]["content"]
    assert list(refused) == ["application/problem+json"]
    assert "422" not in OPERATIONS[name]["responses"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_says_what_it_is(name: str) -> None:
    assert SCHEMAS[name].get("description") or "enum" in SCHEMAS[name]


def test_every_reference_leads_somewhere() -> None:
    led = set(references(DOCUMENT))
    assert led
    assert led == {f"#/components/schemas/{name}" for name in SCHEMAS}


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name.endswith(("Request", "Change"))])
def test_nothing_unknown_is_taken(name: str) -> None:
    assert SCHEMAS[name]["additionalProperties"] is False


def test_the_walk_through_names_paths_that_there_are() -> None:
    known = [re.sub(r"\{\w+\}", r"[^/\\s'\"?]+", path) + "$" for path in DOCUMENT["paths"]]
    named = set(re.findall(r"/api/v1/[^\s'\"?`)]*", WALK)) - {"/api/v1/openapi.json"}
    assert named
    assert [path for path in named if not any(re.match(one, path) for one in known)] == []


def references(part: object) -> Iterator[str]:
    """Walk the references of a document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    for one in part if isinstance(part, list) else ():
        yield from references(one)
