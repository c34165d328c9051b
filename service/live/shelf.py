"""What a session may keep on disk, and only when it is asked to: sets and calibrations."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from service.artefacts import ALL, PAGE, staged_folder, write_artefacts
from service.calibrations import (
    Calibration,
    check_savable,
    checked_name,
    read_calibration,
    save_calibration,
)
from service.kiosk.settings import kiosk_settings_in_force
from vision.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from models.calibration import OwnBend
    from service.kiosk.settings import KioskSettings
    from service.pipeline import AssessedSet
    from service.wording import Wording

SOURCE: Final = "live"
"""Stands in a calibration for the name of the video."""

_ID_BYTES: Final = 16
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")


class Shelf:
    """The data folder, as far as live sessions are concerned.

    Parameters
    ----------
    data
        The folder; made when something is kept.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._sets = data / "sets"
        self._calibrations = data / "calibrations"

    def keep(self, result: AssessedSet, wording: Wording) -> str:
        """Write everything about a set, as for an uploaded video, and return its path to open.

        Its name cannot be guessed: who has the address may read it.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        name = secrets.token_urlsafe(_ID_BYTES)
        self._make_private(self._sets)
        with staged_folder(self._sets / name) as folder:
            write_artefacts(result, folder, video=None, with_video=False, wording=wording)
        return f"/sets/{name}/{PAGE}"

    def kiosk_settings(self, otherwise: KioskSettings) -> KioskSettings:
        """Return the kiosk's settings as staff saved them, or others when they saved none."""
        return kiosk_settings_in_force(self._data, otherwise)

    def find(self, name: str, file: str) -> Path | None:
        """Find a file of a kept set; None when there is none, whatever was asked for."""
        if not _ID.fullmatch(name) or file not in ALL:
            return None
        path = self._sets / name / file
        return path if path.is_file() else None

    def own_bend_of(self, person: str) -> OwnBend:
        """Read a person's own bend.

        Raises
        ------
        CalibrationError
            When the name cannot be used or nothing sound was saved under it.
        """
        return read_calibration(person, self._calibrations).own_bend

    def check_person(self, person: str) -> None:
        """Find out, before somebody bends, whether a calibration could be saved.

        Raises
        ------
        CalibrationError
            When the name cannot be used.
        OutputError
            When the folder cannot be made.
        """
        check_savable(person, self._calibrations)

    def save_own_bend(self, person: str, own_bend: OwnBend) -> None:
        """Save a person's own bend, in place of an earlier one.

        Raises
        ------
        CalibrationError
            When the name cannot be used.
        OutputError
            When it cannot be written.
        """
        calibration = Calibration(
            person=checked_name(person), own_bend=own_bend, source_name=SOURCE
        )
        save_calibration(calibration, self._calibrations)

    @staticmethod
    def _make_private(folder: Path) -> None:
        """Make a folder for its owner alone: how people move is theirs."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = (
                f"expected to be able to make {folder}, but {error.strerror or error}: check that "
                "the data folder is yours, or name another one in HINGEWISE_DATA"
            )
            raise OutputError(msg) from error
