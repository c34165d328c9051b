"""Poses with the outline of the back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Self

from vision.estimators.direct import DEFAULT_THREADS, DirectBlazePose
from vision.facing import FacingObserver
from vision.framing import Side
from vision.outline_extraction import extract_outline
from vision.tape_extraction import find_tape

if TYPE_CHECKING:
    from vision.assets import Bundle
    from vision.estimators.base import EstimatorInfo
    from vision.frame import Frame
    from vision.pose import Pose


class OutlinedBlazePose:
    """Estimates the pose of the person whose movement is judged, with the outline of their back.

    Landmarks and mask come from one inference. A pose has no outline where none was found, and
    while it is not certain which way the person faces: rather none than one of the belly.

    Made for one source: frames in order of time, from one thread. Close it when done.

    Parameters
    ----------
    bundle
        The pose model, from :mod:`vision.assets`. One without the mask gives the same landmarks,
        sooner, and no outlines.
    threads
        How many threads compute a network.
    tape
        Whether to look for strips of tape on the back (``docs/tape.md``).
    plain
        The same pose model without the mask: it looks at the pictures of which no outline is
        taken, through the same tracker, so that their landmarks are the same and cost less.
    outline_every
        The outline is taken of every n-th picture.

    Attributes
    ----------
    outline_every
        As given; may be set anew between two pictures.

    Raises
    ------
    AssetError
        When the bundle holds no networks that can be run.
    ValueError
        When there is to be no thread, `plain` is another model or has the mask, or the outline is
        to be taken more often than of every picture.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        threads: int = DEFAULT_THREADS,
        tape: bool = False,
        plain: Bundle | None = None,
        outline_every: int = 1,
    ) -> None:
        if outline_every < 1:
            msg = f"expected an outline of every n-th picture, got {outline_every}: use 1 or more"
            raise ValueError(msg)
        self.outline_every = outline_every
        self._since_outline = outline_every
        self._has_mask = bundle.mask
        self._looks_for_tape = tape
        self._landmarks = DirectBlazePose(bundle, threads=threads, plain=plain)
        self._facing = FacingObserver()

    @property
    def info(self) -> EstimatorInfo:
        """Where the landmarks come from."""
        return self._landmarks.info

    def estimate(self, frame: Frame) -> Pose:
        """Find the person in a frame; ``Pose.empty`` when that person is not in view.

        Raises
        ------
        ValueError
            When the frame is not later than the one before, or the estimator is closed.
        """
        if not self._is_outline_due():
            pose = self._landmarks.estimate(frame)
            self._facing.update(pose)
            return dataclasses.replace(pose, outline_sought=False)
        pose, mask = self._landmarks.estimate_with_mask(frame)
        facing = self._facing.update(pose)
        if mask is None or facing is Side.UNKNOWN:
            return pose
        faces_right = facing is Side.RIGHT
        outline = extract_outline(mask, frame.image, pose, faces_right=faces_right)
        pose = dataclasses.replace(pose, outline=outline)
        if not self._looks_for_tape:
            return pose
        tape = find_tape(frame.image, pose, faces_right=faces_right)
        return dataclasses.replace(pose, tape=tape)

    def _is_outline_due(self) -> bool:
        """Count pictures since the last outline."""
        if not self._has_mask:
            return False
        self._since_outline += 1
        if self._since_outline < self.outline_every:
            return False
        self._since_outline = 0
        return True

    def close(self) -> None:
        """Release the model. Closing twice is harmless."""
        self._landmarks.close()

    def __enter__(self) -> Self:
        """Use the estimator in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()
