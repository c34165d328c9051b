"""How a session looks at pictures: its estimator, as close as the machine keeps up with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from service.live.ladder import QualityLadder, Rung, usual_rungs
from service.protocol import Quality
from vision.assets import Bundle, PoseModel, locate_bundle
from vision.errors import AssetError
from vision.estimators.outlined import OutlinedBlazePose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.live.metrics import LiveMetrics
    from service.wording import Wording
    from vision.estimators.base import EstimatorInfo
    from vision.frame import Frame
    from vision.pose import Pose

BUDGET_MS: Final = 45.0
"""What a picture may take, so that 24 a second are assessed while the next one is on its way."""

_ORDINALS: Final = {2: "second", 3: "third"}


def rungs_from(best: PoseModel) -> list[Rung]:
    """List how closely one can look with the models on this computer, best first.

    A model whose bundle without the mask is missing looks at every outline or is left out.

    Raises
    ------
    AssetError
        When the model to begin with is missing.
    """
    locate_bundle(best, mask=True)
    here = [model for model in PoseModel if _find(model, mask=True)]
    plain = {model for model in here if _find(model, mask=False)}
    rungs = usual_rungs(best, here)
    return [rung for rung in rungs if rung.outline_every == 1 or rung.model in plain]


class Looking:
    """Owns the estimator of one session; from one thread. Close it when done.

    Parameters
    ----------
    rungs
        How closely it may look, best first.
    threads
        Threads that compute a network.
    metrics
        Told on which rung it is.

    Raises
    ------
    AssetError
        When the pose model cannot be loaded.
    """

    def __init__(self, rungs: Sequence[Rung], *, threads: int, metrics: LiveMetrics) -> None:
        self._ladder = QualityLadder(rungs, budget_ms=BUDGET_MS)
        self._best = rungs[0]
        self._threads = threads
        self._metrics = metrics
        self._rung = self._ladder.rung
        self._estimator = self._load(self._rung)
        self._count(self._rung, 1)

    @property
    def info(self) -> EstimatorInfo:
        """Where the landmarks come from."""
        return self._estimator.info

    def look(self, frame: Frame) -> Pose:
        """Find the person in a picture."""
        return self._estimator.estimate(frame)

    def adapt(self, now_s: float, took_ms: float, dropped: int, *, may_reload: bool) -> bool:
        """Look as closely as the machine keeps up with; true when the estimator is a new one.

        Parameters
        ----------
        now_s
            Server's clock.
        took_ms
            From the arrival of the last picture to its answer.
        dropped
            Pictures that were dropped so far.
        may_reload
            Whether another model may be taken now; until then only the outline is sought in fewer
            pictures.
        """
        self._ladder.update(now_s, took_ms, dropped)
        wanted = self._ladder.rung
        reloads = wanted.model is not self._rung.model
        if reloads and may_reload:
            self._estimator.close()
            self._estimator = self._load(wanted)
            self._move(wanted)
            return True
        kept = Rung(model=self._rung.model, outline_every=wanted.outline_every)
        if kept != self._rung:
            self._estimator.outline_every = kept.outline_every
            self._move(kept)
        return False

    def quality(self, wording: Wording) -> Quality:
        """Tell how closely it looks, and say so where it is not the best."""
        rung, said = self._rung, []
        if rung.model is not self._best.model:
            said.append(wording.of("session.quality.model", model=rung.model))
        if rung.outline_every != self._best.outline_every:
            ordinal = wording.of(f"session.quality.{_ORDINALS[rung.outline_every]}")
            said.append(wording.of("session.quality.outline", ordinal=ordinal))
        return Quality(model=rung.model, outline_every=rung.outline_every, text=" ".join(said))

    def close(self) -> None:
        """Release the model. Closing twice is harmless."""
        self._estimator.close()
        self._count(self._rung, -1)

    def __enter__(self) -> Self:
        """Use it in a ``with`` block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def _move(self, rung: Rung) -> None:
        self._count(self._rung, -1)
        self._count(rung, 1)
        self._rung = rung

    def _count(self, rung: Rung, by: int) -> None:
        self._metrics.rungs.labels(rung.model.value, str(rung.outline_every)).inc(by)

    def _load(self, rung: Rung) -> OutlinedBlazePose:
        return OutlinedBlazePose(
            locate_bundle(rung.model, mask=True),
            threads=self._threads,
            plain=_find(rung.model, mask=False),
            outline_every=rung.outline_every,
        )


def _find(model: PoseModel, *, mask: bool) -> Bundle | None:
    """Find a bundle; None when it is not on this computer."""
    try:
        return locate_bundle(model, mask=mask)
    except AssetError:
        return None
