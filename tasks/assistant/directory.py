"""What the hotel calls things and people, held in memory: names are found without accents, types in any spelling."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from time import monotonic

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.models import Booking, Guest, Hotel, Rate, Room
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.text import fold, lowered, words
from innkeeper.schemas.errors import InputInvalid, NotFound
from innkeeper.schemas.hotel import BookingStatus

HELD_S = 300.0  # an import shows at once; a row that is changed or erased otherwise, after that time
MIN_NAME_LETTERS = 3
_HELD_HOTELS = 8
_MISSPELT_LETTERS = 5  # a shorter word resembles too much
_LIVE = (BookingStatus.CONFIRMED.value, BookingStatus.CHECKED_IN.value)
_TYPE_WORDS = frozenset({"room", "rooms", "phong", "hang", "loai", "type"})  # folded; said around a type's name
# Folded; before a name they are left out when nobody has them as part of the name.
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "madam", "guest", "khach", "ong", "ba", "anh", "chi", "co", "chu", "bac"}
)


@dataclass(frozen=True)
class _Person:
    """A guest's name in words: as it is spelt, and folded."""

    id: int
    spelt: frozenset[str]
    folded: tuple[str, ...]


@dataclass(frozen=True)
class Directory:
    """
    One import of one hotel.

    Attributes:
        hotel_id: Of the hotel.
        hotel: Words that a question is understood with.
        types: Spellings of each room type in the tables, by their folded form.
    """

    hotel_id: int
    hotel: HotelWords
    types: dict[str, tuple[str, ...]]
    _people: dict[int, _Person]
    _ids_of_word: dict[str, set[int]]
    _sorted_words: list[str] = field(repr=False)

    def guests_named(self, name: str) -> frozenset[int]:
        """
        Ids of the guests whose name has all words of `name` at the beginning of its own, in any order.

        Whole words go before beginnings of words, and accents that were typed before none: "Hạnh" is not "Hanh" while
        there is a Hạnh. A title in front does not count.

        Raises:
            InputInvalid: There are fewer than 3 letters.
        """
        asked = _name_words(name)
        without = asked[1:] if len(asked) > 1 and asked[0] in _TITLES else asked
        if sum(map(len, without)) < MIN_NAME_LETTERS or max(map(len, without), default=0) < 2:
            raise InputInvalid(f"a name needs at least {MIN_NAME_LETTERS} letters; give more of it")
        found = self._matching(asked) or (self._matching(without) if without != asked else set())
        whole = {one for one in found if set(without) <= set(self._people[one].folded)}
        accented = {word for word in _spelt_words(name) if not word.isascii() and fold(word) in without}
        exact = {one for one in whole if accented and accented <= self._people[one].spelt}
        return frozenset(exact or whole or found)

    def room_type(self, asked: str) -> tuple[str, ...]:
        """
        The spellings of the one room type that is meant.

        Raises:
            NotFound: The hotel has no such type; the message names those it has.
            InputInvalid: Several types could be meant.
        """
        heard = [self._type_word(word) for word in _words(asked)]
        said = [word for word in heard if word not in _TYPE_WORDS] or heard
        exact = self.types.get(" ".join(said)) or self.types.get(" ".join(heard))
        if exact:
            return exact
        inside = [name for name in self.types if set(name.split()) <= set(said)]
        named = [name for name in inside if not any(set(name.split()) < set(other.split()) for other in inside)]
        around = [name for name in self.types if said and set(said) <= set(name.split())]
        candidates = named or around
        if len(candidates) == 1:
            return self.types[candidates[0]]
        if candidates:
            raise InputInvalid(f"several room types could be meant: {self._listed(candidates)}; name one")
        raise NotFound(f"the hotel has no room type of that name; it has {self._listed(self.types)}")

    def _type_word(self, word: str) -> str:
        """`word` as it stands in the names of types, where it is only misspelt or a plural."""
        own = {each for name in self.types for each in name.split()}
        if word in own or word in _TYPE_WORDS:
            return word
        if word.endswith("s") and word[:-1] in own:
            return word[:-1]
        near = get_close_matches(word, own, n=1, cutoff=0.84) if len(word) >= _MISSPELT_LETTERS else []
        return near[0] if near else word

    def _listed(self, names: Iterable[str]) -> str:
        return ", ".join(sorted(self.types[name][0] for name in names))

    def _matching(self, asked: Sequence[str]) -> set[int]:
        """People with a word of their own for each word that is asked for."""
        sets = [self._beginning_with(word) for word in asked]
        return (
            {one for one in set[int].intersection(*sets) if _fits(asked, self._people[one].folded)} if sets else set()
        )

    def _beginning_with(self, start: str) -> set[int]:
        found, place = set[int](), bisect_left(self._sorted_words, start)
        while place < len(self._sorted_words) and self._sorted_words[place].startswith(start):
            found |= self._ids_of_word[self._sorted_words[place]]
            place += 1
        return found


_held: dict[tuple[str, int], tuple[dt.datetime, float, Directory]] = {}


async def directory(session: AsyncSession, hotel: Hotel | None = None) -> Directory:
    """
    The directory of the hotel in use, read anew after an import and every five minutes.

    Args:
        session: From `Database.reading()`.
        hotel: From `current_hotel`, where the caller has it.
    """
    hotel = hotel or await current_hotel(session)
    key = (str(session.get_bind().engine.url), hotel.id)
    imported_at, until_s, kept = _held.get(key, (None, 0.0, None))
    if kept is not None and imported_at == hotel.imported_at and monotonic() < until_s:
        return kept
    made = await _read(session, hotel.id)
    while len(_held) >= _HELD_HOTELS and key not in _held:
        _held.pop(next(iter(_held)))
    _held[key] = (hotel.imported_at, monotonic() + HELD_S, made)
    return made


async def hotel_words(session: AsyncSession) -> HotelWords:
    """What the hotel in use calls things; raises `NotConfigured` when none was imported."""
    return (await directory(session)).hotel


async def _read(session: AsyncSession, hotel_id: int) -> Directory:
    rooms = (await session.execute(select(Room.number, Room.type).where(Room.hotel_id == hotel_id))).all()
    rated = await session.scalars(select(Rate.room_type).where(Rate.hotel_id == hotel_id).distinct())
    guests = (await session.execute(select(Guest.id, Guest.name).where(Guest.hotel_id == hotel_id))).all()
    booked = await session.execute(
        select(Booking.booking_id, Booking.guest_id, Booking.status).where(Booking.hotel_id == hotel_id)
    )
    bookings = booked.all()
    live = {row.guest_id for row in bookings if row.status in _LIVE}
    types = _types([*(row.type for row in rooms), *rated])
    people = {row.id: _person(row.id, row.name) for row in guests}
    ids_of_word = defaultdict[str, set[int]](set)
    for person in people.values():
        for word in person.folded:
            ids_of_word[word].add(person.id)
    hotel = HotelWords(
        room_numbers=frozenset(row.number for row in rooms),
        room_types=tuple(spellings[0] for spellings in types.values()),
        guest_names=frozenset(word for one in live & people.keys() for word in people[one].folded if len(word) > 1),
        spelt_names=frozenset(word for one in live & people.keys() for word in people[one].spelt if len(word) > 1),
        booking_ids=frozenset(fold(row.booking_id) for row in bookings),
    )
    return Directory(hotel_id, hotel, types, people, dict(ids_of_word), sorted(ids_of_word))


def name_fits(asked: str, name: str) -> bool:
    """Whether one name has the words of another at the beginning of its own, in any order, a title in front aside."""
    said, own = _name_words(asked), _name_words(name)
    untitled = said[1:] if len(said) > 1 and said[0] in _TITLES else said
    return bool(said) and (_fits(said, own) or _fits(untitled, own))


def _types(spellings: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Spellings by folded form, the most frequent first; types in the order of their names."""
    counted = defaultdict[str, dict[str, int]](dict)
    for spelling in spellings:
        forms = counted[" ".join(_words(spelling))]
        forms[spelling] = forms.get(spelling, 0) + 1
    return {name: tuple(sorted(forms, key=lambda one: -forms[one])) for name, forms in sorted(counted.items())}


def _person(guest_id: int, name: str) -> _Person:
    return _Person(guest_id, frozenset(_spelt_words(name)), tuple(_name_words(name)))


def _fits(asked: Sequence[str], own: Sequence[str]) -> bool:
    """Whether each asked word begins another word of the name; the longest are placed first."""
    left = list(own)
    for word in sorted(asked, key=len, reverse=True):
        fitting = [each for each in left if each.startswith(word)]
        if not fitting:
            return False
        left.remove(min(fitting, key=len))
    return True


def _words(text: str) -> list[str]:
    return [word.text for word in words(fold(text))]


def _name_words(text: str) -> list[str]:
    """Folded words without apostrophes and digits: "O'Brien" → "obrien"."""
    return [plain for word in _words(text) if (plain := "".join(char for char in word if char.isalpha()))]


def _spelt_words(text: str) -> set[str]:
    return {word.text.replace("'", "").replace("’", "") for word in words(lowered(text))}
