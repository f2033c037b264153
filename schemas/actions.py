"""What a task can do: the actions, what each takes, and how much is at stake."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from innkeeper.schemas.hotel import RoomStatus
from innkeeper.schemas.messages import MessageChannel, MessageKind, MessageLanguage, Tone
from innkeeper.schemas.routing import RoomNumber
from innkeeper.schemas.taxonomy import Priority
from innkeeper.schemas.tools import Short

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ActionName(StrEnum):
    """The registry's names."""

    GET_ROOM_STATUS = "get_room_status"
    VERIFY_ROOM_READY = "verify_room_ready"
    LOOKUP_BOOKING = "lookup_booking"
    GET_CURRENT_PRICING = "get_current_pricing"
    FIND_AVAILABLE_ROOMS = "find_available_rooms"
    SEARCH_KNOWLEDGE_BASE = "search_knowledge_base"
    GENERATE_EMAIL = "generate_email"
    GENERATE_APOLOGY = "generate_apology"
    GENERATE_CHECKIN_INSTRUCTIONS = "generate_checkin_instructions"
    SEND_EMAIL = "send_email"
    SEND_GUEST_MESSAGE = "send_guest_message"
    CREATE_WORK_ORDER = "create_work_order"
    ASSIGN_STAFF = "assign_staff"
    NOTIFY_DEPARTMENT = "notify_department"
    UPDATE_ROOM_STATUS = "update_room_status"
    SCHEDULE_WAKE_UP_CALL = "schedule_wake_up_call"
    INDEX_KNOWLEDGE_BASE = "index_knowledge_base"
    ANALYZE_LOGS = "analyze_logs"
    RUN_FLOW = "run_flow"


class RiskTier(StrEnum):
    """How much is at stake."""

    READ = "read"  # runs
    REVERSIBLE = "reversible"  # runs; undone when a later step fails for good
    OUTWARD = "outward"  # leaves the hotel or costs money: some roles have to confirm
    FORBIDDEN = "forbidden"  # never runs


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VerifyRoomReadyArguments(_Arguments):
    """Which room must be ready for a guest."""

    room_number: RoomNumber


class GenerateMessageArguments(_Arguments):
    """
    What to write to whom. The guest is the booking's.

    Attributes:
        kind: Fixed for `generate_apology` and `generate_checkin_instructions`.
        booking_id: Of the guest; filled in from `lookup_booking` when the instruction names a room or a guest.
        variables: What the message says beyond the booking: `issue`, `compensation`, `item`, …
        language: Of the message; the guest's or the instruction's when absent.
    """

    kind: MessageKind = MessageKind.BOOKING_CONFIRMATION
    booking_id: Short | None = None
    room_number: RoomNumber | None = None
    guest_name: Short | None = None
    variables: dict[str, Any] = Field(default_factory=dict, max_length=40)
    language: MessageLanguage | None = None
    tone: Tone | None = None


class SendEmailArguments(_Arguments):
    """Send what an earlier step wrote: `draft` is that step's number; to the booking's address unless told."""

    draft: int = Field(ge=1, le=20, description="The step that wrote the message.")
    recipient: Annotated[str, StringConstraints(min_length=3, max_length=254)] | None = None


class SendGuestMessageArguments(_Arguments):
    """A short message to a guest in chat, of a kind that has a template, or what an earlier step wrote."""

    draft: int | None = Field(default=None, ge=1, le=20)
    kind: MessageKind | None = None
    booking_id: Short | None = None
    room_number: RoomNumber | None = None
    guest_name: Short | None = None
    variables: dict[str, Any] = Field(default_factory=dict, max_length=40)
    language: MessageLanguage | None = None
    channel: MessageChannel = MessageChannel.CHAT


class CreateWorkOrderArguments(_Arguments):
    """Work for a team; category and subcategory are the taxonomy's."""

    category: Short
    subcategory: Short
    room_number: RoomNumber | None = None
    description: Sentence
    priority: Priority | None = Field(default=None, description="The taxonomy's own when absent.")
    items: dict[str, int] = Field(default_factory=dict, max_length=20, description="Thing and quantity.")


class AssignStaffArguments(_Arguments):
    """Hand a work order to a team or to one person: `work_order` is a step that makes one, or `work_order_id`."""

    work_order: int | None = Field(default=None, ge=1, le=20)
    work_order_id: int | None = Field(default=None, ge=1)
    assignee: Short


class NotifyDepartmentArguments(_Arguments):
    """Tell a department something; `department` is a category of the taxonomy or `management`, `security`, `it`."""

    department: Short
    message: Sentence
    room_number: RoomNumber | None = None
    priority: Priority | None = None


class UpdateRoomStatusArguments(_Arguments):
    """What a room is from now on."""

    room_number: RoomNumber
    status: RoomStatus
    note: Sentence | None = None


class WakeUpCallArguments(_Arguments):
    """Whom to wake, and when."""

    room_number: RoomNumber
    at: AwareDatetime = Field(description="In the hotel's time zone when it was read from words.")


class IndexKnowledgeBaseArguments(_Arguments):
    """Nothing: the hotel's own folder is indexed."""


class AnalyzeLogsArguments(_Arguments):
    """Which lines of the configured sources."""

    service: Short | None = None
    minutes: int = Field(default=60, ge=1, le=24 * 60)


class RunFlowArguments(_Arguments):
    """A deployment that the hotel's operator has put on its list."""

    deployment: Short
    parameters: dict[str, Any] = Field(default_factory=dict, max_length=20)


class TimedActionStatus(StrEnum):
    """Of something that is to happen later."""

    SCHEDULED = "scheduled"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class TimedAction(BaseModel):
    """A wake-up call, or anything else that is to happen at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="WAKE-…")
    kind: str
    room_number: str | None = None
    due_at: dt.datetime
    status: TimedActionStatus
    requested_by: str
    flow_run_id: str | None = Field(default=None, description="Of the run that Prefect has scheduled for it.")
