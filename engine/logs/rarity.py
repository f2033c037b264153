"""How alarming a line is by itself: how rare its template is so far, its level, and its words."""

import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from innkeeper.schemas.logs import LogLevel, LogLine

MAX_TEMPLATES = 50_000
READ = 400  # characters of a message that are looked at for words
ALARMING = 0.5  # the score from which a line is one for a person
OFFSET = 3.5  # points that make a score of 0.5
RARE_POINTS = 1.0  # for a template that was never seen; half of it after `HALF_RARE` lines
HALF_RARE = 5

# Set by judgement of what the levels and words mean anywhere, not fitted; the ratio of the steps is what matters.
LEVEL_POINTS: Mapping[LogLevel, float] = MappingProxyType(
    {
        LogLevel.DEBUG: -1.0,
        LogLevel.INFO: 0.0,
        LogLevel.WARNING: 1.0,
        LogLevel.ERROR: 2.0,
        LogLevel.CRITICAL: 2.5,
    }
)
WORD_POINTS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(
            ("abort", "aborted", "corrupt", "corrupted", "crash", "crashed", "deadlock", "emergency", "fatal", "killed",
             "outofmemoryerror", "panic", "segfault", "severed", "terminated", "unrecoverable", "uncorrectable"), 2.0
        ),
        **dict.fromkeys(
            ("cannot", "denied", "died", "disconnected", "down", "dropped", "error", "errors", "exception", "fail",
             "failed", "failing", "fails", "failure", "fault", "interrupt", "invalid", "lost", "overflow", "refused",
             "rejected", "reset", "stopped", "stopping", "timeout", "unable", "unavailable", "unreachable", "violation",
             "hỏng", "lỗi"), 1.0
        ),
    }
)  # fmt: skip
PHRASE_POINTS, FURTHER_POINTS, MOST_POINTS = 1.0, 0.5, 3.0
DENIAL_POINTS, MISTAKE_POINTS = -2.0, -1.0  # the second was added after a look at what BGL's labels leave out

_WORDS = re.compile(r"[^\W\d_]+")
_PHRASES = ("timed out", "out of memory", "no space left", "broken pipe", "stack trace", "thất bại")
_MISTAKES = (
    "no such file",
    "file not found",
    "permission denied",
    "bad request",
    "invalid argument",
    "exec format error",
)
_DENYING = frozenset(
    ("corrected", "ignored", "recovered", "resolved", "succeeded", "successful", "successfully", "suppressed")
)
_DENIED = frozenset(
    (
        "alert",
        "alerts",
        "error",
        "errors",
        "exception",
        "exceptions",
        "failed",
        "failure",
        "failures",
        "fault",
        "faults",
    )
)
_DENIALS = re.compile(
    r"\b(?:0|no|zero|without) (?:errors?|failures?|failed|exceptions?|alerts?|faults?)\b"
    r"|\b(?:errors?|failures?|failed|exceptions?) ?[=:] ?(?:0|none|null|false)\b"
)


def word_points(message: str) -> float:
    """
    Points of the words of the first 400 characters, from -3 to 3; constant work per line.

    The worst word counts whole, each further kind half a point. Words that deny ("corrected", "0 errors") take 2 off,
    and words for a mistake of whoever asked ("no such file") 1: what they asked for is wrong, not the service.
    """
    text = message[:READ].lower()
    words = set(_WORDS.findall(text))
    kinds = [WORD_POINTS[word] for word in words if word in WORD_POINTS]
    if any(phrase in text for phrase in _PHRASES):
        kinds.append(PHRASE_POINTS)
    points = min(MOST_POINTS, max(kinds) + FURTHER_POINTS * (len(kinds) - 1)) if kinds else 0.0
    if words & _DENYING or (words & _DENIED and _DENIALS.search(text)):
        points += DENIAL_POINTS
    if any(phrase in text for phrase in _MISTAKES):
        points += MISTAKE_POINTS
    return points


def alarm_score(level: LogLevel, message: str, seen: int) -> float:
    """
    How alarming a line is, from 0 to 1; 0.5 is worth a person's look.

    Args:
        level: As its writer set it.
        message: Without the header.
        seen: Lines of its template before this one.
    """
    rare = RARE_POINTS * HALF_RARE / (HALF_RARE + seen)
    points = LEVEL_POINTS[level] + word_points(message) + rare
    return 1 / (1 + math.exp(OFFSET - points))


class RarityScorer:
    """Scores lines as they come, each by what came before it; keeps the counts of 50,000 templates."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def score(self, line: LogLine, template_id: str) -> float:
        """The alarm score of a line, from 0 to 1; its template is then one line less rare."""
        seen = self._seen.pop(template_id, 0)
        self._seen[template_id] = seen + 1  # at the end: the one used least recently is the first
        if len(self._seen) > MAX_TEMPLATES:
            self._seen.popitem(last=False)
        return alarm_score(line.level, line.message, seen)

    def state(self) -> dict[str, Any]:
        """Counts by template id, for JSON."""
        return {"seen": dict(self._seen)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The scorer that gave this state."""
        scorer = cls()
        scorer._seen.update(state["seen"])
        return scorer
