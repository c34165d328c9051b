"""Where things wait between threads: one picture, some stations, few messages."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from models.results import Phase
from service.live.newest import NewestSlot
from service.live.outbox import MOST_WAITING, Outbox
from service.live.rate import RateLimit
from service.live.stations import Stations
from service.protocol import Frame, LumbarNow, Message, Pong, Quality


class TestNewestSlot:
    def test_the_newest_wins_and_the_others_are_counted(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        for item in (1, 2, 3):
            slot.put(item)
        assert (slot.take(0), slot.dropped) == (3, 2)
        assert slot.take(0) is None

    def test_an_item_that_was_taken_is_not_dropped(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        for item in range(5):
            slot.put(item)
            assert slot.take(0) == item
        assert slot.dropped == 0

    def test_what_never_came_in_is_counted_too(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        slot.count_dropped()
        assert slot.dropped == 1

    def test_a_wait_ends_when_an_item_comes(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        threading.Timer(0.02, slot.put, (7,)).start()
        assert slot.take(60) == 7

    @pytest.mark.parametrize("end", ["wake", "close"])
    def test_a_wait_ends_without_one(self, end: str) -> None:
        slot: NewestSlot[int] = NewestSlot()
        threading.Timer(0.02, getattr(slot, end)).start()
        assert slot.take(60) is None

    def test_a_wake_is_not_lost_and_counts_once(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        slot.wake()
        assert slot.take(60) is None
        slot.put(1)
        assert slot.take(60) == 1

    def test_nothing_comes_in_after_it_was_closed(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        slot.put(1)
        slot.close()
        slot.close()
        slot.put(2)
        assert slot.take(60) is None
        assert slot.dropped == 0

    def test_nothing_is_lost_between_threads(self) -> None:
        slot: NewestSlot[int] = NewestSlot()
        count = 2000
        taken: list[int] = []

        def take_all() -> None:
            while not taken or taken[-1] != count - 1:
                item = slot.take(60)
                if item is not None:
                    taken.append(item)

        taker = threading.Thread(target=take_all)
        taker.start()
        for item in range(count):
            slot.put(item)
        taker.join(60)
        assert taken == sorted(taken)
        assert len(taken) + slot.dropped == count


class TestStations:
    def test_the_lowest_free_one_is_given(self) -> None:
        stations = Stations(2)
        first, second = stations.acquire(), stations.acquire()
        assert first is not None
        assert second is not None
        assert (first.number, second.number) == (1, 2)
        assert stations.acquire() is None
        first.release()
        again = stations.acquire()
        assert again is not None
        assert again.number == 1

    def test_releasing_twice_frees_it_once(self) -> None:
        stations = Stations(2)
        first = stations.acquire()
        assert first is not None
        first.release()
        taken = stations.acquire()
        first.release()
        assert taken is not None
        assert stations.taken == 1

    def test_a_block_releases_however_it_ends(self) -> None:
        stations = Stations(1)

        def stumble() -> None:
            station = stations.acquire()
            assert station is not None
            with station:
                assert stations.taken == 1
                raise LookupError

        with pytest.raises(LookupError):
            stumble()
        assert stations.taken == 0

    def test_never_more_than_the_limit_at_once(self) -> None:
        stations = Stations(3)
        most = []

        def visit() -> None:
            for _ in range(200):
                station = stations.acquire()
                if station is not None:
                    with station:
                        most.append(stations.taken)

        threads = [threading.Thread(target=visit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert max(most) <= 3
        assert stations.taken == 0

    def test_there_is_at_least_one(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            Stations(0)


class TestRateLimit:
    def test_a_burst_is_allowed_and_no_more(self) -> None:
        limit = RateLimit(per_s=10, burst=5)
        assert [limit.allows(100.0) for _ in range(7)] == [True] * 5 + [False] * 2

    def test_it_recovers_with_time(self) -> None:
        limit = RateLimit(per_s=10, burst=5)
        allowed = sum(limit.allows(number / 100) for number in range(1000))
        assert allowed == pytest.approx(5 + 10 * 10, abs=1)

    def test_a_clock_that_goes_back_allows_nothing_more(self) -> None:
        limit = RateLimit(per_s=10, burst=1)
        assert limit.allows(50.0)
        assert not limit.allows(0.0)


def frame(number: int) -> Frame:
    return Frame(
        number=number,
        t_ms=float(number),
        size=(640, 480),
        landmarks=None,
        countable=False,
        phase=Phase.STANDING,
        reps=0,
        bend_deg=None,
        range=None,
        hip_deg=None,
        knee_deg=None,
        trunk_deg=None,
        lumbar=LumbarNow(flexion_deg=None, se_deg=None, hip_deg=None),
        guide=None,
        quality=Quality(model="full", outline_every=1),
        dropped=0,
        took_ms=1.0,
    )


def taken_from(outbox: Outbox, count: int) -> list[Message | bytes | None]:
    async def take() -> list[Message | bytes | None]:
        return [await outbox.take() for _ in range(count)]

    return asyncio.run(take())


class TestOutbox:
    def test_messages_keep_their_order(self) -> None:
        outbox = Outbox()
        sent = [Pong(number=1), frame(1), Pong(number=2)]
        for message in sent:
            outbox.put(message)
        assert taken_from(outbox, 3) == sent

    def test_a_frame_gives_way_to_a_newer_one(self) -> None:
        outbox = Outbox()
        for number in range(1000):
            outbox.put(frame(number))
        outbox.put(Pong(number=1))
        assert taken_from(outbox, 2) == [frame(999), Pong(number=1)]
        assert outbox.replaced == 999
        assert not outbox.overflowed

    def test_the_picture_of_a_frame_goes_with_it(self) -> None:
        outbox = Outbox()
        for message in (b"one", frame(1), Pong(number=5), b"two", frame(2)):
            outbox.put(message)
        assert taken_from(outbox, 3) == [Pong(number=5), b"two", frame(2)]

    def test_it_overflows_and_then_takes_nothing_more(self) -> None:
        outbox = Outbox()
        for number in range(MOST_WAITING + 1):
            outbox.put(Pong(number=number))
        outbox.put(Pong(number=0))
        assert outbox.overflowed
        assert taken_from(outbox, 2) == [None, None]

    def test_whoever_waits_is_woken(self) -> None:
        async def wait() -> Message | bytes | None:
            outbox = Outbox()
            taking = asyncio.create_task(outbox.take())
            await asyncio.sleep(0)
            outbox.put(Pong(number=3))
            return await taking

        assert asyncio.run(wait()) == Pong(number=3)


def test_waiting_costs_no_time_of_its_own() -> None:
    slot: NewestSlot[int] = NewestSlot()
    began_s = time.thread_time()
    slot.take(0.2)
    assert time.thread_time() - began_s < 0.1
