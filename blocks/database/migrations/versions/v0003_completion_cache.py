"""Completions that may be given again."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import cache_models  # noqa: F401  its table joins `Base.metadata`, which is compared

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; constraint names follow `models.NAMING`."""
    op.create_table(
        "completion_cache",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_completion_cache"),
    )
    op.create_index("ix_completion_cache_expires_at", "completion_cache", ["expires_at"])


def downgrade() -> None:
    """Drop it: a cache can be filled again."""
    op.drop_table("completion_cache")
