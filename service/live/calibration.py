"""The ten-second calibration: stand tall, bend twice as far as is comfortable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.calibration import MIN_BENDS, NoOwnBend, OwnBend, find_own_bend

if TYPE_CHECKING:
    from service.live.live_set import LiveSet

LONGEST_S: Final = 40.0
"""A calibration ends after this time, whatever was seen; expert default."""
MOST_BENDS: Final = 4
"""Bends after which it ends even when they gave no maximum; expert default."""
UPRIGHT_SHARE: Final = 0.2
"""What standing tall is of the whole, for the progress that is shown."""


class CalibrationRun:
    """Watches a set of free bends until the own bend is found or will not be.

    Parameters
    ----------
    person
        Whom it is to be saved for; None for this session alone.
    """

    def __init__(self, person: str | None) -> None:
        self.person = person
        self._found: OwnBend | NoOwnBend | None = None
        self._reps = 0
        self._share = 0.0

    @property
    def share(self) -> float:
        """How far it is, 0 to 1; it does not go back."""
        return self._share

    def is_done(self, run: LiveSet, *, upright: bool) -> bool:
        """Look at the bends so far; true when there is nothing more to wait for.

        Parameters
        ----------
        run
            The set of free bends.
        upright
            Whether the person's own upright is known by now.
        """
        news, self._reps = run.reps > self._reps, run.reps
        bends = min(self._reps / MIN_BENDS, 1.0)
        stands = UPRIGHT_SHARE if upright or self._reps else 0.0
        self._share = max(self._share, stands + (1 - UPRIGHT_SHARE) * bends)
        if news and run.reps >= MIN_BENDS:
            self._found = find_own_bend(run.report())
        is_found = isinstance(self._found, OwnBend)
        return is_found or run.reps >= MOST_BENDS or run.age_s >= LONGEST_S

    def result(self, run: LiveSet) -> OwnBend | NoOwnBend:
        """Return the own bend, or why there is none."""
        if not isinstance(self._found, OwnBend):
            self._found = find_own_bend(run.report())
        return self._found
