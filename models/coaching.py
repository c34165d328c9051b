"""Coaching while a set runs: at most one short cue after a repetition (``measurement.md`` §4.2).

Feedback after the set is the default and helps to keep what was learned; a cue after a repetition
is for those who ask for it. Even then it is rare: only when at least two of the last three judged
repetitions lie outside their band by more than one standard error, the last one among them; not
again within eight seconds; not more than three times in a row; in fewer sets as a session goes on.
When what was cued comes back inside its band, that is said once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from models.cues import RECENT_REPS, is_outside, matches_goal, priority
from models.results import Verdict
from models.spec import Severity

if TYPE_CHECKING:
    from models.assessor import RepCounted
    from models.results import Finding
    from models.spec import FaultSpec, Goal, MovementSpec

MIN_OUTSIDE: Final = 2
"""How many of the last `RECENT_REPS` must be outside their band (``measurement.md`` §4.2)."""

COOLDOWN_S: Final = 8.0
"""Least time between two cues: about two repetitions without one. Expert default."""

MAX_IN_A_ROW: Final = 3
"""Most times that the same cue is given with nothing else said between. Expert default."""

FULL_SETS: Final = 2
"""Sets of a session with cues in all of them, as with the cue after a set
(``measurement.md`` §4.2)."""

HALF_SETS: Final = 4
"""Sets after those with cues in every second; from then on in every third. Expert default."""

GOOD: Final = "cue.good"
"""Key of what is said when the cued fault came back inside its band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A few words to say after a repetition.

    Attributes
    ----------
    kind
        ``cue`` one change; ``good`` what was cued got better.
    key
        Key of a text of at most five words.
    """

    kind: Literal["cue", "good"]
    key: str


class RepCoach:
    """Says at most one short thing after a repetition of one set.

    Parameters
    ----------
    goal
        What the person practises.
    each_rep
        Whether they asked for cues during a set; nothing is said otherwise.
    sets_done
        Sets of this session before this one: cues fade from set to set.
    """

    def __init__(self, *, goal: Goal, each_rep: bool, sets_done: int = 0) -> None:
        self._goal = goal
        self._speaks = each_rep and is_cued_set(sets_done)
        self._recent: defaultdict[str, deque[Finding]] = defaultdict(
            lambda: deque(maxlen=RECENT_REPS)
        )
        self._cued_s: float | None = None
        self._last_cue: str | None = None
        self._in_a_row = 0
        self._awaits_good = False

    def rep(self, counted: RepCounted, movement: MovementSpec | None) -> Spoken | None:
        """Take in a repetition and say what is to be said after it; mostly nothing.

        Parameters
        ----------
        counted
            The repetition with its findings.
        movement
            The definition that it was judged by; None when it is not known.
        """
        if not self._speaks or movement is None:
            return None
        judged = {
            finding.fault: finding
            for finding in counted.findings
            if finding.verdict is not Verdict.NOT_ASSESSABLE
        }
        for fault, finding in judged.items():
            self._recent[fault].append(finding)
        if self._came_back(judged):
            return self._confirm()
        if self._cued_s is not None and counted.t_s - self._cued_s < COOLDOWN_S:
            return None
        candidates = [fault for fault in movement.faults if self._may_be_cued(fault, judged)]
        return self._cue(candidates, counted.t_s) if candidates else None

    def _came_back(self, judged: dict[str, Finding]) -> bool:
        """Whether the cued fault is as surely inside its band as an ok verdict is."""
        cued = judged.get(self._last_cue) if self._last_cue else None
        return self._awaits_good and cued is not None and cued.verdict is Verdict.OK

    def _confirm(self) -> Spoken:
        self._awaits_good = False
        self._in_a_row = 0
        return Spoken(kind="good", key=GOOD)

    def _may_be_cued(self, fault: FaultSpec, judged: dict[str, Finding]) -> bool:
        found = judged.get(fault.id)
        if found is None or not is_outside(found) or fault.severity is Severity.INFORMATION:
            return False
        if fault.id == self._last_cue and self._in_a_row >= MAX_IN_A_ROW:
            return False
        outside = sum(is_outside(finding) for finding in self._recent[fault.id])
        return outside >= MIN_OUTSIDE and matches_goal(fault.id, self._goal)

    def _cue(self, candidates: list[FaultSpec], t_s: float) -> Spoken:
        first = min(
            candidates,
            key=lambda fault: (
                -priority(fault, self._recent[fault.id], repeated=False),
                fault.early,
                fault.id,
            ),
        )
        self._in_a_row = self._in_a_row + 1 if first.id == self._last_cue else 1
        self._last_cue, self._cued_s, self._awaits_good = first.id, t_s, True
        return Spoken(kind="cue", key=short_key(first.id))


def short_key(fault: str) -> str:
    """Key of a fault's cue in at most five words.

    Parameters
    ----------
    fault
        Its id.
    """
    return f"cue.{fault}.short"


def is_cued_set(sets_done: int) -> bool:
    """Tell whether a set has cues after repetitions: all, then every second, then every third.

    Parameters
    ----------
    sets_done
        Sets of this session before it, 0 or more.
    """
    if sets_done < FULL_SETS:
        return True
    halved = sets_done - FULL_SETS
    if halved < HALF_SETS:
        return halved % 2 == 1
    return (halved - HALF_SETS) % 3 == 2  # noqa: PLR2004 - the last of three
