"""From backs to degrees, or to the reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.lumbar.reading import (
    BACK_HIDDEN,
    LUMBAR_UNCERTAIN,
    MAX_BETWEEN_S,
    MAX_FRAME_SE_DEG,
    MAX_YAW_DEG,
    MIN_QUALITY,
    MIN_STANDING_FRAMES,
    MOST_STANDING_FRAMES,
    NO_UPRIGHT,
    OUTLINE_UNCLEAR,
    REASONS,
    TRUNK_RANGE,
    TURNED_TOO_FAR,
    LumbarReading,
    bridged,
    read_lumbar,
    standing_of,
)
from tests.drawn_back import DrawnBack, pose_of
from tests.outlined_backs import (
    READ_SE_DEG,
    STANDING_BOW,
    described,
    outlined_pose,
    turn_deg,
    turn_reader,
)
from tests.retouching import gone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.lumbar.features import Description
    from vision.pose import Pose

BACK: Final = DrawnBack(bow=0.06, lean_deg=50.0)
POSE: Final = outlined_pose(BACK)
UPRIGHT: Final = outlined_pose(DrawnBack(bow=STANDING_BOW, lean_deg=2.0))
STANDING: Final = described(UPRIGHT)
FLEXION_DEG: Final = turn_deg(BACK.bow) - turn_deg(STANDING_BOW)


def read(
    *poses: Pose,
    standing: Description | None = STANDING,
    yaw_deg: float = 0.0,
    se_deg: float = READ_SE_DEG,
) -> LumbarReading:
    yaw = np.full(len(poses), yaw_deg)
    return read_lumbar(described(*poses), standing, yaw, turn_reader(se_deg=se_deg))


def reasons(reading: LumbarReading) -> list[str]:
    for flexion, se, reason in zip(
        reading.flexion_deg, reading.se_deg, reading.reason, strict=True
    ):
        assert np.isfinite([flexion, se]).tolist() == [reason == 0] * 2
    return [REASONS[index] for index in reading.reason]


def shrunk(factor: float) -> Pose:
    """The same back with its hip-shoulder line shortened."""
    return outlined_pose(replace(BACK, trunk_px=factor * BACK.trunk_px))


class TestReading:
    def test_a_clear_back_is_read(self) -> None:
        reading = read(POSE, UPRIGHT)
        assert reasons(reading) == ["", ""]
        assert reading.flexion_deg == pytest.approx([FLEXION_DEG, 0.0], abs=0.2)
        assert reading.se_deg == pytest.approx([READ_SE_DEG] * 2, rel=1e-5)

    def test_without_own_standing_there_is_nothing_to_compare_with(self) -> None:
        assert reasons(read(POSE, UPRIGHT, standing=None)) == [NO_UPRIGHT] * 2

    def test_no_outline_is_said_before_no_standing(self) -> None:
        """Somebody whose back is never found is not told to stand still."""
        assert reasons(read(pose_of(BACK), POSE, standing=None)) == [OUTLINE_UNCLEAR, NO_UPRIGHT]

    def test_no_outline_is_unclear(self) -> None:
        assert reasons(read(pose_of(BACK), POSE, gone(POSE))) == [
            OUTLINE_UNCLEAR,
            "",
            OUTLINE_UNCLEAR,
        ]

    @pytest.mark.parametrize(
        ("covered", "reason"),
        [((0.1, 0.5), BACK_HIDDEN), ((0.1, 0.3), ""), ((0.78, 1.1), ""), ((-0.1, 0.03), "")],
    )
    def test_a_lumbar_part_that_is_covered_is_hidden(
        self, covered: tuple[float, float], reason: str
    ) -> None:
        assert reasons(read(outlined_pose(BACK, covered=covered))) == [reason]

    def test_a_back_that_something_hides_is_said_before_no_standing(self) -> None:
        hidden = outlined_pose(BACK, covered=(0.1, 0.6))
        assert reasons(read(hidden, standing=None)) == [BACK_HIDDEN]

    @pytest.mark.parametrize(
        ("quality", "reason"),
        [(MIN_QUALITY - 0.01, OUTLINE_UNCLEAR), (MIN_QUALITY + 0.01, "")],
    )
    def test_a_poor_outline_is_unclear(self, quality: float, reason: str) -> None:
        assert reasons(read(outlined_pose(BACK, quality=quality))) == [reason]

    @pytest.mark.parametrize(
        ("factor", "reason"),
        [
            (TRUNK_RANGE[0] - 0.02, OUTLINE_UNCLEAR),
            (TRUNK_RANGE[0] + 0.02, ""),
            (TRUNK_RANGE[1] - 0.02, ""),
            (TRUNK_RANGE[1] + 0.02, OUTLINE_UNCLEAR),
        ],
    )
    def test_a_trunk_that_no_body_has_is_unclear(self, factor: float, reason: str) -> None:
        assert reasons(read(shrunk(factor))) == [reason]

    @pytest.mark.parametrize(
        ("yaw_deg", "reason"),
        [(MAX_YAW_DEG - 1, ""), (MAX_YAW_DEG + 1, TURNED_TOO_FAR), (np.nan, "")],
    )
    def test_a_view_that_is_turned_too_far(self, yaw_deg: float, reason: str) -> None:
        assert reasons(read(POSE, yaw_deg=yaw_deg)) == [reason]

    def test_the_view_is_said_before_all_else(self) -> None:
        assert reasons(read(pose_of(BACK), yaw_deg=40.0, standing=None)) == [TURNED_TOO_FAR]

    @pytest.mark.parametrize(
        ("se_deg", "reason"),
        [(MAX_FRAME_SE_DEG - 0.1, ""), (MAX_FRAME_SE_DEG + 0.1, LUMBAR_UNCERTAIN)],
    )
    def test_an_estimate_that_is_too_unsure_is_no_number(self, se_deg: float, reason: str) -> None:
        assert reasons(read(POSE, se_deg=se_deg)) == [reason]

    def test_what_is_amiss_with_standing_alone_leaves_nothing_told(self) -> None:
        blind = described(pose_of(DrawnBack(lean_deg=2.0)))
        assert reasons(read(POSE, standing=blind)) == [LUMBAR_UNCERTAIN]

    def test_of_no_frame_nothing_is_read(self) -> None:
        nothing = LumbarReading.nothing()
        assert [len(part) for part in (nothing.flexion_deg, nothing.se_deg, nothing.reason)] == [
            0
        ] * 3


class TestBridged:
    """What lies between two looks at the back."""

    T_S: Final = np.arange(6) / 20

    @classmethod
    def between(
        cls, flexion: list[float], *, looked: list[bool], t_s: NDArray[np.float64] = T_S
    ) -> LumbarReading:
        value = np.array(flexion)
        unclear = REASONS.index(OUTLINE_UNCLEAR)
        each = LumbarReading(
            flexion_deg=value,
            se_deg=np.where(np.isnan(value), np.nan, 4.0),
            reason=np.where(np.isnan(value), unclear, 0).astype(np.int8),
            looked=np.ones(len(value), np.bool_),
        )
        return bridged(each, np.array(looked), t_s)

    def test_it_lies_on_the_line_between_both(self) -> None:
        nan = np.nan
        looked = [True, False, False, True, False, True]
        found = self.between([0.0, nan, nan, 9.0, nan, 5.0], looked=looked)
        assert found.flexion_deg == pytest.approx([0.0, 3.0, 6.0, 9.0, 7.0, 5.0])
        assert found.se_deg == pytest.approx([4.0] * 6)
        assert reasons(found) == [""] * 6
        assert found.looked.tolist() == looked

    def test_where_a_look_failed_nothing_is_known_beside_it(self) -> None:
        nan = np.nan
        looked = [True, False, True, False, True, False]
        found = self.between([0.0, nan, nan, nan, 8.0, nan], looked=looked)
        assert np.isfinite(found.flexion_deg).tolist() == [True, False, False, False, True, False]
        assert reasons(found)[1:4] == [OUTLINE_UNCLEAR] * 3

    def test_before_the_first_and_after_the_last_look_nothing_is_known(self) -> None:
        nan = np.nan
        looked = [False, True, False, True, False, False]
        found = self.between([nan, 2.0, nan, 4.0, nan, nan], looked=looked)
        assert np.isfinite(found.flexion_deg).tolist() == [False, True, True, True, False, False]

    @pytest.mark.parametrize(("factor", "known"), [(0.99, True), (1.01, False)])
    def test_looks_too_far_apart_are_not_joined(self, factor: float, known: bool) -> None:  # noqa: FBT001 - a parameter of the test
        t_s = np.array([0.0, 0.1, factor * MAX_BETWEEN_S])
        found = self.between([0.0, np.nan, 9.0], looked=[True, False, True], t_s=t_s)
        assert bool(np.isfinite(found.flexion_deg[1])) == known


class TestMainReason:
    @staticmethod
    def reading(*keys: str) -> LumbarReading:
        blank = np.full(len(keys), np.nan)
        reason = np.array([REASONS.index(key) for key in keys], np.int8)
        looked = np.ones(len(keys), np.bool_)
        return LumbarReading(flexion_deg=blank, se_deg=blank, reason=reason, looked=looked)

    def test_half_measured_is_enough(self) -> None:
        half = self.reading("", "", BACK_HIDDEN, BACK_HIDDEN)
        assert half.main_reason(np.ones(4, np.bool_)) == ""

    def test_otherwise_it_is_the_most_frequent(self) -> None:
        less = self.reading("", "", TURNED_TOO_FAR, OUTLINE_UNCLEAR, OUTLINE_UNCLEAR)
        assert less.main_reason(np.ones(5, np.bool_)) == OUTLINE_UNCLEAR

    def test_only_the_frames_asked_for_count(self) -> None:
        mixed = self.reading("", "", NO_UPRIGHT, BACK_HIDDEN, BACK_HIDDEN)
        assert mixed.main_reason(np.array([True, True, True, False, False])) == ""
        assert mixed.main_reason(np.array([False, False, True, False, False])) == NO_UPRIGHT

    def test_frames_in_which_nobody_looked_do_not_count(self) -> None:
        reading = self.reading("", OUTLINE_UNCLEAR, OUTLINE_UNCLEAR, "", BACK_HIDDEN)
        looked = np.array([True, False, False, True, True])
        assert reading.main_reason(np.arange(5)) == OUTLINE_UNCLEAR
        assert replace(reading, looked=looked).main_reason(np.arange(5)) == ""
        assert replace(reading, looked=looked).main_reason(np.arange(1, 3)) == OUTLINE_UNCLEAR

    def test_of_no_frames_there_is_none(self) -> None:
        assert self.reading(BACK_HIDDEN).main_reason(np.zeros(1, np.bool_)) == ""
        assert LumbarReading.nothing().main_reason(np.empty(0, np.bool_)) == ""


class TestStanding:
    def test_takes_a_few_frames_with_an_outline(self) -> None:
        blind = [described(pose_of(BACK))] * 9
        quiet = [described(UPRIGHT)] * MIN_STANDING_FRAMES
        assert standing_of([*blind, *quiet[1:]]) is None
        standing = standing_of([*blind, *quiet])
        assert standing is not None
        assert standing.depth == pytest.approx(STANDING.depth)

    def test_poor_outlines_do_not_count(self) -> None:
        poor = outlined_pose(BACK, quality=MIN_QUALITY - 0.01)
        assert standing_of([described(poor)] * 9) is None

    def test_of_nobody_there_is_none(self) -> None:
        assert standing_of([]) is None

    def test_is_the_middle_and_not_the_mean(self) -> None:
        quiet = [described(UPRIGHT)] * 6 + [described(POSE)] * 3
        standing = standing_of(quiet)
        assert standing is not None
        assert standing.depth == pytest.approx(STANDING.depth)

    @pytest.mark.parametrize("count", [MOST_STANDING_FRAMES, 601])
    def test_many_frames_are_taken_evenly(self, count: int) -> None:
        """A body that straightens all the while is described by its middle."""
        bows = np.linspace(0.0, 0.06, count)
        quiet = [described(outlined_pose(replace(BACK, bow=float(bow)))) for bow in bows]
        standing = standing_of(quiet)
        assert standing is not None
        middle = described(outlined_pose(replace(BACK, bow=0.03)))
        assert standing.depth == pytest.approx(middle.depth, abs=2e-3)
