"""Troubles that a guest says are over: "the AC is fine now, but the lamp flickers" is about the lamp alone."""

from functools import cache
from importlib.resources import files
from re import Pattern

import yaml

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered


def without_resolved(text: str) -> str:
    """
    `text` without what stands before a contrast and is said to be over; unchanged when there is no such part.

    Args:
        text: Cleaned text.
    """
    lower = lowered(text)
    over = phrases_for("over").search(lower)
    if over is None:
        return text
    contrast = phrases_for("contrast").search(lower, over.end())
    if contrast is None or not lower[contrast.end() :].strip(" .!?,"):
        return text
    begin = max(lower.rfind(mark, 0, over.start()) + len(mark) for mark in (". ", "! ", "? ", "\n", "; "))
    begin = begin if begin > 1 else 0
    if any(mark in lower[over.end() : contrast.start()] for mark in ".!?\n") and contrast.start() - over.end() > 40:
        return text
    if phrases_for("called_off").search(lower[begin : contrast.start()]):
        return text
    return text[:begin] + text[contrast.end() :].lstrip(" ,")


def declines(text: str) -> bool:
    """Whether `text` calls a service off: "no cleaning today", "khỏi dọn phòng"."""
    return bool(phrases_for("declined").search(lowered(text)))


@cache
def phrases_for(name: str) -> Pattern[str]:
    """The pattern of one list of `phrases.yaml`: over, contrast, called_off or declined."""
    text = files("innkeeper.engine.routing").joinpath("phrases.yaml").read_text(encoding="utf-8")
    return phrase_pattern(yaml.safe_load(text)[name])
