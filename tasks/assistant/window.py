"""What of a conversation is shown to a model: the last turns in full, earlier ones as a list of what was asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from innkeeper.blocks.database.conversations import SaidMessage
from innkeeper.engine.tokens import estimate_tokens

MAX_SUMMARY_CHARS = 4_000
_MAX_ASKED_CHARS = 160
_SUMMARY_SHARE = 4  # a quarter of the budget, where there is something to sum up
_ABOUT = {
    "room_number": "room",
    "booking_id": "booking",
    "guest_name": "guest",
    "room_type": "room type",
    "date": "date",
}
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Window:
    """
    The part of a conversation that fits into a budget.

    Attributes:
        summary: What was asked before `history`, a line each, oldest first; empty when that is nothing.
        history: (question, answer) pairs, oldest first.
    """

    summary: str = ""
    history: tuple[tuple[str, str], ...] = ()


def window_of(messages: Sequence[SaidMessage], summary: str, budget_tokens: int, model: str) -> Window:
    """
    The last turns that fit, and a summary of the others.

    Args:
        messages: All that are kept, oldest first, question and answer in turn.
        summary: Of what is not kept any more.
        budget_tokens: For everything together.
        model: Whose tokens they are.
    """
    turns = list(zip(messages[::2], messages[1::2], strict=False))
    costs = [estimate_tokens(asked.text, model) + estimate_tokens(told.text, model) for asked, told in turns]
    if not summary and sum(costs) <= budget_tokens:
        return Window(history=tuple((asked.text, told.text) for asked, told in turns))
    left, first = budget_tokens - budget_tokens // _SUMMARY_SHARE, len(turns)
    while first and costs[first - 1] <= left:
        first -= 1
        left -= costs[first]
    older = [message for turn in turns[:first] for message in turn]
    lines = _within(folded(older, summary).splitlines(), budget_tokens // _SUMMARY_SHARE, model)
    return Window("\n".join(lines), tuple((asked.text, told.text) for asked, told in turns[first:]))


def folded(messages: Sequence[SaidMessage], summary: str) -> str:
    """`summary` with a line for each question of `messages`; the oldest lines go when it grows too long."""
    lines = summary.splitlines() + [_line(message) for message in messages if message.role == "user"]
    length = 0
    for index in range(len(lines) - 1, -1, -1):
        length += len(lines[index]) + 1
        if length > MAX_SUMMARY_CHARS:
            return "\n".join(lines[index + 1 :])
    return "\n".join(lines)


def _line(message: SaidMessage) -> str:
    asked = _SPACES.sub(" ", message.text).strip()
    if len(asked) > _MAX_ASKED_CHARS:
        asked = asked[:_MAX_ASKED_CHARS].rpartition(" ")[0] + " …"
    about = _about(message.about)
    return f"- {asked} ({about})" if about else f"- {asked}"


def _about(focus: dict[str, Any]) -> str:
    return ", ".join(f"{name} {focus[key]}" for key, name in _ABOUT.items() if focus.get(key))


def _within(lines: list[str], budget_tokens: int, model: str) -> list[str]:
    """The newest of `lines` that fit."""
    first = len(lines)
    while first:
        budget_tokens -= estimate_tokens(lines[first - 1], model) + 1
        if budget_tokens < 0:
            break
        first -= 1
    return lines[first:]
