"""Run by Alembic for every command: on the connection that the caller holds, nowhere else."""

from __future__ import annotations

from alembic import context

from service.store.schema import is_ours
from service.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    include_name=is_ours,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
