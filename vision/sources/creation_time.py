"""When a video was filmed, as its container tells, where that can be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS: Final = ("com.apple.quicktime.creationdate", "creation_time")
"""Entries that tell it, the best first: Apple's stays when a phone writes the video anew."""

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What is told as earlier comes from a clock that was not set: 1904 is zero in an MP4, 1970 in
most others."""

SLACK: Final = timedelta(days=1)
"""How far ahead of ours the clock of a camera may go, its time zone included."""


def is_plausible(at: datetime, *, now: datetime) -> bool:
    """Tell whether something can have been filmed then, by a clock that was about right."""
    return EARLIEST <= at <= now + SLACK


def creation_time(entries: Iterable[Mapping[str, str]], *, now: datetime) -> datetime | None:
    """Read when a video was filmed.

    Parameters
    ----------
    entries
        What the container says of itself, then what it says of the stream.
    now
        The time; nothing was filmed long after it.

    Returns
    -------
    datetime or None
        In UTC; None where it is not told, or cannot be so. A time without a zone is taken for one
        of this computer's.
    """
    told = (entry[key] for entry in entries for key in KEYS if key in entry)
    times = (_parse(text) for text in told)
    return next((at for at in times if at is not None and is_plausible(at, now=now)), None)


def _parse(text: str) -> datetime | None:
    if ":" not in text:  # a day at most: no hour may be made up
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # no time, or one past what a calendar has
        return None
