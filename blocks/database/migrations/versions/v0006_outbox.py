"""The outbox of messages to guests, approvals, and consents to promotions."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import outbox_models  # noqa: F401  its tables join `Base.metadata`, which is compared

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("idempotency_key", sa.String(200), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("chat", sa.Text, nullable=False),
        sa.Column("template", sa.String(120), nullable=False),
        sa.Column("unsubscribe_url", sa.Text, nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("not_before", _TIME, nullable=True),
        sa.Column("window_expires_at", _TIME, nullable=True),
        sa.Column("lease_holder", sa.String(40), nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("provider_id", sa.String(300), nullable=True),
        sa.Column("problem", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("idempotency_key", name="uq_outbox_idempotency_key"),
    )
    op.create_index("ix_outbox_status_next_attempt_at", "outbox", ["status", "next_attempt_at"])
    op.create_index("ix_outbox_address_hash_kind", "outbox", ["address_hash", "kind"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=True),
        sa.Column("decision", sa.String(20), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_subject_kind_subject_id", "approvals", ["subject_kind", "subject_id"])
    op.create_index("ix_approvals_decision_requested_at", "approvals", ["decision", "requested_at"])
    op.create_table(
        "promotion_consents",
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("is_given", sa.Boolean, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name="pk_promotion_consents"),
    )


def downgrade() -> None:
    """Drop them, with all messages."""
    for table in ("promotion_consents", "approvals", "outbox"):
        op.drop_table(table)
