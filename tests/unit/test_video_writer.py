"""The writer makes an MP4 that reads back with its times, or leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from tests.making_videos import BLUE, GREEN, GREY, RED, quadrants
from vision.errors import OutputError
from vision.sources.video_file import VideoFile
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from pathlib import Path

TIMES_S = (0.0, 0.033, 0.05, 0.4, 1.25, 1.26)


def write(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    with VideoWriter(path, size) as writer:
        for time_s in TIMES_S:
            writer.write(quadrants(size), time_s)
    return path


def test_times_and_pictures_read_back(tmp_path: Path) -> None:
    with VideoFile(write(tmp_path / "review.mp4")) as video:
        frames = list(video)

    assert [frame.t_s for frame in frames] == pytest.approx(TIMES_S, abs=1e-4)
    image = frames[-1].image
    corners = [image[row, column] for row in (12, 36) for column in (16, 48)]
    np.testing.assert_allclose(corners, [RED, GREEN, BLUE, GREY], atol=8)


def test_it_is_what_browsers_play(tmp_path: Path) -> None:
    path = write(tmp_path / "review.mp4")

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.colorspace == stream.codec_context.color_primaries == 1
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat"), "the index must stand in front"


def test_a_player_can_jump_once_a_second_whatever_the_rate_was_thought_to_be(
    tmp_path: Path,
) -> None:
    with VideoWriter(tmp_path / "slow.mp4", (64, 48), nominal_fps=240.0) as writer:
        for index in range(12):
            writer.write(quadrants(), index * 0.35)

    with av.open(str(tmp_path / "slow.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    assert [packet.is_keyframe for packet in packets] == [True, False, False] * 4


@pytest.mark.parametrize(
    ("size", "stored"),
    [((64, 48), (64, 48)), ((63, 48), (64, 48)), ((64, 47), (64, 48)), ((33, 25), (34, 26))],
)
def test_odd_sizes_gain_a_copy_of_the_last_column_or_row(
    size: tuple[int, int], stored: tuple[int, int], tmp_path: Path
) -> None:
    with VideoFile(write(tmp_path / "odd.mp4", size)) as video:
        frame = next(video)

    assert frame.size == stored
    np.testing.assert_allclose(frame.image[-1, -1], GREY, atol=8)
    np.testing.assert_allclose(frame.image[size[1] // 4, size[0] // 4], RED, atol=8)


def test_a_single_image_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "one.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        writer.write(quadrants(), 0.0)

    with VideoFile(path) as video:
        assert len(list(video)) == 1


def test_nothing_shows_under_its_name_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "review.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        writer.write(quadrants(), 0.0)
        assert not path.exists()

    assert [file.name for file in tmp_path.iterdir()] == ["review.mp4"]


def test_a_failure_leaves_nothing_and_spares_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "review.mp4"
    path.write_bytes(b"the older file")

    def fail_midway() -> None:
        with VideoWriter(path, (64, 48)) as writer:
            writer.write(quadrants(), 0.0)
            msg = "the analysis stopped"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="the analysis stopped"):
        fail_midway()

    assert path.read_bytes() == b"the older file"
    assert list(tmp_path.iterdir()) == [path]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "review.mp4"
    path.write_bytes(b"the older file")

    write(path)

    with VideoFile(path) as video:
        assert len(list(video)) == len(TIMES_S)


def test_writing_nothing_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "empty.mp4", (64, 48))

    with pytest.raises(OutputError, match="expected at least one image to write, got none"):
        writer.close()

    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="got 'No such file or directory'; choose another"):
        VideoWriter(tmp_path / "missing" / "review.mp4", (64, 48))


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(OutputError, match="got 'Not a directory'; choose another"):
        VideoWriter(tmp_path / "file" / "review.mp4", (64, 48))


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="got a folder; add a file name"):
        VideoWriter(tmp_path, (64, 48))


def test_a_folder_that_goes_away_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    writer = VideoWriter(folder / "review.mp4", (64, 48))
    writer.write(quadrants(), 0.0)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()

    with pytest.raises(OutputError, match="got 'No such file or directory'"):
        writer.close()


@pytest.mark.parametrize("size", [(0, 48), (64, -2)])
def test_a_size_without_pixels_is_refused(size: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 pixel"):
        VideoWriter(tmp_path / "review.mp4", size)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "image",
    [np.zeros((64, 48, 3), np.uint8), np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3))],
    ids=["turned", "grey", "float"],
)
def test_an_image_of_another_shape_is_refused(image: np.ndarray, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "review.mp4", (64, 48)) as writer:
        writer.write(quadrants(), 0.0)
        with pytest.raises(ValueError, match=r"expected a uint8 image of shape \(48, 64, 3\)"):
            writer.write(image, 1.0)


@pytest.mark.parametrize("t_s", [0.5, 0.2, -1.0])
def test_time_must_run_forwards(t_s: float, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "review.mp4", (64, 48)) as writer:
        writer.write(quadrants(), 0.5)
        with pytest.raises(ValueError, match="expected a time of at least"):
            writer.write(quadrants(), t_s)
