"""Geometry of the BlazePose networks: what goes into them and what their outputs mean.

A detector looks at the whole picture, shrunk to 224×224, and gives boxes with two alignment
points each: the middle of the hips, and a point on the circle around the whole body. Circle and
direction make a square region of interest, turned so that the person stands upright in it. The
landmark network looks at that region, as 256×256, and gives landmarks, a heatmap of each, world
landmarks, a mask, and the alignment points for the next frame.

Constants and rules are those of the graphs of MediaPipe 0.10.31 (``pose_detector_graph.cc``,
``pose_landmarks_detector_graph.cc``, ``refine_landmarks_from_heatmap_calculator.cc``,
``alignment_points_to_rects_calculator.cc``, ``non_max_suppression_calculator.cc``). Pixels are
addressed as there: whole numbers are the places that pictures are sampled at. Pure numpy and cv2;
no network is run here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from vision.outline import PersonMask
from vision.pose import LANDMARK_COUNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

DETECTOR_SIDE_PX: Final = 224
"""Width and height of what the detector looks at."""

CROP_SIDE_PX: Final = 256
"""Width and height of what the landmark network looks at."""

MIN_DETECTION_SCORE: Final = 0.5
"""Detections below are no persons."""

MIN_PRESENCE: Final = 0.5
"""The landmark network must give more than this for a person to be there."""

MIN_OVERLAP: Final = 0.5
"""Intersection over union above which two detections are of one person."""

ROI_SCALE: Final = 1.25
"""Room around the circle of the body."""

ALIGNMENT_ROWS: Final = (33, 34)
"""Rows of the landmark output with the alignment points: middle of the hips, circle."""

HEATMAP_KERNEL: Final = 7
"""Side of the window, in heatmap cells, in which a landmark is refined."""

MIN_HEATMAP_PEAK: Final = 0.5
"""Where the heatmap is lower throughout the window, the landmark stays as it was."""

_STRIDES: Final = ((8, 1), (16, 1), (32, 3))
"""Strides of the detector's feature maps, and how many layers share each."""

_ANCHORS_PER_LAYER: Final = 2
_SCORE_CLIP: Final = 100.0
_OUTPUT_LANDMARKS: Final = 39


@dataclass(frozen=True, slots=True, kw_only=True)
class Roi:
    """Square region of interest, turned with the person in it.

    Attributes
    ----------
    centre_px
        Its middle in the picture, x and y.
    side_px
        Its width and height.
    rotation_rad
        0 for a person upright in the picture, positive clockwise as seen; in -π..π.
    """

    centre_px: tuple[float, float]
    side_px: float
    rotation_rad: float

    def to_image(self, side: int = CROP_SIDE_PX) -> NDArray[np.float64]:
        """Affine map, ``(2, 3)``, from the region drawn with `side` pixels to the picture."""
        scale = self.side_px / side
        cos, sin = scale * math.cos(self.rotation_rad), scale * math.sin(self.rotation_rad)
        half = side / 2
        x, y = self.centre_px
        return np.array([[cos, -sin, x - half * (cos - sin)], [sin, cos, y - half * (sin + cos)]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawPose:
    """One person's landmarks before any smoothing.

    Attributes
    ----------
    image_xy
        ``(33, 2)`` pixels.
    world_xyz
        ``(33, 3)`` metres from the middle of the hips, in the picture's directions.
    visibility
        ``(33,)`` in 0..1.
    next_roi
        Where to look for the person in the next frame.
    """

    image_xy: NDArray[np.float64]
    world_xyz: NDArray[np.float64]
    visibility: NDArray[np.float64]
    next_roi: Roi


def anchors() -> NDArray[np.float32]:
    """Middles of the detector's anchor boxes, ``(2254, 2)`` shares of its picture, x and y."""
    layers = []
    for stride, count in _STRIDES:
        cells = math.ceil(DETECTOR_SIDE_PX / stride)
        steps = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        layers.append(np.repeat(grid, count * _ANCHORS_PER_LAYER, axis=0))
    return np.concatenate(layers).astype(np.float32)


def letterbox(image_size: tuple[int, int]) -> NDArray[np.float64]:
    """Affine map, ``(2, 3)``, from the detector's picture to one of this width and height.

    The picture lies in the middle of the detector's, whole, with black beside it.
    """
    width, height = image_size
    scale = max(image_size) / DETECTOR_SIDE_PX
    return np.array(
        [[scale, 0.0, (width - max(image_size)) / 2], [0.0, scale, (height - max(image_size)) / 2]]
    )


def detector_input(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Make the detector's input, ``(1, 224, 224, 3)`` in -1..1, from an RGB picture."""
    height, width = image.shape[:2]
    small = cv2.warpAffine(
        image,
        letterbox((width, height)),
        (DETECTOR_SIDE_PX, DETECTOR_SIDE_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return (small.astype(np.float32) / np.float32(127.5) - np.float32(1.0))[None]


def landmark_input(image: NDArray[np.uint8], roi: Roi) -> NDArray[np.float32]:
    """Make the landmark network's input, ``(1, 256, 256, 3)`` in 0..1, from an RGB picture.

    Past the picture's edge its outermost pixels are repeated.
    """
    crop = cv2.warpAffine(
        image,
        roi.to_image(),
        (CROP_SIDE_PX, CROP_SIDE_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.multiply(crop, np.float32(1 / 255), dtype=np.float32)[None]


def detected_rois(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], image_size: tuple[int, int]
) -> list[Roi]:
    """Find the people in the detector's output, surest first.

    Parameters
    ----------
    boxes
        ``(1, 2254, 12)``: middle, width and height of each box and four points, in pixels of the
        detector's picture from the anchor.
    scores
        ``(1, 2254, 1)`` before the sigmoid.
    image_size
        Width and height of the picture, in pixels.
    """
    score = sigmoid(np.clip(scores.reshape(-1), -_SCORE_CLIP, _SCORE_CLIP))
    sizes = boxes[0, :, 2:4]
    sure = np.flatnonzero((score >= MIN_DETECTION_SCORE) & (sizes >= 0).all(axis=1))
    if not len(sure):
        return []
    shares = boxes[0, sure].astype(np.float64) / DETECTOR_SIDE_PX
    middles = shares[:, :2] + _ANCHORS[sure]
    halves = shares[:, 2:4] / 2
    points = shares[:, 4:8].reshape(-1, 2, 2) + _ANCHORS[sure][:, None]
    corners = np.hstack([middles - halves, middles + halves])
    found = suppress(corners, points, score[sure].astype(np.float64))
    to_image = letterbox(image_size)
    return [roi_of(*apply(to_image, pair * DETECTOR_SIDE_PX)) for pair in found]


def suppress(
    corners: NDArray[np.float64], points: NDArray[np.float64], scores: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Join detections of one person (weighted non-maximum suppression).

    The surest detection takes up all that overlap it by more than ``MIN_OVERLAP``; their points
    are averaged by score. Then the surest of the rest, and so on.

    Parameters
    ----------
    corners
        ``(n, 4)`` boxes: left, top, right, bottom.
    points
        ``(n, k, 2)`` points of each detection.
    scores
        ``(n,)`` above 0.

    Returns
    -------
    list
        ``(k, 2)`` points of each person, surest first.
    """
    rest = np.argsort(-scores, kind="stable")
    joined = []
    while len(rest):
        same = _overlap(corners[rest], corners[rest[0]]) > MIN_OVERLAP
        same[0] = True
        taken = rest[same]
        joined.append(np.average(points[taken], axis=0, weights=scores[taken]))
        rest = rest[~same]
    return joined


def _overlap(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each of several boxes with one."""
    low = np.maximum(boxes[:, :2], box[:2])
    high = np.minimum(boxes[:, 2:], box[2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = areas + float((box[2:] - box[:2]).prod()) - shared
    overlap: NDArray[np.float64] = shared / np.maximum(union, np.finfo(np.float64).tiny)
    return overlap


def roi_of(hips_px: NDArray[np.floating], circle_px: NDArray[np.floating]) -> Roi:
    """Region of interest from the two alignment points.

    Parameters
    ----------
    hips_px
        Middle of the hips in the picture.
    circle_px
        Point straight above the hips, in the body's own direction, on the circle around it.
    """
    across, down = (float(step) for step in circle_px - hips_px)
    turn = math.pi / 2 - math.atan2(-down, across)
    return Roi(
        centre_px=(float(hips_px[0]), float(hips_px[1])),
        side_px=2 * math.hypot(across, down) * ROI_SCALE,
        rotation_rad=turn - 2 * math.pi * math.floor((turn + math.pi) / (2 * math.pi)),
    )


def refine(xy: NDArray[np.floating], heatmap: NDArray[np.float32]) -> NDArray[np.float64]:
    """Move each landmark to the centre of its heatmap nearby.

    Parameters
    ----------
    xy
        ``(n, 2)`` pixels of the crop.
    heatmap
        ``(height, width, n)`` before the sigmoid, of the same crop.

    Returns
    -------
    NDArray
        ``(n, 2)`` pixels of the crop. A landmark outside the crop, or at which the heatmap has no
        peak, is returned as it came.
    """
    refined = xy.astype(np.float64)
    height, width, count = heatmap.shape
    cells = np.array([width, height])
    # Toward zero, as there: a landmark within one cell outside the crop still has a window.
    middle = np.trunc(refined / CROP_SIDE_PX * cells).astype(np.intp)
    columns = middle[:, :1] + _WINDOW_X
    rows = middle[:, 1:] + _WINDOW_Y
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    values = heatmap[
        np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1), np.arange(count)[:, None]
    ]
    weights = sigmoid(values) * inside
    is_in_crop = ((middle >= 0) & (middle < cells)).all(axis=1)
    moved = is_in_crop & (weights.max(axis=1) >= MIN_HEATMAP_PEAK)
    total = weights[moved].sum(axis=1)
    refined[moved, 0] = (columns * weights)[moved].sum(axis=1) / total * CROP_SIDE_PX / width
    refined[moved, 1] = (rows * weights)[moved].sum(axis=1) / total * CROP_SIDE_PX / height
    return refined


def raw_pose(
    landmarks: NDArray[np.float32],
    heatmap: NDArray[np.float32],
    world: NDArray[np.float32],
    roi: Roi,
) -> RawPose:
    """Read the landmark network's output.

    Parameters
    ----------
    landmarks
        ``(1, 195)``: x, y and z in pixels of the crop, visibility and presence before the
        sigmoid, of 39 landmarks.
    heatmap
        ``(1, 64, 64, 39)`` before the sigmoid.
    world
        ``(1, 117)`` metres, turned as the crop is.
    roi
        What the network looked at.
    """
    rows = landmarks.reshape(_OUTPUT_LANDMARKS, -1)
    image_xy = apply(roi.to_image(), refine(rows[:, :2], heatmap[0]))
    hips, circle = ALIGNMENT_ROWS
    return RawPose(
        image_xy=image_xy[:LANDMARK_COUNT],
        world_xyz=_turned(world.reshape(_OUTPUT_LANDMARKS, 3)[:LANDMARK_COUNT], roi.rotation_rad),
        visibility=sigmoid(rows[:LANDMARK_COUNT, 3]).astype(np.float64),
        next_roi=roi_of(image_xy[hips], image_xy[circle]),
    )


def person_mask(logits: NDArray[np.float32], roi: Roi) -> PersonMask:
    """Read the landmark network's mask, ``(1, 256, 256, 1)`` before the sigmoid."""
    # OpenCV's exponential is several times as fast as numpy's on a whole mask.
    probability = np.asarray(1 / (1 + cv2.exp(-logits[0, :, :, 0])), np.float32)
    return PersonMask(probability=probability, to_image=roi.to_image())


def _turned(xyz: NDArray[np.float32], rotation_rad: float) -> NDArray[np.float64]:
    cos, sin = math.cos(rotation_rad), math.sin(rotation_rad)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    turned: NDArray[np.float64] = xyz.astype(np.float64) @ turn.T
    return turned


def apply(affine: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Move ``(n, 2)`` points by a ``(2, 3)`` affine map."""
    moved: NDArray[np.float64] = points @ affine[:, :2].T + affine[:, 2]
    return moved


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logistic function, of single precision as the networks' outputs are."""
    # By the hyperbolic tangent, which cannot overflow.
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)), np.float32)


_ANCHORS: Final = anchors()
_reach = np.arange(HEATMAP_KERNEL) - HEATMAP_KERNEL // 2
_WINDOW_X: Final = np.tile(_reach, HEATMAP_KERNEL)
_WINDOW_Y: Final = np.repeat(_reach, HEATMAP_KERNEL)
