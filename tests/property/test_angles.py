"""What holds of the angles of every planar pose, and of the way from landmarks to signals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.angles import (
    apparent_hip_flexion_deg,
    inclination_deg,
    knee_flexion_deg,
    thigh_inclination_deg,
    wrap_deg,
)
from models.kinematics import ANGLES, Raw, Signal, relate
from tests.measured_figure import raw_of, upright_of
from tests.retouching import mirrored, moved_px, padded, scaled
from tests.stick_figure import STANDING, Posture, Script, film

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.results import Series
    from vision.pose import Pose

    Floats = NDArray[np.float64]

TOLERANCE_DEG = 0.5

few = settings(deadline=None, max_examples=40)

coordinates = st.floats(-1000, 1000)
points = st.builds(lambda x, y: np.array([x, y]), coordinates, coordinates)
bent_postures = st.builds(
    Posture,
    shank_deg=st.floats(-15, 38),
    thigh_deg=st.floats(-15, 115),
    trunk_deg=st.floats(-20, 110),
    neck_deg=st.floats(-30, 60),
    heel_deg=st.floats(0, 25),
)


def apart_deg(one: Floats, other: Floats | float) -> Floats:
    return np.abs(wrap_deg(np.asarray(one - other)))


def snapshot(posture: Posture) -> list[Pose]:
    """Film somebody who stands, and then a posture, in one frame each."""
    return film(Script().to(posture, 1.0), t_s=np.array([0.0, 1.0]))


def series_of(poses: Sequence[Pose], *, faces_right: bool = True) -> Series:
    raw = raw_of(poses, faces_right=faces_right)
    return relate(raw, upright_of(raw))


@few
@given(points, points, points)
def test_knee_flexion_is_thigh_plus_shank(hip: Floats, knee: Floats, ankle: Floats) -> None:
    together = thigh_inclination_deg(hip, knee) + inclination_deg(ankle, knee)
    assert apart_deg(knee_flexion_deg(hip, knee, ankle), together) < 1e-9


@few
@given(points, points, points)
def test_apparent_hip_flexion_is_trunk_plus_thigh(
    shoulder: Floats, hip: Floats, knee: Floats
) -> None:
    together = inclination_deg(hip, shoulder) + thigh_inclination_deg(hip, knee)
    assert apart_deg(apparent_hip_flexion_deg(shoulder, hip, knee), together) < 1e-9


@few
@given(bent_postures)
def test_both_identities_hold_in_the_signals(posture: Posture) -> None:
    series = series_of(snapshot(posture))
    thigh = series.of(Signal.THIGH_INCLINATION)
    knee, hip = series.of(Signal.KNEE_FLEXION), series.of(Signal.APPARENT_HIP_FLEXION)
    shank, trunk = series.of(Signal.SHANK_INCLINATION), series.of(Signal.TRUNK_INCLINATION)
    known = np.isfinite(knee)
    assert (apart_deg(knee[known], (thigh + shank)[known]) < 1e-9).all()
    assert (apart_deg(hip[known], (trunk + thigh)[known]) < 1e-9).all()


@few
@given(bent_postures)
def test_the_angles_of_the_posture_come_back(posture: Posture) -> None:
    raw = raw_of(snapshot(posture))
    expected = {
        Signal.SHANK_INCLINATION: posture.shank_deg,
        Signal.THIGH_INCLINATION: posture.thigh_deg,
        Signal.TRUNK_INCLINATION: posture.trunk_deg,
        Signal.KNEE_FLEXION: posture.shank_deg + posture.thigh_deg,
        Signal.APPARENT_HIP_FLEXION: posture.trunk_deg + posture.thigh_deg,
        Signal.NECK_EXTENSION: posture.neck_deg,
        Signal.FAR_KNEE_FLEXION: posture.shank_deg + posture.thigh_deg,
        Signal.FOOT_PITCH: posture.heel_deg,
    }
    for signal, angle in expected.items():
        assert apart_deg(raw.value[1, signal.column], angle) < TOLERANCE_DEG, signal


@few
@given(bent_postures, st.floats(-8, 8), st.floats(-8, 8), st.floats(-8, 8))
def test_a_constant_offset_of_the_body_is_removed(
    posture: Posture, shank: float, thigh: float, trunk: float
) -> None:
    offset = Posture(shank_deg=shank, thigh_deg=thigh, trunk_deg=trunk)
    script = Script.from_posture(STANDING.offset(offset)).to(posture.offset(offset), 1.0)
    series = series_of(film(script, t_s=np.array([0.0, 1.0])))
    hip = series.of(Signal.APPARENT_HIP_FLEXION)[1]
    assert apart_deg(hip, posture.trunk_deg + posture.thigh_deg) < TOLERANCE_DEG
    lean = series.of(Signal.TRUNK_INCLINATION)[1]
    assert apart_deg(lean, posture.trunk_deg) < TOLERANCE_DEG


@few
@given(bent_postures, st.floats(0.5, 3.0))
def test_signals_do_not_depend_on_scale(posture: Posture, factor: float) -> None:
    poses = snapshot(posture)
    larger = [scaled(factor)(pose) for pose in poses]
    np.testing.assert_allclose(series_of(larger).value[1], series_of(poses).value[1], atol=0.01)


@few
@given(bent_postures, st.floats(-300, 300), st.floats(-300, 300))
def test_angles_depend_neither_on_place_nor_on_the_shape_of_the_picture(
    posture: Posture, right: float, down: float
) -> None:
    poses = snapshot(posture)
    moved = [padded(400, 900)(moved_px(right, down)(pose)) for pose in poses]
    columns = [signal.column for signal in ANGLES]
    np.testing.assert_allclose(
        series_of(moved).value[1, columns], series_of(poses).value[1, columns], atol=0.05
    )


@few
@given(bent_postures)
def test_a_mirror_image_has_the_same_angles(posture: Posture) -> None:
    poses = snapshot(posture)
    columns = [signal.column for signal in ANGLES]
    other_way = series_of([mirrored(pose) for pose in poses], faces_right=False)
    np.testing.assert_allclose(
        other_way.value[1, columns], series_of(poses).value[1, columns], atol=0.01
    )
    np.testing.assert_allclose(other_way.se, series_of(poses).se, atol=0.01)


@few
@given(bent_postures, st.sampled_from(["near", "far"]))
def test_one_frame_is_measured_as_many_are(posture: Posture, leg: str) -> None:
    far = replace(posture, far_thigh_deg=0.0, far_shank_deg=0.0, far_heel_deg=0.0)
    poses = snapshot(posture if leg == "near" else far)
    together = raw_of(poses)
    upright = upright_of(together)
    one_by_one = [raw_of([pose]) for pose in poses]
    np.testing.assert_array_equal(Raw.join(one_by_one).value, together.value)
    related = relate(together, upright)
    for row, raw in enumerate(one_by_one):
        alone = relate(raw, upright)
        np.testing.assert_array_equal(alone.value[0], related.value[row])
        np.testing.assert_array_equal(alone.se[0], related.se[row])
