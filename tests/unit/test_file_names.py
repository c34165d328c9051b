"""Names of videos: kept as text, and nothing else."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from service.reviews.file_names import NAMELESS, shown_name
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
