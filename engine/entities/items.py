"""Things to bring, order, wash, collect, find or contest; broken fixtures and scenery are left out."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from innkeeper.engine.entities import item_cues as cues
from innkeeper.engine.entities.lexicon import Found, find_things, singular
from innkeeper.engine.entities.numbers import number_value
from innkeeper.engine.entities.quantities import Amount, amount, size
from innkeeper.engine.entities.roles import tells_of_the_past
from innkeeper.engine.entities.source import MAX_MATCHES, Source
from innkeeper.schemas.routing import RequestedItem

_SEPARATOR = re.compile(r"[,:–—(]| - ")


class Item(NamedTuple):
    """A requested thing and where it stands, its number included."""

    start: int
    end: int
    item: RequestedItem


def find_items(source: Source, blocked: list[tuple[int, int]]) -> list[Item]:
    """
    Things asked for, in order of appearance; one thing named twice is one item.

    Args:
        source: The message.
        blocked: Spans that are names, rooms, dates or times already.
    """
    items: dict[str, Item] = {}
    floor, listed = 0, -1
    for found in _heads(source):
        if any(found.start < end and start < found.end for start, end in blocked):
            continue
        item = _item(source, found, floor, listed)
        floor = found.end
        if item is not None:
            listed = item.end
            known = items.get(item.item.item)
            if known is None or (known.item.quantity is None and item.item.quantity is not None):
                items[item.item.item] = item
    if source.language == "en":
        taken = [*blocked, *((item.start, item.end) for item in items.values())]
        for item in _unknown_things(source, taken):
            items.setdefault(item.item.item, item)
    return sorted(items.values(), key=lambda item: item.start)


def _unknown_things(source: Source, taken: list[tuple[int, int]]) -> Iterator[Item]:
    """English: what stands behind "bring two" is a thing, known or not."""
    known = [(found.start, found.end) for found in islice(find_things(source), MAX_MATCHES)]
    for match in cues.UNKNOWN_THING.finditer(source.lower):
        start, end = match.span("thing")
        head = singular(match["head"])
        if head in cues.NO_THING or head in cues.NEVER or cues.NEGATED.search(source.before(start, 40)):
            continue
        if any(low < end and start < high for low, high in (*taken, *known)):
            continue
        number, *modifiers = match["thing"].split()[:-1]
        yield Item(start, end, RequestedItem(item=" ".join([*modifiers, head]), quantity=number_value(number)))


def _heads(source: Source) -> list[Found]:
    """Things found, compounds joined, without the measures that only count another ("a pot of tea", "1 tô cháo")."""
    heads: list[Found] = []
    for found in islice(find_things(source), MAX_MATCHES):
        if _is_measure(source, found):
            continue
        if heads and source.lower[heads[-1].end : found.start] in {
            " of ",
            " of fresh ",
            " of white ",
            " of red ",
            " of pink ",
        }:
            continue  # "a bouquet of roses" is one thing
        if heads and _is_vietnamese_compound(source, heads[-1], found):
            heads[-1] = heads[-1]._replace(end=found.end, last=found.last)
            continue  # "bánh mì" + "trứng": the first is the thing
        if heads and _is_compound(source, heads[-1], found):
            found = heads.pop()._replace(
                end=found.end, last=found.last, thing=found.thing._replace(spelling=())
            )  # "cream" + "cake"
        heads.append(found)
    return heads


def _is_measure(source: Source, found: Found) -> bool:
    written = source.lower[found.start : found.end]
    if found.thing.is_vietnamese:
        return written in cues.CLASSIFIERS and not cues.ENDS_NOUN.match(source.lower, found.end)
    return singular(written) in cues.MEASURES and source.lower.startswith(" of ", found.end)


def _is_compound(source: Source, left: Found, right: Found) -> bool:
    """Two English things side by side, the first in the singular: the second is the thing."""
    if left.thing.is_vietnamese or right.thing.is_vietnamese or source.lower[left.end : right.start] != " ":
        return False
    return not source.lower[left.start : left.end].endswith("s") and left.last == right.first - 1


def _is_vietnamese_compound(source: Source, left: Found, right: Found) -> bool:
    """Two Vietnamese dishes side by side: what follows says what kind."""
    dishes = {"food", "drink"}
    return (
        left.thing.is_vietnamese
        and right.thing.is_vietnamese
        and left.thing.kind in dishes
        and right.thing.kind in dishes
        and source.lower[left.end : right.start] == " "
    )


def _item(source: Source, found: Found, floor: int, listed: int) -> Item | None:
    number = amount(source, found.start, found.end, floor=floor)
    is_english = source.language == "en" or not (found.thing.is_vietnamese or source.is_vietnamese)
    governed = _is_governed(source, found, number, listed) if is_english else None
    if governed is False or not _is_asked_for(source, found, number.value, governed=governed):
        return None
    wish = RequestedItem(item=_name(source, found), quantity=number.value, size=size(source, found.start, found.end))
    return Item(number.start, number.end, wish)


def _name(source: Source, found: Found) -> str:
    """English singular: the guest's own word when it is English, else the lexicon's."""
    thing = found.thing
    if thing.is_vietnamese:
        return cues.RENAMED.get(thing.name, thing.name)
    *modifiers, head = source.lower[found.start : found.end].replace("’", "'").removesuffix("'s").rstrip("'").split()
    plural_only = thing.name.endswith("s") and singular(thing.name.split()[-1]) != thing.name.split()[-1]
    own = " ".join([*modifiers, head if plural_only else singular(head)])
    if own in cues.RENAMED:
        return cues.RENAMED[own]
    if source.language == "vi":  # "goi cuon" is an English variant too
        return thing.name
    return (
        thing.name
        if thing.spelling and singular(own.split()[-1]) in [singular(word) for word in thing.name.split()]
        else own
    )


def _is_asked_for(source: Source, found: Found, count: int | None, *, governed: bool | None) -> bool:
    """Whether the thing is wanted, lost, washed, cleared or contested, and neither negated nor scenery."""
    before = source.before(found.start, 40)
    if _is_never_brought(source, found, before) or _is_another_word(source, found, count):
        return False
    if found.thing.kind in {"food", "drink"} and cues.FORBIDDEN.search(source.before(found.start, 80)):
        return False
    if cues.SPILT.search(before):
        return False
    negated = cues.NEGATED.search(before)
    if negated and not (count and negated["list"]) and not cues.NO_LONGER_STOCKED.match(source.lower, found.end):
        return False
    if cues.SCENERY_AFTER.match(source.lower, found.end):
        return False
    low, high = source.sentence(found.start)
    is_opening = len(source.lower) < 70 and bool(cues.PREAMBLE_VI.match(before)) and len(before) < 40
    scenery = bool(cues.SCENERY_BEFORE.search(before))
    if scenery and found.thing.kind not in cues.FIXED | {"clothing", "valuable", "other"}:
        scenery = not cues.EATEN_WITH.search(before)
    asked = (
        governed
        or (is_opening and found.thing.kind in cues.VERBLESS)
        or any(
            cue.search(source.lower, low, high)
            for cue in (cues.ASK, cues.LACK, cues.LOSS, cues.WASH, cues.CLEAR, cues.CHARGE)
        )
    )
    if found.thing.kind in {"food", "drink"}:
        return count is not None or (not scenery and (asked or bool(cues.BAD_FOOD.search(source.lower, low, high))))
    return _is_asked_thing(source, found, count, asked=asked, scenery=scenery)


def _offset(match: re.Match[str]) -> int:
    return match.start()


def _is_governed(source: Source, found: Found, number: Amount, listed: int) -> bool:
    """English: whether a wish, a loss or a complaint reaches the thing, or it is ordered without any verb."""
    start = min(number.start, found.start)
    sentence = source.sentence(found.start)
    before = source.lower[max(sentence.start, start - 90) : start]
    gap = source.lower[listed:start]
    if listed >= sentence.start and len(gap) < 40 and cues.LIST_GAP.match(gap) and not cues.GOVERNS.search(gap):
        return True
    if cues.SEEKS_ADVICE.search(before):
        return False
    if cues.GOVERNED_AFTER.match(source.lower, found.end, sentence.end):
        return True
    if found.thing.kind in {"food", "drink"} and cues.BAD_FOOD.search(source.lower, *sentence):
        return True
    reach = max(cues.GOVERNS.finditer(before), key=_offset, default=None)
    if reach is not None and (reach["wish"] or reach["there"]):
        return bool(reach["wish"] or cues.TO_DEAL_WITH.search(source.lower))
    is_counted = number.value is not None and start < found.start and not source.lower.startswith(("a ", "an "), start)
    is_opening = bool(cues.PREAMBLE.match(_SEPARATOR.split(before)[-1]))
    if cues.REPORTED_AFTER.match(source.lower, found.end):
        return False
    if reach is not None:
        return is_counted and is_opening
    is_stock = found.thing.kind in cues.VERBLESS or found.thing.name.startswith(("slipper", "bathrobe"))
    if number.value is None and (not is_stock or cues.IN_PLACE.match(source.lower, found.end)):
        return False
    return is_counted or is_opening


def _is_never_brought(source: Source, found: Found, before: str) -> bool:
    name, written = found.thing.name, source.lower[found.start : found.end]
    if name in cues.BEDS:
        return not cues.ONE_MORE.search(before)
    if name.endswith("ticket") and source.is_vietnamese:
        return not cues.COUNTED.search(before)
    if name.endswith("password"):
        return True
    if name in {"key", "room key"} and (source.is_vietnamese or written in cues.KEYS):
        low, high = source.sentence(found.start)
        return not cues.NEW_KEY.search(source.lower, max(low, found.start - 25), min(high, found.end + 25))
    if name == "luggage" or written in {"bag", "bags"}:
        return not (cues.LOSS.search(source.lower) or cues.COUNTED.search(before))
    if name == "water" and not cues.COUNTED.search(before):
        start, end = source.sentence(found.start)
        return bool(cues.PLUMBING.search(source.lower, start, end)) or source.lower.startswith(
            (" is", " puppet", " press"), found.end
        )
    return name in cues.NEVER or singular(written) in cues.NEVER


def _is_asked_thing(source: Source, found: Found, count: int | None, *, asked: bool, scenery: bool) -> bool:
    start, end = source.clause(found.start)
    borrow = bool(cues.BORROW.search(source.lower, start, end))
    broken = bool(cues.DEFECT.search(source.lower, start, end))
    swap = bool(cues.BORROW.search(source.lower, *source.sentence(found.start)))
    if found.thing.name in cues.SHEETS and count is None and cues.FRESH_BED.search(source.lower, start, end):
        return False
    if found.thing.kind in cues.FIXED:
        stated = (
            borrow
            or count is not None
            or bool(cues.LACK.search(source.lower, start, end))
            or bool(cues.LOSS.search(source.lower, start, end))
        )
        return stated and not (broken and not borrow) and not (scenery and count is None)
    if (
        source.is_vietnamese
        and tells_of_the_past(source, found.start)
        and not (any(cue.search(source.lower, start, end) for cue in (cues.LOSS, cues.CHARGE, cues.LACK)))
    ):
        return False
    if broken and not swap and count is None:
        return False
    if scenery and (count is None or found.thing.kind in {"clothing", "valuable", "furniture"}):
        return False
    return asked or count is not None


def _is_another_word(source: Source, found: Found, count: int | None) -> bool:
    """Short words that mostly mean something else: unaccented syllables, English verbs."""
    written = source.lower[found.start : found.end]
    if source.is_vietnamese and (
        written in cues.FUNCTION_WORDS or (not found.thing.is_vietnamese and written in cues.CLASSIFIERS)
    ):
        before = source.before(found.start, 20)
        counted = cues.COUNTED_PLAIN.search(before) or (written == "ve" and cues.PLAIN_NUMBER.search(before))
        return not (counted or cues.OF_DRINK.search(source.before(found.start, 8)))
    if not found.thing.is_vietnamese:
        return written in cues.NOUN_OR_VERB and not cues.DETERMINED.search(source.before(found.start, 14))
    if found.first != found.last:
        return False
    near = bool(cues.NEAR_ASK.search(source.before(found.start, 44)))
    if not source.is_accented and written.isascii() and not (found.thing.spelling[0].isascii() and len(written) > 4):
        before = source.before(found.start, 20)
        if cues.COUNTED_PLAIN.search(before):
            return False
        numbered = bool(cues.PLAIN_NUMBER.search(before))
        spoilt = found.thing.kind == "food" and bool(cues.BAD_FOOD.search(source.lower, found.end, found.end + 20))
        is_safe = written in cues.SAFE_WITHOUT_ACCENTS and (near or numbered or spoilt)
        return not (is_safe or (numbered and found.thing.spelling[0].isascii() and len(written) == 4))
    return (count is None and not near and found.thing.kind not in {"food", "drink"}) or (
        count is None and not near and len(written) <= 4
    )
