"""A finished set in words: kind, short, and never more than was measured."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from models.cues import EASE, EFFORT, KEEP, NO_ONE_CUE, CueFamily, CueHistory, message_keys
from models.lumbar.rhythm import PEAK
from models.lumbar.shape import BackShape
from models.movements import MOVEMENTS
from models.progress import compare_sets
from models.report import typical_rep
from models.results import Cue, DiscardedBend, Note, Verdict
from service.live.summary import (
    MAX_NOTES,
    SetMemory,
    best_rep,
    remember_set,
    standing_for_the_set,
    summarise,
)
from service.wording import load_wording
from tests.contract.test_wording import banned_words
from tests.unit import hand_made, hand_made_lumbar
from vision.framing import FramingIssue, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.results import Assessment, Finding, Measurement, Rep
    from service.protocol import Summary

WORDS: Final = load_wording("en")
LEAN_BACK: Final = hand_made_lumbar.assessment()
PLAIN: Final = hand_made.assessment()


def summed_up(
    assessment: Assessment,
    before: SetMemory | None = None,
    *,
    pain: int | None = None,
    set_number: int = 1,
) -> Summary:
    return summarise(
        assessment, wording=WORDS, set_number=set_number, before=before, pain=pain, qr=""
    )


def cued(assessment: Assessment, fault: str | None, key: str, strength: str = EFFORT) -> Assessment:
    cue = Cue(fault=fault, key=key, strength=strength, reps_affected=3, reps_judged=5)
    return replace(assessment, cue=cue)


def with_peaks(peaks_deg: Sequence[float], se_deg: float = 4.0) -> Assessment:
    """Five hinges whose lower back bends so far."""
    reps = [bent(rep, deg, se_deg) for rep, deg in zip(LEAN_BACK.reps, peaks_deg, strict=True)]
    return replace(LEAN_BACK, reps=tuple(reps))


def bent(rep: Rep, deg: float, se_deg: float) -> Rep:
    assert rep.rhythm is not None
    peak = replace(rep.rhythm.peak, value=deg, se=se_deg, reason="")
    return replace(
        rep, rhythm=replace(rep.rhythm, peak=peak), metrics={**rep.metrics, PEAK.id: peak}
    )


def judged(assessment: Assessment, verdicts: Sequence[Verdict]) -> Assessment:
    """The same set with these verdicts about the shins."""
    wanted = iter(verdicts)
    findings: tuple[Finding, ...] = tuple(
        replace(one, verdict=next(wanted)) if one.fault == "SHANK_HINGE" else one
        for one in assessment.findings
    )
    return replace(assessment, findings=findings)


def memory(assessment: Assessment, fault: str | None = "SHANK_HINGE") -> SetMemory:
    history = CueHistory(fault=fault, family=CueFamily.EXTERNAL, sets=1, outside=frozenset())
    return SetMemory(assessment=assessment, history=history)


class TestAdvice:
    def test_good_then_change_then_why_then_try(self) -> None:
        found = summed_up(PLAIN)
        assert PLAIN.cue is not None
        told = (found.good, found.change, found.why, found.try_it)
        assert told == tuple(WORDS.of(key) for key in message_keys(PLAIN.cue))

    def test_nothing_to_change(self) -> None:
        found = summed_up(cued(PLAIN, None, KEEP, "strength.part.range"))
        assert (found.change, found.why, found.try_it) == ("", "", "")
        assert found.good == f"{WORDS.of('strength.part.range')} {WORDS.of(KEEP)}"
        assert found.spoken == "5 hip hinges. You used a good range. Keep going."

    def test_no_cue_although_not_all_is_well(self) -> None:
        found = summed_up(cued(PLAIN, None, NO_ONE_CUE, "strength.part.range"))
        assert (found.change, found.why, found.try_it) == ("", "", "")
        assert found.good == f"{WORDS.of('strength.part.range')} {WORDS.of(NO_ONE_CUE)}"
        assert found.spoken == (
            "5 hip hinges. You used a good range. No single cue stood out this time."
        )
        assert WORDS.of(KEEP) not in found.good

    def test_nothing_could_be_judged(self) -> None:
        found = summed_up(replace(PLAIN, cue=None, score=None))
        assert (found.change, found.why, found.try_it) == ("", "", "")
        assert WORDS.of("summary.not_judged") in found.good

    @pytest.mark.parametrize("pain", [6, 8, 10])
    def test_much_pain_eases(self, pain: int) -> None:
        found = summed_up(PLAIN, pain=pain)
        assert found.change == WORDS.of(EASE)
        assert found.why == WORDS.of("evidence.soreness")
        assert found.try_it == WORDS.of("cue.SHANK_HINGE.drill")
        assert found.pain == pain

    def test_much_pain_offers_no_exercise_that_asks_for_more(self) -> None:
        found = summed_up(cued(PLAIN, "NO_HIPBACK", "cue.NO_HIPBACK.external"), pain=7)
        assert (found.change, found.try_it) == (WORDS.of(EASE), WORDS.of("message.try_it"))

    @pytest.mark.parametrize("pain", [None, 0, 5])
    def test_less_pain_does_not(self, pain: int | None) -> None:
        assert summed_up(PLAIN, pain=pain).change == summed_up(PLAIN).change
        assert summed_up(PLAIN, pain=pain).pain == pain


class TestHeadline:
    @pytest.mark.parametrize(
        ("movement", "count", "headline"),
        [
            ("hip_hinge", 5, "5 hip hinges"),
            ("hip_hinge", 1, "1 hip hinge"),
            ("squat", 2, "2 squats"),
            (None, 2, "2 repetitions"),
        ],
    )
    def test_it_counts_what_was_done(self, movement: str | None, count: int, headline: str) -> None:
        some = replace(PLAIN, judged_as=movement, reps=PLAIN.reps[:count])
        assert summed_up(some).headline == headline
        assert summed_up(some).reps == count

    def test_the_movement_is_named(self) -> None:
        assert summed_up(PLAIN).movement == "Hip hinge"
        nothing = replace(hand_made.nothing_assessable(), declared=None)
        assert summed_up(nothing).movement == ""

    def test_the_number_of_the_set_is_kept(self) -> None:
        assert summed_up(PLAIN, set_number=4).set_number == 4


class TestBestAndTypical:
    def test_the_best_has_the_highest_score(self) -> None:
        scores = {rep.number: rep.score for rep in hand_made_lumbar.report_of(LEAN_BACK).reps}
        assert None not in scores.values()
        highest = max(scores, key=lambda number: scores[number] or 0.0)
        assert best_rep(LEAN_BACK) == summed_up(LEAN_BACK).best == highest

    def test_without_scores_it_is_the_deepest_of_those_inside_the_range(self) -> None:
        assert all(rep.score is None for rep in hand_made.report().reps)
        assert best_rep(PLAIN) == 2
        assert best_rep(replace(PLAIN, cue=None)) == 5

    def test_one_that_was_not_seen_whole_is_not_the_best(self) -> None:
        depths = {rep.number: rep.metrics["peak_bend"].value for rep in PLAIN.reps}
        assert max(depths, key=lambda number: depths[number]) == 3
        assert PLAIN.reps[2].coverage < 0.9

    def test_one_repetition_is_not_the_best_of_any(self) -> None:
        assert best_rep(replace(PLAIN, reps=PLAIN.reps[:1])) is None
        assert best_rep(hand_made.nothing_assessable()) is None

    def test_the_typical_is_that_of_the_report(self) -> None:
        assert summed_up(LEAN_BACK).typical == typical_rep(LEAN_BACK.reps) == 3

    def test_without_the_back_it_has_the_median_depth(self) -> None:
        assert standing_for_the_set(PLAIN.reps) == 2
        assert standing_for_the_set(()) is None


class TestLumbar:
    def test_degrees_come_with_their_error_and_a_word(self) -> None:
        found = summed_up(with_peaks([20, 22, 24, 26, 28]))
        assert "repetition 3" in found.lumbar
        assert "about 24° ± 4°" in found.lumbar
        assert found.lumbar.count(".") == 1

    def test_degrees_that_fit_no_word_get_none(self) -> None:
        reps = tuple(
            replace(rep, rhythm=replace(rep.rhythm, shape=BackShape.NOT_SURE))
            for rep in with_peaks([20, 22, 24, 26, 28]).reps
            if rep.rhythm
        )
        found = summed_up(replace(LEAN_BACK, reps=reps))
        assert "about 24° ± 4°: too close to give it a word." in found.lumbar
        assert WORDS.of("evidence.statement") in found.evidence

    def test_the_evidence_stands_beside_every_lumbar_result(self) -> None:
        statement = WORDS.of("evidence.statement")
        assert statement in summed_up(LEAN_BACK).evidence
        assert WORDS.of("evidence.lumbar_estimate") in summed_up(LEAN_BACK).evidence

    def test_without_one_there_is_a_reason_and_no_evidence(self) -> None:
        found = summed_up(hand_made_lumbar.hidden())
        assert WORDS.of("reason.back_hidden") in found.lumbar
        assert found.evidence == ""
        assert not re.search(r"\d", found.lumbar)

    def test_a_word_may_stand_without_degrees(self) -> None:
        reps = tuple(
            replace(
                rep,
                rhythm=replace(
                    rep.rhythm, shape=BackShape.ROUNDED, peak=unmeasured(rep.rhythm.peak)
                ),
            )
            for rep in LEAN_BACK.reps
            if rep.rhythm
        )
        found = summed_up(replace(LEAN_BACK, reps=reps))
        assert found.lumbar == WORDS.of("back_shape.rounded.says")
        assert WORDS.of("evidence.statement") in found.evidence

    def test_each_repetition_has_its_word(self) -> None:
        per_rep = summed_up(LEAN_BACK).per_rep
        assert [one.number for one in per_rep] == [1, 2, 3, 4, 5]
        for one, rep in zip(per_rep, LEAN_BACK.reps, strict=True):
            assert rep.rhythm is not None
            assert one.word == WORDS.of(f"back_shape.{rep.rhythm.shape}.word")
            assert one.lumbar_deg == pytest.approx(rep.rhythm.peak.value)
            assert one.duration_s == pytest.approx(3.0)
        assert {one.word for one in summed_up(PLAIN).per_rep} == {"not measurable"}
        assert {one.lumbar_deg for one in summed_up(PLAIN).per_rep} == {None}

    def test_a_repetition_is_praised_for_what_is_cued_and_never_blamed(self) -> None:
        notes = [one.note for one in summed_up(PLAIN).per_rep]
        assert notes == ["Shins like posts", "", "", "", ""]


def unmeasured(peak: Measurement) -> Measurement:
    return replace(peak, value=math.nan, se=math.nan, reason="lumbar_uncertain")


class TestSinceLast:
    BEFORE = with_peaks([38, 40, 42, 39, 41])

    def test_the_first_set_has_nothing_to_compare_with(self) -> None:
        assert summed_up(LEAN_BACK).since_last == ""

    def test_a_change_of_the_back_is_told_beyond_its_error_only(self) -> None:
        for less in range(1, 20):
            after = with_peaks([deg - less for deg in (38, 40, 42, 39, 41)])
            change = compare_sets(self.BEFORE.reps, after.reps, PEAK.id)
            told = summed_up(after, memory(self.BEFORE, None)).since_last
            sentence = f"Your lower back bent about {less}° less than last set."
            assert (told == sentence) is (less > change.mdc)
            assert sentence in told or not re.search(r"\d", told)

    def test_more_is_told_like_less(self) -> None:
        after = with_peaks([deg + 20 for deg in (38, 40, 42, 39, 41)])
        told = summed_up(after, memory(self.BEFORE, None)).since_last
        assert told == "Your lower back bent about 20° more than last set."

    def test_the_same_again(self) -> None:
        told = summed_up(self.BEFORE, memory(self.BEFORE)).since_last
        assert told == WORDS.of("summary.same")

    def test_repetitions_inside_the_range_are_counted(self) -> None:
        flag, fine = Verdict.FLAG, Verdict.OK
        before = judged(PLAIN, [fine, flag, flag, flag, flag])
        after = judged(PLAIN, [fine, fine, flag, Verdict.NOT_SURE, flag])
        told = summed_up(after, memory(before)).since_last
        assert told == (
            "3 of 5 were inside your range, was 1 of 5. The measurement alone could explain that."
        )

    def test_a_real_change_is_called_one(self) -> None:
        after = judged(PLAIN, [Verdict.OK] * 5)
        after = replace(after, reps=tuple(upright_shins(rep) for rep in after.reps))
        before = judged(PLAIN, [Verdict.FLAG] * 5)
        told = summed_up(after, memory(before)).since_last
        assert told == (
            "5 of 5 were inside your range, was 0 of 5. "
            "That is more than the measurement alone would explain."
        )

    def test_another_movement_is_not_compared(self) -> None:
        before = memory(replace(self.BEFORE, judged_as="squat"))
        assert summed_up(LEAN_BACK, before).since_last == ""

    def test_another_way_to_measure_the_back_is_not_compared(self) -> None:
        before = memory(replace(self.BEFORE, lumbar_method="tape-1"), None)
        assert summed_up(with_peaks([10] * 5), before).since_last == ""

    def test_the_other_side_of_the_body_takes_a_larger_change(self) -> None:
        after = with_peaks([deg - 11 for deg in (38, 40, 42, 39, 41)])
        turned = replace(after, framing=replace(after.framing, facing=Side.LEFT))
        before = memory(self.BEFORE, None)
        assert "11° less" in summed_up(after, before).since_last
        assert summed_up(turned, before).since_last == WORDS.of("summary.same")


def upright_shins(rep: Rep) -> Rep:
    shank = replace(rep.metrics["shank_at_bottom"], value=-4.0 + 0.2 * rep.number, se=2.0)
    return replace(rep, metrics={**rep.metrics, "shank_at_bottom": shank})


class TestNoReps:
    def test_it_says_how_to_be_seen(self) -> None:
        found = summed_up(hand_made.nothing_assessable())
        assert found.headline == WORDS.of("summary.no_reps")
        assert found.change == WORDS.of("framing.frontal_view")
        assert found.try_it == WORDS.of("summary.no_reps_try")
        assert (found.reps, found.best, found.typical, found.per_rep) == (0, None, None, ())
        assert (found.lumbar, found.evidence, found.since_last) == ("", "", "")

    def test_or_how_to_do_it_and_why_a_bend_did_not_count(self) -> None:
        nothing = hand_made.nothing_assessable()
        shallow = DiscardedBend(start_s=1.0, end_s=2.0, reason="too_shallow")
        seen = replace(
            nothing,
            framing=replace(nothing.framing, issues=()),
            discarded=(shallow, replace(shallow, reason="feet_moved"), shallow),
            notes=(Note(key="no_reps", values={}),),
        )
        found = summed_up(seen)
        assert found.change == WORDS.of("summary.no_reps_next")
        assert found.notes == (WORDS.of("reason.too_shallow"),)

    def test_it_is_not_what_the_next_set_is_compared_with(self) -> None:
        before = memory(LEAN_BACK)
        assert remember_set(hand_made.nothing_assessable(), before) is before


class TestNotes:
    def test_two_at_most_the_most_important_first(self) -> None:
        issues = (
            FramingIssue.OBLIQUE_VIEW,
            FramingIssue.SECOND_PERSON,
            FramingIssue.CAMERA_TILTED,
        )
        some = replace(PLAIN, notes=(), framing=replace(PLAIN.framing, issues=issues))
        assert summed_up(some).notes == (
            WORDS.of("framing.oblique_view"),
            WORDS.of("framing.second_person"),
        )
        assert len(summed_up(PLAIN).notes) <= MAX_NOTES

    def test_a_second_person_is_noted_once(self) -> None:
        twice = replace(
            PLAIN,
            notes=(Note(key="second_person", values={}),),
            framing=replace(PLAIN.framing, issues=(FramingIssue.SECOND_PERSON,)),
        )
        assert summed_up(twice).notes == (WORDS.of("note.second_person"),)

    def test_movements_are_called_by_their_names(self) -> None:
        values = {"declared": "squat", "looked_like": "hip_hinge"}
        note = Note(key="looked_like_another_movement", values=values)
        (first, *_) = summed_up(replace(PLAIN, notes=(note,))).notes
        assert first == "This looked more like: Hip hinge. It was judged as: Squat, as you chose."


class TestMemory:
    def test_the_first_set(self) -> None:
        found = remember_set(PLAIN, None)
        assert found.assessment is PLAIN
        assert found.history is not None
        assert (found.history.fault, found.history.sets) == ("SHANK_HINGE", 1)

    def test_the_same_cue_is_counted(self) -> None:
        again = remember_set(PLAIN, remember_set(PLAIN, None))
        assert again.history is not None
        assert (again.history.sets, again.history.responded) == (2, False)

    def test_a_response_is_a_change_for_the_better_beyond_its_error(self) -> None:
        better = replace(PLAIN, reps=tuple(upright_shins(rep) for rep in PLAIN.reps))
        for first, second, responded in ((PLAIN, better, True), (better, PLAIN, False)):
            history = remember_set(second, remember_set(first, None)).history
            assert history is not None
            assert history.responded is responded

    def test_a_set_that_could_not_be_judged_keeps_what_was_cued(self) -> None:
        before = remember_set(PLAIN, None)
        after = remember_set(replace(PLAIN, cue=None), before)
        assert after.history is before.history


class TestSpoken:
    @pytest.mark.parametrize("family", CueFamily)
    @pytest.mark.parametrize(
        "fault",
        sorted({fault.id for spec in MOVEMENTS.values() for fault in spec.when_sore.faults}),
    )
    def test_it_is_two_or_three_sentences(self, fault: str, family: CueFamily) -> None:
        spoken = summed_up(cued(PLAIN, fault, f"cue.{fault}.{family}")).spoken
        assert len(re.findall(r"[.!?](?:\s|$)", spoken)) == 3
        assert len(spoken.split()) <= 32

    def test_without_repetitions_too(self) -> None:
        spoken = summed_up(hand_made.nothing_assessable()).spoken
        assert len(re.findall(r"[.!?](?:\s|$)", spoken)) <= 3
        assert spoken.startswith("No full repetition yet. ")

    def test_no_word_frightens(self) -> None:
        for some in (PLAIN, LEAN_BACK, hand_made.nothing_assessable()):
            found = summed_up(some, memory(LEAN_BACK), pain=7).model_dump_json()
            assert banned_words(found) == []
