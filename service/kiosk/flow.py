"""The course of one visit to the kiosk after the other, as a state machine without a clock.

::

    attract ─▶ invite ─▶ consent ─▶ countdown ─▶ turn ─▶ set ─▶ summary ─▶ still_there ─▶ attract
                 hand      hand                  steady    │     │  ▲  hand: once more      │
                                                           │     │  └────── hand ───────────┘
                                                           │     └─ hand: countdown, next set
                                                           └ stands still, hand, target, leaves

Whoever leaves takes the visit with them: every screen goes back to ``attract`` by itself. What
was measured is forgotten on the way there, whichever way that is. A lost camera leads to
``camera_lost`` and from there to ``attract``; a summary that somebody reads stays until its time
is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from service.protocol import KioskScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from service.kiosk.settings import KioskSettings
    from service.wording import Wording

KEY_PRESENCE_S: Final = 10.0
"""Whoever presses a key may stand beside the picture: that long they count as there."""

CAMERA_GRACE_S: Final = 2.0
"""A camera that was lost for no longer than this has only stuttered."""

AWAY_FROM_SUMMARY_S: Final = 12.0
"""Time to walk up to the screen with a telephone, where the camera sees nobody."""


class Screen(StrEnum):
    """The screens, as the protocol names them."""

    ATTRACT = "attract"
    INVITE = "invite"
    CONSENT = "consent"
    COUNTDOWN = "countdown"
    TURN = "turn"
    SET = "set"
    SUMMARY = "summary"
    STILL_THERE = "still_there"
    CAMERA_LOST = "camera_lost"


BY_HAND: Final[Mapping[Screen, Screen]] = {
    Screen.ATTRACT: Screen.CONSENT,
    Screen.INVITE: Screen.CONSENT,
    Screen.CONSENT: Screen.COUNTDOWN,
    Screen.SET: Screen.SUMMARY,
    Screen.SUMMARY: Screen.COUNTDOWN,
    Screen.STILL_THERE: Screen.SUMMARY,
}
"""Where a raised hand, or any key, leads; elsewhere it does nothing."""

BY_ACTION: Final[Mapping[str, Mapping[Screen, Screen]]] = {
    "start": BY_HAND,
    "stay": {**BY_HAND, Screen.SUMMARY: Screen.SUMMARY},
    "done": {
        Screen.TURN: Screen.ATTRACT,
        Screen.SET: Screen.SUMMARY,
        Screen.SUMMARY: Screen.ATTRACT,
        Screen.STILL_THERE: Screen.ATTRACT,
    },
    "back": {screen: Screen.ATTRACT for screen in Screen if screen is not Screen.CAMERA_LOST},
}
"""Where a key leads, by what it means."""


class KioskAct(StrEnum):
    """What the session has to do."""

    START_SET = "start_set"
    """Begin a set: measure from now on."""
    FINISH_SET = "finish_set"
    """End the set and sum it up."""
    FORGET = "forget"
    """Forget everything that was measured in this visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskSight:
    """What is seen at one moment; due at least once a second, with or without a picture.

    Attributes
    ----------
    t_s
        Time of whoever drives the flow; it does not run backwards.
    somebody
        Whether a person is in view.
    hand_held_s
        For how long they have held a hand up; 0 when they do not.
    steady
        Whether they stand so that the set can be measured.
    reps
        Repetitions of the set that `KioskAct.START_SET` began.
    still_s
        For how long they have stood still.
    camera
        Whether pictures come.
    """

    t_s: float
    somebody: bool
    hand_held_s: float
    steady: bool
    reps: int
    still_s: float
    camera: bool


class _Hand:
    """Tells each raise of a hand once: it must have been down since the last one counted."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._was_down = True
        self._held_s = 0.0

    def see(self, held_s: float) -> None:
        self._held_s = held_s
        self._was_down = self._was_down or not held_s > 0

    def ask_to_lower(self) -> None:
        """Count no hand that is still up."""
        self._was_down = not self._held_s > 0

    @property
    def raised(self) -> bool:
        return self._was_down and self._held_s >= self._hold_s


class KioskFlow:
    """Which screen is shown, and what the session has to do when it changes.

    Pure: time comes with what is seen and pressed.

    Parameters
    ----------
    settings
        How long each screen stays.

    Examples
    --------
    >>> from service.kiosk.settings import KioskSettings
    >>> flow = KioskFlow(KioskSettings())
    >>> flow.press("start", 1.0), flow.press("start", 2.0)
    ((), ())
    >>> flow.current
    <Screen.COUNTDOWN: 'countdown'>
    """

    def __init__(self, settings: KioskSettings) -> None:
        self._settings = settings
        self._screen = Screen.ATTRACT
        self._now_s = -math.inf
        self._entered_s = -math.inf
        self._measured = False
        self._hand = _Hand(settings.hand_s)
        self._somebody_since_s = math.inf
        self._last_sign_s = -math.inf
        self._camera_since_lost_s = math.inf
        self._reps = 0
        self._last_rep_s = -math.inf
        self._limits_s = {
            Screen.CONSENT: settings.consent_s,
            Screen.COUNTDOWN: settings.countdown_s,
            Screen.TURN: settings.turn_s,
            Screen.SET: settings.set_s,
            Screen.SUMMARY: settings.summary_s,
            Screen.STILL_THERE: settings.still_there_s,
        }
        self._rules: dict[Screen, Callable[[KioskSight], Screen | None]] = {
            Screen.ATTRACT: self._after_attract,
            Screen.INVITE: self._after_invite,
            Screen.CONSENT: self._after_consent,
            Screen.COUNTDOWN: self._after_countdown,
            Screen.TURN: self._after_turn,
            Screen.SET: self._after_set,
            Screen.SUMMARY: self._after_summary,
            Screen.STILL_THERE: self._after_still_there,
            Screen.CAMERA_LOST: self._after_camera_lost,
        }

    @property
    def current(self) -> Screen:
        """The screen that is shown."""
        return self._screen

    def see(self, sight: KioskSight) -> tuple[KioskAct, ...]:
        """Take in a moment; return what the session has to do, in order."""
        self._tick(sight.t_s)
        self._note(sight)
        following = self._after_camera_gone() or self._rules[self._screen](sight)
        return () if following is None else self._enter(following)

    def press(self, action: str, t_s: float) -> tuple[KioskAct, ...]:
        """Take in a key, by what it means; return what the session has to do, in order.

        Parameters
        ----------
        action
            ``start``, ``stay``, ``done`` or ``back``, as in `service.protocol.Press`.
        t_s
            When it was pressed.
        """
        self._tick(t_s)
        self._last_sign_s = self._now_s + KEY_PRESENCE_S
        following = BY_ACTION[action].get(self._screen)
        return () if following is None else self._enter(following)

    def screen(self, t_s: float, wording: Wording) -> KioskScreen:
        """Return the message that shows the screen at a time; changes nothing."""
        return KioskScreen.model_validate(
            {
                "screen": self._screen.value,
                "seconds_left": self._seconds_left(t_s),
                "title": wording.of(f"kiosk.{self._screen}.title"),
                "text": self._text(wording),
            }
        )

    def _text(self, wording: Wording) -> str:
        count = self._settings.target_reps
        if self._screen is Screen.SET and count is not None:
            return wording.of("kiosk.set.text_count", count=count)
        return wording.of(f"kiosk.{self._screen}.text")

    def _seconds_left(self, t_s: float) -> int | None:
        limit_s = self._limits_s.get(self._screen)
        if limit_s is None:
            return None
        in_screen_s = max(t_s, self._now_s) - self._entered_s
        return max(math.ceil(limit_s - in_screen_s), 0)

    # ---- what is known ----------------------------------------------------------------------

    def _tick(self, t_s: float) -> None:
        self._now_s = max(self._now_s, t_s)

    def _note(self, sight: KioskSight) -> None:
        """Remember since when things are as they are."""
        now_s = self._now_s
        self._hand.see(sight.hand_held_s)
        self._camera_since_lost_s = (
            math.inf if sight.camera else min(self._camera_since_lost_s, now_s)
        )
        if sight.somebody:
            self._last_sign_s = max(self._last_sign_s, now_s)
            self._somebody_since_s = min(self._somebody_since_s, now_s)
        elif self._gone:
            self._somebody_since_s = math.inf
        if sight.reps != self._reps:
            self._reps, self._last_rep_s = sight.reps, now_s

    @property
    def _away_s(self) -> float:
        return self._now_s - self._last_sign_s

    @property
    def _gone(self) -> bool:
        return self._away_s > self._settings.away_s

    @property
    def _in_screen_s(self) -> float:
        return self._now_s - self._entered_s

    @property
    def _time_is_over(self) -> bool:
        return self._in_screen_s >= self._limits_s[self._screen]

    def _stopped(self, sight: KioskSight) -> bool:
        """Tell whether a set has come to rest after its last repetition."""
        if sight.reps == 0:
            return self._in_screen_s >= self._settings.first_rep_s
        rest_s = min(sight.still_s, self._now_s - self._last_rep_s)
        return rest_s >= self._settings.still_s

    def _reached(self, sight: KioskSight) -> bool:
        target = self._settings.target_reps
        return target is not None and sight.reps >= target

    # ---- where it goes from each screen -----------------------------------------------------

    def _after_attract(self, sight: KioskSight) -> Screen | None:
        if self._hand.raised:
            return Screen.CONSENT
        there_s = self._now_s - max(self._somebody_since_s, self._entered_s)
        return Screen.INVITE if sight.somebody and there_s >= self._settings.presence_s else None

    def _after_invite(self, _sight: KioskSight) -> Screen | None:
        if self._hand.raised:
            return Screen.CONSENT
        return Screen.ATTRACT if self._gone else None

    def _after_consent(self, _sight: KioskSight) -> Screen | None:
        if self._hand.raised:
            return Screen.COUNTDOWN
        return Screen.ATTRACT if self._gone or self._time_is_over else None

    def _after_countdown(self, _sight: KioskSight) -> Screen | None:
        if self._gone:
            return Screen.ATTRACT
        return Screen.TURN if self._time_is_over else None

    def _after_turn(self, sight: KioskSight) -> Screen | None:
        if self._gone or self._time_is_over:
            return Screen.ATTRACT
        return Screen.SET if sight.steady or sight.reps > 0 else None

    def _after_set(self, sight: KioskSight) -> Screen | None:
        if self._gone and sight.reps == 0:
            return Screen.ATTRACT
        over = self._gone or self._hand.raised or self._time_is_over
        return Screen.SUMMARY if over or self._stopped(sight) or self._reached(sight) else None

    def _after_summary(self, _sight: KioskSight) -> Screen | None:
        if self._hand.raised:
            return Screen.COUNTDOWN
        left = min(self._away_s, self._in_screen_s) > AWAY_FROM_SUMMARY_S
        return Screen.STILL_THERE if self._time_is_over or left else None

    def _after_still_there(self, _sight: KioskSight) -> Screen | None:
        if self._hand.raised:
            return Screen.SUMMARY
        return Screen.ATTRACT if self._time_is_over else None

    def _after_camera_lost(self, sight: KioskSight) -> Screen | None:
        return Screen.ATTRACT if sight.camera else None

    def _after_camera_gone(self) -> Screen | None:
        reads = self._screen in {Screen.SUMMARY, Screen.STILL_THERE, Screen.CAMERA_LOST}
        lost_s = self._now_s - self._camera_since_lost_s
        return Screen.CAMERA_LOST if lost_s > CAMERA_GRACE_S and not reads else None

    # ---- what that asks of the session ------------------------------------------------------

    def _enter(self, following: Screen) -> tuple[KioskAct, ...]:
        before, self._screen = self._screen, following
        self._entered_s = self._now_s
        if following is not Screen.INVITE:  # a hand that answers the invitation may be up already
            self._hand.ask_to_lower()
        return self._acts(before, following)

    def _acts(self, before: Screen, following: Screen) -> tuple[KioskAct, ...]:
        if following is Screen.TURN:
            self._measured = True
            return (KioskAct.START_SET,)
        if following is Screen.SUMMARY and before is Screen.SET:
            return (KioskAct.FINISH_SET,)
        if following in {Screen.ATTRACT, Screen.CAMERA_LOST} and self._measured:
            self._measured = False
            return (KioskAct.FORGET,)
        return ()
