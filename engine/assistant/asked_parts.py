"""A message cut into the questions it holds, and what each of them names."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property

from innkeeper.engine.assistant.asked_cues import Cue, find_cues
from innkeeper.engine.assistant.asked_dates import Stay, read_stay
from innkeeper.engine.assistant.asked_guests import Guest, find_guests
from innkeeper.engine.assistant.asked_ids import BookingId, find_booking_ids
from innkeeper.engine.assistant.asked_room_types import Meant, find_room_types
from innkeeper.engine.assistant.asked_rooms import AskedRoom, find_asked_rooms
from innkeeper.engine.assistant.asked_text import Asked
from innkeeper.engine.assistant.plan import Fact, HotelWords
from innkeeper.engine.entities.source import Pattern, Source

MAX_PARTS = 6
_CUT = Pattern(
    r"[!?;\n]+(?=\s|$|\w)|(?<=[^\W\d])\.(?=\s|$)|(?<=\d)\.(?=\s+[^\W\d])|,(?=\s)|\s-\s|"
    r"\b(?:and|but|also|plus|và|~nhưng|rồi|với|đồng thời|ngoài ra)\b|\b(?=còn\b)|\s&\s"
)
_ENDED = Pattern(r"(?:[,?;.]|\b(?:chưa|không|ko|rồi|ạ|vậy|nhiêu|đâu|gì|giờ|nhé|nha|hả))\s*$")  # before "còn 408?"
# "trong" without accents is "in" before these, not "trống" (free).
_INSIDE = re.compile(
    r"(?<!con )(?<!nao )\btrong(?= (?:phong(?! nao)|khach san|nha|toilet|wc|tu|bep|minibar|vong|tuan|thang|truong hop|"
    r"khi|luc|suot|khu|gio|bao lau|ngay(?! \d| mai)|qua trinh|ho|xe|thoi gian|ca|cai|goi|menu|gia|bill|hoa don)\b)"
)
# "ở tới khi nào" asks for the end of a stay; "khách tới khi nào" for its beginning.
_STAYS_UNTIL = Pattern(
    r"\b(?:ở|ở lại|lưu trú|ngụ|thuê|giữ|đóng|khóa)(?: phòng)? (?:tới|đến) (?:khi|ngày|hôm|bao|bữa|mấy)"
)
_ABBREVIATED = re.compile(r"\b(?:mr|mrs|ms|dr|no|rm|p|st)$", re.IGNORECASE)
FACTS = {fact.value: fact for fact in Fact}
ROOM_FACTS = (Fact.READY, Fact.ROOM_STATUS, Fact.ROOM_NOTE, Fact.FLOOR)
_OF_BOOKINGS = frozenset(FACTS) - {fact.value for fact in ROOM_FACTS} - {"policy", "contact", "price", "total_price"}
_OF_STAYS = {Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME, Fact.BOOKING_STATUS}
_ASKS = frozenset(FACTS) | {"availability", "policy", "late", "contact", "procedure", "wh"}


@dataclass(frozen=True)
class Part:
    """One question: its words, the cues in it, and what it names."""

    asked: Asked
    hotel: HotelWords
    today: dt.date

    @cached_property
    def _all_cues(self) -> list[Cue]:
        return find_cues(self.asked.tokens, plain=self.asked.may_lack_accents)

    @cached_property
    def _inside(self) -> list[tuple[int, int]]:
        plain = self.asked.source.lower if self.asked.may_lack_accents else ""
        return [match.span() for match in _INSIDE.finditer(plain)]

    @property
    def without_inside(self) -> str:
        """The text in lower case, without each "trong" that means "in"."""
        lower = self.asked.source.lower
        return _INSIDE.sub(" ", lower) if self._inside else lower

    @cached_property
    def cues(self) -> list[Cue]:
        """Cues outside names ("gia han" of "Ly Gia Han"); a fact's cue inside another's longer one is left out."""
        spans = [(each.start, each.end) for each in self.guests] + self._inside
        found = [cue for cue in self._all_cues if not any(_touches(cue, *span) for span in spans)]
        if _STAYS_UNTIL.search(self.asked.source.lower):
            found = [cue for cue in found if cue.label != Fact.CHECK_IN_DATE]
        facts = [cue for cue in found if cue.label in FACTS]
        return [cue for cue in found if cue.label not in FACTS or not any(_holds(other, cue) for other in facts)]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Labels of the cues that stand outside what is named."""
        named = [(each.start, each.end) for each in self.types] + [(each.start, each.end) for each in self.guests]
        inside = {"service", "include", "price", "pronoun"}
        return frozenset(
            cue.label
            for cue in self.cues
            if cue.label not in inside or not any(start <= cue.start and cue.end <= end for start, end in named)
        )

    @cached_property
    def _days(self) -> Stay:
        return read_stay(self.asked.source, self.today)

    @cached_property
    def stay(self) -> Stay:
        """Days and nights outside names: "mai" of "Trần Mai An" is no tomorrow."""
        names = [(each.start, each.end) for each in self.guests]
        if not any(start < used_end and used < end for used, used_end in names for start, end in self._days.spans):
            return self._days
        masked = self.asked.text
        for start, end in names:
            masked = f"{masked[:start]}{'_' * (end - start)}{masked[end:]}"
        return read_stay(Source(masked, self.asked.language), self.today)

    @cached_property
    def ids(self) -> list[BookingId]:
        """Booking ids."""
        return find_booking_ids(self.asked, self.hotel.booking_ids, self.hotel.room_numbers)

    @cached_property
    def rooms(self) -> list[AskedRoom]:
        """Room numbers."""
        blocked = [*self._days.spans, *((each.start, each.end) for each in self.ids)]
        return find_asked_rooms(self.asked.source, self.hotel.room_numbers, blocked)

    @cached_property
    def types(self) -> list[Meant]:
        """Room types."""
        return find_room_types(self.asked.tokens, self.hotel.room_types)

    @cached_property
    def guests(self) -> list[Guest]:
        """Guests' names."""
        blocked = [(each.start, each.end) for each in self.ids] + [(each.start, each.end) for each in self.rooms]
        blocked += [(each.start, each.end) for each in self.types]
        labels = {cue.label for cue in self._all_cues}
        speaks = bool(labels & _OF_BOOKINGS) and "service" not in labels
        return find_guests(self.asked, self.hotel, blocked, self._days.spans, of_booking=speaks)

    @property
    def has_subject(self) -> bool:
        """Whether it names whom or which room it is about."""
        return bool(self.rooms or self.ids or self.guests)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Facts asked, in order of appearance, each once."""
        found = [cue for cue in self.cues if cue.label in FACTS]
        ordered = sorted(found, key=lambda cue: (cue.first, -cue.last))
        return tuple(dict.fromkeys(FACTS[cue.label] for cue in ordered))

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.asked.tokens)

    @property
    def asks(self) -> bool:
        """Whether it asks anything by itself."""
        return any(cue.label in _ASKS for cue in self.cues)


def read_parts(asked: Asked, hotel: HotelWords, today: dt.date) -> list[Part]:
    """Questions of a message in order: at least one, at most `MAX_PARTS`."""
    found = [
        cut.span()
        for cut in _CUT.finditer(asked.source.lower)
        if not (cut.group() == "." and _ABBREVIATED.search(asked.text[: cut.start()]))
        and (cut.group() or _ENDED.search(asked.source.lower[: cut.start()]))
    ]
    cuts = [0]
    for place, (start, end) in enumerate(found[: 2 * MAX_PARTS]):
        following = found[place + 1][0] if place + 1 < len(found) else len(asked.text)
        if (
            len(cuts) < MAX_PARTS
            and _asks(asked, hotel, today, cuts[-1], start)
            and _asks(asked, hotel, today, end, following)
        ):
            cuts.append(end)
    pieces = [asked.part(start, end) for start, end in zip(cuts, [*cuts[1:], len(asked.text)], strict=True)]
    return [Part(_trimmed(piece) if piece is not pieces[-1] else piece, hotel, today) for piece in pieces]


def _asks(asked: Asked, hotel: HotelWords, today: dt.date, start: int, end: int) -> bool:
    part = asked.part(start, end)
    return len(part.tokens) >= 2 and Part(part, hotel, today).asks


def _trimmed(asked: Asked) -> Asked:
    """Without the conjunction that led to the next part."""
    text = re.sub(
        r"[\s,]+(?:and|và|va|rồi|roi|với|voi|but|nhưng|nhung|also|plus)$", "", asked.text, flags=re.IGNORECASE
    )
    return Asked(text, asked.language, may_lack_accents=asked.may_lack_accents)


def _touches(cue: Cue, start: int, end: int) -> bool:
    """Whether the first or the last word of a cue stands in a span; words that it skips do not count."""
    return start <= cue.start < end or start < cue.end <= end


def _is_of_room(cue: Cue) -> bool:
    return FACTS[cue.label] in ROOM_FACTS


def _holds(outer: Cue, inner: Cue) -> bool:
    """A room's fact inside a booking's or the other way round; and "phòng mấy" inside "trả phòng mấy giờ"."""
    is_longer = outer.last - outer.first > inner.last - inner.first
    is_other = _is_of_room(outer) is not _is_of_room(inner) or (
        inner.label == Fact.ROOM_NUMBER and outer.label in _OF_STAYS
    )
    if outer.label == Fact.ROOM_NUMBER and inner.label == Fact.ROOM_NOTE:
        return False  # "what is wrong with room 305"
    return is_longer and outer.first <= inner.first and inner.last <= outer.last and is_other
