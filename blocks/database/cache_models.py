"""The table of kept completions, for where there is no Redis."""

import datetime as dt

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base


class CachedCompletion(Base):
    """A model's answer that may be given again until it expires (`blocks.completion_cache`)."""

    __tablename__ = "completion_cache"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[str] = mapped_column(String(100), primary_key=True)  # of whom, and the hash of what was asked
    value: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[dt.datetime]
