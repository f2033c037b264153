"""Entities of a guest message in English and Vietnamese: room, date, time, party, items, service, name, wishes."""

from datetime import datetime
from typing import Literal, NamedTuple

from innkeeper.engine.entities.dates import find_days, wanted_day
from innkeeper.engine.entities.items import Item, find_items
from innkeeper.engine.entities.names import find_name
from innkeeper.engine.entities.party import Party, find_party
from innkeeper.engine.entities.relative_days import Day, Granularity
from innkeeper.engine.entities.roles import Placed
from innkeeper.engine.entities.rooms import Room, find_rooms, own_room
from innkeeper.engine.entities.services import find_service
from innkeeper.engine.entities.source import Source, Span
from innkeeper.engine.entities.special_requests import find_wishes
from innkeeper.engine.entities.times import ClockTime, find_times, wanted_time
from innkeeper.schemas.routing import Entities, Mention

__all__ = ["Extraction", "extract_entities"]


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
    found = _read(Source(text, language), reference)
    day, time, room = found.day, found.time, own_room(found.rooms)
    entities = Entities(
        service=found.service[0] if found.service else None,
        party_size=found.party.persons if found.party else None,
        date=day.day if day else None,
        time=time.value if time else None,
        room_number=room.number if room else context_room,
        items=tuple(item.item for item in found.items) or None,
        guest_name=text[found.name.start : found.name.end] if found.name else None,
        special_requests=tuple(text[wish.start : wish.end] for wish in found.wishes) or None,
    )
    return Extraction(entities, _mentions(text, found), _assumed(found.items), tuple(found.warnings))


class _Findings(NamedTuple):
    """What the extractors found; `day` and `time` are the wanted ones of `days` and `times`."""

    days: list[Day]
    day: Day | None
    times: list[ClockTime]
    time: ClockTime | None
    rooms: list[Room]
    items: list[Item]
    party: Party | None
    name: Span | None
    service: tuple[str, Span] | None
    wishes: list[Span]
    warnings: list[str]


def _read(source: Source, reference: datetime) -> _Findings:
    """Run the extractors; what one has read as a date, a time, a room or a name is nothing else to the next."""
    days, warnings = find_days(source, reference)
    day = wanted_day(days, source)
    times = find_times(source, reference, is_today=day is None or day.day == reference.date())
    blocked = [(each.start, each.end) for each in days] + [(each.start, each.end) for each in times]
    rooms, name = find_rooms(source, blocked), find_name(source)
    blocked += [(each.start, each.end) for each in rooms] + ([(name.start, name.end)] if name else [])
    return _Findings(
        days,
        day,
        times,
        wanted_time(times, source),
        rooms,
        find_items(source, blocked),
        find_party(source),
        name,
        find_service(source),
        find_wishes(source),
        warnings,
    )


def _mentions(text: str, found: _Findings) -> tuple[Mention, ...]:
    mentions = [
        *(_mention(text, each, "date", each.day.isoformat(), each.granularity) for each in found.days),
        *(_mention(text, each, "time", each.value, "minute") for each in found.times),
        *(_mention(text, each, "room_number", each.number) for each in found.rooms),
        *(_mention(text, each, "item", each.item.item) for each in found.items),
    ]
    if found.party:
        mentions.append(_mention(text, found.party, "party_size", str(found.party.persons)))
    if found.name:
        mentions.append(_mention(text, found.name, "guest_name", text[found.name.start : found.name.end]))
    if found.service:
        mentions.append(_mention(text, found.service[1], "service", found.service[0]))
    return tuple(sorted(mentions, key=lambda mention: (mention.start, mention.end)))


def _mention(
    text: str, place: Placed, kind: MentionKind, value: str, granularity: Granularity | None = None
) -> Mention:
    start, end = place.start, place.end
    return Mention(kind=kind, text=text[start:end], start=start, end=end, value=value, granularity=granularity)


def _assumed(items: list[Item]) -> tuple[str, ...]:
    """Fields a team has to assume: a quantity nobody stated."""
    return tuple(f"items[{position}].quantity" for position, item in enumerate(items) if item.item.quantity is None)
