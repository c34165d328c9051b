"""Settings as TOML that explains itself: every one with its title, meaning, bounds and default."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import annotated_types
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

LINE: Final = 96
"""Most characters of a line of explanation."""

UNSHOWN: Final = frozenset({"staff_pin_hash"})
"""Written by a page, and shown nowhere."""

PASSWORDS: Final = frozenset({"database"})
"""May hold a password."""

HIDDEN: Final = "(set, not shown)"


def settings_toml(settings: BaseModel) -> str:
    """Write settings down as a file that ``--settings`` reads.

    Parameters
    ----------
    settings
        As in force. One that is not set is written as a comment.

    Returns
    -------
    str
        TOML; settings within settings stand in tables at its end. What may hold a password is
        named and not shown.
    """
    return "\n\n".join(_tables(settings, ())) + "\n"


def _tables(settings: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    own: list[str] = []
    inner: list[str] = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            inner.extend(_tables(value, (*path, name)))
        elif name not in UNSHOWN:
            own.append(f"{_explained(field)}\n{_line(name, value)}")
    if path:
        own.insert(0, f"[{'.'.join(path)}]")
    yield from (*own, *inner)


def _explained(field: FieldInfo) -> str:
    """Write title, meaning and bounds as comments."""
    bounds = _bounds(field)
    text = f"{field.title}. {field.description}" + (f" ({bounds})" if bounds else "")
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, LINE - 2))


def _bounds(field: FieldInfo) -> str:
    low = [str(one.ge) for one in field.metadata if isinstance(one, annotated_types.Ge)]
    high = [str(one.le) for one in field.metadata if isinstance(one, annotated_types.Le)]
    return " to ".join((*low, *high))


def _line(name: str, value: object) -> str:
    if value is None:
        return f"# {name} ="
    if name in PASSWORDS:
        return f"# {name} = {HIDDEN}"
    return f"{name} = {_toml(value)}"


def _toml(value: Any) -> str:  # noqa: ANN401 - whatever a setting may be
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)
