"""The shipped samples: their manifest, videos, truths, recordings and golden files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SAMPLES: Final = Path(__file__).parents[2] / "sample_videos"
RECORDINGS: Final = sorted((SAMPLES / "recordings").glob("*.poses.npz"))
RESULTS: Final = Path(__file__).parent / "results"


def manifest() -> dict[str, Any]:
    """Read the manifest of the samples."""
    described: dict[str, Any] = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))
    return described


def clips() -> list[dict[str, Any]]:
    """List the entries of the manifest."""
    entries: list[dict[str, Any]] = manifest()["clips"]
    return entries


def name_of(recording: Path) -> str:
    """Tell which sample a recording is of."""
    return recording.name.removesuffix(".poses.npz")


def golden_file(recording: Path) -> Path:
    """Name the golden file of a recording."""
    return RESULTS / f"{name_of(recording)}.json"
