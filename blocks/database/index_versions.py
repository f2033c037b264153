"""Versions of the document index in the database, and the pointer to the one that is searched."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.knowledge_models import DocumentRow, IndexLeaseRow, IndexVersionRow
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge_index import DocumentRecord, IndexBusy, IndexVersion, VersionState

_ROWS_AT_ONCE = 500  # of one statement: both databases take at most some 32,000 parameters


async def current_version(session: AsyncSession, collection: str) -> IndexVersion | None:
    """The version that is searched, if there is one."""
    query = select(IndexVersionRow).where(
        IndexVersionRow.collection == collection, IndexVersionRow.state == VersionState.CURRENT.value
    )
    row = (await session.scalars(query)).one_or_none()
    return None if row is None else _version(row)


async def list_versions(session: AsyncSession, collection: str, *states: VersionState) -> list[IndexVersion]:
    """The versions of a collection, newest first, in these states or in any."""
    query = select(IndexVersionRow).where(IndexVersionRow.collection == collection)
    if states:
        query = query.where(IndexVersionRow.state.in_([state.value for state in states]))
    return [_version(row) for row in await session.scalars(query.order_by(IndexVersionRow.id.desc()))]


async def add_version(session: AsyncSession, **values: Any) -> IndexVersion:
    """A new version that is being built; `values` are fields of `IndexVersion`."""
    row = IndexVersionRow(state=VersionState.BUILDING.value, documents=0, quarantined=0, chunks=0, **values)
    session.add(row)
    await session.flush()
    return _version(row)


async def set_state(session: AsyncSession, version_id: int, state: VersionState) -> None:
    """Mark a version; what is failed or pruned keeps no documents."""
    await session.execute(update(IndexVersionRow).where(IndexVersionRow.id == version_id).values(state=state.value))
    if state in {VersionState.FAILED, VersionState.PRUNED}:
        await session.execute(delete(DocumentRow).where(DocumentRow.version_id == version_id))


async def complete_version(
    session: AsyncSession, version: IndexVersion, records: Sequence[DocumentRecord], chunks: int, now: dt.datetime
) -> None:
    """
    Enter the documents of a finished build and make it current; the transaction shows all of it or nothing.

    Raises:
        IndexBusy: The build's run no longer holds the lease: it was taken for dead.
    """
    holder = await session.scalar(select(IndexLeaseRow.run_id).where(IndexLeaseRow.collection == version.collection))
    if holder != version.run_id:
        raise IndexBusy(
            f"the lease on {version.collection!r} was lost to run {holder}; its result counts, not this one"
        )
    rows = [{"version_id": version.id, **_values(record)} for record in records]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        await session.execute(insert(DocumentRow), rows[start : start + _ROWS_AT_ONCE])
    quarantined = sum(record.is_quarantined for record in records)
    counts = {"documents": len(records) - quarantined, "quarantined": quarantined, "chunks": chunks}
    await session.execute(update(IndexVersionRow).where(IndexVersionRow.id == version.id).values(**counts))
    await switch_version(session, version.collection, version.id, now)


async def switch_version(session: AsyncSession, collection: str, version_id: int, now: dt.datetime) -> None:
    """Make another version the current one; the one before can be returned to."""
    is_current = (IndexVersionRow.collection == collection, IndexVersionRow.state == VersionState.CURRENT.value)
    await session.execute(update(IndexVersionRow).where(*is_current).values(state=VersionState.READY.value))
    await session.execute(
        update(IndexVersionRow)
        .where(IndexVersionRow.id == version_id)
        .values(state=VersionState.CURRENT.value, switched_at=now)
    )


async def version_to_return_to(session: AsyncSession, collection: str, version_id: int | None) -> IndexVersion:
    """
    The version that a rollback makes current: the given one, or of those before the current the one that served last.

    Raises:
        InputInvalid: There is none, or it was removed; the message names those that are kept.
    """
    current = await current_version(session, collection)
    kept = await list_versions(session, collection, VersionState.READY)
    if version_id is None:
        kept_before = [each for each in kept if current is None or each.id < current.id]
        if not kept_before:
            raise InputInvalid(f"there is no version of {collection!r} before the current one to return to")
        return max(kept_before, key=lambda each: (each.switched_at or each.created_at, each.id))
    for each in kept:
        if each.id == version_id:
            return each
    names = ", ".join(str(each.id) for each in kept) or "none"
    raise InputInvalid(f"version {version_id} of {collection!r} cannot be returned to; these can: {names}")


async def note_check(session: AsyncSession, version_id: int, now: dt.datetime) -> None:
    """Remember that nothing had changed."""
    await session.execute(update(IndexVersionRow).where(IndexVersionRow.id == version_id).values(checked_at=now))


async def documents_of(session: AsyncSession, version_id: int) -> list[DocumentRecord]:
    """The documents of a version, by path."""
    query = select(DocumentRow).where(DocumentRow.version_id == version_id).order_by(DocumentRow.path)
    return [_record(row) for row in await session.scalars(query)]


def superseded(records: Iterable[DocumentRecord]) -> dict[str, str]:
    """Path to successor, of the documents that were replaced."""
    return {record.path: record.superseded_by for record in records if record.superseded_by}


def _values(record: DocumentRecord) -> dict[str, Any]:
    return record.model_dump(exclude={"stated", "warnings"}) | {
        "status": record.status.value,
        "warnings": list(record.warnings),
        "stated": record.stated.model_dump(mode="json", exclude_defaults=True),
    }


def _record(row: DocumentRow) -> DocumentRecord:
    return DocumentRecord.model_validate({name: getattr(row, name) for name in DocumentRecord.model_fields})


def _version(row: IndexVersionRow) -> IndexVersion:
    return IndexVersion.model_validate({name: getattr(row, name) for name in IndexVersion.model_fields})
