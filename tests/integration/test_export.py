"""Everything about one person comes as a ZIP, and nothing about anybody else. On both databases."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from service.store.blobs import PART_BYTES, set_prefix
from service.store.export import export_person, safe_name
from service.store.people import PersonError, person_by_label
from service.store.sets import note_pain
from service.store.tables import new_id
from service.wording import load_wording
from tests.kept_people import NOON, keep_calibration, keep_done_set, keep_upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.store.opening import Stores


def parts(stores: Stores, label: str, language: str = "en") -> Iterator[bytes]:
    person = person_by_label(stores.database, label)
    assert person is not None
    return export_person(stores, person.id, load_wording(language))


def exported(stores: Stores, label: str, language: str = "en") -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(parts(stores, label, language))))


def test_it_holds_everything_of_one_person(stores: Stores) -> None:
    keep_calibration(stores, "Kim Ö.")
    first, second = (keep_done_set(stores, "Kim Ö.", at=NOON + timedelta(days=n)) for n in (0, 1))
    keep_upload(stores, new_id(), person_id=first.person_id)
    keep_done_set(stores, "Lee")
    with exported(stores, "kim ö.") as archive:
        assert archive.testzip() is None
        about = json.loads(archive.read("person.json"))
        assert about["person"]["label"] == "Kim Ö."
        assert about["calibration"]["own_bend"]["max_lumbar_deg"] == 48.25
        assert len(about["sessions"]) == 2
        assert {one["id"] for one in about["sets"]} == {first.id, second.id}
        assert about["sets"][0]["notes"][0]["content"]["text"] == "Try it slower, Kim Ö.."
        assert about["sets"][0]["report"]["reps"] == 2
        assert len(about["uploads"]) == 1
        folder = about["sets"][1]["folder"]
        assert archive.read(f"{folder}/report.html") == "report.html of Kim Ö.".encode()
        assert len(archive.namelist()) == 2 + 2 * 4
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"Lee" not in everything


def test_it_tells_how_sore_a_set_was(stores: Stores) -> None:
    first, second = (keep_done_set(stores, "Kim", at=NOON + timedelta(days=n)) for n in (0, 1))
    note_pain(stores.database, second.id, 3)
    with exported(stores, "Kim") as archive:
        about = json.loads(archive.read("person.json"))
    assert {one["id"]: one["pain"] for one in about["sets"]} == {first.id: None, second.id: 3}


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_readme_says_what_is_there(stores: Stores, language: str) -> None:
    keep_done_set(stores, "Kim")
    with exported(stores, "Kim", language) as archive:
        lines = archive.read("README.txt").decode().split("\r\n")
    assert "Kim" in lines[0]
    assert "person.json" in "".join(lines)


def test_a_long_video_is_not_held_in_memory(stores: Stores) -> None:
    kept = keep_done_set(stores, "Kim")
    video = bytes(2 * PART_BYTES + 5)
    stores.blobs.put(set_prefix(kept.id) + "source.mp4", video)
    sizes = [len(part) for part in parts(stores, "Kim")]
    assert max(sizes) < PART_BYTES + 100_000
    assert sum(sizes) > len(video)


def test_nobody_cannot_be_exported(stores: Stores) -> None:
    with pytest.raises(PersonError):
        export_person(stores, new_id(), load_wording())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.html", "report.html"),
        ("../up", ".._up"),
        ('a<b>:"c"|?*', "a_b___c____"),
        ("con", "_con"),
        ("Aux.txt", "_Aux.txt"),
        ("ends with a dot.", "ends with a dot"),
        ("..", "_"),
        ("tab\tand\0", "tab_and_"),
        ("x" * 300, "x" * 100),
    ],
)
def test_names_are_safe_on_every_system(name: str, safe: str) -> None:
    assert safe_name(name) == safe
