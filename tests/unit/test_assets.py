from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import flatbuffers  # type: ignore[import-untyped]  # ships no types
import pytest
from mediapipe.tasks.metadata import (  # type: ignore[import-untyped]  # ships no types
    metadata_schema_py_generated as metadata_schema,
)
from mediapipe.tasks.metadata import (
    schema_py_generated as tflite_schema,
)

from vision import asset_packages, assets
from vision.asset_packages import PoseModelFiles, fetch_model_files, pip_command, run_client
from vision.assets import PoseModel, cache_dir, fetch_bundle, installed, locate_bundle
from vision.errors import AssetError
from vision.estimators.mediapipe_bundle import bundle_members

if TYPE_CHECKING:
    from pathlib import Path

MASK_SHAPE = [1, 256, 256, 1]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("HINGEWISE_CACHE", str(folder))
    return folder


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> PoseModelFiles:
    """Small networks of the right form, handed out in place of a download."""
    files = PoseModelFiles(
        detector=small_network([[1, 4]]),
        landmarks=small_network([[1, 195], [1, 1], MASK_SHAPE, [1, 64, 64, 39], [1, 117]]),
        origin="made by a test",
    )
    monkeypatch.setattr(assets, "fetch_model_files", lambda _model: files)
    return files


def small_network(output_shapes: list[list[int]]) -> bytes:
    """Make a network with one operator and one weight for every output."""
    graph = tflite_schema.SubGraphT()
    graph.tensors = [tensor("image", [1, 8, 8, 3], buffer=0)]
    graph.operators = []
    network = tflite_schema.ModelT()
    network.version = 3
    network.buffers = [tflite_schema.BufferT()]
    for number, shape in enumerate(output_shapes):
        weight = tflite_schema.BufferT()
        weight.data = [number + 1] * 64
        network.buffers.append(weight)
        weights, output = len(graph.tensors), len(graph.tensors) + 1
        graph.tensors += [tensor(f"weights_{number}", [64], buffer=number + 1)]
        graph.tensors += [tensor(f"Identity_{number}", shape, buffer=0)]
        operator = tflite_schema.OperatorT()
        operator.inputs, operator.outputs = [0, weights, -1], [output]
        graph.operators.append(operator)
    graph.inputs = [0]
    graph.outputs = [2 * number + 2 for number in range(len(output_shapes))]
    network.subgraphs = [graph]
    network.operatorCodes = [tflite_schema.OperatorCodeT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(network.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tensor(name: str, shape: list[int], *, buffer: int) -> Any:  # noqa: ANN401 - untyped schema
    made = tflite_schema.TensorT()
    made.name, made.shape, made.buffer = name, shape, buffer
    return made


def parsed(content: bytes) -> Any:  # noqa: ANN401 - untyped schema
    return tflite_schema.ModelT.InitFromObj(tflite_schema.Model.GetRootAsModel(content, 0))


def pixel_scale(network: Any) -> tuple[float, float]:  # noqa: ANN401 - untyped schema
    [entry] = network.metadata
    assert entry.name == b"TFLITE_METADATA"
    content = bytes(network.buffers[entry.buffer].data)
    root = metadata_schema.ModelMetadata.GetRootAsModelMetadata(content, 0)
    metadata = metadata_schema.ModelMetadataT.InitFromObj(root)
    [step] = metadata.subgraphMetadata[0].inputTensorMetadata[0].processUnits
    return float(step.options.mean[0]), float(step.options.std[0])


def landmarks_of(files: PoseModelFiles, *, mask: bool) -> Any:  # noqa: ANN401 - untyped schema
    return parsed(bundle_members(files, mask=mask)["pose_landmarks_detector.tflite"])


# ---- what a bundle holds ---------------------------------------------------------------------


def test_a_bundle_says_how_pixels_are_scaled(networks: PoseModelFiles) -> None:
    members = bundle_members(networks, mask=True)
    assert pixel_scale(parsed(members["pose_detector.tflite"])) == (127.5, 127.5)
    assert pixel_scale(parsed(members["pose_landmarks_detector.tflite"])) == (0.0, 255.0)


def test_a_detector_that_says_so_already_is_left_as_it_is(networks: PoseModelFiles) -> None:
    detector = bundle_members(networks, mask=True)["pose_detector.tflite"]
    with_scale = PoseModelFiles(detector=detector, landmarks=networks.landmarks, origin="a test")
    assert bundle_members(with_scale, mask=True)["pose_detector.tflite"] == detector


def test_with_the_mask_every_operator_stays(networks: PoseModelFiles) -> None:
    graph = landmarks_of(networks, mask=True).subgraphs[0]
    assert len(graph.operators) == 5
    assert [list(graph.tensors[number].shape) for number in graph.outputs][2] == MASK_SHAPE


def test_without_the_mask_its_branch_and_weights_are_gone(networks: PoseModelFiles) -> None:
    network = landmarks_of(networks, mask=False)
    graph = network.subgraphs[0]
    names = [graph.tensors[number].name.decode() for number in graph.outputs]
    assert names == ["Identity_0", "Identity_1", "Identity_1", "Identity_3", "Identity_4"]
    produced = [graph.tensors[operator.outputs[0]].name.decode() for operator in graph.operators]
    assert produced == ["Identity_0", "Identity_1", "Identity_3", "Identity_4"]
    assert network.buffers[3].data is None
    assert bytes(network.buffers[4].data) == bytes([4] * 64)


def test_a_network_without_a_mask_output_is_refused(networks: PoseModelFiles) -> None:
    files = PoseModelFiles(
        detector=networks.detector, landmarks=small_network([[1, 195]]), origin="a test"
    )
    with pytest.raises(AssetError, match=r"one output of shape \(1, 256, 256, 1\), found 0"):
        bundle_members(files, mask=False)


def test_what_is_no_network_is_refused(networks: PoseModelFiles) -> None:
    files = PoseModelFiles(detector=b"<html>", landmarks=networks.landmarks, origin="a test")
    with pytest.raises(AssetError, match="expected a tflite network"):
        bundle_members(files, mask=True)


# ---- the cache -------------------------------------------------------------------------------


@pytest.mark.usefixtures("networks")
def test_a_fetched_bundle_is_found_again(cache: Path) -> None:
    fetched = fetch_bundle(PoseModel.FULL, mask=False)
    assert locate_bundle(PoseModel.FULL, mask=False) == fetched
    assert fetched.path.is_relative_to(cache)
    assert fetched.sha256 == hashlib.sha256(fetched.path.read_bytes()).hexdigest()
    with zipfile.ZipFile(fetched.path) as archive:
        assert archive.namelist() == list(assets.BUNDLE_MEMBERS)
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.usefixtures("cache", "networks")
def test_one_fetch_brings_both_bundles_of_a_model() -> None:
    fetch_bundle(PoseModel.LITE, mask=True)
    found = [(bundle.model, bundle.mask) for bundle in installed()]
    assert found == [(PoseModel.LITE, False), (PoseModel.LITE, True)]


@pytest.mark.usefixtures("cache", "networks")
def test_the_same_networks_make_the_same_bytes() -> None:
    first = fetch_bundle(PoseModel.FULL, mask=True)
    assert fetch_bundle(PoseModel.FULL, mask=True).sha256 == first.sha256


@pytest.mark.usefixtures("networks")
def test_the_notice_lies_beside_the_bundles_and_nothing_half_written(cache: Path) -> None:
    bundle = fetch_bundle(PoseModel.FULL, mask=False)
    notice = (bundle.path.parent / "NOTICE").read_text("utf-8")
    assert "Apache License, Version 2.0" in notice
    assert "Changes to the published networks" in notice
    assert sorted(path.name for path in (cache / "pose").iterdir()) == [
        "NOTICE",
        "pose_landmarker_full.task",
        "pose_landmarker_full.task.sha256",
        "pose_landmarker_full_no_mask.task",
        "pose_landmarker_full_no_mask.task.sha256",
    ]


@pytest.mark.usefixtures("cache")
def test_an_empty_cache_says_what_to_do() -> None:
    with pytest.raises(AssetError, match="hingewise assets --fetch"):
        locate_bundle(PoseModel.FULL, mask=False)
    assert installed() == ()


@pytest.mark.usefixtures("cache", "networks")
@pytest.mark.parametrize("damage", [b"", b"more"])
def test_a_changed_bundle_is_refused(damage: bytes) -> None:
    bundle = fetch_bundle(PoseModel.FULL, mask=False)
    content = bundle.path.read_bytes()
    bundle.path.write_bytes(content + damage if damage else content[:-1])
    with pytest.raises(AssetError, match=bundle.sha256):
        locate_bundle(PoseModel.FULL, mask=False)
    assert [found.mask for found in installed()] == [True]


@pytest.mark.usefixtures("cache", "networks")
@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_a_bundle_without_a_readable_hash_counts_as_absent(content: bytes) -> None:
    bundle = fetch_bundle(PoseModel.FULL, mask=False)
    bundle.path.with_name(f"{bundle.path.name}.sha256").write_bytes(content)
    with pytest.raises(AssetError, match="found none"):
        locate_bundle(PoseModel.FULL, mask=False)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x/cache"}, "/x/cache"),
        ("linux", {"HOME": "/home/kim"}, "/home/kim/.cache"),
        ("darwin", {"HOME": "/Users/kim"}, "/Users/kim/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "/c/Local"}, "/c/Local"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HINGEWISE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_dir().as_posix() == f"{expected}/hingewise"


# ---- a bundle that the user names ------------------------------------------------------------


@pytest.mark.usefixtures("cache", "networks")
def test_a_named_bundle_comes_before_the_cache(tmp_path: Path) -> None:
    own = tmp_path / "mine.task"
    own.write_bytes(fetch_bundle(PoseModel.FULL, mask=True).path.read_bytes())
    bundle = locate_bundle(PoseModel.HEAVY, mask=True, override=own)
    assert (bundle.path, bundle.model, bundle.mask) == (own, PoseModel.HEAVY, True)


@pytest.mark.parametrize("content", [None, b"not a zip", b"PK\x03\x04 cut short"])
def test_a_named_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "mine.task"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(AssetError, match="check the path"):
        locate_bundle(PoseModel.FULL, mask=False, override=own)


def test_a_named_zip_of_other_things_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "mine.task"
    with zipfile.ZipFile(own, "w") as archive:
        archive.writestr("pose_detector.tflite", b"")
    with pytest.raises(AssetError, match=r"holds no pose_landmarks_detector\.tflite"):
        locate_bundle(PoseModel.FULL, mask=False, override=own)


# ---- packages --------------------------------------------------------------------------------


def wheel_with(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "made-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarball_with(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "made-1.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("pack", [wheel_with, tarball_with])
def test_files_are_read_out_of_either_kind_of_package(pack: Any, tmp_path: Path) -> None:  # noqa: ANN401 - a function of this file
    archive = pack(tmp_path, {"a/one": b"1", "a/two": b"2"})
    assert asset_packages.read_members(archive, ["a/two", "a/one"]) == [b"2", b"1"]
    with pytest.raises(AssetError, match="a/three"):
        asset_packages.read_members(archive, ["a/three"])


def test_a_damaged_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "made.whl"
    path.write_bytes(b"neither")
    with pytest.raises(AssetError, match=r"made\.whl"):
        asset_packages.read_members(path, ["a"])


@pytest.fixture
def packages_with_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both downloads succeed, with files that are not the published ones."""
    modules = "mediapipe/modules/"
    wheel = wheel_with(
        tmp_path,
        {
            f"{modules}pose_detection/pose_detection.tflite": b"other",
            f"{modules}pose_landmark/pose_landmark_full.tflite": b"other",
        },
    )
    members = dict.fromkeys(PoseModel, b"other")
    tarball = tarball_with(
        tmp_path,
        {
            "package/pose_solution_packed_assets.data": b"other",
            **{f"package/pose_landmark_{model}.tflite": members[model] for model in PoseModel},
        },
    )
    monkeypatch.setattr(asset_packages, "_download_wheel", lambda _folder: wheel)
    monkeypatch.setattr(asset_packages, "_download_tarball", lambda _folder: tarball)


@pytest.mark.usefixtures("packages_with_other_files")
def test_files_that_are_not_the_published_ones_are_refused() -> None:
    with pytest.raises(AssetError) as refusal:
        fetch_model_files(PoseModel.FULL)
    message = str(refusal.value)
    assert "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c" in message
    assert "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85" in message
    assert hashlib.sha256(b"other").hexdigest() in message


def test_when_nothing_can_be_fetched_every_try_and_the_way_on_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(AssetError) as refusal:
        fetch_model_files(PoseModel.HEAVY)
    message = str(refusal.value)
    assert "does not carry the heavy model" in message
    assert "install Node.js" in message
    assert "pose_landmarker_heavy.task" in message


def test_a_client_that_fails_is_quoted() -> None:
    code = "import sys; sys.exit('first line\\nno such version')"
    with pytest.raises(AssetError, match="ended with code 1: no such version"):
        run_client([sys.executable, "-c", code])


def test_a_client_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="absent could not be started"):
        run_client([str(tmp_path / "absent")])


def test_a_client_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_packages, "DOWNLOAD_LIMIT_S", 0.2)
    with pytest.raises(AssetError, match="did not finish"):
        run_client([sys.executable, "-c", "import time; time.sleep(60)"])


def without_modules(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in missing else find_spec(name),
    )


def test_without_pip_the_one_bundled_with_python_runs_from_its_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = tmp_path / "pip-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pip/__main__.py", "print('a pip of the test')")
    without_modules(monkeypatch, "pip")
    monkeypatch.setattr(asset_packages, "_bundled_pip", lambda: wheel)
    command = pip_command()
    assert command == [sys.executable, str(wheel / "pip")]
    run_client(command)


def test_without_any_pip_one_on_the_path_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    without_modules(monkeypatch, "pip", "ensurepip")
    monkeypatch.setattr(shutil, "which", lambda name: "/some/pip" if name == "pip" else None)
    assert pip_command() == ["/some/pip"]
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(AssetError, match="install pip"):
        pip_command()
