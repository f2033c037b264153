"""Search terms of a text: words, stems, and numbers, prices and times in one spelling."""

import re
import unicodedata
from functools import lru_cache

from innkeeper.engine.text import fold, lowered

_HOURS = "(?:giờ|gio)"
_DAYPARTS = "(?:sáng|trưa|chiều|tối|sang|trua|chieu|toi)"
# A clock time or an amount is one token with its unit, so that every way of writing it can become one term.
_NUMBER = "|".join(
    [
        r"\d{1,2}(?:[:.]\d{2})? ?[ap]\.?m\b",
        rf"\d{{1,2}}(?:[:hg]\d{{2}}|h| ?{_HOURS}(?: ?\d{{2}}\b)?)(?: {_DAYPARTS}\b)(?!\w)",
        rf"\d{{1,2}}(?:[:hg]\d{{2}}|h| ?{_HOURS} ?\d{{2}})(?!\w)",
        rf"(?:1[3-9]|2[0-3]) ?{_HOURS}(?!\w)",
        r"\d+(?:[.,]\d{1,3})? ?(?:triệu|trieu|million|nghìn|nghin|ngàn|ngan|thousand|tr|k)\b",
        r"\d{1,3}(?:[.,]\d{3})+(?!\d)",
        r"\d+[.,]\d+",
        r"\d+[^\W\d_]*",
    ]
)
_TOKEN = re.compile(rf"[^\W\d_][^\W_]*(?:['’][^\W\d_]+)?|(?=\d)(?:{_NUMBER})")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.hg](?P<minute>\d{2}))?(?P<spoken> ?giờ| ?gio|h)?(?: ?(?P<late>\d{2}))?")
_UNITS = {
    "triệu": 1_000_000, "trieu": 1_000_000, "million": 1_000_000, "tr": 1_000_000,
    "nghìn": 1_000, "nghin": 1_000, "ngàn": 1_000, "ngan": 1_000, "thousand": 1_000, "k": 1_000,
}  # fmt: skip
_AMOUNT = re.compile(r"(?P<number>\d+(?:[.,]\d{1,3})?) ?(?P<unit>[^\W\d_]+)")
_DAYPART = re.compile(r" ?(?:([ap])\.?m|(sáng|sang|trưa|trua|chiều|chieu|tối|toi))$")

_IRREGULAR = {
    "children": "child", "men": "man", "women": "woman", "people": "person", "lost": "lose", "left": "leave",
    "paid": "pay", "kept": "keep", "feet": "foot", "teeth": "tooth", "knives": "knife", "bought": "buy", "sent": "send",
    "given": "give", "taken": "take", "broken": "break", "forgotten": "forget", "forgot": "forget", "found": "find",
    "does": "do", "doing": "do", "news": "news", "during": "during", "evening": "evening", "morning": "morning",
    "ceiling": "ceiling", "wedding": "wedding", "nothing": "nothing", "king": "king", "string": "string",
    "need": "need", "speed": "speed", "bed": "bed", "breed": "breed", "indeed": "indeed", "gas": "gas", "bus": "bus",
}  # fmt: skip


def tokens(text: str) -> list[str]:
    """Tokens of `text` in lower case, in order; a time or an amount with its unit is one token ("2 pm")."""
    lower = text.lower()
    return _TOKEN.findall(lower if lower.isascii() else unicodedata.normalize("NFC", lower))


@lru_cache(maxsize=65_536)
def exact_term(token: str) -> str:
    """The term of a token: accents stay, English endings go, numbers are written one way ("1,200" → "1200")."""
    if token[0].isdigit():
        return _number_term(token)
    word = lowered(token)
    for mark in ("'", "’"):
        if mark in word:
            word = word.removesuffix(f"{mark}s").replace(mark, "")
    return stem(word) if word.isascii() else word


def folded_term(term: str) -> str:
    """`term` without accents."""
    return fold(term)


def stem(word: str) -> str:
    """
    A light stem of a lower-case English word: "cancellations" → "cancellation", "extended" → "extend".

    Both "cancelling" and "cancel" end as "cancel". Vietnamese syllables typed without accents have no such endings.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3:
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        body = word[: -len(ending)]
        if word.endswith(ending) and len(body) >= 3 and any(vowel in body for vowel in "aeiouy"):
            word = body[:-1] if body[-1] == body[-2] and body[-1] not in "sz" else body
            break
    if len(word) > 4 and word.endswith("e"):  # "charge", "charging" and "charged" meet
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("ll") else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _number_term(token: str) -> str:
    clock = _clock_term(token)
    if clock:
        return clock
    amount = _AMOUNT.fullmatch(token)
    if amount and amount["unit"] in _UNITS:
        return str(round(float(amount["number"].replace(",", ".")) * _UNITS[amount["unit"]]))
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", token):
        return token.replace(".", "").replace(",", "")
    if token.isdigit():
        return token.lstrip("0") or "0"
    return token.replace(",", ".")


def _clock_term(token: str) -> str | None:
    part = _DAYPART.search(token)
    bare = token[: part.start()] if part else token
    match = _CLOCK.fullmatch(bare)
    if not match or not (part or match["spoken"] or ":" in bare or (match["minute"] and bare[-3] in "hg")):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or match["late"] or 0)
    if hour == 24 and ":" not in bare:
        return "24h"  # round the clock
    if hour > 24 or minute > 59:
        return None
    said = part.group().strip() if part else ""
    if said.startswith(("pm", "p.m", "chi", "t")) and hour < 12:  # "chiều", "tối", and "trưa" (1 giờ trưa)
        hour += 12 if not said.startswith("tr") or hour < 10 else 0
    if said.startswith(("am", "a.m")) and hour == 12:
        hour = 0
    return f"{hour}:{minute:02}"
