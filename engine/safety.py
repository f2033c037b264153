"""Danger to people, found before anything else: fire, gas, smoke, injury, intruders, people trapped, self-harm."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import lowered

_CLAUSE_END = re.compile(r"[.!?;\n]+(?=\s|$)|,\s+(?:but|nhưng|nhung)\b|\b(?:but|nhưng)\b")


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


def hazards(text: str) -> tuple[Hazard, ...]:
    """
    Signs of danger to people in `text`, in order of appearance.

    A sign does not count when its own clause denies it ("the alarm was a false alarm", "không có ai bên trong")
    or when it is part of a harmless phrase ("fire show", "cháy hàng"). The lists are `safety.yaml`.

    Args:
        text: Cleaned text (`innkeeper.engine.text.clean`).
    """
    lower = lowered(text)
    found: list[Hazard] = []
    for start, end in _clause_spans(lower):
        clause = lower[start:end]
        if _anywhere().search(clause):
            continue
        for rule in _rules():
            match = rule.alone.fullmatch(lower.strip(" .!?\n")) or rule.phrases.search(clause)
            if match and not rule.unless.search(clause):
                found.append(Hazard(rule.kind, rule.subcategory, start + match.start(), start + match.end()))
    return tuple(sorted(found, key=lambda hazard: hazard.start))


def _clause_spans(text: str) -> list[tuple[int, int]]:
    edges = [0, *(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]
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
        )
        for kind, entry in _data()["hazards"].items()
    )


@cache
def _anywhere() -> re.Pattern[str]:
    return phrase_pattern(_data()["anywhere"])


@cache
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    return yaml.safe_load(files("innkeeper.engine").joinpath("safety.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file, its shape is tested
