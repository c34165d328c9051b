"""What a container says of when a video was filmed is taken where it can be so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from vision.sources.creation_time import creation_time

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
APPLE: Final = "com.apple.quicktime.creationdate"
TOLD: Final = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def read(*entries: dict[str, str]) -> datetime | None:
    return creation_time(entries, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T09:26:53.000000Z",
        "2026-03-14T10:26:53+0100",
        " 2026-03-14 09:26:53+00:00\n",
    ],
)
def test_a_time_is_read_in_utc(text: str) -> None:
    assert read({"creation_time": text}) == TOLD


def test_a_time_without_a_zone_is_one_of_this_computer() -> None:
    local = TOLD.astimezone().replace(tzinfo=None).isoformat(sep=" ")
    assert read({"creation_time": local}) == TOLD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-03-14",
        "14.03.2026 09:26",
        "1904-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59-14:00",
        (NOW + timedelta(days=1, seconds=1)).isoformat(),
    ],
)
def test_what_cannot_be_is_not_known(text: str) -> None:
    assert read({"creation_time": text}) is None


def test_a_clock_may_go_a_day_ahead() -> None:
    ahead = NOW + timedelta(days=1)
    assert read({"creation_time": ahead.isoformat()}) == ahead


def test_the_phone_knows_better_than_the_container_and_that_better_than_the_stream() -> None:
    later = {"creation_time": "2026-06-01T00:00:00Z"}
    unset = {"creation_time": "1970-01-01T00:00:00Z"}
    told = {"creation_time": TOLD.isoformat()}
    assert read({**later, APPLE: TOLD.isoformat()}) == TOLD
    assert read(told, later) == TOLD
    assert read(unset, told) == TOLD
    assert read({}, {}) is None
