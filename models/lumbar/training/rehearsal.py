"""The rehearsal: whole videos of training bodies, read by those networks that never saw them.

Stills tell how the error of a network grows; a repetition is harder. There the product finds
standing, facing and bottom by itself. The rehearsal tells by how much.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import on_trial, read_estimator
from models.lumbar.training.error_model import scale_of
from models.lumbar.training.fit import FOLDS, fold_of, write_weights
from models.lumbar.training.people import CALIBRATION_SEED, calibration_clip
from models.lumbar.training.trial import read_trial, recorded_clips

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.lumbar.estimator import LumbarEstimator
    from models.lumbar.training.error_model import ErrorModel
    from models.lumbar.training.fit import Ensemble

    Floats = NDArray[np.float64]

OPEN: Final = 1e-3
"""Errors are told this many times as large, so that no reading is refused for them."""

STILLS_WEIGH: Final = 80
"""Like as many repetitions, the stills speak for their own scale; expert default."""


def readings(folder: Path, ensemble: Ensemble, errors: ErrorModel) -> Floats:
    """Let the product read every recorded clip of training bodies.

    Parameters
    ----------
    folder
        Filled by ``rehearse``.
    ensemble
        All networks; each clip is read by those that never saw its body.
    errors
        Their error model.

    Returns
    -------
    NDArray
        ``(n, 3)`` true and told flexion and its standard error, of the clips in which some
        reading was to be had, however uncertain.
    """
    estimators = [_estimator(ensemble.without(fold), errors.wider(OPEN)) for fold in range(FOLDS)]
    told = []
    for recording, truth in recorded_clips(folder):
        body = calibration_clip(truth["seed"] - CALIBRATION_SEED).body.bank_index
        with on_trial(estimators[int(fold_of(np.array([body]))[0])]):
            one = read_trial(recording, truth)
        told.append((one.true_deg, one.told_deg, one.se_deg / OPEN))
    table = np.array(told, np.float64).reshape(-1, 3)
    return table[np.isfinite(table).all(axis=1)]


def rehearsed(errors: ErrorModel, scale_of_stills: float, read: Floats) -> ErrorModel:
    """Widen an error model by how much harder repetitions are than stills.

    Parameters
    ----------
    errors
        As calibrated on stills.
    scale_of_stills
        `scale_of` their errors over their standard errors.
    read
        From `readings`.
    """
    ratio = scale_of((read[:, 1] - read[:, 0]) / read[:, 2]) / scale_of_stills
    return errors.wider(float(ratio ** (len(read) / (len(read) + STILLS_WEIGH))))


def _estimator(ensemble: Ensemble, errors: ErrorModel) -> LumbarEstimator:
    """Make an estimator the way the product gets it, through a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        write_weights(path, ensemble, errors)
        return read_estimator(path)
