"""A name is kept as people write it; what nobody can see or tell apart is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.person_names import MAX_KEY_LENGTH, MAX_NAME_LENGTH, checked_name, name_key
from service.store.tables import MAX_KEY, MAX_LABEL
from vision.errors import CalibrationError


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "Kim Lee-O'Hara, 3rd",
        "李小龍",
        "محمد",
        "नमस्ते",
        "\u0645\u06cc\u200c\u062e\u0648",
        "🐻",
        "x" * MAX_NAME_LENGTH,
    ],
)
def test_a_name_that_can_be_seen_stays_as_it_is(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["kim", "KIM", "  Kim\n", "\uff2b\uff49\uff4d"])
def test_capitals_forms_and_space_around_make_no_difference(name: str) -> None:
    assert name_key(name) == "kim"


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert name_key("Jose\u0301") == name_key("JOS\u00c9")
    assert checked_name("Jose\u0301") == "Jos\u00e9"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "got ''"),
        (" \t\n", "letters"),
        ("\u200c\u200d", "letters"),
        ("x" * 500, f"at most {MAX_NAME_LENGTH} characters, got 500"),
        ("\ufdfa" * MAX_NAME_LENGTH, f"at most {MAX_NAME_LENGTH} characters"),
        ("\u202eKim", "RIGHT-TO-LEFT OVERRIDE"),
        ("Kim\u200f", "U.200F"),
        ("Kim\x00", "U.0000"),
        ("Kim\x1b[31m", "U.001B"),
        ("Kim\ud800", "U.D800"),
    ],
)
def test_others_are_refused_in_plain_signs(name: str, told: str) -> None:
    with pytest.raises(CalibrationError, match=told) as refusal:
        checked_name(name)
    assert str(refusal.value).isprintable()


@given(name=st.text(max_size=2 * MAX_NAME_LENGTH))
def test_a_name_is_refused_or_fits_the_table(name: str) -> None:
    try:
        kept = checked_name(name)
    except CalibrationError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 - a name may be good, too
    else:
        assert len(kept) <= MAX_NAME_LENGTH == MAX_LABEL
        assert len(name_key(name)) <= MAX_KEY_LENGTH == MAX_KEY
        assert checked_name(kept) == kept
        assert name_key(kept) == name_key(name)
