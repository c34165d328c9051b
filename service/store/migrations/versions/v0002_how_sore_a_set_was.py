"""How sore a set was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on from the step before; of earlier sets the answer is not known."""
    op.add_column("sets", sa.Column("pain", sa.Integer()))
