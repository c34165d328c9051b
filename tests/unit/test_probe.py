"""A probe says what a video is, and refuses what is none under the name that its owner knows."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from service.reviews.probe import Probe, probe_video
from tests.making_videos import Recipe, make_plain_video
from vision.errors import VideoError
from vision.sources.limits import DEFAULT_LIMITS, VideoLimits

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("squat.mp4", "../../etc/<b>squat</b>.mp4", "a" * 500 + ".mp4", "\u202e4pm.tauqs")


def probe(path: Path, name: str = "squat.mp4", limits: VideoLimits = DEFAULT_LIMITS) -> Probe:
    return probe_video(path, name=name, limits=limits)


def test_it_says_what_a_phone_video_is(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "7f3a.upload.mp4", Recipe(rotation_deg=90))

    found = probe(path)

    assert (found.width, found.height, found.rotation_deg) == (48, 64, 90)
    assert (found.codec, found.frame_count) == ("h264", 10)
    assert "mp4" in found.container
    assert found.duration_s == pytest.approx(0.4, abs=0.05)
    assert found.nominal_fps == pytest.approx(25, abs=1)
    assert found.size_bytes == path.stat().st_size
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - made here


@pytest.mark.parametrize(
    ("suffix", "metadata", "told"),
    [
        (".mp4", {"creation_time": "2026-03-14T09:26:53Z"}, "2026-03-14T09:26:53+00:00"),
        (".mkv", {"creation_time": "2026-03-14T09:26:53Z"}, "2026-03-14T09:26:53+00:00"),
        (
            ".mov",
            {
                "com.apple.quicktime.creationdate": "2026-03-14T10:26:53+0100",
                "creation_time": "2026-06-01T00:00:00Z",
            },
            "2026-03-14T09:26:53+00:00",
        ),
        (".mp4", {"creation_time": "1970-01-01T00:00:00Z"}, None),
        (".mp4", {}, None),
    ],
)
def test_it_says_when_the_video_was_filmed(
    suffix: str, metadata: dict[str, str], told: str | None, tmp_path: Path
) -> None:
    options = {"movflags": "use_metadata_tags"} if suffix == ".mov" else {}
    recipe = Recipe(metadata=metadata, container_options=options)

    created_at = probe(make_plain_video(tmp_path / f"clip{suffix}", recipe)).created_at

    assert (created_at and created_at.isoformat()) == told


def test_what_a_browser_recording_does_not_say_is_none(tmp_path: Path) -> None:
    recipe = Recipe(codec="libvpx", container_options={"live": "1"})

    found = probe(make_plain_video(tmp_path / "live.webm", recipe))

    assert (found.duration_s, found.frame_count, found.codec) == (None, None, "vp8")
    assert found.created_at is None


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_names_the_video_and_no_path(name: str, tmp_path: Path) -> None:
    path = tmp_path / "7f3a.upload"
    path.write_bytes(b"%PDF-1.7 and so on, for long enough to be looked at")

    with pytest.raises(VideoError) as caught:
        probe(path, name)

    assert str(caught.value).startswith(f"{name}: expected a video")
    assert str(tmp_path) not in str(caught.value)


def test_limits_hold(tmp_path: Path) -> None:
    path = make_plain_video(tmp_path / "7f3a.mp4")

    with pytest.raises(VideoError, match=r"squat\.mp4: expected a picture of at most 100 pixels"):
        probe(path, limits=VideoLimits(max_pixels=100))


def test_the_end_is_told(tmp_path: Path) -> None:
    shares: list[float | None] = []
    path = make_plain_video(tmp_path / "plain.mp4")

    probe_video(path, name="plain.mp4", limits=DEFAULT_LIMITS, on_progress=shares.append)

    assert shares == [1.0]
