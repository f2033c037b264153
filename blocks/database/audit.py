"""The audit log: who did what to which thing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import AuditEntry


@dataclass(frozen=True)
class AuditNote:
    """An entry that is written later, in the transaction of what it belongs to; the fields are those of `record`."""

    action: str
    subject: str
    details: dict[str, Any] = field(default_factory=dict)


def record(
    session: AsyncSession, *, principal: str, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """
    Add an entry to the session's transaction: it is kept if, and only if, the act itself is.

    Args:
        session: From `Database.writing()`.
        principal: Who, as "key:3", "cli:root" or "flow:index_knowledge_base"; at most 200 characters.
        action: What, as "api_key.create"; at most 60 characters.
        subject: To which thing, as "api_key:7"; never a guest's name.
        details: Numbers and names of settings. No guest data: the log outlives an erased guest.
    """
    entry = AuditEntry(
        at=dt.datetime.now(dt.UTC), principal=principal, action=action, subject=subject, details=dict(details or {})
    )
    session.add(entry)
