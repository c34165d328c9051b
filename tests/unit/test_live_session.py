"""What a live session says to a figure whose movements are known."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Final

import pytest

from models.assessor import assess
from models.spec import Goal
from service.kiosk.settings import KioskSettings
from service.live.live_set import POSES_PER_S
from service.live.session import BEGIN_ANEW_S, Stage
from service.live.shelf import Shelf
from service.pipeline import assess_recording
from service.protocol import (
    Calibrate,
    Calibrated,
    Configure,
    DiscardSet,
    FinishSet,
    Hello,
    KeepSet,
    Kept,
    KioskScreen,
    NotCounted,
    Press,
    Progress,
    RatePain,
    Ready,
    Refused,
    RepCount,
    StartSet,
    State,
    Summary,
)
from service.protocol import Frame as FrameMessage
from service.settings import Settings
from service.store.people import list_people
from service.store.sets import list_sets
from service.store.tables import Origin, Status
from tests.kept_people import keep_calibration
from tests.live_visits import ESTIMATOR, begin_visit, hello, of_kind, without_frames
from tests.outlined_backs import outlined, turn_reader
from tests.retouching import gone
from tests.stick_figure import HINGE, SQUAT, Posture, Script, film
from tests.stores import sqlite_stores
from vision.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.protocol import Message
    from vision.pose import Pose

STILL_S: Final = 8
"""Default of `Settings.still_s`."""
DIP: Final = Posture(thigh_deg=8, trunk_deg=36)
FULL_BEND: Final = Posture(shank_deg=-4, thigh_deg=10, trunk_deg=100)


def standing(seconds: float) -> list[Pose]:
    return film(Script().hold(seconds), fps=15 if seconds > 4 else 30)


def hinges(count: int) -> list[Pose]:
    """Two seconds of standing, then hinges."""
    return film(Script().hold(1.0).bends(HINGE, count))


def front_view(seconds: float) -> list[Pose]:
    return film(Script().hold(seconds), yaw_deg=90)


def nobody(seconds: float) -> list[Pose]:
    return [gone(pose) for pose in standing(seconds)]


def states(messages: Sequence[object]) -> list[str]:
    return [message.state for message in messages if isinstance(message, State)]


def kept_in(data: Path) -> list[object]:
    """Everything about people that is kept in a folder."""
    stores = sqlite_stores(data)
    rows = [*list_people(stores.database), *list_sets(stores.database)]
    return [*rows, *stores.blobs.keys("sets/")]


class TestGreeting:
    def test_says_what_can_be_chosen(self, tmp_path: Path) -> None:
        ready, state = begin_visit(tmp_path).said
        assert isinstance(ready, Ready)
        assert [one.id for one in ready.movements][:2] == ["auto", "hip_hinge"]
        assert state == State(state="framing")

    @pytest.mark.parametrize(
        ("kind", "name"), [("movement", "cartwheel"), ("person", "Kim"), ("language", "tlh")]
    )
    def test_goes_on_without_a_name_that_is_not_known(
        self, tmp_path: Path, kind: str, name: str
    ) -> None:
        visit = begin_visit(tmp_path, hello(**{kind: name}))
        [refused] = of_kind(visit.said, Refused)
        assert (refused.code, refused.final) == ("unknown_name", False)
        assert states(visit.see(hinges(1))) == ["ready", "set"]


class TestStates:
    def test_a_set_begins_by_itself_and_ends_after_standing_still(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        said = visit.see(hinges(2)) + visit.see(standing(STILL_S + 1))
        assert states(said) == ["ready", "set", "summary"]
        assert [rep.number for rep in of_kind(said, RepCount)] == [1, 2]
        [summary] = of_kind(said, Summary)
        assert (summary.reps, summary.set_number) == (2, 1)

    def test_every_picture_is_answered_once_and_last(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        poses = hinges(1)
        said = visit.see(poses)
        frames = of_kind(said, FrameMessage)
        assert [frame.number for frame in frames] == list(range(1, len(poses) + 1))
        assert isinstance(said[-1], FrameMessage)
        assert frames[-1].reps == 1

    def test_a_front_view_is_guided_and_begins_nothing(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        said = visit.see(front_view(4))
        assert states(said) == []
        last = of_kind(said, FrameMessage)[-1]
        assert last.guide is not None
        assert last.guide.key == "frontal_view"
        assert last.guide.text
        assert not last.countable

    def test_who_steps_away_before_the_first_repetition_is_framed_again(
        self, tmp_path: Path
    ) -> None:
        visit = begin_visit(tmp_path)
        said = visit.see(standing(3)) + visit.see(nobody(6))
        assert states(said) == ["ready", "framing"]

    def test_a_set_ends_when_the_person_has_gone(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        said = visit.see(hinges(1)) + visit.see(nobody(6))
        assert states(said) == ["ready", "set", "summary"]

    def test_a_brief_step_out_ends_nothing(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        said = visit.see(hinges(1)) + visit.see(nobody(2)) + visit.see(hinges(1))
        assert states(said) == ["ready", "set"]

    def test_finishing_without_a_repetition_gives_an_empty_summary(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(standing(2))
        said = visit.tell(FinishSet())
        assert states(said) == ["summary"]
        [summary] = of_kind(said, Summary)
        assert summary.reps == 0
        assert summary.headline

    def test_finishing_twice_gives_the_same_summary(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(2))
        first, again = visit.tell(FinishSet()), visit.tell(FinishSet())
        assert of_kind(first, Summary) == of_kind(again, Summary)

    def test_the_next_set_begins_with_its_first_repetition(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(2))
        visit.tell(FinishSet())
        said = visit.see(hinges(1)) + visit.tell(FinishSet())
        assert states(said) == ["set", "summary"]
        [rep], [summary] = of_kind(said, RepCount), of_kind(said, Summary)
        assert (rep.number, summary.reps, summary.set_number) == (1, 1, 2)

    def test_starting_leaves_the_summary(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(1))
        visit.tell(FinishSet())
        assert states(visit.tell(StartSet())) == ["framing"]
        assert states(visit.see(standing(1))) == ["ready"]

    def test_a_set_ends_when_it_lasts_too_long(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path, longest_set_s=30, still_s=60)
        visit = begin_visit(tmp_path, settings=settings)
        said = visit.see(hinges(1)) + visit.see(standing(27))
        assert states(said) == ["ready", "set", "summary"]


class TestNumbers:
    def test_the_range_is_a_share_of_the_usual_depth(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path, hello(movement="hip_hinge"))
        first = of_kind(visit.see(hinges(1)), FrameMessage)
        second = of_kind(visit.see(hinges(1)), FrameMessage)
        deepest = max(frame.range or 0.0 for frame in second)
        assert deepest == pytest.approx(1.0, abs=0.03)
        assert max(frame.range or 0.0 for frame in first) > deepest

    def test_unknown_numbers_are_null_and_landmarks_are_pixels(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        [frame] = of_kind(visit.see(nobody(0)), FrameMessage)
        assert (frame.landmarks, frame.bend_deg, frame.lumbar.flexion_deg) == (None, None, None)
        assert frame.lumbar.reason
        [frame] = of_kind(visit.see(standing(0)), FrameMessage)
        assert frame.landmarks is not None
        assert frame.size == (1280, 720)

    def test_reps_on_the_page_are_those_of_the_offline_assessment(self, tmp_path: Path) -> None:
        poses = film(Script().hold(2.0).bends(SQUAT, 3), noise_px=1.0)
        visit = begin_visit(tmp_path)
        visit.see(poses)
        [summary] = of_kind(visit.tell(FinishSet()), Summary)
        offline = assess(poses)
        assert summary.reps == len(offline.reps) == 3
        assert [rep.bend_deg for rep in summary.per_rep] == [
            pytest.approx(rep.metrics["peak_bend"].value, abs=0.5) for rep in offline.reps
        ]

    def test_a_shallow_bend_is_told_with_its_reason(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path, hello(movement="deadlift"))
        visit.see(standing(3))
        dip = film(Script().hold(0.5).bend(DIP).hold(1))
        [told] = of_kind(visit.see(dip), NotCounted)
        assert told.reason == "too_shallow"
        assert told.text.endswith(".")


@pytest.mark.usefixtures("read_by_hand")
class TestBack:
    def test_the_diagram_of_a_repetition_is_sent(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        [rep] = of_kind(visit.see(outlined(hinges(1))), RepCount)
        assert rep.lumbar_word in {"flat", "in_between", "rounded", "not_sure"}
        assert rep.lumbar_deg is not None
        assert rep.bottom is not None
        hip_deg, _ = zip(*rep.curve, strict=True)
        assert rep.curve[rep.bottom][0] >= 0.95 * max(hip_deg)

    def test_calibration_finds_the_own_bend_and_saves_it(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        said = visit.tell(Calibrate(person="Kim"))
        assert states(said) == ["calibrating"]
        bends = film(Script().hold(2).bend(FULL_BEND, hold_s=0.6).hold(1).bend(FULL_BEND).hold(1))
        said = visit.see(outlined(bends))
        [calibrated] = of_kind(said, Calibrated)
        assert calibrated.max_deg is not None
        assert "Kim" in calibrated.text
        shares = [one.share for one in of_kind(said, Progress)]
        assert shares == sorted(shares)
        assert shares[-1] == 1
        kept = Shelf(sqlite_stores(tmp_path), tmp_path).own_bend_of("Kim")
        assert kept.max_lumbar_deg == pytest.approx(calibrated.max_deg, abs=0.1)
        assert visit.session.stage in {Stage.FRAMING, Stage.READY}
        again = begin_visit(tmp_path, hello(person="kim"))
        assert of_kind(again.said, Refused) == []
        [ready] = of_kind(again.said, Ready)
        assert ready.own_bend == calibrated.own_bend
        assert ready.own_bend is not None
        assert ready.own_bend.max_deg == calibrated.max_deg
        hips, backs = zip(*ready.own_bend.curve, strict=True)
        assert list(hips) == pytest.approx(list(kept.hip_deg), abs=0.05)
        assert list(backs) == pytest.approx(list(kept.lumbar_deg), abs=0.05)
        assert "own_bend" not in again.see(standing(0))[-1].model_dump()

    def test_an_own_bend_that_was_measured_in_another_way_is_not_shown(
        self, tmp_path: Path
    ) -> None:
        keep_calibration(sqlite_stores(tmp_path), "Kim")
        [ready] = of_kind(begin_visit(tmp_path, hello(person="Kim")).said, Ready)
        assert ready.own_bend is None

    def test_calibration_tells_why_it_gives_nothing(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.tell(Calibrate())
        visit.see(outlined(standing(2)))
        [calibrated] = of_kind(visit.tell(FinishSet()), Calibrated)
        assert (calibrated.max_deg, calibrated.own_bend) == (None, None)
        assert calibrated.text
        assert kept_in(tmp_path) == []

    def test_calibration_ends_by_itself(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.tell(Calibrate())
        assert of_kind(visit.see(standing(41)), Calibrated)

    def test_a_name_that_cannot_be_kept_is_refused_before_anybody_bends(
        self, tmp_path: Path
    ) -> None:
        [refused] = begin_visit(tmp_path).tell(Calibrate(person="  "))
        assert isinstance(refused, Refused)
        assert refused.code == "unknown_name"


class TestSets:
    def test_pain_gives_a_new_summary(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(2))
        [before] = of_kind(visit.tell(FinishSet()), Summary)
        [after] = of_kind(visit.tell(RatePain(pain=7)), Summary)
        assert (before.pain, after.pain) == (None, 7)
        assert (after.reps, after.set_number) == (before.reps, before.set_number)
        assert after != before.model_copy(update={"pain": 7})

    def test_there_is_nothing_to_rate_before_the_first_set(self, tmp_path: Path) -> None:
        [refused] = begin_visit(tmp_path).tell(RatePain(pain=2))
        assert isinstance(refused, Refused)

    @pytest.mark.usefixtures("read_by_hand")
    def test_the_second_set_is_compared_with_the_first(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(outlined(hinges(2)))
        [first] = of_kind(visit.tell(FinishSet()), Summary)
        visit.tell(StartSet())
        visit.see(outlined(hinges(2)))
        [second] = of_kind(visit.tell(FinishSet()), Summary)
        assert first.since_last == ""
        assert second.since_last
        assert second.set_number == 2

    def test_a_discarded_set_is_forgotten(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(3))
        visit.tell(FinishSet())
        assert states(visit.tell(DiscardSet())) == ["framing"]
        assert [one.code for one in of_kind(visit.tell(KeepSet()), Refused)] == ["nothing_to_keep"]
        visit.see(hinges(3))
        [summary] = of_kind(visit.tell(FinishSet()), Summary)
        assert (summary.set_number, summary.since_last) == (1, "")
        assert kept_in(tmp_path) == []

    def test_a_kept_set_replays_to_the_same_report(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(film(Script().hold(2).bends(HINGE, 2), noise_px=1.0))
        visit.tell(FinishSet())
        said = visit.tell(KeepSet())
        [kept] = of_kind(said, Kept)
        _, sets, name, page = kept.url.split("/")
        folder = tmp_path / sets / name
        assert (folder / page).read_text("utf-8").startswith("<!")
        again = assess_recording(read_recording(folder / "recording.poses.npz"))
        assert (folder / "report.json").read_text("utf-8") == again.report.to_json()
        assert len(again.report.reps) == 2

    def test_a_kept_set_belongs_to_the_person_who_was_named(self, tmp_path: Path) -> None:
        stores = sqlite_stores(tmp_path)
        keep_calibration(stores, "Kim")
        for greeting in (hello(person="kim"), hello()):
            visit = begin_visit(tmp_path, greeting)
            visit.see(hinges(2))
            visit.tell(FinishSet())
            assert of_kind(visit.tell(KeepSet()), Kept)
        nobodys, kims = list_sets(stores.database)
        [kim] = list_people(stores.database)
        assert (nobodys.person_id, nobodys.session_id) == (None, None)
        assert kims.person_id == kim.id
        assert kims.session_id is not None
        assert (kims.origin, kims.status) == (Origin.LIVE, Status.DONE)
        assert kims.report is not None
        assert kims.report.reps == len(kims.report.metrics) == 2
        assert kims.report.near_side in {"left", "right"}

    @pytest.mark.parametrize(
        ("told", "kept"),
        [
            ([KeepSet()], None),
            ([RatePain(pain=3), KeepSet()], 3),
            ([KeepSet(), RatePain(pain=0)], 0),
            ([RatePain(pain=3), KeepSet(), RatePain(pain=10)], 10),
        ],
    )
    def test_how_sore_it_was_is_kept_with_the_set(
        self, tmp_path: Path, told: list[Message], kept: int | None
    ) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(2))
        visit.tell(FinishSet())
        for message in told:
            assert of_kind(visit.tell(message), Refused) == []
        [one] = list_sets(sqlite_stores(tmp_path).database)
        assert one.pain == kept

    def test_how_sore_another_set_was_is_not_kept_with_it(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(hinges(2))
        visit.tell(FinishSet())
        visit.tell(KeepSet())
        visit.see(hinges(2))
        visit.tell(FinishSet())
        visit.tell(RatePain(pain=6))
        [one] = list_sets(sqlite_stores(tmp_path).database)
        assert one.pain is None

    def test_nothing_is_kept_where_that_is_off(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path, settings=Settings(data=tmp_path, keep_sets=False))
        visit.see(hinges(1))
        visit.tell(FinishSet())
        [refused] = visit.tell(KeepSet())
        assert isinstance(refused, Refused)
        assert refused.code == "nothing_to_keep"
        assert kept_in(tmp_path) == []

    def test_a_set_under_way_goes_on_as_it_was_begun(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path, hello(movement="hip_hinge"))
        visit.see(hinges(1))
        assert visit.tell(Configure(movement="squat", goal=Goal.CONFIDENT_BENDING)) == []
        said = visit.see(hinges(1))
        assert [rep.movement for rep in of_kind(said, RepCount)] == ["hip_hinge"]

    def test_what_is_configured_holds_for_the_next_set(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(standing(2))
        visit.tell(Configure(movement="hip_hinge"))
        assert [rep.movement for rep in of_kind(visit.see(hinges(1)), RepCount)] == ["hip_hinge"]
        [refused] = of_kind(visit.tell(Configure(movement="cartwheel")), Refused)
        assert refused.code == "unknown_name"

    def test_a_second_hello_is_refused(self, tmp_path: Path) -> None:
        [refused] = begin_visit(tmp_path).tell(Hello(protocol=1))
        assert isinstance(refused, Refused)
        assert refused.code == "message"


class TestBounds:
    def test_what_is_seen_without_a_repetition_is_forgotten(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        lengths = []
        for _ in range(3):
            visit.see(standing(BEGIN_ANEW_S * 0.75))
            lengths.append(visit.session._run.age_s)  # noqa: SLF001 - memory has no other witness
        assert max(lengths) <= BEGIN_ANEW_S + 1
        assert states(visit.said) == ["framing", "ready"]

    def test_a_repetition_just_after_is_counted_all_the_same(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(standing(BEGIN_ANEW_S - 0.2))
        assert len(of_kind(visit.see(hinges(2)), RepCount)) == 2

    def test_pictures_without_time_between_them_do_not_pile_up(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path, longest_set_s=30)
        visit = begin_visit(tmp_path, settings=settings)
        visit.see(hinges(1))
        crowd = film(Script().hold(1), fps=28 * POSES_PER_S)
        said = visit.see(crowd)
        assert "summary" in states(said)

    @pytest.mark.parametrize("depth", [DIP, HINGE], ids=["dip", "hinge"])
    def test_getting_into_position_is_no_part_of_a_set(
        self, tmp_path: Path, depth: Posture
    ) -> None:
        visit = begin_visit(tmp_path)
        quick = Script().hold(0.35).bend(depth, down_s=0.4, hold_s=0.05, up_s=0.4)
        said = visit.see(film(quick.hold(2)))
        assert of_kind(said, NotCounted) == []
        assert of_kind(said, RepCount) == []
        assert states(said) == ["ready"]
        said = visit.see(hinges(1)) + visit.tell(FinishSet())
        assert [rep.number for rep in of_kind(said, RepCount)] == [1]
        done = visit.session._finished  # noqa: SLF001 - a summary does not tell what was left out
        assert done is not None
        assert (len(done.assessment.reps), done.assessment.discarded) == (1, ())

    def test_another_estimator_begins_a_set_of_its_own(self, tmp_path: Path) -> None:
        visit = begin_visit(tmp_path)
        visit.see(standing(3))
        assert visit.session.between_sets
        visit.session.use_estimator(ESTIMATOR)
        visit.see(hinges(1))
        assert not visit.session.between_sets


class TestKiosk:
    SETTINGS: Final = KioskSettings(target_reps=None)

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data=tmp_path, kiosk=self.SETTINGS)

    def screens(self, messages: Sequence[object]) -> list[str]:
        shown = [str(message.screen) for message in messages if isinstance(message, KioskScreen)]
        return [screen for screen, _ in groupby(shown)]

    def test_a_whole_visit(self, tmp_path: Path, settings: Settings) -> None:
        visit = begin_visit(tmp_path, hello(mode="kiosk"), settings=settings)
        visit.see(standing(2))
        visit.tell(Press(action="start"))
        visit.tell(Press(action="start"))
        said = visit.see(standing(self.SETTINGS.countdown_s + 4))
        assert self.screens(said)[-2:] == ["turn", "set"]
        said = visit.see(hinges(2)) + visit.see(standing(self.SETTINGS.still_s + 1))
        assert [rep.number for rep in of_kind(said, RepCount)] == [1, 2]
        [summary] = of_kind(said, Summary)
        assert summary.reps == 2
        assert summary.qr.startswith("<svg")
        assert self.screens(said)[-1] == "summary"
        visit.tell(Press(action="done"))
        assert visit.session.stage is Stage.FRAMING
        assert of_kind(visit.tell(KeepSet()), Refused)
        assert kept_in(tmp_path) == []

    def test_nothing_is_counted_before_somebody_begins(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        visit = begin_visit(tmp_path, hello(mode="kiosk"), settings=settings)
        said = visit.see(hinges(2))
        assert of_kind(said, RepCount) == []
        assert {frame.reps for frame in of_kind(said, FrameMessage)} == {0}
        assert states(said) == []

    def test_a_lost_camera_is_shown_and_forgiven(self, tmp_path: Path, settings: Settings) -> None:
        visit = begin_visit(tmp_path, hello(mode="kiosk"), settings=settings)
        visit.see(standing(2))
        assert "camera_lost" in self.screens(visit.wait(5))
        assert self.screens(visit.see(standing(0.5)))[0] == "attract"

    def test_staff_settings_are_taken_up_while_nobody_is_there(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        visit = begin_visit(tmp_path, hello(mode="kiosk"), settings=settings)
        visit.see(nobody(1))
        changed = self.SETTINGS.model_copy(update={"target_reps": 1})
        (tmp_path / "kiosk.json").write_text(json.dumps(changed.model_dump(mode="json")))
        visit.see(nobody(3))
        visit.tell(Press(action="start"))
        visit.tell(Press(action="start"))
        said = visit.see(standing(7)) + visit.see(hinges(1)) + visit.see(standing(0.5))
        assert self.screens(said)[-1] == "summary"

    def test_keys_mean_nothing_outside_the_kiosk(self, tmp_path: Path) -> None:
        assert begin_visit(tmp_path).tell(Press(action="start")) == []
        assert begin_visit(tmp_path).wait(3) == []


def test_only_frames_are_said_while_nothing_happens(tmp_path: Path) -> None:
    visit = begin_visit(tmp_path)
    visit.see(standing(3))
    assert without_frames(visit.see(standing(3))) == []


@pytest.fixture
def read_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the back is told to do follows from the outline, whatever weights are shipped."""
    monkeypatch.setattr("models.lumbar.observing.default_estimator", turn_reader)
