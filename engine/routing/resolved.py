"""Troubles that a guest says are over: "the AC is fine now, but the lamp flickers" is about the lamp alone."""

from functools import cache
from re import Pattern

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered

_OVER = [
    "is fine now", "are fine now", "is ok now", "are ok now", "is okay now", "fine now", "ok now", "works now", "working now", "works again",
    "working again", "is fixed", "got fixed", "was fixed", "has been fixed", "been fixed", "already fixed", "sorted now", "is sorted", "sorted out",
    "is back", "all good now", "good now", "is fine", "works fine", "ok rồi", "oke rồi", "ok r", "ổn rồi", "được rồi", "sửa xong", "sửa rồi",
    "xong rồi", "hết rồi", "chạy lại rồi", "có lại rồi", "mát rồi", "bình thường rồi", "thì ổn", "thì ok", "ngon rồi",
]  # fmt: skip
_CONTRAST = ["but", "however", "though", "now it's", "now its", "now the", "only", "instead", "still", "nhưng", "nhưng mà", "mà", "chỉ còn", "chỉ có", "giờ tới", "giờ lại", "còn", "tuy nhiên"]
# Called off is an instruction, not background: its request stays.
_CALLED_OFF = ["no need", "don't need", "dont need", "do not need", "no longer", "cancel", "ignore", "never mind", "don't send", "don't come", "khỏi", "không cần", "ko cần", "k cần", "đừng", "hủy"]


def without_resolved(text: str) -> str:
    """
    `text` without what stands before a contrast and is said to be over; unchanged when there is no such part.

    Args:
        text: Cleaned text.
    """
    lower = lowered(text)
    over = _pattern("over").search(lower)
    if over is None:
        return text
    contrast = _pattern("contrast").search(lower, over.end())
    if contrast is None or not lower[contrast.end() :].strip(" .!?,"):
        return text
    begin = max(lower.rfind(mark, 0, over.start()) + len(mark) for mark in (". ", "! ", "? ", "\n", "; "))
    begin = begin if begin > 1 else 0
    if any(mark in lower[over.end() : contrast.start()] for mark in ".!?\n") and contrast.start() - over.end() > 40:
        return text
    if _pattern("called_off").search(lower[begin : contrast.start()]):
        return text
    return text[:begin] + text[contrast.end() :].lstrip(" ,")


@cache
def _pattern(name: str) -> Pattern[str]:
    return phrase_pattern({"over": _OVER, "contrast": _CONTRAST, "called_off": _CALLED_OFF}[name])
