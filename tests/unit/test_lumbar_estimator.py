"""The learned estimator: what it computes, what it refuses, and the weights that are shipped."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from models.lumbar.estimator import (
    CLIP,
    LOG_SPREAD,
    ROWS_AT_ONCE,
    UNIT_DEG,
    WEIGHTS,
    LumbarEstimator,
    default_estimator,
    on_trial,
    read_estimator,
)
from models.lumbar.features import features
from tests.drawn_back import DrawnBack
from tests.outlined_backs import described, outlined_pose
from vision.errors import AssetError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEATURES: Final = np.array([[1.5, -0.25, 3.0], [0.5, 0.75, 2.0]])


def arrays(seed: int = 0, networks: int = 4) -> dict[str, Any]:
    """Weights of networks that read three numbers through two hidden ones."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> NDArray[np.float16]:
        return rng.normal(0.0, 0.5, (networks, *shape)).astype(np.float16)

    return {
        "format": np.array(2),
        "layers": np.array(2),
        "group": np.array(2),
        "centre": np.array([1.0, 0.5, -1.0], np.float32),
        "scale": np.array([2.0, 0.5, 4.0], np.float32),
        "weight_0": some(3, 2),
        "bias_0": some(1, 2),
        "weight_1": some(2, 2),
        "bias_1": some(1, 2),
        "se_knots_deg": np.array([0.0, 30.0]),
        "se_factors": np.array([1.0, 2.0]),
        "se_power": np.array(1.0),
        "se_slopes": np.zeros(3),
    }


def stored(folder: Path, content: dict[str, Any], name: str = "tiny.npz") -> Path:
    path = folder / name
    np.savez(path, **content)
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> LumbarEstimator:
    return read_estimator(stored(tmp_path, arrays()))


def by_hand(weights: dict[str, Any], row: Floats) -> tuple[float, float]:
    """Flexion and standard error of one row, number by number."""
    means, variances = [], []
    for network in range(len(weights["weight_0"])):
        layers = [
            (weights[f"weight_{k}"][network].tolist(), weights[f"bias_{k}"][network, 0].tolist())
            for k in (0, 1)
        ]
        values = ((row - weights["centre"]) / weights["scale"]).tolist()
        for number, (weight, bias) in enumerate(layers):
            sums = [
                bias[out]
                + sum(value * line[out] for value, line in zip(values, weight, strict=True))
                for out in (0, 1)
            ]
            values = sums if number else [total / (1 + math.exp(-total)) for total in sums]
        means.append(UNIT_DEG * values[0])
        variances.append((UNIT_DEG * math.exp(values[1])) ** 2)
    mean = sum(means) / len(means)
    groups = [means[first : first + 2] for first in range(0, len(means), 2)]
    apart = sum((one - other) ** 2 / 4 for one, other in groups) / len(groups)
    spread = math.sqrt(sum(variances) / len(variances) + apart)
    share = min(max(mean / 30.0, 0.0), 1.0)
    return mean, spread * (1.0 + share)


class TestPredicting:
    def test_it_is_the_sum_done_by_hand(self, tiny: LumbarEstimator) -> None:
        told = tiny.predict(FEATURES)
        for row, flexion, se in zip(FEATURES, *told, strict=True):
            expected = by_hand(arrays(), row)
            assert (flexion, se) == pytest.approx(expected, rel=1e-5)

    def test_rows_with_something_unknown_are_not_told(self, tiny: LumbarEstimator) -> None:
        spoiled = np.vstack([FEATURES, FEATURES])
        spoiled[1, 2], spoiled[3, 0] = np.nan, np.inf
        told = tiny.predict(spoiled)
        assert np.isnan(told.flexion_deg).tolist() == [False, True, False, True]
        assert np.isnan(told.se_deg).tolist() == [False, True, False, True]
        assert told.flexion_deg[[0, 2]] == pytest.approx(tiny.predict(FEATURES[[0, 0]]).flexion_deg)

    def test_a_row_is_told_alone_as_among_many(self, tiny: LumbarEstimator) -> None:
        many = np.random.default_rng(1).normal(size=(3 * ROWS_AT_ONCE + 2, 3))
        told = tiny.predict(many)
        for row, flexion, se in zip(many, *told, strict=True):
            alone = tiny.predict(row[None])
            assert flexion == pytest.approx(alone.flexion_deg[0], rel=1e-5, abs=1e-4)
            assert se == pytest.approx(alone.se_deg[0], rel=1e-5)

    def test_of_no_rows_nothing_is_told(self, tiny: LumbarEstimator) -> None:
        assert len(tiny.predict(np.empty((0, 3))).flexion_deg) == 0

    @pytest.mark.parametrize("shape", [(2, 2), (2, 4), (3,), (1, 2, 3)])
    def test_another_number_of_features_is_refused(
        self, tiny: LumbarEstimator, shape: tuple[int, ...]
    ) -> None:
        with pytest.raises(ValueError, match=r"expected features of shape \(n, 3\), got \("):
            tiny.predict(np.zeros(shape))

    def test_what_was_never_seen_in_training_is_cut_off(self, tiny: LumbarEstimator) -> None:
        """Beyond, told flexion does not run away with the features."""
        edge = tiny.centre + CLIP * tiny.scale
        far = tiny.centre + 1000 * tiny.scale
        told = tiny.predict(np.array([edge, far], np.float64))
        assert told.flexion_deg[0] == pytest.approx(told.flexion_deg[1])

    def test_the_spread_has_limits(self, tiny: LumbarEstimator) -> None:
        (weight, bias) = tiny.layers[-1]
        for log_spread, limit in ((-50.0, LOG_SPREAD[0]), (50.0, LOG_SPREAD[1])):
            sure = bias.copy()
            sure[..., 1] = log_spread
            only = replace(
                tiny,
                layers=(*tiny.layers[:-1], (weight * np.float32(0.0), sure)),
                se_factors=np.ones(2),
            )
            flat = replace(only, group=1, layers=tuple((w[:1], b[:1]) for w, b in only.layers))
            se = flat.predict(FEATURES).se_deg
            assert se == pytest.approx([UNIT_DEG * math.exp(limit)] * 2, rel=1e-6)

    def test_networks_that_disagree_make_it_less_sure(self, tiny: LumbarEstimator) -> None:
        (weight, bias) = tiny.layers[-1]
        even = replace(tiny, se_factors=np.ones(2))
        apart = bias.copy()
        apart[:, 0, 0] += np.array([2.0, -2.0, 2.0, -2.0], np.float32)
        wider = replace(even, layers=(*tiny.layers[:-1], (weight, apart)))
        one, other = even.predict(FEATURES), wider.predict(FEATURES)
        assert other.flexion_deg == pytest.approx(one.flexion_deg, abs=1e-4)
        assert (other.se_deg > one.se_deg + 10).all()

    def test_groups_that_were_trained_on_other_people_may_disagree(
        self, tiny: LumbarEstimator
    ) -> None:
        """The factors were found with one group at a time."""
        (weight, bias) = tiny.layers[-1]
        apart = bias.copy()
        apart[:, 0, 0] += np.array([2.0, 2.0, -2.0, -2.0], np.float32)
        shifted = replace(tiny, layers=(*tiny.layers[:-1], (weight, apart)))
        alike = (tiny.predict(FEATURES), shifted.predict(FEATURES))
        for one, other in zip(*alike, strict=True):
            assert other == pytest.approx(one, rel=1e-5)
        together = replace(shifted, group=None)
        assert (together.predict(FEATURES).se_deg > alike[0].se_deg + 10).all()

    def test_the_factor_goes_from_knot_to_knot(self, tiny: LumbarEstimator) -> None:
        plain = replace(tiny, se_factors=np.ones(2)).predict(FEATURES)
        told = tiny.predict(FEATURES)
        factor = np.interp(told.flexion_deg, [0.0, 30.0], [1.0, 2.0])
        assert told.se_deg == pytest.approx(factor * plain.se_deg)

    def test_the_error_grows_with_a_power_of_the_spread(self, tiny: LumbarEstimator) -> None:
        plain = replace(tiny, se_factors=np.ones(2))
        flat = replace(plain, se_power=0.5).predict(FEATURES)
        assert flat.se_deg == pytest.approx(np.sqrt(plain.predict(FEATURES).se_deg))

    def test_the_error_grows_with_what_is_seen_to_be_doubtful(self, tiny: LumbarEstimator) -> None:
        slopes = np.array([0.0, 0.4, -0.2], np.float32)
        told, plain = replace(tiny, se_slopes=slopes).predict(FEATURES), tiny.predict(FEATURES)
        standard = (FEATURES - tiny.centre) / tiny.scale
        assert told.flexion_deg == pytest.approx(plain.flexion_deg)
        assert told.se_deg == pytest.approx(plain.se_deg * np.exp(standard @ slopes), rel=1e-5)


class TestOnTrial:
    def test_it_stands_in_for_the_shipped_one_while_it_is_tried(
        self, tiny: LumbarEstimator
    ) -> None:
        shipped = default_estimator()
        with on_trial(tiny):
            assert default_estimator() is tiny
        assert default_estimator() is shipped

    def test_the_shipped_one_is_back_after_a_failure(self, tiny: LumbarEstimator) -> None:
        with pytest.raises(RuntimeError, match="tried"), on_trial(tiny):
            raise RuntimeError("tried")  # noqa: EM101 - the message is the test's own
        assert default_estimator() is not tiny


class TestReading:
    def test_the_id_follows_the_bytes(self, tmp_path: Path) -> None:
        one = read_estimator(stored(tmp_path, arrays(), "one.npz"))
        same = read_estimator(stored(tmp_path, arrays(), "same.npz"))
        other = read_estimator(stored(tmp_path, arrays(seed=1), "other.npz"))
        assert one.id == same.id
        assert one.id != other.id
        assert one.id.startswith("outline-net-")

    @pytest.mark.parametrize("form", [1, 3])
    def test_another_format_is_refused(self, tmp_path: Path, form: int) -> None:
        path = stored(tmp_path, {**arrays(), "format": np.array(form)})
        with pytest.raises(AssetError, match=f"expected lumbar weights of format 2, got {form}"):
            read_estimator(path)

    @pytest.mark.parametrize(
        "content", [b"", b"not weights", b"PK\x03\x04 a torn archive", b"\x93NUMPY torn"]
    )
    def test_another_file_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "torn.npz"
        path.write_bytes(content)
        with pytest.raises(AssetError, match=r"expected lumbar weights in torn\.npz"):
            read_estimator(path)

    def test_a_single_array_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "array.npy"
        np.save(path, np.zeros(3))
        with pytest.raises(AssetError, match=r"expected lumbar weights in array\.npy"):
            read_estimator(path)

    def test_what_takes_pickle_is_refused(self, tmp_path: Path) -> None:
        pickled = np.array([{"a": 1}], dtype=object)
        path = stored(tmp_path, {**arrays(), "centre": pickled})
        with pytest.raises(AssetError, match="expected lumbar weights"):
            read_estimator(path)

    @pytest.mark.parametrize(
        "missing",
        ["format", "layers", "group", "bias_1", "scale", "se_factors", "se_power", "se_slopes"],
    )
    def test_what_lacks_a_part_is_refused(self, tmp_path: Path, missing: str) -> None:
        part = {name: array for name, array in arrays().items() if name != missing}
        with pytest.raises(AssetError, match="expected lumbar weights"):
            read_estimator(stored(tmp_path, part))

    @pytest.mark.parametrize(
        "change",
        [
            {"weight_0": np.zeros((4, 4, 2))},
            {"weight_1": np.zeros((4, 3, 2))},
            {"weight_1": np.zeros((2, 2, 2))},
            {"bias_0": np.zeros((4, 1, 3))},
            {"weight_1": np.zeros((4, 2, 1)), "bias_1": np.zeros((4, 1, 1))},
            {"layers": np.array(0)},
            {"layers": np.array(1), "weight_0": np.zeros((4, 3)), "bias_0": np.zeros((4, 3))},
            {"group": np.array(3)},
            {"group": np.array(0)},
            {"se_slopes": np.zeros(2)},
        ],
    )
    def test_layers_that_do_not_fit_together_are_refused(
        self, tmp_path: Path, change: dict[str, Any]
    ) -> None:
        with pytest.raises(AssetError, match="expected lumbar weights"):
            read_estimator(stored(tmp_path, {**arrays(), **change}))


class TestShippedWeights:
    def test_they_load_without_pickle(self) -> None:
        with (
            files("models.lumbar").joinpath(WEIGHTS).open("rb") as stream,
            np.load(stream, allow_pickle=False) as weights,
        ):
            assert all(np.isfinite(weights[name]).all() for name in weights.files)

    def test_they_read_what_the_features_tell(self) -> None:
        back, standing = DrawnBack(bow=0.06), DrawnBack(bow=0.01, lean_deg=2.0)
        told = features(described(outlined_pose(back)), described(outlined_pose(standing)))
        shipped = default_estimator()
        assert shipped.feature_count == told.shape[1]
        prediction = shipped.predict(told)
        assert math.isfinite(prediction.flexion_deg[0])
        assert prediction.se_deg[0] > 0

    def test_their_numbers_can_be_used(self) -> None:
        shipped = default_estimator()
        assert (np.diff(shipped.se_knots_deg) > 0).all()
        assert (shipped.se_factors > 0).all()
        assert (shipped.scale > 0).all()

    def test_they_are_loaded_once(self) -> None:
        assert default_estimator() is default_estimator()
