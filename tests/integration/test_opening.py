"""Stores are opened where the settings say, for their owner alone, and take over what was there."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.settings import Settings
from service.store.calibrations import list_calibrations
from service.store.opening import open_stores
from tests.kept_people import OWN_BEND, keep_calibration
from vision.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import PostgresServer

KIM: Final[dict[str, Any]] = {
    "format": "hingewise calibration",
    "version": 1,
    "person": "Kim",
    "source_name": "bends.mp4",
    "own_bend": asdict(OWN_BEND),
}

DAMAGES: Final[dict[str, bytes]] = {
    "empty": b"",
    "cut short": b'{"format": "hingewise cal',
    "no text": b"\xff\xfe\x00",
    "too deep": b"[" * 5000,
    "another format": json.dumps(KIM | {"format": "diary"}).encode(),
    "a later version": json.dumps(KIM | {"version": 2}).encode(),
    "a field too many": json.dumps(KIM | {"diary": "mine"}).encode(),
    "text for a number": json.dumps(
        KIM | {"own_bend": KIM["own_bend"] | {"max_lumbar_deg": "48"}}
    ).encode(),
    "a curve that turns back": json.dumps(
        KIM | {"own_bend": KIM["own_bend"] | {"hip_deg": [0.0, 10.0, 5.0]}}
    ).encode(),
    "a name that is refused": json.dumps(KIM | {"person": "\u202eKim"}).encode(),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def earlier(settings: Settings) -> Path:
    """The folder in which an earlier version kept calibrations."""
    folder = settings.data / "calibrations"
    folder.mkdir(parents=True)
    return folder


class TestPlaces:
    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
    def test_all_is_for_its_owner_alone(self, settings: Settings) -> None:
        with open_stores(settings) as stores:
            assert stores.spool == settings.data / "uploads"
            for path in (settings.data, *settings.data.iterdir()):
                assert path.stat().st_mode & 0o077 == 0, path

    def test_opening_again_finds_what_was_kept(self, settings: Settings) -> None:
        with open_stores(settings) as stores:
            keep_calibration(stores, "Kim")
            stores.blobs.put("sets/a/report.html", b"kept")
        with open_stores(settings) as stores:
            assert len(list_calibrations(stores.database)) == 1
            assert stores.blobs.get("sets/a/report.html") == b"kept"

    def test_the_store_may_lie_elsewhere(self, settings: Settings, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        with open_stores(settings.model_copy(update={"store": str(elsewhere)})) as stores:
            stores.blobs.put("sets/a/report.html", b"kept")
        assert (elsewhere / "sets" / "a" / "report.html").read_bytes() == b"kept"

    def test_a_folder_that_cannot_be_made_is_told(self, settings: Settings) -> None:
        settings.data.write_text("a file")
        with pytest.raises(StoreError, match="HINGEWISE_DATA"):
            open_stores(settings)

    @pytest.mark.parametrize("url", ["mysql://root@here/db", "no url", "sqlite:////nowhere/x.db"])
    def test_a_database_that_cannot_be_used_is_told(self, settings: Settings, url: str) -> None:
        with pytest.raises(StoreError, match="expected"):
            open_stores(settings.model_copy(update={"database": url}))

    def test_a_file_that_is_no_database_is_told(self, settings: Settings) -> None:
        settings.data.mkdir()
        (settings.data / "hingewise.db").write_bytes(b"a diary, and no database at all" * 100)
        with pytest.raises(StoreError, match="not a database"):
            open_stores(settings)

    def test_a_server_that_is_down_is_told_and_comes_back(
        self, store_settings: Settings, database_kind: str, request: pytest.FixtureRequest
    ) -> None:
        with open_stores(store_settings) as stores:
            if database_kind == "postgresql":
                server: PostgresServer = request.getfixturevalue("postgres")
                server.stop()
                with pytest.raises(StoreError, match="check that it runs"):
                    list_calibrations(stores.database)
                server.start()
            assert list_calibrations(stores.database) == ()


class TestEarlierCalibrations:
    def test_sound_ones_are_taken_over_and_their_files_go(
        self, settings: Settings, earlier: Path
    ) -> None:
        for person in ("Kim", "Lee"):
            (earlier / f"{person}.json").write_text(json.dumps(KIM | {"person": person}))
        (earlier / "notes.txt").write_text("mine")
        with open_stores(settings) as stores:
            found = list_calibrations(stores.database)
        assert [one.person for one in found] == ["Kim", "Lee"]
        assert found[0].own_bend == OWN_BEND
        assert [path.name for path in earlier.iterdir()] == ["notes.txt"]

    @pytest.mark.parametrize("content", list(DAMAGES.values()), ids=list(DAMAGES))
    def test_one_that_cannot_be_read_is_left_alone_and_named(
        self, settings: Settings, earlier: Path, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = earlier / "kim.json"
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING), open_stores(settings) as stores:
            assert list_calibrations(stores.database) == ()
        assert path.read_bytes() == content
        assert str(path) in caplog.text

    def test_it_is_done_once(self, settings: Settings, earlier: Path) -> None:
        with open_stores(settings):
            pass
        (earlier / "kim.json").write_text(json.dumps(KIM))
        with open_stores(settings) as stores:
            assert list_calibrations(stores.database) == ()
