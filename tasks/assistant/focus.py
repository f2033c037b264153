"""What a conversation is about, as the database keeps it."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from innkeeper.engine.assistant.plan import Fact, Focus


def written_focus(focus: Focus) -> dict[str, Any]:
    """`focus` as JSON, without what it does not say."""
    written = {name: value for name, value in asdict(focus).items() if value not in (None, ())}
    if focus.date is not None:
        written["date"] = focus.date.isoformat()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in written.items()}


def read_focus(written: dict[str, Any]) -> Focus:
    """What `written_focus` wrote; what another version wrote and this one does not know is left out."""
    known = {name: value for name, value in written.items() if name in Focus.__dataclass_fields__}
    if "date" in known:
        known["date"] = dt.date.fromisoformat(known["date"])
    if "facts" in known:
        known["facts"] = tuple(Fact(fact) for fact in known["facts"] if fact in Fact.__members__.values())
    if "choices" in known:
        known["choices"] = tuple(known["choices"])
    return Focus(**known)
