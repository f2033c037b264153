"""Words for a booking: who stays where, when they leave, and what else was asked of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from innkeeper.engine.assistant.formats import Language, clipped, list_text, money_text, quoted, sentence
from innkeeper.engine.assistant.phrases_sentences import say, whole
from innkeeper.engine.assistant.phrases_stays import check_in, check_out, range_of, stay_length
from innkeeper.engine.assistant.plan import Fact
from innkeeper.engine.assistant.told import Told
from innkeeper.schemas.hotel import BookingStatus
from innkeeper.schemas.tools import BookingFacts, Bookings

NAME_WORDS = 8
_REQUEST_WORDS = 24
_VALUE_WORDS = 20
_FIELDS = {  # fact → field of the booking, in the order in which everything is told
    Fact.GUEST_NAME: "guest_name",
    Fact.ROOM_NUMBER: "room_number",
    Fact.CHECK_IN_DATE: "check_in_date",
    Fact.CHECK_OUT_DATE: "check_out_date",
    Fact.CHECK_OUT_TIME: "check_out_time",
    Fact.NIGHTS: "check_out_date",
    Fact.ROOM_TYPE: "room_type",
    Fact.BOOKING_ID: "booking_id",
    Fact.BOOKING_STATUS: "status",
    Fact.AMOUNT: "total_amount",
    Fact.TOTAL_PRICE: "total_amount",
    Fact.PRICE: "total_amount",
    Fact.PHONE: "phone",
    Fact.EMAIL: "email",
    Fact.SPECIAL_REQUESTS: "special_requests",
}
_SUMMARY = (Fact.GUEST_NAME, Fact.ROOM_NUMBER, Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE)
_STAY = (Fact.CHECK_IN_DATE, Fact.NIGHTS, Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME)
_LEAVING = frozenset({Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME})
_GONE = frozenset({BookingStatus.CHECKED_OUT, BookingStatus.CANCELLED, BookingStatus.NO_SHOW})
_OFF = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW})


@dataclass(frozen=True)
class _Teller:
    """One booking in one language; every method gives a piece of text."""

    booking: BookingFacts
    language: Language
    today: dt.date

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    @property
    def owner(self) -> str:
        """Whose booking it is, inside a sentence."""
        name, room = self._name, self.booking.room_number
        if name and room:
            return self.say("owner_name_room", name=name, room=room)
        if name:
            return self.say("owner_name", name=name)
        if room:
            return self.say(f"owner_room{self._when_in_room}", room=room)
        if self.booking.booking_id:
            return self.say("owner_id", id=self.booking.booking_id)
        return self.say("owner_none")

    @property
    def owner_without_room(self) -> str:
        if self._name:
            return self.say("owner_name", name=self._name)
        return self.say("owner_id", id=self.booking.booking_id) if self.booking.booking_id else self.say("owner_none")

    @property
    def _name(self) -> str | None:
        return clipped(self.booking.guest_name, NAME_WORDS) if self.booking.guest_name else None

    @property
    def _when_in_room(self) -> str:
        if self.booking.status is BookingStatus.CHECKED_IN:
            return ""
        return "_left" if self.booking.status is BookingStatus.CHECKED_OUT else "_coming"

    def who(self) -> str:
        """The guest's name as a clause."""
        booking = self.booking
        if self.names_room:
            return self.say(f"who{self._when_in_room or '_in'}", name=self._name, room=booking.room_number)
        if booking.booking_id:
            return self.say("who_id", name=self._name, id=booking.booking_id)
        return self.say("who_only", name=self._name)

    @property
    def names_room(self) -> bool:
        """Whether `who` says the room too."""
        return self.booking.room_number is not None and self.booking.status not in _OFF

    def where(self) -> str:
        """The room as a clause."""
        if self.booking.room_number is None:
            return self.say("where_none", owner=self.owner_without_room)
        when = "_off" if self.booking.status in _OFF else self._when_in_room or "_in"
        return self.say(f"where{when}", owner=self.owner_without_room, room=self.booking.room_number)

    def stay(self, facts: set[Fact]) -> list[str]:
        """Predicates about the days, as "checks out today"; each can follow the guest's name."""
        parts: list[str] = []
        if self.booking.status in _OFF and Fact.CHECK_IN_DATE in facts and facts & _LEAVING:
            return [stay_length(self.booking, self.language)]
        if Fact.CHECK_IN_DATE in facts:
            parts.append(check_in(self.booking, self.language, self.today))
        if Fact.NIGHTS in facts:
            parts.append(stay_length(self.booking, self.language))
        if facts & _LEAVING:
            parts.append(check_out(self.booking, self.language, self.today))
        return parts

    def value(self, fact: Fact) -> str:
        """A field that has a value, as it is shown."""
        booking = self.booking
        if _FIELDS[fact] == "total_amount":
            amount = booking.total_amount
            return "" if amount is None else money_text(amount, booking.currency or "VND", self.language)
        if fact is Fact.BOOKING_STATUS:
            return self.say(f"brief_{booking.status}")
        text = str(getattr(booking, _FIELDS[fact]))
        return quoted(text, _REQUEST_WORDS) if fact is Fact.SPECIAL_REQUESTS else clipped(text, _VALUE_WORDS)


def tell_booking(booking: BookingFacts, facts: Sequence[Fact], language: Language, today: dt.date) -> Told:
    """
    What is asked of one booking; everything that may be seen when nothing certain is asked.

    Args:
        booking: One that the tool gave.
        facts: Most wanted first.
        language: Of the text.
        today: The hotel's day.
    """
    teller, told = _Teller(booking, language, today), Told()
    asked = _asked(booking, facts)
    told.withheld = list(dict.fromkeys(_FIELDS[fact] for fact in asked if _FIELDS[fact] in booking.withheld))
    shown = [fact for fact in asked if _FIELDS[fact] not in booking.withheld]
    main = _main_clause(teller, shown)
    if booking.status in _OFF and main:  # nothing else makes sense without it
        main = f"{main}, {say(f'off_{booking.status}', language)}"
        shown = [fact for fact in shown if fact is not Fact.BOOKING_STATUS]
    elif booking.status in _OFF and Fact.BOOKING_STATUS not in shown:
        told.context.append(_status(teller))
    if main:
        told.sentences.append(sentence(main))
    if {Fact.GUEST_NAME, Fact.ROOM_NUMBER} <= set(shown) and not teller.names_room:
        told.sentences.append(sentence(teller.where()))
    if _lacks_time(booking, shown):
        told.sentences.append(whole("time_none", language))
        told.doubt = True
    _tell_values(told, teller, shown, introduced=bool(main))
    if told.withheld and not told.sentences and not told.context:
        told.context.append(sentence(f"{teller.owner} {stay_length(booking, language)}"))
    return told


def _asked(booking: BookingFacts, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that a booking has; who stays where and when, when none of them is asked."""
    named = [fact for fact in facts if fact in _FIELDS]
    if Fact.BOOKING in facts:
        skipped = {Fact.NIGHTS, Fact.PRICE, Fact.TOTAL_PRICE}  # the dates and the amount say it
        if booking.status is BookingStatus.CHECKED_IN:
            skipped.add(Fact.BOOKING_STATUS)  # "is staying" says it
        wanted = [fact for fact in _FIELDS if fact not in skipped]
    elif named:
        return list(dict.fromkeys(named))
    else:
        wanted = list(_SUMMARY)
    seen = [
        fact for fact in wanted if _FIELDS[fact] not in booking.withheld and getattr(booking, _FIELDS[fact]) is not None
    ]
    return list(dict.fromkeys([*(fact for fact in named if _FIELDS[fact] in booking.withheld), *seen]))


def _main_clause(teller: _Teller, shown: Sequence[Fact]) -> str:
    """Name, room and days in one sentence, as far as they are asked; empty when none of them is."""
    facts = set(shown)
    predicates = teller.stay(facts)
    if Fact.GUEST_NAME in facts and teller.booking.guest_name:
        subject = teller.who()
    elif Fact.ROOM_NUMBER in facts:
        subject = teller.where()
    elif predicates:
        return f"{teller.owner} {_chained(predicates, teller.language)}"
    else:
        return ""
    if not predicates:
        return subject
    if teller.language == "vi":
        return f"{subject}, {', '.join(predicates)}"
    return f"{subject}{', ' if len(predicates) > 1 else ' and '}{_chained(predicates, 'en')}"


def _chained(predicates: Sequence[str], language: Language) -> str:
    return ", ".join(predicates) if language == "vi" else list_text(predicates, language)


def _lacks_time(booking: BookingFacts, shown: Sequence[Fact]) -> bool:
    if booking.status in _GONE or booking.check_out_time is not None:
        return False
    return Fact.CHECK_OUT_TIME in shown


def _status(teller: _Teller) -> str:
    return sentence(teller.say(f"booking_{teller.booking.status}", owner=teller.owner))


def _tell_values(told: Told, teller: _Teller, shown: Sequence[Fact], *, introduced: bool) -> None:
    """The fields that need a label: one as a sentence, several as a list."""
    wanted = [fact for fact in _distinct(shown) if fact not in {*_STAY, Fact.ROOM_NUMBER}]
    if teller.booking.guest_name:  # said already
        wanted = [fact for fact in wanted if fact is not Fact.GUEST_NAME]
    if wanted == [Fact.BOOKING_STATUS]:
        told.sentences.append(_status(teller))
        return
    there = [fact for fact in wanted if getattr(teller.booking, _FIELDS[fact]) is not None]
    if len(there) == 1:
        told.sentences.append(_one_value(teller, there[0], of="" if introduced else "_of"))
    elif there:
        told.sentences.append(_many_values(teller, there, introduced=introduced))
    of = "" if introduced or there else "_of"
    for fact in wanted:
        if fact in there:
            continue
        if fact is Fact.SPECIAL_REQUESTS:
            told.sentences.append(sentence(teller.say(f"no_requests{of}", owner=teller.owner)))  # known: there are none
        else:
            label = teller.say(f"label_{_FIELDS[fact]}")
            told.missing.append(sentence(teller.say(f"value_none{of}", label=label, owner=teller.owner)))


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    """One fact per field: a booking's price and its total are the same."""
    by_field = {_FIELDS[fact] if fact not in _STAY else fact: fact for fact in reversed(facts)}
    return [fact for fact in facts if fact in by_field.values()]


def _one_value(teller: _Teller, fact: Fact, *, of: str) -> str:
    key = "requests" if fact is Fact.SPECIAL_REQUESTS else "value"
    label = teller.say(f"label_{_FIELDS[fact]}")
    return sentence(teller.say(f"{key}{of}", label=label, value=teller.value(fact), owner=teller.owner))


def _many_values(teller: _Teller, facts: Sequence[Fact], *, introduced: bool) -> str:
    pairs = [(teller.say(f"label_{_FIELDS[fact]}"), teller.value(fact)) for fact in facts]
    if introduced:
        return sentence("; ".join(f"{label}: {value}" for label, value in pairs))
    values = ", ".join(f"{label} {value}" for label, value in pairs)
    return sentence(teller.say("values_of", owner=teller.owner, values=values))


def tell_choices(bookings: Bookings, language: Language) -> Told:
    """The bookings that match, told apart by guest, room and days, and the question which is meant."""
    choices = "; ".join(_choice(booking, language) for booking in bookings.bookings)
    key = "several" if len(bookings.bookings) >= bookings.total else "several_first"
    return Told(question=whole(key, language, total=bookings.total, choices=choices))


def _choice(booking: BookingFacts, language: Language) -> str:
    parts = [clipped(booking.guest_name, 4)] if booking.guest_name else []
    if booking.room_number:
        parts.append(say("choice_room", language, room=booking.room_number))
    parts.append(range_of(booking, language))
    if booking.status in _GONE:
        parts.append(say(f"brief_{booking.status}", language))
    return ", ".join(parts)
