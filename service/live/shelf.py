"""What a session may keep, and only when it is asked to: sets and calibrations."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.artefacts import ALL, PAGE, write_artefacts
from service.calibrations import Calibration
from service.kiosk.settings import kiosk_settings_in_force
from service.person_names import checked_name
from service.reviews.analysis import MOTION, summarise
from service.reviews.motion import motion_document
from service.store.blobs import set_prefix
from service.store.calibrations import calibration_by_label, save_calibration
from service.store.people import find_or_add_person
from service.store.sets import NewSet, add_done_set, note_pain, session_for
from service.store.tables import ID_LENGTH, Origin, new_id
from vision.errors import HingewiseError

if TYPE_CHECKING:
    from models.calibration import OwnBend
    from service.kiosk.settings import KioskSettings
    from service.pipeline import AssessedSet
    from service.store.opening import Stores
    from service.wording import Wording

SOURCE: Final = "live"
"""Stands for the name of the video, which there is none of."""

_ID: Final = re.compile(rf"[A-Za-z0-9_-]{{{ID_LENGTH}}}")


def report_path(set_id: str) -> str:
    """Return the path of a kept set's report on this server.

    Its name cannot be guessed: who has the address may read it.
    """
    return f"/sets/{set_id}/{PAGE}"


class Shelf:
    """What is kept, as far as live sessions are concerned. Safe to use from several threads.

    Parameters
    ----------
    stores
        Rows and files.
    data
        The data folder, which staff's settings of the kiosk are in.
    account_id
        Who is signed in; None where nobody is.
    """

    def __init__(self, stores: Stores, data: Path, *, account_id: str | None = None) -> None:
        self._stores = stores
        self._data = data
        self._account_id = account_id

    def keep(
        self,
        result: AssessedSet,
        wording: Wording,
        *,
        person: str | None = None,
        pain: int | None = None,
    ) -> str:
        """Keep everything about a set, as of an uploaded video, and return its id.

        Parameters
        ----------
        result
            The assessed set.
        wording
            Words of the report.
        person
            Whose it is; None when nobody said.
        pain
            How sore it was, 0 to 10; None when not answered.

        Raises
        ------
        OutputError
            When it cannot be written.
        StoreError
            When database or store cannot be reached.
        """
        set_id = new_id()
        try:
            self._keep_files(set_id, result, wording)
            self._keep_row(set_id, result, wording, person=person, pain=pain)
        except HingewiseError:
            self._stores.blobs.remove(set_prefix(set_id))
            raise
        return set_id

    def note_pain(self, set_id: str, pain: int) -> None:
        """Keep how sore a kept set was, in place of an earlier answer.

        Raises
        ------
        StoreError
            When the database cannot be reached.
        """
        note_pain(self._stores.database, set_id, pain)

    def kiosk_settings(self, otherwise: KioskSettings) -> KioskSettings:
        """Return the kiosk's settings as staff saved them, or others when they saved none."""
        return kiosk_settings_in_force(self._data, otherwise)

    def find(self, name: str, file: str) -> str | None:
        """Find the key of a kept set's file; None when there is none, whatever was asked for.

        Raises
        ------
        StoreError
            When the store cannot be reached.
        """
        if not _ID.fullmatch(name) or file not in ALL:
            return None
        key = set_prefix(name) + file
        return key if self._stores.blobs.exists(key) else None

    def own_bend_of(self, person: str) -> OwnBend:
        """Read a person's own bend.

        Raises
        ------
        CalibrationError
            When the name cannot be used or nothing sound was saved under it.
        StoreError
            When the database cannot be reached.
        """
        return calibration_by_label(self._stores.database, person).own_bend

    def check_person(self, person: str) -> None:
        """Find out, before somebody bends, whether a calibration could be saved.

        Raises
        ------
        CalibrationError
            When the name cannot be used.
        """
        checked_name(person)

    def save_own_bend(self, person: str, own_bend: OwnBend) -> None:
        """Save a person's own bend, in place of an earlier one.

        Raises
        ------
        CalibrationError
            When the name cannot be used.
        StoreError
            When the database cannot be reached.
        """
        calibration = Calibration(
            person=checked_name(person), own_bend=own_bend, source_name=SOURCE
        )
        save_calibration(self._stores.database, calibration)

    def _keep_files(self, set_id: str, result: AssessedSet, wording: Wording) -> None:
        with tempfile.TemporaryDirectory(prefix="hingewise-") as scratch:
            folder = Path(scratch)
            write_artefacts(result, folder, video=None, with_video=False, wording=wording)
            (folder / MOTION).write_bytes(motion_document(result))
            for path in sorted(folder.iterdir()):
                self._stores.blobs.put(set_prefix(set_id) + path.name, path)

    def _keep_row(
        self,
        set_id: str,
        result: AssessedSet,
        wording: Wording,
        *,
        person: str | None,
        pain: int | None,
    ) -> None:
        database = self._stores.database
        owner = None if person is None else find_or_add_person(database, person).id
        visit = None if owner is None else session_for(database, owner).id
        new = NewSet(
            id=set_id,
            person_id=owner,
            session_id=visit,
            account_id=self._account_id,
            origin=Origin.LIVE,
            source_name=SOURCE,
            language=wording.language,
            pain=pain,
        )
        add_done_set(database, new, summarise(result.assessment))
