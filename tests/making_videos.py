"""Small videos that tests make for themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RED: Final = (220, 40, 40)
GREEN: Final = (40, 200, 60)
BLUE: Final = (40, 60, 220)
GREY: Final = (128, 128, 128)

EVEN_TIMES_S: Final = tuple(index * 0.04 for index in range(10))
"""Ten pictures at 25 per second; whole ticks in every container, GIF's hundredths included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a test video is encoded."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)
    time_base: Fraction = Fraction(1, 1000)
    rotation_deg: int = 0
    mirrored: bool = False
    pixel_aspect: Fraction | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def quadrants(size: tuple[int, int] = (64, 48), shift_px: int = 0) -> NDArray[np.uint8]:
    """Draw red, green, blue and grey quarters, from the top left; each orientation looks unlike."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = RED
    image[: height // 2, width // 2 :] = GREEN
    image[height // 2 :, : width // 2] = BLUE
    image[height // 2 :, width // 2 :] = GREY
    return np.roll(image, shift_px, axis=1)


def noise(size: tuple[int, int] = (160, 120), shift_px: int = 0) -> NDArray[np.uint8]:
    """Draw a picture that does not compress, so that every packet has bytes to spoil."""
    rng = np.random.default_rng(7)
    image = rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return np.roll(image, shift_px, axis=1)


def make_video(
    path: Path,
    images: Sequence[NDArray[np.uint8]],
    times_s: Sequence[float],
    recipe: Recipe | None = None,
) -> Path:
    """Encode images at the given times."""
    how = recipe or Recipe()
    with av.open(str(path), "w", options=how.container_options) as container:
        container.metadata.update(how.metadata)
        stream = container.add_stream(how.codec, rate=25, options=how.options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = how.pixel_format
        stream.codec_context.time_base = how.time_base
        if how.pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = how.pixel_aspect
        if how.rotation_deg or how.mirrored:
            stream.set_display_rotation(how.rotation_deg, hflip=how.mirrored)
        for image, time_s in zip(images, times_s, strict=True):
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture.pts, picture.time_base = round(time_s / how.time_base), how.time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def make_plain_video(path: Path, recipe: Recipe | None = None) -> Path:
    """Encode ten pictures of `quadrants` at `EVEN_TIMES_S`."""
    return make_video(path, [quadrants()] * len(EVEN_TIMES_S), EVEN_TIMES_S, recipe)


def make_noisy_video(path: Path, recipe: Recipe | None = None) -> Path:
    """Encode ninety pictures of moving `noise` at 30 per second."""
    images = [noise(shift_px=3 * index) for index in range(90)]
    return make_video(path, images, [index / 30 for index in range(90)], recipe)
