"""People, calibrations and notes in the database, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.calibrations import Calibration
from service.store.calibrations import (
    calibration_by_label,
    forget_calibration,
    list_calibrations,
    read_calibration,
    save_calibration,
)
from service.store.notes import (
    MAX_TEXT,
    NoteContent,
    NoteError,
    add_note,
    change_note,
    find_note,
    list_notes,
    remove_note,
)
from service.store.people import (
    PersonError,
    add_person,
    find_or_add_person,
    find_person,
    list_people,
    person_by_label,
    rename_person,
)
from service.store.sets import SetError
from service.store.tables import CalibrationRow, new_id
from tests.kept_people import OWN_BEND, keep_calibration, keep_done_set
from vision.errors import CalibrationError

if TYPE_CHECKING:
    from service.store.opening import Stores

KIM = Calibration(person="Kim", own_bend=OWN_BEND, source_name="bends.mp4")


class TestPeople:
    def test_somebody_added_is_found_by_id_and_by_label(self, stores: Stores) -> None:
        kim = add_person(stores.database, " Kim  Lee ")
        assert kim.label == "Kim Lee"
        assert find_person(stores.database, kim.id) == kim
        assert person_by_label(stores.database, "KIM LEE") == kim
        assert find_or_add_person(stores.database, "kim lee") == kim

    def test_nobody_is_none(self, stores: Stores) -> None:
        assert find_person(stores.database, new_id()) is None
        assert person_by_label(stores.database, "Kim") is None

    def test_two_people_cannot_have_one_name(self, stores: Stores) -> None:
        add_person(stores.database, "Kim")
        with pytest.raises(PersonError, match="'KIM', which is taken"):
            add_person(stores.database, "KIM")
        lee = add_person(stores.database, "Lee")
        with pytest.raises(PersonError, match="taken"):
            rename_person(stores.database, lee.id, "kim")
        assert [one.label for one in list_people(stores.database)] == ["Kim", "Lee"]

    def test_a_new_name_is_found_and_the_old_one_is_not(self, stores: Stores) -> None:
        kim = add_person(stores.database, "Kim")
        renamed = rename_person(stores.database, kim.id, "Kim L.")
        assert renamed == replace(kim, label="Kim L.")
        assert person_by_label(stores.database, "Kim") is None
        assert person_by_label(stores.database, "kim l.") == renamed

    def test_a_person_may_be_renamed_to_other_capitals(self, stores: Stores) -> None:
        kim = add_person(stores.database, "kim")
        assert rename_person(stores.database, kim.id, "Kim").label == "Kim"

    def test_renaming_nobody_is_told(self, stores: Stores) -> None:
        with pytest.raises(PersonError, match="choose one of the list"):
            rename_person(stores.database, new_id(), "Kim")

    @pytest.mark.parametrize("label", ["", "\u202eKim", "x" * 500])
    def test_a_name_that_cannot_be_used_is_refused(self, stores: Stores, label: str) -> None:
        with pytest.raises(CalibrationError, match="person's name"):
            add_person(stores.database, label)
        assert list_people(stores.database) == ()

    def test_the_list_goes_by_name(self, stores: Stores) -> None:
        for label in ("Zoe", "anna", "Kim"):
            add_person(stores.database, label)
        assert [one.label for one in list_people(stores.database)] == ["anna", "Kim", "Zoe"]


class TestCalibrations:
    def test_a_calibration_is_found_again(self, stores: Stores) -> None:
        save_calibration(stores.database, KIM)
        assert calibration_by_label(stores.database, "kim") == KIM
        [kim] = list_people(stores.database)
        assert read_calibration(stores.database, kim.id) == KIM

    def test_a_new_one_takes_the_place_of_the_old(self, stores: Stores) -> None:
        newer = replace(KIM, source_name="again.mp4")
        for one in (KIM, newer):
            save_calibration(stores.database, one)
        assert list_calibrations(stores.database) == (newer,)

    def test_the_name_of_a_video_may_hold_what_is_no_text(self, stores: Stores) -> None:
        save_calibration(stores.database, replace(KIM, source_name="bend\udcff\0.mp4" + "x" * 500))
        kept = calibration_by_label(stores.database, "Kim").source_name
        assert kept.startswith("bend??.mp4x")

    def test_the_list_goes_by_name(self, stores: Stores) -> None:
        for person in ("Zoe", "anna"):
            save_calibration(stores.database, replace(KIM, person=person))
        assert [one.person for one in list_calibrations(stores.database)] == ["anna", "Zoe"]

    def test_forgetting_leaves_the_person_and_the_others(self, stores: Stores) -> None:
        for person in ("Kim", "Lee"):
            save_calibration(stores.database, replace(KIM, person=person))
        forget_calibration(stores.database, "KIM")
        assert [one.person for one in list_calibrations(stores.database)] == ["Lee"]
        assert len(list_people(stores.database)) == 2

    @pytest.mark.parametrize("ask", [calibration_by_label, forget_calibration])
    def test_somebody_without_one_is_told_how_to_get_one(self, stores: Stores, ask: object) -> None:
        add_person(stores.database, "Lee")
        with pytest.raises(CalibrationError, match=r"'Lee', found none: .*hingewise calibrate"):
            ask(stores.database, "Lee")  # type: ignore[operator]  # either function

    def test_one_that_is_not_sound_is_told(self, stores: Stores) -> None:
        keep_calibration(stores, "Kim")
        with stores.database.transaction() as transaction:
            transaction.query(CalibrationRow).one().own_bend = {"bends": 2}
        with pytest.raises(CalibrationError, match="calibrate anew"):
            calibration_by_label(stores.database, "Kim")


class TestNotes:
    def test_a_note_is_found_again_to_the_letter(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        content = NoteContent(
            text="<b>Slower</b> \u202e", t_s=1.25, drawing=[[[0.1, 0.2], [0.3, 1.0]]]
        )
        note = add_note(stores.database, kept.id, content)
        assert note.content == content
        assert find_note(stores.database, note.id) == note
        assert list_notes(stores.database, kept.id)[-1] == note

    def test_a_changed_note_says_when(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        note = add_note(stores.database, kept.id, NoteContent(text="One"))
        changed = change_note(stores.database, note.id, NoteContent(text="Two"))
        assert changed.content.text == "Two"
        assert changed.content.drawing is None
        assert changed.created_at == note.created_at <= changed.changed_at

    def test_a_removed_note_is_gone(self, stores: Stores) -> None:
        kept = keep_done_set(stores, "Kim")
        note = add_note(stores.database, kept.id, NoteContent(text="One"))
        remove_note(stores.database, note.id)
        assert find_note(stores.database, note.id) is None
        with pytest.raises(NoteError):
            remove_note(stores.database, note.id)
        with pytest.raises(NoteError):
            change_note(stores.database, note.id, NoteContent(text="Two"))

    def test_a_note_to_no_set_is_refused(self, stores: Stores) -> None:
        with pytest.raises(SetError):
            add_note(stores.database, new_id(), NoteContent(text="One"))

    @pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_TEXT + 1), "a\0b", "a\ud800"])
    def test_what_cannot_be_kept_is_refused(self, text: str) -> None:
        with pytest.raises(NoteError, match="expected a note"):
            NoteContent(text=text)
