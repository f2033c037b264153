"""Facts as a text states them: what kind, which value, and where."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

FactKind = Literal[
    "number", "money", "percent", "date", "weekday", "time", "room", "code", "email", "phone", "url", "name", "promise"
]
Voice = Literal["answer", "document", "question"]


class Reading(NamedTuple):
    """
    One way to read a mention.

    Attributes:
        kind: `duration` and `always` ("24/7") besides the kinds of facts.
        value: Normalised: "1600000", "2025-01-17" ("--01-17" without a year), "14:00", "lan nguyen".
        unit: Of a number ("minute", "person"), or the currency of money; "" when none is written.
    """

    kind: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FactMention:
    """
    A fact that a text states.

    Attributes:
        text: As written: `cleaned[start:end]`, where `cleaned` is `engine.text.clean` of the text.
        readings: All ways to read it, the likeliest first; a mention is supported when one of them is.
    """

    kind: FactKind
    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]

    @property
    def value(self) -> str:
        """The likeliest value, with its unit."""
        first = self.readings[0]
        return f"{first.value} {first.unit}".rstrip()


class Unsupported(Exception):
    """
    A text states facts that its evidence does not hold.

    Attributes:
        mentions: These facts, in order. The message counts them and does not repeat them: they may be personal.
    """

    def __init__(self, mentions: tuple[FactMention, ...]) -> None:
        kinds = ", ".join(sorted({mention.kind for mention in mentions}))
        super().__init__(f"{len(mentions)} stated facts ({kinds}) are in none of the sources; word the answer anew")
        self.mentions = mentions

    def __reduce__(self) -> tuple[type["Unsupported"], tuple[Any, ...]]:
        return type(self), (self.mentions,)
