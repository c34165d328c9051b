"""Exports: what other programs read must have right counts, signs and gaps."""

from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest

from models.exports.angles_csv import angles_csv
from models.exports.opensim_mot import OpenSimModel, fill_short_gaps, opensim_mot
from models.exports.trc import landmarks_trc, opensim_axes
from models.kinematics import Signal
from models.results import Series
from tests.given_material import shared_file
from tests.unit import hand_made
from vision.framing import Side
from vision.pose import LANDMARK_COUNT, Landmark, Pose


def read_mot(text: str) -> tuple[dict[str, str], dict[str, list[float]]]:
    """Split a motion file into its header and its columns."""
    head, _, body = text.partition("endheader\n")
    header = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    names, *rows = (line.split("\t") for line in body.strip().splitlines())
    return header, {name: [float(row[column]) for row in rows] for column, name in enumerate(names)}


def signals(**columns: list[float]) -> Series:
    """Make a series at 10 Hz in which only the named signals are known."""
    count = len(next(iter(columns.values())))
    value = np.full((count, len(Signal)), np.nan)
    for name, values in columns.items():
        value[:, Signal[name].column] = values
    return Series(t_s=np.arange(count) / 10, value=value, se=np.full_like(value, np.nan))


def bent_back(lumbar: list[float] | None = None) -> Series:
    """Bend to 30° of lumbar flexion; pelvis, hip and apparent hip follow in fixed shares."""
    lumbar = [0, 30] if lumbar is None else lumbar
    count = len(lumbar)
    apparent = [80.0 * row / (count - 1) for row in range(count)]
    return signals(
        APPARENT_HIP_FLEXION=apparent,
        LUMBAR_FLEXION=lumbar,
        PELVIC_TILT=[angle * 4 / 3 for angle in lumbar],
        HIP_FLEXION=[angle * 2 for angle in lumbar],
    )


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Read the table of the hand-made assessment."""
    return list(csv.DictReader(io.StringIO(angles_csv(hand_made.assessment()))))


class TestAnglesCsv:
    def test_has_one_row_per_frame_and_a_column_per_signal(
        self, rows: list[dict[str, str]]
    ) -> None:
        assert len(rows) == len(hand_made.series().t_s)
        assert list(rows[0])[: len(Signal) + 1] == ["time_s", *map(str, Signal)]

    def test_an_unknown_value_is_an_empty_cell(self, rows: list[dict[str, str]]) -> None:
        assert {row["neck_extension_deg"] for row in rows} == {""}
        lost = [row for row in rows if not row["apparent_hip_flexion_deg"]]
        assert {row["rep"] for row in lost} == {"3"}

    def test_rep_and_phase_hold_from_start_to_before_end(self, rows: list[dict[str, str]]) -> None:
        at = {row["time_s"]: (row["rep"], row["phase"]) for row in rows}
        assert at["1.4667"] == ("", "")
        assert at["1.5000"] == ("1", "descent")
        assert at["3.0000"] == ("1", "bottom")
        assert at["4.5000"] == ("", "")

    def test_values_are_those_of_the_series(self, rows: list[dict[str, str]]) -> None:
        column = [float(row["trunk_inclination_deg"]) for row in rows]
        expected = hand_made.series().of(Signal.TRUNK_INCLINATION)
        assert column == pytest.approx(list(expected), abs=0.0006)


class TestOpenSimMot:
    def test_header_counts_what_follows(self) -> None:
        header, columns = read_mot(opensim_mot(hand_made.series(), near_side=Side.RIGHT))
        assert int(header["nRows"]) == len(columns["time"])
        assert int(header["nColumns"]) == len(columns)
        assert header["inDegrees"] == "yes"

    @pytest.mark.parametrize(
        ("side", "expected"),
        [
            (Side.RIGHT, ["time", "hip_flexion_r", "knee_angle_r", "ankle_angle_r"]),
            (Side.LEFT, ["time", "hip_flexion_l", "knee_angle_l", "ankle_angle_l"]),
        ],
    )
    def test_coordinates_are_those_of_the_near_side(self, side: Side, expected: list[str]) -> None:
        series = signals(
            APPARENT_HIP_FLEXION=[0, 40], KNEE_FLEXION=[0, 60], SHANK_INCLINATION=[0, 20]
        )
        _, columns = read_mot(opensim_mot(series, near_side=side))
        assert list(columns) == expected

    @pytest.mark.parametrize(
        ("model", "sign"), [(OpenSimModel.RAJAGOPAL, 1), (OpenSimModel.GAIT2392, -1)]
    )
    def test_knee_flexion_has_the_sign_of_the_model(self, model: OpenSimModel, sign: int) -> None:
        series = signals(
            APPARENT_HIP_FLEXION=[0, 40], KNEE_FLEXION=[0, 60], SHANK_INCLINATION=[0, 20]
        )
        _, columns = read_mot(opensim_mot(series, near_side=Side.RIGHT, model=model))
        assert columns["knee_angle_r"] == [0, 60 * sign]

    def test_signs_agree_with_a_squat_measured_in_opensim(self) -> None:
        motion = shared_file("groundtruth/opencap_squats/squats1_videoAndMocap.mot").read_text()
        _, measured = read_mot(motion)
        deepest = int(np.argmax(measured["knee_angle_r"]))
        series = signals(
            APPARENT_HIP_FLEXION=[0, 110], KNEE_FLEXION=[0, 100], SHANK_INCLINATION=[0, 30]
        )
        _, ours = read_mot(opensim_mot(series, near_side=Side.RIGHT))
        for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_r"):
            assert np.sign(ours[name][1]) == np.sign(measured[name][deepest])

    def test_a_short_gap_is_filled_and_a_long_one_left_out(self) -> None:
        nan = float("nan")
        bend = [0, nan, 20, 30, 40, 50, 60, 70, 80, 90, 100, nan, nan, nan, 140, 150, 160, 170]
        series = signals(APPARENT_HIP_FLEXION=bend, KNEE_FLEXION=bend, SHANK_INCLINATION=bend)
        _, columns = read_mot(opensim_mot(series, near_side=Side.RIGHT))
        assert columns["hip_flexion_r"][1] == 10
        assert columns["time"][10:12] == [1.0, 1.4]

    def test_a_coordinate_that_was_mostly_hidden_is_left_out(self) -> None:
        nan = float("nan")
        series = signals(
            APPARENT_HIP_FLEXION=[0, 10, 20, 30],
            KNEE_FLEXION=[0, 10, 20, 30],
            SHANK_INCLINATION=[0, 1, nan, nan],
        )
        _, columns = read_mot(opensim_mot(series, near_side=Side.RIGHT))
        assert list(columns) == ["time", "hip_flexion_r", "knee_angle_r"]
        assert len(columns["time"]) == 4

    def test_a_measured_back_is_written_in_opensims_signs(self) -> None:
        text = opensim_mot(bent_back(), near_side=Side.LEFT)
        _, columns = read_mot(text)
        assert columns["pelvis_tilt"] == [0, -40]
        assert columns["lumbar_extension"] == [0, -30]
        assert columns["hip_flexion_l"] == [0, 60]
        assert "estimate from the outline" in text
        assert "apparent" not in text

    def test_signs_of_the_back_agree_with_a_squat_measured_in_opensim(self) -> None:
        motion = shared_file("groundtruth/opencap_squats/squats1_videoAndMocap.mot").read_text()
        _, measured = read_mot(motion)
        deepest = int(np.argmax(measured["knee_angle_r"]))
        _, ours = read_mot(opensim_mot(bent_back(), near_side=Side.RIGHT))
        lean = [
            -(motion["pelvis_tilt"][row] + motion["lumbar_extension"][row])
            for motion, row in ((measured, deepest), (ours, 1))
        ]
        assert np.sign(lean[0]) == np.sign(lean[1]) == 1

    def test_a_back_that_was_mostly_hidden_leaves_the_hip_apparent(self) -> None:
        nan = float("nan")
        series = bent_back([0, 10, 20, nan])
        text = opensim_mot(series, near_side=Side.RIGHT)
        _, columns = read_mot(text)
        assert list(columns) == ["time", "hip_flexion_r"]
        assert columns["hip_flexion_r"][-1] == 80
        assert "they were not measured" in text

    def test_frames_without_the_back_are_left_out_of_a_file_that_holds_it(self) -> None:
        nan = float("nan")
        series = bent_back([0, 10, 20, 30, 30, nan])
        _, columns = read_mot(opensim_mot(series, near_side=Side.RIGHT))
        assert columns["time"] == [0, 0.1, 0.2, 0.3, 0.4]
        assert len(columns["lumbar_extension"]) == 5

    def test_nothing_known_gives_a_file_without_rows(self) -> None:
        header, _ = read_mot(opensim_mot(signals(BEND=[0, 1]), near_side=Side.UNKNOWN))
        assert header["nRows"] == "0"

    def test_gaps_at_the_ends_stay_unknown(self) -> None:
        nan = float("nan")
        filled = fill_short_gaps(np.arange(4) / 10, np.array([nan, 1.0, 2.0, nan]))
        assert np.isnan(filled[[0, 3]]).all()


class TestLandmarksTrc:
    def test_header_counts_what_follows(self) -> None:
        poses = hand_made.poses()[:7]
        lines = landmarks_trc(poses, facing=Side.RIGHT, file_name="a.trc").splitlines()
        values = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
        assert lines[0] == "PathFileType\t4\t(X/Y/Z)\ta.trc"
        assert values["NumFrames"] == "7"
        assert values["Units"] == "m"
        assert float(values["DataRate"]) == pytest.approx(30, abs=0.01)
        assert [name for name in lines[3].split("\t")[2:] if name] == [
            landmark.name.lower() for landmark in Landmark
        ]
        assert len(lines) == 6 + 7
        assert {len(line.split("\t")) for line in lines[6:]} == {2 + 3 * LANDMARK_COUNT}

    def test_a_landmark_not_seen_is_blank_and_nobody_is_a_row_of_blanks(self) -> None:
        empty = Pose.empty(0.0, (10, 10))
        seen = dataclasses.replace(hand_made.pose(0.1))
        lines = landmarks_trc([empty, seen], facing=Side.RIGHT, file_name="a.trc").splitlines()
        assert set(lines[6].split("\t")[2:]) == {""}
        cells = lines[7].split("\t")[2:]
        assert cells[3 * Landmark.LEFT_THUMB] == ""
        assert cells[3 * Landmark.RIGHT_KNEE] != ""

    @pytest.mark.parametrize("facing", list(Side))
    def test_axes_are_right_handed(self, facing: Side) -> None:
        # The camera's own axes (right, down, away) are right-handed too.
        axes = opensim_axes(np.eye(3, dtype=np.float32), facing)
        assert np.linalg.det(axes) == pytest.approx(1)

    def test_a_person_facing_right_looks_along_x_with_the_near_side_along_z(self) -> None:
        row = hand_made.pose(0.0, bend=40.0)
        turned = opensim_axes(row.world_xyz, Side.RIGHT)
        assert turned[Landmark.RIGHT_SHOULDER, 0] > turned[Landmark.RIGHT_HIP, 0]
        assert turned[Landmark.RIGHT_SHOULDER, 1] > turned[Landmark.RIGHT_HIP, 1]
        assert turned[Landmark.RIGHT_HIP, 2] > turned[Landmark.LEFT_HIP, 2]
