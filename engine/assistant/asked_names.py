"""Words that may be a person's name, and everyday words, days and places that only look like one."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from innkeeper.engine.assistant.asked_text import Asked, Token
from innkeeper.engine.entities.source import word_set

MIN_LETTERS = 3  # fewer find half the house
SURNAMES = word_set(
    "nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|trinh|dinh|truong|lam|dao|"
    "luong|doan|mai|ha|cao|ta|thai|chu|luu|quach|kim"
)
# A Vietnamese syllable without its accents; what is none is a foreign name ("keiko"), and no everyday word.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?(?:[iy]e|uye|uyu|[iy]eu|uoi|uou|oai|oay|uay|uya|ao|"
    r"au|ay|ai|eo|eu|ia|iu|oa|oe|"
    r"oi|oo|ua|ue|ui|uo|uu|uy|ya|[aeiouy])(?:ch|ng|nh|[cmnpt])?"
)


@cache
def kinds() -> dict[str, frozenset[str]]:
    """The word lists of `asked_name_words.tsv`, folded."""
    rows = (files(__package__) / "asked_name_words.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in rows if line and not line.startswith("#"))
    return {kind: frozenset(words.split("|" if "|" in words else None)) for kind, words in pairs}


def is_capital(asked: Asked, token: Token) -> bool:
    """Whether a word begins with a capital."""
    return asked.text[token.start].isupper()


def may_be_name(asked: Asked, token: Token) -> bool:
    """Whether a word is written like a name: a capital and small letters, and neither a title nor a day."""
    if not is_capital(asked, token) or token.text[0].isdigit() or asked.text[token.start : token.end].isupper():
        return False
    return token.plain not in kinds()["never"] | kinds()["day"] | kinds()["title"]


def is_everyday(asked: Asked, token: Token) -> bool:
    """Whether a word means something else as well in the language of the question."""
    if asked.language == "en":
        return token.plain in kinds()["english"] | kinds()["never"]
    return bool(_SYLLABLE.fullmatch(token.plain)) or token.plain in kinds()["english"] | kinds()["common"]


def is_place(asked: Asked, tokens: Sequence[Token], first: int, last: int) -> bool:
    """ "Hội An", "tiếng Hàn", "Nha Trang": a name's words as part of another name."""
    before = tokens[first - 1] if first else None
    if before is not None and before.plain in kinds()["geo"]:
        return True
    around = tokens[max(0, first - 1) : last + 2]
    pairs = {f"{left.plain} {right.plain}" for left, right in pairwise(around)}
    is_long = last - first >= 2 and tokens[first].plain in SURNAMES
    if pairs & kinds()["place"] and not is_long:
        return True
    return before is not None and first > 1 and last == first and may_be_name(asked, before)


def follows_place(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word and the next one are a place: "bà Nà"."""
    return place + 1 < len(tokens) and f"{tokens[place].plain} {tokens[place + 1].plain}" in kinds()["place"]
