"""People's own full bends in the database: at most one each, the newest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select

from models.calibration import OwnBend
from service.calibrations import Calibration
from service.person_names import checked_name, name_key
from service.store.people import find_or_add_person
from service.store.tables import MAX_FILE_NAME, CalibrationRow, Person, now
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from service.store.database import Database


class OwnBendDocument(BaseModel):
    """An own bend as JSON."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    max_lumbar_deg: float
    max_lumbar_se_deg: float
    hip_deg: tuple[float, ...]
    lumbar_deg: tuple[float, ...]
    bends: int
    estimator: str

    def own_bend(self) -> OwnBend:
        """Return what was measured.

        Raises
        ------
        ValueError
            When it cannot be a bend.
        """
        return OwnBend(**self.model_dump())


def save_calibration(database: Database, calibration: Calibration) -> None:
    """Save a person's calibration in place of an earlier one; who is new is added.

    Raises
    ------
    CalibrationError
        When the name cannot be used.
    """
    person = find_or_add_person(database, calibration.person)
    document = _document(calibration.own_bend)
    name = _writable_text(calibration.source_name)[:MAX_FILE_NAME]
    with database.transaction() as session:
        session.merge(
            CalibrationRow(
                person_id=person.id, own_bend=document, source_name=name, created_at=now()
            )
        )


def calibration_by_label(database: Database, label: str) -> Calibration:
    """Read the calibration of a person by label; capital letters make no difference.

    Raises
    ------
    CalibrationError
        When the name cannot be used or there is no calibration of that person.
    """
    found = _find(database, Person.key == name_key(label))
    if found is None:
        raise _absent(label)
    return found


def read_calibration(database: Database, person_id: str) -> Calibration | None:
    """Read the calibration of a person by id; None when there is none.

    Raises
    ------
    CalibrationError
        When what was saved is not sound.
    """
    return _find(database, Person.id == person_id)


def own_bend_document(database: Database, person_id: str | None) -> dict[str, Any] | None:
    """Return a person's own bend as it was saved, sound or not; None where there is none."""
    if person_id is None:
        return None
    with database.reading() as session:
        row = session.get(CalibrationRow, person_id)
        return None if row is None else row.own_bend


def list_calibrations(database: Database) -> tuple[Calibration, ...]:
    """Return all calibrations, by label."""
    with database.reading() as session:
        rows = session.execute(_WITH_LABEL.order_by(Person.key)).all()
    return tuple(_calibration(label, row) for label, row in rows)


def forget_calibration(database: Database, label: str) -> None:
    """Remove a person's calibration; all else about the person stays.

    Raises
    ------
    CalibrationError
        When the name cannot be used or there is no calibration of that person.
    """
    wanted = _WITH_LABEL.where(Person.key == name_key(label))
    with database.transaction() as session:
        found = session.execute(wanted).one_or_none()
        if found is None:
            raise _absent(label)
        session.delete(found[1])


_WITH_LABEL: Final = select(Person.label, CalibrationRow).join(
    CalibrationRow, CalibrationRow.person_id == Person.id
)


def _find(database: Database, condition: Any) -> Calibration | None:  # noqa: ANN401 - SQL
    with database.reading() as session:
        found = session.execute(_WITH_LABEL.where(condition)).one_or_none()
    return None if found is None else _calibration(found[0], found[1])


def _document(own_bend: OwnBend) -> dict[str, Any]:
    return OwnBendDocument.model_validate(asdict(own_bend)).model_dump(mode="json")


def _calibration(label: str, row: CalibrationRow) -> Calibration:
    try:
        own_bend = OwnBendDocument.model_validate(row.own_bend).own_bend()
    except (ValidationError, ValueError) as error:
        msg = (
            f"expected a sound calibration of {label!r}, but {str(error).splitlines()[0]}: "
            "calibrate anew"
        )
        raise CalibrationError(msg) from error
    return Calibration(person=label, own_bend=own_bend, source_name=row.source_name)


def _writable_text(name: str) -> str:
    """Replace what stands in a file's name for bytes that are no text."""
    return name.encode("utf-8", "replace").decode().replace("\0", "?")


def _absent(label: str) -> CalibrationError:
    return CalibrationError(
        f"expected a calibration of {checked_name(label)!r}, found none: make one with "
        "'hingewise calibrate VIDEO --person NAME', or see who has one with "
        "'hingewise calibrate --list'"
    )
