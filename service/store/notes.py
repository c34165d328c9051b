"""Coaches' notes to a set: words and drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from sqlalchemy import select

from service.store.sets import existing_set
from service.store.tables import Note, now
from vision.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session as Transaction

    from service.store.database import Database

MAX_TEXT: Final = 4000
"""Characters of a note."""

MAX_POINTS: Final = 50_000
"""Points of a drawing."""

Drawing: TypeAlias = list[list[list[float]]]
"""Strokes of points ``[x, y]``, shares of the picture's width and height."""


class NoteError(InputError):
    """A note that is not there or cannot be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContent:
    """What a note says.

    Attributes
    ----------
    text
        As typed; it is shown as text.
    t_s
        Which picture it is about; None for the whole set.
    drawing
        On that picture; None without one.

    Raises
    ------
    NoteError
        When there is nothing in it, it is too long, or no database can hold it.
    """

    text: str = ""
    t_s: float | None = None
    drawing: Drawing | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        points = sum(len(stroke) for stroke in self.drawing or ())
        if not self.text.strip() and not points:
            msg = "expected a note, got nothing: write something or draw on the picture"
            raise NoteError(msg)
        if len(self.text) > MAX_TEXT or points > MAX_POINTS:
            msg = (
                f"expected a note of at most {MAX_TEXT} characters and {MAX_POINTS} points, got "
                f"{len(self.text)} and {points}: make it shorter"
            )
            raise NoteError(msg)
        if not _is_text(self.text):
            msg = "expected a note in letters, got signs that are no text: type it anew"
            raise NoteError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNote:
    """A note as the database keeps it.

    Attributes
    ----------
    id, set_id, account_id
        Of the note, of what it is about, and of who wrote it.
    content
        What it says.
    created_at, changed_at
        When it was written, and changed for the last time.
    """

    id: str
    set_id: str
    account_id: str | None
    content: NoteContent
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, row: Note) -> Self:
        """Read a row."""
        return cls(
            id=row.id,
            set_id=row.set_id,
            account_id=row.account_id,
            content=NoteContent(text=row.text, t_s=row.t_s, drawing=row.drawing),
            created_at=row.created_at,
            changed_at=row.changed_at,
        )


def add_note(
    database: Database, set_id: str, content: NoteContent, *, account_id: str | None = None
) -> StoredNote:
    """Add a note to a set.

    Raises
    ------
    SetError
        When there is no such set.
    """
    with database.transaction() as transaction:
        existing_set(transaction, set_id)
        row = Note(set_id=set_id, account_id=account_id)
        _write(row, content)
        row.created_at = row.changed_at
        transaction.add(row)
        transaction.flush()
        return StoredNote.of(row)


def find_note(database: Database, note_id: str) -> StoredNote | None:
    """Find a note by id; None when there is none."""
    with database.reading() as transaction:
        row = transaction.get(Note, note_id)
        return None if row is None else StoredNote.of(row)


def change_note(database: Database, note_id: str, content: NoteContent) -> StoredNote:
    """Let a note say something else.

    Raises
    ------
    NoteError
        When there is no such note.
    """
    with database.transaction() as transaction:
        row = _existing(transaction, note_id)
        _write(row, content)
        transaction.flush()
        return StoredNote.of(row)


def remove_note(database: Database, note_id: str) -> None:
    """Remove a note.

    Raises
    ------
    NoteError
        When there is no such note.
    """
    with database.transaction() as transaction:
        transaction.delete(_existing(transaction, note_id))


def list_notes(database: Database, set_id: str) -> tuple[StoredNote, ...]:
    """List the notes to a set, the oldest first."""
    wanted = select(Note).where(Note.set_id == set_id).order_by(Note.created_at, Note.id)
    with database.reading() as transaction:
        return tuple(StoredNote.of(row) for row in transaction.scalars(wanted))


def _existing(transaction: Transaction, note_id: str) -> Note:
    row = transaction.get(Note, note_id)
    if row is None:
        msg = f"expected the id of a note, got {note_id!r}: choose one of the set's notes"
        raise NoteError(msg)
    return row


def _write(row: Note, content: NoteContent) -> None:
    row.text, row.t_s, row.drawing = content.text, content.t_s, content.drawing
    row.changed_at = now()


def _is_text(text: str) -> bool:
    """Tell what a database can hold: no zero byte and no half of a character."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
