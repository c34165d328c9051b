"""Videos on their way in: announced, received in parts, and accepted as sets to be analysed.

An upload, its set, its job and its report share one id, so that accepting it twice is accepting it
once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.reviews.file_names import shown_name
from service.reviews.filming_time import FilmingTime, filming_time
from service.reviews.spool import Spool
from service.store.blobs import set_prefix
from service.store.sets import NewSet, add_set_in, visit_in
from service.store.tables import FilmedAtSource, Origin, Set, Upload, UploadState, new_id, now
from vision.errors import HingewiseError, InputError, VideoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from service.jobs.engine import Queue
    from service.reviews.probe import Probe
    from service.reviews.prober import Prober
    from service.settings import Settings
    from service.store.opening import Stores

_SUFFIXES: Final = {
    "mov": ".mp4",
    "matroska": ".mkv",
    "avi": ".avi",
    "mpegts": ".ts",
    "gif": ".gif",
}
"""Suffix of a video in the store by the first name of its container; the file's own decides
nothing."""


class KeyReusedError(HingewiseError):
    """A key that names another upload already."""


class TooLargeError(InputError):
    """A video of more bytes than are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A video that is about to be sent.

    Attributes
    ----------
    name
        Of the file, whatever it is.
    size_bytes
        As announced.
    account_id
        Whose it is; None where no accounts are in use.
    person_id
        Who is in it.
    movement, tape, language
        As for the command line.
    filmed
        When it was filmed, as whoever sends it says; None where nobody does.
    idempotency_key
        The same key gives the same upload again.
    """

    name: str
    size_bytes: int
    account_id: str | None = None
    person_id: str | None = None
    movement: str = "auto"
    tape: bool = False
    language: str = "en"
    filmed: FilmingTime | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUpload:
    """A video on its way in.

    Attributes
    ----------
    id
        Of the upload, and of the set that it becomes.
    name
        Of the file, for show.
    size_bytes
        As announced.
    offset
        Bytes that are here.
    state
        How far it is.
    reason
        Why it was refused.
    account_id, person_id
        Whose it is; who is in it.
    movement, tape, language
        As for the command line.
    filmed
        When it was filmed, as whoever sent it says.
    created_at
        When it was announced.
    """

    id: str
    name: str
    size_bytes: int
    offset: int
    state: UploadState
    reason: str | None
    account_id: str | None
    person_id: str | None
    movement: str
    tape: bool
    language: str
    filmed: FilmingTime | None
    created_at: datetime


class Uploads:
    """The videos on their way into one server. Safe to use from several threads.

    Parameters
    ----------
    stores
        Where rows and videos go.
    settings
        Of the server.
    queue
        Gives the queue of jobs; asked when the first video is accepted.
    prober
        Looks at a video before it is accepted.
    """

    def __init__(
        self, stores: Stores, settings: Settings, queue: Callable[[], Queue], prober: Prober
    ) -> None:
        self._stores = stores
        self._most_bytes = settings.max_upload_bytes
        self._queue = queue
        self._prober = prober
        self.spool: Final = Spool(stores.spool)

    def begin(self, new: NewUpload) -> tuple[StoredUpload, bool]:
        """Announce a video; the same key of the same account gives the same upload again.

        Returns
        -------
        StoredUpload, bool
            The upload, and whether it is a new one.

        Raises
        ------
        KeyReusedError
            When the key names an upload of something else.
        TooLargeError
            When it is larger than what is taken.
        NoRoomError
            When there is no room for it.
        """
        self.check_size(new.size_bytes)
        known = self._known(new)
        if known is not None:
            return known, False
        self.spool.check_room(new.size_bytes)
        self._prober.prepare()
        row = _row(new)
        try:
            with self._stores.database.transaction() as session:
                session.add(row)
        except IntegrityError:  # somebody else was quicker with the same key
            known = self._known(new)
            if known is None:
                raise
            return known, False
        return self._stored(row), True

    def check_size(self, size_bytes: int) -> None:
        """Refuse a video that is too large.

        Raises
        ------
        TooLargeError
            When it is larger than what is taken.
        """
        if size_bytes > self._most_bytes:
            msg = (
                f"expected a video of at most {self._most_bytes:,} bytes, got {size_bytes:,}: trim "
                "the clip to the set you want to look at, or export it at 1080p"
            )
            raise TooLargeError(msg)

    def find(self, upload_id: str) -> StoredUpload | None:
        """Find an upload."""
        with self._stores.database.reading() as session:
            row = session.get(Upload, upload_id)
            return None if row is None else self._stored(row)

    def earlier(self, upload: StoredUpload) -> str | None:
        """Find the newest earlier set of the same video, person and owner."""
        with self._stores.database.reading() as session:
            own = session.get(Set, upload.id)
            if own is None:
                return None
            alike = select(Set.id).where(
                Set.source_sha256 == own.source_sha256,
                Set.person_id == own.person_id,
                Set.account_id == own.account_id,
                Set.id != own.id,
                Set.created_at <= own.created_at,
            )
            return session.scalar(alike.order_by(Set.created_at.desc()).limit(1))

    def note_received(self, upload_id: str) -> None:
        """Keep in the row how far an upload is, for whoever does not see its file."""
        received = self.spool.received(upload_id)
        with self._stores.database.transaction() as session:
            row = session.get(Upload, upload_id)
            if row is not None and row.state == UploadState.RECEIVING:
                row.received_bytes = received

    def settle_size(self, upload_id: str) -> None:
        """Take what came as the whole of an upload whose size was not announced."""
        received = self.spool.received(upload_id)
        with self._stores.database.transaction() as session:
            row = session.get(Upload, upload_id)
            if row is not None:
                row.size_bytes = received

    def accept(self, upload_id: str) -> StoredUpload:
        """Look at a video that is here to its last byte, and queue it.

        Doing it again after it was cut off is harmless.

        Raises
        ------
        VideoError
            When it cannot be used; its file is removed.
        InputError
            When it is not here to its last byte.
        StoreError
            When it cannot be kept; it can be accepted later.
        """
        upload = self._complete(upload_id)
        if upload.state == UploadState.ACCEPTED:
            return upload
        path = self.spool.path(upload_id)
        try:
            probe = self._prober.probe(path, upload.name)
        except VideoError as error:
            self._refuse(upload_id, str(error))
            raise
        sha256 = self.spool.sha256(upload_id)
        container = probe.container.partition(",")[0]
        key = f"{set_prefix(upload_id)}source{_SUFFIXES.get(container, '.video')}"
        self._stores.blobs.move_in(key, path)
        queue = self._queue()  # opened before the transaction, which would keep it from that
        with self._stores.database.transaction() as session:
            if self._accept_row(session, upload, probe, sha256):
                session.flush()
                queue.enqueue(session, upload_id)
        self.spool.remove(upload_id)
        accepted = self.find(upload_id)
        return upload if accepted is None else accepted

    def remove(self, upload_id: str) -> None:
        """Remove an upload that did not become a set, with all that came of it."""
        with self._stores.database.transaction() as session:
            row = session.get(Upload, upload_id)
            if row is None or row.state == UploadState.ACCEPTED:
                return
            session.delete(row)
        self.spool.remove(upload_id)
        self._stores.blobs.remove(set_prefix(upload_id))

    def _complete(self, upload_id: str) -> StoredUpload:
        upload = self.find(upload_id)
        if upload is None:
            raise _unknown(upload_id)
        if upload.state == UploadState.REFUSED:
            raise VideoError(upload.reason or "")
        if upload.offset != upload.size_bytes:
            msg = (
                f"expected {upload.size_bytes:,} bytes, got {upload.offset:,} so far: send the rest"
            )
            raise InputError(msg)
        return upload

    def _accept_row(
        self, session: Session, upload: StoredUpload, probe: Probe, sha256: str
    ) -> bool:
        """Add the set and end the upload; tell whether that was still to be done."""
        row = session.get(Upload, upload.id)
        if row is None:
            raise _unknown(upload.id)
        if row.state == UploadState.ACCEPTED:
            return False
        filmed = filming_time(upload.filmed, probe.created_at, sent_at=now())
        new = NewSet(
            id=upload.id,
            person_id=upload.person_id,
            session_id=visit_in(session, upload.person_id, filmed.at, filmed.source),
            account_id=upload.account_id,
            origin=Origin.UPLOAD,
            source_name=upload.name,
            source_sha256=sha256,
            source_bytes=probe.size_bytes,
            probe=_header(probe),
            movement=upload.movement,
            tape=upload.tape,
            language=upload.language,
            filmed_at=filmed.at,
            filmed_at_source=filmed.source,
        )
        add_set_in(session, new)
        row.state, row.set_id, row.received_bytes = UploadState.ACCEPTED, upload.id, row.size_bytes
        return True

    def _refuse(self, upload_id: str, reason: str) -> None:
        with self._stores.database.transaction() as session:
            row = session.get(Upload, upload_id)
            if row is not None:
                row.state, row.reason = UploadState.REFUSED, reason[:2000]
        self.spool.remove(upload_id)

    def _known(self, new: NewUpload) -> StoredUpload | None:
        if new.idempotency_key is None:
            return None
        of_key = select(Upload).where(
            Upload.account_id == (new.account_id or ""),
            Upload.idempotency_key == new.idempotency_key,
        )
        with self._stores.database.reading() as session:
            row = session.scalar(of_key)
            if row is None:
                return None
            if not _is_same(row, new):
                msg = (
                    "expected a key that is new, or the same upload again, got one of another "
                    "upload: make a new key for every video"
                )
                raise KeyReusedError(msg)
            return self._stored(row)

    def _stored(self, row: Upload) -> StoredUpload:
        is_receiving = row.state == UploadState.RECEIVING
        return StoredUpload(
            id=row.id,
            name=row.name,
            size_bytes=row.size_bytes,
            offset=self.spool.received(row.id) if is_receiving else row.received_bytes,
            state=UploadState(row.state),
            reason=row.reason,
            account_id=row.account_id or None,
            person_id=row.person_id,
            movement=row.movement,
            tape=row.tape,
            language=row.language,
            filmed=_filmed(row),
            created_at=row.created_at,
        )


def _unknown(upload_id: str) -> InputError:
    return InputError(f"expected an upload that is known, got {upload_id}: begin it again")


def _header(probe: Probe) -> dict[str, Any]:
    """Write what the header of a video says as JSON."""
    created_at = probe.created_at
    return asdict(probe) | {"created_at": None if created_at is None else created_at.isoformat()}


def _filmed(row: Upload) -> FilmingTime | None:
    if row.filmed_at is None or row.filmed_at_source is None:
        return None
    return FilmingTime(at=row.filmed_at, source=FilmedAtSource(row.filmed_at_source))


def _row(new: NewUpload) -> Upload:
    return Upload(
        id=new_id(),
        account_id=new.account_id or "",
        idempotency_key=new.idempotency_key,
        person_id=new.person_id,
        name=shown_name(new.name),
        size_bytes=new.size_bytes,
        received_bytes=0,
        movement=new.movement,
        tape=new.tape,
        language=new.language,
        filmed_at=new.filmed.at if new.filmed else None,
        filmed_at_source=new.filmed.source if new.filmed else None,
        state=UploadState.RECEIVING,
        created_at=now(),
    )


def _is_same(row: Upload, new: NewUpload) -> bool:
    same = _row(new)
    return all(
        getattr(row, name) == getattr(same, name)
        for name in (
            "name",
            "size_bytes",
            "person_id",
            "movement",
            "tape",
            "language",
            "filmed_at",
            "filmed_at_source",
        )
    )
