"""Make a hotel's rows in one table equal to given ones, with as few statements as that takes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import Booking, Guest, Rate, Room

Rows = dict[tuple[Any, ...], dict[str, Any]]  # key columns' values → the other columns, by name
_AT_ONCE = 500


async def synchronise(
    session: AsyncSession,
    model: type[Room] | type[Guest] | type[Booking] | type[Rate],
    hotel_id: int,
    key: tuple[str, ...],
    wanted: Mapping[tuple[Any, ...], Mapping[str, Any]],
) -> dict[str, int]:
    """
    Add, change and remove rows until the hotel has exactly `wanted`.

    Args:
        session: From `Database.writing()`.
        model: The table.
        hotel_id: Whose rows.
        key: Columns that tell rows apart.
        wanted: All columns of every row except `id`, `hotel_id` and the key, by the key's values.

    Returns:
        Counts `added`, `changed`, `removed`, `unchanged`.
    """
    table = model.__table__
    stored = {
        tuple(row[name] for name in key): row
        for row in (await session.execute(select(table).where(model.hotel_id == hotel_id))).mappings()
    }
    added = [
        dict(zip(key, values, strict=True)) | {**columns, "hotel_id": hotel_id}
        for values, columns in wanted.items()
        if values not in stored
    ]
    changed = [
        {"id": stored[values]["id"], **columns}
        for values, columns in wanted.items()
        if values in stored and any(stored[values][name] != column for name, column in columns.items())
    ]
    removed = [row["id"] for values, row in stored.items() if values not in wanted]
    await _write(session, model, added, changed, removed)
    counts = {"added": len(added), "changed": len(changed), "removed": len(removed)}
    return counts | {"unchanged": len(wanted) - len(added) - len(changed)}


async def _write(
    session: AsyncSession, model: Any, added: list[dict[str, Any]], changed: list[dict[str, Any]], removed: list[int]
) -> None:
    for start in range(0, len(removed), _AT_ONCE):
        await session.execute(delete(model).where(model.id.in_(removed[start : start + _AT_ONCE])))
    if changed:
        await session.execute(update(model), changed)
    if added:
        await session.execute(insert(model), added)
