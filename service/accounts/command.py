"""The command ``hingewise account``."""

from __future__ import annotations

from pathlib import Path

import click

from service.wording import load_wording
from vision.errors import InputError

ROLES = ("owner", "coach", "member")


@click.command()
@click.option("--name", required=True, metavar="NAME", help="To sign in with.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--person", metavar="LABEL", help="Who a member is.")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML file with settings, the same as the server's.",
)
def account(name: str, role: str, person: str | None, settings_file: Path | None) -> int:
    """Make an account for the server, or give one a new password and role."""
    # Loads the database, which no command without accounts needs.
    from service.accounts.keeping import NewAccount, save_account  # noqa: PLC0415
    from service.settings import load_settings  # noqa: PLC0415
    from service.store.opening import open_stores  # noqa: PLC0415
    from service.store.people import person_by_label  # noqa: PLC0415
    from service.store.tables import Role  # noqa: PLC0415

    settings = load_settings(settings_file)
    with open_stores(settings) as stores:
        found = None if person is None else person_by_label(stores.database, person)
        if person is not None and found is None:
            raise InputError(load_wording().of("accounts.no_person", person=person))
        password = click.prompt(
            load_wording().of("accounts.password"),
            hide_input=True,
            confirmation_prompt=load_wording().of("accounts.again"),
        )
        new = NewAccount(
            name=name,
            password=password,
            role=Role(role),
            person_id=None if found is None else found.id,
        )
        kept = save_account(stores.database, new)
    click.echo(load_wording().of("accounts.made", name=kept.name, role=kept.role))
    if not settings.accounts:
        click.echo(load_wording().of("accounts.switched_off"))
    return 0
