"""What is kept long enough goes, and nothing else does. On both databases."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from service.settings import RetentionSettings
from service.store.blobs import set_prefix
from service.store.retention import Swept, sweep
from service.store.sets import NewSet, add_set, find_set, list_sets
from service.store.tables import Origin, Set, Upload, UploadState, new_id
from tests.kept_people import NOON, keep_done_set, keep_upload

if TYPE_CHECKING:
    from datetime import datetime

    from service.store.opening import Stores


def keep_at(stores: Stores, at: datetime) -> str:
    """Keep an analysed set that came in at a time."""
    set_id = keep_done_set(stores, "Kim", at=at).id
    with stores.database.transaction() as transaction:
        transaction.execute(update(Set).where(Set.id == set_id).values(created_at=at))
    return set_id


def names(stores: Stores, set_id: str) -> list[str]:
    return [key.rpartition("/")[2] for key in stores.blobs.keys(set_prefix(set_id))]


def spooled(stores: Stores, upload_id: str, at: datetime) -> None:
    path = stores.spool / upload_id
    path.write_bytes(b"half a video")
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_nothing_goes_by_default_but_uploads_that_were_cut_off(stores: Stores) -> None:
    kept = keep_at(stores, NOON - timedelta(days=3000))
    assert sweep(stores, RetentionSettings(), NOON) == Swept()
    assert len(names(stores, kept)) == 4


def test_videos_go_and_reports_stay(stores: Stores) -> None:
    old, new = (keep_at(stores, NOON - timedelta(days=days)) for days in (31, 29))
    retention = RetentionSettings(videos_days=30)
    assert sweep(stores, retention, NOON) == Swept(videos=2)
    assert names(stores, old) == ["report.html", "report.json"]
    assert len(names(stores, new)) == 4
    swept, kept = find_set(stores.database, old), find_set(stores.database, new)
    assert swept is not None
    assert kept is not None
    assert (swept.videos_removed_at, kept.videos_removed_at) == (NOON, None)
    assert swept.report is not None
    assert sweep(stores, retention, NOON) == Swept()


def test_whole_sets_go_with_all_that_hangs_from_them(stores: Stores) -> None:
    old, new = (keep_at(stores, NOON - timedelta(days=days)) for days in (31, 29))
    forgotten: list[str] = []
    swept = sweep(stores, RetentionSettings(sets_days=30), NOON, forget_jobs=forgotten.extend)
    assert swept == Swept(sets=1)
    assert forgotten == [old]
    assert names(stores, old) == []
    assert [one.id for one in list_sets(stores.database)] == [new]
    with stores.database.reading() as transaction:
        assert list(transaction.scalars(select(Upload.id))) == [new]


def test_a_set_that_waits_stays_however_old_it_is(stores: Stores) -> None:
    waits = add_set(stores.database, NewSet(origin=Origin.UPLOAD, source_name="lift.mp4")).id
    years_later = NOON + timedelta(days=3000)
    retention = RetentionSettings(sets_days=1, videos_days=1)
    assert sweep(stores, retention, years_later) == Swept()
    assert find_set(stores.database, waits) is not None


def test_uploads_that_nothing_came_for_go_with_their_files(stores: Stores) -> None:
    day_before = NOON - timedelta(hours=25)
    cut_off, refused, growing, recent = (new_id() for _ in range(4))
    keep_upload(stores, cut_off, at=day_before)
    keep_upload(stores, refused, at=day_before, state=UploadState.REFUSED)
    keep_upload(stores, growing, at=day_before)
    keep_upload(stores, recent, at=NOON - timedelta(hours=1))
    for upload_id, at in ((cut_off, day_before), (growing, NOON), (recent, NOON)):
        spooled(stores, upload_id, at)
    assert sweep(stores, RetentionSettings(), NOON) == Swept(uploads=2)
    assert {path.name for path in stores.spool.iterdir()} == {growing, recent}
    with stores.database.reading() as transaction:
        assert set(transaction.scalars(select(Upload.id))) == {growing, recent}


def test_a_file_that_belongs_to_no_upload_goes_once_it_is_old(stores: Stores) -> None:
    spooled(stores, "left", NOON - timedelta(hours=25))
    spooled(stores, "fresh", NOON)
    sweep(stores, RetentionSettings(), NOON)
    assert [path.name for path in stores.spool.iterdir()] == ["fresh"]
