"""The movements Hingewise knows, one definition per file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from models.movements.deadlift import DEADLIFT
from models.movements.hip_hinge import HIP_HINGE
from models.movements.lunge import LUNGE
from models.movements.sit_to_stand import SIT_TO_STAND
from models.movements.squat import SQUAT
from vision.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.spec import MovementSpec

MOVEMENTS: Final[Mapping[str, MovementSpec]] = MappingProxyType(
    {spec.id: spec for spec in (HIP_HINGE, SQUAT, DEADLIFT, LUNGE, SIT_TO_STAND)}
)
"""Every movement by the id that the command line takes."""

AUTO: Final = "auto"
"""Name for: find out what was done."""


def find_movement(name: str) -> MovementSpec | None:
    """Return the movement of a name, or None for `AUTO`.

    Raises
    ------
    UnknownNameError
        When there is no such movement.
    """
    if name == AUTO:
        return None
    if name not in MOVEMENTS:
        raise UnknownNameError(kind="movement", name=name, known=[AUTO, *MOVEMENTS])
    return MOVEMENTS[name]


def movement_of_family(family: str) -> MovementSpec | None:
    """Return the movement that repetitions of a family are judged as; None for mixed."""
    return next((spec for spec in MOVEMENTS.values() if spec.family == family), None)
