"""The page about the protocol shows every message, and every example is one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.live.refusing import Refusal
from service.protocol import FRAME_HEADER, FROM_PAGE, FROM_SERVER, PROTOCOL_VERSION
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from pydantic import TypeAdapter

DOC: Final = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES: Final = [
    json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", DOC, flags=re.DOTALL)
]


def types_of(adapter: TypeAdapter[Any]) -> set[str]:
    return set(adapter.json_schema()["discriminator"]["mapping"])


TYPES: Final = types_of(FROM_PAGE) | types_of(FROM_SERVER)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_every_example_is_a_message(example: dict[str, Any]) -> None:
    comes_from_page = example["type"] in types_of(FROM_PAGE)
    adapter: TypeAdapter[Any] = FROM_PAGE if comes_from_page else FROM_SERVER
    message = adapter.validate_python(example)
    told = json.loads(adapter.dump_json(message))
    assert {key: told[key] for key in example} == example


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_message_has_an_example(kind: str) -> None:
    assert kind in {example["type"] for example in EXAMPLES}


@pytest.mark.parametrize("code", Refusal)
def test_every_refusal_is_told_in_the_page_and_in_words(code: Refusal) -> None:
    assert f"| `{code}` |" in DOC
    for language in languages():
        assert load_wording(language).has(f"session.refused.{code}")


def test_version_and_header_are_those_of_the_program() -> None:
    assert f"version {PROTOCOL_VERSION}\n" in DOC
    assert f"| {FRAME_HEADER.size}– | bytes |" in DOC
