"""The decomposition on one real person's markers: given lumbar flexion, pelvis and hip follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from models.kinematics import Signal
from models.lumbar.decomposition import SPINE_SHARE
from tests.accuracy.error_statistics import Errors
from tests.accuracy.lumbar_trials import JUDGED, Top, Zero, errors_of, shared_lift, spine_share
from tests.accuracy.markdown import signed, table
from tests.accuracy.marker_trials import TRIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET_DEG: Final = 3.0
CASES: Final = (
    (Zero.LIFT, Top.SHOULDER),
    (Zero.STANDING, Top.NECK),
    (Zero.STANDING, Top.SHOULDER),
)


def rows() -> Iterator[tuple[str, ...]]:
    for zero, top in CASES:
        for number in TRIALS:
            for signal in JUDGED:
                errors = errors_of(number, signal, zero, top)
                yield (
                    str(number),
                    zero.value,
                    top.value,
                    signal.value,
                    str(errors.frames),
                    f"{errors.mean_absolute_deg:.1f}",
                    signed(errors.bias_deg),
                    f"{shared_lift(number, zero, top).lumbar_deg.max():.0f}",
                )


def test_the_table_is_printed() -> None:
    headers = ("lift", "zero", "top of the trunk", "angle", "n", "mean abs", "bias", "largest L")
    printed = table(headers, rows())
    print(f"\n{printed}")  # noqa: T201 - the table is what a reader of the accuracy run looks at
    assert len(printed.splitlines()) == 2 + len(CASES) * len(TRIALS) * len(JUDGED)


@pytest.mark.parametrize("number", TRIALS)
def test_lumbar_flexion_of_the_lifts_is_that_of_a_stoop(number: int) -> None:
    lumbar = shared_lift(number, Zero.STANDING).lumbar_deg
    assert 26 < lumbar.max() < 33


@pytest.mark.parametrize("signal", JUDGED)
@pytest.mark.parametrize("number", TRIALS)
def test_pelvis_and_hip_agree_from_the_lifts_own_upright(number: int, signal: Signal) -> None:
    errors = errors_of(number, signal, Zero.LIFT)
    assert errors.coverage == 1.0
    assert errors.mean_absolute_deg <= TARGET_DEG


@pytest.mark.parametrize("number", TRIALS)
def test_they_agree_from_the_standing_trial_up_to_the_neck(number: int) -> None:
    """From another trial's standing, with a point at the top that the arms do not carry along."""
    errors = errors_of(number, Signal.PELVIC_TILT, Zero.STANDING, Top.NECK)
    assert errors.mean_absolute_deg <= TARGET_DEG


def test_the_shoulders_are_ahead_in_every_lift_and_by_the_same_throughout() -> None:
    """Why the standing trial and the shoulders miss the target: arms reach for and hold a box.

    That is an offset, 3 to 5° from the first upright frame on, and no error of the coefficients.
    """
    for number in TRIALS:
        errors = errors_of(number, Signal.PELVIC_TILT, Zero.STANDING)
        assert 2 < errors.bias_deg < 6
        hip = errors.true_deg
        upright, bent = (errors.where(part).bias_deg for part in (hip < 15, hip > 45))
        assert upright > 1.5
        assert abs(bent - upright) < TARGET_DEG


@pytest.mark.parametrize("number", TRIALS)
def test_the_spine_adds_as_much_to_the_trunk_as_the_model_says(number: int) -> None:
    assert spine_share(number) == pytest.approx(SPINE_SHARE, abs=0.1)


def test_the_share_of_the_spine_over_all_lifts() -> None:
    mean = float(np.mean([spine_share(number) for number in TRIALS]))
    assert mean == pytest.approx(SPINE_SHARE, abs=0.06)


def test_the_error_does_not_hide_in_the_pooling() -> None:
    pooled = Errors.pool([errors_of(number, Signal.HIP_FLEXION, Zero.LIFT) for number in TRIALS])
    assert pooled.frames > 500
    assert pooled.percentile_95_deg <= 2 * TARGET_DEG
