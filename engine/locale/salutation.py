"""
How a guest is addressed: never by a title that nobody gave.

English has Mr. and Ms. only where the title is known. Vietnamese addresses by age and standing, which "Mr." and
"Ms." do not tell: Anh, Chị, Ông or Bà stand only where the hotel recorded them, and Quý khách everywhere else.
"""

import re
import unicodedata

from innkeeper.engine.fact_guard.names import PLAIN_SURNAMES
from innkeeper.engine.locale.formats import Language
from innkeeper.engine.text import fold
from innkeeper.schemas.message_values import Words

_ENGLISH = {
    "mr": "Mr.", "mrs": "Mrs.", "ms": "Ms.", "mx": "Mx.", "dr": "Dr.", "anh": "Mr.", "ong": "Mr.", "chu": "Mr.",
    "chi": "Ms.", "ba": "Ms.", "co": "Ms.",
}  # fmt: skip
_VIETNAMESE = {"anh": "Anh", "chi": "Chị", "ong": "Ông", "ba": "Bà", "co": "Cô", "chu": "Chú", "bac": "Bác"}
_NOBODY = "Quý khách"
_FORMAL, _FRIENDLY = "formal", "friendly"
_PARTICLES = frozenset(
    ("van", "von", "de", "da", "del", "di", "du", "la", "le", "der", "den", "bin", "ibn", "al", "el", "dos", "das",
     "ter", "ten", "st.", "san")
)  # fmt: skip
_SUFFIX = re.compile(r",?\s+(?:jr|sr|ii|iii|iv|ph\.?d|m\.?d|esq)\.?$", re.IGNORECASE)
_TITLED = re.compile(r"^(?:mr|mrs|ms|miss|mx|dr)\.?\s+(?=\S)", re.IGNORECASE)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def greeting(title: str | None, tone: str, language: Language) -> Words:
    """The words before the name: "Dear Mr.", "Dear", "Hello"; "Kính gửi Quý khách", "Xin chào Chị"."""
    if language == "vi":
        return Words(f"{'Xin chào' if tone == _FRIENDLY else 'Kính gửi'} {_VIETNAMESE.get(title or '', _NOBODY)}")
    return Words(" ".join(filter(None, ("Hello" if tone == _FRIENDLY else "Dear", _ENGLISH.get(title or "")))))


def addressed(name: str, title: str | None, tone: str, language: Language) -> str:
    """
    The name behind `greeting`: all of it, but "Doe" behind "Mr." and "Lan" behind a friendly "Chị".

    Args:
        name: As the booking has it, on one line.
        title: A `GuestTitle`, or none when nobody gave one.
        tone: A `Tone`.
        language: Of the message.
    """
    if language == "vi":
        is_close = tone == _FRIENDLY and title in _VIETNAMESE and _is_vietnamese(name)
        return name.split()[-1] if is_close else name
    return family_name(name) if title in _ENGLISH else name


def you(title: str | None, tone: str, language: Language) -> Words:
    """The second person: "you"; "Quý khách", or "Anh", "Chị", … where known, but never in formal letters."""
    if language == "en":
        return Words("you")
    return Words(_NOBODY if tone == _FORMAL else _VIETNAMESE.get(title or "", _NOBODY))


def family_name(name: str) -> str:
    """
    What follows "Mr.": "Doe", "van der Berg"; of a Vietnamese name the given one ("Mr. Tuấn").

    All of `name` where it is not clear: another script, a comma, digits, signs.
    """
    plain = _SUFFIX.sub("", _TITLED.sub("", name))
    words = plain.split()
    if not words or not all(_NAME_WORD.fullmatch(word) or word in _PARTICLES for word in _without_initials(words)):
        return plain or name
    if not all("LATIN" in unicodedata.name(char, "") for char in plain if char.isalpha()):
        return plain
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[start:])


def _without_initials(words: list[str]) -> list[str]:
    return [word for word in words[:-1] if not re.fullmatch(r"[^\W\d_]\.", word)] + words[-1:]


def _is_vietnamese(name: str) -> bool:
    words = name.split()
    return 2 <= len(words) <= 5 and fold(words[0]) in PLAIN_SURNAMES and all(map(_NAME_WORD.fullmatch, words))
