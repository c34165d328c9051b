"""What a fake webcam films: pictures of 640×480 at 30 a second, made from clips.

Chromium plays a Motion-JPEG file (JPEG after JPEG, nothing between) as its camera, at 30 pictures
a second, and starts again at its end. The same JPEGs, put into a container, are what the offline
assessment looks at: both see the same bytes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np

from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.frame import Frame

SIZE: Final = (640, 480)
FPS: Final = 30
JPEG_QUALITY: Final = 92
WALL: Final = (196, 190, 182)
"""Colour of the room where nobody is."""
BARS: Final = (24, 24, 24)
"""Colour beside a picture that is narrower or flatter than 640×480."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """Pictures in a row, each a JPEG of 640×480, 30 a second.

    Attributes
    ----------
    jpegs
        The pictures. One that is held is there several times.
    """

    jpegs: tuple[bytes, ...]

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return len(self.jpegs) / FPS

    def __add__(self, other: Footage) -> Footage:
        """Play this, then the other."""
        return Footage(jpegs=self.jpegs + other.jpegs)

    def held(self, *, before_s: float = 0.0, after_s: float = 0.0) -> Footage:
        """Hold the first picture before it plays, and the last one after."""
        before = self.jpegs[:1] * round(before_s * FPS)
        after = self.jpegs[-1:] * round(after_s * FPS)
        return Footage(jpegs=before + self.jpegs + after)

    def part(self, start_s: float, end_s: float) -> Footage:
        """Cut out what plays between two times."""
        return Footage(jpegs=self.jpegs[round(start_s * FPS) : round(end_s * FPS)])

    def changed(self, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Footage:
        """Change every picture; one that is held is changed once."""
        return Footage(
            jpegs=tuple(
                itertools.chain.from_iterable(
                    [_encode(change(_decode(jpeg)))] * len(list(same))
                    for jpeg, same in itertools.groupby(self.jpegs)
                )
            )
        )

    def write_mjpeg(self, path: Path) -> Path:
        """Write what Chromium plays as a camera."""
        path.write_bytes(b"".join(self.jpegs))
        return path

    def write_video(self, path: Path) -> Path:
        """Put the same JPEGs into a Matroska file, untouched."""
        with av.open(str(path), "w", format="matroska") as container:
            stream = container.add_stream("mjpeg", rate=FPS)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p"
            for index, jpeg in enumerate(self.jpegs):
                packet = av.Packet(jpeg)
                packet.stream, packet.time_base = stream, Fraction(1, FPS)
                packet.pts = packet.dts = index
                packet.is_keyframe = True
                container.mux(packet)
        return path


def filmed(clip: Path) -> Footage:
    """Film a clip: 30 pictures a second of its own time, letter-boxed."""
    with VideoFile(clip) as video:
        return Footage(jpegs=tuple(_evenly(video)))


def standing_still(image: NDArray[np.uint8], *, seconds: float) -> Footage:
    """Film one picture for a while."""
    return Footage(jpegs=(_encode(boxed(image)),) * round(seconds * FPS))


def empty_room(*, seconds: float) -> Footage:
    """Film a wall, a floor and nobody."""
    return standing_still(_room(), seconds=seconds)


def dog(*, seconds: float) -> Footage:
    """Film something of four legs that walks to and fro: somebody to nobody but its owner."""
    places = [0.5 + 0.3 * np.sin(2 * np.pi * 0.25 * index / FPS) for index in range(4 * FPS)]
    walk = [_encode(_with_dog(place, index / FPS)) for index, place in enumerate(places)]
    return Footage(jpegs=tuple(itertools.islice(itertools.cycle(walk), round(seconds * FPS))))


def boxed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit a picture into 640×480, with bars where it is narrower or flatter."""
    height, width = image.shape[:2]
    scale = min(SIZE[0] / width, SIZE[1] / height)
    fitted = (min(SIZE[0], round(width * scale)), min(SIZE[1], round(height * scale)))
    box = _filled(BARS)
    left, top = (SIZE[0] - fitted[0]) // 2, (SIZE[1] - fitted[1]) // 2
    small = cv2.resize(image, fitted, interpolation=cv2.INTER_AREA)
    box[top : top + fitted[1], left : left + fitted[0]] = small
    return box


def darkened(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn the light off."""
    return (image * 0.06).astype(np.uint8)


def closer(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Step close to the camera: the middle of the picture, 2.2 times as large."""
    width, height = SIZE
    across, down = round(width / 2.2 / 2), round(height / 2.2 / 2)
    rows = slice(height // 2 - down, height // 2 + down)
    columns = slice(width // 2 - across, width // 2 + across)
    return np.asarray(cv2.resize(image[rows, columns], SIZE), np.uint8)


def doubled(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put the middle of a picture into it twice, side by side: two people of one size."""
    half = SIZE[0] // 2
    middle = image[:, half // 2 : half // 2 + half]
    return np.concatenate([middle, middle], axis=1)


def _evenly(video: Iterable[Frame]) -> Iterator[bytes]:
    """Encode the newest picture at every thirtieth of a second."""
    due = 0
    for frame, following in itertools.pairwise(itertools.chain(video, [None])):
        assert frame is not None
        jpeg = _encode(boxed(frame.image))
        until_s = frame.t_s + 0.5 / FPS if following is None else following.t_s
        while due / FPS < until_s - 1e-6:
            yield jpeg
            due += 1


def _encode(image: NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    written, jpeg = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    assert written
    return jpeg.tobytes()


def _decode(jpeg: bytes) -> NDArray[np.uint8]:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _filled(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)


def _room() -> NDArray[np.uint8]:
    room = _filled(WALL)
    room[int(0.8 * SIZE[1]) :] = (128, 108, 90)
    return room


def _with_dog(place: float, t_s: float) -> NDArray[np.uint8]:
    room = _room()
    x, floor, fur = int(place * SIZE[0]), int(0.92 * SIZE[1]), (92, 62, 40)
    swing = int(10 * np.sin(2 * np.pi * 2 * t_s))
    for leg in (-55, -40, 40, 55):
        foot = (x + leg + (swing if leg in (-55, 40) else -swing), floor)
        cv2.line(room, (x + leg, floor - 70), foot, fur, 12, cv2.LINE_AA)
    cv2.ellipse(room, (x, floor - 85), (75, 32), 0, 0, 360, fur, -1, cv2.LINE_AA)
    cv2.ellipse(room, (x + 85, floor - 125), (34, 22), 20, 0, 360, fur, -1, cv2.LINE_AA)
    cv2.line(room, (x - 70, floor - 95), (x - 110, floor - 135 + swing), fur, 9, cv2.LINE_AA)
    return room
