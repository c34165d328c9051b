"""What a golden file holds of an assessment, and how two of them are compared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.results import Assessment, Finding, Measurement, Rep, Score

DECIMALS: Final = {"deg": 1, "s": 2, "%": 1, "ratio": 3}
"""Rounding by unit; two values may differ by one in the last place kept."""
SCORE_DECIMALS: Final = 0
SHARE_DECIMALS: Final = 2


def summary(assessment: Assessment) -> dict[str, Any]:
    """Pick and round what must not change unnoticed."""
    framing = assessment.framing
    return {
        "recognised": assessment.recognised,
        "judged_as": assessment.judged_as,
        "assessable": assessment.assessable,
        "reps": [_rep(rep) for rep in assessment.reps],
        "discarded": [
            {"start_s": round(bend.start_s, 2), "reason": bend.reason}
            for bend in assessment.discarded
        ],
        "findings": dict(map(_finding, assessment.findings)),
        "score": None if assessment.score is None else _score(assessment.score),
        "cue": None
        if assessment.cue is None
        else {"key": assessment.cue.key, "strength": assessment.cue.strength},
        "framing": {
            "view": framing.view.value,
            "facing": framing.facing.value,
            "yaw_deg": round(framing.yaw_deg, 1),
            "issues": [issue.value for issue in framing.issues],
        },
        "notes": [note.key for note in assessment.notes],
        "not_measured": dict(assessment.not_measured),
        "upright_found_s": round(assessment.upright_found_s, 2),
    }


def _rep(rep: Rep) -> dict[str, Any]:
    return {
        "start_s": round(rep.start_s, 2),
        "bottom_s": round(rep.bottom_s, 2),
        "end_s": round(rep.end_s, 2),
        "family": rep.family,
        "variant": rep.variant,
        "metrics": {name: _measurement(found) for name, found in sorted(rep.metrics.items())},
    }


def _measurement(found: Measurement) -> dict[str, Any]:
    if not found.measured:
        return {"reason": found.reason}
    decimals = DECIMALS[found.unit]
    return {
        "value": round(found.value, decimals),
        "se": round(found.se, decimals),
        "unit": found.unit,
    }


def _finding(finding: Finding) -> tuple[str, str]:
    where = "set" if finding.rep is None else f"rep {finding.rep}"
    return f"{finding.fault}, {where}", finding.verdict.value


def _score(score: Score) -> dict[str, Any]:
    return {
        "value": _rounded(score.value),
        "low": _rounded(score.low),
        "high": _rounded(score.high),
        "band": score.band.value,
        "coverage": round(score.coverage, SHARE_DECIMALS),
        "parts": {part.part.value: _rounded(part.value) for part in score.parts},
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, SCORE_DECIMALS)


def differences(golden: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """List what changed, one readable line each; empty when nothing did."""
    old, new = dict(_leaves(golden)), dict(_leaves(found))
    lines = []
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            lines.append(f"{path}: was {old[path]!r}, is gone")
        elif path not in old:
            lines.append(f"{path}: is new, {new[path]!r}")
        elif not _same(path, old[path], new[path], old):
            lines.append(f"{path}: was {old[path]!r}, is {new[path]!r}")
    return lines


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk nested tables and lists down to single values, each with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def _same(path: str, old: object, new: object, golden: Mapping[str, Any]) -> bool:
    numbers = [one for one in (old, new) if isinstance(one, int | float)]
    if len(numbers) < 2 or any(isinstance(one, bool) for one in numbers):
        return old == new
    return math.isclose(*numbers, rel_tol=0.0, abs_tol=1.001 * _last_place(path, golden))


def _last_place(path: str, golden: Mapping[str, Any]) -> float:
    """Size of the last decimal that is kept of a number."""
    parent, _, name = path.rpartition(".")
    if name in ("value", "se") and f"{parent}.unit" in golden:
        decimals = DECIMALS[golden[f"{parent}.unit"]]
    elif name.endswith("_deg"):
        decimals = DECIMALS["deg"]
    elif name.endswith("_s"):
        decimals = DECIMALS["s"]
    else:
        decimals = SHARE_DECIMALS if name == "coverage" else SCORE_DECIMALS
    return float(10.0**-decimals)
