"""Which of the hotel's room types a question means, in either language, however its name is shortened."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.assistant.asked_text import Token, tokenize
from innkeeper.engine.entities.source import word_set

_HEADS = word_set("room|rooms|phong|phòng|rm|căn|can|hạng|hang|loại|loai|type|types|buồng|view|hướng|huong")
_IGNORED = word_set("room|rooms|phong|the|a|of|with|and|view")
_JOINS = word_set("and|or|va|và|hay|hoặc|hoac|với|voi|vs|than|hơn|hon|of")
_EVERYDAY = word_set(
    "private|special|guest|hotel|smart|basic|plus|shared|inner|outer|window|large|small|upper|lower|north|south|east|"
    "west|front|ground|floor|first|second|modern|style|level|class|people|person|adult|children|staff|extra|service"
)
_DISTINCT_LETTERS = 5
_OWN = 3  # strength of a word that is a room type where the hotel has it
_MAX_WORDS = 4


class Meant(NamedTuple):
    """Room types that fit the words at `first` to `last` equally well; a word for a type the hotel lacks is itself."""

    first: int
    last: int
    start: int
    end: int
    types: tuple[str, ...]


class _Named(NamedTuple):
    """A concept found in a question, in words."""

    concept: str
    strength: int
    first: int
    last: int


def find_room_types(tokens: Sequence[Token], room_types: tuple[str, ...]) -> list[Meant]:
    """Mentions of room types in order; neighbouring words ("deluxe, garden view") are one mention."""
    names = _concepts_of(room_types)
    own = {concept: 1 for concepts in names.values() for concept in concepts}
    found: list[Meant] = []
    for group in _groups(list(_named(tokens, frozenset(own))), tokens):
        if not _is_room_type(group, tokens, own, names):
            continue
        first, last = group[0].first, group[-1].last
        lacks = [each.concept for each in group if each.strength == 2 and each.concept not in own]
        types = () if lacks else _best(frozenset(each.concept for each in group), names)
        if not types and any(each.strength == 2 for each in group):
            types = (" ".join(dict.fromkeys(each.concept for each in group)),)
        if types:
            found.append(Meant(first, last, tokens[first].start, tokens[last].end, types))
    return found


@cache
def _lexicon() -> dict[tuple[str, ...], tuple[str, int]]:
    """Folded words of a phrase to its concept and strength."""
    table: dict[tuple[str, ...], tuple[str, int]] = {}
    for line in (files(__package__) / "asked_room_type_words.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            concept, strength, phrases = line.split("\t")
            for phrase in phrases.split("|"):
                table.setdefault(tuple(token.plain for token in tokenize(phrase)), (concept, int(strength)))
    return table


@lru_cache(maxsize=16)
def _concepts_of(room_types: tuple[str, ...]) -> dict[str, frozenset[str]]:
    return {name: frozenset(_concepts(name)) for name in room_types}


def _concepts(name: str) -> Iterator[str]:
    """Concepts of a type's own name; words that no lexicon has stand for themselves."""
    tokens = tuple(tokenize(name.replace("_", " ")))
    place = 0
    while place < len(tokens):
        length, entry = _longest(tokens, place)
        if entry:
            yield entry[0]
        elif tokens[place].plain not in _IGNORED:
            yield tokens[place].plain
        place += length


def _longest(tokens: Sequence[Token], place: int) -> tuple[int, tuple[str, int] | None]:
    for length in range(min(_MAX_WORDS, len(tokens) - place), 0, -1):
        entry = _lexicon().get(tuple(token.plain for token in tokens[place : place + length]))
        if entry:
            return length, entry
    return 1, None


def _named(tokens: Sequence[Token], own: frozenset[str]) -> Iterator[_Named]:
    place = 0
    while place < len(tokens):
        length, entry = _longest(tokens, place)
        plain = tokens[place].plain
        if entry:
            yield _Named(entry[0], entry[1], place, place + length - 1)
        elif plain in own and plain not in _lexicon_words():
            is_distinct = len(plain) >= _DISTINCT_LETTERS and plain not in _EVERYDAY
            yield _Named(plain, _OWN if is_distinct else 1, place, place)
        place += length


@cache
def _lexicon_words() -> frozenset[str]:
    return frozenset(concept for concept, _ in _lexicon().values())


def _groups(named: list[_Named], tokens: Sequence[Token]) -> Iterator[list[_Named]]:
    """Concepts side by side, with at most one other word ("view", "phòng") between them."""
    group: list[_Named] = []
    for each in named:
        between = [token.text for token in tokens[group[-1].last + 1 : each.first]] if group else []
        if group and (len(between) > 1 or _JOINS.intersection(between)):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _is_room_type(
    group: list[_Named], tokens: Sequence[Token], own: dict[str, int], names: dict[str, frozenset[str]]
) -> bool:
    if any(each.strength == 2 or (each.strength == _OWN and each.concept in own) for each in group):
        return True
    concepts = {each.concept for each in group}
    if not concepts & own.keys():
        return False
    whole = any(name <= concepts and len(name) > 1 for name in names.values())
    first, last = group[0].first, group[-1].last
    around = (*tokens[max(0, first - 1) : first], *tokens[first : last + 1], *tokens[last + 1 : last + 2])
    return whole or any(token.text in _HEADS for token in around)


def _best(concepts: frozenset[str], names: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """The types that share most with what was said, then those that say least besides."""
    scored = [
        (len(concepts & own), len(concepts & own) / len(own), name) for name, own in names.items() if own & concepts
    ]
    if not scored:
        return ()
    shared, covered = max((shared, covered) for shared, covered, _ in scored)
    return tuple(name for count, share, name in scored if count == shared and share == covered)
