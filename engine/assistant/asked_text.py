"""A question made readable for the rules: chat shorthand written out, and its words as they stand."""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal, NamedTuple

from innkeeper.engine.entities.source import Source
from innkeeper.engine.language import detect_language
from innkeeper.engine.text import clean, fold, lowered

Language = Literal["en", "vi"]
MAX_READ_CHARS = 1_500  # a question is at the beginning of what is longer
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|'s\b")
_CONTRACTED = {"what", "who", "where", "when", "how", "that", "it", "she", "he", "there", "which", "here"}


class Token(NamedTuple):
    """A word in lower case, without its accents, and where it stands."""

    text: str
    plain: str
    start: int
    end: int


class Asked:
    """One question or a part of it; offsets count in `text`."""

    def __init__(self, text: str, language: Language, *, may_lack_accents: bool | None = None) -> None:
        self.text = text
        self.language: Language = language
        self.source = Source(text, language)
        self._told = may_lack_accents

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Words in order; "guest's" is two of them, "what's" reads "what is"."""
        return tuple(tokenize(self.text))

    @cached_property
    def may_lack_accents(self) -> bool:
        """Whether "trong" may be meant as "trống": a Vietnamese question that carries few accents."""
        if self._told is not None:
            return self._told
        spelt = [token for token in self.tokens if not token.text[0].isdigit()]
        return self.language == "vi" and 5 * sum(not token.text.isascii() for token in spelt) < 2 * len(spelt)

    def part(self, start: int, end: int) -> "Asked":
        """The stretch `text[start:end]` as a question of its own."""
        return Asked(self.text[start:end].strip(" ,;-–\n"), self.language, may_lack_accents=self.may_lack_accents)


def read_text(text: str, language: Language | None) -> Asked:
    """Clean `text`, tell its language (`language` where it does not say itself), and write its shorthand out."""
    cleaned = clean(text)[:MAX_READ_CHARS].strip().replace("’", "'")
    spoken = _language(cleaned, language)
    return Asked(_without_typos(_written_out(cleaned, spoken)), spoken)


def tokenize(text: str) -> Iterator[Token]:
    """Words of `text`; see `Asked.tokens`."""
    lower = lowered(text)
    for match in _WORD.finditer(lower):
        word, start, end = match.group(), match.start(), match.end()
        if word.endswith("'s") and len(word) > 2:
            base = word[:-2]
            yield Token(base, fold(base), start, end - 2)
            second = "is" if base in _CONTRACTED else "'s"
            yield Token(second, second, end - 2, end)
        elif word.endswith(("'re", "'m")):
            base = word.rpartition("'")[0]
            yield Token(base, base, start, start + len(base))
            yield Token("are", "are", start + len(base), end)
        else:
            yield Token(word, fold(word), start, end)


def _language(text: str, hint: Language | None) -> Language:
    """By small words first: a guest's name, accented or not, tells nothing of the language it is asked in."""
    english, vietnamese = _word_list("en"), _word_list("vi")
    tokens = [token for token in tokenize(text[:300]) if not token.text[0].isdigit()]
    said = [token for token in tokens if token.text.isascii() or not text[token.start].isupper()]
    vi = sum(not token.text.isascii() or token.plain in vietnamese for token in said)
    en = sum(token.text in english for token in said)
    if vi != en:
        return "vi" if vi > en else "en"
    found = detect_language(" ".join(token.text for token in tokens[:3]), hint)
    if found in {"en", "vi"}:
        return "vi" if found == "vi" else "en"
    return hint or "en"


@cache
def _word_list(name: str) -> frozenset[str]:
    lines = (files(__package__) / "asked_language_words.tsv").read_text(encoding="utf-8").splitlines()
    return frozenset(next(line for line in lines if line.startswith(f"{name}\t")).split()[1:])


@cache
def _shorthand() -> dict[Language, tuple[re.Pattern[str], dict[str, str]]]:
    rows = [
        line.split("\t")
        for line in (files(__package__) / "asked_shorthand.tsv").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    tables: dict[Language, tuple[re.Pattern[str], dict[str, str]]] = {}
    for language in ("en", "vi"):
        table = {row[0]: row[1] for row in rows if len(row) < 3 or row[2] in {"", language}}
        written = "|".join(re.escape(key).replace(r"\ ", r"[ -]?") for key in sorted(table, key=len, reverse=True))
        tables[language] = re.compile(rf"(?<![\w@.-])(?:{written})(?![\w@]|-\d|\.\w)", re.IGNORECASE), table
    return tables


def _written_out(text: str, language: Language) -> str:
    pattern, table = _shorthand()[language]
    is_plain = text.isascii()
    joined = {key.replace(" ", ""): value for key, value in table.items()}

    def meaning(match: re.Match[str]) -> str:
        key = match.group().lower().replace("-", " ")
        found = table.get(key) or joined.get(key.replace(" ", "")) or match.group()
        return fold(found) if is_plain else found

    return pattern.sub(meaning, text)


def _without_typos(text: str) -> str:
    """Words that are one letter away from a word the rules look for ("availabel", "bookig")."""
    parts, end = [], 0
    for token in tokenize(text):
        if len(token.text) >= 6 and token.text.isascii() and token.text not in _word_list("rightly"):
            near = next((key for key in _keys(token.text[0]) if _one_off(token.text, key)), None)
            if near and text[token.start].islower():
                parts += [text[end : token.start], near]
                end = token.end
    return "".join([*parts, text[end:]]) if parts else text


@cache
def _keys(first: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in _word_list("key") if word[0] == first))


def _one_off(word: str, key: str) -> bool:
    """One letter added, left out or changed, or two swapped; equal words and plurals are none."""
    if (
        word == key
        or abs(len(word) - len(key)) > 1
        or word in (key + "s", key + "d")
        or key in (word + "s", word + "d")
    ):
        return False
    head = next(
        (place for place, (a, b) in enumerate(zip(word, key, strict=False)) if a != b), min(len(word), len(key))
    )
    rest, wanted = word[head:], key[head:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (len(rest) >= 2 and rest[1::-1] == wanted[:2] and rest[2:] == wanted[2:])
    )
