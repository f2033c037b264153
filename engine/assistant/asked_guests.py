"""Whose booking a question is about: guests' names, with a title, a cue, or by being a guest's."""

from collections.abc import Sequence
from typing import NamedTuple

from innkeeper.engine.assistant.asked_names import (
    MIN_LETTERS,
    SURNAMES,
    follows_place,
    is_capital,
    is_everyday,
    is_place,
    kinds,
    may_be_name,
)
from innkeeper.engine.assistant.asked_text import Asked, Token
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.entities.source import Pattern, word_set

_NAME_CUE = Pattern(
    r"(?:\b(?:booking|reservation|book|booked|details|info|bill|stay|room|phone|email|total|requests?|"
    r"status)\s(?:for|of|under|by|from)(?: the name)?(?: of)?|under(?: the name)?(?: of)?|named|called|"
    r"name is|guest named?|find|look up|lookup|khách tên(?: là)?|tên(?: là| khách)?|đặt phòng (?:của|cho)|"
    r"booking (?:của|cho)|"
    r"của khách|phòng của|booking|phòng của khách|của|tìm khách|họ)\s$"
)
_TITLES = {"mr", "mrs", "ms", "miss", "mister", "madam", "dr", "prof", "sir"}
_VIETNAMESE_TITLES = {"anh", "chị", "chi", "cô", "chú", "bác", "ông", "ong", "bà", "cụ", "khách", "khach"}
_PLAIN_TITLES = {"co", "ba", "bac", "chu", "em"}  # also everyday words without their accents
_WEAK_TITLES = _PLAIN_TITLES | {"chi", "anh", "khách", "khach", "ong"}
_BETWEEN = (_TITLES | _VIETNAMESE_TITLES | {"tên", "ten", "hàng"}) - {"anh"}
_GUEST = {"khách", "khach"}
_SHORT = 3
_MAX_WORDS = 5
_CALLED = Pattern(r"\b(?:tên|tên là|named|called|under|name is)\s$")
_THE = Pattern(r"\bthe\s$")
# What a guest does: "huy tra phong khi nao" begins with a name, "huy dat phong" does not.
_DOES = word_set("o|tra|nhan|check|dang|da|roi|vao")
Spans = Sequence[tuple[int, int]]


class Guest(NamedTuple):
    """A guest's name without title, and where it stands."""

    start: int
    end: int
    name: str

    @property
    def is_too_short(self) -> bool:
        """Whether so few letters name nobody."""
        return sum(char.isalpha() for char in self.name) < MIN_LETTERS


def find_guests(asked: Asked, hotel: HotelWords, blocked: Spans, days: Spans, *, of_booking: bool) -> list[Guest]:
    """
    Names in order of appearance.

    Args:
        asked: The question.
        hotel: Whose words of guests' names count.
        blocked: Spans that are something else already.
        days: Spans that are days; only "mai" (tomorrow) may be part of a name.
        of_booking: Whether the question asks for what bookings tell, so that a name is likely.
    """
    reader = _Reader(asked, hotel, of_booking=of_booking)
    tokens = asked.tokens
    mornings = [(start, end) for start, end in days if asked.text[start:end].lower() == "mai"]
    taken = [*blocked, *(span for span in days if span not in mornings)]
    found: list[Guest] = []
    place = 0
    while place < len(tokens):
        titled = reader.titled(place)
        span = titled or reader.bare(place)
        if span is None:
            place += 1
            continue
        first, last = span
        start, stop = tokens[first].start, tokens[last].end
        is_sure = last - first >= 2 or titled or (last > first and is_capital(asked, tokens[last]) and first > 0)
        if not _overlaps(start, stop, taken if is_sure else [*taken, *mornings]):
            found.append(Guest(start, stop, reader.singular(last, asked.text[start:stop])))
        place = last + 1
    return found


def _overlaps(start: int, end: int, spans: Spans) -> bool:
    return any(start < used_end and used < end for used, used_end in spans)


class _Reader:
    """One question, read for names."""

    def __init__(self, asked: Asked, hotel: HotelWords, *, of_booking: bool) -> None:
        self.asked = asked
        self.tokens = asked.tokens
        self.names, self.spelt = hotel.guest_names, hotel.spelt_names
        self.of_booking = of_booking

    def titled(self, place: int) -> tuple[int, int] | None:
        """First and last word of the name behind a title at `place`."""
        tokens, title = self.tokens, self.tokens[place].text
        english = title in _TITLES
        vietnamese = title in _VIETNAMESE_TITLES or (title in _PLAIN_TITLES and self.asked.language == "vi")
        if not (english or vietnamese) or follows_place(tokens, place):
            return None
        first = place + 1
        while first < len(tokens) and tokens[first].text in _BETWEEN:
            first += 1
        last = first - 1
        while last - first < _MAX_WORDS - 1 and last + 1 < len(tokens) and self._goes_on(first, last + 1, title):
            last += 1
        if last < first:
            return None
        is_weak = title in _WEAK_TITLES and last == first and not self._capital(first)
        return None if is_weak and self._is_word(first, title) else (first, last)

    def _is_word(self, place: int, title: str) -> bool:
        """Whether the one word behind a title that is an everyday word itself is no name: "khách an toàn"."""
        token = self.tokens[place]
        if token.plain in kinds()["common"] and not self._known(token):
            return True
        is_sure = self.of_booking and len(token.plain) >= MIN_LETTERS
        return title in _GUEST and not is_sure and len(self.tokens) > _SHORT and is_everyday(self.asked, token)

    def _goes_on(self, first: int, place: int, title: str) -> bool:
        """Whether the word at `place` belongs to the name that begins at `first`."""
        token = self.tokens[place]
        if any(map(str.isdigit, token.text)) or token.text == "'s" or self._falls(first, place):
            return False
        if token.plain in kinds()["never"]:
            following = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
            in_middle = place > first and self._capital(first) and self._is_middle(place)
            has_more = self.asked.may_lack_accents and following is not None and self._known(following)
            if not in_middle and not (self._known(token) and (self._capital(place) or has_more)):
                return False
        is_first = place == first and title in _TITLES - {"miss"} and len(token.text) > 1
        return self._capital(place) or self._known(token) or is_first

    def bare(self, place: int) -> tuple[int, int] | None:
        """A name without title: words of guests' names, a capitalised word behind "booking for", or before "'s"."""
        last = place - 1
        for at in range(place, min(len(self.tokens), place + _MAX_WORDS)):
            token = self.tokens[at]
            if not self._known(token) or token.text[0].isdigit() or self._falls(place, at):
                break
            last = at
        if last >= place and self._is_name(place, last):
            return place, self._with_capitals(place, last)
        if not may_be_name(self.asked, self.tokens[place]):
            return None
        last = self._with_capitals(place, place)
        is_called = self._cued(place) or (self._owns(last) and place > 0)
        return (place, last) if is_called or (last > place and self.tokens[place].plain in SURNAMES) else None

    def _is_name(self, first: int, last: int) -> bool:
        """Whether words that occur in guests' names are one here, and not everyday words or places."""
        run = self.tokens[first : last + 1]
        if is_place(self.asked, self.tokens, first, last):
            return False
        cued, owns = self._cued(first), self._owns(last)
        capitals = sum(self._capital(place) for place in range(first, last + 1))
        told = self.of_booking or cued or owns or len(self.tokens) <= len(run) + 2
        if len(run) >= 2 and (capitals == len(run) or (told and self._fit(run) and self._keep_together(run))):
            return True
        if self._begins(first, last) or self._ends(first, last, capitals) or self._called(first):
            return True
        if any(len(token.plain) >= MIN_LETTERS and not is_everyday(self.asked, token) for token in run):
            return bool(capitals) or told
        if len(run) >= 2 or (run[0].plain in kinds()["never"] | kinds()["title"] and not capitals):
            return len(run) >= 2 and cued
        if capitals and may_be_name(self.asked, run[0]):
            at_start = self.asked.source.sentence(run[0].start).start >= run[0].start - 1
            return cued or owns or (self.of_booking and not at_start)
        return cued and self.of_booking and run[0].text.isascii()

    def _keep_together(self, run: Sequence[Token]) -> bool:
        return len(run) >= 3 or run[0].plain in SURNAMES

    def _fit(self, run: Sequence[Token]) -> bool:
        """Whether small letters may be these names: in a text with accents, only when the accents are known to fit."""
        if self.asked.may_lack_accents or self.asked.language == "en" or all(token.text.isascii() for token in run):
            return True
        return bool(self.spelt) or len(run) >= 3

    def _begins(self, first: int, last: int) -> bool:
        """ "Huy tra phong khi nao": a name, and what its bearer does."""
        if first or not self.of_booking or not last + 2 < len(self.tokens) <= last + 7:
            return False
        token = self.tokens[first]
        is_long = len(token.plain) >= MIN_LETTERS and token.plain not in kinds()["never"] | kinds()["thing"]
        does, then = (each.plain for each in self.tokens[last + 1 : last + 3])
        return is_long and does in _DOES and (does != "nhan" or then == "phong")  # "luong nhan vien"

    def _ends(self, first: int, last: int, capitals: int) -> bool:
        """ "Email hải", "Brown?": hardly anything stands before it, and nothing behind."""
        token = self.tokens[first]
        if last + 1 < len(self.tokens) or len(token.plain) < MIN_LETTERS or first > 2:
            return False
        if first == 0:
            return bool(capitals) and token.plain not in kinds()["never"]
        return self.of_booking and token.text in self.spelt and not token.text.isascii()

    def _called(self, first: int) -> bool:
        """ "Booking tên Hội": said to be a name."""
        token = self.tokens[first]
        return len(token.plain) >= MIN_LETTERS and bool(_CALLED.search(self.asked.source.before(token.start, 12)))

    def _with_capitals(self, first: int, last: int) -> int:
        """The last word of a name that goes on in capitals, known or not."""
        tokens = self.tokens
        while self._capital(first) and last + 1 < len(tokens) and last - first < _MAX_WORDS:
            left, right = tokens[last], tokens[last + 1]
            is_beside = self.asked.text[left.end : right.start] in {" ", "-"}
            is_name = may_be_name(self.asked, right) or (right.plain in kinds()["never"] and self._is_middle(last + 1))
            if not (is_beside and is_name):
                break
            last += 1
        return last

    def singular(self, last: int, name: str) -> str:
        """ "The Lindqvists" are the family of a Lindqvist."""
        plain = self.tokens[last].plain
        is_plural = plain.endswith("s") and plain not in self.names and plain[:-1] in self.names
        return name[:-1] if is_plural else name

    def _known(self, token: Token) -> bool:
        """Whether it is a word of a guest's name, with its accents where it has any."""
        if token.plain not in self.names:
            is_family = len(token.plain) > MIN_LETTERS and token.plain[-1] == "s" and token.plain[:-1] in self.names
            behind_the = bool(_THE.search(self.asked.source.before(token.start, 5)))
            return is_family and behind_the and is_capital(self.asked, token)
        return token.text.isascii() or not self.spelt or token.text in self.spelt

    def _cued(self, place: int) -> bool:
        return bool(_NAME_CUE.search(self.asked.source.before(self.tokens[place].start, 40)))

    def _owns(self, last: int) -> bool:
        return last + 1 < len(self.tokens) and self.tokens[last + 1].text == "'s"

    def _capital(self, place: int) -> bool:
        return is_capital(self.asked, self.tokens[place])

    def _is_middle(self, place: int) -> bool:
        """Whether an everyday word is written like a name: "Bảo" of "Nguyễn Bảo Long"."""
        token = self.tokens[place]
        return self._capital(place) and not (self.asked.text[token.start : token.end].isupper() and len(token.text) > 1)

    def _falls(self, first: int, place: int) -> bool:
        """ "Thomas Muller dang o": a name that began with a capital does not go on in small letters."""
        token = self.tokens[place]
        is_joined = token.start > 0 and self.asked.text[token.start - 1] == "-"
        return self._capital(first) and not self._capital(place) and not is_joined
