"""A person's decision about a message: it goes out, or it never does."""

import datetime as dt

from innkeeper.blocks.database.approvals import decide, find_approval
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.outbox import find_message, reject_message, release_message
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import InputInvalid, NotAllowed
from innkeeper.schemas.outbox import Approval, Decision, StoredMessage
from innkeeper.tasks.messages.outbox import MESSAGE


def check_may_decide(principal: Principal) -> None:
    """Raise `NotAllowed` unless the principal may see messages that wait, and decide about them."""
    if principal.role is not Role.MANAGER:
        raise NotAllowed("Only a manager may see and decide what waits for approval.")


async def read_waiting(database: Database, approval_id: int) -> tuple[Approval, StoredMessage]:
    """
    A question with the message that it is about.

    Raises:
        NotFound: There is no such question.
        InputInvalid: It is not about a message.
    """
    async with database.reading() as session:
        approval = await find_approval(session, approval_id)
        return approval, await find_message(session, _message_of(approval))


async def decide_message(
    database: Database, approval_id: int, decision: Decision, *, decided_by: str
) -> tuple[Approval, StoredMessage]:
    """
    Decide, and let the message go or stop it, in one transaction; the same decision again changes nothing.

    Args:
        database: The hotel's.
        approval_id: As `innkeeper approvals list` shows it.
        decision: Yes or no.
        decided_by: As the audit log names a principal.

    Raises:
        NotFound: There is no such question.
        NotAllowed: Who asked is who decides.
        Conflict: It was decided otherwise before.
        InputInvalid: It is not about a message.
    """
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        message_id = _message_of(await find_approval(session, approval_id))
        approval = await decide(session, approval_id, decision, decided_by=decided_by, now=now)
        if decision is Decision.APPROVED:
            return approval, await release_message(session, message_id, now)
        return approval, await reject_message(session, message_id)


def _message_of(approval: Approval) -> str:
    if approval.subject_kind != MESSAGE:
        kind, other = approval.subject_kind, approval.subject_id
        hint = f"; decide with `innkeeper tasks approve {other}` or `reject`" if kind == "task" else ""
        raise InputInvalid(f"approval {approval.id} is about a {kind}, not about a message{hint}")
    return approval.subject_id
