"""The command line: assess, replay and calibrate clips, fetch models, serve live coaching."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from models.assessor import CLIP_TOO_SHORT
from models.calibration import NoOwnBend, find_own_bend
from models.movements import AUTO, MOVEMENTS, find_movement
from service.accounts.command import account
from service.artefacts import (
    PAGE,
    RECORDING,
    check_writable,
    output_names,
    staged_folder,
    write_artefacts,
)
from service.calibrations import Calibration, forget_saved, list_saved, read_saved, save
from service.jobs.commands import worker
from service.people_command import people
from service.person_names import checked_name
from service.pipeline import assess_recording, record_poses
from service.report_html import next_clip, note_text
from service.wording import DEFAULT_LANGUAGE, languages, load_wording
from vision.assets import PoseModel, fetch_bundle, installed, locate_bundle
from vision.errors import HingewiseError, UnknownNameError
from vision.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.report import Report
    from service.pipeline import AssessedSet, ProgressListener
    from service.wording import Wording
    from vision.assets import Bundle
    from vision.recording import Recording

UNUSABLE: Final = 2
"""Exit status when something that was given cannot be used."""

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C."""

_WORDS: Final = f"{__name__}.words"
"""Where the context of a command keeps its words."""

_Result = TypeVar("_Result")

Job: TypeAlias = Callable[[Path, Path], "AssessedSet"]
"""Assesses a file and writes into a folder what was found."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; every refusal is one line on standard error.

    Parameters
    ----------
    arguments
        As typed, without the program's name; None for those of this process.

    Returns
    -------
    int
        Exit status: 0, 2 when something cannot be used, 130 after Ctrl-C.
    """
    try:
        status = cli.main(args=arguments, prog_name="hingewise", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        _say(error.format_message())
        return UNUSABLE
    except click.UsageError as error:
        return _refuse(_with_help(error, sys.argv[1:] if arguments is None else arguments))
    except click.ClickException as error:
        return _refuse(error.format_message())
    except HingewiseError as error:
        return _refuse(str(error))
    except (KeyboardInterrupt, click.Abort):
        _say(load_wording().of("cli.interrupted"))
        return INTERRUPTED
    return status if isinstance(status, int) else 0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("hingewise"), prog_name="hingewise")
def cli() -> None:
    """Measure how a person hinges, squats, lunges or lifts, and coach one thing at a time."""


_movement = click.option(
    "--movement",
    default=AUTO,
    show_default=True,
    metavar="|".join([AUTO, *MOVEMENTS]),
    help="The movement that was meant.",
)


def _speak(context: click.Context, _option: click.Parameter, language: str) -> None:
    """Keep the words of a command; a language that there is not is refused at once."""
    context.meta[_WORDS] = load_wording(language)


_language = click.option(
    "--language",
    default=DEFAULT_LANGUAGE,
    show_default=True,
    metavar="|".join(languages()),
    expose_value=False,
    callback=_speak,
    help="Language of the report and of what is said here.",
)
_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the reports; one folder per clip is made in it.",
)
_person = click.option(
    "--person",
    metavar="NAME",
    help="Whose calibration to use; made with 'hingewise calibrate'.",
)
_tape = click.option(
    "--tape", is_flag=True, help="Strips of tape are worn on the back (docs/tape.md)."
)
_model = click.option(
    "--model",
    default=PoseModel.FULL.value,
    show_default=True,
    metavar="|".join(PoseModel),
    help="Size of the pose model.",
)


@cli.command()
@click.argument("videos", nargs=-1, required=True, type=click.Path(path_type=Path))
@_movement
@_person
@_tape
@_model
@_out
@click.option("--no-video", is_flag=True, help="Do not write the annotated video.")
@_language
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
def assess(
    videos: tuple[Path, ...],
    movement: str,
    person: str | None,
    model: str,
    out: Path,
    *,
    tape: bool,
    no_video: bool,
    show: bool,
) -> int:
    """Assess the repetitions in VIDEOS and write a report about each."""
    find_movement(movement)
    calibration = _calibration_of(person)
    bundle = locate_bundle(_pose_model(model), mask=True)

    def job(video: Path, folder: Path) -> AssessedSet:
        result = _assess(_record(video, bundle, tape=tape), movement, calibration)
        _with_progress(
            "cli.drawing",
            video,
            lambda told: write_artefacts(
                result,
                folder,
                video=video,
                with_video=not no_video,
                wording=_words(),
                on_progress=told,
            ),
        )
        return result

    return _run_all(videos, out, job, show=show)


@cli.command()
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path))
@_movement
@_person
@_out
@_language
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
def replay(
    recordings: tuple[Path, ...], movement: str, person: str | None, out: Path, *, show: bool
) -> int:
    """Assess RECORDINGS (.poses.npz) anew; the same recording gives the same report."""
    find_movement(movement)
    calibration = _calibration_of(person)

    def job(file: Path, folder: Path) -> AssessedSet:
        result = _assess(read_recording(file), movement, calibration)
        write_artefacts(result, folder, video=None, with_video=False, wording=_words())
        return result

    return _run_all(recordings, out, job, show=show)


@cli.command()
@click.argument("video", required=False, type=click.Path(path_type=Path))
@click.option("--person", metavar="NAME", help="Whose bend it is.")
@_tape
@_model
@click.option("--list", "listing", is_flag=True, help="Show whose calibrations are saved.")
@click.option("--forget", metavar="NAME", help="Remove the calibration of a person.")
@_language
def calibrate(
    video: Path | None,
    person: str | None,
    model: str,
    forget: str | None,
    *,
    tape: bool,
    listing: bool,
) -> int:
    """Measure a person's own full bend in VIDEO and keep it for later clips.

    Film ten seconds from the side: stand tall and still, then bend forward twice as far as is
    comfortable, with the back rounded and the arms hanging.
    """
    if listing and (video, person, forget) == (None, None, None):
        return _list_calibrations()
    if forget is not None and not listing and (video, person) == (None, None):
        forget_saved(forget)
        click.echo(_words().of("cli.forgotten", person=checked_name(forget)))
        return 0
    if video is None or person is None or listing or forget is not None:
        raise click.UsageError(_words().of("cli.calibrate_usage"))
    name = checked_name(person)
    bundle = locate_bundle(_pose_model(model), mask=True)
    return _calibrate(_record(video, bundle, tape=tape), video, name)


@cli.command()
@click.option("--fetch", is_flag=True, help="Fetch the model when it is not there yet.")
@_model
def assets(*, fetch: bool, model: str) -> int:
    """Show the pose models on this computer, or fetch one."""
    wording = _words()
    wanted = _pose_model(model)
    if fetch:
        fetch_bundle(wanted, mask=True)
    bundles = installed()
    for bundle in bundles:
        mask = wording.of("cli.with_mask" if bundle.mask else "cli.without_mask")
        click.echo(wording.of("cli.bundle", model=bundle.model, mask=mask, path=bundle.path))
    if not bundles:
        click.echo(wording.of("cli.no_bundle"))
    return 0


@cli.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen at.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
@click.option("--tls", is_flag=True, help="Serve over https, with a certificate made here.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML file with settings.",
)
def serve(
    host: str | None,
    port: int | None,
    settings_file: Path | None,
    *,
    tls: bool,
    no_browser: bool,
) -> int:
    """Serve the pages: live coaching, kiosk, sending videos, review, people; and the API.

    Live coaching measures while somebody moves. A video that is sent is analysed by workers of
    this server or by those of 'hingewise worker', then reviewed and compared in the browser; people
    and their history are kept until they are erased. The API stands at /api.
    """
    # Loads the web framework, which no other command needs.
    from service import serving  # noqa: PLC0415
    from service.settings import load_settings  # noqa: PLC0415

    settings = load_settings(settings_file, host=host, port=port, tls=tls or None)

    def on_listening(addresses: Sequence[str]) -> None:
        for line in _greeting(addresses, local=serving.is_local(settings.host), tls=settings.tls):
            _say(line)
        if not no_browser:
            webbrowser.open(addresses[0])

    serving.serve(settings, on_listening)
    return 0


def _greeting(addresses: Sequence[str], *, local: bool, tls: bool) -> list[str]:
    """Say where the pages are, and what a camera on another computer needs."""
    wording = _words()
    lines = [wording.of("cli.serving", address=address) for address in addresses]
    if tls:
        lines.append(wording.of("cli.tls_accept"))
    elif not local:
        lines.append(wording.of("cli.tls_needed"))
    return [*lines, wording.of("cli.stop")]


@cli.command("settings")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML file with settings.",
)
def show_settings(settings_file: Path | None) -> int:
    """Write all settings of the server as they are in force, explained, to begin a file with."""
    # Loads libraries that assessing a clip does not need.
    from service.settings import load_settings  # noqa: PLC0415
    from service.settings_text import settings_toml  # noqa: PLC0415

    click.echo(settings_toml(load_settings(settings_file)), nl=False)
    return 0


cli.add_command(account)
cli.add_command(people)
cli.add_command(worker)


@cli.command()
@_language
def movements() -> int:
    """List the movements that can be named with --movement."""
    wording = _words()
    for spec in MOVEMENTS.values():
        variants = ", ".join(wording.of(f"variant.{variant}") for variant in spec.variants)
        key = "cli.movement_variants" if variants else "cli.movement"
        title = wording.of(f"movement.{spec.id}")
        click.echo(wording.of(key, id=f"{spec.id:<14}", title=title, variants=variants))
    return 0


def _words() -> Wording:
    """Return the words that were asked for on this command line."""
    words: Wording = click.get_current_context().meta.get(_WORDS) or load_wording()
    return words


def _calibration_of(person: str | None) -> Calibration | None:
    return None if person is None else read_saved(person)


def _record(video: Path, bundle: Bundle, *, tape: bool) -> Recording:
    return _with_progress(
        "cli.reading", video, lambda told: record_poses(video, bundle, tape=tape, on_progress=told)
    )


def _assess(recording: Recording, movement: str, calibration: Calibration | None) -> AssessedSet:
    """Assess a recording; say so when the calibration is outdated and was not used."""
    own_bend = calibration.own_bend if calibration else None
    result = assess_recording(recording, movement=movement, own_bend=own_bend)
    current = result.assessment.lumbar_method
    if calibration and own_bend and current and result.assessment.own_bend is None:
        estimators = {"estimator": own_bend.estimator, "current": current}
        _say(_words().of("cli.calibration_outdated", person=calibration.person, **estimators))
    return result


def _calibrate(recording: Recording, video: Path, person: str) -> int:
    wording = _words()
    result = assess_recording(recording)
    own_bend = find_own_bend(result.assessment)
    if isinstance(own_bend, NoOwnBend):
        keys = [f"no_own_bend.{own_bend}"]
        keys += [f"framing.{issue}" for issue in result.report.framing.issues]
        reason = " ".join(wording.of(key) for key in keys[:2])
        return _refuse(wording.of("cli.not_calibrated", name=video.name, reason=reason))
    calibration = Calibration(person=person, own_bend=own_bend, source_name=video.name)
    save(calibration)
    click.echo(_in_words("cli.calibrated", calibration))
    return 0


def _list_calibrations() -> int:
    saved = list_saved()
    for calibration in saved:
        click.echo(_in_words("cli.calibration", calibration))
    if not saved:
        click.echo(_words().of("cli.no_calibration"))
    return 0


def _in_words(key: str, calibration: Calibration) -> str:
    own_bend = calibration.own_bend
    return _words().of(
        key,
        person=calibration.person,
        value=f"{own_bend.max_lumbar_deg:.0f}",
        se=f"{own_bend.max_lumbar_se_deg:.0f}",
        bends=own_bend.bends,
        source=calibration.source_name,
        estimator=own_bend.estimator,
    )


def _pose_model(name: str) -> PoseModel:
    if name not in set(PoseModel):
        kind = "model"
        raise UnknownNameError(kind, name, list(PoseModel))
    return PoseModel(name)


def _run_all(files: Sequence[Path], out: Path, job: Job, *, show: bool) -> int:
    """Do a job for every file; one that fails does not stop the others."""
    check_writable(out)
    names = output_names([_stem(file) for file in files], out)
    status = 0
    for file, name in zip(files, names, strict=True):
        try:
            with staged_folder(out / name) as folder:
                result = job(file, folder)
        except HingewiseError as error:
            status = _refuse(str(error))
            continue
        page = out / name / PAGE
        click.echo(summary(result, file.name, page))
        if show:
            webbrowser.open(page.resolve().as_uri())
    return status


def summary(result: AssessedSet, name: str, page: Path) -> str:
    """Say in one line what was found: repetitions, movement, one cue, where the report is."""
    wording = _words()
    report = result.report
    count = len(report.reps)
    reason = _why_not_more(report, wording)
    if not count:
        return wording.of("cli.summary_no_reps", name=name, reason=reason, path=page)
    movement = report.movement.judged_as or report.movement.recognised
    return wording.of(
        "cli.summary",
        name=name,
        reps=wording.of("page.reps_one" if count == 1 else "page.reps_many", count=count),
        movement=wording.of(f"movement.{movement}"),
        cue=wording.of(report.cue.cue) if report.cue else reason,
        path=page,
    )


def _why_not_more(report: Report, wording: Wording) -> str:
    """Most telling reason why there is no cue: the length of the clip, or what to do next time."""
    told = [note_text(note, wording) for note in report.notes if note.note == CLIP_TOO_SHORT]
    return next(iter([*told, *next_clip(report, wording)]), wording.of("page.nothing_text"))


def _stem(file: Path) -> str:
    """Name of the folder for a clip; that of a recording never replaces what assess wrote."""
    if file.name == RECORDING:
        return f"{file.resolve().parent.name}-replay"
    return file.name.removesuffix(".poses.npz") if file.name.endswith(".npz") else file.stem


def _with_progress(key: str, file: Path, work: Callable[[ProgressListener], _Result]) -> _Result:
    """Show how far a piece of work is, with the time left, where somebody can see it."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(_words().of(key, name=file.name), total=None)
        return work(lambda share: bar.update(task, total=share and 1.0, completed=share or 0.0))


def _with_help(error: click.UsageError, arguments: Sequence[str]) -> str:
    """Say what was not understood, and where it is explained."""
    named = [name for name in arguments[:1] if name in cli.commands]
    wording: Wording = (error.ctx.meta.get(_WORDS) if error.ctx else None) or load_wording()
    return wording.of(
        "cli.see_help", problem=error.format_message(), command=" ".join(["hingewise", *named])
    )


def _refuse(problem: str) -> int:
    _say(" ".join(problem.split()))
    return UNUSABLE


def _say(line: str) -> None:
    click.echo(line, err=True)
