"""The kiosk's flow beside a session: what it sees of each picture, and the screen that follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from service.kiosk.flow import KioskFlow, KioskSight, Screen
from vision.gestures import HandRaiseObserver

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.kiosk.flow import KioskAct
    from service.kiosk.settings import KioskSettings
    from service.protocol import KioskScreen
    from service.wording import Wording
    from vision.pose import Pose

CAMERA_PATIENCE_S: Final = 1.0
"""A camera that sent nothing for longer than this counts as lost."""
READ_AGAIN_S: Final = 2.0
"""Time after which settings are read anew while nobody is there."""


class KioskVisit:
    """Drives a `KioskFlow` from pictures, keys and the clock.

    Parameters
    ----------
    read_settings
        Returns the settings in force; staff may change them between two visits.
    now_s
        Server's clock; the camera has a moment from here on to send its first picture.
    """

    def __init__(self, read_settings: Callable[[], KioskSettings], now_s: float) -> None:
        self._read_settings = read_settings
        self._read_s = now_s
        self._settings = read_settings()
        self._flow = KioskFlow(self._settings)
        self._hand = HandRaiseObserver()
        self._shown: KioskScreen | None = None
        self._picture_s = now_s
        self._sight = KioskSight(
            t_s=now_s,
            somebody=False,
            hand_held_s=0.0,
            steady=False,
            reps=0,
            still_s=0.0,
            camera=True,
        )

    @property
    def settings(self) -> KioskSettings:
        """The settings in force for this visit."""
        return self._settings

    def see(
        self, pose: Pose, now_s: float, *, steady: bool, reps: int, still_s: float
    ) -> tuple[KioskAct, ...]:
        """Take in a picture and return what is to be done."""
        self._picture_s = now_s
        self._sight = KioskSight(
            t_s=now_s,
            somebody=not pose.is_empty,
            hand_held_s=self._hand.update(pose),
            steady=steady,
            reps=reps,
            still_s=still_s,
            camera=True,
        )
        self._take_up_settings(now_s)
        return self._flow.see(self._sight)

    def wait(self, now_s: float) -> tuple[KioskAct, ...]:
        """Let time pass without a picture and return what is to be done."""
        camera = now_s - self._picture_s <= CAMERA_PATIENCE_S
        somebody = self._sight.somebody and camera
        self._sight = replace(self._sight, t_s=now_s, camera=camera, somebody=somebody)
        self._take_up_settings(now_s)
        return self._flow.see(self._sight)

    def press(self, action: str, now_s: float) -> tuple[KioskAct, ...]:
        """Take in a key and return what is to be done."""
        return self._flow.press(action, now_s)

    def screen(self, now_s: float, wording: Wording) -> KioskScreen | None:
        """Return the screen when it differs from the last one that was returned, else None."""
        screen = self._flow.screen(now_s, wording)
        if screen == self._shown:
            return None
        self._shown = screen
        return screen

    def _take_up_settings(self, now_s: float) -> None:
        """Begin anew with other settings while nobody is there."""
        if self._flow.current is not Screen.ATTRACT or now_s - self._read_s < READ_AGAIN_S:
            return
        self._read_s = now_s
        settings = self._read_settings()
        if settings != self._settings:
            self._settings = settings
            self._flow = KioskFlow(settings)
