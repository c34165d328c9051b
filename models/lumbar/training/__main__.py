"""Make the lumbar estimator anew: ``python -m models.lumbar.training render | fit | ...``.

The whole way, from nothing to the shipped weights and their model card::

    python -m models.lumbar.training render DATA --clips 1600 --processes 2
    python -m models.lumbar.training rehearse REHEARSAL --clips 240
    python -m models.lumbar.training fit DATA REHEARSAL
    python -m models.lumbar.training trial TRIAL --clips 240
    python -m models.lumbar.training card DATA TRIAL

Everything follows from seeds: the same commands on the same machine give the same weights.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.lumbar.training.card import ways_table, write_card
from models.lumbar.training.dataset import SeenClip, read_rows, write_shard
from models.lumbar.training.error_model import fit_error_model, scale_of
from models.lumbar.training.fit import (
    FOLDS,
    NETWORKS_PER_FOLD,
    bottoms,
    cross_validate,
    stretch,
    stretched,
    write_weights,
)
from models.lumbar.training.network import Recipe
from models.lumbar.training.people import calibration_clip, test_clip, training_clip
from models.lumbar.training.rehearsal import readings, rehearsed
from models.lumbar.training.stills import stills
from models.lumbar.training.trial import render_trial
from sample_videos.studio.clip import make_renderer
from sample_videos.studio.spec import FAST
from vision.assets import PoseModel, locate_bundle
from vision.errors import HingewiseError
from vision.estimators.direct import SettledBlazePose
from vision.framing import MAX_YAW_DEG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sample_videos.studio.spec import ClipSpec

SHARD_CLIPS: Final = 20
"""Clips in one file of stills."""

SEED: Final = 1
"""Seed of the first network."""

WEIGHTS: Final = Path(__file__).parents[1] / "weights.npz"
CARD: Final = Path(__file__).parents[1] / "MODEL_CARD.md"


@click.group()
def training() -> None:
    """Make the lumbar estimator anew, from rendered people to weights."""


@training.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--clips", type=click.IntRange(SHARD_CLIPS), default=1600, show_default=True)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True)
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@click.option("--pictures", is_flag=True, help="Keep the pictures and masks too.")
def render(*, folder: Path, clips: int, first: int, processes: int, pictures: bool) -> None:
    """Render training clips into FOLDER, as stills that were looked at; goes on where it was."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = range(first, first + clips, SHARD_CLIPS)
    if processes > 1:
        _render_side_by_side(folder, shards, processes, pictures=pictures)
        return
    estimator = SettledBlazePose(locate_bundle(PoseModel.FULL, mask=True), threads=1)
    drawing = make_renderer(FAST)
    with _progress() as progress:
        for start in progress.track(shards, description="shards"):
            path = folder / f"{start:06d}.npz"
            if path.exists():
                continue
            specs = [training_clip(seed) for seed in range(start, start + SHARD_CLIPS)]
            seen = [
                SeenClip(spec=spec, stills=tuple(stills(spec, drawing, FAST, estimator)))
                for spec in specs
            ]
            write_shard(path, [clip for clip in seen if clip.stills], pictures=pictures)


@training.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("rehearsal", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=WEIGHTS)
def fit(*, folder: Path, rehearsal: Path, output: Path) -> None:
    """Train on the stills in FOLDER, calibrate on the videos in REHEARSAL, write the weights."""
    rows = read_rows(folder)
    with _progress() as progress:
        task = progress.add_task("networks", total=FOLDS * NETWORKS_PER_FOLD)
        ensemble, held_out = cross_validate(
            rows, Recipe(), SEED, on_network=lambda: progress.advance(task)
        )
    told = bottoms(rows, held_out)
    gain, offset_deg = stretch(told)
    ensemble, told = stretched(ensemble, gain, offset_deg), told.stretched(gain, offset_deg)
    errors = fit_error_model(told)
    read = readings(rehearsal, ensemble, errors)
    ratio = (told.told_deg - told.true_deg) / errors.se_deg(told)
    write_weights(output, ensemble, rehearsed(errors, scale_of(ratio), read))
    Console().print(
        f"{output}: {len(rows.about)} clips, {len(rows.clip)} stills, {len(read)} repetitions"
    )


@training.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--clips", type=click.IntRange(1), default=240, show_default=True)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True)
@click.option("--taped", is_flag=True, help="People who wear strips of tape.")
@click.option("--exact", is_flag=True, help="Record outlines from the exact mask too.")
def trial(*, folder: Path, clips: int, first: int, taped: bool, exact: bool) -> None:
    """Render whole videos of unseen people into FOLDER and record them, seen from the side."""
    seeds = range(first, first + clips)
    _render_videos(folder, [test_clip(seed, taped=taped) for seed in seeds], exact=exact)


@training.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--clips", type=click.IntRange(1), default=240, show_default=True)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True)
def rehearse(*, folder: Path, clips: int, first: int) -> None:
    """Render whole videos of training people into FOLDER and record them, to calibrate on."""
    seeds = range(first, first + clips)
    _render_videos(folder, [calibration_clip(seed) for seed in seeds], exact=False)


@training.command()
@click.argument("data", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("tried", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=CARD)
def card(*, data: Path, tried: Path, output: Path) -> None:
    """Measure on the clips in TRIED and write the model card."""
    write_card(data, tried, output)
    Console().print(str(output))


@training.command("compare")
@click.argument("data", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("tried", type=click.Path(path_type=Path, file_okay=False, exists=True))
def compare_ways(*, data: Path, tried: Path) -> None:
    """Print how other ways, trained on DATA, do on the clips in TRIED, side by side."""
    click.echo(ways_table(data, tried))


def _render_videos(folder: Path, specs: Sequence[ClipSpec], *, exact: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawing = make_renderer(FAST)
    bundle = locate_bundle(PoseModel.FULL, mask=True)
    with _progress() as progress:
        for spec in progress.track(specs, description="clips"):
            if abs(spec.camera.yaw_deg) <= MAX_YAW_DEG:
                render_trial(folder, spec, drawing=drawing, bundle=bundle, exact=exact)


def _render_side_by_side(
    folder: Path, shards: Iterable[int], processes: int, *, pictures: bool
) -> None:
    starts = list(shards)
    share = -(-len(starts) // processes)
    parts = [starts[at : at + share] for at in range(0, len(starts), share)]
    started = [
        subprocess.Popen(  # noqa: S603 - this program itself
            [
                sys.executable,
                *("-m", "models.lumbar.training", "render", str(folder)),
                *("--first", str(part[0]), "--clips", str(SHARD_CLIPS * len(part))),
                *(("--pictures",) if pictures else ()),
            ]
        )
        for part in parts
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        raise SystemExit(max(codes))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def main() -> None:
    """Entry point; what goes wrong is told in one line."""
    try:
        training()
    except HingewiseError as error:
        Console(stderr=True).print(f"lumbar training: {error}")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
