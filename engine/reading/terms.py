"""The content words of a question, what else may be said for each, and how much of them a text holds."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.lexicon import Phrase, phrase
from innkeeper.engine.search.queries import FUNCTION_WORDS, Kind, Query, Unit
from innkeeper.engine.search.tokens import exact_term, folded_term, tokens

_APART = 0.7  # all words of a phrase, but not side by side
_PREFIX = 0.8  # "smoke" for "smoking", "cancel" for "cancellation"
_PREFIX_CHARS = 5
_PLAIN = 0.9  # equal without accents, where the question was typed without
_PART = 0.35  # some words of a phrase
_TELLING = 0.45  # of the rarest word's information

_EXTRA = 0.8  # a word of `words.tsv`
_SPELT_OUT = 0.8  # "24 hours" for "24h", "vip" for "vip1"
_COUNTED = re.compile(r"(\d+)([a-zđ]+)|([^\W\d]{2,})(\d+)")
_HOURS = (("hour",), ("giờ",), ("7",), ("24",))  # after "24": "24 hours", "24 giờ", "24/7", "24/24"

# Words that say what kind of answer is wanted or only frame the question; the answer need not repeat them.
_FRAME_EN = (
    "time hour open close when price cost fee charge pay much many long number phone extension call contact guest "
    "hotel pleas tell know want need get give ask say allow let use like happen do long often late early kind type "
    "offer provid avail possibl ther rate policy rul til till ok what also big which now good best our ours sqm"
)
_FRAME_VI = (
    "giờ mở cửa giá tiền phí tính gọi khách sạn biết xin vui lòng dạ ạ giúp dùm giùm loại theo hiện nay quy định lâu "
    "nhiêu đóng liên hệ hôm thì bên phòng mất tốn cái còn khác nhau hay nhé hả chứ thêm lấy giữa"
)
_FRAME = frozenset(f"{_FRAME_EN} {_FRAME_VI}".split())
_FRAME_PHRASES = frozenset(
    tuple(phrase.split())
    for phrase in (
        "bao nhiêu tiền", "bao nhiêu", "mấy giờ", "giờ mở cửa", "khi nào", "như thế nào", "thế nào", "làm sao",
        "ở đâu", "được không", "số mấy", "bao lâu", "giá bao nhiêu", "làm gì", "how much", "what time", "how long",
        "mấy h", "nói chung", "hiện nay", "hiện tại", "bây giờ", "khách sạn", "nhân viên", "giờ hoạt động",
        "thời gian", "khác nhau", "phải không", "tính tiền", "mất phí", "mất tiền", "trả tiền",
    )
)  # fmt: skip
_HOW_MANY = frozenset((("how", "many"), ("how", "much"), ("bao", "nhiêu")))
_PLAIN_FRAME = frozenset(folded_term(word) for word in (*_FRAME, *map(exact_term, _FRAME_EN.split()), *FUNCTION_WORDS))
FRAME_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Term:
    """
    A content word or phrase of a question.

    Attributes:
        variants: Ways to say it, as " word word " in exact terms, how far each counts (0 to 1), and its words.
        plain: The first of them without accents, where the question was typed without; else empty.
        weight: Its information in the index, less for a word that only frames the question; about 0.2 to 1.
        known: Whether any of its variants stands anywhere in the index.
        is_frame: Whether it only frames the question.
        is_number: Whether it is a figure.
        is_concept: Whether the lexicon knows other words for it.
        parts: Of a phrase, the words that tell something alone.
    """

    words: tuple[str, ...]
    variants: tuple[tuple[str, float, tuple[str, ...]], ...]
    plain: str
    weight: float
    known: bool
    is_frame: bool
    is_number: bool
    parts: tuple[str, ...] = ()
    is_concept: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A text made ready for matching: its exact terms and its folded terms, each as " a b c "."""

    exact: str
    folded: str
    words: frozenset[str]


@lru_cache(maxsize=20_000)
def body_of(text: str) -> Body:
    """The terms of a text; kept, because the same passages are found again and again."""
    terms = [exact_term(token) for token in tokens(text)]
    exact = f" {' '.join(terms)} "
    return Body(exact, folded_term(exact), frozenset(terms))


@cache
def extra_words() -> dict[Phrase, tuple[Phrase, ...]]:
    """The lines of `words.tsv`: for each phrase what else is said for it, in either language."""
    found: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in (files(__package__) / "words.tsv").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            group = tuple(phrase(text) for column in line.split("\t") for text in column.split(","))
            for each in group:
                found[each] = tuple(dict.fromkeys((*found.get(each, ()), *(other for other in group if other != each))))
    return found


def content_terms(query: Query, words: LexicalIndex) -> list[Term]:
    """What a question speaks of, without its function words; empty for a question of function words alone."""
    highest = words.words.idf(0)
    units = {unit.words: unit for unit in query.units if unit.weight == 1 and not FUNCTION_WORDS.issuperset(unit.words)}
    return [_term(unit, query.kind, words, highest) for unit in units.values()]


def _term(unit: Unit, kind: Kind, words: LexicalIndex, highest: float) -> Term:
    variants = list(_variants(unit))
    known = [(phrase, value) for phrase, value in variants if _stands(phrase, words)]
    own = _idf(unit.words, words)
    idf = own if not known or known[0][0] == unit.words else min(_idf(phrase, words) for phrase, _ in known)
    is_frame = _FRAME.issuperset(unit.words) or unit.words in _FRAME_PHRASES or unit.words[:2] in _HOW_MANY
    weight = min(1.0, idf / highest) * (FRAME_WEIGHT if is_frame else 1.0)
    kept = tuple((f" {' '.join(phrase)} ", value, phrase) for phrase, value in (known or variants[:1]))
    plain = folded_term(f" {' '.join(unit.words)} ") if kind is Kind.VI_PLAIN else ""
    is_number = all(word[0].isdigit() for word in unit.words)
    parts = tuple(word for word in unit.words if _idf((word,), words) >= _TELLING * highest and word not in _FRAME)
    return Term(
        unit.words,
        kept,
        plain,
        weight,
        bool(known) or (kind is Kind.VI_PLAIN and _stands_plain(unit.words, words)),
        is_frame,
        is_number,
        parts if len(unit.words) > 1 else (),
        len(variants) > 1,
    )


def _variants(unit: Unit) -> Iterator[tuple[Phrase, float]]:
    """The words of a unit and what else is said for them, without its own words alone ("leave" for "annual leave")."""
    found = dict.fromkeys((unit.words,), 1.0) | dict(unit.alternatives)
    for other in extra_words().get(unit.words, ()):
        found.setdefault(other, _EXTRA)
    if len(unit.words) == 1 and (counted := _COUNTED.fullmatch(unit.words[0])):
        if counted[3]:
            found.setdefault((counted[3],), _SPELT_OUT)
        elif counted[2] == "h":
            found |= {(counted[1], *unit_of_time): _SPELT_OUT for unit_of_time in _HOURS}
    for other, value in found.items():
        if other == unit.words or not set(other) < set(unit.words):
            yield other, value


def _stands_plain(phrase: Sequence[str], words: LexicalIndex) -> bool:
    """Whether words typed without accents stand in the index with other accents than were put back."""
    return all(folded_term(word) in words.folded for word in phrase)


def _stands(phrase: Sequence[str], words: LexicalIndex) -> bool:
    """Whether all words of a phrase stand in the index; of a pair, side by side."""
    if any(word not in words.exact for word in phrase):
        return False
    return all(words.pair(first, second) is not None for first, second in pairwise(phrase))


def _idf(phrase: Sequence[str], words: LexicalIndex) -> float:
    rows = [words.exact.get(word) for word in phrase]
    idfs = [words.words.idf(words.words.frequency(row) if row is not None else 0) for row in rows]
    return max(idfs)


def match(term: Term, body: Body) -> float:
    """How far a text holds a term: 1 for the term itself, less for another word for it, 0 for nothing of it."""
    best = 0.0
    for spelt, value, parts in term.variants:
        if value <= best:
            continue
        if len(parts) == 1:
            if parts[0] in body.words:
                best = value
            elif len(parts[0]) >= _PREFIX_CHARS and spelt.isascii() and spelt[:-1] in body.exact:
                best = max(best, value * _PREFIX)
        elif parts[0] in body.words and body.words.issuperset(parts):
            best = max(best, value if spelt in body.exact else value * _APART)
    if best < _PLAIN and term.plain and term.plain in body.folded:
        best = _PLAIN
    if best == 0.0 and any(word in body.words for word in term.parts):
        best = _PART
    return best


def coverage(terms: Sequence[Term], held: Iterable[float]) -> float:
    """Share of the terms' information that is held, 0 to 1; `held` has a value per term."""
    total = sum(term.weight for term in terms)
    return sum(term.weight * value for term, value in zip(terms, held, strict=True)) / total if total else 0.0


def frames_only(text: str) -> bool:
    """Whether a text names nothing: its words only say what kind of answer is wanted."""
    return told_words(text) == 0


def told_words(text: str) -> int:
    """How many words of a text name something."""
    return len(named_words(text))


def named_words(text: str) -> list[str]:
    """The words of a text that name something, as they were written."""
    return [word for word in text.split() if any(map(_names, tokens(word)))]


def _names(token: str) -> bool:
    term = exact_term(token)
    frames = _PLAIN_FRAME if term.isascii() else _FRAME | FUNCTION_WORDS  # "bơi" is not "bởi"
    return not (token[0].isdigit() or term in frames)
