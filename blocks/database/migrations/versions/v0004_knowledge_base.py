"""Versions of the document index, their documents, and the lease of the run that indexes."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import knowledge_models  # noqa: F401  its tables join `Base.metadata`, which is compared
from innkeeper.blocks.database.types import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    op.create_table(
        "index_versions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("store_name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("embedder", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(200), nullable=False),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("switched_at", _TIME, nullable=True),
        sa.Column("checked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_index_versions"),
        sa.UniqueConstraint("store_name", name="uq_index_versions_store_name"),
    )
    current = sa.text("state = 'current'")
    op.create_index(
        "ix_index_versions_current",
        "index_versions",
        ["collection"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    _create_documents()
    op.create_table(
        "index_leases",
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(200), nullable=False),
        sa.Column("run_name", sa.String(200), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("taken_at", _TIME, nullable=False),
        sa.Column("renewed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("collection", name="pk_index_leases"),
    )


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("version_id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer, nullable=True),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("warnings", Json, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("problem", sa.String(20), nullable=False),
        sa.Column("effective_date", sa.Date, nullable=True),
        sa.Column("review_date", sa.Date, nullable=True),
        sa.Column("superseded_by", sa.Text, nullable=True),
        sa.Column("stated", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("version_id", "path", name="uq_documents_version_id_path"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["index_versions.id"], name="fk_documents_version_id_index_versions", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop them: the documents can be indexed again."""
    for table in ("index_leases", "documents", "index_versions"):
        op.drop_table(table)
