"""The command ``hingewise people``: who is kept, erasing somebody, everything about somebody."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from service.wording import DEFAULT_LANGUAGE, languages, load_wording
from vision.atomic_file import write_atomically
from vision.errors import InputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from service.store.erasure import Erasure
    from service.store.opening import Stores
    from service.store.people import StoredPerson
    from service.wording import Wording

INCOMPLETE: Final = 2
"""Exit status when something was left after an erasure."""


@click.command()
@click.option("--erase", metavar="NAME", help="Erase everything about a person, and prove it.")
@click.option("--export", metavar="NAME", help="Write everything about a person as a ZIP.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The ZIP of --export, or the proof of --erase as JSON.",
)
@click.option("--yes", is_flag=True, help="Erase without being asked again.")
@click.option(
    "--language", default=DEFAULT_LANGUAGE, show_default=True, metavar="|".join(languages())
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML file with settings, the same as the server's.",
)
def people(
    erase: str | None,
    export: str | None,
    out: Path | None,
    language: str,
    settings_file: Path | None,
    *,
    yes: bool,
) -> int:
    """List the people who are kept, erase one, or export everything about one."""
    # Loads the database, which no command without people needs.
    from service.settings import load_settings  # noqa: PLC0415
    from service.store.opening import open_stores  # noqa: PLC0415

    wording = load_wording(language)
    if (erase and export) or (export and out is None) or (out and not (erase or export)):
        raise click.UsageError(wording.of("people.usage"))
    with open_stores(load_settings(settings_file)) as stores:
        if export is not None and out is not None:
            return _export(stores, export, out, wording)
        if erase is not None:
            return _erase(stores, erase, out, wording, is_sure=yes)
        return _list(stores, wording)


def _list(stores: Stores, wording: Wording) -> int:
    from service.people.overview import list_people  # noqa: PLC0415 - needs SQLAlchemy

    found = list_people(stores.database)
    for one in found:
        key = "people.person_without" if one.last_at is None else "people.person"
        last = "" if one.last_at is None else f"{one.last_at.astimezone():%Y-%m-%d}"
        click.echo(wording.of(key, person=one.label, sets=one.sets, last=last))
    if not found:
        click.echo(wording.of("people.none"))
    return 0


def _erase(stores: Stores, name: str, out: Path | None, wording: Wording, *, is_sure: bool) -> int:
    from service.jobs.engine import Queue  # noqa: PLC0415 - needs SQLAlchemy and the queue
    from service.store.erasure import erase_person  # noqa: PLC0415 - as above

    person = _find(stores, name, wording)
    if not is_sure and not click.confirm(wording.of("people.question", person=person.label)):
        click.echo(wording.of("people.nothing_erased"))
        return 0
    with Queue(stores.database) as queue:
        erasure = erase_person(
            stores, person.id, forget_jobs=queue.forget, job_records=queue.records
        )
    if out is not None:
        proof = json.dumps(erasure.document(), indent=1)
        write_atomically(out, f"{proof}\n".encode())
    click.echo(_told(erasure, person.label, wording))
    return 0 if erasure.is_complete else INCOMPLETE


def _told(erasure: Erasure, label: str, wording: Wording) -> str:
    removed = _listed(erasure.removed, wording)
    lines = [wording.of("people.erased", person=label, removed=removed)]
    if erasure.is_complete:
        lines.append(wording.of("people.proof", **erasure.looked_at))
    else:
        found = ", ".join(f"{place} ({count})" for place, count in erasure.found.items())
        lines.append(wording.of("people.left", found=found))
    return "\n".join(lines)


def _listed(counts: Mapping[str, int], wording: Wording) -> str:
    return ", ".join(
        f"{wording.of(f'people.kind.{kind}')} {count}" for kind, count in counts.items()
    )


def _export(stores: Stores, name: str, out: Path, wording: Wording) -> int:
    from service.store.export import export_person  # noqa: PLC0415 - needs SQLAlchemy

    person = _find(stores, name, wording)
    size = _write(out, export_person(stores, person.id, wording))
    megabytes = f"{size / 1e6:.1f}"
    click.echo(wording.of("people.exported", person=person.label, path=out, megabytes=megabytes))
    return 0


def _write(path: Path, parts: Iterator[bytes]) -> int:
    """Write a file whole or not at all, for its owner alone, and return its size."""
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        staging.touch(mode=0o600)
        with staging.open("wb") as file:
            size = sum(file.write(part) for part in parts)
        staging.replace(path)
    except OSError as error:
        msg = (
            f"expected to be able to write {path}, but {error.strerror or error}: "
            "check that the folder exists, is yours and has room"
        )
        raise OutputError(msg) from error
    finally:
        staging.unlink(missing_ok=True)
    return size


def _find(stores: Stores, name: str, wording: Wording) -> StoredPerson:
    from service.store.people import person_by_label  # noqa: PLC0415 - needs SQLAlchemy

    found = person_by_label(stores.database, name)
    if found is None:
        raise InputError(wording.of("people.unknown", person=name))
    return found
