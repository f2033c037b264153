"""A question in parts ("… and until when …?"), cut where each part asks for something of its own."""

import re
from itertools import islice

from innkeeper.engine.reading.cues import Asked, asked_kinds
from innkeeper.engine.reading.terms import frames_only, told_words
from innkeeper.engine.text import lowered

MAX_ASKS = 3
_CUT = re.compile(
    r"[?;.]\s+(?=\S)|,\s*(?:(?:and|và|va|còn)\s+)?|"
    r"\s+(?:and|và|va|&|rồi|vs\.?|versus|plus|ngoài ra|đồng thời|còn)\s+",
    re.IGNORECASE,
)
_JOIN = re.compile(
    r"\s+(?:and|và|va|&|vs\.?|versus|với|voi|so với|so voi|compared (?:to|with)|or|hoặc|plus|cùng)\s+",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^(?:if|when|because|since|as|for|with|nếu|khi|vì|do|tại|my|the guest|khách|guest|hello|hi|chào|xin|please|dear)\b"
)
_TELLS = re.compile(  # "khách ở Deluxe hỏi …": what follows is the question
    r"^.{0,60}?\b(?:asks?|asked|asking|wants? to know|would like to know|wonders?|hỏi(?: về)?|muốn biết|muốn hỏi)"
    r"\s*:?\s+(?=\S)"
)
_STARTS = re.compile(
    r"^(?:is|are|can|could|do|does|did|may|will|should|must|have|has|what|when|where|which|who|how|until)\b"
)
_LOOSE = frozenset((Asked.YES_NO,))
_THIN_WORDS = 1
_SIDE_WORDS = 6  # a side that names more is a sentence, not a thing
_MAX_CUTS = 12  # looked at, so that a text of commas costs nothing


def split_asks(question: str) -> list[str]:
    """
    The parts of a question that ask for different things, at most `MAX_ASKS`; the question itself when it is one.

    Both sides of a cut must name what they speak of and what they want of it: "price of a foot massage and gym hours"
    is cut, "price of dogs and cats" is not.
    """
    parts: list[str] = []
    start = 0
    for match in islice(_CUT.finditer(question), _MAX_CUTS):
        left, right = question[start : match.start()].strip(), question[match.end() :].strip(" ?.!")
        if len(parts) < MAX_ASKS - 1 and _is_ask(left) and _is_ask(right.split("?")[0]):
            parts.append(left)
            start = match.end()
    parts.append(question[start:].strip())
    return parts


def split_sides(question: str) -> tuple[str, str] | None:
    """
    Two things of which the same is asked, each as a question of its own; none when there are not just two.

    "prices of minibar beer and room service beer" gives "prices of minibar beer" and "prices of room service beer".
    """
    cuts = list(islice(_JOIN.finditer(question), 2))
    if len(cuts) != 1 or not asked_kinds(question) - {Asked.YES_NO, Asked.HOW}:
        return None
    left, right = question[: cuts[0].start()].strip(" ,"), question[cuts[0].end() :].strip(" ?.!")
    if not all(1 <= told_words(side) <= _SIDE_WORDS for side in (left, right)):
        return None
    lead, _, own = _led(left)
    other, named, tail = _led(right)
    right = f"{other or lead} {named} {tail}"
    return (left if asked_kinds(left) - _LOOSE or own else f"{left} {tail}"), " ".join(right.split())


def is_thin(part: str) -> bool:
    """Whether a part names too little to be looked up without the rest of its question: "and how many devices"."""
    return told_words(part) <= _THIN_WORDS


def _led(text: str) -> tuple[str, str, str]:
    """A text as the words before its first name, what it names, and the words after its last."""
    words = text.split()
    names = [place for place, word in enumerate(words) if told_words(word)]
    first, last = names[0], names[-1] + 1
    return " ".join(words[:first]), " ".join(words[first:last]), " ".join(words[last:])


def _is_ask(text: str) -> bool:
    lower = lowered(text)
    wanted = asked_kinds(text) - _LOOSE
    if frames_only(text) or not (wanted or _STARTS.match(lower)):
        return False
    return not _LEADS.match(lower) or bool(_TELLS.match(lower))
