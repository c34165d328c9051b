"""One instruction at a time: the most important, when it has lasted, without flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.live.guide import (
    BLOCKING,
    CLEAR_S,
    LASTING_S,
    ORDER,
    SHOW_S,
    STEADY_S,
    STEP_OUT_S,
    FramingGuide,
)
from tests.retouching import gone, scaled
from tests.stick_figure import HINGE, Script, film
from vision.exposure import Exposure
from vision.framing import CameraView, Framing, FramingIssue, FramingObserver, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vision.pose import Pose

FRAME_S = 1 / 30
WELL = (Exposure.GOOD,)
HINT_ISSUES = sorted(set(ORDER) - BLOCKING)


def framing(*issues: FramingIssue) -> Framing:
    return Framing(
        view=CameraView.SAGITTAL,
        yaw_deg=5.0,
        facing=Side.RIGHT,
        near_side=Side.RIGHT,
        issues=issues,
        countable=not issues,
        assessable=not issues,
    )


class Watch:
    """A guide with a clock."""

    def __init__(self) -> None:
        self.guide = FramingGuide()
        self.t_s = 0.0

    def see(self, *here: FramingIssue | Exposure, for_s: float = FRAME_S) -> str | None:
        """Show the same for a time; returns what is told at its end."""
        issues = [issue for issue in here if isinstance(issue, FramingIssue)]
        light = next((issue for issue in here if isinstance(issue, Exposure)), Exposure.GOOD)
        told = None
        for _ in range(max(round(for_s / FRAME_S), 1)):
            told = self.guide.update(self.t_s, framing(*issues), light)
            self.t_s += FRAME_S
        return told

    @classmethod
    def steady(cls) -> Watch:
        watch = cls()
        watch.see(for_s=STEADY_S + 0.2)
        assert watch.guide.steady
        return watch


class TestWhatIsTold:
    @pytest.mark.parametrize("issue", ORDER)
    def test_what_lasts_is_told_by_its_key(self, issue: FramingIssue | Exposure) -> None:
        assert Watch().see(issue, for_s=SHOW_S + 0.2) == issue.value

    def test_nothing_is_told_when_all_is_well(self) -> None:
        assert Watch().see(for_s=3.0) is None

    def test_the_first_of_several_is_told(self) -> None:
        watch = Watch()
        both = (FramingIssue.OBLIQUE_VIEW, FramingIssue.BODY_CUT_OFF, FramingIssue.CAMERA_TILTED)
        assert watch.see(*both, for_s=2.0) == "oblique_view"
        assert watch.see(*both[1:], for_s=2.0) == "body_cut_off"
        assert watch.see(*both[2:], for_s=2.0) == "camera_tilted"
        assert watch.see(for_s=2.0) is None

    def test_light_may_be_why_nobody_is_seen(self) -> None:
        assert Watch().see(FramingIssue.NOBODY, Exposure.TOO_DARK, for_s=2.0) == "too_dark"

    def test_light_does_not_hide_how_to_stand(self) -> None:
        assert Watch().see(FramingIssue.FRONTAL_VIEW, Exposure.TOO_DARK, for_s=2.0) == (
            "frontal_view"
        )


class TestWhen:
    def test_it_must_last(self) -> None:
        watch = Watch()
        assert watch.see(FramingIssue.OBLIQUE_VIEW, for_s=SHOW_S - 0.1) is None
        assert watch.see(FramingIssue.OBLIQUE_VIEW, for_s=0.2) == "oblique_view"

    def test_it_stays_until_it_is_gone_for_a_moment(self) -> None:
        watch = Watch()
        watch.see(FramingIssue.OBLIQUE_VIEW, for_s=2.0)
        assert watch.see(for_s=CLEAR_S - 0.1) == "oblique_view"
        assert watch.see(for_s=0.2) is None

    def test_what_comes_and_goes_is_told_without_a_break(self) -> None:
        watch = Watch()
        watch.see(FramingIssue.OBLIQUE_VIEW, for_s=1.0)
        for _ in range(20):
            assert watch.see(for_s=0.1) == "oblique_view"
            assert watch.see(FramingIssue.OBLIQUE_VIEW, for_s=0.1) == "oblique_view"

    def test_a_slip_of_a_frame_does_not_begin_anew(self) -> None:
        watch = Watch()
        watch.see(FramingIssue.OBLIQUE_VIEW, for_s=0.4)
        watch.see()
        assert watch.see(FramingIssue.OBLIQUE_VIEW, for_s=0.4) == "oblique_view"

    def test_at_any_frame_rate(self) -> None:
        guide = FramingGuide()
        told = [
            guide.update(t_s, framing(FramingIssue.NOBODY), Exposure.GOOD)
            for t_s in (0.0, 0.5, 1.0)
        ]
        assert told == [None, None, "nobody"]


class TestSteady:
    def test_it_takes_a_moment(self) -> None:
        watch = Watch()
        watch.see(for_s=STEADY_S - 0.1)
        assert not watch.guide.steady
        watch.see(for_s=0.2)
        assert watch.guide.steady

    @pytest.mark.parametrize("issue", sorted(BLOCKING))
    def test_what_blocks_keeps_from_beginning(self, issue: FramingIssue) -> None:
        watch = Watch()
        watch.see(issue, for_s=5.0)
        assert not watch.guide.steady
        watch.see(for_s=STEADY_S + 0.1)
        assert watch.guide.steady

    @pytest.mark.parametrize("hint", HINT_ISSUES)
    def test_a_hint_does_not(self, hint: FramingIssue | Exposure) -> None:
        watch = Watch()
        assert watch.see(hint, for_s=3.0) == hint.value
        assert watch.guide.steady

    def test_a_slip_of_a_frame_does_not_begin_anew(self) -> None:
        watch = Watch()
        watch.see(for_s=1.0)
        watch.see(FramingIssue.OBLIQUE_VIEW)
        watch.see(for_s=0.6)
        assert watch.guide.steady

    def test_a_turn_ends_it(self) -> None:
        watch = Watch.steady()
        watch.see(FramingIssue.FRONTAL_VIEW, for_s=SHOW_S + 0.1)
        assert not watch.guide.steady
        watch.see(for_s=1.0)
        assert not watch.guide.steady


class TestStepOut:
    @pytest.mark.parametrize(
        "issue", [FramingIssue.NOBODY, FramingIssue.BODY_CUT_OFF, FramingIssue.TOO_CLOSE]
    )
    def test_a_brief_step_out_of_the_picture_is_borne(self, issue: FramingIssue) -> None:
        watch = Watch.steady()
        assert watch.see(issue, for_s=STEP_OUT_S - 0.1) is None
        assert watch.guide.steady
        assert watch.see(for_s=1.0) is None
        assert watch.guide.steady

    def test_who_stays_away_is_called(self) -> None:
        watch = Watch.steady()
        assert watch.see(FramingIssue.NOBODY, for_s=STEP_OUT_S + 0.2) == "nobody"
        assert not watch.guide.steady

    def test_on_the_way_out_one_is_cut_off_first(self) -> None:
        watch = Watch.steady()
        watch.see(FramingIssue.BODY_CUT_OFF, for_s=0.6)
        assert watch.see(FramingIssue.NOBODY, for_s=0.6) is None
        assert watch.see(FramingIssue.BODY_CUT_OFF, for_s=0.6) is None
        assert watch.guide.steady


class TestInASet:
    @pytest.mark.parametrize("issue", sorted(BLOCKING))
    def test_only_what_lasts_is_told(self, issue: FramingIssue) -> None:
        watch = Watch.steady()
        watch.guide.in_set = True
        assert watch.see(issue, for_s=LASTING_S - 0.1) is None
        assert watch.see(issue, for_s=0.3) == issue.value

    @pytest.mark.parametrize("hint", HINT_ISSUES)
    def test_no_hint_is_told(self, hint: FramingIssue | Exposure) -> None:
        watch = Watch.steady()
        watch.guide.in_set = True
        assert watch.see(hint, for_s=10.0) is None

    def test_a_hint_goes_when_the_set_begins_and_comes_back_after_it(self) -> None:
        watch = Watch()
        assert watch.see(FramingIssue.SLIGHTLY_TURNED, for_s=2.0) == "slightly_turned"
        watch.guide.in_set = True
        assert watch.see(FramingIssue.SLIGHTLY_TURNED, for_s=CLEAR_S + 0.1) is None
        watch.guide.in_set = False
        assert watch.see(FramingIssue.SLIGHTLY_TURNED, for_s=CLEAR_S + 0.1) == "slightly_turned"


def told_of(poses: Iterable[Pose], *, in_set: bool = False) -> tuple[set[str | None], bool]:
    """Everything that is told of a film, and whether it ends steady."""
    observer, guide = FramingObserver(), FramingGuide()
    guide.in_set = in_set
    told = {guide.update(pose.t_s, observer.update(pose), Exposure.GOOD) for pose in poses}
    return told, guide.steady


class TestFilmed:
    STAND = Script().hold(3.0)

    def test_somebody_side_on_is_told_nothing(self) -> None:
        assert told_of(film(self.STAND, noise_px=1.5)) == ({None}, True)

    def test_a_hinge_is_not_interrupted(self) -> None:
        assert told_of(film(Script().bends(HINGE, 2), noise_px=1.5)) == ({None}, True)

    @pytest.mark.parametrize(("yaw_deg", "key"), [(35, "oblique_view"), (80, "frontal_view")])
    def test_somebody_turned_is_asked_to_turn_side_on(self, yaw_deg: float, key: str) -> None:
        assert told_of(film(self.STAND, yaw_deg=yaw_deg)) == ({None, key}, False)

    def test_a_slight_turn_is_a_hint(self) -> None:
        assert told_of(film(self.STAND, yaw_deg=18)) == ({None, "slightly_turned"}, True)

    def test_an_empty_room_asks_for_somebody(self) -> None:
        empty = [gone(pose) for pose in film(self.STAND)]
        assert told_of(empty) == ({None, "nobody"}, False)

    def test_somebody_far_away_is_asked_to_come_closer(self) -> None:
        far = [scaled(0.2)(pose) for pose in film(self.STAND)]
        assert told_of(far) == ({None, "too_far"}, False)
