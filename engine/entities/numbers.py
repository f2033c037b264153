"""Numbers as guests write them: digits, English words, Vietnamese words."""

from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.text import fold

_EN_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_EN = {word: value for value, word in enumerate(_EN_UNITS)} | _EN_TENS
_EN_PHRASES = {
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "a pair of": 1,
    "half a dozen": 6,
    "half dozen": 6,
    "a dozen": 12,
    "one dozen": 12,
    "a single": 1,
    "another": 1,
    "one more": 1,
    "a": 1,
    "an": 1,
}
_VI = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "nham": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
_VI_UNIT = "(?:một|hai|ba|bốn|~tư|năm|sáu|bảy|bẩy|tám|chín)"
_VI_TAIL = "(?:mốt|một|hai|ba|bốn|~tư|~lăm|lăm|nhăm|năm|sáu|bảy|bẩy|tám|chín)"

# Fragments for larger patterns; the value of what they match is `number_value`.
ENGLISH_WORD = (
    r"(?:(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teen|eleven|twelve|ten|one|two|three|four|five|six|seven|"
    r"eight|nine)"
)
VIETNAMESE_WORD = rf"(?:{_VI_UNIT} mươi(?: {_VI_TAIL})?|mười(?: {_VI_TAIL})?|{_VI_UNIT} chục|{_VI_UNIT})"
NUMBER = rf"(?:\d{{1,3}}|{ENGLISH_WORD}|{VIETNAMESE_WORD})"

_VAGUE = Pattern(r"^(?:vài|mấy|some|few|a few|several|many)\b")


def number_value(written: str) -> int | None:
    """
    Value of a number in digits or words: "12", "twenty-one", "mười lăm", "half a dozen"; `None` when vague or none.

    Args:
        written: Lower case, accents kept or not.
    """
    words = written.replace("-", " ").strip()
    if words.isdecimal():
        return int(words)
    if words in _EN_PHRASES:
        return _EN_PHRASES[words]
    if _VAGUE.match(words):
        return None
    return _english(words.split()) or _vietnamese(fold(words).split())


def _english(parts: list[str]) -> int | None:
    if not parts or any(part not in _EN for part in parts):
        return None
    return sum(_EN[part] for part in parts) if len(parts) <= 2 else None


def _vietnamese(parts: list[str]) -> int | None:
    """hai mươi mốt = 21, mười lăm = 15, hai chục = 20, tá = 12."""
    if not parts or len(parts) > 3:
        return None
    if parts[-1] in {"chuc", "ta"} and len(parts) <= 2:
        factor = _VI.get(parts[0], 1) if len(parts) == 2 else 1
        return factor * (10 if parts[-1] == "chuc" else 12)
    values = [_VI.get(part) for part in parts]
    if any(value is None for value in values):
        return None
    digits = [value for value in values if value is not None]
    if digits[0] == 10:
        return 10 + (digits[1] if len(digits) == 2 else 0)
    if len(digits) >= 2 and digits[1] == 10:
        return digits[0] * 10 + (digits[2] if len(digits) == 3 else 0)
    return digits[0] if len(digits) == 1 else None
