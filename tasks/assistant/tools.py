"""The assistant's tools: one registry, and what a model is told of each."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from pydantic import BaseModel

from innkeeper.blocks.database.audit import AuditNote
from innkeeper.engine.assistant.plain_text import plain_fields
from innkeeper.engine.assistant.policy import ALIASES, ToolName, may_call
from innkeeper.schemas.access import Principal
from innkeeper.schemas.tools import (
    AvailabilityArguments,
    BookingArguments,
    CheckoutPolicyArguments,
    ContactArguments,
    KnowledgeArguments,
    PricingArguments,
    RoomStatusArguments,
)
from innkeeper.tasks.assistant.bookings import lookup_booking
from innkeeper.tasks.assistant.documents import checkout_policy, search_documents, who_to_contact
from innkeeper.tasks.assistant.rooms import available_rooms, current_pricing, room_status
from innkeeper.tasks.assistant.tool_desk import Desk, ToolServices
from innkeeper.tasks.tool_loop import Tool

__all__ = ["REGISTRY", "AuditNote", "Registered", "ToolServices", "by_name", "toolbox"]

_OF_DOCUMENTS = (ToolName.SEARCH_KNOWLEDGE_BASE, ToolName.GET_CHECKOUT_POLICY, ToolName.WHO_TO_CONTACT)


class Registered(NamedTuple):
    """A tool before it has anybody to work for."""

    name: ToolName
    description: str
    arguments: type[BaseModel]
    function: Callable[[Desk, Any], Awaitable[BaseModel]]


REGISTRY: tuple[Registered, ...] = (
    Registered(
        ToolName.GET_ROOM_STATUS,
        "State of one room now: clean, dirty, occupied, inspected or out of order, and whether a guest may have it.",
        RoomStatusArguments,
        room_status,
    ),
    Registered(
        ToolName.LOOKUP_BOOKING,
        "Bookings by booking id, room number or guest name: who stays, where, from when to when."
        " When several match, `total` says how many: ask which one is meant, never choose.",
        BookingArguments,
        lookup_booking,
    ),
    Registered(
        ToolName.GET_CURRENT_PRICING,
        "Price of a room type for one or more nights, with its base price. Not for prices of services.",
        PricingArguments,
        current_pricing,
    ),
    Registered(
        ToolName.FIND_AVAILABLE_ROOMS,
        "Rooms that are free in all nights from check_in_date to check_out_date, and how many there are of each type.",
        AvailabilityArguments,
        available_rooms,
    ),
    Registered(
        ToolName.SEARCH_KNOWLEDGE_BASE,
        "Passages of the hotel's documents: rules, procedures, services, opening hours, prices of services.",
        KnowledgeArguments,
        search_documents,
    ),
    Registered(
        ToolName.GET_CHECKOUT_POLICY,
        "What the hotel's documents say about check-out time, late check-out and its fee.",
        CheckoutPolicyArguments,
        checkout_policy,
    ),
    Registered(
        ToolName.WHO_TO_CONTACT,
        "The team that is responsible for a topic, and what the documents say about how to reach it.",
        ContactArguments,
        who_to_contact,
    ),
)


def toolbox(
    services: ToolServices,
    principal: Principal,
    *,
    today: dt.date,
    audit: list[AuditNote],
    hidden: set[str] | None = None,
) -> list[Tool]:
    """
    The tools that `principal` may call; what they return holds nothing that the principal may not see.

    Args:
        services: Where the facts come from.
        principal: Who asks.
        today: The hotel's day.
        audit: Gets a note for each booking that is shown or refused, to be stored together with the answer.
        hidden: Gets the values that were withheld, for `engine.assistant.disclosure.guard_answer`. Never log it.
    """
    desk = Desk(services, principal, today, audit, set() if hidden is None else hidden)
    return [
        Tool(each.name.value, each.description, each.arguments, partial(_plainly, each, desk))
        for each in REGISTRY
        if may_call(principal.role, each.name)
    ]


async def _plainly(tool: Registered, desk: Desk, asked: BaseModel) -> BaseModel:
    """The tool's result as plain text: guests, services and authors of documents may have put markup and links in."""
    return plain_fields(await tool.function(desk, asked), keep_addresses=tool.name in _OF_DOCUMENTS)


def by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    """Tools by their names and by the aliases that clients and models use for them."""
    named = {tool.name: tool for tool in tools}
    return {alias: named[name] for alias, name in ALIASES.items() if name in named} | named
