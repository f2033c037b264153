"""Conversations with the assistant, and their messages."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import conversation_models  # noqa: F401  its tables join `Base.metadata`, which is compared
from innkeeper.blocks.database.types import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("guest", sa.String(254), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("focus", Json, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("message_count", sa.Integer, nullable=False),
        sa.Column("next_seq", sa.Integer, nullable=False),
        sa.Column("thread", sa.String(64), nullable=False),
        sa.Column("turn_id", sa.String(40), nullable=True),
        sa.Column("turn_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_expires_at", "conversations", ["expires_at"])
    op.create_table(
        "conversation_messages",
        sa.Column("conversation_id", sa.String(80), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("about", Json, nullable=False),
        sa.Column("thread", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name="pk_conversation_messages"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_messages_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_conversation_messages_thread", "conversation_messages", ["thread"])


def downgrade() -> None:
    """Drop them, with all that was said."""
    for table in ("conversation_messages", "conversations"):
        op.drop_table(table)
