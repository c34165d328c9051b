"""How often something may happen."""

from __future__ import annotations


class RateLimit:
    """Allows so many a second, and a burst of them at once.

    Parameters
    ----------
    per_s
        How many a second in the long run.
    burst
        How many at once.
    """

    def __init__(self, *, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._left = self._burst
        self._last_s: float | None = None

    def allows(self, now_s: float) -> bool:
        """Count one more at a time; false when it is too many."""
        passed_s = 0.0 if self._last_s is None else max(now_s - self._last_s, 0.0)
        self._last_s = now_s
        self._left = min(self._left + passed_s * self._per_s, self._burst)
        if self._left < 1:
            return False
        self._left -= 1
        return True
