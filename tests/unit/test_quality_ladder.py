"""Down when pictures are late, up when there has been room for long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from service.live.ladder import CLEAR_S, LATE_S, QualityLadder, Rung, usual_rungs
from vision.assets import PoseModel

if TYPE_CHECKING:
    from collections.abc import Callable

HEAVY, FULL, LITE = PoseModel.HEAVY, PoseModel.FULL, PoseModel.LITE
BUDGET_MS: Final = 33.0
FPS: Final = 30.0
RUNGS: Final = usual_rungs(HEAVY, tuple(PoseModel))
Costs = dict[Rung, float]


class Drive:
    """Runs a ladder against a machine whose cost per rung is known."""

    def __init__(self, *, start: int = 0) -> None:
        self.ladder = QualityLadder(RUNGS, budget_ms=BUDGET_MS, start=start)
        self.t_s = 0.0
        self.changes: list[tuple[float, Rung]] = []

    def run(self, for_s: float, took_ms: Callable[[Rung], float], *, drops: float = 0.0) -> None:
        """Let pictures come; `drops` of them are lost for each that is seen."""
        end_s, dropped = self.t_s + for_s, 0.0
        while self.t_s < end_s:
            took = took_ms(self.ladder.rung)
            self.t_s += max(took / 1000, (1 + drops) / FPS)
            dropped += drops
            if self.ladder.update(self.t_s, took, int(dropped)):
                self.changes.append((self.t_s, self.ladder.rung))


def told(rungs: tuple[Rung, ...]) -> list[str]:
    return [f"{rung.model}/{rung.outline_every}" for rung in rungs]


@pytest.mark.parametrize(
    ("best", "installed", "expected"),
    [
        (HEAVY, (LITE, FULL, HEAVY), ["heavy/1", "full/1", "full/2", "full/3", "lite/3"]),
        (FULL, (LITE, FULL, HEAVY), ["full/1", "full/2", "full/3", "lite/3"]),
        (FULL, (FULL,), ["full/1", "full/2", "full/3"]),
        (LITE, (LITE, FULL), ["lite/1", "lite/2", "lite/3"]),
        (HEAVY, (LITE, HEAVY), ["heavy/1", "lite/1", "lite/2", "lite/3"]),
    ],
)
def test_rungs_are_those_that_are_installed(
    best: PoseModel, installed: tuple[PoseModel, ...], expected: list[str]
) -> None:
    assert told(usual_rungs(best, installed)) == expected


def test_a_model_that_is_not_installed_cannot_be_the_best() -> None:
    with pytest.raises(ValueError, match="expected one of the installed models"):
        usual_rungs(HEAVY, (LITE, FULL))


@pytest.mark.parametrize(("start", "budget_ms"), [(5, 33.0), (-1, 33.0), (0, 0.0)])
def test_a_ladder_that_cannot_be_is_refused(start: int, budget_ms: float) -> None:
    with pytest.raises(ValueError, match="expected a start among 5 rungs"):
        QualityLadder(RUNGS, budget_ms=budget_ms, start=start)


def test_it_stays_where_pictures_keep_up() -> None:
    drive = Drive()
    drive.run(120, lambda _: 25.0)
    assert drive.changes == []
    assert drive.ladder.is_best


def test_it_goes_down_after_a_while_of_late_pictures_and_no_sooner() -> None:
    drive = Drive()
    drive.run(60, lambda rung: 90.0 if rung.model is HEAVY else 25.0)
    [(at_s, rung)] = drive.changes
    assert rung == RUNGS[1]
    assert LATE_S <= at_s < LATE_S + 1.0
    assert not drive.ladder.is_best


def test_one_slow_picture_in_five_is_none_of_its_business() -> None:
    drive, number = Drive(), iter(range(10**6))
    drive.run(60, lambda _: 120.0 if next(number) % 5 == 0 else 20.0)
    assert drive.changes == []


def test_dropped_pictures_are_a_sign_too() -> None:
    drive = Drive(start=1)
    drive.run(LATE_S + 1.0, lambda _: 30.0, drops=0.5)
    assert drive.ladder.rung == RUNGS[2]


def test_a_machine_that_is_far_too_slow_ends_at_the_cheapest() -> None:
    drive = Drive()
    drive.run(600, lambda _: 3000.0)
    assert drive.ladder.rung == RUNGS[-1]


def test_a_disturbance_that_passes_is_forgotten() -> None:
    drive = Drive(start=1)
    drive.run(10, lambda _: 60.0)
    assert drive.ladder.rung == RUNGS[-1]
    drive.run(5 * CLEAR_S, lambda rung: 15.0 if rung.model is not HEAVY else 60.0)
    assert RUNGS[1] in [rung for _, rung in drive.changes]
    climbs_s = [at_s for at_s, _ in drive.changes if at_s > 10]
    assert climbs_s[0] - 10 >= CLEAR_S


def test_each_climb_that_fails_doubles_the_wait() -> None:
    drive = Drive(start=1)
    drive.run(400, lambda rung: 90.0 if rung.model is HEAVY else 15.0)
    ups_s = [at_s for at_s, rung in drive.changes if rung.model is HEAVY]
    downs_s = [at_s for at_s, rung in drive.changes if rung.model is not HEAVY]
    waits_s = [up - down for up, down in zip(ups_s, [0.0, *downs_s], strict=False)]
    assert len(waits_s) >= 4
    for number, wait_s in enumerate(waits_s):
        assert wait_s == pytest.approx(CLEAR_S * 2**number, abs=1.0)


def test_a_climb_that_held_sets_the_wait_back() -> None:
    drive = Drive(start=1)
    drive.run(3 * CLEAR_S, lambda rung: 90.0 if rung.model is HEAVY else 15.0)
    drive.run(8 * CLEAR_S, lambda _: 15.0)
    assert drive.ladder.is_best
    drive.run(5, lambda rung: 90.0 if rung.model is HEAVY else 15.0)
    down_s = drive.changes[-1][0]
    drive.run(CLEAR_S + 2, lambda _: 15.0)
    assert drive.ladder.is_best
    assert drive.changes[-1][0] - down_s == pytest.approx(CLEAR_S, abs=1.0)


def test_a_pause_is_not_room() -> None:
    drive = Drive(start=1)
    drive.run(CLEAR_S / 2, lambda _: 15.0)
    drive.t_s += 10 * CLEAR_S
    drive.run(CLEAR_S / 2, lambda _: 15.0)
    assert drive.changes == []
