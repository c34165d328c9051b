"""Reads the marker positions of a C3D file: little-endian, real numbers, no analogue channels.

That is what the shared marker recordings are; any other kind is refused. Format: the user guide
of c3d.org.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK: Final = 512
MAGIC: Final = 80
INTEL: Final = 84


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markers:
    """Marker positions over time.

    Attributes
    ----------
    rate_hz
        Frames per second.
    mm
        ``(n, 3)`` of each marker, by label; NaN where it was not seen.
    """

    rate_hz: float
    mm: dict[str, NDArray[np.float64]]


def read_markers(path: Path) -> Markers:
    """Read a file.

    Raises
    ------
    ValueError
        When it is no C3D file, or of a kind that is not read here.
    """
    content = path.read_bytes()
    parameters, magic, count, analogue, first, last, _, scale, start, _, rate_hz = (
        struct.unpack_from("<BBHHHHHfHHf", content)
    )
    block = BLOCK * (parameters - 1)
    if magic != MAGIC or content[block + 3] != INTEL or scale >= 0 or analogue:
        msg = f"expected a C3D file of Intel real numbers without analogue channels at {path}"
        raise ValueError(msg)
    frames = last - first + 1
    values = np.frombuffer(
        content, "<f4", count=frames * count * 4, offset=BLOCK * (start - 1)
    ).reshape(frames, count, 4)
    position = np.where(values[:, :, 3:] < 0, np.nan, values[:, :, :3]).astype(np.float64)
    labels = _labels(content, block + 4)[:count]
    return Markers(
        rate_hz=rate_hz, mm={label: position[:, row] for row, label in enumerate(labels)}
    )


def _labels(content: bytes, at: int) -> list[str]:
    """Names of the markers: the parameter LABELS of the group POINT."""
    entries = list(_entries(content, at))
    [point] = [-group for group, name, _ in entries if group < 0 and name == "POINT"]
    [begin] = [start for group, name, start in entries if (group, name) == (point, "LABELS")]
    return _texts(content, begin)


def _entries(content: bytes, at: int) -> Iterator[tuple[int, str, int]]:
    """Walk groups (negative) and their parameters: number, name, where its content starts."""
    step = 1
    while step:
        length, group = struct.unpack_from("<bb", content, at)
        if not length:
            return
        name_end = at + 2 + abs(length)
        (step,) = struct.unpack_from("<h", content, name_end)
        yield group, content[at + 2 : name_end].decode("ascii"), name_end + 2
        at = name_end + step


def _texts(content: bytes, at: int) -> list[str]:
    """Read a parameter of texts: type, count of sizes, sizes, characters."""
    width, rows = content[at + 2], content[at + 3]
    begin = at + 2 + content[at + 1]
    return [
        content[begin + width * row : begin + width * (row + 1)].decode("latin-1").strip()
        for row in range(rows)
    ]
