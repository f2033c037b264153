"""Phrases that match with or without the accents they are written with."""

import re
from collections.abc import Iterable

from innkeeper.engine.text import fold, lowered

_GAP = r"(?:\W+\w+){0,3}?"


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """
    One pattern for many phrases, to be searched in `lowered` text.

    A word written with accents also matches without any ("cháy" matches "chay", but not "chạy"); one written
    without matches only as it is. `…` between two words stands for up to three words; a trailing `*` for any
    ending; `=word` asks for exactly that spelling (for syllables that are too common without accents).
    """
    alternatives = sorted({_compiled(phrase) for phrase in phrases}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)" if alternatives else r"(?!)")


def _compiled(phrase: str) -> str:
    parts: list[str] = []
    for term in lowered(phrase).split():
        if term == "…":
            parts.append(_GAP)
        else:
            parts.append((r"\W+" if parts else "") + _word(term))
    return "".join(parts)


def _word(term: str) -> str:
    exact, open_end = term.startswith("="), term.endswith("*")
    word = term.removeprefix("=").removesuffix("*")
    plain = fold(word)
    body = re.escape(word) if exact or plain == word else f"(?:{re.escape(word)}|{re.escape(plain)})"
    return body + (r"\w*" if open_end else "")
