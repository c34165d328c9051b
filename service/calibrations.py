"""People's calibrations, for the command line: the database is opened when somebody is named."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.calibration import OwnBend
    from service.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One person's own bend, and where it came from.

    Attributes
    ----------
    person
        Label of the person.
    own_bend
        What was measured.
    source_name
        Name of the video file.
    """

    person: str
    own_bend: OwnBend
    source_name: str


def read_saved(person: str) -> Calibration:
    """Read a person's calibration.

    Raises
    ------
    CalibrationError
        When the name cannot be used or there is no calibration of that person.
    StoreError
        When the database cannot be reached.
    """
    from service.store.calibrations import calibration_by_label  # noqa: PLC0415 - needs SQLAlchemy

    with _database() as database:
        return calibration_by_label(database, person)


def save(calibration: Calibration) -> None:
    """Save a person's calibration in place of an earlier one.

    Raises
    ------
    CalibrationError
        When the name cannot be used.
    StoreError
        When the database cannot be reached.
    """
    from service.store.calibrations import save_calibration  # noqa: PLC0415 - as above

    with _database() as database:
        save_calibration(database, calibration)


def list_saved() -> tuple[Calibration, ...]:
    """Return all calibrations, by label.

    Raises
    ------
    StoreError
        When the database cannot be reached.
    """
    from service.store.calibrations import list_calibrations  # noqa: PLC0415 - as above

    with _database() as database:
        return list_calibrations(database)


def forget_saved(person: str) -> None:
    """Remove a person's calibration; all else about the person stays.

    Raises
    ------
    CalibrationError
        When the name cannot be used or there is no calibration of that person.
    StoreError
        When the database cannot be reached.
    """
    from service.store.calibrations import forget_calibration  # noqa: PLC0415 - as above

    with _database() as database:
        forget_calibration(database, person)


@contextmanager
def _database() -> Iterator[Database]:
    from service.settings import load_settings  # noqa: PLC0415 - as above
    from service.store.opening import open_stores  # noqa: PLC0415 - as above

    with open_stores(load_settings()) as stores:
        yield stores.database
