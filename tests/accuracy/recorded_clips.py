"""Poses of the shared clips and renders, by the real estimator, estimated once per version of it.

Recordings are kept in the cache folder (``$HINGEWISE_CACHE``), under a name that holds the hash
of everything they depend on: the video, the model bundle and the code that reads and estimates.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.assessor import assess
from service.pipeline import record_poses
from tests.given_material import pose_bundle, shared_file
from vision.assets import cache_dir
from vision.recording import file_sha256, read_recording, write_recording

if TYPE_CHECKING:
    from models.results import Assessment
    from vision.recording import Recording

ROOT: Final = Path(__file__).parents[2]
SOURCES_OF_POSES: Final = (
    "vision/estimators/*.py",
    "vision/sources/*.py",
    "vision/facing.py",
    "vision/framing.py",
    "vision/outline_extraction.py",
    "vision/outline_refinement.py",
    "vision/person.py",
    "vision/pose.py",
    "vision/recording.py",
)
"""The code that poses depend on."""


@cache
def recording_of(name: str) -> Recording:
    """Record a file of the shared material, or read what was recorded before.

    Skips the test when the file or the pose model is absent.
    """
    video = shared_file(name)
    kept = cache_dir() / "accuracy" / f"{video.stem}-{_fingerprint(video)}.poses.npz"
    if not kept.is_file():
        write_recording(kept, record_poses(video, pose_bundle(mask=True)))
        _forget_older(video.stem, kept)
    return read_recording(kept)


@cache
def assessment_of(name: str) -> Assessment:
    """Assess a file of the shared material without saying what movement it is."""
    return assess(recording_of(name).poses)


def _fingerprint(video: Path) -> str:
    told = hashlib.sha256(file_sha256(video).encode())
    told.update(pose_bundle(mask=True).sha256.encode())
    told.update(version("ai-edge-litert").encode())
    told.update(_code_sha256().encode())
    return told.hexdigest()[:16]


@cache
def _code_sha256() -> str:
    told = hashlib.sha256()
    for pattern in SOURCES_OF_POSES:
        for path in sorted(ROOT.glob(pattern)):
            told.update(path.read_bytes())
    return told.hexdigest()


def _forget_older(stem: str, kept: Path) -> None:
    for path in kept.parent.glob(f"{stem}-????????????????.poses.npz"):
        if path != kept:
            path.unlink(missing_ok=True)
