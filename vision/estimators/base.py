"""What every pose estimator can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from vision.frame import Frame
    from vision.pose import Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorInfo:
    """Where landmarks come from; goes into every recording and report.

    Attributes
    ----------
    name, version
        The program that made the landmarks.
    model
        ``lite``, ``full`` or ``heavy``.
    asset_sha256
        Hash of the model bundle, 64 hex digits.
    """

    name: str
    version: str
    model: str
    asset_sha256: str


class PoseEstimator(Protocol):
    """Turns frames of one source, in order, into poses of the person whose movement is judged."""

    @property
    def info(self) -> EstimatorInfo:
        """Where the landmarks come from."""
        ...

    def estimate(self, frame: Frame) -> Pose:
        """Find the person in a frame; ``Pose.empty`` when nobody is in view.

        Frames must come in order of time.
        """
        ...

    def close(self) -> None:
        """Release the model. Closing twice is harmless."""
        ...

    def __enter__(self) -> Self:
        """Use the estimator in a ``with`` block."""
        ...

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        ...
