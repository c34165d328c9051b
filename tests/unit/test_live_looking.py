"""How closely pictures are looked at, by the models on a computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from service.live import looking
from service.live.ladder import QualityLadder, Rung
from service.live.looking import Looking, rungs_from
from service.live.metrics import LiveMetrics
from service.wording import load_wording
from vision.assets import Bundle, PoseModel
from vision.errors import AssetError
from vision.estimators.base import EstimatorInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAVY, FULL, LITE = PoseModel.HEAVY, PoseModel.FULL, PoseModel.LITE


def install(
    monkeypatch: pytest.MonkeyPatch, masked: Sequence[PoseModel], plain: Sequence[PoseModel]
) -> None:
    """Let there be these models and no others."""

    def locate(model: PoseModel, *, mask: bool) -> Bundle:
        if model not in (masked if mask else plain):
            msg = f"no {model}: fetch it with 'hingewise assets --fetch'"
            raise AssetError(msg)
        return Bundle(path=Path(model), sha256="0" * 64, model=model, mask=mask)

    monkeypatch.setattr(looking, "locate_bundle", locate)


@pytest.mark.parametrize(
    ("best", "here", "rungs"),
    [
        (FULL, [FULL], [(FULL, 1), (FULL, 2), (FULL, 3)]),
        (FULL, [LITE, FULL], [(FULL, 1), (FULL, 2), (FULL, 3), (LITE, 3)]),
        (
            HEAVY,
            [LITE, FULL, HEAVY],
            [(HEAVY, 1), (FULL, 1), (FULL, 2), (FULL, 3), (LITE, 3)],
        ),
        (LITE, [LITE, FULL, HEAVY], [(LITE, 1), (LITE, 2), (LITE, 3)]),
        (FULL, [FULL, HEAVY], [(FULL, 1), (FULL, 2), (FULL, 3)]),
    ],
)
def test_rungs_go_from_the_best_to_the_cheapest_that_is_here(
    monkeypatch: pytest.MonkeyPatch,
    best: PoseModel,
    here: list[PoseModel],
    rungs: list[tuple[PoseModel, int]],
) -> None:
    install(monkeypatch, here, here)
    assert [(rung.model, rung.outline_every) for rung in rungs_from(best)] == rungs


def test_without_the_bundle_without_mask_every_outline_is_sought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, [FULL, LITE], [])
    assert rungs_from(FULL) == [Rung(model=FULL, outline_every=1)]


def test_a_model_that_is_asked_for_and_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, [FULL], [FULL])
    with pytest.raises(AssetError, match="--fetch"):
        rungs_from(HEAVY)


class MadeEstimator:
    """Knows its model and whether it was closed."""

    made: Final[list[MadeEstimator]] = []

    def __init__(self, bundle: Bundle, *, outline_every: int, **_: object) -> None:
        self.model = bundle.model
        self.outline_every = outline_every
        self.closed = False
        self.made.append(self)

    @property
    def info(self) -> EstimatorInfo:
        return EstimatorInfo(name="made", version="1", model=self.model, asset_sha256="0" * 64)

    def close(self) -> None:
        self.closed = True


class SetLadder(QualityLadder):
    """Goes where it is told."""

    wanted = 0

    @property
    def rung(self) -> Rung:
        return self._rungs[self.wanted]

    def update(self, *_: object) -> bool:
        return True


class TestLooking:
    @pytest.fixture
    def look(self, monkeypatch: pytest.MonkeyPatch) -> Looking:
        install(monkeypatch, [FULL, LITE], [FULL, LITE])
        MadeEstimator.made.clear()
        monkeypatch.setattr(looking, "OutlinedBlazePose", MadeEstimator)
        monkeypatch.setattr(looking, "QualityLadder", SetLadder)
        monkeypatch.setattr(SetLadder, "wanted", 0)
        return Looking(rungs_from(FULL), threads=1, metrics=LiveMetrics())

    def adapt(self, look: Looking, rung: int, *, may_reload: bool) -> bool:
        SetLadder.wanted = rung
        return look.adapt(0.0, 50.0, 0, may_reload=may_reload)

    def test_the_outline_is_sought_less_often_at_once(self, look: Looking) -> None:
        assert not self.adapt(look, 2, may_reload=False)
        [estimator] = MadeEstimator.made
        assert estimator.outline_every == 3
        quality = look.quality(load_wording())
        assert (quality.model, quality.outline_every) == ("full", 3)
        assert "third" in quality.text

    def test_another_model_waits_until_it_disturbs_nothing(self, look: Looking) -> None:
        assert not self.adapt(look, 3, may_reload=False)
        assert look.info.model == "full"
        assert self.adapt(look, 3, may_reload=True)
        first, second = MadeEstimator.made
        assert (first.closed, second.closed, look.info.model) == (True, False, "lite")
        assert "lite" in look.quality(load_wording()).text

    def test_the_best_needs_no_words(self, look: Looking) -> None:
        assert look.quality(load_wording()).text == ""

    def test_closing_releases_the_model(self, look: Looking) -> None:
        with look:
            pass
        assert all(estimator.closed for estimator in MadeEstimator.made)
