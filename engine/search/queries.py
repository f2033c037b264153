"""What a query asks for: its kind, its words with accents put back, and what else may be written for each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from innkeeper.engine.language import detect_language
from innkeeper.engine.search.accents import restore
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.lexicon import MAX_WORDS, Concept, Lexicon, Phrase, load_lexicon
from innkeeper.engine.search.tokens import exact_term, folded_term, tokens
from innkeeper.engine.text import clean

MAX_CHARS = 1_000  # of a query; what follows is not read
MAX_TERMS = 64
_ACCENT = re.compile("[^\x00-\x7f’‘“”–—…]")
_SAME_LANGUAGE, _TRANSLATED, _MISSPELT = 0.8, 0.9, 0.8  # how far an alternative counts like the word itself
_LOOSE = 0.7  # the same for a word that is only near in meaning, in either language

_ENGLISH = (
    "a an the of to in on at for is are was were be been do did can could may might i my me we our us you your it its "
    "this that thes thos and or with from by as have has had hav will would should ther if any some pleas what which "
    "who whom whos when wher why how much many he she they their his her s t not than"
)  # stems, as `exact_term` writes them
_VIETNAMESE = (
    "là của và các những cho có không thì mà ở với được bị này đó kia ạ nhé vậy à ơi em anh chị tôi mình bạn cái "
    "chiếc một gì nào ai sao bao nhiêu mấy khi đâu thế như hay hoặc xin hỏi muốn cần phải thể nếu đã đang sẽ rồi "
    "trong từ đến tại về ra vào lúc theo bằng nhất cũng vì để do làm bởi hơn trên dưới nhưng"
)
FUNCTION_WORDS = frozenset(f"{_ENGLISH} {_VIETNAMESE}".split())
FUNCTION_WEIGHT = 0.15
# What no document has to say to answer it; a table with a column "Time" is no better for it.
_ASKS_WHEN = {("what", "time"), ("at", "what", "time"), ("mấy", "giờ"), ("bao", "giờ"), ("lúc", "nào"), ("khi", "nào")}


class Kind(StrEnum):
    """How a query is written; each kind has weights of its own."""

    EN = "en"
    VI = "vi"
    VI_PLAIN = "vi-plain"

    @property
    def language(self) -> str:
        """`en` or `vi`."""
        return "en" if self is Kind.EN else "vi"


@dataclass(frozen=True, slots=True)
class Unit:
    """
    A word or known phrase of the query.

    Attributes:
        words: Its exact terms.
        weight: 1, or less for a function word.
        alternatives: Other phrases for it, in either language, each with how far it counts (0 to 1).
    """

    words: Phrase
    weight: float
    alternatives: tuple[tuple[Phrase, float], ...]


@dataclass(frozen=True, slots=True)
class Query:
    """
    A query, read.

    Attributes:
        text: What to embed: the cleaned text, with accents put back when it had none.
        words: Exact terms in order (accents put back).
        plain: Folded terms in order, as written.
        units: The words in groups that mean something together.
    """

    text: str
    kind: Kind
    words: tuple[str, ...]
    plain: tuple[str, ...]
    units: tuple[Unit, ...]


def read_query(text: str, index: LexicalIndex) -> Query:
    """Read a guest's or colleague's question, however it is typed; never fails, may be empty."""
    cleaned = clean(text)[:MAX_CHARS].strip()
    kind = query_kind(cleaned)
    written = tokens(cleaned)[:MAX_TERMS]
    words = [exact_term(token) for token in written]
    plain = tuple(folded_term(word) for word in words)
    if kind is Kind.VI_PLAIN:
        words = restore(plain, index)
        cleaned = _respelt(cleaned, written, words)
    units = tuple(_units(tuple(words), kind, index, load_lexicon()))
    return Query(cleaned, kind, tuple(words), plain, units)


def query_kind(text: str) -> Kind:
    """English, Vietnamese, or Vietnamese without any accent; other languages are searched like English."""
    if detect_language(text) != "vi":
        return Kind.EN
    return Kind.VI if _ACCENT.search(text) else Kind.VI_PLAIN


def _respelt(text: str, written: list[str], words: list[str]) -> str:
    """`text` with each written token replaced by its spelling, where only accents differ."""
    lower, parts, end = text.lower(), [], 0
    for token, word in zip(written, words, strict=True):
        start = lower.find(token, end)
        if start >= 0:
            same = folded_term(word) == token
            parts += [text[end:start], word if same else text[start : start + len(token)]]
            end = start + len(token)
    return "".join([*parts, text[end:]])


def _units(words: Phrase, kind: Kind, index: LexicalIndex, lexicon: Lexicon) -> Iterator[Unit]:
    position = 0
    while position < len(words):
        length, found = _longest(words, position, kind, lexicon)
        phrase = words[position : position + length]
        is_function = phrase in _ASKS_WHEN or (length == 1 and phrase[0] in FUNCTION_WORDS)
        alternatives = {} if is_function else _alternatives(phrase, found, kind)
        if not is_function:
            alternatives |= dict.fromkeys(_other_spellings(words, position, length, index), _MISSPELT)
        alternatives.pop(phrase, None)
        yield Unit(phrase, FUNCTION_WEIGHT if is_function else 1.0, tuple(alternatives.items()))
        position += length


def _longest(words: Phrase, position: int, kind: Kind, lexicon: Lexicon) -> tuple[int, list[Concept]]:
    """The longest phrase of the lexicon that begins here: its length and what it names; (1, []) when there is none."""
    for length in range(min(MAX_WORDS, len(words) - position), 0, -1):
        phrase = words[position : position + length]
        found = (lexicon.en if kind is Kind.EN else lexicon.vi).get(phrase)
        if not found and kind is not Kind.EN and (length > 1 or len(phrase[0]) > 3) and all(map(str.isascii, phrase)):
            found = lexicon.en.get(phrase)  # "late check-out" in a Vietnamese sentence
        if not found and kind is Kind.VI_PLAIN and length > 1:
            found = lexicon.vi_plain.get(tuple(map(folded_term, phrase)))
        if found and not (
            length > 1 and all(word in FUNCTION_WORDS for word in phrase[:-1]) and phrase[-1] in FUNCTION_WORDS
        ):
            return length, found
    return 1, []


def _alternatives(phrase: Phrase, found: list[Concept], kind: Kind) -> dict[Phrase, float]:
    """What else is said for it; the more meanings a phrase has, the less each counts."""
    weights: dict[Phrase, float] = {}
    shares = {loose: max(1, sum(each.loose is loose for each in found)) ** -0.25 for loose in (True, False)}
    for concept in found:
        own, other = (concept.en, concept.vi) if kind is Kind.EN else (concept.vi, concept.en)
        for phrases, close in ((own, _SAME_LANGUAGE), (other, _TRANSLATED)):
            for place, alternative in enumerate(phrases):
                if concept.loose and FUNCTION_WORDS.issuperset(alternative):
                    continue
                weight = _LOOSE if concept.loose else close * (1.0 if place < 2 else 0.8)
                weights[alternative] = max(weights.get(alternative, 0.0), weight * shares[concept.loose])
    if len(phrase) > 1:
        weights.pop(phrase, None)
    return weights


def _other_spellings(words: Phrase, position: int, length: int, index: LexicalIndex) -> Iterator[Phrase]:
    """Joined ("checkout") or apart; for a long word that the index does not know, words one letter away."""
    word = words[position]
    if position + 1 < len(words) and length <= 2:
        joined = word + words[position + 1]
        if joined.isascii() and joined in index.exact:
            yield (joined,)
    if length == 1 and word not in index.exact and word.isascii() and not word[0].isdigit():
        for cut in range(2, len(word) - 1):
            if index.pair(word[:cut], word[cut:]) is not None:
                yield word[:cut], word[cut:]
    if (
        length == 1
        and len(word) >= 5
        and not any(char.isdigit() for char in word)
        and folded_term(word) not in index.folded
    ):
        for near in index.nearest(folded_term(word)):
            yield from ((spelling,) for spelling in index.spellings(near)[:2])
