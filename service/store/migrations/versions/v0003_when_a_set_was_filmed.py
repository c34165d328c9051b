"""Where it is known from when a set was filmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on from the step before; earlier uploads have the time at which they were sent."""
    source = sa.Column("filmed_at_source", sa.String(10), nullable=False, server_default="sent")
    op.add_column("sets", source)
    op.execute("UPDATE sets SET filmed_at_source = 'video' WHERE origin = 'live'")
    op.add_column("uploads", sa.Column("filmed_at", sa.DateTime(timezone=True)))
    op.add_column("uploads", sa.Column("filmed_at_source", sa.String(10)))
