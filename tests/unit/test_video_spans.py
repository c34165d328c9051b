"""A span of a video holds the very frames that reading from the start gives for that time."""

from __future__ import annotations

import itertools
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.given_material import shared_file
from tests.making_videos import Recipe, make_plain_video, make_video, noise, quadrants
from vision.errors import VideoError
from vision.sources.span import Span
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.frame import Frame, SourceHealth

FPS: Final = 20
FRAMES: Final = 130
TIMES_S: Final = tuple(index / FPS for index in range(FRAMES))
UNEVEN_S: Final = tuple(float(time) for time in np.cumsum([0.0, *([0.02, 0.09, 0.03] * 43)]))
GAP_S: Final = tuple(time if time < 3 else time + 4 for time in TIMES_S)
SPARSE_S: Final = tuple(2.0 * index for index in range(FRAMES))

H264: Final = {"g": "40", "keyint_min": "40", "sc_threshold": "0", "bf": "3", "preset": "fast"}
OPEN_GOP: Final = {**H264, "x264-params": "open-gop=1:b-adapt=0:bframes=3:b-pyramid=normal"}
REFRESHED: Final = {"g": "40", "x264-params": "intra-refresh=1:bframes=0"}
FRAGMENTED: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}

SOUGHT: Final = {
    "b-frames.mp4": (Recipe(options=H264), TIMES_S),
    "open-gop.mp4": (Recipe(options=OPEN_GOP), TIMES_S),
    "open-gop.mkv": (Recipe(options=OPEN_GOP), TIMES_S),
    "hevc.mp4": (
        Recipe(codec="libx265", options={"x265-params": "keyint=40:log-level=0"}),
        TIMES_S,
    ),
    "fragmented.mp4": (Recipe(options=H264, container_options=FRAGMENTED), TIMES_S),
    "uneven.mp4": (Recipe(options=H264), UNEVEN_S),
    "gap.mp4": (Recipe(options=H264), GAP_S),
    "turned.mov": (Recipe(options=H264, rotation_deg=90), TIMES_S),
    "plain.mkv": (Recipe(options=H264), TIMES_S),
    "vp9.webm": (Recipe(codec="libvpx-vp9", options={"g": "40", "deadline": "realtime"}), TIMES_S),
    "recorded-live.webm": (
        Recipe(codec="libvpx", options={"g": "40"}, container_options={"live": "1"}),
        TIMES_S,
    ),
}
"""Files in which a key frame before the span is found."""

READ_FROM_START: Final = {
    "one-key.mp4": (Recipe(options={**H264, "g": "1000"}), TIMES_S),
    "camcorder.ts": (Recipe(options=OPEN_GOP), TIMES_S),
    "old.avi": (Recipe(codec="mpeg4", options={"g": "40"}, time_base=Fraction(1, FPS)), TIMES_S),
    "plain.gif": (
        Recipe(codec="gif", pixel_format="rgb8", time_base=Fraction(1, 100)),
        TIMES_S,
    ),
}

EITHER_WAY: Final = {"refreshed.mp4": (Recipe(options=REFRESHED), TIMES_S)}
"""Whether its key frames are taken for such is up to the decoder."""

NOISY: Final = ("noisy.mp4", "noisy.mkv", "noisy.ts")
SPARSE: Final = {"sparse.mp4": (Recipe(options=H264), SPARSE_S)}
RECIPES: Final = {**SOUGHT, **READ_FROM_START, **EITHER_WAY}


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    for name, (recipe, times_s) in (RECIPES | SPARSE).items():
        make_video(folder / name, images(), times_s, recipe)
    return folder


def images() -> list[NDArray[np.uint8]]:
    """Each picture unlike every other, so that one in place of its neighbour shows."""
    still = quadrants()
    return [
        np.asarray(np.roll(still, (index // 7, 3 * index), (0, 1)), np.uint8)
        for index in range(FRAMES)
    ]


def read(path: Path, span: Span) -> tuple[list[Frame], SourceHealth, bool]:
    with VideoFile(path, span=span) as video:
        return list(video), video.health, video.ended


def read_whole(path: Path) -> tuple[list[Frame], SourceHealth]:
    with VideoFile(path) as video:
        return list(video), video.health


def assert_same_frames(came: Sequence[Frame], expected: Sequence[Frame]) -> None:
    assert [frame.t_s for frame in came] == [frame.t_s for frame in expected]
    for one, other in zip(came, expected, strict=True):
        np.testing.assert_array_equal(one.image, other.image, str(one.t_s))


@pytest.mark.parametrize("name", RECIPES)
def test_spans_hold_the_frames_of_their_time_and_cover_the_video(name: str, videos: Path) -> None:
    """They begin on a key frame (there is one every 40 frames), beside it, and between two."""
    whole, whole_health = read_whole(videos / name)
    edges_s = [0.0, *(whole[row].t_s for row in (39, 40, 41, 60, 80, len(whole) - 1)), 100.0]
    spans = [Span(start_s=start, end_s=end) for start, end in itertools.pairwise(edges_s)]

    results = [read(videos / name, span) for span in spans]

    assert_same_frames([frame for frames, _, _ in results for frame in frames], whole)
    for span, (frames, health, _) in zip(spans, results, strict=True):
        assert all(span.start_s <= frame.t_s < span.end_s for frame in frames)
        assert [frame.index for frame in frames] == list(range(len(frames)))
        assert health.frames_read == len(frames)
        assert health.corrupt_packets == health.backward_frames == 0
    assert whole_health.frames_read == len(whole)
    assert [ended for _, _, ended in results] == [False] * 6 + [True]


@pytest.mark.parametrize("name", SOUGHT)
def test_what_lies_far_before_the_span_is_not_decoded(name: str, videos: Path) -> None:
    skipped: list[float] = []
    span = Span(start_s=4.5, end_s=5.0)
    with VideoFile(videos / name, span=span, on_skipped=skipped.append) as video:
        assert sum(1 for _ in video) > 0 or name == "gap.mp4"

    assert skipped, "the key frame lies before the span"
    assert min(skipped) >= 1.8


@pytest.mark.parametrize("name", READ_FROM_START)
def test_where_seeking_is_not_certain_the_start_is_read(name: str, videos: Path) -> None:
    skipped: list[float] = []
    span = Span(start_s=4.5, end_s=5.0)
    with VideoFile(videos / name, span=span, on_skipped=skipped.append) as video:
        assert list(video)

    assert skipped[0] == 0.0
    assert len(skipped) == 90


def test_frames_that_lie_seconds_apart_are_found(videos: Path) -> None:
    whole, _ = read_whole(videos / "sparse.mp4")

    for start_s in (30.0, 79.0, 80.0, 81.0, 160.0):
        came, _, _ = read(videos / "sparse.mp4", Span(start_s=start_s, end_s=start_s + 6))

        assert_same_frames(came, [one for one in whole if start_s <= one.t_s < start_s + 6])


def test_the_lead_is_handed_out_and_not_counted(videos: Path) -> None:
    whole, _ = read_whole(videos / "gap.mp4")
    lead = Span(start_s=2.5, end_s=8.0, lead_s=0.5)

    came, health, _ = read(videos / "gap.mp4", lead)

    assert_same_frames(came, [frame for frame in whole if 2.0 <= frame.t_s < 8.0])
    assert health.frames_read == len([frame for frame in came if frame.t_s >= 2.5])
    assert health.longest_gap_s == pytest.approx(4.05)


def test_a_span_in_a_gap_holds_no_frame(videos: Path) -> None:
    came, health, ended = read(videos / "gap.mp4", Span(start_s=4.0, end_s=6.0))

    assert (came, health.frames_read, ended) == ([], 0, False)


def spoil(path: Path, share: float) -> Path:
    """Overwrite a fifteenth of a video that begins at a share of its bytes."""
    data = bytearray(path.read_bytes())
    start, length = round(len(data) * share), len(data) // 15
    data[start : start + length] = b"\xa7" * length
    path.write_bytes(data)
    return path


def read_in_spans(path: Path, span_s: float) -> list[tuple[list[Frame], SourceHealth, bool]]:
    """Read span by span until the video ends."""
    results = []
    for number in range(100):
        span = Span(start_s=number * span_s, end_s=(number + 1) * span_s)
        results.append(read(path, span))
        if results[-1][2]:
            return results
    pytest.fail("the video does not end")


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noisy")
    pictures = [noise((96, 64), shift_px=3 * index) for index in range(FRAMES)]
    options = {"g": "20", "crf": "28", "bf": "2", "preset": "ultrafast"}
    for name in NOISY:
        make_video(folder / name, pictures, TIMES_S, Recipe(options=options))
    return folder


@pytest.mark.parametrize("name", NOISY)
@pytest.mark.parametrize("share", [0.1, 0.45, 0.9])
def test_what_is_corrupt_is_counted_in_the_span_of_its_time(
    name: str, share: float, noisy: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes((noisy / name).read_bytes())
    whole, whole_health = read_whole(spoil(path, share))
    assert whole_health.corrupt_packets > 0 or len(whole) < FRAMES

    results = read_in_spans(path, 2.0)

    frames = [frame for frames, _, _ in results for frame in frames]
    assert [frame.t_s for frame in frames] == [frame.t_s for frame in whole]
    # What a decoder makes up for a damaged picture depends on the pictures before it.
    pairs = zip(frames, whole, strict=True)
    assert sum(not np.array_equal(one.image, other.image) for one, other in pairs) <= 2
    healths = [health for _, health, _ in results]
    assert sum(one.corrupt_packets for one in healths) == whole_health.corrupt_packets
    assert sum(one.backward_frames for one in healths) == whole_health.backward_frames


def test_a_video_cut_off_ends_in_its_last_span(tmp_path: Path) -> None:
    faststart = {"movflags": "+faststart"}
    recipe = Recipe(options=H264, container_options=faststart)
    path = make_video(tmp_path / "cut.mp4", images(), TIMES_S, recipe)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    whole, whole_health = read_whole(path)

    results = read_in_spans(path, 1.5)

    assert_same_frames([frame for frames, _, _ in results for frame in frames], whole)
    assert whole_health.corrupt_packets == 1
    assert sum(health.corrupt_packets for _, health, _ in results) == 1


def test_a_time_past_the_limit_is_refused_in_the_span_before_it(tmp_path: Path) -> None:
    recipe = Recipe(codec="libvpx", container_options={"live": "1"})
    path = make_video(tmp_path / "jump.webm", [quadrants()] * 3, [0.0, 1.0, 4000.0], recipe)

    with (
        VideoFile(path, span=Span(end_s=30.0)) as video,
        pytest.raises(VideoError, match="at most 30 min, got 1 h 6 min"),
    ):
        list(video)


def test_a_real_clip_with_an_edit_list_gives_the_same_frames_in_spans() -> None:
    """It holds 42 pictures before its first one that is shown."""
    path = shared_file("clips/squat_barbell_cropped_side_jrplatin1.mp4")

    def checksums(span: Span) -> list[tuple[float, int]]:
        with VideoFile(path, max_side_px=120, span=span) as video:
            return [(frame.t_s, zlib.crc32(frame.image.tobytes())) for frame in video]

    spans = [Span(start_s=start, end_s=end) for start, end in ((0, 7.3), (7.3, 13), (13, 60))]

    assert [one for span in spans for one in checksums(span)] == checksums(Span())


def test_a_span_past_the_end_is_empty_and_ended(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "short.mp4")

    came, _, ended = read(path, Span(start_s=100, end_s=130, lead_s=2))

    assert (came, ended) == ([], True)


def test_messages_name_the_video_as_the_user_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "0a1b.upload"
    path.write_bytes(b"no video at all, but some text that goes on for a while")

    with pytest.raises(VideoError, match=r"^my squat\.mp4: expected a video"):
        VideoFile(path, name="my squat.mp4")
    with pytest.raises(VideoError, match=r"^gone\.mp4: expected a video .* got no file"):
        VideoFile(tmp_path / "absent", name="gone.mp4")


@pytest.mark.parametrize(
    ("start_s", "end_s", "lead_s"),
    [(-1.0, 2.0, 0.0), (2.0, 2.0, 0.0), (3.0, 2.0, 0.0), (0.0, 1.0, -1.0)],
)
def test_a_span_that_holds_nothing_is_refused(start_s: float, end_s: float, lead_s: float) -> None:
    with pytest.raises(ValueError, match="expected a span of 0 <= start_s < end_s"):
        Span(start_s=start_s, end_s=end_s, lead_s=lead_s)
