"""Entities of a guest message in English and Vietnamese: room, date, time, party, items, service, name, wishes."""

from datetime import datetime
from typing import Literal, NamedTuple

from innkeeper.engine.entities.dates import find_days, wanted_day
from innkeeper.engine.entities.items import Item, find_items
from innkeeper.engine.entities.names import find_name
from innkeeper.engine.entities.party import find_party
from innkeeper.engine.entities.relative_days import Granularity
from innkeeper.engine.entities.roles import Placed
from innkeeper.engine.entities.rooms import find_rooms, own_room
from innkeeper.engine.entities.services import find_service
from innkeeper.engine.entities.source import Source
from innkeeper.engine.entities.special_requests import find_wishes
from innkeeper.engine.entities.times import find_times, wanted_time
from innkeeper.schemas.routing import Entities, Mention

__all__ = ["Extraction", "extract_entities"]

_MAX_MENTIONS = 200

MentionKind = Literal["room_number", "date", "time", "party_size", "item", "service", "guest_name"]


class Extraction(NamedTuple):
    """What a message states, where it states it, what a team has to assume, and what could not be understood."""

    entities: Entities
    mentions: tuple[Mention, ...]
    assumed_fields: tuple[str, ...]
    warnings: tuple[str, ...]


def extract_entities(text: str, *, reference: datetime, language: str, context_room: str | None = None) -> Extraction:
    """
    Read the entities of one message.

    Args:
        text: The message after `engine.text.clean`; offsets of the mentions count in it.
        reference: When the message was sent, with the hotel's time zone; relative dates resolve against it.
        language: "en", "vi" or "und"; patterns of both languages apply, since guests mix them.
        context_room: The room known from the stay; used when the message names none.

    Returns:
        The entities; mentions in order of appearance, `text[start:end] == mention.text`; the names of assumed
        fields ("items[0].quantity"); warnings, for example about a date that does not exist.

    Raises:
        ValueError: `reference` has no time zone.
    """
    if reference.tzinfo is None:
        raise ValueError("reference has no time zone, so 'tonight' has no day; pass a datetime in the hotel's zone")
    source = Source(text, language)
    days, warnings = find_days(source, reference)
    day = wanted_day(days, source)
    times = find_times(source, reference, is_today=day is None or day.day == reference.date())
    time = wanted_time(times, source)
    blocked = [(each.start, each.end) for each in (*days, *times)]
    rooms = find_rooms(source, blocked)
    room, party, name, service = own_room(rooms), find_party(source), find_name(source), find_service(source)
    items = find_items(source, [*blocked, *((each.start, each.end) for each in rooms), *([name] if name else [])])
    wishes = find_wishes(source)
    entities = Entities(
        service=service[0] if service else None,
        party_size=party.persons if party else None,
        date=day.day if day else None,
        time=time.value if time else None,
        room_number=room.number if room else context_room,
        items=tuple(item.item for item in items) or None,
        guest_name=text[name.start : name.end] if name else None,
        special_requests=tuple(text[wish.start : wish.end] for wish in wishes) or None,
    )
    mentions = [
        *(_mention(source, each, "date", each.day.isoformat(), each.granularity) for each in days),
        *(_mention(source, each, "time", each.value, "minute") for each in times),
        *(_mention(source, each, "room_number", each.number) for each in rooms),
        *(_mention(source, each, "item", each.item.item) for each in items),
        *([_mention(source, party, "party_size", str(party.persons))] if party else ()),
        *([_mention(source, name, "guest_name", text[name.start : name.end])] if name else ()),
        *([_mention(source, service[1], "service", service[0])] if service else ()),
    ]
    mentions.sort(key=lambda mention: (mention.start, mention.end))
    return Extraction(entities, tuple(mentions[:_MAX_MENTIONS]), _assumed(items), tuple(warnings))


def _mention(source: Source, place: Placed, kind: MentionKind, value: str, granularity: Granularity | None = None) -> Mention:
    return Mention(kind=kind, text=source.text[place.start : place.end], start=place.start, end=place.end, value=value, granularity=granularity)


def _assumed(items: list[Item]) -> tuple[str, ...]:
    """Fields a team has to assume: a quantity nobody stated."""
    return tuple(f"items[{position}].quantity" for position, item in enumerate(items) if item.item.quantity is None)
