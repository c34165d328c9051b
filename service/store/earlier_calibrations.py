"""Calibrations that earlier versions kept as JSON files, taken over when a database is made."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from service.calibrations import Calibration
from service.person_names import checked_name
from service.store.calibrations import OwnBendDocument, read_calibration, save_calibration
from service.store.people import find_or_add_person
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from pathlib import Path

    from service.store.database import Database

FOLDER: Final = "calibrations"
"""Folder in the data folder that the files are in."""

_log = logging.getLogger(__name__)


class _CalibrationFile(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: Literal["hingewise calibration"]
    version: Literal[1]
    person: str
    source_name: str
    own_bend: OwnBendDocument

    def calibration(self) -> Calibration:
        return Calibration(
            person=checked_name(self.person),
            own_bend=self.own_bend.own_bend(),
            source_name=self.source_name,
        )


def take_over(database: Database, data: Path) -> int:
    """Take the calibrations of an earlier version into the database, and remove their files.

    One that cannot be read is left as it is and named in the log. A person who is calibrated in
    the database already keeps that calibration.

    Parameters
    ----------
    database
        Where they go.
    data
        The data folder.

    Returns
    -------
    int
        How many were taken over.
    """
    folder = data / FOLDER
    if not folder.is_dir():
        return 0
    return sum(_take(database, path) for path in sorted(folder.glob("*.json")))


def _take(database: Database, path: Path) -> bool:
    try:
        calibration = _CalibrationFile.model_validate_json(
            path.read_bytes(), strict=True
        ).calibration()
    except (OSError, ValidationError, CalibrationError, ValueError) as error:
        reason = str(error).splitlines()[0]
        _log.warning("the calibration %s cannot be read and was left as it is: %s", path, reason)
        return False
    person = find_or_add_person(database, calibration.person)
    if read_calibration(database, person.id) is None:
        save_calibration(database, calibration)
    path.unlink(missing_ok=True)
    return True
