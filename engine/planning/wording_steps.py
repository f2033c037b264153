"""What a step will do, in one line: the preview of a task, and what waits for a confirmation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from innkeeper.engine.assistant.formats import clipped
from innkeeper.engine.locale.formats import list_text, sentence, time_text
from innkeeper.engine.planning.actions import SENDS, WRITES
from innkeeper.engine.planning.saying import knows, say
from innkeeper.engine.planning.validation_rights import StepApproval
from innkeeper.engine.planning.wording_conditions import condition_text
from innkeeper.engine.planning.wording_names import (
    Telling,
    day_text,
    department_name,
    is_team_name,
    moment_of,
    quoted_text,
)
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import PlanStep


def preview_lines(telling: Telling, approvals: Sequence[StepApproval] = ()) -> tuple[str, ...]:
    """
    One line per step: what it will do, to whom, and whether it can be taken back.

    Args:
        telling: The plan, and who reads.
        approvals: Steps that a person has to confirm, and why.
    """
    reasons = {each.step: each.reason for each in approvals}
    return tuple(_line(step, telling, reasons.get(step.step)) for step in telling.plan.steps)


def _line(step: PlanStep, telling: Telling, reason: str | None) -> str:
    text = step_text(step, telling)
    if step.when:
        conditions = list_text([condition_text(each, telling) for each in step.when], telling.language)
        text += say("only_if", telling.language, conditions=conditions)
    line = f"{step.step}. {sentence(text)}"
    if step.action in SENDS:
        line += f" ({say('leaves_hotel', telling.language)})"
    if reason:
        line += f" {sentence(say('needs_confirmation', telling.language, reason=reason))}"
    return line


def step_text(step: PlanStep, telling: Telling) -> str:
    """What a step will do, beginning in lower case and without a full stop: "look up the status of room 305"."""
    if step.action in WRITES:
        return say("will_generate", telling.language, message=telling.message(step), whom=telling.whom(step))
    if step.action is ActionName.LOOKUP_BOOKING and (booking := telling.value(step, "booking_id")):
        return say("will_lookup_booking_id", telling.language, id=clipped(str(booking), 2))
    values = _VALUES[step.action](step, telling)
    return say(f"will_{step.action}", telling.language, **values)


def _mail(step: PlanStep, telling: Telling) -> dict[str, str]:
    recipient = telling.value(step, "recipient")
    if recipient is None and telling.sees("email"):
        recipient = telling.fact(telling.source(telling.written(step)), "email")
    address = telling.address(recipient) if isinstance(recipient, str) else ""
    return {
        "message": telling.message(step),
        "whom": telling.whom(step),
        "address": say("at_address", telling.language, address=address) if address else "",
    }


def _chat(step: PlanStep, telling: Telling) -> dict[str, str]:
    channel = say("channel_email" if telling.value(step, "channel") == "email" else "channel_chat", telling.language)
    return {"message": telling.message(step), "whom": telling.whom(step), "channel": channel}


def _price(step: PlanStep, telling: Telling) -> dict[str, str]:
    return {"type": room_type(step, telling), "day": nights_text(step, telling)}


def room_type(step: PlanStep, telling: Telling) -> str:
    """The room type that a step asks for; empty when it asks for any."""
    found = telling.value(step, "room_type")
    return clipped(found, 4) if isinstance(found, str) else ""


def nights_text(step: PlanStep, telling: Telling) -> str:
    """The nights that a price is asked for."""
    day, count = day_text(telling.value(step, "date"), telling), telling.value(step, "nights") or 1
    return day if count == 1 else say("nights", telling.language, day=day, count=count)


def _free(step: PlanStep, telling: Telling) -> dict[str, str]:
    first, last = telling.value(step, "check_in_date"), telling.value(step, "check_out_date")
    days = day_text(first, telling)
    if last is not None:
        days = say("detail_days", telling.language, first=days, last=day_text(last, telling))
    return {"type": f"{kind} " if (kind := room_type(step, telling)) else "", "days": days}


def work_order_values(step: PlanStep, telling: Telling) -> dict[str, str]:
    """Who does a work order, where, and what."""
    team = telling.fact(step, "team") or telling.value(step, "category") or "?"
    return {
        "team": department_name(str(team), telling.language),
        "room": telling.in_room(step),
        "what": quoted_text(telling.value(step, "description")),
    }


def assignment_values(step: PlanStep, telling: Telling) -> dict[str, str]:
    """Which work order goes to whom."""
    number = telling.value(step, "work_order_id")
    made_by = step.arguments.get("work_order")
    if number is None and isinstance(made_by, int) and 1 <= made_by < step.step:
        number = telling.fact(telling.plan.steps[made_by - 1], "work_order_id")
    order = (
        say("order_new", telling.language) if number is None else say("order_number", telling.language, number=number)
    )
    assignee = telling.value(step, "assignee")
    is_team = is_team_name(str(assignee))
    shown = department_name(str(assignee), telling.language) if is_team else clipped(str(assignee), 6)
    return {"order": order, "assignee": shown}


def _notice(step: PlanStep, telling: Telling) -> dict[str, str]:
    return {
        "department": department_name(str(telling.value(step, "department")), telling.language),
        "room": telling.in_room(step),
        "message": quoted_text(telling.value(step, "message")),
    }


def status_name(status: Any, telling: Telling) -> str:
    """The status of a room in words."""
    key = f"state_{status}"
    return say(key, telling.language) if knows(key) else clipped(str(status or "?"), 3)


def wake_up_values(step: PlanStep, telling: Telling) -> dict[str, str]:
    """Which room is woken when."""
    at = moment_of(telling.value(step, "at"))
    time = "?" if at is None else time_text(at.time())
    return {"room": telling.room(step), "day": "?" if at is None else day_text(at, telling), "time": time}


def log_values(step: PlanStep, telling: Telling) -> dict[str, str]:
    """Which lines are looked at."""
    service = telling.value(step, "service")
    of = say("of_service", telling.language, service=clipped(str(service), 4)) if service else ""
    return {"of": of, "minutes": str(telling.value(step, "minutes") or 60)}


_VALUES: Mapping[ActionName, Callable[[PlanStep, Telling], dict[str, str]]] = {
    ActionName.GET_ROOM_STATUS: lambda step, telling: {"room": telling.room(step)},
    ActionName.VERIFY_ROOM_READY: lambda step, telling: {"room": telling.room(step)},
    ActionName.LOOKUP_BOOKING: lambda step, telling: {"whom": telling.whom(step)},
    ActionName.GET_CURRENT_PRICING: _price,
    ActionName.FIND_AVAILABLE_ROOMS: _free,
    ActionName.SEARCH_KNOWLEDGE_BASE: lambda step, telling: {"query": quoted_text(telling.value(step, "query"))},
    ActionName.SEND_EMAIL: _mail,
    ActionName.SEND_GUEST_MESSAGE: _chat,
    ActionName.CREATE_WORK_ORDER: work_order_values,
    ActionName.ASSIGN_STAFF: assignment_values,
    ActionName.NOTIFY_DEPARTMENT: _notice,
    ActionName.UPDATE_ROOM_STATUS: lambda step, telling: {
        "room": telling.room(step),
        "status": status_name(telling.value(step, "status"), telling),
    },
    ActionName.SCHEDULE_WAKE_UP_CALL: wake_up_values,
    ActionName.INDEX_KNOWLEDGE_BASE: lambda _step, _telling: {},
    ActionName.ANALYZE_LOGS: log_values,
    ActionName.RUN_FLOW: lambda step, telling: {"name": clipped(str(telling.value(step, "deployment")), 3)},
}
