"""Questions to a person, in the database: asked once for each thing, answered once."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.outbox_models import ApprovalRow
from innkeeper.schemas.errors import Conflict, NotAllowed, NotFound
from innkeeper.schemas.outbox import Approval, Decision


async def request_approval(
    session: AsyncSession, *, subject_kind: str, subject_id: str, reason: str, requested_by: str, now: dt.datetime
) -> Approval:
    """
    Ask a person about a thing.

    Args:
        session: From `Database.writing()`.
        subject_kind: "message", …
        subject_id: Id of the thing in its own table.
        reason: For the person: what has to be decided, without guest data.
        requested_by: As the audit log names a principal.
        now: Aware.
    """
    row = ApprovalRow(
        subject_kind=subject_kind,
        subject_id=subject_id,
        reason=reason,
        requested_by=requested_by,
        requested_at=now,
    )
    session.add(row)
    await session.flush()
    return _approval(row)


async def decide(
    session: AsyncSession, approval_id: int, decision: Decision, *, decided_by: str, now: dt.datetime
) -> Approval:
    """
    Answer a question; the same answer again changes nothing.

    Args:
        session: From `Database.writing()`: what follows from the answer belongs to the same transaction.
        approval_id: As `list_approvals` has it.
        decision: Yes or no.
        decided_by: As the audit log names a principal.
        now: Aware.

    Raises:
        NotFound: There is no such question.
        NotAllowed: Who asked is who answers.
        Conflict: It was decided otherwise before.
    """
    found = await find_approval(session, approval_id)
    if found.requested_by == decided_by:
        raise NotAllowed(f"approval {approval_id} was requested by the same principal; another person has to decide")
    open_one = update(ApprovalRow).where(ApprovalRow.id == approval_id, ApprovalRow.decision.is_(None))
    row = await session.scalar(
        open_one.values(decision=decision.value, decided_by=decided_by, decided_at=now)
        .returning(ApprovalRow)
        .execution_options(populate_existing=True)
    )
    if row is None:
        found = await find_approval(session, approval_id)
        if found.decision is not decision:
            raise Conflict(f"approval {approval_id} is already {found.decision}, by {found.decided_by}")
        return found
    record(
        session,
        principal=decided_by,
        action=f"approval.{decision.value}",
        subject=f"{row.subject_kind}:{row.subject_id}",
        details={"approval": approval_id, "reason": row.reason},
    )
    return _approval(row)


async def find_approval(session: AsyncSession, approval_id: int) -> Approval:
    """The question; raises `NotFound`."""
    row = await session.get(ApprovalRow, approval_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no approval {approval_id}; `innkeeper approvals list` shows those that wait")
    return _approval(row)


async def approval_of(session: AsyncSession, subject_kind: str, subject_id: str) -> Approval | None:
    """The newest question about a thing."""
    about = select(ApprovalRow).where(ApprovalRow.subject_kind == subject_kind, ApprovalRow.subject_id == subject_id)
    row = await session.scalar(about.order_by(ApprovalRow.id.desc()).limit(1))
    return None if row is None else _approval(row)


async def list_approvals(session: AsyncSession, *, decided: bool = False, limit: int = 100) -> list[Approval]:
    """Questions that wait, oldest first; or, with `decided`, all of them, newest first."""
    query = select(ApprovalRow).limit(limit)
    if decided:
        query = query.order_by(ApprovalRow.id.desc())
    else:
        query = query.where(ApprovalRow.decision.is_(None)).order_by(ApprovalRow.requested_at, ApprovalRow.id)
    return [_approval(row) for row in await session.scalars(query)]


def _approval(row: ApprovalRow) -> Approval:
    return Approval.model_validate({name: getattr(row, name) for name in Approval.model_fields})
