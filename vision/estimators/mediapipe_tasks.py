"""Poses by MediaPipe Tasks, in VIDEO mode; the census in IMAGE mode.

Who is followed when several people are in view: :mod:`vision.estimators.following`.

With :mod:`vision.estimators.mediapipe_bundle` the only file that imports mediapipe.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeAlias

import mediapipe  # type: ignore[import-untyped]  # ships no types
import numpy as np
from mediapipe.tasks.python import vision as tasks  # type: ignore[import-untyped]  # as above
from mediapipe.tasks.python.core.base_options import (  # type: ignore[import-untyped]  # as above
    BaseOptions,
)
from numpy.typing import NDArray

from vision.errors import AssetError
from vision.estimators.base import EstimatorInfo
from vision.estimators.following import CENSUS_PEOPLE, Body, PersonFollower
from vision.estimators.native_log import chatter_removed
from vision.frame import Frame
from vision.outline import DorsalOutline, PersonMask
from vision.pose import Pose

if TYPE_CHECKING:
    from vision.assets import Bundle

OutlineMeasurer: TypeAlias = Callable[[Frame, Pose, NDArray[np.float32]], DorsalOutline | None]
"""Takes a frame, its pose and the person's mask, ``(height, width)`` in 0..1."""

_MASK_WIDTH_STEP: Final = 4
"""Widths that the library can hand a mask back for are multiples of it."""

_CHATTER: Final = (
    b"Created TensorFlow Lite XNNPACK delegate",
    b"All log messages before absl::InitializeLog()",
    b"inference_feedback_manager.cc",
    b"landmark_projection_calculator.cc",
)
"""What the library writes on every start; none of it concerns the user."""


class MediaPipeTasks:
    """Estimates the pose of the person whose movement is judged.

    Made for one source: frames in order of time, from one thread. Close it when done.

    Parameters
    ----------
    bundle
        The pose model, from :mod:`vision.assets`.
    measure_outline
        Called with every frame in which the person was found; its answer becomes
        ``Pose.outline``. Needs a bundle with the mask.

    Raises
    ------
    AssetError
        When the bundle cannot be loaded, or has no mask where one is needed.
    """

    def __init__(self, bundle: Bundle, *, measure_outline: OutlineMeasurer | None = None) -> None:
        if measure_outline is not None and not bundle.mask:
            msg = (
                f"expected a pose model with the mask to measure outlines, got {bundle.path.name}, "
                "which has none: use the bundle located with mask=True"
            )
            raise AssetError(msg)
        self._bundle = bundle
        self._measure_outline = measure_outline
        self._census = _Landmarker(bundle, people=CENSUS_PEOPLE, is_video=False, mask=False)
        self._follower = PersonFollower(new_tracker=self._new_tracker, find_all=self._census.all)

    @property
    def info(self) -> EstimatorInfo:
        """Where the landmarks come from."""
        return EstimatorInfo(
            name="mediapipe",
            version=mediapipe.__version__,
            model=self._bundle.model,
            asset_sha256=self._bundle.sha256,
        )

    def estimate(self, frame: Frame) -> Pose:
        """Find the person in a frame; ``Pose.empty`` when that person is not in view.

        Raises
        ------
        AssetError
            When the model turns out not to be a pose model.
        ValueError
            When the frame is not later than the one before, or the estimator is closed.
        """
        pose, mask = self._follower.follow(frame)
        if self._measure_outline is None or mask is None:
            return pose
        outline = self._measure_outline(frame, pose, mask.probability)
        return dataclasses.replace(pose, outline=outline)

    def close(self) -> None:
        """Release the model. Closing twice is harmless."""
        self._follower.close()
        self._census.close()

    def __enter__(self) -> Self:
        """Use the estimator in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def _new_tracker(self) -> _Landmarker:
        wants_mask = self._measure_outline is not None
        return _Landmarker(self._bundle, people=1, is_video=True, mask=wants_mask)


class _Landmarker:
    """One native landmarker; bodies in pixels instead of the library's shares of the picture."""

    _has_found_somebody: ClassVar[bool] = False
    """Whether any landmarker of this process has; the library's last chatter comes with that."""

    def __init__(self, bundle: Bundle, *, people: int, is_video: bool, mask: bool) -> None:
        self._path = bundle.path
        self._mask = mask
        self._last_ms = -1
        self._is_fresh = True
        mode = tasks.RunningMode.VIDEO if is_video else tasks.RunningMode.IMAGE
        options = tasks.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(bundle.path)),
            running_mode=mode,
            num_poses=people,
            output_segmentation_masks=mask,
        )
        with chatter_removed(_CHATTER):
            self._native = self._checked(tasks.PoseLandmarker.create_from_options, options)

    def first(self, image: NDArray[np.uint8], t_s: float) -> Body | None:
        """Track one person (VIDEO mode)."""
        # The library wants whole milliseconds that grow; above 1000 Hz they run ahead of the clock.
        self._last_ms = max(round(t_s * 1000), self._last_ms + 1)
        found = self._detect(self._native.detect_for_video, image, self._last_ms)
        return found[0] if found else None

    def all(self, image: NDArray[np.uint8]) -> list[Body]:
        """Find everybody (IMAGE mode)."""
        return self._detect(self._native.detect, image)

    def close(self) -> None:
        self._native.close()

    def _detect(
        self, detect: Callable[..., Any], image: NDArray[np.uint8], *arguments: int
    ) -> list[Body]:
        seen = _widened(image) if self._mask else image
        picture = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(seen)
        )
        is_chatty = self._is_fresh or not _Landmarker._has_found_somebody
        with chatter_removed(_CHATTER) if is_chatty else nullcontext():
            result = self._checked(detect, picture, *arguments)
        bodies = _bodies(result, seen_size=_size(seen), image_size=_size(image))
        self._is_fresh = False
        _Landmarker._has_found_somebody |= bool(bodies)
        return bodies

    def _checked(self, call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - untyped library
        try:
            return call(*arguments)
        except (OSError, RuntimeError, ValueError) as error:
            [*_, reason] = str(error).strip().splitlines() or [type(error).__name__]
            msg = (
                f"expected a pose model that MediaPipe can run, got {self._path}: {reason}; "
                "fetch it again with 'hingewise assets --fetch'"
            )
            raise AssetError(msg) from error


def _widened(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the right edge until the width is a multiple of 4.

    The library ends the whole process on reading the mask of a picture of any other width.
    """
    missing = -image.shape[1] % _MASK_WIDTH_STEP
    return np.pad(image, ((0, 0), (0, missing), (0, 0)), mode="edge") if missing else image


def _size(image: NDArray[np.uint8]) -> tuple[int, int]:
    height, width = image.shape[:2]
    return width, height


def _bodies(
    result: Any,  # noqa: ANN401 - untyped library
    *,
    seen_size: tuple[int, int],
    image_size: tuple[int, int],
) -> list[Body]:
    masks = result.segmentation_masks or [None] * len(result.pose_landmarks)
    return [
        _body(landmarks, world, mask, seen_size=seen_size, image_size=image_size)
        for landmarks, world, mask in zip(
            result.pose_landmarks, result.pose_world_landmarks, masks, strict=True
        )
    ]


def _body(
    landmarks: Any,  # noqa: ANN401 - untyped library
    world: Any,  # noqa: ANN401 - untyped library
    mask: Any,  # noqa: ANN401 - untyped library
    *,
    seen_size: tuple[int, int],
    image_size: tuple[int, int],
) -> Body:
    return Body.from_landmarks(
        landmarks_px=np.array([(point.x, point.y) for point in landmarks]) * seen_size,
        world_xyz=np.array([(point.x, point.y, point.z) for point in world]),
        visibility=np.array([point.visibility for point in landmarks]),
        image_size=image_size,
        mask=None if mask is None else _person_mask(mask, width=image_size[0]),
    )


def _person_mask(mask: Any, *, width: int) -> PersonMask:  # noqa: ANN401 - untyped library
    """Wrap the library's mask, which has the size of the picture that it was given."""
    return PersonMask(probability=mask.numpy_view()[:, :width, 0], to_image=np.eye(2, 3))
