"""What the live page counts and says about a clip is what the clip gets as an upload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from service.live.summary import summarise
from service.pipeline import assess_video
from service.wording import load_wording
from tests.given_material import shared_file
from tests.web.fake_webcam import filmed

if TYPE_CHECKING:
    from service.protocol import Summary
    from tests.web.conftest import Coaching, Look
    from tests.web.fake_webcam import Footage
    from tests.web.tempo import Tempo

SAMPLES: Final = Path(__file__).parents[2] / "sample_videos"
CLOSE_DEG: Final = 4.0
"""How far the depth of a repetition may differ: between two pictures in flight the body moves."""
SAID: Final = ("movement", "reps", "headline", "good", "change", "why", "try_it", "evidence")
"""Parts of a summary that must be the same to the letter."""
NOT_SURE: Final = load_wording().of("back_shape.not_sure.word")


def offline(footage: Footage, folder: Path) -> Summary:
    """Assess the very same pictures as an upload."""
    assessment = assess_video(footage.write_video(folder / "clip.mkv")).assessment
    return summarise(assessment, wording=load_wording(), set_number=1, before=None, pain=None)


def live(coaching: Coaching, footage: Footage, look: Look, name: str) -> dict[str, Any]:
    """Film the pictures and read the summary off the page."""
    page = coaching(footage)
    page.until("h.reps >= 1")
    page.until("h.frame?.phase === 'bottom' || h.state === 'summary'")
    look(page.page, f"live_{name}")
    page.until("h.state === 'summary'")
    look(page.page, f"live_{name}_summary")
    shown = page.page.locator("#summary").inner_text()
    told: dict[str, Any] = page.told("summary")
    assert told["headline"] in shown
    assert told["good"] in shown
    return told


def up_to_the_word(sentence: str) -> str:
    """Leave the numbers out of what is said about the lower back, and its word at the end."""
    return re.sub(r"\d+", "#", sentence.rpartition(":")[0])


def same_word(one: str, other: str) -> bool:
    """Compare the words for a lower back; beside the border of two the word is "not sure"."""
    return one == other or NOT_SURE in {one, other}


def compare(shown: dict[str, Any], expected: Summary) -> None:
    assert {part: shown[part] for part in SAID} == {part: getattr(expected, part) for part in SAID}
    assert up_to_the_word(shown["lumbar"]) == up_to_the_word(expected.lumbar)
    assert len(shown["per_rep"]) == len(expected.per_rep)
    for one, other in zip(shown["per_rep"], expected.per_rep, strict=True):
        assert same_word(one["word"], other.word)
        assert one["bend_deg"] == pytest.approx(other.bend_deg, abs=CLOSE_DEG)
        assert (one["lumbar_deg"] is None) == (other.lumbar_deg is None)
        if other.lumbar_deg is not None and other.lumbar_se_deg is not None:
            assert one["lumbar_deg"] == pytest.approx(other.lumbar_deg, abs=other.lumbar_se_deg)


def test_a_rendered_hinge_live_is_that_hinge_uploaded(
    coaching: Coaching, tempo: Tempo, look: Look, tmp_path: Path
) -> None:
    footage = filmed(SAMPLES / "hinge_rounded.mp4").held(before_s=5, after_s=8)
    expected = offline(footage, tmp_path)
    assert expected.reps == 3
    compare(tempo.keep_up(lambda: live(coaching, footage, look, "hinge_rounded")), expected)


def test_a_real_squat_live_is_that_squat_uploaded(
    coaching: Coaching, tempo: Tempo, look: Look, tmp_path: Path
) -> None:
    clip = shared_file("clips/squat_bodyweight_home_side_vengaza.mp4")
    standing_again_s = 12.8  # its fourth squat is cut short
    footage = filmed(clip).part(0, standing_again_s).held(before_s=5, after_s=8)
    expected = offline(footage, tmp_path)
    assert expected.reps == 3
    compare(tempo.keep_up(lambda: live(coaching, footage, look, "real_squat")), expected)
