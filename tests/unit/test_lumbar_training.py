"""The programme that made the weights: who is in it, how a network learns, what is written."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from models.lumbar.estimator import UNIT_DEG, read_estimator
from models.lumbar.features import feature_columns, features
from models.lumbar.rhythm import PEAK
from models.lumbar.training import people
from models.lumbar.training.dataset import (
    ANGLES,
    JOINTS,
    Rows,
    SeenClip,
    read_rows,
    write_shard,
)
from models.lumbar.training.error_model import (
    DOUBTS,
    NORMAL_90,
    ErrorModel,
    Told,
    conformal_factor,
    doubts_of,
    fit_error_model,
    scale_of,
)
from models.lumbar.training.fit import (
    FOLDS,
    NETWORKS_PER_FOLD,
    WEIGHT_BINS_DEG,
    Ensemble,
    HeldOut,
    balanced,
    bottoms,
    cross_validate,
    fold_of,
    stretch,
    stretched,
    write_weights,
)
from models.lumbar.training.network import Recipe, loss_gradient, predict, standardised, train
from models.lumbar.training.people import Split, split_of, training_clip
from models.lumbar.training.rehearsal import STILLS_WEIGH, rehearsed
from models.lumbar.training.stills import Still
from models.lumbar.training.trial import Trial, read_trial
from sample_videos.studio.sampling import MAX_LUMBAR_DEG
from tests.drawn_back import DrawnBack, pose_of
from tests.outlined_backs import described, outlined_pose
from vision.errors import RecordingError
from vision.outline import PersonMask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.training.network import Layers
    from sample_videos.studio.spec import ClipSpec

    Array = NDArray[np.float32]

QUICK: Final = Recipe(hidden=(16, 8), epochs=30, batch=64, rate=1e-2, dropout=0.0, noise=0.0)
SEEDS: Final = range(60)
FEATURES: Final = max(columns.stop for columns in feature_columns().values())


@cache
def trained_on(seed: int) -> ClipSpec:
    return training_clip(seed)


class TestPeople:
    def test_nobody_is_both_trained_on_and_tested(self) -> None:
        trained = {trained_on(seed).body.bank_index for seed in SEEDS}
        tested = {people.test_clip(seed).body.bank_index for seed in SEEDS}
        assert len(trained) > 30
        assert len(tested) > 10
        assert trained.isdisjoint(tested)
        assert {split_of(index) for index in trained} == {Split.TRAIN}
        rehearsed_by = {people.calibration_clip(seed).body.bank_index for seed in SEEDS}
        assert {split_of(index) for index in rehearsed_by} == {Split.TRAIN}
        assert {split_of(index) for index in tested} == {Split.TEST}

    def test_every_fifth_body_is_kept_for_the_test(self) -> None:
        """Whoever changes this must render and train anew."""
        assert [index for index in range(12) if split_of(index) is Split.TEST] == [0, 5, 10]

    @pytest.mark.parametrize("draw", [training_clip, people.calibration_clip, people.test_clip])
    def test_the_same_seed_gives_the_same_clip(self, draw: Callable[[int], ClipSpec]) -> None:
        assert draw(7) == draw(7)
        assert draw(7) != draw(8)

    def test_seeds_of_training_calibration_and_test_are_apart(self) -> None:
        assert max(trained_on(seed).seed for seed in SEEDS) < people.CALIBRATION_SEED
        assert people.CALIBRATION_SEED <= people.calibration_clip(0).seed < people.TEST_SEED
        assert min(people.test_clip(seed).seed for seed in SEEDS) >= people.TEST_SEED

    def test_tape_is_worn_when_asked_for_alone(self) -> None:
        assert people.test_clip(3, taped=True).look.taped
        assert not people.test_clip(3).look.taped
        assert not any(trained_on(seed).look.taped for seed in SEEDS)

    def test_training_is_flat_in_flexion(self) -> None:
        """Every band that all movements reach is hit about alike, extension included."""
        clips = [trained_on(seed) for seed in range(300)]
        deep = [clip for clip in clips if MAX_LUMBAR_DEG[clip.motion.movement] >= 60.0]
        flexion = [rep.lumbar_deg for clip in deep for rep in clip.motion.reps]
        assert min(flexion) >= people.LOWEST_LUMBAR_DEG
        count, _ = np.histogram(flexion, bins=[-10, 0, 10, 20, 30, 40, 50, 60])
        expected = len(flexion) / 7
        assert (np.abs(count - expected) < 4 * math.sqrt(expected)).all(), count

    def test_most_are_seen_from_the_side(self) -> None:
        yaw = np.abs([trained_on(seed).camera.yaw_deg for seed in range(200)])
        assert yaw.max() <= people.WIDE_YAW_DEG
        assert (yaw <= people.YAW_DEG).mean() > 0.8


def simple(count: int = 600, seed: int = 0) -> tuple[Array, Array]:
    """Two features, and an angle that follows from them."""
    values = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    return values, (12.0 * values[:, 0] + 6.0 * np.abs(values[:, 1])).astype(np.float32)


def layers_of(sizes: Sequence[int], seed: int = 3) -> Layers:
    rng = np.random.default_rng(seed)
    return [
        (
            rng.normal(0, 0.6, (inputs, outputs)).astype(np.float32),
            rng.normal(0, 0.3, outputs).astype(np.float32),
        )
        for inputs, outputs in pairwise(sizes)
    ]


def loss(layers: Layers, values: Array, target: Array, weight: Array, held: Array) -> float:
    """Weighted likelihood, times a spread that is held where it is."""
    flexion_deg, spread_deg = predict(layers, values)
    residual = flexion_deg / UNIT_DEG - target
    spread = spread_deg / UNIT_DEG
    likelihood = 0.5 * (residual / spread) ** 2 + np.log(spread)
    return float((weight * held * likelihood).mean())


class TestNetwork:
    def test_the_gradient_is_that_of_finite_differences(self) -> None:
        layers = layers_of([3, 5, 4, 2])
        rng = np.random.default_rng(1)
        values = rng.normal(size=(20, 3)).astype(np.float32)
        target = rng.normal(size=20).astype(np.float32)
        weight = rng.uniform(0.5, 2.0, 20).astype(np.float32)
        gradient = loss_gradient(layers, values, target, weight, dropout=0.0, rng=rng)
        exact = [tuple(part.astype(np.float64) for part in layer) for layer in layers]
        held = (predict(layers, values)[1] / UNIT_DEG).astype(np.float32)
        for layer, slopes in zip(exact, gradient, strict=True):
            for parameter, slope in zip(layer, slopes, strict=True):
                for place in np.ndindex(parameter.shape):
                    here, step = parameter[place], 1e-5
                    sides = []
                    for moved in (here + step, here - step):
                        parameter[place] = moved
                        sides.append(loss(exact, values, target, weight, held))  # type: ignore[arg-type] # in double precision, to take differences
                    parameter[place] = here
                    difference = (sides[0] - sides[1]) / (2 * step)
                    assert slope[place] == pytest.approx(difference, rel=2e-3, abs=2e-5)

    def test_it_learns_what_follows_from_the_features(self) -> None:
        values, flexion = simple()
        layers = train(values, flexion, np.ones(len(values), np.float32), QUICK, seed=1)
        unseen, truth = simple(seed=9)
        told, spread = predict(layers, unseen)
        error = np.abs(told - truth)
        assert error.mean() < 0.15 * np.abs(truth - truth.mean()).mean()
        assert np.median(spread) < 3.0

    def test_it_says_how_much_cannot_be_known(self) -> None:
        values, flexion = simple(2000)
        noise_deg = np.where(values[:, 0] > 0, 10.0, 2.0)
        noisy = flexion + noise_deg * np.random.default_rng(2).normal(size=len(values))
        ones = np.ones(len(values), np.float32)
        layers = train(values, noisy.astype(np.float32), ones, replace(QUICK, epochs=20), seed=1)
        _, spread = predict(layers, np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32))
        assert spread == pytest.approx([10.0, 2.0], rel=0.4)

    def test_rows_that_weigh_nothing_are_not_learnt(self) -> None:
        values, flexion = simple()
        lied = flexion.copy()
        lied[::2] = 90.0
        weight = np.ones(len(values), np.float32)
        weight[::2] = 0.0
        told, _ = predict(train(values, lied, weight, QUICK, seed=1), values)
        assert np.abs(told - flexion).mean() < 4.0

    def test_the_same_seed_gives_the_same_bits(self) -> None:
        values, flexion = simple(200)
        recipe = replace(QUICK, epochs=3, dropout=0.2, noise=0.1)
        ones = np.ones(len(values), np.float32)
        one, same, other = (train(values, flexion, ones, recipe, seed) for seed in (5, 5, 6))
        for here, there in zip(one, same, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))
        assert not np.array_equal(one[0][0], other[0][0])

    def test_features_are_cut_off_where_the_estimator_does(self) -> None:
        values = np.array([[0.0, 1e6, -1e6]], np.float32)
        told = standardised(values, np.zeros(3, np.float32), np.ones(3, np.float32))
        assert told.tolist() == [[0.0, 6.0, -6.0]]


def rows_of(clips: int = 60, stills: int = 4, seed: int = 0) -> Rows:
    """Clips of made-up people whose flexion follows from their features, with some noise."""
    rng = np.random.default_rng(seed)
    flexion = np.repeat(rng.uniform(-5, 55, clips), stills)
    noise = np.repeat(rng.normal(0, 4, clips), stills)
    features = np.zeros((len(flexion), FEATURES))
    features[:, :3] = np.column_stack([flexion + noise, rng.normal(size=(len(flexion), 2))])
    number = np.repeat(np.arange(clips), stills)
    return Rows(
        features=features.astype(np.float32),
        flexion_deg=flexion.astype(np.float32),
        clip=number,
        body=number // 2,
        at_bottom=np.tile(np.arange(stills) >= stills // 2, clips),
        about=({"yaw_deg": 0.0},) * clips,
    )


ENSEMBLE: Final = Ensemble(
    centre=np.array([1, 2, 3, 4], np.float32),
    scale=np.array([1, 2, 1, 0.5], np.float32),
    networks=tuple(layers_of([4, 6, 5, 2], seed) for seed in range(2 * NETWORKS_PER_FOLD)),
)


class TestFit:
    def test_every_body_is_in_one_fold_and_folds_are_alike(self) -> None:
        body = np.arange(500)
        count = np.bincount(fold_of(body), minlength=FOLDS)
        assert len(count) == FOLDS
        assert count.min() > 80
        assert np.array_equal(fold_of(body[::-1]), fold_of(body)[::-1])

    def test_weights_make_training_flat(self) -> None:
        rng = np.random.default_rng(0)
        flexion = rng.gamma(2.0, 8.0, 8000).astype(np.float32)
        weight = balanced(flexion)
        bins = np.digitize(flexion, WEIGHT_BINS_DEG)
        total = np.bincount(bins, weights=weight)
        full = np.bincount(bins) >= 20
        assert weight.mean() == pytest.approx(1.0, rel=1e-3)
        assert total[full] == pytest.approx(total[full].mean(), rel=1e-3)
        assert (total[~full] <= total[full].max()).all()

    def test_nobody_is_told_by_networks_that_saw_them(self) -> None:
        """Rows of a body whose truth is a lie change what others are told, never what it is."""
        rows = rows_of()
        recipe = replace(QUICK, epochs=2)
        lied = rows.flexion_deg.copy()
        chosen = rows.body == rows.body[0]
        lied[chosen] = 500.0
        _, honest = cross_validate(rows, recipe, 1)
        _, misled = cross_validate(replace(rows, flexion_deg=lied), recipe, 1)
        same_fold = fold_of(rows.body) == fold_of(rows.body[:1])
        assert np.array_equal(honest.flexion_deg[same_fold], misled.flexion_deg[same_fold])
        assert not np.allclose(honest.flexion_deg[~same_fold], misled.flexion_deg[~same_fold])

    def test_every_row_is_told_and_every_network_announced(self) -> None:
        done: list[None] = []
        ensemble, held_out = cross_validate(
            rows_of(), replace(QUICK, epochs=2), 1, on_network=lambda: done.append(None)
        )
        assert np.isfinite(held_out.flexion_deg).all()
        assert (held_out.spread_deg > 0).all()
        assert len(done) == len(ensemble.networks)

    def test_a_bottom_is_the_middle_of_its_stills(self) -> None:
        rows = rows_of(clips=3)
        told = told_as(rows, rows.flexion_deg + np.tile([50.0, -50.0, 2.0, 4.0], 3))
        found = bottoms(rows, told)
        assert found.told_deg - found.true_deg == pytest.approx([3.0] * 3)
        none = replace(rows, at_bottom=rows.at_bottom & (rows.clip > 0))
        assert bottoms(none, told).true_deg == pytest.approx(found.true_deg[1:])
        turned = replace(rows, about=({"yaw_deg": 0.0}, {"yaw_deg": -40.0}, {"yaw_deg": 9.0}))
        assert bottoms(turned, told).true_deg == pytest.approx(found.true_deg[[0, 2]])

    def test_the_doubts_of_a_bottom_are_those_of_its_stills(self) -> None:
        rows = rows_of(clips=2)
        columns = feature_columns()
        features = rows.features.copy()
        features[:, columns["hidden"]] = np.repeat([0.2, 0.6], 4)[:, None]
        features[:, columns["quality"]] = np.tile([0.0, 0.0, 0.4, 0.6], 2)[:, None]
        features[:, columns["quality_standing"]] = 0.9
        found = bottoms(replace(rows, features=features), told_as(rows, rows.flexion_deg))
        assert found.doubts == pytest.approx(np.array([[0.2, 0.5, 0.9], [0.6, 0.5, 0.9]]))

    def test_shrinking_is_undone(self) -> None:
        truth = np.linspace(0.0, 50.0, 101)
        shrunk = told_of(truth, 8.0 + 0.6 * truth, np.full(101, 2.0))
        mended = shrunk.stretched(*stretch(shrunk))
        assert mended.told_deg == pytest.approx(truth)
        assert mended.spread_deg == pytest.approx(2.0 / 0.6)

    def test_a_fold_is_told_by_the_networks_that_lack_it(self) -> None:
        assert ENSEMBLE.without(1).networks == ENSEMBLE.networks[2:4]

    def test_a_stretch_is_folded_into_the_networks(self) -> None:
        near = np.random.default_rng(1).normal(0.0, 0.3, (20, 4)).astype(np.float32)
        features = ENSEMBLE.centre + near
        flexion, spread = ENSEMBLE.predict(features)
        wider_flexion, wider_spread = stretched(ENSEMBLE, 1.25, -3.0).predict(features)
        assert wider_flexion == pytest.approx(1.25 * flexion - 3.0, abs=1e-4)
        assert wider_spread == pytest.approx(1.25 * spread, rel=1e-5)

    def test_what_is_written_is_what_was_learnt(self, tmp_path: Path) -> None:
        wide = wide_ensemble()
        write_weights(tmp_path / "one.npz", wide, ERRORS)
        write_weights(tmp_path / "same.npz", wide, ERRORS)
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "same.npz").read_bytes()
        features = np.random.default_rng(0).normal(0.5, 0.5, (50, FEATURES)).astype(np.float32)
        read = read_estimator(tmp_path / "one.npz").predict(features.astype(np.float64))
        flexion, spread = wide.predict(features)
        assert read.flexion_deg == pytest.approx(flexion, abs=0.05 * UNIT_DEG)
        told = Told(
            true_deg=flexion, told_deg=flexion, spread_deg=spread, doubts=doubts_of(features)
        )
        assert read.se_deg == pytest.approx(ERRORS.se_deg(told), rel=0.02)


ERRORS: Final = ErrorModel(
    factors=np.array([1.0, 2.0, 1.5, 3.0]), power=0.8, slopes=np.array([0.5, -0.3, -0.6])
)


def wide_ensemble() -> Ensemble:
    """Networks that read as many features as there are."""
    return Ensemble(
        centre=np.full(FEATURES, 0.5, np.float32),
        scale=np.full(FEATURES, 2.0, np.float32),
        networks=tuple(layers_of([FEATURES, 4, 2], seed) for seed in range(NETWORKS_PER_FOLD)),
    )


def told_of(
    truth: NDArray[np.float64],
    told: NDArray[np.float64],
    spread: NDArray[np.float64],
    doubts: NDArray[np.float64] | None = None,
) -> Told:
    nothing = np.zeros((len(truth), len(DOUBTS)))
    return Told(
        true_deg=truth,
        told_deg=told,
        spread_deg=spread,
        doubts=nothing if doubts is None else doubts,
    )


def people_told(count: int, seed: int, *, scale: float = 1.0) -> Told:
    """People whose errors are heavy-tailed and grow with spread, bend and what is hidden."""
    rng = np.random.default_rng(seed)
    told = rng.uniform(-10, 55, count)
    spread = rng.uniform(2.0, 8.0, count)
    doubts = rng.uniform(0.0, 1.0, (count, len(DOUBTS)))
    tails = rng.standard_t(5, count) * (1.0 + np.clip(told, 0, 45) / 60.0)
    error = scale * spread * tails * np.exp(doubts @ np.array([0.6, 0.0, -0.5]))
    return told_of(told + error, told, spread, doubts)


class TestErrorModel:
    @pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
    def test_nine_of_ten_lie_within_their_interval(self, scale: float) -> None:
        """Whatever the spreads were worth: told of people, checked on others."""
        errors = fit_error_model(people_told(3000, 1, scale=scale))
        others = people_told(20_000, 2, scale=scale)
        miss = np.abs(others.told_deg - others.true_deg)
        inside = miss <= NORMAL_90 * errors.se_deg(others)
        assert inside.mean() == pytest.approx(0.90, abs=0.015)
        for low, high in ((-10, 0), (0, 15), (15, 30), (30, 45)):
            band = (others.told_deg >= low) & (others.told_deg < high)
            assert inside[band].mean() == pytest.approx(0.90, abs=0.03), (low, high)
        hidden = others.doubts[:, 0]
        for part in (hidden < 0.2, hidden > 0.8):
            assert inside[part].mean() == pytest.approx(0.90, abs=0.03)

    def test_it_finds_what_the_errors_grow_with(self) -> None:
        errors = fit_error_model(people_told(20_000, 3))
        assert errors.power == pytest.approx(1.0, abs=0.1)
        assert errors.slopes == pytest.approx([0.6, 0.0, -0.5], abs=0.1)
        assert (np.diff(errors.factors) > 0).all()

    def test_little_that_was_told_moves_no_slope_far(self) -> None:
        errors = fit_error_model(people_told(12, 4))
        assert np.abs(errors.slopes).max() < 0.6
        assert abs(errors.power - 1.0) < 0.6

    def test_an_estimator_over_features_tells_the_same(self) -> None:
        rng = np.random.default_rng(5)
        features = rng.uniform(0.0, 1.0, (30, FEATURES)).astype(np.float32)
        centre, scale = rng.uniform(0.5, 2.0, (2, FEATURES)).astype(np.float32)
        factors, slopes = ERRORS.over_features(centre, scale)
        told = told_of(*(np.full(30, 15.0),) * 3, doubts_of(features))
        expected = factors[1] * 15.0**ERRORS.power * np.exp((features - centre) / scale @ slopes)
        assert ERRORS.se_deg(told) == pytest.approx(expected)

    @pytest.mark.parametrize("scale", [0.5, 2.0])
    def test_the_scale_of_errors_is_found_from_few(self, scale: float) -> None:
        ratio = scale * np.random.default_rng(6).standard_t(5, 400)
        assert scale_of(ratio) == pytest.approx(scale, rel=0.1)

    def test_the_conformal_factor_holds_nine_of_ten(self) -> None:
        ratio = np.random.default_rng(7).standard_t(3, 999)
        held = np.abs(ratio) <= NORMAL_90 * conformal_factor(ratio)
        assert held.sum() == 900


class TestRehearsal:
    def test_errors_that_stills_foretold_widen_nothing(self) -> None:
        ratio = np.random.default_rng(8).standard_t(5, 100)
        read = np.column_stack([np.zeros(100), 4.0 * ratio, np.full(100, 4.0)])
        same = rehearsed(ERRORS, scale_of(ratio), read)
        assert same.factors == pytest.approx(ERRORS.factors)

    def test_many_readings_outweigh_the_stills_and_few_do_not(self) -> None:
        ratio = np.random.default_rng(9).standard_t(5, 2000)
        for count, low, high in ((2000, 1.85, 2.0), (STILLS_WEIGH, 1.3, 1.55), (4, 1.0, 1.15)):
            part = ratio[:count]
            read = np.column_stack([np.zeros(count), 6.0 * part, np.full(count, 3.0)])
            wider = rehearsed(ERRORS, scale_of(part), read).factors / ERRORS.factors
            assert wider == pytest.approx(wider[0])
            assert low < wider[0] <= high, count


def told_as(rows: Rows, flexion_deg: NDArray[np.floating]) -> HeldOut:
    return HeldOut(
        flexion_deg=flexion_deg.astype(np.float64), spread_deg=np.ones(len(rows.flexion_deg))
    )


def truth_of(*, rep: int, depth: float, lumbar_deg: float) -> dict[str, Any]:
    angles = dict.fromkeys(ANGLES, 0.0)
    return {
        "rep": rep,
        "depth": depth,
        **angles,
        "lumbar_flexion": lumbar_deg,
        "joints_px": {name: [1.0, 2.0] for name in JOINTS},
    }


def still(bow: float, *, rep: int, depth: float, lumbar_deg: float, seen: bool = True) -> Still:
    back = DrawnBack(bow=bow, lean_deg=60.0 * depth)
    return Still(
        t_s=0.1,
        truth=truth_of(rep=rep, depth=depth, lumbar_deg=lumbar_deg),
        pose=outlined_pose(back) if seen else pose_of(back),
        jpeg=b"picture of " + str(bow).encode(),
        mask=PersonMask(
            probability=np.full((4, 5), 0.6, np.float32), to_image=np.eye(2, 3, dtype=np.float64)
        ),
    )


def right_facing_spec() -> ClipSpec:
    return next(clip for clip in map(trained_on, range(99)) if clip.camera.facing == "right")


class TestTrial:
    TRUTH: Final[dict[str, Any]] = {
        "name": "a",
        "movement": "hinge",
        "prop": "none",
        "top": "tee",
        "yaw_deg": 3.0,
        "facing": "left",
        "reps": [{"bottom_s": 2.5}],
        "frames": [{"rep": -1, "lumbar_flexion": 40.0}, {"rep": 0, "lumbar_flexion": 31.0}],
    }

    def read(self, monkeypatch: pytest.MonkeyPatch, *spans: tuple[float, float]) -> Trial:
        reps = [
            SimpleNamespace(
                start_s=start,
                end_s=end,
                metrics={PEAK.id: SimpleNamespace(value=10 * end, se=4.0, reason="")},
            )
            for start, end in spans
        ]
        assessed = SimpleNamespace(reps=reps)
        monkeypatch.setattr("models.lumbar.training.trial.assess", lambda _poses: assessed)
        recording: Any = SimpleNamespace(poses=())
        return read_trial(recording, self.TRUTH)

    def test_the_rep_is_meant_that_the_bottom_lies_in(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = self.read(monkeypatch, (0.0, 0.8), (1.2, 4.0))
        assert (one.told_deg, one.se_deg, one.true_deg, one.reason) == (40.0, 4.0, 31.0, "")

    def test_another_rep_does_not_count(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one = self.read(monkeypatch, (0.0, 0.8))
        assert math.isnan(one.told_deg)
        assert one.reason == "not_counted"


class TestShards:
    STILLS: Final = (
        still(0.01, rep=-1, depth=0.0, lumbar_deg=0.0),
        still(0.04, rep=0, depth=0.5, lumbar_deg=15.0),
        still(0.05, rep=0, depth=0.7, lumbar_deg=20.0, seen=False),
        still(0.07, rep=0, depth=1.0, lumbar_deg=31.0),
    )

    def test_stills_come_back_as_the_estimator_reads_them(self, tmp_path: Path) -> None:
        spec = right_facing_spec()
        write_shard(tmp_path / "000000.npz", [SeenClip(spec=spec, stills=self.STILLS)])
        rows = read_rows(tmp_path)
        assert rows.flexion_deg.tolist() == [15.0, 31.0]
        assert rows.at_bottom.tolist() == [False, True]
        assert rows.clip.tolist() == [0, 0]
        assert rows.body.tolist() == [spec.body.bank_index] * 2
        (about,) = rows.about
        assert (about["seed"], about["movement"]) == (spec.seed, spec.motion.movement)

    def test_the_features_are_those_of_the_product(self, tmp_path: Path) -> None:
        write_shard(tmp_path / "a.npz", [SeenClip(spec=right_facing_spec(), stills=self.STILLS)])
        standing, moving, _, bottom = (one.pose for one in self.STILLS)
        expected = features(described(moving, bottom), described(standing))
        told = read_rows(tmp_path).features
        assert told == pytest.approx(expected, rel=1e-5, abs=1e-4)

    def test_a_clip_without_standing_or_moving_stills_is_left_out(self, tmp_path: Path) -> None:
        spec = right_facing_spec()
        clips = [
            SeenClip(spec=spec, stills=self.STILLS[:1]),
            SeenClip(spec=spec, stills=self.STILLS),
            SeenClip(spec=spec, stills=self.STILLS[1:]),
        ]
        write_shard(tmp_path / "a.npz", clips)
        write_shard(tmp_path / "b.npz", clips[1:2])
        rows = read_rows(tmp_path)
        assert rows.clip.tolist() == [0, 0, 1, 1]
        assert len(rows.about) == 2

    def test_pictures_are_kept_when_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        clip = SeenClip(spec=right_facing_spec(), stills=self.STILLS)
        write_shard(path, [clip], pictures=True)
        with np.load(path, allow_pickle=False) as shard:
            ends = shard["jpeg_end"].tolist()
            whole = shard["jpeg"].tobytes()
            starts = [0, *ends[:-1]]
            parts = [whole[start:end] for start, end in zip(starts, ends, strict=True)]
            assert json.loads(str(shard["about"][0]))["facing"] == "right"
        assert parts == [one.jpeg for one in self.STILLS]

    def test_an_empty_folder_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(RecordingError, match="render them first"):
            read_rows(tmp_path)
