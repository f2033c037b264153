"""Work orders: one request of a guest message, given to a team."""

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from innkeeper.schemas.routing import Confidence, Identifier, RoomNumber, StructuredRequest
from innkeeper.schemas.taxonomy import Priority, Slug

Name = Annotated[Slug, Field(max_length=60)]


class WorkOrderStatus(StrEnum):
    """How far the team is."""

    OPEN = "open"
    ASSIGNED = "assigned"
    DONE = "done"
    CANCELLED = "cancelled"


class WorkOrder(BaseModel):
    """
    A work order to be written. `message_id` and `subcategory` make it unique.

    It never holds the guest's message; `details` may hold the short wishes that a team needs to get the order right
    ("no onions").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    message_id: Identifier
    subcategory: Name
    category: Name
    team: Name
    workflow_id: str = Field(min_length=1, max_length=60)
    priority: Priority
    room_number: RoomNumber | None = None
    guest_id: Identifier | None = None
    details: StructuredRequest = Field(description="What the team needs to act.")
    confidence: Confidence
    needs_review: bool = Field(default=False, description="A person should look before anything is done.")
    batch_id: Identifier | None = Field(default=None, description="The run that wrote it.")
    due_at: AwareDatetime | None = Field(default=None, description="When the guest was told it would be done.")
    created_at: AwareDatetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))


class StoredWorkOrder(WorkOrder):
    """A work order as the database holds it."""

    id: int
    status: WorkOrderStatus
    assigned_at: AwareDatetime | None = None
    assignee: str | None = Field(default=None, description="A colleague or another team, where it was handed to one.")
