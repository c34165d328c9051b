"""Files by key: kept, read in parts, listed and removed, in a folder and in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.store.blobs import PART_BYTES, Blobs, set_prefix
from vision.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["folder", "memory:///"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "store" if request.param == "folder" else request.param)


def test_what_is_kept_is_found_again(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put("sets/a/report.html", b"<p>")
    assert blobs.get("sets/a/report.html") == b"<p>"
    assert blobs.size("sets/a/report.html") == 3
    assert blobs.exists("sets/a/report.html")
    blobs.fetch("sets/a/report.html", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"<p>"


@pytest.mark.parametrize("moved", [False, True])
def test_a_file_takes_the_place_of_what_was_there(
    blobs: Blobs,
    tmp_path: Path,
    moved: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    blobs.put("sets/a/video.mp4", b"old")
    file = tmp_path / "upload"
    file.write_bytes(b"new")
    (blobs.move_in if moved else blobs.put)("sets/a/video.mp4", file)
    assert file.exists()
    file.unlink()
    assert blobs.get("sets/a/video.mp4") == b"new"
    assert blobs.keys("") == ["sets/a/video.mp4"]


def test_a_file_of_the_same_disk_is_not_copied(tmp_path: Path) -> None:
    blobs, file = Blobs(tmp_path / "store"), tmp_path / "upload"
    file.write_bytes(b"new")
    blobs.move_in("sets/a/video.mp4", file)
    path = blobs.local_path("sets/a/video.mp4")
    assert path is not None
    assert path.samefile(file)


def test_a_range_comes_in_parts(blobs: Blobs) -> None:
    content = bytes(range(256)) * (PART_BYTES // 128) + b"end"
    blobs.put("long", content)
    parts = list(blobs.read("long", 5))
    assert b"".join(parts) == content[5:]
    assert max(len(part) for part in parts) <= PART_BYTES
    assert b"".join(blobs.read("long", 1, 3)) == content[1:3]
    assert list(blobs.read("long", len(content))) == []


def test_a_prefix_is_a_folder_and_not_the_beginning_of_a_name(blobs: Blobs) -> None:
    for key in ("sets/a/1", "sets/a/b/2", "sets/ab/3"):
        blobs.put(key, b"")
    assert blobs.keys(set_prefix("a")) == ["sets/a/1", "sets/a/b/2"]
    assert blobs.remove(set_prefix("a")) == 2
    assert blobs.keys("") == ["sets/ab/3"]
    assert blobs.remove(set_prefix("a")) == 0


def test_removing_keys_passes_over_those_that_are_gone(blobs: Blobs) -> None:
    blobs.put("sets/a/1", b"")
    blobs.remove_keys(["sets/a/0", "sets/a/1", "sets/a/2"])
    blobs.remove_keys([])
    assert blobs.keys("") == []


def test_what_is_not_there_is_told(blobs: Blobs, tmp_path: Path) -> None:
    assert not blobs.exists("sets/a/1")
    assert blobs.local_path("sets/a/1") is None
    for ask in (blobs.get, blobs.size, lambda key: list(blobs.read(key))):
        with pytest.raises(StoreError, match="expected that sets/a/1 could be read"):
            ask("sets/a/1")
    with pytest.raises(StoreError):
        blobs.put("sets/a/1", tmp_path / "absent")


def test_no_key_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Blobs(tmp_path / "store").put("../out", b"")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("url", ["ftp://here/there", "s3:"])
def test_a_store_of_another_kind_is_told(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if "://" in url:
        with pytest.raises(StoreError, match=r"s3://BUCKET/PREFIX"):
            Blobs(url)
    else:
        assert Blobs(url).keys("") == []
