"""The model card: what the estimator is, what it was measured on, and how it did."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.lumbar.estimator import default_estimator
from models.lumbar.training.comparison import compare, unseen
from models.lumbar.training.dataset import read_rows
from models.lumbar.training.error_model import NORMAL_90
from models.lumbar.training.trial import EXACT_MASK, Trial, recorded_clips, trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.lumbar.training.comparison import UnseenClip

    Floats = NDArray[np.float64]

SIDE_ON_DEG: Final = 15.0
BANDS: Final = ((-20.0, 5.0), (5.0, 15.0), (15.0, 30.0), (30.0, 90.0))
BAND_NAMES: Final = ("under 5°", "5 to 15°", "15 to 30°", "above 30°")
FLAT_DEG: Final = 12.0
ROUNDED_DEG: Final = 25.0
CLOTHES: Final = {
    "bare or tight": ("bare", "tank", "fitted"),
    "tee or long sleeves": ("tee", "long"),
    "hoodie": ("hoodie",),
}
WAYS: Final = {
    "closed_form": "closed form (`closed_form.py`), nothing learned",
    "body_chain": "planar body chain fitted over the repetition (`body_chain.py`)",
    "landmarks_only": "network on landmarks alone",
    "linear": "ridge regression on outline and landmarks",
    "network": "**network on outline and landmarks (shipped kind)**",
    "exact_mask": "the same network, outline from the exact mask (it was trained on found masks)",
    "true_landmarks": "network trained and read with true hips and shoulders (ceiling)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How one way did on some clips.

    Attributes
    ----------
    clips, told
        How many there were, and for how many it told a number.
    mean_error_deg, bias_deg
        Mean absolute and mean signed error of those.
    coverage
        Share of those whose 90 % interval holds the truth; NaN without intervals.
    """

    clips: int
    told: int
    mean_error_deg: float
    bias_deg: float
    coverage: float


def tally(true_deg: Floats, told_deg: Floats, se_deg: Floats | None = None) -> Tally:
    """Compare what was told with the truth."""
    known = np.isfinite(told_deg)
    error = (told_deg - true_deg)[known]
    held = np.full(len(error), np.nan)
    if se_deg is not None:
        held = (np.abs(error) <= NORMAL_90 * se_deg[known]).astype(np.float64)
    return Tally(
        clips=len(known),
        told=int(known.sum()),
        mean_error_deg=float(np.abs(error).mean()) if len(error) else float("nan"),
        bias_deg=float(error.mean()) if len(error) else float("nan"),
        coverage=float(held.mean()) if len(held) else float("nan"),
    )


def separation(true_deg: Floats, told_deg: Floats) -> float:
    """Chance that a rounded back is told to be rounder than a flat one (area under the curve)."""
    known = np.isfinite(told_deg)
    rounded = told_deg[known & (true_deg >= ROUNDED_DEG)]
    flat = told_deg[known & (true_deg <= FLAT_DEG)]
    if not len(rounded) or not len(flat):
        return float("nan")
    pairs = rounded[:, None] - flat[None]
    return float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def write_card(data: Path, tried: Path, output: Path) -> None:
    """Measure and write the model card.

    Parameters
    ----------
    data
        Training stills, to tell how many there were.
    tried
        Recorded test clips.
    output
        The Markdown file to write.
    """
    own = [trial for trial, _, _ in trials(tried)]
    rows = read_rows(data)
    people = len({int(body) for body in rows.body})
    parts = [
        _introduction(len(rows.about), len(rows.clip), people),
        _product(own),
        _groups(own),
        _limits(own),
    ]
    output.write_text("\n".join(parts))


def ways_table(data: Path, tried: Path) -> str:
    """Compare the network with other ways to lumbar flexion, as a Markdown table.

    Parameters
    ----------
    data
        Training stills, to train the other ways on.
    tried
        Recorded test clips.
    """
    exact = {truth["name"]: recording for recording, truth in recorded_clips(tried, EXACT_MASK)}
    clips = [
        unseen(recording, exact.get(truth["name"]), truth)
        for recording, truth in recorded_clips(tried)
    ]
    return _comparison(compare(data, clips), clips)


def _introduction(clips: int, stills: int, people: int) -> str:
    estimator = default_estimator()
    return f"""# Model card: lumbar flexion from the back's outline

Written by `python -m models.lumbar.training card`; do not edit by hand.

- **What it tells**: lumbar flexion, the change of the L1-S1 angle from the person's own quiet
  standing, flexion positive, with a standard error; per frame, and per repetition at its bottom.
- **Id**: `{estimator.id}`: {len(estimator.layers[0][0])} networks of
  {" × ".join(str(size.shape[1]) for size, _ in estimator.layers)} units,
  {estimator.feature_count} features in, flexion and its spread out; run with numpy, weights in
  `.npz` without pickle.
- **Trained on**: {stills} pictures of {clips} rendered repetitions by {people} rendered bodies,
  each looked at by MediaPipe's full model with its own mask. Flat in true flexion from -10 to 60°.
- **Tested on**: whole rendered videos of other bodies, through the product's own path (video file,
  landmarks, mask, outline, standing and repetition found by itself).
- **What was looked at**: none of these clips before everything was chosen; what chose is told in
  `docs/lumbar.md` (*What was chosen while looking*).
- **Errors**: from the networks' spread, what of the back is covered and how clear its outline is;
  fitted on stills of people that the networks in question had not seen, and widened by how much
  further off the whole product was on videos of such people.
- **Machine**: {platform.system()} {platform.machine()}, {os.cpu_count()} cores,
  Python {platform.python_version()}.

**This is accuracy on rendered people, not on people.** Skin there has no erector bulge, cloth
does not hang, and training and test share a renderer.
"""


def _product(own: Sequence[Trial]) -> str:
    side_on = [trial for trial in own if abs(trial.about["yaw_deg"]) <= SIDE_ON_DEG]
    lines = [
        "## The product, end to end, camera within 15° of a side view",
        "",
        "Lumbar flexion at the bottom. *Told*: a number was given; else the reason was.",
        "",
        "| | clips | told | mean error | 90 % interval holds | rounded against flat (AUC) |",
        "|---|---|---|---|---|---|",
    ]
    for name, chosen in (
        ("no prop", [trial for trial in side_on if trial.about["prop"] == "none"]),
        ("with a prop", [trial for trial in side_on if trial.about["prop"] != "none"]),
        ("all", side_on),
    ):
        true, told, se = _columns(chosen)
        one = tally(true, told, se)
        lines.append(
            f"| {name} | {one.clips} | {one.told} | {one.mean_error_deg:.1f}° | "
            f"{one.coverage:.0%} | {separation(true, told):.3f} |"
        )
    lines += ["", "| true flexion | clips | told | mean error | bias | 90 % interval holds |"]
    lines += ["|---|---|---|---|---|---|"]
    for (low, high), name in zip(BANDS, BAND_NAMES, strict=True):
        lines.append(_row(name, [t for t in side_on if low <= t.true_deg < high]))
    return "\n".join([*lines, ""])


def _groups(own: Sequence[Trial]) -> str:
    kinds: dict[str, Callable[[Trial], str]] = {
        "Camera yaw": lambda trial: _yaw_name(abs(trial.about["yaw_deg"])),
        "Clothing (within 15°)": lambda trial: _clothing(trial.about["top"]),
        "Movement (within 15°)": lambda trial: str(trial.about["movement"]),
        "Prop (within 15°)": lambda trial: str(trial.about["prop"]),
    }
    lines = ["## By group", ""]
    for title, group_of in kinds.items():
        chosen = [
            trial
            for trial in own
            if "within" not in title or abs(trial.about["yaw_deg"]) <= SIDE_ON_DEG
        ]
        lines += [f"| {title} | clips | told | mean error | bias | 90 % interval holds |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [
            _row(name, [trial for trial in chosen if group_of(trial) == name])
            for name in sorted({group_of(trial) for trial in chosen})
        ]
        lines.append("")
    return "\n".join(lines)


def _comparison(told: Mapping[str, Floats], clips: Sequence[UnseenClip]) -> str:
    yaw = np.abs([clip.truth["yaw_deg"] for clip in clips])
    bare = np.array([clip.truth["prop"] == "none" for clip in clips])
    side_on = yaw <= SIDE_ON_DEG
    lines = [
        "| way | no prop | with a prop | bias "
        + " / ".join(BAND_NAMES)
        + " | AUC no prop / prop |",
        "|---|---|---|---|---|",
    ]
    true = told["truth"]
    for way, title in WAYS.items():
        if not np.isfinite(told[way]).any():
            continue
        cells = []
        for part in (side_on & bare, side_on & ~bare):
            one = tally(true[part], told[way][part])
            cells.append(f"{one.mean_error_deg:.1f}° ({one.told} of {one.clips})")
        bias = [
            f"{tally(true[part], told[way][part]).bias_deg:+.1f}"
            for low, high in BANDS
            for part in [side_on & (true >= low) & (true < high)]
        ]
        areas = [
            f"{separation(true[part], told[way][part]):.3f}"
            for part in (side_on & bare, side_on & ~bare)
        ]
        lines.append(
            f"| {title} | {cells[0]} | {cells[1]} | {' / '.join(bias)} | {' / '.join(areas)} |"
        )
    return "\n".join([*lines, ""])


def _limits(own: Sequence[Trial]) -> str:
    reasons: dict[str, int] = {}
    for trial in own:
        if trial.reason:
            reasons[trial.reason] = reasons.get(trial.reason, 0) + 1
    told = ", ".join(f"`{reason}` {count}" for reason, count in sorted(reasons.items()))
    return f"""## When nothing was told

Of {len(own)} test clips: {told or "none"}.

## Not tested

Real people against a reference in degrees: no inclinometer, IMU or X-ray was at hand. Pregnancy,
scoliosis, braces, belts, wheelchairs, long open hair, skirts and coats, several people touching,
cameras above the shoulder or below the knee, infrared pictures.
"""


def _row(name: str, chosen: Iterable[Trial]) -> str:
    one = tally(*_columns(chosen))
    if not one.told:
        return f"| {name} | {one.clips} | 0 | | | |"
    return (
        f"| {name} | {one.clips} | {one.told} | {one.mean_error_deg:.1f}° | {one.bias_deg:+.1f}° | "
        f"{one.coverage:.0%} |"
    )


def _columns(chosen: Iterable[Trial]) -> tuple[Floats, Floats, Floats]:
    table = np.array(
        [(trial.true_deg, trial.told_deg, trial.se_deg) for trial in chosen], np.float64
    ).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _yaw_name(yaw_deg: float) -> str:
    if yaw_deg <= 5.0:  # noqa: PLR2004 - the studio's bins
        return "0 to 5°"
    return "5 to 15°" if yaw_deg <= SIDE_ON_DEG else "15 to 22°"


def _clothing(top: str) -> str:
    return next(name for name, tops in CLOTHES.items() if top in tops)
