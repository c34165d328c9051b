"""Following the person whose movement is judged, whatever finds the people.

A tracker follows whoever its detector found first. Once a second a census looks for others in the
frame, with the tracked person greyed out; when one of them is the one to judge
(:mod:`vision.person`), a new tracker is started on the frame with everybody else greyed out. While
one person is in view, landmarks are those of plain tracking, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self

from vision.person import (
    Attention,
    body_box,
    body_scale_px_per_m,
    cover,
    is_same_body,
    prominence,
)
from vision.pose import Pose

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vision.frame import Frame
    from vision.outline import PersonMask

CENSUS_PEOPLE: Final = 4
"""The most people that a census finds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """One person found in a frame.

    Attributes
    ----------
    landmarks_px
        ``(33, 2)`` pixels, all finite.
    world_xyz
        ``(33, 3)`` metres from the middle of the hips, all finite.
    visibility
        ``(33,)`` in 0..1.
    box_px
        Box around the part that is in the picture.
    mask
        Where the person is, when that was asked for.
    """

    landmarks_px: NDArray[np.float64]
    world_xyz: NDArray[np.float64]
    visibility: NDArray[np.float64]
    box_px: NDArray[np.float32]
    mask: PersonMask | None

    @classmethod
    def from_landmarks(
        cls,
        *,
        landmarks_px: NDArray[np.float64],
        world_xyz: NDArray[np.float64],
        visibility: NDArray[np.float64],
        image_size: tuple[int, int],
        mask: PersonMask | None,
    ) -> Self:
        """Make a body; the box is measured."""
        return cls(
            landmarks_px=landmarks_px,
            world_xyz=world_xyz,
            visibility=visibility,
            box_px=body_box(landmarks_px, image_size),
            mask=mask,
        )


class Tracker(Protocol):
    """Follows one person through frames in order of time."""

    def first(self, image: NDArray[np.uint8], t_s: float) -> Body | None:
        """Find the person in the next picture."""
        ...

    def close(self) -> None:
        """Release what the tracker holds."""
        ...


class PersonFollower:
    """Turns frames into poses of the person who is judged.

    Parameters
    ----------
    new_tracker
        Makes a tracker that follows nobody yet.
    find_all
        Finds everybody in a picture, without regard to other pictures.
    """

    def __init__(
        self,
        *,
        new_tracker: Callable[[], Tracker],
        find_all: Callable[[NDArray[np.uint8]], list[Body]],
    ) -> None:
        self._new_tracker = new_tracker
        self._find_all = find_all
        self._attention = Attention()
        self._previous_s: float | None = None
        self._is_closed = False
        self._tracker = new_tracker()

    def follow(self, frame: Frame) -> tuple[Pose, PersonMask | None]:
        """Find the person in a frame, and the person's mask when the tracker gives one.

        ``Pose.empty`` and None when that person is not in view.

        Raises
        ------
        ValueError
            When the frame is not later than the one before, or this is closed.
        """
        self._check(frame)
        attention = self._attention
        body = self._tracker.first(frame.image, frame.t_s)
        if body is not None and attention.is_census_due(body.box_px, frame.t_s):
            body = self._take_census(frame, body)
        attention.note(None if body is None else body.box_px, frame.t_s)
        if body is None or not attention.is_following:
            return Pose.empty(frame.t_s, frame.size, attention.others_px), None
        return self._pose(frame, body), body.mask

    def close(self) -> None:
        """Release the tracker. Closing twice is harmless."""
        self._is_closed = True
        self._tracker.close()

    def _check(self, frame: Frame) -> None:
        if self._is_closed:
            msg = "expected an open estimator, got a closed one: make a new one for each source"
            raise ValueError(msg)
        if self._previous_s is not None and frame.t_s <= self._previous_s:
            msg = (
                f"expected a frame later than {self._previous_s} s, got {frame.t_s} s: "
                "give frames in order of time, each once"
            )
            raise ValueError(msg)
        self._previous_s = frame.t_s

    def _take_census(self, frame: Frame, tracked: Body) -> Body | None:
        """Look at everybody; return the body that is tracked from this frame on."""
        # The detector finds best who stands alone, so the tracked person is covered meanwhile.
        found = self._find_all(cover(frame.image, [tracked.box_px]))
        people = _distinct([tracked, *found])
        boxes = [person.box_px for person in people]
        prominences = [_prominence(person, frame.size) for person in people]
        chosen = self._attention.choose(boxes, prominences, frame.t_s)
        others = [box for number, box in enumerate(boxes) if number != chosen]
        if chosen is None or people[chosen] is tracked:
            self._attention.settle(is_following=chosen is not None, others_px=others)
            return tracked
        taken_up = self._restart(frame.t_s, cover(frame.image, others))
        is_following = taken_up is not None and is_same_body(
            taken_up.landmarks_px, people[chosen].landmarks_px
        )
        self._attention.settle(is_following=is_following, others_px=others)
        return taken_up

    def _restart(self, t_s: float, image: NDArray[np.uint8]) -> Body | None:
        self._tracker.close()
        self._tracker = self._new_tracker()
        return self._tracker.first(image, t_s)

    def _pose(self, frame: Frame, body: Body) -> Pose:
        return Pose.from_landmarks(
            t_s=frame.t_s,
            image_size=frame.size,
            image_xy=body.landmarks_px,
            world_xyz=body.world_xyz,
            visibility=body.visibility,
            others_px=self._attention.others_px,
        )


def _prominence(body: Body, image_size: tuple[int, int]) -> float:
    scale_px_per_m = body_scale_px_per_m(body.landmarks_px, body.world_xyz)
    return prominence(scale_px_per_m, body.box_px, image_size)


def _distinct(bodies: list[Body]) -> list[Body]:
    """Leave out who was found twice in one frame; the first finding stays."""
    people: list[Body] = []
    for body in bodies:
        if not any(is_same_body(body.landmarks_px, other.landmarks_px) for other in people):
            people.append(body)
    return people
