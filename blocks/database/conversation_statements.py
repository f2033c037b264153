"""The statements of a turn, built once: building one takes longer than SQLite takes to run it."""

from types import ModuleType
from typing import Any

from sqlalchemy import and_, bindparam, case, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from innkeeper.blocks.database.conversation_models import ConversationMessageRow, ConversationRow
from innkeeper.blocks.database.types import UtcDateTime

_TABLES = ConversationRow.metadata.tables
_CONVERSATIONS, _MESSAGES = _TABLES["conversations"], _TABLES[ConversationMessageRow.__tablename__]


def _take(dialect: ModuleType) -> Any:
    """Begin a conversation, or take the turn in one's own that lives and in which nobody has it."""
    new = dialect.insert(_CONVERSATIONS)
    now, kept = bindparam("now", type_=UtcDateTime), _CONVERSATIONS.c
    return new.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new.excluded[name] for name in ("turn_id", "turn_until", "expires_at")},
        where=and_(
            *(kept[name].is_not_distinct_from(new.excluded[name]) for name in ("owner", "role", "guest")),
            kept.expires_at > now,
            or_(kept.turn_id.is_(None), kept.turn_until <= now),
        ),
    ).returning(_CONVERSATIONS)


TAKE = {"sqlite": _take(sqlite), "postgresql": _take(postgresql)}
READ = select(_CONVERSATIONS).where(_CONVERSATIONS.c.id == bindparam("wanted")).with_for_update()
ADVANCE = (
    update(_CONVERSATIONS)
    .where(
        _CONVERSATIONS.c.id == bindparam("wanted"),
        _CONVERSATIONS.c.created_at == bindparam("wanted_created_at"),
        _CONVERSATIONS.c.next_seq == bindparam("wanted_seq"),
    )
    .values(
        next_seq=_CONVERSATIONS.c.next_seq + 2,
        message_count=_CONVERSATIONS.c.message_count + 2,
        turn_id=case((_CONVERSATIONS.c.turn_id == bindparam("wanted_turn"), None), else_=_CONVERSATIONS.c.turn_id),
        **{name: bindparam(f"to_{name}") for name in ("focus", "thread", "last_used_at", "expires_at")},
    )
    .returning(_CONVERSATIONS.c.message_count)
)
SAY = insert(_MESSAGES)
