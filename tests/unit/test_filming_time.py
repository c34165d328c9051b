"""Who knows best when a set was filmed: whoever says it, then the video; else nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from service.reviews.filming_time import FilmingTime, filming_time, told_time
from service.store.tables import FilmedAtSource

SENT: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
OF_VIDEO: Final = datetime(2026, 3, 14, 17, 30).astimezone(UTC)
DAY: Final = date(2026, 3, 14)


def settled(told: date | None, of_video: datetime | None) -> tuple[datetime, FilmedAtSource]:
    found = filming_time(told_time(told), of_video, sent_at=SENT)
    return found.at, found.source


def test_nobody_knows() -> None:
    assert settled(None, None) == (SENT, FilmedAtSource.SENT)


def test_the_video_knows() -> None:
    assert settled(None, OF_VIDEO) == (OF_VIDEO, FilmedAtSource.VIDEO)


def test_a_time_that_is_told_wins() -> None:
    told = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=1)))
    at = datetime(2026, 3, 1, 7, tzinfo=UTC)
    for of_video in (None, OF_VIDEO):
        assert settled(told, of_video) == (at, FilmedAtSource.TOLD)
    assert settled(at.replace(tzinfo=None), None) == (at, FilmedAtSource.TOLD)


def test_noon_stands_for_a_day_of_which_the_video_knows_nothing() -> None:
    for of_video in (None, OF_VIDEO + timedelta(days=1)):
        at, source = settled(DAY, of_video)
        assert source is FilmedAtSource.DAY
        assert (at.astimezone().date(), at.astimezone().hour) == (DAY, 12)


def test_the_video_says_at_which_hour_of_the_day() -> None:
    assert settled(DAY, OF_VIDEO) == (OF_VIDEO, FilmedAtSource.VIDEO)


def test_only_what_is_known_to_the_hour_makes_a_visit() -> None:
    exact = [one for one in FilmedAtSource if one.is_exact]
    assert exact == [FilmedAtSource.TOLD, FilmedAtSource.VIDEO]
    assert told_time(None) is None
    assert told_time(OF_VIDEO) == FilmingTime(at=OF_VIDEO, source=FilmedAtSource.TOLD)
