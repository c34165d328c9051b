"""The tables of the database. Every time is in UTC; every id but a worker's cannot be guessed.

Arrows stand for foreign keys; what hangs from a row goes with it when the row is erased::

    accounts ← tokens, logins
    people ← calibrations, sessions ← sets ← reports, notes
    sets ← uploads
    workers
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID_LENGTH: Final = 22
"""Characters of an id: 128 bits that nobody guesses."""

MAX_LABEL: Final = 80
"""Characters of a person's label, as `service.person_names.MAX_NAME_LENGTH`."""

MAX_KEY: Final = 320
"""Characters of a label without differences of case and form; ``ﬃ`` alone becomes three."""

MAX_FILE_NAME: Final = 255
"""Characters that are kept of the name of a video."""

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are named, the same on every database, so that a migration can name them."""


class Role(StrEnum):
    """What an account may do."""

    OWNER = "owner"
    """Everything, accounts included."""
    COACH = "coach"
    """Sees and reviews everybody."""
    MEMBER = "member"
    """Sees what is about their own person."""


class Status(StrEnum):
    """How far the analysis of a set is."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL: Final = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED})
"""Statuses after which nothing more happens."""


class Origin(StrEnum):
    """How a set came in."""

    UPLOAD = "upload"
    LIVE = "live"


class FilmedAtSource(StrEnum):
    """Where it is known from when a set was filmed."""

    TOLD = "told"
    """Whoever sent it said the time."""
    DAY = "day"
    """Whoever sent it said the day; noon stands for it."""
    VIDEO = "video"
    """The video's container says it; a live set was filmed as it came in."""
    SENT = "sent"
    """Nobody knows: it is the time at which the video was sent."""

    @property
    def is_exact(self) -> bool:
        """Tell whether it is known to the hour, so that sets can be told to be of one visit."""
        return self in {FilmedAtSource.TOLD, FilmedAtSource.VIDEO}


class UploadState(StrEnum):
    """How far an upload is."""

    RECEIVING = "receiving"
    ACCEPTED = "accepted"
    """Probed and queued; the set says how it goes on."""
    REFUSED = "refused"


def new_id() -> str:
    """Return an id that nobody guesses."""
    return secrets.token_urlsafe(16)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC, also where the database keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"expected a time with its zone, got {value.isoformat()}: use datetime.now(UTC)"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back where the database lost it."""
        del dialect
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - declared so by SQLAlchemy
        datetime: UtcTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


def _id_column() -> Mapped[str]:
    return mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)


def _belongs_to(column: str) -> ForeignKey:
    """Point at a row that takes this one along when it is erased."""
    return ForeignKey(column, ondelete="CASCADE")


class Account(Table):
    """Who may sign in, where accounts are in use."""

    __tablename__ = "accounts"

    id: Mapped[str] = _id_column()
    name: Mapped[str] = mapped_column(String(MAX_LABEL), unique=True)
    password: Mapped[str] = mapped_column(String(300))
    """Salted hash."""
    role: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[str | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    """Who a member is."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Table):
    """A key to the API."""

    __tablename__ = "tokens"

    id: Mapped[str] = _id_column()
    account_id: Mapped[str] = mapped_column(_belongs_to("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the key."""
    label: Mapped[str] = mapped_column(String(MAX_LABEL))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Login(Table):
    """An account signed in at a browser."""

    __tablename__ = "logins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie's value."""
    account_id: Mapped[str] = mapped_column(_belongs_to("accounts.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Person(Table):
    """Somebody whose movement is kept."""

    __tablename__ = "people"

    id: Mapped[str] = _id_column()
    label: Mapped[str] = mapped_column(String(MAX_LABEL))
    """As it was typed."""
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    """The label without differences of case and form."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class CalibrationRow(Table):
    """A person's own full bend."""

    __tablename__ = "calibrations"

    person_id: Mapped[str] = mapped_column(_belongs_to("people.id"), primary_key=True)
    own_bend: Mapped[dict[str, Any]]
    source_name: Mapped[str] = mapped_column(String(MAX_FILE_NAME))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Session(Table):
    """One visit: the sets of a person that belong together."""

    __tablename__ = "sessions"

    id: Mapped[str] = _id_column()
    person_id: Mapped[str] = mapped_column(_belongs_to("people.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(default=now)
    title: Mapped[str] = mapped_column(String(MAX_LABEL), default="")


class Set(Table):
    """A set of repetitions, from its video or from live coaching, and how its analysis goes.

    Its id names the job and the report too. Files lie under ``sets/<id>/`` in the store.
    """

    __tablename__ = "sets"
    __table_args__ = (
        Index(None, "person_id", "filmed_at"),
        Index(None, "status", "priority", "created_at", "id"),
    )

    id: Mapped[str] = _id_column()
    person_id: Mapped[str | None] = mapped_column(_belongs_to("people.id"))
    session_id: Mapped[str | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )
    account_id: Mapped[str | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="SET NULL"), index=True
    )
    """Who brought it in."""
    origin: Mapped[str] = mapped_column(String(10))
    source_name: Mapped[str] = mapped_column(String(MAX_FILE_NAME))
    source_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    source_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    probe: Mapped[dict[str, Any] | None]
    """What the video's header says."""
    movement: Mapped[str] = mapped_column(String(40), default="auto")
    tape: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(10), default="en")
    filmed_at: Mapped[datetime] = mapped_column(default=now)
    filmed_at_source: Mapped[str] = mapped_column(
        String(10), default=FilmedAtSource.VIDEO, server_default=FilmedAtSource.SENT
    )
    created_at: Mapped[datetime] = mapped_column(default=now)

    status: Mapped[str] = mapped_column(String(10), default=Status.QUEUED)
    progress: Mapped[float | None]
    """Share that is done, 0 to 1; None when unknown."""
    reason: Mapped[str | None] = mapped_column(String(2000))
    """Why it failed, in words for the person."""
    attempts: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(default=5)
    """1 is first."""
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    worker_id: Mapped[str | None] = mapped_column(String(100))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    pain: Mapped[int | None]
    """How sore it was, 0 to 10, as the person said after a live set."""
    videos_removed_at: Mapped[datetime | None]
    """When its videos went because they were kept long enough; the report stays."""


class ReportRow(Table):
    """What was found in a set: what history and lists need; the report itself is a file."""

    __tablename__ = "reports"

    set_id: Mapped[str] = mapped_column(_belongs_to("sets.id"), primary_key=True)
    judged_as: Mapped[str | None] = mapped_column(String(40), index=True)
    recognised: Mapped[str | None] = mapped_column(String(40))
    reps: Mapped[int]
    cue: Mapped[str | None] = mapped_column(String(100))
    near_side: Mapped[str] = mapped_column(String(10), default="")
    """Side of the body that was filmed; two sets filmed alike compare better."""
    metrics: Mapped[list[Any]]
    """For every repetition ``{metric: {"value", "se", "unit"}}``, what was measured alone."""
    program_version: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Note(Table):
    """What a coach wrote, or drew on a picture."""

    __tablename__ = "notes"

    id: Mapped[str] = _id_column()
    set_id: Mapped[str] = mapped_column(_belongs_to("sets.id"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    t_s: Mapped[float | None]
    """Which picture it is about; None for the whole set."""
    text: Mapped[str] = mapped_column(String(4000), default="")
    drawing: Mapped[list[Any] | None]
    """Strokes: each a list of points ``[x, y]``, shares of the picture's width and height."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Upload(Table):
    """A video on its way in."""

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("account_id", "idempotency_key"),)

    id: Mapped[str] = _id_column()
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    """Empty where there are no accounts, so that the key stays unique."""
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    set_id: Mapped[str | None] = mapped_column(_belongs_to("sets.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(_belongs_to("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_FILE_NAME))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    movement: Mapped[str] = mapped_column(String(40), default="auto")
    tape: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(10), default="en")
    filmed_at: Mapped[datetime | None]
    filmed_at_source: Mapped[str | None] = mapped_column(String(10))
    """When it was filmed, as whoever sends it says; None where nobody does."""
    state: Mapped[str] = mapped_column(String(10), default=UploadState.RECEIVING)
    reason: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Worker(Table):
    """A process that analyses sets, and when it was last heard of (the database's time)."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    last_beat_at: Mapped[datetime] = mapped_column(index=True)
