"""The published page holds what is measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.accuracy import counting, publish, render_angles
from tests.accuracy.error_statistics import Errors
from tests.accuracy.markdown import share, signed, table

if TYPE_CHECKING:
    from models.kinematics import Signal

PAGE: Final = publish.PAGE.read_text("utf-8")


def test_the_published_counts_are_those_measured() -> None:
    sets = counting.side_view_sets(counting.clip_counts())
    exact = share(sum(one.is_exact for one in sets), len(sets))
    assert f"| real, side view | {exact} |" in PAGE


@pytest.mark.parametrize("signal", render_angles.JUDGED)
def test_the_published_errors_are_those_measured(signal: Signal) -> None:
    names = render_angles.side_view_renders()
    pooled = Errors.pool([render_angles.errors_of(name, signal) for name in names])
    row = rf"\| {publish.NAME_OF_SIGNAL[signal.value]} \| ([\d.]+) \|"
    published = re.search(row, PAGE)
    assert published is not None
    assert float(published[1]) == pytest.approx(pooled.mean_absolute_deg, abs=0.3)


def test_every_table_says_what_it_rests_on() -> None:
    tables = len(re.findall(r"(?m)^\| ---", PAGE))
    assert tables >= 12
    assert PAGE.count("*n: ") == tables == PAGE.count(f"Command: `{publish.COMMAND}`")


def test_the_page_says_what_it_does_not_show() -> None:
    assert "## What this does not show" in PAGE


def test_columns_of_numbers_stand_right() -> None:
    lines = table(["name", "count"], [["one", 1], ["two", 2]]).splitlines()
    assert lines == ["| name | count |", "| --- | ---: |", "| one | 1 |", "| two | 2 |"]


@pytest.mark.parametrize(("value", "text"), [(-1.26, "−1.3"), (0.04, "0.0"), (2.0, "+2.0")])
def test_numbers_carry_their_sign(value: float, text: str) -> None:
    assert signed(value) == text
