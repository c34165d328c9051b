"""What a readable video gives: its pictures, upright, at its own times, and a count of the rest."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import pytest

from tests.making_videos import (
    BLUE,
    EVEN_TIMES_S,
    GREEN,
    GREY,
    RED,
    Recipe,
    make_noisy_video,
    make_plain_video,
    make_video,
    quadrants,
)
from vision.errors import VideoError
from vision.sources.geometry import PictureGeometry
from vision.sources.limits import DEFAULT_LIMITS, VideoLimits, spell_duration
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.frame import Frame, SourceHealth

SHARED_CLIPS: Final = Path(__file__).parents[3] / "shared" / "clips"
CODEC_NOISE: Final = 12
"""Grey levels that coding may change in the middle of an even patch."""

RECIPES: Final = {
    "plain.mp4": Recipe(),
    "plain.mov": Recipe(),
    "plain.mkv": Recipe(),
    "plain.ts": Recipe(),
    "plain.avi": Recipe(codec="mpeg4", time_base=Fraction(1, 25)),
    "vp8.webm": Recipe(codec="libvpx"),
    "vp9.webm": Recipe(codec="libvpx-vp9"),
    "recorded-live.webm": Recipe(codec="libvpx", container_options={"live": "1"}),
    "plain.gif": Recipe(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100)),
}


def read(path: Path, *, max_side_px: int | None = None) -> tuple[list[Frame], SourceHealth]:
    with VideoFile(path, max_side_px=max_side_px) as video:
        return list(video), video.health


def times_s(frames: list[Frame]) -> list[float]:
    return [frame.t_s for frame in frames]


def corner_colours(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Colours amid the quarters: top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    rows, columns = (height // 4, 3 * height // 4), (width // 4, 3 * width // 4)
    return np.array([image[row, column] for row in rows for column in columns], np.float64)


@pytest.mark.parametrize("name", RECIPES)
def test_every_container_gives_its_pictures_and_times(name: str, tmp_path: Path) -> None:
    frames, health = read(make_plain_video(tmp_path / name, RECIPES[name]))

    assert times_s(frames) == pytest.approx(EVEN_TIMES_S, abs=1e-3)
    assert [frame.index for frame in frames] == list(range(10))
    assert health.frames_read == 10
    assert health.corrupt_packets == health.backward_frames == 0
    assert health.longest_gap_s == pytest.approx(0.04, abs=1e-3)


def test_pictures_are_rgb_and_upright(tmp_path: Path) -> None:
    frames, _ = read(make_plain_video(tmp_path / "plain.mp4"))

    image = frames[3].image
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8
    expected = [RED, GREEN, BLUE, GREY]
    np.testing.assert_allclose(corner_colours(image), expected, atol=CODEC_NOISE)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_rotated_phone_video_is_made_upright(
    rotation_deg: int,
    mirrored: bool,  # noqa: FBT001 - a case of the table
    tmp_path: Path,
) -> None:
    stored, _ = read(make_plain_video(tmp_path / "stored.mp4"))
    recipe = Recipe(rotation_deg=rotation_deg, mirrored=mirrored)
    shown, _ = read(make_plain_video(tmp_path / "phone.mp4", recipe))

    expected = np.rot90(stored[0].image, rotation_deg // 90)
    expected = np.fliplr(expected) if mirrored else expected
    np.testing.assert_array_equal(shown[0].image, expected)
    assert shown[0].image.flags.c_contiguous


def test_info_is_of_the_upright_picture(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "phone.mp4", Recipe(rotation_deg=90))

    with VideoFile(path) as video:
        info = video.info
        assert video.health.frames_read == 0
        assert video.frame_size == (48, 64)
    assert (info.width, info.height, info.rotation_deg) == (48, 64, 90)
    assert info.duration_s == pytest.approx(0.4, abs=0.05)
    assert info.nominal_fps == pytest.approx(25, abs=1)
    assert (info.frame_count, info.codec) == (10, "h264")
    assert "mp4" in info.container


def test_info_says_none_where_a_browser_recording_does_not_say(tmp_path: Path) -> None:
    name = "recorded-live.webm"
    path = make_plain_video(tmp_path / name, RECIPES[name])

    with VideoFile(path) as video:
        assert video.info.duration_s is None
        assert video.info.frame_count is None


def test_variable_frame_rate_keeps_every_time(tmp_path: Path) -> None:
    uneven_s = [0.0, 0.02, 0.05, 0.5, 0.51, 0.9, 1.7, 1.75, 3.0, 3.033]
    path = make_video(tmp_path / "vfr.mp4", [quadrants()] * 10, uneven_s)

    frames, health = read(path)

    assert times_s(frames) == pytest.approx(uneven_s, abs=1e-3)
    assert health.longest_gap_s == pytest.approx(1.25, abs=1e-3)


def test_times_start_at_zero(tmp_path: Path) -> None:
    late_s = [5.0 + time_s for time_s in EVEN_TIMES_S]
    path = make_video(tmp_path / "late.mkv", [quadrants()] * 10, late_s)

    frames, _ = read(path)

    assert times_s(frames) == pytest.approx(EVEN_TIMES_S, abs=1e-3)


def test_avi_with_b_frames_runs_forwards(tmp_path: Path) -> None:
    recipe = Recipe(options={"bf": "2", "b-pyramid": "none"}, time_base=Fraction(1, 30))
    path = make_video(
        tmp_path / "old.avi",
        [quadrants(shift_px=2 * index) for index in range(40)],
        [index / 30 for index in range(40)],
        recipe,
    )

    frames, health = read(path)

    assert len(frames) >= 38  # the last few, held back by the decoder, may come without a time
    assert np.diff(times_s(frames)) == pytest.approx(np.full(len(frames) - 1, 1 / 30), abs=1e-6)
    assert health.frames_read + health.backward_frames == 40


def test_frames_whose_time_runs_backwards_are_dropped_and_counted(tmp_path: Path) -> None:
    once = make_plain_video(tmp_path / "once.ts").read_bytes()
    path = tmp_path / "restarted.ts"
    path.write_bytes(once + once)

    frames, health = read(path)

    assert (np.diff(times_s(frames)) > 0).all()
    assert frames[-1].t_s == pytest.approx(EVEN_TIMES_S[-1], abs=1e-3)
    assert health.backward_frames == 10
    assert health.frames_read + health.corrupt_packets == 10  # the seam may cut one


@pytest.mark.parametrize("filler", [b"\x00", b"\xa7"])
def test_reading_goes_on_after_a_corrupt_middle(filler: bytes, tmp_path: Path) -> None:
    path = make_noisy_video(tmp_path / "noisy.mp4", Recipe(options={"g": "15"}))
    spoilt = bytearray(path.read_bytes())
    start, length = len(spoilt) * 2 // 5, len(spoilt) // 5
    spoilt[start : start + length] = filler * length
    path.write_bytes(spoilt)

    frames, health = read(path)

    assert health.corrupt_packets >= 10
    assert 50 <= len(frames) <= 80
    assert frames[-1].t_s == pytest.approx(89 / 30, abs=1e-2)
    assert (np.diff(times_s(frames)) > 0).all()
    assert health.longest_gap_s > 0.2


def test_a_video_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    recipe = Recipe(container_options={"movflags": "+faststart"})
    path = make_noisy_video(tmp_path / "cut.mp4", recipe)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])

    with VideoFile(path) as video:
        frames = list(video)

        assert video.info.frame_count == 90
        assert 30 <= len(frames) <= 70
        assert video.health.corrupt_packets == 1


def test_a_longer_side_above_the_limit_is_made_smaller(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "phone.mp4", Recipe(rotation_deg=90))

    with VideoFile(path, max_side_px=32) as video:
        frame = next(video)
        assert (video.info.width, video.info.height) == (48, 64)
        assert video.frame_size == (24, 32)

    assert frame.size == (24, 32)
    upright = np.rot90(np.array([RED, GREEN, BLUE, GREY]).reshape(2, 2, 3))
    np.testing.assert_allclose(corner_colours(frame.image), upright.reshape(4, 3), atol=CODEC_NOISE)


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "wide.mp4", Recipe(pixel_aspect=Fraction(4, 3)))

    with VideoFile(path) as video:
        frame = next(video)

    assert (video.info.width, video.info.height) == (85, 48)
    assert frame.size == (85, 48)
    expected = [RED, GREEN, BLUE, GREY]
    np.testing.assert_allclose(corner_colours(frame.image), expected, atol=CODEC_NOISE)


def test_the_pixel_aspect_of_a_gif_is_ignored(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "plain.gif", RECIPES["plain.gif"])
    aspect_byte = 12
    data = bytearray(path.read_bytes())
    data[aspect_byte] = 200
    path.write_bytes(data)

    frames, _ = read(path)

    assert frames[0].size == (64, 48)


def test_a_picture_of_another_size_is_fitted_in_without_stretching() -> None:
    geometry = PictureGeometry(stored_size=(64, 48))
    turned_phone = np.full((64, 48, 3), 255, np.uint8)

    image = geometry.apply(turned_phone)

    assert image.shape == (48, 64, 3)
    lit = image[24, :, 0] == 255
    assert np.flatnonzero(lit).tolist() == list(range(14, 50))
    assert (image[:, 14:50] == 255).all()


def test_a_browser_recording_that_changes_its_size_keeps_one_frame_size(tmp_path: Path) -> None:
    path = tmp_path / "resized.webm"
    sizes = [(64, 48)] * 3 + [(48, 64)] * 3
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = sizes[0]
        for index, size in enumerate(sizes):
            encoder = av.VideoCodecContext.create("libvpx", "w")
            encoder.width, encoder.height = size
            encoder.pix_fmt = "yuv420p"
            encoder.time_base = Fraction(1, 25)
            picture = av.VideoFrame.from_ndarray(quadrants(size), format="rgb24")
            picture.pts, picture.time_base = 0, Fraction(1, 25)
            for packet in [*encoder.encode(picture), *encoder.encode()]:
                packet.stream = stream
                packet.pts = packet.dts = index
                packet.time_base = Fraction(1, 25)
                container.mux(packet)

    frames, _ = read(path)

    assert [frame.size for frame in frames] == [(64, 48)] * 6
    assert (frames[-1].image[:, :10] < CODEC_NOISE).all()


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (VideoLimits(max_duration_s=0.2), "at most 0.2 s"),
        (VideoLimits(max_frames=5), "at most 5 pictures, got 6"),
    ],
)
def test_limits_hold_while_decoding_where_the_header_is_silent(
    limits: VideoLimits, expected: str, tmp_path: Path
) -> None:
    name = "recorded-live.webm"
    path = make_plain_video(tmp_path / name, RECIPES[name])

    with VideoFile(path, limits=limits) as video, pytest.raises(VideoError, match=expected):
        list(video)

    assert 0 < video.health.frames_read <= 6


def test_a_closed_video_gives_no_more_frames(tmp_path: Path) -> None:
    video = VideoFile(make_plain_video(tmp_path / "plain.mp4"))
    next(video)
    video.close()
    video.close()

    assert list(video) == []
    assert video.health.frames_read == 1


def test_a_name_that_looks_like_a_protocol_is_a_name(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "plain.mp4").rename(tmp_path / "concat:plain.mp4")

    frames, _ = read(path)

    assert len(frames) == 10


@pytest.mark.parametrize("name", ["max_pixels", "max_duration_s", "max_frames"])
def test_a_limit_that_nothing_meets_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected a number above 0, got 0"):
        VideoLimits(**{name: 0})


def test_the_limits_admit_what_phones_record() -> None:
    DEFAULT_LIMITS.check_size("4k.mp4", 3840, 2160)
    DEFAULT_LIMITS.check_size("8k.mp4", 4320, 7680)
    DEFAULT_LIMITS.check_duration("set.mp4", 5 * 60)
    DEFAULT_LIMITS.check_frames("slow-motion.mp4", 5 * 60 * 240)


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [(0.2, "0.2 s"), (1.0, "1 s"), (90, "1 min 30 s"), (1800, "30 min"), (36_000.04, "10 h")],
)
def test_durations_are_spelled(duration_s: float, expected: str) -> None:
    assert spell_duration(duration_s) == expected


def clips() -> list[dict[str, object]]:
    manifest = SHARED_CLIPS / "manifest.json"
    if not manifest.exists():
        return []
    listed = json.loads(manifest.read_text("utf-8"))["clips"]
    return sorted(listed, key=lambda clip: clip["frames"])[:6]


@pytest.mark.skipif(
    not SHARED_CLIPS.exists(), reason="shared test material absent: ../shared/clips"
)
@pytest.mark.parametrize("clip", clips(), ids=lambda clip: str(clip["file"]))
def test_real_clips_give_as_many_frames_as_opencv(clip: dict[str, object]) -> None:
    """Not as many as the manifest's ``frames``: edit lists cut some that the file still holds."""
    with VideoFile(SHARED_CLIPS / str(clip["file"]), max_side_px=480) as video:
        last = max((frame.t_s for frame in video), default=0.0)

    assert video.health.frames_read == clip["opencv_frames_decoded"]
    assert video.health.corrupt_packets == video.health.backward_frames == 0
    assert last == pytest.approx(clip["duration_s"], abs=0.2)
