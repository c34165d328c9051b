"""Whatever a visitor does, the kiosk gets back to its start and forgets them."""

from __future__ import annotations

import math
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.kiosk.flow import (
    BY_ACTION,
    KEY_PRESENCE_S,
    KioskAct,
    KioskFlow,
    KioskSight,
    Screen,
)
from service.kiosk.settings import KioskSettings
from service.wording import load_wording

QUICK: Final = KioskSettings(
    consent_s=8, turn_s=9, still_s=3, first_rep_s=7, set_s=15, summary_s=6, still_there_s=5
)
LONG_ENOUGH_S: Final = 60.0 + KEY_PRESENCE_S
"""Longer than everything that can follow on one another after somebody has left."""
TICK_S: Final = 0.5
FROM_SET: Final = {Screen.SET, Screen.SUMMARY, Screen.STILL_THERE, Screen.TURN}


class Visitors(RuleBasedStateMachine):
    """People come, wave, move, press keys and go, in any order; cameras come and go too."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = KioskFlow(QUICK)
        self.t_s = 500.0
        self.measured = False
        self.finished = False
        self.reps = 0

    def take(self, acts: tuple[KioskAct, ...]) -> None:
        for act in acts:
            if act is KioskAct.START_SET:
                self.measured, self.finished, self.reps = True, False, 0
            elif act is KioskAct.FINISH_SET:
                assert self.measured
                assert not self.finished
                self.finished = True
            else:
                assert self.measured, "forgot what was not there"
                self.measured = False

    def see(self, **sight: object) -> None:
        shown = {
            "somebody": False, "hand_held_s": 0.0, "steady": False, "still_s": 0.0, "camera": True
        }  # fmt: skip
        values = {**shown, **sight, "t_s": self.t_s, "reps": self.reps}
        self.take(self.flow.see(KioskSight(**values)))  # type: ignore[arg-type] # any mix of them

    @rule(
        seconds=st.floats(0, 12),
        somebody=st.booleans(),
        hand_held_s=st.sampled_from([0.0, 0.4, 1.0, 3.0, math.nan]),
        steady=st.booleans(),
        still_s=st.floats(0, 20),
        camera=st.booleans(),
        counted=st.booleans(),
    )
    def look(self, *, seconds: float, counted: bool, **sight: object) -> None:
        self.t_s += seconds
        self.reps += counted and self.flow.current is Screen.SET
        self.see(**sight)

    @rule(action=st.sampled_from(sorted(BY_ACTION)), seconds=st.floats(0, 3))
    def press(self, action: str, seconds: float) -> None:
        self.t_s += seconds
        self.take(self.flow.press(action, self.t_s))

    @rule(seconds=st.floats(0.01, 4))
    def time_only_passes(self, seconds: float) -> None:
        """While nothing happens, a second that is left is never more than before."""
        before = self.flow.screen(self.t_s, load_wording())
        after = self.flow.screen(self.t_s + seconds, load_wording())
        assert before.screen == after.screen
        if before.seconds_left is not None:
            assert after.seconds_left is not None
            assert after.seconds_left <= before.seconds_left
            assert after.seconds_left <= max(before.seconds_left - math.floor(seconds), 0)

    @precondition(lambda self: self.flow.current is not Screen.ATTRACT)
    @rule()
    def everybody_leaves(self) -> None:
        """Nobody can leave it stuck, and nothing of them is left."""
        until_s = self.t_s + LONG_ENOUGH_S
        while self.t_s < until_s:
            self.t_s += TICK_S
            self.see()
        assert self.flow.current is Screen.ATTRACT
        assert not self.measured

    @invariant()
    def what_is_measured_belongs_to_a_visit(self) -> None:
        if self.flow.current in {Screen.ATTRACT, Screen.INVITE, Screen.CAMERA_LOST}:
            assert not self.measured
        if self.flow.current in FROM_SET:
            assert self.measured
        if self.flow.current in {Screen.SUMMARY, Screen.STILL_THERE}:
            assert self.finished


TestVisitors = Visitors.TestCase
TestVisitors.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
