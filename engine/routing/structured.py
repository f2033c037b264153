"""What a team needs to act on one request of a message."""

from functools import cache

from innkeeper.engine.entities import Extraction
from innkeeper.engine.entities.lexicon import things
from innkeeper.engine.routing.clauses import Clause
from innkeeper.engine.routing.issues import describe_issue
from innkeeper.engine.routing.resolved import declines
from innkeeper.schemas.routing import Intent, RequestedItem, StructuredRequest
from innkeeper.schemas.taxonomy import Priority, Subcategory

_FOOD, _DRINK = frozenset({"food"}), frozenset({"drink"})
# Which kinds of things belong to a request; a request that is not listed takes no things.
_KINDS: dict[str, frozenset[str] | None] = {
    "food_order": _FOOD,
    "food_complaint": _FOOD | _DRINK,
    "dietary_request": _FOOD,
    "beverage_order": _DRINK,
    "order_status": _FOOD | _DRINK,
    "laundry": frozenset({"clothing", "linen"}),
    "tray_pickup": frozenset({"tableware"}),
    "gift_request": frozenset({"gift", "food", "drink"}),
    "amenity_request": None,  # anything that is not claimed by another request
    "linen_change": frozenset({"linen"}),
    "extra_bed": frozenset({"furniture", "baby", "linen"}),
    "luggage": frozenset({"luggage"}),
    "lost_and_found": None,
    "delivery_errand": None,
    "billing_dispute": None,
    "service_delay": None,
}
BOOKABLE = frozenset(  # the concierge's: a service with a day, a time and a party
    [
        "restaurant_reservation",
        "transportation",
        "tour_booking",
        "spa_booking",
        "activity_booking",
        "ticket_booking",
    ]
)
_BOOKED = BOOKABLE | {"general_inquiry", "recommendation"}
_DATED = _BOOKED | frozenset(
    [
        "check_in",
        "check_out",
        "booking_change",
        "wake_up_call",
        "gift_request",
        "food_order",
        "beverage_order",
        "turndown",
        "room_cleaning",
        "luggage",
        "laundry",
        "extra_bed",
        "room_change",
        "billing_inquiry",
        "delivery_errand",
        "amenity_request",
        "lost_and_found",
    ]
)


def structure_request(
    name: str,
    entry: Subcategory,
    priority: Priority,
    *,
    clause: Clause,
    text: str,
    found: Extraction,
    alone: bool,
    intent: Intent,
) -> StructuredRequest:
    """
    Put together what a team needs for one request.

    Args:
        name: The request's subcategory.
        entry: Its entry in the taxonomy.
        priority: Its priority.
        clause: The clause that asks for it most clearly.
        text: The whole message.
        found: The entities of the whole message.
        alone: It is the message's only request, so every entity belongs to it.
        intent: The message's intent.
    """
    entities = found.entities
    dated = alone or name in _DATED
    booked = alone or name in _BOOKED
    is_low = priority is Priority.LOW
    return StructuredRequest(
        type=entry.request_type or name,
        room_number=entities.room_number,
        items=_items(name, found, clause, alone=alone) or None,
        issue=describe_issue(name, text if alone else clause.text, entry.issue),
        service=entities.service if booked else None,
        date=entities.date if dated else None,
        time=entities.time if dated else None,
        party_size=entities.party_size if booked or name in {"check_in", "booking_change"} else None,
        guest_name=entities.guest_name,
        special_requests=entities.special_requests if alone else None,
        declined=True if is_low and (intent is Intent.CANCELLATION or declines(clause.text)) else None,
        urgency=priority.urgency,
    )


def _items(name: str, found: Extraction, clause: Clause, *, alone: bool) -> tuple[RequestedItem, ...]:
    items = found.entities.items or ()
    if alone or name not in _KINDS:
        return items if alone else ()
    allowed = _KINDS[name]
    if allowed is not None:
        return tuple(item for item in items if _kinds_of(item.item) & allowed)
    here = {
        mention.value
        for mention in found.mentions
        if mention.kind == "item" and clause.start <= mention.start < clause.end
    }
    return tuple(item for item in items if item.item in here and not _kinds_of(item.item) <= _FOOD)


def _kinds_of(item: str) -> frozenset[str]:
    """The lexicon's kinds of a thing; empty for a thing it does not know."""
    return _kinds_by_name().get(item, frozenset())


@cache
def _kinds_by_name() -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for entries in things().values():
        for _, found in entries:
            for thing in found:
                kinds.setdefault(thing.name, set()).add(thing.kind)
    return {name: frozenset(values) for name, values in kinds.items()}
