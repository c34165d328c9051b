"""One plain word for how far the lower back flexed, and the texts that go with it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from models.judging import AMBER_PROBABILITY, FLAG_PROBABILITY, NOT_MEASURED, probability_past
from models.spec import Direction

if TYPE_CHECKING:
    from models.results import Measurement

FLAT_DEG: Final = 12.0
"""Lumbar flexion up to which a back is flat; expert default."""
ROUNDED_DEG: Final = 25.0
"""Lumbar flexion from which a back is rounded; expert default. Hinges and deadlifts of trained
people lie about it (``measurement.md`` §1.4): the word describes and does not judge."""

MAX_NUMBER_SE_DEG: Final = 10.0
"""Past this standard error lumbar flexion is no number (``measurement.md`` §2.3)."""
WHOLE_INTERVAL: Final = 0.95
"""What holds over the whole 90 % interval. *Rounded* always needs it, because the errors were
calibrated on rendered people and a flat back called rounded costs trust most (lifts done well in
a hoodie read 32° to 39° ± 9°); *flat* needs it where the error is too large for a number. Expert
default."""

EVIDENCE: Final = ("evidence.lumbar_estimate", "evidence.statement")
"""Keys of what stands beside every lumbar result (``measurement.md`` §1.6)."""


class BackShape(StrEnum):
    """How far the lower back flexed, as far as the error lets it be told."""

    FLAT = "flat"
    IN_BETWEEN = "in_between"
    ROUNDED = "rounded"
    NOT_SURE = "not_sure"
    NOT_MEASURABLE = "not_measurable"


def back_shape(peak: Measurement) -> BackShape:
    """Name the shape of the back in one repetition.

    *Rounded* is said when it holds over the whole 90 % interval, *flat* when it holds with the
    probability of a flag (over the whole interval where the error is too large for a number),
    *in between* when it holds with that of an amber; wide intervals end as *not sure*.

    Parameters
    ----------
    peak
        Lumbar flexion at the bottom with its standard error, degrees from own standing.
    """
    if not peak.measured:
        return BackShape.NOT_MEASURABLE
    flat = probability_past(FLAT_DEG, Direction.BELOW, peak)
    rounded = probability_past(ROUNDED_DEG, Direction.ABOVE, peak)
    if flat >= (FLAG_PROBABILITY if peak.se <= MAX_NUMBER_SE_DEG else WHOLE_INTERVAL):
        return BackShape.FLAT
    if rounded >= WHOLE_INTERVAL:
        return BackShape.ROUNDED
    between = 1 - flat - rounded
    return BackShape.IN_BETWEEN if between >= AMBER_PROBABILITY else BackShape.NOT_SURE


def text_keys(peak: Measurement) -> tuple[str, ...]:
    """Keys of all that is said about a lumbar result, in order; the evidence is always among them.

    Parameters
    ----------
    peak
        As for `back_shape`.
    """
    shape = back_shape(peak)
    why: tuple[str, ...] = ()
    if shape is BackShape.NOT_MEASURABLE:
        why = (f"reason.{peak.reason or NOT_MEASURED}",)
    return (f"back_shape.{shape}.says", *why, *EVIDENCE)
