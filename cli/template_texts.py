"""What `innkeeper templates` prints for a person."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from innkeeper.schemas.message_templates import TemplateCheck, TemplateInUse, TemplateVersion
from innkeeper.schemas.messages import MessageChannel

if TYPE_CHECKING:
    from innkeeper.templates.rendering import Rendered


def list_text(found: Sequence[TemplateInUse]) -> str:
    """A line for each template, and one for each problem."""
    lines = []
    for each in found:
        saved = each.saved
        told = f"  version {saved.number} by {saved.saved_by}: {saved.comment}" if saved else ""
        lines.append(f"{each.kind:24} {each.language}  {each.template_version}  {each.origin:8}{told}".rstrip())
        lines += [f"    left aside  {problem}" for problem in each.problems]
    return "\n".join(lines)


def history_text(found: Sequence[TemplateVersion]) -> str:
    """A line for each version, newest first."""
    lines = [
        f"{'*' if each.is_active else ' '} {each.number:3}  {each.saved_at:%Y-%m-%d %H:%M} UTC  {each.template_version}"
        f"  {each.saved_by}: {each.comment}"
        for each in found
    ]
    return "\n".join(lines) or "No version has been saved; the folder's or the packaged template is in use."


def preview_text(made: "Rendered", channel: MessageChannel | None) -> str:
    """The message; both forms when no channel is given."""
    email = f"Subject: {made.subject}\n\n{made.body.rstrip()}"
    forms = {MessageChannel.EMAIL: email, MessageChannel.CHAT: made.chat.rstrip()}
    if channel is not None:
        return forms[channel]
    return f"{email}\n\n--- chat ---\n{made.chat.rstrip()}"


def checks_text(found: Sequence[TemplateCheck]) -> str:
    """What is wrong and what was perhaps forgotten, and how many templates were looked at."""
    lines = []
    for each in found:
        lines += [f"{each.place}: {problem}" for problem in each.problems]
        lines += [f"{each.place}: note: {note}" for note in each.notes]
    wrong = sum(bool(each.problems) for each in found)
    lines.append(f"{wrong} with problems." if wrong else "No problems.")
    return "\n".join(lines)


def variables_text(found: Mapping[str, Any]) -> str:
    """A line for each variable: its name, * when every message has it, and a sample."""
    return "\n".join(
        f"{'*' if each['required'] else ' '} {each['name']:32} {_sample(each['sample'])}".rstrip()
        for each in found["variables"]
    )


def _sample(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
