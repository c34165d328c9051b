"""Where two results differ, down to the last bit of the last array."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

import numpy as np


def differences(one: object, other: object, path: str = "") -> list[str]:
    """List the paths at which two values differ; NaN equals NaN, and nothing is rounded."""
    if type(one) is not type(other):
        return [f"{path}: {one!r} is not {other!r}"]
    if is_dataclass(one):
        return [
            line
            for field in fields(one)
            for line in differences(
                getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}"
            )
        ]
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return [] if np.array_equal(one, other, equal_nan=True) else [f"{path}: arrays differ"]
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _differences_of_mappings(one, other, path)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return _differences_of_mappings(dict(enumerate(one)), dict(enumerate(other)), path)
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one + other)
    same = (one != one and other != other) if both_nan else one == other  # noqa: PLR0124 - NaN alone differs from itself
    return [] if same else [f"{path}: {one!r} is not {other!r}"]


def _differences_of_mappings(
    one: Mapping[object, object], other: Mapping[object, object], path: str
) -> list[str]:
    if list(one) != list(other):
        return [f"{path}: {list(one)} is not {list(other)}"]
    return [line for key in one for line in differences(one[key], other[key], f"{path}[{key!r}]")]
