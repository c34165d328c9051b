"""What the review page draws is what was recorded and assessed, rounded and thinned."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.kinematics import Signal
from models.results import Phase
from service.pipeline import AssessedSet
from service.reviews.motion import DRAWN, OUTLINE_POINTS, SIGNALS, moment_of, motion_document
from tests.unit import hand_made, hand_made_lumbar
from vision.pose import SKELETON_EDGES, Pose

if TYPE_CHECKING:
    from models.report import RepReport


@pytest.fixture(scope="module")
def result() -> AssessedSet:
    assessment = hand_made_lumbar.assessment()
    return AssessedSet(
        assessment=assessment,
        report=hand_made_lumbar.report_of(assessment),
        recording=hand_made_lumbar.recording(),
    )


@pytest.fixture(scope="module")
def document(result: AssessedSet) -> dict[str, Any]:
    return read(result)


def read(result: AssessedSet) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(motion_document(result))
    return told


def test_the_same_set_gives_the_same_small_bytes(result: AssessedSet) -> None:
    written = motion_document(result)
    assert written == motion_document(result)
    assert b'": ' not in written
    assert len(written) < 900 * len(result.recording.poses)


def test_every_picture_has_one_entry_of_everything(
    document: dict[str, Any], result: AssessedSet
) -> None:
    poses = result.recording.poses
    assert document["t_s"] == pytest.approx([pose.t_s for pose in poses], abs=1e-4)
    columns = [document["landmarks"], document["outlines"]]
    columns += [column for both in document["series"].values() for column in both.values()]
    assert {len(column) for column in columns} == {len(poses)}
    assert document["size"] == list(poses[0].image_size)


def test_landmarks_are_those_of_the_skeleton_to_a_tenth_of_a_pixel(
    document: dict[str, Any], result: AssessedSet
) -> None:
    assert document["names"] == [landmark.name.lower() for landmark in DRAWN]
    joined = [tuple(DRAWN[end] for end in edge) for edge in document["edges"]]
    assert joined == list(SKELETON_EDGES)
    for told, pose in zip(document["landmarks"], result.recording.poses, strict=True):
        for place, seen in zip(told, pose.image_xy[list(DRAWN)], strict=True):
            assert (place is None) is bool(np.isnan(seen).any())
            assert place is None or place == pytest.approx(seen.tolist(), abs=0.0501)


def test_a_picture_without_anybody_has_no_landmarks(result: AssessedSet) -> None:
    first, *others = result.recording.poses
    nobody = Pose.empty(first.t_s, first.image_size)
    recording = dataclasses.replace(result.recording, poses=(nobody, *others))
    told = read(dataclasses.replace(result, recording=recording))
    assert told["landmarks"][0] is None
    assert told["outlines"][0] is None
    assert told["landmarks"][1] is not None


def test_an_outline_is_thinned_and_keeps_its_ends_and_what_covers_it(
    document: dict[str, Any], result: AssessedSet
) -> None:
    thinned = 0
    for told, pose in zip(document["outlines"], result.recording.poses, strict=True):
        outline = pose.outline
        assert (told is None) is (outline is None)
        if outline is None:
            continue
        thinned += len(outline.points_px) > len(told)
        assert len(told) == min(OUTLINE_POINTS, len(outline.points_px))
        for end in (0, -1):
            assert told[end][:2] == pytest.approx(outline.points_px[end].tolist(), abs=0.0501)
            assert told[end][2] is bool(outline.occluded[end])
    assert thinned


@pytest.mark.parametrize("name", SIGNALS)
def test_a_series_is_the_signal_with_its_error(
    document: dict[str, Any], result: AssessedSet, name: str
) -> None:
    series = result.assessment.series
    signal = SIGNALS[name]
    pairs = (("value", series.of(signal)), ("se", series.se_of(signal)))
    for key, expected in pairs:
        told = [math.nan if one is None else one for one in document["series"][name][key]]
        np.testing.assert_allclose(told, expected, atol=0.0501)


def test_the_diagram_of_the_lower_back_can_be_drawn_for_every_repetition(
    document: dict[str, Any], result: AssessedSet
) -> None:
    for rep in document["reps"]:
        inside = [rep["start_s"] <= t_s <= rep["end_s"] for t_s in document["t_s"]]
        known = [
            hip is not None and back is not None
            for hip, back, within in zip(
                document["series"]["true_hip"]["value"],
                document["series"]["lumbar"]["value"],
                inside,
                strict=True,
            )
            if within
        ]
        assert sum(known) > 20
        assert rep["lumbar"]["measured"]["peak"]["unit"] == "deg"
    own = document["lumbar"]["own_bend"]
    bend = result.assessment.own_bend
    assert bend is not None
    assert own["max_deg"] == pytest.approx(bend.max_lumbar_deg, abs=0.01)
    assert len(own["hip_deg"]) == len(own["lumbar_deg"]) <= 60
    assert document["lumbar"]["typical_rep"] in {rep["number"] for rep in document["reps"]}


def test_what_was_not_measured_says_why() -> None:
    assessment = hand_made_lumbar.hidden()
    told = read(
        AssessedSet(
            assessment=assessment,
            report=hand_made_lumbar.report_of(assessment),
            recording=hand_made_lumbar.recording(),
        )
    )
    assert told["lumbar"]["typical_rep"] is None
    assert told["lumbar"]["reason"]
    assert set(told["series"]["lumbar"]["value"]) == {None}


def test_phases_follow_each_other_and_hold_the_bottom(document: dict[str, Any]) -> None:
    assert document["reps"]
    for rep in document["reps"]:
        assert rep["start_s"] < rep["bottom_s"] < rep["end_s"]
        for before, after in zip(rep["phases"], rep["phases"][1:], strict=False):
            assert before["end_s"] == after["start_s"]


def test_every_finding_has_a_time_in_its_repetition_and_a_limit_with_its_source(
    document: dict[str, Any], result: AssessedSet
) -> None:
    report = result.report
    count = sum(len(rep.findings) for rep in report.reps) + len(report.set_findings)
    assert len(document["findings"]) == count > 0
    reps = {rep["number"]: rep for rep in document["reps"]}
    for finding in document["findings"]:
        limit = document["thresholds"][finding["threshold"]]
        assert limit["source"]
        assert limit["unit"]
        assert limit["rationale"]
        assert limit["amber"] != limit["flag"]
        if finding["rep"] is None:
            assert finding["t_s"] is None
        else:
            rep = reps[finding["rep"]]
            assert rep["start_s"] <= finding["t_s"] <= rep["end_s"]


def first_rep(result: AssessedSet) -> RepReport:
    return result.report.reps[0]


def test_a_metric_is_shown_where_it_is_seen(result: AssessedSet) -> None:
    rep = first_rep(result)
    rising = next(span for span in rep.phases if span.phase is Phase.ASCENT)
    assert moment_of(rep, "lockout") == rep.t1
    assert moment_of(rep, "descent_time") == rep.t0
    assert moment_of(rep, "peak_bend") == rep.bottom
    assert rising.t0 < moment_of(rep, "hip_rise_share") < rising.t1


def test_rising_is_shown_at_the_bottom_where_there_is_no_way_up(result: AssessedSet) -> None:
    rep = first_rep(result)
    down = tuple(span for span in rep.phases if span.phase is not Phase.ASCENT)
    assert moment_of(rep.model_copy(update={"phases": down}), "hip_rise_share") == rep.bottom


def test_a_recording_without_pictures_gives_an_empty_document() -> None:
    assessment = hand_made.nothing_assessable()
    none = dataclasses.replace(
        assessment,
        series=dataclasses.replace(
            assessment.series,
            t_s=np.zeros(0),
            value=np.zeros((0, len(Signal))),
            se=np.zeros((0, len(Signal))),
        ),
    )
    recording = dataclasses.replace(hand_made.RECORDING, poses=())
    told = read(
        AssessedSet(assessment=none, report=hand_made_lumbar.report_of(none), recording=recording)
    )
    assert told["t_s"] == []
    assert told["reps"] == []
    assert told["findings"] == []
