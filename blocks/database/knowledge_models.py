"""The tables of the knowledge base: versions of its index, their documents, and who is indexing."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base
from innkeeper.blocks.database.types import Json

_IS_CURRENT = text("state = 'current'")


class IndexVersionRow(Base):
    """A version of a collection's index (`schemas.knowledge_index.IndexVersion`); at most one of each is current."""

    __tablename__ = "index_versions"
    __table_args__ = (
        UniqueConstraint("store_name"),
        Index(
            "ix_index_versions_current",
            "collection",
            unique=True,
            sqlite_where=_IS_CURRENT,
            postgresql_where=_IS_CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(String(40))
    store_name: Mapped[str]
    state: Mapped[str] = mapped_column(String(20))
    folder: Mapped[str] = mapped_column(Text)
    embedder: Mapped[str]
    model: Mapped[str]
    dimensions: Mapped[int]
    run_id: Mapped[str]
    documents: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    chunks: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    switched_at: Mapped[dt.datetime | None]
    checked_at: Mapped[dt.datetime | None]


class DocumentRow(Base):
    """A document in a version of the index (`schemas.knowledge_index.DocumentRecord`)."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("version_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("index_versions.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(40))
    section: Mapped[str] = mapped_column(Text)
    pages: Mapped[int | None]
    chunks: Mapped[int]
    warnings: Mapped[list[str]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(String(20))
    effective_date: Mapped[dt.date | None]
    review_date: Mapped[dt.date | None]
    superseded_by: Mapped[str | None] = mapped_column(Text)
    stated: Mapped[dict[str, Any]]


class IndexLeaseRow(Base):
    """Who is indexing a collection. A run that stops renewing its lease is taken for dead."""

    __tablename__ = "index_leases"

    collection: Mapped[str] = mapped_column(String(40), primary_key=True)
    run_id: Mapped[str]
    run_name: Mapped[str]
    host: Mapped[str]
    process: Mapped[int]
    taken_at: Mapped[dt.datetime]
    renewed_at: Mapped[dt.datetime]
