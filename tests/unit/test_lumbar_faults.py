"""What is said about a bend whose shape is known: hinges and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models import faults
from models.judging import judge
from models.lumbar import rhythm
from models.results import Finding, Verdict
from tests.shared_bends import OWN_BEND, early, late, shared_bend

if TYPE_CHECKING:
    from models.phases import Excerpt
    from models.spec import FaultSpec


def found(fault: FaultSpec, bend: Excerpt) -> Finding:
    return judge(fault, fault.metric.measure_rep(bend), 1)


FLAT_AND_DEEP = shared_bend(12, 80, down=late, up=late, own_bend=OWN_BEND)
ROUNDED_AND_SHALLOW = shared_bend(46, 45, down=early, own_bend=OWN_BEND)


@pytest.mark.parametrize("fault", [faults.LUM_HINGE, faults.LUM_SHARE])
def test_a_flat_deep_hinge_is_told_from_a_rounded_shallow_bend(fault: FaultSpec) -> None:
    assert found(fault, FLAT_AND_DEEP).verdict is Verdict.OK
    assert found(fault, ROUNDED_AND_SHALLOW).verdict in {Verdict.AMBER, Verdict.FLAG}


def test_a_back_that_starts_the_bend_is_a_note_and_never_more() -> None:
    assert found(faults.LUM_EARLY, FLAT_AND_DEEP).verdict is Verdict.OK
    assert found(faults.LUM_EARLY, ROUNDED_AND_SHALLOW).verdict is Verdict.AMBER
    assert faults.LUM_EARLY.sub_score is None


def test_without_a_full_bend_only_the_share_of_it_is_missing() -> None:
    bend = shared_bend(46, 45)
    finding = found(faults.LUM_HINGE, bend)
    assert (finding.verdict, finding.reason) == (Verdict.NOT_ASSESSABLE, rhythm.NO_FULL_BEND)
    assert found(faults.LUM_SHARE, bend).verdict is not Verdict.NOT_ASSESSABLE


@pytest.mark.parametrize("reason", ["back_hidden", "turned_too_far"])
def test_a_back_that_was_not_seen_is_not_judged(reason: str) -> None:
    bend = shared_bend(46, 45, own_bend=OWN_BEND, lumbar_reason=reason)
    for fault in (faults.LUM_HINGE, faults.LUM_SHARE, faults.WINK, faults.HYPEREXT_BACK):
        finding = found(fault, bend)
        assert (finding.verdict, finding.reason) == (Verdict.NOT_ASSESSABLE, reason)


def test_a_wide_error_takes_the_flag_and_keeps_the_doubt() -> None:
    sharp = found(faults.LUM_SHARE, shared_bend(46, 45, se_deg=2.0))
    wide = found(faults.LUM_SHARE, shared_bend(46, 45, se_deg=9.9))
    assert sharp.verdict is Verdict.FLAG
    assert wide.p_flag < sharp.p_flag


@pytest.mark.parametrize(
    ("end_deg", "verdict"), [(0, Verdict.OK), (-13, Verdict.AMBER), (-30, Verdict.FLAG)]
)
def test_a_hollow_back_at_the_top(end_deg: float, verdict: Verdict) -> None:
    bend = shared_bend(30, up=lambda share: np.asarray(share + end_deg / 30 * (1 - share)))
    assert found(faults.HYPEREXT_BACK, bend).verdict is verdict
