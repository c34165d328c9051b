"""Command line of the studio: ``hingewise-studio render | bake | list``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sample_videos.studio.bodies import BANK_PATH, BodySpec, default_bank
from sample_videos.studio.clip import make_renderer, render_clip
from sample_videos.studio.motion import MOVEMENTS, Movement, duration_s
from sample_videos.studio.samples import sample_clips
from sample_videos.studio.sampling import random_clip
from sample_videos.studio.spec import PROFILES
from vision.errors import HingewiseError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.progress import TaskID

    from sample_videos.studio.spec import ClipSpec


@click.group()
def studio() -> None:
    """Render people whose pose is known exactly."""


@studio.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sample", "samples", multiple=True, help="Name of a shipped clip, or 'all'.")
@click.option(
    "--random", "count", type=click.IntRange(0), default=0, help="Number of random clips."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first of them.")
@click.option("--reps", type=click.IntRange(1, 10), default=1, show_default=True)
@click.option("--movement", type=click.Choice(MOVEMENTS), help="Only this movement.")
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="fast", show_default=True)
@click.option("--masks", is_flag=True, help="Also write the exact masks of every frame.")
@click.option("--tape", is_flag=True, help="Put strips of tape on the backs of random people.")
def render(
    *,
    folder: Path,
    samples: tuple[str, ...],
    count: int,
    seed: int,
    reps: int,
    movement: str | None,
    profile: str,
    masks: bool,
    tape: bool,
) -> None:
    """Render shipped clips (--sample) or random ones (--random) into FOLDER."""
    chosen = list(_named(samples))
    chosen += [
        random_clip(number, movement=_movement(movement), n_reps=reps, taped=tape)
        for number in range(seed, seed + count)
    ]
    if not chosen:
        message = "nothing to render: name a clip with --sample, or ask for some with --random"
        raise click.UsageError(message)
    renderer = make_renderer(PROFILES[profile])
    with _progress() as progress:
        clips = progress.add_task("clips", total=len(chosen))
        for spec in chosen:
            task = progress.add_task(spec.name, total=None)
            render_clip(
                spec,
                folder,
                profile=PROFILES[profile],
                masks=masks,
                renderer=renderer,
                on_frame=_reporter(progress, task),
            )
            progress.remove_task(task)
            progress.advance(clips)


@studio.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=BANK_PATH)
def bake(*, output: Path) -> None:
    """Sample bodies and write the body file (needs torch and anny)."""
    from sample_videos.studio.baking import bake_bodies  # noqa: PLC0415  (needs more packages)

    with _progress() as progress:
        task = progress.add_task("bodies", total=None)
        report = bake_bodies(
            output,
            on_body=_reporter(progress, task),
        )
    Console().print(
        f"{report.path}: {report.size_bytes / 1e6:.2f} MB, "
        f"held-out error {report.mean_error_mm:.2f} mm (p99 {report.p99_error_mm:.2f} mm)"
    )


@studio.command(name="list")
@click.option("--bodies", is_flag=True, help="List the bank of bodies instead of the clips.")
def show(*, bodies: bool) -> None:
    """List the shipped clips, or the bodies."""
    Console().print(_bodies_table() if bodies else _clips_table())


def main() -> None:
    """Entry point; what goes wrong is told in one line."""
    try:
        studio(standalone_mode=False)
    except click.exceptions.Abort:
        raise SystemExit(130) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except HingewiseError as error:
        Console(stderr=True).print(f"hingewise-studio: {error}")
        raise SystemExit(2) from error


def _reporter(progress: Progress, task: TaskID) -> Callable[[int, int], None]:
    """Make a callback that shows (done, total) in the progress bar."""

    def report(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    return report


def _movement(name: str | None) -> Movement | None:
    return next((movement for movement in MOVEMENTS if movement == name), None)


def _named(names: Iterable[str]) -> Iterable[ClipSpec]:
    known = {spec.name: spec for spec in sample_clips()}
    for name in names:
        if name == "all":
            yield from known.values()
        elif name in known:
            yield known[name]
        else:
            kind = "sample clip"
            raise UnknownNameError(kind, name, [*known, "all"])


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def _clips_table() -> Table:
    table = Table("clip", "movement", "reps", "seconds", "lumbar flexion", "object")
    for spec in sample_clips():
        lumbar = ", ".join(f"{rep.lumbar_deg:.0f}°" for rep in spec.motion.reps)
        table.add_row(
            spec.name,
            spec.motion.movement,
            str(len(spec.motion.reps)),
            f"{duration_s(spec.motion):.1f}",
            lumbar,
            spec.prop.kind,
        )
    return table


def _bodies_table() -> Table:
    table = Table("body", "sex", "stature", "weight", "muscle", "age")
    bank = default_bank()
    for number in range(len(bank)):
        body = bank.body(BodySpec(bank_index=number))
        traits = [f"{body.traits[name]:.2f}" for name in ("weight", "muscle", "age")]
        sex = "female" if body.is_female else "male"
        table.add_row(str(number), sex, f"{body.stature_m:.2f} m", *traits)
    return table


if __name__ == "__main__":
    main()
