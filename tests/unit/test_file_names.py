"""Names of videos: kept as text, and nothing else."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reviews.file_names import NAMELESS, attachment, shown_name
from service.store.tables import MAX_FILE_NAME


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=400))
def test_whatever_comes_can_be_kept_and_shown(name: str) -> None:
    shown = shown_name(name)
    shown.encode()
    assert 0 < len(shown) <= MAX_FILE_NAME
    assert all(unicodedata.bidirectional(one) not in {"RLO", "LRO", "RLI", "PDI"} for one in shown)
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in shown)
    assert shown_name(shown) in {shown, shown.strip(), NAMELESS}


def test_a_plain_name_stays() -> None:
    assert shown_name("Übung 1 (seitlich).mov") == "Übung 1 (seitlich).mov"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=100))
def test_a_download_of_any_name_is_one_safe_header(label: str) -> None:
    header = attachment(label, ".zip")
    assert re.fullmatch(
        r"""attachment; filename="[^"\\/:;%\x00-\x1f\x7f-\uffff]+\.zip"; """
        r"""filename\*=UTF-8''[\w.%~-]+\.zip""",
        header,
        re.ASCII,
    )


@pytest.mark.parametrize(
    ("label", "plain"),
    [("Anna M 2026-03-02", "Anna-M-2026-03-02"), ("../../etc", "etc"), ("金", NAMELESS)],
)
def test_a_download_is_named_after_its_label(label: str, plain: str) -> None:
    assert f'filename="{plain}.zip"' in attachment(label, ".zip")
