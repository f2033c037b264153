"""The bilingual lexicon of things guests ask for (`items.tsv`), found in text by longest match on words."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.entities.source import Source
from innkeeper.engine.text import fold, lowered, words

_IRREGULAR_PAIRS = (
    "knives=knife loaves=loaf scarves=scarf leaves=leaf shelves=shelf children=child men=man women=woman "
    "teeth=tooth feet=foot cookies=cookie brownies=brownie smoothies=smoothie movies=movie selfies=selfie "
    "veggies=veggie ties=tie pies=pie hoodies=hoodie canoes=canoe onesies=onesie beanies=beanie "
    "negronis=negroni martinis=martini bellinis=bellini paninis=panini kiwis=kiwi bikinis=bikini taxis=taxi"
)
_IRREGULAR = dict(pair.split("=") for pair in _IRREGULAR_PAIRS.split())
_BARE_CLASSIFIERS = {"cái", "chiếc"}  # "cái khăn" is "khăn"
_CUPS = {"cốc", "ly", "tách", "ấm", "bình", "chai"}
_SHORT_FORMS = {"nc": "nuoc"}
_PLURAL_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("toes", "to"),
    ("zzes", "zz"),
)


class Thing(NamedTuple):
    """A thing of the lexicon; `spelling` is the variant with its accents, word by word."""

    name: str
    kind: str
    spelling: tuple[str, ...]
    is_vietnamese: bool


class Found(NamedTuple):
    """A thing found in a message, in characters (`start`, `end`) and in words (`first`, `last` inclusive)."""

    start: int
    end: int
    first: int
    last: int
    thing: Thing
    is_plain: bool
    """Written without the accents it has: one such syllable alone is weak evidence."""


def singular(word: str) -> str:
    """Singular of an English word by its ending: "towels" → "towel", "dishes" → "dish"; others unchanged."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, stem in _PLURAL_ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + stem
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


@cache
def things() -> dict[str, tuple[tuple[tuple[str, ...], tuple[Thing, ...]], ...]]:
    """The lexicon by the first folded word: (folded words, things written like that), longest first. Read once."""
    index: dict[tuple[str, ...], list[Thing]] = {}
    for line in (files(__package__) / "items.tsv").read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) != 4 or line.startswith("#"):
            continue
        kind, name, english, vietnamese = columns
        for variant in (name, *english.split(",")):
            _add(index, variant, name, kind, is_vietnamese=False)
        for variant in vietnamese.split(","):
            _add(index, variant, name, kind, is_vietnamese=True)
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[Thing, ...]]]] = {}
    for key, found in index.items():
        by_first.setdefault(key[0], []).append((key, tuple(found)))
    return {first: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for first, entries in by_first.items()}


def _add(index: dict[tuple[str, ...], list[Thing]], variant: str, name: str, kind: str, *, is_vietnamese: bool) -> None:
    spelling = tuple(word.text for word in words(lowered(variant.strip())))
    if is_vietnamese and len(spelling) > 1 and spelling[0] in _BARE_CLASSIFIERS:
        spelling = spelling[1:]
    if kind == "tableware" and is_vietnamese and len(spelling) > 1 and spelling[0] in _CUPS:
        return  # "cốc bia" orders a beer
    if not spelling:
        return
    key = tuple(fold(word) for word in spelling)
    if not is_vietnamese:
        key = (*(_english_key(word) for word in key[:-1]), _english_key(key[-1]))
    entry = Thing(name.strip(), kind.strip(), spelling, is_vietnamese)
    if entry not in index.setdefault(key, []):
        index[key].append(entry)


def _english_key(word: str) -> str:
    return singular(word.removesuffix("'s").replace("'", ""))


def find_things(source: Source) -> Iterator[Found]:
    """Non-overlapping things of the lexicon in order, the longest at each word."""
    index = things()
    plain = [_SHORT_FORMS.get(folded, folded) for folded in (fold(word.text) for word in source.words)]
    keys = [_english_key(word) for word in plain]
    position = 0
    while position < len(keys):
        found = _longest(source, index, plain, keys, position)
        if found is None:
            position += 1
        else:
            yield found
            position = found.last + 1


def _longest(
    source: Source,
    index: dict[str, tuple[tuple[tuple[str, ...], tuple[Thing, ...]], ...]],
    plain: list[str],
    keys: list[str],
    position: int,
) -> Found | None:
    entries = index.get(plain[position], ())
    if keys[position] != plain[position]:
        entries = (*entries, *index.get(keys[position], ()))
    for key, candidates in sorted(entries, key=_longest_first) if len(entries) > 1 else entries:
        last = position + len(key) - 1
        if last >= len(keys):
            continue
        written = tuple(plain[position : last + 1])
        if key != written and key != tuple(keys[position : last + 1]):
            continue
        if not _is_unbroken(source, position, last):
            continue
        for thing in sorted(candidates, key=lambda each: _rank(each, is_vietnamese=source.is_vietnamese)):
            if (key == written or not thing.is_vietnamese) and _spelt_alike(source, thing, position, last):
                return _found(source, thing, position, last)
    return None


def _longest_first(entry: tuple[tuple[str, ...], tuple[Thing, ...]]) -> int:
    return -len(entry[0])


def _rank(thing: Thing, *, is_vietnamese: bool) -> tuple[bool, bool]:
    """Where one spelling means two things: the guest's language first, then what is eaten or drunk."""
    return (thing.is_vietnamese is not is_vietnamese, thing.kind not in {"food", "drink"})


def _found(source: Source, thing: Thing, first: int, last: int) -> Found:
    written = source.words[first : last + 1]
    is_plain = thing.is_vietnamese and any(
        word.text.isascii() and not spelt.isascii() for word, spelt in zip(written, thing.spelling, strict=False)
    )
    return Found(written[0].start, written[-1].end, first, last, thing, is_plain)


def _is_unbroken(source: Source, first: int, last: int) -> bool:
    """Only spaces and hyphens between the words of one thing."""
    gaps = (
        source.lower[left.end : right.start]
        for left, right in zip(source.words[first:last], source.words[first + 1 : last + 1], strict=True)
    )
    return all(gap in {" ", "-", "  ", "'", "’"} for gap in gaps)


def _spelt_alike(source: Source, thing: Thing, first: int, last: int) -> bool:
    """Typed accents must agree; a word without any stands for an accented one unless the guest types accents."""
    if not thing.is_vietnamese:
        return all(word.text.isascii() or word.text in thing.spelling for word in source.words[first : last + 1])
    written = [word.text for word in source.words[first : last + 1]]
    differ = [
        word
        for word, spelling in zip(written, thing.spelling, strict=True)
        if word != spelling and word not in _SHORT_FORMS
    ]
    if not differ:
        return True
    if any(not word.isascii() for word in differ) or not source.is_vietnamese:
        return False
    return not source.is_accented or len(differ) < len(written)
