"""Everything about one person as a ZIP, written while it is sent."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from service.store.blobs import set_prefix
from service.store.calibrations import read_calibration
from service.store.notes import list_notes
from service.store.people import PersonError, find_person
from service.store.sets import MOST_LISTED, list_sessions, list_sets
from service.store.tables import Upload
from service.store.zip_stream import ZipStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.store.database import Database
    from service.store.opening import Stores
    from service.store.people import StoredPerson
    from service.store.sets import StoredSet
    from service.wording import Wording

PERSON: Final = "person.json"
README: Final = "README.txt"

_UNSAFE: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST_NAME: Final = 100


def export_person(stores: Stores, person_id: str, wording: Wording) -> Iterator[bytes]:
    """Return a ZIP of everything about a person, some megabytes at a time.

    It holds ``README.txt``, ``person.json`` (label, calibration, visits, sets with what was found,
    notes, uploads) and a folder for every set with all of its files.

    Parameters
    ----------
    stores
        Rows and files.
    person_id
        Who it is.
    wording
        Words of the ``README.txt``.

    Raises
    ------
    PersonError
        When there is no such person.
    StoreError
        When database or store cannot be reached.
    """
    person = find_person(stores.database, person_id)
    if person is None:
        msg = f"expected the id of a person, got {person_id!r}: choose one of the list"
        raise PersonError(msg)
    return _zipped(stores, person, wording)


def safe_name(name: str) -> str:
    """Return a name of a file that every system can keep."""
    kept = _UNSAFE.sub("_", name)[:_LONGEST_NAME].rstrip(". ")
    return f"_{kept}" if not kept or _RESERVED.fullmatch(kept) else kept


def _zipped(stores: Stores, person: StoredPerson, wording: Wording) -> Iterator[bytes]:
    sets = _all_sets(stores.database, person.id)
    made = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
    readme = wording.of("people.readme", person=person.label, sets=len(sets), made=made)
    with ZipStream() as archive:
        archive.text(README, readme.replace("\n", "\r\n"))
        archive.text(PERSON, _as_json(_about(stores.database, person, sets)))
        yield archive.taken()
        for one in sets:
            yield from _files(stores, one, archive)
    yield archive.taken()


def _files(stores: Stores, one: StoredSet, archive: ZipStream) -> Iterator[bytes]:
    prefix = set_prefix(one.id)
    for key in stores.blobs.keys(prefix):
        name = "/".join(safe_name(part) for part in key.removeprefix(prefix).split("/"))
        yield from archive.blob(stores.blobs, key, f"{_folder(one)}/{name}", one.filmed_at)


def _folder(one: StoredSet) -> str:
    return f"sets/{one.filmed_at:%Y-%m-%d_%H-%M-%S}_{one.id}"


def _all_sets(database: Database, person_id: str) -> list[StoredSet]:
    found: list[StoredSet] = []
    while True:
        before = found[-1].id if found else None
        page = list_sets(database, person_id=person_id, limit=MOST_LISTED, before=before)
        found += page
        if len(page) < MOST_LISTED:
            return found


def _about(database: Database, person: StoredPerson, sets: list[StoredSet]) -> dict[str, Any]:
    calibration = read_calibration(database, person.id)
    return {
        "person": asdict(person),
        "calibration": None if calibration is None else asdict(calibration),
        "sessions": [asdict(one) for one in list_sessions(database, person_id=person.id)],
        "sets": [
            asdict(one)
            | {"folder": _folder(one), "notes": [asdict(n) for n in list_notes(database, one.id)]}
            for one in sets
        ],
        "uploads": _uploads(database, person.id),
    }


def _uploads(database: Database, person_id: str) -> list[dict[str, Any]]:
    columns = (Upload.id, Upload.name, Upload.size_bytes, Upload.state, Upload.created_at)
    wanted = select(*columns).where(Upload.person_id == person_id).order_by(Upload.created_at)
    with database.reading() as transaction:
        return [dict(row._mapping) for row in transaction.execute(wanted)]  # noqa: SLF001 - public


def _as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, default=_told) + "\n"


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
