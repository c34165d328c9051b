"""The command ``hingewise worker``."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

import click


@click.command()
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML file with settings, the same as the server's.",
)
@click.option("--once", is_flag=True, help="End when no video waits any more.")
def worker(settings_file: Path | None, *, once: bool) -> int:
    """Analyse uploaded videos, on this machine or for a server on another one."""
    # Loads database and queue, which no other command needs.
    from service.jobs.worker import ending_signals, work  # noqa: PLC0415
    from service.settings import load_settings  # noqa: PLC0415

    settings = load_settings(settings_file)
    logging.basicConfig(level=settings.log_level.upper())
    with ending_signals() as should_end:
        work(settings, should_end=should_end, once=once, say=_say)
    end_process()
    return 0


def end_process() -> None:
    """End with status 0, without waiting for threads that wait for other workers' results."""
    if all(thread.daemon for thread in threading.enumerate() if thread is not _main()):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _main() -> threading.Thread:
    return threading.main_thread()


def _say(line: str) -> None:
    click.echo(line, err=True)
