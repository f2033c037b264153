"""The tables of a hotel's own message templates: every version that was saved, and which one is in use."""

import datetime as dt

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base


class TemplateVersionRow(Base):
    """A saved version; it is never changed."""

    __tablename__ = "template_versions"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    replaced: Mapped[int]  # the number that was in use then; 0 for none
    source: Mapped[str] = mapped_column(Text)
    template_version: Mapped[str] = mapped_column(String(12))
    comment: Mapped[str]
    saved_by: Mapped[str]
    saved_at: Mapped[dt.datetime]


class ActiveTemplateRow(Base):
    """Which version is in use; locked while that changes."""

    __tablename__ = "active_templates"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int]  # 0: none, the folder's or the packaged template is
