from __future__ import annotations

import dataclasses
import io
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.recordings import made_pose, made_recording, same_bits
from vision import recording as recording_module
from vision.errors import OutputError, RecordingError
from vision.estimators.recorded import RecordedPoses
from vision.frame import Frame, SourceHealth
from vision.recording import file_sha256, read_recording, write_recording

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "clip.poses.npz"
    poses = [
        made_pose(0.0),
        made_pose(0.04, others=2),
        made_pose(0.08, outline_points=7),
        made_pose(0.12, outline_points=0),
    ]
    write_recording(path, made_recording(poses))
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, **changes: bytes | None) -> None:
    """Write a recording anew with members changed; None leaves one out."""
    content: dict[str, bytes | None] = {**members(path), **changes}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)


def npy(array: Any, *, pickled: bool = False) -> bytes:  # noqa: ANN401 - anything numpy takes
    content = io.BytesIO()
    np.save(content, array, allow_pickle=pickled)
    return content.getvalue()


def changed_description(path: Path, **changes: object) -> bytes:
    return json.dumps({**json.loads(members(path)["recording.json"]), **changes}).encode()


# ---- what comes back -------------------------------------------------------------------------


def test_everything_about_the_source_comes_back(recorded: Path) -> None:
    read = read_recording(recorded)
    expected = made_recording(read.poses)
    for field in dataclasses.fields(expected):
        assert getattr(read, field.name) == getattr(expected, field.name)


def test_a_frame_without_an_outline_is_told_from_an_empty_outline(recorded: Path) -> None:
    outlines = [pose.outline for pose in read_recording(recorded).poses]
    assert [None if outline is None else len(outline.points_px) for outline in outlines] == [
        None,
        None,
        7,
        0,
    ]


def test_where_no_outline_was_looked_for_is_kept(recorded: Path, tmp_path: Path) -> None:
    read = read_recording(recorded)
    assert all(pose.outline_sought for pose in read.poses)
    assert "outline_sought.npy" not in members(recorded), "as recordings were before"
    sought = [number % 3 == 0 for number in range(len(read.poses))]
    poses = [
        dataclasses.replace(pose, outline_sought=was)
        for pose, was in zip(read.poses, sought, strict=True)
    ]
    write_recording(tmp_path / "rarer", made_recording(poses))
    again = read_recording(tmp_path / "rarer").poses
    assert [pose.outline_sought for pose in again] == sought
    assert all(map(same_bits, again, poses))


def test_what_is_read_cannot_be_changed(recorded: Path) -> None:
    pose = read_recording(recorded).poses[1]
    for array in (pose.image_xy, pose.world_xyz, pose.visibility, pose.others_px):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_a_camera_has_no_header_and_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "camera.poses.npz"
    camera = dataclasses.replace(
        made_recording([made_pose(0.5)]), video=None, source_sha256=None, source_name="camera 0"
    )
    write_recording(path, camera)
    read = read_recording(path)
    assert (read.video, read.source_sha256, read.source_name) == (None, None, "camera 0")


def test_the_same_recording_gives_the_same_bytes(recorded: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.poses.npz"
    write_recording(again, read_recording(recorded))
    assert again.read_bytes() == recorded.read_bytes()


def test_numpy_opens_a_recording_without_pickle(recorded: Path) -> None:
    with np.load(recorded, allow_pickle=False) as archive:
        assert archive["image_xy"].shape == (4, 33, 2)
        assert archive["t_s"].tolist() == [0.0, 0.04, 0.08, 0.12]


def test_ten_seconds_stay_well_under_300_kb(tmp_path: Path) -> None:
    path = tmp_path / "ten.poses.npz"
    write_recording(path, made_recording([made_pose(index / 30) for index in range(300)]))
    assert path.stat().st_size < 240_000  # noise, which packs worse than any movement


def test_ten_seconds_with_outlines_stay_under_400_kb(tmp_path: Path) -> None:
    path = tmp_path / "ten.poses.npz"
    poses = [made_pose(index / 30, outline_points=64) for index in range(300)]
    write_recording(path, made_recording(poses))
    assert path.stat().st_size < 400_000


def test_a_source_file_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"abc")
    assert file_sha256(path).startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")
    with pytest.raises(RecordingError, match="check the path"):
        file_sha256(tmp_path / "absent.mp4")


# ---- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"ftypisom", b"PK\x03\x04 cut short"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.poses.npz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"expected a pose recording .* record the video"):
        read_recording(path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"absent\.poses\.npz"):
        read_recording(tmp_path / "absent.poses.npz")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(recorded: Path, kept: float) -> None:
    content = recorded.read_bytes()
    recorded.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(RecordingError):
        read_recording(recorded)


@pytest.mark.parametrize("member", ["recording.json", "t_s.npy", "outline_occluded.npy"])
def test_a_missing_member_is_named(recorded: Path, member: str) -> None:
    rewrite(recorded, **{member: None})
    with pytest.raises(RecordingError, match=member):
        read_recording(recorded)


def test_another_version_is_named(recorded: Path) -> None:
    rewrite(recorded, **{"recording.json": changed_description(recorded, version=2)})
    with pytest.raises(RecordingError, match="of version 1, got version 2"):
        read_recording(recorded)


@pytest.mark.parametrize("description", [b"[]", b'{"format": "other"}', b"{", b"\xff"])
def test_another_kind_of_file_is_refused(recorded: Path, description: bytes) -> None:
    rewrite(recorded, **{"recording.json": description})
    with pytest.raises(RecordingError):
        read_recording(recorded)


@pytest.mark.parametrize(
    "changes",
    [
        {"health": {"frames_read": 1}},
        {"estimator": None},
        {"video": {"width": 640}},
        {"source": "clip.mp4"},
    ],
)
def test_a_description_of_another_form_is_refused(
    recorded: Path, changes: dict[str, object]
) -> None:
    rewrite(recorded, **{"recording.json": changed_description(recorded, **changes)})
    with pytest.raises(RecordingError):
        read_recording(recorded)


class Planted:
    """Would make a folder when unpickled."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.folder,)


def test_a_pickle_is_refused_and_not_run(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made by a pickle"
    planted = np.array([Planted(str(folder))] * 4, dtype=object)
    rewrite(recorded, **{"t_s.npy": npy(planted, pickled=True)})
    with pytest.raises(RecordingError, match="t_s should be <f8"):
        read_recording(recorded)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("member", "array"),
    [
        ("image_xy.npy", np.zeros((4, 33, 3), np.float32)),
        ("image_xy.npy", np.zeros((4, 33, 2), np.float64)),
        ("image_xy.npy", np.zeros((3, 33, 2), np.float32)),
        ("image_xy.npy", np.asfortranarray(np.zeros((4, 33, 2), np.float32))),
        ("t_s.npy", np.float64(1.0)),
        ("t_s.npy", np.array([0.0, 0.08, 0.04, 0.12])),
        ("t_s.npy", np.array([0.0, 0.04, np.nan, 0.12])),
        ("others_count.npy", np.array([0, 3, 0, 0], np.int32)),
        ("others_count.npy", np.array([3, -1, 0, 0], np.int32)),
        ("outline_count.npy", np.array([-1, -1, 2**31 - 1, 2**31 - 1], np.int32)),
        ("image_size.npy", np.zeros((4, 2), np.int32)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(recorded: Path, member: str, array: Any) -> None:  # noqa: ANN401 - any array
    rewrite(recorded, **{member: npy(array)})
    with pytest.raises(RecordingError):
        read_recording(recorded)


def test_an_absurd_shape_takes_no_memory(recorded: Path) -> None:
    header = npy(np.zeros(4)).replace(b"(4,), ", b"(9999999999999,), ").replace(b" " * 12, b"", 1)
    assert len(header) == len(npy(np.zeros(4)))
    rewrite(recorded, **{"t_s.npy": header})
    with pytest.raises(RecordingError, match="9999999999999"):
        read_recording(recorded)


def test_a_file_that_would_unpack_to_too_much_is_refused(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(RecordingError, match="more than 1000"):
        read_recording(recorded)


def test_too_many_frames_are_refused(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "MAX_FRAMES", 3)
    with pytest.raises(RecordingError, match="at most 3 frames"):
        read_recording(recorded)


def test_poses_out_of_order_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "clip.poses.npz"
    with pytest.raises(RecordingError, match="times that grow"):
        write_recording(path, made_recording([made_pose(0.04), made_pose(0.04)]))
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="expected to be able to write"):
        write_recording(tmp_path / "file" / "clip.poses.npz", made_recording([made_pose(0.0)]))


def test_a_folder_in_the_way_is_an_output_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "clip.poses.npz").mkdir()
    with pytest.raises(OutputError):
        write_recording(tmp_path / "clip.poses.npz", made_recording([made_pose(0.0)]))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.poses.npz"]


# ---- replay ----------------------------------------------------------------------------------


def frame_at(t_s: float, size: tuple[int, int] = (640, 480)) -> Frame:
    return Frame(image=np.zeros((size[1], size[0], 3), np.uint8), t_s=t_s, index=0)


def test_a_recording_gives_each_frame_its_pose(recorded: Path) -> None:
    recording = read_recording(recorded)
    replay = RecordedPoses(recording)
    for pose in recording.poses:
        assert same_bits(replay.estimate(frame_at(pose.t_s)), pose)
    assert same_bits(replay.estimate(frame_at(0.0399)), recording.poses[1])


@pytest.mark.parametrize("t_s", [-1.0, 0.02, 0.1, 7.0])
def test_a_time_that_was_not_recorded_is_refused(recorded: Path, t_s: float) -> None:
    with pytest.raises(RecordingError, match="use the recording of this very video"):
        RecordedPoses(read_recording(recorded)).estimate(frame_at(t_s))


def test_a_picture_of_another_size_is_refused(recorded: Path) -> None:
    with pytest.raises(RecordingError, match="320 x 240"):
        RecordedPoses(read_recording(recorded)).estimate(frame_at(0.0, (320, 240)))


def test_an_empty_recording_comes_back_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.poses.npz"
    write_recording(path, made_recording([]))
    read = read_recording(path)
    assert read.poses == ()
    assert read.health == SourceHealth(corrupt_packets=2, longest_gap_s=0.1)
