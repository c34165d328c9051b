"""Poses by the BlazePose networks themselves, run with LiteRT.

Gives what :class:`vision.estimators.mediapipe_tasks.MediaPipeTasks` gives, from the same bundle
and by the same rules, smoothing and choice of person included. Three things are different in
kind: several threads may compute; the person's mask comes from the same inference, in the
network's own crop, so that nothing of the picture's size is computed; and running needs no
``mediapipe``, which has no wheels for Linux on ARM (building a bundle needs it; one can be named
instead).

Known differences in numbers: MediaPipe rounds the places that it samples a crop at to 1/32 pixel,
here they are exact; and its smoothing counts whole milliseconds, here a frame's exact time. Both
move landmarks less than a grey level of noise in the picture does.

The only file that imports ai_edge_litert.
"""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]  # ships no types

from vision.assets import read_networks
from vision.errors import AssetError
from vision.estimators.base import EstimatorInfo
from vision.estimators.blazepose import (
    MIN_PRESENCE,
    RawPose,
    Roi,
    detected_rois,
    detector_input,
    landmark_input,
    person_mask,
    raw_pose,
)
from vision.estimators.following import CENSUS_PEOPLE, Body, PersonFollower
from vision.estimators.landmark_smoothing import LandmarkSmoothing
from vision.estimators.native_log import chatter_removed
from vision.pose import Pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.assets import Bundle
    from vision.frame import Frame
    from vision.outline import PersonMask

DEFAULT_THREADS: Final = 2
"""More than two gain little on these networks, and leave none for decoding."""

_CHATTER: Final = (b"Created TensorFlow Lite XNNPACK delegate",)
"""What the library writes on its first start; it does not concern the user."""

_LANDMARKS, _PRESENCE, _MASK, _HEATMAP, _WORLD = range(5)
"""The landmark network's outputs, in the order that MediaPipe Tasks takes them too."""

_DETECTOR_SIZES: Final = (2254 * 12, 2254)
_MASK_SIZES: Final = (39 * 5, 1, 256 * 256, 64 * 64 * 39, 39 * 3)
_NO_MASK_SIZES: Final = (39 * 5, 1, 1, 64 * 64 * 39, 39 * 3)
"""How many numbers each output has; without the mask its place holds the presence again."""


class DirectBlazePose:
    """Estimates the pose of the person whose movement is judged.

    Made for one source: frames in order of time, from one thread. Close it when done.

    Parameters
    ----------
    bundle
        The pose model, from :mod:`vision.assets`. One with the mask is needed for
        :meth:`estimate_with_mask`; one without gives the same landmarks sooner.
    threads
        How many threads compute a network.
    plain
        The same pose model without the mask, for pictures of which no mask is asked for; None to
        use `bundle` for those too.

    Raises
    ------
    AssetError
        When the bundle holds no networks that can be run.
    ValueError
        When there is to be no thread, or `plain` is another model or has the mask.
    """

    def __init__(
        self, bundle: Bundle, *, threads: int = DEFAULT_THREADS, plain: Bundle | None = None
    ) -> None:
        if threads < 1:
            msg = f"expected at least one thread, got {threads}: use 1 or 2"
            raise ValueError(msg)
        self._bundle = bundle
        self._networks = networks = _Networks(bundle, threads, plain)
        self._follower = PersonFollower(
            new_tracker=lambda: _Tracker(networks), find_all=networks.find_all
        )

    @property
    def info(self) -> EstimatorInfo:
        """Where the landmarks come from."""
        return EstimatorInfo(
            name="ai-edge-litert",
            version=importlib.metadata.version("ai-edge-litert"),
            model=self._bundle.model,
            asset_sha256=self._bundle.sha256,
        )

    def estimate(self, frame: Frame) -> Pose:
        """Find the person in a frame; ``Pose.empty`` when that person is not in view.

        Raises
        ------
        ValueError
            When the frame is not later than the one before, or the estimator is closed.
        """
        self._networks.draws_mask = False
        pose, _ = self._follower.follow(frame)
        return pose

    def estimate_with_mask(self, frame: Frame) -> tuple[Pose, PersonMask | None]:
        """Find the person in a frame, and where in the picture that person is.

        Both come from one inference. The mask is None when nobody is in view.

        Raises
        ------
        AssetError
            When the bundle has no mask.
        ValueError
            When the frame is not later than the one before, or the estimator is closed.
        """
        _check_mask(self._bundle)
        self._networks.draws_mask = True
        return self._follower.follow(frame)

    def close(self) -> None:
        """Release the model. Closing twice is harmless."""
        self._follower.close()

    def __enter__(self) -> Self:
        """Use the estimator in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()


class SettledBlazePose:
    """Looks at single pictures of one person as tracking would that has come to them.

    Made for pictures that are further apart in time than those of a video, such as stills of a
    rendered clip, where the person's region is known. Nothing is smoothed and nobody else is
    looked for.

    Parameters
    ----------
    bundle
        The pose model with the mask.
    threads
        How many threads compute a network.

    Raises
    ------
    AssetError
        When the bundle holds no networks that can be run, or no mask.
    """

    def __init__(self, bundle: Bundle, *, threads: int = DEFAULT_THREADS) -> None:
        _check_mask(bundle)
        self._networks = _Networks(bundle, threads)

    def look(self, image: NDArray[np.uint8], region: Roi) -> tuple[Pose, PersonMask] | None:
        """Find the person in a picture and where in it that person is; None when nobody is.

        Parameters
        ----------
        image
            ``(height, width, 3)`` RGB.
        region
            Where the person is, roughly; the answer comes from the region that this one leads to.
        """
        first = self._networks.landmarks(image, region)
        again = None if first is None else self._networks.landmarks(image, first[0].next_roi)
        raw, mask = again or (None, None)
        if raw is None or mask is None:
            return None
        height, width = image.shape[:2]
        pose = Pose.from_landmarks(
            t_s=0.0,
            image_size=(width, height),
            image_xy=raw.image_xy,
            world_xyz=raw.world_xyz,
            visibility=raw.visibility,
        )
        return pose, mask


class _Tracker:
    """Follows one person: the detector runs only while there is no region to look at."""

    def __init__(self, networks: _Networks) -> None:
        self._networks = networks
        self._roi: Roi | None = None
        self._smoothing = LandmarkSmoothing()

    def first(self, image: NDArray[np.uint8], t_s: float) -> Body | None:
        roi = self._roi or next(iter(self._networks.detect(image)), None)
        found = None if roi is None else self._networks.landmarks(image, roi)
        if found is None:
            self._roi = None
            self._smoothing.lose()
            return None
        raw, mask = found
        self._roi = raw.next_roi
        return _body(self._smoothing.update(raw, t_s), mask, image)

    def close(self) -> None:
        self._roi = None


class _Networks:
    """The detector and the landmark network of a bundle; that without the mask beside it.

    Attributes
    ----------
    draws_mask
        Whether the next look is to give the person's mask, where the bundle has one.
    """

    def __init__(self, bundle: Bundle, threads: int, plain: Bundle | None = None) -> None:
        self.draws_mask = bundle.mask
        self._has_mask = bundle.mask
        self._detector, self._landmarks = _start(bundle, threads)
        self._plain = self._landmarks
        if plain is not None and plain != bundle:
            _check_alike(plain, bundle)
            _, self._plain = _start(plain, threads)

    def detect(self, image: NDArray[np.uint8]) -> list[Roi]:
        """Find where people are, surest first."""
        boxes, scores = self._detector.run(detector_input(image), (0, 1))
        height, width = image.shape[:2]
        return detected_rois(boxes, scores, (width, height))

    def landmarks(
        self, image: NDArray[np.uint8], roi: Roi, *, mask: bool = True
    ) -> tuple[RawPose, PersonMask | None] | None:
        """Look at a region; None when nobody is in it. No mask comes where none is drawn."""
        with_mask = self._has_mask and self.draws_mask and mask
        network = self._landmarks if with_mask else self._plain
        wanted = (_LANDMARKS, _PRESENCE, _HEATMAP, _WORLD, *((_MASK,) if with_mask else ()))
        landmarks, presence, heatmap, world, *masks = network.run(
            landmark_input(image, roi), wanted
        )
        if not presence.item() > MIN_PRESENCE:
            return None
        person = person_mask(masks[0], roi) if masks else None
        return raw_pose(landmarks, heatmap, world, roi), person

    def find_all(self, image: NDArray[np.uint8]) -> list[Body]:
        """Find everybody in a picture by itself."""
        rois = self.detect(image)[:CENSUS_PEOPLE]
        found = [self.landmarks(image, roi, mask=False) for roi in rois]
        return [_body(one[0], None, image) for one in found if one is not None]


class _Network:
    """One tflite network, ready to run."""

    def __init__(self, content: bytes, sizes: Sequence[int], threads: int) -> None:
        with chatter_removed(_CHATTER):
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        [self._input] = (detail["index"] for detail in self._interpreter.get_input_details())
        outputs: list[dict[str, Any]] = self._interpreter.get_output_details()
        came = [int(np.prod(detail["shape"])) for detail in outputs]
        if came != list(sizes):
            msg = f"outputs of {came} numbers in place of {list(sizes)}"
            raise ValueError(msg)
        self._outputs = [detail["index"] for detail in outputs]

    def run(self, values: NDArray[np.float32], outputs: Sequence[int]) -> list[NDArray[np.float32]]:
        """Run the network; give the outputs asked for, by number."""
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._outputs[number]) for number in outputs]


def _start(bundle: Bundle, threads: int) -> tuple[_Network, _Network]:
    """Make the detector and the landmark network of a bundle ready to run."""
    files = read_networks(bundle)
    sizes = _MASK_SIZES if bundle.mask else _NO_MASK_SIZES
    try:
        return (
            _Network(files.detector, _DETECTOR_SIZES, threads),
            _Network(files.landmarks, sizes, threads),
        )
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[-1]
        msg = (
            f"expected a pose model that LiteRT can run, got {bundle.path}: {reason}; "
            "fetch it again with 'hingewise assets --fetch'"
        )
        raise AssetError(msg) from error


def _check_alike(plain: Bundle, bundle: Bundle) -> None:
    if plain.mask or plain.model is not bundle.model:
        msg = (
            f"expected the {bundle.model} pose model without the mask, got {plain.path.name}: "
            "use the bundle located with mask=False"
        )
        raise ValueError(msg)


def _check_mask(bundle: Bundle) -> None:
    if not bundle.mask:
        msg = (
            f"expected a pose model with the mask, got {bundle.path.name}, which has none: "
            "use the bundle located with mask=True"
        )
        raise AssetError(msg)


def _body(pose: RawPose, mask: PersonMask | None, image: NDArray[np.uint8]) -> Body:
    height, width = image.shape[:2]
    return Body.from_landmarks(
        landmarks_px=pose.image_xy,
        world_xyz=pose.world_xyz,
        visibility=pose.visibility,
        image_size=(width, height),
        mask=mask,
    )
