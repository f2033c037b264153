"""Danger to people, found before anything else: fire, gas, smoke, injury, intruders, people trapped, self-harm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered

_SENTENCE_END = re.compile(r"[.!?;\n]+(?=\s|$)|\b(?:but|nhưng)\b")
_CLAUSE_END = re.compile(r"[,:–—]|\s-\s|\b(?:and|so|now|then|và|giờ|bây giờ|gio|bay gio)\b")


@dataclass(frozen=True, slots=True)
class Hazard:
    """One sign of danger in a message."""

    kind: str  # fire, smoke, gas, water_electric, trapped, injury, security, self_harm
    subcategory: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    subcategory: str
    alone: re.Pattern[str]
    phrases: re.Pattern[str]
    unless: re.Pattern[str]
    denied: re.Pattern[str]


def hazards(text: str) -> tuple[Hazard, ...]:
    """
    Signs of danger to people in `text`, in order of appearance.

    A sign does not count when its sentence denies it ("the alarm was a false alarm", "không có ai bên trong") or when
    its clause is harmless ("fire show", "cháy hàng"). The lists are `safety.yaml`.

    Args:
        text: Cleaned text (`innkeeper.engine.text.clean`).
    """
    lower = lowered(text)
    found: list[Hazard] = []
    for rule in _rules():
        if rule.alone.fullmatch(lower.strip(" .!?\n")):
            return (Hazard(rule.kind, rule.subcategory, 0, len(text)),)
    for start, end in _spans(_SENTENCE_END, lower, 0, len(lower)):
        sentence = lower[start:end]
        if not _anywhere().search(sentence):
            found += [hazard for rule in _rules() for hazard in _found(rule, lower, start, end)]
    return tuple(sorted(found, key=lambda hazard: hazard.start))


def _found(rule: "_Rule", lower: str, start: int, end: int) -> Iterator[Hazard]:
    """Signs that `rule` knows in one sentence, unless the sentence denies them or their clause is harmless."""
    matches = list(rule.phrases.finditer(lower, start, end))
    if not matches or rule.denied.search(lower, start, end):
        return
    clauses = _spans(_CLAUSE_END, lower, start, end)
    for match in matches:
        first = next(a for a, b in clauses if match.start() < b)
        last = next(b for _, b in clauses if match.end() <= b)
        if not rule.unless.search(lower, first, last):
            yield Hazard(rule.kind, rule.subcategory, match.start(), match.end())


def _spans(boundary: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    edges = [start, *(match.end() for match in boundary.finditer(text, start, end)), end]
    return [(a, b) for a, b in pairwise(edges) if a < b]


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            kind,
            str(entry["subcategory"]),
            alone=phrase_pattern(entry.get("alone", ())),
            phrases=phrase_pattern(entry["phrases"]),
            unless=phrase_pattern(entry.get("unless", ())),
            denied=phrase_pattern(entry.get("denied", ())),
        )
        for kind, entry in _data()["hazards"].items()
    )


@cache
def _anywhere() -> re.Pattern[str]:
    return phrase_pattern(_data()["anywhere"])


@cache
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    return yaml.safe_load(files("innkeeper.engine").joinpath("safety.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file, its shape is tested
