"""What all live conversations of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from service.live.camera import ServerCamera
from service.live.metrics import LiveMetrics
from service.live.shelf import Shelf
from service.live.stations import Stations

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.opening import Stores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class House:
    """Settings, stations, disk, camera and metrics.

    Attributes
    ----------
    settings
        Of the server.
    stations
        How many people can be coached at once.
    shelf
        Where sets and calibrations are kept.
    camera
        Of the server.
    metrics
        What is counted and timed.
    """

    settings: Settings
    stations: Stations
    shelf: Shelf
    camera: ServerCamera
    metrics: LiveMetrics

    @classmethod
    def of(cls, settings: Settings, stores: Stores) -> Self:
        """Make everything that the settings ask for, with stores that are open."""
        return cls(
            settings=settings,
            stations=Stations(settings.stations),
            shelf=Shelf(stores, settings.data),
            camera=ServerCamera(settings.camera),
            metrics=LiveMetrics(),
        )
