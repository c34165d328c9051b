"""One word for the back, said only when the interval allows it."""

from __future__ import annotations

import math

import pytest

from models.lumbar.shape import EVIDENCE, BackShape, back_shape, text_keys
from models.results import Measurement


def peak(value: float, se: float = 5.0, reason: str = "") -> Measurement:
    return Measurement(value=value, se=se, unit="deg", method="made up", reason=reason)


UNMEASURED = peak(math.nan, math.nan, "back_hidden")


@pytest.mark.parametrize(
    ("value", "se", "word"),
    [
        (3, 5, BackShape.FLAT),
        (-8, 5, BackShape.FLAT),
        (7.7, 5, BackShape.FLAT),
        (9, 5, BackShape.NOT_SURE),
        (13, 5, BackShape.IN_BETWEEN),
        (18, 5, BackShape.IN_BETWEEN),
        (27, 5, BackShape.NOT_SURE),
        (33.3, 5, BackShape.ROUNDED),
        (33.1, 5, BackShape.NOT_SURE),
        (40, 5, BackShape.ROUNDED),
        (11.9, 0, BackShape.FLAT),
        (12.1, 0, BackShape.IN_BETWEEN),
        (25.1, 0, BackShape.ROUNDED),
        (18, 10, BackShape.NOT_SURE),
        (30, 10, BackShape.NOT_SURE),
    ],
)
def test_the_word_for_a_value_and_its_error(value: float, se: float, word: BackShape) -> None:
    assert back_shape(peak(value, se)) is word


def test_what_was_not_measured_has_no_shape() -> None:
    assert back_shape(UNMEASURED) is BackShape.NOT_MEASURABLE


def test_the_evidence_stands_beside_every_result() -> None:
    for one in (peak(3), peak(18), peak(40), peak(18, 10), UNMEASURED):
        assert text_keys(one)[-2:] == EVIDENCE
    assert text_keys(peak(3))[0] == "back_shape.flat.says"


def test_what_was_not_measured_says_why() -> None:
    assert text_keys(UNMEASURED)[:2] == ("back_shape.not_measurable.says", "reason.back_hidden")
    no_reason = peak(math.nan, math.nan)
    assert text_keys(no_reason)[1] == "reason.not_measured"
