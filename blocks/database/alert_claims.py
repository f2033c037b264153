"""Taking up deliveries: one sender for each, in the order of the incident, no more than a target takes."""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from innkeeper.blocks.database.alert_outbox import DeliveryStatus
from innkeeper.blocks.database.incident_models import AlertRow, AlertTargetRow, DeliveryRow
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.incidents import Alert, AlertEvent

_WINDOW = dt.timedelta(minutes=1)
_WAITING = DeliveryStatus.WAITING.value
_NEED_TELLING = {AlertEvent.ACKNOWLEDGED.value, AlertEvent.RESOLVED.value}  # who was not told has nothing to close


class Claimed(NamedTuple):
    """A delivery that this process sends; `attempts` counts this one."""

    number: int
    target: str
    alert: Alert
    attempts: int
    created_at: dt.datetime


async def claim_delivery(
    session: AsyncSession,
    target: str,
    holder: str,
    *,
    now: dt.datetime,
    until: dt.datetime,
    per_minute: int,
    max_attempts: int,
) -> Claimed | None:
    """
    Take up the most urgent delivery to a target whose time has come, and those before it of its incident are done.

    Deliveries that need not go out any more are given up on the way.

    Args:
        session: From `Database.writing()`. Whoever claims for the same target meanwhile waits for its end.
        target: Its name.
        holder: Who sends, at most 40 characters, different for each sender.
        now: Aware.
        until: When others may take it for abandoned.
        per_minute: How many the target takes.
        max_attempts: After so many claims that came to nothing it is given up.

    Returns:
        None when nothing is due, the target asked for a pause, or it has had enough for this minute.
    """
    state = await _locked(session, target, now)
    if not _takes_more(state, now, per_minute):
        return None
    while (row := await _head(session, target, now)) is not None:
        needless = await _needless(session, row, max_attempts)
        if needless is None:
            row.claimed_by, row.claimed_until, row.attempts = holder, until, row.attempts + 1
            state.sent_in_window += 1
            return await _claimed(session, row)
        row.status, row.problem, row.claimed_by = DeliveryStatus.GIVEN_UP.value, needless, None
        await session.flush()
    return None


async def pause_target(session: AsyncSession, target: str, until: dt.datetime) -> None:
    """Send nothing to the target before `until`, as it asked."""
    await session.execute(
        update(AlertTargetRow)
        .where(AlertTargetRow.name == target)
        .where(or_(AlertTargetRow.paused_until.is_(None), AlertTargetRow.paused_until < until))
        .values(paused_until=until)
    )


async def _locked(session: AsyncSession, target: str, now: dt.datetime) -> AlertTargetRow:
    first = insert_into(session, AlertTargetRow).values(name=target, window_started_at=now, sent_in_window=0)
    await session.execute(first.on_conflict_do_nothing(index_elements=["name"]))
    query = select(AlertTargetRow).where(AlertTargetRow.name == target).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


def _takes_more(state: AlertTargetRow, now: dt.datetime, per_minute: int) -> bool:
    if state.paused_until is not None and state.paused_until > now:
        return False
    if now - state.window_started_at >= _WINDOW or now < state.window_started_at:  # the clock may have been set back
        state.window_started_at, state.sent_in_window = now, 0
    return state.sent_in_window < per_minute


async def _head(session: AsyncSession, target: str, now: dt.datetime) -> DeliveryRow | None:
    before = aliased(DeliveryRow)
    waits_before = (
        select(before.alert_number)
        .where(before.incident_id == DeliveryRow.incident_id, before.target == DeliveryRow.target)
        .where(before.alert_number < DeliveryRow.alert_number, before.status == _WAITING)
        .exists()
    )
    is_free: Any = or_(DeliveryRow.claimed_until.is_(None), DeliveryRow.claimed_until <= now)
    due = select(DeliveryRow).where(DeliveryRow.target == target, DeliveryRow.status == _WAITING, is_free)
    due = due.where(DeliveryRow.next_attempt_at <= now, ~waits_before)
    first = due.order_by(DeliveryRow.urgency.desc(), DeliveryRow.alert_number).limit(1)
    return (await session.scalars(first.execution_options(populate_existing=True))).one_or_none()


async def _needless(session: AsyncSession, row: DeliveryRow, max_attempts: int) -> str | None:
    """Why the delivery is not to be sent any more; none when it is."""
    if row.attempts >= max_attempts:
        return "every sender that took it up broke off"
    if row.event not in _NEED_TELLING:
        return None
    sent = select(DeliveryRow.event).where(
        DeliveryRow.incident_id == row.incident_id,
        DeliveryRow.target == row.target,
        DeliveryRow.alert_number < row.alert_number,
        DeliveryRow.status == DeliveryStatus.SENT.value,
    )
    last = await session.scalar(sent.order_by(DeliveryRow.alert_number.desc()).limit(1))
    if last is None or last == AlertEvent.RESOLVED.value:
        return "the target was never told that it began"
    return None


async def _claimed(session: AsyncSession, row: DeliveryRow) -> Claimed:
    alert = await session.get_one(AlertRow, row.alert_number)
    return Claimed(
        number=row.alert_number,
        target=row.target,
        alert=Alert.model_validate(alert.content),
        attempts=row.attempts,
        created_at=row.created_at,
    )
