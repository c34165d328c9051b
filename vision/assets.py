"""Finds, builds and checks the pose model bundle; no weights are shipped with the program.

A bundle is the ``.task`` file that MediaPipe reads: a person detector and a landmark model. It is
looked for at a path the user names, then in the user's cache; :func:`fetch_bundle` builds it into
the cache from published packages (:mod:`vision.asset_packages`). Beside every cached bundle lies
its SHA-256, in the format of ``sha256sum``, and every use is checked against it.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vision.asset_packages import PoseModel, fetch_model_files
from vision.atomic_file import write_atomically
from vision.errors import AssetError

__all__ = [
    "Bundle",
    "Networks",
    "PoseModel",
    "cache_dir",
    "fetch_bundle",
    "installed",
    "locate_bundle",
    "read_networks",
]

BUNDLE_MEMBERS: Final = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""What a bundle holds, by the names that MediaPipe asks for."""

_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ZIP_UNIX: Final = 3

_NOTICE: Final = """\
The files pose_landmarker_*.task in this folder hold the BlazePose networks of MediaPipe,
copyright The MediaPipe Authors, under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0).

They were put together on this computer from the packages mediapipe 0.10.21 (Python) or
@mediapipe/pose 0.5.1675469404 (npm). Changes to the published networks: metadata that states how
pixels are scaled was added; in the files named *_no_mask.task the branch that draws the person's
mask was removed.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A pose model bundle on disk, checked.

    Attributes
    ----------
    path
        The ``.task`` file.
    sha256
        Its hash, 64 hex digits.
    model
        Size of the landmark model. For a bundle that the user named, what the user said.
    mask
        Whether it can draw the person's mask. Leaving the mask out gives the same landmarks in
        about two thirds of the time.
    """

    path: Path
    sha256: str
    model: PoseModel
    mask: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The networks in a bundle.

    Attributes
    ----------
    detector, landmarks
        Contents of the tflite files.
    """

    detector: bytes
    landmarks: bytes


def cache_dir() -> Path:
    """Name the folder for what can be fetched again.

    ``$HINGEWISE_CACHE`` when set, else ``hingewise`` in the platform's cache folder
    (``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux). It is not created.
    """
    chosen = os.environ.get("HINGEWISE_CACHE")
    if chosen:
        return Path(chosen)
    return _platform_cache(sys.platform) / "hingewise"


def _platform_cache(platform: str) -> Path:
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def locate_bundle(model: PoseModel, *, mask: bool, override: Path | None = None) -> Bundle:
    """Find a bundle on this computer; the network is not touched.

    Parameters
    ----------
    model
        Size of the landmark model.
    mask
        Whether the bundle must be able to draw the person's mask.
    override
        A bundle that the user names; used in place of the cache, and trusted to be what the user
        says.

    Raises
    ------
    AssetError
        When there is none, or it is damaged; the message says how to get one.
    """
    if override is not None:
        return _named_bundle(override, model=model, mask=mask)
    path = _bundle_path(model, mask=mask)
    recorded = _recorded_sha256(path)
    if recorded is None or not path.is_file():
        msg = (
            f"expected the {model} pose model at {path}, found none: fetch it once with "
            "'hingewise assets --fetch', or name a .task file of your own"
        )
        raise AssetError(msg)
    came = _sha256(path)
    if came != recorded:
        msg = (
            f"expected {path} with SHA-256 {recorded}, got {came}: the file was changed or cut "
            "short; fetch it again with 'hingewise assets --fetch'"
        )
        raise AssetError(msg)
    return Bundle(path=path, sha256=came, model=model, mask=mask)


def fetch_bundle(model: PoseModel, *, mask: bool) -> Bundle:
    """Download the networks of a pose model and build its bundles in the cache.

    Both bundles, with and without the mask, are built from one download; the one asked for is
    returned. What is in the cache already is replaced.

    Raises
    ------
    AssetError
        When the networks cannot be fetched or put together.
    OutputError
        When the cache cannot be written.
    """
    # Loads the vendor's native library, which only building needs.
    from vision.estimators.mediapipe_bundle import bundle_members  # noqa: PLC0415

    files = fetch_model_files(model)
    write_atomically(_models_dir() / "NOTICE", _NOTICE.encode())
    for with_mask in (False, True):
        members = bundle_members(files, mask=with_mask)
        _store(_pack(members), _bundle_path(model, mask=with_mask))
    return locate_bundle(model, mask=mask)


def read_networks(bundle: Bundle) -> Networks:
    """Read the networks out of a bundle, for a runner other than MediaPipe.

    Raises
    ------
    AssetError
        When the bundle cannot be read.
    """
    detector, landmarks = BUNDLE_MEMBERS
    try:
        with zipfile.ZipFile(bundle.path) as archive:
            return Networks(detector=archive.read(detector), landmarks=archive.read(landmarks))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        msg = (
            f"expected a pose bundle that can be read at {bundle.path}, but {error}: "
            "fetch it again with 'hingewise assets --fetch'"
        )
        raise AssetError(msg) from error


def installed() -> tuple[Bundle, ...]:
    """List the sound bundles in the cache; a damaged one counts as absent."""
    found = []
    for model in PoseModel:
        for mask in (False, True):
            try:
                found.append(locate_bundle(model, mask=mask))
            except AssetError:
                continue
    return tuple(found)


def _models_dir() -> Path:
    return cache_dir() / "pose"


def _bundle_path(model: PoseModel, *, mask: bool) -> Path:
    suffix = "" if mask else "_no_mask"
    return _models_dir() / f"pose_landmarker_{model}{suffix}.task"


def _hash_path(bundle: Path) -> Path:
    return bundle.with_name(f"{bundle.name}.sha256")


def _named_bundle(path: Path, *, model: PoseModel, mask: bool) -> Bundle:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
        sha256 = _sha256(path)
    except (OSError, zipfile.BadZipFile) as error:
        msg = f"expected a MediaPipe pose bundle (.task) at {path}, but {error}: check the path"
        raise AssetError(msg) from error
    missing = set(BUNDLE_MEMBERS) - names
    if missing:
        msg = (
            f"expected a MediaPipe pose bundle at {path}, but it holds no "
            f"{' and no '.join(sorted(missing))}: name a pose_landmarker .task file"
        )
        raise AssetError(msg)
    return Bundle(path=path, sha256=sha256, model=model, mask=mask)


def _recorded_sha256(bundle: Path) -> str | None:
    try:
        words = _hash_path(bundle).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    return words[0] if words else None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"expected to be able to read {path}, but {error}: check its permissions"
        raise AssetError(msg) from error


def _pack(members: dict[str, bytes]) -> bytes:
    """Put the networks into a ZIP, stored; the same members always give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            entry.create_system = _ZIP_UNIX
            archive.writestr(entry, content)
    return packed.getvalue()


def _store(content: bytes, path: Path) -> None:
    write_atomically(path, content)
    line = f"{hashlib.sha256(content).hexdigest()}  {path.name}\n"
    write_atomically(_hash_path(path), line.encode())
