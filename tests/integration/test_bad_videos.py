"""What is no usable video is refused in one line that says what came and what to do."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import pytest

from tests.making_videos import Recipe, make_plain_video, make_video, quadrants
from vision.errors import InputError, VideoError
from vision.sources.limits import VideoLimits
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXPECTED: Final = "expected a video (MP4, MOV, WebM, MKV, AVI, MPEG-TS or GIF), got "
HUGE: Final = 12288


def refusal(path: Path, limits: VideoLimits | None = None) -> str:
    """Open a file that must be refused, and return the one line that is said."""
    with pytest.raises(VideoError) as caught:
        VideoFile(path, limits=limits or VideoLimits())
    message = str(caught.value)
    assert message.startswith((path.name, str(path)))
    assert "\n" not in message
    return message


def write_bytes(content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "clip.mp4"
        path.write_bytes(content)
        return path

    return write


def write_folder(folder: Path) -> Path:
    (folder / "clip.mp4").mkdir()
    return folder / "clip.mp4"


def write_nothing(folder: Path) -> Path:
    return folder / "clip.mp4"


def write_ffconcat(folder: Path) -> Path:
    make_plain_video(folder / "neighbour.mp4")
    path = folder / "clip.mp4"
    path.write_text("ffconcat version 1.0\nfile neighbour.mp4\n")
    return path


def write_playlist(folder: Path) -> Path:
    make_plain_video(folder / "neighbour.ts")
    path = folder / "clip.mp4"
    path.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\nneighbour.ts\n#EXT-X-ENDLIST\n"
    )
    return path


def write_without_index(folder: Path) -> Path:
    path = make_plain_video(folder / "clip.mp4")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moov")])
    return path


def write_without_pictures(folder: Path) -> Path:
    path = make_plain_video(folder / "clip.mp4")
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    path.write_bytes(data)
    return path


def write_unknown_codec(folder: Path) -> Path:
    path = make_plain_video(folder / "clip.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz1"))
    return path


def add_sound(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("aac", rate=8000)
    assert isinstance(stream, av.AudioStream)
    for index in range(4):
        sound = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        sound.sample_rate, sound.pts = 8000, 1024 * index
        container.mux(stream.encode(sound))
    container.mux(stream.encode())


def write_sound_only(folder: Path) -> Path:
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as container:
        add_sound(container)
    return path


def write_sound_with_cover(folder: Path) -> Path:
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("png", rate=1)
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        add_sound(container)
        picture = av.VideoFrame.from_ndarray(quadrants(), format="rgb24")
        picture.pts, picture.time_base = 0, Fraction(1, 1)
        container.mux(cover.encode(picture))
        container.mux(cover.encode())
    return path


REFUSED: Final[dict[str, tuple[Callable[[Path], Path], str]]] = {
    "missing": (write_nothing, EXPECTED + "no file of that name; check the path"),
    "folder": (write_folder, EXPECTED + "a folder; choose one video in it"),
    "zero bytes": (write_bytes(b""), EXPECTED + "an empty file (0 bytes); record or copy it again"),
    "text": (
        write_bytes("Körperübung, 10 reps\n".encode() * 60),
        EXPECTED + "a text file; choose the video itself",
    ),
    "zip": (
        write_bytes(b"PK\x03\x04" + bytes(range(256)) * 4),
        EXPECTED + "a ZIP archive; unpack it and choose the video inside",
    ),
    "unknown bytes": (
        write_bytes(bytes(range(256)) * 8),
        EXPECTED + "data that is no known video; export it again as an MP4 (H.264)",
    ),
    "still picture": (
        write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64)),
        EXPECTED + "a still picture (PNG); choose the video itself",
    ),
    "playlist": (
        write_playlist,
        EXPECTED + "a playlist that points at other files; choose the video itself",
    ),
    "ffconcat": (
        write_ffconcat,
        EXPECTED + "a list that points at other files; choose the video itself",
    ),
    "no index": (
        write_without_index,
        EXPECTED + "an MP4 without a readable index, as when a recording or a copy stops early; "
        "record or copy it again to its end",
    ),
    "no picture": (
        write_without_pictures,
        (
            "expected at least one picture, got none that can be decoded (9 unreadable packets); "
            "record it again or export it as an MP4 (H.264)"
        ),
    ),
    "unknown codec": (
        write_unknown_codec,
        (
            "expected a video in a codec such as H.264, HEVC, VP9 or AV1, got one that is not "
            "known here; export it as an MP4 (H.264)"
        ),
    ),
    "sound only": (
        write_sound_only,
        (
            "expected a video with moving pictures, got a file with audio only; choose the video "
            "itself"
        ),
    ),
    "sound with cover": (
        write_sound_with_cover,
        (
            "expected a video with moving pictures, got a file with audio and video only; choose "
            "the video itself"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    write, expected = REFUSED[case]

    message = refusal(write(tmp_path))

    assert message.split(": ", 1)[1] == expected


def test_a_refusal_is_an_input_error() -> None:
    assert issubclass(VideoError, InputError)


def test_without_the_whitelist_a_list_would_read_its_neighbour(tmp_path: Path) -> None:
    """Keeps the ffconcat case above from passing for another reason."""
    with av.open(str(write_ffconcat(tmp_path))) as container:
        assert container.format.name == "concat"
        assert len(list(container.decode(video=0))) == 10


def never_decode(_: VideoFile) -> None:
    pytest.fail("decoding started before the header was judged")


@pytest.mark.usefixtures("_header_only")
class TestLimitsAreJudgedFromTheHeader:
    @pytest.fixture
    @staticmethod
    def _header_only(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(VideoFile, "_open_decoder", never_decode)

    def test_a_size_so_large_that_opening_refuses_it(self, tmp_path: Path) -> None:
        recipe = Recipe(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100))
        path = make_plain_video(tmp_path / "huge.gif", recipe)
        data = bytearray(path.read_bytes())
        data[6:10] = struct.pack("<HH", HUGE, HUGE)
        path.write_bytes(data)

        assert refusal(path) == (
            "huge.gif: expected a picture of at most 35,389,440 pixels, got one whose size cannot "
            "be read or is far larger; export the video at 1080p and try again"
        )

    @pytest.mark.parametrize("max_pixels", [64 * 48 // 4, 64 * 48 - 1])
    def test_a_size_above_the_limit(self, max_pixels: int, tmp_path: Path) -> None:
        path = make_plain_video(tmp_path / "clip.mp4")

        assert refusal(path, VideoLimits(max_pixels=max_pixels)) == (
            f"clip.mp4: expected a picture of at most {max_pixels:,} pixels, got 64x48 (3,072); "
            "export the video at 1080p and try again"
        )

    def test_ten_hours(self, tmp_path: Path) -> None:
        path = make_video(tmp_path / "long.mp4", [quadrants()] * 2, [0.0, 36_000.0])

        assert refusal(path) == (
            "long.mp4: expected a video of at most 30 min, got 10 h; trim the clip to the set you "
            "want to look at"
        )

    def test_too_many_pictures(self, tmp_path: Path) -> None:
        path = make_plain_video(tmp_path / "clip.mp4")

        assert refusal(path, VideoLimits(max_frames=9)) == (
            "clip.mp4: expected a video of at most 9 pictures, got 10; trim the clip, or export "
            "it at 30 pictures per second"
        )


def test_limits_are_met_by_their_own_value(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "clip.mp4")

    with VideoFile(path, limits=VideoLimits(max_pixels=64 * 48, max_frames=10)) as video:
        assert len(list(video)) == 10


def test_a_picture_that_grows_past_the_limit_is_not_decoded(tmp_path: Path) -> None:
    """A header may announce less than its pictures hold; the decoder has a ceiling of its own."""
    recipe = Recipe(codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 25))
    path = make_plain_video(tmp_path / "grows.mkv", recipe)
    start_of_frame = b"\xff\xc0\x00\x11\x08"
    data = bytearray(path.read_bytes())
    last = data.rindex(start_of_frame) + len(start_of_frame)
    data[last : last + 4] = struct.pack(">HH", HUGE, HUGE)
    path.write_bytes(data)

    with VideoFile(path) as video:
        frames = list(video)

    assert len(frames) == 9
    assert video.health.corrupt_packets == 1
