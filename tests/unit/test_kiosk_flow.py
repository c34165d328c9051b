"""Every edge of the kiosk's flow: what leads from screen to screen, and what that asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from service.kiosk.flow import (
    AWAY_FROM_SUMMARY_S,
    BY_ACTION,
    CAMERA_GRACE_S,
    KEY_PRESENCE_S,
    KioskAct,
    KioskFlow,
    KioskSight,
    Screen,
)
from service.kiosk.settings import KioskSettings
from service.protocol import Press
from service.wording import languages, load_wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

STEP_S: Final = 0.1
SETTINGS: Final = KioskSettings()
START: Final = 1000.0
"""A clock that counts from the start of a computer is far from 0."""


class Visit:
    """Shows a flow one moment after the other, and keeps what it asks for."""

    def __init__(self, **settings: object) -> None:
        self.settings = SETTINGS.model_copy(update=settings)
        self.flow = KioskFlow(self.settings)
        self.t_s = START
        self.acts: list[KioskAct] = []

    @property
    def screen(self) -> str:
        return self.flow.current

    def see(self, for_s: float = STEP_S, **sight: Any) -> Visit:  # noqa: ANN401 - of any field
        """Show the same for a while; a hand that is held up is held longer and longer."""
        values = {
            "somebody": True, "hand_held_s": 0.0, "steady": False, "reps": 0, "still_s": 0.0,
            "camera": True,
        }  # fmt: skip
        raised = sight.pop("hand", False)
        for step in range(1, round(for_s / STEP_S) + 1):
            self.t_s += STEP_S
            held_s = {"hand_held_s": step * STEP_S} if raised else {}
            shown = KioskSight(t_s=self.t_s, **{**values, **sight, **held_s})
            self.acts += self.flow.see(shown)
        return self

    def raise_hand(self, **sight: Any) -> Visit:  # noqa: ANN401 - passed on to `see`
        """Hold a hand up just long enough, then lower it."""
        return self.see(self.settings.hand_s, hand=True, **sight).see(**sight)

    def press(self, action: str = "start") -> Visit:
        self.acts += self.flow.press(action, self.t_s)
        return self

    def wait(self, for_s: float) -> Visit:
        """Show nobody."""
        return self.see(for_s, somebody=False)

    def seconds_left(self) -> int | None:
        return self.flow.screen(self.t_s, load_wording()).seconds_left


def invited(**settings: object) -> Visit:
    return Visit(**settings).see(SETTINGS.presence_s + 2 * STEP_S)


def consenting(**settings: object) -> Visit:
    return invited(**settings).raise_hand()


def turning(**settings: object) -> Visit:
    visit = consenting(**settings).raise_hand()
    return visit.see(visit.settings.countdown_s)


def in_set(**settings: object) -> Visit:
    return turning(**settings).see(steady=True)


def at_summary(**settings: object) -> Visit:
    return in_set(**settings).see(1.0, reps=2).raise_hand(reps=2)


def asked(**settings: object) -> Visit:
    visit = at_summary(**settings)
    return visit.see(visit.settings.summary_s)


REACHED: Final[Mapping[Screen, Callable[[], Visit]]] = {
    Screen.ATTRACT: Visit,
    Screen.INVITE: invited,
    Screen.CONSENT: consenting,
    Screen.COUNTDOWN: lambda: consenting().raise_hand(),
    Screen.TURN: turning,
    Screen.SET: in_set,
    Screen.SUMMARY: at_summary,
    Screen.STILL_THERE: asked,
    Screen.CAMERA_LOST: lambda: Visit().see(CAMERA_GRACE_S + 3 * STEP_S, camera=False),
}
"""How each screen is reached."""


class TestStarting:
    @pytest.mark.parametrize("screen", Screen)
    def test_every_screen_is_reached(self, screen: Screen) -> None:
        assert REACHED[screen]().screen == screen

    def test_somebody_who_walks_past_is_left_alone(self) -> None:
        assert Visit().see(SETTINGS.presence_s - STEP_S).wait(10).screen == "attract"

    def test_a_step_aside_does_not_restart_the_wait(self) -> None:
        visit = Visit().see(SETTINGS.presence_s - 2 * STEP_S).wait(1.0)
        assert visit.see(2 * STEP_S).screen == "invite"

    def test_a_hand_held_too_shortly_is_none(self) -> None:
        visit = invited().see(SETTINGS.hand_s - 2 * STEP_S, hand=True)
        assert visit.see().screen == "invite"

    def test_a_hand_that_is_up_already_starts_as_well(self) -> None:
        assert Visit().see(3.0, hand=True).screen == "consent"

    def test_one_raise_counts_once(self) -> None:
        assert invited().see(20.0, hand=True).screen == "consent"

    def test_a_hand_that_is_lowered_and_raised_counts_again(self) -> None:
        assert consenting().raise_hand().screen == "countdown"

    def test_the_notice_goes_when_its_time_is_over(self) -> None:
        assert consenting(consent_s=8.0).see(8.0).screen != "consent"

    def test_nothing_is_measured_before_the_turn(self) -> None:
        assert consenting().raise_hand().acts == []

    def test_the_set_begins_to_be_measured_at_the_turn(self) -> None:
        visit = turning()
        assert visit.screen == "turn"
        assert visit.acts == [KioskAct.START_SET]

    def test_the_turn_lasts_until_the_person_is_steady(self) -> None:
        visit = turning().see(20.0)
        assert visit.screen == "turn"
        assert visit.see(steady=True).screen == "set"

    def test_a_counted_repetition_ends_the_turn_as_well(self) -> None:
        assert turning().see(reps=1).screen == "set"

    def test_whoever_finds_no_position_gets_back_to_the_start(self) -> None:
        visit = turning(turn_s=10.0).see(10.0 + STEP_S)
        assert visit.screen == "attract"
        assert visit.acts == [KioskAct.START_SET, KioskAct.FORGET]


class TestSet:
    def test_a_raised_hand_ends_it(self) -> None:
        visit = in_set().see(2.0, reps=1).raise_hand(reps=1)
        assert visit.screen == "summary"
        assert visit.acts == [KioskAct.START_SET, KioskAct.FINISH_SET]

    def test_a_hand_that_was_up_before_it_does_not_end_it(self) -> None:
        visit = turning()
        visit.see(1.5, hand=True).see(1.5, hand=True, steady=True)
        assert visit.screen == "set"

    def test_standing_still_ends_it_after_a_repetition(self) -> None:
        visit = in_set().see(3.0, reps=1)
        assert visit.see(SETTINGS.still_s, reps=1, still_s=60.0).screen == "summary"

    def test_standing_still_counts_from_the_last_repetition(self) -> None:
        visit = in_set().see(2.0, reps=0, still_s=60.0).see(2.0, reps=1, still_s=60.0)
        assert visit.see(SETTINGS.still_s - 1.0, reps=2, still_s=60.0).screen == "set"
        assert visit.see(1.0 + STEP_S, reps=2, still_s=60.0).screen == "summary"

    def test_standing_still_before_the_first_repetition_does_not_end_it(self) -> None:
        visit = in_set(first_rep_s=40.0).see(39.0, still_s=60.0)
        assert visit.screen == "set"
        assert visit.see(2.0, still_s=60.0).screen == "summary"

    def test_moving_does_not_end_it(self) -> None:
        assert in_set().see(60.0, reps=2, still_s=0.5).screen == "set"

    def test_the_target_ends_it(self) -> None:
        visit = in_set(target_reps=3).see(2.0, reps=2)
        assert visit.screen == "set"
        assert visit.see(reps=3).screen == "summary"

    def test_without_a_target_it_goes_on(self) -> None:
        assert in_set(target_reps=None).see(reps=40).screen == "set"

    def test_it_does_not_last_for_ever(self) -> None:
        visit = in_set(set_s=30.0, target_reps=None)
        assert visit.see(31.0, reps=9).screen == "summary"

    def test_leaving_with_repetitions_shows_them(self) -> None:
        visit = in_set().see(2.0, reps=2).see(SETTINGS.away_s + 3 * STEP_S, somebody=False, reps=2)
        assert visit.screen == "summary"
        assert visit.acts[-1] is KioskAct.FINISH_SET

    def test_leaving_without_one_forgets(self) -> None:
        visit = in_set().wait(SETTINGS.away_s + 3 * STEP_S)
        assert visit.screen == "attract"
        assert visit.acts[-1] is KioskAct.FORGET

    @pytest.mark.parametrize("screen", [Screen.INVITE, Screen.CONSENT, Screen.TURN, Screen.SET])
    def test_two_seconds_out_of_view_are_no_leaving(self, screen: Screen) -> None:
        assert REACHED[screen]().wait(2.0).screen == screen

    @pytest.mark.parametrize(
        "screen", [Screen.INVITE, Screen.CONSENT, Screen.COUNTDOWN, Screen.TURN, Screen.SET]
    )
    def test_leaving_leads_back_to_the_start(self, screen: Screen) -> None:
        visit = REACHED[screen]()
        visit.wait(SETTINGS.countdown_s + SETTINGS.away_s + 1.0)
        assert visit.screen == "attract"


class TestSummary:
    def test_a_raised_hand_begins_the_next_set(self) -> None:
        visit = at_summary().raise_hand(reps=2)
        assert visit.screen == "countdown"
        visit.see(SETTINGS.countdown_s).see(steady=True)
        assert visit.screen == "set"
        assert visit.acts.count(KioskAct.START_SET) == 2
        assert KioskAct.FORGET not in visit.acts

    def test_it_stays_while_somebody_reads(self) -> None:
        visit = at_summary().see(SETTINGS.summary_s - 2.0)
        assert visit.screen == "summary"
        assert visit.see(2.0).screen == "still_there"

    def test_it_waits_for_somebody_who_comes_up_to_the_screen(self) -> None:
        assert at_summary().wait(AWAY_FROM_SUMMARY_S - 1.0).screen == "summary"

    def test_it_asks_soon_when_they_have_left(self) -> None:
        assert SETTINGS.summary_s > AWAY_FROM_SUMMARY_S
        assert at_summary().wait(AWAY_FROM_SUMMARY_S + 1.0).screen == "still_there"

    def test_a_hand_keeps_it(self) -> None:
        visit = asked().raise_hand()
        assert visit.screen == "summary"
        assert KioskAct.FORGET not in visit.acts

    def test_standing_about_does_not_keep_it(self) -> None:
        visit = asked().see(SETTINGS.still_there_s + STEP_S)
        assert visit.screen == "attract"
        assert visit.acts[-1] is KioskAct.FORGET

    def test_the_next_person_sees_the_start_before_the_invitation(self) -> None:
        visit = asked().see(SETTINGS.still_there_s + STEP_S)
        assert visit.see(SETTINGS.presence_s - 3 * STEP_S).screen == "attract"
        assert visit.see(4 * STEP_S).screen == "invite"

    def test_what_was_forgotten_is_forgotten_once(self) -> None:
        visit = asked().wait(SETTINGS.still_there_s + 60.0)
        assert visit.acts == [KioskAct.START_SET, KioskAct.FINISH_SET, KioskAct.FORGET]

    def test_its_countdown_gives_as_long_as_accessibility_asks_for(self) -> None:
        assert SETTINGS.still_there_s >= 20


class TestKeys:
    def test_any_key_works_as_the_hand(self) -> None:
        visit = Visit().press().press()
        assert visit.screen == "countdown"

    def test_whoever_pressed_may_stand_beside_the_picture(self) -> None:
        visit = Visit().press()
        assert visit.wait(KEY_PRESENCE_S + SETTINGS.away_s - STEP_S).screen == "consent"
        assert visit.wait(3 * STEP_S).screen == "attract"

    def test_stay_keeps_a_summary_longer(self) -> None:
        visit = at_summary().see(SETTINGS.summary_s - 2.0).press("stay").see(10.0)
        assert visit.screen == "summary"

    def test_stay_answers_the_question(self) -> None:
        assert asked().press("stay").screen == "summary"

    def test_done_ends_a_set_and_a_visit(self) -> None:
        visit = in_set().see(reps=1).press("done")
        assert visit.screen == "summary"
        assert visit.press("done").screen == "attract"
        assert visit.acts[-1] is KioskAct.FORGET

    @pytest.mark.parametrize("screen", [screen for screen in Screen if screen != "camera_lost"])
    def test_back_leads_to_the_start_from_everywhere(self, screen: Screen) -> None:
        assert REACHED[screen]().press("back").screen == "attract"

    def test_every_action_of_the_protocol_means_something(self) -> None:
        actions = Press.model_json_schema()["properties"]["action"]["enum"]
        assert set(actions) == BY_ACTION.keys()


class TestCamera:
    def test_a_stutter_is_none(self) -> None:
        assert in_set().see(CAMERA_GRACE_S, camera=False, somebody=False).screen == "set"

    @pytest.mark.parametrize(
        "screen", [Screen.ATTRACT, Screen.INVITE, Screen.CONSENT, Screen.TURN, Screen.SET]
    )
    def test_a_lost_camera_is_told_and_comes_back_to_the_start(self, screen: Screen) -> None:
        visit = REACHED[screen]().see(CAMERA_GRACE_S + 1.0, camera=False, somebody=False)
        assert visit.screen == "camera_lost"
        assert visit.see(somebody=False).screen == "attract"

    def test_what_was_measured_is_forgotten(self) -> None:
        visit = in_set().see(5.0, camera=False, somebody=False)
        assert visit.acts == [KioskAct.START_SET, KioskAct.FORGET]

    def test_a_summary_can_be_read_without_a_camera(self) -> None:
        visit = at_summary().see(AWAY_FROM_SUMMARY_S - 2.0, camera=False, somebody=False)
        assert visit.screen == "summary"

    def test_keys_do_nothing_while_it_is_lost(self) -> None:
        visit = REACHED[Screen.CAMERA_LOST]()
        for action in BY_ACTION:
            visit.press(action)
        assert visit.screen == "camera_lost"


class TestShowing:
    def test_the_countdown_counts_down(self) -> None:
        visit = consenting().raise_hand().see(0.1)
        shown = [visit.seconds_left()]
        for _ in range(2):
            visit.see(1.0)
            shown.append(visit.seconds_left())
        assert shown == [3, 2, 1]

    @pytest.mark.parametrize("screen", [Screen.ATTRACT, Screen.INVITE, Screen.CAMERA_LOST])
    def test_what_waits_for_somebody_has_no_time(self, screen: Screen) -> None:
        assert REACHED[screen]().seconds_left() is None

    def test_showing_changes_nothing(self) -> None:
        visit = asked()
        first = visit.flow.screen(visit.t_s + 5.0, load_wording())
        assert first == visit.flow.screen(visit.t_s + 5.0, load_wording())
        assert visit.screen == "still_there"

    def test_a_clock_that_runs_backwards_is_waited_for(self) -> None:
        visit = asked()
        before = visit.seconds_left()
        assert visit.flow.screen(visit.t_s - 100.0, load_wording()).seconds_left == before

    def test_the_target_is_told(self) -> None:
        told = in_set(target_reps=7).flow.screen(START, load_wording()).text
        assert "7" in told
        free = in_set(target_reps=None).flow.screen(START, load_wording()).text
        assert not any(letter.isdigit() for letter in free)

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("screen", Screen)
    def test_every_screen_has_its_words(self, screen: Screen, language: str) -> None:
        keys = {f"kiosk.{screen}.{part}" for part in ("title", "text")}
        assert missing(keys, language) == []

    def test_a_page_can_show_every_screen(self) -> None:
        shown = {REACHED[screen]().flow.screen(START, load_wording()).screen for screen in Screen}
        assert shown == set(Screen)


def missing(keys: Iterable[str], language: str) -> list[str]:
    wording = load_wording(language)
    return [key for key in keys if not wording.has(key)]
