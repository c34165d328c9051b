"""The own full bend of a calibration clip: what it is taken from, and why there may be none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.assessor import assess
from models.calibration import CURVE_STEP_DEG, NoOwnBend, OwnBend, find_own_bend
from models.kinematics import Signal
from models.lumbar.decomposition import decompose
from models.results import Phase
from service.wording import load_wording
from tests.contract.test_wording import banned_words
from tests.free_bends import (
    DOWN_POWER,
    ESTIMATOR,
    UP_POWER,
    calibration_clip,
    free_bend,
    spoiled,
)
from tests.stick_figure import Posture, Script, film

if TYPE_CHECKING:
    from models.results import Assessment, Rep

TWO_BENDS: Final = (free_bend(50, number=1), free_bend(46, number=2))


def found(assessment: Assessment) -> OwnBend:
    own_bend = find_own_bend(assessment)
    assert isinstance(own_bend, OwnBend), own_bend
    return own_bend


def hidden_at_the_bottom(rep: Rep) -> Rep:
    (bottom,) = [span for span in rep.phases if span.phase is Phase.BOTTOM]
    t_s = rep.series.t_s
    when = (t_s >= bottom.start_s) & (t_s < bottom.end_s)
    return spoiled(rep, Signal.LUMBAR_FLEXION, when=when, becomes=math.nan)


class TestMaximum:
    @pytest.mark.parametrize("fps", [10, 25, 30, 60])
    def test_is_the_mean_of_two_bends(self, fps: float) -> None:
        bends = (free_bend(50, number=1, fps=fps), free_bend(46, number=2, fps=fps))
        own_bend = found(calibration_clip(*bends))
        assert own_bend.max_lumbar_deg == pytest.approx(48, abs=1.0)
        assert own_bend.bends == 2
        assert own_bend.estimator == ESTIMATOR

    def test_its_error_is_the_shared_one_and_half_the_difference(self) -> None:
        one, other = (
            found(calibration_clip(*TWO_BENDS)),
            found(calibration_clip(free_bend(), free_bend())),
        )
        assert one.max_lumbar_se_deg == pytest.approx(math.hypot(6, 2), abs=0.05)
        assert other.max_lumbar_se_deg == pytest.approx(6)

    def test_more_bends_do_not_make_the_shared_error_smaller(self) -> None:
        assert found(calibration_clip(*[free_bend()] * 6)).max_lumbar_se_deg == pytest.approx(6)

    def test_a_practice_bend_before_is_left_out(self) -> None:
        own_bend = found(calibration_clip(free_bend(24, number=0), *TWO_BENDS))
        assert own_bend.bends == 2
        assert own_bend.max_lumbar_deg == pytest.approx(48, abs=0.5)

    def test_one_stray_frame_at_the_bottom_does_not_move_it(self) -> None:
        first, second = TWO_BENDS
        at_bottom = np.isclose(first.series.t_s, first.bottom_s, atol=0.02)
        assert 1 <= at_bottom.sum() <= 2
        stray = spoiled(first, Signal.LUMBAR_FLEXION, when=at_bottom, becomes=85.0)
        plain = found(calibration_clip(first, second)).max_lumbar_deg
        assert found(calibration_clip(stray, second)).max_lumbar_deg == pytest.approx(
            plain, abs=0.3
        )

    @pytest.mark.parametrize("family", ["hinge", "mixed", "squat", "floor_lift"])
    def test_what_the_movement_was_taken_for_does_not_matter(self, family: str) -> None:
        bends = [replace(bend, family=family) for bend in TWO_BENDS]
        assert found(calibration_clip(*bends)) == found(calibration_clip(*TWO_BENDS))


class TestFilmedBends:
    """From landmarks on: a free full bend is counted, and its parts are put together."""

    FREE_BEND = Posture(trunk_deg=105, thigh_deg=4, shank_deg=-4)
    """A toe-touch, of which 50° are lumbar (``measurement.md`` §1.4)."""

    @pytest.mark.parametrize(("down_s", "hold_s"), [(1.2, 0.3), (3.0, 2.5)])
    def test_two_give_the_own_bend(self, down_s: float, hold_s: float) -> None:
        script = Script().hold(2.0)
        for _ in range(2):
            script = script.bend(self.FREE_BEND, down_s=down_s, hold_s=hold_s, up_s=down_s)
            script = script.hold(1.0)
        filmed = assess(film(script, noise_px=1.0))
        assert filmed.upright_found_s > 1
        own_bend = found(calibration_clip(*map(self.with_lumbar, filmed.reps)))
        assert own_bend.max_lumbar_deg == pytest.approx(50, abs=1.5)
        assert own_bend.hip_deg[-1] == 70

    @staticmethod
    def with_lumbar(rep: Rep) -> Rep:
        lumbar_deg = 50 / 105 * rep.series.of(Signal.TRUNK_INCLINATION)
        series = decompose(rep.series, lumbar_deg, np.full_like(lumbar_deg, 6.0))
        return replace(rep, series=series)


class TestCurve:
    def test_is_the_mean_of_the_ways_down_and_up(self) -> None:
        own_bend = found(calibration_clip(free_bend(50), free_bend(50, number=2)))
        share = np.array(own_bend.hip_deg) / 70
        expected = 50 * (share**DOWN_POWER + share**UP_POWER) / 2
        assert np.abs(np.array(own_bend.lumbar_deg) - expected).max() < 1.0

    def test_has_a_node_every_five_degrees_of_hip_flexion(self) -> None:
        own_bend = found(calibration_clip(*TWO_BENDS))
        assert own_bend.hip_deg == tuple(np.arange(0, 71, CURVE_STEP_DEG))

    def test_goes_as_deep_as_both_bends_went(self) -> None:
        clip = calibration_clip(free_bend(hip_deg=70), free_bend(hip_deg=56))
        assert found(clip).hip_deg[-1] == 55

    def test_a_stretch_that_was_not_seen_is_left_out(self) -> None:
        def gap(rep: Rep) -> Rep:
            hip = rep.series.of(Signal.HIP_FLEXION)
            unseen = (hip > 22) & (hip < 38)
            return spoiled(rep, Signal.LUMBAR_FLEXION, when=unseen, becomes=math.nan)

        own_bend = found(calibration_clip(*map(gap, TWO_BENDS)))
        assert own_bend.hip_deg[4:7] == (20, 40, 45)


class TestNone:
    @pytest.mark.parametrize(
        ("reason", "clip"),
        [
            (NoOwnBend.NO_UPRIGHT, calibration_clip(*TWO_BENDS, upright_found_s=0.0)),
            (NoOwnBend.TOO_FEW_BENDS, calibration_clip()),
            (NoOwnBend.TOO_FEW_BENDS, calibration_clip(free_bend())),
            (NoOwnBend.LUMBAR_NOT_MEASURED, calibration_clip(*TWO_BENDS, estimator="")),
            (
                NoOwnBend.LUMBAR_NOT_MEASURED,
                calibration_clip(*map(hidden_at_the_bottom, TWO_BENDS)),
            ),
            (
                NoOwnBend.LUMBAR_NOT_MEASURED,
                calibration_clip(TWO_BENDS[0], hidden_at_the_bottom(TWO_BENDS[1])),
            ),
            (NoOwnBend.BEND_TOO_SHALLOW, calibration_clip(*[free_bend(trunk_deg=55)] * 2)),
            (NoOwnBend.BEND_TOO_SHALLOW, calibration_clip(*[free_bend(15)] * 2)),
            (NoOwnBend.BEND_TOO_SHALLOW, calibration_clip(free_bend(), free_bend(trunk_deg=50))),
            (NoOwnBend.BENDS_DIFFER, calibration_clip(free_bend(50), free_bend(37))),
        ],
        ids=lambda value: value.value if isinstance(value, NoOwnBend) else "",
    )
    def test_has_its_reason(self, reason: NoOwnBend, clip: Assessment) -> None:
        assert find_own_bend(clip) is reason

    def test_bends_may_differ_by_two_standard_errors(self) -> None:
        def clip(se_deg: float) -> Assessment:
            return calibration_clip(free_bend(50, se_deg=se_deg), free_bend(40, se_deg=se_deg))

        assert find_own_bend(clip(4.8)) is NoOwnBend.BENDS_DIFFER
        assert isinstance(find_own_bend(clip(5.2)), OwnBend)

    @pytest.mark.parametrize("reason", NoOwnBend)
    def test_every_reason_says_what_to_do_in_kind_words(self, reason: NoOwnBend) -> None:
        text = load_wording().maybe(f"no_own_bend.{reason}")
        assert text
        assert banned_words(text) == []


class TestOwnBend:
    SOUND = OwnBend(
        max_lumbar_deg=50.0,
        max_lumbar_se_deg=6.0,
        hip_deg=(0.0, 5.0),
        lumbar_deg=(0.0, 6.0),
        bends=2,
        estimator=ESTIMATOR,
    )

    @pytest.mark.parametrize(
        ("change", "demand"),
        [
            ({"max_lumbar_deg": 0.0}, "a maximum above 0"),
            ({"max_lumbar_deg": math.inf}, "finite numbers"),
            ({"max_lumbar_se_deg": 0.0}, "a standard error above 0"),
            ({"max_lumbar_se_deg": math.nan}, "finite numbers"),
            ({"hip_deg": (0.0,)}, "as many hip as lumbar angles"),
            ({"hip_deg": (5.0, 5.0)}, "ascending hip angles"),
            ({"lumbar_deg": (0.0, math.nan)}, "finite numbers"),
            ({"hip_deg": (), "lumbar_deg": ()}, "a curve of two nodes"),
            ({"bends": 1}, "2 bends or more"),
            ({"estimator": ""}, "the name of an estimator"),
        ],
    )
    def test_what_cannot_be_one_is_refused(self, change: dict[str, object], demand: str) -> None:
        with pytest.raises(ValueError, match=demand):
            replace(self.SOUND, **change)  # type: ignore[arg-type]

    def test_fits_only_the_estimator_that_measured_it(self) -> None:
        assert self.SOUND.fits(ESTIMATOR)
        assert not self.SOUND.fits("outline 1.1")
        assert not self.SOUND.fits("")
