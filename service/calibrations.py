"""Calibrations kept per person: one small JSON file each, in the user's own data folder.

A file is written whole or not at all, checked when it is read, and replaced only by a newer
calibration of the same person. One that cannot be read is left alone: whoever it belongs to is
told, and decides.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from models.calibration import OwnBend
from vision.atomic_file import write_atomically
from vision.errors import CalibrationError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT_NAME: Final = "hingewise calibration"
FORMAT_VERSION: Final = 1
"""Raised when a field changes its meaning, comes or goes."""

MAX_NAME_LENGTH: Final = 80
"""Characters of a person's name; longer than any on a passport."""

SUFFIX: Final = ".json"

_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, yet part of how Persian, Hindi and others are spelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One person's own bend, and where it came from.

    Attributes
    ----------
    person
        Name as the person gave it, trimmed.
    own_bend
        What was measured.
    source_name
        Name of the video file.
    """

    person: str
    own_bend: OwnBend
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCalibrations:
    """Everything in the folder.

    Attributes
    ----------
    sound
        By name.
    unreadable
        Why each of the other files cannot be used.
    """

    sound: tuple[Calibration, ...]
    unreadable: tuple[str, ...]


class _OwnBendPart(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    max_lumbar_deg: float
    max_lumbar_se_deg: float
    hip_deg: tuple[float, ...]
    lumbar_deg: tuple[float, ...]
    bends: int
    estimator: str


class _CalibrationFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    format: Literal["hingewise calibration"]
    version: Literal[1]
    person: str
    source_name: str
    own_bend: _OwnBendPart

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        own_bend = _OwnBendPart.model_validate(calibration.own_bend, from_attributes=True)
        return cls(
            format=FORMAT_NAME,
            version=FORMAT_VERSION,
            person=calibration.person,
            source_name=_writable_text(calibration.source_name),
            own_bend=own_bend,
        )

    def calibration(self) -> Calibration:
        return Calibration(
            person=checked_name(self.person),
            own_bend=OwnBend(**self.own_bend.model_dump()),
            source_name=self.source_name,
        )


def calibrations_dir() -> Path:
    """Name the folder that calibrations are kept in; it is not created.

    ``calibrations`` in ``$HINGEWISE_DATA`` when set, else in ``hingewise`` in the platform's
    folder for a user's data (``$XDG_DATA_HOME`` or ``~/.local/share`` on Linux).
    """
    chosen = os.environ.get("HINGEWISE_DATA")
    data = Path(chosen) if chosen else _platform_data(sys.platform) / "hingewise"
    return data / "calibrations"


def checked_name(name: str) -> str:
    """Return a person's name as it is kept: trimmed, with single spaces, in composed characters.

    Parameters
    ----------
    name
        In any script, with any punctuation.

    Raises
    ------
    CalibrationError
        When there is nothing to see in it, it is longer than `MAX_NAME_LENGTH`, or it holds
        control characters or marks that change the direction of the text.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not any(unicodedata.category(character)[0] in "LNPS" for character in kept):
        msg = f"expected a person's name, got {name!r}: give one with letters, such as 'Kim'"
        raise CalibrationError(msg)
    if len(kept) > MAX_NAME_LENGTH:
        msg = (
            f"expected a person's name of at most {MAX_NAME_LENGTH} characters, got {len(kept)}: "
            "give a shorter one"
        )
        raise CalibrationError(msg)
    unseen = [character for character in kept if _is_hidden(character)]
    if unseen:
        msg = (
            f"expected a person's name that can be seen, got one with U+{ord(unseen[0]):04X} "
            f"({unicodedata.name(unseen[0], 'no letter')}): type it anew"
        )
        raise CalibrationError(msg)
    return kept


def calibration_path(person: str, folder: Path) -> Path:
    """Name the file of a person; capital letters make no difference.

    The name's letters and digits are there for people; a hash of the whole name keeps the files
    apart, so that no name leads out of the folder or is too long for it.

    Raises
    ------
    CalibrationError
        When the name cannot be used.
    """
    key = unicodedata.normalize("NFKC", checked_name(person).casefold())
    readable = re.sub(r"[^a-z0-9]+", "-", key)[:30].strip("-") or "person"
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return folder / f"{readable}-{digest}{SUFFIX}"


def check_savable(person: str, folder: Path) -> None:
    """Find out, before a clip is looked at, whether a calibration could be saved.

    The folder is made, for its owner alone: how people move is theirs.

    Raises
    ------
    CalibrationError
        When the name cannot be used, or a file that cannot be read stands in its place.
    OutputError
        When the folder cannot be made.
    """
    _read(calibration_path(person, folder))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def save_calibration(calibration: Calibration, folder: Path) -> Path:
    """Save a person's calibration, in place of an earlier one, and return its path.

    Raises
    ------
    CalibrationError
        When the name cannot be used, or a file that cannot be read stands in its place.
    OutputError
        When it cannot be written.
    """
    check_savable(calibration.person, folder)
    path = calibration_path(calibration.person, folder)
    content = _CalibrationFile.of(calibration).model_dump_json(indent=1)
    write_atomically(path, f"{content}\n".encode())
    return path


def read_calibration(person: str, folder: Path) -> Calibration:
    """Read a person's calibration.

    Raises
    ------
    CalibrationError
        When the name cannot be used, there is no calibration of that person, or its file is
        damaged, of another version or somebody else's.
    """
    calibration = _read(calibration_path(person, folder))
    if calibration is None:
        raise _absent(person)
    return calibration


def list_calibrations(folder: Path) -> SavedCalibrations:
    """Read all calibrations; a file that cannot be used does not hide the others.

    Raises
    ------
    CalibrationError
        When the folder cannot be looked into.
    """
    sound, unreadable = [], []
    for path in _files(folder):
        try:
            calibration = _read(path)
        except CalibrationError as error:
            unreadable.append(str(error))
            continue
        if calibration is not None:
            sound.append(calibration)
    sound.sort(key=lambda calibration: calibration.person.casefold())
    return SavedCalibrations(sound=tuple(sound), unreadable=tuple(unreadable))


def forget_calibration(person: str, folder: Path) -> None:
    """Remove a person's calibration, readable or not.

    Raises
    ------
    CalibrationError
        When the name cannot be used or there is no calibration of that person.
    OutputError
        When it cannot be removed.
    """
    path = calibration_path(person, folder)
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        raise _absent(person) from None
    except OSError as error:
        raise _unwritable(path, error) from error


def _read(path: Path) -> Calibration | None:
    """Read a file, None when there is none; it must be that of the person it names."""
    try:
        calibration = _CalibrationFile.model_validate_json(path.read_bytes()).calibration()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise _unusable(path, f"at {place}: {first['msg']}") from error
    except (CalibrationError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if calibration_path(calibration.person, path.parent) != path:
        raise _unusable(path, f"it is that of {calibration.person!r}")
    return calibration


def _files(folder: Path) -> Sequence[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error


def _writable_text(name: str) -> str:
    """Replace what stands in a file's name for bytes that are no text."""
    return name.encode("utf-8", "replace").decode()


def _is_hidden(character: str) -> bool:
    """Tell controls, marks of direction and lone surrogates."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS


def _platform_data(platform: str) -> Path:
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _absent(person: str) -> CalibrationError:
    return CalibrationError(
        f"expected a calibration of {checked_name(person)!r}, found none: make one with "
        "'hingewise calibrate VIDEO --person NAME', or see who has one with "
        "'hingewise calibrate --list'"
    )


def _unusable(path: Path, reason: str) -> CalibrationError:
    return CalibrationError(
        f"expected a calibration of version {FORMAT_VERSION} at {path}, but {reason}: it was left "
        "as it is; move it away or remove it, then calibrate anew"
    )


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"expected to be able to write {path}, but {error.strerror or error}: check that it is "
        "yours, or name another folder in HINGEWISE_DATA"
    )
