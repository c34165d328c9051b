"""The proxy plays in every browser and holds every frame of the analysis at its own time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av
import numpy as np
import pytest

from service.artefacts import PROXY, PROXY_SIDE_PX, VIDEO, draw_video
from service.pipeline import assess_recording
from service.wording import load_wording
from tests.making_videos import Recipe, make_video, quadrants
from vision.estimators.base import EstimatorInfo
from vision.pose import Pose
from vision.recording import Recording
from vision.sources.video_file import VideoFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.frame import Frame

TICK_S: Final = 1 / 90_000
UNEVEN_S: Final = tuple(float(t) for t in np.cumsum([0.0, *([0.013, 0.091, 0.4, 0.034] * 8)]))


def numbered(size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Pictures of which each one lies nearest to itself."""
    still = quadrants(size)
    step = size[0] // (2 * len(UNEVEN_S))
    return [np.asarray(np.roll(still, step * n, axis=1), np.uint8) for n in range(len(UNEVEN_S))]


def write_proxy(video: Path, folder: Path) -> tuple[list[Frame], list[Frame], Path]:
    """Analyse a clip in which nobody is, and read it and its proxy."""
    with VideoFile(video) as source:
        frames, health, info = list(source), source.health, source.info
    recording = Recording(
        poses=tuple(Pose.empty(frame.t_s, frame.size) for frame in frames),
        estimator=EstimatorInfo(name="none", version="1", model="full", asset_sha256="0" * 64),
        video=info,
        health=health,
        source_name=video.name,
        source_sha256="0" * 64,
    )
    draw_video(
        assess_recording(recording),
        video,
        annotated=None,
        proxy=folder / PROXY,
        wording=load_wording(),
    )
    with VideoFile(folder / PROXY) as proxy:
        return frames, list(proxy), folder / PROXY


@pytest.mark.parametrize("rotation_deg", [0, 90])
def test_every_frame_is_there_with_its_time(rotation_deg: int, tmp_path: Path) -> None:
    recipe = Recipe(rotation_deg=rotation_deg)
    video = make_video(tmp_path / "clip.mp4", numbered((320, 160)), UNEVEN_S, recipe)

    frames, shown, _ = write_proxy(video, tmp_path)

    assert [one.t_s for one in shown] == pytest.approx([one.t_s for one in frames], abs=TICK_S)
    assert [one.size for one in shown] == [one.size for one in frames]
    small = np.array([one.image[::4, ::4] for one in frames], np.float64)
    for number, one in enumerate(shown):
        apart = np.abs(small - one.image[::4, ::4]).mean(axis=(1, 2, 3))
        assert int(apart.argmin()) == number


def test_it_is_what_every_browser_plays_and_jumps_in(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mkv", numbered((320, 160)), UNEVEN_S)

    _, _, proxy = write_proxy(video, tmp_path)

    with av.open(str(proxy)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.sample_aspect_ratio in {None, 1}
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    assert packets[0].pts == 0
    times_s = [float((packet.pts or 0) * TICK_S) for packet in packets]
    keys_s = [time for time, packet in zip(times_s, packets, strict=True) if packet.is_keyframe]
    for time_s in times_s:
        assert time_s - max(key for key in keys_s if key <= time_s) < 1.0
    data = proxy.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat"), "the index must stand in front"
    assert not (tmp_path / VIDEO).exists()


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    video = make_video(tmp_path / "clip.mp4", [quadrants((900, 1600))] * 2, [0.0, 0.1])

    _, shown, _ = write_proxy(video, tmp_path)

    assert [frame.size for frame in shown] == [(720, PROXY_SIDE_PX)] * 2
