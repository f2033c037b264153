"""A hotel's own message templates, in versions."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import template_models  # noqa: F401  its tables join `Base.metadata`, which is compared

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    op.create_table(
        "template_versions",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("replaced", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("template_version", sa.String(12), nullable=False),
        sa.Column("comment", sa.String(200), nullable=False),
        sa.Column("saved_by", sa.String(200), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "language", "number", name="pk_template_versions"),
    )
    op.create_table(
        "active_templates",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "language", name="pk_active_templates"),
    )


def downgrade() -> None:
    """Drop them, with all versions."""
    for table in ("active_templates", "template_versions"):
        op.drop_table(table)
