"""A set that was summed up: what is shown of it, kept of it, and remembered for the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from service.live.summary import SetMemory, remember_set, summarise
from service.pipeline import AssessedSet, as_assessed

if TYPE_CHECKING:
    from models.results import Assessment
    from service.live.live_set import LiveSet
    from service.protocol import Summary
    from service.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FinishedSet:
    """One set after its end.

    Attributes
    ----------
    run
        What judged it.
    number
        From 1 within the visit.
    before
        The set before it.
    assessment
        What was found.
    pain
        As rated, 0 to 10; None when not asked.
    set_id
        What it was kept as; None when it was not.
    """

    run: LiveSet
    number: int
    before: SetMemory | None
    assessment: Assessment
    pain: int | None = None
    set_id: str | None = None

    @classmethod
    def of(cls, run: LiveSet, *, number: int, before: SetMemory | None) -> Self:
        """Sum up a set that ends now."""
        return cls(run=run, number=number, before=before, assessment=run.report())

    def rated(self, pain: int) -> Self:
        """Sum it up again, with how sore it was."""
        return replace(self, assessment=self.run.report(pain=pain), pain=pain)

    def kept(self, set_id: str) -> Self:
        """Note what it was kept as."""
        return replace(self, set_id=set_id)

    @property
    def counts(self) -> bool:
        """Whether there was a repetition in it."""
        return bool(self.assessment.reps)

    @property
    def memory(self) -> SetMemory | None:
        """What the next set is compared with; the set before when this one had no repetition."""
        return remember_set(self.assessment, self.before) if self.counts else self.before

    def summary(self, wording: Wording) -> Summary:
        """Put it into words."""
        return summarise(
            self.assessment,
            wording=wording,
            set_number=self.number,
            before=self.before,
            pain=self.pain,
        )

    def assessed(self) -> AssessedSet:
        """Put it into the form that is written, as for an uploaded video."""
        return as_assessed(self.assessment, self.run.recording())
