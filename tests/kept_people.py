"""People, sets and files as tests keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from models.calibration import OwnBend
from service.calibrations import Calibration
from service.reviews.analysis import SetSummary
from service.store.blobs import set_prefix
from service.store.calibrations import save_calibration
from service.store.notes import NoteContent, add_note
from service.store.people import find_or_add_person
from service.store.sets import NewSet, StoredSet, add_done_set, session_for
from service.store.tables import Origin, Upload, UploadState

if TYPE_CHECKING:
    from service.store.opening import Stores

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)

OWN_BEND: Final = OwnBend(
    max_lumbar_deg=48.25,
    max_lumbar_se_deg=6.5,
    hip_deg=(0.0, 5.0, 10.0),
    lumbar_deg=(0.1, 6.2, 11.9),
    bends=2,
    estimator="outline 1.0",
)

SUMMARY: Final = SetSummary(
    judged_as="hip_hinge",
    recognised="hip_hinge",
    reps=2,
    cue="cue.NECK",
    near_side="left",
    metrics=({"peak_bend": {"value": 81.5, "se": 5.0, "unit": "deg"}}, {}),
)


def keep_calibration(stores: Stores, person: str) -> None:
    calibration = Calibration(person=person, own_bend=OWN_BEND, source_name="bends.mp4")
    save_calibration(stores.database, calibration)


def keep_done_set(stores: Stores, person: str, *, at: datetime = NOON) -> StoredSet:
    """Keep an uploaded set of a person with its report, its video, its upload and a note."""
    owner = find_or_add_person(stores.database, person)
    visit = session_for(stores.database, owner.id, at)
    new = NewSet(
        person_id=owner.id,
        session_id=visit.id,
        origin=Origin.UPLOAD,
        source_name="lift.mp4",
        filmed_at=at,
    )
    stored = add_done_set(stores.database, new, SUMMARY)
    for name in ("report.html", "report.json", "source.mp4", "video.mp4"):
        stores.blobs.put(set_prefix(stored.id) + name, f"{name} of {person}".encode())
    add_note(stores.database, stored.id, NoteContent(text=f"Try it slower, {person}."))
    keep_upload(stores, stored.id, stored.id, state=UploadState.ACCEPTED)
    return stored


def keep_upload(
    stores: Stores,
    upload_id: str,
    set_id: str | None = None,
    *,
    person_id: str | None = None,
    state: UploadState = UploadState.RECEIVING,
    at: datetime = NOON,
) -> None:
    row = Upload(
        id=upload_id,
        set_id=set_id,
        person_id=person_id,
        name="lift.mp4",
        size_bytes=100,
        state=state,
        created_at=at,
    )
    with stores.database.transaction() as transaction:
        transaction.add(row)
