"""Who agreed to promotions, and how many they got."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.outbox_models import OutboxRow, PromotionConsent
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.outbox import OutboxStatus

_GONE_OUT = (OutboxStatus.SENT.value, OutboxStatus.WRITTEN.value)


async def record_consent(
    session: AsyncSession, address_hash: str, *, is_given: bool, recorded_by: str, now: dt.datetime
) -> None:
    """Note that the owner of an address (`outbox.address_hash`) wants promotions, or no longer does."""
    values = {"is_given": is_given, "recorded_at": now, "recorded_by": recorded_by}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(PromotionConsent).values(address_hash=address_hash, **values)
    await session.execute(insert.on_conflict_do_update(index_elements=["address_hash"], set_=values))


async def consent_of(session: AsyncSession, address_hash: str) -> bool:
    """
    Whether promotions may go to the address; no entry is a no.

    In a writing session, another sender of a promotion to the same address waits here: so that both count.
    """
    query = select(PromotionConsent.is_given).where(PromotionConsent.address_hash == address_hash).with_for_update()
    return bool(await session.scalar(query))


async def promotions_since(
    session: AsyncSession, address_hash: str, since: dt.datetime, *, besides: str = ""
) -> Sequence[dt.datetime]:
    """
    When promotions went to the address since `since`; one that is being sent counts as of its last attempt.

    Args:
        session: Any.
        address_hash: As `outbox.address_hash` makes it.
        since: Aware.
        besides: Id of a message that does not count: the one in question.
    """
    gone = OutboxRow.status.in_(_GONE_OUT) & (OutboxRow.sent_at >= since)
    query = select(OutboxRow.sent_at, OutboxRow.next_attempt_at).where(
        OutboxRow.address_hash == address_hash,
        OutboxRow.kind == MessageKind.PROMOTIONAL_OFFER.value,
        OutboxRow.id != besides,
        or_(gone, OutboxRow.status == OutboxStatus.SENDING.value),
    )
    return sorted(sent_at or tried_at for sent_at, tried_at in await session.execute(query))
