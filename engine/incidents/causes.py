"""Possible causes: only those that the lines' own words show, each with these words."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.engine.incidents.packaged import cached_file
from innkeeper.engine.incidents.services import Words
from innkeeper.schemas.logs import Finding

MAX_CAUSES = 5
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DENIAL = re.compile(r" (?:no|without|0|zero|not|never|resolved|recovered|cleared|corrected) $")


class _Cause(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...] = Field(min_length=1)
    name: Words
    unless: tuple[str, ...] = ()  # causes that say it more exactly


class _Causes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    causes: dict[str, _Cause]


class ShownCause(NamedTuple):
    """A cause of `causes.yaml`, what it is called, and the words of the lines that show it."""

    id: str
    name: Words
    words: str


def causes_of(findings: Sequence[Finding]) -> tuple[ShownCause, ...]:
    """What the templates of the findings show, at most 5; empty when they show nothing."""
    shown: dict[str, ShownCause] = {}
    for finding in findings:
        for cause in causes_in(finding.template or ""):
            shown.setdefault(cause.id, cause)
    exact = [shown[name] for name, cause in _table().causes.items() if name in shown and not {*cause.unless} & {*shown}]
    return tuple(exact[:MAX_CAUSES])


def causes_in(template: str) -> tuple[ShownCause, ...]:
    """What one template shows: words that a word before them denies ("no timeout") show nothing."""
    text = _normal(template)
    found = []
    for name, cause, pattern in _patterns():
        match = next((each for each in pattern.finditer(text) if not _DENIAL.search(text[: each.start() + 1])), None)
        if match is not None:
            found.append(ShownCause(name, cause.name, match[1]))
    return tuple(found)


def cause_ids() -> tuple[str, ...]:
    """All ids of the table, in its order."""
    return tuple(_table().causes)


def _table() -> _Causes:
    return cached_file(_Causes, "causes.yaml")


@cache
def _patterns() -> tuple[tuple[str, _Cause, re.Pattern[str]], ...]:
    made = []
    for name, cause in _table().causes.items():
        words = sorted((_normal(each).strip() for each in cause.words), key=len, reverse=True)
        made.append((name, cause, re.compile(rf" ({'|'.join(map(re.escape, words))})(?= )")))
    return tuple(made)


def _normal(text: str) -> str:
    """Lower-case words with one space around each; "readTimedOut" is three words and one."""
    plain = _NOT_WORDS.sub(" ", text.lower())
    apart = _NOT_WORDS.sub(" ", _CAMEL.sub(" ", text).lower())
    return f" {plain} " if plain.strip() == apart.strip() else f" {plain} {apart} "
