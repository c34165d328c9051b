"""Which person is judged when several are in view.

It is the person who is largest and most central, and stays the same person from then on. A box is
``(left, top, right, bottom)`` in pixels, float32. Pure numpy; :class:`Attention` decides, an
estimator looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from vision.pose import Landmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EDGE_WEIGHT: Final = 0.5
"""What a person at the left or right edge counts for, against 1 in the middle of the picture."""

TAKEOVER_RATIO: Final = 1.3
"""How much more prominent a newcomer must be. Over whole hinges, squats and lifts a person's own
scale stays within 1.03 to 1.2 (98th to 2nd percentile, 30 clips of one person)."""

TAKEOVER_DWELL_S: Final = 0.9
"""How long a newcomer must stay more prominent: somebody who walks past the camera is not it."""

ABSENCE_S: Final = 2.0
"""How long the judged person may be out of view before somebody else is chosen."""

SAME_PLACE: Final = 0.5
"""Farthest that a box's centre moves while a person is lost, in diagonals of the box."""

SAME_BODY: Final = 0.15
"""Mean distance of the body's centre line within which two detections are one person, in
diagonals of the larger box."""

COVER_MARGIN: Final = 0.1
"""Room covered around a person who is not to be found, in longer sides of the box."""

CENSUS_S: Final = 1.0
"""Time between two looks at everybody."""

CENSUS_RETRY_S: Final = 0.25
"""The same while the judged person is not the one being tracked."""

_COVER_GREY: Final = 128
_NOBODY: Final = np.zeros((0, 4), np.float32)

_CENTRE_LINE: Final = np.array(
    [
        (Landmark.LEFT_EAR, Landmark.RIGHT_EAR),
        (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
        (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
        (Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE),
        (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE),
    ],
    dtype=np.intp,
)
"""Pairs whose middles run down the body; the same when an estimator swaps left and right."""


def body_box(
    landmarks_px: NDArray[np.floating], image_size: tuple[int, int]
) -> NDArray[np.float32]:
    """Box around the part of a person that is in the picture.

    Parameters
    ----------
    landmarks_px
        ``(33, 2)`` image points, all finite.
    image_size
        Width and height in pixels.
    """
    inside = np.clip(landmarks_px, 0.0, image_size)
    return np.concatenate([inside.min(axis=0), inside.max(axis=0)]).astype(np.float32)


def is_same_body(one_px: NDArray[np.floating], other_px: NDArray[np.floating]) -> bool:
    """Whether two detections in one frame, ``(33, 2)`` points each, are of one person.

    The middles of ears, shoulders, hips, knees and ankles are compared, so a smaller person in
    front of a larger one is not swallowed, and swapped sides do not matter.
    """
    middles = [points[_CENTRE_LINE].mean(axis=1) for points in (one_px, other_px)]
    apart = np.linalg.norm(middles[0] - middles[1], axis=1).mean()
    extent = max(float(np.linalg.norm(np.ptp(points, axis=0))) for points in (one_px, other_px))
    return bool(apart < SAME_BODY * extent)


def body_scale_px_per_m(
    landmarks_px: NDArray[np.floating], world_xyz: NDArray[np.floating]
) -> float:
    """How large a person appears: pixels in the picture for each metre of body.

    The spread of the image points over that of the world points, both in the picture's plane.
    Unlike a box it hardly changes when the person bends.

    Parameters
    ----------
    landmarks_px
        ``(33, 2)`` image points, all finite.
    world_xyz
        ``(33, 3)`` metres, all finite.
    """
    spreads = [
        float(np.linalg.norm(points - points.mean(axis=0)))
        for points in (landmarks_px, world_xyz[:, :2])
    ]
    return spreads[0] / max(spreads[1], 1e-6)


def prominence(
    scale_px_per_m: float, box_px: NDArray[np.floating], image_size: tuple[int, int]
) -> float:
    """How much a person looks like the one who is meant: scale times centrality.

    Centrality falls from 1 in the middle to ``EDGE_WEIGHT`` at the left and right edges; height
    in the picture does not count.
    """
    off_centre = abs((float(box_px[0]) + float(box_px[2])) / image_size[0] - 1.0)
    return scale_px_per_m * (1.0 - (1.0 - EDGE_WEIGHT) * off_centre)


def cover(image: NDArray[np.uint8], boxes_px: Sequence[NDArray[np.floating]]) -> NDArray[np.uint8]:
    """Copy a picture with people greyed out, so that only others are found.

    Parameters
    ----------
    image
        ``(height, width, 3)``.
    boxes_px
        Boxes of those to cover; a margin around each is covered too.
    """
    covered = image.copy()
    for box in boxes_px:
        left, top, right, bottom = (float(side) for side in box)
        room = COVER_MARGIN * max(right - left, bottom - top)
        rows = slice(max(int(top - room), 0), max(int(bottom + room), 0))
        covered[rows, max(int(left - room), 0) : max(int(right + room), 0)] = _COVER_GREY
    return covered


class Attention:
    """Keeps to one person: whom to follow, and when to look at everybody again.

    An estimator that tracks one person asks :meth:`is_census_due` while it has one. When it is,
    it finds everybody in the frame, asks :meth:`choose` for the one to follow, and reports with
    :meth:`settle` how that went. It ends each frame with :meth:`note`.

    Attributes
    ----------
    is_following
        Whether the tracked person is the one who is judged.
    others_px
        ``(n, 4)`` boxes of the others at the last census.
    """

    def __init__(self) -> None:
        self.is_following = False
        self.others_px: NDArray[np.float32] = _NOBODY
        self._subject_px: NDArray[np.float32] | None = None
        self._subject_prominence = 0.0
        self._seen_s = 0.0
        self._census_s = 0.0
        self._challenged_s: float | None = None
        self._is_lost = False

    def is_census_due(self, tracked_px: NDArray[np.float32], t_s: float) -> bool:
        """Whether to look at everybody in this frame.

        Parameters
        ----------
        tracked_px
            Box of the tracked person in this frame.
        t_s
            Time of the frame in seconds.
        """
        if self._subject_px is None:
            return True
        has_company = len(self.others_px) > 0
        is_found_again = self.is_following and self._is_lost
        if is_found_again and (has_company or not _is_near(tracked_px, self._subject_px)):
            return True
        return t_s - self._census_s >= (CENSUS_S if self.is_following else CENSUS_RETRY_S)

    def choose(
        self, boxes_px: Sequence[NDArray[np.float32]], prominences: Sequence[float], t_s: float
    ) -> int | None:
        """Choose the person to judge; None while the one chosen before may still come back.

        Parameters
        ----------
        boxes_px
            Everybody in this frame, the tracked person first.
        prominences
            The :func:`prominence` of each.
        t_s
            Time of the frame in seconds.
        """
        self._census_s = t_s
        best = int(np.argmax(prominences))
        current = self._current(boxes_px)
        if current is None:
            chosen = None if self._may_come_back(prominences[best], t_s) else best
        elif self._is_taken_over(prominences[best], prominences[current], t_s):
            chosen = best
        else:
            chosen = current
        if chosen is not None:
            self._subject_px = boxes_px[chosen]
            self._subject_prominence = prominences[chosen]
            self._seen_s = t_s
        return chosen

    def settle(self, *, is_following: bool, others_px: Sequence[NDArray[np.float32]]) -> None:
        """Report whether the chosen person is now tracked, and the boxes of everybody else."""
        self.is_following = is_following
        self._is_lost = False
        self.others_px = np.array(others_px, np.float32) if others_px else _NOBODY

    def note(self, tracked_px: NDArray[np.float32] | None, t_s: float) -> None:
        """Report the tracked person's box at the end of a frame; None when there is none."""
        if tracked_px is None:
            if self._is_lost:
                self.others_px = _NOBODY
            self._is_lost = True
        elif self.is_following:
            self._subject_px = tracked_px
            self._seen_s = t_s
            self._is_lost = False

    def _current(self, boxes_px: Sequence[NDArray[np.float32]]) -> int | None:
        if self._subject_px is None:
            return None
        if self.is_following and not self._is_lost:
            return 0
        subject_px = self._subject_px
        near = [number for number, box in enumerate(boxes_px) if _is_near(box, subject_px)]
        return min(near, key=lambda number: _moved(boxes_px[number], subject_px), default=None)

    def _may_come_back(self, best_prominence: float, t_s: float) -> bool:
        """Whether to wait for the person chosen before, with only others in view."""
        if self._subject_px is None or t_s - self._seen_s >= ABSENCE_S:
            return False
        # Nobody else was there, and who is there now is no smaller: the same person elsewhere in
        # the picture, after a jump or a cut.
        has_company = len(self.others_px) > 0
        return has_company or best_prominence * TAKEOVER_RATIO < self._subject_prominence

    def _is_taken_over(self, newcomer: float, current: float, t_s: float) -> bool:
        if newcomer < TAKEOVER_RATIO * current:
            self._challenged_s = None
            return False
        if self._challenged_s is None:
            self._challenged_s = t_s
        if t_s - self._challenged_s < TAKEOVER_DWELL_S:
            return False
        self._challenged_s = None
        return True


def _moved(box_px: NDArray[np.float32], from_px: NDArray[np.float32]) -> float:
    """Distance between the centres of two boxes, in diagonals of the second."""
    step = (box_px - from_px).reshape(2, 2).mean(axis=0)
    diagonal = np.linalg.norm(from_px[2:] - from_px[:2])
    return float(np.linalg.norm(step) / max(float(diagonal), 1.0))


def _is_near(box_px: NDArray[np.float32], from_px: NDArray[np.float32]) -> bool:
    return _moved(box_px, from_px) < SAME_PLACE
