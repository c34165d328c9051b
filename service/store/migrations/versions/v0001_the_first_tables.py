"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on from an empty database; whoever is pointed at comes first."""
    _people()
    _workers()
    _accounts()
    _calibrations()
    _sessions()
    _logins()
    _sets()
    _tokens()
    _notes()
    _reports()
    _uploads()


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("key", name="uq_people_key"),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_index("ix_workers_last_beat_at", "workers", ["last_beat_at"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=22)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_accounts_person_id_people", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_index("ix_accounts_person_id", "accounts", ["person_id"])


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("own_bend", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source_name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_calibrations_person_id_people",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_calibrations"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_sessions_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])


def _logins() -> None:
    op.create_table(
        "logins",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=22), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_logins_account_id_accounts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_logins"),
    )
    op.create_index("ix_logins_account_id", "logins", ["account_id"])
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])


def _sets() -> None:
    op.create_table(
        "sets",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22)),
        sa.Column("session_id", sa.String(length=22)),
        sa.Column("account_id", sa.String(length=22)),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("source_name", sa.String(length=255), nullable=False),
        sa.Column("source_sha256", sa.String(length=64)),
        sa.Column("source_bytes", sa.BigInteger(), nullable=False),
        sa.Column("probe", sa.JSON(none_as_null=True)),
        sa.Column("movement", sa.String(length=40), nullable=False),
        sa.Column("tape", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("filmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Double()),
        sa.Column("reason", sa.String(length=2000)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("worker_id", sa.String(length=100)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("videos_removed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sets_account_id_accounts", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_sets_person_id_people", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_sets_session_id_sessions", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sets"),
    )
    op.create_index("ix_sets_account_id", "sets", ["account_id"])
    op.create_index("ix_sets_person_id_filmed_at", "sets", ["person_id", "filmed_at"])
    op.create_index("ix_sets_session_id", "sets", ["session_id"])
    op.create_index("ix_sets_source_sha256", "sets", ["source_sha256"])
    op.create_index(
        "ix_sets_status_priority_created_at_id",
        "sets",
        ["status", "priority", "created_at", "id"],
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("account_id", sa.String(length=22), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_tokens_account_id_accounts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
    )
    op.create_index("ix_tokens_account_id", "tokens", ["account_id"])


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("set_id", sa.String(length=22), nullable=False),
        sa.Column("account_id", sa.String(length=22)),
        sa.Column("t_s", sa.Double()),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("drawing", sa.JSON(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name="fk_notes_account_id_accounts",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["sets.id"], name="fk_notes_set_id_sets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_set_id", "notes", ["set_id"])


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("set_id", sa.String(length=22), nullable=False),
        sa.Column("judged_as", sa.String(length=40)),
        sa.Column("recognised", sa.String(length=40)),
        sa.Column("reps", sa.Integer(), nullable=False),
        sa.Column("cue", sa.String(length=100)),
        sa.Column("near_side", sa.String(length=10), nullable=False),
        sa.Column("metrics", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("program_version", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["sets.id"], name="fk_reports_set_id_sets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", name="pk_reports"),
    )
    op.create_index("ix_reports_judged_as", "reports", ["judged_as"])


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("account_id", sa.String(length=22), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200)),
        sa.Column("set_id", sa.String(length=22)),
        sa.Column("person_id", sa.String(length=22)),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("movement", sa.String(length=40), nullable=False),
        sa.Column("tape", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=2000)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_uploads_person_id_people", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["sets.id"], name="fk_uploads_set_id_sets", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.UniqueConstraint(
            "account_id", "idempotency_key", name="uq_uploads_account_id_idempotency_key"
        ),
    )
    op.create_index("ix_uploads_created_at", "uploads", ["created_at"])
    op.create_index("ix_uploads_person_id", "uploads", ["person_id"])
    op.create_index("ix_uploads_set_id", "uploads", ["set_id"])
