"""API keys. A key holds 256 random bits, so a plain SHA-256 of it cannot be reversed or guessed."""

import datetime as dt
import hashlib
import secrets

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.models import ApiKey
from innkeeper.schemas.access import Role

_START = "ik_"
_LENGTH = len(_START) + 43  # 32 bytes in URL-safe base64
_SHOWN = 9  # characters of a key that lists show: 36 of its 256 bits


async def create_key(
    session: AsyncSession, role: Role, name: str, *, principal: str = "innkeeper"
) -> tuple[str, ApiKey]:
    """
    Make a key for `role`.

    Args:
        session: From `Database.writing()`.
        role: What the holder may do.
        name: By which people recognise the key, 1 to 200 characters.
        principal: Who makes it, for the audit log.

    Returns:
        The key, which nobody can look up again, and its row.
    """
    plain = _START + secrets.token_urlsafe(32)
    now = dt.datetime.now(dt.UTC)
    row = ApiKey(name=name, role=role.value, prefix=plain[:_SHOWN], sha256=_hash(plain), created_at=now)
    session.add(row)
    await session.flush()
    record(
        session, principal=principal, action="api_key.create", subject=f"api_key:{row.id}", details={"role": row.role}
    )
    return plain, row


async def find_key(session: AsyncSession, plain: str) -> ApiKey | None:
    """The row of key `plain`; none when there is no such key or it was revoked."""
    if len(plain) != _LENGTH or not plain.startswith(_START):
        return None
    return await session.scalar(select(ApiKey).where(ApiKey.sha256 == _hash(plain), ApiKey.revoked_at.is_(None)))


async def list_keys(session: AsyncSession) -> list[ApiKey]:
    """All keys, revoked ones too, oldest first."""
    return list((await session.scalars(select(ApiKey).order_by(ApiKey.id))).all())


async def note_use(session: AsyncSession, key_id: int, at: dt.datetime) -> None:
    """Remember that a key was used at `at` (aware)."""
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at))


async def revoke_key(session: AsyncSession, key_id: int, *, principal: str = "innkeeper") -> ApiKey | None:
    """
    Make a key useless from now on; none when there is no such key.

    A key that was revoked before keeps its time of revocation.
    """
    row = await session.get(ApiKey, key_id)
    if row is not None and row.revoked_at is None:
        row.revoked_at = dt.datetime.now(dt.UTC)
        record(session, principal=principal, action="api_key.revoke", subject=f"api_key:{key_id}")
    return row


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
