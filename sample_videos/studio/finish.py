"""What a camera adds: exposure, softness, sensor noise and compression."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import av
import cv2
import numpy as np

from vision.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

NOISE_BANK = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSpec:
    """The camera's own traces.

    Attributes
    ----------
    gain, gamma
        Exposure; 1 leaves the picture as it is.
    blur_px
        Standard deviation of the lens blur.
    noise
        Standard deviation of the sensor noise, of 255.
    crf
        x264 quality: 18 is fine, 30 coarse.
    """

    gain: float = 1.0
    gamma: float = 1.0
    blur_px: float = 0.0
    noise: float = 1.5
    crf: int = 23


class Finisher:
    """Applies a finish to frame after frame.

    Parameters
    ----------
    spec
        What to apply.
    size_px
        Width and height.
    seed
        Seed of the noise.
    """

    def __init__(self, spec: FinishSpec, size_px: tuple[int, int], seed: int) -> None:
        self._spec = spec
        self._rng = np.random.default_rng(seed)
        levels = np.clip(np.arange(256) / 255.0 * spec.gain, 0.0, 1.0) ** spec.gamma
        self._curve = np.round(255.0 * levels).astype(np.uint8)
        width, height = size_px
        shape = (NOISE_BANK, height, width, 3)
        noise = self._rng.standard_normal(shape, dtype=np.float32) * spec.noise
        self._noise = np.round(noise).astype(np.int16)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Finished copy of an RGB frame."""
        out = cv2.LUT(image, self._curve)
        if self._spec.blur_px > 0.0:
            out = cv2.GaussianBlur(out, (0, 0), self._spec.blur_px)
        if self._spec.noise > 0.0:
            grain = self._noise[self._rng.integers(NOISE_BANK)]
            rows, columns = (
                self._rng.integers(0, grain.shape[0]),
                self._rng.integers(0, grain.shape[1]),
            )
            rolled = np.roll(grain, (rows, columns), axis=(0, 1))
            out = np.clip(out + rolled, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(out)


class VideoFile:
    """An H.264 file that plays in browsers; use as a context manager.

    Parameters
    ----------
    path
        The ``.mp4`` to write.
    size_px, fps, crf
        Picture size, frame rate and quality.
    preset
        x264 preset: slower is smaller.

    Raises
    ------
    OutputError
        When the file cannot be opened.
    """

    def __init__(
        self, path: Path, size_px: tuple[int, int], *, fps: int, crf: int, preset: str = "fast"
    ) -> None:
        try:
            self._container: Any = av.open(str(path), "w", options={"movflags": "+faststart"})
        except OSError as error:
            message = f"expected a writable file at {path}, got {error}; choose another folder"
            raise OutputError(message) from error
        stream = self._container.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": preset, "threads": "1"}
        self._stream = stream

    def __enter__(self) -> Self:
        """Start writing."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Flush and close; after an error the file is closed as it is."""
        if error is None:
            self._container.mux(self._stream.encode())
        self._container.close()

    def write(self, image: NDArray[np.uint8]) -> None:
        """Append one RGB frame."""
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        self._container.mux(self._stream.encode(frame))
