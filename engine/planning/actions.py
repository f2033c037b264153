"""The registry of actions: what each takes and gives, who may order it, and what undoes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from innkeeper.engine.planning.facts import Fact, FactType
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import (
    ActionName,
    AnalyzeLogsArguments,
    AssignStaffArguments,
    CreateWorkOrderArguments,
    GenerateMessageArguments,
    IndexKnowledgeBaseArguments,
    NotifyDepartmentArguments,
    RiskTier,
    RunFlowArguments,
    SendEmailArguments,
    SendGuestMessageArguments,
    UpdateRoomStatusArguments,
    VerifyRoomReadyArguments,
    WakeUpCallArguments,
)
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.tools import (
    AvailabilityArguments,
    BookingArguments,
    KnowledgeArguments,
    PricingArguments,
    RoomStatusArguments,
)


@dataclass(frozen=True)
class Action:
    """
    One entry.

    Attributes:
        arguments: Class of the arguments.
        facts: What its result gives to conditions, references and the summary.
        risk: How much is at stake.
        service, tool: As the specification names them.
        roles: Who may order it.
        asks: Of those, who needs a person's confirmation.
        compensation: Name of what undoes it when a later step fails for good; none where there is nothing to undo.
        aliases: How clients, samples and models spell it.
    """

    name: ActionName
    arguments: type[BaseModel]
    facts: Mapping[str, Fact]
    risk: RiskTier
    service: str
    tool: str
    roles: frozenset[Role]
    asks: frozenset[Role] = frozenset()
    compensation: str | None = None
    aliases: tuple[str, ...] = field(default=())

    @property
    def has_side_effect(self) -> bool:
        """Whether it is done at most once per idempotency key; what only reads may be repeated freely."""
        return self.risk is not RiskTier.READ


_EVERYBODY = frozenset(Role)
_STAFF = _EVERYBODY - {Role.GUEST}
_FRONT = frozenset({Role.MANAGER, Role.RECEPTIONIST, Role.SERVICE})
_NOT_BY_THEMSELVES = frozenset({Role.HOUSEKEEPING, Role.SERVICE})  # to write to guests is reception's work
_BUT_MANAGERS = _EVERYBODY - {Role.MANAGER}


def _flag() -> Fact:
    return Fact(FactType.FLAG, True)


def _number(sample: int = 1) -> Fact:
    return Fact(FactType.NUMBER, sample)


def _text(sample: str, values: type[RoomStatus] | type[BookingStatus] | type[MessageKind] | None = None) -> Fact:
    return Fact(FactType.TEXT, sample, None if values is None else frozenset(each.value for each in values))


_DAY = Fact(FactType.DAY, "2025-01-31")
_ROOM_STATUS = _text("inspected", RoomStatus)
_ROOM_FACTS = {
    "room_number": _text("101"),
    "status": _ROOM_STATUS,
    "ready_for_guest": _flag(),
    "room_type": _text("standard"),
    "floor": _number(),
}
_BOOKING_FACTS = {
    "found": _flag(),
    "total": _number(),
    "booking_id": _text("B-1"),
    "guest_name": _text("Ann Lee"),
    "room_number": _text("101"),
    "room_type": _text("standard"),
    "status": _text("confirmed", BookingStatus),
    "check_in_date": _DAY,
    "check_out_date": _DAY,
    "email": _text("guest@example.com"),
    "is_today": _flag(),
}
_PRICE_FACTS = {
    "current_price": _number(),
    "total_price": _number(),
    "base_price": _number(),
    "currency": _text("VND"),
}
_FREE_FACTS = {"total": _number(), "rooms": Fact(FactType.LIST, ["101"]), "by_type": Fact(FactType.TABLE, {})}
_KNOWLEDGE_FACTS = {"found": _flag(), "relevance": _number(), "answer": _text("Yes.")}
_DRAFT_FACTS = {
    "draft_id": _text("D-1"),
    "subject": _text("Your stay"),
    "kind": _text("apology", MessageKind),
    "needs_approval": _flag(),
}
_SENT_FACTS = {
    "sent": _flag(),
    "email_id": _text("M-1"),
    "recipient": _text("guest@example.com"),
    "status": _text("sent"),
}

_READS = (
    Action(
        ActionName.GET_ROOM_STATUS, RoomStatusArguments, _ROOM_FACTS, RiskTier.READ, "cv", "get_room_status",
        _EVERYBODY, aliases=("check_room_status", "check_room", "room_status", "cv_get_room_status", "get_room"),
    ),
    Action(
        ActionName.VERIFY_ROOM_READY, VerifyRoomReadyArguments,
        {"ready_for_guest": _flag(), "status": _ROOM_STATUS}, RiskTier.READ, "internal", "business_logic",
        _EVERYBODY, aliases=("business_logic", "check_room_ready", "is_room_ready", "verify_room"),
    ),
    Action(
        ActionName.LOOKUP_BOOKING, BookingArguments, _BOOKING_FACTS, RiskTier.READ, "database", "db_lookup_booking",
        _EVERYBODY, aliases=("db_lookup_booking", "get_booking", "find_booking", "lookup_guest", "find_guest"),
    ),
    Action(
        ActionName.GET_CURRENT_PRICING, PricingArguments, _PRICE_FACTS, RiskTier.READ, "ml",
        "get_current_pricing", _EVERYBODY,
        aliases=("get_pricing", "get_price", "get_room_price", "ml_get_current_pricing", "check_price"),
    ),
    Action(
        ActionName.FIND_AVAILABLE_ROOMS, AvailabilityArguments, _FREE_FACTS, RiskTier.READ, "database",
        "find_available_rooms", _EVERYBODY, aliases=("check_availability", "get_available_rooms", "find_rooms"),
    ),
    Action(
        ActionName.SEARCH_KNOWLEDGE_BASE, KnowledgeArguments, _KNOWLEDGE_FACTS, RiskTier.READ, "rag",
        "search_knowledge_base", _EVERYBODY,
        aliases=("rag_search", "search_documents", "knowledge_search", "search_knowledge", "answer_question"),
    ),
    Action(
        ActionName.ANALYZE_LOGS, AnalyzeLogsArguments, {"anomalies": _number(), "incidents": _number()},
        RiskTier.READ, "monitoring", "analyze_logs", frozenset({Role.MANAGER, Role.SERVICE}),
        aliases=("check_logs", "analyse_logs", "log_analysis", "monitor_logs"),
    ),
)  # fmt: skip

_WRITINGS = tuple(
    Action(
        name, GenerateMessageArguments, _DRAFT_FACTS, RiskTier.REVERSIBLE, "llm", tool, _STAFF,
        compensation="discard_draft", aliases=aliases,
    )
    for name, tool, aliases in (
        (ActionName.GENERATE_EMAIL, "generate_email", ("write_email", "compose_email", "draft_email")),
        (ActionName.GENERATE_APOLOGY, "generate_apology", ("write_apology", "generate_apology_email")),
        (
            ActionName.GENERATE_CHECKIN_INSTRUCTIONS,
            "generate_checkin_instructions",
            ("generate_checkin_email", "generate_check_in_instructions", "write_checkin_instructions"),
        ),
    )
)  # fmt: skip

_OUTWARD = (
    Action(
        ActionName.SEND_EMAIL, SendEmailArguments, _SENT_FACTS, RiskTier.OUTWARD, "prefect",
        "trigger_email_workflow", _STAFF, _NOT_BY_THEMSELVES,
        aliases=("trigger_email_workflow", "email", "send_mail", "email_guest"),
    ),
    Action(
        ActionName.SEND_GUEST_MESSAGE, SendGuestMessageArguments, _SENT_FACTS, RiskTier.OUTWARD, "prefect",
        "trigger_message_workflow", _STAFF, _NOT_BY_THEMSELVES,
        aliases=("trigger_message_workflow", "send_message", "message_guest", "send_chat", "send_sms"),
    ),
    Action(
        ActionName.INDEX_KNOWLEDGE_BASE, IndexKnowledgeBaseArguments,
        {"documents": _number(), "chunks": _number()}, RiskTier.OUTWARD, "rag", "index_knowledge_base", _FRONT,
        _BUT_MANAGERS, aliases=("reindex", "reindex_knowledge_base", "update_knowledge_base"),
    ),
    Action(
        ActionName.RUN_FLOW, RunFlowArguments, {"run_id": _text("R-1")}, RiskTier.OUTWARD, "prefect",
        "run_deployment", _FRONT, _BUT_MANAGERS, aliases=("run_deployment", "trigger_flow", "trigger_workflow"),
    ),
)  # fmt: skip

_REVERSIBLE = (
    Action(
        ActionName.CREATE_WORK_ORDER, CreateWorkOrderArguments,
        {"work_order_id": _number(), "team": _text("housekeeping_team"), "category": _text("housekeeping")},
        RiskTier.REVERSIBLE, "prefect", "create_work_order", _EVERYBODY, compensation="cancel_work_order",
        aliases=("create_task", "create_ticket", "create_maintenance_request", "open_work_order"),
    ),
    Action(
        ActionName.ASSIGN_STAFF, AssignStaffArguments, {"assigned": _flag(), "assignee": _text("Lan")},
        RiskTier.REVERSIBLE, "prefect", "assign_staff", _STAFF, compensation="unassign_staff",
        aliases=("assign", "assign_task", "assign_work_order", "assign_to"),
    ),
    Action(
        ActionName.NOTIFY_DEPARTMENT, NotifyDepartmentArguments,
        {"notified": _flag(), "department": _text("housekeeping")}, RiskTier.REVERSIBLE, "prefect",
        "notify_department", _EVERYBODY, compensation="withdraw_notice",
        aliases=("notify_staff", "notify_team", "notify", "alert_department", "send_notification"),
    ),
    Action(
        ActionName.UPDATE_ROOM_STATUS, UpdateRoomStatusArguments,
        {"status": _ROOM_STATUS, "previous_status": _ROOM_STATUS}, RiskTier.REVERSIBLE, "cv",
        "update_room_status", _STAFF, compensation="restore_room_status",
        aliases=("set_room_status", "mark_room", "change_room_status"),
    ),
    Action(
        ActionName.SCHEDULE_WAKE_UP_CALL, WakeUpCallArguments, {"wake_up_id": _text("WAKE-1"), "at": _text("06:00")},
        RiskTier.REVERSIBLE, "prefect", "schedule_wake_up_call", _FRONT | {Role.GUEST},
        compensation="cancel_wake_up_call", aliases=("wake_up_call", "set_wake_up_call", "schedule_wakeup_call"),
    ),
)  # fmt: skip

ACTIONS: Mapping[ActionName, Action] = {
    action.name: action for action in (*_READS, *_WRITINGS, *_OUTWARD, *_REVERSIBLE)
}
WRITES: frozenset[ActionName] = frozenset(action.name for action in _WRITINGS)
SENDS: frozenset[ActionName] = frozenset({ActionName.SEND_EMAIL, ActionName.SEND_GUEST_MESSAGE})
_BY_NAME: Mapping[str, ActionName] = {
    spelling: action.name for action in ACTIONS.values() for spelling in (*action.aliases, action.name.value)
}
_FIXED_KINDS: Mapping[ActionName, MessageKind] = {
    ActionName.GENERATE_APOLOGY: MessageKind.APOLOGY,
    ActionName.GENERATE_CHECKIN_INSTRUCTIONS: MessageKind.CHECKIN_INSTRUCTIONS,
}
_TOOLS_BY_KIND: Mapping[MessageKind, str] = {
    MessageKind.CHECKIN_INSTRUCTIONS: "generate_checkin_email",
    MessageKind.BOOKING_CONFIRMATION: "generate_checkin_email",  # as the specification's sample has it
    MessageKind.APOLOGY: "generate_apology",
}


def action_named(name: str) -> ActionName | None:
    """The action that somebody calls `name`, by an alias too, whatever its capitals and separators; or none."""
    plain = name.strip().casefold()
    for separator in "-. /":
        plain = plain.replace(separator, "_")
    return _BY_NAME.get(plain)


def message_kind(action: ActionName, arguments: Mapping[str, Any]) -> MessageKind | None:
    """What a step that writes a message writes; none of other steps, and of a kind that there is not."""
    if action in _FIXED_KINDS:
        return _FIXED_KINDS[action]
    if action not in WRITES and action is not ActionName.SEND_GUEST_MESSAGE:
        return None
    given = arguments.get("kind", MessageKind.BOOKING_CONFIRMATION if action in WRITES else None)
    return MessageKind(given) if isinstance(given, str) and given in set(MessageKind) else None


def service_and_tool(action: ActionName, arguments: Mapping[str, Any]) -> tuple[str, str]:
    """Which service and tool carry a step out, as the specification names them."""
    entry = ACTIONS[action]
    kind = message_kind(action, arguments)
    tool = _TOOLS_BY_KIND.get(kind) if kind is not None and action is ActionName.GENERATE_EMAIL else None
    return entry.service, tool or entry.tool
