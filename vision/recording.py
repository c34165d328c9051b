"""Writes and reads a pose recording, so that an analysis can be replayed to the same numbers.

A recording is one ZIP file (``.poses.npz``): numpy arrays, one file each, which ``numpy.load``
opens too, and ``recording.json`` with where they came from. No pickle. The same recording always
gives the same bytes. Ten seconds at 30 frames a second take about 180 KB, with outlines about 300.

========================  ==================  ====================================================
member                    type, shape         holds
========================  ==================  ====================================================
``t_s.npy``               float64 (n,)        seconds
``image_size.npy``        int32 (n, 2)        width, height
``image_xy.npy``          float32 (n, 33, 2)  pixels; NaN where not seen
``world_xyz.npy``         float32 (n, 33, 3)  metres; NaN where not seen
``visibility.npy``        float32 (n, 33)     0 to 1
``others_count.npy``      int32 (n,)          boxes of each frame in ``others_px``
``others_px.npy``         float32 (m, 4)      left, top, right, bottom
``outline_count.npy``     int32 (n,)          points of each frame in ``outline_px``; -1: no outline
``outline_quality.npy``   float64 (n,)        0 to 1; NaN: no outline
``outline_px.npy``        float32 (k, 2)      points
``outline_occluded.npy``  bool (k,)           of each point
``tape.npy``              float64 (n, 2, 5)   upper and lower strip: x, y, direction, its error,
                                              length; NaN: no strips; only where tape was found
``outline_sought.npy``    bool (n,)           whether an outline was looked for; only where it was
                                              not looked for in every frame
========================  ==================  ====================================================
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import lzma
import math
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from vision.atomic_file import write_atomically
from vision.errors import RecordingError
from vision.estimators.base import EstimatorInfo
from vision.frame import SourceHealth, VideoInfo
from vision.outline import DorsalOutline
from vision.pose import LANDMARK_COUNT, Pose
from vision.tape import TapeStrip, TapeStrips

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT_NAME: Final = "hingewise-poses"
FORMAT_VERSION: Final = 1

MAX_FRAMES: Final = 500_000
"""Frames of a recording, at most: more than two hours at 60 a second."""

MAX_UNPACKED_BYTES: Final = 512 * 1024 * 1024
"""Size of all members when unpacked, at most; the landmarks of 500 000 frames fit."""

_DESCRIPTION: Final = "recording.json"
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ZIP_UNIX: Final = 3
_NPY_VERSION: Final = (1, 0)
_NO_OUTLINE: Final = -1
_UNREADABLE: Final = (
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)

_ARRAYS: Final[Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "t_s": ("<f8", ()),
    "image_size": ("<i4", (2,)),
    "image_xy": ("<f4", (LANDMARK_COUNT, 2)),
    "world_xyz": ("<f4", (LANDMARK_COUNT, 3)),
    "visibility": ("<f4", (LANDMARK_COUNT,)),
    "others_count": ("<i4", ()),
    "others_px": ("<f4", (4,)),
    "outline_count": ("<i4", ()),
    "outline_quality": ("<f8", ()),
    "outline_px": ("<f4", (2,)),
    "outline_occluded": ("|b1", ()),
}
"""Type and shape of one row of every array."""

_TAPE: Final = "tape"
_SOUGHT: Final = "outline_sought"
_OPTIONAL: Final[Mapping[str, tuple[str, tuple[int, ...]]]] = {
    _TAPE: ("<f8", (2, 5)),
    _SOUGHT: ("|b1", ()),
}
"""The same of arrays that a recording has only where there is something to hold."""
_KNOWN: Final = {**_ARRAYS, **_OPTIONAL}

_PER_FRAME: Final = (
    "image_size",
    "image_xy",
    "world_xyz",
    "visibility",
    "others_count",
    "outline_count",
    "outline_quality",
)

_Record = TypeVar("_Record", EstimatorInfo, VideoInfo, SourceHealth)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """Poses of one source, with where they came from.

    Attributes
    ----------
    poses
        In order of time, as the estimator gave them.
    estimator
        What made the landmarks.
    video
        What the header of the video said; None for a camera.
    health
        What went amiss while reading the source.
    source_name
        Name of the source file without its folder, or of the camera.
    source_sha256
        Hash of the source file, 64 hex digits; None for a camera.
    """

    poses: tuple[Pose, ...]
    estimator: EstimatorInfo
    video: VideoInfo | None
    health: SourceHealth
    source_name: str
    source_sha256: str | None


def file_sha256(path: Path) -> str:
    """Hash a source file, for ``Recording.source_sha256``.

    Raises
    ------
    RecordingError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"expected to be able to read {path}, but {error}: check the path"
        raise RecordingError(msg) from error


def write_recording(path: Path, recording: Recording) -> None:
    """Write a recording; an existing file is replaced, whole or not at all.

    Raises
    ------
    OutputError
        When the file cannot be written.
    RecordingError
        When the poses are not in order of time, or more than ``MAX_FRAMES``.
    """
    arrays = _arrays(recording.poses)
    _check_times(arrays["t_s"], path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        _add(archive, _DESCRIPTION, _describe(recording))
        for name, (dtype, _) in _KNOWN.items():
            if name not in arrays:
                continue
            content = io.BytesIO()
            array = np.ascontiguousarray(arrays[name], dtype=dtype)
            np.lib.format.write_array(content, array, version=_NPY_VERSION, allow_pickle=False)
            _add(archive, f"{name}.npy", content.getvalue())
    write_atomically(path, packed.getvalue())


def read_recording(path: Path) -> Recording:
    """Read a recording back: every number is the one that was written, to the bit.

    Raises
    ------
    RecordingError
        When the file is not a recording, is damaged, or is of an unknown version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            description = json.loads(archive.read(_DESCRIPTION))
            _check_version(description, path)
            present = [name for name in _OPTIONAL if f"{name}.npy" in archive.namelist()]
            arrays = {name: _read_array(archive, name) for name in [*_ARRAYS, *present]}
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    _check_lengths(arrays, path)
    _check_times(arrays["t_s"], path)
    try:
        return _recording(description, _poses(arrays))
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RecordingError:
    return RecordingError(
        f"expected a pose recording (.poses.npz) at {path}, but it cannot be used "
        f"({type(error).__name__}: {error}): record the video again"
    )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
    entry.create_system = _ZIP_UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=9)


def _describe(recording: Recording) -> bytes:
    video = recording.video
    description = {
        "format": FORMAT_NAME,
        "version": FORMAT_VERSION,
        "estimator": dataclasses.asdict(recording.estimator),
        "video": None if video is None else dataclasses.asdict(video),
        "health": dataclasses.asdict(recording.health),
        "source": {"name": recording.source_name, "sha256": recording.source_sha256},
    }
    return json.dumps(description, indent=1, sort_keys=True, allow_nan=False).encode()


def _arrays(poses: Sequence[Pose]) -> dict[str, NDArray[Any]]:
    outlines = [pose.outline for pose in poses]
    present = [outline for outline in outlines if outline is not None]
    columns: dict[str, Sequence[object]] = {
        "t_s": [pose.t_s for pose in poses],
        "image_size": [pose.image_size for pose in poses],
        "image_xy": [pose.image_xy for pose in poses],
        "world_xyz": [pose.world_xyz for pose in poses],
        "visibility": [pose.visibility for pose in poses],
        "others_count": [len(pose.others_px) for pose in poses],
        "others_px": _joined(pose.others_px for pose in poses),
        "outline_count": [
            _NO_OUTLINE if outline is None else len(outline.points_px) for outline in outlines
        ],
        "outline_quality": [np.nan if outline is None else outline.quality for outline in outlines],
        "outline_px": _joined(outline.points_px for outline in present),
        "outline_occluded": _joined(outline.occluded for outline in present),
    }
    if any(pose.tape is not None for pose in poses):
        columns[_TAPE] = [_strips_row(pose.tape) for pose in poses]
    if not all(pose.outline_sought for pose in poses):
        columns[_SOUGHT] = [pose.outline_sought for pose in poses]
    return {
        name: np.array(columns[name], dtype=dtype).reshape(len(columns[name]), *row)
        for name, (dtype, row) in _KNOWN.items()
        if name in columns
    }


def _strips_row(strips: TapeStrips | None) -> list[list[float]]:
    if strips is None:
        return [[math.nan] * 5] * 2
    return [
        [*strip.middle_px, strip.direction_deg, strip.se_deg, strip.length_px]
        for strip in (strips.upper, strips.lower)
    ]


def _strips(row: NDArray[np.float64]) -> TapeStrips | None:
    if np.isnan(row).any():
        return None
    upper, lower = (
        TapeStrip(middle_px=(x, y), direction_deg=direction, se_deg=se, length_px=length)
        for x, y, direction, se, length in row.tolist()
    )
    return TapeStrips(upper=upper, lower=lower)


def _joined(parts: Iterable[NDArray[Any]]) -> list[object]:
    return [row for part in parts for row in part]


def _check_size(archive: zipfile.ZipFile) -> None:
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        msg = f"it would unpack to {unpacked} bytes, more than {MAX_UNPACKED_BYTES}"
        raise ValueError(msg)


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one array; its header is checked before memory is set aside for it."""
    content = io.BytesIO(archive.read(f"{name}.npy"))
    dtype, row = _KNOWN[name]
    if np.lib.format.read_magic(content) != _NPY_VERSION:
        msg = f"{name} should be in version {_NPY_VERSION} of the .npy format"
        raise ValueError(msg)
    shape, is_fortran, came = np.lib.format.read_array_header_1_0(content)
    if came != np.dtype(dtype) or is_fortran or not shape or shape[1:] != row:
        msg = (
            f"{name} should be {dtype} of shape (n, {', '.join(map(str, row))}), is {came} {shape}"
        )
        raise ValueError(msg)
    data = content.read()
    if len(data) != int(np.prod(shape, dtype=object)) * came.itemsize:
        msg = f"{name} should hold {shape} values, has {len(data)} bytes"
        raise ValueError(msg)
    return np.frombuffer(data, dtype=came).reshape(shape)


def _check_version(description: object, path: Path) -> None:
    if not isinstance(description, dict) or description.get("format") != FORMAT_NAME:
        msg = f"expected a pose recording at {path}, got another kind of file: check the path"
        raise RecordingError(msg)
    if description.get("version") != FORMAT_VERSION:
        msg = (
            f"expected a pose recording of version {FORMAT_VERSION}, got version "
            f"{description.get('version')} in {path}: record the video again, or use the program "
            "that wrote it"
        )
        raise RecordingError(msg)


def _check_lengths(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    frames = len(arrays["t_s"])
    expected = dict.fromkeys(_PER_FRAME, frames)
    expected["others_px"] = int(arrays["others_count"].sum(dtype=np.int64))
    points = int(np.maximum(arrays["outline_count"], 0).sum(dtype=np.int64))
    expected["outline_px"] = expected["outline_occluded"] = points
    expected |= {name: frames for name in _OPTIONAL if name in arrays}
    uneven = [name for name, length in expected.items() if len(arrays[name]) != length]
    if uneven or (arrays["others_count"] < 0).any() or (arrays["image_size"] <= 0).any():
        msg = (
            f"expected a pose recording with {frames} frames throughout at {path}, but "
            f"{', '.join(uneven) or 'its counts'} do not agree: record the video again"
        )
        raise RecordingError(msg)


def _check_times(t_s: NDArray[np.float64], path: Path) -> None:
    if len(t_s) > MAX_FRAMES:
        msg = (
            f"expected at most {MAX_FRAMES} frames in {path}, got {len(t_s)}: "
            "record the video in parts"
        )
        raise RecordingError(msg)
    if not np.isfinite(t_s).all() or (np.diff(t_s) <= 0).any():
        msg = f"expected times that grow from frame to frame in {path}: record the video again"
        raise RecordingError(msg)


def _poses(arrays: Mapping[str, NDArray[Any]]) -> tuple[Pose, ...]:
    others = _split(arrays["others_px"], arrays["others_count"])
    counts = arrays["outline_count"]
    points = _split(arrays["outline_px"], np.maximum(counts, 0))
    occluded = _split(arrays["outline_occluded"], np.maximum(counts, 0))
    strips = [_strips(row) for row in arrays[_TAPE]] if _TAPE in arrays else [None] * len(counts)
    sought = arrays.get(_SOUGHT, np.ones(len(counts), np.bool_)).tolist()
    return tuple(
        Pose(
            t_s=float(t_s),
            image_size=(int(width), int(height)),
            image_xy=arrays["image_xy"][frame],
            world_xyz=arrays["world_xyz"][frame],
            visibility=arrays["visibility"][frame],
            others_px=others[frame],
            outline=None
            if counts[frame] < 0
            else DorsalOutline(
                points_px=points[frame],
                occluded=occluded[frame],
                quality=float(arrays["outline_quality"][frame]),
            ),
            tape=strips[frame],
            outline_sought=sought[frame],
        )
        for frame, (t_s, (width, height)) in enumerate(
            zip(arrays["t_s"], arrays["image_size"], strict=True)
        )
    )


def _split(rows: NDArray[Any], counts: NDArray[np.int32]) -> list[NDArray[Any]]:
    ends = np.cumsum(counts, dtype=np.int64)
    return [rows[end - count : end] for end, count in zip(ends, counts, strict=True)]


def _recording(description: Mapping[str, Any], poses: tuple[Pose, ...]) -> Recording:
    source = description["source"]
    video = description["video"]
    return Recording(
        poses=poses,
        estimator=_record(EstimatorInfo, description["estimator"]),
        video=None if video is None else _record(VideoInfo, video),
        health=_record(SourceHealth, description["health"]),
        source_name=str(source["name"]),
        source_sha256=None if source["sha256"] is None else str(source["sha256"]),
    )


def _record(kind: type[_Record], values: Mapping[str, Any]) -> _Record:
    names = {field.name for field in dataclasses.fields(kind)}
    if set(values) != names:
        msg = f"{kind.__name__} should hold {sorted(names)}, has {sorted(values)}"
        raise ValueError(msg)
    return kind(**values)
