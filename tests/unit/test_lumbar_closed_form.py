from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from models.lumbar.closed_form import (
    BOW_BY_FLEXION,
    FLEXION_DEG,
    MIN_QUALITY,
    NO_READING_SE_DEG,
    SYSTEMATIC_SE_DEG,
    BackCurve,
    LumbarEstimate,
    average_curve,
    estimate_flexion,
    flexion_of_bow,
    measure_curve,
)
from tests.drawn_back import SIZE, DrawnBack, pose_of
from vision.outline import DorsalOutline
from vision.pose import MIRROR, Landmark, Pose

STANDING_BOW = -0.02


def pose_with_outline(
    back: DrawnBack,
    *,
    covered: tuple[float, float] = (9.0, 9.0),
    quality: float = 0.8,
    noise_px: float = 0.0,
) -> Pose:
    """A drawn person with the outline that a perfect extraction would find."""
    along = np.linspace(-0.1, 1.0, 64)
    noise = np.random.default_rng(3).normal(0, noise_px / back.trunk_px, 64)
    outline = DorsalOutline(
        points_px=back.at(along, back.depth(along) + noise).astype(np.float32),
        occluded=(along >= covered[0]) & (along <= covered[1]),
        quality=quality,
    )
    return dataclasses.replace(pose_of(back), outline=outline)


def curve_of(back: DrawnBack, pose: Pose | None = None) -> BackCurve:
    pose = pose or pose_with_outline(back)
    return measure_curve(pose, faces_right=True, standing_trunk_px=back.trunk_px)


def mirrored(pose: Pose) -> Pose:
    assert pose.outline is not None
    width = SIZE[0]
    points = pose.outline.points_px * (-1, 1) + (width - 1, 0)
    return dataclasses.replace(
        pose,
        image_xy=(pose.image_xy[MIRROR] * (-1, 1) + (width - 1, 0)).astype(np.float32),
        outline=dataclasses.replace(pose.outline, points_px=points.astype(np.float32)),
    )


def is_unmeasured(curve: BackCurve) -> bool:
    return math.isnan(curve.bow_of_parabola) and math.isnan(curve.bow_of_ends)


def is_not_measurable(estimate: LumbarEstimate) -> bool:
    return math.isnan(estimate.flexion_deg) and math.isnan(estimate.se_deg)


# ---- the bow ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bow", [-0.04, 0.0, 0.05, 0.11])
@pytest.mark.parametrize("lean_deg", [0.0, 40.0, 90.0])
def test_both_readings_find_the_bow_of_a_parabola(bow: float, lean_deg: float) -> None:
    curve = curve_of(DrawnBack(bow=bow, lean_deg=lean_deg))
    assert curve.bow_of_parabola == pytest.approx(bow, abs=1e-4)
    # The ends' directions are angles, and an angle grows a little slower than its tangent.
    assert curve.bow_of_ends == pytest.approx(bow, rel=0.08, abs=1e-4)
    assert curve.roughness < 1e-4
    assert curve.trunk_px == pytest.approx(150.0, abs=0.01)


@pytest.mark.parametrize("hip_px", [(100.0, 250.0), (260.0, 330.0)])
@pytest.mark.parametrize("trunk_px", [80.0, 300.0])
def test_place_and_size_do_not_matter(hip_px: tuple[float, float], trunk_px: float) -> None:
    plain = curve_of(DrawnBack(bow=0.07))
    other = curve_of(DrawnBack(bow=0.07, hip_px=hip_px, trunk_px=trunk_px))
    assert other.bow_of_parabola == pytest.approx(plain.bow_of_parabola, abs=1e-3)
    assert other.bow_of_ends == pytest.approx(plain.bow_of_ends, abs=1e-3)


def test_the_mirrored_person_has_the_same_bow() -> None:
    back = DrawnBack(bow=0.07)
    pose = mirrored(pose_with_outline(back))
    turned = measure_curve(pose, faces_right=False, standing_trunk_px=back.trunk_px)
    assert turned.bow_of_parabola == pytest.approx(0.07, abs=1e-4)
    assert turned.bow_of_ends == pytest.approx(curve_of(back).bow_of_ends, abs=1e-4)


def test_a_rough_outline_is_seen_to_be_rough() -> None:
    back = DrawnBack()
    pose = pose_with_outline(back, noise_px=1.5)
    assert curve_of(back, pose).roughness == pytest.approx(0.01, rel=0.4)


@pytest.mark.parametrize("covered", [(0.2, 0.45), (0.0, 0.35), (0.55, 1.1)])
def test_a_covered_loin_is_not_measured(covered: tuple[float, float]) -> None:
    back = DrawnBack()
    curve = curve_of(back, pose_with_outline(back, covered=covered))
    assert math.isnan(curve.bow_of_parabola) or math.isnan(curve.bow_of_ends)
    assert is_not_measurable(estimate_flexion(curve, curve_of(back)))


def test_a_covered_neck_does_not_matter() -> None:
    back = DrawnBack(bow=0.07)
    curve = curve_of(back, pose_with_outline(back, covered=(0.85, 1.1)))
    assert curve.bow_of_parabola == pytest.approx(0.07, abs=1e-4)


def test_a_poor_outline_is_not_measured() -> None:
    back = DrawnBack()
    assert is_unmeasured(curve_of(back, pose_with_outline(back, quality=MIN_QUALITY - 0.01)))
    assert not is_unmeasured(curve_of(back, pose_with_outline(back, quality=MIN_QUALITY)))


def test_without_an_outline_nothing_is_measured() -> None:
    back = DrawnBack()
    assert is_unmeasured(curve_of(back, pose_of(back)))
    assert is_unmeasured(curve_of(back, Pose.empty(0.0, SIZE)))


@pytest.mark.parametrize("unseen", [Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER])
def test_without_hips_or_shoulders_nothing_is_measured(unseen: Landmark) -> None:
    pose = pose_with_outline(DrawnBack())
    xy = pose.image_xy.copy()
    xy[[unseen, unseen + 1]] = np.nan
    assert is_unmeasured(curve_of(DrawnBack(), dataclasses.replace(pose, image_xy=xy)))


def test_one_side_is_enough() -> None:
    pose = pose_with_outline(DrawnBack(bow=0.07))
    xy = pose.image_xy.copy()
    xy[[Landmark.LEFT_HIP, Landmark.LEFT_SHOULDER]] = np.nan
    curve = curve_of(DrawnBack(), dataclasses.replace(pose, image_xy=xy))
    assert curve.bow_of_parabola == pytest.approx(0.07, abs=1e-4)


@pytest.mark.parametrize("unit_px", [0.0, math.nan])
def test_without_a_unit_of_length_nothing_is_measured(unit_px: float) -> None:
    pose = pose_with_outline(DrawnBack())
    assert is_unmeasured(measure_curve(pose, faces_right=True, standing_trunk_px=unit_px))


# ---- from bow to degrees ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bow", "flexion_deg"), list(zip(BOW_BY_FLEXION, FLEXION_DEG, strict=True))
)
def test_the_rows_of_the_model_are_kept(bow: float, flexion_deg: float) -> None:
    assert flexion_of_bow(bow - BOW_BY_FLEXION[0]) == pytest.approx(flexion_deg)


def test_more_bow_is_always_more_flexion() -> None:
    flexions = [flexion_of_bow(change) for change in np.linspace(-0.1, 0.25, 141)]
    assert (np.diff(flexions) > 0).all()
    assert flexion_of_bow(0.153 + 0.025) == pytest.approx(60.0)
    assert flexion_of_bow(-0.052) == pytest.approx(-10.0)
    assert math.isnan(flexion_of_bow(math.nan))


@pytest.mark.parametrize(("rise", "flexion_deg"), [(0.0, 0.0), (0.078, 20.0), (0.128, 40.0)])
def test_flexion_is_the_change_from_standing(rise: float, flexion_deg: float) -> None:
    standing = curve_of(DrawnBack(bow=STANDING_BOW, lean_deg=0.0))
    bent = curve_of(DrawnBack(bow=STANDING_BOW + rise, lean_deg=70.0))
    estimate = estimate_flexion(bent, standing)
    assert estimate.flexion_deg == pytest.approx(flexion_deg, abs=2.0)
    assert SYSTEMATIC_SE_DEG <= estimate.se_deg < SYSTEMATIC_SE_DEG + 1


def test_what_disagrees_or_is_rough_has_a_larger_error() -> None:
    standing = curve_of(DrawnBack(bow=STANDING_BOW))
    bent = curve_of(DrawnBack(bow=0.06))
    plain = estimate_flexion(bent, standing)
    torn = dataclasses.replace(bent, bow_of_ends=bent.bow_of_ends + 0.03)
    rough = dataclasses.replace(bent, roughness=0.01)
    assert estimate_flexion(torn, standing).se_deg > plain.se_deg + 1
    assert estimate_flexion(rough, standing).se_deg > plain.se_deg + 1


def test_readings_that_contradict_each_other_are_no_number() -> None:
    standing = curve_of(DrawnBack(bow=STANDING_BOW))
    bent = curve_of(DrawnBack(bow=0.06))
    torn = dataclasses.replace(bent, bow_of_ends=bent.bow_of_ends + NO_READING_SE_DEG * 0.01)
    assert is_not_measurable(estimate_flexion(torn, standing))


def test_without_standing_there_is_no_number() -> None:
    bent = curve_of(DrawnBack(bow=0.06))
    assert is_not_measurable(estimate_flexion(bent, average_curve([])))
    assert is_not_measurable(estimate_flexion(bent, BackCurve.unmeasured()))


def test_standing_is_the_median_of_what_was_measured() -> None:
    curves = [curve_of(DrawnBack(bow=bow)) for bow in (-0.03, -0.02, 0.2)]
    standing = average_curve([BackCurve.unmeasured(), *curves, BackCurve.unmeasured()])
    assert standing.bow_of_parabola == pytest.approx(-0.02, abs=1e-4)


def test_standing_that_is_mostly_hidden_is_not_measured() -> None:
    curve, hidden = curve_of(DrawnBack()), BackCurve.unmeasured()
    assert is_unmeasured(average_curve([curve, hidden, hidden]))
    assert not is_unmeasured(average_curve([curve, hidden]))
    assert is_unmeasured(average_curve([hidden]))
