"""What a step found, did, undid or left out, in words made of its facts only."""

from collections.abc import Callable, Mapping

from innkeeper.engine.assistant.formats import clipped
from innkeeper.engine.locale.formats import list_text, time_text
from innkeeper.engine.planning.actions import WRITES
from innkeeper.engine.planning.saying import knows, say
from innkeeper.engine.planning.wording_names import (
    Telling,
    day_of,
    day_text,
    department_name,
    moment_of,
    price_text,
    quoted_text,
)
from innkeeper.engine.planning.wording_steps import (
    assignment_values,
    log_values,
    nights_text,
    room_type,
    status_name,
    wake_up_values,
    work_order_values,
)
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import PlanStep

_MOST_ROOMS = 12
_ANSWER_WORDS = 80
_UNDER_WAY = frozenset({"waiting", "sending"})


def result_text(step: PlanStep, telling: Telling) -> str | None:
    """What a completed step found or did, in lower case and without a full stop; none when it gave no facts."""
    if not telling.facts.get(step.step):
        return None
    return _generated(step, telling) if step.action in WRITES else _RESULTS[step.action](step, telling)


def undone_text(step: PlanStep, telling: Telling) -> str:
    """What was undone of a step."""
    if step.action in WRITES:
        return say("undid_generate", telling.language, message=telling.message(step))
    key = f"undid_{step.action}"
    if not knows(key):
        return say("undid_other", telling.language, number=step.step)
    return say(
        key,
        telling.language,
        room=telling.room(step),
        status=status_name(telling.fact(step, "previous_status"), telling),
        number=telling.fact(step, "work_order_id") or "?",
        assignee=assignment_values(step, telling)["assignee"],
        department=_department(step, telling),
    )


def left_text(step: PlanStep, telling: Telling) -> str:
    """What was not done because a step was left out."""
    key = "left_generate" if step.action in WRITES else f"left_{step.action}"
    key = key if knows(key) else "left_other"
    return say(key, telling.language, department=_department(step, telling), room=telling.room(step))


def _department(step: PlanStep, telling: Telling) -> str:
    return department_name(str(telling.value(step, "department") or "?"), telling.language)


def _room(step: PlanStep, telling: Telling) -> str | None:
    status, is_ready = telling.fact(step, "status"), telling.fact(step, "ready_for_guest")
    room, name = telling.room(step), status_name(status, telling)
    if step.action is ActionName.VERIFY_ROOM_READY:
        if is_ready is not True:
            return say("did_not_verify", telling.language, room=room, status=name)
        key = f"state_of_{status}"
        state = say(key, telling.language) if knows(key) else ""
        return say("did_verify_room_ready", telling.language, room=room, state=state)
    key = "did_get_ready" if is_ready is True else "did_get_not_ready"
    return say(key, telling.language, room=room, status=name)


def _booking(step: PlanStep, telling: Telling) -> str | None:
    total, whom, language = telling.fact(step, "total"), telling.whom(step), telling.language
    if telling.fact(step, "found") is False or total == 0:
        return say("did_lookup_none", language, whom=whom)
    if isinstance(total, int) and total > 1:
        return say("did_lookup_some", language, count=total, whom=whom)
    parts = []
    if telling.sees("booking_id") and (booking := telling.fact(step, "booking_id")):
        parts.append(say("detail_booking", language, id=clipped(str(booking), 2)))
    if room := telling.fact(step, "room_number"):
        parts.append(say("detail_room", language, room=clipped(str(room), 2)))
    first, last = telling.fact(step, "check_in_date"), telling.fact(step, "check_out_date")
    if day_of(first) and day_of(last):
        parts.append(say("detail_days", language, first=day_text(first, telling), last=day_text(last, telling)))
    status = f"booking_{telling.fact(step, 'status')}"
    parts += [say(status, language)] if knows(status) else []
    return say("did_lookup", language, whom=whom, details=", ".join(parts))


def _price(step: PlanStep, telling: Telling) -> str | None:
    currency, price = telling.fact(step, "currency"), telling.fact(step, "current_price")
    total, nights = telling.fact(step, "total_price"), telling.value(step, "nights") or 1
    if price is None:
        return None
    is_several = nights != 1 and total is not None
    return say(
        "did_price_total" if is_several else "did_price",
        telling.language,
        type=room_type(step, telling),
        price=price_text(price, currency, telling.language),
        total=price_text(total, currency, telling.language),
        day=nights_text(step, telling),
    )


def _free(step: PlanStep, telling: Telling) -> str | None:
    total, rooms = telling.fact(step, "total"), telling.fact(step, "rooms")
    kind = f"{found} " if (found := room_type(step, telling)) else ""
    if not total:
        return say("did_free_none", telling.language, type=kind)
    names = (
        [clipped(str(each), 2) for each in rooms if isinstance(each, str | int)]
        if isinstance(rooms, list | tuple)
        else []
    )
    listed = ", ".join(names[:_MOST_ROOMS]) + (", …" if len(names) > _MOST_ROOMS else "")
    shown = say("did_free_list", telling.language, rooms=listed) if listed else ""
    key = "did_free_one" if total == 1 else "did_free_some"
    return say(key, telling.language, count=total, type=kind, rooms=shown)


def _answer(step: PlanStep, telling: Telling) -> str | None:
    answer = telling.fact(step, "answer")
    if telling.fact(step, "found") is False or not answer:
        return say("did_search_none", telling.language, query=quoted_text(telling.value(step, "query")))
    return clipped(str(answer), _ANSWER_WORDS)


def _generated(step: PlanStep, telling: Telling) -> str:
    draft = telling.fact(step, "draft_id")
    shown = say("draft_id", telling.language, id=draft) if draft else ""
    return say(
        "did_generate",
        telling.language,
        message=telling.message(step, as_mail=True),
        whom=telling.whom(step),
        draft=shown,
    )


def _sent(step: PlanStep, telling: Telling) -> str | None:
    recipient, status = telling.fact(step, "recipient"), telling.fact(step, "status")
    is_mail = isinstance(recipient, str) and "@" in recipient
    to = whom = telling.whom(step)
    if is_mail:
        to = address = telling.address(recipient)
        if not telling.checks_a_room and whom != say("whom_nobody", telling.language):
            to = say("to_whom_at", telling.language, whom=whom, address=address)
    key = "did_send" if telling.fact(step, "sent") is True else "did_send_failed"
    if status == "approval":
        key = "did_send_approval"
    elif str(status) in _UNDER_WAY and key != "did_send":
        key = "did_send_waiting"
    text = telling.message(step, as_mail=is_mail)
    if key == "did_send" and text == say("message_checkin_instructions", telling.language):
        key = "did_send_several"  # English: "the instructions have …"
    return say(key, telling.language, message=text, to=to)


def _work_order(step: PlanStep, telling: Telling) -> str | None:
    number = telling.fact(step, "work_order_id") or "?"
    return say("did_create_work_order", telling.language, number=number, **work_order_values(step, telling))


def _assigned(step: PlanStep, telling: Telling) -> str | None:
    key = "did_not_assign" if telling.fact(step, "assigned") is False else "did_assign_staff"
    return say(key, telling.language, **assignment_values(step, telling))


def _notified(step: PlanStep, telling: Telling) -> str | None:
    key = "did_not_notify" if telling.fact(step, "notified") is False else "did_notify_department"
    return say(key, telling.language, department=_department(step, telling), room=telling.in_room(step))


def _updated(step: PlanStep, telling: Telling) -> str | None:
    before = telling.fact(step, "previous_status")
    now = telling.fact(step, "status") or telling.value(step, "status")
    shown = say("before_status", telling.language, status=status_name(before, telling)) if before else ""
    return say(
        "did_update_room_status",
        telling.language,
        room=telling.room(step),
        status=status_name(now, telling),
        before=shown,
    )


def _scheduled(step: PlanStep, telling: Telling) -> str | None:
    values = wake_up_values(step, telling)
    at = moment_of(telling.fact(step, "at"))
    if at is not None:
        values |= {"day": day_text(at, telling), "time": time_text(at.time())}
    return say("did_schedule_wake_up_call", telling.language, **values, id=_id(step, "wake_up_id", telling))


def _id(step: PlanStep, fact: str, telling: Telling) -> str:
    found = telling.fact(step, fact)
    return say("with_id", telling.language, id=found) if found else ""


def _logs(step: PlanStep, telling: Telling) -> str | None:
    anomalies, incidents = telling.fact(step, "anomalies") or 0, telling.fact(step, "incidents") or 0
    key = "did_analyze_logs" if anomalies or incidents else "did_analyze_logs_none"
    return say(key, telling.language, anomalies=anomalies, incidents=incidents, **log_values(step, telling))


def _indexed(step: PlanStep, telling: Telling) -> str | None:
    return say("did_index_knowledge_base", telling.language, count=telling.fact(step, "documents") or 0)


def _started(step: PlanStep, telling: Telling) -> str | None:
    name = clipped(str(telling.value(step, "deployment")), 3)
    return say("did_run_flow", telling.language, name=name, id=_id(step, "run_id", telling))


def in_list(texts: list[str], telling: Telling) -> str:
    """Several short texts as one: "no e-mail was sent and housekeeping was told"."""
    return list_text(list(dict.fromkeys(texts)), telling.language)


_RESULTS: Mapping[ActionName, Callable[[PlanStep, Telling], str | None]] = {
    ActionName.GET_ROOM_STATUS: _room,
    ActionName.VERIFY_ROOM_READY: _room,
    ActionName.LOOKUP_BOOKING: _booking,
    ActionName.GET_CURRENT_PRICING: _price,
    ActionName.FIND_AVAILABLE_ROOMS: _free,
    ActionName.SEARCH_KNOWLEDGE_BASE: _answer,
    ActionName.SEND_EMAIL: _sent,
    ActionName.SEND_GUEST_MESSAGE: _sent,
    ActionName.CREATE_WORK_ORDER: _work_order,
    ActionName.ASSIGN_STAFF: _assigned,
    ActionName.NOTIFY_DEPARTMENT: _notified,
    ActionName.UPDATE_ROOM_STATUS: _updated,
    ActionName.SCHEDULE_WAKE_UP_CALL: _scheduled,
    ActionName.INDEX_KNOWLEDGE_BASE: _indexed,
    ActionName.ANALYZE_LOGS: _logs,
    ActionName.RUN_FLOW: _started,
}
