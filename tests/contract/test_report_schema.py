"""The published schema of the report is the one that the program writes by."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from models.report import Report, schema_json
from tests.unit import hand_made

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "report.schema.json"
WRITE_IT = (
    'python -c "from models.report import schema_json; print(schema_json(), end=str())" '
    "> docs/report.schema.json"
)


def test_the_published_schema_is_up_to_date() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_json(), f"write it anew: {WRITE_IT}"


def test_a_report_is_valid_by_the_published_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(hand_made.report().to_json()), schema)


def test_an_unknown_field_is_invalid() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    changed = json.loads(hand_made.report().to_json()) | {"injury_odds": 0.5}
    with pytest.raises(jsonschema.ValidationError, match="injury_odds"):
        jsonschema.validate(changed, schema)


@pytest.mark.parametrize("field", list(Report.model_fields))
def test_every_field_of_the_report_is_documented(field: str) -> None:
    text = (DOCS / "report.md").read_text(encoding="utf-8")
    assert re.search(rf"`{field}`", text)
