"""When a set was filmed: as somebody says, as the video says, else when it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from service.store.tables import FilmedAtSource

NOON: Final = time(12)
"""Stands for a day of which no hour is known; by the clock of this computer, as pages show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmingTime:
    """When a set was filmed.

    Attributes
    ----------
    at
        In UTC.
    source
        Where that is known from.
    """

    at: datetime
    source: FilmedAtSource


def told_time(told: date | datetime | None) -> FilmingTime | None:
    """Take what somebody says: a time, in UTC unless it names its zone, or a day."""
    if told is None:
        return None
    if isinstance(told, datetime):
        zoned = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
        return FilmingTime(at=zoned, source=FilmedAtSource.TOLD)
    noon = datetime.combine(told, NOON).astimezone(UTC)
    return FilmingTime(at=noon, source=FilmedAtSource.DAY)


def filming_time(
    told: FilmingTime | None, of_video: datetime | None, *, sent_at: datetime
) -> FilmingTime:
    """Settle when a set was filmed.

    Parameters
    ----------
    told
        As somebody says, which wins. Where that is a day, the video says at which hour of it.
    of_video
        As its container says.
    sent_at
        When it was sent.
    """
    if of_video is not None and (told is None or _is_hour_of(of_video, told)):
        return FilmingTime(at=of_video, source=FilmedAtSource.VIDEO)
    return told or FilmingTime(at=sent_at, source=FilmedAtSource.SENT)


def _is_hour_of(of_video: datetime, told: FilmingTime) -> bool:
    same_day = of_video.astimezone().date() == told.at.astimezone().date()
    return told.source is FilmedAtSource.DAY and same_day
