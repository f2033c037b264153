"""Incidents in the database: their numbers, and that of two who change one at once the second is told."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.incident_models import IncidentRow, NumberRow
from innkeeper.blocks.database.log_types import fitted
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.incidents import Incident, IncidentStatus

_MAX_FINGERPRINT_CHARS = 64


class StoredIncident(NamedTuple):
    """An incident as it was read: `version` says whether somebody has changed it since."""

    key: int
    version: int
    incident: Incident


async def open_incidents(session: AsyncSession, *, resolved_since: dt.datetime | None = None) -> list[StoredIncident]:
    """
    Every incident that is not resolved, pending and suppressed ones included, oldest first.

    Args:
        session: For reading.
        resolved_since: Also those that were resolved since then: they may come back.
    """
    wanted = IncidentRow.status != IncidentStatus.RESOLVED.value
    if resolved_since is not None:
        wanted |= IncidentRow.resolved_at >= resolved_since
    return [_stored(row) for row in await session.scalars(select(IncidentRow).where(wanted).order_by(IncidentRow.key))]


async def find_incident(session: AsyncSession, incident_id: str) -> StoredIncident:
    """The incident "INC-2026-001"; raises `NotFound`."""
    row = await session.scalar(select(IncidentRow).where(IncidentRow.id == fitted(incident_id, 40)))
    if row is None:
        raise NotFound(f"there is no incident {incident_id[:40]!r}; `innkeeper incidents list` shows those there are")
    return _stored(row)


async def list_incidents(
    session: AsyncSession,
    *,
    status: IncidentStatus | None = None,
    service: str | None = None,
    since: dt.datetime | None = None,
    limit: int = 50,
) -> list[Incident]:
    """Incidents that were last seen `since` then, latest first; pending ones only when `status` asks for them."""
    query = select(IncidentRow).order_by(IncidentRow.last_seen_at.desc(), IncidentRow.key.desc()).limit(limit)
    if status is None:
        query = query.where(IncidentRow.status != IncidentStatus.PENDING.value)
    else:
        query = query.where(IncidentRow.status == status.value)
    if service is not None:
        query = query.where(IncidentRow.service == fitted(service))
    if since is not None:
        query = query.where(IncidentRow.last_seen_at >= since)
    return [_stored(row).incident for row in await session.scalars(query)]


async def save_incident(
    session: AsyncSession, known: StoredIncident, changed: Incident, *, zone: dt.tzinfo = dt.UTC
) -> Incident:
    """Store what became of an incident; `save_incidents` for one, with the same errors."""
    return (await save_incidents(session, [known], [changed], zone=zone))[0]


async def save_incidents(
    session: AsyncSession, known: Iterable[StoredIncident], changed: Sequence[Incident], *, zone: dt.tzinfo = dt.UTC
) -> list[Incident]:
    """
    Store new and changed incidents; those that are no longer pending get their numbers.

    A pending one that is resolved was never opened: it is forgotten.

    Args:
        session: From `Database.writing()`.
        known: As they were read before; a changed one is found among them by its id, or by its fingerprint.
        changed: As they are now.
        zone: Whose year the numbers are of.

    Returns:
        `changed`, in the same order, with their ids.

    Raises:
        Conflict: Somebody has changed one of them since it was read, or opened the same incident.
    """
    before = _Known(known)
    order = sorted(range(len(changed)), key=lambda place: before.order(changed[place]))  # one for all: no deadlock
    saved = {}
    for place in order:
        incident = changed[place]
        try:
            saved[place] = await _save(session, before.of(incident), incident, zone)
        except IntegrityError:
            raise _conflict(incident) from None
    return [saved[place] for place in range(len(changed))]


async def next_number(session: AsyncSession, series: str) -> int:
    """The next of a series, from 1; others wait for it until the transaction ends, so that there are no gaps."""
    first = insert_into(session, NumberRow).values(series=series, last=1)
    counted = first.on_conflict_do_update(index_elements=["series"], set_={"last": NumberRow.last + 1})
    return int((await session.execute(counted.returning(NumberRow.last))).scalar_one())


class _Known:
    """Incidents as they were read, by what they are recognised by."""

    def __init__(self, incidents: Iterable[StoredIncident]) -> None:
        self._by_id: dict[str, StoredIncident] = {}
        self._by_fingerprint: dict[str, StoredIncident] = {}
        for each in incidents:
            if each.incident.id is None:
                self._by_fingerprint[each.incident.fingerprint] = each
            else:
                self._by_id[each.incident.id] = each

    def of(self, incident: Incident) -> StoredIncident | None:
        """The stored one; none for a new incident."""
        if incident.id is None:
            return self._by_fingerprint.get(incident.fingerprint)
        stored = self._by_id.get(incident.id)
        if stored is None:
            raise _conflict(incident)
        return stored

    def order(self, incident: Incident) -> tuple[bool, int, str]:
        """Stored ones by key, then new ones by fingerprint."""
        stored = self.of(incident)
        return (stored is None, 0 if stored is None else stored.key, incident.fingerprint)


async def _save(session: AsyncSession, stored: StoredIncident | None, incident: Incident, zone: dt.tzinfo) -> Incident:
    if incident.id is None and incident.status is IncidentStatus.RESOLVED and incident.opened_at is None:
        if stored is not None:
            await _change(session, stored, None)
        return incident
    if incident.id is None and incident.status is not IncidentStatus.PENDING:
        incident = incident.model_copy(update={"id": await _next_id(session, incident, zone)})
    if stored is not None:
        await _change(session, stored, incident)
    else:
        await session.execute(insert_into(session, IncidentRow).values(**_columns(incident), version=1))
    return incident


async def _change(session: AsyncSession, stored: StoredIncident, incident: Incident | None) -> None:
    """Write `incident` in the place of `stored`, or delete it; only when it is still as it was read."""
    as_read = (IncidentRow.key == stored.key) & (IncidentRow.version == stored.version)
    if incident is None:
        done = await session.scalar(delete(IncidentRow).where(as_read).returning(IncidentRow.key))
    else:
        changed = update(IncidentRow).where(as_read).values(**_columns(incident), version=stored.version + 1)
        done = await session.scalar(changed.returning(IncidentRow.key).execution_options(synchronize_session=False))
    if done is None:
        raise _conflict(stored.incident)


async def _next_id(session: AsyncSession, incident: Incident, zone: dt.tzinfo) -> str:
    year = (incident.opened_at or incident.last_seen_at).astimezone(zone).year
    series = f"INC-{year}"
    return f"{series}-{await next_number(session, series):03d}"


def _conflict(incident: Incident) -> Conflict:
    name = incident.id or f"with fingerprint {incident.fingerprint[:8]}"
    return Conflict(f"the incident {name} was changed by somebody else meanwhile; read it again and repeat")


def _columns(incident: Incident) -> dict[str, Any]:
    fingerprint = fitted(incident.fingerprint, _MAX_FINGERPRINT_CHARS)
    is_over = incident.status is IncidentStatus.RESOLVED
    return {
        "id": incident.id,
        "fingerprint": fingerprint,
        "active_fingerprint": None if is_over else fingerprint,
        "service": fitted(incident.service),
        "kind": incident.kind.value,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "started_at": incident.started_at,
        "opened_at": incident.opened_at,
        "last_seen_at": incident.last_seen_at,
        "resolved_at": incident.resolved_at,
        "content": incident.model_dump(mode="json"),
    }


def _stored(row: IncidentRow) -> StoredIncident:
    return StoredIncident(row.key, row.version, Incident.model_validate(row.content))
