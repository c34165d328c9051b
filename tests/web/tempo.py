"""How fast the filmed world runs, so that a slow or crowded machine comes to the same results.

A camera that films a world slowed down by a factor, with a clock slowed down as much, is the same
camera: every picture, at every time. On a machine that looks at 30 pictures a second the factor is
1 and nothing is changed. Otherwise each picture is played several times, and the page is told the
time of the slow clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar

from tests.given_material import first_frames, pose_bundle
from tests.web.fake_webcam import Footage
from vision.estimators.outlined import OutlinedBlazePose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Result = TypeVar("_Result")

MOST: Final = 16
"""A machine that needs a slower world than this cannot run the tests."""
PROBE: Final = 12
PER_PICTURE: Final = 2.0
"""What a picture costs browser and server together, as a multiple of finding the pose in it."""
LEAST_RATE_HZ: Final = 20.0
"""Pictures a second, on the slow clock, that tests ask for; the product refuses fewer than 12."""

SLOW_CLOCK: Final = """
(factor => {
  const prototype = HTMLVideoElement.prototype;
  const original = prototype.requestVideoFrameCallback;
  prototype.requestVideoFrameCallback = function (callback) {
    return original.call(this, (now, metadata) => callback(now, {
      ...metadata,
      captureTime: metadata.captureTime / factor,
      mediaTime: metadata.mediaTime / factor,
    }));
  };
})(%d);
"""


class TooSlowError(Exception):
    """The machine did not keep up with the filmed world."""


class Tempo:
    """The factor by which the filmed world is slowed down, for all tests of a run.

    Parameters
    ----------
    clip
        Any clip of a person, to see how fast this machine is.
    """

    def __init__(self, clip: Path) -> None:
        self.factor = _slowness(clip)

    @property
    def init_script(self) -> str:
        """Slow clock for a page; empty where the world runs as it does."""
        return "" if self.factor == 1 else SLOW_CLOCK % self.factor

    def slowed(self, footage: Footage) -> Footage:
        """Slow down what is filmed."""
        return Footage(jpegs=tuple(jpeg for jpeg in footage.jpegs for _ in range(self.factor)))

    def keep_up(self, attempt: Callable[[], _Result]) -> _Result:
        """Try, and try again in a slower world as long as the machine does not keep up."""
        while True:
            try:
                return attempt()
            except TooSlowError:
                if self.factor >= MOST:
                    raise
                self.factor *= 2


def _slowness(clip: Path) -> int:
    frames = first_frames(clip, PROBE)
    took_s = []
    with OutlinedBlazePose(pose_bundle(mask=True), threads=1) as estimator:
        for frame in frames:
            began_s = time.perf_counter()
            estimator.estimate(frame)
            took_s.append(time.perf_counter() - began_s)
    picture_s = sorted(took_s)[PROBE // 2] * PER_PICTURE
    return min(MOST, max(1, round(picture_s * LEAST_RATE_HZ)))
