"""What is kept long enough is removed: videos, whole sets, uploads that were cut off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, select, update

from service.artefacts import PROXY, VIDEO
from service.store.blobs import set_prefix
from service.store.tables import FINAL, Set, Upload, UploadState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from service.settings import RetentionSettings
    from service.store.opening import Stores

SOURCE: Final = "source"
"""Stem of an uploaded video's key; its suffix tells the container."""

_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many of each kind were removed.

    Attributes
    ----------
    videos
        Files of videos whose reports stay.
    sets
        Whole sets.
    uploads
        Uploads that were not finished.
    """

    videos: int = 0
    sets: int = 0
    uploads: int = 0


def sweep(
    stores: Stores,
    retention: RetentionSettings,
    now: datetime,
    *,
    forget_jobs: Callable[[Sequence[str]], object] | None = None,
) -> Swept:
    """Remove what is older than the settings say. Several sweeps at once are harmless.

    Files go before their rows, so that a sweep which was cut off is made good by the next.

    Parameters
    ----------
    stores
        Rows and files.
    retention
        How long each kind is kept.
    now
        The time.
    forget_jobs
        Removes what the queue keeps about sets that go.

    Raises
    ------
    StoreError
        When database or store cannot be reached.
    """
    sets = _sweep_sets(stores, _before(now, retention.sets_days), forget_jobs)
    videos = _sweep_videos(stores, _before(now, retention.videos_days), now)
    uploads = _sweep_uploads(stores, now - timedelta(hours=retention.uploads_hours))
    return Swept(videos=videos, sets=sets, uploads=uploads)


def is_video(key: str) -> bool:
    """Tell the videos among the keys of a set."""
    name = key.rpartition("/")[2]
    return name in {PROXY, VIDEO} or name.partition(".")[0] == SOURCE


def _before(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _sweep_sets(
    stores: Stores,
    before: datetime | None,
    forget_jobs: Callable[[Sequence[str]], object] | None,
) -> int:
    removed = 0
    while ids := _old_sets(stores, before):
        if forget_jobs is not None:
            forget_jobs(ids)
        for set_id in ids:
            stores.blobs.remove(set_prefix(set_id))
        with stores.database.transaction() as transaction:
            gone = delete(Set).where(Set.id.in_(ids)).returning(Set.id)
            removed += len(transaction.execute(gone).all())
    return removed


def _sweep_videos(stores: Stores, before: datetime | None, now: datetime) -> int:
    removed = 0
    while ids := _old_sets(stores, before, Set.videos_removed_at.is_(None)):
        keys = [key for one in ids for key in stores.blobs.keys(set_prefix(one)) if is_video(key)]
        stores.blobs.remove_keys(keys)
        removed += len(keys)
        with stores.database.transaction() as transaction:
            gone = update(Set).where(Set.id.in_(ids)).values(videos_removed_at=now)
            transaction.execute(gone)
    return removed


def _old_sets(
    stores: Stores,
    before: datetime | None,
    *conditions: Any,  # noqa: ANN401 - SQL
) -> list[str]:
    """List some sets that came in before a time and at which nobody works."""
    if before is None:
        return []
    is_old = select(Set.id).where(Set.created_at < before, Set.status.in_(FINAL), *conditions)
    with stores.database.reading() as transaction:
        return list(transaction.scalars(is_old.order_by(Set.created_at).limit(_AT_A_TIME)))


def _sweep_uploads(stores: Stores, before: datetime) -> int:
    """Remove uploads that nothing came for since a time, and files that belong to no upload."""
    left = {path.name: path for path in stores.spool.iterdir() if path.is_file()}
    growing = {name for name, path in left.items() if _changed_at(path) >= before}
    is_cut_off = and_(Upload.created_at < before, Upload.state != UploadState.ACCEPTED)
    with stores.database.transaction() as transaction:
        ids = set(transaction.scalars(select(Upload.id).where(is_cut_off))) - growing
        transaction.execute(delete(Upload).where(Upload.id.in_(ids)))
        known = set(transaction.scalars(select(Upload.id).where(Upload.id.in_(left))))
    for name in left.keys() - known - growing:
        left[name].unlink(missing_ok=True)
    return len(ids)


def _changed_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # received to its end just now
        return datetime.max.replace(tzinfo=UTC)
