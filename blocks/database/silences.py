"""Silences and maintenance windows in the database; who made and ended them is in the audit log."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.incident_models import SilenceRow
from innkeeper.blocks.database.log_types import short
from innkeeper.schemas.errors import InputInvalid, NotFound
from innkeeper.schemas.incidents import Silence
from innkeeper.schemas.logs import FindingKind


async def active_silences(session: AsyncSession, now: dt.datetime) -> list[Silence]:
    """Those that hold at `now`: from their start until just before their end."""
    query = select(SilenceRow).where(SilenceRow.starts_at <= now, SilenceRow.ends_at > now)
    return [_silence(row) for row in await session.scalars(query.order_by(SilenceRow.starts_at, SilenceRow.id))]


async def list_silences(session: AsyncSession, *, ends_after: dt.datetime, limit: int = 100) -> list[Silence]:
    """Those that hold at some time after `ends_after`, future ones included, the earliest first."""
    query = select(SilenceRow).where(SilenceRow.ends_at > ends_after).order_by(SilenceRow.starts_at, SilenceRow.id)
    return [_silence(row) for row in await session.scalars(query.limit(limit))]


async def add_silence(
    session: AsyncSession,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    created_by: str,
    service: str | None = None,
    kind: FindingKind | None = None,
    fingerprint: str | None = None,
) -> Silence:
    """
    Keep matching incidents from being told, for a time.

    Args:
        session: From `Database.writing()`.
        starts_at: Aware; a maintenance window starts later.
        ends_at: Aware, after `starts_at`.
        reason: 1 to 500 characters, for whoever wonders.
        created_by: As the audit log names a principal.
        service: None for all.
        kind: None for all.
        fingerprint: Of one incident.

    Raises:
        InputInvalid: It would end before it starts, or a text is too long.
    """
    values = {"service": service, "kind": kind, "fingerprint": fingerprint, "created_by": created_by}
    silence = _checked(values | {"starts_at": starts_at, "ends_at": ends_at, "reason": short(reason, 501)})
    row = silence.model_dump() | {"kind": None if kind is None else kind.value}
    session.add(SilenceRow(**row | {"service": None if service is None else short(service, 1_000)}))
    record(session, principal=created_by, action="silence.add", subject=f"silence:{silence.id}")
    return silence


async def end_silence(session: AsyncSession, silence_id: str, *, ended_by: str, now: dt.datetime) -> Silence:
    """End a silence now; one that has not begun never does. One that is over stays as it is. Raises `NotFound`."""
    row = await session.get(SilenceRow, silence_id[:40], with_for_update=True)
    if row is None:
        raise NotFound(f"there is no silence {silence_id[:40]!r}")
    if row.ends_at > now:
        row.ends_at = max(now, row.starts_at)
        record(session, principal=ended_by, action="silence.end", subject=f"silence:{row.id}")
    return _silence(row)


def _checked(values: Mapping[str, Any]) -> Silence:
    if values["ends_at"] <= values["starts_at"]:
        raise InputInvalid("the silence would end before it starts; give a later end")
    try:
        return Silence(id=f"sil_{secrets.token_hex(6)}", **values)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise InputInvalid(f"the silence cannot be made: {'; '.join(problems)}", problems=problems) from None


def _silence(row: SilenceRow) -> Silence:
    return Silence.model_validate({name: getattr(row, name) for name in Silence.model_fields})
