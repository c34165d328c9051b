"""How closely pictures are looked at, so that what is told keeps up with the camera."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vision.assets import PoseModel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

WINDOW_S: Final = 2.0
"""How far back is looked; a picture or two that took long do not count."""
LATE_S: Final = 2.0
"""A rung that has been too slow for this long is left."""
CLEAR_S: Final = 20.0
"""A rung that has been easy for this long is left for a better one."""
MOST_CLEAR_S: Final = 640.0
"""Longest wait, after several climbs that failed."""
ROOM: Final = 0.6
"""Share of the budget below which there is room for more: one rung costs up to this much less
than the one above it, but for the step from the largest model."""
MAX_DROPPED: Final = 0.2
"""Largest share of pictures that may be dropped: 24 of 30 a second are then looked at."""
MIN_PICTURES: Final = 4
"""Pictures in the window that are needed to judge a rung."""
SHARE_WITHIN: Final = 0.75
"""Share of the pictures that are to keep within the budget."""


RAREST_OUTLINE: Final = 3
"""Outlines of 10 pictures a second follow a bend; `models.lumbar.reading.MAX_BETWEEN_S` is the
limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way to look at pictures.

    Attributes
    ----------
    model
        Size of the pose model.
    outline_every
        The back's outline is taken from every n-th picture.
    """

    model: PoseModel
    outline_every: int


def usual_rungs(best: PoseModel, installed: Collection[PoseModel]) -> tuple[Rung, ...]:
    """List the rungs from the best that was asked for to the cheapest.

    The outline becomes rarer before the model becomes smaller, because landmarks are what
    repetitions are counted by; the largest model is the exception, as it costs several times the
    next.

    Parameters
    ----------
    best
        The model to begin with.
    installed
        Models that are there; others are left out.

    Raises
    ------
    ValueError
        When `best` is not installed.
    """
    if best not in installed:
        msg = f"expected one of the installed models {sorted(installed)}, got {best}: install it"
        raise ValueError(msg)
    order = (PoseModel.HEAVY, PoseModel.FULL, PoseModel.LITE)
    models = [model for model in order[order.index(best) :] if model in installed]
    rungs, rarest = [], 1
    for model in models:
        first, last = rarest, 1 if model is PoseModel.HEAVY else RAREST_OUTLINE
        rungs += [Rung(model=model, outline_every=every) for every in range(first, last + 1)]
        rarest = last
    return tuple(rungs)


class QualityLadder:
    """Chooses how closely to look, from how long it takes; pure, time comes in.

    A rung is left for a cheaper one when it has been too slow for `LATE_S`, and for a better one
    when there has been room for `CLEAR_S`. A climb that fails doubles the wait for the next one;
    one that holds for as long as was waited for it sets the wait back.

    Parameters
    ----------
    rungs
        From the best to the cheapest; at least one.
    budget_ms
        What a picture may take.
    start
        Where to begin.

    Raises
    ------
    ValueError
        When there is no rung, no such start, or no budget.
    """

    def __init__(self, rungs: Sequence[Rung], *, budget_ms: float, start: int = 0) -> None:
        if not 0 <= start < len(rungs) or not budget_ms > 0:
            msg = (
                f"expected a start among {len(rungs)} rungs and a budget above 0 ms, got start "
                f"{start} and {budget_ms} ms: give at least one rung"
            )
            raise ValueError(msg)
        self._rungs = tuple(rungs)
        self._budget_ms = budget_ms
        self._at = start
        self._wait_s = CLEAR_S
        self._seen: deque[tuple[float, float, int]] = deque()
        self._late_since_s: float | None = None
        self._clear_since_s: float | None = None
        self._climbed_s: float | None = None

    @property
    def rung(self) -> Rung:
        """How to look now."""
        return self._rungs[self._at]

    @property
    def is_best(self) -> bool:
        """Whether no better way was asked for."""
        return self._at == 0

    def update(self, t_s: float, took_ms: float, dropped: int) -> bool:
        """Take in what the last picture took; true when the rung changed.

        Parameters
        ----------
        t_s
            Now, seconds; must not go back.
        took_ms
            From the arrival of the picture to its answer.
        dropped
            Pictures that a newer one replaced, in all so far.
        """
        if self._seen and t_s - self._seen[-1][0] > WINDOW_S + took_ms / 1000:
            self._forget()
        self._seen.append((t_s, took_ms, dropped))
        while len(self._seen) > MIN_PICTURES and self._seen[0][0] < t_s - WINDOW_S:
            self._seen.popleft()
        if len(self._seen) < MIN_PICTURES:
            return False
        self._judge(t_s)
        if _lasted(self._late_since_s, t_s, LATE_S) and self._at < len(self._rungs) - 1:
            self._descend()
            return True
        if _lasted(self._clear_since_s, t_s, self._wait_s) and self._at > 0:
            self._climb(t_s)
            return True
        return False

    def _judge(self, t_s: float) -> None:
        """Note since when the rung has been too slow, or easy; a climb that held is proven."""
        took_ms = sorted(took for _, took, _ in self._seen)[int(SHARE_WITHIN * len(self._seen))]
        lost = max(self._seen[-1][2] - self._seen[0][2], 0)
        is_late = took_ms > self._budget_ms or lost > MAX_DROPPED * (lost + len(self._seen))
        is_clear = took_ms <= ROOM * self._budget_ms and not lost
        self._late_since_s = _since(self._late_since_s, t_s) if is_late else None
        self._clear_since_s = _since(self._clear_since_s, t_s) if is_clear else None
        if not is_late and _lasted(self._climbed_s, t_s, self._wait_s):
            self._climbed_s, self._wait_s = None, CLEAR_S

    def _descend(self) -> None:
        if self._climbed_s is not None:
            self._wait_s = min(2 * self._wait_s, MOST_CLEAR_S)
        self._at += 1
        self._climbed_s = None
        self._forget()

    def _climb(self, t_s: float) -> None:
        self._at -= 1
        self._climbed_s = t_s
        self._forget()

    def _forget(self) -> None:
        """Begin anew: times of another rung, or from before a pause, tell nothing of this one."""
        self._seen.clear()
        self._late_since_s = self._clear_since_s = None


def _since(since_s: float | None, t_s: float) -> float:
    return t_s if since_s is None else since_s


def _lasted(since_s: float | None, t_s: float, at_least_s: float) -> bool:
    return since_s is not None and t_s - since_s >= at_least_s
