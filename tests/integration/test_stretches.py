"""A video analysed in stretches, by several processes, gives the report of the command line."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service.artefacts import PAGE, PROXY, RECORDING, REPORT, VIDEO, write_artefacts
from service.jobs.killable import KillableProcess
from service.pipeline import SPAN_S, assess_recording, record_poses
from service.reviews.analysis import MOTION, finish, record_span
from service.wording import load_wording
from tests.given_material import first_images, pose_bundle
from vision.assets import PoseModel
from vision.recording import file_sha256, read_recording
from vision.sources.video_file import VideoFile
from vision.video_writer import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.recording import Recording

SAMPLE: Final = Path(__file__).parents[2] / "sample_videos" / "hinge_rounded.mp4"
FIRST_S: Final = tuple(2.0 * index for index in range(18))
LATER_S: Final = tuple(94.0 + 2.0 * index for index in range(18))
"""A picture every 2 s in spans 0, 1, 3 and 4; none in span 2."""
QUIET_S: Final = 120.0
ODD_NAME: Final = "../../<b>\u202etauqs</b>" + "x" * 500 + ".mp4"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some pictures of a sample, so far apart that a few of them take minutes."""
    path = tmp_path_factory.mktemp("clip") / "long.mp4"
    images = first_images(SAMPLE, 180)[::5]
    with VideoWriter(path, images[0].shape[1::-1]) as writer:
        for image, t_s in zip(images, FIRST_S + LATER_S, strict=True):
            writer.write(image, t_s)
    return path


@pytest.fixture(scope="module")
def recorded_at_once(clip: Path) -> tuple[Recording, Sequence[float | None]]:
    shares: list[float | None] = []
    return record_poses(clip, pose_bundle(mask=True), on_progress=shares.append), shares


@pytest.fixture(scope="module")
def stretches(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Stretches of the clip, every second one made by another process."""
    pose_bundle(mask=True)
    folder = tmp_path_factory.mktemp("stretches")
    paths: list[Path] = []
    with KillableProcess() as one, KillableProcess() as other:
        for number in count():
            paths.append(folder / f"{number}.poses.npz")
            work = partial(record_span, clip, paths[-1], number, model=PoseModel.FULL, tape=False)
            if (one, other)[number % 2].run(work, quiet_s=QUIET_S):
                return paths
    raise AssertionError


def test_every_span_has_a_stretch_and_a_gap_an_empty_one(stretches: list[Path]) -> None:
    times_s = [[pose.t_s for pose in read_recording(path).poses] for path in stretches]

    assert [len(one) for one in times_s] == [15, 3, 0, 13, 5]
    for number, one in enumerate(times_s):
        assert all(number * SPAN_S <= t_s < (number + 1) * SPAN_S for t_s in one)


def test_the_report_is_that_of_the_command_line_to_the_byte(
    clip: Path,
    stretches: list[Path],
    recorded_at_once: tuple[Recording, Sequence[float | None]],
    tmp_path: Path,
) -> None:
    recording, _ = recorded_at_once
    told: list[float | None] = []
    (tmp_path / "at_once").mkdir()
    write_artefacts(
        assess_recording(recording),
        tmp_path / "at_once",
        video=clip,
        with_video=False,
        wording=load_wording(),
    )

    summary = finish(
        clip,
        stretches,
        tmp_path / "in_stretches",
        source_name=clip.name,
        source_sha256=file_sha256(clip),
        movement="auto",
        own_bend=None,
        language="en",
        on_progress=told.append,
    )

    for name in (REPORT, RECORDING, PAGE):
        at_once = (tmp_path / "at_once" / name).read_bytes()
        assert (tmp_path / "in_stretches" / name).read_bytes() == at_once, name
    made = {path.name for path in (tmp_path / "in_stretches").iterdir()}
    assert {PROXY, MOTION} < made
    assert VIDEO not in made
    with VideoFile(tmp_path / "in_stretches" / PROXY) as proxy:
        shown_s = [frame.t_s for frame in proxy]
    assert shown_s == pytest.approx([pose.t_s for pose in recording.poses], abs=1e-4)
    assert len(told) > len(stretches) + 2 * len(recording.poses), "told through all of it"
    assert summary.reps == len(summary.metrics)


def test_the_health_is_that_of_reading_the_video_once(
    clip: Path, recorded_at_once: tuple[Recording, Sequence[float | None]]
) -> None:
    with VideoFile(clip) as video:
        for _ in video:
            pass

    assert recorded_at_once[0].health == video.health


def test_progress_runs_over_the_whole_video(
    recorded_at_once: tuple[Recording, Sequence[float | None]],
) -> None:
    shares = [share for share in recorded_at_once[1] if share is not None]

    assert len(shares) == len(recorded_at_once[1]) >= 36
    assert shares == sorted(shares)
    assert shares[-1] > 0.9


def test_an_odd_name_is_shown_and_decides_nothing(
    clip: Path, stretches: list[Path], tmp_path: Path
) -> None:
    finish(
        clip,
        stretches,
        tmp_path / "set",
        source_name=ODD_NAME,
        source_sha256=file_sha256(clip),
        movement="auto",
        own_bend=None,
        language="de",
    )

    assert {path.name for path in tmp_path.iterdir()} == {"set"}
    page = (tmp_path / "set" / PAGE).read_text("utf-8")
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert 'lang="de"' in page
